"""Addresses, masks and wildcards as IOS reads them: what it puts right by itself, and what it refuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from lab.personalities.ios.configuration.parse import Refused
from lab.personalities.ios.configuration.section import Section
from lab.personalities.ios.configuration.services import vrf_of

FULL = 0xFFFFFFFF
OSPF_DISTANCE = 110
DISCONTIGUOUS = "OSPF: Invalid address/mask combination (discontiguous mask)"


def length_of(mask: str) -> int | None:
    """The prefix length that a mask says; None where its ones are not all in front."""
    bits = int(IPv4Address(mask))
    rest = ~bits & FULL
    return None if rest & (rest + 1) else 32 - rest.bit_length()


def _is_host(address: str) -> bool:
    """Whether a host may have this address: nothing of network 0, no loopback, no multicast, no broadcast."""
    first = IPv4Address(address).packed[0]
    return 0 < first < 224 and first != 127


def check_host(address: str) -> None:
    """Refuse what no host can have.

    Raises:
        Refused: with IOS's words.
    """
    if not _is_host(address):
        raise Refused(f"Not a valid host address - {address}")


def check_interface(root: Section, section: Section, values: Sequence[str]) -> None:
    """Refuse an interface's address that IOS does not take.

    Args:
        root: the whole configuration.
        section: the interface.
        values: address and mask, as they were typed.

    Raises:
        Refused: with IOS's words.
    """
    address, mask = values[:2]
    check_host(address)
    length = length_of(mask)
    if length is None:
        raise Refused(f"Bad mask 0x{int(IPv4Address(mask)):X} for address {address}")
    interface = IPv4Interface(f"{address}/{length}")
    network = interface.network
    ends = (network.network_address, network.broadcast_address)
    if not length or (length < 31 and interface.ip in ends) or (length == 32 and section.context != "loopback"):
        raise Refused(f"Bad mask /{length} for address {address}")
    for other in root.sections("interface "):
        if other is section or vrf_of(other) != vrf_of(section):
            continue
        if any(taken.network.overlaps(network) for taken in interface_addresses(other)):
            raise Refused(f"% {network.network_address} overlaps with {other.text.removeprefix('interface ')}")
    if any(taken.ip == interface.ip for taken in secondary_addresses(section)) and len(values) == 2:
        raise Refused("% Primary address can't be same as secondary")


def interface_address(section: Section) -> IPv4Interface | None:
    """The primary address configured on an interface."""
    text = section.get("ip address")
    if text is None or not text.startswith("ip address "):
        return None
    return IPv4Interface("/".join(text.split()[2:4]))


def secondary_addresses(section: Section) -> list[IPv4Interface]:
    """The addresses that an interface has beside its primary one."""
    lines = (line.split() for line in section.lines("ip address ") if line.endswith(" secondary"))
    return [IPv4Interface("/".join(words[2:4])) for words in lines]


def interface_addresses(section: Section) -> list[IPv4Interface]:
    """All addresses of an interface, the primary one first."""
    primary = interface_address(section)
    return [*([primary] if primary else []), *secondary_addresses(section)]


def check_route(root: Section, values: Sequence[str], vrf: str = "") -> None:
    """Refuse a static route that IOS does not take.

    Args:
        root: the whole configuration.
        values: network, mask and next hop, as they were typed.
        vrf: the VRF whose route it is; empty: the global one.

    Raises:
        Refused: with IOS's words.
    """
    network, mask = values[:2]
    length = length_of(mask)
    if length is None or int(IPv4Address(network)) & ~int(IPv4Address(mask)) & FULL:
        raise Refused("%Inconsistent address and mask")
    if IPv4Address(network).packed[0] >= 224:
        raise Refused("%Invalid destination prefix")
    hop = values[2]
    if not hop[0].isdigit():
        return
    if not _is_host(hop):
        raise Refused("%Invalid next hop address")
    inside = (section for section in root.sections("interface ") if vrf_of(section) == vrf)
    if any(str(address.ip) == hop for section in inside for address in interface_addresses(section)):
        raise Refused("%Invalid next hop address (it's this router)")


@dataclass(frozen=True)
class StaticRoute:
    """A static route. ``via`` is None where it leads out of an interface alone; ``interface`` where it names none."""

    network: IPv4Network
    via: IPv4Address | None
    interface: str | None
    distance: int

    @property
    def discards(self) -> bool:
        """Whether it drops what it matches."""
        return self.interface == "Null0"


def static_routes(root: Section) -> list[StaticRoute]:
    """The static routes, the nearer of two to one network first."""
    found = []
    for line in root.lines("ip route "):
        words = line.split()
        if words[2] == "vrf":
            continue  # of another table than the one that this switch forwards by
        target = words[4:6]
        interface = target[0] if not target[0][0].isdigit() else None
        via = next((word for word in target if word.count(".") == 3 and word[0].isdigit()), None)
        rest = words[4 + (interface is not None) + (via is not None) :]
        distance = int(rest[0]) if rest and rest[0].isdigit() else 1
        network = IPv4Network(f"{words[2]}/{words[3]}")
        found.append(StaticRoute(network, IPv4Address(via) if via else None, interface, distance))
    return sorted(found, key=lambda route: route.distance)


def ospf_network(values: Sequence[str]) -> tuple[str, str]:
    """The network and the wildcard of ``network … area …`` as IOS keeps them: a mask is turned round, host bits go.

    Raises:
        Refused: with IOS's words.
    """
    address, wildcard = (int(IPv4Address(value)) for value in values[:2])
    if wildcard & (wildcard + 1):  # no wildcard; a mask, perhaps
        length = length_of(values[1])
        if length is None:
            raise Refused(DISCONTIGUOUS)
        wildcard = FULL >> length
    return str(IPv4Address(address & ~wildcard & FULL)), str(IPv4Address(wildcard))


def ospf_networks(section: Section) -> list[IPv4Network]:
    """The networks whose interfaces take part in an OSPF process."""
    rows = (line.split() for line in section.lines("network "))
    return [IPv4Network((words[1], 32 - int(IPv4Address(words[2])).bit_length())) for words in rows]


def matched(address: str, wildcard: str) -> str:
    """An access list's address as IOS shows it: ``any``, ``host 10.1.2.3``, or what the wildcard leaves of it."""
    free = int(IPv4Address(wildcard))
    if free == FULL:
        return "any"
    if not free:
        return f"host {address}"
    return f"{IPv4Address(int(IPv4Address(address)) & ~free & FULL)} {wildcard}"
