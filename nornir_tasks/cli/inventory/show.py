"""``scripts/inventory.py show``: a switch or server on one screen."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated

import typer

from nornir_tasks.change.device_history import DeviceHistory
from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Format, FormatOption, Sources
from nornir_tasks.core.exit_codes import CLEAN
from nornir_tasks.core.terminal import PIPED
from nornir_tasks.inventory.load import load_region
from nornir_tasks.reachability.blast_radius import count_noun
from nornir_tasks.reports.host_card import Host, Switch, as_dict, card, find

HELP = """What a person wants to know of HOST, on one screen: where it is, what hangs on it, its ports, its changes.

HOST is a switch or a server: its name, its name before the move, or an address. Nothing is connected to: what the
journal does not know is told with the command that looks.

\b
  scripts/inventory.py show loppa-acc-03
  scripts/inventory.py show 192.168.16.13   its address before the move
  scripts/inventory.py show loppa-dc-01     a server: what it hangs on
  scripts/inventory.py show loppa-core-01 --format json

Exit codes: 0 shown, 1 the inventory is wrong, 2 no such host."""
INDENT = 12
BOUND = "\u00a0"  # where a line is not to be broken


def show(
    host: Annotated[str, typer.Argument(metavar="HOST", help="a name, a name before the move, or an address")],
    inventory: Sources = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Answer, and leave with an exit code."""

    def work() -> int:
        region = load_region(inventory)
        found = card(region, find(region, host), DeviceHistory(region), date.today())
        if form == Format.JSON:
            terminal.as_json(as_dict(found))
        else:
            print(text(found))
        return CLEAN

    terminal.guarded(work)


def text(found: Switch | Host) -> str:
    """The screen."""
    head = _row(f"{found.name} ", f"{found.what}, {found.site}, {found.label}")
    rows = _switch(found) if isinstance(found, Switch) else _server(found)
    return "\n".join([head, *(_row(label, words) for label, words in rows)])


def _row(label: str, words: str) -> str:
    return textwrap.fill(
        words,
        width=PIPED,
        initial_indent=f"{label:<{INDENT}}",
        subsequent_indent=" " * INDENT,
        break_on_hyphens=False,
    ).replace(BOUND, " ")


def _switch(it: Switch) -> Iterator[tuple[str, str]]:
    yield "model", f"{it.model}, {it.platform}, {count_noun(it.size, 'port')}"
    yield "address", it.address + (f", gateway {it.gateway}" if it.gateway else ", routes on its own")
    if it.legacy_name or it.legacy_address:
        yield "before", f"{it.legacy_name or 'without a name'} at {it.legacy_address or 'no address'}"
    api = f", eAPI {it.endpoint.eapi_port}" if it.platform == "eos" else ""
    former = f" (until it has moved: {it.endpoint.legacy_host})" if it.endpoint.legacy_host else ""
    yield "reached", f"{it.endpoint.host}{former}, SSH {it.endpoint.ssh_port}{api}"
    yield "if it stops", f"{it.behind}"
    rest = [name for name in it.behind.switches if name != it.name]
    if rest:
        yield "  switches", _some(rest)
    if it.behind.servers:
        yield "  servers", _some(it.behind.servers)
    up = [cable for cable in it.cables if cable.up]
    total = sum(cable.gbps for cable in up)
    for number, cable in enumerate(up):
        yield "" if number else "uplinks", f"{cable.port} to {cable.to} {cable.to_name}, {cable.gbps} Gbit/s"
    if up and it.needs:
        yield "", f"its clients need {it.needs:g} Mbit/s of {total * 1000} Mbit/s"
    down = [f"{cable.port}{BOUND}{cable.to}:{cable.to_port}" for cable in it.cables if not cable.up]
    if down:
        yield "links", _some(down, 3)
    yield (
        "ports",
        "; ".join(f"{ports} {name}".replace(" ", BOUND) for name, ports in it.profiles.items()) or "none has a profile",
    )
    if it.unused:
        yield "  unused", it.unused
    since = f", since {it.since} UTC" if it.since else ""
    yield "stage", f"{it.stage}{since}" + (f"; at cutover in {it.wave}" if it.wave else "")
    yield from _done(it)
    for number, words in enumerate(it.exceptions or ("none",)):
        yield "" if number else "exceptions", words


def _done(it: Switch) -> Iterator[tuple[str, str]]:
    change = it.change
    if change is None:
        yield "changed", "never, as far as the journal knows" if it.journal else "there is no journal yet"
    else:
        yield "changed", f"{change.at} UTC by {change.who}: {change.stage}, {change.outcome}"
        yield "", f"{change.reason} (plan {change.plan or 'none'})"
    for number, plan in enumerate(it.waiting):
        words = f"{plan.plan} {plan.what}, {plan.status}, made {plan.made} UTC by {plan.who}: {plan.reason}"
        yield "" if number else "plan waits", words
    if it.drift is None:
        yield "drift", f"not looked at: scripts/drift_audit.py {it.name}"
    else:
        lines = f"{count_noun(len(it.drift.drift), 'line')} of somebody's edit" if it.drift.drift else "none"
        now = f"now: scripts/drift_audit.py {it.name}"
        yield "drift", f"{lines} when plan {it.drift.plan} read it, {it.drift.at} UTC; {now}"
    yield "health", f"not looked at: scripts/health_check.py {it.name}"


def _server(it: Host) -> Iterator[tuple[str, str]]:
    yield "address", it.address + (f", zone {it.zone}" if it.zone else "")
    yield "reached", f"{it.endpoint.host}, SSH {it.endpoint.ssh_port}"
    yield "hangs on", ", then ".join(it.way) or "nothing that the inventory knows"
    if it.guests:
        yield "runs", _some(it.guests)
    if it.serves:
        yield "serves", f"the region: {', '.join(word.replace('_', ' ') for word in it.serves)}"
    yield "stage", f"{it.stage} (its municipality's)"
    yield "health", f"not looked at: scripts/health_check.py {it.way[-1].partition(':')[0] if it.way else it.name}"


def _some(names: Sequence[str], lines: int = 2) -> str:
    """As many names as so many lines hold, and how many more there are."""
    for count in range(len(names), 0, -1):
        more = f" and {len(names) - count} more" if count < len(names) else ""
        told = ", ".join(names[:count]) + more
        if len(textwrap.wrap(told, PIPED - INDENT, break_on_hyphens=False)) <= lines:
            return told
    return f"{len(names)} of them"
