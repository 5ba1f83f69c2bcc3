"""Matching a typed line against a command's syntax, word by word, with abbreviations, as EOS does.

A syntax is written as EOS's own help does: literals, ``(a|b)`` for a choice, ``[…]`` for what may be left out,
``<type>`` for a value. Values come back in canonical form.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network, ip_address

from lab.region.ranges import format_ranges

KINDS = ("Ethernet", "Loopback", "Management", "Port-Channel", "Vlan", "Vxlan")
_NAME = re.compile(r"([A-Za-z-]+)([0-9]{1,5})$")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*$")
_HOSTNAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$")
_ASN = re.compile(r"[0-9]{1,10}$|[0-9]{1,5}\.[0-9]{1,5}$")
_MAC = re.compile(r"([0-9a-f]{4}\.){2}[0-9a-f]{4}$|([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$")
_METHODS = re.compile(r"(group \S+|local|none)( (group \S+|local|none))*$")


class Invalid(Exception):
    """A line that EOS does not take; the words are EOS's own, without the leading per cent sign."""


def split(line: str) -> list[str]:
    """The words of a line: between blanks, and nothing else that Python would call white."""
    return re.findall(r"[^ \t\r\n]+", line)


def whole(word: str) -> int:
    """A number as EOS takes it: digits and nothing else.

    Raises:
        ValueError: no such number.
    """
    if not (word.isascii() and word.isdigit()):
        raise ValueError(word)
    return int(word)


def vlan_set(text: str) -> frozenset[int]:
    """Read ``10,20-22``.

    Raises:
        ValueError: not a VLAN list.
    """
    vlans: set[int] = set()
    for part in text.split(","):
        low, dash, high = part.partition("-")
        first, last = whole(low), whole(high if dash else low)
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
                limit = {"Vlan": range(1, 4095), "Loopback": range(1001), "Vxlan": range(1, 2)}.get(
                    full, range(1, 2001)
                )
                if number in limit:
                    return f"{full}{number}"
    raise ValueError(word)


def interface_names(text: str) -> list[str]:
    """The interfaces of ``Ethernet1-4,7``, ``Et1,Vlan10-11`` or ``Ethernet1``.

    Raises:
        ValueError: it names none, or something else.
    """
    names: dict[str, None] = {}
    kind = ""
    for part in text.split(","):
        match = re.match(r"([A-Za-z-]*[A-Za-z])?([0-9]{1,5})(?:-([0-9]{1,5}))?$", part)
        kind = match[1] or kind if match else ""
        if not match or not kind:
            raise ValueError(part)
        first, last = int(match[2]), int(match[3] or match[2])
        if not first <= last <= 4094:
            raise ValueError(part)
        names |= dict.fromkeys(interface_name(f"{kind}{number}") for number in range(first, last + 1))
    return list(names)


def masked(address: str, mask: str) -> str:
    """``10.0.0.1`` and ``255.255.255.0`` → ``10.0.0.1/24``.

    Raises:
        ValueError: no address, or a mask with holes.
    """
    bits = int(IPv4Address(mask)) ^ 0xFFFFFFFF
    if bits & (bits + 1):
        raise ValueError(mask)
    return f"{IPv4Address(address)}/{32 - bits.bit_length()}"


def _ranged(word: str, low: str, high: str) -> str:
    if not int(low) <= whole(word) <= int(high):
        raise ValueError(word)
    return str(int(word))


def _area(word: str) -> str:
    return str(IPv4Address(int(word) if word.isascii() and word.isdigit() else word))


def _with_length(word: str) -> str:
    """An address with its prefix length, and no mask in the length's place."""
    if not re.search(r"/[0-9]{1,2}$", word):
        raise ValueError(word)
    return word


def _fits(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def check(word: str) -> str:
        return word if pattern.match(word) else _fail(word)

    return check


def _host(word: str) -> str:
    """An address or a name; ``vrf`` is a word of the line."""
    if word == "vrf" or not (_HOST.match(word) or IPv6Address(word)):
        raise ValueError(word)
    return word


def _hostname(word: str) -> str:
    if not _HOSTNAME.match(word):
        raise ValueError(word)
    return word


def _peer(word: str) -> str:
    try:
        return str(ip_address(word))
    except ValueError:
        return _host(word)


def _mac(word: str) -> str:
    if not _MAC.match(word.lower()):
        raise ValueError(word)
    digits = re.sub("[.:-]", "", word.lower())
    return ":".join(digits[index : index + 2] for index in range(0, 12, 2))


def _obscured(word: str) -> str:
    """A secret as EOS shows it behind a 7: a form of its own making, always the same for the same secret."""
    return base64.b64encode(hashlib.sha256(word.encode("utf-8", "replace")).digest()[:16]).decode()


def _vnis(word: str) -> str:
    return word if all(1 <= whole(part) < 2**24 for part in re.split("[,-]", word)) else _fail(word)


TYPES: dict[str, Callable[[str], str]] = {
    "word": str,
    "name": str,
    "host": _host,
    "peer": _peer,
    "secret": _obscured,
    "ip": lambda word: str(IPv4Address(word)),
    "cidr": lambda word: str(IPv4Interface(_with_length(word))),
    "prefix": lambda word: str(IPv4Network(_with_length(word), strict=False)),
    "target": lambda word: TYPES["prefix" if "/" in word else "ip"](word),
    "cidr6": lambda word: str(IPv6Interface(word)) if "/" in word else _fail(word),
    "ip6": lambda word: str(IPv6Address(word)),
    "prefix6": lambda word: str(IPv6Network(word, strict=False)) if "/" in word else _fail(word),
    "mac": _mac,
    "asn": _fits(_ASN),
    "decimal": _fits(re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?$")),
    "vnis": _vnis,
    "vlans": lambda word: format_ranges(vlan_set(word)),
    "port": interface_name,
    "ports": lambda word: ",".join(interface_names(word)),
    "hostname": _hostname,
    "area": _area,
}
# Values that take the rest of the line.
RESTS: dict[str, Callable[[str], str]] = {
    "rest": str,
    "methods": _fits(_METHODS),
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
        if element[1:-1] in RESTS:
            try:
                rest = RESTS[element[1:-1]](" ".join(words[index:]))
            except ValueError:
                return Match(index, False, exact, tuple(canonical), tuple(values))
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


def ambiguity(matches: list[Match], words: list[str]) -> Invalid | None:
    """What EOS says where a word was cut so short that it could be several; None if each could be one only.

    Args:
        matches: how far the line went along each syntax that it may be.
        words: the line.
    """
    held = matches
    for place, word in enumerate(words):
        held = [match for match in held if len(match.words) > place]
        whole_words = [match for match in held if match.words[place].lower() == word.lower()]
        meant = {match.words[place] for match in held if match.words[place].lower().startswith(word.lower())}
        if whole_words:
            held = whole_words
        elif len(meant) > 1:
            return Invalid(f"Ambiguous command (at token {place}: '{word}')")
    return None


def complaint(taken: int, words: list[str]) -> Invalid:
    """What EOS says of a line of which only so many words fit."""
    if taken >= len(words):
        return Invalid(f"Incomplete command (at token {len(words)}: None)")
    return Invalid(f"Invalid input (at token {taken}: '{words[taken]}')")


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """A sort key in which numbers count as numbers."""
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"([0-9]+)", text) if part)
