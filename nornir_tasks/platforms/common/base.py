"""What every platform declares and offers: the only contract between the path of a change and a vendor."""

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Protocol, Self

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.logging import Transcript
from nornir_tasks.core.secrets import remember_stored
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.common.config_tree import gather, make_commands, overlay
from nornir_tasks.platforms.common.grammar import Grammar
from nornir_tasks.platforms.common.health_state import (
    ConfigurationChange,
    DeviceHealth,
    PortHealth,
    Route,
    SpanningTree,
    TimeState,
)
from nornir_tasks.platforms.common.known_lines import KnownLines
from nornir_tasks.platforms.common.management_access import ManagementAccess

if TYPE_CHECKING:
    from nornir_tasks.platforms.common.reading import Login, Reader
    from nornir_tasks.trust.host_keys import KnownHosts  # paramiko takes a tenth of a second to import


MOST_QUESTIONS = 200  # that a device asks about one line: IOS asks for each account that it removes
# What a driver stumbles over where a device answers in another shape than it reads.
SHAPE_ERRORS = (LookupError, ValueError, TypeError, AttributeError, RecursionError)
LINK_DOWN_SECONDS = 1.0  # so long is no link; the far end notices within a fraction of it, and asks for its address
NOTHING_WAITS = "no change waits for a confirmation; the switch has gone back on its own"


class RefusedLine(PlatformError):
    """The device refused a line. ``line``: as it was sent. ``reply``: what the device answered.

    The same line may be written in many places: ``nth`` says which of them it is, from 1, where the answer tells it.
    """

    def __init__(self, line: str, reply: str, nth: int | None = None) -> None:
        self.line, self.reply, self.nth = line, reply, nth
        super().__init__(f"refused the line {line!r}: {reply.strip()}")


def describe_driver_error(error: BaseException) -> str:
    """A driver's error in one line; of an answer that it could not read, that it could not."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, SHAPE_ERRORS):
        return f"the answer could not be read, it came in part or in an unexpected form ({reason})"
    return reason


class ConfigurationMoved(PlatformError):
    """The device was configured from elsewhere while the change was on its way. Nothing of the change was written."""

    def __init__(self) -> None:
        super().__init__("somebody configures it just now: it does not run any more what was read of it")


class WritePermit(Protocol):
    """Asked by a session right before each command that changes the device."""

    def __call__(self, *, going_back: bool = False) -> None:
        """Raise whatever keeps this process from writing; ``going_back``: see ``journal.lock.Lease``."""


def refuse_writes(*, going_back: bool = False) -> None:
    """The permit of a session that nobody asked to write with.

    Raises:
        PlatformError: always.
    """
    raise PlatformError("this session was opened to read: expected the lock of a change. Nothing was written")


@dataclass(frozen=True)
class LoginAccount:
    """Who logs in. The password is never printed."""

    name: str
    password: str

    def __repr__(self) -> str:
        return f"LoginAccount({self.name!r}, password=…)"


@dataclass(frozen=True)
class Safety:
    """How a device goes back on its own, whether it can check a candidate first, and what a going back costs."""

    reverts_by: Literal[
        "commit timer", "replace with revert timer", "scheduled reload", "snapshot and timer of systemd", "nothing"
    ]
    checks_candidate: bool
    lost_on_revert: str  # for people: "nothing", "about a minute of service while it restarts"


@dataclass(frozen=True)
class PreparedChange:
    """What is to be written to a device: whole configurations, secrets in place, and the lines between them."""

    before: str
    intended: str
    lines: tuple[str, ...]  # remediation, in order, for platforms that cannot replace
    restore: str | None = None  # reference of the backup that is written back; None: it is a render


class PortState(StrEnum):
    """What becomes of a connection that a device opens."""

    OPEN = "open"
    REFUSED = "refused"  # the address answers, and nobody listens at the port
    SILENT = "silent"  # nothing comes back, or there is no way


@dataclass(frozen=True)
class Origin:
    """Where a device asks from: its own address in a VLAN."""

    vlan: int
    address: str


class Session(ABC):
    """An open connection to one device. A context manager: leaving it closes it.

    Attributes:
        permit: asked by ``push``, ``confirm``, ``revert``, ``save`` and ``bounce``, right before the device is changed.
    """

    permit: WritePermit = staticmethod(refuse_writes)

    @abstractmethod
    def running(self) -> str:
        """The running configuration, with its secrets, without header, timestamps and comments."""

    @abstractmethod
    def startup(self) -> str:
        """The startup configuration, cleaned in the same way."""

    @abstractmethod
    def facts(self) -> dict[str, object]:
        """hostname, model, serial, version, uptime (s)."""

    @abstractmethod
    def push(self, change: PreparedChange, revert_seconds: int) -> None:
        """Arm the device's own way back, then write. Not saved: the device goes back unless ``confirm`` comes in time.

        Raises:
            RefusedLine: the device refused a line, and is already back as it was, timer disarmed.
            ConfigurationMoved: what it runs is not ``change.before`` any more; nothing was written.
            PlatformError: anything else; the message says in what state the device was left.
        """

    @abstractmethod
    def pending(self) -> bool:
        """Whether a change waits for its confirmation."""

    @abstractmethod
    def confirm(self) -> None:
        """Disarm the way back and save to startup.

        Raises:
            PlatformError: nothing waits for a confirmation; or anything else.
        """

    @abstractmethod
    def revert(self, before: str) -> None:
        """Go back now, without waiting for the timer; startup is untouched or equal to what was there before.

        Args:
            before: what ran before the change, cleaned. A timer is called off only where the device is proven to run
                that: two readings of today may both have been cut short.
        """

    @abstractmethod
    def save(self) -> None:
        """Save running to startup."""

    @abstractmethod
    def ping(self, address: str) -> bool:
        """Whether the device reaches an address."""

    def ping_from(self, origin: Origin, address: str) -> bool | None:
        """Whether an address answers the device at one of its own addresses; None: the platform cannot say which.

        A switch's own packets pass none of its own outbound lists, and on no platform here the inbound list of the
        interface that they are sent from. What is asked so proves routes, and the lists of the others on the way.
        """
        return None

    def ask_port(self, origin: Origin, address: str, port: int) -> PortState | None:
        """What becomes of a connection over TCP from one of the device's own addresses; nothing is sent over it.

        No platform asks for a port of UDP: what does not answer may listen all the same. For lists see ``ping_from``.

        Args:
            origin: where it is opened from.
            address: to whom.
            port: at the far end.

        Returns:
            What became of it; None: the platform, or this device, does not open any.
        """
        return None

    @abstractmethod
    def neighbours(self) -> dict[str, tuple[str, str]]:
        """LLDP: local port name to (neighbour's host name, its port name)."""

    @abstractmethod
    def ports(self) -> dict[str, bool]:
        """Port name (as in the configuration) to whether its link is up."""

    @abstractmethod
    def mac_table(self) -> list[tuple[str, int, str]]:
        """(MAC, VLAN, port name) of what was heard; MACs as ``address_tables.format_mac`` writes them."""

    @abstractmethod
    def arp_table(self) -> list[tuple[str, str, int | None]]:
        """(MAC, IPv4 address, VLAN) of who answered on the attached networks; VLAN None: the device does not tell it.

        Not its own addresses, and no question that is not answered yet.
        """

    def port_health(self) -> dict[str, PortHealth] | None:
        """Physical ports, by their names in the configuration; None, here and below: it is not asked here."""
        return None

    def device_health(self) -> DeviceHealth | None:
        """The switch as a machine."""
        return None

    def last_change(self) -> ConfigurationChange | None:
        """The last change of the running configuration, as the device records it; None, too: it records none."""
        return None

    def time_state(self) -> TimeState | None:
        """Whether the clock is in step."""
        return None

    def spanning_trees(self) -> tuple[SpanningTree, ...] | None:
        """The tree of each VLAN or instance."""
        return None

    def routes(self, addresses: Sequence[str]) -> dict[str, Route | None] | None:
        """Each address to the way there; None in it: there is none."""
        return None

    @abstractmethod
    def lower_links(self, ports: Sequence[str], *, going_back: bool = False) -> None:
        """Take the links of ports down; what they feed keeps its power where the platform can do that. Not saved.

        Raises:
            PlatformError: some links may be down.
        """

    @abstractmethod
    def raise_links(self, ports: Sequence[str], *, going_back: bool = False) -> None:
        """Let the links of ports come up again: what runs is then what ran before ``lower_links``."""

    def bounce(self, ports: Sequence[str], *, going_back: bool = False) -> None:
        """Take the links of ports down and let them come up, so that what is plugged in asks for an address anew."""
        self.lower_links(ports, going_back=going_back)
        time.sleep(LINK_DOWN_SECONDS)
        self.raise_links(ports, going_back=going_back)

    @abstractmethod
    def close(self) -> None:
        """Close the connection; never raises."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class Platform(ABC):
    """A platform: pure knowledge of its configuration, and a way to connect."""

    name: str
    safety: Safety
    replaces: bool  # a push writes the whole configuration; False: only the lines that lead to it
    keeps_power: bool  # over Ethernet, while ``lower_links`` holds a link down
    asks_ports: bool  # whether ``ask_port`` knows a way
    grammar: Grammar
    known_lines: KnownLines  # the lines that the lock-out proof knows
    port_names: Mapping[str, Mapping[int, str]] = MappingProxyType({})  # by protocol, as rows of access lists show them

    @abstractmethod
    def parse(self, text: str) -> ConfigNode:
        """A configuration as it stands (header, comments and secrets may still be in it), free text as one line."""

    def tree(self, text: str) -> ConfigNode:
        """A configuration for comparing: each section once."""
        return gather(self.parse(text))

    def overlay(self, legacy: str, additions: str) -> str:
        """What a device has after ``additions`` are merged into ``legacy``: pure, in the order the device prints."""
        return overlay(self.parse(legacy), self.parse(additions), self.grammar).write(self.grammar.indent)

    def remediation(self, running: str, intended: str) -> tuple[str, ...]:
        """Lines, indented as the device shows them, that lead from running to intended; free text is one of them.

        Where ``replaces`` is true they are for people to read: the device itself is given the whole.
        """
        commands = make_commands(self.tree(running), self.tree(intended), self.grammar)
        return tuple(commands.list_written(self.grammar.indent))

    def find_rule(self, line: tuple[str, ...]) -> tuple[str | None, str]:
        """Which rule a line fits, given the lines that it stands below.

        Returns:
            The rule's pattern (None: the line is not known), and what the line shares with those that it replaces.
        """
        section = "" if len(line) == 1 else self.grammar.find_section(line[-2])
        return self.grammar.find_pattern(line[-1], section), self.grammar.make_key(line[-1], section)

    @abstractmethod
    def clean(self, text: str) -> str:
        """Without header, timestamps, comments and trailing space: only configuration, in the device's order."""

    def mask(self, text: str) -> tuple[str, dict[str, str]]:
        """Put ``<secret:KEY>`` in the place of every secret. Shape: masked text, and KEY to the secret's stored form.

        KEY names what it belongs to and is stable: ``username drift``, ``snmp-server community 1``. From then on what
        stands out among them is masked in all that the process writes: the device may quote it in an error.
        """
        masked, secrets = self.split_secrets(text)
        remember_stored(secrets.values())
        return masked, secrets

    @abstractmethod
    def split_secrets(self, text: str) -> tuple[str, dict[str, str]]:
        """What ``mask`` returns: pure."""

    def unmask(self, text: str, secrets: Mapping[str, str]) -> str:
        """The reverse of ``mask``.

        Raises:
            PlatformError: a secret is not among those given.
        """
        remember_stored(secrets.values())
        for key, secret in secrets.items():
            text = text.replace(f"<secret:{key}>", secret)
        if "<secret:" in text:
            missing = text.split("<secret:", 1)[1].split(">", 1)[0]
            raise PlatformError(f"no secret for {missing!r}: expected it on the device or among the credentials")
        return text

    @abstractmethod
    def read_management_access(self, text: str) -> ManagementAccess:
        """Who can log in by a masked configuration, through which services, ports and addresses: pure."""

    @abstractmethod
    def hash_password(self, password: str) -> str:
        """The stored form of a password that ``username <secret:…>`` wants here."""

    def tls_port(self, endpoint: Endpoint) -> int | None:
        """The port that answers with TLS, on platforms that are driven over it: its certificate has to be known."""
        return None

    def transcript(self, name: str) -> Transcript:
        """The log of a session with a device, masked in this platform's words."""
        return Transcript(name, self.split_secrets)

    @abstractmethod
    def connect(
        self,
        endpoint: Endpoint,
        account: LoginAccount,
        timeout: float = 30.0,
        known_hosts: "KnownHosts | None" = None,
        transcript: Transcript | None = None,
    ) -> Session:
        """An open session. The caller has checked the address against the management networks.

        Args:
            endpoint: where the device is at its stage; the port is the platform's own choice among the endpoint's.
            account: of the device's stage: the legacy one until CONNECT.
            timeout: seconds, for the connection, the login and the banner each.
            known_hosts: the host keys to expect; default: those of the environment and the state directory.
            transcript: where the session is logged; default: under the address.

        Raises:
            HostKeyUnknown, HostKeyChanged: the password was not sent.
            PlatformError: there is no answer, or the login is refused.
        """

    @abstractmethod
    async def open_reader(self, login: "Login") -> "Reader":
        """A login that only reads, in an event loop. The caller has checked the address, as for ``connect``.

        Raises:
            HostKeyUnknown, HostKeyChanged: the password was not sent.
            PlatformError: there is no answer, or the login is refused.
        """
