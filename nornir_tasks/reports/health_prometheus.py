"""A round of health checks in Prometheus' text format, for node_exporter's textfile collector: no time in a line.

A subject, a check and where it is are labels, and no text is: a label that changes is another series.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nornir_tasks.core.output import make_safe
from nornir_tasks.core.verdict import Status
from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.run_record import RunRecord, find_municipality
from nornir_tasks.model import Region

PREFIX = "fellesdrift_health_"
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True)
class Sample:
    """One value, and the labels that tell it from others of its metric."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def make_metrics(region: Region, record: RunRecord) -> str:
    """The text of a round: every metric with its help, each line ended.

    Args:
        region: with whose a device is.
        record: of the round.
    """
    counts = record.counts
    outcomes = {
        "passed": counts.passed,
        "failed": counts.failed,
        "error": counts.errors,
        "unseen": counts.unseen,
        "skipped": counts.skipped,
    }
    passed, unseen = [], []
    for answer in record.answers:
        verdict = answer[0]
        labels = {
            "subject": verdict.subject,
            "municipality": find_municipality(region, verdict.subject),
            "check": verdict.rule.name,
            "category": verdict.rule.category,
        }
        if verdict.is_unseen or verdict.status is Status.ERROR:
            unseen.append(Sample(1, labels))
        elif verdict.status is not Status.SKIPPED:
            passed.append(Sample(verdict.passed, labels))
    people: Counter[tuple[str, str, str]] = Counter()  # two cables to a switch may be two causes: one series
    for finding in record.findings:
        if finding.is_incident:
            people[finding.kind, finding.subject, finding.municipality] += finding.people
    causes = [
        Sample(count, {"kind": kind, "subject": subject, "municipality": municipality})
        for (kind, subject, municipality), count in people.items()
    ]
    findings = [Sample(record.count_findings(urgency), {"urgency": urgency.name.lower()}) for urgency in Urgency]
    checks = [Sample(count, {"outcome": outcome}) for outcome, count in outcomes.items()]
    parts = [
        _format("healthy", "1 where nothing is wrong, and all could be asked.", [Sample(record.is_healthy)]),
        _format("run_end_timestamp_seconds", "When the last round ended.", [Sample(record.ended.timestamp())]),
        _format("run_duration_seconds", "How long the last round took.", [Sample(record.seconds)]),
        _format("subjects", "How many devices were asked.", [Sample(len(record.scope.subjects))]),
        _format("people_cut_off", "How many people cannot use something that they use.", [Sample(record.people)]),
        _format("findings", "What is wrong, by how soon somebody has to act.", findings),
        _format("checks", "How the checks came out; error and unseen are not known to be well.", checks),
        _format("incident_people", "Of each cause how many people it cuts off.", causes),
        _format("check_passed", "1 where a check passed, 0 where it failed.", passed),
        _format("check_unseen", "1 where a check could not tell.", unseen),
    ]
    return "".join(parts)


def make_service_metrics(*, rounds: int, ended: datetime | None, has_failed: bool, undelivered: int) -> str:
    """The text of the service itself: what it says while there is no round, too.

    Args:
        rounds: how many it has made since it was started.
        ended: when the last one did, in UTC; None: none has.
        has_failed: whether it could not make the last one at all.
        undelivered: by how many of its ways nobody took the alerts.
    """
    parts = [
        _format("service_rounds", "How many rounds were made since the service was started.", [Sample(rounds)]),
        _format("service_round_failed", "1 where the last round could not be made at all.", [Sample(has_failed)]),
        _format("service_undelivered", "By how many ways nobody took the alerts.", [Sample(undelivered)]),
    ]
    if ended:
        age = Sample(ended.timestamp())
        parts.append(_format("service_round_end_timestamp_seconds", "When the last round that was made ended.", [age]))
    return "".join(parts)


def _format(name: str, text: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP {PREFIX}{name} {text}", f"# TYPE {PREFIX}{name} gauge"]
    for sample in samples:
        labels = ",".join(f'{key}="{_escape(value)}"' for key, value in sample.labels.items())
        lines.append(f"{PREFIX}{name}{f'{{{labels}}}' if labels else ''} {_format_value(sample.value)}")
    return "".join(f"{line}\n" for line in lines)


def _escape(value: str) -> str:
    return make_safe(value).translate(ESCAPES)


def _format_value(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
