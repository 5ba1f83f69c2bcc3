"""What IOS and EOS write in the same form: VLANs of a port, OSPF on an interface, AAA's methods. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal

from nornir_tasks.platforms.common.management_access import Ospf, OspfOrigin, Route, find_value
from nornir_tasks.platforms.common.packet_filter import AclRow, Filter, Match
from nornir_tasks.platforms.common.vlan_lists import ALL_VLANS, TRUNK, join_allowed_vlans, parse_vlan_list

BLOCKING_LINES = ("spanning-tree bpduguard enable",)
DROPPING = re.compile(
    r"switchport port-security|(dot1x|authentication|access-session) port-control (auto|force-unauthorized)"
    r"|ip verify source( .*)?"
)
UNREAD = re.compile(r"ip policy route-map .*|ip nat .*|ip verify unicast .*|service-policy type pbr .*")
# What must be the same at both ends, and the standard says at none. Neighbours whose MTUs differ stay in ExStart.
UNSHARED_PREFIXES = (
    "ip ospf authentication", "ip ospf message-digest", "ip ospf hello", "ip ospf dead", "ip ospf ttl-security",
    "ip ospf database-filter", "ip mtu ", "mtu ",
)  # fmt: skip
OUT_OF_OSPF = ("ip ospf shutdown", "ip ospf disabled")
PERMIT_ALL = re.compile(r"(\d+ )?permit any any")
ARP_TRUST, ARP_INSPECTION = "ip arp inspection trust", "ip arp inspection vlan "
SHORT_NAMES = {"Fa": "FastEthernet", "Gi": "GigabitEthernet", "Te": "TenGigabitEthernet", "Po": "Port-channel"}
FALL_BACKS = ("local", "local-case", "none", "if-authenticated")

# What the centre's SSH client speaks (paramiko 5); a server that offers nothing of it lets nobody in.
SSH_ALGORITHMS = {
    "encryption": re.compile(r"aes(128|192|256)-(ctr|cbc)|3des-cbc|aes(128|256)-gcm(@openssh\.com)?"),
    "mac": re.compile(r"hmac-sha2-(256|512)(-etm@openssh\.com)?|hmac-(sha1|md5)(-96)?"),
    "kex": re.compile(
        r"curve25519-sha256(@libssh\.org)?|ecdh-sha2-nistp(256|384|521)"
        r"|diffie-hellman-(group16-sha512|group14-sha256|group-exchange-sha256)"
    ),
}


def read_port_vlans(lines: Sequence[str]) -> tuple[int | None, frozenset[int]]:
    """What a port carries untagged and tagged."""
    if "no switchport" in lines:
        return None, frozenset()
    mode = find_value(lines, "switchport mode ") or "access"
    native = find_value(lines, "switchport trunk native vlan ") or "1"
    if mode == "trunk":
        lists = [line for line in lines if line.startswith(TRUNK)]
        allowed = frozenset(join_allowed_vlans(lists)) if lists else ALL_VLANS
        if not native.isdigit():  # "tag": nothing is untagged
            return None, allowed
        return (int(native) if int(native) in allowed else None), allowed - {int(native)}
    voice = find_value(lines, "switchport phone vlan " if mode == "trunk phone" else "switchport voice vlan ") or ""
    tagged = frozenset({int(voice)} if voice.isdigit() else ())
    untagged = native if mode == "trunk phone" else find_value(lines, "switchport access vlan ") or "1"
    return (int(untagged) if untagged.isdigit() else None), tagged


def find_filter(
    place: str,
    lines: Sequence[str],
    command: str,
    direction: str,
    lists: Mapping[str, tuple[AclRow, ...]],
    **behaviour: bool,
) -> Filter | None:
    """The access list that a line ``command NAME direction`` puts in force; None if no line does.

    Args:
        place: where the lines stand, for the words of a finding: ``interface Vlan100``.
        lines: what stands below that interface or line.
        command: ``ip access-group`` or ``access-class``.
        direction: ``in`` or ``out``.
        lists: the configuration's lists by name; a name that is not among them is a list without rows.
        behaviour: the platform's ``missing_admits`` and ``sees_destination``, where they differ from ``Filter``'s.
    """
    for line in lines:
        words = line.removeprefix(f"{command} ").split()
        if line.startswith(f"{command} ") and len(words) > 1 and words[1] == direction:
            return Filter(f"{place}: {line}", lists.get(words[0], ()), name=words[0], **behaviour)
    return None


def read_ospf(
    name: str,
    lines: Sequence[str],
    address: IPv4Interface | None,
    process: Sequence[str],
    area: str | None,
    default_cost: int = 1,
) -> Ospf | None:
    """How an interface takes part.

    Args:
        process: what stands below ``router ospf``.
        area: what the interface itself says; else a ``network`` line may cover its address.
        default_cost: of an interface that says nothing of it: IOS divides 100 Mbit/s by its speed, EOS says 10.
    """
    if address is None or "shutdown" in process or any(line in OUT_OF_OSPF for line in lines):
        return None
    areas = [area] if area is not None else _find_covering_areas(address.ip, process)
    if not areas:
        return None
    # Of several lines that cover an address releases take one or the other: any that says otherwise counts.
    area_id = max(_read_area(text) for text in areas)
    silent = "passive-interface default" in process
    if f"no passive-interface {name}" in process:
        silent = False
    elif f"passive-interface {name}" in process:
        silent = True
    everywhere = next(
        (line for line in process if re.match(r"area \S+ authentication|ttl-security all-interfaces", line)), None
    )
    return Ospf(
        area=area_id,
        passive=silent,
        point_to_point="ip ospf network point-to-point" in lines,
        unshared_line=next((line for line in lines if line.startswith(UNSHARED_PREFIXES)), everywhere),
        cost=int(find_value(lines, "ip ospf cost ") or default_cost),
    )


def read_ospf_origins(process: Sequence[str] | None, classful: bool) -> tuple[OspfOrigin, ...]:
    """What a process tells of other sources.

    Args:
        process: what stands below ``router ospf``; None: there is none.
        classful: whether ``redistribute`` without ``subnets`` tells of whole classes alone, as on IOS.
    """
    origins = []
    for line in process or ():
        words = line.split()
        if words[0] == "redistribute" and words[1:2] in (["static"], ["connected"]):
            kind: Literal["static", "connected"] = "static" if words[1] == "static" else "connected"
            origins.append(OspfOrigin(kind, line, not classful or "subnets" in words, "route-map" in words))
        elif words[:2] == ["default-information", "originate"]:
            origins.append(OspfOrigin("default", line, "always" in words, "route-map" in words))
    return tuple(origins)


def _read_area(text: str) -> int:
    return int(text) if text.isdigit() else int(IPv4Address(text))


def _find_covering_areas(address: IPv4Address, process: Sequence[str]) -> list[str]:
    """The areas of the ``network`` lines that cover an address: ``A W area N``, or ``A/L area N``."""
    areas = []
    for line in process:
        words = line.split()
        if words[0] == "network" and "area" in words:
            # Not by IPv4Network: Python takes the wildcard 0.0.0.0 for the mask of everything.
            if "/" in words[1]:
                network = IPv4Network(words[1], strict=False)
                match = Match(int(network.network_address), int(network.netmask))
            else:
                match = Match(int(IPv4Address(words[1])), ~_read_wildcard(words[2]))
            if match.has(address):
                areas.append(words[words.index("area") + 1])
    return areas


def _read_wildcard(text: str) -> int:
    """The bits that do not count. IOS turns a mask round that stands in the place of a wildcard."""
    wildcard = int(IPv4Address(text))
    inverse = wildcard ^ 0xFFFFFFFF
    is_mask = wildcard & (wildcard + 1) and not inverse & (inverse + 1)
    return inverse if is_mask else wildcard


def read_route(network: IPv4Network, words: Sequence[str]) -> Route:
    """A static route from what stands behind its network: ``[interface] [next hop] [distance] [name …]``."""
    hop = next((word for word in words[:2] if word.count(".") == 3 and "/" not in word), None)
    distance_words = list(words[1:2] if hop is None or words[0] == hop else words[2:3])
    return Route(
        network,
        IPv4Address(hop) if hop else None,
        int(distance_words[0]) if distance_words and distance_words[0].isdigit() else 1,
        interface=None if words[0] == hop else words[0],
        discards=words[0].lower().startswith("null"),
    )


def find_unread_lines(lines: Iterable[str]) -> tuple[str, ...]:
    """What at an interface may do more to packets than its list and its routes."""
    return tuple(line for line in lines if UNREAD.fullmatch(line))


def find_dropping_lines(
    name: str, lines: Sequence[str], top: Iterable[str], mac_lists: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """What at a port may drop frames, whoever sends them.

    Args:
        name: of the port.
        lines: what stands below it.
        top: the global lines: a port that a session mirrors to carries nothing else.
        mac_lists: the lists of MAC addresses by name: ARP has to pass them.
    """
    dropping = [line for line in lines if DROPPING.fullmatch(line)]
    for line in lines:
        words = line.split()
        if line.startswith("mac access-group ") and not _admits_all(mac_lists.get(words[2], ())):
            dropping.append(f"{line}, whose first row is not 'permit any any'")
    return (
        *dropping,
        *(line for line in top if line.startswith("monitor session ") and name in _find_destinations(line)),
    )


def _admits_all(rows: Sequence[str]) -> bool:
    """Whether a list of MAC addresses surely lets everything through; a list that is not there does."""
    rows = [row for row in rows if not re.match(r"(\d+ )?remark ", row)]
    return not rows or bool(PERMIT_ALL.fullmatch(rows[0]))


def _find_destinations(line: str) -> list[str]:
    """The ports that a session mirrors to, by their whole names: IOS shows ``Gi1/0/49`` here."""
    _, _, destination = line.partition(" destination ")
    words = destination.replace(",", " ").split()
    return [re.sub(r"^(Fa|Gi|Te|Po)(?=\d)", lambda match: SHORT_NAMES[match[1]], word) for word in words]


def find_inspected_vlans(top: Iterable[str]) -> dict[int, str]:
    """The VLANs whose ARP is inspected, each with the line that says so."""
    return {
        vlan: line
        for line in top
        if line.startswith(ARP_INSPECTION)
        for vlan in parse_vlan_list(line.removeprefix(ARP_INSPECTION))
    }


def read_router_id(process: Sequence[str] | None) -> IPv4Address | None:
    """The name of an OSPF process among its like."""
    text = find_value(process or (), "router-id ")
    return IPv4Address(text) if text else None


def find_foreign_algorithm(rows: Iterable[tuple[str, Collection[str], str]]) -> str | None:
    """The first line after which a client of ours and the server have no algorithm in common.

    Args:
        rows: which algorithms (``mac``), those that the server offers, and the line.
    """
    for use, offered, line in rows:
        if not any(SSH_ALGORITHMS[use].fullmatch(name) for name in offered):
            return f"{line!r}, of which the centre's client speaks none"
    return None


def find_line_without_fallback(top: Sequence[str], prefixes: Sequence[str]) -> str | None:
    """The first line of these AAA methods that names no fallback for when the servers are gone, if any."""
    for line in top:
        method = next((prefix for prefix in prefixes if line.startswith(f"{prefix} ")), None)
        if method is not None and not set(line.removeprefix(method).split()) & set(FALL_BACKS):
            return line
    return None
