"""When checks are due, and what is known of a subject that has fallen silent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nornir_tasks.core.verdict import Status, Verdict
from nornir_tasks.health.check import load_checks
from nornir_tasks.health.run_record import Annotation, RunRecord, Scope, annotate, make_record
from nornir_tasks.health.service.schedule import Schedule, Standing, is_stale
from nornir_tasks.inventory.load import load_region

NOW = datetime(2026, 12, 1, 3, tzinfo=UTC)
CORE, ACCESS = "loppa-core-01", "loppa-acc-01"
CHECKS = {check.name: check for check in load_checks()}


@pytest.mark.parametrize(
    ("interval", "shortest", "after", "is_due"),
    [
        (60, 5, 0, False),
        (60, 5, 59, False),
        (60, 5, 60, True),
        (60, 300, 60, False),  # what is shorter than a round is a round
        (60, 300, 300, True),
        (3600, 60, 60, False),
        (60, 5, -1, True),  # somebody has set the clock back
    ],
)
def test_a_check_is_due_after_its_interval(
    interval: int, shortest: int, after: int, is_due: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = CHECKS["saved"]
    monkeypatch.setattr(type(check), "interval_seconds", interval)
    schedule = Schedule(timedelta(seconds=shortest))
    assert schedule.pick_due([check], NOW) == [check]
    schedule.note([check], NOW)
    assert schedule.pick_due([check], NOW + timedelta(seconds=after)) == ([check] if is_due else [])


def make_round(minute: int, *verdicts: Verdict) -> RunRecord:
    """A round at a minute, with the subjects and checks of its verdicts."""
    began = NOW + timedelta(minutes=minute)
    scope = Scope("loppa", (CORE, ACCESS), tuple(dict.fromkeys(verdict.rule.name for verdict in verdicts)))
    seen = [replace(verdict, seen=began) for verdict in verdicts]
    return make_record(load_region(), scope, seen, (), began, began + timedelta(seconds=4))


def reach(subject: str, error: str = "") -> Verdict:
    rule = CHECKS["reachable"].rule
    return rule.failed(subject, "an answer", error, "Ask") if error else rule.passed(subject)


def test_what_is_not_due_stands_as_it_was() -> None:
    """A finding of a check that runs once an hour does not vanish after a minute."""
    region, standing, saved = load_region(), Standing(), CHECKS["saved"].rule
    failed = saved.failed(CORE, "startup to equal running", "2 lines differ", "Save")
    standing.add_round(region, make_round(0, reach(CORE), reach(ACCESS), failed, saved.passed(ACCESS)))
    record = standing.add_round(region, make_round(1, reach(CORE), reach(ACCESS)))
    assert [(finding.subject, finding.kind) for finding in record.findings] == [(CORE, "saved")]
    assert record.counts.passed == 3
    assert set(record.scope.checks) == {"reachable", "saved"}
    record = standing.add_round(region, make_round(2, reach(CORE), reach(ACCESS), saved.passed(CORE)))
    assert record.is_healthy


def test_what_is_known_beside_a_round_stands_as_long_as_the_finding() -> None:
    """Since when, and who knows of it: also while its check is not due; and the changes that run are the newest."""
    region, standing, saved = load_region(), Standing(), CHECKS["saved"].rule
    failed = saved.failed(CORE, "startup to equal running", "2 lines differ", "Save")
    first = annotate(make_round(0, reach(CORE), failed), lambda each: Annotation(("since 02:41",), True), ["a change"])
    record = standing.add_round(region, first)
    assert (record.findings[0].notes, record.is_healthy, record.changes) == (("since 02:41",), True, ("a change",))
    record = standing.add_round(region, make_round(1, reach(CORE)))
    assert (record.findings[0].notes, record.is_healthy, record.changes) == (("since 02:41",), True, ())


def test_of_what_has_fallen_silent_nothing_is_known() -> None:
    """What it was before is not counted as well, nor as wrong; when it was seen stands there."""
    region, standing, saved = load_region(), Standing(), CHECKS["saved"].rule
    standing.add_round(region, make_round(0, reach(CORE), reach(ACCESS), saved.passed(CORE), saved.passed(ACCESS)))
    record = standing.add_round(region, make_round(1, reach(CORE), reach(ACCESS, "no answer")))
    (unseen,) = record.unseen
    assert (unseen.subject, unseen.check, unseen.is_error) == (ACCESS, "saved", False)
    assert "2026-12-01 03:00 UTC" in unseen.reason
    assert [answer[0].status for answer in record.answers if answer[0].subject == CORE] == [Status.PASSED] * 2


def test_what_has_left_the_inventory_is_forgotten() -> None:
    region, standing = load_region(), Standing()
    standing.add_round(region, make_round(0, reach(CORE), reach(ACCESS, "no answer")))
    left = make_round(1, reach(CORE))
    record = standing.add_round(region, replace(left, scope=replace(left.scope, subjects=(CORE,))))
    assert record.is_healthy


@pytest.mark.parametrize(("seconds", "stale"), [(0, False), (180, False), (185, True)])
def test_an_old_picture_is_not_the_present(seconds: int, stale: bool) -> None:
    """Three rounds may fail, and each takes its time."""
    record = make_round(0, reach(CORE))
    assert is_stale(record, timedelta(seconds=60), record.ended + timedelta(seconds=seconds)) is stale
