"""A configuration as a tree of lines, and what can be done with two of them: overlaid, and led from one to the other.

Nothing here knows a vendor. What a block is, which words make a line's key and where order is meaning stands in each
platform's ``Grammar``; a line that it does not know is its own key, and keeps its place. Pure.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import islice, zip_longest

from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.common.grammar import EXIT, FreeText, Grammar, Place, negate_whole

FIRST: Place = (-1, [])


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
        parent = levels[-1][1]
        if grammar.closing.fullmatch(text) and (closed := _find_closed(parent, root, text, grammar)) is not None:
            closed.closing = node
            continue
        parent.children.append(node)
        levels.append((depth, node))
    grammar.normalise(root)
    return root


def _find_closed(parent: ConfigNode, root: ConfigNode, closing: str, grammar: Grammar) -> ConfigNode | None:
    """Which line another ends: the section before it, else the one that it stands in; None: there is none."""
    if parent.children:
        last = parent.children[-1]
        ends_last = closing != EXIT or (last.closing is None and grammar.find_closing(last, parent))
        closed = last if parent is root or ends_last else parent
    else:
        closed = parent
    while closed.closing is not None:
        closed = closed.closing
    return None if closed is root else closed


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
        if section == "" and grammar.resettable.fullmatch(text.removeprefix("default ")):
            text = re.sub(r"^default ", "no ", text)
        positive = text.removeprefix("no ")
        existing = by_text.get(text) or by_key.get(grammar.make_key(text, section))
        place = grammar.find_place(text, section) or place
        if grammar.numbered.fullmatch(positive):
            remove([child for child in by_text.values() if child.text.startswith(f"{positive} ")])
        elif _vanishes(text, section, existing, grammar):
            # The line itself, if it stands there; of those that our keys do not tell apart another may.
            remove([node] if (node := by_text.get(positive) or existing) else [])
        elif existing is None:
            node = ConfigNode(text, closing=_make_closing(addition, base, grammar))
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
        if section != "":
            _put_before_sections(base, {id(node) for _, node in added}, section, grammar)


def _make_closing(addition: ConfigNode, parent: ConfigNode, grammar: Grammar) -> ConfigNode | None:
    """The end of a new section, where a device shows one."""
    closing = addition.closing.text if addition.closing is not None else EXIT
    if closing == EXIT:
        closing = grammar.find_closing(addition, parent)
    return ConfigNode(closing) if closing not in ("", EXIT) else None


def _put_before_sections(parent: ConfigNode, added: Container[int], section: str, grammar: Grammar) -> None:
    """New lines at the end before the sections there whose end is not shown: behind, they would be typed into one.

    Not before a section that has a place of its own: ``path`` stands behind ``log config``, and IOS reads it so.
    """

    def is_open(node: ConfigNode) -> bool:
        is_settled = node.closing is not None or grammar.find_place(node.text, section) is not None
        return not is_settled and bool(grammar.find_closing(node, parent))

    start = len(parent.children)
    for node in reversed(parent.children):
        if id(node) not in added and not is_open(node):
            break
        start -= 1
    tail = parent.children[start:]
    parent.children[start:] = sorted(tail, key=is_open)


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
    commands = ConfigNode("", _make_commands(running, intended, "", grammar)).indent_anew()
    for command in commands.children:
        command.closing = None  # whatever stands at the top is understood in any section
        _close_sections(command, False, grammar)
    return commands


def _close_sections(parent: ConfigNode, is_closed: bool, grammar: Grammar) -> None:
    """Put an end to the sections below, where what follows would be typed into them.

    Args:
        parent: a command.
        is_closed: whether it ends with a line of its own, which its last section would take for its own.
        grammar: of the platform.
    """
    for child, follower in zip_longest(parent.children, parent.children[1:]):
        closing = grammar.find_closing(child, parent)
        if not closing:
            child.closing = None
            continue
        if child.closing is None and (follower is not None or is_closed or closing != EXIT):
            child.closing = ConfigNode(closing)
        _close_sections(child, child.closing is not None, grammar)


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
        if grammar.closing.fullmatch(child.text) or grammar.valueless.fullmatch(child.text):
            continue
        negation = grammar.negate(child.text, section)
        if grammar.make_key(child.text, section) in kept_keys:  # of two that our keys do not tell apart, this one
            negation = negate_whole(child.text)
        (last if child.children else first).append(ConfigNode(negation))
    typed = {command.text for command in first} | (wanted - present.keys())
    cleared = tuple(start for line, start in grammar.clearing.items() if line in typed)
    for child in intended.children:
        existing = present.get(child.text)
        if grammar.closing.fullmatch(child.text):
            continue
        if existing is None or _is_row(child, rewritten) or (cleared and child.text.startswith(cleared)):
            then.append(child)
        elif grammar.is_ordered(child.text):
            if existing != child:
                then += [ConfigNode(grammar.negate(child.text, section)), child]
        elif existing.children or child.children:
            below = _make_commands(existing, child, grammar.find_section(child.text), grammar)
            if below:
                then.append(ConfigNode(child.text, below, closing=child.closing))
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
