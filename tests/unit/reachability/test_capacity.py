"""The sums of each line: the clients behind it, and the narrower of its directions."""

from datetime import date

import pytest

from nornir_tasks.model.municipality import Link
from nornir_tasks.model.services import Line
from nornir_tasks.reachability.capacity import LineLoad, measure_loads
from tests.support import small_region as small

TRUNK = {"a": "loppa-acc-01:6", "b": "loppa-core-01:1"}


def line(down, up):
    """A line of a supplier."""
    return Line(supplier="Kystfiber", down_mbps=down, up_mbps=up, path="sea", contract="K-1", ends=date(2028, 1, 1))


@pytest.mark.parametrize(
    ("link", "mbps"),
    [
        (Link(**TRUNK), 1000),
        (Link(**TRUNK, gbps=10), 10000),
        (Link(**TRUNK, line=line(100, 50)), 50),
        (Link(**TRUNK, line=line(25, 50)), 25),
        (Link(**TRUNK, line=line(2000, 2000)), 1000),
    ],
)
def test_what_a_link_carries(link, mbps) -> None:
    """The port's speed is not the line's, and the line's not the port's."""
    assert link.carries_mbps == mbps


def test_a_line_of_25_at_a_school_of_120() -> None:
    """With the sum, the supplier and the contract."""
    load = LineLoad(Link(**TRUNK, line=line(100, 25)), clients=120, mbps_per_client=0.5)
    assert load.is_narrow
    assert str(load) == ("loppa-acc-01:6 to loppa-core-01:1: 25 Mbit/s, Kystfiber K-1, 120 clients × 0.5 = 60 Mbit/s")
    assert not LineLoad(Link(**TRUNK, line=line(100, 60)), clients=120, mbps_per_client=0.5).is_narrow


def test_behind_a_trunk_its_branch_and_behind_an_uplink_everybody() -> None:
    """From either end of a link, as it is written."""
    links = (
        Link(**TRUNK),
        Link(a="loppa-acc-01:5", b="loppa-acc-02:6"),
        Link(a="loppa-core-01:5", b="alta-leaf-01:1", kind="routed"),
    )
    loppa, region = small.loppa(links=links), small.region()
    region = region.model_copy(update={"municipalities": {**region.municipalities, "loppa": loppa}})
    loads = {load.link.a: load.clients for load in measure_loads(region, loppa)}
    everybody = sum(site.clients for site in loppa.sites.values())
    assert loads == {"loppa-acc-01:6": 35, "loppa-acc-01:5": 5, "loppa-core-01:5": everybody}
