"""How IOS gets from one configuration to another: the lines of ``configure replace``, and their application."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from lab.personalities.ios.configuration.access_lists import is_row
from lab.personalities.ios.configuration.config import SHARED_LINES, Config, Confirm, Cursor
from lab.personalities.ios.configuration.parse import Refused
from lab.personalities.ios.configuration.printing import ordered
from lab.personalities.ios.configuration.section import Line, Section


@dataclass(frozen=True)
class Step:
    """One line to be typed, and the section lines that lead to where it belongs."""

    path: tuple[str, ...]
    line: str


@dataclass
class Outcome:
    """What came of the lines: how many were typed, and those that were refused with IOS's words."""

    lines: int = 0
    failed: list[tuple[Step, str]] = field(default_factory=list)


def difference(running: Config, wanted: Config) -> list[Step]:
    """The lines that lead from one configuration to the other: first what goes, last things first, then what comes."""
    rewritten: set[str] = set()
    steps = _removals(running, running.root, wanted.root, (), rewritten)
    return steps + _additions(running.root, wanted.root, (), rewritten)


def _removals(config: Config, have: Section, want: Section, path: tuple[str, ...], rewritten: set[str]) -> list[Step]:
    steps: list[Step] = []
    wanted = ordered(want, gather=False)
    for key, entry in reversed(ordered(have, gather=False).items()):
        other = wanted.get(key)
        if isinstance(entry, Line):
            if other is None and entry.text != (entry.rule.absent or ""):
                steps.append(Step(path, opposite(entry.text)))
        elif isinstance(other, Section):
            if not _extended(entry, other):
                steps.append(Step(path, f"no {entry.text}"))
                rewritten.add(key)
            else:
                steps.extend(_removals(config, entry, other, (*path, entry.text), rewritten))
        elif _permanent(config, key):
            empty = Section(entry.rule, entry.text, entry.context)
            steps.extend(_removals(config, entry, empty, (*path, entry.text), rewritten))
        else:
            steps.append(Step(path, f"no {entry.text}"))
    return steps


def _additions(have: Section, want: Section, path: tuple[str, ...], rewritten: set[str]) -> list[Step]:
    steps: list[Step] = []
    present = ordered(have, gather=False)
    for key, entry in ordered(want, gather=False).items():
        other = present.get(key)
        if isinstance(entry, Line):
            if other is None or other.text != entry.text:
                steps.append(Step(path, entry.text))
            continue
        if isinstance(other, Section) and other.text != entry.text and key not in rewritten:
            steps.append(Step(path, entry.text))
        if not isinstance(other, Section) or key in rewritten:
            steps.append(Step(path, entry.text))
            other = Section(entry.rule, entry.text, entry.context)
        steps.extend(_additions(other, entry, (*path, entry.text), rewritten))
    return steps


def opposite(line: str) -> str:
    """The line that undoes a line."""
    return line[3:] if line.startswith("no ") else "no " + line.split("\n", 1)[0]


def _extended(have: Section, want: Section) -> bool:
    """Whether what stands in an order that means something only grows at its end, or stays."""
    rows, wanted = ([key for key, entry in ordered(section).items() if _is_row(entry)] for section in (have, want))
    return wanted[: len(rows)] == rows


def _is_row(entry: Line | Section) -> bool:
    assert entry.rule is not None
    return entry.rule.typed or (isinstance(entry, Line) and is_row(entry))


def _permanent(config: Config, key: str) -> bool:
    """Whether a section is always there: physical interfaces, VLAN 1's interface, the lines."""
    return key in SHARED_LINES or key == "interface Vlan1" or key.removeprefix("interface ") in config.ports


def listing(steps: list[Step]) -> str:
    """The lines as a configlet, with the sections they stand in."""
    lines: list[str] = []
    path: tuple[str, ...] = ()
    for step in steps:
        if step.path != path:
            for depth, header in enumerate(step.path):
                if path[: depth + 1] != step.path[: depth + 1]:
                    lines.append(" " * depth + header)
            path = step.path
        lines.append(" " * len(step.path) + step.line)
        path = (*step.path, step.line) if not step.line.startswith("no ") else step.path
    return "\n".join(lines)


async def write(
    config: Config,
    steps: list[Step],
    refusal: Callable[[str], str | None],
    taken: Callable[[str], Awaitable[None]],
    confirm: Callable[[str], Awaitable[bool]],
) -> Outcome:
    """Type lines into a configuration.

    Args:
        refusal: the words with which a line is refused on purpose, or None.
        taken: awaited after each line, with the line.
        confirm: puts a question to whoever is there.
    """
    outcome = Outcome()
    for step in steps:
        cursor = Cursor(config.root)
        outcome.lines += 1
        words = refusal(step.line)
        if words is None:
            words = await _type(config, cursor, step, confirm)
        await taken(step.line)
        if words is not None:
            outcome.failed.append((step, words))
    return outcome


async def _type(config: Config, cursor: Cursor, step: Step, confirm: Callable[[str], Awaitable[bool]]) -> str | None:
    try:
        for header in step.path:
            config.apply(cursor, header)
        config.apply(cursor, step.line)
    except Confirm as question:
        if await confirm(question.question):
            config.apply(cursor, step.line, confirmed=True)
    except Refused as error:
        return error.text(0).rstrip()
    return None
