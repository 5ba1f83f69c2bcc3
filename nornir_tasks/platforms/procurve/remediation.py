"""From one ProCurve configuration to another: single lines, in an order that never takes a gateway away too early.

Every line is complete in itself (``vlan 110 untagged 5-10``), so that the change may be cut off after any line: VLANs
are made and carried over the trunks first, then each port moves in one command, then what is unused is removed. The
old way to the switch (address, gateway, account) is taken away at the very end.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Interface

from nornir_tasks.core.ranges import format_ranges
from nornir_tasks.platforms.procurve.text import RANKED, ProcurveConfig, Vlan, find_place, make_inner_key, make_line_key

PER_PORT = re.compile(r"(spanning-tree|loop-protect) (\d+)( .*)?")
PATH = ("ip default-gateway", "management-vlan", "primary-vlan")  # how the switch is reached
# How a setting is taken away, where "no" and the whole line is not the way.
BARE = re.compile(
    r"(hostname|password \w+|console idle-timeout|max-vlans|banner motd|timesync|time \S+|ip default-gateway|"
    r'ip dns domain-name|snmp-server community "[^"]*"|snmp-server (?:contact|location)|'
    r'aaa authentication local-user "[^"]*"|primary-vlan|management-vlan|'
    r"spanning-tree (?:config-name|priority)|sntp \d+|logging (?:facility|severity))"
)


def make_steps(running: ProcurveConfig, intended: ProcurveConfig) -> tuple[str, ...]:
    """The lines that lead from one configuration to the other."""
    obsolete = _subtract_lines(running.top, intended.top)
    added = sorted(
        _subtract_lines(intended.top, running.top), key=lambda line: (line == "spanning-tree", find_place(line))
    )
    replaced = {make_line_key(line) for line in added}
    path_lines = [line for line in added if make_line_key(line) in PATH]
    obsolete = [line for line in obsolete if make_line_key(line) not in replaced or RANKED.fullmatch(line)]
    early = [line for line in obsolete if RANKED.fullmatch(line)]  # its priority must be free before another takes it
    late = [line for line in obsolete if not RANKED.fullmatch(line)]
    return (
        *(negate_line(line) for line in early),
        *_join_port_ranges(line for line in added if line not in path_lines),
        *_free_clashing_subnets(running, intended),
        *_create_vlans(running, intended),
        *_move_ports(running, intended),
        *_change_ports(running, intended),
        *path_lines,
        *_leave_vlans(running, intended),
        *_remove_addresses(running, intended),
        *(f"no vlan {number}" for number in sorted(running.vlans.keys() - intended.vlans.keys() - {1})),
        *_join_port_ranges(
            negate_line(line) for line in sorted(late, key=lambda line: (_is_account(line), find_place(line)))
        ),
    )


def negate_line(line: str) -> str:
    """The line that undoes a global line."""
    if line.startswith("no "):
        return line[3:]
    match = BARE.match(line)
    return f"no {match[1] if match else line}"


def _is_account(line: str) -> bool:
    return line.startswith(("password ", "aaa "))


def _subtract_lines(lines: list[str], others: list[str]) -> list[str]:
    excluded = set(others)
    return [line for line in lines if line not in excluded]


def _join_port_ranges(lines: Iterable[str]) -> list[str]:
    """The lines, with ``spanning-tree 1 x`` and ``spanning-tree 2 x`` joined into a line in the place of the first."""
    out: list[str] = []
    groups: dict[tuple[str, str, str], set[int]] = {}
    for line in lines:
        negation = "no " if line.startswith("no ") else ""
        if match := PER_PORT.fullmatch(line.removeprefix("no ")):
            group = (negation, match[1], match[3] or "")
            if group not in groups:
                groups[group] = set()
                out.append("\0".join(group))
            groups[group].add(int(match[2]))
        else:
            out.append(line)
    return [_format_range(line, groups) if "\0" in line else line for line in out]


def _format_range(group_key: str, groups: dict[tuple[str, str, str], set[int]]) -> str:
    negation, feature, setting = group_key.split("\0")
    return f"{negation}{feature} {format_ranges(groups[negation, feature, setting])}{setting}"


def _find_subnet(vlan: Vlan) -> IPv4Interface | None:
    words = (vlan.line("ip address") or "").split()
    return IPv4Interface(f"{words[2]}/{words[3]}") if len(words) == 4 else None


def _free_clashing_subnets(running: ProcurveConfig, intended: ProcurveConfig) -> list[str]:
    """Addresses that must go first, because a subnet cannot be in two VLANs at once."""
    intended_subnets = {
        number: intended_subnet for number, vlan in intended.vlans.items() if (intended_subnet := _find_subnet(vlan))
    }
    out = []
    for number, vlan in sorted(running.vlans.items()):
        subnet = _find_subnet(vlan)
        if subnet and any(
            intended_number != number and intended_subnet.network.overlaps(subnet.network)
            for intended_number, intended_subnet in intended_subnets.items()
        ):
            out.append(f"no vlan {number} ip address")
    return out


def _create_vlans(running: ProcurveConfig, intended: ProcurveConfig) -> list[str]:
    """VLANs, their names and addresses, and the ports that carry them tagged; nothing is taken away yet."""
    out = []
    for number, vlan in sorted(intended.vlans.items()):
        old = running.vlans.get(number)
        lines = [line for line in vlan.lines if old is None or line not in old.lines]
        if old is None and not any(make_inner_key(line) == "name" for line in lines):
            out.append(f"vlan {number}")
        for line in sorted(lines, key=lambda line: (make_inner_key(line) != "name", line)):
            if line.startswith("no ") and (make_inner_key(line) == "ip address" or old is None):
                continue  # addresses go at the end; a new VLAN has nothing yet that could be taken away
            out.append(f"no vlan {number} {line[3:]}" if line.startswith("no ") else f"vlan {number} {line}")
        if old is not None:
            out += _remove_vlan_settings(number, old, vlan)
        if added := vlan.tagged - (old.tagged if old else set()):
            out.append(f"vlan {number} tagged {format_ranges(added)}")
    return out


def _remove_vlan_settings(number: int, old: Vlan, new: Vlan) -> list[str]:
    """Lines of a VLAN that are no more, and that nothing replaces."""
    settings = {make_inner_key(line) for line in new.lines} | {"ip address", "name"}
    obsolete = [line for line in old.lines if make_inner_key(line) not in settings]
    if old.line("name") and not new.line("name"):
        obsolete.append("name")
    return [f"vlan {number} {line[3:]}" if line.startswith("no ") else f"no vlan {number} {line}" for line in obsolete]


def _move_ports(running: ProcurveConfig, intended: ProcurveConfig) -> list[str]:
    """Ports that go into their untagged VLAN, and leave the old one in the same command."""
    return [
        f"vlan {number} untagged {format_ranges(added)}"
        for number, vlan in sorted(intended.vlans.items())
        if (added := vlan.untagged - running.vlans.get(number, Vlan()).untagged)
    ]


def _leave_vlans(running: ProcurveConfig, intended: ProcurveConfig) -> list[str]:
    """Ports that leave a VLAN and enter no other; a VLAN that goes altogether takes its own along."""
    out = []
    untagged_vlan_by_port = intended.untagged()
    for number, old in sorted(running.vlans.items()):
        if number not in intended.vlans:
            continue
        vlan = intended.vlans[number]
        if leaving := {
            port
            for port in old.untagged - vlan.untagged
            if port not in untagged_vlan_by_port and port not in vlan.tagged
        }:
            out.append(f"no vlan {number} untagged {format_ranges(leaving)}")
        if leaving := old.tagged - vlan.tagged - vlan.untagged:
            out.append(f"no vlan {number} tagged {format_ranges(leaving)}")
    return out


def _remove_addresses(running: ProcurveConfig, intended: ProcurveConfig) -> list[str]:
    clashing = set(_free_clashing_subnets(running, intended))
    out = []
    for number, old in sorted(running.vlans.items()):
        had = (old.line("ip address") or "no").startswith("ip ")
        has = (intended.vlans.get(number, Vlan()).line("ip address") or "no").startswith("ip ")
        if had and not has and number in intended.vlans:
            out.append(f"no vlan {number} ip address")
    return [line for line in out if line not in clashing]


def _change_ports(running: ProcurveConfig, intended: ProcurveConfig) -> list[str]:
    """Names and states of ports; ports with the same change share a line."""
    changes: dict[str, set[int]] = {}
    for port in sorted(running.ports.keys() | intended.ports.keys()):
        old, new = running.ports.get(port, []), intended.ports.get(port, [])
        settings = {make_inner_key(line) for line in new}
        for line in _subtract_lines(old, new):
            if make_inner_key(line) not in settings:
                changes.setdefault(_negate_port_line(line), set()).add(port)
        for line in _subtract_lines(new, old):
            changes.setdefault(line, set()).add(port)
    return [
        f"no interface {format_ranges(ports)} {line[3:]}"
        if line.startswith("no ")
        else f"interface {format_ranges(ports)} {line}"
        for line, ports in changes.items()
    ]


def _negate_port_line(line: str) -> str:
    """The line within a port that undoes another."""
    if line == "disable":
        return "enable"
    if line.startswith("no "):
        return line[3:]
    return f"no {make_inner_key(line)}"
