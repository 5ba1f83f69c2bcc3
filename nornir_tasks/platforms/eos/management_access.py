"""The way into a switch with EOS, read from its configuration. Pure.

What EOS does: a list that is not there is not installed on an interface, and so stops nobody; for SSH, the API and the
control plane nobody says what it does, so it is no proof. An account without a role may only read. A privilege counts
only if ``exec`` is authorised; without an enable password ``enable`` is open to whoever has the role. The tools come
over eAPI, and over SSH if eAPI *refuses*; a list that drops them leaves them waiting, so an open eAPI must admit them.
"""

import re
from functools import lru_cache
from ipaddress import IPv4Interface, IPv4Network

from nornir_tasks.core.ranges import parse_ranges
from nornir_tasks.platforms.common.access_list import rows
from nornir_tasks.platforms.common.ios_like import BARS, carried, depends_on_servers, filtered, ospf, route
from nornir_tasks.platforms.common.management_access import Door, Filter, Interface, Route, Row, WayIn, after
from nornir_tasks.platforms.eos import text as eos_text
from nornir_tasks.platforms.eos.text import Block

Lists = dict[str, tuple[Row, ...]]
SERVERS = (
    "aaa authentication login default",
    "aaa authorization exec default",
    "aaa authorization commands all default",
)
EDGE = "spanning-tree edge-port bpduguard default"
GROUP = "switchport trunk group "


@lru_cache(maxsize=512)
def way_in(text: str) -> WayIn:
    """What a configuration says about the way in."""
    blocks = eos_text.parse(text)
    top = [block.line for block in blocks]
    lists = {
        block.line.split()[-1]: rows(_below(block)) for block in blocks if block.line.startswith("ip access-list ")
    }
    alone = depends_on_servers(top, SERVERS)
    stops, groups = _vlans(blocks)
    return WayIn(
        doors=(_ssh(blocks, lists), _api(blocks, lists)),
        accounts=_accounts(top),
        no_local_login=f"{alone!r}, with nothing to fall back on" if alone else None,
        interfaces=_interfaces(blocks, top, lists, groups),
        vlans=stops,
        routes=_routes(top),
        routing="ip routing" in top,
    )


def _below(block: Block | None) -> list[str]:
    return [one.line for one in block.below] if block else []


def _find(blocks: list[Block], line: str) -> Block | None:
    return next((block for block in blocks if block.line == line), None)


def _ssh(blocks: list[Block], lists: Lists) -> Door:
    """Open unless somebody shut it."""
    service = _find(blocks, "management ssh")
    own = _find(service.below, "vrf default") if service else None
    lines, inside = _below(service), _below(own)
    shut = None
    said = [line.split()[2:] for line in lines if re.match(r"authentication (mode|protocol) ", line)]
    if "shutdown" in inside or ("shutdown" in lines and "no shutdown" not in inside):
        shut = "management ssh: shutdown"
    elif said and not {"password", "keyboard-interactive"} & set(said[-1]):
        shut = f"management ssh: authentication by {' '.join(said[-1])} alone"
    elif (port := after(lines, "server-port ")) and port != "22":
        shut = f"management ssh: server-port {port}"
    found = [*_limits("management ssh", [*lines, *inside], lists), *_control_plane(blocks, lists)]
    return Door("SSH", 22, shut, tuple(found))


def _api(blocks: list[Block], lists: Lists) -> Door:
    """Shut unless somebody opened it, in this VRF, by HTTPS on its own port."""
    service = _find(blocks, "management api http-commands")
    own = _find(service.below, "vrf default") if service else None
    lines, inside = _below(service), _below(own)
    shut = None
    if "no shutdown" not in lines or "shutdown" in inside:
        shut = "management api http-commands: shutdown"
    elif "no protocol https" in lines or (after(lines, "protocol https port ") or "443") != "443":
        shut = "management api http-commands: no protocol https on port 443"
    found = [*_limits("management api http-commands", [*lines, *inside], lists), *_control_plane(blocks, lists)]
    return Door("eAPI", 443, shut, tuple(found), needed=False)


def _control_plane(blocks: list[Block], lists: Lists) -> list[Filter]:
    """The list in front of the processor; it is about everything that is for the switch itself."""
    name = next((line for line in ("system control-plane", "control-plane") if _find(blocks, line)), "")
    return _limits(name, _below(_find(blocks, name)), lists)


def _limits(place: str, lines: list[str], lists: Lists) -> list[Filter]:
    """``ip access-group NAME [vrf VRF] [in]`` below a service."""
    found = []
    for line in lines:
        words = line.split()
        if line.startswith("ip access-group ") and ("vrf" not in words or words[words.index("vrf") + 1] == "default"):
            found.append(Filter(f"{place}: {line}", lists.get(words[2], ()), missing_admits=False))
    return found


def _accounts(top: list[str]) -> dict[str, str | None]:
    authorised = any(line.startswith("aaa authorization exec default ") for line in top)
    usual = after(top, "aaa authorization policy local default-role ") or "network-operator"
    closed = any(line.startswith(("enable password", "enable secret")) for line in top)
    found: dict[str, str | None] = {}
    for line in top:
        words = line.split()
        if words[0] != "username" or len(words) < 3 or words[2] in ("ssh-key", "sshkey"):
            continue
        role = words[words.index("role") + 1] if "role" in words else usual
        level = int(words[words.index("privilege") + 1]) if "privilege" in words else 1
        lacks = None
        if "secret" not in words:
            lacks = "no secret"
        elif role != "network-admin":
            lacks = f"role {role}"
        elif closed and (level < 2 or not authorised):
            lacks = f"privilege {level}, enable has a password, and aaa authorization exec default is not local"
        found[words[1]] = lacks
    return found


def _vlans(blocks: list[Block]) -> tuple[dict[int, str | None], dict[int, set[str]]]:
    """VLANs with what stops each, and the trunk groups that some are kept to."""
    stops: dict[int, str | None] = {1: None}
    groups: dict[int, set[str]] = {}
    for block in blocks:
        if match := re.fullmatch(r"vlan ([\d,-]+)", block.line):
            lines = _below(block)
            stop = "state suspend" if "state suspend" in lines else None
            kept = {line.removeprefix("trunk group ") for line in lines if line.startswith("trunk group ")}
            for number in parse_ranges(match[1]):
                stops[number] = f"{block.line}: {stop}" if stop else None
                if kept:
                    groups[number] = kept
    return stops, groups


def _interfaces(blocks: list[Block], top: list[str], lists: Lists, groups: dict[int, set[str]]) -> dict[str, Interface]:
    found = {block.line.split()[1]: _below(block) for block in blocks if block.line.startswith("interface ")}
    process = next((_below(block) for block in blocks if re.fullmatch(r"router ospf \d+", block.line)), None)
    return {name: _interface(name, found, process, top, lists, groups) for name in found}


def _interface(
    name: str,
    blocks: dict[str, list[str]],
    process: list[str] | None,
    top: list[str],
    lists: Lists,
    groups: dict[int, set[str]],
) -> Interface:
    lines = blocks[name]
    bundle = (after(lines, "channel-group ") or "").split()
    if bundle and (whole := blocks.get(f"Port-Channel{bundle[0]}")):
        lines = [*(line for line in lines if line == "shutdown"), *whole]
    place = f"interface {name}"
    untagged, tagged = carried(lines) if name.startswith(("Ethernet", "Port-Channel")) else (None, frozenset())
    mine = {line.removeprefix(GROUP) for line in lines if line.startswith(GROUP)}
    kept = {vlan for vlan, names in groups.items() if not names & mine}
    said = after(lines, "ip address ")
    address = IPv4Interface(said) if said and re.fullmatch(r"[\d./]+", said) else None
    edge = {"spanning-tree portfast"} if EDGE in top else set()
    return Interface(
        name=name,
        off=f"{place}: shutdown" if "shutdown" in lines else None,
        vlan=int(name.removeprefix("Vlan")) if name.startswith("Vlan") else None,
        address=address,
        vrf=after(lines, "vrf forwarding ") or after(lines, "vrf "),
        untagged=untagged,
        tagged=tagged - kept,
        inbound=filtered(place, lines, "ip access-group", "in", lists),
        outbound=filtered(place, lines, "ip access-group", "out", lists),
        bars=tuple(line for line in lines if line in BARS or line in edge),
        bars_core=tuple(line for line in lines if line == "spanning-tree guard root"),
        ospf=None if process is None else ospf(name, lines, address, process, after(lines, "ip ospf area ")),
    )


def _routes(top: list[str]) -> tuple[Route, ...]:
    found = [line.split()[2:] for line in top if re.match(r"ip route \d", line)]
    return tuple(route(IPv4Network(words[0]), words[1:]) for words in found if "/" in words[0])
