"""Whether the inventory's records fit together: pure, a module for each kind of question."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from types import ModuleType

from nornir_tasks.core.verdict import Rule, Verdict
from nornir_tasks.model.check import (
    addressing,
    administrators,
    agreements,
    applications,
    cabling,
    capacity,
    maintenance,
    on_call,
    overdue,
    ports,
    programme,
    promises,
    redundancy,
    risks,
    service_levels,
    services,
    shared_ports,
    standards,
)
from nornir_tasks.model.entries import STANDARD_KEYS, Entries
from nornir_tasks.model.finding import Path, Variable

AREAS = (
    *(standards, risks, addressing, cabling, ports, programme, services, applications, agreements, administrators),
    *(service_levels, on_call, maintenance),
)
REVIEW_AREAS = (capacity, redundancy, shared_ports)
DATED_AREAS = (overdue, promises)  # that depend on the day


def check(entries: Entries) -> list[Verdict[Variable]]:
    """Everything that does not fit: with any of it there is no region."""
    findings = [finding for area in AREAS for finding in _add_rule(area, area.check(entries))]
    return restore_places(findings, entries.findings)


def review(entries: Entries, today: date) -> list[Verdict[Variable]]:
    """What is wrong, or worth knowing, with a region that fits together; it can be read all the same."""
    findings = [finding for area in REVIEW_AREAS for finding in _add_rule(area, area.check(entries))]
    dated = [finding for area in DATED_AREAS for finding in _add_rule(area, area.check(entries, today))]
    return [*findings, *dated]


def restore_places(
    findings: Iterable[Verdict[Variable]], reading: Iterable[Verdict[Variable]]
) -> list[Verdict[Variable]]:
    """The findings, with the places in lists that the inventory has: the records are without what could not be read.

    Args:
        findings: of checks, about the records.
        reading: what could not be read; of a list its elements, or what an element lacks.
    """
    left_out: dict[Path, set[int]] = {}
    for finding in reading:
        path = finding.subject.path[:-1] if finding.actual == "nothing" else finding.subject.path
        # Links keep their numbers: they are read one by one.
        if path and isinstance(path[-1], int) and path[0] != "links":
            left_out.setdefault((_name_scope(finding), *path[:-1]), set()).add(path[-1])
    return [_restore_place(finding, left_out) for finding in findings] if left_out else list(findings)


def _restore_place(finding: Verdict[Variable], left_out: Mapping[Path, set[int]]) -> Verdict[Variable]:
    path: Path = ()
    for part in finding.subject.path:
        if isinstance(part, int):
            for index in sorted(left_out.get((_name_scope(finding), *path), ())):
                part += index <= part  # the place as it was, counted on past each that is not there
        path = (*path, part)
    return finding.about(replace(finding.subject, path=path))


def _name_scope(finding: Verdict[Variable]) -> str:
    """The host or group of a finding; for the standard, which each host has, one word."""
    is_standard = finding.subject.path[:1] and finding.subject.path[0] in STANDARD_KEYS
    return "all" if is_standard else finding.subject.scope


def _add_rule(area: ModuleType, findings: Iterable[Verdict[Variable]]) -> Iterator[Verdict[Variable]]:
    """The findings, each with the rule that it comes from: the area, by its module's name and first line."""
    rule = Rule(area.__name__.rpartition(".")[2], (area.__doc__ or "").partition("\n")[0], "inventory")
    return (replace(finding, rule=rule) for finding in findings)
