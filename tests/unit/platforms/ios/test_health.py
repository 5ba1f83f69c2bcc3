"""What IOS tells of its health, against answers in the forms that switches print."""

from pathlib import Path

import pytest

from nornir_tasks.platforms.common.health_state import (
    ConfigurationChange,
    Optics,
    PartState,
    PortCondition,
    PortHealth,
    PowerBudget,
    Route,
    SpanningTree,
    Temperature,
    TimeState,
)
from nornir_tasks.platforms.ios import health

CASES = Path(__file__).resolve().parents[3] / "cases" / "health" / "ios"
INVALID = "        ^\n% Invalid input detected at '^' marker.\n"
DISABLED = """
Port      Name               Status       Reason               Err-disabled Vlans
Gi1/0/3   err-disabled x     err-disabled bpduguard
"""


def case(name: str) -> str:
    return (CASES / f"{name}.txt").read_text()


def test_ports_tell_why_they_are_down() -> None:
    ports = health.read_ports(case("interfaces"), DISABLED, case("transceiver"))
    assert ports == {
        "GigabitEthernet1/0/1": PortHealth(PortCondition.UP, None, None, 31, 17, 1204, Optics(-7.2, False)),
        "GigabitEthernet1/0/2": PortHealth(PortCondition.CLOSED),
        "GigabitEthernet1/0/3": PortHealth(PortCondition.DISABLED, "bpduguard"),
        "GigabitEthernet1/0/4": PortHealth(PortCondition.NO_LINK, optics=Optics(-40.0, True)),
        "TenGigabitEthernet1/0/1": PortHealth(PortCondition.UP, None, None, 0, 0),
    }
    dark = ports["GigabitEthernet1/0/4"].optics
    assert dark is not None
    assert dark.is_dark
    lit = ports["GigabitEthernet1/0/1"].optics
    assert lit is not None
    assert not lit.is_dark


def test_environment_of_a_3850() -> None:
    text = case("environment-3850")
    assert health.read_temperature(text) == Temperature(False, 107)
    assert health.read_fans(text) == (
        ("switch 1 fan 1", PartState.GOOD),
        ("switch 1 fan 2", PartState.FAILED),
        ("switch 1 fan 3", PartState.GOOD),
        ("fan ps-1", PartState.GOOD),
        ("fan ps-2", PartState.ABSENT),
    )
    assert health.read_power_supplies(text) == (
        ("1A", PartState.GOOD),
        ("1B", PartState.FAILED),
        ("2B", PartState.ABSENT),
    )


def test_environment_of_a_2960x() -> None:
    text = case("environment-2960x")
    assert health.read_temperature(text) == Temperature(True, 37)
    assert health.read_fans(text) == (("fan", PartState.GOOD),)
    assert health.read_power_supplies(text) == (("1", PartState.GOOD),)


def test_fans_in_a_table() -> None:
    assert health.read_fans(case("environment-fan-table")) == (
        ("switch 1 fan 1", PartState.GOOD),
        ("switch 1 fan 2", PartState.FAILED),
    )


def test_a_command_that_is_not_known_tells_nothing() -> None:
    device = health.read_device(lambda name: INVALID)
    assert set(vars(device).values()) == {None}
    assert health.read_ports("", INVALID, INVALID) == {}
    assert health.read_spanning_trees("\nNo spanning tree instance exists.\n") == ()


@pytest.mark.parametrize(
    ("spoken", "seconds"),
    [
        ("3 years, 24 weeks, 6 days, 8 hours, 42 minutes", 3 * 31536000 + 24 * 604800 + 6 * 86400 + 8 * 3600 + 42 * 60),
        ("1 minute", 60),
        ("1 week, 0 days", 604800),
    ],
)
def test_uptime(spoken: str, seconds: int) -> None:
    assert health.read_uptime(spoken) == seconds


def test_the_machine() -> None:
    answers = {
        "version": "sw-1 uptime is 1 day, 2 minutes\nSystem returned to ROM by power-on\n"
        "Last reload reason: Reload command\n",
        "processor": "CPU utilization for five seconds: 97%/11%; one minute: 95%; five minutes: 91%\n",
        "memory": "                Head    Total(b)     Used(b)     Free(b)\nProcessor    2E5B9A0   400   100  300\n",
        "environment": "",
        "power": "Module   Available     Used     Remaining\n          (Watts)     (Watts)    (Watts)\n"
        "------   ---------   --------   ---------\n1           740.0      330.0       410.0\n"
        "2           370.0      369.9         0.1\nInterface Admin  Oper       Power   Device\n"
        "Gi1/0/1   auto   on         30.0    AIR-AP1562I-E-K9    4     30.0\n",
    }
    device = health.read_device(answers.__getitem__)
    assert (device.uptime_seconds, device.restart_reason) == (86520, "Reload command")
    assert (device.processor_percent, device.memory_percent) == (91, 25)
    assert device.power_budget == PowerBudget(1110.0, 699.9)
    assert (device.temperature, device.fans, device.power_supplies) == (None, None, None)


@pytest.mark.parametrize(
    ("header", "change"),
    [
        ("! Last configuration change at 23:10:00 CET Mon Nov 30 2026 by kari\n", ConfigurationChange(5400, "kari")),
        ("! Last configuration change at 00:39:59 CET Tue Dec 1 2026\n", ConfigurationChange(1, None)),
        ("", None),
    ],
)
def test_last_change(header: str, change: ConfigurationChange | None) -> None:
    assert health.read_last_change(header, "*00:40:00.123 CET Tue Dec  1 2026\n") == change


def test_time() -> None:
    text = (
        "Clock is synchronized, stratum 3, reference is 10.10.1.10     \n"
        "nominal freq is 119.2092 Hz, actual freq is 119.2088 Hz, precision is 2**17\n"
        "clock offset is -18.7764 msec, root delay is 102.42 msec\n"
    )
    assert health.read_time(text) == TimeState(True, "10.10.1.10", 3, -0.0187764)
    out = TimeState(False, None, None, None)
    assert health.read_time("Clock is unsynchronized, stratum 16, no reference clock\n") == out
    assert health.read_time("%NTP is not enabled.\n") == out


def test_spanning_trees() -> None:
    text = """
 VLAN0010 is executing the rstp compatible Spanning Tree protocol
  Bridge Identifier has priority 24576, sysid 10, address 3820.565b.1b80
  We are the root of the spanning tree
  Number of topology changes 20 last change occurred 10981:17:10 ago
 VLAN0020 is executing the rstp compatible Spanning Tree protocol
  Bridge Identifier has priority 32768, sysid 20, address aabb.cc00.0100
  Current root has priority 8212, address aabb.cc00.0200
  Root port is 7 (Ethernet1/2), cost of root path is 200
  Number of topology changes 0 last change occurred 1w2d ago
"""
    assert health.read_spanning_trees(text) == (
        SpanningTree("VLAN0010", "38:20:56:5b:1b:80", 24586, True, None, 20, 39532630),
        SpanningTree("VLAN0020", "aa:bb:cc:00:02:00", 8212, False, "Ethernet1/2", 0, None),
    )


@pytest.mark.parametrize(
    ("age", "seconds"), [("01:07:20", 4040), ("2d03h", 183600), ("3w1d", 1900800), ("never", None)]
)
def test_ages(age: str, seconds: int | None) -> None:
    assert health.read_age(age) == seconds


OSPF = """\
Routing entry for 10.10.0.0/21
  Known via "ospf 1", distance 110, metric 3, type intra area
  Last update from 10.17.8.1 on GigabitEthernet1/0/23, 00:12:01 ago
  Routing Descriptor Blocks:
  * 10.17.8.1, from 10.10.3.1, 00:12:01 ago, via GigabitEthernet1/0/23
      Route metric is 3, traffic share count is 1
    10.17.8.5, from 10.10.3.2, 00:12:01 ago, via GigabitEthernet1/0/24
      Route metric is 3, traffic share count is 1
"""
ATTACHED = """\
Routing entry for 10.17.0.0/21
  Known via "connected", distance 0, metric 0 (connected, via interface)
  Routing Descriptor Blocks:
  * directly connected, via Vlan110
      Route metric is 0, traffic share count is 1
"""


def test_routes() -> None:
    hops = ("10.17.8.1", "10.17.8.5")
    assert health.read_route(OSPF) == Route("10.10.0.0/21", "ospf", hops)
    assert health.read_route(ATTACHED) == Route("10.17.0.0/21", "connected", ())
    gateway = "Default gateway is 192.168.16.1\n\nHost               Gateway\n"
    assert health.read_route(gateway) == Route("0.0.0.0/0", "default gateway", ("192.168.16.1",))
    assert health.read_route("Default gateway is not set\n") is None


def test_the_default_route_leads_where_no_other_does() -> None:
    missing = "% Network not in table\n"
    default = OSPF.replace("10.10.0.0/21", "0.0.0.0/0, supernet")
    way = health.find_route("192.0.2.1", lambda address: default if address == "0.0.0.0" else missing)
    assert way == Route("0.0.0.0/0", "ospf", ("10.17.8.1", "10.17.8.5"))
    assert health.find_route("192.0.2.1", lambda address: missing) is None
