"""``scripts/report.py``: draw a municipality's move as one HTML page."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Format
from nornir_tasks.core.exit_codes import CLEAN
from nornir_tasks.devices.context import open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.reports import migration_report

HELP = """A municipality's move as one page of HTML: stages, what each changed, and a picture of before and after.

It is made from the journal and the plans; no switch is asked. The page loads nothing and holds no secret.

\b
  scripts/report.py loppa                        writes loppa.html here
  scripts/report.py loppa --output /tmp/l.html   somewhere else"""


def main(
    municipality: Annotated[str, typer.Argument(help="whose move")],
    output: Annotated[Path | None, typer.Option(help="the page (default: MUNICIPALITY.html)")] = None,
    evidence: Annotated[Path | None, typer.Option(help="what was measured from outside, as JSON")] = None,
    form: Annotated[Format, typer.Option("--format", help="table: the path, or json")] = Format.TABLE,
) -> None:
    """Read the command line."""
    terminal.guarded(lambda: run(municipality, output or Path(f"{municipality}.html"), evidence, form))


def run(municipality: str, output: Path, evidence: Path | None, form: Format) -> int:
    """Gather, draw, write."""
    context = open_context(load_region(), reason="report")
    seen = migration_report.read_evidence(evidence) if evidence else None
    found = migration_report.gather(context, municipality, seen)
    output.write_text(migration_report.page(found), encoding="utf-8")
    if form == Format.JSON:
        terminal.as_json({"page": str(output), "stages": [asdict(row) for row in found.stages]})
    else:
        terminal.say(str(output))
    return CLEAN


app = terminal.one_command(main, HELP)
