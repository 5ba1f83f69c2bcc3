"""Whether what was said of the region fits together: pure, one module for each kind of question."""

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
    standards,
)
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.finding import Variable

ALL = (standards, risks, addressing, cabling, ports, programme)
REVIEWED = (capacity, redundancy)


def check(entries: Entries) -> list[Verdict[Variable]]:
    """Everything that does not fit: with any of it there is no region."""
    return [finding for area in ALL for finding in _of(area, area.check(entries))]


def review(entries: Entries, today: date) -> list[Verdict[Variable]]:
    """What is wrong, or worth knowing, with a region that fits together: nobody is kept from repairing it."""
    found = [finding for area in REVIEWED for finding in _of(area, area.check(entries))]
    return [*found, *_of(overdue, overdue.check(entries, today))]


def _of(area: ModuleType, findings: Iterable[Verdict[Variable]]) -> Iterator[Verdict[Variable]]:
    """The findings, each with the rule that it comes from: the area, by its module's name and first line."""
    rule = Rule(area.__name__.rpartition(".")[2], (area.__doc__ or "").partition("\n")[0], "inventory")
    return (replace(finding, rule=rule) for finding in findings)
