"""Numbers and their ranges as text."""

import pytest

from lab.region.ranges import format_ranges, parse_ranges


@pytest.mark.parametrize(("text", "numbers"), [("1", [1]), ("1,3-5", [1, 3, 4, 5]), ("7-8, 10", [7, 8, 10])])
def test_parse_ranges(text: str, numbers: list[int]) -> None:
    assert parse_ranges(text) == numbers
    assert parse_ranges(format_ranges(numbers)) == numbers


@pytest.mark.parametrize("text", ["5-3", "", "a"])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_ranges(text)


def test_format_ranges() -> None:
    assert format_ranges([3, 1, 2, 7, 8]) == "1-3,7-8"
    assert format_ranges([3, 1, 2, 7, 8], pairs=False) == "1-3,7,8"
