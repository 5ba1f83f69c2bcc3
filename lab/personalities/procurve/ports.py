"""Ports by their names, as they are typed on a ProCurve: ``1-10,12,Trk1``. A trunk is a port behind all others."""

import re
from collections.abc import Collection, Iterable

from lab.personalities.procurve.grammar import Refused
from lab.region.ranges import format_ranges

TRUNK = 1000  # Trk1 is port 1001
PART = re.compile(r"(?P<trunk>trk)?(?P<low>\d{1,3})(?:-(?P<again>trk)?(?P<high>\d{1,3}))?", re.IGNORECASE | re.ASCII)


def parse(text: str, exist: Collection[int]) -> list[int]:
    """Read ``1-10,12,Trk1`` (``all`` too) for a switch on which these ports exist.

    Raises:
        Refused: in the switch's own words.
    """
    if text == "all":
        return sorted(exist)
    ports: set[int] = set()
    for part in text.split(","):
        match = PART.fullmatch(part)
        if match is None or (match["high"] and bool(match["trunk"]) != bool(match["again"])):
            raise Refused(f"Module not present for port or invalid port: {part}")
        first = TRUNK if match["trunk"] else 0
        span = range(first + int(match["low"]), first + int(match["high"] or match["low"]) + 1)
        for port in span:
            if port not in exist:
                raise Refused(f"Module not present for port or invalid port: {name(port)}")
        if not span:
            raise Refused(f"Module not present for port or invalid port: {part}")
        ports.update(span)
    return sorted(ports)


def name(port: int) -> str:
    """What the switch calls a port."""
    return f"Trk{port - TRUNK}" if port > TRUNK else str(port)


def write(ports: Iterable[int]) -> str:
    """Ports as ranges: ``1-10,12,Trk1-Trk2``."""
    every = set(ports)
    trunks = re.sub(r"\d+", r"Trk\g<0>", format_ranges(port - TRUNK for port in every if port > TRUNK))
    return ",".join(filter(None, (format_ranges(port for port in every if port < TRUNK), trunks)))
