"""What a template sees of a device, stage by stage."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from nornir_tasks.config.view import View, build_view
from nornir_tasks.model import Position, Stage
from tests.support import small_region as small

REGION = small.region()


def at(name: str, stage: Stage) -> View:
    """The view of a device with all of Loppa at a stage."""
    return build_view(REGION.devices[name], Position({"loppa": stage}), REGION)


@pytest.mark.parametrize(
    ("stage", "vlans", "trunk", "moved"),
    [
        (Stage.CONNECT, [100], (100,), False),
        (Stage.HARMONISE, [100, 120, 160, 999], (100, 120, 160), False),
        (Stage.PILOT, [100, 120, 160, 999], (100, 120, 160), True),
        (Stage.CUTOVER, [100, 120, 160, 999], (100, 120, 160), True),
        (Stage.RETIRE, [100, 120, 160, 999], (100, 120, 160), True),
    ],
)
def test_a_switch_at_the_pilot_site(stage: Stage, vlans: list[int], trunk: tuple[int, ...], moved: bool) -> None:
    """Management first, then the zones, then the ports."""
    view = at("loppa-acc-01", stage)
    assert [vlan.id for vlan in view.vlans] == vlans
    assert view.ports[5].tagged_vlans == trunk
    assert view.ports[0].membership is moved
    assert view.full is (stage == Stage.RETIRE)


def test_other_sites_ports_move_with_cutover() -> None:
    """At the pilot stage only the pilot's ports move; then a device's own wave decides."""
    far = REGION.devices["loppa-acc-02"]
    assert not at("loppa-acc-02", Stage.PILOT).ports[0].membership
    waved = Position({"loppa": Stage.PILOT}, {"loppa-acc-02": Stage.CUTOVER})
    assert build_view(far, waved, REGION).ports[0].membership
    assert not build_view(REGION.devices["loppa-core-01"], waved, REGION).ports[1].membership


def test_a_trunk_carries_what_its_far_side_needs() -> None:
    """The nursery has no guests."""
    assert at("loppa-acc-01", Stage.HARMONISE).ports[4].tagged_vlans == (100, 120)


def test_an_access_point_has_a_native_vlan() -> None:
    """Its own management untagged, its networks tagged, and it is an edge."""
    point = at("loppa-acc-01", Stage.RETIRE).ports[1]
    assert (point.kind, point.access_vlan, point.tagged_vlans, point.edge) == ("trunk", 100, (160,), True)


def test_unused_ports_are_parked_and_shut_when_ports_move() -> None:
    """Not before: whoever is plugged in without the inventory's knowledge keeps the network until then."""
    before, after = at("loppa-acc-01", Stage.HARMONISE).ports[3], at("loppa-acc-01", Stage.CUTOVER).ports[3]
    assert (before.membership, after.membership) == (False, True)
    assert (after.kind, after.access_vlan, after.enabled) == ("unused", 999, False)


@pytest.mark.parametrize(
    ("stage", "zones"),
    [(Stage.CONNECT, ["OPERATIONS"]), (Stage.HARMONISE, ["OPERATIONS", "SCHOOL", "GUEST", "SERVERS"])],
)
def test_gateways_of_the_core(stage: Stage, zones: list[str]) -> None:
    """The operations zone comes with CONNECT."""
    assert [gateway.name for gateway in at("loppa-core-01", stage).gateways] == zones


def test_who_may_leave_a_zone() -> None:
    """What follows from the records, in their order, at the addresses of the stage; the world comes last."""
    assert list_rows("loppa-core-01", Stage.HARMONISE, "SCHOOL") == [
        "permit tcp 10.17.16.0/20 None None None established",
        "permit udp None udp/68 None udp/67",
        "remark common service time",
        "permit udp 10.17.16.0/20 None 10.10.1.10/32 udp/123",
        "remark application loppa/case_archive",
        "permit tcp 10.17.16.0/20 None 10.17.92.30/32 tcp/443",
        "permit tcp 10.17.16.0/20 None 192.168.17.30/32 tcp/443",
        "permit udp 10.17.16.0/20 None 10.17.92.30/32 udp/500-510",
        "permit udp 10.17.16.0/20 None 192.168.17.30/32 udp/500-510",
        "remark nothing else within",
        "deny ip None None 10.0.0.0/8 None",
        "deny ip None None 172.16.0.0/12 None",
        "deny ip None None 192.168.0.0/16 None",
        "remark destination internet",
        "permit tcp 10.17.16.0/20 None None tcp/443",
    ]


def test_after_retire_nothing_of_the_legacy_is_left_in_a_list() -> None:
    """Neither as where one goes, nor as where an answer goes; an answer over UDP has a row of its own."""
    assert list_rows("loppa-core-01", Stage.RETIRE, "SERVERS") == [
        "permit tcp 10.17.92.0/23 None None None established",
        "remark application loppa/case_archive",
        "permit udp 10.17.92.30/32 udp/500-510 10.17.16.0/20 None",
    ]
    before = list_rows("loppa-core-01", Stage.CUTOVER, "SERVERS")
    assert "permit udp 10.17.92.30/32 udp/500-510 172.17.20.0/23 None" in before
    assert "permit tcp 10.17.92.30/32 None 192.168.17.31/32 tcp/5432" in before


def list_rows(name: str, stage: Stage, zone: str) -> list[str]:
    """The rows of a zone's list, in words."""
    gateway = next(gateway for gateway in at(name, stage).gateways if gateway.name == zone)
    return [
        f"remark {rule.text}"
        if rule.action == "remark"
        else f"{rule.action} {rule.protocol} {rule.source} {rule.source_port} {rule.destination} "
        f"{rule.destination_port}{' established' if rule.established else ''}"
        for rule in gateway.rules
    ]


def test_a_server_keeps_its_old_network_until_it_goes() -> None:
    """First the new one comes tagged beside the old, then the old one beside the new, then the new one is alone."""
    ports = {
        stage: at("loppa-core-01", stage).ports[2]
        for stage in (Stage.CONNECT, Stage.HARMONISE, Stage.CUTOVER, Stage.RETIRE)
    }
    assert [(port.kind, port.membership, port.access_vlan, port.tagged_vlans) for port in ports.values()] == [
        ("access", False, 190, ()),
        ("trunk", True, 1, (190,)),
        ("trunk", True, 190, (1,)),
        ("access", True, 190, ()),
    ]


def test_an_exit_lets_answers_in_and_nothing_else() -> None:
    """The port has the exit's address; what lies behind it is a route, and comes back only where one may ask."""
    leaf = build_view(REGION.devices["hammerfest-leaf-01"], Position(), REGION)
    port = leaf.ports[2]
    assert (port.kind, str(port.address)) == ("exit", "203.0.113.2/30")
    assert leaf.exit_routes == (
        (IPv4Network("0.0.0.0/0"), IPv4Address("203.0.113.1")),
        (IPv4Network("10.0.0.0/8"), None),
        (IPv4Network("172.16.0.0/12"), None),
        (IPv4Network("192.168.0.0/16"), None),
    )
    assert port.exit is not None
    assert [(rule.protocol, str(rule.source_port), rule.established) for rule in port.exit.rules[1:]] == [
        ("tcp", "tcp/443", True)
    ]


def test_a_leafs_port_waits_for_its_municipality() -> None:
    """Until CONNECT it is shut; a leaf that is further than its municipality has it open already."""
    leaf = REGION.devices["alta-leaf-01"]
    assert build_view(leaf, Position(), REGION).ports[0].kind == "unused"
    assert build_view(leaf, Position({"loppa": Stage.CONNECT}), REGION).ports[0].kind == "routed"
    ahead = Position({"loppa": Stage.SURVEY}, {"alta-leaf-01/loppa": Stage.CONNECT})
    assert build_view(leaf, ahead, REGION).ports[0].kind == "routed"
    assert build_view(REGION.devices["hammerfest-leaf-01"], ahead, REGION).ports[0].kind == "unused"


def test_the_centre_is_standard_from_birth() -> None:
    """Whatever the municipalities do."""
    view = build_view(REGION.devices["alta-leaf-01"], Position(), REGION)
    assert view.full
    assert [(gateway.name, str(gateway.address)) for gateway in view.gateways] == [("SERVICES", "10.10.1.1/24")]
    assert list_rows("alta-leaf-01", Stage.LEGACY, "SERVICES") == list_rows("alta-leaf-01", Stage.RETIRE, "SERVICES")
    assert [rule.number for rule in view.gateways[0].rules if rule.text == "loppa"] == [17010]
    assert [vlan.id for vlan in build_view(REGION.devices["hammerfest-leaf-01"], Position(), REGION).vlans] == []
