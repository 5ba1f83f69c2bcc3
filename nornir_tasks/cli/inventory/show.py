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
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.terminal import PIPED
from nornir_tasks.core.text import count_noun
from nornir_tasks.inventory.load import load_region
from nornir_tasks.reports.host_card import (
    CardCable,
    HealthReading,
    ServerCard,
    SwitchCard,
    as_dict,
    find_host,
    make_card,
    read_health,
)

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
MOST_FINDINGS = 2  # so that the card stays on one screen
LONGEST_FINDING = 130  # letters: two lines
BOUND = "\u00a0"  # where a line is not to be broken


def show(
    host: Annotated[str, typer.Argument(metavar="HOST", help="a name, a name before the move, or an address")],
    inventory: Sources = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Print a host's card, and leave with an exit code.

    Args:
        host: a name, a name before the move, or an address.
        inventory: as Ansible's ``-i``; default: what ``ansible.cfg`` lists.
        form: a text for people, or JSON.
    """

    def work() -> int:
        region = load_region(inventory)
        name = find_host(region, host)
        host_card = make_card(region, name, DeviceHistory(region), date.today(), read_health(name))
        if form == Format.JSON:
            terminal.print_json(as_dict(host_card))
        else:
            print(format_card(host_card))
        return CLEAN

    terminal.run_guarded(work)


def format_card(host_card: SwitchCard | ServerCard) -> str:
    """The card as text, for 80 columns."""
    head = _format_row(f"{host_card.name} ", f"{host_card.what}, {host_card.site}, {host_card.label}")
    rows = _list_switch_rows(host_card) if isinstance(host_card, SwitchCard) else _list_server_rows(host_card)
    return "\n".join([head, *(_format_row(label, words) for label, words in rows)])


def _format_row(label: str, words: str) -> str:
    return textwrap.fill(
        make_safe(words),
        width=PIPED,
        initial_indent=f"{label:<{INDENT}}",
        subsequent_indent=" " * INDENT,
        break_on_hyphens=False,
    ).replace(BOUND, " ")


def _list_switch_rows(switch: SwitchCard) -> Iterator[tuple[str, str]]:
    yield "model", f"{switch.model}, {switch.platform}, {count_noun(switch.size, 'port')}"
    yield "address", switch.address + (f", gateway {switch.gateway}" if switch.gateway else ", routes on its own")
    if switch.legacy_name or switch.legacy_address:
        yield "before", f"{switch.legacy_name or 'without a name'} at {switch.legacy_address or 'no address'}"
    api = f", eAPI {switch.endpoint.eapi_port}" if switch.platform == "eos" else ""
    former = f" (until it has moved: {switch.endpoint.legacy_host})" if switch.endpoint.legacy_host else ""
    yield "reached", f"{switch.endpoint.host}{former}, SSH {switch.endpoint.ssh_port}{api}"
    yield "if it stops", f"{switch.behind}"
    switches_behind = [name for name in switch.behind.switches if name != switch.name]
    if switches_behind:
        yield "  switches", _shorten_names(switches_behind)
    if switch.behind.servers:
        yield "  servers", _shorten_names(switch.behind.servers)
    up = [cable for cable in switch.cables if cable.up]
    total = sum(cable.mbps for cable in up)
    for number, cable in enumerate(up):
        yield "" if number else "uplinks", f"{cable.port} to {cable.to} {cable.to_name}, {_format_speed(cable)}"
    if up and switch.needs:
        yield "", f"its clients need {switch.needs:g} Mbit/s of {total} Mbit/s"
    down = [f"{cable.port}{BOUND}{cable.to}:{cable.to_port}" for cable in switch.cables if not cable.up]
    if down:
        yield "links", _shorten_names(down, 3)
    yield (
        "ports",
        "; ".join(f"{ports} {name}".replace(" ", BOUND) for name, ports in switch.profiles.items())
        or "none has a profile",
    )
    if switch.unused:
        yield "  unused", switch.unused
    since = f", since {switch.since} UTC" if switch.since else ""
    yield "stage", f"{switch.stage}{since}" + (f"; at cutover in {switch.wave}" if switch.wave else "")
    yield from _list_change_rows(switch)
    for number, words in enumerate(switch.exceptions or ("none",)):
        yield "" if number else "exceptions", words


def _list_change_rows(switch: SwitchCard) -> Iterator[tuple[str, str]]:
    change = switch.change
    if change is None:
        yield "changed", "never, as far as the journal knows" if switch.journal else "there is no journal yet"
    else:
        yield "changed", f"{change.at} UTC by {change.who}: {change.stage}, {change.outcome}"
        yield "", f"{change.reason} (plan {change.plan or 'none'})"
    for number, plan in enumerate(switch.waiting):
        words = f"{plan.plan} {plan.what}, {plan.status}, made {plan.made} UTC by {plan.who}: {plan.reason}"
        yield "" if number else "plan waits", words
    if switch.drift is None:
        yield "drift", f"not looked at: scripts/drift_audit.py {switch.name}"
    else:
        lines = f"{count_noun(len(switch.drift.drift), 'line')} of somebody's edit" if switch.drift.drift else "none"
        now = f"now: scripts/drift_audit.py {switch.name}"
        yield "drift", f"{lines} when plan {switch.drift.plan} read it, {switch.drift.at} UTC; {now}"
    yield from _list_health_rows(switch.health, switch.name)


def _list_server_rows(server: ServerCard) -> Iterator[tuple[str, str]]:
    yield "address", f"{server.address}, zone {server.zone}"
    if server.legacy_address:
        yield "before", server.legacy_address
    if server.os or server.run_by:
        by = f"run by {server.run_by}: not ours to write" if server.run_by else ""
        yield "system", ", ".join(word for word in (server.os, by) if word)
    if server.runs:
        yield "runs", _shorten_names(server.runs, 4)
    yield "reached", f"{server.endpoint.host}, SSH {server.endpoint.ssh_port}"
    yield "hangs on", ", then ".join(server.way) or "nothing that the inventory knows"
    if server.guests:
        yield "carries", _shorten_names(server.guests)
    if server.serves:
        yield "serves", f"the region: {', '.join(word.replace('_', ' ') for word in server.serves)}"
    yield "stage", f"{server.stage} (its municipality's)"
    yield from _list_health_rows(server.health, server.way[-1].partition(":")[0] if server.way else server.name)


def _list_health_rows(health: HealthReading | None, pattern: str) -> Iterator[tuple[str, str]]:
    """When it was looked at last, and the first findings."""
    command = f"scripts/health_check.py {pattern}"
    if health is None:
        yield "health", f"not looked at: {command}"
        return
    if health.trouble:
        yield "health", f"{health.trouble} Now: {command}"
        return
    count = count_noun(len(health.findings), "finding") if health.findings else "nothing wrong"
    yield "health", f"looked at {health.at} UTC: {count}; now: {command}"
    for finding in health.findings[:MOST_FINDINGS]:
        words = f"{finding.check or 'cause'} {finding.history}: {finding.text}"
        yield "", textwrap.shorten(words, LONGEST_FINDING, placeholder=" …")
    if len(health.findings) > MOST_FINDINGS:
        yield "", f"and {len(health.findings) - MOST_FINDINGS} more: scripts/health_check.py history"


def _format_speed(cable: CardCable) -> str:
    speed = f"{cable.mbps // 1000} Gbit/s" if cable.mbps % 1000 == 0 else f"{cable.mbps} Mbit/s"
    return f"{speed}, {cable.line}" if cable.line else speed


def _shorten_names(names: Sequence[str], lines: int = 2) -> str:
    """As many names as fit in so many lines, and how many more there are."""
    for count in range(len(names), 0, -1):
        more = f" and {len(names) - count} more" if count < len(names) else ""
        names_text = ", ".join(names[:count]) + more
        if len(textwrap.wrap(names_text, PIPED - INDENT, break_on_hyphens=False)) <= lines:
            return names_text
    return f"{len(names)} of them"
