"""The lab's ProCurve with trunks, several lines of one kind, and contexts beside VLANs and ports."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from lab.control.lab import Lab
from lab.device.switch import Switch
from lab.device.tables import Mac, Neighbour
from lab.region.facts import Cable, read
from lab.testing.bench import bench


@pytest.fixture
def switch() -> Switch:
    """A 48 port switch as it comes from the factory, with one trunk."""
    switch = bench("procurve", 52)
    assert typed(switch, "trunk 49-50 trk1 lacp") == [""]
    return switch


def typed(switch: Switch, *lines: str) -> list[str]:
    """Type lines in configuration mode. Shape: the replies."""
    shell = switch.personality.shell("manager", 15)

    async def talk() -> list[str]:
        return [(await shell.line(line)).text.strip() for line in ("", "configure terminal", *lines)][2:]

    return asyncio.run(talk())


def test_a_port_that_enters_a_trunk_leaves_its_vlans(switch: Switch) -> None:
    """Also those it was tagged in, and spanning tree; the trunk begins in VLAN 1, with a priority of its own."""
    typed(switch, "vlan 20 tagged 51", "spanning-tree 51 root-guard", "loop-protect 51", "trunk 51 trk2 trunk")
    text = switch.personality.text()
    assert "   untagged 1-48,52,Trk1-Trk2\n" in text
    assert "tagged 51" not in text
    assert "spanning-tree 51" not in text
    assert "loop-protect 51" not in text
    assert "spanning-tree Trk2 priority 4\n" in text
    assert text.splitlines()[1:3] == ["trunk 49-50 trk1 lacp", "trunk 51 trk2 trunk"]


def test_its_vlans_are_those_of_its_members(switch: Switch) -> None:
    """For the datapath, too; out of the trunk a port is in VLAN 1 again, and the last one takes it away."""
    typed(switch, "vlan 20 tagged trk1", "vlan 30 untagged TRK1", "interface Trk1 name opp")
    assert [(switch.meaning.ports[port].access, switch.meaning.ports[port].tagged) for port in (49, 50)] == [
        (30, {20})
    ] * 2
    typed(switch, "no trunk 49")
    assert (switch.meaning.ports[49].access, switch.meaning.ports[49].tagged) == (1, set())
    assert switch.meaning.ports[50].access == 30
    typed(switch, "no trunk 50")
    assert "Trk" not in switch.personality.text()
    assert switch.meaning.ports[50].access == 1


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("trunk 49 trk2 lacp", "Port 49 is already a member of Trk1."),
        ("trunk 51 trk1 trunk", "Trk1 is of another type."),
        ("trunk 48 trk1 lacp", "Ports in a trunk must be of the same type."),
        ("trunk 1-9 trk2 lacp", "A trunk can not have more than 8 ports."),
        ("trunk 1-2 trk25 lacp", "Invalid input: trk25"),
        ("trunk 1-2 po1 lacp", "Invalid input: po1"),
        ("trunk 1-2 trk2 active", "Invalid input: active"),
        ("trunk 1-2 trk2", "Incomplete input: trk2"),
        ("trunk 1-2", "Incomplete input: 1-2"),
        ("trunk", "Incomplete input: trunk"),
        ("trunk 53 trk2 lacp", "Module not present for port or invalid port: 53"),
        ("no trunk 1", "Port 1 is not a member of a trunk."),
        ("vlan 1 tagged 49", "Module not present for port or invalid port: 49"),
        ("interface 48-49 tagged vlan 1", "Module not present for port or invalid port: 49"),
        ("vlan 1 tagged Trk2", "Module not present for port or invalid port: Trk2"),
        ("spanning-tree 49 root-guard", "Module not present for port or invalid port: 49"),
        ("ip route 10.1.2.3 255.0.0.0 10.1.1.1", "Invalid input: 10.1.2.3"),
        ("ip route 10.0.0.0 255.0.255.0 10.1.1.1", "Invalid input: 255.0.255.0"),
        ("ip route 10.0.0.0 0.255.255.255 10.1.1.1", "Invalid input: 0.255.255.255"),
        ("vlan 1 ipv6 address fd00::1/129", "Invalid input: fd00::1/129"),
        ("router vrrp", "Invalid input: router"),
        ("policy qos x", "Invalid input: policy"),
        ("class ipv4 x", "Invalid input: class"),
    ],
)
def test_what_the_switch_does_not_take(switch: Switch, line: str, answer: str) -> None:
    """Refused in words, and nothing has changed; a 2530 knows no VRRP and no policies."""
    before = switch.personality.text()
    assert typed(switch, line) == [answer]
    assert switch.personality.text() == before


def test_an_address_is_added_and_takes_the_place_of_none(switch: Switch) -> None:
    """In its own subnet it is refused; with ``no`` one goes, or all."""
    replies = typed(
        switch, "vlan 1", "ip address 10.1.0.1/24", "ip address 10.2.0.1/24", "ip address 10.1.0.9/24",
        "no ip address 10.1.0.1/24", "ip address 10.1.0.9/24",
    )  # fmt: skip
    assert [reply for reply in replies if reply] == ["The IP address (or subnet) 10.1.0.9/24 already exists."]
    assert "   ip address 10.2.0.1 255.255.255.0\n   ip address 10.1.0.9 255.255.255.0\n" in switch.personality.text()
    typed(switch, "vlan 1 ip address dhcp-bootp", "no vlan 1 ip address")
    assert "   no ip address\n" in switch.personality.text()


def test_an_access_list_is_written_as_the_switch_writes_it(switch: Switch) -> None:
    """With numbers, addresses and masks in full; in a context of its own."""
    replies = typed(
        switch, "ip access-list extended INN", "permit tcp any host 10.0.0.1 eq 22", "deny ip 10.0.0.0/8 any log",
        "remark resten", "15 permit icmp any any", "15 deny ip any any", "permit tcp any", "no 30", "exit",
        "ip access-list standard UT", "permit 10.1.0.0 0.0.255.255", "vlan 7",
    )  # fmt: skip
    assert [reply for reply in replies if reply] == [
        "Duplicate sequence number 15.",
        "Incomplete input: any",
    ]
    assert (
        'ip access-list extended "INN"\n     10 permit tcp 0.0.0.0 255.255.255.255 10.0.0.1 0.0.0.0 eq 22\n'
        "     15 permit icmp 0.0.0.0 255.255.255.255 0.0.0.0 255.255.255.255\n"
        "     20 deny ip 10.0.0.0 0.255.255.255 0.0.0.0 255.255.255.255 log\n   exit\n"
        'ip access-list standard "UT"\n     10 permit 10.1.0.0 0.0.255.255\n   exit\n'
    ) in switch.personality.text()
    assert 7 in switch.meaning.vlans


def test_a_trunk_in_the_tables(switch: Switch) -> None:
    """``49-Trk1`` among the ports, ``Trk1`` where VLANs and addresses are, the member itself for LLDP."""
    world: Any = switch.world
    world.macs = lambda _: [Mac("02:1c:73:00:00:05", 20, 50)]
    world.neighbours = lambda _: [Neighbour(50, "SW-SKOLE-03", "Ethernet26", "eos CCS-720XP")]
    switch.facts.cables[50] = Cable("loppa-acc-03", 26, "trunk")
    typed(switch, "vlan 20 tagged trk1", "interface 49 disable", "interface 50 name opp")
    brief, trunks, lacp, vlan, macs, lldp, route = (
        [line.split() for line in reply.splitlines()]
        for reply in typed(
            switch, "show interfaces brief 49-50", "show trunks", "show lacp", "show vlans 20", "show mac-address",
            "show lldp info remote-device", "show ip route",
        )
    )  # fmt: skip
    assert [row[0] for row in brief if "1000LX" in row] == ["49-Trk1", "50-Trk1"]
    assert trunks[-1] == ["50", "|", "opp", "1000LX", "|", "Trk1", "LACP"]
    assert [row[2:5] for row in lacp[-2:]] == [["Trk1", "Down", "No"], ["Trk1", "Up", "Yes"]]
    assert vlan[-1] == ["Trk1", "Tagged", "Learn", "Up"]
    assert macs[-1] == ["021c73-000005", "Trk1", "20"]
    assert lldp[-1][0] == "50"
    assert route[-1][0] == "127.0.0.1/32"


def test_keys_are_not_shown_without_include_credentials(switch: Switch) -> None:
    """They are kept."""
    typed(switch, 'radius-server host 10.0.0.9 key "canary"', 'tacacs-server key "canary"')
    typed(switch, 'snmpv3 user "nms" auth sha "canary" priv aes "canary"')
    typed(switch, "sntp authentication key-id 1 authentication-mode md5 key-value canary trusted")
    (shown,) = typed(switch, "show running-config")
    assert "canary" not in shown
    assert "radius-server host 10.0.0.9\n" in shown
    assert "canary" in switch.personality.text()


def test_servers_that_do_not_answer_let_nobody_in(switch: Switch) -> None:
    """Unless the switch asks itself after them."""
    typed(switch, "password manager user-name drift plaintext canary")
    assert typed(switch, "aaa authentication ssh login radius") == [""]
    assert "aaa authentication ssh login radius none\n" in switch.personality.text()
    assert switch.meaning.users == {}
    typed(switch, "aaa authentication ssh login radius local")
    assert list(switch.meaning.users) == ["drift"]
    typed(switch, "no aaa authentication ssh login")
    assert "aaa" not in switch.personality.text()


def test_a_trunk_forwards_as_long_as_one_of_its_members_is_up(tmp_path: Path) -> None:
    """Two cables between two switches: the stations behind them reach their gateway over either of them."""
    lab = Lab(tmp_path, read(), ["loppa"])
    lab.build()
    here, far = lab.switches["loppa-acc-04"], lab.switches["loppa-acc-03"]
    assert here.facts.cables == {25: Cable(far.name, 26, "trunk")}
    here.facts.cables[26] = Cable(far.name, 27, "trunk")
    far.facts.cables[27] = Cable(here.name, 26, "trunk")
    _, _, inside = far.personality.text().partition("interface Ethernet26\n")
    vlans = [str(vlan) for vlan, about in here.meaning.vlans.items() if vlan in (here.meaning.ports[25].tagged or ())]

    def count(*lines: str) -> int:
        """The stations of the switch that reach their gateway once these lines have been typed into it."""
        assert set(typed(here, *lines)) <= {""}
        stations = [station.name for station in lab.fabric.stations if station.switch == here.name]
        return sum(bool(lab.fabric.reach(name)["gateway"]) for name in stations)

    async def wire() -> None:
        shell = far.personality.shell("admin", 15)
        for line in ("configure", "interface Ethernet27", *inside.partition("!")[0].splitlines(), "end"):
            await shell.line(line.strip())

    asyncio.run(wire())
    native = here.meaning.ports[25].access
    whole = count()
    assert whole > 0
    made = ["trunk 25-26 trk1 trunk", f"vlan {native} untagged trk1", *(f"vlan {vlan} tagged trk1" for vlan in vlans)]
    assert count(*made) == whole
    assert count("interface 25 disable") == whole
    assert count("interface 26 disable") < whole
    assert count("interface 25 enable") == whole
