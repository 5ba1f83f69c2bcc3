"""The EOS personality on its own: grammar, order, sessions, eAPI, and what a configuration means."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from ipaddress import IPv4Interface
from typing import Any

import pytest

from lab.device.switch import Switch
from lab.personalities.eos import Eos
from lab.personalities.eos.configuration.config import Config
from lab.personalities.eos.configuration.tokens import vlan_set
from lab.personalities.eos.secret import fits, hashed
from lab.region.ranges import format_ranges
from lab.testing.bench import bench
from tests.support.eos_bench import PASSWORD, PORTS, legacy

NAMES = [f"Ethernet{number}" for number in range(1, PORTS + 1)]


def shown(text: str) -> list[str]:
    """What EOS shows of these lines beyond its clean configuration; none of them is refused."""
    config = Config.clean(NAMES)
    assert config.feed(text) == []
    clean = set(Config.clean(NAMES).lines())
    return [line for line in config.lines() if line not in clean]


def said(text: str) -> list[str]:
    """What EOS says of lines that it does not take."""
    return Config.clean(NAMES).feed(text)


def awaited(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test in an event loop of its own."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


def made(startup: str = "") -> tuple[Switch, Eos]:
    """A switch and its personality."""
    switch = bench("eos", PORTS, startup=startup or legacy())
    assert isinstance(switch.personality, Eos)
    return switch, switch.personality


async def ask(eos: Eos, *commands: Any, form: str = "json", **more: Any) -> dict[str, Any]:
    """One eAPI request."""
    parameters = {"version": 1, "cmds": list(commands), "format": form, **more}
    return await eos.eapi({"jsonrpc": "2.0", "method": "runCmds", "params": parameters, "id": "7"}, "kommune")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("hostname a\nhostname b", ["hostname b"]),
        ("int et1\ndesc to the hall", ["   description to the hall"]),
        ("interface Ethernet 1\nip address 10.0.0.1 255.255.255.0", ["   ip address 10.0.0.1/24"]),
        ("interface Ethernet1\nswitchport access vlan 1\nswitchport mode access\nno shutdown", []),
        ("interface Ethernet1\nshutdown\nno shutdown", []),
        ("interface Ethernet1\nno switchport", ["   no switchport"]),
        ("interface Ethernet1\nno switchport\nswitchport", []),
        (
            "interface Ethernet1\nswitchport trunk allowed vlan 5,3\nswitchport trunk allowed vlan add 4,9",
            ["   switchport trunk allowed vlan 3-5,9"],
        ),
        ("interface Ethernet1\nswitchport trunk allowed vlan add 4", []),
        (
            "interface Ethernet1\nswitchport trunk allowed vlan 3-9\nswitchport trunk allowed vlan remove 4-8",
            ["   switchport trunk allowed vlan 3,9"],
        ),
        ("ntp server 10.0.0.2\nntp server 10.0.0.1\nno ntp server 10.0.0.2", ["ntp server 10.0.0.1"]),
        ("ip name-server 10.0.0.1", ["ip name-server vrf default 10.0.0.1"]),
        ("ip domain-name x.example", ["dns domain x.example"]),
        ("spanning-tree mode none\nno spanning-tree mode", []),
        ("vlan 30,10-11", ["vlan 10-11,30"]),
        ("vlan 10\nname ADM\nvlan 10\nno name", ["vlan 10"]),
        ("vlan 10\nname ADM\nno vlan 10", []),
        (
            "ip access-list A\npermit tcp any host 10.0.0.1 eq 22\ndeny ip 10.0.0.0 0.0.0.255 any\n5 remark first",
            ["ip access-list A", "   5 remark first", "   10 permit tcp any host 10.0.0.1 eq ssh",
             "   20 deny ip 10.0.0.0/24 any"],
        ),
        (
            "router ospf 1\npassive-interface default\nno passive-interface Et2\nnetwork 10.0.0.0/8 area 0",
            ["router ospf 1", "   passive-interface default", "   no passive-interface Ethernet2",
             "   network 10.0.0.0/8 area 0.0.0.0", "   max-lsa 12000"],
        ),
        ("management api http-commands\nno shutdown\nshutdown", []),
        ("no management telnet", []),
        ("banner motd\n  hello\n! not a comment\nEOF", ["banner motd", "  hello", "! not a comment", "EOF"]),
        ("username a nopassword\nusername a privilege 15", ["username a privilege 15 nopassword"]),
        ("ip route 0.0.0.0 0.0.0.0 10.0.0.1", ["ip route 0.0.0.0/0 10.0.0.1"]),
    ],
)  # fmt: skip
def test_lines_are_shown_as_eos_shows_them(typed: str, expected: list[str]) -> None:
    """Canonical words, defaults hidden, one value where there is one, lists where there are lists."""
    assert shown(typed) == expected


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("foo", "foo: Invalid input (at token 0: 'foo')"),
        ("hostname", "hostname: Incomplete command (at token 1: None)"),
        ("interface Ethernet99", "interface Ethernet99: Invalid input (at token 1: 'Ethernet99')"),
        ("vlan 4095", "vlan 4095: Invalid input (at token 1: '4095')"),
        ("switchport mode trunk", "switchport mode trunk: Invalid input (at token 0: 'switchport')"),
        ("interface Vlan10\nswitchport mode trunk", "switchport mode trunk: Invalid input (at token 0: 'switchport')"),
        (
            "interface Ethernet1\nip address 10.0.0.1/33",
            "ip address 10.0.0.1/33: Invalid input (at token 2: '10.0.0.1/33')",
        ),
        ("no", "no: Incomplete command (at token 1: None)"),
        ("ip access-list A\npermit ip any", "permit ip any: Incomplete command (at token 3: None)"),
    ],
)
def test_what_eos_does_not_take_it_refuses_in_its_own_words(typed: str, words: str) -> None:
    """Unknown words, wrong values, lines in the wrong mode."""
    assert said(typed) == [words]


def test_the_order_of_typing_does_not_matter() -> None:
    """The same lines backwards, section by section, give the same bytes; and reading them back does too."""
    text = legacy("core")
    sections = [part for part in text.split("!\n") if part.strip() and part != "end\n"]
    backwards = Config.parse("!\n".join(reversed(sections)), NAMES)
    assert backwards.text() == text
    assert Config.parse(text, NAMES).text() == text


def test_a_line_of_the_top_leaves_a_section() -> None:
    """As on the switch: what is no line of the mode is tried at the top."""
    assert shown("interface Ethernet1\nhostname x") == ["hostname x"]
    assert said("interface Ethernet1\nhostname x\ndescription y") == [
        "description y: Invalid input (at token 0: 'description')"
    ]


def test_vlan_lists_are_read_and_written() -> None:
    """Runs are joined."""
    assert format_ranges(vlan_set("12,10-11,30")) == "10-12,30"
    with pytest.raises(ValueError, match="9-3"):
        vlan_set("9-3")


def test_passwords() -> None:
    """SHA-512 crypt; the same password is never stored twice in the same way."""
    assert fits(hashed("secret-1"), "secret-1")
    assert not fits(hashed("secret-1"), "secret-2")
    assert hashed("secret-1") != hashed("secret-1")
    assert not fits("", "")


def test_the_legacy_means_what_was_asked_for() -> None:
    """Ports, VLANs, gateways and accounts of the dialect."""
    switch, eos = made(legacy("core"))
    meaning = switch.meaning
    assert (meaning.hostname, meaning.routing, meaning.eapi, meaning.lldp) == ("SW-RADHUS-01", True, True, True)
    assert meaning.vlans == {1: "default", 10: "ADM", 40: "TLF"}
    assert {number: svi.address for number, svi in meaning.svis.items()} == {
        1: IPv4Interface("192.168.16.1/21"),
        10: IPv4Interface("172.17.10.1/24"),
    }
    assert (meaning.ports[1].access, meaning.ports[1].voice) == (10, 40)
    assert (meaning.ports[2].access, meaning.ports[2].voice) == (10, None)
    assert (meaning.ports[7].access, meaning.ports[7].tagged) == (1, frozenset({10, 40}))
    assert meaning.ports[8].tagged is None
    assert not meaning.ports[6].up
    privilege, stored = meaning.users["kommune"]
    assert privilege == 15
    assert eos.verify(stored, PASSWORD)


def test_habits_of_the_legacy() -> None:
    """What a municipality's dialect has or lacks."""
    switch, _ = made(legacy("access", ("no_eapi", "no_lldp")))
    assert (switch.meaning.eapi, switch.meaning.lldp) == (False, False)
    assert "management telnet" not in switch.personality.text()
    assert "snmp-server community public ro" in made()[1].text()


def test_routed_ports_and_ospf() -> None:
    """A port that is no switchport has its address; OSPF's word on an interface counts."""
    switch, eos = made()
    eos.config.feed(
        "interface Ethernet9\nno shutdown\nno switchport\nip address 10.10.250.1/31\nip ospf area 0\n"
        "interface Ethernet10\nno switchport\nip address 10.10.250.3/31\nip ospf area 0\n"
        "interface Loopback0\nip address 10.10.252.1/32\nip ospf area 0\n"
        "router ospf 1\npassive-interface default\nno passive-interface Ethernet9\n"
    )
    switch.changed()
    meaning = switch.meaning
    assert (meaning.ports[9].routed, meaning.ports[9].address) == (True, IPv4Interface("10.10.250.1/31"))
    assert meaning.ospf_active_ports == {9}
    assert {str(network) for network in meaning.ospf_networks} == {"10.10.250.0/31", "10.10.250.2/31", "10.10.252.1/32"}
    assert meaning.loopbacks == [IPv4Interface("10.10.252.1/32")]


@awaited
async def test_a_session_is_a_candidate_until_it_is_committed() -> None:
    """Nothing happens before the commit, and then everything at once."""
    switch, eos = made()
    before, version = eos.text(), switch.version
    await ask(eos, "enable", "configure session a", "hostname new", "vlan 77", "end")
    assert (eos.text(), switch.version) == (before, version)
    answer = await ask(eos, "enable", "show session-config named a diffs", form="text")
    assert "+hostname new" in answer["result"][1]["output"]
    await ask(eos, "enable", "configure session a commit")
    assert switch.meaning.hostname == "new"
    assert switch.version == version + 1
    states = (await ask(eos, "enable", "show configuration sessions"))["result"][1]["sessions"]
    assert {name: one["state"] for name, one in states.items()} == {"a": "completed"}


@awaited
async def test_an_unconfirmed_commit_goes_back_by_itself() -> None:
    """The timer restores the configuration to the byte; startup was never touched."""
    switch, eos = made()
    before = eos.text()
    await ask(eos, "enable", "configure session a", "rollback clean-config", "hostname new", "commit timer 00:00:01")
    detail = (await ask(eos, "enable", "show configuration sessions detail"))["result"][1]["sessions"]["a"]
    assert detail["state"] == "pendingCommitTimer"
    assert 0 < detail["commitBy"] - switch.uptime <= 1
    assert switch.meaning.hostname == "new"
    await asyncio.sleep(1.1)
    assert eos.text() == before
    assert eos.sessions.waiting is None


@awaited
async def test_a_pending_commit_is_confirmed_or_aborted_and_blocks_others() -> None:
    """One commit waits at a time."""
    _, eos = made()
    before = eos.text()
    await ask(eos, "enable", "configure session a", "hostname one", "commit timer 00:10:00")
    refused = await ask(eos, "enable", "configure session b", "hostname two", "commit")
    assert "pending commit timer" in refused["error"]["data"][-1]["errors"][0]
    await ask(eos, "enable", "configure session a abort", "configure session b abort")
    assert eos.text() == before
    await ask(eos, "enable", "configure session c", "hostname three", "commit timer 00:10:00")
    await ask(eos, "enable", "configure session c commit")
    assert eos.sessions.waiting is None
    assert eos.hostname == "three"


@awaited
async def test_at_most_five_sessions_are_open() -> None:
    """The sixth is refused."""
    _, eos = made()
    for number in range(5):
        assert "result" in await ask(eos, "enable", f"configure session s{number}", "end")
    refused = await ask(eos, "enable", "configure session s5")
    assert "Maximum number of pending sessions" in refused["error"]["data"][-1]["errors"][0]


@awaited
async def test_eapi_errors_are_told_as_eos_tells_them() -> None:
    """Code, message, and the results of the commands before; what ran before the error has happened."""
    switch, eos = made()
    error = (await ask(eos, "enable", "configure", "hostname x", "foo bar", "hostname y"))["error"]
    assert (error["code"], error["message"]) == (1002, "CLI command 4 of 5 'foo bar' failed: invalid command")
    assert error["data"] == [{}, {}, {}, {"errors": ["Invalid input (at token 0: 'foo')"]}]
    assert switch.meaning.hostname == "x"
    unconverted = (await ask(eos, "enable", "show ntp associations"))["error"]
    assert (unconverted["code"], unconverted["message"].rpartition(": ")[2]) == (1003, "unconverted command")
    assert "unexpected keyword argument 'bogus'" in (await ask(eos, "enable", bogus=1))["error"]["message"]
    assert (await ask(eos, "enable", "show hostname", autoComplete=True))["result"][1]["hostname"] == "x"


@awaited
async def test_a_banner_over_eapi_comes_as_input() -> None:
    """And without it the command fails rather than hanging."""
    _, eos = made()
    await ask(eos, "enable", "configure", {"cmd": "banner login", "input": "one\n  two\n"}, "end")
    assert "banner login\none\n  two\nEOF\n" in eos.text()
    assert (await ask(eos, "enable", "configure", "banner login"))["error"]["code"] == 1000


@awaited
async def test_an_account_that_lost_its_privilege_reads_only() -> None:
    """Privilege is what is configured, not what it was at some login."""
    _, eos = made()
    eos.config.feed("enable password sha512 " + hashed("other"))
    error = (await ask(eos, "enable", "show running-config"))["error"]
    assert error["data"][-1]["errors"] == ["Bad secret"]
    allowed = await ask(eos, {"cmd": "enable", "input": "other"}, "show running-config", form="text")
    assert "hostname SW-RADHUS-01" in allowed["result"][1]["output"]


@awaited
async def test_replace_from_a_file_is_all_or_nothing() -> None:
    """A file with a line that EOS does not take changes nothing."""
    switch, eos = made()
    before = eos.text()
    await ask(eos, "enable", "copy running-config flash:keep")
    switch.files["bad"] = "hostname z\nfoo\n"
    assert "foo" in (await ask(eos, "enable", "configure replace flash:bad"))["error"]["data"][-1]["errors"][0]
    assert eos.text() == before
    await ask(eos, "enable", "configure", "hostname z", "interface Ethernet1", "shutdown")
    assert (await ask(eos, "enable", "configure replace flash:keep"))["result"] == [{}, {}]
    assert eos.text() == before


@awaited
async def test_the_command_line_knows_its_modes() -> None:
    """Prompts, privilege, abbreviations, errors, and the banner's own input."""
    switch, eos = made()
    shell = eos.shell("kommune", 15)
    prompts = []
    for line in ("conf t", "int et1", "desc x", "exit", "vlan 5,6", "end", "configure session night", "int vl7", "end"):
        assert (await shell.line(line)).text == ""
        prompts.append(shell.prompt.removeprefix("SW-RADHUS-01"))
    assert prompts == ["(config)#", "(config-if-Et1)#", "(config-if-Et1)#", "(config)#", "(config-vlan-5-6)#", "#",
                       "(config-s-night)#", "(config-s-night-if-Vl7)#", "#"]  # fmt: skip
    assert (await shell.line("show nothing")).text == "% Invalid input (at token 1: 'nothing')\n"
    assert (await shell.line("show")).text == "% Incomplete command\n"
    assert (await shell.line("terminal length 0")).text == "Pagination disabled.\n"
    assert shell.page is None
    await shell.line("configure")
    assert "EOF" in (await shell.line("banner login")).text
    assert shell.prompt == ""
    for line in ("hei", "EOF", "end"):
        await shell.line(line)
    assert "banner login\nhei\nEOF\n" in eos.text()
    assert (await shell.line("exit")).close
    low = eos.shell("kommune", 1)
    assert low.prompt == "SW-RADHUS-01>"
    assert (await low.line("show running-config")).text == "% Invalid input (privileged mode required)\n"
    switch.faults.set(["refuse", "vlan 9"])
    await shell.line("configure")
    assert (await shell.line("vlan 9")).text.startswith("% Invalid input")
    assert 9 not in switch.meaning.vlans


@awaited
async def test_an_access_vlan_that_is_not_there_is_made() -> None:
    """EOS says so."""
    switch, eos = made()
    shell = eos.shell("kommune", 15)
    await shell.line("configure")
    await shell.line("interface Ethernet2")
    assert (await shell.line("switchport access vlan 55")).text == "! Access VLAN does not exist. Creating vlan 55\n"
    assert 55 in switch.meaning.vlans


@awaited
async def test_a_scheduled_reload_can_be_called_off() -> None:
    """And says how long it has."""
    switch, eos = made()
    answer = await ask(eos, "enable", "reload in 5 force", "show reload", form="text")
    assert answer["result"][1]["output"] == "Reload scheduled in 0 hours 5 minutes\n"
    assert [timer.what for timer in switch.timers] == ["reload"]
    await ask(eos, "enable", "reload cancel")
    assert switch.timers == []


@awaited
async def test_filters_behind_a_bar() -> None:
    """include, exclude, begin, section and json."""
    _, eos = made()
    shell = eos.shell("kommune", 15)
    assert (await shell.line("show running-config | include ^hostname")).text == "hostname SW-RADHUS-01\n"
    assert (await shell.line("show running-config | section ntp")).text == "ntp server 192.168.17.10\n"
    section = (await shell.line("show running-config | section Ethernet3")).text
    assert section == "interface Ethernet3\n   description Skriver\n   spanning-tree portfast\n"
    assert '"hostname": "SW-RADHUS-01"' in (await shell.line("show hostname | json")).text
    assert "unconverted" in (await shell.line("show logging | json")).text


def test_what_it_tells_ospf_of_other_sources_counts() -> None:
    """Static and connected routes with their subnets, and the default route; a route map's choice is not worked out."""
    told = bench("eos", startup="router ospf 1\n redistribute static\n default-information originate\n").meaning
    assert told.ospf_external == {"static": True, "default": False}
    some = bench("eos", startup="router ospf 1\n redistribute connected route-map SOME\n").meaning
    assert some.ospf_external == {}
