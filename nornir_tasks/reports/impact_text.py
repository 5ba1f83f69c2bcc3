"""The texts of an inventory change's impact: for a terminal, as JSON, and as a comment in Markdown.

A comment fits where comments go: what is long is folded away, and what would not fit is counted.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from nornir_tasks.config.collapse import fold, list_lines
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.terminal import make_table
from nornir_tasks.core.text import count_noun
from nornir_tasks.reachability.inventory_impact import HostChange, Impact, ImpactGroup, ValueChange
from nornir_tasks.reports.plan_text import LOUD, STYLES

LONGEST = 60_000  # characters of a comment; GitHub takes 65,536
NAMES, LINES, ROWS = 12, 150, 60  # of a group in a comment, and of a table
SHORT = 120  # characters of a value


def show(console: Console, impact: Impact, since: str, where: str) -> None:
    """Print it for a reviewer.

    Args:
        console: what it is written to.
        impact: of the change.
        since: the revision it is compared with, as people call it.
        where: the position it was rendered at, in a sentence.
    """
    console.print(Text(f"Since {since}: {impact.headline}.", style="bold"))
    console.print(Text(where, style="dim"))
    for title, hosts in (("new", impact.came), ("gone", impact.went)):
        if hosts:
            console.print()
            console.print(
                make_table(["host", "kind", "where", "what"], [_format_host(host) for host in hosts], title=f"{title}:")
            )
    for title, values in (("moved:", impact.moved), ("the data:", impact.data)):
        if values:
            console.print()
            console.print(make_table([title, "key", "before → after"], [_format_change(value) for value in values]))
    for number, group in enumerate(impact.groups, 1):
        console.print()
        console.rule(_format_heading(group, number, len(impact.groups)), align="left", style="dim")
        console.print(", ".join(group.devices))
        if group.words:
            console.print(Text(f"but for each one's own {', '.join(_list_marks(group))}", style="dim"))
        for reason in group.reasons[:3]:
            console.print(Text(f"  {reason}", style="dim"))
        for sign, text in list_lines(fold(group.diff)):
            console.print(Text(f"  {sign} {make_safe(text)}", style=STYLES[sign]), soft_wrap=True)


def as_dict(impact: Impact, since: str, where: str) -> dict[str, Any]:
    """The impact for a program: names as in the records.

    Args:
        impact: of the change.
        since: the revision it is compared with, as people call it.
        where: the position it was rendered at, in a sentence.
    """
    groups = [{**asdict(group), "word": group.word} for group in impact.groups]
    return {"since": since, "position": where, "headline": impact.headline, **asdict(impact), "groups": groups}


def format_markdown(impact: Impact, since: str, where: str) -> str:
    """The impact as a comment in Markdown: at most ``LONGEST`` characters, with what does not fit counted.

    Args:
        impact: of the change.
        since: the revision it is compared with, as people call it.
        where: the position it was rendered at, in a sentence.
    """
    head = [f"### Inventory since {_format_code(since)}: {impact.headline}", "", where, ""]
    parts = [
        *_format_section("New hosts", ("host", "kind", "where", "what"), [_format_host(host) for host in impact.came]),
        *_format_section("Hosts gone", ("host", "kind", "where", "what"), [_format_host(host) for host in impact.went]),
        *_format_section("Moved", ("host", "key", "before → after"), [_format_change(value) for value in impact.moved]),
        *_format_section(
            "The data", ("scope", "key", "before → after"), [_format_change(value) for value in impact.data]
        ),
        *(_format_details(group) for group in impact.groups),
    ]
    text = "\n".join(head)
    for number, part in enumerate(parts):
        if len(text) + len(part) > LONGEST - 200:
            more = count_noun(len(parts) - number, "part")
            return f"{text}\n**{more} more, too long for a comment**: `scripts/inventory.py diff` shows everything.\n"
        text += part
    return text


def _format_host(host: HostChange) -> tuple[str, str, str, str]:
    return host.name, host.kind, f"{host.site}, {host.municipality}", host.words


def _format_change(value: ValueChange) -> tuple[str, str, str]:
    if value.after == "" and value.before:
        return value.scope, value.key, str(value.before)
    return value.scope, value.key, f"{_format_value(value.before)} → {_format_value(value.after)}"


def _format_value(value: Any) -> str:
    """A value on one line, cut where it is long."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        text = (
            "{"
            + ", ".join(f"{key}: {_format_value(part)}" for key, part in value.items() if part not in (None, [], {}))
            + "}"
        )
    elif isinstance(value, list | tuple):
        text = ", ".join(map(_format_value, value)) or "nothing"
    else:
        text = make_safe(str(value))
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


def _format_heading(group: ImpactGroup, number: int, total: int) -> Text:
    words = f"  {_describe_group(group)}"
    return Text.assemble((f"{number} of {total}  ", "bold"), (_format_risk(group), LOUD[group.word]), (words, "bold"))


def _describe_group(group: ImpactGroup) -> str:
    alike = "the same on " if len(group.devices) > 1 else ""
    when = ", from retire on" if group.later else ""
    switches = count_noun(len(group.devices), "switch", "es")
    return f"{group.platform}: {alike}{switches} (+{group.added} −{group.removed}){when}"


def _format_risk(group: ImpactGroup) -> str:
    return f"{group.word.upper()} {group.risk}"


def _list_marks(group: ImpactGroup) -> Sequence[str]:
    return list(dict.fromkeys(mark for words in group.words.values() for mark in words))


def _format_section(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """A table, folded away where it is long."""
    if not rows:
        return
    shown = rows[:ROWS]
    table_lines = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    table_lines += [f"| {' | '.join(_format_cell(cell) for cell in row)} |" for row in shown]
    if len(rows) > len(shown):
        table_lines.append(f"\n… and {len(rows) - len(shown)} more")
    table = "\n".join(table_lines)
    if len(rows) <= 8:
        yield f"\n**{title}**\n\n{table}\n"
    else:
        yield f"\n<details><summary><b>{title}</b>: {len(rows)}</summary>\n\n{table}\n\n</details>\n"


def _format_details(group: ImpactGroup) -> str:
    """A group, folded away: its names, why it is risky, and its diff."""
    names = ", ".join(map(_format_code, group.devices[:NAMES]))
    if len(group.devices) > NAMES:
        names += f" and {len(group.devices) - NAMES} more"
    if group.words:
        names += f", but for each one's own {', '.join(_list_marks(group))}"
    rows = [f"{sign} {text}" for sign, text in list_lines(fold(group.diff))]
    shown = rows[:LINES] + ([f"  … and {len(rows) - LINES} lines more"] if len(rows) > LINES else [])
    body = make_safe("\n".join(shown))
    # A description may hold a fence of its own.
    fence = "`" * max(3, 1 + max((len(backticks) for backticks in re.findall("`+", body)), default=0))
    why = "".join(f"\n- {_escape(reason)}" for reason in group.reasons[:3])
    summary = f"<summary><b>{_format_risk(group)}</b> {_escape(_describe_group(group))}</summary>"
    return f"\n<details>{summary}\n\n{names}\n{why}\n\n{fence}diff\n{body}\n{fence}\n\n</details>\n"


def _format_cell(text: str) -> str:
    return _escape(text).replace("|", "\\|")


def _format_code(text: str) -> str:
    return f"`{make_safe(text).replace('`', '')}`"


def _escape(text: str) -> str:
    """The text with everything escaped that Markdown or HTML would act on: a site's name opens no link or tag.

    Made safe before: a secret with a ``*`` in it would not be known afterwards.
    """
    plain = make_safe(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")
    return re.sub(r"([\\`*_\[\]#!@~])", r"\\\1", plain)
