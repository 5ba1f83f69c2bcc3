"""Access lists: named ones are sections, numbered ones too, though they are typed, and printed, a line at a time."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lab.device import access_list
from lab.personalities.ios.configuration.addresses import matched
from lab.personalities.ios.configuration.parse import INVALID, Match, Refused
from lab.personalities.ios.configuration.section import Line, Section

STEP = 10
# As IOS shows ports that it has a name for, whichever way they were typed.
TCP = {
    "7": "echo", "9": "discard", "13": "daytime", "19": "chargen", "20": "ftp-data", "21": "ftp", "23": "telnet",
    "25": "smtp", "37": "time", "43": "whois", "49": "tacacs", "53": "domain", "70": "gopher", "79": "finger",
    "80": "www", "101": "hostname", "109": "pop2", "110": "pop3", "111": "sunrpc", "113": "ident", "119": "nntp",
    "179": "bgp", "194": "irc", "512": "exec", "513": "login", "514": "cmd", "515": "lpd", "517": "talk",
    "540": "uucp", "543": "klogin", "544": "kshell",
}  # fmt: skip
UDP = {
    "7": "echo", "9": "discard", "37": "time", "42": "nameserver", "49": "tacacs", "53": "domain", "67": "bootps",
    "68": "bootpc", "69": "tftp", "111": "sunrpc", "123": "ntp", "137": "netbios-ns", "138": "netbios-dgm",
    "139": "netbios-ss", "161": "snmp", "162": "snmptrap", "177": "xdmcp", "496": "pim-auto-rp", "500": "isakmp",
    "512": "biff", "513": "who", "514": "syslog", "517": "talk", "520": "rip", "4500": "non500-isakmp",
}  # fmt: skip
_PORTS = re.compile(r"\b(?:eq|neq|lt|gt|range \S+|range) \d+\b")
ROWS = ("permit ", "deny ", "remark ")
NUMBERED = "access-list {0}"  # the key of a numbered list's line
_ADDRESSES = re.compile(r"host \S+|(\d+\.\d+\.\d+\.\d+) (\d+\.\d+\.\d+\.\d+)")


def is_list(section: Section) -> bool:
    """Whether a section is an access list."""
    return section.context.endswith("acl")


def is_numbered(section: Section) -> bool:
    """Whether it is one that is printed a line at a time."""
    return is_list(section) and section.text.startswith("ip ") and section.text.split()[-1].isdigit()


def is_row(line: Line) -> bool:
    """Whether a line is a row of an access list, typed in its section or by its number."""
    return line.rule.key in ("*", NUMBERED) and line.text.startswith(ROWS)


def section_line(number: str) -> str:
    """The line that leads into a numbered list: the number says of which kind it is."""
    return f"ip access-list {'standard' if _is_standard(int(number)) else 'extended'} {number}"


def _is_standard(number: int) -> bool:
    return number < 100 or 1300 <= number < 2000


def check_name(kind: str, name: str) -> None:
    """Refuse a number that is none of this kind of list.

    Raises:
        Refused: with IOS's words.
    """
    if not name.isdigit():
        return
    number = int(name)
    known = 1 <= number < 200 or 1300 <= number < 2700
    if not known or (kind == "standard") != _is_standard(number):
        raise Refused("% Invalid access list name.")


@dataclass(frozen=True)
class Row:
    """A row as it is kept. ``sequence`` is None where none was typed."""

    sequence: int | None
    text: str

    @property
    def remark(self) -> bool:
        """Whether it only tells people something; it has no number of its own."""
        return self.text.startswith("remark ")


def read_row(section: Section, text: str) -> Row:
    """A row as IOS keeps it: a wildcard's free bits are cleared, one host or all of them are called so.

    Args:
        section: the list it stands in.
        text: the row, with or without its number.
    """
    if behind := re.search(r" sequence (\d+)$", text) if section.context == "ipv6-acl" else None:
        text = f"{behind[1]} {text[: behind.start()]}"
    number = re.match(r"(?:sequence )?(\d+)(?: |$)", text)
    body = text[number.end() :] if number else text
    if not body.startswith("remark "):
        body = _PORTS.sub(lambda port: _named(body, port[0]), body)
        body = _ADDRESSES.sub(lambda pair: matched(pair[1], pair[2]) if pair[1] else pair[0], body)
        if section.context == "standard-acl":
            body = re.sub(r"\bhost ", "", body)
        if body:
            _check_ports(section, body, text)
    return Row(int(number[1]) if number else None, body)


def _check_ports(section: Section, body: str, text: str) -> None:
    """Refuse ports that IOS has no name for. IPv6 filters nothing here."""
    if section.context == "ipv6-acl":
        return
    try:
        access_list.read_row(body, section.context == "standard-acl")
    except access_list.UnknownPort as error:
        raise Refused(INVALID, text.rfind(str(error))) from None


def _named(row: str, words: str) -> str:
    """A port as IOS shows it."""
    names = UDP if row.split()[1] == "udp" else TCP
    return " ".join(names.get(word, word) for word in words.split())


def add_row(section: Section, typed: Match, text: str) -> None:
    """Put a row into a list: at its number, or after the last one.

    Args:
        section: the list.
        typed: the line, for its rule.
        text: the row as it was typed, its keywords written out.

    Raises:
        Refused: there is another row of this number.
    """
    row = read_row(section, text)
    rule = typed.rule
    assert rule is not None
    taken = {
        entry.sequence: key for key, entry in section.entries.items() if isinstance(entry, Line) and entry.numbered
    }
    last = max(taken, default=0)
    if row.remark:  # the same words may stand at several places
        place = row.sequence if row.sequence is not None else last
        section.entries[_free(section.entries, row.text)] = Line(rule, row.text, place, False)
        return
    if section.has(row.text):
        return
    sequence = row.sequence if row.sequence is not None else last + STEP
    if sequence in taken:
        raise Refused("% Duplicate sequence number")
    section.entries[row.text] = Line(rule, row.text, sequence)


def _free(keys: Iterable[str], text: str) -> str:
    """A key for a remark that may be there already."""
    count = sum(key.partition("\n")[0] == text for key in keys)
    return f"{text}\n{count}" if count else text


def keys_of(section: Section, text: str) -> list[str]:
    """The keys of the rows that ``no`` with this text takes away: one row, by its number or by its text."""
    row = read_row(section, text)
    if row.text:
        return [row.text] if section.has(row.text) else []
    entries = section.entries.items()
    return [
        key for key, entry in entries if isinstance(entry, Line) and entry.numbered and entry.sequence == row.sequence
    ]


def count_anew(section: Section) -> None:
    """Let remarks of the same words be known by which of them they are, after one has gone."""
    before = list(section.entries.values())
    section.entries.clear()
    for entry in before:
        section.entries[_free(section.entries, entry.text)] = entry


def resequence(section: Section, first: int, step: int) -> None:
    """Number the rows anew."""
    sequence = first - step
    for entry in rows(section):
        if entry.numbered:
            sequence += step
        entry.sequence = sequence


def rows(section: Section) -> list[Line]:
    """The rows of a list, in the order in which they are read."""
    lines = [entry for entry in section.entries.values() if isinstance(entry, Line)]
    return sorted(lines, key=lambda line: line.sequence)


def printed_rows(section: Section) -> list[str]:
    """The rows as the configuration shows them: ``deny`` is as wide as ``permit``."""
    if section.context == "ipv6-acl":
        return [section.text, *_printed_ipv6_rows(section)]
    shown = [re.sub(r"^deny ", "deny   ", line.text) for line in rows(section)]
    if is_numbered(section):
        return [f"access-list {section.text.split()[-1]} {row}" for row in shown]
    return [section.text, *(f" {row}" for row in shown)]


def _printed_ipv6_rows(section: Section) -> Iterator[str]:
    """A row tells its number where that is not the next."""
    following = STEP
    for line in rows(section):
        aside = not line.numbered or line.sequence == following
        yield f" {line.text}" if aside else f" sequence {line.sequence} {line.text}"
        following = line.sequence + STEP


def shown(section: Section) -> list[str]:
    """A list as ``show access-lists`` shows it."""
    if section.context == "ipv6-acl":
        numbered = [f"    {line.text} sequence {line.sequence}" for line in rows(section) if line.numbered]
        return [f"IPv6 access list {section.text.split()[-1]}", *numbered]
    kind, name = section.text.split()[2:4]
    lines = [f"{kind.capitalize()} IP access list {name}"]
    for line in rows(section):
        if line.numbered:
            text = line.text
            if kind == "standard":
                text = re.sub(r"^(permit|deny) ", lambda action: f"{action[1]:<6} ", text)
                text = re.sub(r"(\d) (\d+\.\d+\.\d+\.\d+)", r"\1, wildcard bits \2", text)
            lines.append(f"    {line.sequence} {text}")
    return lines
