"""Whether the inventory's records fit together: pure, a module for each kind of question."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from types import ModuleType

from nornir_tasks.core.verdict import Rule, Verdict
from nornir_tasks.model.check import (
    addressing,
    cabling,
    capacity,
    overdue,
    ports,
    programme,
    redundancy,
    risks,
    services,
    standards,
)
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.finding import Variable

AREAS = (standards, risks, addressing, cabling, ports, programme, services)
REVIEW_AREAS = (capacity, redundancy)


def check(entries: Entries) -> list[Verdict[Variable]]:
    """Everything that does not fit: with any of it there is no region."""
    return [finding for area in AREAS for finding in _add_rule(area, area.check(entries))]


def review(entries: Entries, today: date) -> list[Verdict[Variable]]:
    """What is wrong, or worth knowing, with a region that fits together; it can be read all the same."""
    findings = [finding for area in REVIEW_AREAS for finding in _add_rule(area, area.check(entries))]
    return [*findings, *_add_rule(overdue, overdue.check(entries, today))]


def _add_rule(area: ModuleType, findings: Iterable[Verdict[Variable]]) -> Iterator[Verdict[Variable]]:
    """The findings, each with the rule that it comes from: the area, by its module's name and first line."""
    rule = Rule(area.__name__.rpartition(".")[2], (area.__doc__ or "").partition("\n")[0], "inventory")
    return (replace(finding, rule=rule) for finding in findings)
