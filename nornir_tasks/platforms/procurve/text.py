"""A ProCurve configuration as a structure: what it says globally, at each port and in each VLAN.

ProCurve keeps membership with the VLAN, and a port leaves its untagged VLAN by entering another; so line by line
two configurations cannot be merged or compared, but port by port they can.
"""

import re
from dataclasses import dataclass, field

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.procurve.ports import format_ports, parse_port, parse_ports

NOISE = re.compile(r"^(;.*|Running configuration:.*|Startup configuration:.*|)$")
ANSI = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|E)")

# What identifies a line of the global context; the first that fits. The order is the order of `show running-config`.
KEYS = [
    re.compile(pattern)
    for pattern in (
        r"hostname",
        r"include-credentials",
        r"password manager",
        r"password operator",
        r"console idle-timeout",
        r"max-vlans",
        r"banner motd",
        r"cdp run",
        r"logging (?:\d+\.){3}\d+",
        r"logging \w+",
        r"timesync",
        r"sntp (?:unicast|broadcast)",
        r"sntp \d+",
        r"sntp server priority \d+",
        r"telnet-server",
        r"time daylight-time-rule",
        r"time timezone",
        r"web-management(?! ssl)",
        r"web-management ssl",
        r"ip authorized-managers \S+",
        r"ip default-gateway",
        r"ip dns domain-name",
        r"ip dns server-address priority \d+",
        r"ip ssh(?! filetransfer)",
        r"ip ssh filetransfer",
        r"<interfaces>",
        r'snmp-server community (?:"[^"]*"|\S+)',
        r"snmp-server host \S+",
        r"snmp-server (?:contact|location|enable)",
        r'aaa authentication local-user (?:"[^"]*"|\S+)',
        r"aaa .*",
        r"lldp run",
        r"primary-vlan",
        r"<vlans>",
        r"management-vlan",
        r"spanning-tree$",
        r"spanning-tree (?:config-name|priority|mode|force-version)",
        r"spanning-tree \d+ .*",
        r"loop-protect \d+",
        r"tftp (?:client|server)",
        r"dhcp .*",
    )
]
INTERFACES = next(index for index, pattern in enumerate(KEYS) if pattern.pattern == "<interfaces>")
VLANS = next(index for index, pattern in enumerate(KEYS) if pattern.pattern == "<vlans>")
# Of these a port or a VLAN may have several, each with a value of its own.
SEVERAL = re.compile(
    r"ip (helper-address|forward-protocol|igmp|bootp-gateway|directed-broadcast) |ip igmp$"
    r"|ipv6 (address|helper-address|access-group|nd|mld) |dhcp-snooping |arp-protect |lldp config"
)
MEMBERS = re.compile(r"((?:no )?(?:un)?tagged) (\S+)")
RANKED = re.compile(r"(sntp server|ip dns server-address) priority (\d+) (\S+)")


def redact(line: str, reply: str = "") -> str:
    """A line, or the device's reply to it, without password hashes and communities."""
    redacted = re.sub(r"\b(?:[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40})\b", "<secret>", reply or line)
    for community in re.findall(r'community "?([^"\s<]+)', line):
        redacted = redacted.replace(community, "<secret>")
    return redacted


def make_line_key(line: str) -> str:
    """The setting of a line, on or off: ``telnet-server`` for ``no telnet-server`` too."""
    positive = line.removeprefix("no ")
    for pattern in KEYS:
        if match := pattern.match(positive):
            return match[0]
    return positive


def find_place(line: str) -> tuple[int, list[tuple[int, str]]]:
    """Where a global line stands among the others."""
    positive = line.removeprefix("no ")
    rank = next((rank for rank, pattern in enumerate(KEYS) if pattern.match(positive)), len(KEYS))
    return rank, [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", positive) if part]


def expand_ports(line: str) -> str:
    """A VLAN's line of ports with each of them; hier_config knows no ranges of a chassis' ports."""
    match = MEMBERS.fullmatch(line)
    try:
        return f"{match[1]} {','.join(map(str, sorted(parse_ports(match[2]))))}" if match else line
    except PlatformError as error:
        raise PlatformError(f"{line!r}: {error}") from None


def make_inner_key(line: str) -> str:
    """The setting of a line within a port or a VLAN."""
    positive = line.removeprefix("no ")
    words = positive.split()
    if words[0] in ("enable", "disable"):
        return "disable"
    if words[:2] == ["ip", "access-group"]:
        return positive if len(words) < 4 else f"ip access-group {words[3]}"
    if SEVERAL.match(positive):
        return positive
    return " ".join(words[:2]) if words[0] in ("ip", "ipv6", "qos", "lldp") else words[0]


def clean(text: str) -> str:
    """Without header, comments, escape codes and trailing space."""
    lines = (ANSI.sub("", line).rstrip() for line in text.replace("\r", "").splitlines())
    return "".join(f"{line}\n" for line in lines if not NOISE.match(line.strip()))


def is_complete(text: str) -> bool:
    """Whether every port and VLAN of a clean configuration ends in ``exit``."""
    within = False
    for line in text.splitlines():
        if re.match(r"(interface|vlan) ", line):
            if within:
                return False
            within = True
        elif line.strip() == "exit":
            within = False
    return not within


@dataclass
class Vlan:
    """A VLAN. ``lines``: all but its ports; ``barred``: the ports of its ``no untagged`` line (VLAN 1 only)."""

    lines: list[str] = field(default_factory=list)
    untagged: set[int] = field(default_factory=set)
    tagged: set[int] = field(default_factory=set)
    barred: set[int] = field(default_factory=set)

    def find_line(self, setting: str) -> str | None:
        """The line that sets something: ``name``, ``ip address``, ``voice``."""
        return next((line for line in self.lines if make_inner_key(line) == setting), None)

    def set_line(self, line: str) -> None:
        """Add a line, in the place of the line that sets the same."""
        self.lines = [existing for existing in self.lines if make_inner_key(existing) != make_inner_key(line)] + [line]


@dataclass
class ProcurveConfig:
    """A configuration, parsed."""

    top: list[str] = field(default_factory=list)
    ports: dict[int, list[str]] = field(default_factory=dict)
    vlans: dict[int, Vlan] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "ProcurveConfig":
        """Read what the switch shows (or a template writes)."""
        parsed = cls()
        context: str | None = None
        number = 0
        for raw in clean(text).splitlines():
            line = raw.strip()
            if line == "exit":
                context = None
                continue
            try:
                if match := re.fullmatch(r"vlan (\d+)|interface (\S+)", line):
                    context, number = ("vlan", int(match[1])) if match[1] else ("interface", parse_port(match[2]))
                    if context == "vlan":
                        parsed.vlans.setdefault(number, Vlan())
                    else:
                        parsed.ports.setdefault(number, [])
                elif context == "vlan":
                    parsed._add_vlan_line(number, line)
                elif context == "interface":
                    parsed.ports[number].append(line)
                else:
                    parsed.top.append(line)
            except PlatformError as error:
                raise PlatformError(f"{context or 'the configuration'} {number or ''}: {line!r}: {error}") from None
        return parsed

    def _add_vlan_line(self, number: int, line: str) -> None:
        vlan = self.vlans[number]
        words = line.split()
        if words[0] == "untagged":
            vlan.untagged |= parse_ports(words[1])
        elif words[0] == "tagged":
            vlan.tagged |= parse_ports(words[1])
        elif words[:2] == ["no", "untagged"]:
            vlan.barred |= parse_ports(words[2])
        else:
            vlan.lines.append(line)  # each of them, also where a switch shows several of one kind

    def map_untagged_ports(self) -> dict[int, int]:
        """Port to the VLAN it is untagged in."""
        return {port: number for number, vlan in self.vlans.items() for port in vlan.untagged}

    def write(self) -> str:
        """The text again, in the order of ``show running-config`` as far as it is known."""
        blocks: list[tuple[tuple[int, list[tuple[int, str]]], list[str]]] = []
        blocks += [(find_place(line), [line]) for line in self.top]
        blocks += [
            ((INTERFACES, [(port, "")]), [f"interface {port}", *(f"   {line}" for line in lines), "   exit"])
            for port, lines in self.ports.items()
            if lines
        ]
        blocks += [((VLANS, [(number, "")]), self._format_vlan(number)) for number in self.vlans]
        return "".join(f"{line}\n" for _, lines in sorted(blocks, key=lambda block: block[0]) for line in lines)

    def _format_vlan(self, number: int) -> list[str]:
        vlan = self.vlans[number]
        default = "DEFAULT_VLAN" if number == 1 else f"VLAN{number}"
        lines = [vlan.find_line("name") or f'name "{default}"']
        if vlan.barred:
            lines.append(f"no untagged {format_ports(vlan.barred)}")
        if vlan.untagged:
            lines.append(f"untagged {format_ports(vlan.untagged)}")
        if vlan.tagged:
            lines.append(f"tagged {format_ports(vlan.tagged)}")
        lines += [line for line in vlan.lines if make_inner_key(line) == "ip address"] or ["no ip address"]
        lines += sorted(line for line in vlan.lines if make_inner_key(line) not in ("name", "ip address"))
        return [f"vlan {number}", *(f"   {line}" for line in lines), "   exit"]


def overlay(legacy: ProcurveConfig, additions: ProcurveConfig) -> ProcurveConfig:
    """The legacy with the additions laid over it: a single value is overwritten, an entry of a list is added."""
    merged = ProcurveConfig(
        _merge_top_lines(legacy.top, additions.top),
        {port: list(lines) for port, lines in legacy.ports.items()},
        {
            number: Vlan(list(vlan.lines), set(vlan.untagged), set(vlan.tagged), set(vlan.barred))
            for number, vlan in legacy.vlans.items()
        },
    )
    for port, lines in additions.ports.items():
        keys = {make_inner_key(line) for line in lines}
        unchanged = [line for line in merged.ports.get(port, []) if make_inner_key(line) not in keys]
        merged.ports[port] = sorted([*unchanged, *lines], key=lambda line: (make_inner_key(line) != "name", line))
    for number, addition in additions.vlans.items():
        vlan = merged.vlans.setdefault(number, Vlan())
        for line in addition.lines:
            vlan.set_line(line)
        for merged_vlan in merged.vlans.values():
            merged_vlan.untagged -= addition.untagged
        vlan.untagged = (vlan.untagged | addition.untagged) - addition.tagged
        vlan.tagged = (vlan.tagged | addition.tagged) - addition.untagged
    _move_phones(merged, additions)
    default_vlan = merged.vlans.get(1)
    if default_vlan is not None:
        legacy_vlan = legacy.vlans.get(1, Vlan())
        default_vlan.barred = (legacy_vlan.untagged | legacy_vlan.barred) - default_vlan.untagged
    return merged


def _move_phones(merged: ProcurveConfig, additions: ProcurveConfig) -> None:
    """Take the ports that move out of their old voice VLAN: with two of them tagged, a phone stays in the old."""
    moved = additions.map_untagged_ports().keys()
    for number, added_vlan in additions.vlans.items():
        if added_vlan.find_line("voice"):
            for other_number, vlan in merged.vlans.items():
                if other_number != number and vlan.find_line("voice"):
                    vlan.tagged -= added_vlan.tagged & moved


def _merge_top_lines(legacy: list[str], additions: list[str]) -> list[str]:
    """Global lines of both. Servers have three places by priority: the centre's come first, then the legacy's."""
    added_keys = {make_line_key(line) for line in additions}
    lines = [line for line in legacy if make_line_key(line) not in added_keys]
    added_servers = {match[3] for line in additions if (match := RANKED.fullmatch(line))}
    for line in legacy:
        match = RANKED.fullmatch(line)
        if not match or make_line_key(line) not in added_keys or match[3] in added_servers:
            continue
        used_keys = {make_line_key(placed) for placed in [*lines, *additions]}
        free_priorities = [priority for priority in (1, 2, 3) if f"{match[1]} priority {priority}" not in used_keys]
        if free_priorities:  # the platform has no place for a fourth server: the last of the legacy is dropped
            lines.append(f"{match[1]} priority {free_priorities[0]} {match[3]}")
    return sorted([*lines, *additions], key=find_place)
