"""The proof on the real region: every stage over what the lab's switches ran before, ways of equal cost, speed."""

import time
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

import pytest

from nornir_tasks.core.errors import PlatformError, UsageError
from nornir_tasks.model import Position, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.reachability.forwarding import Forwarding
from nornir_tasks.reachability.intended import choose_position, describe_unknown, read_switches, render_intended
from nornir_tasks.reachability.places import Places, find_municipality
from nornir_tasks.reachability.way import Outcome, Reach, Service, Station
from tests.support import prepared_region
from tests.support.forwarding_region import POSITION, Edit, ask, edited, region, standard

BEFORE_MOVE = (Stage.CONNECT, Stage.HARMONISE)
ALL = (*BEFORE_MOVE, Stage.PILOT, Stage.CUTOVER, Stage.SETTLE, Stage.RETIRE)


def snapshot(name: str) -> str:
    """What a switch of the lab runs before anything moves, as a survey would keep it."""
    kind = platform(region().devices[name].platform)
    return kind.mask(kind.clean(prepared_region.legacy()[name]))[0]


def at(stage: Stage, *moved: str) -> tuple[Places, Forwarding]:
    """Loppa at a stage."""
    position = choose_position(region(), Position(), ["loppa"], stage, moved)
    intended = render_intended(region(), position, ["loppa", "operations_centre"], snapshot)
    assert intended.unknown == ()
    forwarding = Forwarding(read_switches(region(), intended.texts))
    return Places(region(), intended.position, forwarding), forwarding


def answers(stage: Stage, source: str, target: str, port: str, *moved: str) -> Iterator[Reach]:
    """The answers to a question at a stage."""
    places, forwarding = at(stage, *moved)
    for near in places.find(source):
        for far in places.find(target):
            yield forwarding.ask(near, far, Service.parse(port))


@pytest.mark.parametrize("stage", ALL, ids=lambda stage: stage.word)
def test_the_control_nodes_reach_every_switch_from_connect_on(stage: Stage) -> None:
    """Each switch by SSH at its own address, through overlay, trunks, gateway and lists; and it finds the time."""
    places, forwarding = at(stage)
    for node in ("centre-control-01", "centre-control-02"):
        for device in region().of("loppa"):
            answer = forwarding.ask(places.find(node)[0], places.find(device.name)[0], Service.parse("tcp/22"))
            assert answer.outcome == Outcome.REACHED, (device.name, answer.reason)
            time_of = forwarding.ask(
                places.find(device.name)[0], places.find("centre-time-01")[0], Service.parse("udp/123")
            )
            assert time_of.outcome == Outcome.REACHED, (device.name, time_of.reason)


def test_before_connect_the_centre_is_out_of_reach() -> None:
    """The fibre is pulled and not lit: the old addresses answer within the municipality alone."""
    (shut,) = answers(Stage.SURVEY, "centre-control-01", "loppa-acc-03", "tcp/22")
    assert shut.outcome == Outcome.STOPPED
    (answer,) = answers(Stage.SURVEY, "loppa-acc-08", "loppa-acc-03", "tcp/22")
    assert answer.outcome == Outcome.REACHED
    assert answer.source.addresses == IPv4Network("192.168.16.18")


def test_a_client_is_where_its_port_is() -> None:
    """Before its switch's turn in its legacy VLAN with an address from there; afterwards in the zone's."""
    for stage, moved, networks in (
        (Stage.HARMONISE, (), {"172.17.20.0/23"}),
        (Stage.CUTOVER, ("loppa-acc-06",), {"172.17.20.0/23", "10.17.16.0/20"}),
        (Stage.CUTOVER, (), {"10.17.16.0/20"}),
    ):
        places, _ = at(stage, *moved)
        found = [
            station for site in ("bergsfjord-skole", "sandland-skole") for station in places.find(f"school@{site}")
        ]
        assert {str(station.subnet) for station in found} == networks, (stage, moved)


def test_a_phone_that_has_moved_speaks_with_one_that_has_not() -> None:
    """Two switches of a wave apart, by the core, and back; what has no record does not pass between these."""
    for zone, outcome in (("telephony", Outcome.REACHED), ("school", Outcome.STOPPED)):
        question = (f"{zone}@bergsfjord-skole", f"{zone}@sandland-skole", "udp/20000", "loppa-acc-06")
        for answer in answers(Stage.CUTOVER, *question):
            assert str(answer.source.subnet) == {"telephony": "10.17.40.0/21", "school": "10.17.16.0/20"}[zone]
            assert str(answer.destination.subnet) == {"telephony": "172.17.40.0/24", "school": "172.17.20.0/23"}[zone]
            assert answer.outcome == outcome, answer.reason


@pytest.mark.parametrize("stage", [Stage.SURVEY, *ALL], ids=lambda stage: stage.word)
def test_a_server_answers_where_it_is(stage: Stage) -> None:
    """At its old address until that goes, from harmonise on at the new one, as a guest in what its host's port tags."""
    places, _ = at(stage)
    (server, *others) = places.find("loppa-app-01")
    old, new = "192.168.23.30/32", "10.17.92.30/32"
    expected = [new] if stage == Stage.RETIRE else [old] if stage < Stage.HARMONISE else [new, old]
    assert [str(station.addresses) for station in (server, *others)] == expected
    assert {station.device for station in (server, *others)} == {"loppa-core-01"}
    for answer in answers(stage, "administration@loppa-radhus", "loppa-app-01", "tcp/443"):
        assert answer.outcome == Outcome.REACHED, answer.reason


def test_without_a_snapshot_the_answer_is_for_retire_and_says_so() -> None:
    """Nothing is made up of what ran before."""
    intended = render_intended(region(), Position({"loppa": Stage.HARMONISE}), ["loppa"], lambda name: None)
    assert intended.position.of("loppa") == Stage.RETIRE
    assert set(intended.unknown) == {device.name for device in region().of("loppa")}
    assert "no snapshot of 9 switches of Loppa. " in describe_unknown(region(), intended)
    assert (
        intended.texts["loppa-acc-03"]
        == render_intended(region(), POSITION, ["loppa"], lambda name: None).texts["loppa-acc-03"]
    )


def test_one_of_two_equal_ways_is_not_enough() -> None:
    """A list on one spine alone stops a part of what crosses the centre."""
    rows = ("10 permit ospf any any", "20 deny icmp any any", "30 permit ip any any")
    edits = (
        Edit("alta-spine-01", "interface Ethernet2", "", "ip access-group HALF in"),
        Edit("alta-spine-01", "", "", "\n   ".join(["ip access-list HALF", *rows])),
    )
    question = ("administration@hammerfest-radhus", "centre-names-01", "icmp")
    assert ask(standard(), *question)[0].outcome == Outcome.REACHED
    answer = ask(edited(edits), *question)[0]
    assert answer.outcome == Outcome.UNSURE
    assert answer.reason == "in part: alta-spine-01 Ethernet2 in: HALF: 20 deny icmp any any"


def test_a_log_needs_no_answer() -> None:
    """Where nothing comes back, nothing has to."""
    edits = (
        Edit("alta-leaf-01", "interface Vlan200", "", "ip access-group MUTE in"),
        Edit("alta-leaf-01", "", "", "ip access-list MUTE\n   10 deny ip any any"),
    )
    assert ask(edited(edits), "loppa-acc-03", "centre-logs-01", "udp/514")[0].outcome == Outcome.REACHED
    assert ask(edited(edits), "loppa-acc-03", "centre-logs-01", "tcp/514")[0].outcome == Outcome.STOPPED


def test_what_answers_the_world_is_let_in_by_the_exit_it_left_by() -> None:
    """An answer from outside passes the list of that port, and nothing that was not asked for does."""
    client, way_out = "administration@loppa-radhus", "alta-leaf-02 Ethernet40"
    web = ask(edited(()), client, "8.8.8.8", "udp/443")[0]
    assert web.outcome == Outcome.REACHED
    assert web.there.end == f"it leaves the region by {way_out} to 203.0.113.1"
    row_gone = Edit("alta-leaf-02", "ip access-list EXIT-ALTA-INTERNET-IN", "220 permit udp any eq https any")
    refused = f"{way_out} in: EXIT-ALTA-INTERNET-IN: no row permits it"
    silent = ask(edited((row_gone,)), client, "8.8.8.8", "udp/443")[0]
    assert (silent.outcome, silent.reason) == (Outcome.STOPPED, f"on the way back: {refused}")
    assert ask(edited(()), "8.8.8.8", "loppa-acc-03", "tcp/22")[0].outcome == Outcome.STOPPED


def test_a_configuration_that_cannot_be_read_is_named() -> None:
    """The switch, and what it is about."""
    with pytest.raises(PlatformError, match=r"^loppa-core-01: its configuration cannot be read: "):
        read_switches(region(), {"loppa-core-01": "end\ninterface Vlan1\n"})


@pytest.mark.parametrize(
    ("word", "told"),
    [
        (
            "school@hogtun-skoel",
            "site: found 'hogtun-skoel' in .*, expected a site of the inventory; did you mean hogtun-skole",
        ),
        ("shcool@hogtun-skole", "zone: found 'shcool' in 'shcool@hogtun-skole', expected one of "),
        (
            "loppa-core-02",
            "place: found 'loppa-core-02', expected a zone at a site .* or an address; did you mean loppa-core-01",
        ),
        ("10.17.0.300", "place: found '10.17.0.300', expected"),
        ("", "place: found '', expected"),
    ],
)
def test_a_place_that_is_none_is_told_with_near_ones(word: str, told: str) -> None:
    """In the words of what was expected."""
    with pytest.raises(UsageError, match=told):
        find_municipality(region(), word)


def test_a_zone_that_no_port_of_a_site_is_for() -> None:
    """It is one of the standard, and yet nobody is there."""
    places, _ = at(Stage.RETIRE)
    with pytest.raises(UsageError, match="expected one that a port at loppa-radhus is for"):
        places.find("school@loppa-radhus")


@pytest.mark.parametrize(
    "text", ["", "tcp", "tcp/", "tcp/0", "udp/70000", "tcp/10-5", "tcp/443/1", "ICMP", "icmp/8", "sctp/1"]
)
def test_a_port_that_is_none(text: str) -> None:
    """What was found, and what is expected."""
    with pytest.raises(UsageError, match=r"^port: found .* expected such as tcp/443"):
        Service.parse(text)


def test_an_address_is_whoever_has_it() -> None:
    """A server, a switch before and after its move, a client wherever it may hang, and somebody outside."""
    places, _ = at(Stage.RETIRE)
    assert [station.name for station in places.find("10.10.1.11")] == ["centre-names-01"]
    assert [station.device for station in places.find("10.17.2.11")] == ["loppa-acc-03"]
    assert [station.device for station in places.find("10.17.8.1")] == ["loppa-core-01"]
    clients = places.find("10.17.16.77")
    assert {station.device for station in clients} == {f"loppa-acc-{number:02}" for number in (3, 4, 6, 7, 8)}
    assert {station.addresses for station in clients} == {IPv4Network("10.17.16.77")}
    assert places.find("8.8.8.8") == (Station("8.8.8.8", IPv4Network("8.8.8.8"), outside=True),)


def test_the_address_that_a_switch_sends_from() -> None:
    """That of the interface by which a packet leaves."""
    _, forwarding = at(Stage.RETIRE)
    names = IPv4Address("10.10.1.11")
    assert forwarding.find_source_address("loppa-core-01", names) == IPv4Address("10.10.250.69")
    assert forwarding.find_source_address("loppa-acc-03", names) == IPv4Address("10.17.2.11")


def test_thousands_of_questions_a_second() -> None:
    """Once the ways are known a question costs the lists alone; a matrix asks tens of thousands."""
    places, forwarding = at(Stage.RETIRE)
    sources = [station for zone in ("administration", "equipment") for station in places.find(f"{zone}@loppa-radhus")]
    targets = [places.find(name)[0] for name in ("centre-names-01", "centre-time-02", "loppa-acc-03")]
    services = [Service.parse(f"{protocol}/{port}") for protocol in ("tcp", "udp") for port in (53, 80, 443, 1433)]

    def run() -> float:
        began = time.process_time()
        for source in sources:
            for target in targets:
                for service in services:
                    forwarding.ask(source, target, service)
        return time.process_time() - began

    run()
    count = len(sources) * len(targets) * len(services)
    assert count / min(run() for _ in range(3)) > 2000
