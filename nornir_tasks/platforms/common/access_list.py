"""Rows of access lists, in the syntax that IOS, EOS and ProCurve share. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise

from netutils.protocol_mapper import TCP_NAME_TO_NUM, UDP_NAME_TO_NUM

from nornir_tasks.platforms.common.packet_filter import ICMP, TCP, UDP, AclRow, Match

NUMBERED = re.compile(r"^(?:\d+ )?(?P<action>permit|deny) (?P<rest>.+)$")
# What stands in a list and is no row.
NO_ROW = re.compile(r"(\d+ )?remark\b|statistics |counters |fragment-rules$|evaluate |exit$")
PROTOCOLS = {
    "ip": None, "ipv4": None, "0": None, "icmp": ICMP, "igmp": 2, "ipinip": 4, "tcp": TCP, "udp": UDP, "rsvp": 46,
    "gre": 47, "esp": 50, "ahp": 51, "eigrp": 88, "ospf": 89, "pim": 103, "vrrp": 112,
}  # fmt: skip
OPERATORS = ("eq", "neq", "gt", "lt", "range")
# Options that do not change what a row matches: writing to the log.
HARMLESS = frozenset({"log", "log-input"})
# Options that match only packets of a connection that is open already.
ANSWERS = frozenset({"established", "tracked"})
LAST = 65535
# Names of ports that differ from those of IANA, which netutils knows.
NAMES = {
    "www": 80, "gnmi": 6030, "mlag": 4432, "ntp": 123, "syslog": 514, "tacacs-plus": 49, "rip": 520, "bfd": 3784,
    "whois": 43, "ident": 113, "netbios-ss": 139, "pim-auto-rp": 496, "cmd": 514, "lpd": 515, "non500-isakmp": 4500,
}  # fmt: skip
IANA = {TCP: TCP_NAME_TO_NUM, UDP: UDP_NAME_TO_NUM}
ICMP_TYPES = {
    "echo-reply": 0, "unreachable": 3, "net-unreachable": 3, "host-unreachable": 3, "protocol-unreachable": 3,
    "port-unreachable": 3, "packet-too-big": 3, "fragments-needed": 3, "administratively-prohibited": 3,
    "source-quench": 4, "redirect": 5, "echo": 8, "router-advertisement": 9, "router-solicitation": 10,
    "time-exceeded": 11, "ttl-exceeded": 11, "reassembly-timeout": 11, "parameter-problem": 12,
    "timestamp-request": 13, "timestamp-reply": 14, "information-request": 15, "information-reply": 16,
    "mask-request": 17, "mask-reply": 18, "traceroute": 30,
}  # fmt: skip
PING_TYPES = (0, 8)  # their only code is 0


def parse_rows(lines: Iterable[str]) -> tuple[AclRow, ...]:
    """The rows of a list, in the order of their numbers, each with its remark. A row that cannot be read may deny."""
    acl_rows: dict[int, AclRow] = {}
    remark = ""
    for line in (line.strip() for line in lines):
        match = NUMBERED.match(line)
        if match is None and NO_ROW.match(line):
            _, is_remark, text = line.partition("remark ")
            remark = text if is_remark else remark
            continue
        first = line.split()[0]
        number = int(first) if first.isdigit() else max(acl_rows, default=0) + 10
        if match is None:
            acl_rows[number] = AclRow(line, permits=False, readable=False)
        else:
            row = _parse_row(line, match["action"] == "permit", match["rest"].split())
            acl_rows[number] = replace(row, remark=remark) if remark else row
    return tuple(acl_rows[number] for number in sorted(acl_rows))


def _parse_row(text: str, permits: bool, words: list[str]) -> AclRow:
    if words[0] not in PROTOCOLS and not words[0].isdigit():
        return _parse_standard_row(text, permits, words)
    protocol = PROTOCOLS[words[0]] if words[0] in PROTOCOLS else int(words[0])
    rest = words[1:]
    try:
        source = _take_addresses(rest)
        source_ports = _take_ports(rest, protocol)
        destination = _take_addresses(rest)
        destination_ports = _take_ports(rest, protocol)
        icmp_types = _take_icmp_types(rest) if protocol == ICMP else None
    except (ValueError, IndexError):
        return AclRow(text, permits, protocol, readable=False)
    options = set(rest) - HARMLESS
    return AclRow(
        text,
        permits,
        protocol,
        source,
        destination,
        source_ports,
        destination_ports,
        icmp_types,
        established=bool(options & ANSWERS),
        readable=not options - ANSWERS,
    )


def _parse_standard_row(text: str, permits: bool, words: list[str]) -> AclRow:
    """``permit 10.10.1.0 0.0.0.255``: a row of a list that knows only sources."""
    rest = [word.rstrip(",") for word in words if word not in ("wildcard", "bits")]
    try:
        source = _take_addresses(rest)
    except (ValueError, IndexError):
        return AclRow(text, permits, readable=False)
    return AclRow(text, permits, source=source, readable=not set(rest) - HARMLESS)


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


def _take_ports(words: list[str], protocol: int | None) -> tuple[range, ...] | None:
    """Take ports off the front: ``eq ssh https``, ``range 20 25``; None: the row names no ports."""
    if protocol not in IANA or not words or words[0] not in OPERATORS:
        return None
    names = IANA[protocol]
    operator = words.pop(0)
    if operator in ("eq", "neq"):
        numbers = [_parse_port_number(words.pop(0), names)]
        while words and _find_port_number(words[0], names) is not None:
            numbers.append(_parse_port_number(words.pop(0), names))
        if operator == "eq":
            return tuple(range(number, number + 1) for number in numbers)
        return tuple(range(low + 1, high) for low, high in pairwise([-1, *sorted(numbers), LAST + 1]) if low + 1 < high)
    low = _parse_port_number(words.pop(0), names)
    if operator == "range":
        return (range(low, _parse_port_number(words.pop(0), names) + 1),)
    return (range(low + 1, LAST + 1),) if operator == "gt" else (range(low),)


def _find_port_number(word: str, names: Mapping[str, int]) -> int | None:
    return int(word) if word.isdigit() else NAMES.get(word) or names.get(word.upper())


def _parse_port_number(word: str, names: Mapping[str, int]) -> int:
    number = _find_port_number(word, names)
    if number is None:
        raise ValueError(f"port {word!r}")
    return number


def _take_icmp_types(words: list[str]) -> frozenset[int] | None:
    """Take a type off the front, by name or number, and its code; None: the row names none."""
    if not words or (words[0] not in ICMP_TYPES and not words[0].isdigit()):
        return None
    word = words.pop(0)
    number = int(word) if word.isdigit() else ICMP_TYPES[word]
    code = int(words.pop(0)) if words and words[0].isdigit() else 0
    return frozenset({number} if not code or number not in PING_TYPES else ())
