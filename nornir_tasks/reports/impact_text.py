"""What a change of the inventory means, told: on a terminal, as JSON, and as a comment in Markdown.

A comment fits where comments go: what is long is folded away, and what would not fit is counted.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from nornir_tasks.config.collapse import fold, list_lines
from nornir_tasks.core.terminal import make_table
from nornir_tasks.core.text import visible
from nornir_tasks.reachability.blast_radius import count_noun
from nornir_tasks.reachability.inventory_impact import HostChange, Impact, ImpactGroup, ValueChange
from nornir_tasks.reports.plan_text import LOUD, STYLES

LONGEST = 60_000  # characters of a comment; GitHub takes 65,536
NAMES, LINES, ROWS = 12, 150, 60  # of a group in a comment, and of a table
SHORT = 120  # characters of a value


def show(wide: Console, told: Impact, since: str, where: str) -> None:
    """Lay it out for a reviewer.

    Args:
        wide: what it is written to.
        told: what the change means.
        since: the revision it is compared with.
        where: how far everything has come.
    """
    wide.print(Text(f"Since {since}: {told.headline}.", style="bold"))
    wide.print(Text(where, style="dim"))
    for title, hosts in (("new", told.came), ("gone", told.went)):
        if hosts:
            wide.print()
            wide.print(make_table(["host", "kind", "where", "what"], [_host(one) for one in hosts], title=f"{title}:"))
    for title, values in (("moved:", told.moved), ("the data:", told.data)):
        if values:
            wide.print()
            wide.print(make_table([title, "key", "before → after"], [_row(one) for one in values]))
    for number, group in enumerate(told.groups, 1):
        wide.print()
        wide.rule(_heading(group, number, len(told.groups)), align="left", style="dim")
        wide.print(", ".join(group.devices))
        if group.words:
            wide.print(Text(f"but for each one's own {', '.join(_marks(group))}", style="dim"))
        for reason in group.reasons[:3]:
            wide.print(Text(f"  {reason}", style="dim"))
        for sign, text in list_lines(fold(group.diff)):
            wide.print(Text(f"  {sign} {text}", style=STYLES[sign]), soft_wrap=True)


def as_dict(told: Impact, since: str, where: str) -> dict[str, Any]:
    """For a program: names as in the records."""
    groups = [{**asdict(group), "word": group.word} for group in told.groups]
    return {"since": since, "position": where, "headline": told.headline, **asdict(told), "groups": groups}


def markdown(told: Impact, since: str, where: str) -> str:
    """For a comment: at most ``LONGEST`` characters."""
    head = [f"### Inventory since {_code(since)}: {told.headline}", "", where, ""]
    parts = [
        *_section("New hosts", ("host", "kind", "where", "what"), [_host(one) for one in told.came]),
        *_section("Hosts gone", ("host", "kind", "where", "what"), [_host(one) for one in told.went]),
        *_section("Moved", ("host", "key", "before → after"), [_row(one) for one in told.moved]),
        *_section("The data", ("scope", "key", "before → after"), [_row(one) for one in told.data]),
        *(_details(group) for group in told.groups),
    ]
    text = "\n".join(head)
    for number, part in enumerate(parts):
        if len(text) + len(part) > LONGEST - 200:
            more = count_noun(len(parts) - number, "part")
            return f"{text}\n**{more} more, too long for a comment**: `scripts/inventory.py diff` shows everything.\n"
        text += part
    return text


def _host(host: HostChange) -> tuple[str, str, str, str]:
    return host.name, host.kind, f"{host.site}, {host.municipality}", host.words


def _row(value: ValueChange) -> tuple[str, str, str]:
    if value.after == "" and value.before:
        return value.scope, value.key, str(value.before)
    return value.scope, value.key, f"{_word(value.before)} → {_word(value.after)}"


def _word(value: Any) -> str:
    """A value on one line, cut where it is long."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        text = (
            "{" + ", ".join(f"{key}: {_word(part)}" for key, part in value.items() if part not in (None, [], {})) + "}"
        )
    elif isinstance(value, list | tuple):
        text = ", ".join(map(_word, value)) or "nothing"
    else:
        text = visible(str(value))
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


def _heading(group: ImpactGroup, number: int, of: int) -> Text:
    words = f"  {_about(group)}"
    return Text.assemble((f"{number} of {of}  ", "bold"), (_risk(group), LOUD[group.word]), (words, "bold"))


def _about(group: ImpactGroup) -> str:
    alike = "the same on " if len(group.devices) > 1 else ""
    when = ", from retire on" if group.later else ""
    switches = count_noun(len(group.devices), "switch", "es")
    return f"{group.platform}: {alike}{switches} (+{group.added} −{group.removed}){when}"


def _risk(group: ImpactGroup) -> str:
    return f"{group.word.upper()} {group.risk}"


def _marks(group: ImpactGroup) -> Sequence[str]:
    return list(dict.fromkeys(mark for words in group.words.values() for mark in words))


def _section(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """A table, folded away where it is long."""
    if not rows:
        return
    shown = rows[:ROWS]
    made = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    made += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in shown]
    if len(rows) > len(shown):
        made.append(f"\n… and {len(rows) - len(shown)} more")
    table = "\n".join(made)
    if len(rows) <= 8:
        yield f"\n**{title}**\n\n{table}\n"
    else:
        yield f"\n<details><summary><b>{title}</b>: {len(rows)}</summary>\n\n{table}\n\n</details>\n"


def _details(group: ImpactGroup) -> str:
    """A group, folded away: its names, why it is risky, and its diff."""
    names = ", ".join(map(_code, group.devices[:NAMES]))
    if len(group.devices) > NAMES:
        names += f" and {len(group.devices) - NAMES} more"
    if group.words:
        names += f", but for each one's own {', '.join(_marks(group))}"
    rows = [f"{sign} {text}" for sign, text in list_lines(fold(group.diff))]
    shown = rows[:LINES] + ([f"  … and {len(rows) - LINES} lines more"] if len(rows) > LINES else [])
    body = "\n".join(shown)
    # A description may hold a fence of its own.
    fence = "`" * max(3, 1 + max((len(one) for one in re.findall("`+", body)), default=0))
    why = "".join(f"\n- {_escape(reason)}" for reason in group.reasons[:3])
    summary = f"<summary><b>{_risk(group)}</b> {_escape(_about(group))}</summary>"
    return f"\n<details>{summary}\n\n{names}\n{why}\n\n{fence}diff\n{body}\n{fence}\n\n</details>\n"


def _cell(text: str) -> str:
    return _escape(text).replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text.replace('`', '')}`"


def _escape(text: str) -> str:
    """Text that means nothing to Markdown or HTML: nobody's site name opens a link or a tag here."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")
    return re.sub(r"([\\`*_\[\]#!@~])", r"\\\1", plain)
