"""Changes that run or have stopped half-way, as the product writes them down: what is told, and what it explains."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from nornir_tasks.change import outcome, plan_status
from nornir_tasks.change.outcome import Outcome, OutcomeWord, Step
from nornir_tasks.change.plan import Kind, Plan, assemble
from nornir_tasks.core.verdict import Rule, Status, Verdict
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.health.causes import Cause, CauseKind, DarkCable
from nornir_tasks.health.incident import Incident
from nornir_tasks.health.ongoing_changes import (
    ChangeState,
    describe_ongoing,
    find_explanation,
    find_ongoing,
    is_incident_silenced,
    is_silenced,
)
from nornir_tasks.journal.entry import Entry
from nornir_tasks.model import Stage
from nornir_tasks.reachability.bridging import PortEnd
from tests.support import small_region
from tests.support.scripted_switch import planned

CORE, NEAR, FAR = "loppa-core-01", "loppa-acc-01", "loppa-acc-02"
GONE = ["control-01", 1, "1@no-such-boot"]


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """An empty journal, and this process as the holder."""
    return open_context(small_region.region(), reason="night 1", who="kari", where=tmp_path)


def make_plan(context: Context, *devices: str, kind: Kind = "stage", reason: str = "night 1") -> Plan:
    """A plan of these."""
    parts = [replace(planned(context).devices[0], device=name, place=name) for name in devices]
    plan = assemble(context, kind, "loppa", Stage.SURVEY, Stage.CONNECT, parts)
    return replace(plan, id=f"plan-{'-'.join(devices)}-{reason.replace(' ', '')}")


def begin(context: Context, plan: Plan) -> Plan:
    """As a command does that holds the lock."""
    plan_status.record_plan(context, plan, "before", "started", {"devices": [part.device for part in plan.devices]})
    return plan


def stop(context: Context, plan: Plan, word: str = "stopped") -> None:
    """The command ends in order."""
    plan_status.record_plan(context, plan, "after", word, {"messages": []})


def step(context: Context, plan: Plan, device: str, *steps: Step) -> None:
    """What is about to be done to a machine."""
    for each in steps:
        outcome.record_step(context, plan, plan.of(device), each)


def end(context: Context, plan: Plan, device: str, word: OutcomeWord) -> None:
    """What has become of it."""
    step(context, plan, device, "started", "writing")
    outcome.record_outcome(context, plan, plan.of(device), Outcome(device, word, "words"))


def bad(subject: str, rule: str = "saved", expected: str = "something") -> Verdict:
    """What a check says."""
    return Verdict(subject, Rule(rule), Status.FAILURE, expected, "something else")


def list_silenced(context: Context, subjects: Sequence[str]) -> list[str]:
    """Those of them that changes explain."""
    ongoing = find_ongoing(context)
    return [subject for subject in subjects if is_silenced(bad(subject), ongoing)]


EVERYTHING = [CORE, NEAR, FAR, "alta-leaf-01", "hammerfest-leaf-01", "app-01", "db-01", "loppa/case_archive"]


def test_nothing_runs(context: Context) -> None:
    """An empty journal; a plan that has ended well."""
    assert find_ongoing(context) == []
    plan = begin(context, make_plan(context, NEAR))
    end(context, plan, NEAR, "changed")
    stop(context, plan, "done")
    assert find_ongoing(context) == []


def test_what_runs_explains_what_is_being_written_to_and_what_hangs_on_it(context: Context) -> None:
    """Not what is done, nor what has not begun, nor what is in front of it."""
    plan = begin(context, make_plan(context, NEAR, CORE))
    (change,) = find_ongoing(context)
    assert (change.plan, change.state, change.who, change.reason) == (plan.id, ChangeState.RUNNING, "kari", "night 1")
    assert (change.at_work, change.is_half_way, list_silenced(context, EVERYTHING)) == ((), False, [])
    step(context, plan, NEAR, "started")
    assert list_silenced(context, EVERYTHING) == [NEAR, FAR]
    step(context, plan, NEAR, "writing", "probing")
    assert list_silenced(context, EVERYTHING) == [NEAR, FAR]
    end(context, plan, NEAR, "changed")
    assert list_silenced(context, EVERYTHING) == []
    step(context, plan, CORE, "started")
    assert list_silenced(context, EVERYTHING) == [CORE, NEAR, FAR]


@pytest.mark.parametrize(
    ("word", "silenced"),
    [("reverted", []), ("refused", []), ("unchanged", []), ("changed", []), ("failed", [NEAR, FAR])],
)
def test_what_ended_on_a_machine_is_no_excuse_unless_it_is_not_known_how(
    context: Context, word: OutcomeWord, silenced: list[str]
) -> None:
    """The change has stopped half-way, and is told, either way."""
    plan = begin(context, make_plan(context, NEAR, CORE))
    end(context, plan, NEAR, word)
    stop(context, plan)
    (change,) = find_ongoing(context)
    assert (change.state, change.is_half_way) == (ChangeState.STOPPED, True)
    assert list_silenced(context, EVERYTHING) == silenced


def test_a_switch_beside_it_sees_a_dark_port(context: Context) -> None:
    """Its finding of that port is explained; its others are not, nor the same one of a switch elsewhere."""
    step(context, begin(context, make_plan(context, NEAR)), NEAR, "started")
    ongoing = find_ongoing(context)
    towards = f"GigabitEthernet1/0/1 to {NEAR} up"
    assert find_explanation(bad(CORE, "uplinks", towards), ongoing) == ongoing[0]
    assert is_silenced(bad(CORE, "uplinks", f"a link ({NEAR})."), ongoing)
    assert not is_silenced(bad(CORE, "uplinks", "GigabitEthernet1/0/5 to alta-leaf-01 up"), ongoing)
    assert not is_silenced(bad(CORE, "uplinks", f"a link to {NEAR}-b"), ongoing)
    assert not is_silenced(bad("alta-leaf-01", "uplinks", towards), ongoing)


def test_incidents_inside_and_outside(context: Context) -> None:
    """A cable to what is changed, and what hangs on it, are explained; a fault in front of it is not."""
    step(context, begin(context, make_plan(context, NEAR)), NEAR, "started")
    ongoing = find_ongoing(context)
    line = DarkCable(PortEnd(CORE, "GigabitEthernet1/0/1"), PortEnd(NEAR, "GigabitEthernet1/0/6"))
    other = DarkCable(PortEnd(CORE, "GigabitEthernet1/0/5"), PortEnd("alta-leaf-01", "GigabitEthernet1/0/1"))
    inside = Cause(CauseKind.CABLE, NEAR, (line,)), Cause(CauseKind.HANGS, FAR)
    outside = (
        Cause(CauseKind.CABLE, "alta-leaf-01", (other,)),
        Cause(CauseKind.CABLE, CORE, (line, other)),
        Cause(CauseKind.POWER, CORE, folded=(NEAR, FAR)),
        Cause(CauseKind.ENTRY, NEAR, folded=(CORE,)),
        Cause(CauseKind.OURSELVES, "", folded=(NEAR,)),
    )
    assert [is_incident_silenced(Incident((cause,)), ongoing) for cause in inside] == [True, True]
    assert [is_incident_silenced(Incident((cause,)), ongoing) for cause in outside] == [False] * 5
    assert not is_incident_silenced(Incident((inside[0], outside[0])), ongoing)
    assert is_incident_silenced(Incident(inside), ongoing)
    assert not is_incident_silenced(Incident(inside), [])


def test_a_server_takes_its_application_and_its_guests_along(context: Context) -> None:
    """Once no server of the application is left."""
    region = context.region
    guest = region.servers["app-01"].model_copy(update={"runs_on": "hv-01"})
    hypervisor = small_region.server("hv-01", "10.17.92.40/23", "servers")
    context = replace(
        context, region=region.model_copy(update={"servers": {**region.servers, "app-01": guest, "hv-01": hypervisor}})
    )
    entry = Entry("device", "before", "writing", "loppa", Stage.CONNECT, "kari", "night 1", device="hv-01", plan="3f9a")
    context.journal.write(replace(entry, what="stage", outcome="started", device=None))
    assert list_silenced(context, [*EVERYTHING, "hv-01"]) == []
    context.journal.write(entry)
    assert list_silenced(context, [*EVERYTHING, "hv-01"]) == ["app-01", "loppa/case_archive", "hv-01"]


def test_a_process_that_is_gone_and_one_on_another_control_node(context: Context) -> None:
    """What it was at is not known either way; of the other node's nothing can be known."""
    for holder, state in ((GONE, ChangeState.ELSEWHERE), ([os.uname().nodename, 1, "1@x"], ChangeState.DEAD)):
        plan = f"plan-{state.name}"
        base = Entry("stage", "before", "started", "loppa", Stage.CONNECT, "kari", "night 1", plan=plan)
        context.journal.write(replace(base, detail={"kind": "stage", "holder": holder}))
        device = NEAR if state is ChangeState.DEAD else "hammerfest-leaf-01"
        context.journal.write(replace(base, what="device", outcome="writing", device=device))
    changes = find_ongoing(context)
    assert [(change.state, change.is_half_way) for change in changes] == [
        (ChangeState.DEAD, True),
        (ChangeState.ELSEWHERE, False),
    ]
    assert [change.at_work for change in changes] == [(NEAR,), ("hammerfest-leaf-01",)]


@pytest.mark.parametrize("holder", [None, [], "x", ["a"], ["a", "b", "c"], [1, 2, 3, 4]])
def test_a_holder_that_is_none(context: Context, holder: object) -> None:
    """Of an earlier version, or written by hand: told, and nothing falls over."""
    base = Entry("stage", "before", "started", "loppa", Stage.CONNECT, "kari", "night 1", plan="3f9a")
    context.journal.write(replace(base, detail={"holder": holder}))
    assert [change.state for change in find_ongoing(context)] == [ChangeState.ELSEWHERE]


def test_another_change_at_the_same_machine_since(context: Context) -> None:
    """What the former left behind is past; what only it was at, and is not known of, is not."""
    former = begin(context, make_plan(context, NEAR, CORE))
    end(context, former, NEAR, "failed")
    end(context, former, CORE, "failed")
    stop(context, former)
    later = begin(context, make_plan(context, NEAR, kind="harmonise", reason="later"))
    end(context, later, NEAR, "changed")
    stop(context, later, "done")
    (change,) = find_ongoing(context)
    assert (change.plan, change.at_work) == (former.id, (CORE,))
    last = begin(context, make_plan(context, CORE, kind="harmonise", reason="last"))
    end(context, last, CORE, "changed")
    stop(context, last, "done")
    assert find_ongoing(context) == []


def test_a_stopped_change_that_left_nothing_behind_is_past_once_another_is_done(context: Context) -> None:
    """It would be told first for ever."""
    former = begin(context, make_plan(context, NEAR))
    end(context, former, NEAR, "reverted")
    stop(context, former)
    assert [change.plan for change in find_ongoing(context)] == [former.id]
    later = begin(context, make_plan(context, CORE, reason="later"))
    assert [change.plan for change in find_ongoing(context)] == [former.id, later.id]
    end(context, later, CORE, "changed")
    stop(context, later, "done")
    assert find_ongoing(context) == []


def test_a_machine_that_left_the_inventory_since(context: Context) -> None:
    """It explains nothing; the change is told."""
    base = Entry("stage", "before", "started", "loppa", Stage.CONNECT, "kari", "night 1", plan="3f9a")
    context.journal.write(base)
    context.journal.write(replace(base, what="device", outcome="writing", device="loppa-acc-99"))
    (change,) = find_ongoing(context)
    assert (change.at_work, change.explains) == ((), frozenset())


def test_the_words(context: Context) -> None:
    """Who, why, since when, on what, and what to type."""
    plan = begin(context, make_plan(context, NEAR, CORE))
    step(context, plan, NEAR, "started")
    (change,) = find_ongoing(context)
    moment = f"{change.began:%Y-%m-%d %H:%M} UTC"
    assert describe_ongoing(context.region, change) == (
        f"Loppa: change {plan.id} (stage) is running, begun {moment} by kari: night 1. At work on loppa-acc-01."
    )
    end(context, plan, NEAR, "failed")
    stop(context, plan)
    (change,) = find_ongoing(context)
    assert describe_ongoing(context.region, change) == (
        f"Loppa: change {plan.id} (stage) has stopped half-way, begun {moment} by kari: night 1. "
        f"How it ended is not known of loppa-acc-01. First: scripts/change.py status {plan.id}"
    )
