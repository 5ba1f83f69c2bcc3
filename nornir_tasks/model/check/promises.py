"""What is promised and cannot be kept, or asked for: rotas, holidays, suppliers and announcements that are missing."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from nornir_tasks.core.verdict import Severity, Verdict
from nornir_tasks.model.agreed import Subject, choose_service_level
from nornir_tasks.model.check.maintenance import make_calendar
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Path, Variable, judge_variable, suggest_nearest
from nornir_tasks.model.hours import Calendar
from nornir_tasks.model.municipality import Municipality
from nornir_tasks.model.service_levels import Maintenance, is_early_enough, measure_agreed_seconds
from nornir_tasks.model.services import ALL
from nornir_tasks.model.standard import Standard

AHEAD = timedelta(days=90)  # in which somebody must have written the next year's holidays


def check(entries: Entries, today: date) -> Iterator[Verdict[Variable]]:
    """A warning for each of them."""
    standard = entries.find_standard(CENTRE) or next(iter(entries.standards.values()), None)
    if standard is None:
        return
    centre = entries.municipalities.get(CENTRE)
    if centre and centre.on_call is None:
        expected = "the rota of the operations centre"
        yield _warn(CENTRE, ("on_call",), "nothing", expected, "without it no fault calls anybody at night")
    last = max((day for days in standard.holidays.values() for day in days), default=None)
    if last is None or last < today + AHEAD:
        actual = f"none after {last}" if last else "nothing"
        expected = f"days until {today + AHEAD} at least"
        yield _warn("all", ("holidays",), actual, expected, "what is no holiday is a working day")
    if not standard.service_levels:
        expected = "what applications and common services promise"
        yield _warn("all", ("service_levels",), "nothing", expected, "without them nothing is promised")
    yield from _check_level_names(entries, standard)
    yield from _check_suppliers(entries, standard)
    calendar = make_calendar(standard)
    for home in entries.municipalities.values() if calendar else ():
        covered_names = _list_covered_names(entries, home, standard)
        for number, maintenance in enumerate(home.maintenance):
            if calendar and calendar.find_day(maintenance.end) >= today:
                yield from _check_covers(home, number, maintenance, covered_names)
                yield from _check_maintenance(home, number, maintenance, standard, calendar)


def _warn(scope: str, path: Path, actual: str, expected: str, advice: str) -> Verdict[Variable]:
    return judge_variable(scope, path, actual, expected, advice, Severity.WARNING)


def _check_level_names(entries: Entries, standard: Standard) -> Iterator[Verdict[Variable]]:
    """Services that a level names and that there are nowhere: a slip, or one that is gone."""
    applications = {name for home in entries.municipalities.values() for name in home.applications}
    choices = {"applications": applications, "common_services": {*standard.common_services}}
    nouns = {"applications": "an application of a municipality", "common_services": "a common service"}
    for key, level in standard.service_levels.items():
        for field, names in choices.items():
            for index, name in enumerate(getattr(level, field)):
                if names and name not in names:
                    path: Path = ("service_levels", key, field, index)
                    yield _warn("all", path, repr(name), nouns[field], suggest_nearest(name, names))


def _check_suppliers(entries: Entries, standard: Standard) -> Iterator[Verdict[Variable]]:
    """Lines and servers of a supplier whose fault desk is not in the inventory."""
    lines: list[tuple[str, Path, str]] = [
        (name, ("links", number, "line", "supplier"), link.line.supplier)
        for name, links in entries.links.items()
        for number, link in links.items()
        if link.line
    ]
    servers: list[tuple[str, Path, str]] = [
        (host, ("run_by",), server.run_by) for host, server in entries.servers.items() if server.run_by
    ]
    if (lines or servers) and not standard.suppliers:
        expected = "the fault desk of each supplier that a line or a server names"
        yield _warn("all", ("suppliers",), "nothing", expected, "whom does the night call?")
        return
    for scope, path, supplier in (*lines, *servers):
        if supplier not in standard.suppliers:
            advice = suggest_nearest(supplier, standard.suppliers) or "whom does the night call?"
            yield _warn(scope, path, repr(supplier), "one of `suppliers`, with the telephone of its fault desk", advice)


def _list_covered_names(entries: Entries, home: Municipality, standard: Standard) -> set[str]:
    """Everything of a municipality that maintenance may cover, as ``covers`` writes it."""
    names: dict[str, Iterable[str]] = {
        "site": entries.sites[home.name],
        "host": entries.find_places(home.name),
        "application": home.applications,
        "line": [link.line.contract for link in home.links if link.line],
        "service": standard.common_services if home.name == CENTRE else (),
    }
    return {ALL, *(f"{kind}/{name}" for kind, kind_names in names.items() for name in kind_names)}


def _check_covers(
    home: Municipality, number: int, maintenance: Maintenance, choices: set[str]
) -> Iterator[Verdict[Variable]]:
    """Names of what there is not. Of work that is over they stay: a line or a server of then may be gone by now."""
    noun = f"something of {home.name}: {ALL}, or one of its sites, hosts, applications or lines (by contract)"
    noun += ", or a common service" if home.name == CENTRE else ""
    for index, name in enumerate(maintenance.covers):
        if name not in choices:
            yield _warn(
                home.name,
                ("maintenance", number, "covers", index),
                repr(name),
                noun,
                suggest_nearest(name, choices) or "it covers nothing",
            )


def _check_maintenance(
    home: Municipality, number: int, maintenance: Maintenance, standard: Standard, calendar: Calendar
) -> Iterator[Verdict[Variable]]:
    """Work that was announced too late, or that a target of 100 % has no room for."""
    path: Path = ("maintenance", number)
    if not is_early_enough(maintenance, standard.maintenance_notice_hours, calendar):
        actual = maintenance.announced.isoformat(timespec="minutes")
        expected = f"a moment {standard.maintenance_notice_hours} hours before its start, or earlier"
        yield _warn(home.name, (*path, "announced"), actual, expected, "it counts as an outage")
    for name in home.applications:
        subject = Subject(home.name, "application", name)
        level = choose_service_level(standard, home, subject)
        if level is None or level.availability_percent < 100 or not {ALL, str(subject)} & {*maintenance.covers}:
            continue
        if measure_agreed_seconds(level, maintenance.start, maintenance.end, calendar):
            expected = "work outside of its agreed hours, or a target that leaves room for it"
            yield _warn(home.name, (*path, "covers"), f"{name}, of which 100 % is promised", expected, "")
