"""``scripts/migration.py``: where each municipality stands on its way to the standard, and what waits there."""

from collections.abc import Iterator
from itertools import groupby
from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.checkpoint import warn_of_tampering
from nornir_tasks.cli.options import Format, FormatOption
from nornir_tasks.core.exit_codes import CLEAN
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.terminal import wrap
from nornir_tasks.devices.context import open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal.lock import find_fate, holder_of
from nornir_tasks.migration.fixed_addresses import UNSEEN, FixedAddresses, read_fixed_addresses
from nornir_tasks.migration.stages import require_municipality
from nornir_tasks.model import Municipality, Stage

HELP = """Where each municipality stands, and what somebody must re-address.

Exit codes: 0 told, 1 it cannot be read, 2 usage."""

app = terminal.Door(no_args_is_help=True)


@app.callback(help=HELP)
def door() -> None:
    """What the door is for."""


@app.command()
def status(
    form: FormatOption = Format.TABLE,
) -> None:
    """Stage, since when, how many switches stand elsewhere, and who is at work. Asks the journal only."""
    terminal.run_guarded(lambda: show(form))


def show(form: Format) -> int:
    """Read the journal and print it."""
    region = load_region()
    context = open_context(region, reason="status")
    warn_of_tampering(context)
    journal = context.journal
    position, rows = journal.position(), []
    for name, home in region.municipalities.items():
        if not home.has_legacy:
            continue
        stage, holder = position.of(name), holder_of(journal, name)
        since = journal.since(name, stage) if stage > Stage.LEGACY else None
        switches_elsewhere = [device.name for device in region.of(name) if position.of(name, device.name) != stage]
        at_work = f"{holder.who}: {holder.reason}" if holder else ""
        if holder and find_fate(holder) == "dead":
            at_work = f"nobody: the process of {at_work} is dead; its lock is taken over to go on"
        rows.append(
            (
                name,
                f"{int(stage)} {stage.word}",
                f"{since:%Y-%m-%d %H:%M}" if since else "",
                switches_elsewhere,
                at_work,
            )
        )
    if form == Format.JSON:
        keys = ("municipality", "stage", "since", "switches_apart", "at_work")
        terminal.print_json([dict(zip(keys, row, strict=True)) for row in rows])
        return CLEAN
    terminal.print_table(
        ("MUNICIPALITY", "STAGE", "SINCE (UTC)", "APART", "AT WORK"),
        [
            (name, stage, since, str(len(switches_elsewhere) or ""), at_work)
            for name, stage, since, switches_elsewhere, at_work in rows
        ],
    )
    return CLEAN


@app.command()
def fixed(
    municipality: Annotated[str, typer.Argument(help="its name")],
    form: FormatOption = Format.TABLE,
) -> None:
    """What the last survey found with an address typed in, by site and port."""
    terminal.run_guarded(lambda: show_fixed(municipality, form))


def show_fixed(name: str, form: Format) -> int:
    """Read what the last survey found, and print it."""
    region = load_region()
    home = region.municipalities[require_municipality(region, name)]
    context = open_context(region, reason="fixed")
    warn_of_tampering(context)
    addresses = read_fixed_addresses(context.journal, name)
    if form == Format.JSON:
        terminal.print_json(_make_document(home, addresses))
        return CLEAN
    if not addresses.has_arp:
        terminal.say(f"{name}: no survey has looked for fixed addresses. Run playbooks/migrate/10_survey.yml.")
        return CLEAN
    print("\n".join(_format_fixed(home, addresses)))
    hidden = addresses.count - len(addresses.rows)
    terminal.say((f"{hidden} more are not kept. " if hidden else "") + f"Not seen: {UNSEEN}.")
    return CLEAN


def _format_fixed(home: Municipality, addresses: FixedAddresses) -> Iterator[str]:
    """The addresses below each site and switch, so that whoever goes there has them together, in 80 columns."""
    yield wrap(f"{addresses}, surveyed {addresses.surveyed:%Y-%m-%d %H:%M} UTC")
    yield ""
    yield f"  {'ADDRESS':<15}  {'MAC':<17}  {'VLAN':<4} {'FOR':<14}  PORT"
    for (site, device), rows in groupby(addresses.rows, key=lambda row: (row.site, row.device)):
        place = f"{site}, {device}" if site else "not heard on a port"
        yield wrap(f"{place}: {_describe_visit(home, site)}", 2)
        for row in rows:
            yield make_safe(f"  {row.address:<15}  {row.mac:<17}  {row.vlan:<4} {row.profile:<14}  {row.port}").rstrip()


def _make_document(home: Municipality, addresses: FixedAddresses) -> dict[str, object]:
    visits = home.migration.visits if home.migration else {}
    return {
        "municipality": home.name,
        "surveyed": addresses.surveyed,
        **addresses.to_detail(),
        "visits": {site: visit.model_dump() for site, visit in visits.items()},
        "not_seen": UNSEEN,
    }


def _describe_visit(home: Municipality, site: str) -> str:
    """Who goes to a site, and by when."""
    visit = home.migration.visits.get(site) if home.migration else None
    return f"{visit.who}, by {visit.by}" if visit else "nobody yet"
