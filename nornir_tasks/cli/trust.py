"""``scripts/trust.py``: whom the tools take for which switch: host keys and certificates that a person has seen."""

from pathlib import Path
from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Pattern
from nornir_tasks.cli.selection import choose_devices
from nornir_tasks.core.exit_codes import CLEAN, WRONG
from nornir_tasks.devices import key_collection
from nornir_tasks.devices.context import open_context
from nornir_tasks.inventory.load import load_region

HELP = """Read the host keys of switches (and EOS's certificates), show them, and remember them once you have looked.

A switch whose key is not known is not logged in to, and one with another key than the known one stops everything.
Nobody logs in here. Compare each fingerprint with the one that the switch's own console shows.

\b
  scripts/trust.py loppa                     before the survey; after connect
  scripts/trust.py loppa --from FILE         what somebody collected on site
  scripts/trust.py loppa-acc-03 --replace    for a switch that was replaced

After connect there may be more to trust: it switches eAPI on. Until its certificate is known, EOS is driven over SSH.

Exit codes: 0 all are known now, 1 one is not (no answer, another key, not agreed to), 2 usage."""


def main(
    pattern: Pattern,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask: somebody has compared them already")] = False,
    prepared: Annotated[Path | None, typer.Option("--from", help="known hosts to take, instead of asking")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="also take keys that differ from the known ones")] = False,
    reason: Annotated[str, typer.Option("--reason", help="for the journal")] = "trust",
) -> None:
    """Collect keys, ask, remember them, and leave with an exit code.

    Args:
        pattern: the switches, as ``choose_devices`` reads it.
        yes: do not ask: a person has compared the fingerprints already.
        prepared: a file of known hosts to take the keys from; default: the switches are connected to.
        replace: whether keys that differ from the known ones are trusted, too.
        reason: for the journal.
    """
    terminal.run_guarded(lambda: run(pattern, yes, prepared, replace, reason))


def run(pattern: str, yes: bool, prepared: Path | None, replace: bool, reason: str) -> int:
    """The exit code, after the keys are shown and, if a person agrees, remembered.

    Args:
        pattern: the switches, as ``choose_devices`` reads it.
        yes: do not ask: a person has compared the fingerprints already.
        prepared: a file of known hosts to take the keys from; None: the switches are connected to.
        replace: whether keys that differ from the known ones are trusted, too.
        reason: for the journal.

    Returns:
        ``CLEAN`` where every switch's keys are known now, else ``WRONG``.

    Raises:
        FellesdriftError: the inventory, the pattern or the prepared file is wrong.
    """
    context = open_context(load_region(), reason=reason)
    chosen = choose_devices(context.region, pattern)
    if prepared:
        shown_keys = key_collection.read_prepared(chosen, prepared)
    else:
        shown_keys = key_collection.collect_keys(chosen, context.journal.position())
    terminal.print_table(
        ("SWITCH", "KEY"), [(shown_key.device.name, key_collection.describe(shown_key)) for shown_key in shown_keys]
    )
    count = {
        state: [shown_key for shown_key in shown_keys if shown_key.state == state]
        for state in ("new", "changed", "silent")
    }
    wanted = count["new"] + (count["changed"] if replace else [])
    if wanted and (yes or typer.confirm(f"\nTo trust: {len(wanted)}. Are these the switches' own?")):
        key_collection.remember(context, wanted)
        terminal.say(f"Known from now on: {len(wanted)}.")
        wanted = []
    if count["changed"] and not replace:
        terminal.say(f"Changed: {len(count['changed'])}. Find out why; if the switch was replaced, add --replace.")
    terminal.explain_silence(chosen, len(count["silent"]))
    return WRONG if wanted or count["silent"] or (count["changed"] and not replace) else CLEAN


app = terminal.make_app(main, HELP)
