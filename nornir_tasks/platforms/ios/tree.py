"""IOS configurations as trees: parsed, written in the order in which IOS prints them, overlaid. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.ranges import format_ranges, parse_ranges

BANNER = re.compile(r"^banner +[\w-]+ +(\^C|\x03|\S)")
DENY = re.compile(r"^(\s*(?:access-list \S+ |\d+ )?deny) +")

# Lines with a single value: a new line replaces the old. What the pattern matches is what both share.
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
    r"ntp server (?:vrf \S+ )?\S+",
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
# The order in which IOS prints lines. A line that is not here stays behind its predecessor.
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
VLANS = range(1, 4095)


@dataclass
class IosBlock:
    """A line and what stands below it. The root's own line is empty."""

    text: str = ""
    children: list["IosBlock"] = field(default_factory=list)

    def child(self, text: str) -> "IosBlock | None":
        """The first line below this one with this text."""
        return next((child for child in self.children if child.text == text), None)

    def write(self, depth: int = 0) -> str:
        """The lines as a device shows them, one space of indentation a level."""
        return "".join(f"{' ' * depth}{child.text}\n{child.write(depth + 1)}" for child in self.children)


def parse(text: str) -> IosBlock:
    """Parse a clean configuration."""
    root = IosBlock()
    levels: list[tuple[int, IosBlock]] = [(-1, root)]
    for line in logical_lines(text):
        depth = len(line) - len(line.lstrip())
        while levels[-1][0] >= depth:
            levels.pop()
        block = IosBlock(line.strip())
        levels[-1][1].children.append(block)
        levels.append((depth, block))
    for block in root.children:
        _join_allowed_vlans(block)
    return root


def _join_allowed_vlans(port: IosBlock) -> None:
    """Make one line of a trunk's VLANs, which IOS goes on with in lines with ``add`` where they are many.

    A line without ``add`` takes the place of those before it.
    """
    lists = [child for child in port.children if child.text.startswith(TRUNK)]
    if len(lists) > 1 or (lists and lists[0].text.startswith(f"{TRUNK}except ")):
        vlans: set[int] = set()
        for child in lists:
            words = child.text.removeprefix(TRUNK)
            vlans = (vlans if words.startswith("add ") else set()) | read_allowed_vlans(words.removeprefix("add "))
        lists[0].text = TRUNK + format_allowed_vlans(vlans)
        port.children = [child for child in port.children if not any(child is other for other in lists[1:])]


def logical_lines(text: str) -> Iterator[str]:
    """Lines without comments; a banner over several lines is a single line, with its line breaks inside.

    IOS prints ``deny`` as wide as ``permit``; its blanks are no difference.
    """
    banner, delimiter = "", ""
    for line in text.replace("\r", "").split("\n"):
        if delimiter:
            banner += f"\n{line}"
            if delimiter in line:
                yield banner
                delimiter = ""
        elif banner_start := BANNER.match(line):
            if banner_start[1] in line[banner_start.end() :]:
                yield line.rstrip()
            else:
                banner, delimiter = line, banner_start[1]
        elif line.strip() and not line.lstrip().startswith("!"):
            yield DENY.sub(r"\1 ", line.rstrip())


def make_line_key(text: str) -> str:
    """What a line shares with the lines that it replaces: ``description `` for every description."""
    bare = text.removeprefix("no ")
    for pattern in SINGLE:
        if match := pattern.match(bare):
            return match[0]
    return bare


def gather(block: IosBlock) -> IosBlock:
    """A block with each section once, as the switch takes it: a second of that name goes on where the first ended."""
    sections: dict[str, IosBlock] = {}
    gathered = IosBlock(block.text)
    for child in block.children:
        if child.text in sections and (child.children or sections[child.text].children):
            sections[child.text].children.extend(child.children)
        else:
            sections[child.text] = IosBlock(child.text, list(child.children))
            gathered.children.append(sections[child.text])
    return gathered


def is_ordered(text: str) -> bool:
    """Whether the order of the lines below this one is part of their meaning."""
    return text.startswith(("ip access-list", "ipv6 access-list"))


def overlay(legacy: str, additions: str) -> str:
    """The configuration a device has once ``additions`` were merged into ``legacy``, as it prints it."""
    base = parse(legacy)
    _merge_blocks(base, parse(additions))
    sort_lines(base, ROOT_ORDER)
    return base.write()


def _merge_blocks(base: IosBlock, additions: IosBlock) -> None:
    for addition in additions.children:
        existing = base.child(addition.text)
        if addition.children or existing is not None or addition.text.startswith("interface "):
            if existing is None:
                existing = IosBlock(addition.text)
                base.children.append(existing)
            if is_ordered(addition.text):
                # Rows have no key, only a position: the whole list is replaced.
                existing.children = addition.children
            else:
                _merge_blocks(existing, addition)
        else:
            _merge_line(base, addition.text)


def _merge_line(base: IosBlock, text: str) -> None:
    if text == "no switchport":
        base.children = [child for child in base.children if not child.text.startswith("switchport")]
    text = _resolve_vlan_add(base, text)
    line_key = make_line_key(text)
    if not text:
        return
    if text.startswith("no ") and not SHOWN_NEGATED.match(text):
        base.children = [child for child in base.children if make_line_key(child.text) != line_key]
        return
    for child in base.children:
        if make_line_key(child.text) == line_key:
            child.text = text
            return
    base.children.append(IosBlock(text))


def _resolve_vlan_add(base: IosBlock, text: str) -> str:
    """``switchport trunk allowed vlan add``: the union with what the trunk carries; all of them stay all of them."""
    if not text.startswith(f"{TRUNK}add "):
        return text
    trunk_line = next((child.text for child in base.children if child.text.startswith(TRUNK)), None)
    if trunk_line is None or trunk_line == f"{TRUNK}all":
        return trunk_line or ""
    carried_vlans = read_allowed_vlans(trunk_line.removeprefix(TRUNK))
    return TRUNK + format_allowed_vlans(carried_vlans | parse_vlan_list(text.removeprefix(f"{TRUNK}add ")))


def sort_lines(block: IosBlock, order: tuple[str, ...] = BELOW_ORDER) -> None:
    """Put the lines below a line into the order in which IOS prints them."""
    sort_key: tuple[int, list[tuple[int, str]]] = (-1, [])
    keyed = []
    for child in block.children:
        positive = child.text.removeprefix("no ")
        ranks = [rank for rank, start in enumerate(order) if _has_start(positive, start)]
        if ranks:
            # The longest match counts: "service timestamps", not "service".
            sort_key = (max(ranks, key=lambda rank: len(order[rank])), _make_natural_key(positive))
        keyed.append((sort_key, child))
        if not is_ordered(child.text):
            sort_lines(child)
    keyed.sort(key=lambda pair: pair[0])
    block.children = [child for _, child in keyed]


def _has_start(text: str, start: str) -> bool:
    return text == start[:-1] if start.endswith("$") else text.startswith(start)


def _make_natural_key(text: str) -> list[tuple[int, str]]:
    """For sorting: numbers by their value, so that VLAN 9 comes before VLAN 10."""
    parts = re.split(r"(\d+)", text)
    return [(int(part), "") if index % 2 else (-1, part) for index, part in enumerate(parts)]


def read_allowed_vlans(words: str) -> set[int]:
    """What a trunk carries, from what stands behind ``switchport trunk allowed vlan``.

    Raises:
        PlatformError: it is no list of VLANs.
    """
    if words in ("all", "none"):
        return set(VLANS) if words == "all" else set()
    try:
        if words.startswith("except "):
            return set(VLANS) - parse_vlan_list(words.removeprefix("except "))
        return parse_vlan_list(words)
    except ValueError:
        raise PlatformError(f"{TRUNK}{words}: expected VLANs such as 1,20-22") from None


def format_allowed_vlans(vlans: set[int]) -> str:
    """As IOS writes them."""
    return "all" if vlans >= set(VLANS) else format_ranges(vlans, shortest=3) or "none"


def parse_vlan_list(text: str) -> set[int]:
    """``1,20-22`` as numbers."""
    return {number for part in filter(None, text.split(",")) for number in parse_ranges(part)}
