"""A diff, read line by line: what each changed line says and where it stands; and written again, in full or in part.

``compare`` writes diffs: a sign and a blank, then the line, indented below the lines it belongs to.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nornir_tasks.core.ranges import format_ranges
from nornir_tasks.core.text import split_at_line_feeds

SIGNS = ("+ ", "- ", "~ ", "  ")
# A line that ends in a number or a list of them, such as a trunk's VLANs.
LISTED = re.compile(r"^(.*\D )\d+(?:[-,]\d+)*$")
LOSES = re.compile(r" -\d\S*( \+\S+)?$")


class ParentLine(NamedTuple):
    """A line with changed lines below it, and its sign: a blank where it stays."""

    sign: str
    text: str


@dataclass(frozen=True)
class ChangedLine:
    """A line that is added (``+``) or removed (``-``), or (``~``) whose text says how its numbers change."""

    sign: str
    text: str
    above: tuple[ParentLine, ...] = ()  # the lines it belongs to, the outermost first

    @property
    def words(self) -> str:
        """The line and its place, on one line; a parent that is added or removed as well has its sign.

        ``- shutdown @ interface Ethernet1``, ``+ ip address 10.17.0.1/21 @ +interface Vlan100``
        """
        place = " / ".join(f"{head.sign.strip()}{head.text}" for head in self.above)
        return f"{self.sign} {split_at_line_feeds(self.text)[0]}" + (f" @ {place}" if place else "")


def read(diff: str) -> tuple[ChangedLine, ...]:
    """The changed lines of a diff, in its order. A line without a sign continues the line before it."""
    changes: list[ChangedLine] = []
    above: list[ParentLine] = []
    for line in split_at_line_feeds(diff):
        if not line.startswith(SIGNS):
            if changes:
                changes[-1] = ChangedLine(changes[-1].sign, f"{changes[-1].text}\n{line}", changes[-1].above)
            continue
        text = line[2:].lstrip(" ")
        depth = len(line) - 2 - len(text)
        if line[0] != " ":
            changes.append(ChangedLine(line[0], text, tuple(above[:depth])))
        above = [*above[:depth], ParentLine(line[0], text)]
    return tuple(changes)


def count_diff_lines(diff: str) -> tuple[int, int]:
    """How many lines a diff adds and takes away."""
    lines = split_at_line_feeds(diff)
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)


def count_changes(changes: Iterable[ChangedLine]) -> tuple[int, int]:
    """How many lines are added, and how many removed."""
    signs = [change.sign for change in changes]
    return signs.count("+"), signs.count("-")


def merge_number_changes(changes: Sequence[ChangedLine]) -> tuple[ChangedLine, ...]:
    """The changes, with replaced numbers merged into a line: ``~ switchport trunk allowed vlan -20 +100``.

    Within a block, lines that differ only in the number or list at their end are taken together. So a trunk that
    carries another VLAN as well loses none, though its line is removed and a longer line added.
    """
    heads = {change.above[:depth] for change in changes for depth in range(1, len(change.above) + 1)}
    changes_by_stem: dict[tuple[tuple[ParentLine, ...], str], list[ChangedLine]] = {}
    for change in changes:
        ends = LISTED.match(change.text)
        if ends and change.above and (*change.above, ParentLine(change.sign, change.text)) not in heads:
            changes_by_stem.setdefault((change.above, ends[1]), []).append(change)
    merged: dict[ChangedLine, ChangedLine | None] = {}
    for (above, stem), similar in changes_by_stem.items():
        before, after = (_collect_numbers(similar, stem, sign) for sign in "-+")
        if before and after and before != after:
            signed_numbers = (("-", before - after), ("+", after - before))
            words = stem + " ".join(f"{sign}{format_ranges(numbers)}" for sign, numbers in signed_numbers if numbers)
            merged |= dict.fromkeys(similar[1:]) | {similar[0]: ChangedLine("~", words, above)}
    return tuple(result for change in changes if (result := merged.get(change, change)) is not None)


def select_removed(changes: Sequence[ChangedLine]) -> tuple[ChangedLine, ...]:
    """What a diff takes away: the removed lines, and the lists that lose a number."""
    return tuple(
        change
        for change in merge_number_changes(changes)
        if change.sign == "-" or (change.sign == "~" and LOSES.search(change.text))
    )


def write(changes: Iterable[ChangedLine]) -> str:
    """A diff of these lines, each below the lines it belongs to."""
    diff_lines: list[str] = []
    previous: tuple[str, ...] = ()
    for change in changes:
        above = tuple(head.text for head in change.above)
        for depth in range(len(above)):
            if previous[: depth + 1] != above[: depth + 1]:
                diff_lines.append(f"  {' ' * depth}{above[depth]}")
        diff_lines.append(f"{change.sign} {' ' * len(above)}{change.text}")
        previous = (*above, change.text)
    return "".join(f"{line}\n" for line in diff_lines)


def _collect_numbers(changes: Iterable[ChangedLine], stem: str, sign: str) -> set[int]:
    """All numbers at the ends of the lines with this sign; ``1,10-12`` is four numbers."""
    numbers: set[int] = set()
    for change in changes:
        for part in change.text[len(stem) :].split(",") if change.sign == sign else ():
            low, _, high = part.partition("-")
            numbers |= set(range(int(low), int(high or low) + 1))
    return numbers
