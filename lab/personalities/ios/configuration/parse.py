"""Reads command lines the way IOS does: keywords may be abbreviated while they are unique, mistakes get a caret.

A grammar is a list of ``Rule``. Its ``spec`` is what a manual would print::

    switchport trunk allowed vlan (add|remove) <vlans>
    username <word> [privilege <level>] secret <digit> <word>

``<1-99>`` is a number within these limits; other values are those of ``PATTERNS``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv6Address, IPv6Interface

PATTERNS = {
    "word": r"\S+",
    "line": r".+",  # everything to the end of the line
    "digit": r"\d",
    "hours": r"-?(?:1?\d|2[0-3])",
    "area": r"\d{1,10}|\d{1,3}(?:\.\d{1,3}){3}",
    "level": r"0|[1-9]|1[0-5]",
    "ip": r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}",
    "ipv6": r"(?=.*:.*:)[0-9A-Fa-f:.]+",
    "ipv6net": r"(?=.*:.*:)[0-9A-Fa-f:.]+/(?:\d\d?|1[01]\d|12[0-8])",
    "prefix": r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!/)|/)){4}(?:3[0-2]|[12]?\d)",
    "ifnum": r"\d+(?:/\d+)*",
    "vlan": r"[1-9]\d{0,2}|[1-3]\d{3}|40[0-8]\d|409[0-4]",
    "vlans": r"\S+",  # a list of VLANs, good or bad: what is wrong with it is told by ``settings.vlan_set``
    "time": r"\d{1,2}:\d\d(?::\d\d)?",
    "iface": r"[A-Za-z-]+\d+(?:/\d+)*",
    "url": r"(?:flash:|nvram:|system:|null:|bootflash:)\S*|run[a-z-]*|start[a-z-]*",
}
INTERFACES = ("GigabitEthernet", "TenGigabitEthernet", "FastEthernet", "Loopback", "Vlan", "Port-channel", "Null")
_SPEC = re.compile(r"[()\[\]|]|<[\w-]+>|[^\s()\[\]|<>]+")
_RANGE = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True)
class Rule:
    """One accepted line.

    ``key``: what makes two lines the same setting (``{0}`` is the first value); by default the keywords before
    the first value; ``*`` is the whole line. ``opens``: the context it leads into. ``toggle``: a plain on/off
    setting with this default, printed when it differs, or ``always``. ``default``: the value that is not printed
    (or is, with ``always``). ``absent``: what is printed where nothing is set. ``layer``: on ports, the layer it
    belongs to. ``level``: for exec commands, the privilege they need. ``shown`` False: never printed.
    ``typed``: printed in the order of typing, which is meaning here.
    """

    spec: str
    key: str | None = None
    opens: str | None = None
    toggle: str | None = None
    always: bool = False
    default: str | None = None
    absent: str | None = None
    layer: int | None = None
    level: int = 15
    shown: bool = True
    typed: bool = False
    order: int = 0
    group: int = 0


@dataclass
class Node:
    """A place in the grammar: what may come next, and which rule ends here."""

    words: dict[str, "Node"] = field(default_factory=dict)
    values: list[tuple[str, "Node"]] = field(default_factory=list)
    rule: Rule | None = None

    def value(self, kind: str) -> "Node":
        """The node behind a value of this kind, made on demand."""
        for known, node in self.values:
            if known == kind:
                return node
        node = Node()
        self.values.append((kind, node))
        return node


@dataclass(frozen=True)
class Match:
    """An understood line. ``text`` has every keyword written out; ``rule`` is None where more had to come."""

    rule: Rule | None
    text: str
    values: tuple[str, ...]
    key: str
    node: Node


class Refused(Exception):
    """A line was not accepted. ``column`` counts from the line's first character; None: no caret."""

    def __init__(self, words: str, column: int | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.column = column

    def text(self, indent: int) -> str:
        """What IOS prints, with the caret under the mistake; ``indent`` is the width of the prompt."""
        if self.column is None:
            return f"{self.words}\n\n"
        return f"{' ' * (indent + self.column)}^\n{self.words}\n\n"


INVALID = "% Invalid input detected at '^' marker."
INCOMPLETE = "% Incomplete command."


def _alternatives(spec: str) -> list[list[str]]:
    """Every way to write a spec, without its brackets."""
    tokens = _SPEC.findall(spec)

    def read(position: int, closing: str | None) -> tuple[list[list[str]], int]:
        done: list[list[str]] = []
        current: list[list[str]] = [[]]
        while position < len(tokens):
            token = tokens[position]
            position += 1
            if token == closing:
                break
            if token == "|":
                done, current = done + current, [[]]
            elif token in "([":
                inner, position = read(position, ")" if token == "(" else "]")
                if token == "[":
                    inner.append([])
                current = [left + right for left in current for right in inner]
            else:
                current = [[*left, token] for left in current]
        return done + current, position

    return read(0, None)[0]


def grammar(rules: Iterable[Rule]) -> Node:
    """Make one context's grammar from its rules."""
    root = Node()
    for rule in rules:
        for tokens in _alternatives(rule.spec):
            node = root
            for token in tokens:
                node = node.value(token[1:-1]) if token.startswith("<") else node.words.setdefault(token, Node())
            node.rule = node.rule or rule
    return root


def interface_name(text: str) -> str | None:
    """An interface's full name: ``gi1/0/1`` is GigabitEthernet1/0/1. None: no such kind."""
    parts = re.fullmatch(r"([A-Za-z-]+) ?(\d+(?:/\d+)*)", text)
    if parts is None:
        return None
    kinds = [kind for kind in INTERFACES if kind.lower().startswith(parts[1].lower())]
    return f"{kinds[0]}{parts[2]}" if len(kinds) == 1 else None


@cache
def _limits(kind: str) -> tuple[int, int] | None:
    limits = _RANGE.fullmatch(kind)
    return (int(limits[1]), int(limits[2])) if limits else None


def _is_ipv6(token: str) -> bool:
    try:
        IPv6Interface(token)
    except ValueError:
        return False
    return True


def _fits(kind: str, token: str) -> bool:
    """Whether a token is a value of this kind."""
    if kind.startswith("ipv6"):
        return re.fullmatch(PATTERNS[kind], token, re.ASCII) is not None and _is_ipv6(token)
    limits = _limits(kind)
    if limits is not None:
        return token.isascii() and token.isdigit() and len(token) <= 10 and limits[0] <= int(token) <= limits[1]
    return re.fullmatch(PATTERNS[kind], token, re.ASCII) is not None


def _step(node: Node, line: str, token: re.Match[str]) -> tuple[str, str | None, Node] | None:
    """Take one token: what it says in full, its value if it is one, and where it leads."""
    word = token.group().lower()
    starting = [keyword for keyword in node.words if keyword.lower().startswith(word)]
    exact = next((keyword for keyword in starting if keyword.lower() == word), None)
    if exact is not None:
        return exact, None, node.words[exact]
    for kind, following in node.values:
        if kind == "line":
            rest = line[token.start() :].rstrip()
            return rest, rest, following
        if kind == "iface":
            name = interface_name(token.group())
            if name is not None:
                return name, name, following
        elif not (starting and kind in ("word", "vlans")) and _fits(kind, token.group()):
            value = token.group()
            if kind == "ip":
                value = ".".join(str(int(part)) for part in value.split("."))  # 010.1.2.3 is 10.1.2.3 here
            elif kind.startswith("ipv6"):
                value = str(IPv6Interface(value)).upper() if "/" in value else str(IPv6Address(value)).upper()
            return value, value, following
    if len(starting) > 1:
        raise Refused(f'% Ambiguous command:  "{line.strip()}"')
    if starting:
        return starting[0], None, node.words[starting[0]]
    return None


def match(root: Node, line: str, partial: bool = False, start: int = 0) -> Match:
    """Understand a line.

    Args:
        root: the grammar of the context.
        line: as it was typed.
        partial: it may stop early, as lines with ``no`` may.
        start: the column at which to begin.

    Raises:
        Refused: with the words and the column that IOS gives.
    """
    node, words, values, literal = root, [], [], []
    for token in re.finditer(r"\S+", line[start:]):
        shifted = re.compile(r"\S+").match(line, token.start() + start)
        assert shifted is not None
        step = _step(node, line, shifted)
        if step is None:
            raise Refused(INVALID, shifted.start())
        text, value, node = step
        words.append(text)
        if value is not None:
            values.append(value)
        elif not values:
            literal.append(text)
        if value is not None and text == line[shifted.start() :].rstrip():
            break  # the rest of the line, or its last word
    if node.rule is None and not partial:
        raise Refused(INCOMPLETE)
    text = " ".join(words)
    key = " ".join(literal)
    if node.rule is not None and node.rule.key is not None:
        key = text if node.rule.key == "*" else node.rule.key.format(*values)
    return Match(node.rule, text, tuple(values), key, node)
