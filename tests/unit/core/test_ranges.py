"""Numbers to ranges and back."""

import pytest

from nornir_tasks.core.ranges import format_ranges, group_by_range, parse_ranges


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([100], "100"), ([110, 100, 111, 112], "100,110-112"), ([1, 2, 2, 4], "1-2,4"), (range(1, 25), "1-24")],
)
def test_format_ranges(numbers: list[int], text: str) -> None:
    """Sorted, each once."""
    assert format_ranges(numbers) == text
    assert parse_ranges(text) == set(numbers) if text else not numbers


def test_ranges_as_others_write_them() -> None:
    """IOS writes two neighbours with a comma; people have a blank after it."""
    assert format_ranges([3, 1, 2, 7, 8], shortest=3) == "1-3,7,8"
    assert format_ranges([3, 1, 2, 7, 9, 10], ", ") == "1-3, 7, 9-10"


@pytest.mark.parametrize("text", ["", "1,,2", "1-x"])
def test_what_is_no_range(text: str) -> None:
    """A part that is no number is refused."""
    with pytest.raises(ValueError, match="invalid literal"):
        parse_ranges(text)


def test_values_by_range() -> None:
    """A gap and another value both end a range."""
    ports = {4: "school", 1: "administration", 2: "administration", 6: "school", 3: "school"}
    assert group_by_range(ports) == {"1-2": "administration", "3-4": "school", "6": "school"}
