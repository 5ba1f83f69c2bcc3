"""Every way a change of one device can end, on a switch made of a few lines."""

from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.change.apply_device import apply_device
from nornir_tasks.change.outcome import Outcome
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.verdict import Rule, Status, Verdict
from nornir_tasks.devices.context import Context
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.reachability.unknown_lines import UNKNOWN
from nornir_tasks.targets import find_target, switch_probe
from nornir_tasks.targets import switch as switch_target
from tests.support.scripted_switch import (
    AFTER,
    BEFORE,
    HASH,
    INTENDED,
    NAME,
    SURVEYED,
    Switch,
    die,
    impatient,
    late,
    planned,
    plugged_in,
    refuse,
)


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """An empty journal."""
    return impatient(monkeypatch, tmp_path)


def late_and_gone(switch: Switch) -> None:
    """The confirmation comes when the timer has brought the device back."""
    switch.text, switch.old = BEFORE, None
    raise ConnectionResetError("Socket is closed")


def applied(context: Context, switch: Switch, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Outcome:
    """Apply the plan to this switch."""
    plugged_in(switch, monkeypatch)
    return apply_device(context, planned(context, **more), NAME, SURVEYED)


def trace(context: Context) -> list[tuple[str, str]]:
    """What the journal says of the device."""
    return [(entry.phase, entry.outcome) for entry in context.journal.entries(what="device")]


def test_a_change_is_written_probed_confirmed_and_saved(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its stored password is the one that was there; the journal holds both digests and the way back."""
    switch = Switch()
    outcome = applied(context, switch, monkeypatch)
    assert (outcome.outcome, outcome.message) == ("changed", "confirmed and saved")
    assert (switch.text, switch.saved, switch.old) == (AFTER, AFTER, None)
    steps = [("before", step) for step in ("started", "writing", "probing", "confirming")]
    assert trace(context) == [*steps, ("after", "changed")]
    entry = context.journal.entries(what="device")[-1]
    assert (entry.digest_before, entry.digest_after) == tuple(map(context.backups.digest, (BEFORE, AFTER)))
    assert context.backups.text(entry.backup or "") == BEFORE
    assert context.journal.position().of("loppa", NAME) == Stage.CONNECT


def test_what_a_probe_has_to_tell_stands_in_the_outcome_and_the_journal(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although it passed: what did not answer before either, and what could not be asked."""
    verdict = Verdict(NAME, Rule("services"), Status.PASSED, actual="3 of 4 ways to services answer")
    monkeypatch.setattr(switch_probe, "probe", lambda *given: [verdict])
    outcome = applied(context, Switch(), monkeypatch)
    assert outcome.message == "confirmed and saved. 3 of 4 ways to services answer"
    (step,) = [entry for entry in context.journal.entries(what="device") if entry.outcome == "confirming"]
    assert step.detail["notices"] == ["3 of 4 ways to services answer"]


def test_nothing_to_write_needs_no_connection(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin that does nothing: no call, and still the device has moved in the books."""
    switch = Switch()
    assert applied(context, switch, monkeypatch, diff="").outcome == "unchanged"
    assert switch.calls == []
    assert trace(context) == [("after", "unchanged")]


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        (Switch(text=BEFORE + "ip http server\n"), "its running configuration changed after the plan was made"),
        (Switch(old="something"), "another change waits for its confirmation"),
        (Switch(trouble={"login": lambda s: (_ for _ in ()).throw(PlatformError("no way in"))}), "no way in"),
        (Switch(trouble={"running": die}), "the tool itself failed: ConnectionResetError: Socket is closed"),
    ],
)
def test_refused_is_not_touched(context: Context, monkeypatch: pytest.MonkeyPatch, switch: Switch, words: str) -> None:
    """The message names the device and says that nothing was written."""
    outcome = applied(context, switch, monkeypatch)
    assert outcome.outcome == "refused"
    assert NAME in outcome.message
    assert words in outcome.message
    assert "Nothing was written" in outcome.message
    assert "push" not in switch.calls
    assert context.journal.position().of("loppa", NAME) == Stage.LEGACY


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (
            {"push": refuse},
            "refused the line 'username drift secret <secret:username drift>' (a line that takes something away): ",
        ),
        ({"push": die}, "ConnectionResetError: Socket is closed"),
        ({"running": late(lambda s: setattr(s, "text", s.text + "boot system x\n"))}, "did not take everything"),
        ({"ports": late(lambda s: {"GigabitEthernet1/0/6": False})}, "actual: down GigabitEthernet1/0/6"),
        ({"confirm": late_and_gone}, "the confirmation: ConnectionResetError: Socket is closed; it is as it was"),
    ],
)
def test_reverted_is_as_it_was(
    context: Context, monkeypatch: pytest.MonkeyPatch, trouble: dict[str, Any], words: str
) -> None:
    """Whatever happens after the first line; and a secret that the device repeats is masked."""
    switch = Switch(trouble=trouble)
    outcome = applied(context, switch, monkeypatch)
    assert outcome.outcome == "reverted"
    assert words in outcome.message
    assert HASH not in outcome.message
    assert outcome.message.lower().endswith("it is as it was before.")
    assert (switch.text, switch.old) == (BEFORE, None)
    assert context.journal.position().of("loppa", NAME) == Stage.LEGACY


def lost_answer(switch: Switch) -> None:
    """The confirmation is carried out, and its answer lost."""
    switch.old = None
    raise ConnectionResetError("Socket is closed")


def test_a_confirmation_whose_answer_is_lost(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing goes back, nothing is waited for: the device is asked, and saved."""
    switch = Switch(trouble={"confirm": lost_answer})
    outcome = applied(context, switch, monkeypatch)
    assert outcome.outcome == "changed"
    assert outcome.message.startswith("the confirmation: ConnectionResetError: Socket is closed; it is as intended")
    assert (switch.text, switch.saved, switch.old) == (AFTER, AFTER, None)
    assert "revert" not in switch.calls


def test_a_timer_that_was_quicker_than_the_confirmation(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process was stopped past it; whatever the answer, what the device runs is believed, and not our sending."""

    def slept(switch: Switch) -> None:
        switch.text, switch.old = BEFORE, "x"

    switch = Switch(trouble={"confirm": slept})
    outcome = applied(context, switch, monkeypatch)
    assert outcome.outcome == "reverted"
    assert "the confirmation: the device had gone back on its own; it is as it was before" in outcome.message
    assert (switch.text, switch.saved) == (BEFORE, BEFORE)
    assert context.journal.position().of("loppa", NAME) == Stage.LEGACY


def test_a_timer_that_ends_while_it_is_probed(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop that slept, a journal that answered late: the device is back, and nothing is said to be changed."""

    def ends(switch: Switch) -> None:
        switch.text, switch.old = BEFORE, None

    outcome = applied(context, Switch(trouble={"neighbours": late(ends)}), monkeypatch)
    assert outcome.outcome == "reverted"
    assert "no change waits for a confirmation; the switch has gone back on its own" in outcome.message
    assert context.journal.position().of("loppa", NAME) == Stage.LEGACY


def test_what_the_device_does_not_reach_is_named(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe that fails is a change that goes back."""
    switch = Switch(silent=("10.10.1.12",))
    outcome = applied(context, switch, monkeypatch)
    assert outcome.outcome == "reverted"
    assert "actual: no answer from 10.10.1.12" in outcome.message


def test_an_unsaved_edit_is_saved_before_the_way_back_is_armed(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some devices go back by restarting: into what ran, not into what was saved long ago."""
    switch = Switch(saved="hostname long-ago\n", trouble={"push": refuse})
    assert applied(context, switch, monkeypatch).outcome == "reverted"
    assert switch.saved == BEFORE


def test_failed_says_that_the_state_is_not_known(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be brought back, or it is confirmed and cannot be saved."""
    stuck = Switch(trouble={"ports": late(lambda s: {"GigabitEthernet1/0/6": False}), "revert": die})
    outcome = applied(context, stuck, monkeypatch)
    assert outcome.outcome == "failed"
    assert "It is not as it was" in outcome.message
    full = Switch(trouble={"save": lambda s: None})
    outcome = applied(context, full, monkeypatch)
    assert outcome.outcome == "failed"
    assert "confirmed, but not saved: expected startup to equal running" in outcome.message


def test_going_back_is_to_the_byte(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restored backup brings its secrets along; a device that comes out otherwise goes back to where it was."""
    other = BEFORE.replace("abcd", "abce")
    reference = context.backups.save(NAME, platform("ios"), other)
    masked = context.backups.load(reference).masked
    switch = Switch()
    assert applied(context, switch, monkeypatch, restore=reference, intended=masked).outcome == "changed"
    assert switch.text == other
    switch = Switch(trouble={"running": late(lambda s: setattr(s, "text", s.text.replace("abce", "abcf")))})
    outcome = applied(context, switch, monkeypatch, restore=reference, intended=masked)
    assert outcome.outcome == "reverted"
    assert "did not go back to the byte: a secret differs" in outcome.message


@pytest.mark.parametrize("is_restore", [False, True], ids=["stage", "backup"])
def test_the_proof_is_asked_again_before_the_first_line(
    context: Context, monkeypatch: pytest.MonkeyPatch, is_restore: bool
) -> None:
    """With what ran when it was planned, or with the backup that ran before, and with what the plan lets through."""
    asked: list[tuple[object, ...]] = []

    def find(device: Device, intended: str, then: Position, region: Region, *rest: object) -> tuple[Verdict, ...]:
        asked.append(rest)
        return (UNKNOWN.failed(device.name, "only known lines", "+ udld enable"),)

    switch, target, accepted = Switch(), find_target(context.region, NAME), ("+ hostname loppa-acc-01",)
    restore = context.backups.save(NAME, target, AFTER) if is_restore else None
    plan = planned(context, accepted=accepted, restore=restore)
    plugged_in(switch, monkeypatch)
    monkeypatch.setattr(switch_target, "find_lockouts", find)
    outcome = apply_device(context, plan, NAME, SURVEYED)
    assert (outcome.outcome, switch.text) == ("refused", BEFORE)
    assert "actual: + udld enable" in outcome.message
    assert "push" not in switch.calls
    assert asked == [(INTENDED if is_restore else target.mask(BEFORE)[0], accepted)]
