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
ACCESS = """key-chain "k"
key-chain "k" key 1 encrypted-key "YQ=="
radius-server encrypted-key "YQ=="
aaa authentication port-access eap-radius
aaa port-access authenticator 1-10,A1-A4
aaa port-access authenticator 1 client-limit 2
aaa port-access authenticator active
aaa port-access mac-based 3
aaa port-access 1 controlled-direction in
"""


@pytest.mark.parametrize("text", ["5", "A7", "1/7", "2/B3", "Trk144", "1-24,A1-A4,C1i-C3i,1/1-1/4,Trk1-Trk3"])
def test_names_of_ports(text: str) -> None:
    """Each is written as it is read; they sort as a switch lists them."""
    assert format_ports(parse_ports(text)) == text


@pytest.mark.parametrize("text", ["x", "Trkx", "A24-B1", "7-5", "", "1/", "A3-C1i", "999", "all"])
def test_what_is_no_port(text: str) -> None:
    """Told, and not a traceback."""
    with pytest.raises(PlatformError, match="ports: found "):
        parse_ports(text)


@pytest.mark.parametrize("text", [TRUNK, SEVERAL, ACCESS])
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


def test_a_port_of_a_trunk_is_in_vlans_as_the_trunk() -> None:
    """What we write for a port that somebody put into a trunk is written for the trunk: the switch takes no other."""
    added = 'vlan 100\n   name "MGMT"\n   tagged 49\n   exit\nvlan 20\n   name "SKOLE"\n   untagged 50\n   exit\n'
    wanted = PROCURVE.overlay(TRUNK, added)
    assert "   tagged Trk1\n" in wanted.partition("vlan 100\n")[2]
    assert PROCURVE.remediation(TRUNK, wanted) == (
        'vlan 100 name "MGMT"',
        "vlan 100 tagged Trk1",
        "vlan 20 untagged Trk1",
    )


def test_a_trunk_is_made_and_taken_apart() -> None:
    """What its ports lose and get by that is not said again; its lines go with it."""
    without = TRUNK.replace("trunk 49-50 trk1 lacp\n", "").replace("51-52", "49-52").replace("Trk1-Trk2", "49,Trk2")
    without = without.replace('interface Trk1\n   name "opp"\n   exit\n', "")
    assert PROCURVE.remediation(TRUNK, without) == ("no trunk 49-50", "vlan 20 tagged 49")
    assert PROCURVE.remediation(without, TRUNK) == (
        "trunk 49-50 trk1 lacp",
        "vlan 20 tagged Trk1",
        'interface Trk1 name "opp"',
        "no vlan 1 untagged Trk1",
        "no spanning-tree Trk1 priority",
    )


def test_ports_that_ask_are_told_apart() -> None:
    """A list of ports is as many ports, what is said of one goes before it, and a key in another form replaces it."""
    other = ACCESS.replace("authenticator 1-10,A1-A4", "authenticator 2-12,A1-A4").replace("client-limit 2", "x")
    other = other.replace("aaa port-access authenticator 1 x\n", "").replace(
        'encrypted-key "YQ=="', 'key-string "a"', 1
    )
    assert PROCURVE.remediation(ACCESS, other.replace('radius-server encrypted-key "YQ=="\n', "")) == (
        'key-chain "k" key 1 key-string "a"',
        "aaa port-access authenticator 11-12",
        "no radius-server key",
        "no aaa port-access authenticator 1 client-limit",
        "no aaa port-access authenticator 1",
    )


def test_a_change_of_address_takes_the_old_away_by_name() -> None:
    """Beside others, and first where the new one is in its subnet."""
    other = SEVERAL.replace("10.0.1.1 255.255.255.0", "10.2.0.1 255.255.255.0")
    assert PROCURVE.remediation(SEVERAL, other) == (
        "vlan 1 ip address 10.2.0.1 255.255.255.0",
        "no vlan 1 ip address 10.0.1.1 255.255.255.0",
    )
    same = SEVERAL.replace("10.0.1.1 255.255.255.0", "10.0.1.9 255.255.255.0")
    assert PROCURVE.remediation(SEVERAL, same) == (
        "no vlan 1 ip address 10.0.1.1 255.255.255.0",
        "vlan 1 ip address 10.0.1.9 255.255.255.0",
    )


@pytest.mark.parametrize("ports", ["x", "5-", "9-7", "A1-B2"])
def test_the_ports_of_a_trunk_that_are_none(ports: str) -> None:
    """Told by their line, for this switch alone."""
    with pytest.raises(PlatformError, match=f"'trunk {ports} trk1 lacp': ports: found "):
        PROCURVE.remediation(TRUNK, TRUNK.replace("49-50", ports))


def test_a_section_whose_blanks_are_lost_has_them_again() -> None:
    """A page or a mail takes the indentation: ``exit`` still shows what belongs to what, also one within another."""
    text = "oobm\n   ip address dhcp-bootp\n   member 1\n      ip address dhcp-bootp\n      exit\n   exit\n" + SEVERAL
    lost = "".join(f"{line.strip()}\n" for line in text.splitlines())
    assert PROCURVE.clean(lost) == PROCURVE.clean(text) == text
    assert PROCURVE.remediation(PROCURVE.clean(lost), text) == ()
    assert PROCURVE.clean("exit\nhostname x\nexit\n") == "exit\nhostname x\nexit\n"


def test_a_value_in_the_next_line_belongs_to_its_command() -> None:
    """As newer software shows a manager's hash."""
    wrapped = f'password manager user-name "admin" sha1\n "{"0a" * 20}"\nno telnet-server\n'
    joined = f'password manager user-name "admin" sha1 "{"0a" * 20}"\nno telnet-server\n'
    assert PROCURVE.clean(wrapped) == joined
    assert PROCURVE.mask(joined)[1] == {"password manager": "0a" * 20}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("HP-2920# show running-config\nhostname x\n", "hostname x\n"),
        ("ProCurve Switch 2610-48(config)# sh run\nhostname x\n", "hostname x\n"),
        ('vlan 5\n   name "a # show b"\n   exit\n', 'vlan 5\n   name "a # show b"\n   exit\n'),
    ],
)
def test_what_was_typed_is_no_configuration(text: str, kept: str) -> None:
    """The prompt with the command stands in many a file."""
    assert PROCURVE.clean(text) == kept


@pytest.mark.parametrize(
    ("running", "intended", "commands"),
    [
        ("module 1 type j9147a\n", "module 1 type j9148a\n", ("module 1 type j9148a",)),
        ("module A type j9534a\n", "", ("no module A",)),
        # Without include-credentials a switch shows only that there is one; the line would ask for another.
        ("", "password manager\n", ()),
        ('password manager sha1 "x"\n', "password manager\n", ()),
        ("password operator\n", "", ("no password operator",)),
        # What is hardware stays: its lines change.
        (
            "oobm\n   ip address dhcp-bootp\n   member 1\n      ip address dhcp-bootp\n      exit\n   exit\n",
            "oobm\n   ip address 10.0.0.2 255.255.255.0\n   exit\n",
            (
                "oobm", "no ip address dhcp-bootp", "member 1", "no ip address dhcp-bootp", "exit",
                "ip address 10.0.0.2 255.255.255.0", "exit",
            ),
        ),
        ("oobm\n   no ip address\n   exit\n", "", ()),
        (
            "stacking\n   member 1 priority 255\n   member 1 type \"JL322A\"\n   exit\n",
            "stacking\n   member 1 type \"JL322A\"\n   exit\n",
            ("stacking", "no member 1 priority 255", "exit"),
        ),
        (
            "router ospf\n   area backbone\n   enable\n   exit\n",
            "router ospf\n   area backbone\n   redistribute static\n   enable\n   exit\n",
            ("router ospf", "redistribute static", "exit"),
        ),
        ("router ospf\n   enable\n   exit\n", "", ("no router ospf",)),
    ],
)  # fmt: skip
def test_sections_and_single_lines(running: str, intended: str, commands: tuple[str, ...]) -> None:
    """What differs is typed, and nothing that would ask, restart or be refused."""
    assert PROCURVE.remediation(running, intended) == commands
