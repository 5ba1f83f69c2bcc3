"""What is known beside a run: since when and by whom, which change explains it, what changed there last."""

from datetime import timedelta
from pathlib import Path

import pytest

from nornir_tasks.core.verdict import Status
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.health.causes import Cause, CauseKind, DarkCable
from nornir_tasks.health.episodes import Acknowledgement, make_look, name_cause
from nornir_tasks.health.history import HealthHistory, RunStart
from nornir_tasks.health.incident import Incident
from nornir_tasks.health.knowledge import Knowledge
from nornir_tasks.health.ongoing_changes import find_ongoing
from nornir_tasks.journal.entry import Entry
from nornir_tasks.model import Stage
from nornir_tasks.platforms.common.health_state import ConfigurationChange
from nornir_tasks.reachability.bridging import PortEnd
from tests.support.health_runs import MINUTE, NOON, REGION, look_at, make_verdict, run_at

NEAR, CORE = "loppa-acc-01", "loppa-core-01"
SAVED = (NEAR, "saved")
LINE = Cause(
    CauseKind.CABLE,
    "alta-leaf-01",
    (DarkCable(PortEnd(CORE, "GigabitEthernet1/0/5"), PortEnd("alta-leaf-01", "GigabitEthernet1/0/1")),),
)
BAD = [make_verdict(*SAVED, Status.FAILURE, NOON)]
HOUR = timedelta(hours=1)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """An empty journal."""
    return open_context(REGION, reason="health check", where=tmp_path)


def know(context: Context, *incidents: Incident, **more: object) -> Knowledge:
    """What is known of a run at noon in which one switch is not saved, after one in which all was well."""
    history = HealthHistory.at(context.where)
    if history.find_newest_run() is None:
        run_at(history, NOON - MINUTE, look_at([SAVED, (CORE, "uplinks")], at=NOON - MINUTE))
    look = make_look(REGION, BAD, incidents, NOON)
    comparison = history.record_run(RunStart(NOON, history.begin_run().newest), look, incidents, ended=NOON)
    return Knowledge(context, comparison, find_ongoing(context), NOON, **more)  # type: ignore[arg-type]


def write(context: Context, device: str, **more: str) -> None:
    """A change of a switch, or a step of one."""
    steps = {"phase": "after", "outcome": "changed", **more}
    entry = Entry("device", who="ola", municipality="loppa", stage=Stage.CONNECT, reason="night 1", device=device,
                  plan="3f9a", **steps)  # type: ignore[arg-type]  # fmt: skip
    context.journal.write(entry)


def test_a_finding_that_is_new_and_nothing_else_is_known_of(context: Context) -> None:
    """The run right before found it well."""
    knowledge = know(context)
    note = knowledge.tell_answer(BAD)
    assert (note.lines, note.is_known, note.is_new) == (("since 2026-12-01 12:00 UTC",), False, True)
    assert (knowledge.change_lines, knowledge.ended_lines) == ((), ())
    assert not know(context).tell_answer(BAD).is_new


def test_what_passed_has_no_note(context: Context) -> None:
    """Nor what was not judged."""
    note = know(context).tell_answer([make_verdict(CORE, "uplinks", Status.PASSED)])
    assert (note.lines, note.is_known, note.is_new) == ((), False, False)


def test_who_knows_of_it(context: Context) -> None:
    """Until the acknowledgement ends."""
    know(context)
    known = Acknowledgement("kari", NOON, NOON + HOUR, "the ferry")
    HealthHistory.at(context.where).acknowledge(*SAVED, known)
    note = know(context).tell_answer(BAD)
    assert note.is_known
    assert note.lines == ("since 2026-12-01 12:00 UTC; acknowledged by kari until 2026-12-01 13:00 UTC: the ferry",)


def test_what_changed_there_last(context: Context) -> None:
    """By the journal, and by the device's own record."""
    write(context, NEAR)
    note = know(context, records={NEAR: ConfigurationChange(3600, "per")}).tell_answer(BAD)
    assert [line.partition(":")[0] for line in note.lines[1:]] == [NEAR, NEAR]
    assert " by ola, change 3f9a: night 1" in " ".join(note.lines)
    assert "changed 2026-12-01 11:00 UTC by per, by its own record; no change of ours" in " ".join(note.lines)


def test_a_change_that_runs_explains_it_and_is_told(context: Context) -> None:
    """It raises no alarm."""
    base = Entry("stage", "before", "started", "loppa", Stage.CONNECT, "ola", "night 1", plan="3f9a")
    context.journal.write(base)
    write(context, NEAR, phase="before", outcome="writing")
    knowledge = know(context)
    note = knowledge.tell_answer(BAD)
    assert note.is_known
    assert "explained by change 3f9a" in note.lines
    (line,) = knowledge.change_lines
    assert line.startswith("Loppa: change 3f9a (stage)")
    outside = knowledge.tell_answer([make_verdict(CORE, "saved", Status.FAILURE)])
    assert not outside.is_known


def test_an_incident(context: Context) -> None:
    """Since the first of its causes, with what changed at either end of the cable."""
    write(context, CORE)
    incident = Incident((LINE,))
    note = know(context, incident).tell_incident(incident)
    assert (note.is_known, note.is_new) == (False, True)
    assert note.lines[0] == "since 2026-12-01 12:00 UTC"
    assert note.lines[1].startswith("loppa-core-01: changed ")
    HealthHistory.at(context.where).acknowledge(
        "alta-leaf-01", name_cause(LINE), Acknowledgement("kari", NOON, NOON + HOUR, "Telenor comes")
    )
    assert know(context, incident).tell_incident(incident).is_known


def test_what_has_ended(context: Context) -> None:
    """A line each."""
    know(context)
    history = HealthHistory.at(context.where)
    after = NOON + MINUTE
    comparison = run_at(history, after, look_at([SAVED], at=after))
    assert Knowledge(context, comparison, [], after).ended_lines == ("ended: loppa-acc-01 saved, 2026-12-01 12:00 UTC",)
