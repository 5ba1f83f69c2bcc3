"""Only who holds the lock writes: a lock that is lost in the middle of a change, at each of its steps."""

import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.change.apply_device import apply_device
from nornir_tasks.change.outcome import record_outcome, record_step
from nornir_tasks.change.recover import recover_device
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.devices.context import Context
from nornir_tasks.journal import lock
from nornir_tasks.journal.journal import JournalError
from nornir_tasks.platforms import platform
from nornir_tasks.targets.switch_probe import Baseline
from tests.support.scripted_switch import (
    AFTER,
    BEFORE,
    NAME,
    SURVEYED,
    Switch,
    impatient,
    late,
    planned,
    plugged_in,
)

OTHER = lock.Holder("control-02", 1, "1@x", "ola", "test")
THEIRS = "the lock of loppa is held by ola (process 1 on control-02), expected ours"


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """An empty journal, the lock ours."""
    return impatient(monkeypatch, tmp_path)


def rob(context: Context) -> None:
    """Somebody on the other control node takes this one for dead."""
    lock.release(context.journal, "loppa", context.holder)
    lock.acquire(context.journal, "loppa", OTHER)


def lose(context: Context, step: str) -> dict[str, Callable[[Switch], Any]]:
    """The trouble with which the lock is lost right before, or in the middle of, a step of the session."""
    return {step: lambda switch: rob(context) if lock.holder_of(context.journal, "loppa") != OTHER else None}


@pytest.mark.parametrize(
    ("step", "written", "journalled"),
    [
        ("running", False, ["started"]),
        ("save", False, ["started"]),
        ("push", True, ["started", "writing"]),
        ("neighbours", False, ["started", "writing", "probing"]),
        ("confirm", True, ["started", "writing", "probing", "confirming"]),
    ],
)
def test_a_lost_lock_ends_the_writing(
    context: Context, monkeypatch: pytest.MonkeyPatch, step: str, written: bool, journalled: list[str]
) -> None:
    """Nothing is confirmed, saved or taken back: the device's own timer does that. Its story is the new holder's."""
    trouble = lose(context, step)
    switch = Switch(trouble={step: late(trouble[step])} if step == "neighbours" else trouble)
    plugged_in(switch, monkeypatch)
    outcome = apply_device(context, planned(context), NAME, SURVEYED)
    assert (outcome.outcome, outcome.halt) == ("failed", True)
    assert THEIRS in outcome.message
    assert "goes back on its own within 60 s, unless whoever has the lock confirms it" in outcome.message
    assert "revert" not in switch.calls
    assert switch.saved == BEFORE
    pushed = step in ("push", "neighbours", "confirm")
    assert (switch.text, switch.old) == ((AFTER, BEFORE) if pushed else (BEFORE, None))
    assert [entry.outcome for entry in context.journal.entries(what="device")] == journalled
    last = context.journal.entries(what="lock")[-1]
    assert (last.outcome, last.device) == ("lost", NAME)
    assert switch.calls[-1] == "close"


def test_a_device_that_was_begun_is_not_looked_at_without_the_lock(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever resumes and is overtaken at it neither confirms nor takes back."""
    plan = planned(context)
    backup = context.backups.save(NAME, platform("ios"), BEFORE)
    record_step(context, plan, plan.of(NAME), "writing", backup=backup, baseline=asdict(Baseline({}, {}, ())))
    switch = Switch(text=AFTER, old=BEFORE, trouble=lose(context, "running"))
    plugged_in(switch, monkeypatch)
    with pytest.raises(lock.LockLost, match="is held by ola"):
        recover_device(context, plan, NAME)
    assert (switch.text, switch.old) == (AFTER, BEFORE)
    assert "confirm" not in switch.calls


def test_a_command_that_is_gone_writes_nothing(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose command was killed: its lock stands in the journal, and is good for nothing."""
    plan = planned(context)
    gone = replace(context.holder, pid=2**22 + 1, started="1@x")
    lock.release(context.journal, "loppa", context.holder)
    lock.acquire(context.journal, "loppa", gone)
    orphan = replace(context, holder=gone).with_lease(["loppa"])
    words = rf"the command that began this \(process {gone.pid}\) is gone"
    for act in (
        lambda: record_step(orphan, plan, plan.of(NAME), "confirming"),
        orphan.permit,
        lambda: orphan.permit(going_back=True),
    ):
        with pytest.raises(lock.LockLost, match=words):
            act()
    assert context.journal.entries(what="device") == []
    assert gone.pid != os.getpid()


def test_without_a_journal_only_the_way_back_is_open(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the lock is ours is not known: nothing is confirmed; to go back is what the device would do anyway."""
    journal = Path(context.where / "journal.sqlite")
    journal.unlink()
    journal.mkdir()
    with pytest.raises(JournalError):
        context.permit()
    context.permit(going_back=True)


def test_a_session_that_nobody_asked_to_write_with_does_not(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The permit comes with the locks, and with nothing else."""
    switch = plugged_in(Switch(), monkeypatch)
    reader = replace(context, lease=None)
    with (
        reader.login(context.region.devices[NAME], SURVEYED) as session,
        pytest.raises(PlatformError, match="opened to read"),
    ):
        session.save()
    assert switch.saved == BEFORE


def test_an_outcome_is_not_written_into_somebody_elses_change(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, and that it could not be written down is told, too."""
    plan = planned(context)
    plugged_in(Switch(), monkeypatch)
    outcome = apply_device(context, plan, NAME, SURVEYED)
    rob(context)
    entries = len(context.journal.entries())
    told = record_outcome(context, plan, plan.of(NAME), outcome)
    assert f"This could not be written down: {THEIRS}" in told.message
    assert told.halt
    assert len(context.journal.entries()) == entries
