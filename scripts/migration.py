#!/usr/bin/env python3
"""Where each municipality stands on its way to the standard."""

import _door  # noqa: F401  # isort: skip  (first: it changes to the Python of the checkout)
from typing import Annotated

import typer

from nornir_tasks.core import terminal
from nornir_tasks.devices.context import open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal.lock import holder_of
from nornir_tasks.model import Stage

app = typer.Typer(
    help="Where each municipality stands on its way to the standard.", no_args_is_help=True, add_completion=False
)


@app.callback()
def door() -> None:
    """Where each municipality stands on its way to the standard."""


@app.command()
def status(
    form: Annotated[terminal.Format, typer.Option("--format", help="table or json")] = terminal.Format.TABLE,
) -> None:
    """Stage, since when, how many switches stand elsewhere, and who is at work. Asks the journal only."""
    terminal.guarded(lambda: show(form))


def show(form: terminal.Format) -> int:
    """Read the journal and print it."""
    region = load_region()
    journal = open_context(region, reason="status").journal
    position, rows = journal.position(), []
    for name, home in region.municipalities.items():
        if home.legacy is None:
            continue
        stage, holder = position.of(name), holder_of(journal, name)
        since = journal.since(name, stage) if stage > Stage.LEGACY else None
        apart = [device.name for device in region.of(name) if position.of(name, device.name) != stage]
        who = f"{holder.who}: {holder.reason}" if holder else ""
        rows.append((name, f"{int(stage)} {stage.word}", f"{since:%Y-%m-%d %H:%M}" if since else "", apart, who))
    if form == terminal.Format.JSON:
        keys = ("municipality", "stage", "since", "switches_apart", "at_work")
        terminal.as_json([dict(zip(keys, row, strict=True)) for row in rows])
        return terminal.CLEAN
    terminal.table(
        ("MUNICIPALITY", "STAGE", "SINCE (UTC)", "APART", "AT WORK"),
        [(name, stage, since, str(len(apart) or ""), who) for name, stage, since, apart, who in rows],
    )
    return terminal.CLEAN


if __name__ == "__main__":
    app()
