"""The drawing of who uses what and where it runs: whole, without overlaps, and the same words as the inventory's."""

from itertools import pairwise

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.reports.application_picture import GAP, HEIGHT, TOP, draw_applications, list_applications

MUNICIPALITIES = ("alta", "hammerfest", "nordkapp", "masoy", "kvalsund", "hasvik", "loppa")


@pytest.fixture(scope="module")
def region() -> Region:
    """The sample inventory's."""
    return load_region()


@pytest.mark.parametrize("municipality", MUNICIPALITIES)
def test_every_application_of_a_municipality_is_there(region: Region, municipality: str) -> None:
    """With its owner and its users; its old addresses before, none of them after retire."""
    rows = list_applications(region, municipality, Position(dict.fromkeys(MUNICIPALITIES, Stage.RETIRE)))
    home = region.municipalities[municipality]
    assert {f"{municipality}/{name}" for name in home.applications} <= {row.key for row in rows}
    for row in rows:
        owner, _, name = row.key.partition("/")
        record = region.municipalities[owner].applications[name]
        assert (row.label, row.owner, row.sensitivity) == (record.label, record.system_owner, record.sensitivity)
        assert bool(row.users) == any(
            user.startswith(f"{municipality}/") or (owner == municipality and "/" not in user) for user in record.users
        )
        old = {str(server.legacy_address) for server in region.servers.values() if server.legacy_address}
        assert row.now
        assert not {text.partition(" ")[2] for text in row.now} & old
        if owner == municipality:
            assert {text.partition(" ")[2] for text in row.before} <= old


@pytest.mark.parametrize("municipality", MUNICIPALITIES)
def test_boxes_do_not_overlap_and_every_use_is_a_curve(region: Region, municipality: str) -> None:
    """A curve for each group of each application, told apart by group, and one to the hosts that run it."""
    rows = list_applications(region, municipality, Position({municipality: Stage.CUTOVER}))
    picture = draw_applications(region, municipality, rows)
    for column in (picture.groups, picture.applications, picture.hosts):
        assert all(below.y - above.y >= HEIGHT + GAP for above, below in pairwise(column))
        assert column[-1].y + HEIGHT <= picture.height
    used = [curve for curve in picture.curves if curve.group is not None]
    assert len(used) == sum(len(set(row.users)) for row in rows)
    assert all(picture.groups[curve.group] is curve.left for curve in used if curve.group is not None)
    run = [(curve.left, curve.right) for curve in picture.curves if curve.group is None]
    placed = [box for row, box in zip(rows, picture.applications, strict=True) if row.before or row.now]
    assert [left for left, _ in run] == placed
    assert all(box.label and box.note for box in picture.hosts)
    assert {right for _, right in run} == set(picture.hosts)
    moved = [box for box in picture.hosts if "→" in box.note]
    assert moved, "no host has an address before and another now"


def test_columns_are_as_high_as_one_another(region: Region) -> None:
    """Few groups beside many applications: no curve runs the whole height of the picture to an empty corner."""
    rows = list_applications(region, "alta", Position({"alta": Stage.CUTOVER}))
    picture = draw_applications(region, "alta", rows)
    middle = (picture.height + TOP) / 2
    for column in (picture.groups, picture.applications, picture.hosts):
        assert abs((column[0].middle + column[-1].middle) / 2 - middle) < HEIGHT + GAP
    assert len(picture.hosts) <= len(picture.applications)


def test_hosts_that_run_the_same_are_one_box(region: Region) -> None:
    """Two by their names, with their addresses before and now; more of them folded."""
    rows = list_applications(region, "alta", Position({"alta": Stage.RETIRE}))
    boxes = {box.label: box.note for box in draw_applications(region, "alta", rows).hosts}
    assert boxes["alta-app-01, alta-app-23"] == "192.168.2.160, 192.168.2.182 → 10.11.92.60, 10.11.92.82"
    assert boxes["alta-dc-01-03"] == "192.168.2.130 +2 → 10.11.92.30 +2"
