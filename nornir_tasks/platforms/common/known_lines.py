"""Which lines of a configuration the lock-out proof knows: a platform's own lists, read by ``reachability``.

A line is known where the proof judges it, or where it cannot touch the way in. Every other line that touches it is
unknown, and only a plan lets it through. A pattern stands for a whole line: what is not written here is not known.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["port", "address", "vlan", "login", "routing", "filter", "service", "definition", "other"]
NOTHING = re.compile(r"(?!)")
ANYTHING = re.compile(r"(?s).*")


def any_of(*patterns: str) -> re.Pattern[str]:
    """One pattern for lines of these forms. ``.`` is within one line: nothing hides below a line that is known."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


@dataclass(frozen=True)
class Block:
    """A kind of block, and the lines of it that are known.

    Args:
        head: its first line; the group ``name`` is the port, interface or definition, ``vlans`` the VLANs it is about.
        kind: what of the way in it may be about. A ``port``, ``address`` or ``vlan`` that is not on the way, and a
            ``definition`` that nothing on the way names, touches nothing. ``other`` never does.
        known: the lines below the head, those of a deeper level joined by a line break. A group ``port`` names a
            port: the line is known only if that is on the way.
        shared: lines that somebody else may count on, such as the other end of a cable or whoever knows a key: of a
            block of the way in these alone do not go unknown, and of a process of routes only what is known goes.
        reaching: lines that are about more than their block: they are never known, wherever they stand.
        own: lines of a block, as they begin, that would be something else at the top. A device takes what a block does
            not know at the top, so a line that begins like one of there is judged as such.
    """

    head: re.Pattern[str]
    kind: Kind
    known: re.Pattern[str] = NOTHING
    shared: re.Pattern[str] = NOTHING
    reaching: re.Pattern[str] = NOTHING
    own: re.Pattern[str] = NOTHING


@dataclass(frozen=True)
class KnownLines:
    """A platform's lists.

    Args:
        blocks: searched in this order.
        top: global lines without lines of their own below them.
        about_ports: global lines about the ports of the group ``ports``; known where none of them is on the way.
        parse_ports: what those ports are; each as a text is its name.
        definitions: global lines that each are a part of the definition of the group ``name``.
        single: lines of which a device shows one; its groups are what two of them share. A second is not known,
            whichever of them the device would take.
        vital: global lines, as they begin, that do not go unknown: without one a login may fail.
        subjects: what an unknown global line may touch, by how it begins; the first that fits.
    """

    blocks: tuple[Block, ...]
    top: re.Pattern[str]
    about_ports: re.Pattern[str] = NOTHING
    parse_ports: Callable[[str], Iterable[object]] = str.split
    definitions: re.Pattern[str] = NOTHING
    single: re.Pattern[str] = NOTHING
    vital: re.Pattern[str] = NOTHING
    subjects: tuple[tuple[re.Pattern[str], Kind], ...] = ()


def find_block(known: KnownLines, head: str) -> tuple[Block, re.Match[str]] | None:
    """The kind of block that a first line opens, and what its pattern found; None: of none that is known."""
    for block in known.blocks:
        if match := block.head.fullmatch(head):
            return block, match
    return None


def make_subjects(rows: Iterable[tuple[str, Kind]]) -> tuple[tuple[re.Pattern[str], Kind], ...]:
    """Rows of beginnings and kinds, compiled."""
    return tuple((re.compile(start), kind) for start, kind in rows)
