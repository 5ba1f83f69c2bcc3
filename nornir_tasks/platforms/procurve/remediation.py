"""From one ProCurve configuration to another: single lines, in the order that costs nobody their gateway.

Every line is complete in itself (``vlan 110 untagged 5-10``), so that any of them can be the last one: VLANs are made
and carried over the trunks first, then each port moves in one command, then what nobody uses any more goes. The old way
to the switch (address, gateway, account) is taken away at the very end.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Interface

from nornir_tasks.core.ranges import format_ranges
from nornir_tasks.platforms.procurve.text import RANKED, Text, Vlan, inner_key, key, place

PER_PORT = re.compile(r"(spanning-tree|loop-protect) (\d+)( .*)?")
PATH = ("ip default-gateway", "management-vlan", "primary-vlan")  # how the switch is reached
# How a setting is taken away, where "no" and the whole line is not the way.
BARE = re.compile(
    r"(hostname|password \w+|console idle-timeout|max-vlans|banner motd|timesync|time \S+|ip default-gateway|"
    r'ip dns domain-name|snmp-server community "[^"]*"|snmp-server (?:contact|location)|'
    r'aaa authentication local-user "[^"]*"|primary-vlan|management-vlan|'
    r"spanning-tree (?:config-name|priority)|sntp \d+|logging (?:facility|severity))"
)


def steps(running: Text, intended: Text) -> tuple[str, ...]:
    """The lines that lead from one configuration to the other."""
    gone = _minus(running.top, intended.top)
    new = sorted(_minus(intended.top, running.top), key=lambda line: (line == "spanning-tree", place(line)))
    replaced = {key(line) for line in new}
    path = [line for line in new if key(line) in PATH]
    gone = [line for line in gone if key(line) not in replaced or RANKED.fullmatch(line)]
    early = [line for line in gone if RANKED.fullmatch(line)]  # its priority must be free before another takes it
    late = [line for line in gone if not RANKED.fullmatch(line)]
    return (
        *(negative(line) for line in early),
        *_by_range(line for line in new if line not in path),
        *_clashes(running, intended),
        *_made(running, intended),
        *_moved(running, intended),
        *_ports(running, intended),
        *path,
        *_left(running, intended),
        *_addresses_gone(running, intended),
        *(f"no vlan {number}" for number in sorted(running.vlans.keys() - intended.vlans.keys() - {1})),
        *_by_range(negative(line) for line in sorted(late, key=lambda line: (_is_account(line), place(line)))),
    )


def negative(line: str) -> str:
    """The line that undoes a global line."""
    if line.startswith("no "):
        return line[3:]
    match = BARE.match(line)
    return f"no {match[1] if match else line}"


def _is_account(line: str) -> bool:
    return line.startswith(("password ", "aaa "))


def _minus(these: list[str], those: list[str]) -> list[str]:
    known = set(those)
    return [line for line in these if line not in known]


def _by_range(lines: Iterable[str]) -> list[str]:
    """Write ``spanning-tree 1 x`` and ``spanning-tree 2 x`` as one line, in the place of the first."""
    out: list[str] = []
    groups: dict[tuple[str, str, str], set[int]] = {}
    for line in lines:
        no = "no " if line.startswith("no ") else ""
        if match := PER_PORT.fullmatch(line.removeprefix("no ")):
            group = (no, match[1], match[3] or "")
            if group not in groups:
                groups[group] = set()
                out.append("\0".join(group))
            groups[group].add(int(match[2]))
        else:
            out.append(line)
    return [_ranged(line, groups) if "\0" in line else line for line in out]


def _ranged(mark: str, groups: dict[tuple[str, str, str], set[int]]) -> str:
    no, what, rest = mark.split("\0")
    return f"{no}{what} {format_ranges(groups[no, what, rest])}{rest}"


def _network(vlan: Vlan) -> IPv4Interface | None:
    words = (vlan.line("ip address") or "").split()
    return IPv4Interface(f"{words[2]}/{words[3]}") if len(words) == 4 else None


def _clashes(running: Text, intended: Text) -> list[str]:
    """Addresses that must go first, because a subnet cannot be in two VLANs at once."""
    wanted = {number: net for number, vlan in intended.vlans.items() if (net := _network(vlan))}
    out = []
    for number, vlan in sorted(running.vlans.items()):
        mine = _network(vlan)
        if mine and any(n != number and net.network.overlaps(mine.network) for n, net in wanted.items()):
            out.append(f"no vlan {number} ip address")
    return out


def _made(running: Text, intended: Text) -> list[str]:
    """VLANs, their names and addresses, and the ports that carry them tagged: nobody loses anything yet."""
    out = []
    for number, vlan in sorted(intended.vlans.items()):
        old = running.vlans.get(number)
        lines = [line for line in vlan.lines if old is None or line not in old.lines]
        if old is None and not any(inner_key(line) == "name" for line in lines):
            out.append(f"vlan {number}")
        for line in sorted(lines, key=lambda line: (inner_key(line) != "name", line)):
            if line.startswith("no ") and (inner_key(line) == "ip address" or old is None):
                continue  # addresses go at the end; a new VLAN has nothing yet that could be taken away
            out.append(f"no vlan {number} {line[3:]}" if line.startswith("no ") else f"vlan {number} {line}")
        if old is not None:
            out += _forgotten(number, old, vlan)
        if added := vlan.tagged - (old.tagged if old else set()):
            out.append(f"vlan {number} tagged {format_ranges(added)}")
    return out


def _forgotten(number: int, old: Vlan, new: Vlan) -> list[str]:
    """Lines of a VLAN that are no more, and that nothing replaces."""
    kept = {inner_key(line) for line in new.lines} | {"ip address", "name"}
    gone = [line for line in old.lines if inner_key(line) not in kept]
    if old.line("name") and not new.line("name"):
        gone.append("name")
    return [f"vlan {number} {line[3:]}" if line.startswith("no ") else f"no vlan {number} {line}" for line in gone]


def _moved(running: Text, intended: Text) -> list[str]:
    """Ports that go into their untagged VLAN, and leave the old one in the same command."""
    return [
        f"vlan {number} untagged {format_ranges(added)}"
        for number, vlan in sorted(intended.vlans.items())
        if (added := vlan.untagged - running.vlans.get(number, Vlan()).untagged)
    ]


def _left(running: Text, intended: Text) -> list[str]:
    """Ports that leave a VLAN and enter no other; a VLAN that goes altogether takes its own along."""
    out = []
    homes = intended.untagged()
    for number, old in sorted(running.vlans.items()):
        if number not in intended.vlans:
            continue
        vlan = intended.vlans[number]
        if gone := {port for port in old.untagged - vlan.untagged if port not in homes and port not in vlan.tagged}:
            out.append(f"no vlan {number} untagged {format_ranges(gone)}")
        if gone := old.tagged - vlan.tagged - vlan.untagged:
            out.append(f"no vlan {number} tagged {format_ranges(gone)}")
    return out


def _addresses_gone(running: Text, intended: Text) -> list[str]:
    clashing = set(_clashes(running, intended))
    out = []
    for number, old in sorted(running.vlans.items()):
        had = (old.line("ip address") or "no").startswith("ip ")
        has = (intended.vlans.get(number, Vlan()).line("ip address") or "no").startswith("ip ")
        if had and not has and number in intended.vlans:
            out.append(f"no vlan {number} ip address")
    return [line for line in out if line not in clashing]


def _ports(running: Text, intended: Text) -> list[str]:
    """Names and states of ports; ports with the same change share a line."""
    changes: dict[str, set[int]] = {}
    for port in sorted(running.ports.keys() | intended.ports.keys()):
        old, new = running.ports.get(port, []), intended.ports.get(port, [])
        kept = {inner_key(line) for line in new}
        for line in _minus(old, new):
            if inner_key(line) not in kept:
                changes.setdefault(_undone(line), set()).add(port)
        for line in _minus(new, old):
            changes.setdefault(line, set()).add(port)
    return [
        f"no interface {format_ranges(found)} {line[3:]}"
        if line.startswith("no ")
        else f"interface {format_ranges(found)} {line}"
        for line, found in changes.items()
    ]


def _undone(line: str) -> str:
    """The line within a port that undoes another."""
    if line == "disable":
        return "enable"
    if line.startswith("no "):
        return line[3:]
    return f"no {inner_key(line)}"
