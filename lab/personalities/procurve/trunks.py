"""Trunks: several ports as one (``trunk 49-50 trk1 lacp``)."""

import re
from dataclasses import dataclass, field

from lab.personalities.procurve import ports
from lab.personalities.procurve.grammar import Refused

TYPED = re.compile(r"trunk(?: (?:ethernet )?(?P<ports>\S+)(?: (?P<trunk>\S+)(?: (?P<kind>\S+))?)?)?", re.IGNORECASE)
TRUNKS = 24  # of a 2530
MEMBERS = 8


@dataclass
class Trunk:
    """A trunk. ``kind``: ``lacp`` or ``trunk``, which asks nobody."""

    kind: str
    members: set[int] = field(default_factory=set)


@dataclass
class Trunks:
    """The trunks of a switch with ``count`` ports. ``by_port``: the trunk's own port (from 1001) to what it is."""

    count: int
    by_port: dict[int, Trunk] = field(default_factory=dict)

    @property
    def members(self) -> dict[int, int]:
        """Port to the trunk that it is a member of."""
        return {member: port for port, trunk in self.by_port.items() for member in trunk.members}

    def media(self, port: int) -> str:
        """What is plugged into a port: the last four of a switch are for optics."""
        return "100/1000T" if self.count < 28 or port <= self.count - 4 else "1000LX"

    def join(self, match: re.Match[str]) -> tuple[int, set[int]]:
        """Obey ``trunk …``. Shape: the trunk's port, and those that are its members only now.

        Raises:
            Refused: the switch does not take it.
        """
        typed = self._read(match)
        if match["trunk"] is None or match["kind"] is None:
            raise Refused(f"Incomplete input: {match['trunk'] or match['ports']}")
        number = re.fullmatch(r"trk([1-9]\d?)", match["trunk"], re.IGNORECASE | re.ASCII)
        if number is None or int(number[1]) > TRUNKS:
            raise Refused(f"Invalid input: {match['trunk']}")
        kind = match["kind"].lower()
        if kind not in ("lacp", "trunk"):
            raise Refused(f"Invalid input: {match['kind']}")
        port = ports.TRUNK + int(number[1])
        trunk = self.by_port.get(port, Trunk(kind))
        for member in typed:
            if self.members.get(member, port) != port:
                raise Refused(f"Port {member} is already a member of {ports.name(self.members[member])}.")
        if trunk.kind != kind:
            raise Refused(f"{ports.name(port)} is of another type.")
        every = trunk.members | set(typed)
        if len({self.media(member) for member in every}) > 1:
            raise Refused("Ports in a trunk must be of the same type.")
        if len(every) > MEMBERS:
            raise Refused(f"A trunk can not have more than {MEMBERS} ports.")
        joined = every - trunk.members
        self.by_port[port] = Trunk(kind, every)
        return port, joined

    def leave(self, match: re.Match[str]) -> tuple[set[int], set[int]]:
        """Obey ``no trunk …``. Shape: the ports that are members no more, and the trunks that are left without any.

        Raises:
            Refused: a port is in no trunk.
        """
        leaving = set(self._read(match))
        if match["trunk"] is not None:
            raise Refused(f"Invalid input: {match['trunk']}")
        for port in sorted(leaving - self.members.keys()):
            raise Refused(f"Port {port} is not a member of a trunk.")
        for trunk in self.by_port.values():
            trunk.members -= leaving
        empty = {port for port, trunk in self.by_port.items() if not trunk.members}
        for port in empty:
            del self.by_port[port]
        return leaving, empty

    def _read(self, match: re.Match[str]) -> list[int]:
        if match["ports"] is None:
            raise Refused("Incomplete input: trunk")
        return ports.parse(match["ports"], range(1, self.count + 1))

    def text(self) -> list[str]:
        """Their lines, as shown."""
        return [
            f"trunk {ports.write(trunk.members)} {ports.name(port).lower()} {trunk.kind}"
            for port, trunk in sorted(self.by_port.items())
        ]
