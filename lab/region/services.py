"""What people use, as the inventory has it: applications, groups of users, common services, and what lies outside."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any


@dataclass(frozen=True)
class Service:
    """A port that is listened at; ``first`` and ``last`` are 0 for ``icmp``."""

    protocol: str
    first: int = 0
    last: int = 0

    @property
    def tried(self) -> tuple[int, ...]:
        """The ports that somebody tries who uses all of them: both ends of a range."""
        return (self.first,) if self.first == self.last else (self.first, self.last)

    def __str__(self) -> str:
        """As the inventory has it."""
        ports = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        return self.protocol if self.protocol == "icmp" else f"{self.protocol}/{ports}"


def read_service(text: str) -> Service:
    """Read ``tcp/443``, ``udp/5000-5010`` or ``icmp``.

    Raises:
        ValueError: it is none.
    """
    protocol, _, ports = text.partition("/")
    if protocol == "icmp" and not ports:
        return Service("icmp")
    first, _, last = ports.partition("-")
    if protocol not in ("tcp", "udp") or not first.isdigit() or not (last or first).isdigit():
        raise ValueError(f"port: found {text!r}, expected 'tcp/443', 'udp/53', 'tcp/5000-5010' or 'icmp'")
    return Service(protocol, int(first), int(last or first))


Ports = tuple[Service, ...]
Group = tuple[str, str]  # municipality and name


@dataclass(frozen=True, eq=False)
class ApplicationFacts:
    """What runs on ``hosts``. By zone, ``feeds``: what stations there open; ``devices``: what is opened at them."""

    municipality: str
    name: str
    label: str
    hosts: tuple[str, ...]
    ports: Ports
    users: tuple[Group, ...] = ()
    database_hosts: tuple[str, ...] = ()
    database_ports: Ports = ()
    feeds: Mapping[str, Ports] = field(default_factory=dict)
    devices: Mapping[str, Ports] = field(default_factory=dict)
    needs: tuple[str, ...] = ()  # destinations that its hosts open
    moves_to: tuple[str, ...] = ()  # servers; none: it stays where it is
    database_moves_to: tuple[str, ...] = ()

    def called_by(self, municipality: str) -> str:
        """Its name in the mouth of somebody in a municipality."""
        return self.name if municipality == self.municipality else f"{self.municipality}/{self.name}"


@dataclass(frozen=True)
class GroupFacts:
    """People of a kind. ``sites``: how many there are at each."""

    municipality: str
    name: str
    zone: str
    sites: Mapping[str, int]


@dataclass(frozen=True)
class CommonFacts:
    """What the operations centre gives everybody: the hosts that listen, at which ports, and for which zones.

    ``opens``: what the hosts themselves open, by zone.
    """

    name: str
    hosts: tuple[str, ...]
    ports: Ports
    zones: tuple[str, ...] = ()
    opens: Mapping[str, Ports] = field(default_factory=dict)


@dataclass(frozen=True)
class DestinationFacts:
    """Networks of somebody else, and the exits that lead there."""

    name: str
    networks: tuple[IPv4Network, ...]
    ports: Ports
    exits: tuple[str, ...]
    zones: tuple[str, ...] = ()  # whose clients may open it


@dataclass(frozen=True)
class ExitFacts:
    """A port of the operations centre towards others."""

    name: str
    switch: str
    port: int
    address: IPv4Interface
    peer: IPv4Address


@dataclass(frozen=True)
class ServicesFacts:
    """All of it; empty where the inventory says nothing yet."""

    applications: tuple[ApplicationFacts, ...] = ()
    groups: Mapping[Group, GroupFacts] = field(default_factory=dict)
    common: Mapping[str, CommonFacts] = field(default_factory=dict)
    destinations: Mapping[str, DestinationFacts] = field(default_factory=dict)
    exits: Mapping[str, ExitFacts] = field(default_factory=dict)


def read_services(common: Mapping[str, Any], municipalities: Mapping[str, Mapping[str, Any]]) -> ServicesFacts:
    """Read the records, as far as there are any.

    Args:
        common: the variables that everybody has.
        municipalities: those of each municipality, by its name.
    """
    applications = [
        _application(municipality, name, raw)
        for municipality, variables in municipalities.items()
        for name, raw in (variables.get("applications") or {}).items()
    ]
    groups = {
        (municipality, name): GroupFacts(municipality, name, raw["zone"], dict(raw.get("sites") or {}))
        for municipality, variables in municipalities.items()
        for name, raw in (variables.get("user_groups") or {}).items()
    }
    services = {
        name: CommonFacts(
            name,
            tuple(raw.get("hosts") or ()),
            _ports(raw.get("ports")),
            tuple(raw.get("zones") or ()),
            {zone: _ports(ports) for zone, ports in (raw.get("opens") or {}).items()},
        )
        for name, raw in (common.get("common_services") or {}).items()
    }
    destinations = {
        name: DestinationFacts(
            name,
            tuple(IPv4Network(network) for network in raw.get("networks") or ()),
            _ports(raw.get("ports")),
            tuple(raw.get("exits") or ()),
            tuple(raw.get("zones") or ()),
        )
        for name, raw in (common.get("destinations") or {}).items()
    }
    exits = {name: _exit(name, raw) for name, raw in (common.get("exits") or {}).items()}
    return ServicesFacts(tuple(applications), groups, services, destinations, exits)


def _ports(texts: Iterable[str] | None) -> Ports:
    return tuple(read_service(text) for text in texts or ())


def _application(municipality: str, name: str, raw: Mapping[str, Any]) -> ApplicationFacts:
    users = []
    for user in raw.get("users") or ():
        owner, _, group = user.rpartition("/")
        users.append((owner or municipality, group))
    database, move = raw.get("database") or {}, raw.get("move") or {}
    return ApplicationFacts(
        municipality,
        name,
        raw.get("label", name),
        tuple(raw.get("hosts") or ()),
        _ports(raw.get("ports")),
        tuple(users),
        tuple(database.get("hosts") or ()),
        _ports(database.get("ports")),
        {zone: _ports(ports) for zone, ports in (raw.get("feeds") or {}).items()},
        {zone: _ports(ports) for zone, ports in (raw.get("devices") or {}).items()},
        tuple(raw.get("needs") or ()),
        tuple(move.get("to") or ()),
        tuple(move.get("database") or ()),
    )


def _exit(name: str, raw: Mapping[str, Any]) -> ExitFacts:
    switch, _, port = raw["port"].rpartition(":")
    return ExitFacts(name, switch, int(port), IPv4Interface(raw["address"]), IPv4Address(raw["peer"]))
