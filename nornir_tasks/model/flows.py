"""Who may open connections to what, and which record says so: from applications, common services and destinations.

Pure, and the one source of access lists, probes and pages. Of a municipality's own machines a flow names the addresses
that they answer at in the stage that is asked about. Of another municipality's, and of the centre's, it names those of
the standard: what is rendered for one municipality does not change when another one moves.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from nornir_tasks.model.addresses import find_services_network, find_zone_network
from nornir_tasks.model.device import Region, Server
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.municipality import Municipality
from nornir_tasks.model.services import Application, CommonService, PortRange
from nornir_tasks.model.stage import FEATURES, Stage
from nornir_tasks.model.standard import Standard

MANAGEMENT = "operations"  # the zone of the equipment itself: there from CONNECT
SERVERS = "servers"  # the zone of a municipality's own servers
SERVICES = "services"  # the zone of the centre's own servers
OUTSIDE = ""  # in the place of a zone: somebody else's network
ANYWHERE = IPv4Network("0.0.0.0/0")


@dataclass(frozen=True, order=True)
class Record:
    """The record that a flow follows from."""

    kind: str  # application, common service, destination, management
    name: str  # with its municipality's before it, where it is of one: loppa/case_archive

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Party:
    """One end of a flow: networks of one zone of one municipality; of single hosts, a /32 each."""

    municipality: str
    zone: str
    networks: tuple[IPv4Network, ...]


@dataclass(frozen=True)
class Flow:
    """Connections that somebody may open."""

    source: Party
    destination: Party
    port: PortRange
    record: Record


def list_flows(region: Region, municipality: str, stage: Stage) -> list[Flow]:
    """The flows that begin or end in a municipality (or in the centre), each once, those of the records in their order.

    Args:
        region: with all records.
        municipality: whose zones are looked at.
        stage: of it: its servers answer at addresses of the legacy, of the standard or at both.
    """
    return list(dict.fromkeys(_Flows(region, municipality, stage).generate()))


def list_server_networks(server: Server, stage: Stage) -> tuple[IPv4Network, ...]:
    """Where a server answers at a stage of its municipality, as /32: the legacy address until that goes, the new."""
    old = IPv4Network(server.legacy_address) if server.legacy_address and stage < Stage.RETIRE else None
    new = IPv4Network(server.address.ip) if old is None or stage >= FEATURES["gateways"] else None
    return tuple(network for network in (new, old) if network)


def list_zone_networks(municipality: Municipality, standard: Standard, zone: str, stage: Stage) -> list[IPv4Network]:
    """Where a zone's clients are at a stage: in its network of the standard, and in the legacy's until that goes.

    Args:
        municipality: with its legacy VLANs.
        standard: gives the zone's block.
        zone: its name.
        stage: of the municipality.
    """
    if municipality.name == CENTRE:
        return [find_services_network(site, standard) for site in municipality.sites.values()]
    networks = []
    if not municipality.has_legacy or stage >= FEATURES["management" if zone == MANAGEMENT else "gateways"]:
        networks.append(find_zone_network(municipality.prefix, standard.zones[zone].block))
    if municipality.legacy and stage < Stage.RETIRE:
        vlans = municipality.legacy.vlans.values()
        networks += [vlan.subnet for vlan in vlans if vlan.subnet and zone in vlan.zones]
    return networks


class _Flows:
    """The flows of one municipality at one stage."""

    def __init__(self, region: Region, municipality: str, stage: Stage) -> None:
        self.region = region
        self.own = region.municipalities[municipality]
        self.stage = Stage.RETIRE if not self.own.has_legacy else stage
        devices = region.of(municipality)
        self.standard: Standard | None = devices[0].standard if devices else None

    def generate(self) -> Iterator[Flow]:
        """All of them."""
        if self.standard is None:
            return
        yield from self._list_management(self.standard)
        yield from self._list_peers(self.standard)
        for name, service in self.standard.common_services.items():
            yield from self._list_common_service(Record("common service", name), service, self.standard)
        for owner, name, application in self.region.applications_of(self.own.name):
            yield from self._list_application(Record("application", f"{owner.name}/{name}"), owner, application)
        yield from self._list_destinations(self.standard)

    def _stage_of(self, municipality: str) -> Stage:
        return self.stage if municipality == self.own.name else Stage.RETIRE

    def _make_zone(self, municipality: str, zone: str, standard: Standard) -> Party:
        record = self.region.municipalities[municipality]
        networks = list_zone_networks(record, standard, zone, self._stage_of(municipality))
        return Party(municipality, zone, tuple(networks))

    def _group_servers(self, hosts: Iterable[str]) -> list[Party]:
        """Servers by municipality and zone, at the addresses that they answer at."""
        groups: dict[tuple[str, str], list[IPv4Network]] = {}
        for host in dict.fromkeys(hosts):
            server = self.region.servers[host]
            networks = list_server_networks(server, self._stage_of(server.municipality))
            groups.setdefault((server.municipality, server.zone), []).extend(networks)
        return [Party(municipality, zone, tuple(networks)) for (municipality, zone), networks in groups.items()]

    def _connect(
        self, sources: Iterable[Party], destinations: Iterable[Party], ports: Iterable[str], record: Record
    ) -> Iterator[Flow]:
        """The flows between any two of these that begin or end here."""
        far_ends = list(destinations)
        parsed = [PortRange.parse(port) for port in ports]
        for source in sources:
            for destination in far_ends:
                if self.own.name not in (source.municipality, destination.municipality):
                    continue
                if source.networks and destination.networks:
                    for port in parsed:
                        yield Flow(source, destination, port, record)

    def _list_management(self, standard: Standard) -> Iterator[Flow]:
        """The centre's switches and services ping a municipality's equipment, and it them: the probes rely on it."""
        fabric = self._make_fabric()
        for equipment in self._list_equipment(standard):
            record = Record("management", "probes")
            yield from self._connect([equipment], fabric, ["icmp"], record)
            yield from self._connect(fabric, [equipment], ["icmp"], record)

    def _list_peers(self, standard: Standard) -> Iterator[Flow]:
        """What clients of a zone open at one another: they are in one network in a municipality once all have moved."""
        for zone, record in standard.zones.items():
            names = [name for name in self.region.municipalities if name != CENTRE] if record.peers else []
            peers = [self._make_zone(name, zone, standard) for name in names]
            own = [peer for peer in peers if peer.municipality == self.own.name]
            for peer in peers:
                yield from self._connect([peer], peers if peer in own else own, record.peers, Record("zone", zone))

    def _make_fabric(self) -> list[Party]:
        """All of the centre: its services, its switches, and the routed links from which cores speak to it."""
        centre = self.region.municipalities.get(CENTRE)
        return [Party(CENTRE, SERVICES, (centre.prefix,))] if centre else []

    def _list_served(self) -> list[str]:
        """The municipalities that are of interest: this one, or from the centre all."""
        if self.own.name != CENTRE:
            return [self.own.name]
        return [name for name in self.region.municipalities if name != CENTRE]

    def _list_equipment(self, standard: Standard) -> list[Party]:
        """The equipment of each of these, and of the centre itself."""
        equipment = [self._make_zone(name, MANAGEMENT, standard) for name in self._list_served()]
        return [*(self._make_fabric() if self.own.name == CENTRE else []), *equipment]

    def _list_common_service(self, record: Record, service: CommonService, standard: Standard) -> Iterator[Flow]:
        hosts = self._group_servers(service.hosts)
        zones = [zone for zone in service.zones if zone not in (MANAGEMENT, SERVICES)]
        users = [self._make_zone(name, zone, standard) for name in self._list_served() for zone in zones]
        users += self._list_equipment(standard) if MANAGEMENT in service.zones else []
        users += [self._make_zone(CENTRE, SERVICES, standard)] if SERVICES in service.zones else []
        yield from self._connect(users, hosts, service.ports, record)
        for zone, ports in service.opens.items():
            opened = [self._make_zone(name, zone, standard) for name in self._list_served()]
            opened = self._list_equipment(standard) if zone == MANAGEMENT else opened
            opened = [self._make_zone(CENTRE, SERVICES, standard)] if zone == SERVICES else opened
            yield from self._connect(hosts, opened, ports, record)

    def _list_application(self, record: Record, owner: Municipality, application: Application) -> Iterator[Flow]:
        standard = self.region.of(owner.name)[0].standard
        hosts = self._group_servers(application.all_hosts)
        users: dict[tuple[str, str], None] = {}
        for user in application.users:
            home, _, group = user.rpartition("/")
            municipality = self.region.municipalities[home or owner.name]
            users[municipality.name, municipality.user_groups[group].zone] = None
        parties = [self._make_zone(municipality, zone, standard) for municipality, zone in users]
        yield from self._connect(parties, hosts, application.ports, record)
        yield from self._list_move(record, application)
        if application.database:
            databases = self._group_servers(application.all_database_hosts)
            yield from self._connect(hosts, databases, application.database.ports, record)
        for zone, ports in application.devices.items():
            yield from self._connect(hosts, [self._make_zone(owner.name, zone, standard)], ports, record)
        for zone, ports in application.feeds.items():
            yield from self._connect([self._make_zone(owner.name, zone, standard)], hosts, ports, record)
        for need in application.needs:
            destination = standard.destinations[need]
            outside = Party(OUTSIDE, OUTSIDE, destination.networks)
            yield from self._connect(hosts, [outside], destination.ports, record)

    def _list_move(self, record: Record, application: Application) -> Iterator[Flow]:
        """Both places of an application that moves: data is fetched there, and who asks at the other is led on."""
        old, new = self._group_servers(application.hosts), self._group_servers(application.move.to)
        yield from self._connect(old, new, application.ports, record)
        yield from self._connect(new, old, application.ports, record)

    def _list_destinations(self, standard: Standard) -> Iterator[Flow]:
        for name, destination in standard.destinations.items():
            outside = Party(OUTSIDE, OUTSIDE, destination.networks)
            zones = [zone for zone in destination.zones if (zone == SERVICES) is (self.own.name == CENTRE)]
            users = [self._make_zone(self.own.name, zone, standard) for zone in zones]
            yield from self._connect(users, [outside], destination.ports, Record("destination", name))
