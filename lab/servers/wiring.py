"""Which hosts, users and routers there are, and the wires between them: worked out from the inventory, pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from lab import CENTRE
from lab.region.facts import LabError, RegionFacts, ServerFacts
from lab.region.scopes import Scope
from lab.region.services import Ports

BETWEEN_HALVES = 220  # which /31 of the uplinks; 0 to 199 are the municipalities' (number times two, plus the half)
ANYWHERE = IPv4Network("0.0.0.0/0")  # of a destination: all that is no private network
PRIVATE = tuple(IPv4Network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
NEAR, FAR = 100, 200  # metrics: the straight way, and the one by the other half


@dataclass(frozen=True)
class Network:
    """A network behind a router, which is a bridge there. ``name``: the bridge's. ``old``: of before the move."""

    name: str
    network: IPv4Network
    gateway: IPv4Address
    old: bool

    def with_length(self, address: IPv4Address) -> IPv4Interface:
        """An address of this network, with its length."""
        return IPv4Interface((address, self.network.prefixlen))


@dataclass(frozen=True)
class Port:
    """A cable from a place to its router: the interface here, the one there, and the address here."""

    interface: str
    far_interface: str
    network: Network
    address: IPv4Address
    mac: str


@dataclass(frozen=True)
class Place:
    """A server, or where people of a zone at a site sit. The first port is the standard's, if there is one."""

    name: str
    router: str
    ports: tuple[Port, ...]
    is_user: bool = False


@dataclass(frozen=True)
class Uplink:
    """A routed link. Each end: its router, the interface and the address there."""

    routers: tuple[str, str]
    interfaces: tuple[str, str]
    addresses: tuple[IPv4Address, IPv4Address]


@dataclass(frozen=True)
class Exit:
    """A link of a half to the outside. ``networks``: what lies behind it, each with the ports that answer there."""

    name: str
    half: str
    interface: str  # at both ends
    address: IPv4Interface
    peer: IPv4Address
    networks: tuple[tuple[IPv4Network, Ports], ...]


@dataclass(frozen=True)
class Route:
    """A way of a router's."""

    destination: IPv4Network
    via: IPv4Address
    interface: str
    metric: int


@dataclass(frozen=True)
class Router:
    """What a municipality's core, or the leaves and spines of a half, do for servers and users."""

    name: str
    networks: tuple[Network, ...]
    reached: tuple[IPv4Network, ...]  # what lies behind it
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True)
class Wiring:
    """All of it. ``skipped``: servers that are not started, with the reason."""

    routers: dict[str, Router]
    places: dict[str, Place]
    uplinks: tuple[Uplink, ...]
    exits: tuple[Exit, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)

    def find_uplink(self, name: str) -> Uplink | None:
        """The one between two routers, named as ``loppa/alta-half``, or the other way round."""
        ends = set(name.split("/"))
        return next((uplink for uplink in self.uplinks if set(uplink.routers) == ends), None)

    @property
    def servers(self) -> dict[str, Place]:
        """Those that are hosts."""
        return {name: place for name, place in self.places.items() if not place.is_user}


def plan_wiring(region: RegionFacts, municipalities: Iterable[str]) -> Wiring:
    """Work out what is started for these municipalities: their servers and users, and both halves of the centre.

    Raises:
        LabError: there is no such municipality.
    """
    wanted = list(dict.fromkeys(municipalities))
    known = sorted(set(region.municipalities) - {CENTRE})
    if unknown := [name for name in wanted if name not in known]:
        raise LabError(f"no municipality {', '.join(unknown)}; expected some of {', '.join(known)}")
    plan = _Plan(region)
    for server in region.servers.values():
        if server.municipality in (*wanted, CENTRE):
            plan.add_server(server)
    for name in wanted:
        plan.add_users(name)
    halves = list(region.municipalities[CENTRE].sites) if CENTRE in region.municipalities else []
    return plan.finish(wanted, [half for half in halves if half in plan.networks])


def take_out(network: IPv4Network, holes: Iterable[IPv4Network]) -> list[IPv4Network]:
    """What is left of a network without others that lie within it."""
    left = [network]
    for hole in holes:
        left = [part for whole in left for part in (whole.address_exclude(hole) if hole.subnet_of(whole) else [whole])]
    return left


def make_mac(label: str) -> str:
    """A MAC address that is always the same for this label: a rebuilt host is found at once, whatever ARP remembers."""
    digest = hashlib.sha256(label.encode()).hexdigest()
    return ":".join(["02", *(digest[place : place + 2] for place in range(0, 10, 2))])


class _Plan:
    """What has been placed so far."""

    def __init__(self, region: RegionFacts) -> None:
        self.region = region
        self.networks: dict[str, dict[Scope, Network]] = {}  # by router
        self.places: dict[str, Place] = {}
        self.skipped: dict[str, str] = {}
        self._taken = {address for server in region.servers.values() for address in _addresses(server)}
        self._cables: dict[str, int] = {}  # by router, how many

    def add_server(self, server: ServerFacts) -> None:
        """Plug a server in, or say why it is not."""
        if server.system.startswith("windows"):
            self.skipped[server.name] = f"{server.system}: not configured by us"
            return
        router = server.municipality if server.municipality != CENTRE else self._half_of(server)
        if router is None:
            self.skipped[server.name] = "no port of a switch in either half (`attached`)"
            return
        ports: list[Port] = []
        for address in _addresses(server):
            scope = self._scope_of(server.municipality, address)
            if scope is None:
                self.skipped[server.name] = f"{address} lies in no network of {server.municipality}"
                return
            ports.append(self._plug(router, scope, address, server.name, len(ports)))
        self.places[server.name] = Place(server.name, router, tuple(ports))

    def add_users(self, municipality: str) -> None:
        """A place to ask from for each site and zone in which people of a group work."""
        groups = self.region.services.groups.values()
        here = [group for group in groups if group.municipality == municipality]
        legacy = self.region.municipalities[municipality].legacy
        for site, zone in sorted({(site, group.zone) for group in here for site in group.sites}):
            vlans = {False: self.region.zones.get(zone), True: legacy.vlan_of(zone) if legacy else None}
            ports: list[Port] = []
            name = f"{site}/{zone}"
            for scope in sorted(self.region.scopes, key=lambda scope: scope.old):
                if scope.municipality == municipality and scope.vlan == vlans[scope.old]:
                    ports.append(self._plug(municipality, scope, self._free(scope), name, len(ports)))
            if ports:
                self.places[name] = Place(name, municipality, tuple(ports), is_user=True)

    def finish(self, municipalities: list[str], halves: list[str]) -> Wiring:
        """Join the routers, and give them their ways."""
        routers = {}
        for name in [*halves, *(name for name in municipalities if name in self.networks)]:
            networks = tuple(self.networks[name].values())
            reached = [network.network for network in networks]
            if name in self.region.municipalities:
                reached = [self.region.municipalities[name].prefix]
                reached += [scope.network for scope in self.region.scopes if scope.municipality == name and scope.old]
            routers[name] = Router(name, networks, tuple(reached))
        uplinks = self._join([name for name in routers if name not in halves], halves)
        exits = self._list_exits(halves)
        ways = {
            name: _list_routes(name, routers, uplinks, halves) + _list_ways_out(name, uplinks, exits, halves)
            for name in routers
        }
        routers = {
            name: Router(name, router.networks, router.reached, tuple(ways[name])) for name, router in routers.items()
        }
        return Wiring(routers, self.places, uplinks, exits, self.skipped)

    def _list_exits(self, halves: list[str]) -> tuple[Exit, ...]:
        services = self.region.services
        exits: list[Exit] = []
        for way in services.exits.values():
            switch = self.region.switches.get(way.switch)
            behind = [destination for destination in services.destinations.values() if way.name in destination.exits]
            networks = tuple((network, destination.ports) for destination in behind for network in destination.networks)
            if switch and switch.site in halves and networks:
                exits.append(Exit(way.name, switch.site, f"ex{len(exits)}", way.address, way.peer, networks))
        return tuple(exits)

    def _half_of(self, server: ServerFacts) -> str | None:
        """The site of the switch that a server of the centre hangs on."""
        switch = self.region.switches.get((server.attached or "").rpartition(":")[0])
        return switch.site if switch else None

    def _scope_of(self, municipality: str, address: IPv4Address) -> Scope | None:
        scopes = (scope for scope in self.region.scopes if scope.municipality == municipality)
        return next((scope for scope in scopes if address in scope.network), None)

    def _plug(self, router: str, scope: Scope, address: IPv4Address, name: str, number: int) -> Port:
        networks = self.networks.setdefault(router, {})
        bridge = f"{'o' if scope.old else 'v'}{scope.vlan}"
        network = networks.setdefault(scope, Network(bridge, scope.network, scope.gateway, scope.old))
        self._cables[router] = self._cables.get(router, 0) + 1
        self._taken.add(address)
        mac = make_mac(f"{name}:{number}")
        return Port(f"eth{number}", f"p{self._cables[router]}", network, address, mac)

    def _free(self, scope: Scope) -> IPv4Address:
        """The last address of a network, or of what is lent in it, that nobody has."""
        address = scope.pool[1] if scope.pool else scope.network.broadcast_address - 1
        while address in self._taken:
            address -= 1
        return address

    def _join(self, municipalities: list[str], halves: list[str]) -> tuple[Uplink, ...]:
        if self.region.uplinks is None:
            raise LabError("inventory/group_vars/all: found no uplink_network, expected one for the routed links")
        wires = [
            (half, name, 2 * self.region.municipalities[name].number + place)
            for name in municipalities
            for place, half in enumerate(halves)
        ]
        wires += [(halves[0], halves[1], BETWEEN_HALVES)] if len(halves) > 1 else []
        uplinks = []
        for near, far, index in wires:
            first = self.region.uplinks.network_address + 2 * index
            uplinks.append(Uplink((near, far), (f"up{index}", f"up{index}"), (first, first + 1)))
        return tuple(uplinks)


def _addresses(server: ServerFacts) -> list[IPv4Address]:
    """Of the standard, then of before."""
    return [server.address, *([server.legacy_address] if server.legacy_address else [])]


def _list_routes(name: str, routers: dict[str, Router], uplinks: tuple[Uplink, ...], halves: list[str]) -> list[Route]:
    """To what lies behind every other router: straight where there is a link, and by each half as the second best."""
    routes = []
    for uplink in uplinks:
        if name not in uplink.routers:
            continue
        end = uplink.routers.index(name)
        neighbour = uplink.routers[1 - end]
        for other in routers.values():
            if other.name == name or (other.name != neighbour and neighbour not in halves):
                continue
            metric = NEAR if other.name == neighbour else FAR
            # Two municipalities have no link of their own: the first half's is the nearer of two equal ways.
            metric += halves.index(neighbour) if neighbour in halves else 0
            via = uplink.addresses[1 - end]
            routes += [Route(network, via, uplink.interfaces[end], metric) for network in other.reached]
    return routes


def _list_ways_out(name: str, uplinks: tuple[Uplink, ...], exits: tuple[Exit, ...], halves: list[str]) -> list[Route]:
    """To what lies outside: by a half's own exits, else by a half that has one."""
    routes: dict[tuple[IPv4Network, int], Route] = {}
    for place, way in enumerate(exits):
        for network, _ in way.networks:
            if way.half == name:
                metric = NEAR + place
                routes[network, metric] = Route(network, way.peer, way.interface, metric)
            for uplink in uplinks:
                if set(uplink.routers) == {name, way.half}:
                    end = uplink.routers.index(name)
                    metric = FAR + halves.index(way.half)
                    via = uplink.addresses[1 - end]
                    routes.setdefault((network, metric), Route(network, via, uplink.interfaces[end], metric))
    return list(routes.values())
