"""A ProCurve configuration as a structure: what it says globally, at each port and in each VLAN.

ProCurve keeps membership with the VLAN, and a port leaves its untagged VLAN by entering another; so line by line
two configurations cannot be merged or compared, but port by port they can.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from nornir_tasks.core.errors import ConfigurationError, PlatformError
from nornir_tasks.core.text import split_at_line_feeds
from nornir_tasks.platforms.common import config_tree
from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.common.config_tree import FIRST, gather, split_lines
from nornir_tasks.platforms.common.grammar import OTHER, Place
from nornir_tasks.platforms.procurve.grammar import GRAMMAR
from nornir_tasks.platforms.procurve.ports import Port, format_ports, parse_port, parse_ports

NOISE = re.compile(
    r"\s*(;.*|Running configuration:.*|Startup configuration:.*)$"
    r"|(?!.*[;\"])[\w+(][^#>]*[#>] ?(?:sh|show|wr|write|copy|no page|terminal|exit|logout)\b"  # typed at a prompt
)
ANSI = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|E)")

MEMBERS = re.compile(r"(no untagged|untagged|tagged) (\S+)")
TRUNK = re.compile(r"trunk (?P<ports>\S+) (?P<trunk>trk\d{1,3}) (?P<kind>\S+)", re.IGNORECASE)
# A switch shows it of several ports in one line.
PORT_ACCESS = re.compile(
    r"(aaa port-access (?:(?:authenticator|supplicant|mac-based|web-based) )?)((?:[\w/]*\d)(?:[-,][\w/,-]*)?)"
)
make_inner_key = partial(GRAMMAR.make_key, section=OTHER)  # the setting of a line within a port or a VLAN
LAST: Place = (len(GRAMMAR.sections[""]), [])
# What is closed by an ``exit``; where a page or a mail has taken the blanks in front of its lines, only that shows it.
CLOSED = re.compile(
    r"(?:vlan|interface|member) \S+$|(?:ip|ipv6) access-list (?:standard|extended) |router \w+$|dhcp-server pool "
    r"|(?:oobm|stacking|vsf)$|device-(?:profile|identity) |(?:class|policy) "
)
RANKED = re.compile(r"(sntp server|ip dns server-address) priority (\d+) (\S+)")


def redact(line: str, reply: str = "") -> str:
    """A line, or the device's reply to it, without password hashes and communities."""
    redacted = re.sub(r"\b(?:[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40})\b", "<secret>", reply or line)
    for community in re.findall(r'community "?([^"\s<]+)', line):
        redacted = redacted.replace(community, "<secret>")
    return redacted


def make_line_key(line: str) -> str:
    """The setting of a global line, also where that is off (``no telnet-server``); of a section its first line."""
    return GRAMMAR.make_key(line.split("\n", 1)[0], "")


def find_place(line: str) -> Place:
    """Where a global line stands among the others; one that is not known stands last."""
    return GRAMMAR.find_place(line, "") or LAST


def clean(text: str) -> str:
    """Without header, comments, escape codes and trailing space."""
    return "".join(f"{line}\n" for line in split_lines(_restore_lines(text), GRAMMAR, NOISE.match))


def parse(text: str) -> ConfigNode:
    """The configuration as a tree (header and comments may still be in it), each VLAN with its ports."""
    lines = split_lines(_restore_lines(text), GRAMMAR, lambda line: NOISE.match(line) or line.strip() == "exit")
    return config_tree.parse(lines, GRAMMAR)


def _restore_lines(text: str) -> str:
    """The text without escape codes, as it was before its way here.

    A value in quotes that the switch put into the next line stands behind its command again, and a section whose lines
    have lost their indentation has it again.
    """
    lines: list[str] = []
    for line in split_at_line_feeds(ANSI.sub("", text).replace("\r", "")):
        if line.lstrip().startswith('"') and lines:
            lines[-1] = f"{lines[-1].rstrip()} {line.strip()}"
            continue
        lines.append(line)
        if line.rstrip() == "exit":
            start = _find_opening(lines)
            lines[start + 1 :] = [f"{GRAMMAR.indent}{inner}" for inner in lines[start + 1 :]]
    return "\n".join(lines)


def _find_opening(lines: list[str]) -> int:
    """The line of the section that the last line closes; that line itself, if no such section is open."""
    for number in range(len(lines) - 2, -1, -1):
        if lines[number].rstrip() == "exit":
            break
        if CLOSED.match(lines[number].rstrip()) and not lines[number + 1].startswith(" "):  # or it is closed already
            return number
    return len(lines) - 1


def place_ports(root: ConfigNode) -> ConfigNode:
    """A tree for comparing: the VLANs of a port stand at the port, where people look for them.

    Raises:
        ConfigurationError: a VLAN's ports cannot be read.
    """
    vlans_by_port: dict[Port, list[str]] = {}
    placed = ConfigNode()
    for node in root.children:
        if node.text.startswith("vlan ") and node.children:
            lines: list[ConfigNode] = []
            for child in node.children:
                members = MEMBERS.fullmatch(child.text)
                if members is None:
                    lines.append(child)
                elif not members[1].startswith("no "):  # that is the reverse of what stands at the other VLANs
                    for port in _parse_members(child.text, members[2], node.text):
                        vlans_by_port.setdefault(port, []).append(f"{members[1]} {node.text}")
            placed.children.append(ConfigNode(node.text, lines))
        elif match := PORT_ACCESS.fullmatch(node.text):
            ports = sorted(_parse_members(node.text, match[2]))
            placed.children += [ConfigNode(f"{match[1]}{port}") for port in ports]
        else:
            placed.children.append(node)
    places = {child.text: child for child in placed.children if child.text.startswith("interface ")}
    for port, vlan_lines in sorted(vlans_by_port.items()):
        name = f"interface {port}"
        if name not in places:
            places[name] = ConfigNode(name)
            placed.children.append(places[name])
        places[name].children = [*places[name].children, *(ConfigNode(line) for line in vlan_lines)]
    return placed


def _parse_members(line: str, ports: str, within: str = "") -> set[Port]:
    try:
        return parse_ports(ports)
    except PlatformError as error:
        raise ConfigurationError(line, str(error), within) from None


def is_complete(text: str) -> bool:
    """Whether every port and VLAN of a clean configuration ends in ``exit``."""
    within = False
    for line in split_at_line_feeds(text):
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

    def add(self, node: ConfigNode, within: str) -> None:
        """Take a line of a VLAN, each of them, also where a switch shows several of one kind.

        Raises:
            ConfigurationError: it is about ports that cannot be read.
        """
        match = MEMBERS.fullmatch(node.text)
        if match is None:
            self.lines.append(write_section(node))
            return
        members = {"untagged": self.untagged, "tagged": self.tagged, "no untagged": self.barred}.get(match[1], set())
        members |= _parse_members(node.text, match[2], within)

    def find_line(self, setting: str) -> str | None:
        """The line that sets something: ``name``, ``ip address``, ``voice``."""
        return next((line for line in self.lines if make_inner_key(line) == setting), None)

    def set_line(self, line: str) -> None:
        """Add a line, in the place of the line that sets the same."""
        self.lines = [existing for existing in self.lines if make_inner_key(existing) != make_inner_key(line)] + [line]


@dataclass
class ProcurveConfig:
    """A configuration, parsed.

    Attributes:
        top: the global lines, those about who may use a port for each port; a section that is neither a port nor a
            VLAN is one, with its lines and ``exit`` inside.
        ports: port to its lines.
        vlans: number to what is said of it.
        places: of global lines that are not known: where those stand that they were read behind.
    """

    top: list[str] = field(default_factory=list)
    ports: dict[int, list[str]] = field(default_factory=dict)
    vlans: dict[int, Vlan] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "ProcurveConfig":
        """Read what the switch shows (or a template writes)."""
        parsed = cls()
        place = FIRST
        for node in gather(parse(text)).children:
            if match := re.fullmatch(r"vlan (\d+)", node.text):
                vlan = parsed.vlans.setdefault(int(match[1]), Vlan())
                for child in node.children:
                    vlan.add(child, node.text)
            elif match := re.fullmatch(r"interface (\S+)", node.text):
                port = _parse_members(node.text, match[1])
                lines = [write_section(child) for child in node.children]
                parsed.ports |= {number: [*parsed.ports.get(number, []), *lines] for number in sorted(port)}
            else:
                access = PORT_ACCESS.fullmatch(node.text)
                ports = sorted(_parse_members(node.text, access[2])) if access else []
                lines = [f"{access[1]}{port}" for port in ports] if access else [write_section(node)]
                parsed.top += lines
                parsed.places |= dict.fromkeys(lines, place)
            place = GRAMMAR.find_place(node.text, "") or place
        return parsed

    def list_global_lines(self) -> list[str]:
        """The global lines, and those of sections that are neither ports nor VLANs, each for itself."""
        return [line.strip() for text in self.top for line in text.split("\n") if line != "exit"]

    def read_trunks(self) -> dict[tuple[Port, str], set[Port]]:
        """The ports of each trunk, by the trunk and its kind.

        Raises:
            ConfigurationError: the ports of one cannot be read.
        """
        return {
            (min(_parse_members(line, match["trunk"])), match["kind"].lower()): _parse_members(line, match["ports"])
            for line in self.top
            if (match := TRUNK.fullmatch(line))
        }

    def map_untagged_ports(self) -> dict[int, int]:
        """Port to the VLAN it is untagged in."""
        return {port: number for number, vlan in self.vlans.items() for port in vlan.untagged}

    def write(self) -> str:
        """The text again, in the order of ``show running-config`` as far as it is known."""
        sections = {f"interface {port}": lines for port, lines in sorted(self.ports.items())}
        sections |= {f"vlan {number}": self._format_vlan(number) for number in sorted(self.vlans)}
        blocks = [(self._place(lines[0]), _join_ports(lines)) for lines in self._group_by_ports()]
        blocks += [((*find_place(name), False), _write_block(name, lines)) for name, lines in sections.items()]
        return "".join(f"{block}\n" for _, block in sorted(blocks, key=lambda block: block[0]))

    def _group_by_ports(self) -> Iterable[list[str]]:
        """The global lines, those together that a switch shows in one."""
        groups: dict[str, list[str]] = {}
        for line in self.top:
            match = PORT_ACCESS.fullmatch(line)
            groups.setdefault(match[1] if match else line, []).append(line)
        return groups.values()

    def _place(self, line: str) -> tuple[int, list[tuple[int, str]], bool]:
        """Where a global line stands; one that is not known behind the line that it was read behind."""
        place = GRAMMAR.find_place(line, "")
        return (*(place or self.places.get(line, LAST)), place is None)

    def _format_vlan(self, number: int) -> list[str]:
        vlan = self.vlans[number]
        lines = [line for line in vlan.lines if make_inner_key(line) == "name"]
        if vlan.barred:
            lines.append(f"no untagged {format_ports(vlan.barred)}")
        if vlan.untagged:
            lines.append(f"untagged {format_ports(vlan.untagged)}")
        if vlan.tagged:
            lines.append(f"tagged {format_ports(vlan.tagged)}")
        lines += [line for line in vlan.lines if make_inner_key(line) == "ip address"]
        lines += sorted(line for line in vlan.lines if make_inner_key(line) not in ("name", "ip address"))
        return lines


def _join_ports(lines: list[str]) -> str:
    match = PORT_ACCESS.fullmatch(lines[0])
    return f"{match[1]}{format_ports(parse_port(line.split()[-1]) for line in lines)}" if match else lines[0]


def write_section(node: ConfigNode) -> str:
    """A line, and if something stands below it, that and ``exit``, with their breaks."""
    return _write_block(node.text, [write_section(child) for child in node.children]) if node.children else node.text


def _write_block(name: str, lines: list[str]) -> str:
    inside = "\n".join([*lines, "exit"]).replace("\n", "\n   ")
    return f"{name}\n   {inside}"


def overlay(legacy: ProcurveConfig, additions: ProcurveConfig) -> ProcurveConfig:
    """The legacy with the additions laid over it: a single value is overwritten, an entry of a list is added."""
    merged = ProcurveConfig(
        _merge_top_lines(legacy.top, additions.top),
        {port: list(lines) for port, lines in legacy.ports.items()},
        {
            number: Vlan(list(vlan.lines), set(vlan.untagged), set(vlan.tagged), set(vlan.barred))
            for number, vlan in legacy.vlans.items()
        },
        additions.places | legacy.places,
    )
    for port, lines in additions.ports.items():
        keys = {make_inner_key(line) for line in lines}
        unchanged = [line for line in merged.ports.get(port, []) if make_inner_key(line) not in keys]
        merged.ports[port] = sorted([*unchanged, *lines], key=lambda line: (make_inner_key(line) != "name", line))
    trunks: dict[int, Port] = {port: trunk for (trunk, _), ports in merged.read_trunks().items() for port in ports}
    for number, written in additions.vlans.items():
        # A switch refuses the members of a trunk: in VLANs the trunk stands for them.
        untagged, tagged = ({trunks.get(port, port) for port in ports} for ports in (written.untagged, written.tagged))
        addition = Vlan(written.lines, untagged, tagged)
        vlan = merged.vlans.setdefault(number, Vlan())
        if number not in legacy.vlans:  # what the switch shows of every VLAN, whatever was typed
            vlan.lines = [f'name "{"DEFAULT_VLAN" if number == 1 else f"VLAN{number}"}"', "no ip address"]
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
