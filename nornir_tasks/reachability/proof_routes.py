"""The lock-out proof's part about routes: answers find back, and those behind a device are not led astray. Pure."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model import Device
from nornir_tasks.platforms.common.management_access import Interface, Route
from nornir_tasks.reachability.proof_base import Proof
from nornir_tasks.reachability.requirements import find_management_address

OSPF_DISTANCE = 110
NEVER = 255  # the distance of a route that no device takes


class RouteProof(Proof):
    """The ways to the control nodes, and to the devices that are reached through this one."""

    def find_reasons(self) -> Iterator[Verdict]:
        """A failed verdict for each destination that packets would not be sent to."""
        yield from self._check_ways_back()
        yield from self._check_gateway()
        yield from self._check_overlaps()
        yield from self._check_ways_out()

    def _check_ways_back(self) -> Iterator[Verdict]:
        for node in self.device.standard.control_nodes:
            yield from self._check_way_back(node)

    def _check_way_back(self, node: IPv4Address) -> Iterator[Verdict]:
        """The longest prefix wins, then the least distance; OSPF's routes by the uplinks count as known."""
        expected = f"a way back from {self.device.name} to the control node {node}"
        length = self._find_network(node).prefixlen if self.required.links else 0
        networks = [(interface, interface.address.network) for interface in self._find_attached() if interface.address]
        attached = [interface for interface, network in networks if node in network and network.prefixlen >= length]
        required_addresses = {required.address for required in self.required.addresses}
        if (
            attached
            and self.required.moved
            and not all(interface.address in required_addresses for interface in attached)
        ):
            yield self.fail(f"{expected} through the centre", f"its network is on {attached[0].name}")
        routes = [route for route in self.actual.routes if node in route.network and route.distance < NEVER]
        if attached:
            length = max(network.prefixlen for interface, network in networks if interface in attached)
            for route in [route for route in routes if route.network.prefixlen > length]:
                yield self.fail(expected, f"{route.network} by a static route to {route.hop or 'nothing'}")
            return
        if self.required.links:
            routes = [route for route in routes if self._is_taken(route, node, length)]
        best = max(((route.network.prefixlen, -route.distance) for route in routes), default=None)
        hops = {route.hop for route in routes if (route.network.prefixlen, -route.distance) == best}
        words = ", ".join(sorted(f"by {hop}" if hop else "into nothing" for hop in hops)) or "no route"
        if self.required.links:
            ends = {link.port.neighbour.peer_address for link in self.required.links if link.port.neighbour}
            if not hops <= {end.ip for end in ends if end is not None}:
                yield self.fail(f"{expected} by its uplinks", f"a static route {words}")
        elif astray := self._find_route_astray(hops):
            yield self.fail(expected, f"{words}, and {astray.network} by a static route to {astray.hop or 'nothing'}")
        elif self.required.moved and hops != {self.device.gateway}:
            yield self.fail(f"{expected} by {self.device.gateway}", words)
        elif not hops or not all(hop and self._is_next_hop_attached(hop) for hop in hops):
            yield self.fail(expected, f"{words}, which is in no network of its own" if hops else words)

    def _check_gateway(self) -> Iterator[Verdict]:
        """The gateway of a switch that does not route is in the network of its own address, and in no other."""
        gateway, own = self.device.gateway, {required.address.ip for required in self.required.addresses}
        for interface in self._find_attached() if gateway and self.required.moved else ():
            if interface.address and interface.address.ip not in own and gateway in interface.address.network:
                yield self.fail(
                    f"the gateway {gateway} of {self.device.name} in the network of its address alone",
                    f"it is in the network of {interface.name}, {interface.address}",
                )

    def _find_route_astray(self, hops: Iterable[IPv4Address | None]) -> Route | None:
        """A static route that takes the packets for a next hop away from the network that it is in."""
        nets = [port.address.network for port in self._find_attached() if port.address]
        for hop in filter(None, hops):
            length = max((network.prefixlen for network in nets if hop in network), default=0)
            for route in self.actual.routes:
                if hop in route.network and route.network.prefixlen > length and route.distance < NEVER:
                    return route
        return None

    def _check_overlaps(self) -> Iterator[Verdict]:
        """A switch takes the first of two addresses whose networks overlap, and refuses the other."""
        ways = [link.port.neighbour.address for link in self.required.links if link.port.neighbour]
        addresses = {way.ip for way in ways if way} | {required.address.ip for required in self.required.addresses}
        attached = [(port, port.address) for port in self._find_attached() if port.address]
        for way, address in [(port, address) for port, address in attached if address.ip in addresses]:
            for other, taken in attached:
                if other != way and taken.network.overlaps(address.network):
                    yield self.fail(f"{address} on {way.name} alone in its network", f"{taken} on {other.name}")

    def _find_network(self, node: IPv4Address) -> IPv4Network:
        """The network of a control node, as the centre announces it."""
        networks = [gateway.network for device in self.region.devices.values() for gateway in device.gateways.values()]
        return next((network for network in networks if node in network), IPv4Network(node))

    def _find_attached(self) -> list[Interface]:
        """The interfaces that have an address, are switched on and are in no VRF."""
        return [
            interface
            for interface in self.actual.interfaces.values()
            if interface.address and not interface.shutdown_line and not interface.vrf
        ]

    def _is_next_hop_attached(self, hop: IPv4Address) -> bool:
        return any(interface.address and hop in interface.address.network for interface in self._find_attached())

    # --- to the devices behind, on a device that routes to them

    def _check_ways_out(self) -> Iterator[Verdict]:
        """At most one verdict for each route or network that leads the centre's packets astray."""
        if not self.required.links and self.device.role != "core":
            return
        own = {required.address.ip: required.address.network for required in self.required.addresses}
        routes = dict.fromkeys(self.actual.routes)
        strange = [port for port in self._find_attached() if port.address and port.address.ip not in own]
        for device in self._find_devices_beyond():
            address = find_management_address(device, self.then, self.region)
            # What the core is attached to, and the centre learns by OSPF: the network of that address.
            holder = device.address if device.address.ip == address else device.legacy_address
            length = holder.network.prefixlen if holder else 0
            attached = any(address in network for network in own.values())
            expected = f"{self.device.name} to send packets for {device.name} ({address}) towards it"
            for route in [route for route in routes if self._is_taken(route, address, length, attached)]:
                if route.hop not in self._find_hops(device):
                    del routes[route]
                    yield self.fail(expected, f"{route.network} by a static route to {route.hop or 'nothing'}")
            for port in [port for port in strange if port.address and address in port.address.network]:
                if port.address and port.address.network.prefixlen >= length:
                    strange.remove(port)
                    yield self.fail(expected, f"its address in the network of {port.name}, {port.address}")

    def _find_devices_beyond(self) -> list[Device]:
        """The devices whose packets this one forwards, each once."""
        beyond = {device.name: device for device in self.required.behind}
        for link in self.required.links:
            if link.outwards:
                beyond |= {device.name: device for device in self.choose_moved(link.through)}
        beyond.pop(self.device.name, None)
        return list(beyond.values())

    def _is_taken(self, route: Route, address: IPv4Address, length: int, attached: bool = False) -> bool:
        """Whether a static route wins: by a longer prefix, or over OSPF by its distance."""
        if address not in route.network or route.network.prefixlen < length or route.distance >= NEVER:
            return False
        return route.network.prefixlen > length or (not attached and route.distance < OSPF_DISTANCE)

    def _find_hops(self, device: Device) -> set[IPv4Address | None]:
        """The far ends of the links that lead to a device, and the device itself."""
        links = [link for link in self.required.links if device in link.through and link.outwards]
        ends = [link.port.neighbour.peer_address for link in links if link.port.neighbour]
        own = find_management_address(device, self.then, self.region)
        return {own, *(end.ip for end in ends if end is not None)}
