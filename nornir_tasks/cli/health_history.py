"""``scripts/health_check.py history`` and ``ack``: what is open, since when, and who knows of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Annotated, Any

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Format, FormatOption
from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.exit_codes import CLEAN
from nornir_tasks.core.language import translate, translate_count
from nornir_tasks.core.terminal import wrap
from nornir_tasks.devices.context import one_line, open_context
from nornir_tasks.health.episodes import (
    CAUSE,
    Acknowledgement,
    Episode,
    Recurrence,
    describe_acknowledgement,
    describe_recurrence,
    sort_acknowledged_last,
)
from nornir_tasks.health.history_recorder import find_history, open_history
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Region
from nornir_tasks.reachability.places import suggest_nearest

HISTORY_HELP = """What is open, since when, and who has acknowledged it; then what ended in the last 24 hours.

NAME is a municipality, or a switch, server or application, with * for any letters.
What somebody has acknowledged comes last. Nothing is connected to: what was found is
what the last run found that looked there.

\b
  scripts/health_check.py history
  scripts/health_check.py history loppa
  scripts/health_check.py history 'loppa-acc-*' --format json

Exit codes: 0 listed, 1 the history cannot be read, 2 usage."""
ACKNOWLEDGE_HELP = """Say that you know of what is open at NAME: until then it is told last, and is no error.

It ends at --until, or once it is found well, whichever comes first. CHECK is one of
the checks that scripts/health_check.py history names there; without it, all of them.

\b
  scripts/health_check.py ack loppa-acc-03 saved --until 2d --reason ferry
  scripts/health_check.py ack loppa-core-01 --until 08:00 --reason Telenor
  scripts/health_check.py ack loppa-core-01 --withdraw

--until is 90m, 12h, 3d, a time (the next 08:00), or a moment (2026-12-02T08:00), by
this machine's clock; at most 90 days ahead.

Exit codes: 0 noted, 1 nothing is open there, or it could not be noted, 2 usage."""
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
MOST_DIGITS = 4  # of an amount: 9999 days are refused as too long, and more of them are no number that means anything
RECENT = timedelta(hours=24)


def show_history(
    name: Annotated[str, typer.Argument(metavar="NAME", help="all, a municipality, or a name with *")] = "all",
    form: FormatOption = Format.TABLE,
) -> None:
    """Print what is open and what has ended, and leave with an exit code.

    Args:
        name: ``all``, a municipality, or a pattern of subjects.
        form: texts for people, or JSON.
    """
    terminal.run_guarded(lambda: tell_history(name, form))


def acknowledge(
    name: Annotated[str, typer.Argument(metavar="NAME", help="a switch, server or application")],
    check: Annotated[str, typer.Argument(metavar="CHECK", help="one of its checks; default: all that are open")] = "",
    until: Annotated[str, typer.Option("--until", metavar="WHEN", help="90m, 12h, 3d, 08:00 or a moment")] = "",
    reason: Annotated[str, typer.Option("--reason", help="why it may stay so long")] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="take it back")] = False,
) -> None:
    """Note who knows of a finding, and leave with an exit code.

    Args:
        name: the subject.
        check: one of its rules; empty: all.
        until: as ``parse_until`` reads it.
        reason: why.
        withdraw: take the acknowledgement back instead.
    """
    terminal.run_guarded(lambda: _withdraw(name, check) if withdraw else _acknowledge(name, check, until, reason))


def tell_history(name: str, form: Format) -> int:
    """Print what is open, and what has ended since yesterday.

    Args:
        name: ``all``, a municipality, or a pattern of subjects.
        form: texts for people, or JSON.

    Raises:
        UsageError: the name means nothing.
        HistoryError: the history cannot be read.
    """
    region, now = load_region(), datetime.now(UTC)
    history = find_history()
    recurrences = history.list_open() if history else []
    ended = history.list_ended(now - RECENT) if history else []
    newest = history.find_newest_run() if history else None
    known = [*(each.episode.key.subject for each in recurrences), *(each.key.subject for each in ended)]
    if not _is_known(region, name, known):
        names = [*region.municipalities, *region.devices, *region.servers, *known]
        near = suggest_nearest(name, names)
        raise UsageError(
            translate(
                "NAME: found {name!r}, expected all, a municipality, or a switch, server or application{near}",
                name=name,
                near=near,
            )
        )
    recurrences = [each for each in recurrences if _is_of(region, each.episode.key.subject, name)]
    ended = [each for each in ended if _is_of(region, each.key.subject, name)]
    in_order = sort_acknowledged_last(recurrences, lambda each: _is_acknowledged(each, now))
    if form == Format.JSON:
        terminal.print_json(
            {
                "last_run": newest,
                "open": [_record_recurrence(each, now) for each in in_order],
                "ended": [_record_episode(each) for each in ended],
            }
        )
        return CLEAN
    for line in _list_lines(in_order, ended, newest, now):
        print(line)
    return CLEAN


def parse_until(text: str, now: datetime) -> datetime:
    """The moment that a person means: a span, the next time of day, or a day or moment by this machine's clock.

    Args:
        text: ``90m``, ``12h``, ``3d``, ``08:00``, ``2026-12-02``, ``2026-12-02T08:00``, or with a zone.
        now: what it is counted from.

    Raises:
        UsageError: it is none of these.
    """
    if span := re.fullmatch(rf"(\d{{1,{MOST_DIGITS}}})([mhd])", text):
        return now + int(span[1]) * UNITS[span[2]]
    local = now.astimezone()
    try:
        if re.fullmatch(r"\d{1,2}:\d{2}", text):
            time = datetime.strptime(text, "%H:%M").time()
            today = local.replace(hour=time.hour, minute=time.minute, second=0, microsecond=0)
            return today if today > local else today + timedelta(days=1)
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.astimezone()
    except (ValueError, OverflowError):
        raise UsageError(
            translate(
                "--until: found {text!r}, expected 90m, 12h, 3d, a time such as 08:00, or a moment such as "
                "2026-12-02T08:00",
                text=text,
            )
        ) from None


def _acknowledge(name: str, check: str, until: str, reason: str) -> int:
    now = datetime.now(UTC)
    moment = parse_until(until, now)
    context = open_context(load_region(), reason="acknowledge a finding")
    acknowledgement = Acknowledgement(context.who, now, moment.astimezone(UTC), one_line(reason))
    for episode in open_history(context.where).acknowledge(name, check, acknowledgement):
        print(wrap(f"{_name(episode)}: {describe_acknowledgement(acknowledgement)}", indent=2))
    return CLEAN


def _withdraw(name: str, check: str) -> int:
    context = open_context(load_region(), reason="withdraw an acknowledgement")
    for episode in open_history(context.where).withdraw(name, check, context.who):
        print(wrap(translate("{name}: not acknowledged any more", name=_name(episode)), indent=2))
    return CLEAN


def _list_lines(
    recurrences: Sequence[Recurrence], ended: Sequence[Episode], newest: datetime | None, now: datetime
) -> Iterator[str]:
    if newest is None:
        yield translate("No run has been kept yet: scripts/health_check.py")
        return
    acknowledged = sum(_is_acknowledged(each, now) for each in recurrences)
    count = translate_count("{count} finding is open", "{count} findings are open", len(recurrences))
    known = translate(", {acknowledged} of them acknowledged", acknowledged=acknowledged) if acknowledged else ""
    yield wrap(translate("Last run {moment} UTC: ", moment=f"{newest:%Y-%m-%d %H:%M}") + f"{count}{known}.")
    for recurrence in recurrences:
        episode = recurrence.episode
        yield ""
        yield wrap(f"{_name(episode)}: {describe_recurrence(recurrence, now)}", indent=2)
        yield wrap(f"  {episode.text}", indent=2)
        if episode.is_stale(now):
            seen = f"{episode.seen:%Y-%m-%d}"
            yield wrap(translate("  not looked at since {seen}: it may be gone by now", seen=seen), indent=2)
    if ended:
        yield ""
        yield translate("Ended within 24 hours:")
    for episode in ended:
        span = f"{episode.opened:%Y-%m-%d %H:%M} – {episode.closed:%Y-%m-%d %H:%M} UTC"
        yield wrap(f"  {_name(episode)}: {span}", indent=4)


def _name(episode: Episode) -> str:
    """A finding in a word or two; a cause as the history names it, so that it can be typed."""
    rule = episode.key.rule
    return f"{episode.key.subject} {f'{rule!r}' if rule.startswith(CAUSE) and ' ' in rule else rule}".strip()


def _is_acknowledged(recurrence: Recurrence, now: datetime) -> bool:
    acknowledgement = recurrence.episode.acknowledgement
    return acknowledgement is not None and acknowledgement.is_valid(now)


def _is_known(region: Region, name: str, subjects: Sequence[str]) -> bool:
    if name == "all" or name in region.municipalities:
        return True
    applications = (f"{home.name}/{each}" for home in region.municipalities.values() for each in home.applications)
    return any(fnmatchcase(each, name) for each in (*region.devices, *region.servers, *applications, *subjects))


def _is_of(region: Region, subject: str, name: str) -> bool:
    if name == "all" or fnmatchcase(subject, name) or subject.startswith(f"{name}/"):
        return True
    host = region.devices.get(subject) or region.servers.get(subject)
    return host is not None and host.municipality == name


def _record_recurrence(recurrence: Recurrence, now: datetime) -> dict[str, Any]:
    """An open finding, for a program."""
    acknowledgement = recurrence.episode.acknowledgement
    is_valid = acknowledgement is not None and acknowledgement.is_valid(now)
    return {
        **_record_episode(recurrence.episode),
        "times_in_24_hours": recurrence.times,
        "flapping": recurrence.is_flapping,
        "acknowledged": asdict(acknowledgement) if acknowledgement and is_valid else None,
    }


def _record_episode(episode: Episode) -> dict[str, Any]:
    return {
        "subject": episode.key.subject,
        "check": episode.key.rule,
        "verdict": episode.key.status.value,
        "words": episode.text,
        "since": episode.opened,
        "since_exactly": episode.is_exact,
        "well_at": episode.well_at,
        "seen": episode.seen,
        "ended": episode.closed,
    }
