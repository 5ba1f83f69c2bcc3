"""What a switch forwards by is what it shows, on every platform that routes; and a device has one address."""

import asyncio
import re

import pytest
from ntc_templates.parse import parse_output

from lab.control.lab import Lab
from lab.device.keyboard import type_in
from lab.device.switch import Switch
from lab.region.facts import read

CORE = "loppa-core-01"
LEAVES = {"alta-leaf-01": 1, "hammerfest-leaf-01": 2}


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Loppa's core (IOS) beside two leaves of the centre (EOS), in one OSPF area; and a static default on the core."""
    lab = Lab(tmp_path_factory.mktemp("lab"), read(), ["loppa"])
    lab.build()
    core = lab.named(CORE)

    async def connect() -> None:
        lines = ["ip routing", "router ospf 1", "network 10.99.0.0 0.0.255.255 area 0", "interface Loopback0"]
        lines += ["ip address 10.99.255.1 255.255.255.255", "router ospf 1", "passive-interface default"]
        for number, cable in core.facts.cables.items():
            third = LEAVES.get(cable.switch)
            if third is None:
                continue
            port = core.port_names[number - 1]
            lines += [f"no passive-interface {port}", f"interface {port}", "no switchport", "no shutdown"]
            lines += [f"ip address 10.99.{third}.1 255.255.255.252", "router ospf 1"]
            leaf = lab.named(cable.switch)
            near = [f"interface {leaf.port_names[cable.port - 1]}", "no switchport", f"ip address 10.99.{third}.2/30"]
            near += ["no shutdown", "interface Loopback0", f"ip address 10.99.255.{third + 1}/32", "exit", "ip routing"]
            await type_in(leaf, [*near, "router ospf 1", "network 10.99.0.0/16 area 0.0.0.0"])
        await type_in(core, lines)

    asyncio.run(connect())
    return lab


def shown(switch: Switch, *commands: str) -> list[str]:
    """What commands print."""

    async def talk() -> list[str]:
        shell = switch.personality.shell("kommune", 15)
        if shell.single_key:
            await shell.line("")
        return [(await shell.line(command)).text for command in commands]

    return asyncio.run(talk())


def test_what_ospf_has_learned_is_in_the_table_of_every_router(region: Lab) -> None:
    """Full neighbours give routes; each that is shown answers by the next hop that is shown; the far end of the area,
    two hops away, is among them."""
    core = region.named(CORE)
    neighbours, table, default = shown(core, "show ip ospf neighbor", "show ip route ospf", "show ip route")
    assert neighbours.count("FULL/") == len(LEAVES)
    assert {row["network"] for row in parse_output("cisco_ios", "show ip route", table)} >= {
        "10.99.255.2",
        "10.99.255.3",
    }
    for row in parse_output("cisco_ios", "show ip route", table):
        assert row["protocol"] == "O"
        assert core.ping(row["network"])
        assert str(core.trace(row["network"])[0]) == row["nexthop_ip"]
    assert "Gateway of last resort is 192.168.23.254 to network 0.0.0.0" in default
    for name in LEAVES:
        assert "10.99.255.1/32" in shown(region.named(name), "enable", "show ip route")[1]


def test_the_table_takes_its_arguments(region: Lab) -> None:
    """An address, a network, a source, the summary; what is not there is said as IOS says it."""
    core = region.named(CORE)
    host, network, none, static, connected, summary, longer = shown(
        core,
        "show ip route 10.99.255.2", "show ip route 10.99.1.0 255.255.255.252", "show ip route 203.0.113.9",
        "show ip route static", "show ip route connected", "show ip route summary",
        "show ip route 10.99.0.0 255.255.0.0 longer-prefixes",
    )  # fmt: skip
    assert 'Routing entry for 10.99.255.2/32\n  Known via "ospf 1", distance 110, metric 2, type intra area' in host
    assert re.search(r"  \* 10\.99\.1\.2, from 10\.99\.255\.2, \S+ ago, via GigabitEthernet1/0/\d+\n", host)
    assert "* directly connected, via Gi" in network
    assert none == "% Network not in table\n"
    assert [line[:26] for line in static.splitlines()[-1:]] == ["S*    0.0.0.0/0 [1/0] via "]
    assert re.search(r"^C        192\.168\.16\.0/21 is directly connected, Vlan1$", connected, re.M)
    assert "O " not in connected.split("Gateway")[1]
    rows = {row["route_source"]: row for row in parse_output("cisco_ios", "show ip route summary", summary)}
    assert int(rows["ospf 1"]["subnets"]) == len(core.learned())
    assert "10.99.255.1/32 is directly connected, Loopback0" in longer
    assert "192.168" not in longer.split("Gateway")[1].split("\n", 1)[1]


def test_a_floating_route_waits_and_a_route_to_nowhere_discards(region: Lab) -> None:
    """A static route of distance 200 yields to OSPF; Null0 takes what is more specific than the way out."""
    core = region.named(CORE)
    lines = ["ip route 10.99.255.2 255.255.255.255 10.99.2.2 200", "ip route 10.99.255.3 255.255.255.255 Null0"]
    assert core.ping("10.99.255.3")
    asyncio.run(type_in(core, lines))
    assert str(core.trace("10.99.255.2")[0]) == "10.99.1.2"
    assert not core.ping("10.99.255.3")
    (table,) = shown(core, "show ip route")
    assert "10.99.255.3/32 is directly connected, Null0" in table
    assert "[200/0]" not in table
    asyncio.run(type_in(core, [f"no {line}" for line in lines]))
    assert core.ping("10.99.255.3")


def _digits(text: str) -> str:
    return re.sub(r"[^0-9a-f]", "", text.lower())


def test_a_device_has_one_address_wherever_it_is_shown(region: Lab) -> None:
    """In its own words and in those of every neighbour that it has, by LLDP and by ARP."""
    own = {
        "ios": ("show version", r"Base ethernet MAC Address\s*: (\S+)"),
        "procurve": ("show system", r"Base MAC Addr\s*: (\S+)"),
        "eos": ("show version", r"System MAC address:\s*(\S+)"),
    }
    details = {
        "ios": ("show lldp neighbors detail", r"Chassis id: (\S+)[\s\S]*?System Name: (\S+)"),
        "procurve": ("show lldp info remote-device {}", r"ChassisId\s*: ([0-9a-f ]+?)\n[\s\S]*?SysName\s*: (\S+)"),
        "eos": ("show lldp neighbors detail", r"Chassis ID\s*: (\S+)[\s\S]*?System Name: \"?([^\"\s]+)"),
    }
    addresses = {}
    for switch in region.switches.values():
        command, pattern = own[switch.facts.platform]
        found = re.search(pattern, shown(switch, command)[0])
        assert found is not None, switch.name
        addresses[switch.meaning.hostname] = _digits(found[1])
    heard = 0
    for switch in region.switches.values():
        command, pattern = details[switch.facts.platform]
        ports = [number for number in switch.facts.cables if switch.oper(number)] if "{}" in command else [0]
        for number in ports:
            for address, name in re.findall(pattern, shown(switch, command.format(number))[0]):
                assert _digits(address) == addresses[name], (switch.name, name)
                heard += 1
    assert heard > 12
    gateway = next(row for row in region.named("loppa-acc-01").arp() if str(row.address) == "192.168.16.1")
    assert _digits(gateway.mac) == addresses[region.named(CORE).meaning.hostname]
    assert _digits(
        re.findall(r"Vlan1 is [\s\S]*?address is (\S+)", shown(region.named(CORE), "show interfaces")[0])[0]
    ) == (_digits(gateway.mac))
