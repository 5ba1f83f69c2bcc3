"""Numbers to ranges and back."""

import pytest

from nornir_tasks.core.ranges import fold_names, format_ranges, group_by_range, parse_ranges


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


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ("", ""),
        ("Ethernet30 Ethernet1 Ethernet2 Ethernet3", "Ethernet1-3, 30"),
        ("1 2 3 24", "1-3, 24"),
        ("GigabitEthernet1/0/1 GigabitEthernet1/0/2 TenGigabitEthernet1/0/1",
         "GigabitEthernet1/0/1, 2, TenGigabitEthernet1/0/1"),
        ("loppa-acc-09 loppa-acc-10 loppa-acc-11 loppa-core-01", "loppa-acc-09-11, loppa-core-01"),
        ("p01 p1 p2", "p01, 1, 2"),  # with other zeros it is another name
        ("mgmt", "mgmt"),
    ],
)  # fmt: skip
def test_names_that_end_in_numbers(names: str, text: str) -> None:
    """Those of each beginning together, and nothing taken for what it is not."""
    assert fold_names(names.split()) == text


@pytest.mark.parametrize("text", ["", "1,,2", "1-x"])
def test_what_is_no_range(text: str) -> None:
    """A part that is no number is refused."""
    with pytest.raises(ValueError, match="invalid literal"):
        parse_ranges(text)


def test_values_by_range() -> None:
    """A gap and another value both end a range."""
    ports = {4: "school", 1: "administration", 2: "administration", 6: "school", 3: "school"}
    assert group_by_range(ports) == {"1-2": "administration", "3-4": "school", "6": "school"}
