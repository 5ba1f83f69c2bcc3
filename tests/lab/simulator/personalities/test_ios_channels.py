"""Port channels of the lab's IOS: how they are made and taken apart, what is shown of them, and that they forward."""

import asyncio
from dataclasses import replace

import pytest
from ntc_templates.parse import parse_output

from lab.device.switch import Switch
from lab.device.tables import Mac
from lab.network.datapath import Fabric
from lab.personalities.ios import Ios
from lab.personalities.ios.configuration.channels import number_of
from lab.personalities.ios.configuration.config import Config, Cursor
from lab.personalities.ios.configuration.meaning import extract
from lab.personalities.ios.configuration.parse import Refused
from lab.region.facts import Cable
from lab.testing.bench import bench
from tests.lab.simulator.personalities.test_ios import dialogue, make
from tests.support.fake_switches import region

CHANNEL = """\
vlan 10
vlan 20
interface GigabitEthernet1/0/1
 switchport trunk allowed vlan 10,20
 switchport mode trunk
 channel-group 1 mode active
interface GigabitEthernet1/0/2
 switchport trunk allowed vlan 10,20
 switchport mode trunk
 channel-group 1 mode passive
"""


def block(config: Config, name: str) -> list[str]:
    """The lines of an interface."""
    return config.text().partition(f"interface {name}\n")[2].partition("!")[0].splitlines()


def take(config: Config, *lines: str) -> list[str]:
    """Type lines; answers with the remarks."""
    cursor = Cursor(config.root)
    return [config.apply(cursor, line) for line in lines]


def test_the_first_member_makes_the_channel_as_it_is_itself() -> None:
    """With a remark; what is printed can be loaded, and means the same."""
    config = make()
    remarks = take(config, "interface gi1/0/1", "switchport mode trunk", "channel-group 1 mode active")
    assert remarks[-1] == "Creating a port-channel interface Port-channel 1\n"
    assert block(config, "Port-channel1") == [" switchport mode trunk"]
    config = make(CHANNEL)
    assert block(config, "Port-channel1") == [" switchport trunk allowed vlan 10,20", " switchport mode trunk"]
    assert block(config, "GigabitEthernet1/0/2")[-1] == " channel-group 1 mode passive"
    assert make(config.text()).text() == config.text()
    assert extract(make(config.text())) == extract(config)
    assert extract(config).ports[2].tagged == frozenset({10, 20})


def test_members_take_over_what_is_typed_at_the_channel() -> None:
    """Its VLANs, mode and shutdown; not its description."""
    config = make(CHANNEL)
    take(config, "interface po1", "description opp", "switchport trunk allowed vlan remove 20", "shutdown")
    for name in ("Port-channel1", "GigabitEthernet1/0/1", "GigabitEthernet1/0/2"):
        lines = block(config, name)
        assert " switchport trunk allowed vlan 10" in lines
        assert " shutdown" in lines
        assert (" description opp" in lines) == (name == "Port-channel1")
    take(config, "interface po1", "no shutdown", "no switchport trunk allowed vlan")
    assert block(config, "GigabitEthernet1/0/1") == [" switchport mode trunk", " channel-group 1 mode active"]


def test_a_member_that_differs_is_suspended() -> None:
    """It is up and carries nothing."""
    config = make(CHANNEL)
    take(config, "interface gi1/0/2", "switchport trunk allowed vlan 10")
    meaning = extract(config)
    assert (meaning.ports[2].up, meaning.ports[2].access, meaning.ports[2].tagged) == (True, None, frozenset())
    assert meaning.ports[1].tagged == frozenset({10, 20})


def test_a_channel_that_goes_leaves_its_ports_off() -> None:
    """In no channel, lest they make a loop; a port that leaves keeps what it carries."""
    config = make(CHANNEL)
    take(config, "interface gi1/0/2", "no channel-group")
    assert block(config, "GigabitEthernet1/0/2")[-1] == " switchport mode trunk"
    take(config, "no interface Port-channel1")
    assert block(config, "GigabitEthernet1/0/1")[-1] == " shutdown"
    assert "Port-channel" not in config.text()
    assert "channel-group" not in config.text()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            ("interface gi1/0/3", "channel-group 1 mode desirable"),
            "Command rejected (Channel protocol mismatch for interface Gi1/0/3 in group 1): ",
        ),
        (
            ("interface gi1/0/3", "no switchport", "channel-group 1 mode active"),
            "Command rejected (Port-channel1, Gi1/0/3): Either port is L2 and port-channel is L3, or vice-versa",
        ),
        (("interface Port-channel49",), "% Invalid input detected at '^' marker."),
        (("interface po1", "channel-group 1 mode active"), "% Invalid input detected at '^' marker."),
    ],
)
def test_what_does_not_fit_is_refused(lines: tuple[str, ...], words: str) -> None:
    """With IOS's words."""
    config = make(CHANNEL)
    cursor = Cursor(config.root)
    for line in lines[:-1]:
        config.apply(cursor, line)
    with pytest.raises(Refused) as refused:
        config.apply(cursor, lines[-1])
    assert refused.value.words.startswith(words)


def test_a_routed_channel_has_its_address_at_one_member() -> None:
    """The first that is switched on."""
    config = make()
    for name in ("gi1/0/1", "gi1/0/2"):
        take(config, f"interface {name}", "no switchport", "channel-group 2 mode on")
    take(config, "interface po2", "ip address 10.0.0.1 255.255.255.252")
    assert [str(extract(config).ports[number].address) for number in (1, 2)] == ["10.0.0.1/30", "None"]
    take(config, "interface gi1/0/1", "shutdown")
    assert [str(extract(config).ports[number].address) for number in (1, 2)] == ["None", "10.0.0.1/30"]


def test_what_is_shown_of_a_channel_is_what_its_members_are() -> None:
    """Up while one member is; where something goes, the channel is told in its members' place."""
    switch = bench("ios", startup=CHANNEL)
    switch.world.oper = lambda _, port: port in (2, 5)  # type: ignore[method-assign]
    switch.world.macs = lambda _: [Mac("02:00:00:00:00:01", 10, 2)]  # type: ignore[method-assign]
    summary, status, trunks, macs, tree, vlans, shown = (
        answer
        for _, answer in dialogue(
            switch, "show etherchannel summary", "show interfaces status", "show interfaces trunk",
            "show mac address-table", "show spanning-tree vlan 10", "show vlan id 10", "show interfaces Port-channel1",
        )
    )  # fmt: skip
    (row,) = parse_output("cisco_ios", "show etherchannel summary", summary)
    assert row["bundle_name"] == "Po1"
    assert (row["bundle_status"], row["bundle_protocol"]) == ("SU", "LACP")
    assert (row["member_interface"], row["member_interface_status"]) == (["Gi1/0/1", "Gi1/0/2"], ["D", "P"])
    assert (
        next(row for row in parse_output("cisco_ios", "show interfaces status", status) if row["port"] == "Po1")[
            "status"
        ]
        == "connected"
    )
    assert "\nPo1 " in trunks
    assert "Gi1/0/2" not in trunks
    assert "DYNAMIC     Po1\n" in macs
    assert "\nPo1 " in tree
    assert "Gi1/0/2" not in tree
    assert vlans.splitlines()[3].endswith(" Po1")
    assert "Port-channel1 is up, line protocol is up (connected)" in shown
    assert "Members in this channel: Gi1/0/1 Gi1/0/2" in shown
    switch.world.oper = lambda _, port: False  # type: ignore[method-assign]
    summary, shown = (answer for _, answer in dialogue(switch, "show etherchannel summary", "show interfaces po1"))
    assert "Po1(SD)" in summary
    assert "Port-channel1 is down, line protocol is down (notconnect)" in shown


CORE = """\
ip routing
vlan 110
interface GigabitEthernet1/0/1
 switchport mode trunk
 channel-group 1 mode active
interface GigabitEthernet1/0/2
 switchport mode trunk
 channel-group 1 mode active
interface Vlan110
 ip address 10.17.8.1 255.255.248.0
"""
ACCESS = """\
vlan 110
interface GigabitEthernet1/0/1
 switchport access vlan 110
interface GigabitEthernet1/0/7
 switchport mode trunk
 channel-group 1 mode passive
interface GigabitEthernet1/0/8
 switchport mode trunk
 channel-group 1 mode passive
"""


def test_a_channel_forwards_as_long_as_one_member_is_up() -> None:
    """A PC behind two cables keeps its gateway while either is there, and is heard on the channel."""
    asyncio.run(check_two_cables())


async def check_two_cables() -> None:
    """Two switches of the lab, and cables between them that come and go."""
    facts = region(access=1)
    facts.switches["core-01"].cables[2] = Cable("acc-01", 7, "trunk")
    facts.switches["acc-01"].cables[7] = Cable("core-01", 2, "trunk")
    made = Fabric(facts, {})
    for name, text in (("core-01", CORE), ("acc-01", ACCESS)):
        own = facts.switches[name]
        names = tuple(f"GigabitEthernet1/0/{number}" for number in range(1, len(own.port_names) + 1))
        switch = Switch(replace(own, platform="ios", port_names=names), made)
        switch.personality = personality = Ios(switch)
        personality.load(text)
        made.switches[name] = switch
    made.start()
    pc = next(station.name for station in made.stations if station.switch == "acc-01" and station.port == 1)
    core, access = made.switches.values()
    assert isinstance(core.personality, Ios)
    core_config = core.personality.config

    def reached(*lines: str) -> tuple[object, bool]:
        personality = access.personality
        assert isinstance(personality, Ios)
        take(personality.config, *lines)
        access.changed()
        made.settle()
        heard = {core.port_names[mac.port - 1] for mac in made.macs(core)}
        sections = [core_config.interface(name) for name in heard]
        on_channel = all(section is not None and number_of(section) == 1 for section in sections)
        return made.reach(pc)["gateway"], bool(heard) and on_channel

    assert reached() == (True, True)
    assert reached("interface gi1/0/8", "shutdown") == (True, True)
    assert reached("interface gi1/0/7", "shutdown") == (False, False)
    assert reached("interface gi1/0/8", "no shutdown") == (True, True)
    assert reached("interface po1", "shutdown") == (False, False)
