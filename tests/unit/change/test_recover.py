"""A device whose change was begun and never ended: what it says itself decides, and nothing is written to it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.change.outcome import Outcome, record_step
from nornir_tasks.change.plan import Plan
from nornir_tasks.change.recover import recover_device
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.journal import Journal
from nornir_tasks.model import Stage
from nornir_tasks.platforms import platform
from nornir_tasks.targets.switch_probe import Baseline
from nornir_tasks.trust.host_keys import HostKeyChanged
from tests.support.scripted_switch import AFTER, BEFORE, NAME, Switch, die, impatient, planned, plugged_in

SEEN = Baseline({"GigabitEthernet1/0/6": ("SW-2", "6")}, {"GigabitEthernet1/0/6": True}, ())


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """An empty journal."""
    return impatient(monkeypatch, tmp_path)


def left(context: Context, *steps: str) -> Plan:
    """A plan whose control node died at the last of these steps."""
    plan = planned(context)
    part = plan.of(NAME)
    for step in steps:
        more: dict[str, Any] = {}
        if step == "writing":
            more = {"backup": context.backups.save(NAME, platform("ios"), BEFORE), "baseline": asdict(SEEN)}
        record_step(context, plan, part, step, **more)  # type: ignore[arg-type]
    return plan


def recovered(context: Context, monkeypatch: pytest.MonkeyPatch, switch: Switch, plan: Plan) -> Outcome:
    """Look at the switch, and make sure that no line was written to it."""
    plugged_in(switch, monkeypatch)
    outcome = recover_device(context, plan, NAME)
    assert "push" not in switch.calls
    last = context.journal.entries(what="device")[-1]
    assert (last.phase, last.outcome) == ("after", outcome.outcome)
    return outcome


@pytest.mark.parametrize("steps", [("started",), ("started", "writing")])
def test_as_before(context: Context, monkeypatch: pytest.MonkeyPatch, steps: tuple[str, ...]) -> None:
    """It never came to writing, or the timer has brought it back."""
    outcome = recovered(context, monkeypatch, Switch(), left(context, *steps))
    assert (outcome.outcome, outcome.message) == (
        "reverted",
        f"{NAME}: begun and never ended; it is as it was before.",
    )


def test_armed_and_not_written(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reload that was scheduled for nothing is called off."""
    switch = Switch(old=BEFORE)
    assert recovered(context, monkeypatch, switch, left(context, "started", "writing")).outcome == "reverted"
    assert switch.old is None


@pytest.mark.parametrize("last", ["writing", "probing", "confirming"])
def test_written_and_waiting(context: Context, monkeypatch: pytest.MonkeyPatch, last: str) -> None:
    """It runs what was meant and waits: it is probed, confirmed and saved, and nothing is written twice."""
    steps = ["started", "writing", "probing", "confirming"]
    switch = Switch(text=AFTER, old=BEFORE)
    outcome = recovered(context, monkeypatch, switch, left(context, *steps[: steps.index(last) + 1]))
    assert (outcome.outcome, switch.text, switch.saved, switch.old) == ("changed", AFTER, AFTER, None)
    entry = context.journal.entries(what="device")[-1]
    assert context.backups.text(entry.backup or "") == BEFORE
    assert context.journal.position().of("loppa", NAME) == Stage.CONNECT


def test_written_and_waiting_and_not_reached(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not pass its probes goes back, also when somebody else looks."""
    switch = Switch(text=AFTER, old=BEFORE, silent=("10.10.1.12",))
    outcome = recovered(context, monkeypatch, switch, left(context, "started", "writing", "probing"))
    assert (outcome.outcome, switch.text) == ("reverted", BEFORE)


def test_confirmed_and_not_saved(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """It died between the confirmation and the last word."""
    switch = Switch(text=AFTER, saved=BEFORE)
    outcome = recovered(context, monkeypatch, switch, left(context, "started", "writing", "probing", "confirming"))
    assert (outcome.outcome, switch.saved) == ("changed", AFTER)


def test_halfway_and_waiting(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some lines are there: it is told to go back, and looked at again."""
    switch = Switch(text=BEFORE + "ip http server\n", old=BEFORE)
    outcome = recovered(context, monkeypatch, switch, left(context, "started", "writing"))
    assert (outcome.outcome, switch.text) == ("reverted", BEFORE)


def test_neither(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else was there: a person has to look, and sees the difference."""
    switch = Switch(text=BEFORE + "ip http server\n")
    outcome = recovered(context, monkeypatch, switch, left(context, "started", "writing"))
    assert outcome.outcome == "failed"
    assert "neither as it was nor as intended" in outcome.message
    assert "ip http server" in outcome.message
    assert switch.text == BEFORE + "ip http server\n"


@pytest.mark.parametrize(
    ("trouble", "words", "halt"),
    [
        (PlatformError("no way in"), "what became of it is not known: no way in", False),
        (HostKeyChanged("another key"), "another key", True),
    ],
)
def test_no_answer(
    context: Context, monkeypatch: pytest.MonkeyPatch, trouble: Exception, words: str, halt: bool
) -> None:
    """It is not known, and that is what is said; somebody in its place stops everything."""
    switch = Switch(trouble={"login": lambda s: (_ for _ in ()).throw(trouble)})
    outcome = recovered(context, monkeypatch, switch, left(context, "started", "writing"))
    assert (outcome.outcome, outcome.halt) == ("failed", halt)
    assert words in outcome.message


def test_what_was_done_is_found_by_whoever_comes_next(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal of another process tells the same."""
    plan = left(context, "started", "writing", "probing")
    again = Journal.at(context.where)
    assert [entry.outcome for entry in again.entries(what="device")] == ["started", "writing", "probing"]
    switch = Switch(text=AFTER, old=BEFORE, trouble={"confirm": die})
    assert recovered(context, monkeypatch, switch, plan).outcome == "failed"
