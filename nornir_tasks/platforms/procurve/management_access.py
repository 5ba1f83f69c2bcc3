"""The way into a ProCurve switch, read from its configuration. Pure.

What AOS-S does: SSH is open unless it says ``no ip ssh``. ``ip authorized-managers`` closes a service to everybody else
as soon as there is one entry for it; in its mask the bits that are set must agree. Once there is a ``management-vlan``,
nobody gets in by another. A list that is not there, or empty, stops nobody. Behind central servers there is nothing
unless a second method is named.
"""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from nornir_tasks.core.ranges import parse_ranges
from nornir_tasks.platforms.common.access_list import rows
from nornir_tasks.platforms.common.management_access import Door, Filter, Interface, Match, Route, Row, WayIn, after
from nornir_tasks.platforms.procurve.text import Text, Vlan

Lists = dict[str, tuple[Row, ...]]
LIST = re.compile(r'ip access-list (?:standard|extended) "?([^"]+)"?$')
MANAGERS = "ip authorized-managers "
MANAGER = re.compile(r'password manager(?: user-name "?(?P<name>[^"\s]+)"?)?(?: |$)')
LOCAL_USER = re.compile(r'aaa authentication local-user "?(?P<name>[^"\s]+)"? group "?(?P<group>[^"\s]+)"?')
FULL = "Level-15"
SSH_LOGIN = "aaa authentication ssh login "
# Each with the ports it is about; the first two count only while the spanning tree is on.
TREE_BARS = re.compile(r"spanning-tree ([\d,-]+) (bpdu-protection)$")
TREE_ROOT = re.compile(r"spanning-tree ([\d,-]+) (root-guard)$")
PORT_BARS = re.compile(r"(?:aaa port-access (?:authenticator|mac-based|web-based)|port-security) ([\d,-]+)(?: |$)")


@lru_cache(maxsize=512)
def way_in(text: str) -> WayIn:
    """What a configuration says about the way in."""
    parsed = Text.parse(text)
    top, lists = parsed.top, _lists(parsed.top)
    return WayIn(
        doors=(_ssh(top),),
        accounts=_accounts(top),
        no_local_login=_no_local_login(top),
        interfaces={**_ports(parsed, lists), **_svis(parsed, lists)},
        vlans=dict.fromkeys({1, *parsed.vlans}),
        routes=_routes(top),
        routing="ip routing" in top,
        only_vlan=_management_vlan(parsed),
        default_vlan=None,
    )


def _lists(top: list[str]) -> Lists:
    """Lists stand flat among the global lines: a head, then its numbered rows."""
    found: dict[str, list[str]] = {}
    inside: list[str] | None = None
    for line in top:
        if match := LIST.match(line):
            inside = found.setdefault(match[1], [])
        elif inside is not None and re.match(r"\d+ ", line):
            inside.append(line)
        else:
            inside = None
    return {name: rows(lines) for name, lines in found.items()}


def _management_vlan(parsed: Text) -> int | None:
    """By number or by name; one that is not there lets nobody in (0 is no VLAN)."""
    said = after(parsed.top, "management-vlan ")
    if said is None or said.isdigit():
        return int(said) if said else None
    name = said.strip('"')
    return next((number for number, vlan in parsed.vlans.items() if vlan.line("name") == f'name "{name}"'), 0)


def _ssh(top: list[str]) -> Door:
    port = after(top, "ip ssh port ")
    shut = "no ip ssh" if "no ip ssh" in top else None
    if shut is None and port and port != "22":
        shut = f"ip ssh port {port}"
    managers = [line for line in top if line.startswith(MANAGERS) and _about_ssh(line)]
    if not managers:
        return Door("SSH", 22, shut)
    return Door("SSH", 22, shut, (Filter("ip authorized-managers", tuple(_manager(line) for line in managers)),))


def _about_ssh(line: str) -> bool:
    method = re.search(r"access-method (\S+)", line)
    return method is None or method[1] in ("all", "ssh")


def _manager(line: str) -> Row:
    """An entry; whoever is let in to look alone is not let in."""
    words = line.removeprefix(MANAGERS).split()
    mask = words[1] if len(words) > 1 and words[1][0].isdigit() else "255.255.255.255"
    full = "access operator" not in line
    return Row(line, permits=full, source=Match(int(IPv4Address(words[0])), int(IPv4Address(mask))))


def _no_local_login(top: list[str]) -> str | None:
    methods = after(top, SSH_LOGIN)
    if methods is None or "local" in methods.split():
        return None
    return f"'{SSH_LOGIN}{methods}' without local"


def _accounts(top: list[str]) -> dict[str, str | None]:
    """The built-in manager, by the name it was given, and the local users."""
    found: dict[str, str | None] = {}
    for line in top:
        if match := MANAGER.match(line):
            found[match["name"] or "manager"] = None
        elif match := LOCAL_USER.match(line):
            found[match["name"]] = None if match["group"] == FULL else f"group {match['group']}"
    return found


def _ports(parsed: Text, lists: Lists) -> dict[str, Interface]:
    untagged = parsed.untagged()
    tagged: dict[int, set[int]] = {}
    for number, vlan in parsed.vlans.items():
        for port in vlan.tagged:
            tagged.setdefault(port, set()).add(number)
    tree = "spanning-tree" in parsed.top
    bars = _marked(parsed.top, PORT_BARS) | (_marked(parsed.top, TREE_BARS) if tree else set())
    roots = _marked(parsed.top, TREE_ROOT) if tree else set()
    found: dict[str, Interface] = {}
    for port in {*parsed.ports, *untagged, *tagged}:
        lines = parsed.ports.get(port, [])
        found[str(port)] = Interface(
            name=str(port),
            off=f"interface {port}: disable" if "disable" in lines else None,
            untagged=untagged.get(port),
            tagged=frozenset(tagged.get(port, ())),
            inbound=_filter(f"interface {port}", lines, lists),
            bars=tuple(sorted(line for line, number in bars if number == port)),
            bars_core=tuple(sorted(line for line, number in roots if number == port)),
        )
    return found


def _marked(top: list[str], pattern: re.Pattern[str]) -> set[tuple[str, int]]:
    """Lines with each port that they are about."""
    return {(line, port) for line in top if (match := pattern.match(line)) for port in parse_ranges(match[1])}


def _svis(parsed: Text, lists: Lists) -> dict[str, Interface]:
    return {f"vlan {number}": _svi(number, vlan, lists) for number, vlan in parsed.vlans.items()}


def _svi(number: int, vlan: Vlan, lists: Lists) -> Interface:
    words = (vlan.line("ip address") or "").split()
    address = IPv4Interface(f"{words[2]}/{words[3]}") if len(words) == 4 and words[0] == "ip" else None
    inbound = _filter(f"vlan {number}", vlan.lines, lists)
    return Interface(name=f"vlan {number}", vlan=number, address=address, inbound=inbound)


def _filter(place: str, lines: list[str], lists: Lists) -> Filter | None:
    """A list on what comes in by a port or a VLAN."""
    for line in lines:
        match = re.match(r'ip access-group "?([^"\s]+)"? (?:in|vlan|vlan-in)$', line)
        if match:
            return Filter(f"{place}: {line}", lists.get(match[1], ()))
    return None


def _routes(top: list[str]) -> tuple[Route, ...]:
    """A switch that routes does not look at its default gateway."""
    if "ip routing" not in top:
        gateway = after(top, "ip default-gateway ")
        return (Route(IPv4Network("0.0.0.0/0"), IPv4Address(gateway)),) if gateway else ()
    found = [match for line in top if (match := re.match(r"ip route ([\d.]+) ([\d.]+) ([\d.]+)", line))]
    return tuple(Route(IPv4Network(f"{one[1]}/{one[2]}"), IPv4Address(one[3])) for one in found)
