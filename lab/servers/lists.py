"""Who may open what, from the inventory's records, as nftables of the routers: pure. Nothing of it is the product's."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses

from lab import CENTRE
from lab.region.facts import RegionFacts
from lab.region.services import ApplicationFacts, Ports
from lab.servers.stages import UNTOLD, Stages
from lab.servers.wiring import ANYWHERE, PRIVATE, Router, take_out

MANAGEMENT = "operations"
SERVICES = "services"  # the zone of the centre's own servers
Networks = tuple[IPv4Network, ...]


@dataclass(frozen=True)
class Flow:
    """Who may open which ports at whom, and the record that says so."""

    record: str
    sources: Networks
    destinations: Networks
    ports: Ports


def list_flows(region: RegionFacts, stages: Stages = UNTOLD) -> list[Flow]:
    """What applications, common services, their hosts and destinations say, at the addresses of the stages."""
    return [flow for flow in _Flows(region, stages).generate() if flow.sources and flow.destinations and flow.ports]


class _Flows:
    """The flows of the region at its stages."""

    def __init__(self, region: RegionFacts, stages: Stages) -> None:
        self.region = region
        self.stages = stages
        self.owners = [name for name in region.municipalities if name != CENTRE]

    def generate(self) -> Iterator[Flow]:
        """All of them, and some that nobody takes part in."""
        for application in self.region.services.applications:
            yield from self._list_application(application)
        for service in self.region.services.common.values():
            record = f"common service {service.name}"
            hosts = self._find_hosts(service.hosts)
            users = [network for zone in service.zones for network in self._find_zone(self.owners, zone)]
            yield Flow(record, _merge(users), hosts, service.ports)
            for zone, ports in service.opens.items():
                yield Flow(record, hosts, _merge(self._find_zone(self.owners, zone)), ports)
        for destination in self.region.services.destinations.values():
            users = [network for zone in destination.zones for network in self._find_zone(self.owners, zone)]
            networks = _take_out_private(destination.networks)
            yield Flow(f"destination {destination.name}", _merge(users), networks, destination.ports)

    def _list_application(self, application: ApplicationFacts) -> Iterator[Flow]:
        services, owner = self.region.services, [application.municipality]
        record = f"application {application.municipality}/{application.name}"
        hosts = self._find_hosts((*application.hosts, *application.moves_to))
        groups = [services.groups[user] for user in application.users if user in services.groups]
        users = [network for group in groups for network in self._find_zone([group.municipality], group.zone)]
        yield Flow(record, _merge(users), hosts, application.ports)
        old, new = self._find_hosts(application.hosts), self._find_hosts(application.moves_to)
        yield Flow(record, old, new, application.ports)  # who still asks at the old place is led on
        yield Flow(record, new, old, application.ports)  # records are fetched, there or back
        databases = self._find_hosts((*application.database_hosts, *application.database_moves_to))
        yield Flow(record, hosts, databases, application.database_ports)
        for zone, ports in application.feeds.items():
            yield Flow(record, _merge(self._find_zone(owner, zone)), hosts, ports)
        for zone, ports in application.devices.items():
            yield Flow(record, hosts, _merge(self._find_zone(owner, zone)), ports)
        for destination in (services.destinations[need] for need in application.needs if need in services.destinations):
            yield Flow(record, hosts, _take_out_private(destination.networks), destination.ports)

    def _find_hosts(self, names: Iterable[str]) -> Networks:
        """The addresses of hosts that are there at the stage, both where there are two."""
        addresses = []
        for server in (self.region.servers[name] for name in names if name in self.region.servers):
            old = server.legacy_address if self.stages.has_old(server.municipality) else None
            if self.stages.has_new(server.municipality) or server.legacy_address is None:
                addresses.append(server.address)
            addresses += [old] if old else []
        return _merge(IPv4Network(address) for address in addresses)

    def _find_zone(self, owners: Iterable[str], zone: str) -> list[IPv4Network]:
        """Where a zone is in these municipalities, now and before; management is all of the centre, too.

        The zone of the centre's own servers is there alone, in both halves.
        """
        networks = []
        owners = [CENTRE] if zone == SERVICES else owners
        for owner in owners:
            legacy = self.region.municipalities[owner].legacy
            old = legacy.vlan_of(zone) if legacy else None
            has_new = legacy is None or self.stages.has_new(owner, zone == MANAGEMENT)
            for scope in self.region.scopes:
                is_there = self.stages.has_old(owner) if scope.old else has_new
                vlan = old if scope.old else self.region.zones.get(zone)
                if scope.municipality == owner and scope.vlan == vlan and is_there:
                    networks.append(scope.network)
        if zone == MANAGEMENT and CENTRE in self.region.municipalities:
            networks.append(self.region.municipalities[CENTRE].prefix)
        return networks


def _take_out_private(networks: Iterable[IPv4Network]) -> Networks:
    """Networks of a destination: anywhere is what is left of the world without private networks."""
    return _merge(part for net in networks for part in (take_out(net, PRIVATE) if net == ANYWHERE else [net]))


def _merge(networks: Iterable[IPv4Network]) -> Networks:
    return tuple(collapse_addresses(networks))


def render_lists(router: Router, flows: Iterable[Flow]) -> str:
    """The rules of a router, for ``nft -f``: what begins or ends behind it and stands in no record is refused.

    A connection is remembered, which switches do not: what they let back by `established` and by rows of its own comes
    back here because it was asked for. The old network filters nothing within itself.
    """
    rows = [
        f"    {row}"
        for flow in flows
        if _touches(router, flow.sources) or _touches(router, flow.destinations)
        for row in _render_flow(flow)
    ]
    lines = [
        "table ip region",  # one that is there gives way to the new one in one step
        "delete table ip region",
        "table ip region {",
        "  chain forward {",
        "    type filter hook forward priority filter; policy drop;",
        "    ct state established,related accept",
        '    iifname "up*" oifname "up*" accept comment "between others"',
        '    iifname "up*" oifname "ex*" accept comment "of others, to the outside"',
        '    iifname "o*" oifname "o*" accept comment "within the old network"',
        *rows,
        "    counter reject with icmp type admin-prohibited",  # as a switch answers: whoever asks is told at once
        "  }",
        "}",
    ]
    return "\n".join([*lines, ""])


def _touches(router: Router, networks: Networks) -> bool:
    return any(network.overlaps(own) for network in networks for own in router.reached)


def _render_flow(flow: Flow) -> Iterator[str]:
    """A rule a protocol."""
    ways = f"ip saddr {_set(flow.sources)} ip daddr {_set(flow.destinations)}"
    end = f'accept comment "{flow.record}"'
    for protocol in ("tcp", "udp"):
        spans = [service for service in flow.ports if service.protocol == protocol]
        ports = [str(span.first) if span.first == span.last else f"{span.first}-{span.last}" for span in spans]
        if ports:
            yield f"{ways} {protocol} dport {_set(ports)} {end}"
    if any(service.protocol == "icmp" for service in flow.ports):
        yield f"{ways} icmp type echo-request {end}"


def _set(items: Iterable[object]) -> str:
    return f"{{ {', '.join(str(item) for item in items)} }}"
