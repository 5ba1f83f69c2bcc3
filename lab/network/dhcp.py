"""Who gives out addresses: the old network's own server in its VLANs, and the operations centre's over relays."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

from lab.device.access_list import PROTOCOLS, Packet
from lab.device.switch import Switch
from lab.network.bridging import Bridging
from lab.network.forwarding import Forwarding
from lab.network.hosts import Hosts
from lab.network.routing import Interface, Routing
from lab.network.stations import Station
from lab.region.facts import RegionFacts
from lab.region.scopes import Scope

NOBODY, EVERYBODY = IPv4Address("0.0.0.0"), IPv4Address("255.255.255.255")
SERVER, CLIENT = 67, 68
DISCOVER = Packet(NOBODY, EVERYBODY, PROTOCOLS["udp"], CLIENT, SERVER)


class Offer(NamedTuple):
    """A network in which an address is to be had, and for how long."""

    scope: Scope
    seconds: float


class Pool:
    """The addresses of a network: of what it lends from the middle on, and below when those are gone.

    A station always has its own.
    """

    def __init__(
        self,
        network: IPv4Network,
        reserved: Iterable[IPv4Address],
        lent: tuple[IPv4Address, IPv4Address] | None = None,
    ) -> None:
        self._network = network
        # The first ten are the routers', the last two the old firewall's and everybody's.
        self._usable = range(10, network.num_addresses - 2)
        first, last = (int(end) - int(network.network_address) for end in lent) if lent else (0, network.num_addresses)
        self._places = range(first, last + 1)
        self._taken: set[IPv4Address] = {address for address in reserved if address in network}
        self._lent: dict[Station, IPv4Address] = {}

    def lend(self, station: Station) -> IPv4Address | None:
        """The address of a station; None: there is none left."""
        half = len(self._places) // 2
        upper, lower = self._places[half:], self._places[:half]
        start = station.index % max(1, len(upper))
        return self._give(station, [*upper[start:], *upper[:start], *lower])

    def type_in(self, station: Station) -> IPv4Address | None:
        """The address that somebody typed in: one that is not lent, if there is any; None: there is none left."""
        return self._give(station, [place for place in self._usable if place not in self._places]) or self.lend(station)

    def _give(self, station: Station, places: Iterable[int]) -> IPv4Address | None:
        """The station's address, or the first of these places that is nobody's."""
        if station not in self._lent:
            for place in places:
                address = self._network.network_address + place
                if place in self._usable and address not in self._taken:
                    self._taken.add(address)
                    self._lent[station] = address
                    break
        return self._lent.get(station)


class Dhcp:
    """Answers who asks for an address, by what the equipment lets through."""

    def __init__(
        self, region: RegionFacts, bridging: Bridging, routing: Routing, hosts: Hosts, forwarding: Forwarding
    ) -> None:
        self._region = region
        self._bridging = bridging
        self._routing = routing
        self._hosts = hosts
        self._forwarding = forwarding
        self._pools: dict[IPv4Network, Pool] = {}
        self.old_seconds: dict[str, float] = {}  # by municipality: how long its own server lends, where it was told
        self._relayed: dict[tuple[str, int], Scope | None] = {}
        self._answers: dict[tuple[str | None, int], Scope | None] = {}
        self._asked = (-1, -1, -1)
        self._old = {(scope.municipality, scope.vlan): scope for scope in region.scopes if scope.old}

    def lend(self, scope: Scope, station: Station) -> IPv4Address | None:
        """An address of a network, for a station."""
        return self._pool(scope).lend(station)

    def type_in(self, scope: Scope, station: Station) -> IPv4Address | None:
        """An address of a network, for a station in which somebody types it."""
        return self._pool(scope).type_in(station)

    def _pool(self, scope: Scope) -> Pool:
        if scope.network not in self._pools:
            servers = self._region.servers.values()
            reserved = [server.address for server in servers]
            reserved += [server.legacy_address for server in servers if server.legacy_address is not None]
            for switch in self._region.switches.values():
                reserved += [switch.address.ip, *([switch.legacy_address] if switch.legacy_address else [])]
            for municipality in self._region.municipalities.values():
                if (old := municipality.legacy) is not None:
                    reserved += [*old.time_servers, *old.name_servers, *old.log_servers]
            self._pools[scope.network] = Pool(scope.network, reserved, scope.pool)
        return self._pools[scope.network]

    def offer(self, station: Station, vlan: int) -> Offer | None:
        """What a station that asks in a VLAN is offered; None: nobody answers it.

        Args:
            station: it is on its own switch's port.
            vlan: in which its question comes in.
        """
        self._routing.update()
        asked = (self._routing.version, self._bridging.version, self._hosts.version)
        if asked != self._asked:
            self._asked = asked
            self._relayed.clear()
            self._answers.clear()
        switch = self._bridging.switches[station.switch]
        if self._bridging.is_guarded(switch):
            scope = self._answer(switch, station.port, vlan)
        else:  # all that are in the same part of a VLAN are told the same
            key = (self._bridging.segment(switch, vlan), vlan)
            if key not in self._answers:
                self._answers[key] = self._answer(switch, station.port, vlan)
            scope = self._answers[key]
        if scope is None:
            return None
        own = self.old_seconds.get(scope.municipality) if scope.old else None
        return Offer(scope, own or scope.seconds)

    def _answer(self, switch: Switch, port: int, vlan: int) -> Scope | None:
        """The network in which whoever asks at a port is given an address."""
        if self._forwarding.filter_at_port(switch, port, vlan, DISCOVER, inbound=True):
            return None
        old = self._old.get((switch.facts.municipality, vlan))
        for gateway, face in self._gateways(switch, vlan):
            if self._forwarding.switch_through(gateway, switch, vlan, DISCOVER, backwards=True):
                continue
            if (scope := self._relay(gateway, face)) is not None:
                return scope
            if old is not None and face.address.network == old.network:
                return old
        return None

    def _gateways(self, switch: Switch, vlan: int) -> list[tuple[Switch, Interface]]:
        """The interfaces of routers that a VLAN leads to."""
        municipality = switch.facts.municipality
        return [
            (other, face)
            for other in self._bridging.members(municipality)
            for face in self._routing.interfaces(other)
            if face.vlan == vlan and other.meaning.routing and self._bridging.joins(other, switch, vlan)
        ]

    def _relay(self, gateway: Switch, face: Interface) -> Scope | None:
        """What a router is told by the servers that it relays to; each question and answer must come through."""
        key = (gateway.name, face.vlan or 0)
        if key not in self._relayed:
            self._relayed[key] = self._ask_servers(gateway, face)
        return self._relayed[key]

    def _ask_servers(self, gateway: Switch, face: Interface) -> Scope | None:
        svi = gateway.meaning.svis.get(face.vlan or 0)
        if svi is None or not svi.helpers or self._forwarding.filter_at_face(gateway, face, DISCOVER, inbound=True):
            return None
        scope = next((s for s in self._region.scopes if not s.old and face.address.ip in s.network), None)
        for helper in svi.helpers:
            if scope is None or helper not in self._region.dhcp_servers:
                continue
            asked = Packet(face.address.ip, helper, PROTOCOLS["udp"], SERVER, SERVER)
            end = self._forwarding.forward(asked, gateway, None)
            if end.arrived and end.host is not None:
                back = self._forwarding.answer(end, asked)
                if back.arrived and back.host is None and back.exit is None and back.switch is gateway:
                    return scope
        return None
