"""IOS configurations as trees: read, written in the order in which IOS prints them, laid one over the other. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nornir_tasks.core.ranges import format_ranges, parse_ranges

BANNER = re.compile(r"^banner \w+ (\^C|\x03|\S)")

# Lines that have one value: a new one takes the place of the old. What the pattern matches is what they share.
ROOT_SINGLE = (
    r"hostname ",
    r"ip domain-name ",
    r"ip default-gateway ",
    r"clock (timezone|summer-time) ",
    r"service timestamps (debug|log) ",
    r"logging (buffered|trap|console)\b",
    r"spanning-tree (mode|vlan \S+ priority) ",
    r"vtp (mode|domain) ",
    r"banner \w+ ",
    r"enable (secret|password) ",
    r"username \S+ ",
    r"ip ssh (version|time-out) ",
    r"snmp-server (location|contact) ",
    r"ntp server \S+",
)
BELOW_SINGLE = (
    r"description ",
    r"switchport (access vlan|voice vlan|trunk native vlan|trunk allowed vlan|mode) ",
    r"ip address\b",
    r"ip access-group \S+ in",
    r"ip ospf (network|cost) ",
    r"spanning-tree (portfast|bpduguard)\b",
    r"(speed|duplex) ",
    r"name ",
    r"(path|maximum) ",
    r"(exec-timeout|transport input|privilege level|access-class) ",
    r"login\b",
    r"router-id ",
)
SINGLE = tuple(re.compile(pattern) for pattern in (*ROOT_SINGLE, *BELOW_SINGLE))
# What IOS prints with `no` in front. Every other line vanishes when it is negated.
SHOWN_NEGATED = re.compile(
    r"no (switchport$|ip http |service |aaa new-model|passive-interface |ip address|ip domain-lookup|cdp |ip redirects"
    r"|ip proxy-arp|snmp trap |ip routing)"
)
# The order in which IOS prints lines. A line that is not here stays behind the one it stood behind.
ROOT_ORDER = (
    "version", "service pad", "service tcp", "service timestamps", "service", "hostname", "boot", "logging buffered",
    "logging console", "enable", "username", "aaa", "clock timezone", "clock summer-time", "switch ", "ip routing",
    "ip dhcp", "ip domain-lookup", "ip domain-name", "ip name-server", "vtp domain", "vtp", "archive", "file prompt",
    "spanning-tree mode", "spanning-tree loopguard", "spanning-tree portfast", "spanning-tree extend",
    "spanning-tree", "vlan", "cdp", "lldp", "interface Loopback", "interface Port", "interface Fast",
    "interface Gigabit", "interface Ten", "interface Vlan", "router", "ip default-gateway", "ip forward",
    "ip http server", "ip http auth", "ip http secure", "ip scp", "ip ssh", "ip route", "ip access-list extended",
    "ip access-list standard", "logging trap", "logging source", "logging", "snmp-server community",
    "snmp-server location", "snmp-server contact", "snmp-server", "banner", "line con", "line", "ntp source", "ntp",
    "end",
)  # fmt: skip
BELOW_ORDER = (
    "log config", "path", "maximum", "write-memory", "time-period",  # archive
    "router-id", "auto-cost", "passive-interface default", "passive-interface", "redistribute", "network",
    "default-information",  # router ospf
    "name", "description", "switchport$", "switchport access", "switchport trunk native", "switchport trunk allowed",
    "switchport mode", "switchport nonegotiate", "switchport voice", "ip address", "ip access-group",
    "ip helper-address", "ip ospf", "ip redirects", "ip proxy-arp", "shutdown", "speed", "duplex", "cdp",
    "snmp trap", "storm-control", "spanning-tree portfast", "spanning-tree bpduguard", "ip dhcp",  # interfaces
    "access-class", "exec-timeout", "privilege", "password", "logging", "login", "length", "transport",  # lines
)  # fmt: skip
TRUNK = "switchport trunk allowed vlan "


@dataclass
class Block:
    """A line and what stands below it. The root's own line is empty."""

    text: str = ""
    children: list["Block"] = field(default_factory=list)

    def child(self, text: str) -> "Block | None":
        """The first line below this one that reads so."""
        return next((child for child in self.children if child.text == text), None)

    def write(self, depth: int = 0) -> str:
        """The lines as a device shows them, one space of indentation a level."""
        return "".join(f"{' ' * depth}{child.text}\n{child.write(depth + 1)}" for child in self.children)


def read(text: str) -> Block:
    """Parse a clean configuration."""
    root = Block()
    levels: list[tuple[int, Block]] = [(-1, root)]
    for line in logical_lines(text):
        depth = len(line) - len(line.lstrip())
        while levels[-1][0] >= depth:
            levels.pop()
        block = Block(line.strip())
        levels[-1][1].children.append(block)
        levels.append((depth, block))
    return root


def logical_lines(text: str) -> Iterator[str]:
    """Lines without comments; a banner over several lines is one, with its line breaks inside."""
    banner, mark = "", ""
    for line in text.replace("\r", "").split("\n"):
        if mark:
            banner += f"\n{line}"
            if mark in line:
                yield banner
                mark = ""
        elif found := BANNER.match(line):
            if found[1] in line[found.end() :]:
                yield line.rstrip()
            else:
                banner, mark = line, found[1]
        elif line.strip() and not line.lstrip().startswith("!"):
            yield line.rstrip()


def key(text: str) -> str:
    """What a line shares with the lines that it replaces."""
    bare = text.removeprefix("no ")
    for pattern in SINGLE:
        if found := pattern.match(bare):
            return found[0]
    return bare


def ordered_rows(text: str) -> bool:
    """Whether the order of what stands below a line is part of its meaning."""
    return text.startswith(("ip access-list", "ipv6 access-list"))


def overlay(legacy: str, additions: str) -> str:
    """The configuration a device has once ``additions`` were merged into ``legacy``, as it prints it."""
    base = read(legacy)
    _lay(base, read(additions))
    arrange(base, ROOT_ORDER)
    return base.write()


def _lay(base: Block, additions: Block) -> None:
    for new in additions.children:
        there = base.child(new.text)
        if new.children or there is not None or new.text.startswith("interface "):
            if there is None:
                there = Block(new.text)
                base.children.append(there)
            if ordered_rows(new.text):
                # Rows are counted, not named: the list is written anew.
                there.children = new.children
            else:
                _lay(there, new)
        else:
            _lay_line(base, new.text)


def _lay_line(base: Block, text: str) -> None:
    if text == "no switchport":
        base.children = [child for child in base.children if not child.text.startswith("switchport")]
    text = _resolved(base, text)
    mine = key(text)
    if not text:
        return
    if text.startswith("no ") and not SHOWN_NEGATED.match(text):
        base.children = [child for child in base.children if key(child.text) != mine]
        return
    for child in base.children:
        if key(child.text) == mine:
            child.text = text
            return
    base.children.append(Block(text))


def _resolved(base: Block, text: str) -> str:
    """``switchport trunk allowed vlan add``: the union with what the trunk carries; all of them stay all of them."""
    if not text.startswith(f"{TRUNK}add "):
        return text
    before = next((child.text for child in base.children if child.text.startswith(TRUNK)), None)
    if before is None or before == f"{TRUNK}all":
        return before or ""
    old = before.removeprefix(TRUNK)
    return TRUNK + format_ranges(
        {*vlan_set("" if old == "none" else old), *vlan_set(text.removeprefix(f"{TRUNK}add "))}, shortest=3
    )


def arrange(block: Block, order: tuple[str, ...] = BELOW_ORDER) -> None:
    """Put the lines below a line into the order in which IOS prints them."""
    place: tuple[int, list[tuple[int, str]]] = (-1, [])
    keyed = []
    for child in block.children:
        bare = child.text.removeprefix("no ")
        ranks = [n for n, start in enumerate(order) if _begins(bare, start)]
        if ranks:
            # The longest match is the one that is meant: "service timestamps", not "service".
            place = (max(ranks, key=lambda n: len(order[n])), _natural(bare))
        keyed.append((place, child))
        if not ordered_rows(child.text):
            arrange(child)
    keyed.sort(key=lambda pair: pair[0])
    block.children = [child for _, child in keyed]


def _begins(text: str, start: str) -> bool:
    return text == start[:-1] if start.endswith("$") else text.startswith(start)


def _natural(text: str) -> list[tuple[int, str]]:
    """For sorting: numbers by their value, so that VLAN 9 comes before VLAN 10."""
    parts = re.split(r"(\d+)", text)
    return [(int(part), "") if n % 2 else (-1, part) for n, part in enumerate(parts)]


def vlan_set(text: str) -> set[int]:
    """``1,20-22`` as numbers."""
    return {number for part in filter(None, text.split(",")) for number in parse_ranges(part)}
