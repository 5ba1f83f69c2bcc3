"""Holidays, service levels and who has which: each year whole, hours that come, and one level for each service."""

from collections.abc import Iterator

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Path, Variable, format_choices, judge_unknown, judge_variable
from nornir_tasks.model.hours import Hours
from nornir_tasks.model.municipality import Municipality
from nornir_tasks.model.standard import Standard

LEVEL = "a service level"


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A finding for each holiday that is missing, level that is not there, and service that has two of them."""
    standard = entries.find_standard(CENTRE) or next(iter(entries.standards.values()), None)
    if standard is None:
        return
    yield from _check_holidays(standard, entries.find_unread_names("holidays"))
    yield from _check_levels(standard)
    for name, supplier in standard.suppliers.items():
        yield from check_hours("all", ("suppliers", name, "hours"), supplier.hours)
    yield from _check_choices(entries, standard)


def check_hours(scope: str, path: Path, hours: Hours | None) -> Iterator[Verdict[Variable]]:
    """A finding for hours that end as they begin, and so never come, and for each day that stands there twice.

    Args:
        scope: the host or group whose variable it is.
        path: the way to the hours.
        hours: None: around the clock.
    """
    if hours is None:
        return
    if hours.start == hours.end:
        expected = f"another time than its start, {hours.start}; the whole day is 00:00 to 24:00"
        yield judge_variable(scope, (*path, "end"), repr(hours.end), expected)
    for index, day in enumerate(hours.days):
        if day in hours.days[:index]:
            expected = f"each day once; [{hours.days.index(day)}] is the same"
            yield judge_variable(scope, (*path, "days", index), repr(day), expected)


def _check_holidays(standard: Standard, unread: set[str]) -> Iterator[Verdict[Variable]]:
    """Each holiday has one day in each year that any of them has: one that was forgotten is a working day."""
    years = sorted({day.year for days in standard.holidays.values() for day in days})
    for name, days in standard.holidays.items():
        first_days: dict[int, int] = {}
        for index, day in enumerate(days):
            first = first_days.setdefault(day.year, index)
            if first != index:
                expected = f"one day in {day.year}; [{first}] is {days[first]}"
                yield judge_variable("all", ("holidays", name, index), str(day), expected)
        missing = [str(year) for year in years if year not in first_days]
        if missing and name not in unread:
            expected = "a day in each year that another holiday has"
            yield judge_variable("all", ("holidays", name), f"none in {', '.join(missing)}", expected)


def _check_levels(standard: Standard) -> Iterator[Verdict[Variable]]:
    """Hours that come, and each service in one level at most."""
    owners: dict[tuple[str, str], str] = {}
    for name, level in standard.service_levels.items():
        yield from check_hours("all", ("service_levels", name, "hours"), level.hours)
        for field in ("applications", "common_services"):
            for index, service in enumerate(getattr(level, field)):
                if (field, service) in owners:
                    expected = f"each in one level, once; {owners[field, service]} has it"
                    yield judge_variable("all", ("service_levels", name, field, index), repr(service), expected)
                owners.setdefault((field, service), name)


def _check_choices(entries: Entries, standard: Standard) -> Iterator[Verdict[Variable]]:
    """The default and each municipality's own choices are levels that there are; that there is none is told once."""
    homes = entries.municipalities.values()
    default = standard.default_service_level
    levels = {*standard.service_levels, *entries.find_unread_names("service_levels")}
    chosen = {level for home in homes for level in home.application_levels.values()}
    chosen |= {default} if default else set()
    if not levels and chosen:
        expected = f"a mapping with {', '.join(sorted(chosen))}"
        yield judge_variable("all", ("service_levels",), "nothing", expected)
        return
    is_unread = any(finding.subject.path[:1] == ("default_service_level",) for finding in entries.findings)
    if default is None and levels and not is_unread:
        yield judge_variable("all", ("default_service_level",), "nothing", format_choices(levels))
    elif default is not None and default not in levels:
        yield judge_unknown("all", ("default_service_level",), default, LEVEL, levels)
    for home in homes:
        yield from _check_own_choices(entries, home, levels)


def _check_own_choices(entries: Entries, home: Municipality, levels: set[str]) -> Iterator[Verdict[Variable]]:
    """Of a municipality without any application only the levels are looked at: that file is missing, not its names."""
    names = {*home.applications, *entries.list_unread_keys(home.name, ("applications",))}
    for application, level in home.application_levels.items():
        path: Path = ("application_levels", application)
        if level not in levels:
            yield judge_unknown(home.name, path, level, LEVEL, levels)
        if names and application not in names:
            yield judge_unknown(home.name, path, application, f"an application of {home.name}", names)
