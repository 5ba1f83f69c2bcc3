"""What the lines of a platform mean, as tables: the form in which each platform says it. Pure."""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

from nornir_tasks.platforms.common.config_node import ConfigNode

OTHER = "*"  # the section of a line that no section is named for
EXIT = "exit"  # leaves any section
Place = tuple[int, list[tuple[int, str]]]  # the row of a line in its section, and its numbers by value
DIGITS = re.compile(r"(\d+)")
LETTERS = 3  # of a line by which the patterns are told from one another that may fit it


@dataclass(frozen=True)
class Row:
    """Lines of one kind.

    Attributes:
        pattern: of these lines, without ``no`` in front.
        single: a new line takes the place of the old. They share a key: what the pattern matches, or the text of its
            groups where it has some.
        kept_beside: a device would keep both, though we want one: the old line has to be taken away.
    """

    pattern: re.Pattern[str]
    single: bool = False
    kept_beside: bool = False

    @property
    def first_letters(self) -> str:
        """What every line begins with that fits; empty where the pattern does not begin with as many letters."""
        start = re.match(r"\(?([a-z -]+)(?![*+?{|a-z -])", self.pattern.pattern)
        return start[1][:LETTERS] if start and len(start[1]) >= LETTERS else ""


def several(*patterns: str) -> tuple[Row, ...]:
    """Rows of which each line stands for itself."""
    return tuple(Row(re.compile(pattern)) for pattern in patterns)


def single(*patterns: str) -> tuple[Row, ...]:
    """Rows of which there is one line, or one for each text of the pattern's groups.

    A blank at the end of a pattern stands for the end of a line as well, or ``no description`` would be another's key.
    """
    return tuple(Row(re.compile(re.sub(r" $", r"(?: |$)", pattern)), single=True) for pattern in patterns)


def keep_as_added(parent: ConfigNode, text: str) -> str:
    """``resolve_list`` of a platform that has no lists to add to."""
    return text


def keep_tree(root: ConfigNode) -> None:
    """``normalise`` of a platform that writes each thing in one way."""


def displacing(*patterns: str) -> tuple[Row, ...]:
    """Rows of which we want one line, though a device would keep several."""
    return tuple(Row(re.compile(pattern), single=True, kept_beside=True) for pattern in patterns)


class Nested(NamedTuple):
    """Sections within a section.

    Attributes:
        parent: how the line begins that they stand below.
        pattern: how theirs begins.
        closing: what ends one; ``exit`` is typed and never shown. Empty: what stands in it ends it.
    """

    parent: re.Pattern[str]
    pattern: re.Pattern[str]
    closing: str = EXIT


class FreeText(NamedTuple):
    """Text over several lines, up to the one that ``end`` is found in for the ``times``-th time."""

    end: re.Pattern[str]
    times: int = 1


def never(line: str) -> FreeText | None:
    """``find_free_text`` of a platform without free text."""
    return None


@dataclass(frozen=True)
class Grammar:
    """What a platform's lines mean.

    Attributes:
        sections: by how the line begins that opens them ("" is the top, ``*`` all others): their rows, in the order in
            which the device prints them. Of several that fit a line, the longest match counts.
        indent: of a level.
        find_free_text: for a line that begins free text, how it ends; else None.
        ordered: how lines begin below which the order of lines is part of the meaning.
        rewritten: of these, those that are written anew as a whole: their rows have no key, only a position.
        numbered: what the rows of a list share that stand at the top, each with the name of its list.
        shown_negated: what the device prints with ``no`` in front; another line that it has vanishes when negated.
        silent: by section, lines that say what the device does anyway: they remove what says otherwise.
        clearing: a line, and how the lines beside it begin that it takes away.
        resolve_list: given the parent, what becomes of a line that adds to a list; empty: nothing is to be written.
        normalise: makes one writing of each thing, in place.
        closing: lines that only end a section.
        nested: sections within sections, as far as they may be empty or end with a line of their own.
        valueless: lines with ``no`` that say that there is no value: there is no command that takes them away.
        resettable: sections that a device always has: they are set to their defaults instead.
        command_order: patterns of commands and their weight, 0 where none fits; the lightest goes first.
    """

    sections: Mapping[str, tuple[Row, ...]]
    indent: str = " "
    find_free_text: Callable[[str], FreeText | None] = never
    ordered: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    numbered: re.Pattern[str] = re.compile(r"(?!)")
    shown_negated: re.Pattern[str] = re.compile("")
    silent: Mapping[str, frozenset[str]] = field(default_factory=dict)
    clearing: Mapping[str, str] = field(default_factory=dict)
    resolve_list: Callable[[ConfigNode, str], str] = keep_as_added
    normalise: Callable[[ConfigNode], None] = keep_tree
    closing: re.Pattern[str] = re.compile(r"(?!)")
    nested: tuple[Nested, ...] = ()
    valueless: re.Pattern[str] = re.compile(r"(?!)")
    resettable: re.Pattern[str] = re.compile(r"(?!)")
    command_order: tuple[tuple[re.Pattern[str], int], ...] = ()

    @cached_property
    def _starts(self) -> tuple[str, ...]:
        return tuple(sorted((start for start in self.sections if start not in ("", OTHER)), key=len, reverse=True))

    @cached_property
    def _find_row(self) -> Callable[[str, str], tuple[int, re.Match[str]] | None]:
        # Most lines fit none of a hundred patterns: those that cannot fit are told by their first letters.
        rows: dict[str, dict[str, list[int]]] = {}
        for section, patterns in self.sections.items():
            for number, row in enumerate(patterns):
                rows.setdefault(section, {}).setdefault(row.first_letters, []).append(number)

        @lru_cache(maxsize=65536)
        def find(section: str, positive: str) -> tuple[int, re.Match[str]] | None:
            best: tuple[int, re.Match[str]] | None = None
            by_letters = rows.get(section, {})
            for number in sorted([*by_letters.get("", ()), *by_letters.get(positive[:LETTERS], ())]):
                match = self.sections[section][number].pattern.match(positive)
                if match and (best is None or match.end() > best[1].end()):
                    best = number, match
            return best

        return find

    def find_section(self, text: str) -> str:
        """The section that a line opens."""
        return next((start for start in self._starts if text.startswith(start)), OTHER)

    def find_place(self, text: str, section: str) -> Place | None:
        """Where a line stands among those of its section; None: it is not known."""
        positive = text.removeprefix("no ")
        row = self._find_row(section, positive)
        return None if row is None else (row[0], _split_numbers(positive))

    def find_pattern(self, text: str, section: str) -> str | None:
        """The pattern of the row that a line fits; None: it is not known."""
        row = self._find_row(section, text.removeprefix("no "))
        return None if row is None else self.sections[section][row[0]].pattern.pattern

    def make_key(self, text: str, section: str) -> str:
        """What a line shares with the lines that it replaces: ``description `` for every description."""
        positive = text.removeprefix("no ")
        row = self._find_row(section, positive)
        if row is None or not self.sections[section][row[0]].single:
            return positive
        return " ".join(group or "" for group in row[1].groups()) if row[1].re.groups else row[1][0].rstrip()

    def negate(self, text: str, section: str) -> str:
        """The command that takes a line away; of one whose key says all, the key."""
        if section == "" and self.resettable.fullmatch(text):
            return f"default {text}"
        found = None if text.startswith("no ") else self._find_row(section, text)
        row = found and self.sections[section][found[0]]
        if found and row and row.single and not row.kept_beside:
            return f"no {found[1][0].rstrip()}"
        return negate_whole(text)

    def is_replaced(self, text: str, keys: Container[str], section: str) -> bool:
        """Whether a device takes a line away when it is given another of one of these keys."""
        row = self._find_row(section, text.removeprefix("no "))
        kept_beside = row is not None and self.sections[section][row[0]].kept_beside
        return not kept_beside and self.make_key(text, section) in keys

    def find_closing(self, node: ConfigNode, parent: ConfigNode) -> str:
        """What ends the section that a line opens within another; empty: it opens none, or needs no end."""
        for row in self.nested:
            if row.pattern.match(node.text) and row.parent.match(parent.text):
                return row.closing
        return EXIT if node.children else ""

    def is_ordered(self, text: str) -> bool:
        """Whether the order of the lines below this one is part of their meaning."""
        return text.startswith(self.ordered)

    def weigh(self, command: str) -> int:
        """How late a command goes among those of its section."""
        return next((weight for pattern, weight in self.command_order if pattern.match(command)), 0)


def negate_whole(text: str) -> str:
    """The command that takes exactly this line away."""
    line = text.partition("\n")[0]
    return line.removeprefix("no ") if line.startswith("no ") else f"no {line}"


def _split_numbers(text: str) -> list[tuple[int, str]]:
    """For sorting: numbers by their value, so that VLAN 9 comes before VLAN 10."""
    return [(int(part), "") if index % 2 else (-1, part) for index, part in enumerate(DIGITS.split(text))]
