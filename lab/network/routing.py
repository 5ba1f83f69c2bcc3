"""Layer 3: connected, static and OSPF routes, and whether an address answers. Worked out when somebody asks."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import NamedTuple

from lab.device.meaning import PortMeaning
from lab.device.switch import Adjacency, Arp, Learned, Switch
from lab.network.bridging import Bridging
from lab.network.stations import Station

HOPS = 16  # further than anything in the region


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


DEFAULT = IPv4Network("0.0.0.0/0")


def classful(network: IPv4Network) -> IPv4Network:
    """The class A, B or C network that a network belongs to; itself if it is greater."""
    first = network.network_address.packed[0]
    length = 8 if first < 128 else 16 if first < 192 else 24
    return network if network.prefixlen <= length else network.supernet(new_prefix=length)


class Routing:
    """Layer 3 of the region, kept until layer 2's version moves on; that must be settled when a question comes."""

    def __init__(self, bridging: Bridging) -> None:
        self._bridging = bridging
        self._version = -1
        self._interfaces: dict[str, list[Interface]] = {}
        self._adjacent: dict[str, list[tuple[int, Switch, IPv4Address]]] = {}
        self._learned: dict[str, dict[IPv4Network, Way]] = {}
        self._owners: dict[IPv4Address, Switch] = {}

    def _update(self) -> None:
        if self._version == self._bridging.version:
            return
        self._version = self._bridging.version
        switches = self._bridging.switches
        self._interfaces = {name: self._up(switch) for name, switch in switches.items()}
        self._owners = {}
        for name, interfaces in self._interfaces.items():
            for interface in interfaces:
                self._owners.setdefault(interface.address.ip, switches[name])
        self._adjacent = {name: self._find_adjacent(switch) for name, switch in switches.items()}
        self._learned = {}

    def _up(self, switch: Switch) -> list[Interface]:
        meaning = switch.meaning
        if not switch.up:
            return []
        interfaces = [
            Interface(svi.address, vlan=vlan)
            for vlan, svi in sorted(meaning.svis.items())
            if svi.up and svi.address is not None and self._bridging.is_used(switch, vlan)
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

    def _find_adjacent(self, switch: Switch) -> list[tuple[int, Switch, IPv4Address]]:
        """Shape: local port, neighbour, its address. Both ends are routed, in one subnet, and both want it."""
        adjacent = []
        for number, cable in sorted(switch.facts.cables.items()):
            far = self._bridging.switches.get(cable.switch)
            if far is None or not self._bridging.oper(switch, number):
                continue
            here, there = self._speaks(switch, number), self._speaks(far, cable.port)
            if here is None or there is None or here.address is None or there.address is None:
                continue
            if here.address.network == there.address.network and here.address.ip != there.address.ip:
                adjacent.append((number, far, there.address.ip))
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
                for interface in self._interfaces[far.name]:
                    if any(interface.address.ip in network for network in far.meaning.ospf_networks):
                        routes.setdefault(interface.address.network, Way(first[far.name], seen[far.name]))
                for network, metric in self._told(far):
                    external.setdefault(network, Way(first[far.name], seen[far.name], metric))
                queue.append(far)
        self._learned[router.name] = {**external, **routes}
        return self._learned[router.name]

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

    def _next(self, switch: Switch, address: IPv4Address) -> Hop | None:
        """The longest match; on equal length connected before static before learned."""
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
            for network in meaning.discarded:
                if address in network:
                    offer(network.prefixlen, 2, None)
            for network, way in self._routes(switch).items():
                if address in network:
                    offer(network.prefixlen, 1, way.hop)
        return best[2] if best else None

    def _neighbour(self, switch: Switch, interface: Interface, address: IPv4Address) -> Switch | None:
        """The switch that answers ARP for an address on an interface's network."""
        owner = self._owners.get(address)
        if owner is switch:
            return owner
        if interface.port is not None:
            cable = switch.facts.cables.get(interface.port)
            far = self._bridging.switches.get(cable.switch) if cable is not None else None
            by_proxy = far is not None and far.meaning.routing and address not in interface.address.network
            return far if by_proxy or far is owner else None
        if owner is None or interface.vlan is None:
            return None
        there = self._bridging.flood(switch, frozenset({interface.vlan})).get(owner.name, frozenset())
        holds = any(face.vlan == interface.vlan and face.address.ip == address for face in self._interfaces[owner.name])
        return owner if interface.vlan in there and holds else None

    def _walk(self, switch: Switch, address: IPv4Address) -> tuple[Switch, Interface | None] | None:
        """Follow a packet. Shape: the last switch, and the interface on whose network the host is (None: itself)."""
        for _ in range(HOPS):
            if self._owners.get(address) is switch:
                return switch, None
            hop = self._next(switch, address)
            if hop is None:
                return None
            target = self._neighbour(switch, hop.interface, hop.via or address)
            if target is None:
                return (switch, hop.interface) if hop.via is None else None
            if target is not switch and hop.via is not None and not target.meaning.routing:
                return None
            switch = target
        return None

    def trace(self, switch: Switch, address: IPv4Address) -> list[IPv4Address]:
        """Who answers on the way to an address, one a hop: a router by the interface that it was reached at."""
        self._update()
        answering: list[IPv4Address] = []
        here = switch
        for _ in range(HOPS):
            hop = self._next(here, address)
            if hop is None or hop.via is None or self._owners.get(address) is here:
                break
            target = self._neighbour(here, hop.interface, hop.via)
            if target is None or target is switch or not target.meaning.routing:
                break
            answering.append(hop.via)
            here = target
        if (not answering or self._owners.get(address) is not here) and self.ping(switch, address):
            answering.append(address)
        return answering

    def _host(self, switch: Switch, interface: Interface, address: IPv4Address) -> bool:
        """Whether a station with this address answers on this network."""
        return any(
            vlan == interface.vlan and self._address(station, interface) == address
            for station, vlan, _ in self._bridging.heard(switch)
        )

    @staticmethod
    def _address(station: Station, interface: Interface) -> IPv4Address | None:
        """The address of a station: its own, or what DHCP would have given it there; None: it has none that fits."""
        network = interface.address.network
        if station.address is not None:
            return station.address if station.address in network else None
        first = 10 if network.num_addresses > 32 else 1  # below are the gateways and the servers
        room = network.num_addresses - 2 * first
        address = network.network_address + first + station.index % room if room > 0 else None
        return None if address == interface.address.ip else address

    def ping(self, switch: Switch, address: IPv4Address) -> bool:
        """Whether an address answers: a way there, and a way back to the interface it was sent from."""
        self._update()
        if self._owners.get(address) is switch:
            return True
        hop = self._next(switch, address)
        there = self._walk(switch, address)
        if hop is None or there is None:
            return False
        last, network = there
        if network is not None and not self._host(last, network, address):
            return False
        back = self._walk(last, hop.interface.address.ip)
        return back is not None and back[0] is switch and back[1] is None

    # --- what a switch shows

    def adjacencies(self, switch: Switch) -> list[Adjacency]:
        """OSPF neighbours by port; the router id is the first loopback, else the highest address."""
        self._update()
        adjacencies = []
        for number, far, address in self._adjacent[switch.name]:
            addresses = [face.address.ip for face in self._interfaces[far.name]]
            router_id = far.meaning.loopbacks[0].ip if far.meaning.loopbacks else max(addresses)
            adjacencies.append(Adjacency(number, far.meaning.hostname, str(router_id), address))
        return adjacencies

    def learned(self, switch: Switch) -> list[Learned]:
        """What OSPF has learned beyond the attached networks; a switch that does not route has learned nothing."""
        self._update()
        if not switch.meaning.routing:
            return []
        attached = {face.address.network for face in self._interfaces[switch.name]}
        return [
            Learned(network, way.hop.via, way.hop.interface.port, way.hops, way.metric)
            for network, way in sorted(self._routes(switch).items())
            if network not in attached and way.hop.via is not None and way.hop.interface.port is not None
        ]

    def arp(self, switch: Switch) -> list[Arp]:
        """Who is on the attached networks: stations, where this switch is their gateway, and far ends of links."""
        self._update()
        entries: dict[IPv4Address, Arp] = {}
        by_vlan = {face.vlan: face for face in self._interfaces[switch.name] if face.vlan is not None}
        if switch.meaning.routing:
            for station, vlan, _ in self._bridging.heard(switch):
                if vlan in by_vlan and (address := self._address(station, by_vlan[vlan])) is not None:
                    entries.setdefault(address, Arp(address, station.mac, vlan, None))
        for face in self._interfaces[switch.name]:
            if face.port is not None:
                for address, owner in self._owners.items():
                    if owner is not switch and address in face.address.network:
                        entries[address] = Arp(address, owner.mac, None, face.port)
            elif (gateway := switch.meaning.default_gateway) is not None and gateway in face.address.network:
                owner_of = self._owners.get(gateway)
                if owner_of is not None and self._neighbour(switch, face, gateway) is not None:
                    entries[gateway] = Arp(gateway, owner_of.mac, face.vlan, None)
        return [entries[address] for address in sorted(entries)]
