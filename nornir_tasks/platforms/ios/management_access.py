"""The way into a switch with IOS, read from its configuration. Pure.

What IOS does: a session takes the first free vty line, so the first range counts. A list that is not there, or has no
rows, admits everybody. ``access-class`` looks at the destination only in newer releases (CSCuw89081). With
``aaa new-model`` the line's own ``login local`` is not asked, and a privilege counts only if ``exec`` is authorised.
A switch that routes does not look at ``ip default-gateway``.
"""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from nornir_tasks.platforms.common.access_list import rows
from nornir_tasks.platforms.common.ios_like import BARS, carried, depends_on_servers, filtered, ospf, route
from nornir_tasks.platforms.common.management_access import Door, Interface, Route, Row, WayIn, after
from nornir_tasks.platforms.ios import text as ios_text
from nornir_tasks.platforms.ios import tree as ios_tree
from nornir_tasks.platforms.ios.tree import Block, vlan_set

VTY = re.compile(r"line vty (\d+)(?: (\d+))?")
COMMANDS = "aaa authorization commands 15 default"


@lru_cache(maxsize=512)
def way_in(text: str) -> WayIn:
    """What a configuration says about the way in."""
    root = ios_tree.read(ios_text.clean(text))
    top = [block.text for block in root.children]
    lists = _lists(root)
    line = next((block for block in root.children if (span := VTY.match(block.text)) and span[1] == "0"), None)
    return WayIn(
        doors=(_ssh(top, line, lists),),
        accounts=_accounts(top, line),
        no_local_login=_no_local_login(top, line),
        interfaces=_interfaces(root, top, lists),
        vlans=_vlans(root, top),
        routes=_routes(top),
        routing="ip routing" in top,
    )


def _below(block: Block | None) -> list[str]:
    return [child.text for child in block.children] if block else []


def _lists(root: Block) -> dict[str, tuple[Row, ...]]:
    """Named lists, and numbered ones, of which each row is a line."""
    found: dict[str, list[str]] = {}
    for block in root.children:
        words = block.text.split()
        if block.text.startswith(("ip access-list standard ", "ip access-list extended ")):
            found.setdefault(words[3], []).extend(_below(block))
        elif words[0] == "access-list":
            found.setdefault(words[1], []).append(" ".join(words[2:]))
    return {name: rows(lines) for name, lines in found.items()}


def _ssh(top: list[str], line: Block | None, lists: dict[str, tuple[Row, ...]]) -> Door:
    if line is None:
        return Door("SSH", 22, "no line vty 0")
    below = _below(line)
    transport = after(below, "transport input ") or "all"
    shut = None
    if not {"ssh", "all"} & set(transport.split()):
        shut = f"{line.text}: transport input {transport}"
    elif "no exec" in below:
        shut = f"{line.text}: no exec"
    elif "ip ssh version 1" in top:
        shut = "ip ssh version 1, which no client speaks any more"
    limits = filtered(line.text, below, "access-class", "in", lists, sees_destination=False)
    return Door("SSH", 22, shut, (limits,) if limits else ())


def _no_local_login(top: list[str], line: Block | None) -> str | None:
    below = _below(line)
    if "aaa new-model" not in top:
        login = next((text for text in below if text.startswith(("login", "no login"))), "login")
        if login == "login local" or line is None:
            return None
        return f"{line.text}: {login}, which asks for no account"
    name = after(below, "login authentication ") or "default"
    asked = f"aaa authentication login {name}"
    if name != "default" and not any(text.startswith(f"{asked} ") for text in top):
        return f"{line.text if line else ''}: login authentication {name}, and there is no {asked}"
    # Without a line of its own AAA asks the local accounts.
    alone = depends_on_servers(top, (asked, f"aaa authorization exec {_exec(below)}", COMMANDS))
    return f"{alone!r}, with nothing to fall back on" if alone else None


def _exec(below: list[str]) -> str:
    """The list by which a line authorises a shell."""
    return after(below, "authorization exec ") or "default"


def _accounts(top: list[str], line: Block | None) -> dict[str, str | None]:
    """Local accounts, and what each lacks."""
    below = _below(line)
    shell = f"aaa authorization exec {_exec(below)} "
    authorised = "aaa new-model" not in top or any(text.startswith(shell) for text in top)
    privileged = "privilege level 15" in below
    words: dict[str, list[str]] = {}
    for text in top:
        if text.startswith("username "):
            words.setdefault(text.split()[1], []).extend(text.split()[2:])
    found: dict[str, str | None] = {}
    for name, said in words.items():
        level = said[said.index("privilege") + 1] if "privilege" in said else "1"
        lacks = None
        if not {"secret", "password"} & set(said):
            lacks = "no password"
        elif not privileged and level != "15":
            lacks = f"privilege {level}"
        elif not privileged and not authorised:
            lacks = "aaa new-model without aaa authorization exec, so that its privilege does not count"
        found[name] = lacks
    return found


def _vlans(root: Block, top: list[str]) -> dict[int, str | None] | None:
    """A switch that learns its VLANs by VTP does not show them."""
    if not {"vtp mode transparent", "vtp mode off"} & set(top):
        return None
    found: dict[int, str | None] = {1: None}
    for block in root.children:
        if match := re.fullmatch(r"vlan ([\d,-]+)", block.text):
            stop = next((text for text in _below(block) if text in ("shutdown", "state suspend")), None)
            found.update(dict.fromkeys(vlan_set(match[1]), f"{block.text}: {stop}" if stop else None))
    return found


def _interfaces(root: Block, top: list[str], lists: dict[str, tuple[Row, ...]]) -> dict[str, Interface]:
    blocks = {block.text.split()[1]: _below(block) for block in root.children if block.text.startswith("interface ")}
    process = next((_below(block) for block in root.children if re.fullmatch(r"router ospf \d+", block.text)), None)
    return {name: _interface(name, blocks, process, top, lists) for name in blocks}


def _interface(
    name: str,
    blocks: dict[str, list[str]],
    process: list[str] | None,
    top: list[str],
    lists: dict[str, tuple[Row, ...]],
) -> Interface:
    lines = blocks[name]
    bundle = (after(lines, "channel-group ") or "").split()
    if bundle and (whole := blocks.get(f"Port-channel{bundle[0]}")):
        # What a member carries, and who is let in, its bundle says; it can still be off on its own.
        lines = [*(text for text in lines if text == "shutdown"), *whole]
    place = f"interface {name}"
    layer2 = not name.startswith(("Vlan", "Loopback", "Tunnel"))
    address = _address(lines)
    untagged, tagged = carried(lines) if layer2 else (None, frozenset())
    guarded = {"spanning-tree portfast bpduguard default", "spanning-tree portfast edge bpduguard default"} & set(top)
    edge = [text for text in lines if guarded and re.match(r"spanning-tree portfast (edge )?trunk", text)]
    own = next((match[1] for text in lines if (match := re.fullmatch(r"ip ospf \d+ area (\S+)", text))), None)
    return Interface(
        name=name,
        off=f"{place}: shutdown" if "shutdown" in lines else None,
        vlan=int(name.removeprefix("Vlan")) if name.startswith("Vlan") else None,
        address=address,
        vrf=after(lines, "vrf forwarding ") or after(lines, "ip vrf forwarding "),
        untagged=untagged,
        tagged=tagged,
        inbound=filtered(place, lines, "ip access-group", "in", lists),
        outbound=filtered(place, lines, "ip access-group", "out", lists),
        bars=tuple(text for text in lines if text in BARS or text in edge),
        bars_core=tuple(text for text in lines if text == "spanning-tree guard root"),
        ospf=None if process is None else ospf(name, lines, address, process, own),
    )


def _address(lines: list[str]) -> IPv4Interface | None:
    for text in lines:
        words = text.split()
        if text.startswith("ip address ") and len(words) == 4 and words[2][0].isdigit():
            return IPv4Interface(f"{words[2]}/{words[3]}")
    return None


def _routes(top: list[str]) -> tuple[Route, ...]:
    if "ip routing" not in top:
        gateway = after(top, "ip default-gateway ")
        return (Route(IPv4Network("0.0.0.0/0"), IPv4Address(gateway)),) if gateway else ()
    found = [text.split()[2:] for text in top if re.match(r"ip route \d", text)]
    return tuple(route(IPv4Network(f"{words[0]}/{words[1]}"), words[2:]) for words in found)
