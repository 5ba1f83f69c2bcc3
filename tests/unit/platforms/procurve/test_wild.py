"""What ProCurve switches of the wild show, that the lab's own do not: trunks, chassis, several lines of one kind."""

import pytest

from nornir_tasks.config.compare import compare
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.procurve.ports import format_ports, parse_ports

PROCURVE = platform("procurve")
TRUNK = """trunk 49-50 trk1 lacp
interface Trk1
   name "opp"
   exit
interface A7
   name "skap"
   exit
interface 1/7
   disable
   exit
vlan 1
   name "DEFAULT_VLAN"
   untagged 1-48,51-52
   ip address 192.168.1.2 255.255.255.0
   exit
vlan 20
   name "SKOLE"
   untagged 5,A1-A4
   tagged 1/1-1/4,Trk1-Trk2
   no ip address
   exit
"""
SEVERAL = """vlan 1
   name "DEFAULT_VLAN"
   untagged 1-52
   ip address 10.0.0.1 255.255.255.0
   ip address 10.0.1.1 255.255.255.0
   ip helper-address 10.0.0.5
   ip helper-address 10.0.0.6
   ip igmp
   no ip igmp querier
   ipv6 address dhcp full
   ipv6 address fd00::1/64
   ipv6 enable
   exit
"""


@pytest.mark.parametrize("text", ["5", "A7", "1/7", "2/B3", "Trk144", "1-24,A1-A4,1/1-1/4,Trk1-Trk3"])
def test_names_of_ports(text: str) -> None:
    """Each is written as it is read; they sort as a switch lists them."""
    assert format_ports(parse_ports(text)) == text


@pytest.mark.parametrize("text", ["x", "Trkx", "A24-B1", "7-5", "", "1/"])
def test_what_is_no_port(text: str) -> None:
    """Told, and not a traceback."""
    with pytest.raises(PlatformError, match="ports: found "):
        parse_ports(text)


@pytest.mark.parametrize("text", [TRUNK, SEVERAL])
def test_nothing_is_lost(text: str) -> None:
    """With nothing laid over it a configuration says what it said."""
    kept = PROCURVE.overlay(text, "")
    assert compare(PROCURVE, text, kept).diff == ""
    assert sorted(kept.splitlines()) == sorted(text.splitlines())
    assert PROCURVE.remediation(text, kept) == ()


def test_a_trunk_moves_like_a_port() -> None:
    """Into another VLAN, by its name."""
    wanted = TRUNK.replace("untagged 5,A1-A4", "untagged 5,A2-A4").replace("Trk1-Trk2", "Trk1")
    wanted = wanted.replace("untagged 1-48,51-52", "untagged 1-48,51-52,A1")
    assert PROCURVE.remediation(TRUNK, wanted) == ("vlan 1 untagged A1", "no vlan 20 tagged Trk2")


def test_a_line_that_is_none_is_named() -> None:
    """With its VLAN."""
    with pytest.raises(PlatformError, match=r"vlan 20: 'tagged 1/1-1/4,Trkx': ports: found 'Trkx', expected such as 7"):
        PROCURVE.overlay(TRUNK.replace("Trk1-Trk2", "Trkx"), "")
