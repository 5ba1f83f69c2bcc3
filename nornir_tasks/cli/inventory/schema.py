"""``scripts/inventory.py schema``: the JSON Schemas that editors read, made anew from the model."""

from pathlib import Path
from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.core.exit_codes import CLEAN
from nornir_tasks.inventory.json_schema import FOLDER, write_schemas
from nornir_tasks.inventory.load import CHECKOUT

HELP = """Write the JSON Schemas of the inventory's files, for editors: they complete what is typed, and mark what is
wrong as it is written. Each file names its schema in its first comment.

\b
  scripts/inventory.py schema                after a change of the model
  scripts/inventory.py schema --to /srv/net  beside another inventory

Exit codes: 0 written, 1 could not be written, 2 usage."""


def schema(
    to: Annotated[Path, typer.Option("--to", metavar="INVENTORY", help="whose files")] = CHECKOUT / "inventory",
) -> None:
    """Read the command line."""
    terminal.run_guarded(lambda: run(to))


def run(to: Path) -> int:
    """Write, and name what has changed."""
    changed = write_schemas(to / FOLDER)
    for file in changed:
        terminal.say(f"wrote {file}")
    if not changed:
        terminal.say("as the model has it already")
    return CLEAN
