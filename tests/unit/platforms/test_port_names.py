"""Ports by name: what a platform shows for a number is what the proof reads as that number."""

import pytest

from nornir_tasks.config.render import match_port
from nornir_tasks.model.services import PortRange
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.access_list import parse_rows

NAMED = [
    (platform_name, protocol, number)
    for platform_name in ("ios", "eos")
    for protocol, names in platform(platform_name).port_names.items()
    for number in names
]


@pytest.mark.parametrize(("platform_name", "protocol", "number"), NAMED)
def test_a_name_is_read_back_as_its_port(platform_name: str, protocol: str, number: int) -> None:
    """Else the proof would judge another row than the one that runs."""
    port = PortRange(protocol, number, number)
    words = match_port(port, platform_name)
    assert not words.split()[-1].isdigit()
    (row,) = parse_rows([f"permit {protocol} any any{words}"])
    assert row.readable, words
    (by_number,) = parse_rows([f"permit {protocol} any any eq {number}"])
    assert row.destination_ports == by_number.destination_ports


@pytest.mark.parametrize("platform_name", ["ios", "eos"])
def test_no_two_ports_of_a_protocol_have_one_name(platform_name: str) -> None:
    """A row would come back as another one."""
    for names in platform(platform_name).port_names.values():
        assert len(set(names.values())) == len(names)
        assert all(0 < number < 65536 for number in names)
