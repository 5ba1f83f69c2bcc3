"""The way back, as the journal tells it."""

from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.change.plan import DevicePlan
from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.journal.entry import Entry
from nornir_tasks.migration.undo import (
    UndoError,
    find_last_stage,
    find_written,
    require_named,
    require_unedited,
    require_untouched,
)
from nornir_tasks.model import Position, Stage
from tests.support import small_region as small

NAME = "loppa-acc-01"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """An empty journal."""
    return open_context(small.region(), reason="test", who="tester", where=tmp_path)


def wrote(context: Context, kind: str, stage: Stage, backup: str, after: str, **more: Any) -> None:
    """A device was changed: ``backup`` is what it was, ``after`` the digest of what it became."""
    place = None if kind == "harmonise" else NAME
    fields = {"place": place, "backup": backup, "digest_after": after, "detail": {"kind": kind}, "device": NAME, **more}
    outcome = fields.pop("outcome", "changed")
    context.journal.write(Entry("device", "after", outcome, "loppa", stage, "t", "t", **fields))


@pytest.mark.parametrize(
    ("stage", "devices", "undone", "then"),
    [
        (Stage.CONNECT, {}, Stage.CONNECT, Stage.SURVEY),
        (Stage.SETTLE, {}, Stage.SETTLE, Stage.CUTOVER),
        (Stage.PILOT, {NAME: Stage.CUTOVER}, Stage.CUTOVER, Stage.PILOT),  # stopped halfway
        (Stage.SURVEY, {"alta-leaf-01/loppa": Stage.CONNECT}, Stage.CONNECT, Stage.SURVEY),
        (Stage.CONNECT, {NAME: Stage.SURVEY}, Stage.CONNECT, Stage.SURVEY),  # going back stopped halfway
        (Stage.SURVEY, {"alta-leaf-01/alta": Stage.CONNECT}, Stage.SURVEY, Stage.LEGACY),  # somebody else's
    ],
)
def test_one_step_back(context: Context, stage: Stage, devices: dict[str, Stage], undone: Stage, then: Stage) -> None:
    """A stage that stopped halfway is undone first; others' positions stay."""
    now = Position({"loppa": stage, "alta": Stage.PILOT}, devices)
    found, after = find_last_stage(context, "loppa", now)
    assert (found, after.of("loppa"), after.of("alta")) == (undone, then, Stage.PILOT)
    assert {place for place in after.devices if place in (NAME, "alta-leaf-01/loppa")} == set()


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (Position({"loppa": Stage.RETIRE}), "retire cannot be undone"),
        (Position({"loppa": Stage.SETTLE}, {NAME: Stage.RETIRE}), "retire cannot be undone"),
        (Position(), "nothing to undo"),
    ],
)
def test_no_way_back(context: Context, now: Position, words: str) -> None:
    """The legacy is gone with the first device that was retired."""
    with pytest.raises(UndoError, match=words):
        find_last_stage(context, "loppa", now)


def test_history_is_a_pile(context: Context) -> None:
    """Forward, on top of it a harmonise; back; forward again."""
    wrote(context, "stage", Stage.CONNECT, "b/legacy", "d1")
    wrote(context, "stage", Stage.HARMONISE, "b/connect", "d2")
    wrote(context, "harmonise", Stage.HARMONISE, "b/edited", "d3")
    found = find_written(context, "loppa", Stage.HARMONISE)[NAME]
    assert (found.backup, found.digest_after) == ("b/connect", "d3")
    assert find_written(context, "loppa", Stage.CONNECT) == {}
    wrote(context, "undo", Stage.CONNECT, "b/harmonised", "d1b")
    found = find_written(context, "loppa", Stage.CONNECT)[NAME]
    assert (found.backup, found.digest_after) == ("b/legacy", "d1b")
    wrote(context, "undo", Stage.SURVEY, "b/connect", "d0")
    assert find_written(context, "loppa", Stage.CONNECT) == {}


def test_what_ended_unclear_is_gone_back_from_too(context: Context) -> None:
    """Changed and confirmed, and not saved: the stage has been at it; unless it turns out that it went back."""
    wrote(context, "stage", Stage.CONNECT, "b/legacy", "d1")
    wrote(context, "stage", Stage.HARMONISE, "b/connect", "", outcome="failed")
    found = find_written(context, "loppa", Stage.HARMONISE)[NAME]
    assert (found.backup, found.digest_after) == ("b/connect", "")
    wrote(context, "stage", Stage.HARMONISE, "b/connect", "", outcome="reverted")
    assert find_written(context, "loppa", Stage.HARMONISE) == {}
    assert find_written(context, "loppa", Stage.CONNECT)[NAME].digest_after == "d1"
    wrote(context, "stage", Stage.HARMONISE, "b/connect", "", outcome="failed")
    wrote(context, "stage", Stage.HARMONISE, "b/connect", "d2")
    assert find_written(context, "loppa", Stage.HARMONISE)[NAME].digest_after == "d2"


def test_a_harmonise_that_was_taken_back_is_no_stage_that_was(context: Context) -> None:
    """The stage below it stays on the pile, with what the device has now."""
    wrote(context, "stage", Stage.CONNECT, "b/legacy", "d1")
    wrote(context, "harmonise", Stage.CONNECT, "b/edited", "d2")
    wrote(context, "undo", Stage.CONNECT, "b/harmonised", "d3", place=None)
    found = find_written(context, "loppa", Stage.CONNECT)[NAME]
    assert (found.backup, found.digest_after) == ("b/legacy", "d3")


def test_a_stage_that_wrote_twice_goes_back_to_before_the_first(context: Context) -> None:
    """It was interrupted, and run again with a template that had been mended."""
    wrote(context, "stage", Stage.CONNECT, "b/legacy", "d1")
    wrote(context, "stage", Stage.CONNECT, "b/half", "d2")
    wrote(context, "stage", Stage.CONNECT, "b/whole", "d3", place=None)
    found = find_written(context, "loppa", Stage.CONNECT)[NAME]
    assert (found.backup, found.digest_after) == ("b/legacy", "d3")


def ran(context: Context, kind: str, stage: Stage, outcome: str) -> None:
    """A plan was begun, or has ended."""
    phase, what = ("before" if outcome == "started" else "after"), "stage"
    context.journal.write(Entry(what, phase, outcome, "loppa", stage, "ola", "t", plan=kind, detail={"kind": kind}))


def test_going_back_twice_wants_the_second_stage_named(context: Context) -> None:
    """A command that is repeated by mistake does no more than it did; with its name the stage is taken back."""
    ran(context, "stage", Stage.CUTOVER, "done")
    require_named(context, "loppa", None)
    ran(context, "undo", Stage.PILOT, "undone")
    with pytest.raises(UndoError, match=r"it was taken back to pilot already, .* UTC by ola.*name it: -e stage=pilot"):
        require_named(context, "loppa", None)
    with pytest.raises(UndoError, match=r"expected its last stage to be cutover.*actual: pilot"):
        require_named(context, "loppa", Stage.CUTOVER)
    require_named(context, "loppa", Stage.PILOT)


@pytest.mark.parametrize("outcome", ["started", "stopped"])
def test_a_stage_that_was_begun_since_is_taken_back_without_its_name(context: Context, outcome: str) -> None:
    """Also one that stopped halfway: it is what anybody means who goes back now."""
    ran(context, "undo", Stage.PILOT, "undone")
    ran(context, "stage", Stage.CUTOVER, "started")
    if outcome == "stopped":
        ran(context, "stage", Stage.CUTOVER, "stopped")
    require_named(context, "loppa", None)


def test_all_that_stand_in_the_way_are_named(context: Context) -> None:
    """One that is silent, one that was edited; one that is as it was left is not."""
    for name in ("loppa-core-01", NAME):
        digest = context.backups.digest("as left")
        wrote(context, "stage", Stage.CONNECT, "b/legacy", digest, device=name, place=name)
    past = find_written(context, "loppa", Stage.CONNECT)
    found = {
        "loppa-core-01": Collected("loppa-core-01", running="as left"),
        NAME: Collected(NAME, running="edited"),
        "loppa-acc-02": Collected("loppa-acc-02", error="no connection"),
    }
    with pytest.raises(UndoError, match="nothing was changed") as refused:
        require_untouched(context, Stage.CONNECT, found, past)
    lines = str(refused.value).splitlines()[1:]
    assert [line.split(":")[0].strip() for line in lines[:-1]] == [NAME, "loppa-acc-02"]
    assert lines[-1].endswith("--leave-out loppa-acc-02 (playbook: -e leave_out=loppa-acc-02)")


def test_an_edit_at_the_centre_stands_in_the_way() -> None:
    """What goes back to a render would lose it; what goes back to a backup was compared with its digest."""
    part = DevicePlan("alta-leaf-01", "centre", "alta-leaf-01/loppa", 20, 10, "", "", "", (), ("+ x",))
    with pytest.raises(UndoError, match=r"alta-leaf-01: \+ x"):
        require_unedited([part])
