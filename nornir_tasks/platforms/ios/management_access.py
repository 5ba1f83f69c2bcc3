"""Who can log in to a switch with IOS, read from its configuration. Pure.

What IOS does: a session takes the first free vty line, so the first range counts. A list that is not there, or has no
rows, admits every address. ``access-class`` looks at the destination only in newer releases (CSCuw89081). With
``aaa new-model`` the line's own ``login local`` has no effect, and a privilege counts only if ``exec`` is authorised.
A switch that routes does not look at ``ip default-gateway``.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import pairwise

from nornir_tasks.platforms.common.access_list import parse_rows
from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.common.config_tree import gather
from nornir_tasks.platforms.common.ios_like import (
    ARP_TRUST,
    BLOCKING_LINES,
    find_dropping_lines,
    find_filter,
    find_foreign_algorithm,
    find_inspected_vlans,
    find_line_without_fallback,
    find_unread_lines,
    read_ospf,
    read_ospf_origins,
    read_port_vlans,
    read_route,
    read_router_id,
)
from nornir_tasks.platforms.common.management_access import (
    Interface,
    LoginService,
    ManagementAccess,
    Route,
    find_value,
)
from nornir_tasks.platforms.common.packet_filter import AclRow
from nornir_tasks.platforms.common.vlan_lists import parse_vlan_list
from nornir_tasks.platforms.ios import text as ios_text
from nornir_tasks.platforms.ios.vlan_maps import read_vlan_filters

VTY = re.compile(r"line vty (\d+)(?: (\d+))?")
FIRST_LINES = range(5)  # those that sessions are on: a change has two, and people theirs
LOGIN = "aaa authentication login "
ALGORITHM = "ip ssh server algorithm "
SHORTEST_IDLE_SECONDS = 60
MASKED = re.compile(r"<secret:[^>]*>")


@lru_cache(maxsize=512)
def read_management_access(text: str) -> ManagementAccess:
    """The services, accounts, interfaces and routes by which a clean, masked configuration lets a login in."""
    root = gather(ios_text.parse(text))
    top = [block.text for block in root.children]
    if "end" in top[:-1]:
        raise ValueError(f"expected 'end' in the last line, found {top[-1]!r} there: what follows an end is not read")
    lists = _read_access_lists(root)
    vtys = _find_first_vtys(root)
    process = _find_ospf_process(root)
    return ManagementAccess(
        services=(_read_ssh(top, vtys, lists),),
        accounts=_read_accounts(top, vtys),
        no_local_login=next((why for vty in vtys if (why := _explain_no_local_login(top, vty))), None),
        interfaces=_read_interfaces(root, top, lists, process),
        vlans=_read_vlans(root, top),
        routes=_read_routes(top),
        routing="ip routing" in top,
        vlan_filters=read_vlan_filters(root, lists),
        inspected_vlans=find_inspected_vlans(top),
        router_id=read_router_id(_list_child_lines(process)),
        ospf_origins=read_ospf_origins(_list_child_lines(process), classful=True),
    )


def _find_first_vtys(root: ConfigNode) -> list[ConfigNode]:
    """The lines that sessions are on."""
    vtys = []
    for block in root.children:
        if VTY.fullmatch(block.text) and set(FIRST_LINES) & set(_list_numbers(block)):
            vtys.append(block)
    return vtys


def _list_numbers(vty: ConfigNode) -> range:
    first, last = re.findall(r"\d+", vty.text)[0], re.findall(r"\d+", vty.text)[-1]
    return range(int(first), int(last) + 1)


def _find_ospf_process(root: ConfigNode) -> ConfigNode | None:
    return next((block for block in root.children if re.fullmatch(r"router ospf \d+", block.text)), None)


def _list_child_lines(block: ConfigNode | None) -> list[str]:
    return [child.text for child in block.children] if block else []


def _read_access_lists(root: ConfigNode) -> dict[str, tuple[AclRow, ...]]:
    """The access lists by name; a numbered list has a global line for each row."""
    lists: dict[str, list[str]] = {}
    for block in root.children:
        words = block.text.split()
        if block.text.startswith(("ip access-list standard ", "ip access-list extended ")):
            lists.setdefault(words[3], []).extend(_list_child_lines(block))
        elif words[0] == "access-list":
            lists.setdefault(words[1], []).append(" ".join(words[2:]))
    return {name: parse_rows(lines) for name, lines in lists.items()}


def _read_ssh(top: list[str], vtys: list[ConfigNode], lists: dict[str, tuple[AclRow, ...]]) -> LoginService:
    missing = set(FIRST_LINES) - {number for vty in vtys for number in _list_numbers(vty)}
    if missing:
        return LoginService("SSH", 22, f"no line vty {min(missing)}")
    closed_by = next((why for vty in vtys if (why := _explain_closed_line(vty))), None)
    if closed_by is None:
        closed_by = _explain_closed_ssh(top)
    filters = []
    for vty in vtys:
        limits = find_filter(vty.text, _list_child_lines(vty), "access-class", "in", lists, sees_destination=False)
        filters += [limits] if limits else []
    return LoginService("SSH", 22, closed_by, tuple(filters))


def _explain_closed_line(vty: ConfigNode) -> str | None:
    """Why a line takes no session of ours, or does not keep it long enough; None: it does."""
    vty_lines = _list_child_lines(vty)
    transport = find_value(vty_lines, "transport input ") or "all"
    if not {"ssh", "all"} & set(transport.split()):
        return f"{vty.text}: transport input {transport}"
    for line in vty_lines:
        words = line.split()
        if line == "no exec" or words[0] == "autocommand":
            return f"{vty.text}: {line}"
        if words[0] == "exec-timeout":
            idle_seconds = int(words[1]) * 60 + int((words[2:] or ["0"])[0])
            if 0 < idle_seconds < SHORTEST_IDLE_SECONDS:
                return f"{vty.text}: {line}"
    return None


def _explain_closed_ssh(top: list[str]) -> str | None:
    """Why no client of ours can open a session, or log in by a password; None: it can."""
    if "ip ssh version 1" in top:
        return "ip ssh version 1, which no client speaks any more"
    methods_line = next((line for line in top if line.startswith(f"{ALGORITHM}authentication ")), "")
    if methods_line and not {"password", "keyboard"} & set(methods_line.split()):
        return methods_line
    off = {line for line in top if line.startswith("no ip ssh server authenticate user ")}
    if {"password", "keyboard"} <= {line.split()[-1] for line in off}:
        return ", ".join(sorted(off))
    rows = [
        (use, line.removeprefix(f"{ALGORITHM}{use} ").split(), line)
        for line in top
        for use in ("encryption", "mac", "kex")
        if line.startswith(f"{ALGORITHM}{use} ")
    ]
    return find_foreign_algorithm(rows)


def _explain_no_local_login(top: list[str], vty: ConfigNode) -> str | None:
    vty_lines = _list_child_lines(vty)
    if "aaa new-model" not in top:
        login = next((text for text in vty_lines if text.startswith(("login", "no login"))), "login")
        return None if login == "login local" else f"{vty.text}: {login}, which asks for no account"
    list_name = find_value(vty_lines, "login authentication ") or "default"
    method_list = f"{LOGIN}{list_name}"
    if list_name != "default" and not any(text.startswith(f"{method_list} ") for text in top):
        return f"{vty.text}: login authentication {list_name}, and there is no {method_list}"
    for line in vty_lines:
        commands = re.fullmatch(r"authorization commands \d+ (?!default$)\S+", line)
        if commands and not any(text.startswith(f"aaa {line} ") for text in top):
            return f"{vty.text}: {line}, and there is no aaa {line}"
    # Without a line of its own AAA asks the local accounts.
    aaa_line = find_line_without_fallback(
        top,
        (method_list, f"aaa authorization exec {_find_exec_list(vty_lines)}", *_list_command_methods(top, vty_lines)),
    )
    return f"{aaa_line!r}, with nothing to fall back on" if aaa_line else None


def _list_command_methods(top: list[str], vty_lines: list[str]) -> list[str]:
    """The lists by which a line authorises commands, of whatever level: each as far as its name."""
    names = {"default"}
    names |= {line.split()[3] for line in vty_lines if re.fullmatch(r"authorization commands \d+ \S+", line)}
    matches = [re.match(r"aaa authorization commands \d+ (\S+)", line) for line in top]
    return [match[0] for match in matches if match and match[1] in names]


def _find_exec_list(vty_lines: list[str]) -> str:
    """The list by which a line authorises a shell."""
    return find_value(vty_lines, "authorization exec ") or "default"


def _read_accounts(top: list[str], vtys: list[ConfigNode]) -> dict[str, str | None]:
    """Local accounts, and what each lacks to full rights (None: nothing)."""
    account_options: dict[str, list[str]] = {}
    for text in top:
        if text.startswith("username "):
            words = MASKED.sub("<secret>", text).split()
            account_options.setdefault(words[1], []).extend(words[2:])
    return {name: _find_defect(options, top, vtys) for name, options in account_options.items()}


def _find_defect(options: list[str], top: list[str], vtys: list[ConfigNode]) -> str | None:
    """What an account lacks to full rights on any of the lines."""
    if not {"secret", "password"} & set(options):
        return "no password"
    if foreign := _find_foreign_option(options):
        return foreign
    levels = [level for word, level in pairwise(options) if word == "privilege"]
    level = levels[-1] if levels else "1"
    for vty in vtys:
        vty_lines = _list_child_lines(vty)
        exec_prefix = f"aaa authorization exec {_find_exec_list(vty_lines)} "
        # Without an answer `none` and `if-authenticated` let a shell in, but at level 1: only `local` knows better.
        authorised = "aaa new-model" not in top or any(
            text.startswith(exec_prefix) and "local" in text.split() for text in top
        )
        if "privilege level 15" in vty_lines:
            continue
        if level != "15":
            return f"privilege {level}"
        if not authorised:
            return "aaa new-model without aaa authorization exec, so that its privilege does not count"
    return None


def _find_foreign_option(options: list[str]) -> str | None:
    """An option that sends a session elsewhere or ends it: ``autocommand exit``, ``access-class 10``, ``one-time``."""
    at = 0
    while at < len(options):
        word = options[at]
        if word in ("secret", "password"):
            at += 3 if re.fullmatch(r"\d", options[at + 1]) else 2
        elif word in ("privilege", "algorithm-type"):
            at += 2
        elif word == "noescape":
            at += 1
        else:
            return " ".join(options[at:])
    return None


def _read_vlans(root: ConfigNode, top: list[str]) -> dict[int, str | None] | None:
    """VLANs with the line that stops each; None for a switch that learns them by VTP, which does not show them."""
    if not {"vtp mode transparent", "vtp mode off"} & set(top):
        return None
    vlans: dict[int, str | None] = {1: None}
    for block in root.children:
        if match := re.fullmatch(r"vlan ([\d,-]+)", block.text):
            stop_line = next((text for text in _list_child_lines(block) if text in ("shutdown", "state suspend")), None)
            for vlan in parse_vlan_list(match[1]):
                vlans[vlan] = vlans.get(vlan) or (f"{block.text}: {stop_line}" if stop_line else None)
    return vlans


def _read_interfaces(
    root: ConfigNode, top: list[str], lists: dict[str, tuple[AclRow, ...]], process: ConfigNode | None
) -> dict[str, Interface]:
    lines_by_name = {
        block.text.split()[1]: _list_child_lines(block)
        for block in root.children
        if block.text.startswith("interface ")
    }
    mac_lists = {
        block.text.split()[-1]: _list_child_lines(block)
        for block in root.children
        if block.text.startswith("mac access-list extended ")
    }
    return {name: _read_interface(name, lines_by_name, process, top, lists, mac_lists) for name in lines_by_name}


def _read_interface(
    name: str,
    lines_by_name: dict[str, list[str]],
    process: ConfigNode | None,
    top: list[str],
    lists: dict[str, tuple[AclRow, ...]],
    mac_lists: dict[str, list[str]],
) -> Interface:
    lines = own_lines = lines_by_name[name]
    bundle = (find_value(lines, "channel-group ") or "").split()
    unlike_lines: list[str] = []  # a member whose VLANs are not its bundle's is suspended; an address is the bundle's
    if bundle and (bundle_lines := lines_by_name.get(f"Port-channel{bundle[0]}")):
        # What a member carries, and who is let in, its bundle says; it can still be off on its own.
        lines = [*(text for text in lines if text == "shutdown"), *bundle_lines]
        if read_port_vlans(own_lines) != read_port_vlans(bundle_lines):
            unlike_lines.append(f"channel-group {' '.join(bundle)}, whose VLANs are not this port's")
    elif bundle and "no switchport" in lines:
        unlike_lines.append(f"channel-group {' '.join(bundle)}, which has no address")
    elif bundle:
        unlike_lines.append(f"channel-group {' '.join(bundle)}, and there is no Port-channel{bundle[0]}")
    place = f"interface {name}"
    layer2 = not name.startswith(("Vlan", "Loopback", "Tunnel"))
    address = next(_list_addresses(lines), None)
    untagged, tagged = read_port_vlans(lines) if layer2 else (None, frozenset())
    guard_defaults = {
        "spanning-tree portfast bpduguard default",
        "spanning-tree portfast edge bpduguard default",
    } & set(top)
    edge_lines = [text for text in lines if guard_defaults and re.match(r"spanning-tree portfast (edge )?trunk", text)]
    ospf = None
    if process is not None:
        matches = [match for text in lines if (match := re.fullmatch(r"ip ospf (\d+) area (\S+)", text))]
        if all(process.text == f"router ospf {match[1]}" for match in matches):
            area = matches[0][2] if matches else None
            shared_lines = [*lines, *_find_system_mtu(top)]
            ospf = read_ospf(name, shared_lines, address, _list_child_lines(process), area)
    return Interface(
        name=name,
        shutdown_line=f"{place}: shutdown" if "shutdown" in lines else None,
        vlan=int(name.removeprefix("Vlan")) if name.startswith("Vlan") else None,
        address=address,
        vrf=find_value(lines, "vrf forwarding ") or find_value(lines, "ip vrf forwarding "),
        untagged=untagged,
        tagged=tagged,
        inbound=find_filter(place, lines, "ip access-group", "in", lists),
        # On a switched port IOS refuses a list for what leaves.
        outbound=None if untagged or tagged else find_filter(place, lines, "ip access-group", "out", lists),
        blocking_lines=tuple(text for text in lines if text in BLOCKING_LINES or text in edge_lines),
        root_guard_lines=tuple(text for text in lines if text == "spanning-tree guard root"),
        dropping_lines=(
            *find_dropping_lines(name, list(dict.fromkeys([*own_lines, *lines])), top, mac_lists),
            *unlike_lines,
        ),
        unread_lines=find_unread_lines(lines),
        bundle=f"Port-channel{bundle[0]}" if bundle else None,
        trusts_arp=ARP_TRUST in lines,
        ospf=ospf,
        secondaries=tuple(_list_addresses(lines, secondary=True)),
    )


def _find_system_mtu(top: list[str]) -> list[str]:
    """``system mtu routing 1400`` is the MTU of every routed port, which OSPF compares."""
    return [f"mtu {line.split()[-1]}, by {line}" for line in top if re.fullmatch(r"system mtu routing \d+", line)]


def _list_addresses(lines: list[str], *, secondary: bool = False) -> Iterator[IPv4Interface]:
    for text in lines:
        words = text.split()
        if text.startswith("ip address ") and words[4:] == ["secondary"] * secondary and words[2][0].isdigit():
            yield IPv4Interface(f"{words[2]}/{words[3]}")


def _read_routes(top: list[str]) -> tuple[Route, ...]:
    if "ip routing" not in top:
        gateway = find_value(top, "ip default-gateway ")
        return (Route(IPv4Network("0.0.0.0/0"), IPv4Address(gateway)),) if gateway else ()
    route_words = [text.split()[2:] for text in top if re.match(r"ip route \d", text)]
    return tuple(read_route(IPv4Network(f"{words[0]}/{words[1]}"), words[2:]) for words in route_words)
