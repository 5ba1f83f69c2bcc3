"""``scripts/inventory.py on-call``: whom to call, and whom then, now or at another time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Format, FormatOption, Sources
from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.exit_codes import CLEAN, WRONG
from nornir_tasks.core.terminal import wrap
from nornir_tasks.health.calls import describe_desk, list_call_lines, record_call, record_desk
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Region
from nornir_tasks.model.call_order import FaultDesk, find_fault_desk, find_on_call, list_suppliers
from nornir_tasks.model.fields import YEARS
from nornir_tasks.reachability.places import suggest_nearest

HELP = """Whom to call when something is wrong, and whom if they do not answer.

In its hours a municipality's own people come first, then those of the operations centre. Below them the fault desks of
those who supply its lines and run servers of it, and whether they answer.

\b
  scripts/inventory.py on-call                   all, the first one of each
  scripts/inventory.py on-call loppa             everybody, in their order
  scripts/inventory.py on-call operations_centre
  scripts/inventory.py on-call loppa --at 2026-12-24T03:00

A time is the region's own, unless it names its zone: 2026-12-24T02:00+00:00. Nothing is connected to.

Exit codes: 0 told, 1 the inventory is wrong or somewhere nobody is on call, 2 usage."""
EXAMPLE = "2026-12-24T03:00"
NOBODY = "nobody is on call"


def on_call(
    municipality: Annotated[
        str | None, typer.Argument(help="a municipality, or operations_centre; default: all, a line each")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help=f"such as {EXAMPLE}; default: now")] = None,
    inventory: Sources = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Print whom to call, and leave with an exit code.

    Args:
        municipality: in which something is wrong; None: the first one of each.
        at: local time of the region where it names no zone; None: now.
        inventory: as Ansible's ``-i``; default: what ``ansible.cfg`` lists.
        form: a table, or JSON.
    """

    def work() -> int:
        moment = parse_moment(at) if at is not None else datetime.now(UTC)
        region = load_region(inventory)
        homes = list(region.municipalities)
        if municipality is not None and municipality not in homes:
            near = suggest_nearest(municipality, homes)
            raise UsageError(f"municipality: found {municipality!r}, expected one of {', '.join(homes)}{near}")
        chosen = [municipality] if municipality else homes
        if form == Format.JSON:
            terminal.print_json([_record(region, home, moment) for home in chosen])
        elif municipality:
            _print_calls(region, municipality, moment)
        else:
            _print_first_calls(region, homes, moment)
        return CLEAN if all(find_on_call(region, home, moment) for home in chosen) else WRONG

    terminal.run_guarded(work)


def parse_moment(text: str) -> datetime:
    """The time that ``--at`` gives; without a zone it is the region's.

    Raises:
        UsageError: it is no time, or one of another century.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.year not in YEARS:
        raise UsageError(f"--at: found {text!r}, expected a time such as {EXAMPLE}")
    return moment


def _print_calls(region: Region, municipality: str, moment: datetime) -> None:
    """Everybody in their order, and the desks of its suppliers."""
    lines = list_call_lines(region, municipality, moment)
    print(wrap(_make_title(region, region.municipalities[municipality].label, moment) + ("" if lines else NOBODY)))
    if lines:
        terminal.print_table(("WHEN", "TELEPHONE", "WHO"), [(line.when, line.phone, line.who) for line in lines])
    desks = [describe_desk(region, desk, moment) for desk in _list_desks(region, municipality, moment)]
    if desks:
        print()
        terminal.print_table(
            ("ANSWERS", "TELEPHONE", "SUPPLIER"), [(desk.when, desk.phone, desk.who) for desk in desks]
        )


def _print_first_calls(region: Region, homes: Sequence[str], moment: datetime) -> None:
    print(wrap(_make_title(region, "First to call", moment)))
    firsts = [(region.municipalities[home].label, list_call_lines(region, home, moment)[:1]) for home in homes]
    rows = [(label, line[0].phone if line else "", line[0].who if line else NOBODY) for label, line in firsts]
    terminal.print_table(("MUNICIPALITY", "TELEPHONE", "WHO"), rows)


def _make_title(region: Region, subject: str, moment: datetime) -> str:
    calendar = region.calendar
    return f"{subject}, {calendar.read_moment(moment).astimezone(calendar.zone):%A %Y-%m-%d %H:%M} ({calendar.zone}): "


def _list_desks(region: Region, municipality: str, moment: datetime) -> list[FaultDesk]:
    desks = (find_fault_desk(region, name, moment) for name in list_suppliers(region, municipality))
    return [desk for desk in desks if desk]


def _record(region: Region, municipality: str, moment: datetime) -> dict[str, Any]:
    """The record for a program."""
    return {
        "municipality": municipality,
        "moment": region.calendar.read_moment(moment).astimezone(region.calendar.zone).isoformat(timespec="seconds"),
        "calls": [record_call(region, call) for call in find_on_call(region, municipality, moment)],
        "desks": [record_desk(region, desk) for desk in _list_desks(region, municipality, moment)],
    }
