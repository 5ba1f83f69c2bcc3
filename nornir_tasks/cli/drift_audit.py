"""``scripts/drift_audit.py``: what differs from the standard, switch by switch, and how much of the legacy is left."""

from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Format, FormatOption, Pattern
from nornir_tasks.cli.selection import choose_devices
from nornir_tasks.core.exit_codes import CLEAN, DRIFT, WRONG
from nornir_tasks.drift.audit import audit_devices
from nornir_tasks.inventory.load import load_region

HELP = """What differs from what each switch is meant to run at its stage, and whose doing it is.

A line that is in neither the legacy nor the standard is somebody's edit: drift. A switch that is on its way is not
drifted for that; what is left of its legacy is counted beside it.

\b
  scripts/drift_audit.py                    every switch of the region
  scripts/drift_audit.py loppa              one municipality
  scripts/drift_audit.py 'loppa-acc-*' -v   some switches, with every line
  scripts/drift_audit.py --format json      for a program

Exit codes: 0 clean, 1 a switch did not answer or the tool failed, 2 usage, 99 drift found."""


def main(
    pattern: Pattern = "all",
    form: FormatOption = Format.TABLE,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="every line that differs")] = False,
) -> None:
    """Read the command line."""
    terminal.guarded(lambda: run(pattern, form, verbose))


def run(pattern: str, form: Format, verbose: bool) -> int:
    """Audit, print, and say with the exit code what was found."""
    chosen = choose_devices(region := load_region(), pattern)
    found = audit_devices(region, chosen)
    wrong, drift = ([one for one in found if one.status == status] for status in ("error", "drift"))
    code = WRONG if wrong else DRIFT if drift else CLEAN
    if form == Format.JSON:
        devices = [one.as_json() for one in found]
        terminal.as_json({"devices": devices, "drifted": len(drift), "failed": len(wrong), "exit_code": code})
        return code
    rows = [
        (
            one.device,
            one.stage.word,
            one.status,
            str(one.legacy_left or ""),
            one.lines[0] if one.lines else one.verdict.actual,
        )
        for one in found
    ]
    terminal.table(("SWITCH", "STAGE", "STATUS", "LEGACY", "WHAT"), rows)
    for one in found if verbose else ():
        terminal.say(f"\n{one.device}\n{one.diff}" if one.diff else f"\n{one.device}: as intended")
    terminal.say(f"\n{len(found)} switches: {len(drift)} drifted, {len(wrong)} failed.")
    terminal.silence(chosen, len(wrong))
    return code


app = terminal.one_command(main, HELP)
