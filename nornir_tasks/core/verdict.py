"""The one record of what was found: by a probe, a gate, a check, a rule of the inventory or the lock-out proof. Pure.

Every text and every JSON of a finding is made from it; ``Verdict.text`` is the only place that writes "Expected …".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, NamedTuple

from typing_extensions import TypeVar

from nornir_tasks.core.language import translate

Subject = TypeVar("Subject", default=str)
Other = TypeVar("Other")


class Status(StrEnum):
    """A verdict's outcome. Failure: the subject is wrong; error: it could not be judged; skipped: does not apply."""

    PASSED = "passed"
    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


class Severity(StrEnum):
    """An error must be put right; a warning may stay, if it is known."""

    ERROR = "error"
    WARNING = "warning"


class Mismatch(NamedTuple):
    """What a rule answers where it does not hold; ``Rule.judge`` makes the verdict of it.

    ``expected`` completes "Expected …", ``actual`` "actual: …", and ``advice`` is a sentence without its full stop.
    """

    expected: str
    actual: str
    advice: str = ""


@dataclass(frozen=True)
class Rule:
    """What is judged: a name for programs, and in words for people what holds where it passes."""

    name: str
    wants: str = ""
    category: str = ""

    def passed(self, subject: Subject) -> "Verdict[Subject]":
        """The verdict where it holds."""
        return Verdict(subject, self, Status.PASSED)

    def failed(self, subject: Subject, expected: str, actual: str, advice: str = "") -> "Verdict[Subject]":
        """The verdict where it does not hold.

        Args:
            subject: a device, a municipality, or a place in the inventory.
            expected: completes "Expected …", such as ``VLAN 100 on loppa-core-01``.
            actual: completes "actual: …", such as ``no such VLAN``.
            advice: what to do about it.
        """
        return Verdict(subject, self, Status.FAILURE, expected, actual, advice)

    def judge(self, subject: Subject, mismatch: Mismatch | None) -> "Verdict[Subject]":
        """Failed where there is a mismatch, passed where there is none."""
        return self.failed(subject, *mismatch) if mismatch else self.passed(subject)


@dataclass(frozen=True)
class Verdict(Generic[Subject]):
    """What was found of one subject by one rule.

    ``actual`` of an error or of what was skipped is the reason. ``seen`` is when the subject was looked at; it is
    filled in where the clock may be asked, and None elsewhere; verdicts that say the same are equal, whenever.
    ``is_unseen``: it does apply, and the subject did not answer, or does not tell it: nobody knows that it is well.
    """

    subject: Subject
    rule: Rule
    status: Status
    expected: str = ""
    actual: str = ""
    advice: str = ""
    severity: Severity = Severity.ERROR
    seen: datetime | None = field(default=None, compare=False)
    is_unseen: bool = field(default=False, compare=False)

    @property
    def passed(self) -> bool:
        """Whether the rule holds."""
        return self.status == Status.PASSED

    @property
    def is_bad(self) -> bool:
        """Whether a person has to look at it: a failure, or an error."""
        return self.status in (Status.FAILURE, Status.ERROR)

    @property
    def text(self) -> str:
        """``Expected …, actual: …`` of a failure; else the reason, or what the rule makes sure of."""
        if self.expected and not self.passed:
            return translate("Expected {expected}, actual: {actual}", expected=self.expected, actual=self.actual)
        return self.actual or (self.rule.wants and translate(self.rule.wants))

    @property
    def text_with_advice(self) -> str:
        """The text, and in a sentence of its own what to do."""
        return f"{self.text}. {self.advice}" if self.advice else self.text

    @property
    def found_text(self) -> str:
        """``found …, expected …; what to do``: as it stands behind a file and its line."""
        found = translate("found {actual}, expected {expected}", actual=self.actual, expected=self.expected)
        return f"{found}; {self.advice}" if self.advice else found

    def about(self, subject: Other) -> "Verdict[Other]":
        """The same verdict on another subject, such as the line of a file that a variable comes from."""
        return Verdict(
            subject,
            self.rule,
            self.status,
            self.expected,
            self.actual,
            self.advice,
            self.severity,
            self.seen,
            self.is_unseen,
        )

    def as_json(self) -> dict[str, Any]:
        """The record for a program: words, and ISO 8601 for the time."""
        return {
            "subject": str(self.subject),
            "rule": {"name": self.rule.name, "wants": self.rule.wants, "category": self.rule.category},
            "status": self.status.value,
            "severity": self.severity.value,
            "expected": self.expected,
            "actual": self.actual,
            "advice": self.advice,
            "seen": self.seen.isoformat() if self.seen else None,
        }


def from_json(record: Mapping[str, Any]) -> Verdict:
    """The verdict of a record that ``Verdict.as_json`` made; its subject is text.

    Raises:
        KeyError, TypeError, ValueError: it is no such record.
    """
    return Verdict(
        subject=str(record["subject"]),
        rule=Rule(**record["rule"]),
        status=Status(record["status"]),
        expected=str(record["expected"]),
        actual=str(record["actual"]),
        advice=str(record["advice"]),
        severity=Severity(record["severity"]),
        seen=datetime.fromisoformat(record["seen"]) if record["seen"] else None,
    )


def group(verdicts: Iterable[Verdict]) -> list[list[Verdict]]:
    """The verdicts of each rule on each subject together, in the order in which they were given."""
    answers: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        answers.setdefault((verdict.subject, verdict.rule.name), []).append(verdict)
    return list(answers.values())


def format_failures(verdicts: Iterable[Verdict]) -> str:
    """The texts of all that did not pass, in one line; empty where all passed."""
    return "; ".join(verdict.text for verdict in verdicts if not verdict.passed)
