"""What people use, and where: applications, common services, destinations outside, and groups of users."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from nornir_tasks.model.fields import FIGURES, Address, Frozen, Interface, Network, Text, Word

Protocol = Literal["tcp", "udp", "icmp"]
ServicePort = Annotated[str, Field(pattern=r"^(icmp|(tcp|udp)/\d{1,5}(-\d{1,5})?)$")]
Ports = Annotated[tuple[ServicePort, ...], Field(min_length=1)]
ZonePorts = dict[Word, Ports]  # ports that are opened, by the zone on the other side
GroupName = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_-]*/)?[a-z][a-z0-9_-]*$")]
Hosts = Annotated[tuple[str, ...], Field(min_length=1)]
Covered = Annotated[tuple[Word, ...], Field(min_length=1)]
ALL = "all"  # in the place of the names of applications: every one


@dataclass(frozen=True, order=True)
class PortRange:
    """Ports of a protocol, ``first`` to ``last``; of ICMP, which has none, all of it."""

    protocol: Protocol
    first: int = 0
    last: int = 65535

    @classmethod
    def parse(cls, text: str) -> "PortRange":
        """Read ``tcp/443``, ``udp/5000-5010`` or ``icmp``.

        Raises:
            ValueError: it is none of these, or names a port beyond 1 to 65535, or a range that ends before it begins.
        """
        match = re.fullmatch(r"(?:(icmp)|(tcp|udp)/(\d{1,5})(?:-(\d{1,5}))?)", text)
        if match is None:
            raise ValueError(f"port: found {text!r}, expected tcp/443, udp/53, tcp/5000-5010 or icmp")
        if match[1]:
            return cls("icmp")
        first, last = int(match[3]), int(match[4] or match[3])
        if not 1 <= first <= last <= 65535:
            raise ValueError(f"port: found {text!r}, expected ports from 1 to 65535, the lower one first")
        return cls("tcp" if match[2] == "tcp" else "udp", first, last)

    def overlaps(self, other: "PortRange") -> bool:
        """Whether a port is in both."""
        return self.protocol == other.protocol and self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        if self.protocol == "icmp":
            return "icmp"
        return f"{self.protocol}/{self.first}" + (f"-{self.last}" if self.last != self.first else "")


class UserGroup(Frozen):
    """People who use the same things from the same zone."""

    label: Text
    zone: Word  # in which their PCs are
    # How many of them at each site.
    sites: Annotated[dict[Word, Annotated[int, Field(ge=1), FIGURES]], Field(min_length=1)]


class Database(Frozen):
    """Where an application keeps its data."""

    hosts: Hosts  # servers of the inventory
    ports: Ports  # what the application's hosts open there


class Condition(Frozen):
    """What must be so before an application moves."""

    text: Text  # what must be so
    owner: Text  # who sees to it
    met: date | None = None  # since when it is so; without it, it is not yet


class Move(Frozen):
    """Where an application moves to, when, and on which conditions."""

    wave: Literal["pilot"] | Annotated[int, Field(ge=1), FIGURES]  # the pilot, or the number of a wave, from 1
    to: tuple[str, ...] = ()  # servers; none: its own hosts, at their address of the standard
    database: tuple[str, ...] = ()  # servers that its database moves to; none: it stays where it is
    conditions: tuple[Condition, ...] = ()  # what must be so before


class Application(Frozen):
    """A line-of-business system: who answers for it, where it runs, who uses it and what it needs."""

    label: Text
    system_owner: Text  # whose it is: a function, not a name
    system_administrator: Text  # the contact towards the centre
    superusers: tuple[Text, ...] = ()  # whom its users ask first
    hosts: Hosts  # servers of the inventory; of another municipality, where it is shared
    database: Database | None = None
    ports: Ports  # what its users open
    users: tuple[GroupName, ...] = ()  # groups of this municipality; another one's is written hasvik/office
    devices: ZonePorts = {}  # what its hosts open, by zone of this municipality: printers, controllers
    feeds: ZonePorts = {}  # what stations of a zone open at its hosts: scans, readings
    sensitivity: Literal["open", "internal", "confidential", "health"]
    needs: tuple[Word, ...] = ()  # destinations outside
    move: Move

    @property
    def all_hosts(self) -> tuple[str, ...]:
        """Where it runs, and where it moves to."""
        return tuple(dict.fromkeys((*self.hosts, *self.move.to)))

    @property
    def all_database_hosts(self) -> tuple[str, ...]:
        """Where its data is, and where that moves to."""
        return tuple(dict.fromkeys((*self.database.hosts, *self.move.database))) if self.database else ()


class CommonService(Frozen):
    """What the operations centre gives to everybody: hosts in both halves."""

    label: Text
    hosts: Hosts  # servers of the centre, in both halves
    ports: tuple[ServicePort, ...] = ()  # what its users open
    zones: tuple[Word, ...] = ()  # of every municipality, that may open these; `services`: the centre's own
    # What its hosts open, by zone of every municipality; in `services`, of the centre's own servers.
    opens: ZonePorts = {}


class Destination(Frozen):
    """A network of somebody else that people and systems need."""

    label: Text
    owner: Text  # whose it is
    networks: Annotated[tuple[Network, ...], Field(min_length=1)]  # 0.0.0.0/0: all that is no private address
    ports: Ports
    zones: tuple[Word, ...] = ()  # whose clients may open connections to it
    exits: Annotated[tuple[Word, ...], Field(min_length=1)]  # by which it is reached, of `exits`


class Exit(Frozen):
    """A port of the operations centre that leads to somebody else's network."""

    port: Annotated[str, Field(pattern=r"^[a-z0-9-]+:\d+$")]  # a leaf's
    address: Interface  # of the port, with its length
    peer: Address  # the next hop


class Line(Frozen):
    """A line that is hired: between sites, or to the centre. What the port can do is not what the line carries."""

    supplier: Text
    down_mbps: Annotated[int, Field(ge=1), FIGURES]  # Mbit/s towards the clients
    up_mbps: Annotated[int, Field(ge=1), FIGURES]  # Mbit/s from the clients
    path: Text  # the way it is laid: two lines on one path fail together
    contract: Text
    ends: date  # the contract's last day


class Agreement(Frozen):
    """A data-processor agreement: for which applications the centre may process whose data."""

    controller: Text
    processor: Text
    signed: date
    until: date  # its last day
    covers: Covered  # applications, or `all`


class RiskFinding(Frozen):
    """What a risk assessment found, and who sees to it."""

    text: Text
    owner: Text
    due: date
    closed: date | None = None  # since when it is seen to; without it, it is open


class RiskAssessment(Frozen):
    """A risk assessment, what it covers and what it found."""

    made: date
    covers: Covered  # applications, or `all`
    findings: tuple[RiskFinding, ...] = ()


class Support(Frozen):
    """Who answers for a municipality from the pilot on."""

    monitoring: Text  # who watches its services
    help_desk: Text  # whom its users ask
    on_call: Text  # whom the night calls
