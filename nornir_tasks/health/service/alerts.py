"""What is told of findings to those who are called: each finding is one alert, from its beginning to its end. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.run_record import Finding

# As the rules of the role monitoring name them: its receivers choose by these words.
SEVERITY = {Urgency.CUT_OFF: "critical", Urgency.UNPROTECTED: "warning", Urgency.UNSEEN: "warning"}
ALERT_NAME = "HealthFinding"


@dataclass(frozen=True)
class Alert:
    """A finding, as Alertmanager takes it.

    Args:
        labels: which it is: two alerts with the same labels are one.
        summary: the verdict, for whoever is called.
        runbook: that goes on where the verdict ends.
        began: when it was found first, in UTC.
        ends: when it is over, unless it is told again before then; in UTC.
        is_over: whether it was not found any more.
    """

    labels: Mapping[str, str]
    summary: str
    runbook: str
    began: datetime
    ends: datetime
    is_over: bool = False

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """Which it is."""
        return tuple(sorted(self.labels.items()))


@dataclass
class AlertBook:
    """The alerts that are open, and those that ended and that nobody has taken yet.

    Args:
        lasts: how long an alert holds that is not told again: the service may die, and its alerts must not stay.
    """

    lasts: timedelta
    alerts: dict[tuple[tuple[str, str], ...], Alert] = field(default_factory=dict)

    def update(self, findings: Iterable[Finding], now: datetime) -> Sequence[Alert]:
        """The alerts to tell after a round: what is open, and what is over since.

        Args:
            findings: of the round; those that may wait for the morning are told to nobody.
            now: in UTC.
        """
        found: dict[tuple[tuple[str, str], ...], Alert] = {}
        for finding in findings:
            if finding.urgency not in SEVERITY:
                continue
            alert = make_alert(finding, now, now + self.lasts)
            before = self.alerts.get(alert.key)
            is_open = before is not None and not before.is_over
            if finding.is_known and not is_open:
                continue  # a change that runs explains it; what was acknowledged since it was told is not over
            found[alert.key] = replace(alert, began=before.began) if before and is_open else alert
        over = {key: _end(alert, now) for key, alert in self.alerts.items() if key not in found}
        self.alerts = {**over, **found}
        return tuple(self.alerts.values())

    def confirm(self, told: Iterable[Alert]) -> None:
        """Forget what is over, once somebody has taken it."""
        for alert in told:
            if alert.is_over:
                self.alerts.pop(alert.key, None)


def make_alert(finding: Finding, began: datetime, ends: datetime) -> Alert:
    """A finding's alert.

    Args:
        finding: of an urgency that somebody is called for.
        began: when it was found first, in UTC.
        ends: when it is over unless it is told again, in UTC.

    Raises:
        KeyError: nobody is called for a finding of this urgency.
    """
    labels = {
        "alertname": ALERT_NAME,
        "severity": SEVERITY[finding.urgency],
        "kind": finding.kind,
        "host": finding.subject,
        "municipality": finding.municipality,
    }
    return Alert(
        # Alertmanager takes a label without a value for one that is not there, and so do we.
        labels={name: value for name, value in labels.items() if value},
        summary=finding.line,
        runbook=finding.runbook,
        began=began,
        ends=ends,
    )


def _end(alert: Alert, now: datetime) -> Alert:
    return alert if alert.is_over else replace(alert, ends=now, is_over=True)
