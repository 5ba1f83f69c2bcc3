"""Changed lines that touch the way in and that the lock-out proof does not know. Pure.

What stood there already and let us in is no news: only what comes or goes counts. A changed line is known if the proof
judges it or if it cannot touch the way in; a platform's own lists say which (``known_lines``). Of a block that is
unknown as a whole its head is named, and stands for all of it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from nornir_tasks.config.compare import Line, compare, list_lines
from nornir_tasks.core.ranges import parse_ranges
from nornir_tasks.core.text import split_at_line_feeds
from nornir_tasks.core.verdict import Rule, Verdict
from nornir_tasks.model import Device
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.known_lines import ANYTHING, Block, Kind, KnownLines, find_block
from nornir_tasks.platforms.common.management_access import ManagementAccess
from nornir_tasks.reachability.requirements import Requirements

UNKNOWN = Rule("unknown", "every changed line that touches the way in is one that the proof knows", "lockout")
BANNER = "banner "
FREE_TEXT = re.compile(r"(description|name|banner|remark|snmp-server|aaa authorization group) |(\d+ )?(permit|deny) ")
TOUCHES: Mapping[Kind, str] = {
    "port": "a port of the way in",
    "address": "an interface of the way in",
    "vlan": "a VLAN of the way in",
    "login": "the login",
    "routing": "the routes",
    "filter": "what is let through",
    "service": "the whole switch",
    "definition": "a list or policy that the way in names",
    "other": "nothing",
}


@dataclass(frozen=True)
class UnknownLine:
    """A changed line that cannot be judged. ``line``: with those above it."""

    device: str
    sign: str
    line: Line
    touches: str

    @property
    def words(self) -> str:
        """``+ interface Ethernet25 / storm-control all level 0``: how a plan names it."""
        return f"{self.sign} {' / '.join(split_at_line_feeds(part)[0] for part in self.line)}"

    @property
    def verdict(self) -> Verdict:
        """A reason not to write it; ``actual`` is the words."""
        return UNKNOWN.failed(
            self.device, f"only lines that the proof knows to touch {self.touches} of {self.device}", self.words
        )


@dataclass(frozen=True)
class Way:
    """What of a device the way in leads by: ports with their bundles, interfaces that hold addresses, VLANs."""

    ports: frozenset[str]
    interfaces: frozenset[str]
    vlans: frozenset[int]


def find_unknown_lines(
    device: Device, running: str, intended: str, actual: ManagementAccess, required: Requirements
) -> tuple[UnknownLine, ...]:
    """The changed lines that touch the way in and are not known, in the order of the configurations.

    Args:
        device: whose configurations these are.
        running: what lets us in as it is, masked.
        intended: what it is to have, masked.
        actual: what the platform reads of ``intended``.
        required: what must hold of it.
    """
    kind = platform(device.platform)
    difference = compare(kind, running, intended)
    changes = [("+", line) for line in difference.missing] + [("-", line) for line in difference.extra]
    changes += [("~", line) for line in difference.reordered]
    judge = _Judge(kind.known_lines, _find_way(actual, required), list_lines(device.platform, intended))
    unknown: list[UnknownLine] = []
    heads: set[tuple[str, Line]] = set()
    for sign, line in changes:
        if any((sign, line[:depth]) in heads for depth in range(1, len(line))):
            continue
        if touched := judge.find_touched(sign, line):
            heads.add((sign, line))
            unknown.append(UnknownLine(device.name, sign, line, TOUCHES[touched]))
    return tuple(unknown)


def _find_way(actual: ManagementAccess, required: Requirements) -> Way:
    models = [trunk.port for trunk in required.trunks] + [link.port for link in required.links]
    ports = {port.name for port in (*models, *(node for node, _, _ in required.nodes))}
    bundles = {bundle for name in ports if (bundle := actual.port(name).bundle)}
    members = {name for name, port in actual.interfaces.items() if port.bundle in bundles}
    vlans = {carried.vlan for trunk in required.trunks for carried in trunk.vlans}
    vlans |= {address.vlan for address in required.addresses if address.vlan is not None}
    vlans |= {vlan for _, vlan, _ in required.nodes}
    addresses = {address.address.ip for address in required.addresses}
    holders = {name for name, port in actual.interfaces.items() if port.address and port.address.ip in addresses}
    holders |= {svi.name for vlan in vlans if (svi := actual.svi(vlan))}
    return Way(frozenset(ports | bundles | members), frozenset(holders), frozenset(vlans))


def _is_spaced_as_shown(line: Line) -> bool:
    """Whether there is one space between two words, but for free text: with two a device takes it for the same."""
    return all("  " not in text or FREE_TEXT.match(text) for text in line)


@dataclass(frozen=True)
class _Judge:
    """What a platform knows, where the way in leads, and all lines that there are to be."""

    known: KnownLines
    way: Way
    lines: Iterable[Line]

    def find_touched(self, sign: str, line: Line) -> Kind | None:
        """What a changed line may touch without being known; None: it is known, or touches nothing."""
        match = find_block(self.known, line[0])
        if match is None:
            return self._find_touched_by_top(sign, line)
        block, head = match
        groups = head.groupdict()
        if len(line) == 1 and block.kind != "definition":
            # What a block is about is judged as a whole by the proof; its lines are looked at one by one. Of several
            # processes the proof reads one.
            is_second = block.kind == "routing" and sign == "+" and self._count_heads(block) > 1
            return "routing" if is_second else None
        if sign == "+" and (elsewhere := self._find_touched_elsewhere(block, line[1:])):
            return elsewhere
        if block.kind == "definition":
            return "definition" if self._is_in_use(groups["name"], frozenset()) else None
        below = "\n".join(line[1:])
        if sign != "-" and block.reaching.fullmatch(below):
            return block.kind
        if not self._is_on_way(block, groups):
            return "port" if self._names_way(line[1:]) and not block.known.fullmatch(below) else None
        if sign == "-" and block.kind != "routing":
            return block.kind if block.shared.fullmatch(below) else None
        if self._is_second(sign, line):
            return block.kind
        known = block.known.fullmatch(below) if _is_spaced_as_shown(line) else None
        if known and sign == "+" and known.groupdict().get("port", None) is not None:
            return None if known["port"] in self.way.ports else block.kind
        return None if known else block.kind

    def _find_touched_elsewhere(self, block: Block, below: Line) -> Kind | None:
        """What lines of a block touch that the device takes at the top, because its block does not know them."""
        for text in below:
            if block.own.match(text) or (block.known is not ANYTHING and block.known.fullmatch(text)):
                continue
            subject = next((kind for start, kind in self.known.subjects if start.match(text)), None)
            if subject or find_block(self.known, text) or self.known.vital.match(text):
                return subject or "service"
        return None

    def _is_second(self, sign: str, line: Line) -> bool:
        """Whether a line comes beside another that says the same otherwise, or the contrary."""
        if sign != "+":
            return False
        text, match = line[-1], self.known.single.match(line[-1])
        if (*line[:-1], text.removeprefix("no ") if text.startswith("no ") else f"no {text}") in self._line_set:
            return True
        others = [other for other in self.lines if other[:-1] == line[:-1] and other != line] if match else []
        twins = [self.known.single.match(other[-1]) for other in others]
        return any(twin is not None and match is not None and twin.groups() == match.groups() for twin in twins)

    @cached_property
    def _line_set(self) -> frozenset[Line]:
        return frozenset(self.lines)

    def _count_heads(self, block: Block) -> int:
        return sum(len(line) == 1 and block.head.fullmatch(line[0]) is not None for line in self.lines)

    def _find_touched_by_top(self, sign: str, line: Line) -> Kind | None:
        top = line[0]
        if definition := self.known.definitions.fullmatch(top):
            return "definition" if self._is_in_use(definition["name"], frozenset()) else None
        is_known = self.known.top.fullmatch(top) and _is_spaced_as_shown(line)
        if len(line) == 1 and is_known and not self._is_second(sign, line):
            return None
        if (about := self.known.about_ports.fullmatch(top)) and not self._has_way_port(about["ports"]):
            return None
        if sign == "-" and not self.known.vital.match(top):
            return None
        return next((kind for start, kind in self.known.subjects if start.match(top)), "service")

    def _is_on_way(self, block: Block, groups: Mapping[str, str | None]) -> bool:
        name, vlans = groups.get("name") or "", groups.get("vlans")
        if block.kind == "port":
            return bool({name, name.split(".")[0]} & self.way.ports)
        if block.kind == "address":
            return name in self.way.interfaces
        if block.kind == "vlan":
            return bool(self.way.vlans & parse_ranges(vlans or "0"))
        return block.kind != "other"

    def _names_way(self, lines: Iterable[str]) -> bool:
        """Whether a line names a port or an interface of the way in; a bare number names nothing."""
        words = {word.strip('",') for text in lines for word in text.split()}
        return any(word in words for word in self.way.ports | self.way.interfaces if not word.isdigit())

    def _has_way_port(self, text: str) -> bool:
        return any(str(port) in self.way.ports for port in self.known.parse_ports(text))

    # --- definitions

    @cached_property
    def _lines_by_word(self) -> Mapping[str, tuple[Line, ...]]:
        """Every line that there is to be, by each of its words."""
        found: dict[str, dict[Line, None]] = {}
        for line in self.lines:
            for word in line[-1].split() if not line[-1].startswith(BANNER) else ():
                found.setdefault(word.strip('",'), {})[line] = None
        return {word: tuple(lines) for word, lines in found.items()}

    def _is_in_use(self, name: str, seen: frozenset[str]) -> bool:
        """Whether anything names a definition that touches the way in and is not judged itself."""
        return any(self._uses(line, name, seen) for line in self._lines_by_word.get(name.strip('"'), ()))

    def _uses(self, line: Line, name: str, seen: frozenset[str]) -> bool:
        owner = self._find_definition(line[0])
        if owner is not None:
            # Its own head and rows; or another definition, which counts if something uses that.
            return owner not in (name, *seen) and self._is_in_use(owner, seen | {name})
        match = find_block(self.known, line[0])
        if match is None:
            return not self.known.top.fullmatch(line[0]) and not self.known.about_ports.fullmatch(line[0])
        block, head = match
        on_way = self._is_on_way(block, head.groupdict())
        return on_way and len(line) > 1 and not block.known.fullmatch("\n".join(line[1:]))

    def _find_definition(self, top: str) -> str | None:
        if definition := self.known.definitions.fullmatch(top):
            return definition["name"]
        match = find_block(self.known, top)
        return match[1]["name"] if match and match[0].kind == "definition" else None
