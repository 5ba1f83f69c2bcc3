"""The picture of a municipality: everything is in it once, and nothing lies on top of anything else."""

from itertools import combinations

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Region
from nornir_tasks.reports.municipality_layout import Box, Node, draw_municipality

MUNICIPALITIES = ["alta", "hammerfest", "nordkapp", "masoy", "kvalsund", "hasvik", "loppa"]


@pytest.fixture(scope="module")
def region() -> Region:
    """The real one: a layout is only as good as on the data it is for."""
    return load_region()


def overlap(one: Node | Box, other: Node | Box) -> bool:
    """Whether two rectangles share any room."""
    apart_x = one.x + one.w <= other.x or other.x + other.w <= one.x
    apart_y = one.y + one.h <= other.y or other.y + other.h <= one.y
    return not (apart_x or apart_y)


@pytest.mark.parametrize("name", MUNICIPALITIES)
def test_every_switch_is_drawn_once_beside_the_leaves_it_hangs_on(region: Region, name: str) -> None:
    """And nothing else."""
    picture = draw_municipality(region, name, {}, {}, joined=False)
    drawn = [node.name for node in picture.nodes]
    leaves = [one for one in drawn if region.devices[one].role == "leaf"]
    assert sorted(one.split("-")[0] for one in leaves) == ["alta", "hammerfest"]
    assert sorted(drawn) == sorted([*leaves, *(device.name for device in region.of(name))])


@pytest.mark.parametrize("name", MUNICIPALITIES)
def test_nothing_overlaps_and_all_is_on_the_sheet(region: Region, name: str) -> None:
    """Fifty-eight switches are still told apart."""
    picture = draw_municipality(region, name, {}, {}, joined=True)
    assert [pair for pair in combinations(picture.nodes, 2) if overlap(*pair)] == []
    assert [pair for pair in combinations(picture.boxes, 2) if overlap(*pair)] == []
    for thing in [*picture.nodes, *picture.boxes]:
        assert thing.x >= 0
        assert thing.x + thing.w <= picture.width
        assert thing.y + thing.h <= picture.height


@pytest.mark.parametrize("name", MUNICIPALITIES)
def test_every_cable_is_drawn(region: Region, name: str) -> None:
    """Two uplinks, and each access switch on what it hangs on."""
    picture = draw_municipality(region, name, {}, {}, joined=True)
    cables = [line.title for line in picture.lines if " – " in line.title]
    assert len([line for line in picture.lines if line.state == "uplink"]) == 2
    for device in region.of(name):
        if device.role == "access":
            assert any(title.startswith(f"{device.name} ") for title in cables), device.name


def test_an_uplink_that_is_not_in_use_looks_otherwise(region: Region) -> None:
    """Before and after are told apart without colour."""
    before = draw_municipality(region, "loppa", {}, {}, joined=False)
    assert {line.state for line in before.lines} == {"trunk", "absent"}
