"""Alerts: each finding is told once, from its beginning to its end, and what nobody took is told again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nornir_tasks.core.errors import UsageError
from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.run_record import Finding
from nornir_tasks.health.service.alerts import Alert, AlertBook
from nornir_tasks.health.service.delivery import Alertmanagers

NOW = datetime(2026, 12, 1, 3, tzinfo=UTC)
LASTS = timedelta(minutes=5)


def make_finding(subject: str = "loppa-core-01", urgency: Urgency = Urgency.CUT_OFF, text: str = "no power") -> Finding:
    return Finding(urgency, subject, "loppa", "power", text, "130 users", "Call", "docs/runbooks/reachable.md")


def tell(book: AlertBook, *findings: Finding, minutes: int = 0) -> dict[str, Alert]:
    """The alerts after a round, by whom they are of."""
    return {alert.labels["host"]: alert for alert in book.update(findings, NOW + timedelta(minutes=minutes))}


def test_an_alert_keeps_its_beginning_and_its_end_moves() -> None:
    """Another text is the same alert: who is cut off may change while the cause stays."""
    book = AlertBook(LASTS)
    first = tell(book, make_finding())["loppa-core-01"]
    later = tell(book, make_finding(text="no power, still"), minutes=1)["loppa-core-01"]
    assert (first.began, later.began) == (NOW, NOW)
    assert (first.ends, later.ends) == (NOW + LASTS, NOW + LASTS + timedelta(minutes=1))
    assert first.key == later.key
    assert "still" in later.summary


@pytest.mark.parametrize("urgency", [Urgency.LATER, Urgency.UNTIDY])
def test_what_may_wait_for_the_morning_is_told_to_nobody(urgency: Urgency) -> None:
    assert tell(AlertBook(LASTS), make_finding(urgency=urgency)) == {}


def test_what_somebody_knows_of_calls_nobody_and_does_not_end_by_that() -> None:
    """Known from the beginning: no alert. Acknowledged after the call: it goes on, and ends when it is well."""
    known, book = replace(make_finding(), is_known=True), AlertBook(LASTS)
    assert tell(book, known) == {}
    tell(book, make_finding())
    assert tell(book, known, minutes=1)["loppa-core-01"].is_over is False
    assert tell(book, minutes=2)["loppa-core-01"].is_over is True


def test_what_is_over_is_told_until_somebody_has_taken_it() -> None:
    """The moment of its end stays the first one."""
    book = AlertBook(LASTS)
    tell(book, make_finding())
    over = tell(book, minutes=1)["loppa-core-01"]
    again = tell(book, minutes=2)["loppa-core-01"]
    assert over == again
    assert (over.is_over, over.ends) == (True, NOW + timedelta(minutes=1))
    book.confirm([again])
    assert tell(book, minutes=3) == {}


def test_what_comes_back_is_another_alert() -> None:
    """Whether its end was taken or not."""
    for is_taken in (True, False):
        book = AlertBook(LASTS)
        tell(book, make_finding())
        over = tell(book, minutes=1).values()
        if is_taken:
            book.confirm(over)
        back = tell(book, make_finding(), minutes=2)["loppa-core-01"]
        assert (back.is_over, back.began) == (False, NOW + timedelta(minutes=2))


def test_two_findings_are_two_alerts() -> None:
    book = AlertBook(LASTS)
    alerts = tell(book, make_finding(), make_finding("loppa-acc-01", Urgency.UNSEEN))
    severities = {name: alert.labels["severity"] for name, alert in alerts.items()}
    assert severities == {"loppa-core-01": "critical", "loppa-acc-01": "warning"}


@pytest.mark.parametrize("url", ["127.0.0.1:9093", "ftp://host", "http://", ""])
def test_an_address_that_is_none_is_told_before_the_first_round(url: str) -> None:
    with pytest.raises(UsageError, match="--alertmanager: expected a URL"):
        Alertmanagers([url])


def test_a_password_on_the_command_line_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="expected none") as refusal:
        Alertmanagers(["http://vakt:s3cr3t-word@127.0.0.1:9093"])
    assert "s3cr3t-word" not in str(refusal.value)
