"""Who can log in to a switch with EOS, read from its configuration. Pure.

What EOS does: a list that is not there is not installed on an interface, and so stops nothing; for SSH, the API and the
control plane its effect is not documented, so it is no proof. An account without a role may only read. A privilege
counts only if ``exec`` is authorised; without an enable password ``enable`` is open to every account with the role. The
tools come over eAPI, and over SSH if eAPI *refuses*; a list that drops them leaves them waiting, so an open eAPI must
admit them.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from ipaddress import IPv4Interface, IPv4Network

from nornir_tasks.core.ranges import parse_ranges
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
from nornir_tasks.platforms.common.packet_filter import AclRow, Filter
from nornir_tasks.platforms.eos import text as eos_text

Lists = dict[str, tuple[AclRow, ...]]
SERVERS = (
    "aaa authentication login default",
    "aaa authentication enable default",
    "aaa authorization exec default",
)
COMMANDS = re.compile(r"aaa authorization commands \S+ default")
ALGORITHMS = {"cipher ": "encryption", "mac ": "mac", "key-exchange ": "kex"}
EDGES = {"spanning-tree edge-port bpduguard default", "spanning-tree portfast bpduguard default"}
GROUP = "switchport trunk group "


@lru_cache(maxsize=512)
def read_management_access(text: str) -> ManagementAccess:
    """The services, accounts, interfaces and routes by which a clean, masked configuration lets a login in."""
    blocks = gather(eos_text.parse(text)).children
    top = [block.text for block in blocks]
    lists = {
        block.text.split()[-1]: parse_rows(_list_child_lines(block))
        for block in blocks
        if block.text.startswith("ip access-list ")
    }
    commands = [match[0] for line in top if (match := COMMANDS.match(line))]
    aaa_line = find_line_without_fallback(top, (*SERVERS, *commands))
    process = next((_list_child_lines(block) for block in blocks if re.fullmatch(r"router ospf \d+", block.text)), None)
    vlans, trunk_groups = _read_vlans(blocks)
    return ManagementAccess(
        services=(_read_ssh(blocks, lists), _read_api(blocks, lists)),
        accounts=_read_accounts(blocks, top),
        no_local_login=f"{aaa_line!r}, with nothing to fall back on" if aaa_line else None,
        interfaces=_read_interfaces(blocks, top, lists, trunk_groups, process),
        vlans=vlans,
        routes=_read_routes(top),
        routing="ip routing" in top,
        inspected_vlans=find_inspected_vlans(top),
        control_plane=tuple(_find_control_plane_filters(blocks, lists)),
        router_id=read_router_id(process),
        ospf_origins=read_ospf_origins(process, classful=False),
    )


def _list_child_lines(block: ConfigNode | None) -> list[str]:
    return [child.text for child in block.children] if block else []


def _find_block(blocks: list[ConfigNode], line: str) -> ConfigNode | None:
    return next((block for block in blocks if block.text == line), None)


def _read_ssh(blocks: list[ConfigNode], lists: Lists) -> LoginService:
    """SSH: open unless the configuration shuts it."""
    service = _find_block(blocks, "management ssh")
    vrf = _find_block(service.children, "vrf default") if service else None
    lines, vrf_lines = _list_child_lines(service), _list_child_lines(vrf)
    closed_by = None
    methods = [line.split()[2:] for line in lines if re.match(r"authentication (mode|protocol) ", line)]
    if "shutdown" in vrf_lines or ("shutdown" in lines and "no shutdown" not in vrf_lines):
        closed_by = "management ssh: shutdown"
    elif methods and not {"password", "keyboard-interactive"} & set(methods[-1]):
        closed_by = f"management ssh: authentication by {' '.join(methods[-1])} alone"
    elif (port := find_value(lines, "server-port ")) and port != "22":
        closed_by = f"management ssh: server-port {port}"
    else:
        closed_by = find_foreign_algorithm(
            (use, line.split()[1:], f"management ssh: {line}")
            for line in lines
            for start, use in ALGORITHMS.items()
            if line.startswith(start)
        )
    filters = [
        *_find_service_filters("management ssh", [*lines, *vrf_lines], lists),
        *_find_control_plane_filters(blocks, lists),
    ]
    return LoginService("SSH", 22, closed_by, tuple(filters))


def _read_api(blocks: list[ConfigNode], lists: Lists) -> LoginService:
    """eAPI: shut unless the configuration opens it, in the default VRF, by HTTPS on port 443."""
    service = _find_block(blocks, "management api http-commands")
    vrf = _find_block(service.children, "vrf default") if service else None
    lines, vrf_lines = _list_child_lines(service), _list_child_lines(vrf)
    closed_by = None
    if "no shutdown" not in lines or "shutdown" in vrf_lines:
        closed_by = "management api http-commands: shutdown"
    elif "no protocol https" in lines or (find_value(lines, "protocol https port ") or "443") != "443":
        closed_by = "management api http-commands: no protocol https on port 443"
    filters = [
        *_find_service_filters("management api http-commands", [*lines, *vrf_lines], lists),
        *_find_control_plane_filters(blocks, lists),
    ]
    return LoginService("eAPI", 443, closed_by, tuple(filters), is_needed=False)


def _find_control_plane_filters(blocks: list[ConfigNode], lists: Lists) -> list[Filter]:
    """The list in front of the processor; it is about everything that is for the switch itself."""
    name = next((line for line in ("system control-plane", "control-plane") if _find_block(blocks, line)), "")
    return _find_service_filters(name, _list_child_lines(_find_block(blocks, name)), lists)


def _find_service_filters(place: str, lines: list[str], lists: Lists) -> list[Filter]:
    """``ip access-group NAME [vrf VRF] [in]`` below a service."""
    filters = []
    for line in lines:
        words = line.split()
        if line.startswith("ip access-group ") and ("vrf" not in words or words[words.index("vrf") + 1] == "default"):
            filters.append(Filter(f"{place}: {line}", lists.get(words[2], ()), missing_admits=False, name=words[2]))
    return filters


def _read_accounts(blocks: list[ConfigNode], top: list[str]) -> dict[str, str | None]:
    authorised = any(line.startswith("aaa authorization exec default ") and "local" in line.split() for line in top)
    default_role = find_value(top, "aaa authorization policy local default-role ") or "network-operator"
    has_enable_password = any(line.startswith(("enable password", "enable secret")) for line in top)
    denying_roles = {
        block.text.removeprefix("role "): row
        for block in blocks
        if block.text.startswith("role ")
        for row in _list_child_lines(block)
        if re.match(r"\d+ deny ", row)
    }
    accounts: dict[str, str | None] = {}
    for line in top:
        words = line.split()
        if words[0] != "username" or len(words) < 3 or words[2] in ("ssh-key", "sshkey"):
            continue
        if words[2] == "shell":  # a line of its own, behind the account's
            accounts[words[1]] = accounts.get(words[1]) if words[-1] == "/bin/bash" else " ".join(words[2:])
            continue
        role = words[words.index("role") + 1] if "role" in words else default_role
        level = int(words[words.index("privilege") + 1]) if "privilege" in words else 1
        defect = None
        if "secret" not in words:
            defect = "no secret"
        elif role != "network-admin":
            defect = f"role {role}"
        elif role in denying_roles:
            defect = f"role {role}: {denying_roles[role]}"
        elif has_enable_password and (level < 2 or not authorised):
            defect = f"privilege {level}, enable has a password, and aaa authorization exec default is not local"
        accounts[words[1]] = defect
    return accounts


def _read_vlans(blocks: list[ConfigNode]) -> tuple[dict[int, str | None], dict[int, set[str]]]:
    """VLANs with the line that stops each, and the trunk groups that some are limited to."""
    vlans: dict[int, str | None] = {1: None}
    trunk_groups: dict[int, set[str]] = {}
    for block in blocks:
        if match := re.fullmatch(r"vlan ([\d,-]+)", block.text):
            lines = _list_child_lines(block)
            stop_line = "state suspend" if "state suspend" in lines else None
            group_names = {line.removeprefix("trunk group ") for line in lines if line.startswith("trunk group ")}
            for number in parse_ranges(match[1]):
                vlans[number] = vlans.get(number) or (f"{block.text}: {stop_line}" if stop_line else None)
                if group_names:
                    trunk_groups[number] = group_names
    return vlans, trunk_groups


def _read_interfaces(
    blocks: list[ConfigNode],
    top: list[str],
    lists: Lists,
    trunk_groups: dict[int, set[str]],
    process: list[str] | None,
) -> dict[str, Interface]:
    lines_by_name = {
        block.text.split()[1]: _list_child_lines(block) for block in blocks if block.text.startswith("interface ")
    }
    policies = _read_traffic_policies(blocks)
    mac_lists = {
        block.text.split()[-1]: _list_child_lines(block)
        for block in blocks
        if block.text.startswith("mac access-list ")
    }
    interfaces = {}
    for name, lines in lines_by_name.items():
        dropping = [
            *find_dropping_lines(name, lines, top, mac_lists),
            *_find_dropping_policies(lines, policies),
            *_find_waiting_bundle(lines, lines_by_name),
        ]
        interface = _read_interface(name, lines_by_name, process, top, lists, trunk_groups)
        interfaces[name] = replace(interface, dropping_lines=tuple(dropping))
    return interfaces


def _read_traffic_policies(blocks: list[ConfigNode]) -> dict[str, str | None]:
    """Traffic policies by name, with what in them drops (None: nothing does; what they do not match passes)."""
    policies: dict[str, str | None] = {}
    section = _find_block(blocks, "traffic-policies")
    for policy in section.children if section else ():
        if policy.text.startswith("traffic-policy "):
            lines = _walk_lines(policy.children)
            policies[policy.text.split()[1]] = next((line for line in lines if line.split()[0] == "drop"), None)
    return policies


def _walk_lines(blocks: list[ConfigNode]) -> Iterator[str]:
    for block in blocks:
        yield block.text
        yield from _walk_lines(block.children)


def _find_dropping_policies(lines: list[str], policies: dict[str, str | None]) -> Iterator[str]:
    for line in lines:
        words = line.split()
        if words[0] == "traffic-policy" and (words[-1] not in policies or policies[words[-1]]):
            yield f"{line}, which {'drops' if words[-1] in policies else 'is not there'}"


def _find_waiting_bundle(lines: list[str], lines_by_name: dict[str, list[str]]) -> Iterator[str]:
    """A bundle by LACP carries nothing before its other end takes part, unless it falls back to a single port."""
    line = next((line for line in lines if re.fullmatch(r"channel-group \d+ mode (active|passive)", line)), None)
    if line:
        bundle = lines_by_name.get(f"Port-Channel{line.split()[1]}", [])
        if not any(re.match(r"port-channel lacp fallback( (static|individual))?$", own) for own in bundle):
            yield f"{line}, without a fallback where the other end has no bundle"


def _read_interface(
    name: str,
    lines_by_name: dict[str, list[str]],
    process: list[str] | None,
    top: list[str],
    lists: Lists,
    trunk_groups: dict[int, set[str]],
) -> Interface:
    lines = lines_by_name[name]
    bundle = (find_value(lines, "channel-group ") or "").split()
    if bundle:
        # A bundle that the configuration does not mention is as the factory has it.
        bundle_lines = lines_by_name.get(f"Port-Channel{bundle[0]}", [])
        lines = [*(line for line in lines if line == "shutdown"), *bundle_lines]
    place = f"interface {name}"
    untagged, tagged = read_port_vlans(lines) if name.startswith(("Ethernet", "Port-Channel")) else (None, frozenset())
    port_groups = {line.removeprefix(GROUP) for line in lines if line.startswith(GROUP)}
    excluded_vlans = {vlan for vlan, names in trunk_groups.items() if not names & port_groups}
    address_text = find_value([line for line in lines if not line.endswith(" secondary")], "ip address ")
    address = IPv4Interface(address_text) if address_text and re.fullmatch(r"[\d./]+", address_text) else None
    edge_lines = {"spanning-tree portfast", "spanning-tree portfast edge"} if EDGES & set(top) else set()
    return Interface(
        name=name,
        shutdown_line=f"{place}: shutdown" if "shutdown" in lines else None,
        vlan=int(name.removeprefix("Vlan")) if name.startswith("Vlan") else None,
        address=address,
        vrf=find_value(lines, "vrf forwarding ") or find_value(lines, "vrf "),
        untagged=untagged,
        tagged=tagged - excluded_vlans,
        inbound=find_filter(place, lines, "ip access-group", "in", lists),
        outbound=find_filter(place, lines, "ip access-group", "out", lists),
        blocking_lines=tuple(line for line in lines if line in BLOCKING_LINES or line in edge_lines),
        root_guard_lines=tuple(line for line in lines if line == "spanning-tree guard root"),
        unread_lines=find_unread_lines(lines),
        bundle=f"Port-Channel{bundle[0]}" if bundle else None,
        trusts_arp=ARP_TRUST in lines,
        ospf=None
        if process is None
        else read_ospf(name, lines, address, process, find_value(lines, "ip ospf area "), default_cost=10),
        secondaries=tuple(
            IPv4Interface(line.split()[2]) for line in lines if re.fullmatch(r"ip address [\d./]+ secondary", line)
        ),
    )


def _read_routes(top: list[str]) -> tuple[Route, ...]:
    route_words = [line.split()[2:] for line in top if re.match(r"ip route \d", line)]
    return tuple(read_route(IPv4Network(words[0]), words[1:]) for words in route_words if "/" in words[0])
