"""A configuration as a tree of lines, and what can be done with two of them: overlaid, and led from one to the other.

Nothing here knows a vendor. What a block is, which words make a line's key and where order is meaning stands in each
platform's ``Grammar``; a line that it does not know is its own key, and keeps its place. Pure.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from typing import NamedTuple

OTHER = "*"  # the section of a line that no section is named for
Place = tuple[int, list[tuple[int, str]]]  # the row of a line in its section, and its numbers by value
FIRST: Place = (-1, [])
DIGITS = re.compile(r"(\d+)")
LETTERS = 3  # of a line by which the patterns are told from one another that may fit it


@dataclass
class ConfigNode:
    """A line and what stands below it. The root's own line is empty; free text is one line with breaks in it.

    ``lead`` is what stood before the line where it was read, so that it is written as it was; None: by its depth.
    """

    text: str = ""
    children: list["ConfigNode"] = field(default_factory=list)
    lead: str | None = field(default=None, compare=False, repr=False)

    def find(self, text: str) -> "ConfigNode | None":
        """The first line below this one with this text."""
        return next((child for child in self.children if child.text == text), None)

    def find_start(self, start: str) -> "ConfigNode | None":
        """The first line below this one that begins so."""
        return next((child for child in self.children if child.text.startswith(start)), None)

    def copy(self) -> "ConfigNode":
        """The same lines, apart from these."""
        return ConfigNode(self.text, [child.copy() for child in self.children], self.lead)

    def write(self, indent: str) -> str:
        """The lines as they were read, new ones as a device shows them; the breaks of free text are not indented."""
        return "".join(f"{line}\n" for line in self.list_written(indent))

    def list_written(self, indent: str, above: str = "") -> Iterator[str]:
        """As ``write``, a line at a time (free text is one)."""
        for child in self.children:
            lead = above if child.lead is None else child.lead
            yield lead + child.text
            yield from child.list_written(indent, lead + indent)

    def indent_anew(self) -> "ConfigNode":
        """The same lines, apart from these, to be written by their depth."""
        return ConfigNode(self.text, [child.indent_anew() for child in self.children])

    def walk(self, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        """Every line, with the lines that it stands below."""
        for child in self.children:
            path = (*above, child.text)
            yield path
            yield from child.walk(path)


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


def parse(lines: Iterable[str], grammar: Grammar) -> ConfigNode:
    """The tree of a configuration.

    Args:
        lines: without comments; of ``split_lines``, so that free text is one line.
        grammar: of the platform.

    Returns:
        The root. What is indented deeper than a line stands below it.
    """
    root = ConfigNode()
    levels: list[tuple[int, ConfigNode]] = [(-1, root)]
    for line in lines:
        text = line.lstrip(" \t")
        depth = len(line) - len(text)
        while levels[-1][0] >= depth:
            levels.pop()
        node = ConfigNode(text, lead=line[:depth])
        levels[-1][1].children.append(node)
        levels.append((depth, node))
    grammar.normalise(root)
    return root


def split_lines(text: str, grammar: Grammar, is_noise: Callable[[str], object]) -> Iterator[str]:
    """The lines of a configuration without those that are noise; free text is one line, with its breaks inside.

    Only a line feed ends a line, for a device as for us. Free text that never ends takes all the rest.
    """
    lines = text.replace("\r", "").split("\n")
    free_texts = FreeTexts(lines, grammar)
    at = 0
    while at < len(lines):
        line = lines[at].rstrip(" \t")
        last = at
        if line.strip(" \t") and not is_noise(line):
            end = free_texts.find_last(at)
            last = len(lines) - 1 if end is None else end
            free_text = "\n".join([line, *lines[at + 1 : last + 1]])
            yield free_text.rstrip("\n") if end is None else free_text
        at = last + 1


class FreeTexts:
    """Where the free texts among some lines end."""

    def __init__(self, lines: Sequence[str], grammar: Grammar) -> None:
        self._lines = lines
        self._grammar = grammar
        self._endless: set[FreeText] = set()  # those that do not end any more

    def find_last(self, at: int) -> int | None:
        """The last line of the free text that begins at this line, or itself; None: it begins one that never ends."""
        free_text = self._grammar.find_free_text(self._lines[at].rstrip())
        if free_text is None:
            return at
        if free_text in self._endless:
            return None
        ends = (number for number in range(at + 1, len(self._lines)) if free_text.end.search(self._lines[number]))
        last = next(islice(ends, free_text.times - 1, None), None)
        if last is None:
            self._endless.add(free_text)
        return last


def gather(node: ConfigNode) -> ConfigNode:
    """The tree, with each section once, as a device takes it: a second of that name goes on where the first ended."""
    if len({child.text for child in node.children}) < len(node.children):
        sections: dict[str, ConfigNode] = {}
        for child in node.children:
            section = sections.setdefault(child.text, child)
            if section is not child:
                section.children.extend(child.children)
        node.children = list(sections.values())
    for child in node.children:
        if child.children:
            gather(child)
    return node


def overlay(base: ConfigNode, additions: ConfigNode, grammar: Grammar) -> ConfigNode:
    """What a device shows after ``additions`` were typed on one that shows ``base``. Neither of them is changed.

    What stays keeps its place, also where there are two lines that our keys do not tell apart; what is new stands
    where the device prints such a line, and a line that is not known behind the one that it was added behind.
    """
    merged = base.copy()
    _merge(merged, additions, "", grammar)
    return merged


def _merge(base: ConfigNode, additions: ConfigNode, section: str, grammar: Grammar) -> None:
    by_key: dict[str, ConfigNode] = {}
    by_text = {child.text: child for child in base.children}
    for child in base.children:
        by_key.setdefault(grammar.make_key(child.text, section), child)
    gone: set[int] = set()  # ids of nodes
    added: list[tuple[Place, ConfigNode]] = []
    place = FIRST

    def remove(nodes: Iterable[ConfigNode]) -> None:
        for node in nodes:
            gone.add(id(node))
            by_text.pop(node.text, None)
            if by_key.get(key := grammar.make_key(node.text, section)) is node:
                del by_key[key]

    for addition in additions.children:
        if start := grammar.clearing.get(addition.text):
            remove([child for child in by_text.values() if child.text.startswith(start)])
        text = grammar.resolve_list(base, addition.text)
        if not text:
            continue
        positive = text.removeprefix("no ")
        existing = by_text.get(text) or by_key.get(grammar.make_key(text, section))
        place = grammar.find_place(text, section) or place
        if grammar.numbered.fullmatch(positive):
            remove([child for child in by_text.values() if child.text.startswith(f"{positive} ")])
        elif _vanishes(text, section, existing, grammar):
            # The line itself, if it stands there; of those that our keys do not tell apart another may.
            remove([node] if (node := by_text.get(positive) or existing) else [])
        elif existing is None:
            node = ConfigNode(text)
            by_key[grammar.make_key(text, section)] = by_text[text] = node
            added.append((place, node))
            _merge(node, addition, grammar.find_section(text), grammar)
        elif addition.children and text.startswith(grammar.rewritten):
            existing.children = addition.indent_anew().children
        else:
            by_text.pop(existing.text, None)
            existing.text = text
            by_text[text] = existing
            _merge(existing, addition, grammar.find_section(text), grammar)
    if gone or added:
        stay = [child for child in base.children if id(child) not in gone]
        base.children = _insert(stay, [pair for pair in added if id(pair[1]) not in gone], section, grammar)


def _vanishes(text: str, section: str, existing: ConfigNode | None, grammar: Grammar) -> bool:
    if text in grammar.silent.get(section, ()):
        return True
    negates = text.startswith("no ") and existing is not None and existing.text != text
    return negates and not grammar.shown_negated.match(text)


def _insert(
    stay: list[ConfigNode], added: list[tuple[Place, ConfigNode]], section: str, grammar: Grammar
) -> list[ConfigNode]:
    """Lines among those that stay: each before the first that the device prints later."""
    added = sorted(added, key=lambda pair: pair[0])
    places = [place for place, _ in added]
    result: list[ConfigNode] = []
    done = 0
    for child in stay:
        place = grammar.find_place(child.text, section)
        if place is not None:
            upto = max(done, bisect_left(places, place))  # those at the same place go behind
            result += [node for _, node in added[done:upto]]
            done = upto
        result.append(child)
    return [*result, *(node for _, node in added[done:])]


def make_commands(running: ConfigNode, intended: ConfigNode, grammar: Grammar) -> ConfigNode:
    """The commands that lead from one configuration to another, as a tree of lines to type.

    What is defined is made before it is used and removed after it: lines go first, sections that go altogether last.
    A list whose order is meaning is written anew, or a new row would come too late.

    Args:
        running: what the device has; ``gather`` it where a device may show a section twice.
        intended: what it is to have.
        grammar: of the platform.
    """
    return ConfigNode("", _make_commands(running, intended, "", grammar)).indent_anew()


def _make_commands(running: ConfigNode, intended: ConfigNode, section: str, grammar: Grammar) -> list[ConfigNode]:
    present = {child.text: child for child in running.children}
    wanted = {child.text for child in intended.children}
    new_keys = {grammar.make_key(text, section) for text in wanted - present.keys()}
    kept_keys = {grammar.make_key(text, section) for text in wanted & present.keys()}
    rewritten = _find_rewritten_lists(running, intended, grammar) if section == "" else set()
    first = [ConfigNode(f"no {name}") for name in sorted(rewritten)]
    then: list[ConfigNode] = []
    last: list[ConfigNode] = []
    for child in running.children:
        if child.text in wanted or grammar.is_replaced(child.text, new_keys, section) or _is_row(child, rewritten):
            continue
        negation = grammar.negate(child.text, section)
        if grammar.make_key(child.text, section) in kept_keys:  # of two that our keys do not tell apart, this one
            negation = negate_whole(child.text)
        (last if child.children else first).append(ConfigNode(negation))
    typed = {command.text for command in first} | (wanted - present.keys())
    cleared = tuple(start for line, start in grammar.clearing.items() if line in typed)
    for child in intended.children:
        existing = present.get(child.text)
        if existing is None or _is_row(child, rewritten) or (cleared and child.text.startswith(cleared)):
            then.append(child)
        elif grammar.is_ordered(child.text):
            if existing != child:
                then += [ConfigNode(grammar.negate(child.text, section)), child]
        elif existing.children or child.children:
            below = _make_commands(existing, child, grammar.find_section(child.text), grammar)
            if below:
                then.append(ConfigNode(child.text, below))
    return sorted([*first, *then, *last], key=lambda command: grammar.weigh(command.text))


def _find_rewritten_lists(running: ConfigNode, intended: ConfigNode, grammar: Grammar) -> set[str]:
    """The lists at the top that both have, in other rows or another order."""
    before, after = (list_numbered(root, grammar) for root in (running, intended))
    return {name for name in before.keys() & after.keys() if before[name] != after[name]}


def _is_row(node: ConfigNode, names: set[str]) -> bool:
    return bool(names) and any(node.text.startswith(f"{name} ") for name in names)


def list_numbered(root: ConfigNode, grammar: Grammar) -> dict[str, list[str]]:
    """The rows of the lists that stand at the top, by what they share: ``access-list 10``."""
    lists: dict[str, list[str]] = {}
    for child in root.children:
        if match := grammar.numbered.match(child.text):
            lists.setdefault(match[0], []).append(child.text)
    return lists
