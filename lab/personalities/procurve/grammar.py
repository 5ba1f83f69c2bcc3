"""What ProCurve's configuration mode takes, as data: the tables are the grammar, in the order the switch prints.

A row is written as the switch shows it; ``{field}`` stands for what varies, see ``FIELDS``. Quotes may be left out
when typing. A row with ``on=True`` describes something that is on until ``no …`` is typed, and is shown only then.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network, IPv6Address, IPv6Interface


class Refused(Exception):
    """The switch does not take a line; the text is what it prints."""


OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
FIELDS = {
    "address": rf"(?:{OCTET}\.){{3}}{OCTET}",
    "mask": rf"(?:{OCTET}\.){{3}}{OCTET}|/?\d{{1,2}}",
    "number": r"\d+",
    "signed": r"[-+]?\d+",
    "vlan": r"\d{1,4}",
    "ports": r"(?:trk|[\d,\-])+|all",
    "secret": r"[^\"\s]+",
    "other": r"[^\"\s]+",
    "auth": r"md5|sha",
    "cipher": r"des|aes",
    "door": r"console|telnet|ssh|web",
    "level": r"login|enable",
    "way": r"local|radius|tacacs",
    "fallback": r"none|local|authorized",
    "ipv6": r"[0-9a-fA-F:.]+/\d{1,3}",
    "link": r"[0-9a-fA-F:.]+",
    "network": rf"(?:{OCTET}\.){{3}}{OCTET}",
    "gateway": rf"(?:{OCTET}\.){{3}}{OCTET}",
    "word": r"[A-Za-z0-9_.:/*-]+",
    "text": r"[^\"]*",
    "name": r"[^\"\s]+",
    "user": r"[^\"\s]+",
    "group": r"[^\"\s]+",
    "form": r"sha1|sha256",
    "digest": r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}",
}


@dataclass(frozen=True)
class Row:
    """One kind of line.

    ``key``: what makes two lines the same setting (default: all words before the first field). ``on``: a switch that
    is on (or off) when nothing is said; None: not a switch. ``default``: the value that is not shown. ``section``:
    rows of the same section are sorted together. ``instead``: words that mean ``no`` of this row (``enable``).
    ``limits``: what its number may be. ``bare``: it takes nothing away from a line that says more of the same.
    """

    show: str
    key: str = ""
    on: bool | None = None
    default: str = ""
    section: str = ""
    instead: str = ""
    limits: tuple[int, int] = (0, 4294967295)
    bare: bool = False

    @cached_property
    def identity(self) -> str:
        """The key as a template."""
        return self.key or self.show.split(" {")[0].split(' "{')[0]

    @cached_property
    def typed(self) -> re.Pattern[str]:
        """Matches the line when it is typed."""
        return re.compile(_pattern(self.show), re.IGNORECASE | re.ASCII)

    @cached_property
    def negated(self) -> re.Pattern[str]:
        """Matches what may follow ``no``: the key, and, but for a switch, whatever the positive line has after it."""
        return re.compile(_pattern(self.identity) + (r"(?: .*)?" if self.on is None else ""), re.IGNORECASE)

    def check(self, fields: dict[str, str]) -> None:
        """Refuse a number that is too great or too small, and an address that no host can have; write others in full.

        Raises:
            Refused: in the switch's own words.
        """
        low, high = self.limits
        for name, value in fields.items():
            if name in ("number", "signed", "vlan") and (len(value) > 10 or not low <= int(value) <= high):
                raise Refused(f"Invalid input: {value}")
            if name in ("address", "gateway") and not is_host(value):
                raise Refused(f"Invalid input: {value}")
            if name in ("ipv6", "link"):
                fields[name] = _write_ipv6(name, value)
        if "network" in fields:
            _check_network(fields["network"], fields["mask"])

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The fixed words at the beginning, for the error texts."""
        return tuple(self.show.split(" {")[0].split(' "{')[0].split())


def is_host(address: str) -> bool:
    """Whether a host may have this address: nothing of network 0, no loopback, no multicast, no broadcast."""
    first = int(address.partition(".")[0])
    return 0 < first < 224 and first != 127


def _write_ipv6(name: str, value: str) -> str:
    """An IPv6 address as the switch writes it."""
    try:
        return str(IPv6Interface(value) if name == "ipv6" else IPv6Address(value))
    except ValueError:
        raise Refused(f"Invalid input: {value}") from None


def _check_network(network: str, mask: str) -> None:
    """Refuse a mask that is none, and a network with bits beyond its mask."""
    try:
        read = IPv4Network(f"{network}/{mask}", strict=False)
    except ValueError:
        raise Refused(f"Invalid input: {mask}") from None
    if str(read.netmask) != mask:
        raise Refused(f"Invalid input: {mask}")
    if str(read.network_address) != network:
        raise Refused(f"Invalid input: {network}")


def _pattern(template: str) -> str:
    out = []
    for part in re.split(r'("?\{\w+\}"?)', template):
        name = part.strip('"{}')
        if part.startswith(('"{', "{")):
            quote = '"?' if part.startswith('"') else ""
            out.append(f"{quote}(?P<{name}>{FIELDS[name]}){quote}")
        else:
            out.append(re.escape(part))
    return "".join(out)


GLOBAL = (
    Row('hostname "{text}"'),
    Row("<trunks>"),
    Row("<access lists>"),
    Row("include-credentials", on=False),
    Row('password manager user-name "{user}" {form} "{digest}"', key="password manager", section="manager"),
    Row('password manager {form} "{digest}"', key="password manager", section="manager"),
    Row('password operator user-name "{user}" {form} "{digest}"', key="password operator", section="operator"),
    Row('password operator {form} "{digest}"', key="password operator", section="operator"),
    Row("console idle-timeout {number}", default="console idle-timeout 0", limits=(0, 7200)),
    Row("max-vlans {number}", default="max-vlans 512", limits=(1, 2048)),
    Row('banner motd "{text}"'),
    Row("cdp run", on=True),
    Row("logging {address}", key="logging {address}"),
    Row("logging facility {word}", default="logging facility user"),
    Row("logging severity {word}", default="logging severity debug"),
    Row("timesync {word}"),
    Row("sntp unicast", key="sntp mode"),
    Row("sntp broadcast", key="sntp mode"),
    Row("sntp {number}", key="sntp interval", default="sntp 720", limits=(30, 720)),
    Row("sntp authentication", on=False),
    Row(
        'sntp authentication key-id {number} authentication-mode md5 key-value "{secret}" trusted',
        key="sntp authentication key-id {number}",
    ),
    Row("sntp server priority {number} {address}", key="sntp server priority {number}", limits=(1, 3)),
    Row("telnet-server", on=True),
    Row("time daylight-time-rule {word}", default="time daylight-time-rule none"),
    Row("time timezone {signed}", default="time timezone 0", limits=(-720, 840)),
    Row("web-management", on=True),
    Row("web-management ssl", on=False),
    Row("ip authorized-managers {address} {mask} access {word}", key="ip authorized-managers {address}"),
    Row("ip default-gateway {address}"),
    Row("ip route {network} {mask} {gateway}", key="ip route {network} {mask} {gateway}"),
    Row('ip dns domain-name "{name}"'),
    Row(
        "ip dns server-address priority {number} {address}",
        key="ip dns server-address priority {number}",
        limits=(1, 3),
    ),
    Row("ip ssh", on=True),
    Row("ip ssh filetransfer", on=False),
    Row("<interfaces>"),
    Row('snmp-server community "{name}" {word}', key='snmp-server community "{name}"', section="community"),
    Row('snmp-server community "{name}"', key='snmp-server community "{name}"', section="community"),
    Row('snmp-server host {address} community "{name}"', key="snmp-server host {address}", section="trap hosts"),
    Row(
        'snmp-server host {address} community "{name}" trap-level {word}',
        key="snmp-server host {address}",
        section="trap hosts",
    ),
    Row("snmpv3 enable", on=False),
    Row(
        'snmpv3 user "{user}" auth {auth} "{secret}" priv {cipher} "{other}"', key='snmpv3 user "{user}"', section="v3"
    ),
    Row('snmpv3 user "{user}" auth {auth} "{secret}"', key='snmpv3 user "{user}"', section="v3"),
    Row('snmpv3 user "{user}"', key='snmpv3 user "{user}"', section="v3", bare=True),
    Row('snmpv3 group {group} user "{user}" sec-model ver3', key='snmpv3 group {group} user "{user}"'),
    Row('snmp-server contact "{text}"'),
    Row('snmp-server location "{text}"'),
    Row("snmp-server enable", on=True),
    Row('radius-server host {address} key "{secret}"', key="radius-server host {address}", section="radius hosts"),
    Row("radius-server host {address}", section="radius hosts", key="radius-server host {address}", bare=True),
    Row('radius-server key "{secret}"'),
    Row("radius-server timeout {number}", default="radius-server timeout 5", limits=(1, 15)),
    Row("radius-server retransmit {number}", default="radius-server retransmit 3", limits=(1, 5)),
    Row("radius-server dead-time {number}", default="radius-server dead-time 0", limits=(0, 1440)),
    Row('tacacs-server host {address} key "{secret}"', key="tacacs-server host {address}", section="tacacs hosts"),
    Row("tacacs-server host {address}", section="tacacs hosts", key="tacacs-server host {address}", bare=True),
    Row('tacacs-server key "{secret}"'),
    Row(
        "aaa authentication {door} {level} {way} {fallback}",
        key="aaa authentication {door} {level}",
        default="aaa authentication {door} {level} local none",
    ),
    Row(
        'aaa authentication local-user "{user}" group "{group}" password {form} "{digest}"',
        key='aaa authentication local-user "{user}"',
    ),
    Row("lldp run", on=True),
    Row("primary-vlan {vlan}", default="primary-vlan 1", limits=(1, 4094)),
    Row("<vlans>"),
    Row("management-vlan {vlan}", limits=(1, 4094)),
    Row("spanning-tree", on=False),
    Row('spanning-tree config-name "{name}"'),
    Row("spanning-tree priority {number}", default="spanning-tree priority 8", limits=(0, 15)),
    Row("spanning-tree {ports} admin-edge-port", key="spanning-tree {ports} admin-edge-port", section="stp ports"),
    Row("spanning-tree {ports} bpdu-protection", key="spanning-tree {ports} bpdu-protection", section="stp ports"),
    Row("spanning-tree {ports} root-guard", key="spanning-tree {ports} root-guard", section="stp ports"),
    Row(
        "spanning-tree {ports} priority {number}",
        key="spanning-tree {ports} priority",
        section="stp ports",
        default="spanning-tree {ports} priority 8",
        limits=(0, 15),
    ),
    Row(
        "spanning-tree {ports} path-cost {number}",
        key="spanning-tree {ports} path-cost",
        section="stp ports",
        limits=(1, 200000000),
    ),
    Row("loop-protect {ports}", key="loop-protect {ports}"),
    Row("tftp client", on=True),
    Row("tftp server", on=True),
    Row("dhcp config-file-update", on=True),
    Row("dhcp image-file-update", on=True),
)

INTERFACE = (
    Row('name "{text}"'),
    Row("disable", on=False, instead="enable"),
    Row("speed-duplex {word}", default="speed-duplex auto"),
    Row("flow-control", on=False),
    Row("energy-efficient-ethernet", on=False),
    Row("lldp admin-status", on=True),
    Row('ip access-group "{name}" in'),
)

# Membership and addresses are no rows: they depend on each other and on the other VLANs (see config.py).
VLAN = (
    Row('name "{text}"'),
    Row("<members>"),
    Row("ip helper-address {address}", key="ip helper-address {address}"),
    Row("ip forward-protocol udp {gateway} {word}", key="ip forward-protocol udp {gateway} {word}"),
    Row("ipv6 enable", on=False),
    Row("ipv6 address dhcp full rapid-commit", on=False),
    Row("ipv6 address dhcp full", on=False),
    Row("ipv6 address autoconfig", on=False),
    Row("ipv6 address {link} link-local", key="ipv6 address {link} link-local"),
    Row("ipv6 address {ipv6}", key="ipv6 address {ipv6}"),
    Row("ip igmp querier", on=True),
    Row("ip igmp", on=False),
    Row("qos priority {number}", limits=(0, 7)),
    Row("jumbo", on=False),
    Row("voice", on=False),
)


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.split(r"(\d+)", text) if p)


@dataclass
class Store:
    """The settings of one context: global, an interface or a VLAN. ``lines``: key to (row number, line as shown).

    ``expand`` reads a range of ports into their names: what is typed for several is kept, and shown, for each.
    """

    rows: tuple[Row, ...]
    expand: Callable[[str], list[str]]
    lines: dict[str, tuple[int, str]] = field(default_factory=dict)

    def take(self, line: str) -> bool:
        """Obey a line; False if no row knows it."""
        for number, row in enumerate(self.rows):
            if row.instead and line == row.instead:
                self.lines.pop(row.identity, None)
                return True
            if match := row.typed.fullmatch(line):
                typed = match.groupdict()
                row.check(typed)
                for fields in self._each(typed):
                    self._put(number, row, fields)
                return True
        return line.startswith("no ") and self._take_away(line[3:])

    def _put(self, number: int, row: Row, fields: dict[str, str]) -> None:
        key = row.identity.format_map(fields)
        shown = row.show.format_map(fields)
        if row.on or shown == row.default.format_map(fields):
            self.lines.pop(key, None)
        elif not (row.bare and key in self.lines):
            self.lines[key] = (number, shown)

    def _take_away(self, rest: str) -> bool:
        for number, row in enumerate(self.rows):
            match = row.typed.fullmatch(rest) or row.negated.fullmatch(rest)
            if not match:
                continue
            typed = match.groupdict()
            for name in typed.keys() & {"ipv6", "link"}:
                typed[name] = _write_ipv6(name, typed[name])
            for fields in self._each(typed):
                key = row.identity.format_map(fields)
                if row.on:
                    self.lines[key] = (number, f"no {row.show}")
                else:
                    self.lines.pop(key, None)
            return True
        return False

    def _each(self, fields: dict[str, str]) -> list[dict[str, str]]:
        if "ports" not in fields:
            return [fields]
        return [{**fields, "ports": port} for port in self.expand(fields["ports"])]

    def forget(self, port: str) -> None:
        """Drop what is said of a port that is gone."""
        about = re.compile(rf"(?:no )?(?:spanning-tree|loop-protect) {re.escape(port)}(?: |$)")
        self.lines = {key: line for key, line in self.lines.items() if not about.match(line[1])}

    def get(self, key: str) -> str | None:
        """The line of this key, as shown."""
        return self.lines[key][1] if key in self.lines else None

    def shown(self) -> list[tuple[int, str]]:
        """(row number, line) in the order the switch prints, sections sorted port by port."""
        first: dict[str, int] = {}
        for number, row in enumerate(self.rows):
            first.setdefault(row.section or row.show, number)
        return sorted(
            self.lines.values(),
            key=lambda item: (first[self.rows[item[0]].section or self.rows[item[0]].show], _natural(item[1])),
        )

    def complaint(self, line: str) -> str:
        """What the switch says about a line that no row knows."""
        words = line.removeprefix("no ").split()
        best = 0
        for row in self.rows:
            same = 0
            for typed, known in zip(words, row.words, strict=False):
                if typed.lower() != known:
                    break
                same += 1
            if same == len(words):
                return f"Incomplete input: {words[-1]}"
            best = max(best, same)
        return f"Invalid input: {words[best] if words else line}"
