"""The order in which IOS prints a configuration, and the lines that it prints of each entry."""

import re

from lab.personalities.ios.configuration import access_lists, settings
from lab.personalities.ios.configuration.grammar import RULES
from lab.personalities.ios.configuration.parse import Rule
from lab.personalities.ios.configuration.section import Line, Section

_NEIGHBORS = next(rule.order for rule in RULES["bgp"] if rule.spec.startswith("neighbor "))
_NUMBERED = next(rule for rule in RULES["global"] if rule.key == access_lists.NUMBERED)
_VLAN = next(rule for rule in RULES["global"] if rule.opens == "vlan")


def ordered(section: Section, gather: bool = True) -> dict[str, Line | Section]:
    """What is printed of a section, in IOS's order, with the lines that are always printed.

    ``gather``: VLANs without a name share a line, as they do in print.
    """
    entries = dict(section.entries)
    for rule in RULES[section.context]:
        line = _standing(rule, section)
        if line is not None:
            entries.setdefault(rule.key or rule.spec.split(" <")[0], line)
    if section.context == "global":
        entries.pop("vlan 1", None)
        if gather:
            _gather_vlans(entries)
    return dict(sorted(entries.items(), key=lambda item: _place(item[1])))


def _standing(rule: Rule, section: Section) -> Line | None:
    """What a rule prints where nothing is set."""
    if rule.always and rule.toggle:
        return Line(rule, rule.spec if rule.toggle == "on" else f"no {rule.spec}")
    if rule.key == "aaa session-id" and not section.has("aaa new-model"):
        return None
    if rule.always and rule.default:
        return Line(rule, rule.default)
    if rule.absent and section.routed:
        return Line(rule, rule.absent)
    return None


def _gather_vlans(entries: dict[str, Line | Section]) -> None:
    """VLANs without a name of their own share one line, as on IOS."""
    plain: list[int] = []
    for entry in [*sorted(entries.values(), key=_place), None]:
        is_vlan = isinstance(entry, Section) and entry.context == "vlan"
        if is_vlan and entry is not None and not entry.entries:  # type: ignore[union-attr]
            plain.append(int(entry.text.split()[1]))
            del entries[entry.text]
        elif plain and (is_vlan or entry is None):
            text = f"vlan {settings.vlan_text(plain)}"
            entries[text] = Section(_VLAN, text, "vlan")
            plain = []


def _place(entry: Line | Section) -> tuple[int, int, tuple[int | str, ...]]:
    rule = entry.rule
    assert rule is not None
    if isinstance(entry, Line) and access_lists.is_row(entry):
        return 0, entry.sequence, ()
    if isinstance(entry, Section) and access_lists.is_list(entry) and access_lists.is_numbered(entry):
        rule = _NUMBERED  # whichever way it was typed
    kind, peer = 0, re.match(r"(?:no )?neighbor (\S+) (.*)", entry.text)
    if peer:  # all that is said of one, peer groups first
        group = not re.match(r"[\dA-F]*[.:]", peer[1])
        return _NEIGHBORS, 0 if group else 1, (*_natural(peer[1]), "", -1 if peer[2] == "peer-group" else rule.order)
    if rule.typed:
        return rule.order, 0, ()
    if entry.text.startswith("interface "):
        kind = "LPFGTV".index(entry.text[len("interface ")])
    if entry.text.startswith("route-map "):
        return rule.order, kind, _natural(re.sub(" (permit|deny) ", " ", entry.text))
    return rule.order, kind, _natural(entry.text)


def _natural(text: str) -> tuple[int | str, ...]:
    """A text's words and numbers in turn, so that numbers are never compared with words."""
    return tuple(int(part) if position % 2 else part for position, part in enumerate(re.split(r"(\d+)", text)))


def printed(entry: Line | Section, depth: int = 0) -> list[str]:
    """The printed lines of one entry."""
    pad = " " * depth
    if isinstance(entry, Line):
        if not depth:
            return entry.text.split("\n")
        first, *digits = entry.text.split("\n")
        return [*(pad + line for line in settings.broken(first)), *digits]
    if access_lists.is_list(entry):
        return [pad + line for line in access_lists.printed_rows(entry)]
    lines = [pad + entry.text]
    for inner in ordered(entry).values():
        lines.extend(printed(inner, depth + 1))
    if entry.context.endswith("-af"):
        return [f"{pad}!", *lines, f"{pad}exit-address-family"]
    return lines
