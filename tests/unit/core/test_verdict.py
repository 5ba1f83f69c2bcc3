"""The one record of what was found: its texts, and the way through JSON."""

import json
from datetime import UTC, datetime

import pytest

from nornir_tasks.core.verdict import Mismatch, Rule, Severity, Status, Verdict, format_failures, from_json

RULE = Rule("uplinks", "every cable to another switch is up", "links")
MISMATCH = Mismatch("Gi1/0/5 up", "down", "Look at the cable")
CASES = {
    "passed": (RULE.passed("loppa-core-01"), RULE.wants),
    "failure": (RULE.judge("loppa-core-01", MISMATCH), "Expected Gi1/0/5 up, actual: down"),
    "skipped": (Verdict("loppa-core-01", RULE, Status.SKIPPED, actual="no cable yet"), "no cable yet"),
    "error": (Verdict("loppa-core-01", RULE, Status.ERROR, actual="no answer"), "no answer"),
    "error that expected something": (
        Verdict("loppa-core-01", RULE, Status.ERROR, "alta-leaf-01 to look", "no answer"),
        "Expected alta-leaf-01 to look, actual: no answer",
    ),
}


@pytest.mark.parametrize(("verdict", "text"), CASES.values(), ids=CASES.keys())
def test_the_text(verdict: Verdict, text: str) -> None:
    """What was expected and what was there, or the reason, or what the rule makes sure of."""
    assert verdict.text == text
    assert verdict.is_bad is (verdict.status in ("failure", "error"))
    assert verdict.passed is (verdict.status == "passed")


def test_advice_is_told_where_there_is_some() -> None:
    """As a sentence behind it, or after a semicolon in the line of a file."""
    failed = RULE.judge("loppa-core-01", MISMATCH)
    assert failed.text_with_advice == "Expected Gi1/0/5 up, actual: down. Look at the cable"
    assert failed.found_text == "found down, expected Gi1/0/5 up; Look at the cable"
    plain = RULE.failed("loppa-core-01", "a", "b")
    assert (plain.text_with_advice, plain.found_text) == ("Expected a, actual: b", "found b, expected a")


def test_only_what_did_not_pass_is_told() -> None:
    """All of it, in one line."""
    failed = RULE.failed("loppa-core-01", "a", "b")
    assert format_failures([RULE.judge("x", None), failed, failed]) == "Expected a, actual: b; Expected a, actual: b"
    assert format_failures([RULE.passed("x")]) == ""


def test_through_json_and_back() -> None:
    """Nothing is lost; the subject is text."""
    seen = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
    for verdict, _ in CASES.values():
        assert from_json(json.loads(json.dumps(verdict.as_json()))) == verdict
    dated = Verdict("x", RULE, Status.FAILURE, "a", "b", "c", Severity.WARNING, seen)
    read = from_json(json.loads(json.dumps(dated.as_json())))
    assert (read, read.seen) == (dated, seen)
    with pytest.raises(KeyError):
        from_json({"subject": "x"})


def test_said_of_another_subject() -> None:
    """Everything else stays."""
    failed = RULE.judge("loppa-core-01", MISMATCH)
    assert failed.about(7) == Verdict(7, RULE, Status.FAILURE, *MISMATCH)
