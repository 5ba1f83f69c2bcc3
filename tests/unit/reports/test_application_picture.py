"""The drawing of who uses what and where it runs: whole, without overlaps, and the same words as the inventory's."""

from itertools import pairwise

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.reports.application_picture import GAP, HEIGHT, draw_applications, list_applications

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
    """A curve for each group of each application, and for each host that runs one."""
    rows = list_applications(region, municipality, Position({municipality: Stage.CUTOVER}))
    picture = draw_applications(region, municipality, rows)
    for column in (picture.groups, picture.applications, picture.hosts):
        assert all(below.y - above.y >= HEIGHT + GAP for above, below in pairwise(column))
        assert column[-1].y + HEIGHT <= picture.height
    used = [curve for curve in picture.curves if curve[0] in picture.groups]
    assert len(used) == sum(len(set(row.users)) for row in rows)
    assert {box for _, box in picture.curves if box in picture.hosts} <= set(picture.hosts)
    moved = [box for box in picture.hosts if "→" in box.note]
    assert moved, "no host has an address before and another now"
