"""NAPALM's getters against the lab's EOS: what they are declared to give, by both ways in; and what textfsm reads."""

import asyncio
import os
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import ntc_templates
import pytest
from napalm.base import models
from napalm.base.test.helpers import test_model as fits_model
from napalm.eos import EOSDriver
from ntc_templates.parse import parse_output

from lab.device.tables import Adjacency, Arp, Learned, Mac, Neighbour
from tests.support.eos_bench import HOST, PASSWORD, Bench, legacy, served

PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 16
TEMPLATES = Path(ntc_templates.__file__).parent / "templates"
CONFIG = """
ip access-list A
permit tcp any any eq 22
interface Ethernet3
description connected disabled
interface Ethernet9
no shutdown
no switchport
ip address 10.250.0.0/31
ip ospf area 0
interface Vlan10
ip helper-address 10.0.0.9
interface Loopback0
ip address 10.255.0.1/32
router ospf 1
router bgp 65001
neighbor 10.250.0.1 remote-as 65002
neighbor 10.250.0.1 description en nabo
vrf B
neighbor 10.9.9.9 remote-as 65009
neighbor 10.9.9.9 shutdown
"""


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A core that hears somebody on every port and has learned a route."""
    with served(tmp_path_factory.mktemp("bench"), PORT, legacy("core")) as bench, pytest.MonkeyPatch.context() as patch:
        assert bench.typed(CONFIG) == []
        world = bench.switch.world
        address = IPv4Address("10.250.0.1")
        patch.setattr(world, "neighbours", lambda _: [Neighbour(9, "loppa-acc-01", "Ethernet1", "Arista")])
        patch.setattr(world, "macs", lambda _: [Mac("02:1c:00:00:00:01", 10, 2)])
        patch.setattr(world, "arp", lambda _: [Arp(IPv4Address("172.17.10.20"), "02:1c:00:00:00:01", 10, None)])
        patch.setattr(world, "adjacencies", lambda _: [Adjacency(9, "loppa-acc-01", "10.255.0.2", address)])
        network = type(bench.switch.meaning.loopbacks[0].network)("10.77.0.0/24")
        patch.setattr(world, "learned", lambda _: [Learned(network, address, 9, 1)])
        yield bench


@pytest.fixture(scope="module", params=["https", "ssh"])
def driver(request: pytest.FixtureRequest, switch: Bench) -> Iterator[EOSDriver]:
    """NAPALM by either way."""
    port = switch.endpoint.eapi_port if request.param == "https" else switch.endpoint.ssh_port
    opened = EOSDriver(HOST, "kommune", PASSWORD, optional_args={"transport": request.param, "port": port})
    opened.open()
    yield opened
    opened.close()


def every(model: type, depth: int = 0) -> Callable[[Any], bool]:
    """Whether all records that lie so deep are of a model, and there are some."""

    def check(data: Any) -> bool:
        records = [data]
        for _ in range(depth):
            records = [item for record in records for item in (record if isinstance(record, list) else record.values())]
        return bool(records) and all(fits_model(model, record) for record in records)

    return check


@pytest.mark.parametrize(
    ("getter", "arguments", "check"),
    [
        ("get_facts", (), every(models.FactsDict)),
        ("get_interfaces", (), every(models.InterfaceDict, 1)),
        ("get_interfaces_counters", (), every(models.InterfaceCounterDict, 1)),
        ("get_lldp_neighbors", (), every(models.LLDPNeighborDict, 2)),
        ("get_lldp_neighbors_detail", (), every(models.LLDPNeighborDetailDict, 2)),
        ("get_arp_table", (), every(models.ARPTableDict, 1)),
        ("get_mac_address_table", (), every(models.MACAdressTable, 1)),
        ("get_ntp_stats", (), every(models.NTPStats, 1)),
        ("get_users", (), every(models.UsersDict, 1)),
        ("get_snmp_information", (), every(models.SNMPDict)),
        ("get_vlans", (), every(models.VlanDict, 1)),
        ("get_network_instances", (), every(models.NetworkInstanceDict, 1)),
        ("get_config", (), every(models.ConfigDict)),
        ("get_route_to", ("172.17.10.0/24",), every(models.RouteDict, 2)),
        ("get_route_to", ("10.77.0.0/24",), every(models.RouteDict, 2)),
        ("get_route_to", ("0.0.0.0/0", "static"), every(models.RouteDict, 2)),
        ("get_interfaces_ip", (), every(models.InterfacesIPDictEntry, 3)),
        ("is_alive", (), every(models.AliveDict)),
    ],
)
def test_a_getter_gives_what_it_is_declared_to(
    driver: EOSDriver, getter: str, arguments: tuple[str, ...], check: Callable[[Any], bool]
) -> None:
    """Every record has the keys and types of NAPALM's model, and there is at least one."""
    data = getattr(driver, getter)(*arguments)
    if getter == "get_interfaces_ip":  # without the families that have no address
        data = {name: {family: entry for family, entry in face.items() if entry} for name, face in data.items()}
    assert check(data), data


def test_environment_and_optics(driver: EOSDriver) -> None:
    """Fans, sensors, supplies, processor, memory; and the light of the last four ports."""
    environment = driver.get_environment()
    for part, model in (("fans", models.FanDict), ("temperature", models.TemperatureDict), ("power", models.PowerDict)):
        assert every(model, 1)(environment[part])
    assert every(models.CPUDict, 1)(environment["cpu"])
    assert fits_model(models.MemoryDict, environment["memory"])
    channels = [port["physical_channels"]["channel"] for port in driver.get_optics().values()]
    assert len(channels) == 4
    assert all(isinstance(channel[0]["state"]["input_power"]["instant"], float) for channel in channels)


def test_an_environment_with_faults(driver: EOSDriver, switch: Bench) -> None:
    """NAPALM sees the parts that fail, and the light that does not arrive."""
    for fault in (["hot"], ["fan"], ["power"], ["cpu"], ["memory"], ["no-light", "Ethernet8"], ["crc", "Ethernet1"]):
        switch.call(lambda fault=fault: switch.switch.fault(fault))
    environment, optics = driver.get_environment(), driver.get_optics()
    counters = driver.get_interfaces_counters()
    switch.call(lambda: switch.switch.fault(["clear"]))
    assert {name: fan["status"] for name, fan in environment["fans"].items()} == {"1": True, "2": False}
    assert [sensor["is_alert"] for sensor in environment["temperature"].values()] == [True, False]
    assert [supply["status"] for supply in environment["power"].values()] == [True, False]
    assert environment["cpu"][0]["%usage"] == 96.0
    assert environment["memory"]["used_ram"] / environment["memory"]["available_ram"] > 0.9
    (channel,) = optics["Ethernet8"]["physical_channels"]["channel"]
    assert channel["state"]["input_power"]["instant"] == -30.0
    assert counters["Ethernet1"]["rx_errors"] > 0 == counters["Ethernet2"]["rx_errors"]


def test_bgp_neighbours(driver: EOSDriver, switch: Bench) -> None:
    """As configured, by VRF; without BGP empty and well formed."""
    neighbours = driver.get_bgp_neighbors()
    assert set(neighbours) == {"global", "B"}
    assert neighbours["global"]["router_id"] == "10.255.0.1"
    peer = neighbours["global"]["peers"]["10.250.0.1"]
    assert (peer["remote_as"], peer["is_up"], peer["is_enabled"]) == (65002, False, True)
    assert peer["description"] == "en nabo"
    assert neighbours["B"]["peers"]["10.9.9.9"]["is_enabled"] is False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(switch.switch.personality.config), "sections", lambda *_: iter(()))  # type: ignore[attr-defined]
        assert driver.get_bgp_neighbors() == {}


def test_ways_to_an_address(driver: EOSDriver) -> None:
    """ping and traceroute, of what answers and what does not."""
    answer = driver.ping("192.168.16.1")
    assert fits_model(models.PingDict, answer["success"])
    assert all(fits_model(models.PingResultDictEntry, result) for result in answer["success"]["results"])
    assert driver.ping("10.99.99.99")["success"]["packet_loss"] == 5
    hops = driver.traceroute("10.99.99.99", ttl=3)["success"]
    assert hops[1]["probes"][1]["ip_address"] == "*"


ANSWERED = (
    "dir", "show boot-config", "show clock", "show environment cooling", "show environment power",
    "show environment temperature", "show hostname", "show interfaces", "show interfaces description",
    "show interfaces status", "show interfaces transceiver", "show inventory", "show ip access-lists", "show ip arp",
    "show ip bgp summary", "show ip interface brief", "show ip ospf neighbor", "show ip route", "show lldp neighbors",
    "show lldp neighbors detail", "show mac address-table", "show processes top once", "show reload cause",
    "show snmp community", "show version", "show vlan", "show vrf", "show ipv6 bgp summary",
)  # fmt: skip


def _answer(switch: Bench, command: str) -> str:
    """What the command line says, in the lab's thread."""

    async def ask() -> str:
        shell = switch.switch.personality.shell("kommune", 15)
        return (await shell.line(command)).text

    return str(asyncio.run_coroutine_threadsafe(ask(), switch.loop).result(10))


@pytest.mark.parametrize(
    "template", sorted(path.stem.removeprefix("arista_eos_") for path in TEMPLATES.glob("arista_eos_*"))
)
def test_what_is_answered_is_what_others_parse(switch: Bench, template: str) -> None:
    """Each command that ntc-templates has a template for: refused as unknown, or read into rows."""
    command = template.replace("_", " ")
    text = _answer(switch, command)
    if command not in ANSWERED:
        assert text.startswith(("% Invalid input", "% Incomplete command"))
        return
    rows = parse_output("arista_eos", command, text)
    assert rows or command == "show ipv6 bgp summary"  # nobody speaks IPv6
    assert all(any(row.values()) for row in rows)


def test_a_description_that_looks_like_a_state_is_a_description(switch: Bench) -> None:
    """The columns stand where the head says, whatever is in them."""
    rows = parse_output("arista_eos", "show interfaces status", _answer(switch, "show interfaces status"))
    row = next(row for row in rows if row["port"] == "Et3")
    assert (row["name"], row["status"], row["vlan_id"]) == ("connected disabled", "connected", "1")
