"""Who can log in to a ProCurve switch, read from its configuration. Pure.

What AOS-S does: SSH is open unless it says ``no ip ssh``. ``ip authorized-managers`` closes a service to every other
address as soon as it has an entry; in its mask the bits that are set must agree. Once there is a ``management-vlan``,
no other VLAN lets a session in. A list that is not there, or empty, stops no packet. Behind central servers there is
nothing unless a second method is named.
"""

import re
from dataclasses import replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from nornir_tasks.core.ranges import parse_ranges
from nornir_tasks.platforms.common.access_list import parse_rows
from nornir_tasks.platforms.common.management_access import (
    Interface,
    LoginService,
    ManagementAccess,
    Route,
    find_value,
)
from nornir_tasks.platforms.common.packet_filter import AclRow, Filter, Match
from nornir_tasks.platforms.procurve.ports import LIST as PORTS
from nornir_tasks.platforms.procurve.ports import parse_ports
from nornir_tasks.platforms.procurve.text import ProcurveConfig, Vlan

SHORTEST_IDLE_SECONDS = 60
Lists = dict[str, tuple[AclRow, ...]]
LIST = re.compile(r'ip access-list (?:standard|extended) "?([^"]+)"?$')
MANAGERS = "ip authorized-managers "
MANAGER = re.compile(r'password manager(?: user-name "?(?P<name>[^"\s]+)"?)?(?: |$)')
OPERATOR = re.compile(r'password operator user-name "?(?P<name>[^"\s]+)"?')
LOCAL_USER = re.compile(r'aaa authentication local-user "?(?P<name>[^"\s]+)"? group "?(?P<group>[^"\s]+)"?')
FULL = "Level-15"
VLAN_LIST = re.compile(r'ip access-group "?[^"\s]+"? (vlan|vlan-in)$')
SSH_LOGIN, SSH_ENABLE = "aaa authentication ssh login ", "aaa authentication ssh enable "
COMMANDS = "aaa authorization commands "
# Rules of a group's commands: ``aaa authorization group "Level-15" 1 match-command ".*" deny``.
DENIED = re.compile(r'aaa authorization group "?(?P<group>[^"\s]+)"? \d+ match-command .* deny( .*)?$')
ROUTE = re.compile(
    r"ip route ([\d.]+ [\d.]+|[\d.]+/\d+) ([\d.]+|blackhole|reject|vlan \d+)(?: metric \d+)?(?: distance (\d+))?"
)
# Each with the ports it is about; the first two count while the spanning tree is on.
TREE_BLOCKING = re.compile(rf"spanning-tree ({PORTS}) (bpdu-protection)$")
TREE_ROOT_GUARD = re.compile(rf"spanning-tree ({PORTS}) (root-guard)$")
PORT_DROPPING = re.compile(
    r"(?:aaa port-access (?:authenticator|mac-based|web-based)|port-security|ip source-lockdown|mirror-port"
    rf"|mirror \d+ port) ({PORTS})(?: |$)"
)
ARP_PROTECTED, ARP_TRUSTED = re.compile(r"arp-protect vlan ([\d,\s-]+)$"), re.compile(rf"arp-protect trust ({PORTS})$")


@lru_cache(maxsize=512)
def read_management_access(text: str) -> ManagementAccess:
    """The services, accounts, interfaces and routes by which a clean, masked configuration lets a login in."""
    parsed = ProcurveConfig.parse(text)
    top = parsed.list_global_lines()
    lists = _read_access_lists(top)
    return ManagementAccess(
        services=(_read_ssh(top),),
        accounts=_read_accounts(top),
        no_local_login=_explain_no_local_login(top),
        interfaces={**_read_ports(parsed, lists), **_read_svis(parsed, lists)},
        vlans=dict.fromkeys({1, *parsed.vlans}),
        routes=_read_routes(top),
        routing="ip routing" in top,
        management_vlan=_find_management_vlan(parsed),
        vlan_filters=_read_vlan_filters(parsed, lists),
        inspected_vlans=_find_protected_vlans(top),
        default_vlan=None,
    )


def _read_access_lists(top: list[str]) -> Lists:
    """Lists stand flat among the global lines: a head, then its numbered rows."""
    lists: dict[str, list[str]] = {}
    list_rows: list[str] | None = None
    for line in top:
        if match := LIST.match(line):
            list_rows = lists.setdefault(match[1], [])
        elif list_rows is not None and re.match(r"(\d+ )?(permit|deny|remark) ", line):
            list_rows.append(line)
        else:
            list_rows = None
    return {name: parse_rows(lines) for name, lines in lists.items()}


def _find_management_vlan(parsed: ProcurveConfig) -> int | None:
    """By number or by name; 0, which is no VLAN, if that VLAN is not there: then no session gets in."""
    vlan_text = find_value(parsed.list_global_lines(), "management-vlan ")
    if vlan_text is None or vlan_text.isdigit():
        return int(vlan_text) if vlan_text else None
    name = vlan_text.strip('"')
    return next((number for number, vlan in parsed.vlans.items() if vlan.find_line("name") == f'name "{name}"'), 0)


def _read_ssh(top: list[str]) -> LoginService:
    port = find_value(top, "ip ssh port ")
    closed_by = "no ip ssh" if "no ip ssh" in top else None
    listen, idle = find_value(top, "ip ssh listen "), find_value(top, "console idle-timeout ") or "0"
    if closed_by is None and idle.isdigit() and 0 < int(idle) < SHORTEST_IDLE_SECONDS:
        closed_by = f"console idle-timeout {idle}, which is about every session"
    if closed_by is None and port and port != "22":
        closed_by = f"ip ssh port {port}"
    if closed_by is None and listen not in (None, "data", "both"):
        closed_by = f"ip ssh listen {listen}"
    managers = [line for line in top if line.startswith(MANAGERS) and _is_about_ssh(line)]
    if not managers:
        return LoginService("SSH", 22, closed_by)
    return LoginService(
        "SSH", 22, closed_by, (Filter("ip authorized-managers", tuple(_parse_manager(line) for line in managers)),)
    )


def _is_about_ssh(line: str) -> bool:
    method = re.search(r"access-method (\S+)", line)
    return method is None or method[1] in ("all", "ssh")


def _parse_manager(line: str) -> AclRow:
    """An entry as a row; one that admits operators, who may only read, does not count as a permit."""
    words = line.removeprefix(MANAGERS).split()
    mask = words[1] if len(words) > 1 and words[1][0].isdigit() else "255.255.255.255"
    is_manager = "access operator" not in line
    return AclRow(line, permits=is_manager, source=Match(int(IPv4Address(words[0])), int(IPv4Address(mask))))


def _explain_no_local_login(top: list[str]) -> str | None:
    for command, fallbacks in ((SSH_LOGIN, {"local"}), (SSH_ENABLE, {"local", "none"}), (COMMANDS, {"local", "none"})):
        methods = find_value(top, command)
        if methods is not None and not fallbacks & set(methods.split()):
            return f"'{command}{methods}' without {' or '.join(sorted(fallbacks))}"
    return None


def _read_accounts(top: list[str]) -> dict[str, str | None]:
    """The built-in manager, by the name it was given, and the local users."""
    denied = {match["group"]: line for line in top if (match := DENIED.match(line))}
    operators = {match["name"]: line for line in top if (match := OPERATOR.match(line))}
    accounts: dict[str, str | None] = {}
    for line in top:
        if match := MANAGER.match(line):
            accounts[match["name"] or "manager"] = None
        elif match := LOCAL_USER.match(line):
            accounts[match["name"]] = denied.get(FULL) if match["group"] == FULL else f"group {match['group']}"
    return accounts | {name: f"{line!r}, of the same name" for name, line in operators.items() if name in accounts}


def _read_vlan_filters(parsed: ProcurveConfig, lists: Lists) -> dict[int, tuple[Filter, ...]]:
    """``vlan`` filters what enters a VLAN, bridged or routed; ``in`` is about what is routed, and stays the VLAN's."""
    filters: dict[int, tuple[Filter, ...]] = {}
    for number, vlan in parsed.vlans.items():
        rows = [line for line in vlan.lines if VLAN_LIST.match(line)]
        found = [_find_filter(f"vlan {number}", [line], lists) for line in rows]
        if found:
            filters[number] = tuple(access_list for access_list in found if access_list)
    return filters


def _find_protected_vlans(top: list[str]) -> dict[int, str]:
    """The VLANs whose ARP is looked at, each with its line; none while that is not switched on as a whole."""
    matches = [(line, match) for line in top if (match := ARP_PROTECTED.match(line)) and "arp-protect" in top]
    return {vlan: line for line, match in matches for vlan in parse_ranges(",".join(match[1].split()))}


def _read_ports(parsed: ProcurveConfig, lists: Lists) -> dict[str, Interface]:
    untagged = {port: number for number, vlan in parsed.vlans.items() for port in vlan.untagged - vlan.barred}
    tagged: dict[int, set[int]] = {}
    for number, vlan in parsed.vlans.items():
        for port in vlan.tagged:
            tagged.setdefault(port, set()).add(number)
    for port, lines in parsed.ports.items():
        _apply_port_vlans(port, lines, untagged, tagged)
    top = parsed.list_global_lines()
    has_spanning_tree = "spanning-tree" in top
    dropping = _find_marked_ports(top, PORT_DROPPING)
    blocking = _find_marked_ports(top, TREE_BLOCKING) if has_spanning_tree else set()
    root_guards = _find_marked_ports(top, TREE_ROOT_GUARD) if has_spanning_tree else set()
    interfaces: dict[str, Interface] = {}
    trusted = {port for _, port in _find_marked_ports(top, ARP_TRUSTED)}
    trunks = {member: trunk for (trunk, _), members in parsed.read_trunks().items() for member in members}
    for port in {*parsed.ports, *untagged, *tagged, *trunks, *trunks.values(), *(port for _, port in dropping)}:
        lines = parsed.ports.get(port, [])
        interfaces[str(port)] = Interface(
            name=str(port),
            shutdown_line=f"interface {port}: disable" if "disable" in lines else None,
            untagged=untagged.get(port),
            tagged=frozenset(tagged.get(port, ())) - {untagged.get(port)},
            inbound=_find_filter(f"interface {port}", lines, lists),
            blocking_lines=tuple(sorted(line for line, blocked_port in blocking if blocked_port == port)),
            root_guard_lines=tuple(sorted(line for line, guarded_port in root_guards if guarded_port == port)),
            dropping_lines=tuple(sorted(line for line, dropping_port in dropping if dropping_port == port)),
            trusts_arp=port in trusted or "arp-protect trust" in lines,
        )
    members = {str(port): _read_member(interfaces[str(port)], interfaces[str(trunk)]) for port, trunk in trunks.items()}
    return interfaces | members


def _read_member(port: Interface, trunk: Interface) -> Interface:
    """A port of a trunk: it is in no VLAN itself and carries what the trunk does. It can still be off on its own."""
    return replace(
        trunk,
        name=port.name,
        shutdown_line=port.shutdown_line or trunk.shutdown_line,
        dropping_lines=tuple(dict.fromkeys([*port.dropping_lines, *trunk.dropping_lines])),
        bundle=trunk.name,
    )


def _apply_port_vlans(port: int, lines: list[str], untagged: dict[int, int], tagged: dict[int, set[int]]) -> None:
    """What a port says of its VLANs itself: a switch takes it, and shows it in the VLANs."""
    for line in lines:
        if match := re.fullmatch(r"(no )?(untagged|tagged) vlan (\d+)", line):
            number = int(match[3])
            tagged.setdefault(port, set()).discard(number)
            if untagged.get(port) == number:
                del untagged[port]
            if not match[1] and match[2] == "tagged":
                tagged[port].add(number)
            elif not match[1]:
                untagged[port] = number


def _find_marked_ports(top: list[str], pattern: re.Pattern[str]) -> set[tuple[str, int]]:
    """Lines with each port that they are about."""
    return {(line, port) for line in top if (match := pattern.match(line)) for port in parse_ports(match[1])}


def _read_svis(parsed: ProcurveConfig, lists: Lists) -> dict[str, Interface]:
    return {f"vlan {number}": _read_svi(number, vlan, lists) for number, vlan in parsed.vlans.items()}


def _read_svi(number: int, vlan: Vlan, lists: Lists) -> Interface:
    words = (vlan.find_line("ip address") or "").split()
    address = IPv4Interface(f"{words[2]}/{words[3]}") if len(words) == 4 and words[0] == "ip" else None
    lines = [line for line in vlan.lines if not VLAN_LIST.match(line)]
    return Interface(
        name=f"vlan {number}",
        vlan=number,
        address=address,
        inbound=_find_filter(f"vlan {number}", lines, lists),
        outbound=_find_filter(f"vlan {number}", lines, lists, "out"),
    )


def _find_filter(place: str, lines: list[str], lists: Lists, ways: str = "in|vlan|vlan-in") -> Filter | None:
    """The access list of a port or a VLAN, by default on what comes in; None if there is none."""
    for line in lines:
        match = re.match(rf'ip access-group "?([^"\s]+)"? (?:{ways})$', line)
        if match:
            return Filter(f"{place}: {line}", lists.get(match[1], ()), name=match[1])
    return None


def _read_routes(top: list[str]) -> tuple[Route, ...]:
    """A switch that routes does not look at its default gateway."""
    if "ip routing" not in top:
        gateway = find_value(top, "ip default-gateway ")
        return (Route(IPv4Network("0.0.0.0/0"), IPv4Address(gateway)),) if gateway else ()
    routes = [match for line in top if (match := ROUTE.match(line))]
    return tuple(
        Route(
            IPv4Network("/".join(match[1].split())),
            IPv4Address(match[2]) if match[2][0].isdigit() else None,
            int(match[3] or 1),
            interface=match[2] if match[2].startswith("vlan") else None,
            discards=match[2] in ("blackhole", "reject"),
        )
        for match in routes
    )
