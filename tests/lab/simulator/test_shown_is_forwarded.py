"""What an EOS switch of the region shows is what the region forwards by, and what its neighbours show of it."""

import asyncio
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from lab.control.lab import Lab
from lab.device.switch import Switch
from lab.personalities.eos import Eos
from lab.region.facts import read

OSPF = (
    "ip routing\ninterface Loopback0\nip address 10.255.0.{number}/32\nip ospf area 0\n"
    "router ospf 1\nrouter-id 10.255.0.{number}\n"
)
LINK = "interface {port}\nno shutdown\nno switchport\nip address {address}\nip ospf area 0\n"


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Loppa and the centre, in this process, without their doors."""
    lab = Lab(tmp_path_factory.mktemp("lab"), read(), ["loppa"])
    lab.build()
    return lab


async def ask(switch: Switch, command: str, form: str = "json") -> Any:
    """The answer of one command over eAPI."""
    assert isinstance(switch.personality, Eos)
    parameters = {"version": 1, "cmds": ["enable", command], "format": form}
    body = {"jsonrpc": "2.0", "method": "runCmds", "params": parameters, "id": "1"}
    return (await switch.personality.eapi(body, "drift"))["result"][1]


def chain(region: Lab) -> list[tuple[Switch, int]]:
    """Three EOS switches in a row: each with the number of its port to the next."""
    eos = {name: switch for name, switch in region.switches.items() if switch.facts.platform == "eos"}
    for first in eos.values():
        for port, cable in first.facts.cables.items():
            second = eos.get(cable.switch)
            for further, last in second.facts.cables.items() if second is not None else ():
                if second is not None and last.switch in eos and last.switch != first.name:
                    return [(first, port), (second, further), (eos[last.switch], 0)]
    raise LookupError("no three EOS switches in a row")


def wire(region: Lab) -> list[Switch]:
    """Let the three speak OSPF over their cables."""
    row = chain(region)
    text = {switch.name: OSPF.format(number=number) for number, (switch, _) in enumerate(row, 1)}
    for number, (switch, port) in enumerate(row[:-1]):
        cable = switch.facts.cables[port]
        far = region.switches[cable.switch]
        text[switch.name] += LINK.format(port=switch.port_names[port - 1], address=f"10.254.{number}.0/31")
        text[far.name] += LINK.format(port=far.port_names[cable.port - 1], address=f"10.254.{number}.1/31")
    for switch, _ in row:
        assert switch.personality.config.feed(text[switch.name]) == []  # type: ignore[attr-defined]
        switch.changed()
    return [switch for switch, _ in row]


def test_a_full_neighbour_gives_routes_and_they_forward(region: Lab) -> None:
    """OSPF over two hops: in the table as text and JSON, in the summary, by address; each leads where it says."""

    async def run() -> None:
        before = {name: switch.personality.text() for name, switch in region.switches.items()}
        first, second, last = wire(region)
        neighbours = (await ask(first, "show ip ospf neighbor"))["vrfs"]["default"]["instList"]["1"]
        assert [entry["routerId"] for entry in neighbours["ospfNeighborEntries"]] == ["10.255.0.2"]
        learned = (await ask(first, "show ip route ospf"))["vrfs"]["default"]["routes"]
        assert {network: (route["metric"], route["vias"][0]["nexthopAddr"]) for network, route in learned.items()} == {
            "10.254.1.0/31": (20, "10.254.0.1"),
            "10.255.0.2/32": (20, "10.254.0.1"),
            "10.255.0.3/32": (30, "10.254.0.1"),
        }
        text = (await ask(first, "show ip route", "text"))["output"]
        assert "Gateway of last resort" in text
        assert " O        10.255.0.3/32 [110/30] via 10.254.0.1, Ethernet" in text
        assert "Intra-area: 3" in (await ask(first, "show ip route summary", "text"))["output"]
        one = (await ask(first, "show ip route 10.255.0.3"))["vrfs"]["default"]["routes"]
        assert list(one) == ["10.255.0.3/32"]
        for target in ("10.255.0.2", "10.255.0.3", "10.254.1.1"):
            assert first.ping(target)
            assert "bytes from" in (await ask(first, f"ping {target}", "text"))["output"]
        trace = (await ask(first, "traceroute 10.255.0.3", "text"))["output"]
        assert [line.split()[1] for line in trace.split("\n")[1:] if line] == ["10.254.0.1", "10.255.0.3"]
        # Without the neighbour the routes are gone, and so is the way.
        second.personality.config.feed("no router ospf 1\n")  # type: ignore[attr-defined]
        second.changed()
        assert (await ask(first, "show ip route ospf"))["vrfs"]["default"]["routes"] == {}
        assert not first.ping("10.255.0.3")
        assert last.ping("10.255.0.3")
        for switch in (first, second, last):
            switch.personality.load(before[switch.name])
            switch.changed()

    asyncio.run(run())


def test_a_switch_is_the_same_to_all_its_neighbours(region: Lab) -> None:
    """The chassis that LLDP tells is the far end's own system address, on every cable of the region."""

    async def run() -> None:
        seen = 0
        for switch in region.switches.values():
            if switch.facts.platform == "eos":
                table = (await ask(switch, "show lldp neighbors detail"))["lldpNeighbors"]
                for port, entry in table.items():
                    for info in entry["lldpNeighborInfo"]:
                        cable = switch.facts.cables[switch.port_names.index(port) + 1]
                        far = region.switches[cable.switch]
                        assert info["chassisId"].replace(".", "") == far.mac.replace(":", "")
                        if far.facts.platform == "eos":
                            own = (await ask(far, "show version"))["systemMacAddress"]
                            assert own == far.mac
                        seen += 1
        assert seen > 3

    asyncio.run(run())


def test_tables_hold_to_their_subnets_and_states(region: Lab) -> None:
    """No ARP entry outside the network of its interface, and none on an interface that is down; ports as they are."""

    async def run() -> None:
        for switch in region.switches.values():
            if switch.facts.platform != "eos":
                continue
            faces = (await ask(switch, "show ip interface"))["interfaces"]
            for entry in (await ask(switch, "show ip arp"))["ipV4Neighbors"]:
                face = faces[entry["interface"].partition(",")[0]]  # behind the comma the port, where it is known
                own = face["interfaceAddress"]["primaryIp"]
                network = IPv4Network(f"{own['address']}/{own['maskLen']}", strict=False)
                assert IPv4Address(entry["address"]) in network
                assert face["interfaceStatus"] == "connected"
            states = (await ask(switch, "show interfaces status"))["interfaceStatuses"]
            for number, name in enumerate(switch.port_names, 1):
                assert (states[name]["linkStatus"] == "connected") == switch.oper(number)
            routes = (await ask(switch, "show ip route"))["vrfs"]["default"]["routes"]
            for route in routes.values():
                for via in route["vias"]:
                    assert faces[via["interface"]]["interfaceStatus"] == "connected"

    asyncio.run(run())
