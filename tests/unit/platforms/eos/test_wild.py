"""What EOS switches of the wild show, that the lab's own do not: second lines of one kind, lists of VLANs."""

import pytest

from nornir_tasks.config.compare import compare
from nornir_tasks.platforms import platform

EOS = platform("eos")


@pytest.mark.parametrize(
    "text",
    [
        "ntp server vrf MGMT 10.0.0.1\nntp server vrf MGMT 10.0.0.2\n",
        "ip route 0.0.0.0/0 10.0.0.1\nip route 0.0.0.0/0 10.0.0.2 200\n",
        "username a ssh-key x\nusername a privilege 15 nopassword\n",
        "spanning-tree mst 0 priority 4096\nspanning-tree mst 1 priority 8192\n",
    ],
)
def test_what_a_switch_has_it_keeps(text: str) -> None:
    """Also two lines of a kind of which the standard has one."""
    assert sorted(EOS.overlay(text, "").splitlines()) == sorted(text.splitlines())


def test_a_list_of_vlans_is_as_many_vlans() -> None:
    """As the switch writes them: those that say the same together."""
    intended = EOS.overlay("vlan 10-12\n", "vlan 11\n   name SKOLE\n")
    assert compare(EOS, "vlan 10,12\nvlan 11\n   name SKOLE\n", intended).diff == ""
    assert compare(EOS, "vlan 10-12\n", intended).diff != ""


@pytest.mark.parametrize(
    ("before", "after"),
    [("except 4000", "1-3999,4001-4094"), ("all", "all"), ("1-3", "1-3,110"), ("none", "110"), ("except 110", "all")],
)
def test_vlans_of_a_trunk(before: str, after: str) -> None:
    """Whatever they are written as."""
    head, mode = "interface Ethernet1\n   switchport trunk allowed vlan ", "   switchport mode trunk\n"
    legacy = f"{head}{before}\n{mode}"
    assert EOS.overlay(legacy, f"{head}add 110\n") == f"{head}{after}\n{mode}"


def test_a_vrf_is_left_before_the_next_line() -> None:
    """Also one in which nothing stands; or the next would be set in it."""
    before = "router bgp 1\n   vrf A\n      rd 1:1\n"
    after = "router bgp 1\n   vrf A\n      rd 1:2\n   vrf B\n   neighbor 10.0.0.9 remote-as 1\n"
    assert EOS.remediation(before, after) == (
        "router bgp 1", "   vrf A", "      no rd 1:1", "      rd 1:2", "   exit", "   vrf B", "   exit",
        "   neighbor 10.0.0.9 remote-as 1",
    )  # fmt: skip
    assert compare(EOS, after, after.replace("   neighbor", "   exit\n   neighbor")).equal
    assert EOS.remediation("interface Ethernet1\n   vrf A\n", "interface Ethernet1\n   vrf B\n   mtu 9000\n") == (
        "interface Ethernet1", "   no vrf A", "   vrf B", "   mtu 9000",
    )  # fmt: skip


def test_a_new_line_stands_before_the_sections_beside_it() -> None:
    """EOS shows no end of a VRF: what stood behind one would be read as its own."""
    legacy = "router bgp 1\n   vrf A\n      rd 1:1\nmanagement api http-commands\n   vrf MGMT\n      no shutdown\n"
    added = "router bgp 1\n   neighbor 10.0.0.9 remote-as 1\nmanagement api http-commands\n   no shutdown\n"
    assert EOS.overlay(legacy, added) == (
        "router bgp 1\n   neighbor 10.0.0.9 remote-as 1\n   vrf A\n      rd 1:1\n"
        "management api http-commands\n   no shutdown\n   vrf MGMT\n      no shutdown\n"
    )


def test_the_word_alone_takes_nothing_away() -> None:
    """A switch that shows ``no aaa root`` refuses ``aaa root``."""
    assert EOS.remediation("no aaa root\nno ip routing\n", "") == ("ip routing",)
