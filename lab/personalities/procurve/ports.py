"""Ports by their ranges, as they are typed on a ProCurve: ``1-10,12``."""

from lab.personalities.procurve.grammar import Refused


def parse(text: str, count: int) -> list[int]:
    """Read ``1-10,12`` (``all`` too) for a switch with ``count`` ports.

    Raises:
        Refused: in the switch's own words.
    """
    if text == "all":
        return list(range(1, count + 1))
    ports: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not part.isascii() or not first.isdigit() or (dash and not last.isdigit()):
            raise Refused(f"Module not present for port or invalid port: {part}")
        span = range(int(first), int(last if dash else first) + 1)
        for number in span:
            if not 1 <= number <= count:
                raise Refused(f"Module not present for port or invalid port: {number}")
        if not span:
            raise Refused(f"Module not present for port or invalid port: {part}")
        ports.update(span)
    return sorted(ports)
