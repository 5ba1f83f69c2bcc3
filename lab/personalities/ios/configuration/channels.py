"""Port channels: which ports are in one, what they take over from it, and which of them it can use."""

import re
from collections.abc import Iterable

from lab.personalities.ios.configuration.grammar import RULES
from lab.personalities.ios.configuration.parse import Match, Refused
from lab.personalities.ios.configuration.section import Line, Section

PROTOCOLS = {"active": "LACP", "passive": "LACP", "desirable": "PAgP", "auto": "PAgP", "on": "-"}
SHARED = ("switchport", "shutdown")  # what is typed at a channel goes for its members, too
_INTERFACE = next(rule for rule in RULES["global"] if rule.opens == "interface")


def number_of(section: Section) -> int | None:
    """The channel that a port is in, or that an interface is; None: none."""
    if section.context == "port-channel":
        return int(section.text.removeprefix("interface Port-channel"))
    text = section.get("channel-group")
    return int(text.split()[1]) if text else None


def protocol(section: Section) -> str:
    """What a member speaks to form its channel; ``-``: nothing."""
    return PROTOCOLS[(section.get("channel-group") or "on").split()[-1]]


def members(root: Section, number: int) -> list[Section]:
    """The ports in a channel."""
    return [port for port in root.sections("interface ") if port.context == "port" and number_of(port) == number]


def channel(root: Section, number: int) -> Section | None:
    """A channel's own interface."""
    section = root.entries.get(f"interface Port-channel{number}")
    return section if isinstance(section, Section) else None


def followers(root: Section, sections: Iterable[Section], typed: Match) -> list[Section]:
    """The members that take over a line which is typed at these interfaces."""
    if not typed.text.startswith(SHARED):
        return []
    channels = (section for section in sections if section.context == "port-channel")
    return [member for section in channels for member in members(root, number_of(section) or 0)]


def _settings(section: Section) -> dict[str, str]:
    return {key: entry.text for key, entry in section.entries.items() if key.startswith("switchport")}


def is_usable(root: Section, member: Section) -> bool:
    """Whether a channel can use a member: one that carries other VLANs than the channel is suspended."""
    own = channel(root, number_of(member) or 0)
    return own is not None and _settings(own) == _settings(member)


def join(root: Section, section: Section, typed: Match) -> str:
    """Put a port into a channel; a channel that is not there is made as the port is. Answers with IOS's remark.

    Args:
        root: the whole configuration.
        section: the port.
        typed: the ``channel-group`` line.

    Raises:
        Refused: the channel is of another protocol, or of another layer.
    """
    number = int(typed.values[0])
    name = re.sub(r"^interface ([A-Z].)[A-Za-z]*", r"\1", section.text)
    others = [member for member in members(root, number) if member is not section]
    if any(protocol(member) != PROTOCOLS[typed.text.split()[3]] for member in others):
        raise Refused(
            f"Command rejected (Channel protocol mismatch for interface {name} in group {number}): "
            "the interface can not be added to the channel group"
        )
    own = channel(root, number)
    if own is None:
        own = Section(_INTERFACE, f"interface Port-channel{number}", "port-channel")
        own.entries = {
            key: Line(entry.rule, entry.text)
            for key, entry in section.entries.items()
            if isinstance(entry, Line) and key.startswith(SHARED)
        }
        root.entries[own.text] = own
        return f"Creating a port-channel interface Port-channel {number}\n"
    if own.routed != section.routed:
        raise Refused(
            f"Command rejected (Port-channel{number}, {name}): Either port is L2 and port-channel is L3, or vice-versa"
        )
    return ""


def dissolve(root: Section, number: int) -> None:
    """A channel's interface has gone: its ports are in none, and switched off, lest they make a loop."""
    shutdown = next(rule for rule in RULES["port"] if rule.spec == "shutdown")
    for member in members(root, number):
        del member.entries["channel-group"]
        member.entries["shutdown"] = Line(shutdown, "shutdown")
