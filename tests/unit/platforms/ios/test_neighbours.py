"""The neighbours of an IOS switch, from the detailed form of ``show lldp neighbors``."""

import pytest

from nornir_tasks.platforms.ios.readings import read_neighbours

HEAD = "------------------------------------------------\n"
ENTRY = """\
Local Intf: Gi1/0/23
Chassis id: 001c.7301.0a01
Port id: Ethernet7
Port Description: to loppa - not advertised elsewhere
System Name: alta-leaf-01.drift.no

System Description:
Arista Networks EOS version 4.30.2F
System Name: an impostor
Port id: an impostor

Time remaining: 99 seconds
System Capabilities: B,R
Enabled Capabilities: B,R
Management Addresses:
    IP: 10.10.0.11
Auto Negotiation - not supported

"""
QUIET = """\
Local Intf: Te1/1/1
Chassis id: 9457.a5aa.bbcc
Port id: 1
Port Description - not advertised
System Name - not advertised
System Description - not advertised

Time remaining: 100 seconds
System Capabilities - not advertised
Enabled Capabilities - not advertised

"""
TABLE = """\
Capability codes:
    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device

Device ID           Local Intf     Hold-time  Capability      Port ID
alta-leaf-01.drift.nGi1/0/23       120        B,R             Ethernet7
9457.a5aa.bbcc      Te1/1/1        120                        1

Total entries displayed: 2

"""


def refuse_table() -> str:
    """Where the detailed form says it all."""
    raise AssertionError("the table was asked for")


def test_each_neighbour_has_its_port_and_name() -> None:
    text = f"{HEAD}{ENTRY}{HEAD}{QUIET}\nTotal entries displayed: 2\n"
    assert read_neighbours(text, refuse_table) == {
        "GigabitEthernet1/0/23": ("alta-leaf-01", "Ethernet7"),
        "TenGigabitEthernet1/1/1": ("", "1"),
    }


def test_of_two_at_one_port_the_first_counts() -> None:
    second = ENTRY.replace("alta-leaf-01", "phone")
    assert read_neighbours(f"{HEAD}{ENTRY}{HEAD}{second}", refuse_table) == {
        "GigabitEthernet1/0/23": ("alta-leaf-01", "Ethernet7")
    }


def test_an_old_version_names_its_ports_only_in_the_table() -> None:
    """12.2(55)SE has no line for the local port."""
    text = "".join(HEAD + entry.partition("\n")[2] for entry in (ENTRY, QUIET))
    assert read_neighbours(text, lambda: TABLE) == {
        "GigabitEthernet1/0/23": ("alta-leaf-01", "Ethernet7"),
        "TenGigabitEthernet1/1/1": ("", "1"),
    }


def test_a_neighbour_that_went_in_between_is_no_guess() -> None:
    text = "".join(HEAD + entry.partition("\n")[2] for entry in (ENTRY, QUIET, QUIET))
    with pytest.raises(ValueError, match="longer"):
        read_neighbours(text, lambda: TABLE)


@pytest.mark.parametrize("text", ["", "% LLDP is not enabled\n", "\nTotal entries displayed: 0\n"])
def test_there_may_be_none(text: str) -> None:
    assert read_neighbours(text, refuse_table) == {}
