"""What to type next, for each thing that can have become of a plan: a whole command, to be copied."""

import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nornir_tasks.change.attempts import read_state
from nornir_tasks.change.plan import DevicePlan, Plan, assemble, save
from nornir_tasks.change.plan_status import discard, record_plan
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.journal import lock
from nornir_tasks.journal.entry import Entry
from nornir_tasks.migration import next_step
from nornir_tasks.migration.gates import GATES
from nornir_tasks.migration.next_step import NextStep, find_next_steps
from nornir_tasks.model import Stage
from tests.support import small_region as small

FIRST, SECOND = "loppa-acc-01", "loppa-acc-02"
REASON = "Kari's night; 4"
AGAIN = f"scripts/change.py plan loppa pilot --reason {shlex.quote(REASON)} --ticket 'VFK 117'"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """An empty journal."""
    return open_context(small.region(), reason=REASON, who="kari", where=tmp_path)


@pytest.fixture
def plan(context: Context) -> Plan:
    """Two switches, from harmonise to pilot."""
    parts = [DevicePlan(name, "all", name, 30, 40, "abc", "+ x\n", "", ("x",), ()) for name in (FIRST, SECOND)]
    made = assemble(context, "stage", "loppa", Stage.HARMONISE, Stage.PILOT, parts, ticket="VFK 117")
    save(context, made)
    return made


def steps(context: Context, plan: Plan) -> list[NextStep]:
    """What may be done next."""
    return find_next_steps(context, read_state(context, plan), {})


def commands(context: Context, plan: Plan) -> list[str]:
    """The commands of these."""
    return [step.command for step in steps(context, plan)]


def ended(context: Context, plan: Plan, *outcomes: str) -> None:
    """It was begun, and so many switches of it have come so far."""
    record_plan(context, plan, "before", "started", {})
    for name, outcome in zip((FIRST, SECOND), outcomes, strict=False):
        phase = "before" if outcome == "writing" else "after"
        context.journal.write(
            Entry("device", phase, outcome, "loppa", Stage.PILOT, "kari", REASON, name, name, plan.id)
        )


def shut(*names: str) -> list[object]:
    """What the gates say if these are shut."""
    rules = {gate.rule.name: gate.rule for gate in GATES}
    return [rules[name].failed("loppa", "this", "that") for name in names]


def test_signatures_first_then_gates_then_apply(context: Context, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for more than signatures is not to be signed yet."""
    for verdicts, command in (
        (shut("approval"), f"scripts/change.py approve {plan.id}"),
        (shut("approval", "stage_before"), ""),
        ([], f"scripts/change.py apply {plan.id}"),
    ):
        monkeypatch.setattr(next_step, "ask_gates_again", lambda *given, told=verdicts: told)
        assert commands(context, plan) == [command]


def test_what_stopped_goes_on_or_back(context: Context, plan: Plan) -> None:
    """The switch that has to be seen to is named."""
    ended(context, plan, "changed", "reverted")
    record_plan(context, plan, "after", "stopped", {})
    onward, back = steps(context, plan)
    assert onward.command == f"scripts/change.py resume {plan.id}"
    assert f"once what is wrong at {SECOND} is put right" in onward.why
    assert shlex.split(back.command)[1:] == ["undo", plan.id, "--reason", f"take back: {REASON}"]
    assert back.optional


def test_a_dead_process_is_taken_over_and_a_living_one_waited_for(
    context: Context, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its lock is still there; the command says why."""
    lock.acquire(context.journal, "loppa", context.holder)
    ended(context, plan, "writing")
    assert commands(context, plan) == [f"scripts/change.py status {plan.id}"]
    monkeypatch.setattr(lock, "_ticks", lambda pid: None)
    words = shlex.split(commands(context, plan)[0])
    assert words[:4] == ["scripts/change.py", "resume", plan.id, "--take-over"]
    assert words[4].endswith("is dead")
    lock.release(context.journal, "loppa", context.holder)
    assert commands(context, plan)[0] == f"scripts/change.py resume {plan.id}"


def test_what_is_too_old_is_planned_again_but_what_is_unclear_is_looked_at_first(
    context: Context, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan that has expired is not resumed, except to find out what became of a switch."""
    ended(context, plan, "changed", "failed")
    record_plan(context, plan, "after", "stopped", {})
    monkeypatch.setattr(next_step, "is_expired", lambda plan: True)
    assert commands(context, plan)[0] == f"scripts/change.py resume {plan.id}"
    ended(context, plan, "changed", "reverted")
    record_plan(context, plan, "after", "stopped", {})
    assert commands(context, plan)[0] == AGAIN


def test_what_can_no_longer_be_applied_is_planned_again(context: Context, plan: Plan) -> None:
    """Expired, discarded, or overtaken; the words of the first plan are in the command."""
    old = replace(plan, id="", expires=(datetime.now(UTC) - timedelta(hours=1)).isoformat())
    old = replace(old, id=old.digest[:12])
    save(context, old)
    assert commands(context, old) == [AGAIN]
    discard(context, plan)
    assert commands(context, plan) == [AGAIN]


def test_what_is_done_may_be_taken_back_and_what_was_left_out_has_to_follow(context: Context, plan: Plan) -> None:
    """Nothing else remains."""
    left = replace(plan, id="", devices=plan.devices[:1], left_out=(SECOND,))
    left = replace(left, id=left.digest[:12])
    save(context, left)
    ended(context, left, "changed")
    record_plan(context, left, "after", "done", {})
    follow, back = steps(context, left)
    assert (follow.command, follow.optional, back.optional) == (AGAIN, False, True)
    assert SECOND in follow.why
    ended(context, plan, "changed", "changed")
    record_plan(context, plan, "after", "done", {})
    assert [step.optional for step in steps(context, plan)] == [True]


def test_a_way_back_that_was_not_gone_is_planned_as_it_was_made(context: Context, plan: Plan) -> None:
    """By the plan that it takes back; or, from undo.yml, with the stage named, so that it goes no stage too far."""
    back = replace(plan, kind="undo", before=40, stage=30, undoes="0123456789ab")
    assert next_step.plan_again(back).startswith("scripts/change.py undo 0123456789ab --reason")
    words = shlex.split(next_step.plan_again(replace(back, undoes=None)))
    assert words[-4:] == ["-e", "stage=pilot", "-e", f"reason='{REASON}'"]
