"""What IOS switches of the wild show, that the lab's own do not: read as the device means it."""

import pytest

from nornir_tasks.config.compare import compare
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.ios.readings import read_port_states
from nornir_tasks.platforms.ios.text import clean, restore_certificates
from nornir_tasks.platforms.ios.transfer import ETX, TYPED_DELIMITERS, delimit_banners

IOS = platform("ios")
STATUS = """
Port      Name               Status       Vlan       Duplex  Speed Type
Gi1/0/1   disabled toalett   connected    20         a-full a-1000 10/100/1000BaseTX
Gi1/0/2   connected rom 12   notconnect   20           auto   auto 10/100/1000BaseTX
Gi1/0/3                      err-disabled 1            auto   auto 10/100/1000BaseTX
Gi1/0/4   connected 20 full  disabled     unassigned   auto   auto 10/100/1000BaseTX
Te1/1/1   uplink             connected    trunk        full    10G SFP-10GBase-LR
Te1/1/2                      inactive     routed       full    10G Not Present
Po1       both of them       connected    trunk      a-full a-1000
"""
CERTIFICATE = """crypto pki certificate chain TP-self-signed-100
 certificate self-signed 01
  3082022B 30820194 A0030201 02020101
  \tquit
crypto pki certificate chain OTHER
 certificate ca 01
  3082022B 30820194 A0030201 99999999
  \tquit
ip http secure-server
end
"""


def test_a_status_is_read_from_its_column() -> None:
    """Never from what people wrote beside it."""
    assert read_port_states(STATUS) == {
        "Gi1/0/1": "connected",
        "Gi1/0/2": "notconnect",
        "Gi1/0/3": "err-disabled",
        "Gi1/0/4": "disabled",
        "Te1/1/1": "connected",
        "Te1/1/2": "inactive",
    }


def test_startup_names_a_certificate_that_running_shows() -> None:
    """Then both are the same; a certificate of another chain, or another number, is not taken for it."""
    running = clean(CERTIFICATE)
    head = "crypto pki certificate chain TP-self-signed-100\n"
    startup = clean(
        CERTIFICATE.replace("01\n  3082022B 30820194 A0030201 02020101\n  \tquit", "01 nvram:Self#1.cer", 1)
    )
    assert "02020101" not in startup
    assert restore_certificates(startup, running) == running
    other = startup.replace("self-signed 01", "self-signed 02")
    assert restore_certificates(other, running) == other
    assert restore_certificates(startup, running.replace(head, "crypto pki certificate chain X\n")) == startup


def test_a_banner_goes_into_flash_as_the_switch_reads_it() -> None:
    """Between single characters, which are not in it; the switch shows each of them as ^C."""
    text = "hostname x\nbanner login ^CHei # du^C\nbanner motd ^C\nto\nlinjer ^ her\n^C\nend\n"
    assert delimit_banners(text, ETX) == text.replace("^C", "\x03")
    assert delimit_banners(text, TYPED_DELIMITERS) == (
        "hostname x\nbanner login ~Hei # du~\nbanner motd #\nto\nlinjer ^ her\n#\nend\n"
    )
    with pytest.raises(PlatformError, match=r"banner login: expected a text without one of #~%@\|, found"):
        delimit_banners(f"banner login ^C{TYPED_DELIMITERS}^C\n", TYPED_DELIMITERS)


def lists(*values: str) -> str:
    """A trunk whose VLANs stand in these lines."""
    lines = "".join(f" switchport trunk allowed vlan {value}\n" for value in values)
    return f"interface GigabitEthernet1/0/1\n{lines} switchport mode trunk\nend\n"


@pytest.mark.parametrize(
    ("before", "added", "after"),
    [
        (("11,21,253,828,921", "add 924"), "add 110", ("11,21,110,253,828", "add 921,924")),
        (("1-3",), "add 4", ("1-4",)),
        (("none",), "add 4,5", ("4,5",)),
        (("except 4000",), "add 110", ("1-3999,4001-4094",)),
        (("all",), "add 110", ("all",)),
        (("1-10", "add 20"), "5", ("5",)),
    ],
)
def test_vlans_of_a_trunk_are_one_list(before: tuple[str, ...], added: str, after: tuple[str, ...]) -> None:
    """Whatever line it is broken in; and an addition that says all of it leaves nothing of it behind."""
    addition = f"interface GigabitEthernet1/0/1\n switchport trunk allowed vlan {added}\n"
    assert compare(IOS, IOS.overlay(lists(*before), addition), lists(*after)).diff == ""
    assert compare(IOS, IOS.overlay(lists(*before), ""), lists(*before)).diff == ""


def test_a_list_of_vlans_that_is_none_is_named() -> None:
    """And no traceback."""
    with pytest.raises(PlatformError, match="switchport trunk allowed vlan x': expected VLANs such as 1,20-22"):
        IOS.overlay(lists("1", "x"), "")


@pytest.mark.parametrize("before", ["ip access-list extended A\n {}\n", "access-list 101 {}\n"])
def test_a_switch_prints_deny_as_wide_as_permit(before: str) -> None:
    """What was written as ``deny ip any any`` and is shown as ``deny   ip any any`` was taken."""
    written, printed = before.format("deny ip any any"), before.format("deny   ip any any")
    assert compare(IOS, clean(printed), clean(written)).equal
    assert IOS.overlay(clean(printed), written) == IOS.overlay(clean(written), "")


def test_rows_of_a_numbered_list_are_read_from_the_top() -> None:
    """In another order they are another list."""
    rows = ("access-list 101 permit tcp host 10.1.1.1 any eq 22", "access-list 101 deny ip any any")
    other = ("access-list 10 permit any",)
    text, turned = ("".join(f"{line}\n" for line in (*order, *other, "end")) for order in (rows, rows[::-1]))
    assert compare(IOS, text, text).diff == ""
    comparison = compare(IOS, text, turned)
    assert not comparison.equal
    assert comparison.drift == ("~ access-list 101: its lines stand in another order",)
    assert "access-list 101 deny" in comparison.diff


def test_servers_are_told_apart_by_their_address() -> None:
    """And not by the word before it."""
    text = "ntp server vrf MGMT 10.0.0.1\nntp server vrf MGMT 10.0.0.2\nend\n"
    assert IOS.overlay(text, "") == text
    assert IOS.overlay(text, "ntp server vrf MGMT 10.0.0.3\n").count("ntp server") == 3


@pytest.mark.parametrize(
    ("running", "intended", "commands"),
    [
        ("hostname a\nend\n", "hostname a\n", ()),
        ("hostname a\n", "hostname a\nend\n", ()),
        # A physical port cannot be removed.
        ("interface Ethernet1/0\n shutdown\n", "", ("default interface Ethernet1/0",)),
        ("interface GigabitEthernet1/0/1.30\n encapsulation dot1Q 30\n", "", ("no interface GigabitEthernet1/0/1.30",)),
        ("interface Vlan30\n shutdown\ninterface Loopback1\n", "", ("no interface Loopback1", "no interface Vlan30")),
        # The encapsulation comes before the mode that needs it, and goes after it.
        (
            "interface Ethernet0/3\n",
            "interface Ethernet0/3\n switchport trunk encapsulation dot1q\n switchport mode trunk\n",
            ("interface Ethernet0/3", " switchport trunk encapsulation dot1q", " switchport mode trunk"),
        ),
        (
            "interface Ethernet0/3\n switchport trunk encapsulation dot1q\n switchport mode trunk\n",
            "interface Ethernet0/3\n",
            ("interface Ethernet0/3", " no switchport mode", " no switchport trunk encapsulation dot1q"),
        ),
        # What only ends a section is never taken away.
        (
            "router eigrp X\n address-family ipv4 unicast autonomous-system 1\n  af-interface default\n   shutdown\n"
            "  exit-af-interface\n exit-address-family\n",
            "router eigrp X\n address-family ipv4 unicast autonomous-system 1\n",
            (
                "router eigrp X",
                " address-family ipv4 unicast autonomous-system 1",
                "  no af-interface default",
                " exit-address-family",
            ),
        ),
        # A family ends before what stands behind it, also where nothing stands in it, and whatever the file says.
        (
            "router bgp 1\n address-family ipv4\n  network 10.0.0.0\n exit-address-family\n",
            "router bgp 1\n address-family ipv4\n  network 11.0.0.0\n exit-address-family\n address-family ipv6\n"
            " neighbor 10.0.0.9 remote-as 1\nhostname b\n",
            (
                "router bgp 1",
                " address-family ipv4",
                "  no network 10.0.0.0",
                "  network 11.0.0.0",
                " exit-address-family",
                " address-family ipv6",
                " exit-address-family",
                " neighbor 10.0.0.9 remote-as 1",
                "hostname b",
            ),
        ),
        (
            "vrf definition A\n rd 1:1\n",
            "vrf definition A\n address-family ipv4\n rd 1:2\n",
            ("vrf definition A", " no rd 1:1", " address-family ipv4", " exit-address-family", " rd 1:2"),
        ),
        (
            "router eigrp X\n",
            "router eigrp X\n address-family ipv4 unicast autonomous-system 1\n  af-interface default\n   shutdown\n"
            "  topology base\n  network 10.0.0.0\n",
            (
                "router eigrp X",
                " address-family ipv4 unicast autonomous-system 1",
                "  af-interface default",
                "   shutdown",
                "  exit-af-interface",
                "  topology base",
                "  exit-af-topology",
                "  network 10.0.0.0",
                " exit-address-family",
            ),
        ),
        # Where IOS shows no end of a section it is left by ``exit``; a certificate ends with its ``quit``.
        (
            "archive\n",
            "archive\n log config\n  hidekeys\n path flash:x\n",
            ("archive", " log config", "  hidekeys", " exit", " path flash:x"),
        ),
        (
            "crypto pki certificate chain A\n",
            "crypto pki certificate chain A\n certificate ca 01\n  3082\n  \tquit\n certificate ca 02\n  3083\n"
            "  \tquit\n",
            (
                "crypto pki certificate chain A",
                " certificate ca 01",
                "  3082",
                "   quit",
                " certificate ca 02",
                "  3083",
                "   quit",
            ),
        ),
        # That there is no value takes nothing away: the word alone would be refused.
        (
            "interface GigabitEthernet1/0/1\n no ip address\n no ipv6 address\nline aux 0\n no activation-character\n",
            "interface GigabitEthernet1/0/1\n switchport\nline aux 0\n",
            ("interface GigabitEthernet1/0/1", " switchport"),
        ),
        (
            "interface Vlan1\n no ip address\n",
            "interface Vlan1\n ip address 10.0.0.1 255.0.0.0\n",
            ("interface Vlan1", " ip address 10.0.0.1 255.0.0.0"),
        ),
        ("interface Vlan1\n no ip route-cache\n", "interface Vlan1\n", ("interface Vlan1", " ip route-cache")),
        ("interface Vlan1\n no ip address\n", "interface Vlan1\n", ()),
    ],
)
def test_commands_that_a_switch_takes(running: str, intended: str, commands: tuple[str, ...]) -> None:
    """None that it would refuse, and each where it has what it needs."""
    assert IOS.remediation(running, intended) == commands
    assert compare(IOS, IOS.overlay(running, "".join(f"{line}\n" for line in commands)), intended).missing == ()


def test_the_end_of_a_family_is_no_setting_and_is_written() -> None:
    """Two families have two ends, in what is compared, in what was read and in what is added."""
    text = "router bgp 1\n bgp log\n address-family ipv4\n  network 10.0.0.0\n exit-address-family\nend\n"
    assert compare(IOS, text, text.replace(" exit-address-family\n", "")).equal
    assert IOS.overlay(text, "router bgp 1\n address-family ipv6\n  network 2001:DB8::/32\n neighbor 10.0.0.9 x\n") == (
        text.removesuffix("end\n") + " address-family ipv6\n  network 2001:DB8::/32\n exit-address-family\n"
        " neighbor 10.0.0.9 x\nend\n"
    )


@pytest.mark.parametrize(
    ("legacy", "added", "merged"),
    [
        ("", "archive\n log config\n  hidekeys\n path flash:x\n", "archive\n log config\n  hidekeys\n path flash:x\n"),
        ("archive\n log config\n  hidekeys\n", "archive\n path flash:x\n",
         "archive\n log config\n  hidekeys\n path flash:x\n"),
        ("policy-map P\n class A\n  priority\n", "policy-map P\n class B\n  trust dscp\n description x\n",
         "policy-map P\n description x\n class A\n  priority\n class B\n  trust dscp\n"),
        ("", "vrf definition A\n address-family ipv4\n  x\n  exit\n rd 1:1\n",
         "vrf definition A\n address-family ipv4\n  x\n exit-address-family\n rd 1:1\n"),
    ],
)  # fmt: skip
def test_a_new_line_stands_where_the_switch_reads_it(legacy: str, added: str, merged: str) -> None:
    """Before the sections whose end it does not show, but for one that it prints first itself."""
    assert IOS.overlay(legacy, added) == merged
