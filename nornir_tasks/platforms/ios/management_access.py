"""Who can log in to a switch with IOS, read from its configuration. Pure.

What IOS does: a session takes the first free vty line, so the first range counts. A list that is not there, or has no
rows, admits every address. ``access-class`` looks at the destination only in newer releases (CSCuw89081). With
``aaa new-model`` the line's own ``login local`` has no effect, and a privilege counts only if ``exec`` is authorised.
A switch that routes does not look at ``ip default-gateway``.
"""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from nornir_tasks.platforms.common.access_list import parse_rows
from nornir_tasks.platforms.common.ios_like import (
    BLOCKING_LINES,
    find_filter,
    find_line_without_fallback,
    read_ospf,
    read_port_vlans,
    read_route,
)
from nornir_tasks.platforms.common.management_access import (
    AclRow,
    Interface,
    LoginService,
    ManagementAccess,
    Route,
    find_value,
)
from nornir_tasks.platforms.ios import text as ios_text
from nornir_tasks.platforms.ios import tree as ios_tree
from nornir_tasks.platforms.ios.tree import IosBlock, parse_vlan_list

VTY = re.compile(r"line vty (\d+)(?: (\d+))?")
COMMANDS = "aaa authorization commands 15 default"


@lru_cache(maxsize=512)
def read_management_access(text: str) -> ManagementAccess:
    """The services, accounts, interfaces and routes by which a clean, masked configuration lets a login in."""
    root = ios_tree.parse(ios_text.clean(text))
    top = [block.text for block in root.children]
    lists = _read_access_lists(root)
    vty = next((block for block in root.children if (span := VTY.match(block.text)) and span[1] == "0"), None)
    return ManagementAccess(
        services=(_read_ssh(top, vty, lists),),
        accounts=_read_accounts(top, vty),
        no_local_login=_explain_no_local_login(top, vty),
        interfaces=_read_interfaces(root, top, lists),
        vlans=_read_vlans(root, top),
        routes=_read_routes(top),
        routing="ip routing" in top,
    )


def _list_child_lines(block: IosBlock | None) -> list[str]:
    return [child.text for child in block.children] if block else []


def _read_access_lists(root: IosBlock) -> dict[str, tuple[AclRow, ...]]:
    """The access lists by name; a numbered list has a global line for each row."""
    lists: dict[str, list[str]] = {}
    for block in root.children:
        words = block.text.split()
        if block.text.startswith(("ip access-list standard ", "ip access-list extended ")):
            lists.setdefault(words[3], []).extend(_list_child_lines(block))
        elif words[0] == "access-list":
            lists.setdefault(words[1], []).append(" ".join(words[2:]))
    return {name: parse_rows(lines) for name, lines in lists.items()}


def _read_ssh(top: list[str], vty: IosBlock | None, lists: dict[str, tuple[AclRow, ...]]) -> LoginService:
    if vty is None:
        return LoginService("SSH", 22, "no line vty 0")
    vty_lines = _list_child_lines(vty)
    transport = find_value(vty_lines, "transport input ") or "all"
    closed_by = None
    if not {"ssh", "all"} & set(transport.split()):
        closed_by = f"{vty.text}: transport input {transport}"
    elif "no exec" in vty_lines:
        closed_by = f"{vty.text}: no exec"
    elif "ip ssh version 1" in top:
        closed_by = "ip ssh version 1, which no client speaks any more"
    limits = find_filter(vty.text, vty_lines, "access-class", "in", lists, sees_destination=False)
    return LoginService("SSH", 22, closed_by, (limits,) if limits else ())


def _explain_no_local_login(top: list[str], vty: IosBlock | None) -> str | None:
    vty_lines = _list_child_lines(vty)
    if "aaa new-model" not in top:
        login = next((text for text in vty_lines if text.startswith(("login", "no login"))), "login")
        if login == "login local" or vty is None:
            return None
        return f"{vty.text}: {login}, which asks for no account"
    list_name = find_value(vty_lines, "login authentication ") or "default"
    method_list = f"aaa authentication login {list_name}"
    if list_name != "default" and not any(text.startswith(f"{method_list} ") for text in top):
        return f"{vty.text if vty else ''}: login authentication {list_name}, and there is no {method_list}"
    # Without a line of its own AAA asks the local accounts.
    aaa_line = find_line_without_fallback(
        top, (method_list, f"aaa authorization exec {_find_exec_list(vty_lines)}", COMMANDS)
    )
    return f"{aaa_line!r}, with nothing to fall back on" if aaa_line else None


def _find_exec_list(vty_lines: list[str]) -> str:
    """The list by which a line authorises a shell."""
    return find_value(vty_lines, "authorization exec ") or "default"


def _read_accounts(top: list[str], vty: IosBlock | None) -> dict[str, str | None]:
    """Local accounts, and what each lacks to full rights (None: nothing)."""
    vty_lines = _list_child_lines(vty)
    exec_prefix = f"aaa authorization exec {_find_exec_list(vty_lines)} "
    authorised = "aaa new-model" not in top or any(text.startswith(exec_prefix) for text in top)
    privileged = "privilege level 15" in vty_lines
    account_options: dict[str, list[str]] = {}
    for text in top:
        if text.startswith("username "):
            account_options.setdefault(text.split()[1], []).extend(text.split()[2:])
    accounts: dict[str, str | None] = {}
    for name, options in account_options.items():
        level = options[options.index("privilege") + 1] if "privilege" in options else "1"
        defect = None
        if not {"secret", "password"} & set(options):
            defect = "no password"
        elif not privileged and level != "15":
            defect = f"privilege {level}"
        elif not privileged and not authorised:
            defect = "aaa new-model without aaa authorization exec, so that its privilege does not count"
        accounts[name] = defect
    return accounts


def _read_vlans(root: IosBlock, top: list[str]) -> dict[int, str | None] | None:
    """VLANs with the line that stops each; None for a switch that learns them by VTP, which does not show them."""
    if not {"vtp mode transparent", "vtp mode off"} & set(top):
        return None
    vlans: dict[int, str | None] = {1: None}
    for block in root.children:
        if match := re.fullmatch(r"vlan ([\d,-]+)", block.text):
            stop_line = next((text for text in _list_child_lines(block) if text in ("shutdown", "state suspend")), None)
            vlans.update(dict.fromkeys(parse_vlan_list(match[1]), f"{block.text}: {stop_line}" if stop_line else None))
    return vlans


def _read_interfaces(root: IosBlock, top: list[str], lists: dict[str, tuple[AclRow, ...]]) -> dict[str, Interface]:
    lines_by_name = {
        block.text.split()[1]: _list_child_lines(block)
        for block in root.children
        if block.text.startswith("interface ")
    }
    process = next(
        (_list_child_lines(block) for block in root.children if re.fullmatch(r"router ospf \d+", block.text)), None
    )
    return {name: _read_interface(name, lines_by_name, process, top, lists) for name in lines_by_name}


def _read_interface(
    name: str,
    lines_by_name: dict[str, list[str]],
    process: list[str] | None,
    top: list[str],
    lists: dict[str, tuple[AclRow, ...]],
) -> Interface:
    lines = lines_by_name[name]
    bundle = (find_value(lines, "channel-group ") or "").split()
    if bundle and (bundle_lines := lines_by_name.get(f"Port-channel{bundle[0]}")):
        # What a member carries, and who is let in, its bundle says; it can still be off on its own.
        lines = [*(text for text in lines if text == "shutdown"), *bundle_lines]
    place = f"interface {name}"
    layer2 = not name.startswith(("Vlan", "Loopback", "Tunnel"))
    address = _read_address(lines)
    untagged, tagged = read_port_vlans(lines) if layer2 else (None, frozenset())
    guard_defaults = {
        "spanning-tree portfast bpduguard default",
        "spanning-tree portfast edge bpduguard default",
    } & set(top)
    edge_lines = [text for text in lines if guard_defaults and re.match(r"spanning-tree portfast (edge )?trunk", text)]
    area = next((match[1] for text in lines if (match := re.fullmatch(r"ip ospf \d+ area (\S+)", text))), None)
    return Interface(
        name=name,
        shutdown_line=f"{place}: shutdown" if "shutdown" in lines else None,
        vlan=int(name.removeprefix("Vlan")) if name.startswith("Vlan") else None,
        address=address,
        vrf=find_value(lines, "vrf forwarding ") or find_value(lines, "ip vrf forwarding "),
        untagged=untagged,
        tagged=tagged,
        inbound=find_filter(place, lines, "ip access-group", "in", lists),
        outbound=find_filter(place, lines, "ip access-group", "out", lists),
        blocking_lines=tuple(text for text in lines if text in BLOCKING_LINES or text in edge_lines),
        root_guard_lines=tuple(text for text in lines if text == "spanning-tree guard root"),
        ospf=None if process is None else read_ospf(name, lines, address, process, area),
    )


def _read_address(lines: list[str]) -> IPv4Interface | None:
    for text in lines:
        words = text.split()
        if text.startswith("ip address ") and len(words) == 4 and words[2][0].isdigit():
            return IPv4Interface(f"{words[2]}/{words[3]}")
    return None


def _read_routes(top: list[str]) -> tuple[Route, ...]:
    if "ip routing" not in top:
        gateway = find_value(top, "ip default-gateway ")
        return (Route(IPv4Network("0.0.0.0/0"), IPv4Address(gateway)),) if gateway else ()
    route_words = [text.split()[2:] for text in top if re.match(r"ip route \d", text)]
    return tuple(read_route(IPv4Network(f"{words[0]}/{words[1]}"), words[2:]) for words in route_words)
