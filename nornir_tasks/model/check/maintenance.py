"""Announced maintenance: it ends after it begins, at times that there are, and covers what there is."""

from collections.abc import Iterator
from datetime import datetime

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.check.service_names import check_names
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Path, Variable, judge_variable
from nornir_tasks.model.hours import Calendar
from nornir_tasks.model.municipality import Municipality
from nornir_tasks.model.services import ALL
from nornir_tasks.model.standard import Standard

KEY = "maintenance"


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A finding for each time and each name of an announcement that does not fit."""
    for name, municipality in entries.municipalities.items():
        standard = entries.find_standard(name)
        calendar = make_calendar(standard) if standard else None
        if not municipality.maintenance or standard is None or calendar is None:
            continue
        covered_names = _list_covered_names(entries, municipality, standard)
        unread_kinds = _list_unread_kinds(entries, name)
        for number, maintenance in enumerate(municipality.maintenance):
            path: Path = (KEY, number)
            for key in ("start", "end", "announced"):
                yield from _check_skipped(name, (*path, key), getattr(maintenance, key), calendar)
            if calendar.read_moment(maintenance.end) <= calendar.read_moment(maintenance.start):
                expected = f"a moment after {_format(maintenance.start)}, its start"
                yield judge_variable(name, (*path, "end"), _format(maintenance.end), expected)
            unread = {text for text in maintenance.covers if text.partition("/")[0] in unread_kinds}
            noun = f"something of {name}: {ALL}, or one of its sites, hosts, applications or lines (by contract)"
            noun += ", or a common service" if name == CENTRE else ""
            yield from check_names(name, (*path, "covers"), maintenance.covers, noun, covered_names | unread)


def make_calendar(standard: Standard) -> Calendar | None:
    """The region's calendar; None: no clock has its time zone, which is told elsewhere."""
    try:
        return standard.calendar
    except (LookupError, ValueError, OSError):
        return None


def _list_covered_names(entries: Entries, municipality: Municipality, standard: Standard) -> set[str]:
    """Everything of a municipality that maintenance may cover, as ``covers`` writes it."""
    name = municipality.name
    hosts = {*entries.find_places(name), *(host for host, owners in entries.misplaced.items() if name in owners)}
    names: dict[str, set[str]] = {
        "site": entries.sites[name],
        "host": hosts,
        "application": {*municipality.applications, *entries.list_unread_keys(name, ("applications",))},
        "line": {link.line.contract for link in municipality.links if link.line},
        "service": {*standard.common_services} if name == CENTRE else set(),
    }
    return {ALL, *(f"{kind}/{word}" for kind, words in names.items() for word in words)}


def _list_unread_kinds(entries: Entries, name: str) -> set[str]:
    """Kinds of names of which some could not be read, or all are missing: of these nothing is told here."""
    keys = {finding.subject.path[0] for finding in entries.findings if finding.subject.path}
    municipality = entries.municipalities[name]
    return {
        *(["site"] if "sites" in keys or not entries.sites[name] else []),
        *(["application"] if not municipality.applications else []),
        *(["line"] if "links" in keys or not municipality.links else []),
        *(["service"] if name == CENTRE and "common_services" in keys else []),
    }


def _check_skipped(scope: str, path: Path, written: datetime, calendar: Calendar) -> Iterator[Verdict[Variable]]:
    """Local times that clocks skip in the night when they are put forward."""
    if written.tzinfo is None:
        shown = calendar.read_moment(written).astimezone(calendar.zone).replace(tzinfo=None)
        if shown != written:
            expected = f"a time that clocks show: that night they go on to {_format(shown)}"
            yield judge_variable(scope, path, _format(written), expected)


def _format(moment: datetime) -> str:
    """A moment as a record writes it."""
    return moment.isoformat(timespec="minutes")
