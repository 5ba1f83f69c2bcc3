"""``scripts/health_check.py``: what is wrong, why, and what to do: one line first, the details below."""

from dataclasses import asdict
from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Format, FormatOption, Pattern
from nornir_tasks.cli.selection import choose_devices
from nornir_tasks.core.exit_codes import CLEAN, WRONG
from nornir_tasks.health.runner import health
from nornir_tasks.inventory.load import load_region

HELP = """What is wrong, why, and what to do. The first line is the verdict; each check has a runbook in docs/runbooks/.

\b
  scripts/health_check.py                    the whole region
  scripts/health_check.py loppa              one municipality
  scripts/health_check.py loppa-core-01 -v   one switch, with the checks that passed
  scripts/health_check.py --format json      for a program

Exit codes: 0 healthy, 1 something is wrong or could not be checked, 2 usage."""


def main(
    pattern: Pattern = "all",
    form: FormatOption = Format.TABLE,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="the checks that passed, too")] = False,
) -> None:
    """Read the command line."""
    terminal.guarded(lambda: run(pattern, form, verbose))


def run(pattern: str, form: Format, verbose: bool) -> int:
    """Check, print, and say with the exit code whether all is well."""
    region = load_region()
    chosen = choose_devices(region, pattern)
    found = health(region, chosen)
    bad = [one for one in found if one.verdict in ("failure", "error")]
    passed = sum(one.verdict == "passed" for one in found)
    sick = sorted({one.device for one in bad})
    verdict = f"healthy: {len({one.device for one in found})} switches, {passed} checks passed"
    if bad:
        verdict = f"{len(sick)} switches are not well, {bad[0].device} first: {bad[0].words}"
    if form == Format.JSON:
        terminal.as_json({"healthy": not bad, "verdict": verdict, "checks": [asdict(one) for one in found]})
        return WRONG if bad else CLEAN
    terminal.say(verdict)
    terminal.silence(chosen, sum(one.check == "reachable" for one in bad))
    for one in bad:
        terminal.say(f"\n{one.device}: {one.check}: {one.words}\n  {one.advice} (docs/runbooks/{one.check}.md)")
    if verbose:
        rows = [(o.device, o.check, o.verdict, o.words) for o in found]
        terminal.table(("SWITCH", "CHECK", "VERDICT", "WORDS"), rows)
    return WRONG if bad else CLEAN


app = terminal.one_command(main, HELP)
