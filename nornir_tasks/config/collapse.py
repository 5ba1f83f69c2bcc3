"""A diff made short enough to be read: what is the same on many ports or VLANs stands once, with their numbers.

    interface GigabitEthernet1/0/1-30   (30 alike)
  -  switchport access vlan 10
  +  switchport access vlan 110

Only for reading: what is written, approved and kept is the diff in full.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from nornir_tasks.config.diff import SIGNS
from nornir_tasks.core.ranges import format_ranges
from nornir_tasks.core.text import visible

# The last number of a line, if it stands for itself: not in an address, a time, a list or a range.
NUMBER = re.compile(r"^(?P<before>.*?)(?<![\d.:,])(?<!\d-)(?P<number>\d+)(?![\d.:,]|-\d)(?P<after>\D*)$")


@dataclass(frozen=True)
class Block:
    """A line of a diff with its sign, what stands below it, and how many alike it stands for."""

    sign: str
    text: str
    below: tuple["Block", ...] = ()
    alike: int = 1


def fold(diff: str) -> tuple[Block, ...]:
    """The diff as blocks, those that are alike but for one number folded into the first of them."""
    return _fold(parse(diff))


def parse(diff: str) -> tuple[Block, ...]:
    """The diff as blocks, nothing folded."""
    return _parse(diff.splitlines(), 0)


def lines(blocks: Iterable[Block], depth: int = 0) -> list[tuple[str, str]]:
    """For reading: sign and text of every line, as in a diff; where a block stands for several, it says so."""
    out: list[tuple[str, str]] = []
    for block in blocks:
        more = f"   ({block.alike} alike)" if block.alike > 1 else ""
        first, *rest = map(visible, block.text.split("\n"))
        out.append((block.sign, " " * depth + first + more))
        out += [(block.sign, f"{' ' * depth} {line}") for line in rest]
        out += lines(block.below, depth + 1)
    return out


def _parse(rows: list[str], depth: int) -> tuple[Block, ...]:
    """The blocks of a depth; a line without a sign goes on where the one before it stopped."""
    found: list[tuple[str, str, list[str]]] = []
    for row in rows:
        signed = row.startswith(SIGNS)
        deeper = signed and row[2 + depth : 3 + depth] == " "
        if found and (deeper or (not signed and found[-1][2])):
            found[-1][2].append(row)
        elif found and not signed:
            sign, text, _ = found.pop()
            found.append((sign, f"{text}\n{row}", []))
        else:
            found.append((row[0], row[2:].strip(), []))
    return tuple(Block(sign, text, _parse(below, depth + 1)) for sign, text, below in found)


def _fold(blocks: Iterable[Block]) -> tuple[Block, ...]:
    alike: dict[tuple[object, ...], list[Block]] = {}
    for number, block in enumerate(blocks):
        folded = Block(block.sign, block.text, _fold(block.below))
        match = NUMBER.match(block.text)
        key = (block.sign, match["before"], match["after"], folded.below) if match else (number,)
        alike.setdefault(key, []).append(folded)
    return tuple(found[0] if len(found) == 1 else _one(found) for found in alike.values())


def _one(found: list[Block]) -> Block:
    matches = [match for block in found if (match := NUMBER.match(block.text))]
    ranges = format_ranges(int(match["number"]) for match in matches)
    first = matches[0]
    return Block(found[0].sign, f"{first['before']}{ranges}{first['after']}", found[0].below, len(found))
