"""Matching a typed line against a command's syntax, word by word, with abbreviations, as EOS does.

A syntax is written as EOS's own help does: literals, ``(a|b)`` for a choice, ``[…]`` for what may be left out,
``<type>`` for a value. Values come back in canonical form.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from lab.region.ranges import format_ranges

KINDS = ("Ethernet", "Loopback", "Management", "Port-Channel", "Vlan")
_NAME = re.compile(r"([A-Za-z-]+)(\d+)$")


class Invalid(Exception):
    """A line that EOS does not take; the words are EOS's own, without the leading per cent sign."""


def vlan_set(text: str) -> frozenset[int]:
    """Read ``10,20-22``.

    Raises:
        ValueError: not a VLAN list.
    """
    vlans: set[int] = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        first, last = int(low), int(high or low)
        if not 1 <= first <= last <= 4094:
            raise ValueError(text)
        vlans.update(range(first, last + 1))
    return frozenset(vlans)


def interface_name(word: str) -> str:
    """``et1``, ``Ethernet1`` → ``Ethernet1``.

    Raises:
        ValueError: no kind of interface.
    """
    match = _NAME.match(word)
    if match:
        kind, number = match[1].lower(), int(match[2])
        for full in KINDS:
            if full.lower().startswith(kind):
                limit = {"Vlan": range(1, 4095), "Loopback": range(1001)}.get(full, range(1, 2001))
                if number in limit:
                    return f"{full}{number}"
    raise ValueError(word)


def _ranged(word: str, low: str, high: str) -> str:
    if not int(low) <= int(word) <= int(high):
        raise ValueError(word)
    return str(int(word))


def _area(word: str) -> str:
    return str(IPv4Address(int(word) if word.isdigit() else word))


TYPES: dict[str, Callable[[str], str]] = {
    "word": str,
    "ip": lambda word: str(IPv4Address(word)),
    "cidr": lambda word: str(IPv4Interface(word)) if "/" in word else _fail(word),
    "prefix": lambda word: str(IPv4Network(word, strict=False)) if "/" in word else _fail(word),
    "vlans": lambda word: format_ranges(vlan_set(word)),
    "port": interface_name,
    "area": _area,
}


def _fail(word: str) -> str:
    raise ValueError(word)


@dataclass(frozen=True)
class Match:
    """How far a line went along a syntax. ``exact``: no word was abbreviated."""

    taken: int  # words of the line
    complete: bool  # the syntax is used up, and so is the line
    exact: bool
    words: tuple[str, ...]  # canonical
    values: tuple[str, ...]  # of the typed places and choices, in order


def _expand(syntax: str) -> list[str]:
    """All forms of a syntax with ``[…]`` in it: without and with each (they may be nested)."""
    start = syntax.find("[")
    if start < 0:
        return [" ".join(syntax.split())]
    depth = 0
    for end in range(start, len(syntax)):
        depth += {"[": 1, "]": -1}.get(syntax[end], 0)
        if not depth:
            break
    before, inside, after = syntax[:start], syntax[start + 1 : end], syntax[end + 1 :]
    return [form for middle in ("", inside) for form in _expand(before + middle + after)]


@cache
def forms(syntax: str) -> tuple[tuple[str, ...], ...]:
    """The flat forms of a syntax, as tuples of elements."""
    return tuple(tuple(form.split()) for form in _expand(syntax))


def _value(element: str, word: str) -> str:
    """A word as a value of a type.

    Raises:
        ValueError: the word is no such value.
    """
    name, _, arguments = element[1:-1].partition(":")
    if name == "int":
        return _ranged(word, *arguments.split("-"))
    return TYPES[name](word)


def match_form(form: tuple[str, ...], words: list[str]) -> Match:
    """Match a line, split into words, against one flat form."""
    canonical: list[str] = []
    values: list[str] = []
    exact = True
    for index, element in enumerate(form):
        if index >= len(words):
            return Match(len(words), False, exact, tuple(canonical), tuple(values))
        word = words[index]
        if element == "<rest>":
            rest = " ".join(words[index:])
            return Match(len(words), True, exact, (*canonical, rest), (*values, rest))
        if element.startswith("<"):
            try:
                word = _value(element, word)
            except ValueError:
                return Match(index, False, exact, tuple(canonical), tuple(values))
            values.append(word)
        else:
            choices = element.strip("()").split("|") if element.startswith("(") else [element]
            fits = [choice for choice in choices if choice.lower().startswith(word.lower())]
            if not fits:
                return Match(index, False, exact, tuple(canonical), tuple(values))
            full = next((fit for fit in fits if fit.lower() == word.lower()), fits[0])
            exact = exact and full.lower() == word.lower()
            if element.startswith("("):
                values.append(full)
            word = full
        canonical.append(word)
    return Match(len(form), len(form) == len(words), exact, tuple(canonical), tuple(values))


def best(syntax: str, words: list[str]) -> Match:
    """The form of a syntax that fits a line best."""
    matches = [match_form(form, words) for form in forms(syntax)]
    return max(matches, key=lambda match: (match.complete, match.taken, match.exact))


def complaint(taken: int, words: list[str]) -> Invalid:
    """What EOS says of a line of which only so many words fit."""
    if taken >= len(words):
        return Invalid(f"Incomplete command (at token {len(words)}: None)")
    return Invalid(f"Invalid input (at token {taken}: '{words[taken]}')")


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """A sort key in which numbers count as numbers."""
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", text) if part)
