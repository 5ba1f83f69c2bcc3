"""What IOS and EOS say in the same words: VLANs of a port, OSPF on an interface, AAA's methods. Pure."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from nornir_tasks.platforms.common.management_access import ALL_VLANS, Filter, Match, Ospf, Route, Row, after
from nornir_tasks.platforms.ios.tree import vlan_set

ALLOWED = "switchport trunk allowed vlan "
BARS = (
    "spanning-tree bpduguard enable",
    "switchport port-security",
    "dot1x port-control auto",
    "dot1x port-control force-unauthorized",
    "authentication port-control auto",
    "authentication port-control force-unauthorized",
)
# What must be the same at both ends, and the standard says at none.
UNLIKE = ("ip ospf authentication", "ip ospf message-digest", "ip ospf hello", "ip ospf dead")
FALL_BACKS = ("local", "local-case", "none", "if-authenticated")


def carried(lines: Sequence[str]) -> tuple[int | None, frozenset[int]]:
    """What a port carries untagged and tagged."""
    if "no switchport" in lines:
        return None, frozenset()
    mode = after(lines, "switchport mode ") or "access"
    native = after(lines, "switchport trunk native vlan ") or "1"
    if mode == "trunk":
        allowed = _allowed(lines)
        if not native.isdigit():  # "tag": nothing is untagged
            return None, allowed
        return (int(native) if int(native) in allowed else None), allowed - {int(native)}
    voice = after(lines, "switchport phone vlan " if mode == "trunk phone" else "switchport voice vlan ") or ""
    tagged = frozenset({int(voice)} if voice.isdigit() else ())
    untagged = native if mode == "trunk phone" else after(lines, "switchport access vlan ") or "1"
    return (int(untagged) if untagged.isdigit() else None), tagged


def _allowed(lines: Sequence[str]) -> frozenset[int]:
    """The allowed list; a long one goes on in lines with ``add``."""
    said = [line.removeprefix(ALLOWED) for line in lines if line.startswith(ALLOWED)]
    found = frozenset() if said else ALL_VLANS
    for words in said:
        if words == "all":
            found = ALL_VLANS
        elif words.startswith("except "):
            found = ALL_VLANS - vlan_set(words.removeprefix("except "))
        elif words != "none":
            found |= vlan_set(words.removeprefix("add "))
    return found


def filtered(
    place: str, lines: Sequence[str], command: str, direction: str, lists: Mapping[str, tuple[Row, ...]], **more: bool
) -> Filter | None:
    """The list that ``command NAME direction`` puts in force."""
    for line in lines:
        words = line.removeprefix(f"{command} ").split()
        if line.startswith(f"{command} ") and len(words) > 1 and words[1] == direction:
            return Filter(f"{place}: {line}", lists.get(words[0], ()), **more)
    return None


def ospf(
    name: str, lines: Sequence[str], address: IPv4Interface | None, process: Sequence[str], area: str | None
) -> Ospf | None:
    """How an interface takes part.

    Args:
        process: what stands below ``router ospf``.
        area: what the interface itself says; else a ``network`` line may cover its address.
    """
    if address is None or "shutdown" in process:
        return None
    place = area if area is not None else _covered(address.ip, process)
    if place is None:
        return None
    silent = "passive-interface default" in process
    if f"no passive-interface {name}" in process:
        silent = False
    elif f"passive-interface {name}" in process:
        silent = True
    secret = next((line for line in process if line.startswith("area ") and " authentication" in line), None)
    return Ospf(
        area=int(place) if place.isdigit() else int(IPv4Address(place)),
        passive=silent,
        point_to_point="ip ospf network point-to-point" in lines,
        unlike=next((line for line in lines if line.startswith(UNLIKE)), secret),
    )


def _covered(address: IPv4Address, process: Sequence[str]) -> str | None:
    """The area of the ``network`` line that covers an address: ``A W area N``, or ``A/L area N``."""
    for line in process:
        words = line.split()
        if words[0] == "network" and "area" in words:
            # Python would take the wildcard 0.0.0.0 for the mask of everything, so it is not asked.
            if "/" in words[1]:
                network = IPv4Network(words[1], strict=False)
                match = Match(int(network.network_address), int(network.netmask))
            else:
                match = Match(int(IPv4Address(words[1])), ~int(IPv4Address(words[2])))
            if match.has(address):
                return words[words.index("area") + 1]
    return None


def route(network: IPv4Network, words: Sequence[str]) -> Route:
    """A static route from what stands behind its network: ``[interface] [next hop] [distance] [name …]``."""
    hop = next((word for word in words[:2] if word.count(".") == 3 and "/" not in word), None)
    rest = list(words[1:2] if hop is None or words[0] == hop else words[2:3])
    return Route(network, IPv4Address(hop) if hop else None, int(rest[0]) if rest and rest[0].isdigit() else 1)


def depends_on_servers(top: Sequence[str], starts: Sequence[str]) -> str | None:
    """The AAA line, if one of these is there, that has nothing to fall back on once the servers are gone."""
    for line in top:
        start = next((one for one in starts if line.startswith(f"{one} ")), None)
        if start is not None and not set(line.removeprefix(start).split()) & set(FALL_BACKS):
            return line
    return None
