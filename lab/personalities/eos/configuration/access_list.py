"""The rows of an access list, as EOS takes and shows them."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from lab.personalities.eos.configuration.tokens import Invalid, complaint, masked, whole

PORTS = {
    "20": "ftp-data",
    "21": "ftp",
    "22": "ssh",
    "23": "telnet",
    "25": "smtp",
    "49": "tacacs",
    "53": "domain",
    "67": "bootps",
    "68": "bootpc",
    "69": "tftp",
    "80": "www",
    "110": "pop3",
    "123": "ntp",
    "161": "snmp",
    "162": "snmptrap",
    "179": "bgp",
    "389": "ldap",
    "443": "https",
    "514": "syslog",
}
PROTOCOLS = ("ip", "tcp", "udp", "icmp", "igmp", "ospf", "vrrp", "gre", "esp", "ahp", "pim", "sctp", "rsvp")
PROTOCOLS6 = ("ipv6", "tcp", "udp", "icmpv6", "ospf", "gre", "esp", "ahp", "pim", "sctp", "vrrp", "rsvp")
ICMP = ("echo", "echo-reply", "unreachable", "redirect", "ttl-exceeded", "packet-too-big", "host-unreachable")
FLAGS = ("log", "established", "fragments", "tracked", "ack", "syn", "fin", "rst", "psh", "urg")
OPERATORS = {"eq": range(1, 11), "neq": range(1, 11), "gt": (1,), "lt": (1,), "range": (2,)}


class _Row:
    """A row that is read word by word; ``place`` is how far it went."""

    def __init__(self, words: list[str], version: int = 4) -> None:
        self.words = words
        self.version = version
        self.place = 0

    def peek(self) -> str | None:
        """The next word, if there is one."""
        return self.words[self.place] if self.place < len(self.words) else None

    def take(self) -> str:
        """The next word.

        Raises:
            Invalid: there is none.
        """
        word = self.peek()
        if word is None:
            raise Invalid(f"Incomplete command (at token {len(self.words)}: None)")
        self.place += 1
        return word

    def address(self) -> str:
        """An address in its canonical form."""
        first = self.take()
        if first == "any":
            return "any"
        if self.version == 6:
            return f"host {IPv6Address(self.take())}" if first == "host" else _network6(first)
        if first == "host":
            return f"host {IPv4Address(self.take())}"
        if "/" in first:
            address, _, length = first.partition("/")
            if not 0 <= whole(length) <= 32:
                raise ValueError(first)
            network = IPv4Network(f"{IPv4Address(address)}/{length}", strict=False)
        else:
            address = str(IPv4Address(first))
            following = self.peek() or ""
            wildcard = self.take() if following.count(".") == 3 else "0.0.0.0"
            try:
                network = IPv4Network(masked(address, str(IPv4Address(int(IPv4Address(wildcard)) ^ 0xFFFFFFFF))), False)
            except ValueError:
                return f"{address} {IPv4Address(wildcard)}"  # with holes: shown as it was typed
        if not network.prefixlen:
            return "any"
        return f"host {network.network_address}" if network.prefixlen == 32 else str(network)

    def ports(self) -> str:
        """``eq ssh``, with a blank before it; nothing if no port is said."""
        kind = self.peek()
        if kind not in OPERATORS:
            return ""
        self.take()
        shown: list[str] = []
        most = max(OPERATORS[kind])
        while len(shown) < most and (not shown or kind == "range" or _is_port(self.peek())):
            word = self.take()
            if not _is_port(word):
                raise ValueError(word)
            shown.append(PORTS.get(word, word))
        return " ".join(["", kind, *shown])


def _network6(text: str) -> str:
    network = IPv6Network(text, strict=False)
    if not network.prefixlen:
        return "any"
    return f"host {network.network_address}" if network.prefixlen == 128 else str(network)


def _is_port(word: str | None) -> bool:
    if word is None:
        return False
    return word in PORTS.values() or (word.isascii() and word.isdigit() and int(word) < 65536)


def row(words: list[str], standard: bool = False, version: int = 4) -> str:
    """An access list row, without its number, as EOS shows it.

    Args:
        words: from ``permit``, ``deny`` or ``remark`` on.
        standard: of a list that knows a source and nothing else.
        version: of IP.

    Raises:
        Invalid: EOS does not take it.
    """
    text = " ".join(words)
    if words[0] == "remark":
        return text
    reading = _Row(text.split(" "), version)
    protocols = PROTOCOLS if version == 4 else PROTOCOLS6
    parts = [reading.take()]
    try:
        if standard:
            parts.append(reading.address())
        else:
            protocol = reading.take()
            if protocol not in protocols and not (protocol.isascii() and protocol.isdigit() and int(protocol) < 256):
                raise ValueError(protocol)
            ported = protocol in ("tcp", "udp", "sctp")
            parts += [protocol, reading.address() + (reading.ports() if ported else "")]
            parts.append(reading.address() + (reading.ports() if ported else ""))
            if protocol == "icmp" and reading.peek() in ICMP:
                parts.append(reading.take())
    except ValueError:
        raise complaint(max(reading.place - 1, 0), reading.words) from None
    flags = ("log",) if standard else FLAGS
    while reading.peek() is not None:
        if reading.peek() not in flags:
            raise complaint(reading.place, reading.words)
        parts.append(reading.take())
    return " ".join(parts)
