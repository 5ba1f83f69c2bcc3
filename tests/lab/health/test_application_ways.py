"""An edit on a switch that cuts people off from their applications, in the lab: whom, from what, and by which line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.testing.running import Labs, RunningLab
from nornir_tasks.devices.collect import collect
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.health.applications import ApplicationExamination, examine_applications
from nornir_tasks.health.causes import CauseKind
from nornir_tasks.health.diagnosis import describe_incident
from nornir_tasks.health.felt_causes import find_felt_causes, join_felt
from nornir_tasks.inventory.load import load_region
from nornir_tasks.migration.survey import survey

CORE, SCHOOL = "loppa-core-01", "loppa-acc-03"


@pytest.fixture(scope="module")
def lab(lab_of: Labs) -> Iterator[RunningLab]:
    """Loppa as it was before anything moved."""
    running = lab_of("loppa")
    running.client.reset()
    yield running
    running.client.reset()


@pytest.fixture(scope="module")
def context(lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Context:
    """An errand for which Loppa has been surveyed: what is meant to run there is known."""
    where: Path = tmp_path_factory.mktemp("state")
    errand = open_context(load_region(), reason="test", who="tester", where=where)
    survey(errand, "loppa")
    return errand


def look(context: Context) -> ApplicationExamination:
    """What the running configurations of Loppa's switches mean for its people."""
    region = context.region
    collected = collect(context, region.of("loppa"), context.journal.position())
    running = {name: each.running for name, each in collected.items() if each.reached}
    assert set(running) == {device.name for device in region.of("loppa")}
    return examine_applications(context, running, municipalities=["loppa"])


def test_what_was_surveyed_cuts_nobody_off(context: Context) -> None:
    examination = look(context)
    ways = [verdict for verdict in examination.verdicts if verdict.rule.name == "application-way"]
    assert examination.cuts == ()
    assert {verdict.status for verdict in ways} == {"passed"}


def test_the_schools_gateway_is_closed(lab: RunningLab, context: Context) -> None:
    """Beside an edit that changes no way: one cause, with the line, and those who sit at the schools."""
    region = context.region
    lab.client.edit(CORE, "interface Vlan20", "shutdown")
    lab.client.edit(SCHOOL, "snmp-server location Elsewhere")
    try:
        examination = look(context)
    finally:
        lab.client.edit(CORE, "interface Vlan20", "no shutdown")
        lab.client.edit(SCHOOL, "no snmp-server location Elsewhere")
    felt = find_felt_causes(region, context.journal.position(), examination.cuts, (), ())
    (incident,) = join_felt(region, (), felt)
    line = describe_incident(region, incident)
    assert incident.causes[0].kind is CauseKind.CONFIGURATION
    assert line.startswith(f"{CORE} runs what is not meant: + interface Vlan20 / shutdown. "), line
    labels = {region.municipalities["loppa"].user_groups[name].label for name in ("teachers", "pupils")}
    assert {loss.group for loss in incident.losses} == labels
    failed = [verdict for verdict in examination.verdicts if verdict.status == "failure"]
    assert {verdict.rule.name for verdict in failed} == {"application-way"}
    assert all("shutdown" in verdict.text for verdict in failed)
