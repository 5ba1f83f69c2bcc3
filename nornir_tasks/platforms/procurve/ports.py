"""The names of ProCurve's ports: ``7``; ``A7`` and ``1/7`` on chassis and stacks; ``Trk7``, several as one. Pure.

``C1i`` is a port inside the chassis, towards a module that is a computer of its own.
"""

import re
from collections.abc import Iterable

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.ranges import format_ranges

NAME = re.compile(r"(?:(?P<member>\d{1,2})/)?(?P<slot>[A-Z]|Trk)?(?P<number>\d{1,3})(?P<inside>i)?", re.IGNORECASE)
LIST = r"(?:[\dA-Zi/,-]|[Tt][Rr][Kk])+"  # as it stands in a line: 1-24,A1-A4,Trk1
SLOTS = ("", *map(chr, range(ord("A"), ord("Z") + 1)))
PORTS, PLACES = 1000, 100  # of a slot, of a member
INSIDE = 500  # the first of a slot's ports inside the chassis
TRUNKS = 100 * PLACES  # their place: behind all others


class Port(int):
    """A port, which counts and sorts as a number among its like; its text is its name."""

    def __str__(self) -> str:
        place, number = divmod(int(self), PORTS)
        member, slot = divmod(place, PLACES)
        name = f"{number - INSIDE}i" if number >= INSIDE else str(number)
        return f"Trk{name}" if place == TRUNKS else f"{f'{member}/' if member else ''}{SLOTS[slot]}{name}"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    __repr__ = __str__


def parse_port(name: str) -> Port:
    """The port of this name.

    Raises:
        PlatformError: it is none.
    """
    match = NAME.fullmatch(name)
    number = int(match["number"]) if match else INSIDE
    if match is None or number >= INSIDE:
        raise PlatformError(f"ports: found {name!r}, expected such as 7, A7, 1/7 or Trk7")
    slot = (match["slot"] or "").upper()
    place = TRUNKS if slot == "TRK" else int(match["member"] or 0) * PLACES + SLOTS.index(slot)
    return Port(place * PORTS + number + (INSIDE if match["inside"] else 0))


def parse_ports(text: str) -> set[Port]:
    """The ports of ``1-24,A1-A4,Trk1``.

    Raises:
        PlatformError: a part is neither a port nor a range of ports of one slot.
    """
    ports: set[Port] = set()
    for part in text.split(","):
        low, dash, high = part.strip().partition("-")
        first = parse_port(low)
        last = parse_port(high) if dash else first
        if last < first or last // PORTS != first // PORTS:
            raise PlatformError(f"ports: found {part!r}, expected a range within one slot")
        ports |= set(map(Port, range(first, last + 1)))
    return ports


def format_ports(ports: Iterable[int]) -> str:
    """Ports as ranges, as the switch writes them: ``1-24,A1-A4,Trk1``."""
    return format_ranges(ports, name=lambda port: str(Port(port)))
