"""Rows of access lists, in the syntax that IOS, EOS and ProCurve share. Pure."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from netutils.protocol_mapper import TCP_NAME_TO_NUM

from nornir_tasks.platforms.common.management_access import AclRow, Match

NUMBERED = re.compile(r"^(?:\d+ )?(?P<action>permit|deny) (?P<rest>.+)$")
# What stands in a list and is no row.
NO_ROW = re.compile(r"(\d+ )?remark\b|statistics |counters |fragment-rules$|evaluate |exit$")
PROTOCOL = re.compile(r"^(ip|ipv4|tcp|6|ospf|icmp|udp|igmp|pim|esp|ahp|gre|vrrp|eigrp|ipinip|rsvp|\d+)$")
TCP = ("ip", "ipv4", "tcp", "6", "0")
OSPF = ("ip", "ipv4", "ospf", "89", "0")
OPERATORS = ("eq", "neq", "gt", "lt", "range")
# Options that do not change what a row matches: writing to the log.
HARMLESS = frozenset({"log", "log-input"})
# Options that match only packets of a connection that is open already.
ANSWERS = frozenset({"established", "tracked"})
LAST = 65535
# Names of ports that differ from those of IANA, which netutils knows.
NAMES = {"www": 80, "gnmi": 6030, "mlag": 4432, "ntp": 123, "syslog": 514, "tacacs-plus": 49}


def parse_rows(lines: Iterable[str]) -> tuple[AclRow, ...]:
    """The rows of a list, in the order of their numbers, without its remarks. A row that cannot be read may deny."""
    acl_rows: dict[int, AclRow] = {}
    for line in (line.strip() for line in lines):
        match = NUMBERED.match(line)
        if match is None and NO_ROW.match(line):
            continue
        first = line.split()[0]
        number = int(first) if first.isdigit() else max(acl_rows, default=0) + 10
        if match is None:
            acl_rows[number] = AclRow(line, permits=False, readable=False, ospf=True)
        else:
            acl_rows[number] = _parse_row(line, match["action"] == "permit", match["rest"].split())
    return tuple(acl_rows[number] for number in sorted(acl_rows))


def _parse_row(text: str, permits: bool, words: list[str]) -> AclRow:
    if not PROTOCOL.match(words[0]):
        return _parse_standard_row(text, permits, words)
    if words[0] not in (*TCP, *OSPF):
        return AclRow(text, permits, tcp=False)
    rest = words[1:]
    source, destination, readable = Match(), Match(), True
    source_ports = destination_ports = None
    try:
        source = _take_addresses(rest)
        source_ports = _take_ports(rest)
        destination = _take_addresses(rest)
        destination_ports = _take_ports(rest)
    except (ValueError, IndexError):
        readable, rest = False, []
    options = set(rest) - HARMLESS
    return AclRow(
        text,
        permits,
        tcp=words[0] in TCP,
        ospf=words[0] in OSPF,
        source=source,
        destination=destination,
        source_ports=source_ports,
        destination_ports=destination_ports,
        established=bool(options & ANSWERS),
        readable=readable and not options - ANSWERS,
    )


def _parse_standard_row(text: str, permits: bool, words: list[str]) -> AclRow:
    """``permit 10.10.1.0 0.0.0.255``: a row of a list that knows only sources."""
    rest = [word.rstrip(",") for word in words if word not in ("wildcard", "bits")]
    try:
        source = _take_addresses(rest)
    except (ValueError, IndexError):
        return AclRow(text, permits, readable=False, ospf=True)
    return AclRow(text, permits, source=source, readable=not set(rest) - HARMLESS, ospf=True)


def _take_addresses(words: list[str]) -> Match:
    """Take addresses off the front: ``any``, ``host A``, ``A/24``, ``A 0.0.0.255``, ``A`` alone."""
    first = words.pop(0)
    if first == "any":
        return Match()
    if first == "host":
        return Match(int(IPv4Address(words.pop(0))), 0xFFFFFFFF)
    if "/" in first:
        network = IPv4Network(first, strict=False)
        return Match(int(network.network_address), int(network.netmask))
    value = int(IPv4Address(first))
    if words and re.fullmatch(r"[\d.]+\.[\d.]+", words[0]):
        return Match(value, ~int(IPv4Address(words.pop(0))) & 0xFFFFFFFF)
    return Match(value, 0xFFFFFFFF)


def _take_ports(words: list[str]) -> tuple[range, ...] | None:
    """Take ports off the front: ``eq ssh https``, ``range 20 25``; None: the row names no ports."""
    if not words or words[0] not in OPERATORS:
        return None
    operator = words.pop(0)
    if operator == "eq":
        numbers = [_parse_port_number(words.pop(0))]
        while words and _find_port_number(words[0]) is not None:
            numbers.append(_parse_port_number(words.pop(0)))
        return tuple(range(number, number + 1) for number in numbers)
    low = _parse_port_number(words.pop(0))
    high = _parse_port_number(words.pop(0)) if operator == "range" else low
    return {
        "neq": (range(low), range(low + 1, LAST + 1)),
        "gt": (range(low + 1, LAST + 1),),
        "lt": (range(low),),
        "range": (range(low, high + 1),),
    }[operator]


def _find_port_number(word: str) -> int | None:
    return int(word) if word.isdigit() else NAMES.get(word) or TCP_NAME_TO_NUM.get(word.upper())


def _parse_port_number(word: str) -> int:
    number = _find_port_number(word)
    if number is None:
        raise ValueError(f"port {word!r}")
    return number
