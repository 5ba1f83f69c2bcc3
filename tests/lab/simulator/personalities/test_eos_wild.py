"""The EOS personality against lines as they are in the wild: forms without values, nesting, broken values, filters."""

import asyncio
import logging
import random
from typing import Any

import pytest

from lab.personalities.eos.configuration.config import TOP, Config
from lab.personalities.eos.configuration.grammar import CONTEXTS, GLOBAL
from lab.personalities.eos.configuration.tokens import RESTS, TYPES, Invalid, forms
from lab.personalities.eos.terminal import COMMANDS
from tests.lab.simulator.personalities.test_eos import NAMES, ask, awaited, made, said, shown

SAMPLES = {
    "word": "ord", "name": "NAVN", "host": "10.0.0.9", "peer": "10.0.0.7", "secret": "Hemmelig77", "ip": "10.0.0.5",
    "cidr": "10.0.0.5/24", "prefix": "10.1.2.3/24", "target": "10.0.0.0/8", "cidr6": "2001:db8::1/64",
    "ip6": "2001:db8::9", "prefix6": "2001:db8:1::/48",
    "mac": "02:1c:73:00:00:01", "asn": "65001", "decimal": "10.5", "vnis": "10010", "vlans": "10,20-22",
    "port": "Ethernet1", "ports": "Ethernet1-2", "hostname": "SW-1",
    "area": "0", "rest": "en to", "methods": "group tacacs+ local",
}  # fmt: skip


# Commands with what they do not expect.
ODD = (
    "ping 10.0.0.1 repeat x", "ping", "ping vrf", "ping vrf A", "ping ø", "reload in x", "reload in", "show | |", "|",
    "show ip route static", "show ip route summary", "show ip route ospf", "show version |", "no", "default",
    "copy a b", "more x", "show running-config section [",
    "configure session a commit timer 1", "bash timeout 5 traceroute x",
)  # fmt: skip
# What needs values that fit each other; the tests below have them.
SPECIAL = (
    "ssh_key",
    "masked",
    "masked_route",
    "network",
    "entry",
    "standard_entry",
    "ipv6_entry",
    "standard_ipv6_entry",
)


def sample(element: str) -> str:
    """A word that fits an element of a syntax."""
    if element.startswith("("):
        return element.strip("()").split("|")[0]
    if element.startswith("<"):
        name, _, limits = element[1:-1].partition(":")
        return limits.split("-")[0] if name == "int" else SAMPLES[name]
    return element


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("interface Ethernet1\ndescription a\nno description", []),
        ("interface Ethernet1\ndescription a\ndefault description", []),
        ("interface Ethernet1\nspeed 100full\nmtu 9000\nno speed\nno mtu", []),
        ("interface Ethernet1\nspeed 100full", ["   speed 100full"]),
        ("interface Ethernet1\nip ospf area 0\nip ospf cost 5\nno ip ospf area\nno ip ospf cost", []),
        ("interface Ethernet1\ndescription a\nshutdown\nno switchport\ndefault interface Ethernet1", []),
        ("interface Vlan10\ndescription a\ndefault interface Vlan10", ["interface Vlan10"]),
        ("interface Vlan10\ndescription a\nno interface Vlan10", []),
        ("interface Et1-2,Lo0\ndescription b", ["   description b", "   description b", "interface Loopback0",
                                                "   description b"]),
        ("ntp server vrf MGMT 10.0.0.1\nntp server vrf MGMT 10.0.0.2 prefer\nntp server 10.0.0.9",
         ["ntp server 10.0.0.9", "ntp server vrf MGMT 10.0.0.1", "ntp server vrf MGMT 10.0.0.2 prefer"]),
        ("ntp server vrf MGMT 10.0.0.1\nntp server 10.0.0.9\nno ntp", []),
        ("ip route 10.1.2.3/24 10.0.0.1", ["ip route 10.1.2.0/24 10.0.0.1"]),
        ("ip route 10.1.2.3 255.255.255.0 Null0 250 name HULL", ["ip route 10.1.2.0/24 Null0 250 name HULL"]),
        ("ip route 10.1.2.0/24 10.0.0.1\nip route 10.1.2.0/24 10.0.0.2\nno ip route 10.1.2.0/24", []),
        ("vlan 10,20-22\nvlan 21\nname TO", ["vlan 10,20", "vlan 21", "   name TO", "vlan 22"]),
        (
            "router bgp 65001\nneighbor 10.0.0.1 remote-as 65002\nneighbor 10.0.0.1 password 7 AAAA\n"
            "address-family ipv4\nno neighbor 10.0.0.1 activate\nvrf B\nneighbor 10.0.0.1 password 7 BBBB",
            ["router bgp 65001", "   neighbor 10.0.0.1 remote-as 65002", "   neighbor 10.0.0.1 password 7 AAAA",
             "   address-family ipv4", "      no neighbor 10.0.0.1 activate", "   vrf B",
             "      neighbor 10.0.0.1 password 7 BBBB"],
        ),
        ("router bgp 65001\nneighbor A peer group\nneighbor A remote-as 1\nno neighbor A", ["router bgp 65001"]),
        (
            "management api http-commands\nno shutdown\nvrf MGMT\nno shutdown",
            ["management api http-commands", "   no shutdown", "   vrf MGMT", "      no shutdown"],
        ),
        (
            "ip access-list standard S\npermit 10.0.0.0/8\n20 deny any log\n15 permit host 10.1.1.1",
            ["ip access-list standard S", "   10 permit 10.0.0.0/8", "   15 permit host 10.1.1.1",
             "   20 deny any log"],
        ),
        (
            "ip access-list E\npermit udp 10.0.0.0 0.0.0.255 eq 67 any range 5 9\n"
            "deny ip 10.0.0.0 0.255.0.255 any\nno 10",
            ["ip access-list E", "   20 deny ip 10.0.0.0 0.255.0.255 any"],
        ),
        (
            "ip prefix-list P seq 10 permit 10.0.0.0/8 le 24\nip prefix-list P\nseq 20 deny 0.0.0.0/0\n"
            "no ip prefix-list P seq 10",
            ["ip prefix-list P", "   seq 20 deny 0.0.0.0/0"],
        ),
        (
            "event-handler opp\ntrigger on-boot\naction bash\necho hei\n  echo du\nEOF",
            ["event-handler opp", "   trigger on-boot", "   action bash", "      echo hei", "        echo du",
             "      EOF"],
        ),
        ("router ospf 1\nnetwork 10.1.2.3 0.0.0.255 area 0",
         ["router ospf 1", "   network 10.1.2.0/24 area 0.0.0.0", "   max-lsa 12000"]),
        ("interface Ethernet1\nno switchport\nip address 10.0.0.1/24\nvrf A", ["   no switchport", "   vrf A"]),
        ("management security\nssl profile P\ncertificate a.crt key a.key",
         ["management security", "   ssl profile P", "      certificate a.crt key a.key"]),
    ],
)  # fmt: skip
def test_lines_of_the_wild_are_shown_as_eos_shows_them(typed: str, expected: list[str]) -> None:
    """Forms without a value, lists, second lines of one kind, nested modes, texts that end with EOF."""
    assert [line for line in shown(typed) if line.strip() != "!"] == expected


@pytest.mark.parametrize(
    ("typed", "token"),
    [
        ("ip route 10.1.2.0 255.0.255.0 10.0.0.1", 3),
        ("ip route 10.1.2.0/33 10.0.0.1", 2),
        ("interface Ethernet1\nip address 10.0.0.1 255.0.255.0", 3),
        ("interface Ethernet1\nip address 10.0.0.1 0.0.0.255", 3),
        ("interface Ethernet1\nip address 10.0.0.1/255.255.255.0", 2),
        ("interface Ethernet1\nswitchport trunk allowed vlan 10,,20", 4),
        ("interface Ethernet1\nswitchport trunk allowed vlan 10-", 4),
        ("interface Ethernet1\nswitchport trunk allowed vlan 1_0", 4),
        ("interface Ethernet1\nswitchport access vlan 1_0", 3),
        ("interface Ethernet5-2", 1),
        ("router ospf 1\nnetwork 10.1.2.3 0.255.0.255 area 0", 2),
        ("router ospf 1\nnetwork 10.1.2.0/24 area 99999999999", 3),
        ("ip access-list E\npermit tcp any any eq 70000", 5),
        ("ip access-list standard S\npermit tcp any any", 1),
        ("ip access-list E\npermit 10.0.0.0/8", 1),
        ("aaa authentication login default tull", 4),
    ],
)
def test_broken_values_are_refused_where_they_stand(typed: str, token: int) -> None:
    """Masks with holes, lists with gaps, numbers that only Python reads: the token that EOS points at."""
    line = typed.rsplit("\n", maxsplit=1)[-1]
    assert said(typed) == [f"{line}: Invalid input (at token {token}: '{line.split()[token]}')"]


def test_what_is_shown_reads_back_the_same() -> None:
    """Every line of the grammar, with a value of each kind: shown, fed again, shown the same; also as JSON."""
    config = Config.clean(NAMES)
    for context, opens in (("", ""), *_modes()):
        mode = TOP
        for line in opens.split("\n") if opens else ():
            mode, _ = config.apply(line, mode)
        rules = (CONTEXTS[context] if context else GLOBAL).rules
        for rule in rules:
            if rule.only_no or rule.opens == "interface" or rule.special in SPECIAL:
                continue
            body = ["tekst"] if rule.special == "text" else None
            config.apply(" ".join(map(sample, max(forms(rule.syntax), key=len))), mode, body)
    text = config.text()
    again = Config.clean(NAMES)
    assert again.feed(text) == []
    assert again.text() == text
    assert set(config.commands()["cmds"]) >= {"router bgp 65001", "hostname SW-1"}


def _modes() -> list[tuple[str, str]]:
    """Each mode below the top, and the lines that lead there."""
    found: list[tuple[str, str]] = []
    ways = {"ethernet": "Ethernet2", "port-channel": "Port-Channel1", "loopback": "Loopback1", "vxlan": "Vxlan1",
            "vlan interface": "Vlan20", "management": "Management1"}  # fmt: skip
    for name, interface in ways.items():
        found.append((name, f"interface {interface}"))
    queue = [(GLOBAL, "")]
    while queue:
        context, way = queue.pop(0)
        for rule in context.rules:
            if rule.opens in CONTEXTS:
                line = f"{way}\n{' '.join(map(sample, forms(rule.syntax)[-1]))}".strip()
                if rule.opens not in [name for name, _ in found]:
                    found.append((rule.opens, line))
                    queue.append((CONTEXTS[rule.opens], line))
    return found


def test_every_mode_is_reached() -> None:
    """No context of the grammar that nothing opens."""
    assert {name for name, _ in _modes()} == set(CONTEXTS)


def test_every_type_has_a_sample() -> None:
    """So that no new type escapes the tests below."""
    assert set(SAMPLES) == {*TYPES, *RESTS}


@awaited
async def test_nothing_that_is_typed_breaks_the_personality(caplog: pytest.LogCaptureFixture) -> None:
    """Every line and command cut short, negated, with wrong values: an answer, and never an error of ours."""
    _, eos = made()
    wrong = ["", "0", "-1", "²", "1_0", "10.0.0.1", "10.0.0.1/99", "255.0.255.0", "a|b", "[", "ø", "4095", "x" * 300]
    pick = random.Random(12)
    with caplog.at_level(logging.ERROR, "lab"):
        for context, opens in (("", ""), *_modes()):
            for rule in (CONTEXTS[context] if context else GLOBAL).rules:
                words = [sample(element) for element in max(forms(rule.syntax), key=len)]
                shell = eos.shell("kommune", 15)
                await shell.line("configure")
                for line in opens.split("\n") if opens else ():
                    await shell.line(line)
                for verb in ("", "no", "default"):
                    for length in range(1, len(words) + 1):
                        for bad in (None, pick.choice(wrong)):
                            line = " ".join([*words[: length - (bad is not None)], *([] if bad is None else [bad])])
                            reply = await shell.line(f"{verb} {line}".strip())
                            if "EOF" in reply.text:
                                await shell.line("EOF")
                            assert not reply.close or line.startswith("ex")
        for command in COMMANDS:
            words = [sample(element) for element in max(forms(command.syntax), key=len)]
            if words[0] in ("reload", "exit", "logout", "quit", "bash"):
                continue
            for length in range(1, len(words) + 1):
                for line in (" ".join(words[:length]), " ".join([*words[: length - 1], pick.choice(wrong)])):
                    shell = eos.shell("kommune", 15)
                    assert not (await shell.line(line)).close
                    assert not (await shell.line(f"{line} | include {pick.choice(wrong)}")).close
        for line in ODD:
            assert not (await eos.shell("kommune", 15).line(line)).close
    assert [record.getMessage() for record in caplog.records] == []
    eos.meaning()


@awaited
async def test_a_bar_inside_a_pattern_is_part_of_it() -> None:
    """Between blanks it begins a filter; chains of filters; the same over eAPI."""
    _, eos = made()
    shell = eos.shell("kommune", 15)

    async def lines(command: str) -> list[str]:
        return (await shell.line(command)).text.split("\n")[:-1]

    names = ["hostname SW-RADHUS-01", "ntp server 192.168.17.10"]
    assert await lines("show running-config | include ^(hostname|ntp)") == names
    assert await lines("show running-config | include ^hostname|^ntp") == names
    assert await lines('show running-config | include "^hostname|^ntp"') == names
    assert await lines("show running-config | include ^(hostname|ntp) | exclude host|tull") == names[1:]
    assert await lines("show running-config | grep -v . | wc -l") == ["0"]
    assert await lines("show running-config| egrep -i ^HOSTNAME|tull") == names[:1]
    assert await lines("show running-config | section ^vlan.1|^ntp") == ["ntp server 192.168.17.10", "vlan 10",
                                                                          "   name ADM"]  # fmt: skip
    assert await lines("show running-config section ^vlan.1|^ntp") == await lines(
        "show running-config | section ^vlan.1|^ntp"
    )
    assert (await lines("show running-config | begin ^vlan|^interface"))[0] == "vlan 10"
    assert len(await lines("show running-config | head -3")) == 3
    assert await lines("show running-config | include ^hostname | tull | ^ntp") == names[:1]
    assert await lines("show running-config | tull") == ["% Invalid input (at token 0: 'tull')"]
    assert await lines("show running-config | include") == ["% Incomplete command"]
    assert await lines("show running-config | include [") == ["% Invalid regular expression '['"]
    answer = await ask(eos, "enable", "show running-config | include ^(hostname|ntp)", form="text")
    assert answer["result"][1]["output"] == "\n".join([*names, ""])


@awaited
async def test_a_mistake_of_the_lab_is_an_internal_error_and_no_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As on the switch: the session goes on, the log has the rest, over SSH and eAPI."""
    _, eos = made()

    def breaks(*_: Any) -> None:
        raise KeyError("boom")

    monkeypatch.setattr(Config, "copy", breaks)
    shell = eos.shell("kommune", 15)
    reply = await shell.line("configure session x")
    assert (reply.text, reply.close) == ("% Internal error\n", False)
    assert (await shell.line("show hostname")).text.startswith("Hostname")
    assert (await ask(eos, "enable", "configure session x"))["error"]["data"][-1]["errors"] == ["Internal error"]
    assert "failed at 'configure session x'" in caplog.text


@awaited
async def test_leaving_a_nested_mode_goes_back_one_step() -> None:
    """exit by exit, with the prompts of EOS."""
    _, eos = made()
    shell = eos.shell("kommune", 15)
    prompts = []
    for line in ("configure", "router bgp 65001", "vrf B", "address-family ipv4", "exit", "exit", "exit", "exit"):
        await shell.line(line)
        prompts.append(shell.prompt.removeprefix("SW-RADHUS-01"))
    assert prompts == ["(config)#", "(config-router-bgp)#", "(config-router-bgp-vrf-B)#", "(config-router-bgp-af)#",
                       "(config-router-bgp-vrf-B)#", "(config-router-bgp)#", "(config)#", "#"]  # fmt: skip


def test_odd_separators_begin_no_line() -> None:
    """U+2028, NEL, VT and FF are letters of a description, as on the switch."""
    odd = "a\u2028b\x85c\x0bd\x0ce"
    config = Config.clean(NAMES)
    assert config.feed(f"interface Ethernet1\n   description {odd}\n") == []
    assert f"   description {odd}\n" in config.text()
    again = Config.clean(NAMES)
    assert (again.feed(config.text()), again.text()) == ([], config.text())


def test_an_error_keeps_what_was_there() -> None:
    """A refused line changes nothing."""
    config = Config.parse("vlan 10\nname ADM\n", NAMES)
    before = config.text()
    for line in ("vlan 5000", "ip route 10.0.0.0 255.0.255.0 10.0.0.1", "interface Ethernet99", "no ip prefix-list"):
        with pytest.raises(Invalid):
            config.apply(line)
    assert config.text() == before


def test_reading_the_bench_is_quick() -> None:
    """A text of 5,000 lines is read in a few seconds, whatever it asks."""
    text = "".join(f"vlan {number}\n   name V{number}\n" for number in range(2, 2500))
    assert Config.clean(NAMES).feed(text) == []


def test_how_long_and_how_many_sessions_there_may_be() -> None:
    """idle-timeout and connection limit of management ssh; EOS's own unless configured."""
    switch, eos = made()
    shell = eos.shell("kommune", 15)
    assert (shell.idle_seconds, eos.sessions_allowed()) == (None, 50)
    eos.config.feed("management ssh\nidle-timeout 5\nconnection limit 7\n")
    switch.changed()
    assert (shell.idle_seconds, eos.sessions_allowed()) == (300, 7)
    eos.config.feed("management ssh\nidle-timeout 0\n")
    assert shell.idle_seconds is None


def test_static_routes_mean_what_they_say() -> None:
    """Near before far, far behind OSPF, to nowhere, and none of another VRF or without a next hop."""
    switch, eos = made()
    eos.config.feed(
        "ip route 10.1.0.0/16 10.0.0.9 200\nip route 10.1.0.0/16 10.0.0.2 5\nip route 10.1.0.0/16 10.0.0.1\n"
        "ip route 10.2.0.0/16 Null0\nip route vrf A 10.3.0.0/16 10.0.0.1\nip route 10.4.0.0/16 Ethernet1\n"
        "ip route 10.5.0.0/16 Ethernet1 10.0.0.5 7 name X\n"
    )
    switch.changed()
    meaning = switch.meaning
    assert [str(hop) for network, hop in meaning.static_routes if str(network) == "10.1.0.0/16"] == [
        "10.0.0.1",
        "10.0.0.2",
    ]
    assert [str(hop) for _, hop in meaning.floating_routes] == ["10.0.0.9"]
    assert [str(network) for network in meaning.discarded] == ["10.2.0.0/16"]
    assert {str(network) for network, _ in meaning.static_routes} == {"0.0.0.0/0", "10.1.0.0/16", "10.5.0.0/16"}


# What the modules of Ansible's collection arista.eos (12.1) ask for, beside their configuration lines.
ASKED = (
    "show running-config", "show startup-config", "show running-config all", "show version | json",
    "show hostname | json", "show management api http-commands | json", "show interfaces | json", "show vrf",
    "show lldp neighbors | json", "show lldp neighbors detail | json", "show configuration sessions",
    "dir all-filesystems", "show banner login", "show banner motd", "bash timeout 5 cat /mnt/flash/boot-config",
    "show users accounts | json",
    "show running-config | section ^interface", "show running-config | section router\\sbgp ",
    "show running-config | section lldp", "show running-config | section ospfv3", "show running-config | section ^vlan",
    "show running-config | include ^ip route|^ipv6 route", "show running-config | section access-list",
    "show running-config | include interface | access-group | traffic-filter", "terminal width 512",
)  # fmt: skip


@pytest.mark.parametrize("command", ASKED)
def test_what_ansible_asks_for_is_answered(command: str) -> None:
    """None of its questions is refused."""

    async def ask_it() -> str:
        return (await made()[1].shell("kommune", 15).line(command)).text

    assert not asyncio.run(ask_it()).startswith("%")


@awaited
async def test_a_word_that_could_be_several_is_ambiguous() -> None:
    """At the word that was cut too short; whole words, and those that could be one only, are taken."""
    _, eos = made()
    shell = eos.shell("kommune", 15)
    await shell.line("terminal length 0")
    assert (await shell.line("show i")).text == "% Ambiguous command (at token 1: 'i')\n"
    assert (await shell.line("sh ver")).text.startswith("Arista")
    assert (await shell.line("sh int stat")).text.startswith("Port")
    assert (await shell.line("sh ip int br")).text.strip().startswith("Address")
    assert (await shell.line("show interfaces Et1-3 status")).text.count("\nEt") == 3
    assert (await shell.line("show interfaces status disabled")).text.count("\nEt") == 3
    await shell.line("conf t")
    for line, words in (
        ("int et1", ""),
        ("sw tr al vl 10", ""),
        ("sp p", "% Ambiguous command (at token 0: 'sp')\n"),
        ("desc hei", ""),
        ("sw mo tr", ""),
        ("hostname ikke_gyldig-", "% Invalid input (at token 1: 'ikke_gyldig-')\n"),
    ):
        assert (await shell.line(line)).text == words


@awaited
async def test_a_port_channel_is_up_with_its_members() -> None:
    """And a member says whose it is."""
    _, eos = made()
    shell = eos.shell("kommune", 15)
    for line in ("configure", "interface Port-Channel5", "switchport mode trunk", "interface Ethernet5",
                 "channel-group 5 mode active"):  # fmt: skip
        await shell.line(line)
    rows = (await shell.line("show interfaces status")).text.split("\n")
    states = {row.split()[0]: row.split()[1:3] for row in rows[1:] if row}
    assert states["Et5"] == ["connected", "in"]
    assert states["Po5"] == ["connected", "trunk"]
    await shell.line("shutdown")
    rows = (await shell.line("show interfaces status")).text.split("\n")
    assert {row.split()[0]: row.split()[1] for row in rows[1:] if row}["Po5"] == "notconnect"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (
            "ipv6 access-list A|10 permit icmpv6 any any|deny tcp 2001:DB8::1/128 2001:db8:1::5/48 eq 23",
            "ipv6 access-list A\n   10 permit icmpv6 any any\n"
            "   20 deny tcp host 2001:db8::1 2001:db8:1::/48 eq telnet\n",
        ),
        ("ipv6 access-list standard B|permit host 2001:db8::9", "   10 permit host 2001:db8::9\n"),
        (
            "ip route 10.7.0.0/16 10.0.0.9 150 name reserve tag 50",
            "ip route 10.7.0.0/16 10.0.0.9 150 tag 50 name reserve\n",
        ),
        ("ip route 10.7.0.0/16 Null0 name bort tag 5", "ip route 10.7.0.0/16 Null0 tag 5 name bort\n"),
        ("ipv6 route 2001:DB8:99::/48 2001:db8:20::2 200", "ipv6 route 2001:db8:99::/48 2001:db8:20::2 200\n"),
        ("lacp system-priority 10", "lacp system-priority 10\n"),
    ],
)
def test_what_arista_eos_types_is_taken_and_shown(typed: str, shown: str) -> None:
    """The lines of the resource modules, as they send them; what is typed twice is shown as before."""

    async def type_twice() -> tuple[str, str]:
        _, eos = made()
        shell = eos.shell("kommune", 15)
        texts = []
        for _ in range(2):
            for line in ("configure", *typed.split("|"), "end"):
                assert (await shell.line(line)).text == "", line
            texts.append((await shell.line("show running-config")).text)
        return texts[0], texts[1]

    once, twice = asyncio.run(type_twice())
    assert shown in once
    assert twice == once


@awaited
async def test_what_is_taken_away_leaves_nothing_of_itself() -> None:
    """An account goes with its key, and a port channel with what its ports say of it."""
    _, eos = made()
    shell = eos.shell("kommune", 15)
    before = (await shell.line("show running-config")).text
    for line in (
        "configure", "username per nopassword", "username per ssh-key ssh-ed25519 AAAAC3Nz per@x", "no username per",
        "interface Port-Channel5", "interface Ethernet5", "channel-group 5 mode active", "no interface Port-Channel5",
        "ipv6 access-list A", "permit icmpv6 any any", "no ipv6 access-list A", "end",
    ):  # fmt: skip
        assert (await shell.line(line)).text == "", line
    assert (await shell.line("show running-config")).text == before
