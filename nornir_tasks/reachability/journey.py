"""A packet on its way, and what its way rests on, so that a way that a change cannot touch is kept. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from typing import Literal, NamedTuple

from nornir_tasks.platforms.common.management_access import Interface
from nornir_tasks.reachability.bridging import PortEnd
from nornir_tasks.reachability.way import Crossing, Outcome, Station, Way


class Span(NamedTuple):
    """From one switch to another within a VLAN."""

    start: str
    vlan: int
    end: str


class Delivery(NamedTuple):
    """Where a packet has come to the VLAN of the client that it is for."""

    device: str
    vlan: int


@dataclass(frozen=True, eq=False)
class Trace:
    """What was looked at to find ways, whether it was there or not; nothing else can make them others.

    Args:
        devices: switches whose configuration, interfaces or routes count.
        addresses: whose owner was looked for.
        spans: that were to be bridged.
        deliveries: of packets for a client.
    """

    devices: set[str] = field(default_factory=set)
    addresses: set[IPv4Address] = field(default_factory=set)
    spans: set[Span] = field(default_factory=set)
    deliveries: set[Delivery] = field(default_factory=set)

    def add_station(self, station: Station, cables: Mapping[str, PortEnd]) -> None:
        """Rest on the switch that a station hangs on, or is.

        Args:
            station: one end of the ways.
            cables: of its switch.
        """
        if station.device is not None:
            self.devices.add(station.device)
        if station.port is not None and station.port in cables:
            self.devices.add(cables[station.port].device)

    def include(self, other: "Trace") -> None:
        """Rest on what another trace rests on, too."""
        self.devices.update(other.devices)
        self.addresses.update(other.addresses)
        self.spans.update(other.spans)
        self.deliveries.update(other.deliveries)


@dataclass(frozen=True)
class FoundWays:
    """The ways of equal cost, and what they rest on."""

    ways: tuple[Way, ...]
    trace: Trace


@dataclass(frozen=True)
class Journey:
    """A packet on its way: where it is for, what it has passed, and what was looked at for it."""

    target: Station
    address: IPv4Address
    crossings: tuple[Crossing, ...] = ()
    routers: tuple[str, ...] = ()
    trace: Trace = field(default_factory=Trace)

    def passing(self, crossings: Iterable[Crossing]) -> "Journey":
        """The journey, some interfaces further."""
        return replace(self, crossings=(*self.crossings, *crossings))

    def stop(self, reason: str, outcome: Outcome = Outcome.STOPPED) -> Way:
        """The way of a packet that comes no further."""
        return Way(self.crossings, outcome, reason)

    def arrive(self, place: str) -> Way:
        """The way of a packet that has arrived."""
        return Way(self.crossings, Outcome.REACHED, place)


def cross(
    device: str, interface: Interface, vlan: int | None, direction: Literal["in", "out"], doubts: tuple[str, ...] = ()
) -> Crossing:
    """The passing of an interface, with its list in that direction and all that may drop packets there.

    Args:
        device: the switch.
        interface: of it.
        vlan: that the packet is in there.
        direction: as the switch sees it.
        doubts: other lines that may drop it.
    """
    access_list = interface.inbound if direction == "in" else interface.outbound
    return Crossing(
        device,
        interface.name,
        vlan,
        direction,
        (access_list,) if access_list else (),
        (*interface.dropping_lines, *interface.unread_lines, *doubts),
    )
