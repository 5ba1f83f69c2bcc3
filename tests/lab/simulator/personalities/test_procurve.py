"""The lab's ProCurve on the workbench: its grammar, its order, its questions, its reload."""

import asyncio
import random

import pytest

from lab.device.personality import Shell
from lab.device.switch import Switch
from lab.personalities.procurve import Procurve, legacy
from lab.region.legacy import LegacySwitch
from lab.testing.bench import bench, old_switch
from tests.support.procurve_bench import LEGACY


@pytest.fixture
def switch() -> Switch:
    """A switch with a legacy configuration, saved."""
    return bench("procurve", startup=LEGACY)


def typed(switch: Switch, *lines: str, user: str = "kommune", privilege: int = 15) -> tuple[list[str], Shell]:
    """Type lines into a fresh login, past its banner. Shape: the replies, and the shell."""
    shell = switch.personality.shell(user, privilege)

    async def talk() -> list[str]:
        return [(await shell.line(line)).text for line in ("", *lines)][1:]

    return asyncio.run(talk()), shell


def configured(switch: Switch, *lines: str) -> list[str]:
    """Type lines in configuration mode. Shape: the replies."""
    return typed(switch, "configure terminal", *lines)[0][1:]


@pytest.mark.parametrize("habits", [(), ("telnet", "snmp_public"), ("http", "no_lldp", "banner")])
def test_the_legacy_is_taken_whole_and_printed_as_it_is(habits: tuple[str, ...]) -> None:
    """A legacy configuration is what the switch itself prints, and its habits show."""
    text = legacy(old_switch(habits=habits))
    switch = bench("procurve", 8, startup=text)
    assert switch.personality.text() == text
    assert ("no telnet-server" not in text) == ("telnet" in habits)
    assert ("no web-management" not in text) == ("http" in habits)
    assert ('community "public"' in text) == ("snmp_public" in habits)
    assert switch.meaning.lldp == ("no_lldp" not in habits)


def test_what_the_legacy_means() -> None:
    """Access, voice and trunk ports, the management address and the account."""
    old: LegacySwitch = old_switch()
    meaning = bench("procurve", 8, startup=legacy(old)).meaning
    assert meaning.hostname == "SW-RADHUS-01"
    assert (meaning.ports[1].access, meaning.ports[1].voice) == (10, 40)
    assert meaning.ports[7].tagged == {10, 40, 50}
    assert meaning.ports[8].tagged == {10, 40, 50}
    assert not meaning.ports[6].up
    assert str(meaning.svis[1].address) == "192.168.17.11/21"
    assert str(meaning.default_gateway) == "192.168.16.1"
    privilege, stored = meaning.users["kommune"]
    personality = bench("procurve", 8).personality
    assert privilege == 15
    assert personality.verify(stored, "bench-password")
    assert not personality.verify(stored, "another")


def test_a_staged_switch_has_just_enough_to_log_in() -> None:
    """The centre's account and the name, nothing of a legacy."""
    meaning = bench("procurve", 8, startup=legacy(old_switch(staged=True))).meaning
    assert list(meaning.users) == ["drift"]
    assert meaning.users["drift"][0] == 15
    assert list(meaning.vlans) == [1]


def test_the_order_of_typing_does_not_show(switch: Switch) -> None:
    """Blocks typed in any order give the same bytes."""
    blocks: list[str] = []
    for line in LEGACY.splitlines():
        if line.startswith(" "):
            blocks[-1] += f"\n{line}"
        else:
            blocks.append(line)
    for seed in range(5):
        mixed = random.Random(seed).sample(blocks, len(blocks))
        again = bench("procurve", startup="\n".join(mixed))
        assert again.personality.text() == LEGACY
    assert switch.personality.text() == LEGACY


def test_there_and_back_gives_the_same_bytes(switch: Switch) -> None:
    """Each of these, taken back, leaves no trace."""
    pairs = [
        ("vlan 110 untagged 3-5", "vlan 20 untagged 3-5", "no vlan 110"),
        ("no telnet-server", "telnet-server"),
        ("spanning-tree 1-24 admin-edge-port", "no spanning-tree 1-24 admin-edge-port"),
        ("interface 5 disable", "interface 5 enable"),
        ("logging 10.1.1.1", "no logging 10.1.1.1"),
        ("vlan 20 name X", "vlan 20 name SKOLE"),
        ("no vlan 40 voice", "vlan 40 voice"),
    ]
    for lines in pairs:
        assert configured(switch, lines[0]) == [""], lines[0]
        assert switch.personality.text() != LEGACY
        assert set(configured(switch, *lines[1:])) == {""}
        assert switch.personality.text() == LEGACY


def test_a_port_leaves_its_vlan_by_entering_another(switch: Switch) -> None:
    """In one command, and tagged membership is not touched."""
    configured(switch, "vlan 110 untagged 17")
    assert (switch.meaning.ports[17].access, switch.meaning.ports[17].tagged) == (110, {40})


def test_a_port_is_never_in_no_vlan(switch: Switch) -> None:
    """It falls back to VLAN 1, and cannot be taken out of that."""
    configured(switch, "no vlan 20 untagged 5")
    assert switch.meaning.ports[5].access == 1
    assert "must be a member" in configured(switch, "no vlan 1 untagged 28")[0]
    assert switch.meaning.ports[28].access == 1


def test_a_vlan_with_ports_is_asked_about(switch: Switch) -> None:
    """No means no; yes moves its ports to VLAN 1."""
    replies, shell = typed(switch, "configure", "no vlan 20", "n")
    assert "1-16" in replies[1]
    assert switch.personality.text() == LEGACY
    assert not shell.single_key
    typed(switch, "configure", "no vlan 20", "y")
    assert 20 not in switch.meaning.vlans
    assert switch.meaning.ports[5].access == 1


def test_two_vlans_cannot_share_a_subnet(switch: Switch) -> None:
    """As on the real switch."""
    assert "already exists" in configured(switch, "vlan 20 ip address 192.168.17.1/24")[0]


@pytest.mark.parametrize("line", ["vlan 5000", "interface 0", "vlan 20 tagged 25-29", "no vlan 1", "no vlan 7"])
def test_bad_lines_change_nothing(switch: Switch, line: str) -> None:
    """Refused in words, and not noticed by the datapath."""
    version = switch.version
    assert configured(switch, line)[0]
    assert switch.version == version
    assert switch.personality.text() == LEGACY


def test_the_fault_refuses_a_line(switch: Switch) -> None:
    """With the platform's own error."""
    switch.faults.set(["refuse", "^vlan 20 name"])
    assert configured(switch, "vlan 20 name X", "vlan 30 name X") == ["Invalid input: X\n", ""]


def test_a_boot_drops_what_it_does_not_know() -> None:
    """And keeps the rest."""
    switch = bench("procurve", startup=f"switchport mode access\n{LEGACY}vlan 20\n   frobnicate\n   exit\n")
    assert switch.personality.text() == LEGACY


def test_without_include_credentials_secrets_are_kept_and_not_shown(switch: Switch) -> None:
    """The password still works, and a save does not lose it."""
    configured(switch, "no include-credentials")
    shown = typed(switch, "no page", "show running-config")[0][1]
    assert "sha1" not in shown
    assert shown.rstrip().endswith("password manager")
    assert "kommune" in switch.meaning.users
    (asked, *_), shell = typed(switch, "configure", "include-credentials", "y")
    assert asked == ""
    assert switch.personality.text() == LEGACY
    assert shell.prompt.count("(config)#") == 1


def test_leaving_with_unsaved_work_asks_twice(switch: Switch) -> None:
    """And saves only if it is told to."""
    lines = ("configure", "vlan 77", "end", "logout", "y")
    _, shell = typed(switch, *lines)
    assert "save current configuration" in shell.prompt
    typed(switch, *lines, "y")
    assert switch.startup == switch.personality.text() != LEGACY


def test_pages_are_on_until_they_are_turned_off(switch: Switch) -> None:
    """24 lines, with the switch's own words."""
    _, shell = typed(switch)
    assert (shell.page, shell.more) == (24, "-- MORE --, next page: Space, next line: Enter, quit: Control-C")
    _, shell = typed(switch, "no page")
    assert shell.page is None


def test_an_operator_may_look_and_not_touch(switch: Switch) -> None:
    """No configuration, no secrets."""
    replies, shell = typed(switch, "show vlans", "show running-config", "configure", "reload", privilege=1)
    assert "SKOLE" in replies[0]
    assert all(reply.startswith("Invalid input") for reply in replies[1:])
    assert "SW-SKOLE-04> " in shell.prompt


@pytest.mark.parametrize(("asked", "minutes"), [("2", 2), ("01:10", 70), ("01:00:05", 1445)])
def test_a_scheduled_reload(switch: Switch, asked: str, minutes: int) -> None:
    """Is asked about, told, replaced and cancelled."""
    personality = switch.personality
    assert isinstance(personality, Procurve)

    async def talk() -> None:
        shell = personality.shell("kommune", 15)
        for line in ("", f"reload after {asked}", "n"):
            await shell.line(line)
        assert personality.seconds_to_reload() is None
        for line in (f"reload after {asked}", "y"):
            await shell.line(line)
        assert personality.seconds_to_reload() == pytest.approx(minutes * 60, abs=2)
        assert "Reload scheduled in" in (await shell.line("show reload after")).text
        assert len(switch.timers) == 1
        await shell.line("no reload")
        assert "no reload scheduled" in (await shell.line("show reload after")).text
        assert not switch.timers

    asyncio.run(talk())


def test_a_reload_brings_back_what_was_saved(switch: Switch) -> None:
    """What was not saved is lost, and nothing stays scheduled."""
    personality = switch.personality
    assert isinstance(personality, Procurve)

    async def talk() -> None:
        switch.reload_seconds = 0.01
        shell = personality.shell("kommune", 15)
        for line in ("", "configure", "vlan 20 name X", "end"):
            await shell.line(line)
        personality.reload_after(0.02)
        await asyncio.sleep(0.2)
        assert switch.up
        assert personality.text() == LEGACY
        assert personality.seconds_to_reload() is None

    asyncio.run(talk())


def test_commands_may_be_cut_short(switch: Switch) -> None:
    """As long as they are unambiguous."""
    replies, _ = typed(switch, "sh vl", "sh int br", "sh reload", "sh", "sh frob")
    assert "VLAN Information" in replies[0]
    assert "Port Status" in replies[1]
    assert replies[2:] == ["Incomplete input: reload\n", "Incomplete input: sh\n", "Invalid input: frob\n"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("vlan 5000", "Invalid input: 5000"),
        ("vlan 0", "Invalid input: 0"),
        ("vlan 321 tagged 99", "Module not present for port or invalid port: 99"),
        ("vlan 321 tagged 9-5", "Module not present for port or invalid port: 9-5"),
        ("vlan 20 ip address 10.1.2.0 255.255.255.0", "Invalid input: 10.1.2.0"),
        ("vlan 20 ip address 10.1.2.3 0.0.0.255", "Invalid input: 0.0.0.255"),
        ("vlan 20 ip address 10.1.2.3 255.0.255.0", "Invalid input: 255.0.255.0"),
        ("vlan 20 ip address 10.1.2.3", "Incomplete input: 10.1.2.3"),
        ("ip default-gateway 300.1.1.1", "Invalid input: 300.1.1.1"),
        ("ip default-gateway 255.255.255.255", "Invalid input: 255.255.255.255"),
        ("sntp server priority 9 10.0.0.1", "Invalid input: 9"),
        ("interface 1 tagged vlan x", "Invalid input: x"),
        ("interface 99", "Module not present for port or invalid port: 99"),
    ],
)
def test_odd_values_are_refused_and_leave_nothing_behind(switch: Switch, line: str, answer: str) -> None:
    """A VLAN, port, address or mask that cannot be is refused in the switch's words; no VLAN is made on the way."""
    before = switch.personality.text()
    assert configured(switch, line)[0].strip() == answer
    assert switch.personality.text() == before
