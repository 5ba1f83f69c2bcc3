"""What differs between two configurations, and what of it is drift. Pure: text in, answer out, secrets masked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.text import split_at_line_feeds
from nornir_tasks.platforms import platform as named
from nornir_tasks.platforms.common.base import Platform
from nornir_tasks.platforms.common.grammar import Grammar

Line = tuple[str, ...]  # a line with the lines above it: ("interface Ethernet1", "description x")


@dataclass(frozen=True)
class Comparison:
    """How running and intended differ.

    ``missing`` is intended and not running, ``extra`` is running and not intended. ``drift`` is what was changed by
    hand: everything missing, and what is extra without being left from the legacy. ``diff`` reads from running to
    intended: ``+`` would be written, ``-`` would go.
    """

    equal: bool
    diff: str
    missing: tuple[Line, ...]
    extra: tuple[Line, ...]
    drift: tuple[str, ...]  # "+ interface Ethernet1 / description x": there by hand; "- …": gone by hand
    reordered: tuple[Line, ...] = ()  # lines with the same lines below them in another order


def compare(platform: Platform, running: str, intended: str, legacy: str | None = None) -> Comparison:
    """How the running and the intended configuration of a device differ.

    Args:
        running: cleaned and masked, as are ``intended`` and ``legacy``.
        legacy: the survey's snapshot; an extra line that it holds is no drift. None: every extra line is.
    """
    running_lines, intended_lines = list_lines(platform.name, running), list_lines(platform.name, intended)
    legacy_lines = frozenset(list_lines(platform.name, legacy)) if legacy else frozenset()
    running_set, intended_set = frozenset(running_lines), frozenset(intended_lines)
    missing = tuple(line for line in intended_lines if line not in running_set)
    extra = tuple(line for line in running_lines if line not in intended_set)
    reordered = _find_reordered(platform.grammar, running_lines, intended_lines)
    drift = [f"- {' / '.join(line)}" for line in missing]
    drift += [f"+ {' / '.join(line)}" for line in extra if line not in legacy_lines]
    drift += [f"~ {' / '.join(parent)}: its lines stand in another order" for parent in reordered]
    return Comparison(
        equal=not missing and not extra and not reordered,
        diff=_format_diff(running_lines, intended_lines, missing, extra, reordered),
        missing=missing,
        extra=extra,
        drift=tuple(drift),
        reordered=tuple(reordered),
    )


def find_legacy_lines(platform: Platform, running: str, legacy: str, standard: str) -> tuple[str, ...]:
    """Lines of the legacy that still run and that the standard does not have: their number falls to 0 by RETIRE.

    Args:
        running: cleaned and masked, as are ``legacy`` and ``standard``.
        legacy: the survey's snapshot.
        standard: what the device has after RETIRE: ``render`` at that position.

    Returns:
        Each line with its parents, in the running order: ``interface Ethernet1 / description x``.
    """
    standard_lines = frozenset(list_lines(platform.name, standard))
    legacy_lines = frozenset(list_lines(platform.name, legacy))
    return tuple(
        " / ".join(line)
        for line in list_lines(platform.name, running)
        if line in legacy_lines and line not in standard_lines
    )


def find_first_difference(running: str, intended: str) -> str:
    """Where two configurations first differ, line for line, in words; empty if they are equal."""
    intended_lines, running_lines = split_at_line_feeds(intended), split_at_line_feeds(running)
    for number in range(max(len(intended_lines), len(running_lines))):
        expected = intended_lines[number] if number < len(intended_lines) else "the end"
        actual = running_lines[number] if number < len(running_lines) else "the end"
        if expected != actual:
            return f"line {number + 1}: expected {expected!r}, actual {actual!r}"
    return ""


@lru_cache(maxsize=1024)
def list_lines(platform: str, text: str) -> tuple[Line, ...]:
    """All lines with their parents, each once, in the order they stand in.

    Raises:
        PlatformError: it is no configuration that a device shows: a line stands twice where there can be one.
    """
    try:
        return tuple(dict.fromkeys(named(platform).tree(text).walk()))
    except ValueError as error:
        raise PlatformError(f"expected a configuration as the device shows it, found: {error}") from error


def _find_reordered(
    grammar: Grammar, running_lines: tuple[Line, ...], intended_lines: tuple[Line, ...]
) -> dict[Line, tuple[list[Line], list[Line]]]:
    """The lines below which both have the same lines in another order, with those lines."""
    actual, expected = (_group_ordered(grammar, lines) for lines in (running_lines, intended_lines))
    return {
        parent: (actual[parent], below)
        for parent, below in expected.items()
        if parent in actual and actual[parent] != below and set(actual[parent]) == set(below)
    }


def _group_ordered(grammar: Grammar, lines: Iterable[Line]) -> dict[Line, list[Line]]:
    """The lines whose order is meaning, by what they stand below; the rows of a list at the top by what they share."""
    groups: dict[Line, list[Line]] = {}
    for line in lines:
        if grammar.is_ordered(line[0]):
            if len(line) > 1:
                groups.setdefault(line[:1], []).append(line)
        elif len(line) == 1 and (match := grammar.numbered.match(line[0])):
            groups.setdefault((match[0],), []).append(line)
    return groups


def _format_diff(
    running_lines: tuple[Line, ...],
    intended_lines: tuple[Line, ...],
    missing: tuple[Line, ...],
    extra: tuple[Line, ...],
    reordered: Mapping[Line, tuple[list[Line], list[Line]]],
) -> str:
    """The changed lines below the lines they belong to, in the order of the intended configuration."""
    signs = dict.fromkeys(missing, "+") | dict.fromkeys(extra, "-")
    order = {line: position for position, line in enumerate(_merge_lines(running_lines, intended_lines))}
    diff_lines: list[str] = []
    previous: Line = ()
    for line in sorted(signs, key=order.__getitem__):
        for depth in range(1, len(line)):
            if previous[:depth] != line[:depth] and line[:depth] not in signs:
                diff_lines.append(f"  {' ' * (depth - 1)}{line[depth - 1]}")
        # A banner is a line with line breaks: what follows a break must not look like a sign of the diff.
        text = line[-1].replace("\n", "\n| ")
        diff_lines.append(f"{signs[line]} {' ' * (len(line) - 1)}{text}")
        previous = line
    for parent, (actual, expected) in reordered.items():
        diff_lines += [f"  {parent[-1]}", *(f"-  {line[-1]}" for line in actual)]
        diff_lines += [f"+  {line[-1]}" for line in expected]
    return "".join(f"{line}\n" for line in diff_lines)


def _merge_lines(running_lines: tuple[Line, ...], intended_lines: tuple[Line, ...]) -> list[Line]:
    """Both configurations as one list: every line directly below its parent, removed lines before added ones."""
    children: dict[Line, dict[Line, None]] = {}
    for line in (*intended_lines, *running_lines):
        children.setdefault(line[:-1], {})[line] = None
    intended_set = set(intended_lines)
    merged: list[Line] = []

    def walk(parent: Line) -> None:
        siblings = list(children.get(parent, ()))
        for line in (
            sorted(siblings, key=lambda line: line in intended_set and not children.get(line)) if parent else siblings
        ):
            merged.append(line)
            walk(line)

    walk(())
    return merged
