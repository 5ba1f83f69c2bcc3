"""What happens beyond the switches: stations that live their own lives, people who use what they need, the record."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address
from typing import Any

from lab import CENTRE
from lab.device.switch import Switch
from lab.device.tables import Dialled
from lab.network.agenda import Agenda
from lab.network.bridging import Bridging
from lab.network.clients import Clients
from lab.network.dhcp import Dhcp
from lab.network.forwarding import Answer, Forwarding
from lab.network.hosts import Endpoint, Exit, Hosts
from lab.network.listening import Listening
from lab.network.outages import ServiceRecord
from lab.network.people import People, Use
from lab.network.routing import Routing
from lab.network.stations import Station
from lab.region.facts import LabError, RegionFacts
from lab.region.services import ApplicationFacts, Ports, read_service

NOTICED = 0.05  # seconds; what is over sooner is noticed by nobody
SHARE = 4  # after a look, so many times its own duration passes until the next


class Life:
    """Stations and people, on the datapath that it is given."""

    def __init__(self, region: RegionFacts, bridging: Bridging, routing: Routing) -> None:
        self.region = region
        self.agenda = Agenda(after=self._look_soon)
        self.hosts = Hosts(bridging)
        self.forwarding = Forwarding(bridging, routing, self.hosts)
        self.listening = Listening(region.services)
        self.dhcp = Dhcp(region, bridging, routing, self.hosts, self.forwarding)
        self.clients = Clients(region, bridging, self.hosts, self.dhcp, self.agenda)
        self.people = People(region, bridging, routing, self.hosts, self.clients, self.forwarding, self.agenda)
        self.record = ServiceRecord({}, lambda: self.agenda.now)
        self._bridging = bridging
        self._routing = routing
        self._seen = (-1, -1)  # versions of layer 3 at the last look
        self._soon: asyncio.TimerHandle | None = None
        self._cost = 0.0  # seconds that the last look took

    # --- what happens

    def begin(self) -> None:
        """Let everybody be as after a long time in which nothing changed."""
        self.agenda.clear()
        self.hosts.clear()
        exits = self.region.services.exits.values()
        self.hosts.exits = {(way.switch, way.port): Exit(way.name, way.peer) for way in exits}
        self.clients.begin(self._bridging.stations)
        self.people.begin(self._bridging.stations)
        self.record = ServiceRecord(
            {name: switch.facts.municipality for name, switch in self._bridging.switches.items()},
            lambda: self.agenda.now,
        )
        self.record.begin(
            {
                station: (user.group, tuple(use.application.called_by(self._owner(station)) for use in user.uses))
                for station, user in self.people.users.items()
            }
        )
        self.look()
        self.record.reset()

    def begin_anew(self, municipalities: Iterable[str]) -> None:
        """Let the stations of these municipalities be as after a long time."""
        wanted = set(municipalities)
        self.clients.begin(station for station in self._bridging.stations if self._owner(station) in wanted)
        self.people.forget_names()
        self.look()
        self.record.reset()

    def follow(self, switches: Iterable[Switch]) -> None:
        """Equipment has changed."""
        switches = list(switches)
        self.clients.follow(switches)
        self.hosts.touched.update(switch.facts.municipality for switch in switches)
        self._look_soon()

    def _look_soon(self) -> None:
        """Ask everybody in a moment, for all that changes until then; at once where no loop runs."""
        if not self._bridging.stations or self._soon is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.look()
            return
        self._soon = loop.call_later(max(NOTICED, SHARE * self._cost), self.look)

    def look(self) -> None:
        """Ask now whether everybody who may be concerned has what they use."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        begun = time.perf_counter()
        self._routing.update()
        version, spread = self._seen
        touched, self.hosts.touched = self.hosts.touched, set()
        touched |= {owner for owner, moved in self._routing.moved.items() if moved > version}
        everybody = spread != self._routing.spread or CENTRE in touched
        self._seen = (self._routing.version, self._routing.spread)
        concerned = set(self.region.municipalities) if everybody else set().union(*map(self.people.served_by, touched))
        self.record.note(self.people.look(concerned))
        self._cost = time.perf_counter() - begun

    def skip(self, seconds: float) -> None:
        """Let time pass for stations and people, at once; the switches' own timers go on as before."""
        self.look()
        self.agenda.after = self.look
        try:
            self.agenda.skip(seconds)
        finally:
            self.agenda.after = self._look_soon
        self.look()

    def _owner(self, station: Station) -> str:
        return self._bridging.switches[station.switch].facts.municipality

    # --- what is asked

    def report(self, municipalities: Iterable[str] | None = None) -> Mapping[str, Any]:
        """The record of applications, with what has changed until now."""
        self.look()
        return self.record.report(self.clients.typed, municipalities)

    def dial(self, switch: Switch, address: IPv4Address, port: int, source: IPv4Address) -> Dialled:
        """What becomes of a connection over TCP that a switch opens itself.

        Args:
            switch: who opens it.
            address: to whom.
            port: at the far end.
            source: one of its own addresses.
        """
        if not self.forwarding.has_way(switch, address):
            return Dialled.UNREACHABLE
        end = self.forwarding.dial(switch, address, port, source)
        if end is None:
            return Dialled.SILENT
        return Dialled.OPEN if self.listening.is_open(end, address, port) else Dialled.REFUSED

    def describe(self, station: Station) -> dict[str, object]:
        """A station's address, and how it came by it."""
        lease = self.clients.lease_of(station)
        user = self.people.users.get(station)
        described: dict[str, object] = {
            "address": " and ".join(str(endpoint.address) for endpoint in self.hosts.of(station)) or None
        }
        if station in self.clients.typed:
            described["lease"] = "typed in"
        elif lease is not None:
            described["lease"] = f"for {max(0.0, lease.ends - self.agenda.now):.0f} s more"
        if user is not None:
            described["group"] = user.group
        described["vlan"] = self.hosts.vlan_at(station)
        return described

    def is_service(self, name: str) -> bool:
        """Whether an application, a common service or a destination is called so."""
        services = self.region.services
        called = {application.name for application in services.applications}
        called |= {f"{application.municipality}/{application.name}" for application in services.applications}
        return name in called or name in services.common or name in services.destinations

    def find_uses(self, station: Station, name: str) -> list[Use]:
        """What a station would open for an application, a common service or a destination of this name.

        Raises:
            LabError: there is nothing of this name.
        """
        owner = self._owner(station)
        user = self.people.users.get(station)
        own = [use for use in (user.uses if user is not None else ()) if use.application.called_by(owner) == name]
        if own:
            return own
        services = self.region.services
        for application in services.applications:
            if application.called_by(owner) == name:
                return [Use(application, application.ports)]
        if name in services.common:
            common = services.common[name]
            return [Use(ApplicationFacts(CENTRE, name, name, common.hosts, common.ports), common.ports)]
        raise LabError(f"found {name!r}, expected an application, a common service or a destination of the inventory")

    def ask(self, station: Station, target: str, ports: Ports = ()) -> Answer:
        """Whether a station reaches something, and where it ends if not.

        Args:
            station: who asks, from each of its addresses that is carried, or the first.
            target: an application, a common service, a destination outside, a host, or an address.
            ports: to be opened at a host or an address; an application has its own.

        Raises:
            LabError: there is nothing of this name, or no port is said for an address.
        """
        self.look()
        endpoints = sorted(self.hosts.of(station), key=lambda end: not self.hosts.is_carried(end))
        if not endpoints:
            return Answer(False, f"{station.name} has no address")
        addresses = self._addresses_of(target)
        answer = Answer(False, "")
        if addresses is None and target not in self.region.services.destinations:
            for use in self.find_uses(station, target):
                answer = self.people.ask(station, endpoints[0], use)
                if not answer.reached:
                    break
            return answer
        if addresses is None:
            return self._ask_destination(endpoints, target)
        if not ports:
            raise LabError(f"{target}: expected a port beside it, as tcp/443")
        return self._ask_each(endpoints, addresses, ports)

    def _ask_destination(self, endpoints: list[Endpoint], name: str) -> Answer:
        """Whether the first host of a destination's first network is reached, by an exit that leads there."""
        destination = self.region.services.destinations[name]
        network = destination.networks[0]
        # Of the whole internet, an address of nobody's.
        address = network.network_address + 1 if network.prefixlen else IPv4Address("192.0.2.1")
        answer = self._ask_each(endpoints, [address], destination.ports)
        way_out = answer.text.removesuffix(" answers")
        if answer.reached and destination.exits and way_out not in destination.exits:
            return Answer(False, f"{address} is reached by {way_out}, expected one of {', '.join(destination.exits)}")
        return answer

    def _ask_each(self, endpoints: list[Endpoint], addresses: Iterable[IPv4Address], ports: Ports) -> Answer:
        answer = Answer(False, "it has no address")
        for address in addresses:
            for endpoint in endpoints:
                answer = self.people.connect(endpoint, address, ports)
                if answer.reached:
                    return answer
        return answer

    def _addresses_of(self, target: str) -> list[IPv4Address] | None:
        """The addresses of a station or of itself; None: it is neither."""
        station = next((station for station in self._bridging.stations if station.name == target), None)
        if station is not None:
            return [endpoint.address for endpoint in self.hosts.of(station)]
        try:
            return [IPv4Address(target)]
        except ValueError:
            return None


def read_ports(words: Iterable[str]) -> Ports:
    """Read ports as they are typed.

    Raises:
        LabError: one of them is none.
    """
    try:
        return tuple(read_service(word) for word in words)
    except ValueError as error:
        raise LabError(str(error)) from None
