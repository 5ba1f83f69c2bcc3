"""Agreements and risk assessments: what they cover is there, and their days follow one another."""

from collections.abc import Iterator
from datetime import date

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.check.service_names import check_names
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.finding import Path, Variable, judge_variable
from nornir_tasks.model.municipality import Municipality
from nornir_tasks.model.services import ALL, Agreement, RiskAssessment


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A finding for each application that there is not, and each day before another that it follows."""
    for municipality in entries.municipalities.values():
        unread = entries.list_unread_keys(municipality.name, ("applications",))
        names = [ALL, *municipality.applications, *unread]
        for key, agreement in municipality.agreements.items():
            yield from _check_agreement(municipality, ("agreements", key), agreement, names)
        for key, assessment in municipality.risk_assessments.items():
            yield from _check_assessment(municipality, ("risk_assessments", key), assessment, names)


def _check_agreement(
    municipality: Municipality, path: Path, agreement: Agreement, names: list[str]
) -> Iterator[Verdict[Variable]]:
    noun = f"an application of {municipality.name}, or {ALL}"
    yield from check_names(municipality.name, (*path, "covers"), agreement.covers, noun, names)
    yield from _check_order(municipality, (*path, "until"), agreement.until, agreement.signed, "when it was signed")


def _check_assessment(
    municipality: Municipality, path: Path, assessment: RiskAssessment, names: list[str]
) -> Iterator[Verdict[Variable]]:
    noun = f"an application of {municipality.name}, or {ALL}"
    yield from check_names(municipality.name, (*path, "covers"), assessment.covers, noun, names)
    for index, finding in enumerate(assessment.findings):
        for key, day in (("due", finding.due), ("closed", finding.closed)):
            field = (*path, "findings", index, key)
            yield from _check_order(municipality, field, day, assessment.made, "when the assessment was made")


def _check_order(
    municipality: Municipality, path: Path, day: date | None, earlier: date, reason: str
) -> Iterator[Verdict[Variable]]:
    if day is not None and day < earlier:
        yield judge_variable(municipality.name, path, str(day), f"a day from {earlier} on, {reason}")
