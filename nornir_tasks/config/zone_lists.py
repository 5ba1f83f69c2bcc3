"""Access lists of a gateway, from the flows: what may leave its zone, and what a connection into it sends back. Pure.

Switches filter without memory. What comes back over TCP is known by its flags; what comes back over UDP or ICMP has a
row of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from typing import Literal

from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.flows import ANYWHERE, OUTSIDE, SERVICES, Flow, Record
from nornir_tasks.model.services import Destination, PortRange

PRIVATE = tuple(IPv4Network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))  # RFC 1918
BLOCK, LAST_BLOCK = 1000, 200_000  # numbers of rows: a municipality's (its own times the block), and the last ones'
BOOTP_CLIENT, BOOTP_SERVER = PortRange("udp", 68, 68), PortRange("udp", 67, 67)


@dataclass(frozen=True)
class RuleView:
    """A row of an access list. Ports None: any; a network None: anywhere. A remark has a text and nothing else.

    ``records`` are all that want the row, not only the one that it stands below; none for what every list has.
    """

    action: Literal["permit", "deny", "remark"]
    protocol: Literal["ip", "tcp", "udp", "icmp"] = "ip"
    source: IPv4Network | None = None
    source_port: PortRange | None = None
    destination: IPv4Network | None = None
    destination_port: PortRange | None = None
    established: bool = False
    text: str = ""
    number: int = 0  # its place in the list, where the platform counts
    records: tuple[Record, ...] = field(default=(), compare=False)


def build_zone_list(
    municipality: str, zone: str, network: IPv4Network, flows: Iterable[Flow], *, has_clients: bool
) -> tuple[RuleView, ...]:
    """The rows for what leaves a zone, in their order; what none of them permits is denied.

    Args:
        municipality: whose zone it is.
        zone: its name.
        network: of the zone, behind the gateway.
        flows: that begin or end in the municipality.
        has_clients: whether there are clients that ask for an address.
    """
    rules = [RuleView("permit", "tcp", network, established=True)]
    if has_clients:
        rules.append(RuleView("permit", "udp", None, BOOTP_CLIENT, None, BOOTP_SERVER))
    pairs = [(flow.record, rule) for flow in flows for rule in _list_rules(flow, municipality, zone, network)]
    return _number([*rules, *_sort_by_record(pairs, rules)])


def build_services_list(
    network: IPv4Network, flows: Iterable[Flow], prefixes: Mapping[str, tuple[int, IPv4Network]]
) -> tuple[RuleView, ...]:
    """The rows for what leaves the services of one half of the centre.

    Each municipality has a thousand numbers of its own, so that its coming and going changes no other row.

    Args:
        network: of the half's services.
        flows: that begin or end at the centre.
        prefixes: number and prefix of each municipality. What a service sends back goes there.
    """

    def list_pairs(chosen: Iterable[Flow]) -> list[tuple[Record, RuleView]]:
        return [(flow.record, rule) for flow in chosen for rule in _list_rules(flow, CENTRE, SERVICES, network)]

    flows = list(flows)
    rules = [RuleView("permit", "tcp", network, established=True)]
    inside = [flow for flow in flows if {flow.source.municipality, flow.destination.municipality} == {CENTRE}]
    numbered = list(_number([*rules, *_sort_by_record(list_pairs(inside), rules)]))
    to, coming = defaultdict[str, list[Flow]](list), defaultdict[str, list[Flow]](list)
    for flow in flows:
        to[flow.destination.municipality].append(flow)
        coming[flow.source.municipality].append(flow)
    for name, (number, prefix) in prefixes.items():
        to_it = to[name]
        from_it = [
            replace(flow, source=replace(flow.source, networks=(prefix,)))  # who of it may ask is its own lists' to say
            for flow in coming[name]
        ]
        block = [RuleView("remark", text=name), *_sort_by_record(list_pairs([*from_it, *to_it]), [])]
        numbered += _number(block, number * BLOCK)
    outwards = [flow for flow in flows if flow.destination.zone == OUTSIDE]
    return (*numbered, *_number(_sort_by_record(list_pairs(outwards), []), LAST_BLOCK))


def build_exit_list(destinations: Iterable[tuple[str, Destination]]) -> tuple[RuleView, ...]:
    """The rows for what comes in from others: answers alone, from where somebody here may ask.

    Args:
        destinations: name and record of each that lies behind the exit.
    """
    pairs = []
    for name, destination in destinations:
        for network in destination.networks:
            source = None if network == ANYWHERE else network
            for port in map(PortRange.parse, destination.ports):
                if port.protocol == "tcp":
                    rule = RuleView("permit", "tcp", source, port, established=True)
                else:
                    rule = RuleView("permit", port.protocol, source, port if port.protocol == "udp" else None)
                pairs.append((Record("destination", name), rule))
    return _number(_sort_by_record(pairs, []))


def _number(rules: Iterable[RuleView], first: int = 0) -> tuple[RuleView, ...]:
    return tuple(replace(rule, number=first + 10 * place) for place, rule in enumerate(rules, 1))


def _sort_by_record(pairs: Iterable[tuple[Record, RuleView]], before: Iterable[RuleView]) -> list[RuleView]:
    """The rows below the remarks that name their records, each once; those to anywhere last."""
    by_record: dict[Record, list[RuleView]] = {}
    anywhere: dict[Record, list[RuleView]] = {}
    owners: dict[RuleView, dict[Record, None]] = {}
    for record, wanted in pairs:
        rule = replace(wanted, destination=None) if wanted.destination == ANYWHERE else wanted
        (anywhere if rule is not wanted else by_record).setdefault(record, []).append(rule)
        owners.setdefault(rule, {})[record] = None
    seen, rules = set(before), list[RuleView]()
    for records in (by_record, anywhere):
        if records is anywhere and anywhere:
            # Anywhere is what is left of the world when all private networks are taken out.
            rules += [
                RuleView("remark", text="nothing else within", records=tuple(anywhere)),
                *(RuleView("deny", destination=n, records=tuple(anywhere)) for n in PRIVATE),
            ]
        for record, record_rules in records.items():
            new = [rule for rule in dict.fromkeys(record_rules) if rule not in seen and not _is_pinged(rule, seen)]
            seen.update(new)
            if new:
                rules.append(RuleView("remark", text=str(record), records=(record,)))
                rules += [replace(rule, records=tuple(owners[rule])) for rule in new]
    return rules


def _list_rules(flow: Flow, municipality: str, zone: str, network: IPv4Network) -> Iterator[RuleView]:
    """The rows that a flow needs in the list of one zone."""
    here = (municipality, zone)
    protocol = flow.port.protocol
    port = None if protocol == "icmp" else flow.port
    if (flow.source.municipality, flow.source.zone) == here:
        for source in _choose_within(flow.source.networks, network):
            for destination in flow.destination.networks:
                if not destination.subnet_of(network):  # within the zone nothing passes the gateway
                    yield RuleView("permit", protocol, source, None, destination, port)
    if (flow.destination.municipality, flow.destination.zone) == here and protocol != "tcp":
        for answering in _choose_within(flow.destination.networks, network):
            for asking in flow.source.networks:
                if not asking.subnet_of(network):
                    yield RuleView("permit", protocol, answering, port, asking, None)


def _choose_within(networks: Iterable[IPv4Network], network: IPv4Network) -> list[IPv4Network]:
    """The networks as far as they are in the zone's; the others are behind another gateway."""
    return [net if net.subnet_of(network) else network for net in networks if net.overlaps(network)]


def _is_pinged(rule: RuleView, rules: Iterable[RuleView]) -> bool:
    """Whether a wider row lets the same pings through: the probes' is one, beside those of single services."""
    return rule.protocol == "icmp" and any(
        wider.protocol == "icmp" and _covers(wider.source, rule.source) and _covers(wider.destination, rule.destination)
        for wider in rules
    )


def _covers(wider: IPv4Network | None, network: IPv4Network | None) -> bool:
    return wider is None or (network is not None and network.subnet_of(wider))
