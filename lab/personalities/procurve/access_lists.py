"""Access lists: ``ip access-list extended "X"`` with its numbered rows, written as the switch writes them."""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from lab.device.access_list import port_number
from lab.personalities.procurve.grammar import FIELDS, Refused

OPENED = re.compile(r'ip access-list (?P<kind>standard|extended) (?:"(?P<quoted>[^"]{1,64})"|(?P<bare>[^"\s]{1,64}))')
NUMBERED = re.compile(r"(?:(?P<number>\d{1,10}) )?(?P<action>permit|deny|remark)(?: (?P<rest>.+))?", re.ASCII)
PROTOCOL = re.compile(r"(ip|tcp|udp|icmp|igmp|ospf|esp|ah|gre|vrrp|pim|sctp|\d{1,3})(?: |$)", re.ASCII)
ADDRESS = FIELDS["address"]
PLACE = re.compile(
    rf"(?P<any>any)(?: |$)|host (?P<host>{ADDRESS})(?: |$)"
    rf"|(?P<net>{ADDRESS})(?:/(?P<length>\d{{1,2}})| (?P<wild>{ADDRESS}))(?: |$)",
    re.ASCII,
)
PORTS = re.compile(r"(?:(?:eq|gt|lt|neq) [\w-]+|range [\w-]+ [\w-]+)(?: |$)")
STEP, LAST = 10, 2147483647


@dataclass
class AccessList:
    """A list: its kind, its name and its rows by number."""

    kind: str
    name: str
    rows: dict[int, str] = field(default_factory=dict)

    @property
    def prompt(self) -> str:
        """What stands in the prompt's parentheses."""
        return f"config-{self.kind[:3]}-nacl"

    def take(self, line: str) -> bool:
        """Obey a line within the list; False if it is none of its own.

        Raises:
            Refused: it is, and cannot be.
        """
        if match := re.fullmatch(r"no (\d{1,10})", line, re.ASCII):
            if int(match[1]) not in self.rows:
                raise Refused(f"Invalid input: {match[1]}")
            del self.rows[int(match[1])]
            return True
        match = NUMBERED.fullmatch(line)
        if match is None:
            return False
        if not match["rest"]:
            raise Refused(f"Incomplete input: {match['action']}")
        number = int(match["number"] or max(self.rows, default=0) + STEP)
        if not 1 <= number <= LAST:
            raise Refused(f"Invalid input: {match['number']}")
        if number in self.rows:
            raise Refused(f"Duplicate sequence number {number}.")
        rest = match["rest"]
        written = f'"{rest.strip(chr(34))}"' if match["action"] == "remark" else self._write(rest)
        self.rows[number] = f"{match['action']} {written}"
        return True

    def _write(self, rest: str) -> str:
        """What is permitted or denied, with every address and mask written out."""
        words: list[str] = []
        last = rest.rsplit(maxsplit=1)[-1]
        if self.kind == "extended":
            protocol = PROTOCOL.match(rest)
            if protocol is None:
                raise Refused(f"Invalid input: {rest.split(maxsplit=1)[0]}")
            words.append(protocol[1])
            rest = rest[protocol.end() :]
        for _ in range(2 if self.kind == "extended" else 1):
            place = PLACE.match(rest)
            if place is None:
                raise Refused(f"Invalid input: {rest.split()[0]}" if rest else f"Incomplete input: {last}")
            words.append(_write_place(place))
            rest = rest[place.end() :]
            if words[0] in ("tcp", "udp") and (ports := PORTS.match(rest)):
                unknown = [word for word in ports[0].split()[1:] if port_number(word, words[0]) is None]
                if unknown:
                    raise Refused(f"Invalid input: {unknown[0]}")
                words.append(ports[0].strip())
                rest = rest[ports.end() :]
        for word in rest.split():
            if word not in ("log", *(("established",) if words[0] == "tcp" else ())):
                raise Refused(f"Invalid input: {word}")
            words.append(word)
        return " ".join(words)

    def text(self) -> list[str]:
        """As shown."""
        rows = [f"     {number} {row}" for number, row in sorted(self.rows.items())]
        return [f'ip access-list {self.kind} "{self.name}"', *rows, "   exit"]


def _write_place(place: re.Match[str]) -> str:
    if place["any"]:
        return "0.0.0.0 255.255.255.255"
    if place["host"]:
        return f"{place['host']} 0.0.0.0"
    if place["wild"]:
        return f"{place['net']} {place['wild']}"
    if int(place["length"]) > 32:
        raise Refused(f"Invalid input: {place['net']}/{place['length']}")
    network = IPv4Network(f"{place['net']}/{place['length']}", strict=False)
    return f"{network.network_address} {network.hostmask}"
