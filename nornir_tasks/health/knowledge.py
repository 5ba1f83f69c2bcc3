"""What is known beside a run: since when, who knows of it, which change explains it, and what changed there last."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nornir_tasks.core.language import translate
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.context import Context
from nornir_tasks.health.calls import describe_calls
from nornir_tasks.health.diagnosis import find_supplier
from nornir_tasks.health.episodes import Recurrence, RunComparison, describe_recurrence, make_look
from nornir_tasks.health.history_recorder import HistoryRecorder
from nornir_tasks.health.incident import Incident, Urgency
from nornir_tasks.health.last_changes import describe_change, find_last_changes
from nornir_tasks.health.ongoing_changes import (
    OngoingChange,
    describe_ongoing,
    find_explanation,
    find_ongoing,
    is_incident_silenced,
)
from nornir_tasks.health.run_record import Annotation, Finding, RunRecord, annotate
from nornir_tasks.model import Region
from nornir_tasks.platforms.common.health_state import ConfigurationChange

MOST_CHANGES = 2  # the last ones of a subject that are told


@dataclass(frozen=True)
class Note:
    """What is known of a finding.

    Args:
        lines: for people: since when, who has acknowledged it, which change explains it, what changed there last.
        is_known: somebody knows of it, or a change that runs explains it: it is told last, and raises no alarm.
        is_new: no run before found it.
    """

    lines: tuple[str, ...]
    is_known: bool
    is_new: bool


@dataclass(frozen=True)
class Knowledge:
    """What is known beside a run.

    Args:
        context: whose journal says what changed last.
        comparison: of the run with those before it.
        ongoing: the changes that run, or have stopped half-way.
        now: when the run has ended.
        records: the devices' own records of their last changes, by name, where they were read in this run.
    """

    context: Context
    comparison: RunComparison
    ongoing: Sequence[OngoingChange]
    now: datetime
    records: Mapping[str, ConfigurationChange] = field(default_factory=dict)

    @property
    def change_lines(self) -> tuple[str, ...]:
        """The changes that run, or have stopped half-way, a line each: to be told before all else."""
        return tuple(describe_ongoing(self.context.region, change) for change in self.ongoing)

    @property
    def ended_lines(self) -> tuple[str, ...]:
        """What has ended since the run before, a line each."""
        return tuple(
            translate(
                "ended: {subject} {check}, {since}",
                subject=episode.key.subject,
                check=episode.key.rule,
                since=f"{episode.opened:%Y-%m-%d %H:%M} UTC",
            )
            for episode in self.comparison.ended
        )

    def tell_answer(self, answer: Sequence[Verdict]) -> Note:
        """What is known of a check's verdicts on a subject.

        Raises:
            JournalError: the journal cannot be read.
        """
        verdict = answer[0]
        explanation = find_explanation(verdict, self.ongoing)
        lines = self._describe_explanation([explanation] if explanation else [])
        is_known = explanation is not None or self.comparison.is_acknowledged(verdict, self.now)
        return self._make(self.comparison.find(verdict), [verdict.subject], lines, is_known=is_known)

    def tell_incident(self, incident: Incident) -> Note:
        """What is known of an incident: since the first of its causes.

        Raises:
            JournalError: the journal cannot be read.
        """
        is_silenced = is_incident_silenced(incident, self.ongoing)
        lines = self._describe_explanation(self.ongoing if is_silenced else [])
        found = [each for cause in incident.causes if (each := self.comparison.find_cause(cause))]
        first = min(found, key=lambda each: each.episode.id, default=None)
        ends = [end.device for cause in incident.causes for cable in cause.cables for end in (cable.near, cable.far)]
        subjects = dict.fromkeys([*(cause.subject for cause in incident.causes), *ends])
        is_known = is_silenced or self.comparison.is_incident_acknowledged(incident, self.now)
        return self._make(first, [subject for subject in subjects if subject], lines, is_known=is_known)

    def _make(
        self, recurrence: Recurrence | None, subjects: Iterable[str], lines: list[str], *, is_known: bool
    ) -> Note:
        if recurrence:
            lines = [describe_recurrence(recurrence, self.now), *lines]
        changes = [
            change
            for subject in subjects
            for change in find_last_changes(self.context, subject, self.records.get(subject), self.now, MOST_CHANGES)
        ]
        changes.sort(key=lambda change: change.at, reverse=True)
        lines = [*lines, *(describe_change(change) for change in changes[:MOST_CHANGES])]
        return Note(tuple(lines), is_known, recurrence is not None and recurrence.is_new)

    def _describe_explanation(self, changes: Sequence[OngoingChange]) -> list[str]:
        return [translate("explained by change {plan}", plan=change.plan) for change in changes]


def add_knowledge(context: Context, recorder: HistoryRecorder, record: RunRecord) -> tuple[RunRecord, str]:
    """The record with what is known beside it, once the history has kept the run; and what trouble that was, or "".

    Args:
        context: of the run.
        recorder: begun before it.
        record: of the run.

    Raises:
        JournalError: the journal cannot be read.
    """
    verdicts = [verdict for answer in record.answers for verdict in answer]
    look = make_look(context.region, verdicts, record.incidents, record.ended)
    comparison = recorder.record(look, record.incidents)
    knowledge = Knowledge(context, comparison, find_ongoing(context), record.ended)

    def find(finding: Finding) -> Annotation:
        note = knowledge.tell_incident(finding.incident) if finding.incident else knowledge.tell_answer(finding.answer)
        return Annotation((*note.lines, *_name_calls(context.region, finding, record.ended)), note.is_known)

    return annotate(record, find, knowledge.change_lines), comparison.trouble


def _name_calls(region: Region, finding: Finding, moment: datetime) -> tuple[str, ...]:
    """Whom to call, where somebody has to act at once; the hours are the region's."""
    if finding.urgency > Urgency.UNPROTECTED or finding.municipality not in region.municipalities:
        return ()
    supplier = find_supplier(region, finding.incident.causes[0]) if finding.incident else ""
    calls = describe_calls(region, finding.municipality, moment, supplier)
    return (translate("call: {calls}", calls=calls),) if calls else ()
