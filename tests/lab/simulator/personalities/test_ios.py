"""The IOS personality on the workbench: what it takes and prints, and how it goes from one configuration to another."""

import asyncio
import re
from ipaddress import IPv4Address, IPv4Network

import pytest
from ntc_templates.parse import parse_output

from lab.device.switch import Switch
from lab.device.tables import Learned
from lab.personalities.ios import legacy
from lab.personalities.ios.configuration.config import Config, Cursor
from lab.personalities.ios.configuration.meaning import extract
from lab.personalities.ios.configuration.parse import Refused
from lab.personalities.ios.configuration.replace import difference, listing, write
from lab.testing.bench import bench, old_switch

PORTS = [f"GigabitEthernet1/0/{number}" for number in range(1, 9)]


def make(text: str = "") -> Config:
    """A configuration that takes every line of the text."""
    config = Config(PORTS, "ws-c2960x-24ts-l")
    assert [line for _, line, _ in config.load(text)] == []
    return config


def dialogue(switch: Switch, *lines: str) -> list[tuple[str, str]]:
    """Type lines; answers with the prompt before each, and what was printed."""

    async def talk() -> list[tuple[str, str]]:
        shell = switch.personality.shell("kommune", 15)
        heard = []
        for line in lines:
            prompt = shell.prompt
            heard.append((prompt, (await shell.line(line)).text))
        return heard

    return asyncio.run(talk())


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        (["hostname x"], "hostname x"),
        (["ip name-server 10.0.0.2 10.0.0.1"], "ip name-server 10.0.0.1\nip name-server 10.0.0.2"),
        (["clock timezone CET 1"], "clock timezone CET 1 0"),
        (["logging 10.0.0.1"], "logging host 10.0.0.1"),
        (["snmp-server community geheim"], "snmp-server community geheim RO"),
        (
            ["snmp-server host 10.0.0.5 traps version 2c a udp-port 1162 snmp config"],
            " 2c a  udp-port 1162 snmp config\n",
        ),
        (["snmp-server host 10.0.0.5 version 1 a snmp"], "snmp-server host 10.0.0.5 a  snmp\n"),
        (["access-list 101 permit tcp any any eq 80"], "permit tcp any any eq www\n"),
        (
            ["access-list 101 permit udp any range 67 68 any eq 514"],
            "permit udp any range bootps bootpc any eq syslog\n",
        ),
        (["vlan 30-33"], "vlan 30-33"),
        (["vlan 20", " name SKOLE", "vlan 30", "vlan 31"], "vlan 20\n name SKOLE\n!\nvlan 30,31"),
        (["no ip http server"], "no ip http server\nip http secure-server"),
        (["int gi1/0/2", "sw acc vl 20"], "interface GigabitEthernet1/0/2\n switchport access vlan 20"),
        (["line vty 0 15", "tran in ssh telnet"], "line vty 5 15\n transport input telnet ssh"),
        (
            ["int gi1/0/1", "switchport trunk allowed vlan 1,20", "switchport trunk allowed vlan add 30-32"],
            " switchport trunk allowed vlan 1,20,30-32",
        ),
        (
            ["int gi1/0/1", "switchport trunk allowed vlan 1,20", "switchport trunk allowed vlan remove 20"],
            " switchport trunk allowed vlan 1\n",
        ),
        (["int gi1/0/1", "switchport trunk allowed vlan none"], " switchport trunk allowed vlan none"),
        (
            ["interface range gi1/0/1 - 2", "desc x"],
            "1/0/1\n description x\n!\ninterface GigabitEthernet1/0/2\n descrip",
        ),
        (["int gi1/0/3", "no switchport"], "interface GigabitEthernet1/0/3\n no switchport\n no ip address\n"),
        (
            ["router ospf 1", "passive-interface default", "no passive-interface gi1/0/3"],
            " no passive-interface Gigabit",
        ),
        (["banner motd #", "a", "! b", "#"], "banner motd \x03\na\n! b\n\x03\n"),
        (["banner motd ^C", "a", "^C"], "banner motd \x03C\na\n\x03\n"),  # two letters are no Ctrl-C
        (["router ospf 1", "network 10.1.2.3 0.0.0.255 area 0"], " network 10.1.2.0 0.0.0.255 area 0\n"),
        (["router ospf 1", "network 10.1.2.3 0.0.0.0 area 0"], " network 10.1.2.3 0.0.0.0 area 0\n"),
        (["router ospf 1", "network 10.1.2.3 255.255.0.0 area 0"], " network 10.1.0.0 0.0.255.255 area 0\n"),
        (
            ["router ospf 1", "network 10.1.2.0 0.0.0.255 area 0", "no network 10.1.2.9 0.0.0.255 area 0"],
            "router ospf 1\n!",
        ),
        (
            ["int gi1/0/1", "switchport trunk allowed vlan 11,21,31,40,42-46,48,49,66,110,121,252,253,828,921,924"],
            " switchport trunk allowed vlan 11,21,31,40,42-46,48,49,66,110,121,252,253,828\n"
            " switchport trunk allowed vlan add 921,924\n",
        ),
        (
            [
                "access-list 10 permit 10.1.2.3 0.0.0.255",
                "access-list 10 permit host 10.9.9.9",
                "access-list 10 deny any",
            ],
            "access-list 10 permit 10.1.2.0 0.0.0.255\naccess-list 10 permit 10.9.9.9\naccess-list 10 deny   any\n",
        ),
        (
            [
                "access-list 101 remark drift",
                "access-list 101 permit tcp 10.1.1.1 0.0.0.0 1.1.1.1 255.255.255.255 eq 22",
            ],
            "access-list 101 remark drift\naccess-list 101 permit tcp host 10.1.1.1 any eq 22\n",
        ),
        (
            [
                "access-list 10 permit 10.0.0.1",
                "access-list 10 permit 10.0.0.3",
                "ip access-list standard 10",
                "15 permit 10.0.0.2",
                "no 20",
            ],
            "\naccess-list 10 permit 10.0.0.1\naccess-list 10 permit 10.0.0.2\n!",
        ),
        (
            ["ip access-list extended A", "permit ip any any", "5 remark first", "5 deny ip any host 10.0.0.1"],
            "ip access-list extended A\n remark first\n deny   ip any host 10.0.0.1\n permit ip any any\n",
        ),
        (
            ["ip access-list extended A", "deny ip any host 10.0.0.1", "permit ip any any"],
            "ip access-list extended A\n deny   ip any host 10.0.0.1\n permit ip any any\n",
        ),
    ],
)
def test_lines_are_printed_as_ios_prints_them(typed: list[str], printed: str) -> None:
    """Lines are printed as IOS prints them."""
    config = make("\n".join(typed))
    assert printed in config.text()
    again = make(config.text())
    assert again.text() == config.text()


def test_access_lists_are_shown_with_their_numbers() -> None:
    """Standard lists first, rows with their numbers, remarks left out; ``resequence`` counts anew."""
    switch = bench("ios")
    heard = dialogue(
        switch,
        "configure terminal", "access-list 101 permit tcp host 10.1.1.1 any eq 22", "access-list 101 deny ip any any",
        "access-list 10 remark kontor", "access-list 10 permit 10.0.0.0 0.0.0.255", "access-list 10 permit 10.1.1.1",
        "ip access-list resequence 10 5 1", "end", "show access-lists", "show ip access-lists 101",
        "configure terminal", "no access-list 10 permit 10.1.1.1", "do show access-lists 10",
    )  # fmt: skip
    assert [answer for _, answer in heard[1:6]] == [""] * 5
    assert heard[8][1].splitlines() == [
        "Standard IP access list 10", "    5 permit 10.0.0.0, wildcard bits 0.0.0.255", "    6 permit 10.1.1.1",
        "Extended IP access list 101", "    10 permit tcp host 10.1.1.1 any eq 22", "    20 deny ip any any",
    ]  # fmt: skip
    assert heard[9][1].startswith("Extended IP access list 101\n")
    assert heard[12][1] == ""  # "no" with any of its rows takes the whole numbered list away


def test_the_archive_keeps_as_many_as_its_maximum_says() -> None:
    """The oldest go first; without a maximum ten are kept."""
    switch = bench("ios")
    dialogue(switch, "configure terminal", "archive", "path flash:a", "maximum 3", "end", *["archive config"] * 5)
    assert sorted(switch.files) == ["a-3", "a-4", "a-5"]
    heard = dialogue(switch, "show archive")[0][1]
    assert "The maximum archive configurations allowed is 3." in heard
    assert heard.count("flash:a-") == 4  # three, and the name of the next
    dialogue(switch, "configure terminal", "archive", "no maximum", "end", *["archive config"] * 12)
    assert len(switch.files) == 10


def test_a_certificate_is_whole_in_running_and_a_file_in_startup() -> None:
    """HTTPS makes one; startup names its file, and what was booted from it, or is replaced by it, is the same again."""
    switch = bench("ios")
    dialogue(switch, "configure terminal", "no ip http secure-server", "ip http secure-server", "end", "write memory")
    running, startup = (answer for _, answer in dialogue(switch, "show running-config", "show startup-config"))
    chain = running[running.index("crypto pki certificate chain TP-self-signed-") :]
    assert re.match(
        r"crypto pki \S+ chain (\S+)\n certificate self-signed 01\n(  ([0-9A-F]{8} ?){8}\n)+  \tquit\n!", chain
    )
    assert re.search(r"pki trustpoint (\S+)\n enrollment selfsigned\n subject-name cn=IOS-Self-Signed-C", running)
    assert " certificate self-signed 01 nvram:IOS-Self-Sig#1.cer\n!" in startup
    before = switch.personality.text()
    switch.personality.load(switch.startup)
    assert switch.personality.text() == before
    dialogue(switch, "copy startup-config flash:old", "", "configure terminal", "hostname y", "end")
    dialogue(switch, "configure replace flash:old force")
    assert switch.personality.text() == before
    typed = ["crypto pki certificate chain X", "certificate ca 01", "3082022B 30820194", "  quit", "hostname z"]
    dialogue(switch, "configure terminal", *typed)
    assert "chain X\n certificate ca 01\n  3082022B 30820194\n  \tquit\n!" in switch.personality.text()
    assert "hostname z" in switch.personality.text()


def test_the_time_may_stand_before_each_answer() -> None:
    """``terminal exec prompt timestamp`` for a session, ``exec prompt timestamp`` for a line; only of what is shown."""
    switch = bench("ios")
    heard = dialogue(
        switch,
        "show privilege", "terminal exec prompt timestamp", "show privilege", "terminal no exec prompt timestamp",
        "show privilege", "configure terminal", "line vty 0 4", "exec prompt timestamp",
    )  # fmt: skip
    stamp = r"Load for five secs: \d+%/\d+%; one minute: \d+%; five minutes: \d+%\n"
    stamp += r"No time source, \*\d\d:\d\d:\d\d\.\d{3} UTC "
    assert [bool(re.match(stamp, heard[number][1])) for number in (0, 2, 4)] == [False, True, False]
    assert heard[1][1] == ""
    assert re.match(stamp, dialogue(switch, "show privilege")[0][1])


def test_a_default_route_that_ospf_has_learned_is_the_gateway_of_last_resort() -> None:
    """It is external, and told as such, in the table and by itself."""
    switch = bench("ios")
    lines = ["ip routing", "interface gi1/0/1", "no switchport", "ip address 10.0.0.1 255.255.255.252", "router ospf 1"]
    dialogue(switch, "configure terminal", *lines, "redistribute static")
    assert dialogue(switch, "configure terminal", "router ospf 1", "redistribute static")[2][1] == (
        "% Only classful networks will be redistributed\n"
    )
    learned = [Learned(IPv4Network("0.0.0.0/0"), IPv4Address("10.0.0.2"), 1, 1, 1)]
    switch.world.learned = lambda _: learned  # type: ignore[method-assign]
    table, entry = (answer for _, answer in dialogue(switch, "show ip route", "show ip route 0.0.0.0"))
    assert "Gateway of last resort is 10.0.0.2 to network 0.0.0.0\n" in table
    assert re.search(r"^O\*E2  0\.0\.0\.0/0 \[110/1\] via 10\.0\.0\.2, \S+, GigabitEthernet1/0/1$", table, re.M)
    assert (
        'Known via "ospf 1", distance 110, metric 1, candidate default path, type extern 2, forward metric 2' in entry
    )
    assert parse_output("cisco_ios", "show ip route", table)


@pytest.mark.parametrize(
    ("command", "words", "below"),
    [
        ("show", '% Type "show ?" for a list of subcommands\n', None),
        ("show ip", "% Incomplete command.\n\n", None),
        ("s r", '% Ambiguous command:  "s r"\n\n', None),
        ("show foo", "% Invalid input detected at '^' marker.\n\n", "foo"),
        ("show interfaces gi1/0/99", "% Invalid input detected at '^' marker.\n\n", "gi1/0/99"),
        ("show vlan id 5000", "% Invalid input detected at '^' marker.\n\n", "5000"),
        ("show ip route 1.1.1", "% Invalid input detected at '^' marker.\n\n", "1.1.1"),
        ("show running-config | foo x", "% Invalid input detected at '^' marker.\n\n", "foo"),
        ("show running-config |", "% Incomplete command.\n\n", None),
        ("configure replace flash:x time 999", "% Invalid input detected at '^' marker.\n\n", "999"),
        ("noc", "% Unknown command or computer name, or unable to find computer address\n", None),
    ],
)
def test_a_command_that_is_not_known_is_refused_as_ios_does(command: str, words: str, below: str | None) -> None:
    """With the caret below the word that is wrong, where there is one."""
    ((prompt, answer),) = dialogue(bench("ios"), command)
    caret = "" if below is None else f"{' ' * (prompt + command).index(below)}^\n"
    assert answer == caret + words


def test_the_order_of_typing_does_not_show() -> None:
    """The order of typing does not show."""
    lines = ["ntp server 10.0.0.1", "ntp server 10.0.0.12", "ntp server 10.0.0.2", "vlan 20", "vlan 3", "hostname x"]
    assert make("\n".join(lines)).text() == make("\n".join(reversed(lines))).text()
    assert "ntp server 10.0.0.1\nntp server 10.0.0.2\nntp server 10.0.0.12\n" in make("\n".join(lines)).text()


@pytest.mark.parametrize(
    ("context", "line", "words", "column"),
    [
        ((), "switchport mode access", "% Invalid input detected at '^' marker.", 0),
        (("interface Gi1/0/1",), "switchport foo", "% Invalid input detected at '^' marker.", 11),
        (("interface Gi1/0/1",), "switchport access vlan", "% Incomplete command.", None),
        (("interface Gi1/0/1",), "s", '% Ambiguous command:  "s"', None),
        (("interface Gi1/0/1",), "ip address 10.0.0.1 255.0.0.0", "% Invalid input detected at '^' marker.", 3),
        (
            ("interface Gi1/0/1", "no switchport"),
            "switchport mode access",
            "Command rejected: GigabitEthernet1/0/1",
            None,
        ),
        (
            (),
            "interface range gi1/0/1,gi1/0/2,gi1/0/3,gi1/0/1,gi1/0/2,gi1/0/3",
            "% Invalid input detected at '^' marker.",
            62,
        ),
        ((), "interface GigabitEthernet1/0/9", "% Invalid input detected at '^' marker.", 10),
        ((), "no interface GigabitEthernet1/0/1", "% Removal of physical interfaces is not permitted.", None),
        ((), "vlan 4095", "Command rejected: Bad VLAN list - character #5 (EOL) delimits a VLAN\nnumber", None),
        ((), "vlan 0", "Command rejected: Bad VLAN list - character #2 (EOL)", None),
        ((), "vlan abc", "Command rejected: Bad VLAN list - character #1 is a non-numeric\ncharacter ('a').", None),
        ((), "no vlan 1", "%Default VLAN 1 may not be deleted.", None),
        ((), "no vlan 1002", "%Default VLAN 1002 may not be deleted.", None),
        (
            ("interface Gi1/0/1",),
            "switchport trunk allowed vlan 20-10",
            "Command rejected: Bad VLAN list - character #6 (EOL) delimits a VLAN\nnumber which is out of the range 21",
            None,
        ),
        (
            ("interface Gi1/0/1",),
            "switchport trunk allowed vlan 1,5000,7",
            "Command rejected: Bad VLAN list - character #7 (','",
            None,
        ),
        (
            ("interface Gi1/0/1",),
            "switchport trunk allowed vlan add x",
            "Command rejected: Bad VLAN list - character #1 is",
            None,
        ),
        (("interface Gi1/0/1",), "switchport access vlan 4095", "% Invalid input detected at '^' marker.", 23),
        (("interface Vlan10",), "ip address 10.0.0.0 255.255.255.0", "Bad mask /24 for address 10.0.0.0", None),
        (("interface Vlan10",), "ip address 10.0.0.255 255.255.255.0", "Bad mask /24 for address 10.0.0.255", None),
        (("interface Vlan10",), "ip address 10.0.0.1 255.0.255.0", "Bad mask 0xFF00FF00 for address 10.0.0.1", None),
        (("interface Vlan10",), "ip address 10.0.0.1 255.255.255.255", "Bad mask /32 for address 10.0.0.1", None),
        (("interface Vlan10",), "ip address 224.0.0.5 255.0.0.0", "Not a valid host address - 224.0.0.5", None),
        ((), "ip route 10.1.2.3 255.255.255.0 10.0.0.1", "%Inconsistent address and mask", None),
        ((), "ip route 10.0.0.0 255.0.255.0 10.0.0.1", "%Inconsistent address and mask", None),
        ((), "ip route 224.0.0.0 240.0.0.0 10.0.0.1", "%Invalid destination prefix", None),
        ((), "ip route 10.0.0.0 255.0.0.0 255.255.255.255", "%Invalid next hop address", None),
        (
            ("interface Vlan10", "ip address 10.0.0.1 255.255.255.0"),
            "ip route 10.9.0.0 255.255.0.0 10.0.0.1",
            "%Invalid next hop address (it's this router)",
            None,
        ),
        ((), "ip default-gateway 255.255.255.255", "Not a valid host address - 255.255.255.255", None),
        ((), "ip default-gateway 10.1.2", "% Invalid input detected at '^' marker.", 19),
        ((), "interface Vlan5000", "% Invalid input detected at '^' marker.", 10),
        ((), 'hostname a"b', "% Hostname contains one or more illegal characters.", None),
        ((), "router ospf 65536", "% Invalid input detected at '^' marker.", 12),
        (
            ("router ospf 1",),
            "network 10.0.0.0 0.255.0.255 area 0",
            "OSPF: Invalid address/mask combination (discontiguous mask)",
            None,
        ),
        ((), "username a secret 5 clear", "ERROR: The secret you entered is not a valid encrypted secret.", None),
        ((), "username a password 7 clear", "Invalid encrypted password: clear", None),
        ((), f"username a secret {'x' * 26}", "% Invalid Password length", None),
        ((), "snmp-server host 10.0.0.5 a bogus", "% Invalid input detected at '^' marker.", 28),
        ((), "ip access-list standard 150", "% Invalid access list name.", None),
        (
            ("ip access-list extended A", "10 permit ip any any"),
            "10 deny ip any any",
            "% Duplicate sequence number",
            None,
        ),
        (("vlan 1",), "name KONTOR", "%Default VLAN 1 may not have its name changed.", None),
        (
            ("interface Vlan10", "ip address 10.0.0.1 255.255.255.0", "interface Vlan20"),
            "ip address 10.0.0.9 255.255.255.0",
            "% 10.0.0.0 overlaps with Vlan10",
            None,
        ),
    ],
)
def test_mistakes_get_the_words_of_ios(context: tuple[str, ...], line: str, words: str, column: int | None) -> None:
    """Mistakes get the words of IOS."""
    config = make()
    cursor = Cursor(config.root)
    for above in context:
        config.apply(cursor, above)
    before = config.text()
    with pytest.raises(Refused) as refused:
        config.apply(cursor, line)
    assert refused.value.words.startswith(words)
    assert refused.value.column == column
    assert config.text() == before


def test_the_caret_stands_below_the_mistake() -> None:
    """The caret stands below the mistake."""
    switch = bench("ios")
    heard = dialogue(switch, "configure terminal", "interface gi1/0/1", "switchport foo")
    prompt, printed = heard[2]
    caret = (prompt + "switchport foo").index("foo")
    assert printed == f"{' ' * caret}^\n% Invalid input detected at '^' marker.\n\n"


def test_a_ports_vlan_is_made_on_the_spot() -> None:
    """A ports vlan is made on the spot."""
    config = make()
    cursor = Cursor(config.root)
    config.apply(cursor, "interface gi1/0/1")
    assert config.apply(cursor, "switchport access vlan 77") == "% Access VLAN does not exist. Creating vlan 77"
    assert "vlan 77\n" in config.text()
    assert 77 in extract(config).vlans


@pytest.mark.parametrize(
    "habits", [(), ("telnet", "snmp_public", "http", "no_archive", "password_7", "no_lldp", "banner")]
)
@pytest.mark.parametrize("role", ["access", "core"])
def test_every_line_of_the_legacy_is_taken(role: str, habits: tuple[str, ...]) -> None:
    """Every line of the legacy is taken."""
    text = legacy(old_switch(role=role, habits=habits))
    meaning = extract(make(text))
    assert meaning.hostname == "SW-RADHUS-01"
    assert meaning.ssh
    assert meaning.routing == (role == "core")
    assert meaning.ports[1].access == 10
    assert meaning.ports[1].voice == 40
    assert meaning.ports[4].tagged == frozenset({50})
    assert meaning.ports[8].tagged is None
    assert not meaning.ports[6].up
    assert meaning.lldp == ("no_lldp" not in habits)
    assert meaning.users["kommune"][0] == 15


@pytest.mark.parametrize("habits", [(), ("password_7",)])
def test_the_legacy_account_logs_in(habits: tuple[str, ...]) -> None:
    """The legacy account logs in."""
    switch = bench("ios", startup=legacy(old_switch(habits=habits)))
    stored = switch.meaning.users["kommune"][1]
    assert switch.personality.verify(stored, "bench-password")
    assert not switch.personality.verify(stored, "another")
    assert "bench-password" not in switch.personality.text()


OLD = """
hostname old
username kommune privilege 15 secret 5 $1$a$b
vlan 20
 name SKOLE
interface GigabitEthernet1/0/1
 switchport access vlan 20
 switchport mode access
interface GigabitEthernet1/0/2
 no switchport
 ip address 10.0.0.1 255.255.255.0
interface Vlan20
 ip address 10.0.1.1 255.255.255.0
ip access-list extended A
 permit ip any any
no ip http server
"""
NEW = """
hostname new
vlan 110
 name ADM
interface GigabitEthernet1/0/1
 no switchport
 ip address 10.0.0.1 255.255.255.0
interface GigabitEthernet1/0/2
 switchport access vlan 110
 switchport mode access
ip access-list extended A
 deny ip any host 10.0.0.9
 permit ip any any
banner motd ^C
x
^C
"""


def carry_out(config: Config, wanted: Config) -> list[str]:
    """Carry out."""
    steps = difference(config, wanted)

    async def nothing(line: str) -> None:
        return

    async def yes(question: str) -> bool:
        assert "username" in question
        return True

    outcome = asyncio.run(write(config, steps, lambda line: None, nothing, yes))
    assert outcome.failed == []
    return listing(steps).splitlines()


def test_replacing_there_and_back_gives_the_same_bytes() -> None:
    """Replacing there and back gives the same bytes."""
    config = make(OLD)
    lines = carry_out(config, make(NEW))
    assert config.text() == make(NEW).text()
    # What goes, goes first: an address must be free before it is given again.
    assert lines.index(" no ip address 10.0.0.1 255.255.255.0") < lines.index(" ip address 10.0.0.1 255.255.255.0")
    carry_out(config, make(OLD))
    assert config.text() == make(OLD).text()


def test_replacing_by_itself_is_nothing() -> None:
    """Replacing by itself is nothing."""
    assert difference(make(NEW), make(NEW)) == []


def test_a_single_value_is_not_taken_away_before_it_is_set() -> None:
    """A single value is not taken away before it is set."""
    steps = difference(
        make("interface gi1/0/1\n switchport access vlan 20"), make("interface gi1/0/1\n switchport access vlan 30")
    )
    assert "no switchport access vlan 20" not in [step.line for step in steps]


def test_replace_stops_at_a_refused_line_and_goes_back() -> None:
    """Replace stops at a refused line and goes back."""
    switch = bench("ios", startup=legacy(old_switch(habits=())))
    before = switch.personality.text()
    switch.files["new"] = before.replace("hostname SW-RADHUS-01", "hostname x").replace("name ADM", "name KONTOR")
    switch.faults.set(["refuse", "name KONTOR"])
    [(_, printed)] = dialogue(switch, "configure replace flash:/new force revert trigger error timer 2")
    assert "Failed to apply command name KONTOR" in printed
    assert "The original configuration has been successfully restored." in printed
    assert switch.personality.text() == before
    assert switch.timers == []


def test_without_an_archive_there_is_no_way_back() -> None:
    """Without an archive there is no way back."""
    switch = bench("ios", startup=legacy(old_switch(habits=("no_archive",))))
    switch.files["new"] = switch.personality.text().replace("SW-RADHUS-01", "x")
    heard = dialogue(
        switch, "show archive", "configure replace flash:new force revert trigger error", "show run | inc ^host"
    )
    assert heard[0][1] == "Archive feature not enabled\n"
    assert "%Please turn config archive on" in heard[1][1]
    assert heard[2][1] == "hostname SW-RADHUS-01\n"


def test_a_change_that_nobody_confirms_goes_back() -> None:
    """A change that nobody confirms goes back."""
    switch = bench("ios", startup=legacy(old_switch(habits=())))
    before = switch.personality.text()
    switch.files["new"] = before.replace("SW-RADHUS-01", "x")

    async def wait() -> tuple[str, str]:
        shell = switch.personality.shell("kommune", 15)
        await shell.line("configure replace flash:new force revert trigger error timer 1")
        pending = (await shell.line("show archive config rollback timer")).text
        changed = shell.prompt
        timer = next(timer for timer in switch.timers if timer.what == "configure revert")
        timer.cancel()
        await switch.personality.rollback.revert()  # type: ignore[attr-defined]
        return changed, pending

    changed, pending = asyncio.run(wait())
    assert changed == "x#"
    assert "Timer value: 1 min\nUser: kommune" in pending
    assert switch.personality.text() == before


def test_questions_are_asked_and_answered() -> None:
    """Questions are asked and answered."""
    switch = bench("ios", startup=legacy(old_switch(habits=())))
    heard = dialogue(
        switch, "copy run start", "", "conf t", "no username kommune", "n", "end", "conf t", "hostname y", "end",
        "reload in 5", "no", "", "show reload", "reload cancel", "show reload",
    )  # fmt: skip
    prompts = [prompt for prompt, _ in heard]
    assert prompts[1] == "Destination filename [startup-config]? "
    assert prompts[4].endswith("[confirm]")
    assert prompts[10] == "\nSystem configuration has been modified. Save? [yes/no]: "
    assert prompts[11] == "Proceed with reload? [confirm]"
    assert "username kommune" in switch.personality.text()
    assert heard[12][1].startswith("Reload scheduled for")
    assert heard[14][1] == "No reload is scheduled.\n"
    assert "hostname SW-RADHUS-01" in switch.startup


def test_tcl_puts_a_file_as_netmiko_writes_it() -> None:
    """Tcl puts a file as netmiko writes it."""
    switch = bench("ios")
    heard = dialogue(
        switch, "tclsh", 'puts [open "flash:candidate" w+] {hostname x', "end", "}", "tclquit", "more flash:candidate"
    )
    assert heard[2][0] == "+>"
    assert switch.files["candidate"] == "hostname x\nend\n\n"
    assert heard[5] == ("Switch#", "hostname x\nend\n\n")
