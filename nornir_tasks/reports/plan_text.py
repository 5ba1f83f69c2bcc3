"""A plan's summary on a terminal: the whole in a few lines, then each group with its risk and its diff.

Lines of a frame fit the terminal (80 columns where there is none); lines of a diff are never broken, so that they can
be copied. Colour is for terminals alone, and says nothing that a word or a sign does not say too.
"""

from collections.abc import Iterable, Sequence

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from nornir_tasks.change.precautions import describe_asked, describe_power, describe_unasked
from nornir_tasks.change.summary import Group, PlanSummary, Reason, describe_way_back, find_gravest_reason, format_time
from nornir_tasks.config.collapse import fold, list_lines, parse
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.ranges import fold_names
from nornir_tasks.core.text import count_noun
from nornir_tasks.core.verdict import Verdict

STYLES = {"+": "green", "-": "red", "~": "yellow", " ": "dim"}
LOUD = {"grave": "bold red", "high": "bold yellow", "medium": "bold", "low": "green", "none": "dim"}
LABEL = 12  # columns
FEW = 3  # reasons, unless all are asked for
Row = tuple[str, RenderableType]


def show(screen: Console, summary: PlanSummary, verbose: bool = False) -> None:
    """Print a plan's summary for the person who is to approve it.

    Args:
        screen: what it is written to.
        summary: of the plan.
        verbose: every reason and gate, each device's own words, and the diffs with nothing folded.
    """
    screen.print(Text(summary.title, style="bold"))
    screen.print()
    _print_rows(screen, _make_head_rows(summary, verbose))
    for number, group in enumerate(summary.groups, 1):
        screen.print()
        screen.rule(_format_heading(group, number, len(summary.groups)), align="left", style="dim")
        _print_rows(screen, _make_group_rows(group, verbose))
        if group.removed and group.added:
            _print_diff(screen, "what goes", group.removes, folded=not verbose)
            _print_diff(screen, "the diff", group.diff, folded=not verbose)
        else:
            _print_diff(
                screen, "the diff: all of it goes" if group.removed else "the diff", group.diff, folded=not verbose
            )
    if summary.groups and not verbose:
        screen.print()
        screen.print(
            Text(
                "What is alike stands once; ~ is a number that gives way. Every line: --verbose",
                style="dim",
            )
        )


def show_signed(screen: Console, summary: PlanSummary) -> None:
    """Print what somebody is about to sign: the whole in a few lines, and all that goes."""
    screen.print(Text.assemble(("To be signed: ", "dim"), (summary.title, "bold")))
    screen.print()
    _print_rows(screen, _make_head_rows(summary, verbose=False))
    for group in summary.groups:
        names = ", ".join(group.devices)
        _print_rows(screen, [("".join(group.noun), Text.assemble(_format_risk(group.word, group.risk), f": {names}"))])
        if group.removed:
            _print_diff(screen, "what goes", group.removes, folded=True)
    screen.print()


def _print_rows(screen: Console, rows: Iterable[Row]) -> None:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", width=LABEL, no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in rows:
        grid.add_row(label, text)
    screen.print(grid)


def _make_head_rows(summary: PlanSummary, verbose: bool) -> Iterable[Row]:
    """The whole change."""
    if summary.groups:
        yield "risk", Text.assemble(_format_risk(summary.word, summary.risk), f": {find_gravest_reason(summary)}")
        yield "reach", f"If all of them stopped at once: {summary.blast}"
        if verbose:
            yield "", f"Sites: {', '.join(summary.blast.sites)}"
            yield "", f"Servers: {', '.join(summary.blast.servers) or 'none'}"
    yield from _make_gate_rows(summary, verbose)
    for device, words in summary.instead:
        yield "no way back", Text(f"{device} does not go back on its own; instead: {words}", style="bold yellow")
    if summary.left_out:
        yield "left out", Text(f"{', '.join(summary.left_out)}: not touched, and has to follow", style="bold yellow")
    for loss in summary.accepted_losses:
        yield "services", Text(f"{loss}: lost or opened, and meant to be", style="bold yellow")
    for device, line in summary.accepted:
        yield "unknown", Text(f"{device}: let through, though the proof does not know it: {line}", style="bold yellow")
    yield from _make_precaution_rows(summary, verbose)
    yield "waves", ", ".join(f"{wave.name} ({wave.changes} of {wave.devices})" for wave in summary.waves)
    if summary.unchanged:
        yield "unchanged", f"{summary.unchanged_count}: {', '.join(summary.unchanged)}"
    for why, names in summary.not_ours:
        yield "not ours", f"{', '.join(names)}: {why}"
    yield "reason", summary.reason + (f" (ticket {summary.ticket})" if summary.ticket else "")
    yield "plan", f"{summary.id}, made {format_time(summary.made)} by {summary.who}"
    if summary.expires:
        yield "", f"valid until {format_time(summary.expires)}"
    if summary.undoes:
        yield "", f"takes back {summary.undoes}"


def _make_precaution_rows(summary: PlanSummary, verbose: bool) -> Iterable[Row]:
    """The links that go down, and the services that are asked for."""
    if summary.bounced:
        total = sum(ports.count for ports in summary.bounced)
        switches = len([device for ports in summary.bounced for device in ports.devices])
        words = f"{count_noun(total, 'port')} of clients on {count_noun(switches, 'switch', 'es')}"
        yield "bounced", f"{words}, where the link is up, once their VLAN has changed"
    for ports in summary.bounced:
        each = f"{len(ports.ports)}{' each' if len(ports.devices) > 1 else ''}"
        count = "; ".join(filter(None, (each, describe_power(ports.power))))
        style = "bold yellow" if ports.power == "interrupted" else ""
        yield "", Text(f"{_fold_devices(ports.devices)}: {ports.folded} ({count})", style=style)
    for services in summary.asked:
        yield "asked", f"{services.device} asks {describe_asked(services)}. What answers before must answer after."
        shown = services.gateways if verbose else services.gateways[:FEW]
        for gateway in shown:
            yield "", f"from {gateway.origin}: {'; '.join(gateway.asked) if verbose else _shorten(gateway.services)}"
        if rest := services.gateways[len(shown) :]:
            yield "", f"and from {count_noun(len(rest), 'more gateway')}: --verbose"
        yield "", f"not asked for: {describe_unasked(services)}"


def _fold_devices(devices: Sequence[str]) -> str:
    return fold_names(sorted(devices)) if len(devices) > FEW else ", ".join(devices)


def _shorten(texts: Sequence[str]) -> str:
    more = f", and {len(texts) - FEW} more" if len(texts) > FEW else ""
    return ", ".join(texts[:FEW]) + more


def _make_gate_rows(summary: PlanSummary, verbose: bool) -> Iterable[Row]:
    if not summary.gates:
        return
    count = f"{len(summary.shut)} of {len(summary.gates)} shut"
    yield "gates", Text(count, style="bold red") if summary.shut else f"all {len(summary.gates)} open"
    for gate in summary.gates if verbose else summary.shut:
        yield "", _format_gate(gate)


def _format_gate(gate: Verdict) -> Text:
    if gate.passed:
        return Text.assemble(("✓ ", "green"), gate.rule.wants)
    return Text.assemble(("✗ ", "bold red"), (gate.rule.wants, "bold"), f": {gate.text_with_advice}")


def _format_heading(group: Group, number: int, total: int) -> Text:
    alike = "the same on " if len(group.members) > 1 else ""
    members = f"{group.platform}: {alike}{count_noun(len(group.members), *group.noun)}"
    return Text.assemble(
        (f"{number} of {total}  ", "bold"), _format_risk(group.word, group.risk), (f"  {members}", "bold")
    )


def _format_risk(word: str, score: int) -> Text:
    return Text(f"{word.upper()} {score}", style=LOUD[word])


def _make_group_rows(group: Group, verbose: bool) -> Iterable[Row]:
    waves: dict[str, list[str]] = {}
    for member in group.members:
        waves.setdefault(member.wave, []).append(member.device)
    yield "".join(group.noun), "; ".join(f"{', '.join(names)} ({wave})" for wave, names in waves.items())
    if not group.same:
        marks = list(dict.fromkeys(mark for member in group.members for mark in member.words))
        yield "", f"but for each one's own {', '.join(marks)}"
    for member in group.members if verbose and not group.same else ():
        yield "", f"{member.device}: {', '.join(f'{mark} {word}' for mark, word in member.words.items())}"
    yield "why", _make_reason_table(group.reasons if verbose else group.reasons[:FEW], len(group.reasons))
    yield "reach", f"If {'it' if len(group.members) == 1 else 'they all'} stopped: {group.blast}"
    yield "way back", "; ".join(describe_way_back(group.safety))
    if any(member.restore for member in group.members):
        yield "", "a backup is written back, to the byte"


def _make_reason_table(reasons: Sequence[Reason], total: int) -> Table:
    """Each reason with its score, and the first of the lines that give it."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for reason in reasons:
        text = Text(reason.why)
        if reason.lines:
            more = f", and {len(reason.lines) - 1} more" if len(reason.lines) > 1 else ""
            text.append(f"\n{reason.lines[0]}{more}", style="dim")
        grid.add_row(str(reason.score or ""), text)
    if total > len(reasons):
        grid.add_row("", Text(f"and {count_noun(total - len(reasons), 'lesser reason')}", style="dim"))
    return grid


def _print_diff(screen: Console, title: str, diff: str, *, folded: bool) -> None:
    screen.print(Text(title, style="dim"))
    for sign, text in list_lines(fold(diff) if folded else parse(diff)):
        screen.print(Text(f"  {sign} {make_safe(text)}", style=STYLES[sign]), soft_wrap=True)
