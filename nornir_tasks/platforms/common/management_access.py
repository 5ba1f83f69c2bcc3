"""Who can log in to a device, read from its configuration, for every vendor alike: services, accounts, ports, lists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal

from nornir_tasks.platforms.common.packet_filter import Filter


@dataclass(frozen=True)
class Ospf:
    """How an interface takes part in OSPF. ``unshared_line``: the other end lacks it, so no neighbour comes up."""

    area: int
    passive: bool = False
    point_to_point: bool = False
    unshared_line: str | None = None
    cost: int = 1


@dataclass(frozen=True)
class OspfOrigin:
    """What a router tells OSPF from outside of it.

    Args:
        kind: static routes, connected networks, or a default route.
        line: that says so.
        complete: networks of every length, and not only whole classes; a default route even without one of its own.
        limited: a route map chooses among them, which is not read.
    """

    kind: Literal["static", "connected", "default"]
    line: str
    complete: bool = True
    limited: bool = False


@dataclass(frozen=True)
class Interface:
    """A port, or what holds an address.

    Args:
        shutdown_line: the line that switches it off.
        vlan: of which VLAN it holds the address.
        secondaries: the addresses that it has beside its first.
        untagged: the VLAN that a port carries untagged; a port that routes carries none.
        blocking_lines: lines that stop a neighbouring switch: BPDU guard.
        root_guard_lines: lines that stop a neighbour that is nearer to the root of the spanning tree: root guard.
        dropping_lines: lines that may drop what anybody sends, however it is addressed: 802.1X, port security, a list
            of MAC addresses that holds back ARP, a policy that drops, a port that only mirrors.
        unread_lines: lines that may send packets elsewhere, change them or drop some, which nothing here reads: routing
            by a policy, translation of addresses, checks of where a packet comes from.
        bundle: the bundle that it is a member of.
        trusts_arp: whether ARP that comes by it is taken without a look.
    """

    name: str
    shutdown_line: str | None = None
    vlan: int | None = None
    address: IPv4Interface | None = None
    vrf: str | None = None
    untagged: int | None = None
    tagged: frozenset[int] = frozenset()
    inbound: Filter | None = None
    outbound: Filter | None = None
    blocking_lines: tuple[str, ...] = ()
    root_guard_lines: tuple[str, ...] = ()
    dropping_lines: tuple[str, ...] = ()
    unread_lines: tuple[str, ...] = ()
    bundle: str | None = None
    trusts_arp: bool = False
    ospf: Ospf | None = None
    secondaries: tuple[IPv4Interface, ...] = ()

    @property
    def addresses(self) -> tuple[IPv4Interface, ...]:
        """All of its addresses, the first one first."""
        return (*(() if self.address is None else (self.address,)), *self.secondaries)


@dataclass(frozen=True)
class Route:
    """A static route, or the default gateway of what does not route. ``hop`` None: not an address.

    ``interface``: by which it leaves, if the line names one; ``discards``: what it matches is dropped.
    """

    network: IPv4Network
    hop: IPv4Address | None
    distance: int = 1
    interface: str | None = None
    discards: bool = False


@dataclass(frozen=True)
class LoginService:
    """A service that the centre logs in by. ``closed_by``: why it is closed; ``is_needed``: login depends on it."""

    name: str
    port: int
    closed_by: str | None = None
    filters: tuple[Filter, ...] = ()
    is_needed: bool = True


@dataclass(frozen=True)
class ManagementAccess:
    """Everything that a configuration says about logging in to its device.

    Args:
        accounts: local accounts, and what each lacks to full rights (None: nothing).
        no_local_login: why a local account does not get in once the central servers are gone.
        vlans: VLANs, and the line that stops each (None: nothing). None: the switch keeps them elsewhere.
        management_vlan: the only VLAN that the switch takes management from.
        vlan_filters: lists on all that passes within a VLAN, bridged or routed, whichever way.
        inspected_vlans: VLANs in which ARP is dropped on ports that are not trusted, and the line that says so.
        control_plane: lists in front of the processor, which OSPF has to pass as well.
        router_id: of the process that takes part in OSPF.
        ospf_origins: what it tells OSPF beside its own networks.
    """

    services: tuple[LoginService, ...]
    accounts: Mapping[str, str | None]
    no_local_login: str | None
    interfaces: Mapping[str, Interface]
    vlans: Mapping[int, str | None] | None
    routes: tuple[Route, ...] = ()
    routing: bool = False
    management_vlan: int | None = None
    vlan_filters: Mapping[int, tuple[Filter, ...]] = field(default_factory=dict)
    inspected_vlans: Mapping[int, str] = field(default_factory=dict)
    control_plane: tuple[Filter, ...] = ()
    router_id: IPv4Address | None = None
    ospf_origins: tuple[OspfOrigin, ...] = ()
    default_vlan: int | None = 1  # of a port that the configuration does not mention

    @cached_property
    def addressed(self) -> Mapping[str, Interface]:
        """The interfaces with an address, and with those of their second ones that the device takes."""
        addressed = {name: interface for name, interface in self.interfaces.items() if interface.address is not None}
        for name, interface in addressed.items():
            if interface.secondaries:
                taken = (address for address in interface.secondaries if (name, address) not in self.refusals)
                addressed[name] = replace(interface, secondaries=tuple(taken))
        return addressed

    @cached_property
    def refusals(self) -> Mapping[tuple[str, IPv4Interface], str]:
        """Why an interface does not get an address: its network overlaps with that of one above, up or down."""
        refusals: dict[tuple[str, IPv4Interface], str] = {}
        taken: dict[str | None, dict[IPv4Network, str]] = {}  # by VRF
        for name, interface in self.interfaces.items():
            above = taken.setdefault(interface.vrf, {})
            for address in interface.addresses:
                other = next((place for network, place in above.items() if network.overlaps(address.network)), None)
                if other is not None and other != name:
                    refusals[name, address] = f"{address} overlaps with {other}"
                else:
                    above[address.network] = name
        return refusals

    def port(self, name: str) -> Interface:
        """A port; one that the configuration does not mention has the factory's settings."""
        return self.interfaces.get(name) or Interface(name, untagged=self.default_vlan)

    def svi(self, vlan: int) -> Interface | None:
        """The interface that holds the address in a VLAN."""
        return next((interface for interface in self.interfaces.values() if interface.vlan == vlan), None)


def find_value(lines: Iterable[str], start: str) -> str | None:
    """What follows ``start`` in the last line that begins with it; None if no line does."""
    value = None
    for line in lines:
        if line.startswith(start):
            value = line[len(start) :]
    return value
