"""Numbers and their ranges, as VLANs and ports are written: ``100,110-112``."""

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import groupby


def format_ranges(
    numbers: Iterable[int], separator: str = ",", shortest: int = 2, name: Callable[[int], str] = str
) -> str:
    """Numbers as ranges, sorted, each once: 100, 110, 111, 112 are ``100,110-112``.

    Args:
        numbers: in any order.
        separator: what stands between two ranges.
        shortest: how many neighbours make a range; fewer are written one by one (IOS: 3).
        name: how a number is written.

    Returns:
        The text; empty for no numbers.
    """
    parts: list[str] = []
    for low, high in _find_runs(numbers):
        if high > low and high - low + 1 >= shortest:
            parts.append(f"{name(low)}-{name(high)}")
        else:
            parts += map(name, range(low, high + 1))
    return separator.join(parts)


def fold_names(names: Iterable[str]) -> str:
    """Names that end in a number, as ranges: ``Ethernet1-24, 30``, ``loppa-acc-01, 03-06``; each beginning once."""
    return ", ".join(beginning + _fold_endings(endings) for beginning, endings in _split_names(names).items())


def find_name_runs(names: Iterable[str]) -> list[tuple[str, int, int]]:
    """Runs of names that end in a number: their common beginning, the first number and the last."""
    groups = _split_names(names).items()
    return [(beginning, *run) for beginning, endings in groups for run in _find_runs(map(int, endings))]


def _split_names(names: Iterable[str]) -> dict[str, list[str]]:
    """The numbers at the end of names, by what stands before them."""
    endings: dict[str, list[str]] = {}
    for name in names:
        beginning = name.rstrip("0123456789")
        endings.setdefault(beginning, []).append(name[len(beginning) :])
    return endings


def _fold_endings(numbers: Collection[str]) -> str:
    """The numbers as ranges, with the zeros before them; as they are where one is none, or their zeros differ."""
    width = max(map(len, numbers)) if any(number.startswith("0") for number in numbers) else 0
    if not all(number.isdecimal() and number == f"{int(number):0{width}}" for number in numbers):
        return ", ".join(numbers)
    return format_ranges(map(int, numbers), ", ", shortest=3, name=lambda number: f"{number:0{width}}")


def parse_ranges(text: str) -> set[int]:
    """The numbers of ``100,110-112``.

    Raises:
        ValueError: a part is neither a number nor a range.
    """
    pairs = [part.partition("-") for part in text.split(",")]
    return {number for low, _, high in pairs for number in range(int(low), int(high or low) + 1)}


def group_by_range(values: Mapping[int, str]) -> dict[str, str]:
    """A value for each range of numbers that share it, in their order: ``{"1-16": "administration"}``."""
    return {
        format_ranges(range(low, high + 1)): value
        for value, numbers in groupby(sorted(values), key=lambda number: values[number])
        for low, high in _find_runs(numbers)
    }


def _find_runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The first and the last of each run of neighbours."""
    runs: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
