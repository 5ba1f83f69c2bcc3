"""Who uses which application, and whether it answers them now: asked by name, again whenever something has changed."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from ipaddress import IPv4Address
from typing import NamedTuple

from lab.network.agenda import Agenda
from lab.network.bridging import Bridging
from lab.network.clients import Clients
from lab.network.forwarding import Answer, Forwarding, make_packet
from lab.network.hosts import Endpoint, Hosts
from lab.network.routing import Routing
from lab.network.stations import Station
from lab.region.facts import RegionFacts
from lab.region.services import ApplicationFacts, Ports, Service, read_service

TTL = 1200.0  # seconds; what a name server lends a name for that says nothing else
NAMES = read_service("udp/53")


class Use(NamedTuple):
    """An application that somebody uses. ``opened_there``: its hosts open the ports, at the station."""

    application: ApplicationFacts
    ports: Ports
    opened_there: bool = False


class User(NamedTuple):
    """Why a station uses what it uses: the group of its people, or the zone that it stands in."""

    group: str
    uses: tuple[Use, ...]


class Name(NamedTuple):
    """What a name was resolved to, and until when that is believed."""

    addresses: tuple[IPv4Address, ...]
    ends: float


class People:
    """All stations that use something."""

    def __init__(
        self,
        region: RegionFacts,
        bridging: Bridging,
        routing: Routing,
        hosts: Hosts,
        clients: Clients,
        forwarding: Forwarding,
        agenda: Agenda,
    ) -> None:
        self.users: dict[Station, User] = {}
        self._region = region
        self._bridging = bridging
        self._routing = routing
        self._hosts = hosts
        self._clients = clients
        self._forwarding = forwarding
        self._agenda = agenda
        self._by_owner: dict[str, list[Station]] = defaultdict(list)
        self._servers: dict[str, Station] = {}
        self._names: dict[tuple[object, ...], Name] = {}
        self._expected: set[tuple[float, str]] = set()

    def begin(self, stations: Iterable[Station]) -> None:
        """Find out who uses what, and forget all names."""
        self.users.clear()
        self._by_owner.clear()
        self._names.clear()
        self._expected.clear()
        stations = list(stations)
        self._servers = {station.name: station for station in stations if station.serves}
        groups = self._seat(stations)
        users: dict[tuple[str, str | None, str, bool], User] = {}
        for station in stations:
            if station.serves or station.kind == "phone" or station.zone is None:
                continue
            like = (self.municipality_of(station), groups.get(station), station.zone, station.kind == "pc")
            if like not in users:
                users[like] = User(like[1] or f"zone {like[2]}", tuple(self._find_uses(*like)))
            if users[like].uses:
                self.users[station] = users[like]
                self._by_owner[like[0]].append(station)

    def _find_uses(self, owner: str, group: str | None, zone: str, is_pc: bool) -> Iterable[Use]:
        for application in self._region.services.applications:
            if group is not None and (owner, group) in application.users:
                yield Use(application, application.ports)
            if application.municipality != owner:
                continue
            if zone in application.feeds:
                yield Use(application, application.feeds[zone])
            if zone in application.devices and not is_pc:
                yield Use(application, application.devices[zone], opened_there=True)

    def _seat(self, stations: list[Station]) -> dict[Station, str]:
        """Which group sits at which PC: by site and zone of its port, in proportion, always the same."""
        places: dict[tuple[str, str, str], list[Station]] = defaultdict(list)
        for station in stations:
            if station.kind == "pc" and station.zone is not None:
                site = self._bridging.switches[station.switch].facts.site
                places[self.municipality_of(station), site, station.zone].append(station)
        seated: dict[Station, str] = {}
        for (owner, site, zone), machines in places.items():
            counts = {
                group.name: group.sites[site]
                for group in self._region.services.groups.values()
                if group.municipality == owner and group.zone == zone and group.sites.get(site)
            }
            order = sorted(machines, key=lambda station: hashlib.sha256(station.name.encode()).digest())
            seated.update(zip(order, _spread(counts, len(order)), strict=False))
        return seated

    def forget_names(self) -> None:
        """Ask for every name anew."""
        self._names.clear()

    def municipality_of(self, station: Station) -> str:
        """Whose a station is."""
        return self._bridging.switches[station.switch].facts.municipality

    def served_by(self, municipality: str) -> set[str]:
        """The municipalities whose stations use something that runs in this one."""
        hosts = {name for name, server in self._servers.items() if self.municipality_of(server) == municipality}
        owners = {municipality}
        for application in self._region.services.applications:
            if hosts & {*application.hosts, *application.database_hosts}:
                owners |= {application.municipality, *(owner for owner, _ in application.users)}
        return owners

    # --- asking

    def look(self, municipalities: Iterable[str]) -> dict[Station, dict[str, str]]:
        """Ask for every station of these municipalities. Shape: station to what it does not reach, and why not."""
        self._routing.update()
        wanted = set(municipalities)
        alike: dict[tuple[object, ...], dict[str, str]] = {}
        missed: dict[Station, dict[str, str]] = {}
        for owner in wanted & self._by_owner.keys():
            for station in self._by_owner[owner]:
                user = self.users[station]
                endpoint = next(iter(self._hosts.of(station)), None)
                key = (owner, id(user), *self._kind_of(station, endpoint))
                if key not in alike:
                    alike[key] = self._ask_all(station, user, endpoint)
                missed[station] = alike[key]
        return missed

    def _kind_of(self, station: Station, endpoint: Endpoint | None) -> tuple[object, ...]:
        """What tells a station from others: where its frames come in, and its address as the region knows it."""
        if endpoint is None:
            return ("no address", station.switch)
        vlan = self._hosts.vlan_of(endpoint)
        if vlan is None:
            return ("silent", station)
        switch = self._bridging.switches[station.switch]
        where: object = (station.switch, station.port)
        if not self._bridging.is_guarded(switch):
            where = self._bridging.segment(switch, vlan)
        return (where, vlan, endpoint.gateway, self._routing.tell_apart(endpoint.network, endpoint.address))

    def _ask_all(self, station: Station, user: User, endpoint: Endpoint | None) -> dict[str, str]:
        missed = {}
        for use in user.uses:
            answer = self.ask(station, endpoint, use)
            if not answer.reached:
                missed[use.application.called_by(self.municipality_of(station))] = answer.text
        return missed

    def ask(self, station: Station, endpoint: Endpoint | None, use: Use) -> Answer:
        """Whether a station can use an application now: by name, at every port, and the application has its database.

        Args:
            station: who uses it.
            endpoint: the station's address; None: it has none.
            use: what it uses.
        """
        if endpoint is None:
            return Answer(False, f"{station.name} has no address")
        application = use.application
        if use.opened_there:
            return self._ask_any(application.hosts, endpoint.address, use.ports)
        addresses = self._resolve(station, endpoint, application)
        if isinstance(addresses, str):
            return Answer(False, addresses)
        answer = Answer(False, f"{application.name}: no host of it is in this lab")
        for address in addresses:
            answer = self.connect(endpoint, address, use.ports)
            if answer.reached:
                break
        if answer.reached and application.database_hosts:
            database = self._ask_database(application)
            return answer if database.reached else Answer(False, f"its database: {database.text}")
        return answer

    def connect(self, endpoint: Endpoint, address: IPv4Address, ports: Ports) -> Answer:
        """Whether a host opens connections to all of these ports of an address.

        Args:
            endpoint: the address that it opens them from.
            address: to which.
            ports: all of them.
        """
        answer = Answer(True, "")
        for service in ports:
            for port in service.tried:
                answer = self._open(endpoint, address, service, port)
                if not answer.reached:
                    return Answer(False, f"{service} to {address}: {answer.text}")
        return answer

    def _open(self, endpoint: Endpoint, address: IPv4Address, service: Service, port: int) -> Answer:
        packet = make_packet(endpoint.address, address, service.protocol, port)
        return self._forwarding.connect(endpoint, packet)

    def _ask_any(self, hosts: Iterable[str], address: IPv4Address, ports: Ports) -> Answer:
        """Whether one of these hosts opens all ports of an address, from one of its own."""
        answer = Answer(False, "no host of it is in this lab")
        for endpoint in self.endpoints_of(hosts):
            answer = self.connect(endpoint, address, ports)
            if answer.reached:
                break
        return answer

    def _ask_database(self, application: ApplicationFacts) -> Answer:
        answer = Answer(False, "no host of it is in this lab")
        for endpoint in self.endpoints_of(application.database_hosts):
            answer = self._ask_any(application.hosts, endpoint.address, application.database_ports)
            if answer.reached:
                break
        return answer

    def endpoints_of(self, hosts: Iterable[str]) -> list[Endpoint]:
        """The addresses at which hosts answer, or would: those that are carried to them before the others."""
        endpoints = [end for host in hosts if host in self._servers for end in self._hosts.of(self._servers[host])]
        return sorted(endpoints, key=lambda endpoint: not self._hosts.is_carried(endpoint))

    # --- names

    def _resolve(
        self, station: Station, endpoint: Endpoint, application: ApplicationFacts
    ) -> tuple[IPv4Address, ...] | str:
        """The addresses behind an application's name: as they were when the name was last asked for; or why not."""
        now = self._agenda.now
        answering = [end for end in self.endpoints_of(application.hosts) if self._hosts.is_carried(end)]
        addresses = tuple(end.address for end in answering or self.endpoints_of(application.hosts))
        user = self.users.get(station)
        who = user.group if user is not None else station.name
        key = (self.municipality_of(station), who, endpoint.network, application)
        name = self._names.get(key)
        if name is not None and now < name.ends:
            if name.addresses != addresses:
                self._expect(name.ends, self.municipality_of(station))
            return name.addresses
        lease = self._clients.lease_of(station)
        servers = lease.scope.name_servers if lease is not None else ()
        answer = Answer(True, "")
        for server in servers:
            answer = self.connect(endpoint, server, (NAMES,))
            if answer.reached:
                break
        if not answer.reached:
            return f"its name: {answer.text}"
        self._names[key] = Name(addresses, now + TTL)
        return addresses

    def _expect(self, moment: float, municipality: str) -> None:
        """Look again when a name is asked for anew that means something else by now."""
        if (moment, municipality) not in self._expected:
            self._expected.add((moment, municipality))
            self._agenda.add(moment - self._agenda.now, lambda: self._hosts.touched.add(municipality))


def _spread(counts: dict[str, int], places: int) -> list[str]:
    """So many names in proportion to their counts; as long as there is room, each at least once."""
    if not counts:
        return []
    order = sorted(counts, key=lambda name: (-counts[name], name))[:places]
    total = sum(counts[name] for name in order)
    shares = {name: max(1, counts[name] * places // total) for name in order}
    spread = [name for name in order[1:] for _ in range(shares[name])]
    return [order[0]] * (places - len(spread)) + spread if order else []
