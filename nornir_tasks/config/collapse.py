"""A diff made short enough to be read: equal changes of many ports or VLANs stand once, with the numbers of all.

    interface GigabitEthernet1/0/1-30   (30 alike)
  -  switchport access vlan 10
  +  switchport access vlan 110

Only for reading: the diff is written, approved and stored in full.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from nornir_tasks.config.diff import SIGNS
from nornir_tasks.core.ranges import format_ranges
from nornir_tasks.core.text import escape_invisible, split_at_line_feeds

# The last number of a line, unless it is part of an address, a time, a list or a range.
NUMBER = re.compile(r"^(?P<before>.*?)(?<![\d.:,])(?<!\d-)(?P<number>\d+)(?![\d.:,]|-\d)(?P<after>\D*)$")


@dataclass(frozen=True)
class DiffBlock:
    """A line of a diff with its sign, the blocks below it, and how many equal blocks it stands for."""

    sign: str
    text: str
    below: tuple["DiffBlock", ...] = ()
    alike: int = 1


def fold(diff: str) -> tuple[DiffBlock, ...]:
    """The diff as blocks; blocks that differ in a single number only are folded into the first of them."""
    return _fold_blocks(parse(diff))


def parse(diff: str) -> tuple[DiffBlock, ...]:
    """The diff as blocks, nothing folded."""
    return _parse_rows(split_at_line_feeds(diff), 0)


def list_lines(blocks: Iterable[DiffBlock], depth: int = 0) -> list[tuple[str, str]]:
    """Sign and text of every line, as in a diff; a block that stands for several ends in ``(30 alike)``."""
    signed_lines: list[tuple[str, str]] = []
    for block in blocks:
        count = f"   ({block.alike} alike)" if block.alike > 1 else ""
        first, *rest = map(escape_invisible, block.text.split("\n"))
        signed_lines.append((block.sign, " " * depth + first + count))
        signed_lines += [(block.sign, f"{' ' * depth} {line}") for line in rest]
        signed_lines += list_lines(block.below, depth + 1)
    return signed_lines


def _parse_rows(rows: list[str], depth: int) -> tuple[DiffBlock, ...]:
    """The blocks of a depth; a line without a sign continues the line before it."""
    nested: list[tuple[str, str, list[str]]] = []
    for row in rows:
        signed = row.startswith(SIGNS)
        deeper = signed and row[2 + depth : 3 + depth] == " "
        if nested and (deeper or (not signed and nested[-1][2])):
            nested[-1][2].append(row)
        elif nested and not signed:
            sign, text, _ = nested.pop()
            nested.append((sign, f"{text}\n{row}", []))
        else:
            nested.append((row[0], row[2:].strip(), []))
    return tuple(DiffBlock(sign, text, _parse_rows(below, depth + 1)) for sign, text, below in nested)


def _fold_blocks(blocks: Iterable[DiffBlock]) -> tuple[DiffBlock, ...]:
    blocks_by_shape: dict[tuple[object, ...], list[DiffBlock]] = {}
    for number, block in enumerate(blocks):
        folded = DiffBlock(block.sign, block.text, _fold_blocks(block.below))
        match = NUMBER.match(block.text)
        key = (block.sign, match["before"], match["after"], folded.below) if match else (number,)
        blocks_by_shape.setdefault(key, []).append(folded)
    return tuple(similar[0] if len(similar) == 1 else _join_alike(similar) for similar in blocks_by_shape.values())


def _join_alike(similar: list[DiffBlock]) -> DiffBlock:
    matches = [match for block in similar if (match := NUMBER.match(block.text))]
    ranges = format_ranges(int(match["number"]) for match in matches)
    first = matches[0]
    return DiffBlock(similar[0].sign, f"{first['before']}{ranges}{first['after']}", similar[0].below, len(similar))
