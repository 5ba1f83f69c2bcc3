"""A change under way: who may begin, and what stops everybody else."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.change import plan_status
from nornir_tasks.change.outcome import Outcome, record_outcome
from nornir_tasks.change.plan import DevicePlan, Plan, PlanError, assemble, save
from nornir_tasks.core import interrupt
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.journal import lock
from nornir_tasks.journal.entry import Entry
from nornir_tasks.migration import execution, gates
from nornir_tasks.migration.execution import apply_one, finish
from nornir_tasks.migration.municipality_change import start
from nornir_tasks.model import Freeze, Migration, Position, Region, Stage
from nornir_tasks.targets import find_target
from tests.support import small_region as small

WAVES = {"canary": ("loppa-acc-01",), "wave-2": ("loppa-acc-02", "loppa-core-01")}


def region(**programme: Any) -> Region:
    """Loppa with other budgets."""
    loppa = small.loppa()
    assert loppa.migration is not None
    migration: Migration = loppa.migration.model_copy(update=programme)
    return small.region().model_copy(
        update={"municipalities": {**small.region().municipalities, "loppa": small.loppa(migration=migration)}}
    )


@pytest.fixture(autouse=True)
def night(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside the window, whenever the tests run."""
    monkeypatch.setattr(gates, "is_inside", lambda *given: True)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Loppa at PILOT, and its lock ours."""
    made = open_context(region(), reason="test", who="tester", where=tmp_path)
    made.journal.write(Entry("stage", "after", "done", "loppa", Stage.PILOT, "t", "t"))
    lock.acquire(made.journal, "loppa", made.holder)
    yield made
    lock.release(made.journal, "loppa", made.holder)


def planned(context: Context, kind: Any = "stage") -> Plan:
    """A cutover of three switches in two waves, begun."""
    parts = [_part(context, name, wave) for wave, names in WAVES.items() for name in names]
    stage = Stage.CUTOVER if kind == "stage" else Stage.PILOT
    plan = assemble(context, kind, "loppa", Stage.PILOT, stage, parts)
    save(context, plan)
    plan_status.record_plan(context, plan, "before", "started", {})
    return plan


def _part(context: Context, name: str, wave: str) -> DevicePlan:
    """One more line, and what people read of it."""
    target = find_target(context.region, name)
    diff = target.compare("", "x\n").diff
    risk = target.assess(diff)
    lines = target.remediation("", "x\n")
    return DevicePlan(name, wave, name, 40, 50, "d", diff, "x\n", lines, (), risk=risk.score, risks=risk.reasons)


def ended(context: Context, plan: Plan, device: str, word: Any, halt: bool = False) -> None:
    """A device of the plan has ended in this way."""
    record_outcome(context, plan, plan.of(device), Outcome(device, word, f"{device}: {word}", halt=halt))


def stopped(context: Context, plan: Plan, device: str) -> str:
    """Why a device may not begin, if it may not; what would have been done is not done."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "apply_device", lambda *given: Outcome(device, "changed", ""))
        outcome = apply_one(context, plan, device)
    return "" if outcome.good else outcome.message


def test_a_wave_waits_for_the_one_before(context: Context) -> None:
    """The canary first."""
    plan = planned(context)
    assert stopped(context, plan, "loppa-acc-01") == ""
    words = "loppa-acc-02: the wave before is not done yet: loppa-acc-01. Nothing was written."
    assert stopped(context, plan, "loppa-acc-02") == words
    ended(context, plan, "loppa-acc-01", "changed")
    assert stopped(context, plan, "loppa-acc-02") == ""


@pytest.mark.parametrize(
    ("programme", "failed", "kind", "words"),
    [
        ({}, ("loppa-acc-01",), "stage", "loppa-acc-01 failed, the failure budget is 0"),
        ({"failure_budget": 1}, ("loppa-acc-01",), "stage", "failed in canary, the budget of a batch is 0"),
        ({"failure_budget": 1, "batch_failure_budget": 1}, ("loppa-acc-01",), "stage", ""),
        (
            {"failure_budget": 1, "batch_failure_budget": 1},
            ("loppa-acc-01", "loppa-core-01"),
            "stage",
            "loppa-acc-01, loppa-core-01 failed, the failure budget is 1",
        ),
        ({"failure_budget": 9, "batch_failure_budget": 9}, ("loppa-acc-01",), "harmonise", "the failure budget is 0"),
    ],
)
def test_budgets(tmp_path: Path, programme: dict[str, int], failed: tuple[str, ...], kind: str, words: str) -> None:
    """One for a batch, one for the whole; only a stage has any."""
    context = open_context(region(**programme), reason="test", who="tester", where=tmp_path)
    context.journal.write(Entry("stage", "after", "done", "loppa", Stage.PILOT, "t", "t"))
    lock.acquire(context.journal, "loppa", context.holder)
    plan = planned(context, kind)
    for device in failed:
        ended(context, plan, device, "reverted")
    found = stopped(context, plan, "loppa-acc-02")
    assert words in found
    assert bool(words) is bool(found)
    assert execution.may_go_on(context, plan) is not bool(words)


def test_a_failure_of_an_earlier_run_is_none_of_this_one(context: Context) -> None:
    """Somebody has put it right: it is tried again, and the others wait for it as for any canary."""
    plan = planned(context)
    ended(context, plan, "loppa-acc-01", "reverted")
    assert not finish(context, plan).done
    assert plan_status.status(context, plan) == "stopped"
    lock.acquire(context.journal, "loppa", context.holder)
    plan_status.record_plan(context, plan, "before", "started", {})
    assert stopped(context, plan, "loppa-acc-01") == ""
    ended(context, plan, "loppa-acc-01", "changed")
    assert stopped(context, plan, "loppa-acc-02") == ""


def test_what_another_plan_did_since_is_not_counted_on(context: Context) -> None:
    """A stopped plan whose devices were taken back, or changed by another plan, is not gone on with."""
    plan = planned(context)
    ended(context, plan, "loppa-acc-01", "changed")
    ended(context, plan, "loppa-acc-02", "reverted")
    finish(context, plan)
    assert plan_status.status(context, plan) == "stopped"
    other = planned(context, "undo")
    ended(context, other, "loppa-acc-01", "changed")
    assert plan_status.status(context, plan) == "overtaken"
    assert plan_status.find_overtaken(context, plan) == ["loppa-acc-01"]
    lock.acquire(context.journal, "loppa", context.holder)
    with pytest.raises(PlanError, match=r"actual: overtaken \(another plan was at loppa-acc-01 since\)"):
        start(context, plan)


def test_the_canary_is_not_walked_around_after_it_has_failed(context: Context) -> None:
    """In the run after, it is waited for, whatever --limit leaves out."""
    plan = planned(context)
    ended(context, plan, "loppa-acc-01", "reverted")
    finish(context, plan)
    lock.acquire(context.journal, "loppa", context.holder)
    plan_status.record_plan(context, plan, "before", "started", {})
    words = "loppa-acc-02: the wave before is not done yet: loppa-acc-01. Nothing was written."
    assert stopped(context, plan, "loppa-acc-02") == words


def test_a_plan_whose_gates_were_never_asked_is_not_applied(context: Context) -> None:
    """Whoever names it: not one that nobody began, nor one that has ended, nor one that another process began."""
    parts = planned(context).devices
    other = assemble(replace(context), "stage", "loppa", Stage.PILOT, Stage.CUTOVER, parts, ticket="another")
    save(context, other)
    words = f"plan {other.id} was not begun by whoever applies it: its gates were never asked."
    assert words in stopped(context, other, "loppa-acc-01")
    plan_status.record_plan(replace(context, holder=lock.Holder("x", 1, "1", "t", "t")), other, "before", "started", {})
    assert words in stopped(context, other, "loppa-acc-01")
    assert not finish(context, other).done
    assert plan_status.status(context, other) == "begun"


def test_a_halt_stops_everybody(tmp_path: Path) -> None:
    """A changed host key is no failure that a budget covers."""
    generous = region(failure_budget=9, batch_failure_budget=9)
    context = open_context(generous, reason="test", who="tester", where=tmp_path)
    context.journal.write(Entry("stage", "after", "done", "loppa", Stage.PILOT, "t", "t"))
    lock.acquire(context.journal, "loppa", context.holder)
    plan = planned(context)
    ended(context, plan, "loppa-acc-01", "refused", halt=True)
    assert "the change has stopped at loppa-acc-01" in stopped(context, plan, "loppa-acc-02")


def test_what_is_done_is_not_done_again(context: Context) -> None:
    """Not even looked at."""
    plan = planned(context)
    ended(context, plan, "loppa-acc-01", "changed")
    outcome = apply_one(context, plan, "loppa-acc-01")
    assert (outcome.outcome, outcome.message) == ("unchanged", "done already")


def test_a_window_that_closes_and_a_freeze_that_begins(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at before each switch: who has begun ends, who has not does not begin."""
    plan = planned(context)
    devices = {
        name: device.model_copy(
            update={
                "standard": device.standard.model_copy(
                    update={"freeze_days": (Freeze(start=_today(-1), end=_today(1), reason="an election"),)}
                )
            }
        )
        for name, device in context.region.devices.items()
    }
    frozen = replace(context, region=context.region.model_copy(update={"devices": devices}))
    assert "an election" in stopped(frozen, plan, "loppa-acc-01")
    monkeypatch.setattr(gates, "is_inside", lambda *given: False)
    assert "Expected mon tue wed thu between 21:00 and 05:00" in stopped(context, plan, "loppa-acc-01")
    emergency = Entry("waiver", "after", "emergency", "loppa", Stage.CUTOVER, "t", "t", plan=plan.id)
    context.journal.write(emergency)
    assert stopped(context, plan, "loppa-acc-01") == ""


def test_ctrl_c_lets_nobody_begin(context: Context) -> None:
    """Once it was asked for."""
    plan = planned(context)
    with interrupt.handle_signals(lambda text: None):
        interrupt.request_stop_of_all()
        assert "stopped by hand" in stopped(context, plan, "loppa-acc-01")


def test_without_the_lock_nothing_begins(context: Context) -> None:
    """Somebody has taken it over."""
    plan = planned(context)
    lock.release(context.journal, "loppa", context.holder)
    assert "is held by nobody, expected ours" in stopped(context, plan, "loppa-acc-01")


def test_a_harmonise_moves_nobody(context: Context) -> None:
    """Its end is written down, and the position is what it was."""
    plan = planned(context, "harmonise")
    for part in plan.devices:
        record_outcome(context, plan, replace(part, place=None), Outcome(part.device, "changed", ""))
    assert finish(context, plan).done
    assert plan_status.status(context, plan) == "done"
    assert context.journal.position() == Position({"loppa": Stage.PILOT}, {})


def _today(days: int) -> Any:
    return (datetime.now(UTC) + timedelta(days=days)).date()
