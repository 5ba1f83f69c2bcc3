"""``scripts/drift_audit.py``: what differs from the standard, switch by switch, and how much of the legacy is left."""

from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.checkpoint import read_checkpoint, warn_of_tampering
from nornir_tasks.cli.options import Format, FormatOption, Pattern
from nornir_tasks.cli.selection import choose_devices
from nornir_tasks.core.exit_codes import CLEAN, DRIFT, WRONG
from nornir_tasks.devices.context import open_context
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

Exit codes: 0 clean, 1 a switch did not answer or the tool failed, 2 usage, 3 drift found."""


def main(
    pattern: Pattern = "all",
    form: FormatOption = Format.TABLE,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="every line that differs")] = False,
) -> None:
    """Audit, and leave with an exit code.

    Args:
        pattern: the switches, as ``choose_devices`` reads it.
        form: a table for people, or JSON.
        verbose: whether every line that differs is printed; a table only.
    """
    terminal.run_guarded(lambda: run(pattern, form, verbose))


def run(pattern: str, form: Format, verbose: bool) -> int:
    """The exit code of an audit, after it is printed.

    Args:
        pattern: the switches, as ``choose_devices`` reads it.
        form: a table for people, or JSON.
        verbose: whether every line that differs is printed; a table only.

    Returns:
        ``CLEAN``; ``DRIFT``; or ``WRONG`` where a switch could not be audited, whatever the others are.

    Raises:
        FellesdriftError: the inventory is wrong, or the pattern matches no switch.
    """
    context = open_context(region := load_region(), reason="drift audit")
    warn_of_tampering(context)
    chosen = choose_devices(region, pattern)
    audits = audit_devices(region, chosen, context=context)
    failed, drifted = ([audit for audit in audits if audit.status == status] for status in ("error", "drift"))
    code = WRONG if failed else DRIFT if drifted else CLEAN
    if form == Format.JSON:
        devices = [audit.as_json() for audit in audits]
        counts = {"drifted": len(drifted), "failed": len(failed), "exit_code": code}
        terminal.print_json({"devices": devices, **counts, "checkpoint": read_checkpoint(context)})
        return code
    rows = [
        (
            audit.device,
            audit.stage.word,
            audit.status,
            str(audit.legacy_left or ""),
            audit.lines[0] if audit.lines else audit.verdict.actual,
        )
        for audit in audits
    ]
    terminal.print_table(("SWITCH", "STAGE", "STATUS", "LEGACY", "WHAT"), rows)
    for audit in audits if verbose else ():
        terminal.say(f"\n{audit.device}\n{audit.diff}" if audit.diff else f"\n{audit.device}: as intended")
    terminal.say(f"\n{len(audits)} switches: {len(drifted)} drifted, {len(failed)} failed.")
    terminal.explain_silence(chosen, len(failed))
    return code


app = terminal.make_app(main, HELP)
