"""``scripts/health_check.py``: what is wrong, why, and what to do: one line first, the details below."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from nornir_tasks.cli import terminal
from nornir_tasks.cli.health_history import ACKNOWLEDGE_HELP, HISTORY_HELP, acknowledge, show_history
from nornir_tasks.cli.health_round import RoundOptions, tell_round
from nornir_tasks.cli.health_serve import SERVE_HELP, serve
from nornir_tasks.cli.health_watch import watch as watch_rounds
from nornir_tasks.cli.options import Format, LanguageOption, Pattern
from nornir_tasks.cli.what_if import tell_what_if
from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.exit_codes import INTERRUPTED
from nornir_tasks.core.language import find_language, speak, translate
from nornir_tasks.reports.health_formats import HealthFormat

HELP = """What is wrong, why, and what to do. The first line is the verdict; each check has a runbook in docs/runbooks/.

\b
  scripts/health_check.py                    the whole region
  scripts/health_check.py loppa              one municipality
  scripts/health_check.py loppa-core-01 -v   one switch, all of its checks
  scripts/health_check.py --check saved      one check alone
  scripts/health_check.py loppa --watch      again and again, until Ctrl-C
  scripts/health_check.py --format json      for a program
  scripts/health_check.py loppa --format html --output loppa.html
                                             a page; on paper, too
  scripts/health_check.py --what-if loppa-core-01:23 --what-if KF-1702
                                             who would lose what without both

--what-if takes a switch, a cable (by an end, or its line's contract), a
server, a site, a common service or an application (loppa/mail); nothing is
connected to.

Below the verdict stands what people are cut off from; then what has no
second any more; what nobody gets into; what will hurt later; and what is
untidy. A check that could not tell is never taken for well: it is counted.

Exit codes: 0 healthy, 1 something is wrong or could not be checked, 2 usage,
130 Ctrl-C (with --watch instead that of the last round).
With --format nagios the four of a plugin: OK is 0, WARNING 1 (something is
wrong), CRITICAL 2 (people are cut off), UNKNOWN 3 (it could not be asked).

\b
  scripts/health_check.py history --help     what is open, and since when
  scripts/health_check.py ack --help         say that you know of it
  scripts/health_check.py serve --help       the checks as a service"""


def main(
    pattern: Pattern = "all",
    form: Annotated[
        HealthFormat,
        typer.Option("--format", metavar="FORMAT", help=", ".join(HealthFormat)),
    ] = HealthFormat.TABLE,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="write it there, whole or not at all")
    ] = None,
    check: Annotated[
        list[str] | None, typer.Option("--check", metavar="NAME", help="this check alone; may repeat")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="the checks that passed, too")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="again and again, in place, until Ctrl-C")] = False,
    every: Annotated[float, typer.Option("--every", metavar="SECONDS", min=1, help="between rounds of --watch")] = 30,
    lang: LanguageOption = None,
    what_if: Annotated[
        list[str] | None, typer.Option("--what-if", metavar="NAME", help="who would lose what without it; may repeat")
    ] = None,
) -> None:
    """Check, and leave with an exit code.

    Args:
        pattern: the switches, as ``choose_devices`` reads it.
        form: how it is told.
        output: the file that it is written to; default: standard output.
        check: names of checks; default: all.
        verbose: whether the checks that passed are printed, too; in a table only.
        watch: whether it begins again, until Ctrl-C.
        every: seconds between two rounds of ``watch``.
        lang: of the texts; default: the locale's.
        what_if: names of what is to be taken for out: nothing is checked then.
    """
    language = lang.value if lang else find_language()
    options = RoundOptions(pattern, tuple(check or ()), form, output, verbose, language)

    def work() -> int:
        try:
            with speak(language):
                if what_if:
                    return tell_what_if(what_if, _choose_form(form))
                return watch_rounds(options, every) if watch else tell_round(options)
        except KeyboardInterrupt:
            terminal.leave_at_once(INTERRUPTED)

    terminal.run_guarded(work)


def _choose_form(form: HealthFormat) -> Format:
    """The format of ``--what-if``.

    Raises:
        UsageError: it has no such format.
    """
    try:
        return Format(form.value)
    except ValueError:
        refusal = translate("--what-if: found --format {form}, expected table or json", form=form.value)
        raise UsageError(refusal) from None


class CheckByDefault(TyperGroup):
    """What is no name of a command is what is to be checked: ``scripts/health_check.py loppa``."""

    # typer.Context is what typer's own class is given, and its base class is private
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As click's own, with the command put in where none is named.

        Args:
            ctx: click's.
            args: what was typed.
        """
        return super().parse_args(ctx, args if args and args[0] in self.commands else ["check", *args])

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands that have to be named."""
        return [name for name in super().list_commands(ctx) if name != "check"]


app = terminal.Door(cls=CheckByDefault)
app.command("check", help=HELP)(main)
app.command("history", help=HISTORY_HELP)(show_history)
app.command("ack", help=ACKNOWLEDGE_HELP)(acknowledge)
app.command("serve", help=SERVE_HELP)(serve)
