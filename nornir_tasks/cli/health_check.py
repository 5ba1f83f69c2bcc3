"""``scripts/health_check.py``: what is wrong, why, and what to do: one line first, the details below."""

from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.checkpoint import read_checkpoint, warn_of_tampering
from nornir_tasks.cli.options import Format, FormatOption, Pattern
from nornir_tasks.cli.selection import choose_devices
from nornir_tasks.cli.what_if import tell_what_if
from nornir_tasks.core.exit_codes import CLEAN, WRONG
from nornir_tasks.core.terminal import make_console
from nornir_tasks.devices.context import open_context
from nornir_tasks.health.runner import run_round
from nornir_tasks.inventory.load import load_region
from nornir_tasks.reports.health_json import make_json
from nornir_tasks.reports.health_table import show_record

HELP = """What is wrong, why, and what to do. The first line is the verdict; each check has a runbook in docs/runbooks/.

\b
  scripts/health_check.py                    the whole region
  scripts/health_check.py loppa              one municipality
  scripts/health_check.py loppa-core-01 -v   one switch, with the checks that passed
  scripts/health_check.py --format json      for a program
  scripts/health_check.py --what-if loppa-core-01:23 --what-if loppa-core-01:24
                                             who would lose what without both

--what-if takes a switch, a cable (by an end, or its line's contract), a server, a
site, a common service or an application (loppa/mail); nothing is connected to.

Exit codes: 0 healthy, 1 something is wrong or could not be checked, 2 usage."""


def main(
    pattern: Pattern = "all",
    form: FormatOption = Format.TABLE,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="the checks that passed, too")] = False,
    what_if: Annotated[
        list[str] | None, typer.Option("--what-if", metavar="NAME", help="who would lose what without it; may repeat")
    ] = None,
) -> None:
    """Check, and leave with an exit code.

    Args:
        pattern: the switches, as ``choose_devices`` reads it.
        form: texts for people, or JSON.
        verbose: whether the checks that passed are printed, too; texts only.
        what_if: names of what is to be taken for out: nothing is checked then.
    """
    terminal.run_guarded(lambda: tell_what_if(what_if, form) if what_if else run(pattern, form, verbose))


def run(pattern: str, form: Format, verbose: bool) -> int:
    """The exit code of the checks, after their verdicts are printed.

    Args:
        pattern: the switches, as ``choose_devices`` reads it.
        form: texts for people, or JSON.
        verbose: whether the checks that passed are printed, too; texts only.

    Returns:
        ``CLEAN``, or ``WRONG`` where a check failed or could not tell.

    Raises:
        FellesdriftError: the inventory is wrong, or the pattern matches no switch.
    """
    region = load_region()
    chosen = choose_devices(region, pattern)
    context = open_context(region, reason="health check")
    warn_of_tampering(context)
    record = run_round(context, chosen, pattern=pattern)
    if form == Format.JSON:
        terminal.print_json({**make_json(region, record), "checkpoint": read_checkpoint(context)})
    else:
        show_record(make_console(), record, verbose=verbose)
        terminal.explain_silence(chosen, len(record.scope.closed))
    return CLEAN if record.is_healthy else WRONG


app = terminal.make_app(main, HELP)
