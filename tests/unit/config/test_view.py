"""What a template sees of a device, stage by stage."""

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
    ("stage", "zones"), [(Stage.CONNECT, ["OPERATIONS"]), (Stage.HARMONISE, ["OPERATIONS", "SCHOOL", "GUEST"])]
)
def test_gateways_of_the_core(stage: Stage, zones: list[str]) -> None:
    """The operations zone comes with CONNECT."""
    assert [gateway.name for gateway in at("loppa-core-01", stage).gateways] == zones


@pytest.mark.parametrize(
    ("stage", "zone", "permits"),
    [
        (Stage.HARMONISE, "SCHOOL", ["255.255.255.255/32", "10.10.0.0/16", "172.17.20.0/23", "None"]),
        (Stage.RETIRE, "SCHOOL", ["255.255.255.255/32", "10.10.0.0/16", "None"]),
        (Stage.RETIRE, "GUEST", ["255.255.255.255/32", "10.10.1.11/32", "10.10.1.13/32", "None"]),
        (Stage.RETIRE, "OPERATIONS", ["255.255.255.255/32", "10.10.0.0/16"]),
    ],
)
def test_who_may_leave_a_zone(stage: Stage, zone: str, permits: list[str]) -> None:
    """Until retire also what a zone shared a VLAN with; private networks are not the internet."""
    gateway = next(one for one in at("loppa-core-01", stage).gateways if one.name == zone)
    assert [str(rule.destination) for rule in gateway.rules if rule.action == "permit"] == permits
    denied = [str(rule.destination) for rule in gateway.rules if rule.action == "deny"]
    assert denied == (["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"] if permits[-1] == "None" else [])


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
    assert [(gateway.name, str(gateway.address), gateway.rules) for gateway in view.gateways] == [
        ("SERVICES", "10.10.1.1/24", ())
    ]
    assert [vlan.id for vlan in build_view(REGION.devices["hammerfest-leaf-01"], Position(), REGION).vlans] == []
