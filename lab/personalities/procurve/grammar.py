"""How ProCurve's configuration mode takes a line: by the rows of a table (see ``tables``), in the order it prints them.

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
    "physical": r"[\d,\-]+|all",  # ports, of which a trunk is none
    "base64": r"[A-Za-z0-9+/]+={0,2}",
    "short": r"[^\"\s]{1,14}",
    "role": r"managerpriv|managerauth|operatorauth|operatornoauth|commanagerrw|commanagerr|comoperatorrw|comoperatorr",
    "model": r"ver(?:1|2c|3)",
    "processing": r"ver(?:1|2c|3)",
    "security": r"noauth|auth|priv",
    "kind": r"trap|inform",
    "tag": r"[^\"\s]+",
    "parameters": r"[^\"\s]+",
    "severity": r"all|not-info|critical|debug",
    "method": r"local|eap-radius|chap-radius",
    "radius": r"chap-radius|peap-mschapv2",
    "control": r"authorized|auto|unauthorized",
    "direction": r"both|in",
    "format": r"no-delimiter|single-dash|multi-dash|multi-colon",
}


@dataclass(frozen=True)
class Row:
    """One kind of line.

    ``key``: what makes two lines the same setting (default: all words before the first field). ``on``: a switch that
    is on (or off) when nothing is said; None: not a switch. ``default``: the value that is not shown. ``section``:
    rows of the same section are sorted together. ``instead``: words that mean ``no`` of this row (``enable``).
    ``limits``: what its number may be. ``bare``: it takes nothing away from a line that says more of the same.
    ``needs``: the key of a line without which the switch refuses it, and with which it goes; ``refusal``: its words
    then. ``joined``: what is said of several ports is one line.
    """

    show: str
    key: str = ""
    on: bool | None = None
    default: str = ""
    section: str = ""
    instead: str = ""
    limits: tuple[int, int] = (0, 4294967295)
    bare: bool = False
    needs: str = ""
    refusal: str = ""
    joined: bool = False

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
                every = self._each(typed)
                if row.needs:
                    self._check_needs(row, every)
                for fields in every:
                    self._put(number, row, fields)
                return True
        return line.startswith("no ") and self._take_away(line[3:])

    def _check_needs(self, row: Row, every: list[dict[str, str]]) -> None:
        """Refuse a line that says more of what is not there.

        Raises:
            Refused: in the switch's own words.
        """
        for fields in every:
            if row.needs.format_map(fields) not in self.lines:
                raise Refused(row.refusal.format_map(fields))

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
                    self._drop(row, key)
            return True
        return False

    def _drop(self, row: Row, key: str) -> None:
        """Take a line away, and those that need it."""
        self.lines.pop(key, None)
        if any(other.needs == row.identity for other in self.rows):
            self.lines = {name: line for name, line in self.lines.items() if not name.startswith(f"{key} ")}

    def _each(self, fields: dict[str, str]) -> list[dict[str, str]]:
        if "physical" in fields:
            ports = [port for port in self.expand(fields["physical"]) if port.isdigit()]
            return [{**fields, "physical": port} for port in ports]
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
