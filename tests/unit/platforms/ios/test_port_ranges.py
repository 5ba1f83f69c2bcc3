"""Ports in as few lines as IOS takes."""

import pytest

from nornir_tasks.platforms.ios.session import list_port_ranges

GIGABIT = "GigabitEthernet1/0/{}"


@pytest.mark.parametrize(
    ("ports", "lines"),
    [
        ([GIGABIT.format(7)], ["GigabitEthernet1/0/7"]),
        ([GIGABIT.format(n) for n in (1, 2, 3, 9)], ["GigabitEthernet1/0/1 - 3 , GigabitEthernet1/0/9"]),
        (["TenGigabitEthernet1/1/1", "GigabitEthernet1/0/1"], ["TenGigabitEthernet1/1/1 , GigabitEthernet1/0/1"]),
        (
            [GIGABIT.format(n) for n in range(1, 13, 2)],
            [
                " , ".join(GIGABIT.format(n) for n in range(1, 11, 2)),
                GIGABIT.format(11),
            ],
        ),
    ],
)
def test_five_ranges_a_line(ports: list[str], lines: list[str]) -> None:
    """With a space on either side of each comma and hyphen, and the kind of port before each range."""
    assert list_port_ranges(ports) == lines
