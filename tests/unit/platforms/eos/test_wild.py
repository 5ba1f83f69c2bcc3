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
