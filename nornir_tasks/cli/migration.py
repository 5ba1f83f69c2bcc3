"""``scripts/migration.py``: where each municipality stands on its way to the standard."""

from nornir_tasks.cli import terminal
from nornir_tasks.cli.checkpoint import warn_of_tampering
from nornir_tasks.cli.options import Format, FormatOption
from nornir_tasks.core.exit_codes import CLEAN
from nornir_tasks.devices.context import open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal.lock import find_fate, holder_of
from nornir_tasks.model import Stage

HELP = """Where each municipality stands on its way to the standard.

Exit codes: 0 told, 1 it cannot be read, 2 usage."""

app = terminal.Door(no_args_is_help=True)


@app.callback(help=HELP)
def door() -> None:
    """Without it, typer would take the only command for the door itself."""


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
