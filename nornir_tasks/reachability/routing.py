"""Layer 3 of the intended configurations: interfaces that are up, neighbours by OSPF, and where routes lead. Pure."""

import heapq
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from itertools import islice, takewhile
from types import MappingProxyType
from typing import NamedTuple

from nornir_tasks.platforms.common.management_access import Interface, Route
from nornir_tasks.reachability.bridging import Bridging, ConfiguredSwitch, PortEnd

ANYWHERE = IPv4Network("0.0.0.0/0")
STATIC_NEVER = 255  # the distance of a route that no device takes
CONNECTED, OSPF, OSPF_EXTERNAL = 0, 110, 110.5  # distances; OSPF's own networks before what a router told of others
STATIC_METRIC, DEFAULT_METRIC = 20, 1  # of what is told from outside
DEPTH = 4  # static routes that lead to each other


class NextHop(NamedTuple):
    """Out of an interface, to an address in its network (None: the destination itself is there)."""

    interface: str
    address: IPv4Address | None


@dataclass(frozen=True)
class TableEntry:
    """What a switch does with the packets for a network. No hops: they are dropped."""

    network: IPv4Network
    distance: float
    hops: tuple[NextHop, ...]


class Adjacency(NamedTuple):
    """A neighbour by OSPF: the interface that it is at, its name, its address, and the cost of the interface."""

    interface: str
    device: str
    address: IPv4Address
    cost: int


class Owner(NamedTuple):
    """Who has an address: a switch, and the interface."""

    device: str
    interface: Interface


class Routing:
    """The routes of all switches; each one's table is worked out when it is first asked for."""

    def __init__(
        self, bridging: Bridging, interfaces: Mapping[str, Mapping[str, Interface]] = MappingProxyType({})
    ) -> None:
        self._bridging = bridging
        self._switches: Mapping[str, ConfiguredSwitch] = bridging.switches
        self.interfaces = {
            name: interfaces[name] if name in interfaces else dict(self._find_up(name)) for name in self._switches
        }
        self.owners: dict[IPv4Address, list[Owner]] = {}
        self.holders: dict[IPv4Address, list[Owner]] = {}  # whose interfaces have an address, up or down
        for name, switch in self._switches.items():
            for port, interface in switch.access.addressed.items():
                owner = Owner(name, interface)
                for address in interface.addresses:
                    self.holders.setdefault(address.ip, []).append(owner)
                    if port in self.interfaces[name]:
                        self.owners.setdefault(address.ip, []).append(owner)
        self._adjacencies = {name: tuple(self._find_adjacencies(name)) for name in self._switches}
        self._tables: dict[str, dict[int, dict[int, TableEntry]]] = {}

    def list_addresses(self, devices: Iterable[str]) -> Iterator[IPv4Address]:
        """The addresses of some switches, whether their interfaces are up or not."""
        for device in devices:
            for interface in self._switches[device].access.addressed.values():
                yield from (address.ip for address in interface.addresses)

    # --- interfaces

    def explain_down(self, device: str, interface: Interface) -> str | None:
        """Why an interface with an address does not forward; None: it does."""
        if interface.shutdown_line:
            return f"{device} {interface.shutdown_line}"
        refusals = self._switches[device].access.refusals
        if interface.address is not None and (refusal := refusals.get((interface.name, interface.address))):
            return f"{device} {interface.name}: {refusal}"
        if interface.vrf:
            return f"{device} {interface.name} is in VRF {interface.vrf}"
        if interface.name.startswith("Management"):
            return f"{device} {interface.name} is out of band"
        if interface.vlan is not None:
            if dead := self._bridging.explain_dead_vlan(device, interface.vlan):
                return dead
            if not self._bridging.is_used(device, interface.vlan):
                return f"{device} {interface.name}: no port that is up carries VLAN {interface.vlan}"
            return None
        if interface.name.startswith("Loopback"):
            return None
        if interface.untagged is not None or interface.tagged:
            return f"{device} {interface.name} is a switched port"
        return self._bridging.explain_dead_port(PortEnd(device, interface.name))

    def _find_up(self, device: str) -> Iterator[tuple[str, Interface]]:
        for name, interface in self._switches[device].access.addressed.items():
            if self.explain_down(device, interface) is None:
                yield name, interface

    # --- OSPF

    def _find_adjacencies(self, device: str) -> Iterator[Adjacency]:
        """The neighbours of a router, by its routed ports and by the VLANs that it has an interface in."""
        for name, interface in self.interfaces[device].items():
            if interface.ospf is None:
                continue
            for far in self._find_opposite(device, interface):
                if far.interface.address and self.explain_no_adjacency(Owner(device, interface), far) is None:
                    yield Adjacency(name, far.device, far.interface.address.ip, interface.ospf.cost)

    def _find_opposite(self, device: str, interface: Interface) -> Iterator[Owner]:
        """The interfaces at the other end of a routed port, or of other routers in the same VLAN."""
        if interface.vlan is None:
            end = self._switches[device].cables.get(interface.name)
            if end is not None and end.device in self._switches:
                yield Owner(end.device, self._bridging.get_port(end))
            return
        for far in self._bridging.find_tree(device, interface.vlan):
            svi = self._switches[far].access.svi(interface.vlan)
            if svi is not None and svi.name in self.interfaces[far]:
                yield Owner(far, svi)

    def explain_no_adjacency(self, near: Owner, far: Owner) -> str | None:
        """Why two routers that could hear each other are no neighbours by OSPF; None: they are."""
        for owner in (near, far):
            place = f"{owner.device} {owner.interface.name}"
            if owner.interface.address is None:
                return f"{place} has no address"
            if down := self.explain_down(owner.device, owner.interface):
                return down
            if not self._switches[owner.device].access.routing:
                return f"{owner.device}: IP routing is off"
            if owner.interface.ospf is None:
                return f"{place} takes no part in OSPF"
            if owner.interface.ospf.passive:
                return f"{place} is passive in OSPF"
        addresses = [owner.interface.address for owner in (near, far)]
        takings = [owner.interface.ospf for owner in (near, far)]
        if addresses[0] is None or addresses[1] is None or takings[0] is None or takings[1] is None:
            return "no OSPF"  # not reached: each was looked at above
        ends = f"{near.device} {near.interface.name} and {far.device} {far.interface.name}"
        if addresses[0].network != addresses[1].network or addresses[0].ip == addresses[1].ip:
            return f"{ends} are in no common network: {addresses[0]}, {addresses[1]}"
        for what, pair in (
            ("area", [taking.area for taking in takings if taking]),
            (
                "network type",
                ["point-to-point" if taking and taking.point_to_point else "broadcast" for taking in takings],
            ),
            ("settings", [str(taking.unshared_line) for taking in takings if taking]),
        ):
            if pair[0] != pair[1]:
                return f"{ends} differ in their OSPF {what}: {pair[0]}, {pair[1]}"
        routers = [self._switches[owner.device].access for owner in (near, far)]
        if routers[0].router_id is not None and routers[0].router_id == routers[1].router_id:
            return f"{near.device} and {far.device} have the same OSPF router id {routers[0].router_id}"
        for owner, other in ((near, addresses[1]), (far, addresses[0])):
            for access_list in (owner.interface.inbound, *self._switches[owner.device].access.control_plane):
                if access_list and (why := access_list.explain_ospf_refusal(other.ip)):
                    return f"{owner.device} {why}"
        return None

    def list_ospf_faults(self, device: str) -> Iterator[str]:
        """Why a router has no neighbour at the end of a cable that one of both ends has OSPF on."""
        for port, end in self._switches[device].cables.items():
            if end.device not in self._switches:
                continue
            near, far = (Owner(at.device, self._bridging.get_port(at)) for at in (PortEnd(device, port), end))
            takes_part = any(owner.interface.ospf and not owner.interface.ospf.passive for owner in (near, far))
            if takes_part and (fault := self.explain_no_adjacency(near, far)):
                yield fault

    def _find_ospf_entries(self, device: str) -> Iterator[TableEntry]:
        """The networks that a router learns, by the cheapest ways; those of the same cost count alike."""
        costs = {device: 0}
        hops: dict[str, set[NextHop]] = {device: set()}
        queue = [(0, device)]
        while queue:
            cost, here = heapq.heappop(queue)
            if cost > costs[here]:
                continue
            for adjacency in self._adjacencies[here]:
                total = cost + adjacency.cost
                first = {NextHop(adjacency.interface, adjacency.address)} if here == device else hops[here]
                if total < costs.get(adjacency.device, total + 1):
                    costs[adjacency.device], hops[adjacency.device] = total, set(first)
                    heapq.heappush(queue, (total, adjacency.device))
                elif total == costs[adjacency.device] and adjacency.device != device:
                    hops[adjacency.device] |= first
        best: dict[tuple[IPv4Network, float], tuple[int, set[NextHop]]] = {}
        for far, cost in costs.items():
            for network, distance, metric in self._list_told(far) if far != device else ():
                key = (network, distance)
                total = metric + cost
                if key not in best or total < best[key][0]:
                    best[key] = (total, set(hops[far]))
                elif total == best[key][0]:
                    best[key][1].update(hops[far])
        for (network, distance), (_, ways) in best.items():
            yield TableEntry(network, distance, tuple(sorted(ways)))

    def _list_told(self, device: str) -> Iterator[tuple[IPv4Network, float, int]]:
        """What a router tells its neighbours: network, distance, metric."""
        access = self._switches[device].access
        networks = set()
        for interface in self.interfaces[device].values():
            for address in interface.addresses:
                networks.add(address.network)
                if interface.ospf:
                    yield address.network, OSPF, interface.ospf.cost
        statics = {route.network for route in access.routes if access.routing and self._resolve(device, route)}
        for origin in access.ospf_origins:
            if origin.limited:
                continue
            if origin.kind == "default":
                told = {ANYWHERE} if origin.complete or ANYWHERE in statics else set()
            else:
                told = {
                    network
                    for network in (statics - {ANYWHERE} if origin.kind == "static" else networks)
                    if origin.complete or network == find_class(network)
                }
            for network in told:
                # All come as external routes of type 2: the metric alone counts, then the way to who told it.
                yield network, OSPF_EXTERNAL, 1000 * (DEFAULT_METRIC if origin.kind == "default" else STATIC_METRIC)

    # --- tables

    def _resolve(self, device: str, route: Route) -> tuple[NextHop, ...] | None:
        """Where a static route leads by attached networks; empty: it drops; None: nowhere, and is not installed."""
        if route.discards:
            return ()
        if route.distance >= STATIC_NEVER:
            return None
        up = self.interfaces[device]
        if route.interface is not None:
            name = next((name for name in up if name.lower() == route.interface.lower()), None)
            return (NextHop(name, route.hop),) if name else None
        if route.hop is None:
            return None
        attached = [
            (address.network.prefixlen, name)
            for name, interface in up.items()
            for address in interface.addresses
            if route.hop in address.network and address.ip != route.hop
        ]
        return (NextHop(max(attached)[1], route.hop),) if attached else None

    def _build_table(self, device: str) -> dict[int, dict[int, TableEntry]]:
        """Shape: length of the prefix to network's first address to entry; the longest first."""
        access = self._switches[device].access
        entries: dict[IPv4Network, TableEntry] = {}

        def offer(entry: TableEntry) -> None:
            other = entries.get(entry.network)
            if other is not None and other.distance == entry.distance:
                entry = TableEntry(entry.network, entry.distance, tuple(dict.fromkeys([*other.hops, *entry.hops])))
            if other is None or other.distance >= entry.distance:
                entries[entry.network] = entry

        for name, interface in self.interfaces[device].items():
            for address in interface.addresses:
                offer(TableEntry(address.network, CONNECTED, (NextHop(name, None),)))
        if access.routing:
            for entry in self._find_ospf_entries(device):
                offer(entry)
        unresolved = []
        own = {address.ip for interface in self.interfaces[device].values() for address in interface.addresses}
        for route in access.routes:
            if (hops := self._resolve(device, route)) is not None:
                offer(TableEntry(route.network, route.distance, hops))
            elif route.hop is not None and route.interface is None and access.routing and route.hop not in own:
                unresolved.append(route)
        table = _index(entries.values())
        for _ in range(DEPTH if unresolved else 0):
            for route in list(unresolved):
                via = _look_up(table, route.hop) if route.hop else None
                if via is not None and via.hops and via.network.prefixlen and route.distance < STATIC_NEVER:
                    unresolved.remove(route)
                    hops = tuple(NextHop(hop.interface, hop.address or route.hop) for hop in via.hops)
                    offer(TableEntry(route.network, route.distance, hops))
            table = _index(entries.values())
        return table

    def advance(self, bridging: Bridging, changed: Collection[str]) -> "Routing":
        """The same with some switches configured otherwise; what these cannot have changed is kept.

        Args:
            bridging: of the same switches and cables.
            changed: switches that were configured otherwise.
        """
        around = bridging.find_around(changed)
        after = Routing(bridging, {name: ports for name, ports in self.interfaces.items() if name not in around})
        others = [name for name in self._switches if after._read_facts(name) != self._read_facts(name)]
        if not any(self._adjacencies[name] or after._adjacencies[name] for name in others):
            after._tables = {name: table for name, table in self._tables.items() if name not in others}
        return after

    def _read_facts(self, device: str) -> tuple[object, ...]:
        """All of a switch that tables rest on, its own and those of whom it tells of its networks."""
        access = self._switches[device].access
        ports = [(name, port.addresses, port.ospf, port.vlan) for name, port in self.interfaces[device].items()]
        return (access.routes, access.routing, access.ospf_origins, self._adjacencies[device], ports)

    def find_other_tables(self, before: "Routing") -> frozenset[str]:
        """The switches that forward by other tables, of those whose table was asked for before."""
        return frozenset(name for name, table in before._tables.items() if self.get_table(name) != table)

    def get_table(self, device: str) -> Mapping[int, Mapping[int, TableEntry]]:
        """What a switch does with the packets for each network: by the length of the prefix, the longest first."""
        if device not in self._tables:
            self._tables[device] = self._build_table(device)
        return self._tables[device]

    def look_up(self, device: str, address: IPv4Address) -> TableEntry | None:
        """What a switch does with packets for an address: the longest prefix decides."""
        return _look_up(self.get_table(device), address)

    def find_inner_addresses(self, network: IPv4Network) -> list[IPv4Address]:
        """An address of each network within another that a switch has a route of its own to."""
        networks = self._routed_networks
        start = bisect_left(networks, network)
        within = takewhile(
            lambda inner: inner.network_address <= network.broadcast_address, islice(networks, start, None)
        )
        return [
            inner.network_address + (1 if inner.num_addresses > 1 else 0)
            for inner in within
            if inner.prefixlen > network.prefixlen
        ]

    @cached_property
    def _routed_networks(self) -> list[IPv4Network]:
        """What some switch has a route of its own to, in order: a network before those within it."""
        networks = {
            address.network
            for interfaces in self.interfaces.values()
            for interface in interfaces.values()
            for address in interface.addresses
        }
        networks |= {route.network for switch in self._switches.values() for route in switch.access.routes}
        return sorted(networks)


def find_class(network: IPv4Network) -> IPv4Network:
    """The class A, B or C network that a network belongs to; itself if it is greater."""
    first = network.network_address.packed[0]
    length = 8 if first < 128 else 16 if first < 192 else 24
    return network if network.prefixlen <= length else network.supernet(new_prefix=length)


def _index(entries: Iterable[TableEntry]) -> dict[int, dict[int, TableEntry]]:
    table: dict[int, dict[int, TableEntry]] = {}
    for entry in sorted(entries, key=lambda entry: -entry.network.prefixlen):
        table.setdefault(entry.network.prefixlen, {})[int(entry.network.network_address)] = entry
    return table


def _look_up(table: Mapping[int, Mapping[int, TableEntry]], address: IPv4Address) -> TableEntry | None:
    value = int(address)
    for length, entries in table.items():
        if entry := entries.get(value >> (32 - length) << (32 - length)):
            return entry
    return None
