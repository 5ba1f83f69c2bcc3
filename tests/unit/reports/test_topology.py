"""The topology: everything is in it once, and the same bytes every time."""

import os
import re
from itertools import combinations, pairwise, product
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nornir_tasks.cli.inventory import app
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.reports import region_layout
from nornir_tasks.reports.topology import TopologyError, make_topology
from tests.support.linked_region import little, nodes

GOLDEN = Path(__file__).resolve().parents[2] / "cases" / "topology" / "small.dot"


@pytest.fixture(scope="module")
def region() -> Region:
    """The real one: a layout is only as good as on the data it is for."""
    return load_region()


def test_a_small_region_is_written_as_agreed() -> None:
    """To the byte; a change of it is looked at before it is kept."""
    position = Position({"loppa": Stage.CONNECT}, {"loppa-acc-02": Stage.LEGACY})
    made = make_topology(little(), position).source
    if os.environ.get("FELLESDRIFT_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(made)
    assert made == GOLDEN.read_text()


def test_the_same_region_makes_the_same_bytes(region: Region) -> None:
    """Whatever order it was read in."""
    turned = region.model_copy(update={"devices": dict(reversed(region.devices.items()))})
    assert make_topology(turned, Position()).source == make_topology(region, Position()).source


def test_every_switch_and_every_cable_is_there_once(region: Region) -> None:
    """And nothing is left out for want of room."""
    dot = make_topology(region, Position()).source
    assert len(re.findall(r"id=\"?switch-", dot)) == len(region.devices)
    assert set(nodes(dot)) == set(region.devices)
    cables = [line for line in dot.splitlines() if 'class="cable' in line or "class=cable" in line]
    links = [link for home in region.municipalities.values() for link in home.links]
    assert len([line for line in cables if "tooltip" in line]) == len(links)


def test_nothing_lies_on_top_of_anything_else(region: Region) -> None:
    """A hundred and fifty-two switches are still told apart."""
    states = dict.fromkeys(region.devices, "legacy")
    made = region_layout.lay_out_region(region, states)
    for one, other in combinations(made.nodes.values(), 2):
        apart_x = one.x + one.w <= other.x or other.x + other.w <= one.x
        assert apart_x or one.y + one.h <= other.y or other.y + other.h <= one.y, (one.name, other.name)
    for node in made.nodes.values():
        assert node.x >= 0
        assert node.x + node.w <= made.width
        assert node.y > -1
        assert node.y + node.h <= made.height
    assert 1.2 < made.width / made.height < 1.7, "near the shape of A-series paper"


def test_no_two_uplinks_lie_on_one_another(region: Region) -> None:
    """Each can be followed with a finger, from its core to its switch of the centre."""
    made = region_layout.lay_out_region(region, dict.fromkeys(region.devices, "legacy"))
    routes = [points for link, (_, _, points) in made.routes.items() if link.kind == "routed"]
    assert len(routes) == 14
    for one, other in combinations(routes, 2):
        for a, b in product(pairwise(one), pairwise(other)):
            for level, along in ((0, 1), (1, 0)):
                if a[0][level] == a[1][level] == b[0][level] == b[1][level]:
                    low, high = (sorted(point[along] for point in segment) for segment in (a, b))
                    assert low[1] < high[0] or high[1] < low[0], (one, other)


def test_a_state_is_told_by_shape_as_well_as_colour() -> None:
    """People print this, and not everybody sees red."""
    position = Position({"loppa": Stage.RETIRE}, {"loppa-acc-01": Stage.HARMONISE, "loppa-acc-02": Stage.LEGACY})
    found = nodes(make_topology(little(), position).source)
    assert "shape=hexagon" in found["loppa-acc-01"]
    assert "rounded,dashed" in found["loppa-acc-02"]
    assert "shape=box" in found["loppa-core-01"]
    assert "rounded" not in found["loppa-core-01"]
    assert "shape=box" in found["alta-leaf-01"]


def test_speed_is_weight_and_what_routes_looks_otherwise() -> None:
    """Dots at both ends; dashed until it is in use."""
    lines = make_topology(little(), Position()).source.splitlines()
    fast = next(line for line in lines if "10 Gbit/s" in line and "alta-leaf-01" in line)
    slow = next(line for line in lines if "1 Gbit/s" in line and "hammerfest-leaf-01" in line)
    trunk = next(line for line in lines if "loppa-acc-01" in line and "trunk" in line)
    weights = [float(re.findall(r"penwidth=([\d.]+)", line)[0]) for line in (fast, slow)]
    assert weights[0] > 2 * weights[1]
    assert all("arrowhead=dot" in line and "style=dashed" in line for line in (fast, slow))
    assert "arrowhead" not in trunk
    moved = make_topology(little(), Position({"loppa": Stage.CONNECT})).source
    assert "not in use yet" not in "".join(line for line in moved.splitlines() if "tooltip" in line)


def test_a_hired_line_is_told_by_what_it_carries(region: Region) -> None:
    """Not by the cable's speed: each way, whose it is, and the way it is laid."""
    line = next(line for line in make_topology(region, Position(), "loppa").source.splitlines() if "KF-1703" in line)
    assert "50 Mbit/s · Kystfiber Finnmark KF-1703, fibre, Loppa rådhus to Høgtun skole" in line
    assert "Gbit/s" not in line


def test_servers_and_clients_are_counted(region: Region) -> None:
    """A virtual server counts where its hypervisor's cable ends."""
    dot = make_topology(region, Position(), "loppa").source
    assert "9 switches, 6 sites, 130 clients, 12 servers" in dot
    assert "12 servers" in nodes(dot)["loppa-core-01"]
    assert "40 clients" in dot


def test_a_site_is_drawn_with_its_ports_and_what_it_hangs_on(region: Region) -> None:
    """Whoever stands in the rack looks for the port."""
    dot = make_topology(region, Position(), "hogtun-skole").source
    assert set(nodes(dot)) == {"loppa-acc-03", "loppa-acc-04", "loppa-core-01"}
    assert "GigabitEthernet1/0/2 – Ethernet25" in dot


def test_the_operations_centre_is_a_part_too(region: Region) -> None:
    """It has no core: Graphviz finds the places."""
    found = nodes(make_topology(region, Position(), "operations_centre").source)
    assert {name for name in found if "leaf" in name or "spine" in name} == {
        d.name for d in region.of("operations_centre")
    }
    assert len(found) == 8 + 7


def test_a_part_that_is_not_there_is_named_with_what_was_meant(region: Region) -> None:
    """The exit code is that of a wrong command line."""
    with pytest.raises(TopologyError, match=r"found 'hogtun-skolen'.*did you mean hogtun-skole") as error:
        make_topology(region, Position(), "hogtun-skolen")
    assert error.value.exit_code == 2


def test_the_door_refuses_other_names(tmp_path: Path) -> None:
    """A picture of no kind is no picture."""
    done = CliRunner().invoke(app, ["graph", "loppa", "--output", str(tmp_path / "a.pdf")])
    assert done.exit_code == 2
    assert "expected a name that ends in .svg, .png, .html" in done.stderr
