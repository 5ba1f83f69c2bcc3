"""What the journal tells of a plan: each attempt, also those that died, and where each switch stands."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.change.attempts import PlanState, read_state
from nornir_tasks.change.plan import DevicePlan, Plan, assemble, save
from nornir_tasks.change.plan_status import record_plan
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.journal import lock
from nornir_tasks.journal.entry import Entry
from nornir_tasks.model import Stage
from tests.support import small_region as small

CORE, FIRST, SECOND = "loppa-core-01", "loppa-acc-01", "loppa-acc-02"
NAMES = (CORE, FIRST, SECOND)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """An empty journal."""
    return open_context(small.region(), reason="night 4", who="kari", where=tmp_path)


@pytest.fixture
def plan(context: Context) -> Plan:
    """Three switches in two waves, from survey to connect."""
    parts = [
        DevicePlan(name, wave, name, 10, 20, "abc", "+ a line\n", "", ("a line",), ())
        for name, wave in zip(NAMES, ("core", "ring-1", "ring-1"), strict=True)
    ]
    made = assemble(context, "stage", "loppa", Stage.SURVEY, Stage.CONNECT, parts, ticket="VFK-117")
    save(context, made)
    return made


def wrote(context: Context, plan: Plan, device: str, outcome: str, message: str = "", **more: Any) -> None:
    """A step before, or what became of a device."""
    phase = "before" if outcome in ("started", "writing", "probing", "confirming") else "after"
    detail = {"kind": "stage", "message": message, "seconds": 4.2} if phase == "after" else {"kind": "stage"}
    entry = Entry("device", phase, outcome, "loppa", Stage.CONNECT, context.who, context.reason, device, place=device,
                  plan=plan.id, detail=detail)  # fmt: skip
    context.journal.write(replace(entry, **more))


def as_ola(context: Context, reason: str = "night 4") -> Context:
    """The same journal, by another's hand."""
    return open_context(context.region, reason=reason, who="ola", where=context.where)


def states(state: PlanState) -> dict[str, str]:
    """Each device's state."""
    return {each.device: each.state for each in state.devices}


def test_a_plan_that_was_never_begun(context: Context, plan: Plan) -> None:
    """Nothing was tried; every switch is there."""
    state = read_state(context, plan)
    assert (state.status, state.begun, state.fate) == ("open", False, None)
    assert states(state) == dict.fromkeys(NAMES, "not begun")
    assert state.counts == "3 not begun"


def test_a_night_that_stopped(context: Context, plan: Plan) -> None:
    """One done, one gone back with the switch's words, one never begun; when, who and for how long."""
    record_plan(context, plan, "before", "started", {})
    wrote(context, plan, CORE, "writing")
    wrote(context, plan, CORE, "changed", "probed, confirmed and saved")
    wrote(context, plan, FIRST, "reverted", f"{FIRST}: refused the line 'x'. It is as it was before.")
    record_plan(context, plan, "after", "stopped", {"messages": ["refused the line 'x'"]})
    state = read_state(context, plan)
    assert state.status == "stopped"
    assert states(state) == {CORE: "done", FIRST: "gone back", SECOND: "not begun"}
    (attempt,) = state.attempts
    assert (attempt.who, attempt.how, attempt.counts) == ("kari", "stopped", "1 done, 1 gone back")
    assert attempt.seconds is not None
    assert attempt.process.startswith(f"{os.getpid()} on ")
    gone = state.devices[1]
    assert gone.why == "refused the line 'x'. It is as it was before."
    assert (gone.seconds, gone.who, gone.wave) == (4.2, "kari", "ring-1")
    assert gone.since is not None


def test_a_process_that_is_alive_is_told_from_one_that_died(
    context: Context, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same entries: a switch is under way, or what became of it is unknown."""
    record_plan(context, plan, "before", "started", {})
    wrote(context, plan, CORE, "changed")
    wrote(context, plan, FIRST, "probing")
    state = read_state(context, plan)
    assert (state.status, state.fate) == ("begun", "alive")
    assert states(state)[FIRST] == "under way"
    assert state.attempts[0].how == "under way"
    monkeypatch.setattr(lock, "_ticks", lambda pid: None)
    state = read_state(context, plan)
    assert state.fate == "dead"
    assert states(state) == {CORE: "done", FIRST: "unknown", SECOND: "not begun"}
    assert "written to, and being probed; nobody wrote down how it ended" in state.devices[1].why
    assert state.attempts[0].how == "unknown"


def test_each_attempt_is_told_for_itself(context: Context, plan: Plan) -> None:
    """One that died; the next looks first at what that had left, and stops; the third goes through with it."""
    record_plan(context, plan, "before", "started", {})
    wrote(context, plan, CORE, "changed")
    wrote(context, plan, FIRST, "writing")
    other = as_ola(context)
    wrote(other, plan, FIRST, "reverted", f"{FIRST}: begun and never ended; it is as it was before.")
    record_plan(other, plan, "before", "started", {})
    wrote(other, plan, FIRST, "failed", f"{FIRST}: neither")
    record_plan(other, plan, "after", "stopped", {})
    record_plan(context, plan, "before", "started", {})
    wrote(context, plan, FIRST, "changed")
    wrote(context, plan, SECOND, "unchanged")
    record_plan(context, plan, "after", "done", {})
    state = read_state(context, plan)
    assert [(a.who, a.how, a.counts) for a in state.attempts] == [
        ("kari", "unknown", "1 done, 1 unknown"),
        ("ola", "stopped", "1 failed"),
        ("kari", "done", "2 done"),
    ]
    assert (state.status, states(state)) == ("done", dict.fromkeys(NAMES, "done"))


def test_what_another_plan_did_since_is_told(context: Context, plan: Plan) -> None:
    """Whoever takes over days later does not count on what is gone."""
    record_plan(context, plan, "before", "started", {})
    wrote(context, plan, CORE, "changed")
    record_plan(context, plan, "after", "stopped", {})
    wrote(as_ola(context), replace(plan, id="another"), CORE, "changed")
    state = read_state(context, plan)
    assert state.status == "overtaken"
    assert state.devices[0].later == "plan another (ola)"
    assert not state.devices[1].later


def test_what_was_left_out_is_there_with_its_reason(context: Context, plan: Plan) -> None:
    """And a plan that leaves somebody out does not move the municipality."""
    left = replace(plan, devices=plan.devices[:2], left_out=(SECOND,))
    left = replace(left, id="")
    left = replace(left, id=left.digest[:12])
    save(context, left)
    record_plan(context, left, "before", "started", {})
    for name in NAMES[:2]:
        wrote(context, left, name, "changed")
    record_plan(context, left, "after", "done", {})
    state = read_state(context, left)
    assert states(state) == {CORE: "done", FIRST: "done", SECOND: "left out"}
    assert state.devices[2].why == "night 4"
    assert context.journal.position().of("loppa") == Stage.LEGACY


def test_a_stage_that_was_taken_back_takes_its_plans_with_it(context: Context, plan: Plan) -> None:
    """By undo.yml, which names none of them: when, by whom, with which plan."""
    record_plan(context, plan, "before", "started", {})
    record_plan(context, plan, "after", "done", {})
    back = replace(plan, id="back", kind="undo", before=20, stage=10)
    record_plan(as_ola(context, "too many tickets"), back, "after", "undone", {})
    state = read_state(context, plan)
    assert state.status == "taken back"
    assert state.taken_back.endswith("UTC by ola, with plan back: too many tickets")
