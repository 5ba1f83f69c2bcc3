"""What becomes of a packet: layer 2, gateway, routes, and the access lists, in the order of the equipment."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any, NamedTuple

from lab.device.access_list import PROTOCOLS, Packet
from lab.device.switch import Switch
from lab.network.bridging import DEFAULT, Bridging
from lab.network.hosts import Endpoint, Hosts
from lab.network.routing import Interface, Routing

HOPS = 16  # further than anything in the region
EPHEMERAL = 50000  # the port that who asks has at its own end
TRACED = 33434  # UDP, at which nobody listens
INSIDE = tuple(IPv4Network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))  # RFC 1918


class End(NamedTuple):
    """Where a packet ended. ``text`` says where and why, if it did not arrive.

    At most one of ``host`` and ``exit`` is set; neither, where it arrived: ``switch`` itself has the address.
    """

    arrived: bool
    switch: Switch
    text: str = ""
    host: Endpoint | None = None
    exit: str | None = None
    face: Interface | None = None  # the switch's, on whose network the host is, or by which the packet left
    routers: tuple[IPv4Address, ...] = ()  # by the interface that each was reached at


class Answer(NamedTuple):
    """Whether a connection stands: there and back; and if not, where it ended, and on which line."""

    reached: bool
    text: str


def make_packet(source: IPv4Address, destination: IPv4Address, protocol: str, port: int = 0) -> Packet:
    """The first packet of a connection.

    Args:
        source: whose address it carries.
        destination: where it goes.
        protocol: ``tcp``, ``udp`` or ``icmp``, which asks for an echo.
        port: of TCP and UDP.
    """
    if protocol == "icmp":
        return Packet(source, destination, PROTOCOLS["icmp"], icmp="echo")
    return Packet(source, destination, PROTOCOLS[protocol], EPHEMERAL, port)


class Forwarding:
    """Forwards packets by what every switch's configuration means; kept up by ``routing.update``."""

    def __init__(self, bridging: Bridging, routing: Routing, hosts: Hosts) -> None:
        self._bridging = bridging
        self._routing = routing
        self._hosts = hosts
        self._worked_out = -1  # the version of layer 3 that the ends are of
        self._ends: dict[tuple[object, ...], End] = {}

    # --- access lists

    def _stopped(self, switch: Switch, name: str | None, packet: Packet, where: str) -> str | None:
        """Where, in which list and by which row a packet is dropped. A list that is not there drops nothing."""
        access_list = switch.meaning.access_lists.get(name) if name is not None else None
        row = access_list.stops(packet) if access_list is not None else None
        return f"{switch.name} {where} in {name}: {row}" if row is not None else None

    def filter_at_face(self, switch: Switch, face: Interface, packet: Packet, inbound: bool) -> str | None:
        """What the list of a layer 3 interface says of a packet."""
        meaning = switch.meaning
        bound = meaning.svis.get(face.vlan) if face.vlan is not None else meaning.ports.get(face.port or 0)
        if bound is None:
            return None
        name = bound.filter_in if inbound else bound.filter_out
        return self._stopped(switch, name, packet, self.name(switch, face)) if name is not None else None

    def filter_at_port(self, switch: Switch, number: int, vlan: int, packet: Packet, inbound: bool) -> str | None:
        """What the lists of a switched port, and of the VLAN it leads into, say of a packet."""
        port = switch.meaning.ports.get(number, DEFAULT)
        name = port.filter_in if inbound else port.filter_out
        where = switch.port_names[number - 1] if number else "cupboard"
        if name is not None and (row := self._stopped(switch, name, packet, where)):
            return row
        if inbound and (name := switch.meaning.vlan_filters.get(vlan)):
            return self._stopped(switch, name, packet, f"VLAN {vlan}")
        return None

    def switch_through(self, start: Switch, end: Switch, vlan: int, packet: Packet, backwards: bool) -> str | None:
        """What stops a packet between two switches of a VLAN.

        Args:
            start: from where the ways through the VLAN are worked out.
            end: a switch that the VLAN comes to from there.
            vlan: the VLAN.
            packet: what is sent.
            backwards: it goes from ``end`` to ``start``.

        Returns:
            Where and by which row; None: nothing does.
        """
        if not self._bridging.is_guarded(start):
            return None
        paths = self._bridging.paths(start, vlan)
        steps = []
        here = end.name
        while (step := paths[here]) is not None:
            steps.append((step.before, step.out, here, step.into))
            here = step.before
        if not backwards:
            steps.reverse()
        for before, out, after, into in steps:
            ends = [(before, out), (after, into)]
            for (name, number), inbound in zip(ends[::-1] if backwards else ends, (False, True), strict=True):
                if row := self.filter_at_port(self._bridging.switches[name], number, vlan, packet, inbound):
                    return row
        return None

    @staticmethod
    def name(switch: Switch, face: Interface) -> str:
        """An interface's name."""
        if face.vlan is not None:
            return f"Vlan{face.vlan}"
        return switch.port_names[face.port - 1] if face.port else "loopback"

    # --- one hop

    def _neighbour(self, switch: Switch, face: Interface, address: IPv4Address) -> tuple[Switch, Interface] | None:
        """The switch that answers ARP for an address on an interface's network, and by which interface."""
        if face.vlan is not None:
            return self._neighbour_in_vlan(switch, face.vlan, address)
        cable = switch.facts.cables.get(face.port) if face.port is not None else None
        far = self._bridging.switches.get(cable.switch) if cable is not None else None
        if cable is None or far is None:
            return None
        by_proxy = far.meaning.routing and address not in face.address.network
        arrived = next((near for near in self._routing.interfaces(far) if near.port == cable.port), None)
        is_far = by_proxy or self._routing.owners.get(address) is far
        return (far, arrived) if arrived is not None and is_far else None

    def _neighbour_in_vlan(self, switch: Switch, vlan: int, address: IPv4Address) -> tuple[Switch, Interface] | None:
        owner = self._routing.owners.get(address)
        if owner is None or not self._bridging.joins(switch, owner, vlan):
            return None
        for near in self._routing.interfaces(owner):
            if near.vlan == vlan and near.address.ip == address:
                return owner, near
        return None

    def _deliver(self, switch: Switch, face: Interface, packet: Packet) -> End:
        """Hand a packet to the host on an interface's network that has its address."""
        if face.vlan is not None:
            end = self._deliver_in_vlan(switch, face.vlan, packet)
            return end if end.host is None else end._replace(face=face)
        for endpoint in self._hosts.at(packet.destination):
            if endpoint.station.switch == switch.name and endpoint.station.port == face.port:
                return End(True, switch, host=endpoint, face=face)
        return self._unanswered(switch, self.name(switch, face), packet)

    def _deliver_in_vlan(self, switch: Switch, vlan: int, packet: Packet) -> End:
        for endpoint in self._hosts.at(packet.destination):
            end = self._bridging.switches[endpoint.station.switch]
            if self._hosts.vlan_of(endpoint) == vlan and self._bridging.joins(switch, end, vlan):
                row = self.switch_through(switch, end, vlan, packet, backwards=False)
                row = row or self.filter_at_port(end, endpoint.station.port, vlan, packet, inbound=False)
                return End(row is None, switch, row or "", host=endpoint)
        return self._unanswered(switch, f"Vlan{vlan}", packet)

    def _unanswered(self, switch: Switch, where: str, packet: Packet) -> End:
        """Nobody is there; if somebody should be, why not."""
        text = f"{switch.name} {where}: nobody answers for {packet.destination}"
        owners = [endpoint for endpoint in self._hosts.at(packet.destination) if self._hosts.vlan_of(endpoint) is None]
        return End(False, switch, f"{text} ({self._hosts.silence(owners[0])})" if owners else text)

    # --- the whole way

    def forward(self, packet: Packet, switch: Switch, arrived: Interface | None) -> End:
        """Follow a packet from a switch on, to the host that has its address.

        Args:
            packet: what is sent.
            switch: where it is.
            arrived: by which layer 3 interface it came in; None: the switch itself has made it.
        """
        end = self._route_once(packet, switch, arrived)
        if not end.arrived or end.exit is not None or end.face is None:
            return end
        return self._deliver(end.switch, end.face, packet)._replace(routers=end.routers)

    def _route_once(self, packet: Packet, switch: Switch, arrived: Interface | None) -> End:
        """``_route``, asked once for all addresses that nothing on the way tells apart."""
        if self._worked_out != self._routing.version:
            self._worked_out = self._routing.version
            self._ends.clear()
        kinds = self._kind_of(packet.source), self._kind_of(packet.destination)
        key = (switch.name, arrived, *kinds, *packet[2:])
        end = self._ends.get(key)
        if end is None:
            end, stays = self._route(packet, switch, arrived)
            if stays and str(packet.destination) not in end.text:  # else it is about this address alone
                self._ends[key] = end
        return end

    def _kind_of(self, address: IPv4Address) -> object:
        """What the region's routes and lists know of an address: the same for all that they treat alike."""
        endpoints = self._hosts.at(address)
        if not endpoints or endpoints[0].station.serves:
            return address
        return self._routing.tell_apart(endpoints[0].network, address)

    def _route(self, packet: Packet, switch: Switch, arrived: Interface | None) -> tuple[End, bool]:
        """Follow a packet to the network of its address. ``face`` is set where it is to be handed to a host.

        Args:
            packet: what is sent.
            switch: where it is.
            arrived: by which layer 3 interface it came in; None: the switch itself has made it. What a switch makes
                itself passes no list on its way out, on any of the three platforms.

        Returns:
            Where it ended, and whether that stays so as long as layer 3 does.
        """
        address = packet.destination
        routers: list[IPv4Address] = []
        stays = True

        def end(text: str = "", **more: Any) -> tuple[End, bool]:
            return End(not text, switch, text, routers=tuple(routers), **more), stays

        for _ in range(HOPS):
            if arrived is not None and (row := self.filter_at_face(switch, arrived, packet, inbound=True)):
                return end(row)
            if self._routing.owners.get(address) is switch:
                return end()
            if arrived is not None and not switch.meaning.routing:
                return end(f"{switch.name} does not route")
            hop = self._routing.next_hop(switch, address)
            if hop is None:
                return end(f"{switch.name}: no route to {address}")
            face = hop.interface
            if arrived is not None and (row := self.filter_at_face(switch, face, packet, inbound=False)):
                return end(row)
            way_out = self._hosts.exits.get((switch.name, face.port or 0))
            if way_out is not None and hop.via == way_out.peer:
                if any(address in network for network in INSIDE):
                    return end(f"{switch.name}: {address} is led out by {way_out.name}, where nobody answers for it")
                return end(exit=way_out.name, face=face)
            target = hop.via or address
            if face.vlan is not None and self._routing.owners.get(target) not in (None, switch):
                stays = False  # another switch, reached through a VLAN: layer 2 decides as well
            neighbour = self._neighbour(switch, face, target)
            if neighbour is None and hop.via is None:
                return end(face=face)
            if neighbour is None:
                return end(f"{switch.name} {self.name(switch, face)}: no next hop {hop.via} for {address}")
            if face.vlan is not None:
                row = self.switch_through(switch, neighbour[0], face.vlan, packet, backwards=False)
                if row is not None:
                    return end(row)
            if hop.via is not None:
                routers.append(hop.via)
            switch, arrived = neighbour
        return end(f"{switch.name}: {address} is led round in a circle")

    def attach(self, endpoint: Endpoint, packet: Packet) -> tuple[Switch, Interface] | End:
        """Bring a host's packet to its gateway, or to its neighbour in the same network.

        Args:
            endpoint: who sends it.
            packet: what is sent.

        Returns:
            The gateway and the interface by which the packet comes in there; or where it ended.
        """
        station = endpoint.station
        switch = self._bridging.switches[station.switch]
        vlan = self._hosts.vlan_of(endpoint)
        if vlan is None:
            return End(False, switch, self._hosts.silence(endpoint))
        if row := self.filter_at_port(switch, station.port, vlan, packet, inbound=True):
            return End(False, switch, row)
        near = packet.destination in endpoint.network
        target = packet.destination if near else endpoint.gateway
        neighbour = self._neighbour_in_vlan(switch, vlan, target)
        if neighbour is not None:
            row = self.switch_through(neighbour[0], switch, vlan, packet, backwards=True)
            return neighbour if row is None else End(False, switch, row)
        if near:
            return self._deliver_in_vlan(switch, vlan, packet)
        return End(False, switch, f"{station.name}: its gateway {target} is not in VLAN {vlan} at {switch.name}")

    def send(self, endpoint: Endpoint, packet: Packet) -> End:
        """Follow a packet from a host to where it ends."""
        start = self.attach(endpoint, packet)
        return start if isinstance(start, End) else self.forward(packet, *start)

    def answer(self, end: End, packet: Packet) -> End:
        """Follow the answer to a packet that has arrived."""
        reply = packet.reply()
        if end.host is not None:
            return self.send(end.host, reply)
        return self.forward(reply, end.switch, end.face if end.exit is not None else None)

    def connect(self, endpoint: Endpoint, packet: Packet) -> Answer:
        """Whether a host's connection stands: its first packet arrives, and the answer comes back to it."""
        end = self.send(endpoint, packet)
        if not end.arrived:
            return Answer(False, end.text)
        taken = [host.station.name for host in self._hosts.at(packet.destination) if host.station.port]
        if end.host is None and end.exit is None and taken:
            return Answer(False, f"{end.switch.name} itself has {packet.destination}, which is {taken[0]}'s")
        back = self.answer(end, packet)
        if not back.arrived:
            return Answer(False, f"the answer: {back.text}")
        if back.host is None or back.host.station is not endpoint.station:
            return Answer(False, f"the answer: {back.switch.name} gives it to another than {endpoint.station.name}")
        who = end.host.station.name if end.host is not None else end.exit or end.switch.name
        return Answer(True, f"{who} answers")

    # --- what a switch asks itself

    def ping(self, switch: Switch, address: IPv4Address, source: IPv4Address | None = None) -> bool:
        """Whether an address answers a switch: a way there, and a way back to the address it was sent from.

        Args:
            switch: who asks.
            address: of whom.
            source: its own; None: that of the interface by which the packet leaves.
        """
        self._routing.update()
        return self._probe(switch, address, "icmp", source) is not None

    def dial(self, switch: Switch, address: IPv4Address, port: int, source: IPv4Address) -> End | None:
        """Follow the first packet of a connection over TCP that a switch opens itself.

        Args:
            switch: who opens it.
            address: to whom.
            port: at the far end.
            source: one of its own addresses.

        Returns:
            Where the packet arrived; None: nothing comes back.
        """
        self._routing.update()
        return self._probe(switch, address, "tcp", source, port)

    def has_way(self, switch: Switch, address: IPv4Address) -> bool:
        """Whether a switch knows where to send what is for an address."""
        self._routing.update()
        return self._routing.owners.get(address) is switch or self._routing.next_hop(switch, address) is not None

    def _probe(
        self,
        switch: Switch,
        address: IPv4Address,
        protocol: str,
        source: IPv4Address | None = None,
        port: int = TRACED,
    ) -> End | None:
        if self._routing.owners.get(address) is switch:
            return End(True, switch)
        hop = self._routing.next_hop(switch, address)
        if hop is None:
            return None
        packet = make_packet(source or hop.interface.address.ip, address, protocol, port)
        end = self.forward(packet, switch, None)
        if not end.arrived:
            return None
        if protocol == "udp":  # it is told that nobody listens there
            packet = packet._replace(protocol=PROTOCOLS["icmp"], icmp="unreachable", source_port=0, destination_port=0)
        back = self.answer(end, packet)
        returned = back.arrived and back.host is None and back.exit is None and back.switch is switch
        return end if returned else None

    def trace(self, switch: Switch, address: IPv4Address) -> list[IPv4Address]:
        """Who answers on the way to an address, one a hop: a router by the interface that it was reached at."""
        self._routing.update()
        hop = self._routing.next_hop(switch, address)
        if hop is None or self._routing.owners.get(address) is switch:
            return []
        own = hop.interface.address.ip
        end = self.forward(make_packet(own, address, "udp", TRACED), switch, None)
        routers = [router for router in end.routers if self._routing.owners[router].meaning.routing]
        reply = Packet(address, own, PROTOCOLS["icmp"], icmp="ttl-exceeded")
        answering = []
        for router in routers:
            back = self.forward(reply._replace(source=router), self._routing.owners[router], None)
            if back.arrived and back.switch is switch:
                answering.append(router)
        answered = end.host is None and self._routing.owners.get(address) in self._of(routers)
        if end.arrived and not answered and self._probe(switch, address, "udp") is not None:
            answering.append(address)
        return answering

    def _of(self, addresses: list[IPv4Address]) -> list[Switch]:
        return [self._routing.owners[address] for address in addresses]
