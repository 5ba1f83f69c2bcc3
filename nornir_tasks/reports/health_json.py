"""A round of health checks, for a program."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.health.incident import Incident, Urgency
from nornir_tasks.health.run_record import Finding, RunRecord, describe_answer, find_municipality
from nornir_tasks.model import Region

VERSION = 1  # of these keys: it rises when one of them changes its meaning or goes


def make_json(region: Region, record: RunRecord) -> dict[str, Any]:
    """The record, as JSON has it; times are ISO 8601 in UTC.

    Args:
        region: with whose a device is.
        record: of the round.
    """
    return {
        "version": VERSION,
        "healthy": record.is_healthy,
        "verdict": record.verdict,
        "began": record.began.isoformat(),
        "ended": record.ended.isoformat(),
        "scope": {"pattern": record.scope.pattern, "devices": len(record.scope.subjects)},
        "counts": asdict(record.counts),
        "changes": list(record.changes),
        "findings": [_tell_finding(finding) for finding in record.findings],
        "unseen": [asdict(each) for each in record.unseen],
        "checks": [_tell_answer(region, answer) for answer in record.answers],
        "incidents": [_tell_incident(each, each.incident) for each in record.findings if each.incident],
    }


def name_urgency(urgency: Urgency) -> str:
    """An urgency for programs: ``cut_off``."""
    return urgency.name.lower()


def _tell_finding(finding: Finding) -> dict[str, Any]:
    own = (field.name for field in fields(finding) if field.name not in ("incident", "answer"))
    told = {name: getattr(finding, name) for name in own}
    return {**told, "urgency": name_urgency(finding.urgency), "is_incident": finding.is_incident}


def _tell_answer(region: Region, answer: Sequence[Verdict]) -> dict[str, str]:
    """A check's verdicts on a device."""
    verdict = answer[0]
    return {
        "device": verdict.subject,
        "municipality": find_municipality(region, verdict.subject),
        "check": verdict.rule.name,
        "category": verdict.rule.category,
        "verdict": verdict.status.value,
        "words": describe_answer(answer),
        "advice": verdict.advice,
    }


def _tell_incident(finding: Finding, incident: Incident) -> dict[str, Any]:
    return {
        "words": finding.line,
        "urgency": name_urgency(incident.urgency),
        "causes": [{"kind": cause.kind.value, "subject": cause.subject} for cause in incident.causes],
        "people": incident.people,
        "losses": [asdict(loss) for loss in incident.losses],
        "weakened": [asdict(each) for each in incident.weakened],
        "folded": list(incident.folded),
    }
