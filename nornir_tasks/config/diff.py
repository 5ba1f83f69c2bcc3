"""A diff, read line by line: what each changed line says and where it stands; and written again, in full or in part.

``compare`` writes diffs: a sign and a blank, then the line, indented below the lines it belongs to.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nornir_tasks.core.ranges import format_ranges

SIGNS = ("+ ", "- ", "~ ", "  ")
# A line that ends in a number or a list of them, such as a trunk's VLANs.
LISTED = re.compile(r"^(.*\D )\d+(?:[-,]\d+)*$")
LOSES = re.compile(r" -\d\S*( \+\S+)?$")


class Head(NamedTuple):
    """A line that others stand below, with its sign: a blank where it stays."""

    sign: str
    text: str


@dataclass(frozen=True)
class Change:
    """A line that comes (``+``) or goes (``-``), or (``~``) that says itself how it is another than before."""

    sign: str
    text: str
    above: tuple[Head, ...] = ()  # the lines it belongs to, from the outside in

    @property
    def words(self) -> str:
        """On one line, with where it stands; what comes or goes with it has its sign.

        ``- shutdown @ interface Ethernet1``, ``+ ip address 10.17.0.1/21 @ +interface Vlan100``
        """
        place = " / ".join(f"{head.sign.strip()}{head.text}" for head in self.above)
        return f"{self.sign} {self.text.splitlines()[0]}" + (f" @ {place}" if place else "")


def read(diff: str) -> tuple[Change, ...]:
    """The changed lines of a diff, in its order. A line without a sign goes on where the one before it stopped."""
    found: list[Change] = []
    above: list[Head] = []
    for line in diff.splitlines():
        if not line.startswith(SIGNS):
            if found:
                found[-1] = Change(found[-1].sign, f"{found[-1].text}\n{line}", found[-1].above)
            continue
        text = line[2:].lstrip(" ")
        depth = len(line) - 2 - len(text)
        if line[0] != " ":
            found.append(Change(line[0], text, tuple(above[:depth])))
        above = [*above[:depth], Head(line[0], text)]
    return tuple(found)


def count_diff_lines(diff: str) -> tuple[int, int]:
    """How many lines a diff adds and takes away."""
    lines = diff.splitlines()
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)


def counted(changes: Iterable[Change]) -> tuple[int, int]:
    """How many lines come, and how many go."""
    signs = [change.sign for change in changes]
    return signs.count("+"), signs.count("-")


def net(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes, with numbers that come in the place of others as one: ``~ switchport trunk allowed vlan -20 +100``.

    Within a block, lines that differ only in the number or list at their end are taken together. So a trunk that
    carries one VLAN more loses none, though its line goes and another one comes.
    """
    heads = {change.above[:depth] for change in changes for depth in range(1, len(change.above) + 1)}
    alike: dict[tuple[tuple[Head, ...], str], list[Change]] = {}
    for change in changes:
        ends = LISTED.match(change.text)
        if ends and change.above and (*change.above, Head(change.sign, change.text)) not in heads:
            alike.setdefault((change.above, ends[1]), []).append(change)
    merged: dict[Change, Change | None] = {}
    for (above, stem), found in alike.items():
        before, after = (_numbers(found, stem, sign) for sign in "-+")
        if before and after and before != after:
            signed = (("-", before - after), ("+", after - before))
            words = stem + " ".join(f"{sign}{format_ranges(some)}" for sign, some in signed if some)
            merged |= dict.fromkeys(found[1:]) | {found[0]: Change("~", words, above)}
    return tuple(one for change in changes if (one := merged.get(change, change)) is not None)


def going(changes: Sequence[Change]) -> tuple[Change, ...]:
    """What a diff takes away: the lines that go, and the lists that lose something."""
    return tuple(one for one in net(changes) if one.sign == "-" or (one.sign == "~" and LOSES.search(one.text)))


def write(changes: Iterable[Change]) -> str:
    """A diff of these lines, each below the lines it belongs to."""
    out: list[str] = []
    shown: tuple[str, ...] = ()
    for change in changes:
        above = tuple(head.text for head in change.above)
        for depth in range(len(above)):
            if shown[: depth + 1] != above[: depth + 1]:
                out.append(f"  {' ' * depth}{above[depth]}")
        out.append(f"{change.sign} {' ' * len(above)}{change.text}")
        shown = (*above, change.text)
    return "".join(f"{line}\n" for line in out)


def _numbers(changes: Iterable[Change], stem: str, sign: str) -> set[int]:
    """All numbers at the ends of the lines with this sign; ``1,10-12`` is four."""
    found: set[int] = set()
    for change in changes:
        for part in change.text[len(stem) :].split(",") if change.sign == sign else ():
            low, _, high = part.partition("-")
            found |= set(range(int(low), int(high or low) + 1))
    return found
