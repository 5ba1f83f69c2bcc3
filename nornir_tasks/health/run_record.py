"""What a round of checks has found, as every format, page and alert is made from it: pure data, the worst first."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from nornir_tasks.core.language import translate, translate_count
from nornir_tasks.core.verdict import Status, Verdict, group
from nornir_tasks.health.causes import Cause, CauseKind
from nornir_tasks.health.check import REGISTRY, name_runbook
from nornir_tasks.health.diagnosis import (
    advise,
    describe_causes,
    describe_folded,
    describe_impact,
    find_runbook,
    join_line,
)
from nornir_tasks.health.felt_causes import explains
from nornir_tasks.health.incident import Incident, Urgency
from nornir_tasks.health.port_faults import name_port
from nornir_tasks.model import Region
from nornir_tasks.reachability.blast_radius import count_clients

CABLE_CHECKS = ("uplinks", "ports", "routes")  # of a switch: what each says begins with a port, or ends with one
REACH_CHECKS = ("reachable", "host")  # of a switch and of a server: whether it answers
OURS = (CauseKind.OURSELVES, CauseKind.ENTRY)  # not seen for a reason of our own: nothing there has to be wrong


@dataclass(frozen=True)
class Scope:
    """What was asked for.

    Args:
        pattern: as it was typed.
        subjects: the devices that it names.
        checks: names of those that were run.
        closed: devices that nobody listens at: all of them, in a lab that is not up.
    """

    pattern: str
    subjects: tuple[str, ...]
    checks: tuple[str, ...]
    closed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, in the reader's language: an incident, or what a check says of a subject.

    Args:
        urgency: how soon somebody has to act.
        subject: the device, server or application; "" where it is everything.
        municipality: its; "" where it is everything.
        kind: name of the check, or the kind of the incident's cause: for programs.
        text: what is wrong, without a full stop.
        impact: whom it hits, in sentences; or "".
        advice: what to do first, in sentences.
        runbook: that goes on where the advice ends, from the top of the checkout.
        people: how many are cut off from something.
        folded: subjects that have nothing else wrong than this: silent because of it, or the same with them.
        folded_text: the same for people.
        hidden: how many checks say no more than this does.
        notes: what else is known of it, a line each: since when, who acknowledged it, what changed there last.
        is_known: somebody knows of it, or a change that runs explains it: it comes last, and raises no alarm.
        incident: that it tells; None: it is what a check says.
        answer: the check's verdicts; none of an incident.
    """

    urgency: Urgency
    subject: str
    municipality: str
    kind: str
    text: str
    impact: str
    advice: str
    runbook: str
    people: int = 0
    folded: tuple[str, ...] = ()
    folded_text: str = ""
    hidden: int = 0
    notes: tuple[str, ...] = ()
    is_known: bool = False
    incident: Incident | None = None
    answer: tuple[Verdict, ...] = ()

    @property
    def is_incident(self) -> bool:
        """Whether it is a cause with all that follows from it, and no single check's."""
        return self.incident is not None

    @property
    def line(self) -> str:
        """The whole of it in one line: what, whom it hits, and what to do first."""
        return join_line(self.named_text, self.impact, self.advice, self.runbook)

    @property
    def named_text(self) -> str:
        """What is wrong, with where: an incident says that itself."""
        return self.text if self.is_incident else f"{self.subject}: {self.kind}: {self.text}"

    @property
    def is_ours(self) -> bool:
        """Whether only our own view is gone: nothing says that anything is wrong there."""
        return self.is_incident and self.kind in OURS


@dataclass(frozen=True)
class Annotation:
    """What is known of a finding beside the round that found it: ``notes`` and ``is_known`` as a finding has them."""

    notes: tuple[str, ...] = ()
    is_known: bool = False


@dataclass(frozen=True)
class Unseen:
    """A check that could not tell: nobody knows that this is well.

    Args:
        subject: the device, server or application.
        municipality: its.
        check: name of the check.
        reason: why, for people.
        advice: what to do about it; or "".
        is_error: something failed while it was asked; else it does not answer, or does not tell.
    """

    subject: str
    municipality: str
    check: str
    reason: str
    advice: str
    is_error: bool


@dataclass(frozen=True)
class Counts:
    """How the checks came out; ``unseen`` and ``errors`` are not known to be well, ``skipped`` do not apply."""

    passed: int = 0
    failed: int = 0
    errors: int = 0
    unseen: int = 0
    skipped: int = 0


@dataclass(frozen=True)
class RunRecord:
    """A round of checks.

    Args:
        began: in UTC.
        ended: in UTC.
        scope: what was asked for.
        findings: what is wrong, the most urgent first; by people, never by name.
        unseen: what could not be looked at.
        counts: of the checks.
        incidents: behind some of the findings, for pictures and programs.
        answers: every check's verdicts on every subject, together.
        changes: that run, or have stopped half-way, a line each: told before all else.
    """

    began: datetime
    ended: datetime
    scope: Scope
    findings: tuple[Finding, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    counts: Counts = field(default_factory=Counts)
    incidents: tuple[Incident, ...] = ()
    answers: tuple[tuple[Verdict, ...], ...] = ()
    changes: tuple[str, ...] = ()

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """What nobody knows of yet."""
        return tuple(finding for finding in self.findings if not finding.is_known)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended - self.began).total_seconds()

    @property
    def has_errors(self) -> bool:
        """Whether something failed while it was asked."""
        return any(each.is_error for each in self.unseen)

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is wrong that nobody knows of, and nothing failed while it was asked."""
        return not self.open_findings and not self.has_errors

    @property
    def people(self) -> int:
        """How many are cut off from something that they use; one whom two incidents hit counts twice."""
        return sum(finding.people for finding in self.findings)

    @property
    def unseen_text(self) -> str:
        """How many checks could not tell; empty where all could."""
        count = len(self.unseen)
        return translate_count("{count} check could not tell", "{count} checks could not tell", count) if count else ""

    @property
    def verdict(self) -> str:
        """The whole in one line, the cause first."""
        count = len(self.open_findings)
        known = len(self.findings) - count
        parts = [*self.changes, self._describe_first()]
        if count > 1:
            parts.append(translate_count("{count} more finding", "{count} more findings", count - 1))
        if known:
            parts.append(translate_count("{count} that is known", "{count} that are known", known))
        if self.unseen:
            parts.append(self.unseen_text)
        return "; ".join(parts)

    def count_findings(self, urgency: Urgency) -> int:
        """How many findings that nobody knows of are as urgent as this."""
        return sum(finding.urgency is urgency for finding in self.open_findings)

    def _describe_first(self) -> str:
        if self.open_findings:
            return self.open_findings[0].line
        switches = translate_count("{count} switch", "{count} switches", len(self.scope.subjects))
        checks = translate_count("{count} check passed", "{count} checks passed", self.counts.passed)
        if self.has_errors:
            first = next(each for each in self.unseen if each.is_error)
            return translate(
                "nothing wrong found, and not everything seen: {subject}: {check}: {reason}",
                subject=first.subject,
                check=first.check,
                reason=first.reason,
            )
        if self.findings:
            return translate("nothing new: {switches}, {checks}", switches=switches, checks=checks)
        return translate("healthy: {switches}, {checks}", switches=switches, checks=checks)


def make_record(
    region: Region,
    scope: Scope,
    verdicts: Iterable[Verdict],
    incidents: Sequence[Incident],
    began: datetime,
    ended: datetime,
) -> RunRecord:
    """The record of a round.

    Args:
        region: with the names for people.
        scope: what was asked for.
        verdicts: of every check.
        incidents: as ``judge_causes`` gives them, the worst first.
        began: in UTC.
        ended: in UTC.
    """
    answers = [tuple(answer) for answer in group(verdicts)]
    explained = _assign(answers, incidents)
    findings = [_tell_incident(region, incident, explained.count(number)) for number, incident in enumerate(incidents)]
    clients = _count_clients(region, answers)
    failed = [
        _tell_answer(region, answer)
        for answer, number in zip(answers, explained, strict=True)
        if answer[0].status is Status.FAILURE and number is None
    ]
    failed.sort(key=lambda finding: -clients.get(finding.subject, 0))
    return RunRecord(
        began=began,
        ended=ended,
        scope=scope,
        findings=tuple(sorted([*findings, *failed], key=lambda finding: (finding.urgency, -finding.people))),
        unseen=tuple(_tell_unseen(region, answer) for answer in answers if _is_unseen(answer)),
        counts=count_answers(answers),
        incidents=tuple(incidents),
        answers=tuple(answers),
    )


def annotate(record: RunRecord, find: Callable[[Finding], Annotation], changes: Iterable[str] = ()) -> RunRecord:
    """The record with what is known beside it: by the history of health, and of the changes that run.

    Args:
        record: of the round.
        find: what is known of a finding.
        changes: that run, or have stopped half-way, a line each.
    """
    found = [(finding, find(finding)) for finding in record.findings]
    annotated = (replace(finding, notes=known.notes, is_known=known.is_known) for finding, known in found)
    ordered = sorted(annotated, key=lambda finding: finding.is_known)
    return replace(record, findings=tuple(ordered), changes=tuple(changes))


def count_answers(answers: Iterable[Sequence[Verdict]]) -> Counts:
    """How the checks came out."""
    statuses = ["unseen" if answer[0].is_unseen else answer[0].status for answer in answers]
    return Counts(
        passed=statuses.count(Status.PASSED),
        failed=statuses.count(Status.FAILURE),
        errors=statuses.count(Status.ERROR),
        unseen=statuses.count("unseen"),
        skipped=statuses.count(Status.SKIPPED),
    )


def describe_answer(answer: Sequence[Verdict]) -> str:
    """A check's verdicts on a subject in one line."""
    return "; ".join(verdict.text for verdict in answer)


def find_municipality(region: Region, subject: str) -> str:
    """Whose a device, server or application is; "" of what is neither."""
    known = region.devices.get(subject) or region.servers.get(subject)
    owner = subject.partition("/")[0]  # of an application: "loppa/mail"
    return known.municipality if known else owner if owner in region.municipalities else ""


def _is_unseen(answer: Sequence[Verdict]) -> bool:
    return answer[0].is_unseen or answer[0].status is Status.ERROR


def _assign(answers: Iterable[Sequence[Verdict]], incidents: Sequence[Incident]) -> list[int | None]:
    """Of each answer the number of the incident that says it already, if one does: who is silent, what is dark."""
    causes = [(number, cause) for number, incident in enumerate(incidents) for cause in incident.causes]
    return [
        next((number for number, cause in causes if _explains(cause, answer)), None) if answer[0].is_bad else None
        for answer in answers
    ]


def _explains(cause: Cause, answer: Sequence[Verdict]) -> bool:
    subject, rule = answer[0].subject, answer[0].rule.name
    if rule in REACH_CHECKS:
        return subject == cause.subject or subject in cause.folded
    if rule in CABLE_CHECKS:
        # What the check says of another port of the same switch is another matter.
        ends = {end.port for cable in cause.cables for end in (cable.near, cable.far) if end.device == subject}
        names = {name for port in ends for name in (port, name_port(port))}
        return all(any(_names(verdict.expected, name) for name in names) for verdict in answer)
    return explains(cause, answer[0])


def _names(text: str, port: str) -> bool:
    return re.search(rf"(?<!\S){re.escape(port)}(?!\S)", text) is not None


def _count_clients(region: Region, answers: Iterable[Sequence[Verdict]]) -> Mapping[str, int]:
    """How many clients hang on each switch that has something wrong: with the most is first where nobody is cut off."""
    devices = [region.devices[answer[0].subject] for answer in answers if answer[0].subject in region.devices]
    return count_clients(region, {(device.municipality, device.site) for device in devices})


def _tell_incident(region: Region, incident: Incident, hidden: int) -> Finding:
    cause = incident.causes[0]
    return Finding(
        urgency=incident.urgency,
        subject=cause.subject,
        municipality=find_municipality(region, cause.subject),
        kind=cause.kind.value,
        text=describe_causes(region, incident),
        impact=describe_impact(region, incident),
        advice=advise(region, cause),
        runbook=find_runbook(cause),
        people=incident.people,
        folded=incident.folded,
        folded_text=describe_folded(incident) if incident.folded else "",
        hidden=hidden,
        incident=incident,
    )


def _tell_answer(region: Region, answer: Sequence[Verdict]) -> Finding:
    verdict = answer[0]
    check = REGISTRY[verdict.rule.name]
    return Finding(
        urgency=check.urgency,
        subject=verdict.subject,
        municipality=find_municipality(region, verdict.subject),
        kind=verdict.rule.name,
        text=describe_answer(answer),
        impact="",
        advice=verdict.advice,
        runbook=name_runbook(check.runbook),
        answer=tuple(answer),
    )


def _tell_unseen(region: Region, answer: Sequence[Verdict]) -> Unseen:
    verdict = answer[0]
    return Unseen(
        subject=verdict.subject,
        municipality=find_municipality(region, verdict.subject),
        check=verdict.rule.name,
        reason=verdict.text,
        advice=verdict.advice,
        is_error=verdict.status is Status.ERROR,
    )
