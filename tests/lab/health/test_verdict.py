"""What on-call staff read first, when something is wrong in the lab: the cause, whom it hits, and what to do.

Every row is one situation: what is done to the lab, and what must be named; nothing else may be.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.testing.running import Labs, RunningLab
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.health.causes import CauseKind
from nornir_tasks.health.diagnosis import describe_incident
from nornir_tasks.health.incident import Incident
from nornir_tasks.health.runner import check_health, find_incidents
from nornir_tasks.inventory.load import load_region

CORE, TOWN_HALL, SECOND = "loppa-core-01", "loppa-acc-01", "loppa-acc-02"
SCHOOL, BEHIND = "loppa-acc-03", "loppa-acc-04"
SHUT = {SCHOOL: (CORE, "GigabitEthernet1/0/2"), TOWN_HALL: (CORE, "GigabitEthernet1/0/1")}


@dataclass(frozen=True)
class Situation:
    """What is wrong, and what must be told.

    Args:
        shut: switches whose cable is shut at the core.
        faults: of switches.
        asked: switches that are asked; () everybody.
        kinds: of the incidents, the most urgent first, and of whom each speaks.
        words: in the first line.
        folded: under it.
    """

    shut: tuple[str, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()
    asked: tuple[str, ...] = ()
    kinds: tuple[tuple[CauseKind, str], ...] = ()
    words: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()


SITUATIONS = {
    "a school's port, closed by hand": Situation(
        shut=(SCHOOL,),
        kinds=((CauseKind.CABLE, SCHOOL),),
        words=("Høgtun skole", "closed by hand", "98 people at 1 site of Loppa lose", "open it again"),
        folded=(BEHIND,),
    ),
    "a school's line without light": Situation(
        faults=((CORE, "no-light GigabitEthernet1/0/2"),),
        kinds=((CauseKind.CABLE_OR_POWER, SCHOOL),),
        words=("Høgtun skole", "no light", "KF-1703", "98 people", "lamps"),
        folded=(BEHIND,),
    ),
    "a port that the switch itself has closed": Situation(
        faults=((CORE, "errdisable GigabitEthernet1/0/2"),),
        kinds=((CauseKind.CABLE, SCHOOL),),
        words=("Høgtun skole", "disabled by the switch", "98 people", "find out why"),
        folded=(BEHIND,),
    ),
    "the same, and only the one behind it is asked": Situation(
        shut=(SCHOOL,),
        asked=(BEHIND,),
        kinds=((CauseKind.CABLE, SCHOOL),),
        words=("Høgtun skole", "98 people"),
        folded=(BEHIND,),
    ),
    "two places, the one with more people first": Situation(
        shut=(TOWN_HALL, SCHOOL),
        kinds=((CauseKind.CABLE, SCHOOL), (CauseKind.CABLE, TOWN_HALL)),
        words=("Høgtun skole",),
        folded=(BEHIND,),
    ),
    "a switch that only does not answer": Situation(
        faults=((SCHOOL, "unreachable"),),
        kinds=((CauseKind.MANAGEMENT, SCHOOL),),
        words=("does not answer", "Ask whether people there can work"),
    ),
    "a switch that hangs": Situation(
        faults=((SCHOOL, "hang"),),
        asked=(SCHOOL,),
        kinds=((CauseKind.MANAGEMENT, SCHOOL),),
        words=("does not answer",),
    ),
    "a wrong password": Situation(
        faults=((SECOND, "login"),),
        kinds=((CauseKind.ENTRY, SECOND),),
        words=("wrong password", "nobody has to go"),
    ),
    "the same wrong password at three": Situation(
        faults=((SECOND, "login"), (SCHOOL, "login"), (BEHIND, "login")),
        kinds=((CauseKind.ENTRY, SECOND),),
        words=("and 2 more", "wrong password"),
        folded=(SCHOOL, BEHIND),
    ),
    "another key": Situation(
        faults=((SECOND, "new-key"),),
        kinds=((CauseKind.ENTRY, SECOND),),
        words=("another key", "Type no password there"),
    ),
    "a cable, and a password elsewhere": Situation(
        shut=(SCHOOL,),
        faults=((SECOND, "login"),),
        kinds=((CauseKind.CABLE, SCHOOL), (CauseKind.ENTRY, SECOND)),
        words=("Høgtun skole", "98 people"),
        folded=(BEHIND,),
    ),
}


@pytest.fixture(scope="module")
def lab(lab_of: Labs) -> Iterator[RunningLab]:
    """Loppa as it was before anything moved."""
    running = lab_of("loppa")
    running.client.reset()
    yield running
    running.client.reset()


@pytest.fixture
def context() -> Context:
    """A round of somebody who is on call."""
    return open_context(load_region(), reason="on call", who="tester")


def look(context: Context, asked: tuple[str, ...]) -> list[Incident]:
    """What is found."""
    region = context.region
    devices = [region.devices[name] for name in asked] or list(region.of("loppa"))
    return find_incidents(context, check_health(region, devices, context=context).seen)


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_first_line(lab: RunningLab, context: Context, name: str) -> None:
    situation = SITUATIONS[name]
    try:
        for switch in situation.shut:
            device, port = SHUT[switch]
            lab.client.edit(device, f"interface {port}", "shutdown")
        for switch, fault in situation.faults:
            lab.client.fault(switch, *fault.split())
        incidents = look(context, situation.asked)
    finally:
        for switch, _ in situation.faults:
            lab.client.fault(switch, "clear")
        for device, port in map(SHUT.__getitem__, situation.shut):
            lab.client.edit(device, f"interface {port}", "no shutdown")
    told = [(incident.causes[0].kind, incident.causes[0].subject) for incident in incidents]
    assert tuple(told) == situation.kinds, [describe_incident(context.region, incident) for incident in incidents]
    line = describe_incident(context.region, incidents[0])
    assert all(word in line for word in situation.words), line
    assert set(incidents[0].folded) == set(situation.folded)


def test_where_all_is_well_nothing_is_told(lab: RunningLab, context: Context) -> None:
    lab.wait(lambda: not look(context, ()), 30, "links that are up again")
