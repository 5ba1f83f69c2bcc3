"""Numbers and their ranges as text: ``1,3-5``."""

from collections.abc import Iterable


def parse_ranges(numbers: str) -> list[int]:
    """Read ``1,3-5`` as [1, 3, 4, 5].

    Raises:
        ValueError: it is no such list.
    """
    parsed: list[int] = []
    for part in numbers.replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        low, high = int(first), int(last) if dash else int(first)
        if high < low:
            raise ValueError(f"range {part!r} runs backwards")
        parsed.extend(range(low, high + 1))
    return parsed


def format_ranges(numbers: Iterable[int], pairs: bool = True) -> str:
    """Write [1, 3, 4, 5] as ``1,3-5``. ``pairs``: two neighbours are a range as well (``3-4``)."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    parts = []
    for low, high in runs:
        if low == high:
            parts.append(str(low))
        elif high == low + 1 and not pairs:
            parts.extend((str(low), str(high)))
        else:
            parts.append(f"{low}-{high}")
    return ",".join(parts)
