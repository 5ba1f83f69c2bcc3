"""What IOS refuses, or puts right, in lines about addresses, VRFs, AAA, BGP and policies."""

import re
from dataclasses import replace
from ipaddress import IPv4Network

from lab.personalities.ios.configuration.parse import INVALID, Match, Refused
from lab.personalities.ios.configuration.section import Section

STEP = 5  # between the numbers of a prefix list's rows
TRAPS = (
    "bgp", "bridge", "config", "cpu", "entity", "envmon", "errdisable", "hsrp", "ospf", "port-security", "snmp",
    "stpx", "syslog", "tty", "vlan-membership", "vlancreate", "vlandelete", "vtp",
)  # fmt: skip
_ROW = re.compile(r"(ip prefix-list \S+)(?: seq (\d+))? ((permit|deny) (\S+)(?: ge (\d+))?(?: le (\d+))?)")
_VRF = re.compile(r"ip route vrf (\S+)|(?:ip )?vrf forwarding (\S+)|address-family ipv4 vrf (\S+)")


def canonical(typed: Match) -> Match:
    """A line as IOS keeps it: what a class map or a route map does not say is said, a prefix has no host bits."""
    text = typed.text
    if re.fullmatch(r"class-map (?!match-)\S+", text):
        return replace(typed, text=text.replace("class-map ", "class-map match-all "))
    if re.fullmatch(r"route-map \S+ \d+", text):
        return replace(typed, text="route-map {} permit {}".format(*typed.values))
    if text.startswith("address-family ") and text.endswith(" unicast"):
        text = text.removesuffix(" unicast")
        return replace(typed, text=text, key=text)
    row = _ROW.fullmatch(text)
    if row is None:
        return typed
    network = IPv4Network(row[5], strict=False)
    low, high = int(row[6] or row[7] or 32), int(row[7] or 32)
    if not (network.prefixlen <= low <= high and row[6] != str(network.prefixlen)):
        raise Refused(f"% Invalid prefix range for {network}, make sure: len < ge-value <= le-value")
    text = text.replace(row[5], str(network))
    return replace(typed, text=text, key=f"{row[1]} seq {row[2]}" if row[2] else row[1])


def check(root: Section, section: Section, typed: Match, column: int) -> None:
    """Refuse a line that wants something that is not there.

    Args:
        root: the whole configuration.
        section: where the line goes.
        typed: the line.
        column: where it began on the command line, for the caret.

    Raises:
        Refused: with IOS's words.
    """
    text = typed.text
    words = text.split()
    aaa = words[0] in ("aaa", "authorization") or text.startswith("login authentication")
    if aaa and text != "aaa new-model" and not root.has("aaa new-model"):
        raise Refused(INVALID, column + len(words[0]) + 1)
    if text.startswith("login local") and root.has("aaa new-model"):
        raise Refused(INVALID, column + len("login "))
    vrf = _VRF.match(text)
    if vrf is not None and (name := vrf[1] or vrf[2] or vrf[3]) not in vrfs(root):
        raise Refused(f"% IP routing table {name} does not exist" if vrf[1] else f"% VRF {name} not configured.")
    if words[0] == "router" and words[1] == "bgp":
        running = next((other.text.split()[2] for other in root.sections("router bgp ")), words[2])
        if running != words[2]:
            raise Refused(f"BGP is already running; AS is {running}")
    if words[0] == "neighbor":
        _check_neighbor(root, section, words)
    if words[0] == "class" and words[1] != "class-default" and not root.has(f"class-map {words[1]}"):
        raise Refused(f"class map {words[1]} not configured")
    if words[0] == "service-policy" and not root.has(f"policy-map {words[-1]}"):
        raise Refused(f"% policy map {words[-1]} not configured")


def _check_neighbor(root: Section, section: Section, words: list[str]) -> None:
    peer, setting = words[1:3]
    bgp = section if section.context == "bgp" else next(root.sections("router bgp "), section)
    group = bgp.has(f"neighbor {peer} peer-group")
    if setting == "peer-group" and len(words) == 3:
        return
    if setting == "peer-group" and not bgp.has(f"neighbor {words[3]} peer-group"):
        raise Refused(f"% Configure the peer-group {words[3]} first")
    if setting in ("remote-as", "peer-group") and (group or re.match(r"[\dA-F]*[.:]", peer)):
        return
    if not group and not bgp.has(f"neighbor {peer} remote-as") and not section.has(f"neighbor {peer} peer-group"):
        raise Refused("% Specify remote-as or peer-group commands first")


def trap_host(typed: Match, column: int) -> str:
    """An ``snmp-server host`` line as IOS shows it: what is so anyway is left out, kinds of traps stand apart.

    Args:
        typed: the line.
        column: where it began on the command line, for the caret.

    Raises:
        Refused: there are no traps of this kind.
    """
    text = typed.text.replace(" traps ", " ").replace(" version 1 ", " ")
    row = re.fullmatch(r"(\S+ host \S+(?: vrf \S+)?(?: informs)?(?: version (?:2c|3 \S+))? \S+)(.*)", text)
    assert row is not None
    kinds = re.sub(r"^ udp-port \d+", "", row[2]).split()
    wrong = next((kind for kind in kinds if kind not in TRAPS), None)
    if wrong is not None:
        raise Refused(INVALID, column + typed.text.rindex(wrong))
    return f"{row[1]} {row[2]}" if row[2] else row[1]


def vrfs(root: Section) -> set[str]:
    """The VRFs that are defined."""
    return {section.text.split()[-1] for start in ("vrf definition ", "ip vrf ") for section in root.sections(start)}


def vrf_of(section: Section) -> str:
    """The VRF that an interface is in; empty where that is the global one."""
    text = section.get("vrf forwarding") or section.get("ip vrf forwarding")
    return text.split()[-1] if text else ""


def enter_vrf(section: Section, text: str) -> str:
    """Move an interface into another VRF: it loses its addresses, which IOS remarks on."""
    name = text.rsplit(maxsplit=1)[-1]
    if vrf_of(section) == name or not forget_addresses(section):
        return ""
    interface = section.text.removeprefix("interface ")
    return f"% Interface {interface} IPv4 disabled and address(es) removed due to enabling VRF {name}"


def forget_addresses(section: Section) -> bool:
    """Take an interface's addresses away; answers with whether it had any."""
    keys = [key for key in section.entries if key.startswith(("ip address", "ipv6 address"))]
    for key in keys:
        del section.entries[key]
    return bool(keys)


def prefix_row(root: Section, typed: Match) -> dict[str, str]:
    """A row of a prefix list with its number: its own, or the next one. Shape: key to text.

    Raises:
        Refused: another row has this number.
    """
    row = _ROW.fullmatch(typed.text)
    assert row is not None
    rows = dict(_rows(root, row[1]))
    if row[2] is None:
        if any(text.endswith(f" {row[3]}") for text in rows.values()):
            return {}
        last = max((int(key.split()[4]) for key in rows), default=0)
        key = f"{row[1]} seq {last - last % STEP + STEP}"
    else:
        key = f"{row[1]} seq {row[2]}"
        if rows.get(key, f"{key} {row[3]}") != f"{key} {row[3]}":
            raise Refused(f"%Insertion failed - prefix-list entry exists:\n{rows[key].removeprefix(row[1]).strip()}")
    return {key: f"{key} {row[3]}"}


def prefix_keys(root: Section, typed: Match) -> list[str]:
    """The keys of the rows that ``no`` with this text takes away."""
    row = _ROW.fullmatch(typed.text)
    if row is None:
        return []
    alike = [key for key, text in _rows(root, row[1]) if text.endswith(f" {row[3]}")]
    return [key for key in alike if row[2] in (None, key.split()[4])]


def _rows(root: Section, start: str) -> list[tuple[str, str]]:
    return [(key, entry.text) for key, entry in root.entries.items() if key.startswith(f"{start} seq ")]


def check_removal(root: Section, section: Section, typed: Match, keys: list[str]) -> None:
    """Refuse to take away what something else stands on.

    Args:
        root: the whole configuration.
        section: where the line with ``no`` goes.
        typed: what follows ``no``.
        keys: what it would take away.

    Raises:
        Refused: with IOS's words.
    """
    if (
        typed.rule is not None
        and typed.rule.spec.startswith("ip address <ip>")
        and section.get(typed.key) != typed.text
    ):
        raise Refused("Invalid address")
    if keys == ["ip address"] and typed.values and any(key.endswith(" secondary") for key in section.entries):
        raise Refused("Must delete secondary before deleting primary")
    if typed.text.startswith("class-map "):
        used = {key for policy in root.sections("policy-map ") for key in policy.entries}
        if f"class {typed.text.split()[-1]}" in used:
            raise Refused(f"% Class-map {typed.text.split()[-1]} is being used")


def forget_logins(root: Section) -> None:
    """How people log in on the lines is asked anew: AAA has begun, or ended."""
    for line in root.sections("line "):
        line.entries.pop("login", None)
        line.entries.pop("authorization exec", None)


def removed(root: Section, key: str) -> str:
    """What goes with something that was taken away, and IOS's remark on it."""
    if key == "aaa new-model":
        for other in [other for other in root.entries if other.startswith("aaa ")]:
            del root.entries[other]
        forget_logins(root)
    if not key.startswith(("vrf definition ", "ip vrf ")):
        return ""
    name = key.rsplit(maxsplit=1)[-1]
    for other in [other for other in root.entries if other.startswith(f"ip route vrf {name} ")]:
        del root.entries[other]
    inside = [section for section in root.sections("interface ") if vrf_of(section) == name]
    for section in inside:
        forget_addresses(section)
        section.entries.pop("vrf forwarding", None)
        section.entries.pop("ip vrf forwarding", None)
    return f"% IPv4 and IPv6 addresses from all interfaces in VRF {name} have been removed" if inside else ""
