"""``scripts/report.py``: draw a municipality's move as one HTML page."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Format
from nornir_tasks.core import atomic_write
from nornir_tasks.core.exit_codes import CLEAN
from nornir_tasks.devices.context import open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal import witnesses
from nornir_tasks.reports import migration_report

HELP = """A municipality's move as one page of HTML: stages, what each changed, and a picture of before and after.

It is made from the journal and the plans; no switch is asked. The page loads nothing and holds no secret.

\b
  scripts/report.py loppa                        writes loppa.html here
  scripts/report.py loppa --output /tmp/l.html   somewhere else

Exit codes: 0 drawn, 1 it could not be drawn, 2 usage."""


def main(
    municipality: Annotated[str, typer.Argument(help="whose move")],
    output: Annotated[Path | None, typer.Option(help="the page (default: MUNICIPALITY.html)")] = None,
    evidence: Annotated[Path | None, typer.Option(help="what was measured from outside, as JSON")] = None,
    form: Annotated[Format, typer.Option("--format", help="table: the path, or json")] = Format.TABLE,
) -> None:
    """Write the report's page, and leave with an exit code.

    Args:
        municipality: its name.
        output: the page; default: ``MUNICIPALITY.html``.
        evidence: a file as ``migration_report.read_evidence`` reads it.
        form: ``table`` prints the page's path, ``json`` the stages, too.
    """
    terminal.run_guarded(lambda: run(municipality, output or Path(f"{municipality}.html"), evidence, form))


def run(municipality: str, output: Path, evidence: Path | None, form: Format) -> int:
    """The exit code of the report, after its page is written.

    Args:
        municipality: its name.
        output: the page.
        evidence: a file as ``migration_report.read_evidence`` reads it, or None.
        form: ``table`` prints the page's path, ``json`` the stages, too.

    Raises:
        FellesdriftError: the inventory or the evidence is wrong, or there is no such municipality.
        OSError: the page cannot be written.
    """
    context = open_context(load_region(), reason="report")
    measured = migration_report.read_evidence(evidence) if evidence else None
    report = migration_report.gather_report(context, municipality, measured)
    atomic_write.write({output: migration_report.make_page(report)})
    for notice in witnesses.send_checkpoint(context.journal, context.region):
        print(f"notice: {notice}", file=sys.stderr)
    if form == Format.JSON:
        terminal.print_json(
            {
                "page": str(output),
                "stages": [asdict(row) for row in report.stages],
                "attempts": [asdict(row) for row in report.attempts],
                "checkpoint": report.checkpoint,
            }
        )
        return CLEAN
    terminal.say(str(output))
    for attempt in report.attempts:
        terminal.say(f"{attempt.what}, {attempt.began} by {attempt.who}: {attempt.how}: {attempt.counts}")
        for words in attempt.why:
            terminal.say(f"  {words}")
    return CLEAN


app = terminal.make_app(main, HELP)
