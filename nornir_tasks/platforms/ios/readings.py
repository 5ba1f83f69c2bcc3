"""What is read of an IOS switch, whatever carries commands and answers: each reading sends a command and parses."""

import re
from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import ClassVar, Concatenate, ParamSpec, TypeVar

from netutils.interface import canonical_interface_name

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.language import translate
from nornir_tasks.platforms.common.address_tables import find_vlan, format_mac
from nornir_tasks.platforms.common.base import SHAPE_ERRORS, Origin, Session, describe_driver_error
from nornir_tasks.platforms.common.health_state import (
    ConfigurationChange,
    DeviceHealth,
    PortHealth,
    Route,
    SpanningTree,
    TimeState,
)
from nornir_tasks.platforms.ios import health
from nornir_tasks.platforms.ios.text import IN_NVRAM, clean, restore_certificates

STATUS_ROW = re.compile(
    r"^((?:Fa|Gi|Te|Tw|Fo|Hu)\S+)\s(?:.*\s)?(\S+)\s+(?:\d+|trunk|routed|unassigned)\s+(?:a-)?(?:full|half|auto)\b", re.M
)
# A static entry names no interface; behind the VLAN of a private one stands "pv" and the secondary VLAN.
ARP_ROW = re.compile(
    r"^Internet +(?P<address>[\d.]+) +(?P<age>\S+) +(?P<mac>[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}) +\S+ *(?P<interface>\S*)",
    re.M,
)
# One neighbour's part of the detailed form. What it does not advertise stands behind a hyphen instead of a colon.
LLDP_ENTRY = re.compile(r"^-{20,} *$", re.M)
LLDP_FIELD = r"^{name} *[:-] +(?P<value>.*?) *$"
LLDP_ROW = re.compile(r"^.{20}(?P<port>\S{1,15})", re.M)  # of the table; the name in front may fill its column

S = TypeVar("S", bound="IosReadings")
P = ParamSpec("P")
R = TypeVar("R")


def convert_errors(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Turn what a driver or a parser raises into ``PlatformError``, with the address and the method's name."""

    @wraps(method)
    def wrapped(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except self.driver_errors as error:
            raise PlatformError(f"{self.where}: {method.__name__}: {describe_driver_error(error)}") from error

    return wrapped


class IosReadings(Session):
    """The reading half of a session. ``where``: its address, for errors; ``driver_errors``: what reading may raise."""

    where: str
    driver_errors: ClassVar[tuple[type[Exception], ...]] = (OSError, EOFError, *SHAPE_ERRORS)

    @abstractmethod
    def _show(self, command: str) -> str:
        """The answer to a command, without its echo and the prompt behind it."""

    @convert_errors
    def running(self) -> str:
        """The running configuration, cleaned."""
        return self._read_config("show running-config")

    @convert_errors
    def startup(self) -> str:
        """The startup configuration, cleaned."""
        text = self._read_config("show startup-config")
        return restore_certificates(text, self.running()) if IN_NVRAM.search(text) else text

    def _read_config(self, command: str) -> str:
        """A configuration, cleaned.

        Raises:
            PlatformError: it was cut short on the way: ``end`` is not its last line.
        """
        text = clean(self._show(command))
        if not text.endswith("\nend\n") and "is not present" not in text:
            reason = translate("expected 'end' as its last line; it came in part")
            raise PlatformError(f"{self.where}: {command}: {reason}")
        return text

    @convert_errors
    def ping(self, address: str) -> bool:
        """Whether the device reaches an address: at least one answer."""
        return _is_answered(self._show(f"ping {address} timeout 1 repeat 2"))

    @convert_errors
    def ping_from(self, origin: Origin, address: str) -> bool:
        """Whether an address answers; not where the origin's interface is down."""
        return _is_answered(self._show(f"ping {address} timeout 1 repeat 2 source {origin.address}"))

    @convert_errors
    def neighbours(self) -> dict[str, tuple[str, str]]:
        """LLDP, from the detailed form: the table cuts names off."""
        return read_neighbours(self._show("show lldp neighbors detail"), lambda: self._show("show lldp neighbors"))

    @convert_errors
    def ports(self) -> dict[str, bool]:
        """Physical ports and whether their links are up."""
        states = read_port_states(self._show("show interfaces status"))
        return {expand_port_name(name): state == "connected" for name, state in states.items()}

    @convert_errors
    def arp_table(self) -> list[tuple[str, str, int | None]]:
        """Who answered. NAPALM's getter returns nothing at all where one line is empty."""
        return read_arp_rows(self._show("show ip arp"))

    def _ask(self, name: str, address: str = "") -> str:
        return self._show(health.HEALTH_COMMANDS[name].format(address=address))

    @convert_errors
    def port_health(self) -> dict[str, PortHealth]:
        """Physical ports, by their names in the configuration."""
        return health.read_ports(self._ask("interfaces"), self._ask("disabled ports"), self._ask("optics"))

    @convert_errors
    def device_health(self) -> DeviceHealth:
        """The switch as a machine."""
        return health.read_device(self._ask)

    @convert_errors
    def last_change(self) -> ConfigurationChange | None:
        """The last change of the running configuration; None: nobody changed it since the switch started."""
        return health.read_last_change(self._ask("last change"), self._ask("clock"))

    @convert_errors
    def time_state(self) -> TimeState:
        """Whether the clock is in step."""
        return health.read_time(self._ask("time"))

    @convert_errors
    def spanning_trees(self) -> tuple[SpanningTree, ...]:
        """The tree of each VLAN or instance."""
        return health.read_spanning_trees(self._ask("spanning tree"))

    @convert_errors
    def routes(self, addresses: Sequence[str]) -> dict[str, Route | None]:
        """Each address to the way there."""
        return {address: health.find_route(address, partial(self._ask, "route")) for address in addresses}


def _is_answered(output: str) -> bool:
    """Whether one of the echo requests of a ping came back."""
    success_rate = re.search(r"Success rate is (\d+) percent", output)
    return success_rate is not None and int(success_rate[1]) > 0


def read_neighbours(detail: str, ask_table: Callable[[], str]) -> dict[str, tuple[str, str]]:
    """Local port to the neighbour's name and its port, the first neighbour of each port.

    Args:
        detail: answer of ``show lldp neighbors detail``.
        ask_table: gives that of ``show lldp neighbors``: old versions name local ports only there, in that order.

    Raises:
        ValueError: the table has more or fewer rows than there are neighbours.
    """
    entries = [entry for entry in LLDP_ENTRY.split(detail) if _find_field(entry, "Chassis id")]
    ports = [_find_field(entry, "Local Int(?:er)?f(?:ace)?") for entry in entries]
    if entries and not ports[0]:
        table = ask_table().partition("Port ID")[2].partition("\n")[2].partition("\n\n")[0]
        ports = [row["port"] for row in LLDP_ROW.finditer(table)]
    neighbours: dict[str, tuple[str, str]] = {}
    for port, entry in zip(ports, entries, strict=True):
        name = _find_field(entry, "System Name").split(".")[0]
        neighbours.setdefault(canonical_interface_name(port), (name, _find_field(entry, "Port id")))
    return neighbours


def _find_field(entry: str, name: str) -> str:
    """A field of a neighbour; empty, where the neighbour does not advertise it."""
    match = re.search(LLDP_FIELD.format(name=name), entry, re.M)
    return match["value"] if match and "not advertised" not in match["value"] else ""


def read_port_states(table: str) -> dict[str, str]:
    """The word in the column Status of ``show interfaces status``, by the port's short name.

    The column before it holds what people wrote, which may be such a word, too. So it is found from the right: the last
    word that is followed by a VLAN and a duplex.
    """
    return {row[1]: row[2] for row in STATUS_ROW.finditer(table)}


def read_arp_rows(table: str) -> list[tuple[str, str, int | None]]:
    """The rows of ``show ip arp``: MAC, address, VLAN; without the switch's own (no age), and those without a MAC."""
    return [
        (mac, row["address"], find_vlan(row["interface"]))
        for row in ARP_ROW.finditer(table)
        if (mac := format_mac(row["mac"])) and not (row["age"] == "-" and row["interface"])
    ]


def expand_port_name(name: str) -> str:
    """``Gi1/0/1`` as the configuration writes it."""
    for short, full in (("Gi", "GigabitEthernet"), ("Te", "TenGigabitEthernet"), ("Fa", "FastEthernet")):
        if name.startswith(short) and not name.startswith(full):
            return full + name[len(short) :]
    return name
