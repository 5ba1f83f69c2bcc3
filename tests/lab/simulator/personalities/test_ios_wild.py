"""What configurations in the wild hold, on the lab's IOS: second lines of one kind, and contexts within contexts."""

import asyncio
import re

import pytest
from ntc_templates.parse import parse_output

from lab.personalities.ios.configuration.config import Config, Cursor
from lab.personalities.ios.configuration.meaning import extract
from lab.personalities.ios.configuration.parse import Refused
from lab.personalities.ios.configuration.replace import difference, write
from lab.testing.bench import bench
from tests.lab.simulator.personalities.test_ios import PORTS, dialogue, make

# In the order in which IOS prints it.
WILD = """\
vrf definition MGMT
 rd 65000:1
 !
 address-family ipv4
  route-target export 65000:1
  route-target import 65000:1
 exit-address-family
 !
 address-family ipv6
 exit-address-family
!
username anna privilege 15 secret 5 $1$aa$bb
username berit secret 5 $1$aa$bb
aaa new-model
!
aaa group server radius NPS
 server name NPS-2
 server name NPS-1
 ip vrf forwarding MGMT
!
aaa authentication login CONSOLE local
aaa authentication login default group NPS local
aaa authorization exec default group NPS local
aaa session-id common
crypto pki trustpoint KOMMUNE
 enrollment url http://10.1.1.1:80
 revocation-check crl none
!
class-map match-any VOICE
 match ip dscp ef
 match access-group name TALE
!
policy-map UT
 class VOICE
  priority
 class class-default
  bandwidth remaining percent 5
!
interface GigabitEthernet1/0/1
 service-policy output UT
!
interface Vlan10
 ip address 10.2.0.1 255.255.255.0 secondary
 ip address 10.3.0.1 255.255.255.0 secondary
 ip address 10.1.0.1 255.255.255.0
 ip helper-address 10.9.9.8
 ip helper-address 10.9.9.9
 ipv6 address FE80::1 link-local
 ipv6 address 2001:DB8:1::1/64
 ipv6 address 2001:DB8:2::1/64
 ipv6 enable
!
interface Vlan20
 vrf forwarding MGMT
 ip address 10.1.0.1 255.255.255.0
!
router bgp 65000
 bgp router-id 10.255.0.1
 bgp log-neighbor-changes
 network 10.1.0.0 mask 255.255.255.0
 neighbor NABOER peer-group
 neighbor NABOER remote-as 65001
 neighbor 10.1.0.2 peer-group NABOER
 neighbor 10.1.0.3 remote-as 65002
 neighbor 10.1.0.3 description nabo
 neighbor 2001:DB8:1::2 remote-as 65002
 !
 address-family ipv6
  neighbor 2001:DB8:1::2 activate
 exit-address-family
!
ip route 10.9.0.0 255.255.0.0 Vlan10
ip route vrf MGMT 0.0.0.0 0.0.0.0 10.1.0.254
!
logging host 10.1.0.9
logging host 10.1.0.9 vrf MGMT
!
ip prefix-list INN seq 5 permit 10.0.0.0/8 le 24
ip prefix-list INN seq 10 deny 0.0.0.0/0 le 32
!
access-list 101 remark ---
access-list 101 permit ip any any
access-list 101 remark ---
access-list 101 deny   ip any any
!
route-map NABO permit 5
 match ip address prefix-list INN
 set local-preference 200
!
route-map NABO deny 10
!
snmp-server host 10.1.0.8 version 2c alfa
snmp-server host 10.1.0.9 version 2c alfa
snmp-server host 10.1.0.9 vrf MGMT version 2c alfa
!
radius server NPS-1
 address ipv4 10.1.0.8 auth-port 1812 acct-port 1813
 key 7 0822455D0A16
!
line vty 0 4
 login authentication CONSOLE
!
ntp server 10.1.0.5
ntp server vrf MGMT 10.1.0.5
!
"""


def blocks(text: str) -> list[str]:
    """The blocks between two lines of ``!`` alone."""
    return [block for block in re.split(r"^!\n", text, flags=re.M) if block]


def test_the_wild_is_printed_as_it_was_typed() -> None:
    """Nothing of it is lost, refused or moved; what was printed means itself, and the way back leads all the way."""
    config = make(WILD)
    text = config.text()
    shown = iter(text.splitlines())
    assert [line for line in WILD.splitlines() if line.strip() != "!" and line not in shown] == []
    for block in blocks(WILD):
        assert block.splitlines()[-1] in text
    assert " exit-address-family\n !\n address-family ipv6\n exit-address-family\n!\n" in text
    assert make(text).text() == text
    empty = make()
    for _ in range(3):
        asyncio.run(write(config, difference(config, empty), lambda line: None, nothing, yes))
    assert config.text() == empty.text()
    for _ in range(2):
        asyncio.run(write(config, difference(config, make(WILD)), lambda line: None, nothing, yes))
    assert config.text() == text


async def nothing(line: str) -> None:
    """What is awaited after each line."""


async def yes(question: str) -> bool:
    """Whoever is asked says so."""
    return True


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("interface Vlan10", "no ip address 10.1.0.1 255.255.255.0"), "Must delete secondary before deleting primary"),
        (("interface Vlan10", "no ip address 10.1.0.9 255.255.255.0"), "Invalid address"),
        (("interface Vlan10", "no ip address 10.1.0.1 255.255.255.0 secondary"), "Invalid address"),
        (("interface Vlan30", "ip address 10.2.0.9 255.255.255.0 secondary"), "% 10.2.0.0 overlaps with Vlan10"),
        (("interface Vlan30", "ip address 10.2.0.9 255.255.255.0"), "% 10.2.0.0 overlaps with Vlan10"),
        (("interface Vlan30", "vrf forwarding NONE"), "% VRF NONE not configured."),
        (("ip route vrf NONE 10.0.0.0 255.0.0.0 10.1.0.2",), "% IP routing table NONE does not exist"),
        (("no class-map VOICE",), "% Class-map VOICE is being used"),
        (("policy-map UT", "class DATA"), "class map DATA not configured"),
        (("interface gi1/0/2", "service-policy input INN"), "% policy map INN not configured"),
        (("router bgp 65009",), "BGP is already running; AS is 65000"),
        (("router bgp 65000", "neighbor 10.1.0.9 shutdown"), "% Specify remote-as or peer-group commands first"),
        (("ip prefix-list INN seq 5 deny 10.0.0.0/8",), "%Insertion failed"),
        (("ip prefix-list INN permit 10.0.0.0/8 ge 30 le 24",), "% Invalid prefix range for 10.0.0.0/8"),
        (("no aaa new-model", "aaa authentication login default local"), "% Invalid input detected"),
    ],
)
def test_what_ios_refuses_there_is_refused(lines: tuple[str, ...], words: str) -> None:
    """With its words; what was there stays."""
    config = make(WILD)
    cursor = Cursor(config.root)
    for line in lines[:-1]:
        config.apply(cursor, line)
    before = config.text()
    with pytest.raises(Refused) as refused:
        config.apply(cursor, lines[-1])
    assert refused.value.words.startswith(words)
    assert config.text() == before


@pytest.mark.parametrize(
    ("lines", "gone", "still"),
    [
        (
            ("interface Vlan10", "no ip address 10.2.0.1 255.255.255.0 secondary"),
            ["10.2.0.1"],
            ["10.3.0.1", "10.1.0.1"],
        ),
        (("interface Vlan10", "no ip address"), ["10.2.0.1", "10.3.0.1"], ["ipv6 enable"]),
        (("interface Vlan10", "no ipv6 enable"), [" ipv6 enable"], ["2001:DB8:1::1/64"]),
        (("no ntp server vrf MGMT 10.1.0.5",), ["ntp server vrf"], ["ntp server 10.1.0.5"]),
        (("no logging host 10.1.0.9",), ["logging host 10.1.0.9\n"], ["logging host 10.1.0.9 vrf MGMT"]),
        (("no access-list 101",), ["access-list"], []),
        (("ip access-list extended 101", "no remark ---"), ["remark ---\naccess-list 101 permit"], ["101 remark ---"]),
        (("no ip prefix-list INN permit 10.0.0.0/8 le 24",), ["seq 5 "], ["INN seq 10"]),
        (("no ip prefix-list INN",), ["ip prefix-list"], []),
        (("no route-map NABO permit 5",), ["NABO permit 5"], ["NABO deny 10"]),
        (("router bgp 65000", "no neighbor 10.1.0.3"), ["neighbor 10.1.0.3"], ["neighbor 10.1.0.2"]),
        (("no vrf definition MGMT",), ["vrf definition", "\n vrf forwarding", "ip route vrf"], ["ip route 10.9.0.0"]),
        (("interface Vlan10", "vrf forwarding MGMT", "no vrf forwarding"), ["10.2.0.1"], ["interface Vlan10"]),
        (("no aaa new-model",), ["aaa group", "aaa session-id", "server name"], ["no aaa new-model"]),
    ],
)
def test_one_line_goes_and_its_like_stay(lines: tuple[str, ...], gone: list[str], still: list[str]) -> None:
    """``no`` takes what it names, and what stands on it."""
    config = make(WILD)
    cursor = Cursor(config.root)
    for line in lines:
        config.apply(cursor, line)
    text = config.text()
    assert [words for words in gone if words in text] == []
    assert [words for words in still if words not in text] == []


def test_with_aaa_the_lines_ask_anew_how_people_log_in() -> None:
    """``login local`` goes when it begins, ``login authentication`` when it ends."""
    config = make("line vty 0 4\n login local\n transport input ssh\naaa new-model\n")
    assert "login local" not in config.text()
    assert extract(config).ssh
    cursor = Cursor(config.root)
    for line in ("line vty 0 4", "login authentication X", "aaa new-model", "no aaa new-model"):
        assert ("login authentication X" in config.text()) == (line == "aaa new-model" or line.startswith("no"))
        config.apply(cursor, line)
    assert "login" not in config.text()


def test_the_order_of_classes_and_servers_is_gone_to() -> None:
    """It is meaning, so that it is kept as typed, and gone to by ``configure replace``."""
    config, wanted = make(WILD), make(WILD.replace("NPS-2\n server name NPS-1", "NPS-1\n server name NPS-2"))
    assert config.text() != wanted.text()
    asyncio.run(write(config, difference(config, wanted), lambda line: None, nothing, yes))
    assert config.text() == wanted.text()


def test_a_section_filter_shows_a_banners_body() -> None:
    """Though its lines begin in the first column; what follows it is another section."""
    switch = bench("ios")
    typed = ["configure terminal", "banner motd #", "Velkommen", "til Sor-Fron", "#", "end"]
    heard = dialogue(switch, *typed, "show running-config | section banner")[-1][1]
    assert heard == "banner motd ^C\nVelkommen\ntil Sor-Fron\n^C\n"


def test_vrfs_are_shown_with_their_interfaces() -> None:
    """As many rows as VRFs; the interfaces of one stand below one another."""
    switch = bench("ios", startup=WILD + "ip vrf OLD\ninterface Vlan21\n vrf forwarding MGMT\n")
    rows = parse_output("cisco_ios", "show vrf", dialogue(switch, "show vrf")[0][1])
    assert [(row["name"], row["default_rd"], row["protocols"], row["interfaces"]) for row in rows] == [
        ("MGMT", "65000:1", "ipv4,ipv6", ["Vl20", "Vl21"]),
        ("OLD", "<not set>", "ipv4", []),
    ]


def test_a_route_may_lead_out_of_an_interface_alone() -> None:
    """It is shown as directly connected while that interface is up, and the switch forwards by it."""
    switch = bench("ios")
    lines = ["ip routing", "interface Loopback1", "ip address 10.0.0.1 255.255.255.255"]
    dialogue(switch, "configure terminal", *lines, "ip route 10.9.0.0 255.255.0.0 Loopback1")
    heard = dialogue(switch, "show ip route")[0][1]
    assert re.search(r"^S +10\.9\.0\.0/16 is directly connected, Loopback1$", heard, re.M)
    config = Config(PORTS, "ws")
    config.load("ip route 10.9.0.0 255.255.0.0 Vlan10\ninterface Vlan10\n ip address 10.1.0.1 255.255.255.0")
    assert [(str(net), str(own)) for net, own in extract(config).direct_routes] == [("10.9.0.0/16", "10.1.0.1/24")]
