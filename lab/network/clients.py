"""What is plugged in lives its own life: links that come up, leases that are kept until half of them has gone, phones
that ask for their VLAN when they start, addresses that somebody typed in and that follow nobody.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address

from lab.device.meaning import PortMeaning
from lab.device.switch import Switch
from lab.network.agenda import Agenda
from lab.network.bridging import DEFAULT, Bridging
from lab.network.dhcp import Dhcp
from lab.network.hosts import Endpoint, Hosts, Link
from lab.network.stations import Station
from lab.region.facts import RegionFacts
from lab.region.scopes import Scope

# Of a hundred, those in which somebody typed an address; which they are is told by their names.
TYPED = {"printer": 10, "building": 80, "pc": 1}
TYPED_INSIDE = 12  # of a hundred typed addresses: of those that are lent, too, as whoever typed it did not ask
# Seconds from power on until it asks for an address.
STARTS = {"phone": 60.0, "access_point": 120.0}
MOMENT = 0.001  # seconds; an alarm may be early by a hair
NEGOTIATES = 2.0  # seconds from a cable that is live until both ends have agreed on its speed
ASKS_AGAIN = (4.0, 8.0, 16.0, 32.0, 64.0, 300.0)  # seconds after which a question that nobody answers is repeated
FEEDS = re.compile(r"720XP|-\d+F?L?P[DS]?-|J977[23]A")  # models that give power to phones and access points


@dataclass
class Lease:
    """What a station was lent: until when it is its own, in seconds of the lab's clock."""

    scope: Scope
    ends: float


class Clients:
    """The stations' own doings. ``follow`` tells them that equipment has changed; the rest is by the agenda."""

    def __init__(self, region: RegionFacts, bridging: Bridging, hosts: Hosts, dhcp: Dhcp, agenda: Agenda) -> None:
        self._region = region
        self._bridging = bridging
        self._hosts = hosts
        self._dhcp = dhcp
        self._agenda = agenda
        self._leases: dict[Station, Lease] = {}
        self._asked: dict[Station, int] = {}
        self.typed: set[Station] = set()

    # --- the beginning

    def begin(self, stations: Iterable[Station]) -> None:
        """Let stations be as they are after a long time: links up, phones started, leases somewhere in their time."""
        clients = []
        for station in stations:
            self._hosts.drop(station)
            self._leases.pop(station, None)
            self._asked.pop(station, None)
            self.typed.discard(station)
            switch, port = self._port(station)
            powered = self._is_powered(station, switch, port)
            before = self._hosts.links.get(station)
            turn = before.turn + 1 if before is not None else 0
            up = switch.up and (port.up or not station.port) and powered
            self._hosts.links[station] = Link(up, True, powered, port.voice, turn)
            self._hosts.note(station)
            if station.serves:
                self._serve(station)
            elif (scope := self._typed_scope(station)) is not None:
                self._type_in(station, scope)
            else:
                clients.append(station)
        for station in clients:
            self._ask(station, self._hosts.links[station].turn, share(station.name, "lease") / 100)

    def _serve(self, station: Station) -> None:
        """A server has all its addresses; each works where the VLAN of its network comes to its port, tagged or not."""
        municipality = self._bridging.switches[station.switch].facts.municipality
        for address in station.fixed:
            scope = self._scope_of(municipality, address)
            if scope is not None:
                self._hosts.put(Endpoint(station, address, scope.network, scope.gateway, scope.vlan, scope.vlan))
            elif station.kind == "exit":
                way_out = self._region.services.exits[station.name]
                self._hosts.put(Endpoint(station, address, way_out.address.network, way_out.address.ip))

    def _scope_of(self, municipality: str, address: IPv4Address) -> Scope | None:
        fitting = (s for s in self._region.scopes if s.municipality == municipality and address in s.network)
        return max(fitting, key=lambda scope: scope.network.prefixlen, default=None)

    def _typed_scope(self, station: Station) -> Scope | None:
        """The network of the address that somebody typed in when the old network was new; None: it asks for one."""
        if share(station.name, "typed") >= TYPED.get(station.kind, 0):
            return None
        municipality = self._region.municipalities[self._bridging.switches[station.switch].facts.municipality]
        vlan = municipality.legacy.vlan_of(station.zone) if municipality.legacy is not None else None
        scopes = (scope for scope in self._region.scopes if scope.old and scope.municipality == municipality.name)
        return next((scope for scope in scopes if scope.vlan == vlan), None)

    def _type_in(self, station: Station, scope: Scope) -> None:
        inside = share(station.name, "inside") < TYPED_INSIDE
        address = self._dhcp.lend(scope, station) if inside else self._dhcp.type_in(scope, station)
        if address is not None:
            self._hosts.put(Endpoint(station, address, scope.network, scope.gateway))
            self._leases[station] = Lease(scope, float("inf"))
            self.typed.add(station)

    # --- what the equipment does to them

    def follow(self, switches: Iterable[Switch]) -> None:
        """See which links have gone down or come up, on switches that have changed."""
        for switch in switches:
            for station in self._bridging.plugged(switch):
                self._look_at_link(station)

    def _look_at_link(self, station: Station) -> None:
        link = self._hosts.links[station]
        switch, port = self._port(station)
        powered = self._is_powered(station, switch, port)
        up = switch.up and (port.up or not station.port) and powered
        if up == link.up and powered == link.powered:
            return
        started = link.powered
        link.up, link.powered = up, powered
        link.turn += 1
        self._hosts.note(station)
        if not up:
            return
        waits = NEGOTIATES + (0.0 if port.routed else port.listens)
        if not started:
            waits = max(waits, STARTS.get(station.kind, 0.0))
        link.forwards = False
        turn = link.turn
        self._agenda.add(waits, lambda: self._start(station, turn))

    def _start(self, station: Station, turn: int) -> None:
        """Its link forwards: a phone is told of its VLAN, and whoever has no address of its own asks for one."""
        link = self._hosts.links[station]
        if link.turn != turn:
            return
        link.forwards = True
        _, port = self._port(station)
        link.voice = port.voice
        self._hosts.note(station)
        if not station.serves and station not in self.typed:
            self._asked[station] = 0
            self._ask(station, turn)

    def _port(self, station: Station) -> tuple[Switch, PortMeaning]:
        switch = self._bridging.switches[station.switch]
        return switch, switch.meaning.ports.get(station.port, DEFAULT)

    @staticmethod
    def _is_powered(station: Station, switch: Switch, port: PortMeaning) -> bool:
        """Phones and access points live from the port where it can feed them, and have their own supply elsewhere."""
        fed = station.kind in STARTS and FEEDS.search(switch.model)
        return not fed or (switch.up and port.feeds)

    # --- leases

    def _ask(self, station: Station, turn: int, gone: float = 0.0) -> None:
        """Ask for an address, or for more time: at the start, at half of a lease, and until somebody answers.

        Args:
            station: who asks.
            turn: of its link; when that has gone down since, this question is void.
            gone: the part of half a lease that has gone already.
        """
        if self._hosts.links[station].turn != turn or station in self.typed:
            return
        vlan = self._hosts.vlan_at(station)
        offer = self._dhcp.offer(station, vlan) if vlan is not None else None
        lease, now = self._leases.get(station), self._agenda.now
        if offer is not None and (address := self._dhcp.lend(offer.scope, station)) is not None:
            if lease is None or lease.scope.network != offer.scope.network:  # refused the old one, and given this
                self._hosts.drop(station)
                self._hosts.put(Endpoint(station, address, offer.scope.network, offer.scope.gateway))
            half = offer.seconds / 2
            self._leases[station] = Lease(offer.scope, now + offer.seconds - half * gone)
            self._asked.pop(station, None)
            self._agenda.add(half * (1 - gone), lambda: self._ask(station, turn))
            return
        if lease is not None and now >= lease.ends - MOMENT:
            self._hosts.drop(station)
            del self._leases[station]
            lease = None
        if lease is not None and station not in self._asked:  # half of it is left, and it goes on trying
            wait = min(lease.ends - now, max(60.0, (lease.ends - now) / 2))
        else:  # it has just started, or has nothing
            times = self._asked.get(station, 0)
            self._asked[station] = times + 1
            wait = ASKS_AGAIN[min(times, len(ASKS_AGAIN) - 1)]
        self._agenda.add(wait, lambda: self._ask(station, turn))

    def lease_of(self, station: Station) -> Lease | None:
        """What a station was lent; of one that was typed in, for ever."""
        return self._leases.get(station)

    def keep(self, station: Station) -> bool:
        """Somebody types into a station the address that it was lent. Returns whether it has such a one."""
        lease = self._leases.get(station)
        if lease is None or station in self.typed:
            return False
        self.typed.add(station)
        lease.ends = float("inf")
        return True

    def visit(self, station: Station) -> bool:
        """Somebody goes there and lets the station ask for its address. Returns whether one was typed in before."""
        if station not in self.typed:
            return False
        self.typed.discard(station)
        self._leases.pop(station, None)
        self._hosts.drop(station)
        self._ask(station, self._hosts.links[station].turn)
        return True


def share(name: str, what: str) -> int:
    """A number from 0 to 99, always the same for a name: which of a hundred it is."""
    return int(hashlib.sha256(f"{what} {name}".encode()).hexdigest()[:8], 16) % 100
