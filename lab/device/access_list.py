"""Access lists, whatever the command line they were typed in: rows in order, and what they make of a packet."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from typing import NamedTuple

Range = tuple[int, int]
FULL = 0xFFFFFFFF
IGNORED = ("log", "log-input", "syn")  # who opens a connection sends SYN, and so does who answers
PROTOCOLS = {
    "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51, "ahp": 51, "ospf": 89, "pim": 103,
    "vrrp": 112, "sctp": 132, "rsvp": 46,
}  # fmt: skip
# The ports that the three platforms have names for; the names are the same where two of them know the same port.
PORTS = {
    "echo": 7, "discard": 9, "daytime": 13, "chargen": 19, "ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23,
    "smtp": 25, "time": 37, "nameserver": 42, "whois": 43, "tacacs": 49, "domain": 53, "dns": 53, "bootps": 67,
    "bootpc": 68, "tftp": 69, "gopher": 70, "finger": 79, "www": 80, "http": 80, "hostname": 101, "pop2": 109,
    "pop3": 110, "sunrpc": 111, "ident": 113, "nntp": 119, "ntp": 123, "netbios-ns": 137, "netbios-dgm": 138,
    "netbios-ss": 139, "snmp": 161, "snmptrap": 162, "snmp-trap": 162, "xdmcp": 177, "bgp": 179, "irc": 194,
    "ldap": 389, "https": 443, "ssl": 443, "pim-auto-rp": 496, "isakmp": 500, "lpd": 515, "rip": 520, "uucp": 540,
    "klogin": 543, "kshell": 544, "msrpc": 135, "dnsix": 195, "mobile-ip": 434, "ripv6": 521, "drip": 3949,
    "onep-plain": 15001, "onep-tls": 15002, "radius": 1812, "radius-old": 1645, "non500-isakmp": 4500,
}  # fmt: skip
# Where a name is another service over UDP than over TCP.
TCP = {"exec": 512, "login": 513, "cmd": 514, "syslog": 514, "talk": 517}
UDP = {"biff": 512, "who": 513, "syslog": 514, "talk": 517}


class UnknownPort(ValueError):
    """A port is called by a name that is none; the text is the name."""


class Packet(NamedTuple):
    """What an access list looks at. ``answers``: it has ACK or RST set, as all but the first of a connection have."""

    source: IPv4Address
    destination: IPv4Address
    protocol: int
    source_port: int = 0
    destination_port: int = 0
    answers: bool = False
    icmp: str = ""

    def reply(self) -> "Packet":
        """What comes back."""
        icmp = "echo-reply" if self.icmp == "echo" else self.icmp
        return Packet(self.destination, self.source, self.protocol, self.destination_port, self.source_port, True, icmp)


class Place(NamedTuple):
    """Addresses: the bits that count (``care``) must be those of ``base``."""

    base: int
    care: int

    def holds(self, address: int) -> bool:
        """Whether an address is one of them."""
        return address & self.care == self.base


ANYWHERE = Place(0, 0)


@dataclass(frozen=True)
class Row:
    """One row; ``text`` as the switch shows it, without its number. Ports None: any."""

    text: str
    permit: bool
    protocol: int | None = None
    source: Place = ANYWHERE
    destination: Place = ANYWHERE
    source_ports: tuple[Range, ...] | None = None
    destination_ports: tuple[Range, ...] | None = None
    answers: bool = False
    icmp: str = ""
    rare: bool = False  # it is about fragments, resets and the like, which nobody sends here

    def fits(self, packet: Packet, source: int, destination: int) -> bool:
        """Whether a packet is meant; its addresses are given as numbers, too."""
        return (
            destination & self.destination.care == self.destination.base
            and source & self.source.care == self.source.base
            and (self.protocol is None or self.protocol == packet.protocol)
            and _within(self.source_ports, packet.source_port)
            and _within(self.destination_ports, packet.destination_port)
            and (not self.answers or packet.answers)
            and (not self.icmp or self.icmp == packet.icmp)
            and not self.rare
        )


def _within(ports: tuple[Range, ...] | None, port: int) -> bool:
    return ports is None or any(first <= port <= last for first, last in ports)


@dataclass(frozen=True)
class AccessList:
    """A list: the first row that fits decides; what none fits is denied. A list without a row lets everything pass.

    That is so on all three platforms: where nothing is listed there is nothing whose end denies.
    """

    name: str
    rows: tuple[Row, ...] = field(default=())

    def stops(self, packet: Packet) -> str | None:
        """The row that denies a packet, as text; None: it may pass."""
        if not self.rows:
            return None
        source, destination = int(packet.source), int(packet.destination)
        for row in self.rows:
            if row.fits(packet, source, destination):
                return None if row.permit else row.text
        return "the end of the list (nothing permits it)"

    def places(self) -> Iterable[Place]:
        """Every set of addresses that a row tells from others."""
        for row in self.rows:
            yield row.source
            yield row.destination


@lru_cache(4096)
def read_row(text: str, standard: bool = False) -> Row | None:
    """Read a row as a switch shows it: IOS's wildcards, EOS's prefixes, ProCurve's pairs. None: a remark.

    Args:
        text: the row without its number, from ``permit`` or ``deny`` on.
        standard: of a list that knows a source and nothing else.

    Raises:
        UnknownPort: a port is called what no port is called.
        ValueError: it is no row.
    """
    words = text.split()
    action = words.pop(0)
    if action == "remark":
        return None
    if action not in ("permit", "deny"):
        raise ValueError(f"found {text!r}, expected a row that permits or denies")
    row = Row(" ".join(text.split()), action == "permit")
    if standard:
        return replace(row, source=_take_place(words, alone=True))
    protocol = words.pop(0)
    number = None if protocol == "ip" else int(protocol) if protocol.isdigit() else PROTOCOLS[protocol]
    source = _take_place(words)
    source_ports = _take_ports(words, protocol)
    destination = _take_place(words)
    destination_ports = _take_ports(words, protocol)
    icmp = words[0] if protocol == "icmp" and words and words[0] not in IGNORED else ""
    flags = [word for word in words[bool(icmp) :] if word not in IGNORED]
    answers = "established" in flags or "ack" in flags
    rare = any(flag not in ("established", "ack") for flag in flags)
    return Row(row.text, row.permit, number, source, destination, source_ports, destination_ports, answers, icmp, rare)


def _take_place(words: list[str], alone: bool = False) -> Place:
    first = words.pop(0)
    if first == "any":
        return ANYWHERE
    if first == "host":
        return Place(int(IPv4Address(words.pop(0))), FULL)
    if "/" in first:
        network = IPv4Network(first, strict=False)
        return Place(int(network.network_address), int(network.netmask))
    if alone and not (words and words[0].count(".") == 3):
        return Place(int(IPv4Address(first)), FULL)  # a standard list's single host
    care = ~int(IPv4Address(words.pop(0))) & FULL
    return Place(int(IPv4Address(first)) & care, care)


def _take_ports(words: list[str], protocol: str) -> tuple[Range, ...] | None:
    if not words or words[0] not in ("eq", "neq", "lt", "gt", "range"):
        return None
    kind = words.pop(0)
    numbers: list[int] = []
    while words and (number := port_number(words[0], protocol)) is not None:
        numbers.append(number)
        words.pop(0)
    if len(numbers) < (2 if kind == "range" else 1):
        raise UnknownPort(words[0] if words else kind)
    first = numbers[0]
    match kind:
        case "lt":
            return ((0, first - 1),)
        case "gt":
            return ((first + 1, 65535),)
        case "range":
            return ((first, numbers[1]),)
        case "neq":
            ends = [-1, *sorted(numbers), 65536]
            return tuple((low + 1, high - 1) for low, high in pairwise(ends) if low + 1 < high)
    return tuple((number, number) for number in numbers)


def port_number(word: str, protocol: str) -> int | None:
    """A port by its number or name; None: there is none of this name."""
    if word.isdigit() and word.isascii():
        return int(word) if int(word) < 65536 else None
    return (UDP if protocol == "udp" else TCP).get(word, PORTS.get(word))
