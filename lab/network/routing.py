"""Layer 3: connected, static and OSPF routes, and whether an address answers. Worked out when somebody asks."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import NamedTuple

from lab.device.access_list import FULL, Place
from lab.device.meaning import Meaning, PortMeaning
from lab.device.switch import Switch
from lab.device.tables import Adjacency, Learned
from lab.network.bridging import Bridging


class Interface(NamedTuple):
    """A layer 3 interface that is up. At most one of ``vlan`` and ``port`` is set; neither: a loopback."""

    address: IPv4Interface
    vlan: int | None = None
    port: int | None = None


class Hop(NamedTuple):
    """Where a packet goes next: out of an interface, to a next hop (None: the destination is on its network)."""

    interface: Interface
    via: IPv4Address | None


class Way(NamedTuple):
    """How OSPF gets to a network. ``metric`` is set where it came into OSPF from another source."""

    hop: Hop
    hops: int
    metric: int | None = None


class Adjacent(NamedTuple):
    """An OSPF neighbour: the port that leads there, and its address."""

    port: int
    far: Switch
    address: IPv4Address


DEFAULT = IPv4Network("0.0.0.0/0")


def classful(network: IPv4Network) -> IPv4Network:
    """The class A, B or C network that a network belongs to; itself if it is greater."""
    first = network.network_address.packed[0]
    length = 8 if first < 128 else 16 if first < 192 else 24
    return network if network.prefixlen <= length else network.supernet(new_prefix=length)


def _decisions(switch: Switch) -> object:
    """What of a configuration decides about packets, beside its interfaces."""
    meaning = switch.meaning
    return (
        switch.up,
        meaning.routing,
        meaning.static_routes,
        meaning.floating_routes,
        meaning.discarded,
        meaning.floating_discarded,
        meaning.direct_routes,
        meaning.default_gateway,
        meaning.ospf_networks,
        meaning.ospf_external,
        meaning.ospf_active_ports,
        meaning.access_lists,
        meaning.vlan_filters,
        {vlan: (svi.filter_in, svi.filter_out, svi.helpers) for vlan, svi in meaning.svis.items()},
        {number: (port.filter_in, port.filter_out) for number, port in meaning.ports.items() if _filters(port)},
    )


def _places(meaning: Meaning, interfaces: list[Interface]) -> set[Place]:
    """All sets of addresses that a configuration tells from others."""
    places = {place for access_list in meaning.access_lists.values() for place in access_list.places()}
    networks = [network for network, _ in (*meaning.static_routes, *meaning.floating_routes, *meaning.direct_routes)]
    networks += [*meaning.discarded, *meaning.floating_discarded, *(face.address.network for face in interfaces)]
    places.update(Place(int(network.network_address), int(network.netmask)) for network in networks)
    return places | {Place(int(face.address.ip), FULL) for face in interfaces}


def _filters(port: PortMeaning) -> bool:
    return port.filter_in is not None or port.filter_out is not None


class Routing:
    """Layer 3 of the region, kept until layer 2's version moves on; that must be settled when a question comes.

    ``version`` counts what may lead a packet elsewhere; ``spread`` the changes among them that other routers learn of;
    ``moved``: the version in which something of a municipality's own last did.
    """

    def __init__(self, bridging: Bridging) -> None:
        self.version = 0
        self.spread = 0
        self.moved: dict[str, int] = {}
        self._bridging = bridging
        self._interfaces: dict[str, list[Interface]] = {}
        self._adjacent: dict[str, list[Adjacent]] = {}
        self._learned: dict[str, dict[IPv4Network, Way]] = {}
        self._hops: dict[tuple[str, IPv4Address], Hop | None] = {}
        self._owners: dict[IPv4Address, Switch] | None = None
        self._decides: dict[str, object] = {}  # by switch: what else than its interfaces leads packets
        self._tells: dict[str, object] = {}
        self._places: dict[str, set[Place]] = {}
        self._parting: dict[IPv4Network, list[Place]] = {}

    def update(self) -> None:
        """Work out again what has changed since the last time."""
        moved: set[str] = set()
        spread = False
        fresh = self._bridging.take_fresh()
        for name in fresh:
            switch = self._bridging.switches[name]
            interfaces, decides = self._up(switch), _decisions(switch)
            if interfaces != self._interfaces.get(name) or decides != self._decides.get(name):
                self._interfaces[name], self._decides[name] = interfaces, decides
                self._places[name] = _places(switch.meaning, interfaces)
                moved.add(name)
        for name in fresh:
            switch = self._bridging.switches[name]
            adjacent = self._find_adjacent(switch)
            tells = (adjacent, self._own(switch), self._told(switch))
            if tells != self._tells.get(name):
                self._adjacent[name], self._tells[name] = adjacent, tells
                moved.add(name)
                spread = True
        if moved:
            self.version += 1
            self.spread += spread
            self.moved.update({self._bridging.switches[name].facts.municipality: self.version for name in moved})
            self._hops.clear()
            self._parting.clear()
            self._owners = None
        if spread:
            self._learned.clear()

    def interfaces(self, switch: Switch) -> list[Interface]:
        """The layer 3 interfaces of a switch that are up."""
        return self._interfaces.get(switch.name, [])

    def tell_apart(self, network: IPv4Network, address: IPv4Address) -> object:
        """What routes and access lists know of an address of a network; equal for those that they treat alike."""
        places = self._parting.get(network)
        if places is None:
            inside, base, mask = int(network.hostmask), int(network.network_address), int(network.netmask)
            everywhere = set().union(*self._places.values())
            parts = (place for place in everywhere if place.care & inside)
            places = [place for place in parts if not (place.base ^ base) & place.care & mask]
            self._parting[network] = places
        number = int(address)
        return network, tuple(place.holds(number) for place in places)

    @property
    def owners(self) -> dict[IPv4Address, Switch]:
        """Which switch has an address."""
        if self._owners is None:
            self._owners = {}
            for name in self._bridging.switches:
                for interface in self._interfaces.get(name, ()):
                    self._owners.setdefault(interface.address.ip, self._bridging.switches[name])
        return self._owners

    def _up(self, switch: Switch) -> list[Interface]:
        meaning = switch.meaning
        if not switch.up:
            return []
        interfaces = [
            Interface(address, vlan=vlan)
            for vlan, svi in sorted(meaning.svis.items())
            if svi.up and svi.address is not None and self._bridging.is_used(switch, vlan)
            for address in (svi.address, *svi.secondaries)
        ]
        for number, port in sorted(meaning.ports.items()):
            if port.routed and port.address is not None and self._bridging.oper(switch, number):
                interfaces.append(Interface(port.address, port=number))
        return interfaces + [Interface(address) for address in meaning.loopbacks]

    # --- OSPF

    @staticmethod
    def _speaks(switch: Switch, number: int) -> PortMeaning | None:
        """The port, if OSPF looks for neighbours on it."""
        meaning = switch.meaning
        port = meaning.ports.get(number)
        if port is None or not port.routed or port.address is None or not meaning.routing:
            return None
        if number not in meaning.ospf_active_ports:
            return None
        return port if any(port.address.ip in network for network in meaning.ospf_networks) else None

    def _find_adjacent(self, switch: Switch) -> list[Adjacent]:
        """Both ends are routed, in one subnet, and both want it."""
        adjacent = []
        for number, cable in sorted(switch.facts.cables.items()):
            far = self._bridging.switches.get(cable.switch)
            if far is None or not self._bridging.oper(switch, number):
                continue
            here, there = self._speaks(switch, number), self._speaks(far, cable.port)
            if here is None or there is None or here.address is None or there.address is None:
                continue
            if here.address.network == there.address.network and here.address.ip != there.address.ip:
                adjacent.append(Adjacent(number, far, there.address.ip))
        return adjacent

    def _routes(self, router: Switch) -> dict[IPv4Network, Way]:
        """What a router has learned by OSPF: the fewest hops to each network, how many, and an outside metric.

        What takes part itself comes before what a router has told of other sources.
        """
        if router.name in self._learned:
            return self._learned[router.name]
        routes: dict[IPv4Network, Way] = {}
        external: dict[IPv4Network, Way] = {}
        first: dict[str, Hop] = {}
        seen = {router.name: 0}
        queue = [router]
        while queue:
            here = queue.pop(0)
            for number, far, address in self._adjacent[here.name]:
                if far.name in seen:
                    continue
                seen[far.name] = seen[here.name] + 1
                if here is router:
                    out = next(face for face in self._interfaces[router.name] if face.port == number)
                    first[far.name] = Hop(out, address)
                else:
                    first[far.name] = first[here.name]
                for network in self._own(far):
                    routes.setdefault(network, Way(first[far.name], seen[far.name]))
                for network, metric in self._told(far):
                    external.setdefault(network, Way(first[far.name], seen[far.name], metric))
                queue.append(far)
        self._learned[router.name] = {**external, **routes}
        return self._learned[router.name]

    def _own(self, router: Switch) -> list[IPv4Network]:
        """The networks of a router that take part in OSPF."""
        inside = router.meaning.ospf_networks
        attached = (face.address for face in self._interfaces[router.name])
        return [address.network for address in attached if any(address.ip in network for network in inside)]

    def _told(self, router: Switch) -> list[tuple[IPv4Network, int]]:
        """What a router tells OSPF of other sources, with its metric: ``redistribute``, and the default route."""
        meaning = router.meaning
        near = [face.address.network for face in self._interfaces[router.name]]
        statics = {network for network, via in meaning.static_routes if any(via in attached for attached in near)}
        told: list[tuple[IPv4Network, int]] = []
        for source, whole in meaning.ospf_external.items():
            if source == "default" and (whole or DEFAULT in statics):
                told.append((DEFAULT, 1))
            networks = statics - {DEFAULT} if source == "static" else set()
            networks |= set(near) if source == "connected" else set()
            told += [(network, 20) for network in sorted(networks) if whole or network == classful(network)]
        return told

    # --- forwarding

    def next_hop(self, switch: Switch, address: IPv4Address) -> Hop | None:
        """The longest match; on equal length connected before static before learned. None: no route, or to nowhere."""
        if (switch.name, address) not in self._hops:
            self._hops[switch.name, address] = self._find_hop(switch, address)
        return self._hops[switch.name, address]

    def _find_hop(self, switch: Switch, address: IPv4Address) -> Hop | None:
        best: tuple[int, int, Hop | None] | None = None
        meaning = switch.meaning
        connected = self._interfaces[switch.name]

        def offer(length: int, rank: int, hop: Hop | None) -> None:
            nonlocal best
            if best is None or (length, rank) > best[:2]:
                best = (length, rank, hop)

        for interface in connected:
            if address in interface.address.network:
                offer(interface.address.network.prefixlen, 3, Hop(interface, None))
        statics = list(meaning.static_routes) if meaning.routing else []
        if meaning.default_gateway is not None and not meaning.routing:
            statics.append((IPv4Network("0.0.0.0/0"), meaning.default_gateway))
        floating = meaning.floating_routes if meaning.routing else []
        for rank, routes in ((2, statics), (0, floating)):
            for network, via in routes:
                out = next((face for face in connected if via in face.address.network), None)
                if address in network and out is not None:
                    offer(network.prefixlen, rank, Hop(out, via))
        if meaning.routing:
            for network, own in meaning.direct_routes:
                out = next((face for face in connected if face.address == own), None)
                if address in network and out is not None:
                    offer(network.prefixlen, 2, Hop(out, None))
            for rank, discarded in ((2, meaning.discarded), (0, meaning.floating_discarded)):
                for network in discarded:
                    if address in network:
                        offer(network.prefixlen, rank, None)
            for network, way in self._routes(switch).items():
                if address in network:
                    offer(network.prefixlen, 1, way.hop)
        return best[2] if best else None

    # --- what a switch shows

    def adjacencies(self, switch: Switch) -> list[Adjacency]:
        """OSPF neighbours by port; the router id is the first loopback, else the highest address."""
        self.update()
        adjacencies = []
        for number, far, address in self._adjacent[switch.name]:
            addresses = [face.address.ip for face in self._interfaces[far.name]]
            router_id = far.meaning.loopbacks[0].ip if far.meaning.loopbacks else max(addresses)
            adjacencies.append(Adjacency(number, far.meaning.hostname, str(router_id), address))
        return adjacencies

    def learned(self, switch: Switch) -> list[Learned]:
        """What OSPF has learned beyond the attached networks; a switch that does not route has learned nothing."""
        self.update()
        if not switch.meaning.routing:
            return []
        attached = {face.address.network for face in self._interfaces[switch.name]}
        return [
            Learned(network, way.hop.via, way.hop.interface.port, way.hops, way.metric)
            for network, way in sorted(self._routes(switch).items())
            if network not in attached and way.hop.via is not None and way.hop.interface.port is not None
        ]
