"""Who may open what, from the inventory's records, as nftables of the routers: pure. Nothing of it is the product's."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses

from lab import CENTRE
from lab.region.facts import RegionFacts
from lab.region.services import Ports
from lab.servers.wiring import Router

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


def list_flows(region: RegionFacts) -> list[Flow]:
    """What applications, common services and their hosts say, at the addresses of before and of the standard."""
    return [flow for flow in _list_all(region) if flow.sources and flow.destinations and flow.ports]


def _list_all(region: RegionFacts) -> Iterator[Flow]:
    owners = [name for name in region.municipalities if name != CENTRE]
    for application in region.services.applications:
        record = f"application {application.municipality}/{application.name}"
        hosts = _host_networks(region, application.hosts)
        groups = [region.services.groups[user] for user in application.users if user in region.services.groups]
        users = [network for group in groups for network in _zone_networks(region, [group.municipality], group.zone)]
        yield Flow(record, _merge(users), hosts, application.ports)
        databases = _host_networks(region, application.database_hosts)
        yield Flow(record, hosts, databases, application.database_ports)
        for zone, ports in application.feeds.items():
            yield Flow(record, _merge(_zone_networks(region, [application.municipality], zone)), hosts, ports)
        for zone, ports in application.devices.items():
            yield Flow(record, hosts, _merge(_zone_networks(region, [application.municipality], zone)), ports)
    for service in region.services.common.values():
        record = f"common service {service.name}"
        hosts = _host_networks(region, service.hosts)
        users = [network for zone in service.zones for network in _zone_networks(region, owners, zone)]
        yield Flow(record, _merge(users), hosts, service.ports)
        for zone, ports in service.opens.items():
            yield Flow(record, hosts, _merge(_zone_networks(region, owners, zone)), ports)


def _host_networks(region: RegionFacts, names: Iterable[str]) -> Networks:
    """The addresses of hosts, both where there are two."""
    servers = [region.servers[name] for name in names if name in region.servers]
    addresses = [address for server in servers for address in (server.address, server.legacy_address) if address]
    return _merge(IPv4Network(address) for address in addresses)


def _zone_networks(region: RegionFacts, owners: Iterable[str], zone: str) -> list[IPv4Network]:
    """Where a zone is in these municipalities, now and before; management is all of the centre, too.

    The zone of the centre's own servers is there alone, in both halves.
    """
    networks = []
    owners = [CENTRE] if zone == SERVICES else owners
    for owner in owners:
        legacy = region.municipalities[owner].legacy
        old = legacy.vlan_of(zone) if legacy else None
        for scope in region.scopes:
            if scope.municipality == owner and scope.vlan == (old if scope.old else region.zones.get(zone)):
                networks.append(scope.network)
    if zone == MANAGEMENT and CENTRE in region.municipalities:
        networks.append(region.municipalities[CENTRE].prefix)
    return networks


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
        "table ip region {",
        "  chain forward {",
        "    type filter hook forward priority filter; policy drop;",
        "    ct state established,related accept",
        '    iifname "up*" oifname "up*" accept comment "between others"',
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
