"""From one ProCurve configuration to another: single lines, in an order that never takes a gateway away too early.

Every line is complete in itself (``vlan 110 untagged 5-10``), so that the change may be cut off after any line: VLANs
are made and carried over the trunks first, then each port moves in one command, then what is unused is removed. The
old way to the switch (address, gateway, account) is taken away at the very end.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Interface

from nornir_tasks.core.errors import ConfigurationError
from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.procurve.grammar import GRAMMAR
from nornir_tasks.platforms.procurve.ports import format_ports, parse_port
from nornir_tasks.platforms.procurve.text import (
    RANKED,
    ProcurveConfig,
    Vlan,
    find_place,
    make_inner_key,
    make_line_key,
    parse,
    write_section,
)
from nornir_tasks.platforms.procurve.trunks import rebuild_trunks

PER_PORT = re.compile(
    r"(?P<before>(?:no )?(?:spanning-tree|loop-protect|aaa port-access(?: [a-z]+(?:-based)?)?) )"
    r"(?P<port>(?:\d{1,2}/)?(?:[A-Z]|Trk)?\d{1,3})"
    r"(?P<behind>(?: .*)?)"
)
# A password as a switch shows it that keeps passwords to itself; typed, the line would ask for a new one.
HIDDEN = re.compile(r'password (?:manager|operator|port-access)(?: user-name (?:"[^"]*"|\S+))?')
PERMANENT = re.compile(r"(?:oobm|stacking|vsf|member \S+)$")  # sections that are there as long as the hardware is
PATH = ("ip default-gateway", "management-vlan", "primary-vlan")  # how the switch is reached
# How a setting is taken away, where "no" and the whole line is not the way.
BARE = re.compile(
    r"(hostname|password [\w-]+|key-chain \S+ key \d+|"
    r"console idle-timeout|max-vlans|banner motd|timesync|time \S+|ip default-gateway|"
    r'ip dns domain-name|snmp-server community "[^"]*"|snmp-server (?:contact|location)|'
    r'aaa authentication local-user "[^"]*"|primary-vlan|management-vlan|'
    r"(?:radius|tacacs)-server (?:host \S+(?= (?:encrypted-)?key )|(?:encrypted-)?key|timeout|retransmit|dead-time)|"
    r'snmpv3 (?:user|community index|notify|targetaddress|params) (?:"[^"]*"|\S+)|'
    r"aaa authentication (?:port-access|mac-based|web-based)|aaa port-access mac-based addr-format|"
    r"aaa port-access (?:(?:authenticator|supplicant|mac-based|web-based) )?[\w/]*\d [\w-]+|"
    r"sntp authentication key-id \d+|"
    r"aaa authentication (?:console|telnet|ssh|web) (?:login|enable)|"
    r"module \w+(?= type)|"
    r"spanning-tree (?:config-name|priority|\S+ (?:priority|path-cost))|sntp \d+|logging (?:facility|severity))"
)


def make_steps(running: ProcurveConfig, intended: ProcurveConfig) -> tuple[str, ...]:
    """The lines that lead from one configuration to the other."""
    trunk_lines, running = rebuild_trunks(running, intended)
    hidden = {make_line_key(line) for line in intended.top if HIDDEN.fullmatch(line)}
    obsolete = [line for line in _subtract_lines(running.top, intended.top) if make_line_key(line) not in hidden]
    added = sorted(
        (line for line in _subtract_lines(intended.top, running.top) if make_line_key(line) not in hidden),
        key=lambda line: (line == "spanning-tree", find_place(line)),
    )
    replacing = {make_line_key(line): line for line in added}
    path_lines = [line for line in added if make_line_key(line) in PATH]
    early: list[str] = []
    late: list[str] = []
    for line in obsolete:
        successor = replacing.get(make_line_key(line))
        if _must_go_first(line, successor):
            early.append(line)
        elif successor is None:
            late.append(line)
    return (
        *trunk_lines,
        *(negate_line(line) for line in early),
        *_join_port_ranges(
            line for text in added if text not in path_lines for line in _list_commands(text, running.top)
        ),
        *_free_clashing_subnets(running, intended),
        *_create_vlans(running, intended),
        *_move_ports(running, intended),
        *_change_ports(running, intended),
        *path_lines,
        *_leave_vlans(running, intended),
        *_remove_addresses(running, intended),
        *(f"no vlan {number}" for number in sorted(running.vlans.keys() - intended.vlans.keys() - {1})),
        *_join_port_ranges(command for line in _sort_removed(late) for command in _remove_commands(line)),
    )


def _must_go_first(line: str, successor: str | None) -> bool:
    """Whether a line that is obsolete stands in the way: its priority must be free, or its successor says less.

    A switch keeps the key of ``radius-server host 10.0.0.9 key "x"`` when it is told of the host without one.
    """
    return bool(RANKED.fullmatch(line)) or (successor is not None and line.startswith(f"{successor} "))


def _list_commands(text: str, running: list[str]) -> list[str]:
    """The commands that write a global line; of a section that is there what differs, but a list is written anew."""
    line, *inside = text.split("\n")
    other = next((other for other in running if other.split("\n", 1)[0] == line), None) if inside else None
    if other is not None and not GRAMMAR.is_ordered(line):
        return _change_section(parse(other).children[0], parse(text).children[0])
    return [*([f"no {line}"] if other is not None else []), line, *(command.strip() for command in inside)]


def _remove_commands(text: str) -> list[str]:
    """The commands that undo a global line, or a section; one that cannot go is emptied."""
    node = parse(text).children[0]
    return _change_section(node, ConfigNode(node.text)) if PERMANENT.match(node.text) else [negate_line(text)]


def _change_section(running: ConfigNode, intended: ConfigNode) -> list[str]:
    """From the section, over the lines that differ in it, to its ``exit``; nothing, if none does."""
    before = {child.text: child for child in running.children}
    after = {child.text: child for child in intended.children}
    commands: list[str] = []
    for text, child in before.items():
        if text not in after and text != "no ip address":  # that says what is so anyway
            emptied = PERMANENT.match(text) and child.children
            commands += _change_section(child, ConfigNode(text)) if emptied else [_negate(text)]
    for text, child in after.items():
        if text not in before:
            commands += [line.strip() for line in write_section(child).split("\n")]
        elif child.children or before[text].children:
            commands += _change_section(before[text], child)
    return [intended.text, *commands, "exit"] if commands else []


def _negate(line: str) -> str:
    return line[3:] if line.startswith("no ") else f"no {line}"


def negate_line(text: str) -> str:
    """The line that undoes a global line, or a section."""
    line = text.split("\n", 1)[0]
    if line.startswith("no "):
        return _negate(line)
    match = BARE.match(line.replace("encrypted-", "", 1))
    return f"no {match[1] if match else line}"


def _sort_removed(lines: list[str]) -> list[str]:
    """The order in which lines go: what says more of a port or a key chain before that itself."""
    words = [line.split(" ", 5)[:5] for line in lines]  # such a line has four words at most
    bases = {" ".join(words_of[:count]) for words_of in words for count in range(1, len(words_of))}
    return sorted(lines, key=lambda line: (_is_account(line), line in bases, find_place(line)))


def _is_account(line: str) -> bool:
    return line.startswith(("password ", "aaa "))


def _subtract_lines(lines: list[str], others: list[str]) -> list[str]:
    excluded = set(others)
    return [line for line in lines if line not in excluded]


def _join_port_ranges(lines: Iterable[str]) -> list[str]:
    """The lines, with ``spanning-tree 1 x`` and ``spanning-tree 2 x`` joined into a line in the place of the first."""
    ports: dict[tuple[str, str], set[int]] = {}  # by what stands before them and behind
    places: dict[tuple[str, str], int] = {}
    joined: list[str] = []
    for line in lines:
        match = PER_PORT.fullmatch(line)
        if match is None:
            joined.append(line)
            continue
        around = match["before"], match["behind"]
        if around not in ports:
            places[around] = len(joined)
            joined.append(line)
        ports.setdefault(around, set()).add(parse_port(match["port"]))
    for (before, behind), place in places.items():
        joined[place] = f"{before}{format_ports(ports[before, behind])}{behind}"
    return joined


def _find_subnets(vlan: Vlan) -> dict[str, IPv4Interface]:
    """The addresses of a VLAN by their lines."""
    subnets = {}
    for line in vlan.lines:
        words = line.split()
        if words[:2] == ["ip", "address"] and len(words) == 4:
            try:
                subnets[line] = IPv4Interface(f"{words[2]}/{words[3]}")
            except ValueError as error:
                raise ConfigurationError(line, f"expected an address and its mask ({error})") from None
    return subnets


def _find_clashing(running: ProcurveConfig, intended: ProcurveConfig) -> list[tuple[int, str]]:
    """The addresses that must go first, because a subnet cannot be there twice. Shape: VLAN and line."""
    wanted = [
        (number, line, subnet)
        for number, vlan in intended.vlans.items()
        for line, subnet in _find_subnets(vlan).items()
    ]
    return [
        (number, line)
        for number, vlan in sorted(running.vlans.items())
        for line, subnet in _find_subnets(vlan).items()
        if not any(at == number and same == line for at, same, _ in wanted)
        and any(other.network.overlaps(subnet.network) for _, _, other in wanted)
    ]


def _free_clashing_subnets(running: ProcurveConfig, intended: ProcurveConfig) -> list[str]:
    return [
        f"no vlan {number} {line if len(_find_subnets(running.vlans[number])) > 1 else 'ip address'}"
        for number, line in _find_clashing(running, intended)
    ]


def _create_vlans(running: ProcurveConfig, intended: ProcurveConfig) -> list[str]:
    """VLANs, their names and addresses, and the ports that carry them tagged; nothing is taken away yet."""
    commands = []
    for number, vlan in sorted(intended.vlans.items()):
        running_vlan = running.vlans.get(number)
        lines = [line for line in vlan.lines if running_vlan is None or line not in running_vlan.lines]
        if running_vlan is None and not any(make_inner_key(line) == "name" for line in lines):
            commands.append(f"vlan {number}")
        for line in sorted(lines, key=lambda line: (make_inner_key(line) != "name", make_inner_key(line))):
            if line.startswith("no ") and (make_inner_key(line) == "ip address" or running_vlan is None):
                continue  # addresses are removed at the end; a new VLAN has no lines yet
            commands.append(f"no vlan {number} {line[3:]}" if line.startswith("no ") else f"vlan {number} {line}")
        if running_vlan is not None:
            commands += _remove_vlan_settings(number, running_vlan, vlan)
        if added := vlan.tagged - (running_vlan.tagged if running_vlan else set()):
            commands.append(f"vlan {number} tagged {format_ports(added)}")
    return commands


def _remove_vlan_settings(number: int, running_vlan: Vlan, intended_vlan: Vlan) -> list[str]:
    """Commands for the lines of a VLAN that the intended one lacks, and that none of its lines replaces."""
    settings = {make_inner_key(line) for line in intended_vlan.lines} | {"ip address", "name"}
    obsolete = [line for line in running_vlan.lines if make_inner_key(line) not in settings]
    if running_vlan.find_line("name") and not intended_vlan.find_line("name"):
        obsolete.append("name")
    return [f"vlan {number} {line[3:]}" if line.startswith("no ") else f"no vlan {number} {line}" for line in obsolete]


def _move_ports(running: ProcurveConfig, intended: ProcurveConfig) -> list[str]:
    """Ports that go into their untagged VLAN, and leave the old one in the same command."""
    return [
        f"vlan {number} untagged {format_ports(added)}"
        for number, vlan in sorted(intended.vlans.items())
        if (added := vlan.untagged - running.vlans.get(number, Vlan()).untagged)
    ]


def _leave_vlans(running: ProcurveConfig, intended: ProcurveConfig) -> list[str]:
    """Ports that leave a VLAN and enter no other; those of a deleted VLAN need no line."""
    lines = []
    untagged_vlan_by_port = intended.map_untagged_ports()
    for number, running_vlan in sorted(running.vlans.items()):
        if number not in intended.vlans:
            continue
        intended_vlan = intended.vlans[number]
        if leaving := {
            port
            for port in running_vlan.untagged - intended_vlan.untagged
            if port not in untagged_vlan_by_port and port not in intended_vlan.tagged
        }:
            lines.append(f"no vlan {number} untagged {format_ports(leaving)}")
        if leaving := running_vlan.tagged - intended_vlan.tagged - intended_vlan.untagged:
            lines.append(f"no vlan {number} tagged {format_ports(leaving)}")
    return lines


def _remove_addresses(running: ProcurveConfig, intended: ProcurveConfig) -> list[str]:
    """Commands for the addresses that are still there and not wanted; one that is added takes the place of no other."""
    clashing = _find_clashing(running, intended)
    commands = []
    for number in sorted(running.vlans.keys() & intended.vlans.keys()):
        running_vlan, wanted = running.vlans[number], intended.vlans[number].lines
        obsolete = [
            line for line in _find_subnets(running_vlan) if line not in wanted and (number, line) not in clashing
        ]
        if not any(line.startswith("ip address ") for line in wanted):
            if obsolete or "ip address dhcp-bootp" in running_vlan.lines:
                commands.append(f"no vlan {number} ip address")
        elif "ip address dhcp-bootp" not in wanted:  # which takes the place of all
            commands += [f"no vlan {number} {line}" for line in obsolete]
    return commands


def _change_ports(running: ProcurveConfig, intended: ProcurveConfig) -> list[str]:
    """Names and states of ports; ports with the same change share a line."""
    changes: dict[str, set[int]] = {}
    for port in sorted(running.ports.keys() | intended.ports.keys()):
        running_lines, intended_lines = running.ports.get(port, []), intended.ports.get(port, [])
        settings = {make_inner_key(line) for line in intended_lines}
        for line in _subtract_lines(running_lines, intended_lines):
            if make_inner_key(line) not in settings:
                changes.setdefault(_negate_port_line(line), set()).add(port)
        for line in _subtract_lines(intended_lines, running_lines):
            changes.setdefault(line, set()).add(port)
    return [
        f"no interface {format_ports(ports)} {line[3:]}"
        if line.startswith("no ")
        else f"interface {format_ports(ports)} {line}"
        for line, ports in changes.items()
    ]


def _negate_port_line(line: str) -> str:
    """The line within a port that undoes another."""
    if line == "disable":
        return "enable"
    if line.startswith("no "):
        return line[3:]
    if line.startswith("ip access-group "):
        return f"no {line}"
    return f"no {make_inner_key(line)}"
