"""Access lists from flows: their order, each row once, the remarks, the blocks of numbers, and what is too long."""

from ipaddress import IPv4Network

import pytest

from nornir_tasks.config.list_limits import find_long_lists, judge_long_lists
from nornir_tasks.config.render import RenderError, match_port, match_prefix, match_wildcard, render_additions
from nornir_tasks.config.view import build_view
from nornir_tasks.config.zone_lists import build_exit_list, build_services_list, build_zone_list
from nornir_tasks.model import Position, Stage
from nornir_tasks.model.flows import Flow, Party, Record
from nornir_tasks.model.services import PortRange
from tests.support import model_parts as parts
from tests.support import small_region as small

SCHOOL, SERVERS = IPv4Network("10.17.16.0/20"), IPv4Network("10.17.92.0/23")
OFFICE, OUTSIDE = IPv4Network("10.17.8.0/21"), IPv4Network("0.0.0.0/0")
HOST = IPv4Network("10.17.92.30/32")
RECORD, OTHER = Record("application", "loppa/maps"), Record("application", "loppa/mail")


def flow(source, destination, port, record=RECORD):
    """A flow between two zones of Loppa. Shape of an end: zone, networks."""
    ends = [Party("loppa" if zone else "", zone, networks) for zone, *networks in (source, destination)]
    return Flow(
        *(Party(end.municipality, end.zone, tuple(end.networks)) for end in ends), PortRange.parse(port), record
    )


def write(rules):
    """The rows as EOS shows them, without their numbers."""
    lines = []
    for rule in rules:
        ports = (match_port(rule.source_port, "eos"), match_port(rule.destination_port, "eos"))
        ends = f"{match_prefix(rule.source)}{ports[0]} {match_prefix(rule.destination)}{ports[1]}"
        flags = " established" if rule.established else ""
        lines.append(
            f"remark {rule.text}" if rule.action == "remark" else f"{rule.action} {rule.protocol} {ends}{flags}"
        )
    return lines


def build(zone, network, flows, has_clients=False):
    """The list of a zone of Loppa."""
    return build_zone_list("loppa", zone, network, flows, has_clients=has_clients)


def test_answers_first_then_addresses_then_the_records() -> None:
    """What comes back over TCP, DHCP, and below each remark what its record lets out."""
    flows = [
        flow(("school", SCHOOL), ("servers", HOST), "tcp/443"),
        flow(("school", SCHOOL), ("servers", HOST), "udp/53", OTHER),
    ]
    assert write(build("school", SCHOOL, flows, has_clients=True)) == [
        "permit tcp 10.17.16.0/20 any established",
        "permit udp any eq bootpc any eq bootps",
        "remark application loppa/maps",
        "permit tcp 10.17.16.0/20 host 10.17.92.30 eq https",
        "remark application loppa/mail",
        "permit udp 10.17.16.0/20 host 10.17.92.30 eq domain",
    ]


def test_what_comes_back_without_flags_has_a_row_of_its_own() -> None:
    """UDP from the port that was asked, ICMP as it is; TCP needs none."""
    flows = [flow(("school", SCHOOL), ("servers", HOST), port) for port in ("tcp/443", "udp/53", "icmp")]
    assert write(build("servers", SERVERS, flows)) == [
        "permit tcp 10.17.92.0/23 any established",
        "remark application loppa/maps",
        "permit udp host 10.17.92.30 eq domain 10.17.16.0/20",
        "permit icmp host 10.17.92.30 10.17.16.0/20",
    ]


def test_a_row_stands_once_below_the_first_record_that_needs_it() -> None:
    """A remark without rows is not written."""
    same = [flow(("school", SCHOOL), ("servers", HOST), "tcp/443", record) for record in (RECORD, OTHER, RECORD)]
    assert write(build("school", SCHOOL, same))[1:] == [
        "remark application loppa/maps",
        "permit tcp 10.17.16.0/20 host 10.17.92.30 eq https",
    ]


def test_within_a_zone_nothing_passes_its_gateway() -> None:
    """An application and its database in one network need no row."""
    assert (
        len(build("servers", SERVERS, [flow(("servers", HOST), ("servers", IPv4Network("10.17.92.31/32")), "udp/1")]))
        == 1
    )


def test_of_a_zone_in_two_networks_only_what_is_behind_this_gateway_is_a_source() -> None:
    """The old network of the same zone has another gateway, and stays a destination."""
    old = IPv4Network("172.17.20.0/23")
    flows = [flow(("school", SCHOOL, old), ("servers", HOST, IPv4Network("192.168.17.30/32")), "tcp/443")]
    assert write(build("school", SCHOOL, flows))[2:] == [
        "permit tcp 10.17.16.0/20 host 10.17.92.30 eq https",
        "permit tcp 10.17.16.0/20 host 192.168.17.30 eq https",
    ]


def test_anywhere_comes_last_and_is_no_private_network() -> None:
    """Whatever order the records have."""
    flows = [
        flow(("school", SCHOOL), ("", OUTSIDE), "tcp/443", OTHER),
        flow(("school", SCHOOL), ("servers", HOST), "tcp/80"),
    ]
    assert write(build("school", SCHOOL, flows))[1:] == [
        "remark application loppa/maps",
        "permit tcp 10.17.16.0/20 host 10.17.92.30 eq www",
        "remark nothing else within",
        "deny ip any 10.0.0.0/8",
        "deny ip any 172.16.0.0/12",
        "deny ip any 192.168.0.0/16",
        "remark application loppa/mail",
        "permit tcp 10.17.16.0/20 any eq https",
    ]


def test_rows_are_numbered_by_tens() -> None:
    """As EOS shows them."""
    assert [
        rule.number for rule in build("school", SCHOOL, [flow(("school", SCHOOL), ("servers", HOST), "tcp/1")])
    ] == [10, 20, 30]


def test_each_municipality_has_its_block_in_the_centres_list() -> None:
    """One more of them changes no row of another."""
    services = IPv4Network("10.10.1.0/24")
    time = Party("operations_centre", "services", (IPv4Network("10.10.1.10/32"),))
    record = Record("common service", "time")
    asked = [
        Flow(Party(name, "school", (net,)), time, PortRange.parse("udp/123"), record)
        for name, net in (("loppa", SCHOOL), ("hasvik", IPv4Network("10.16.16.0/20")))
    ]
    prefixes = {"loppa": (17, IPv4Network("10.17.0.0/16"))}
    alone = build_services_list(services, asked, prefixes)
    both = build_services_list(services, asked, {**prefixes, "hasvik": (16, IPv4Network("10.16.0.0/16"))})
    assert [(rule.number, line) for rule, line in zip(alone, write(alone), strict=True)] == [
        (10, "permit tcp 10.10.1.0/24 any established"),
        (17010, "remark loppa"),
        (17020, "remark common service time"),
        (17030, "permit udp host 10.10.1.10 eq ntp 10.17.0.0/16"),
    ]
    assert set(alone) < set(both)
    assert {rule.number // 1000 for rule in set(both) - set(alone)} == {16}


def test_by_an_exit_answers_alone_come_in() -> None:
    """TCP with its flags, UDP from the port that was asked; from anywhere, where anywhere may be asked."""
    health = small.INTERNET.model_copy(
        update={"networks": (IPv4Network("198.51.100.0/26"),), "ports": ("tcp/443", "udp/53", "icmp")}
    )
    assert write(build_exit_list([("health_net", health), ("internet", small.INTERNET)])) == [
        "remark destination health_net",
        "permit tcp 198.51.100.0/26 eq https any established",
        "permit udp 198.51.100.0/26 eq domain any",
        "permit icmp 198.51.100.0/26 any",
        "remark destination internet",
        "permit tcp any eq https any established",
    ]


def region_of(entries):
    """The small region on switches whose hardware holds so many entries."""
    region = small.region()
    model = small.MODEL.model_copy(update={"acl_entries": entries})
    return region.model_copy(
        update={"devices": {n: d.model_copy(update={"switch_model": model}) for n, d in region.devices.items()}}
    )


def test_a_list_that_the_hardware_does_not_hold_is_not_rendered() -> None:
    """Named: the switch, the list, the count, the limit and its key. Remarks do not count."""
    region, position = region_of(4), parts.position(Stage.HARMONISE)
    view = build_view(region.devices["loppa-core-01"], position, region)
    (school,) = (gateway for gateway in view.gateways if gateway.name == "SCHOOL")
    count = sum(rule.action != "remark" for rule in school.rules)
    assert count < len(school.rules)
    message = f"loppa-core-01: access list ZONE-SCHOOL-IN has {count} entries, expected at most 4, which SMALL holds"
    with pytest.raises(RenderError, match=message):
        render_additions(view)
    assert f"ZONE-SCHOOL-IN has {count} entries" in str(next(x for x in find_long_lists(view) if "SCHOOL" in x.name))


def test_a_list_of_just_the_limit_is_rendered() -> None:
    """The limit is what the hardware holds."""
    region = small.region()
    view = build_view(region.devices["loppa-core-01"], Position({"loppa": Stage.HARMONISE}), region)
    most = max(sum(rule.action != "remark" for rule in gateway.rules) for gateway in view.gateways)
    assert not list(judge_long_lists(region_of(most)))
    (finding,) = judge_long_lists(region_of(most - 1))
    assert (finding.subject.scope, finding.subject.key) == ("loppa-core-01", "model")
    assert f"SMALL, and {most} entries in the access list ZONE-" in finding.actual
    assert f"this one holds {most - 1}" in finding.expected


def test_networks_as_the_platforms_write_them() -> None:
    """Hosts by their word, everything by its own."""
    assert [match_wildcard(net) for net in (None, HOST, SCHOOL)] == ["any", "host 10.17.92.30", "10.17.16.0 0.0.15.255"]
    assert [match_prefix(net) for net in (None, HOST, SCHOOL)] == ["any", "host 10.17.92.30", "10.17.16.0/20"]


@pytest.mark.parametrize(
    ("port", "ios", "eos"),
    [
        ("tcp/80", " eq www", " eq www"),
        ("tcp/22", " eq 22", " eq ssh"),
        ("tcp/443", " eq 443", " eq https"),
        ("udp/123", " eq ntp", " eq ntp"),
        ("udp/5000-5010", " range 5000 5010", " range 5000 5010"),
        ("tcp/20-21", " range ftp-data ftp", " range ftp-data ftp"),
    ],
)
def test_ports_as_the_platforms_show_them(port, ios, eos) -> None:
    """By name where the platform has one: IOS and EOS differ."""
    assert (match_port(PortRange.parse(port), "ios"), match_port(PortRange.parse(port), "eos")) == (ios, eos)
    assert match_port(None, "ios") == ""
