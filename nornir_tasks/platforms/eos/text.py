"""EOS configurations as text: cleaning, masking, overlaying. Pure.

EOS shows its configuration in an order of its own, whatever order it was typed in; ``ORDER`` is that order, as far as
the standard and what was found in the municipalities need it. An unknown line keeps its place behind the line that it
stood behind.
"""

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field

from nornir_tasks.core.ranges import format_ranges, parse_ranges
from nornir_tasks.platforms.ios.tree import VLANS, read_allowed_vlans

ALLOWED = "switchport trunk allowed vlan "
VLAN_LIST = re.compile(r"vlan (\d[\d,-]*)")
HEREDOC = re.compile(r"^banner (login|motd)$")
KINDS = ("Port-Channel", "Ethernet", "Loopback", "Management", "Vlan")

# What may stand at the top, in EOS's order: pattern, and the key under which a line takes another's place.
# ``{}`` is the first group of the pattern; no key: the line is its own.
LinePattern = tuple[str, str | None]
TOP: tuple[LinePattern, ...] = (
    (r"enable password", "enable"),
    (r"(?:no )?aaa root", "aaa root"),
    (r"username (\S+)", "username {}"),
    (r"transceiver", "transceiver"),
    (r"service routing protocols model", "model"),
    (r"(?:no )?lldp run", "lldp"),
    (r"logging buffered", "logging buffered"),
    (r"logging trap", "logging trap"),
    (r"logging (?!source)", None),
    (r"logging source-interface", "logging source"),
    (r"hostname", "hostname"),
    (r"ip name-server", None),
    (r"dns domain", "domain"),
    (r"ntp local-interface", "ntp local"),
    (r"ntp server (vrf \S+ )?(\S+)", "ntp {0}{1}"),
    (r"ntp ", None),
    (r"snmp-server contact", "contact"),
    (r"snmp-server location", "location"),
    (r"snmp-server community", None),
    (r"snmp-server", None),
    (r"spanning-tree mode", "stp"),
    (r"spanning-tree (?!mst)", None),
    (r"spanning-tree mst 0 priority", "stp priority"),
    (r"system l1", None),
    (r"clock timezone", "clock"),
    (r"aaa ", None),
    (r"vlan ", None),
    (r"management api http-commands", None),
    (r"interface ", None),
    (r"ip access-list", None),
    (r"(?:no )?ip routing$", "ip routing"),
    (r"ip route 0\.0\.0\.0/0", "default route"),
    (r"ip route ", None),
    (r"router ospf", None),
    (r"router ", None),
    (r"banner login", "banner login"),
    (r"banner motd", "banner motd"),
    (r"management console", None),
    (r"management ssh", None),
    (r"management telnet", None),
    (r"management ", None),
)
INTERFACE: tuple[LinePattern, ...] = (
    (r"description", "description"),
    (r"(?:no )?shutdown", "shutdown"),
    (r"mtu", "mtu"),
    (r"speed", "speed"),
    (r"switchport access vlan", "access"),
    (r"switchport trunk native vlan", "native"),
    (r"switchport phone vlan", "phone"),
    (r"switchport phone trunk", "phone trunk"),
    (r"switchport trunk allowed vlan", "allowed"),
    (r"switchport mode", "mode"),
    (r"(?:no )?switchport$", "switchport"),
    (r"ip address", "ip address"),
    (r"ip helper-address", None),
    (r"ip ospf network", "ospf network"),
    (r"ip ospf area", "ospf area"),
    (r"ip ospf cost", "ospf cost"),
    (r"ip access-group \S+ (in|out)", "acl {}"),
    (r"(?:no )?lldp transmit", "lldp transmit"),
    (r"(?:no )?lldp receive", "lldp receive"),
    (r"spanning-tree portfast", "portfast"),
    (r"spanning-tree bpduguard", "bpduguard"),
)
OSPF: tuple[LinePattern, ...] = (
    (r"router-id", "router-id"),
    (r"auto-cost", "auto-cost"),
    (r"passive-interface default", None),
    (r"(?:no )?passive-interface", None),
    (r"redistribute", None),
    (r"network", None),
    (r"max-lsa", "max-lsa"),
)
API: tuple[LinePattern, ...] = ((r"(?:no )?protocol (\S+)", "protocol {}"), (r"(?:no )?shutdown", "shutdown"))
SERVICE: tuple[LinePattern, ...] = ((r"idle-timeout", "idle-timeout"), (r"(?:no )?shutdown", "shutdown"))
VLAN: tuple[LinePattern, ...] = ((r"name", "name"), (r"state", "state"))
ROWS: tuple[LinePattern, ...] = ((r"(\d+) ", "row {}"),)

ORDER = {"": TOP, "interface": INTERFACE, "router ospf": OSPF, "management api": API, "vlan": VLAN,
         "ip access-list": ROWS, "management": SERVICE}  # fmt: skip

# Lines that say what EOS does anyway: as an addition they remove what says otherwise, and are not shown.
SILENT = {"interface": frozenset({"no shutdown", "switchport", "switchport mode access"})}


@dataclass
class EosBlock:
    """A line, what is indented below it, and the text of a banner."""

    line: str
    below: list["EosBlock"] = field(default_factory=list)
    body: tuple[str, ...] = ()


def clean(text: str) -> str:
    """Without header, separators, comments and ``end``: what is left is configuration, in the device's order."""
    return "".join(f"{line}\n" for line in _strip_noise(text.splitlines()))


def _strip_noise(lines: Iterable[str]) -> Iterator[str]:
    in_banner = False
    for raw in lines:
        line = raw.rstrip()
        if in_banner:
            in_banner = line != "EOF"
            yield line
        elif line.strip() and not line.lstrip().startswith("!") and line != "end":
            in_banner = bool(HEREDOC.match(line))
            yield line


def parse(text: str) -> list[EosBlock]:
    """A configuration as blocks."""
    root = EosBlock("")
    stack: list[tuple[int, EosBlock]] = [(-1, root)]
    lines = iter(clean(text).splitlines())
    for line in lines:
        depth = len(line) - len(line.lstrip())
        while stack[-1][0] >= depth:
            stack.pop()
        body: list[str] = []
        if HEREDOC.match(line):
            for inner in lines:
                if inner == "EOF":
                    break
                body.append(inner)
        block = EosBlock(line.strip(), body=tuple(body))
        stack[-1][1].below.append(block)
        stack.append((depth, block))
    return [single for block in root.below for single in _split_vlans(block)]


def _split_vlans(block: EosBlock) -> list[EosBlock]:
    """A list of VLANs, as EOS writes those that say the same, is as many VLANs."""
    match = VLAN_LIST.fullmatch(block.line)
    numbers = sorted(parse_ranges(match[1])) if match else []
    if len(numbers) < 2:
        return [block]
    return [EosBlock(f"vlan {number}", deepcopy(block.below)) for number in numbers]


def write(blocks: Iterable[EosBlock], depth: int = 0) -> str:
    """Blocks as text."""
    lines: list[str] = []
    for block in blocks:
        lines.append(f"{'   ' * depth}{block.line}\n")
        if HEREDOC.match(block.line):
            lines += [f"{line}\n" for line in (*block.body, "EOF")]
        lines.append(write(block.below, depth + 1))
    return "".join(lines)


def overlay(legacy: str, additions: str) -> str:
    """The configuration after ``additions`` were merged into ``legacy``, in EOS's order."""
    return write(_sort_blocks(_merge(parse(legacy), parse(additions), ""), ""))


def _find_section_kind(line: str) -> str:
    """What sort of section a line opens, by the longest name in ``ORDER`` that fits; ``?`` for others."""
    return max((kind for kind in ORDER if kind and line.startswith(kind)), key=len, default="?")


def _find_place(line: str, kind: str) -> tuple[int | None, str]:
    """Where a line stands in its section, and the key under which it takes another's place."""
    for index, (pattern, key) in enumerate(ORDER.get(kind, ())):
        match = re.match(pattern, line)
        if match:
            return index, line if key is None else key.format(*match.groups(""))
    return None, line


def _merge(base: list[EosBlock], additions: list[EosBlock], kind: str) -> list[EosBlock]:
    merged: dict[str, EosBlock] = {}
    for block in base:
        key = _find_place(block.line, kind)[1]
        # What the switch has it keeps, also two lines that our keys do not tell apart.
        merged[f"{key}\n{len(merged)}" if key in merged else key] = block
    for block in additions:
        key = _find_place(block.line, kind)[1]
        existing = merged.get(key)
        if block.line.startswith("switchport trunk allowed vlan add "):
            _add_allowed_vlans(merged, key, block.line.rsplit(" ", 1)[1])
        elif block.line in SILENT.get(kind, ()):
            merged.pop(key, None)
        elif existing is not None and (block.below or existing.below):
            merged[key] = EosBlock(block.line, _merge(existing.below, block.below, _find_section_kind(block.line)))
        else:
            merged[key] = EosBlock(block.line, block.below, block.body)
    return list(merged.values())


def _add_allowed_vlans(interface_lines: dict[str, EosBlock], key: str, added_vlans: str) -> None:
    """Add VLANs to a trunk; a trunk without a list carries all VLANs already, and stays as it is."""
    mode = interface_lines.get("mode")
    if key not in interface_lines and mode is not None and mode.line == "switchport mode trunk":
        return
    line = interface_lines[key].line if key in interface_lines else f"{ALLOWED}none"
    vlans = read_allowed_vlans(line.removeprefix(ALLOWED)) | parse_ranges(added_vlans)
    interface_lines[key] = EosBlock(ALLOWED + ("all" if vlans >= set(VLANS) else format_ranges(vlans)))


def _sort_blocks(blocks: list[EosBlock], kind: str) -> list[EosBlock]:
    placed: list[tuple[tuple[object, ...], EosBlock]] = []
    last = 0
    for block in blocks:
        index, _ = _find_place(block.line, kind)
        last = last if index is None else index
        block.below = _sort_blocks(block.below, _find_section_kind(block.line))
        placed.append(((last, index is None, *(_make_sort_key(block.line) if index is not None else ())), block))
    return [block for _, block in sorted(placed, key=lambda pair: pair[0])]


def _make_sort_key(line: str) -> tuple[object, ...]:
    """Among its like a line stands by its number, and an interface by its kind before that."""
    words = line.split()
    kind = next((rank for rank, name in enumerate(KINDS) if words[0] == "interface" and words[1].startswith(name)), 0)
    return kind, tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", line) if part
    )
