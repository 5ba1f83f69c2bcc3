"""Announced maintenance: it ends after it begins, at times that there are. What it covers, ``promises`` looks at."""

from collections.abc import Iterator
from datetime import datetime

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.finding import Path, Variable, judge_variable
from nornir_tasks.model.hours import Calendar
from nornir_tasks.model.standard import Standard

KEY = "maintenance"


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A finding for each time of an announcement that does not fit."""
    for name, municipality in entries.municipalities.items():
        standard = entries.find_standard(name)
        calendar = make_calendar(standard) if standard else None
        if calendar is None:
            continue
        for number, maintenance in enumerate(municipality.maintenance):
            path: Path = (KEY, number)
            for key in ("start", "end", "announced"):
                yield from _check_skipped(name, (*path, key), getattr(maintenance, key), calendar)
            if calendar.read_moment(maintenance.end) <= calendar.read_moment(maintenance.start):
                expected = f"a moment after {_format(maintenance.start)}, its start"
                yield judge_variable(name, (*path, "end"), _format(maintenance.end), expected)


def make_calendar(standard: Standard) -> Calendar | None:
    """The region's calendar; None: no clock has its time zone, which is told elsewhere."""
    try:
        return standard.calendar
    except (LookupError, ValueError, OSError):
        return None


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
