"""Which questions a core asks of people's services: from which gateways, at which addresses, on which ports."""

import pytest

from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.services import Application
from nornir_tasks.reachability.service_probes import list_gateways, list_service_probes
from tests.support import forwarding_region as sample
from tests.support import small_region as small

CORE = "loppa-core-01"


def ask(stage: Stage, region: Region | None = None, device: str = CORE, position: Position | None = None) -> set[str]:
    """The questions at a stage of Loppa, or at a position of everybody, as messages name them."""
    here = region or small.region()
    probes = list_service_probes(here, here.devices[device], position or Position({"loppa": stage}))
    return {f"{probe.origin} -> {probe}" for probe in probes.asked}


def with_applications(**applications: Application) -> Region:
    """The small region with these applications of Loppa."""
    here = small.region()
    homes = {**here.municipalities, "loppa": small.loppa(applications=applications)}
    return here.model_copy(update={"municipalities": homes})


OLD = "school (Vlan20, 172.17.20.1) -> application loppa/case_archive at app-01 (192.168.17.30 tcp/443)"
NEW = "school (Vlan120, 10.17.16.1) -> application loppa/case_archive at app-01 (10.17.92.30 tcp/443)"


@pytest.mark.parametrize(
    ("stage", "asked"),
    [
        (Stage.LEGACY, {OLD}),
        (Stage.CONNECT, {OLD}),
        (Stage.HARMONISE, {OLD, NEW}),
        (Stage.CUTOVER, {OLD, NEW}),
        (Stage.RETIRE, {NEW}),
    ],
)
def test_old_places_and_new_ones_as_long_as_they_hold(stage: Stage, asked: set[str]) -> None:
    """Each from its own network."""
    assert ask(stage) == asked


def test_what_no_port_of_tcp_leads_to_is_not_asked() -> None:
    """Time is UDP; it is said where the zone has a way to it at all."""
    here = small.region()
    unasked = [
        list_service_probes(here, here.devices[CORE], Position({"loppa": stage})).unasked
        for stage in (Stage.LEGACY, Stage.HARMONISE)
    ]
    assert unasked == [(), ("common service time",)]


def test_two_applications_at_one_port_are_one_question() -> None:
    """And of an application the first of its ports is asked for."""
    other = small.application(label="Maps", ports=("tcp/443", "tcp/8443"))
    third = small.application(label="Library", ports=("tcp/210", "tcp/443"))
    asked = ask(Stage.RETIRE, with_applications(case_archive=small.application(), maps=other, library=third))
    assert asked == {
        NEW.replace("case_archive", "case_archive, application loppa/maps"),
        NEW.replace("case_archive", "library").replace("443", "210"),
    }


def test_zones_that_share_a_network_are_named_together_as_far_as_they_use_it() -> None:
    """Of the old network's zones only those with the application's users or feeds."""
    fed = small.application(feeds={"guest": ("tcp/443",)})
    asked = ask(Stage.LEGACY, with_applications(case_archive=fed))
    guests = "guest (Vlan1, 192.168.17.1) -> application loppa/case_archive at app-01 (192.168.17.30 tcp/443)"
    assert asked == {OLD, guests}


def test_a_leaf_asks_for_what_is_plugged_in_behind_it() -> None:
    """Whoever uses it; the other half's services are the other half's leaf's. An access switch has no gateway."""
    standard = Position(dict.fromkeys(sample.region().municipalities, Stage.RETIRE))
    asked = ask(Stage.RETIRE, sample.region(), "hammerfest-leaf-01", standard)
    gateway = "services (Vlan200, 10.10.129.1) -> "
    assert f"{gateway}common service names at centre-names-02 (10.10.129.11 tcp/53)" in asked
    moved = f"{gateway}application loppa/school_administration at centre-db-02 (10.10.129.31 tcp/5432)"
    assert all(row.startswith(f"{gateway}common service") and " (10.10.129." in row for row in asked - {moved})
    assert list_service_probes(small.region(), small.region().devices["alta-leaf-01"], standard).unasked == (
        "common service time",
    )
    assert ask(Stage.RETIRE, device="loppa-acc-01") == set()
    assert ask(Stage.RETIRE, sample.region(), "alta-spine-01", standard) == set()


def test_gateways_are_those_of_clients() -> None:
    """Not of equipment, and not of servers, from which nobody works."""
    here = small.region()
    gateways = list_gateways(here, here.devices[CORE], Position({"loppa": Stage.HARMONISE}))
    assert [(gateway.vlan, gateway.zones, gateway.old) for gateway in gateways] == [
        (120, ("school",), False),
        (160, ("guest",), False),
        (1, ("guest",), True),
        (20, ("school",), True),
    ]
