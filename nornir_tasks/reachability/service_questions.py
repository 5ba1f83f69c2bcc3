"""What is to be proved of a municipality: who must reach what, by its records, and what nobody else may. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network

from nornir_tasks.model import Municipality, Region, Stage
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.flows import MANAGEMENT, SERVERS, SERVICES, Flow, list_flows
from nornir_tasks.model.services import Application, PortRange
from nornir_tasks.model.standard import Standard
from nornir_tasks.reachability.way import Service

LOGIN = "tcp/22"  # what nobody but a control node opens at the equipment
ANY_OUTSIDE = IPv4Address("192.0.2.80")  # stands for the internet: of RFC 5737, in nobody's network


@dataclass(frozen=True)
class ServiceQuestion:
    """Whether everybody of a zone at a site opens a port at one host, and whether they should.

    Args:
        group: who asks, in people's words: a user group, or a zone.
        zone: that they are in.
        site: of the municipality.
        people: how many; 0: it is not about people.
        what: a label for the matrix: the application's name, a service's, a destination's.
        target: a server, a switch, or an address outside.
        port: that they open.
        wanted: whether they must reach it; False: they must not.
        record: that says so; of what must not be reached, that it belongs to.
        comes_with_move: whether the old network does not have it: it is the centre's, or another municipality's.
    """

    group: str
    zone: str
    site: str
    people: int
    what: str
    target: str
    port: str
    wanted: bool
    record: str
    comes_with_move: bool = False

    @property
    def service(self) -> Service:
        """The port, as the proof takes it."""
        return Service.parse(self.port)

    @cached_property
    def key(self) -> tuple[str, str, str, str, str, bool]:
        """What makes it the same question in another state."""
        return (self.group, self.zone, self.site, self.target, self.port, self.wanted)


def list_questions(region: Region, municipality: str) -> list[ServiceQuestion]:
    """Every user group × every application it uses, the services of its zones, and what each zone must not reach.

    Args:
        region: with all records.
        municipality: whose user groups and zones ask.
    """
    return list(dict.fromkeys(_Questions(region, region.municipalities[municipality]).generate()))


def list_homes(region: Region, municipality: str) -> list[str]:
    """The municipalities whose switches the questions of one lead over: its own, the centre, where its servers are."""
    servers = (region.servers.get(question.target) for question in list_questions(region, municipality))
    return list(dict.fromkeys([municipality, CENTRE, *(server.municipality for server in servers if server)]))


@dataclass(frozen=True)
class _Target:
    """A port that must not be open to everybody: its label, where it is, and its address of the standard."""

    what: str
    host: str
    port: str
    address: IPv4Address
    ports: PortRange


class _Questions:
    """The questions of one municipality."""

    def __init__(self, region: Region, home: Municipality) -> None:
        self.region = region
        self.home = home
        self.standard: Standard = region.of(home.name)[0].standard
        self.flows = list_flows(region, home.name, Stage.RETIRE)
        self.zones_by_site = {
            site: [
                zone
                for zone in self.standard.site_purposes[record.purpose]
                if zone not in (MANAGEMENT, SERVERS, SERVICES)
            ]
            for site, record in home.sites.items()
        }

    def generate(self) -> Iterator[ServiceQuestion]:
        """All of them; those about people first."""
        yield from self._list_applications()
        yield from self._list_services()
        yield from self._list_forbidden()

    def _list_applications(self) -> Iterator[ServiceQuestion]:
        for owner, name, application in self.region.applications_of(self.home.name):
            for user in application.users:
                home, _, group = user.rpartition("/")
                if (home or owner.name) == self.home.name:
                    yield from self._ask_application(owner, name, application, group)

    def _ask_application(
        self, owner: Municipality, name: str, application: Application, group: str
    ) -> Iterator[ServiceQuestion]:
        record = self.home.user_groups[group]
        what = name if owner is self.home else f"{owner.name}/{name}"
        for site, people in record.sites.items():
            for host in application.all_hosts:
                for port in application.ports:
                    yield ServiceQuestion(
                        group=group,
                        zone=record.zone,
                        site=site,
                        people=people,
                        what=what,
                        target=host,
                        port=port,
                        wanted=True,
                        record=f"application {owner.name}/{name}",
                        comes_with_move=self.region.servers[host].municipality != self.home.name,
                    )

    def _list_services(self) -> Iterator[ServiceQuestion]:
        """Common services and destinations of each zone at each site that has it."""
        for site, zones in self.zones_by_site.items():
            for zone in zones:
                for name, service in self.standard.common_services.items():
                    for host in service.hosts if zone in service.zones else ():
                        for port in service.ports:
                            yield ServiceQuestion(
                                zone, zone, site, 0, name, host, port, True, f"common service {name}", True
                            )
                for name, destination in self.standard.destinations.items():
                    for port in destination.ports if zone in destination.zones else ():
                        address = str(_choose_address(destination.networks))
                        yield ServiceQuestion(
                            zone, zone, site, 0, name, address, port, True, f"destination {name}", True
                        )

    def _list_forbidden(self) -> Iterator[ServiceQuestion]:
        """Each zone × each server's ports and each switch's login, where no record lets the zone there."""
        targets = list(self._list_targets())
        forbidden = {}
        for zone in dict.fromkeys(zone for zones in self.zones_by_site.values() for zone in zones):
            flows = [flow for flow in self.flows if _begins_in(flow, self.home.name, zone)]
            forbidden[zone] = [target for target in targets if not _is_allowed(flows, target)]
        for site, zones in self.zones_by_site.items():
            for zone in zones:
                for target in forbidden[zone]:
                    yield ServiceQuestion(
                        zone, zone, site, 0, target.what, target.host, target.port, False, target.what
                    )

    def _list_targets(self) -> Iterator[_Target]:
        """What must not be open to everybody."""
        for name, application in self.home.applications.items():
            yield from self._list_ports(name, application.all_hosts, application.ports)
            if application.database:
                database = application.database
                yield from self._list_ports(f"{name}'s database", application.all_database_hosts, database.ports)
        yield from self._list_ports("login", self._list_centre_servers(), [LOGIN])
        for device in self.region.of(self.home.name):
            yield _Target("login", device.name, LOGIN, device.address.ip, PortRange.parse(LOGIN))

    def _list_ports(self, what: str, hosts: Iterable[str], ports: Iterable[str]) -> Iterator[_Target]:
        ranges = {port: PortRange.parse(port) for port in ports}
        for host in hosts:
            for port, parsed in ranges.items():
                yield _Target(what, host, port, self.region.servers[host].address.ip, parsed)

    def _list_centre_servers(self) -> Iterable[str]:
        return (name for name, server in self.region.servers.items() if server.municipality == CENTRE)


def _choose_address(networks: Iterable[IPv4Network]) -> IPv4Address:
    network = next(iter(networks))
    return network.network_address + min(5, network.num_addresses - 1) if network.prefixlen else ANY_OUTSIDE


def _begins_in(flow: Flow, municipality: str, zone: str) -> bool:
    return (flow.source.municipality, flow.source.zone) == (municipality, zone)


def _is_allowed(flows: Iterable[Flow], target: _Target) -> bool:
    """Whether some flow leads to a port."""
    return any(_lets_through(flow, target.address, target.ports) for flow in flows)


def _lets_through(flow: Flow, address: IPv4Address, port: PortRange) -> bool:
    covers = flow.port.protocol == port.protocol and flow.port.first <= port.first and port.last <= flow.port.last
    # What leads anywhere leads out of the region, and to no private address in it.
    return covers and any(network.prefixlen and address in network for network in flow.destination.networks)
