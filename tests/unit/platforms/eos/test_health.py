"""What EOS tells of its health, against answers in the shapes that switches give."""

import contextlib
import json
import random
from collections.abc import Callable
from types import NoneType
from typing import Any

import pytest

from nornir_tasks.core.errors import FellesdriftError, PlatformError
from nornir_tasks.platforms.common.health_state import (
    DeviceHealth,
    Optics,
    PartState,
    PortCondition,
    PortHealth,
    Route,
    SpanningTree,
    Temperature,
    TimeState,
)
from nornir_tasks.platforms.eos import health

NOW = 1_796_100_000.25


def interface(status: str, changed: float | None = NOW - 90061.5, **counters: Any) -> dict[str, Any]:
    """An entry of ``show interfaces``, with a few of its many keys."""
    refreshed = {"counterRefreshTime": NOW, "linkStatusChanges": 3}
    entry: dict[str, Any] = {
        "hardware": "ethernet", "interfaceStatus": status, "lineProtocolStatus": "down", "bandwidth": 0,
        "interfaceCounters": {"totalInErrors": 0, "outDiscards": 0, **refreshed, **counters},
    }  # fmt: skip
    return entry | ({"lastStatusChangeTimestamp": changed} if changed is not None else {})


def received(*powers: float, limit: float | None = -13.3) -> dict[str, Any]:
    """An entry of ``show interfaces transceiver dom thresholds``."""
    channels = {str(number): power for number, power in enumerate(powers, 1)}
    parameter: dict[str, Any] = {"unit": "dBm", "channels": channels}
    if limit is not None:
        parameter["threshold"] = {"lowAlarm": limit, "lowAlarmOverridden": False, "lowWarn": limit + 3}
    return {"displayName": "x", "mediaType": "40GBASE-SR4", "parameters": {"rxPower": parameter}}


PORTS: dict[str, Any] = {
    "interfaces": {
        "interfaces": {
            "Ethernet1": interface(
                "connected", totalInErrors=31, outDiscards=1204, inputErrorsDetail={"fcsErrors": 17, "runtFrames": 14}
            ),
            "Ethernet2": interface("disabled"),
            "Ethernet3": interface("errdisabled"),
            "Ethernet4/1": interface("notconnect", NOW - 5.0),
            "Ethernet5": interface("notconnect", None),
            "Ethernet6": interface("connected", NOW + 30.0),
            "Management1": interface("connected"),
            "Vlan10": {"hardware": "vlan", "interfaceStatus": "connected"},
            "Port-Channel1": {"hardware": "portChannel", "interfaceStatus": "connected"},
        }
    },
    "disabled ports": {
        "interfaceStatuses": {
            "Ethernet3": {"description": "errdisabled", "status": "errdisabled", "causes": ["bpduguard", "loop"]}
        }
    },
    "optics": {
        "interfaces": {
            "Ethernet1": received(-2.1, -7.25),
            "Ethernet4/1": received(-40.0),
            "Ethernet5": {"displayName": "Ethernet5"},
            "Ethernet6": received(-20.0, limit=None),
        }
    },
}


def test_ports_tell_why_they_are_down() -> None:
    clear: dict[str, Any] = {"input_errors": 0, "output_drops": 0}
    assert health.read_ports(PORTS) == {
        "Ethernet1": PortHealth(PortCondition.UP, None, 90061, 31, 17, 1204, Optics(-7.25, False)),
        "Ethernet2": PortHealth(PortCondition.CLOSED, None, 90061, **clear),
        "Ethernet3": PortHealth(PortCondition.DISABLED, "bpduguard, loop", 90061, **clear),
        "Ethernet4/1": PortHealth(PortCondition.NO_LINK, None, 5, **clear, optics=Optics(-40.0, True)),
        "Ethernet5": PortHealth(PortCondition.NO_LINK, None, None, **clear),
        "Ethernet6": PortHealth(PortCondition.UP, None, 0, **clear, optics=Optics(-20.0, False)),
    }


def test_ports_without_what_an_older_release_does_not_know() -> None:
    bare = {"Ethernet1": {"hardware": "ethernet", "interfaceStatus": "errdisabled"}}
    replies: dict[str, Any] = {"interfaces": {"interfaces": bare}, "disabled ports": {}, "optics": {}}
    assert health.read_ports(replies) == {"Ethernet1": PortHealth(PortCondition.DISABLED)}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({}, "show interfaces: interfaces: Field required"),
        ({"interfaces": []}, "show interfaces: interfaces: Input should be a valid dictionary"),
        ({"interfaces": {"Ethernet1": {}}}, "show interfaces: interfaces.Ethernet1.interfaceStatus: Field required"),
    ],
)
def test_an_answer_of_another_shape_is_an_error(answer: object, words: str) -> None:
    with pytest.raises(PlatformError, match=words):
        health.read_ports({"interfaces": answer})


TOP = """\
top - 14:30:44 up 68 days, 15 min, 1 user, load average: 0.94, 0.84, 0.82
Tasks: 223 total,  1 running, 222 sleeping,  0 stopped,  0 zombie
%Cpu(s): 4.6 us, 3.1 sy, 0.0 ni, 90.8 id, 0.0 wa, 1.5 hi, 0.0 si, 0.0 st
MiB Mem :  7956.2 total,  1755.3 free,  2052.9 used,  4148.0 buff/cache
MiB Swap:   0.0 total,   0.0 free,   0.0 used.  5325.2 avail Mem

  PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND
"""
OLD_TOP = """\
top - 23:02:13 up 314 days,  8:27,  1 user,  load average: 0.49, 0.54, 0.45
Tasks: 249 total,   1 running, 248 sleeping,   0 stopped,   0 zombie
Cpu(s): 12.5%us,  2.3%sy,  0.0%ni, 84.5%id,  0.0%wa,  0.7%hi,  0.1%si,  0.0%st
Mem:   3981336k total,  2726640k used,  1254696k free,   156856k buffers
Swap:        0k total,        0k used,        0k free,  1521744k cached
"""
DEVICE: dict[str, Any] = {
    "version": {"modelName": "DCS-7010T-48-R", "uptime": 86520.7, "memTotal": 3982456, "memFree": 2076700},
    "restart": {
        "resetCauses": [
            {"description": "The system rebooted due to a Power Loss", "timestamp": 1.0, "debugInfoIsDir": False}
        ]
    },
    "processor": TOP,
    "temperature": {
        "systemStatus": "temperatureOk",
        "tempSensors": [{"name": "TempSensor1", "currentTemperature": 37.75, "inAlertState": False}],
        "cardSlots": [{"tempSensors": [{"name": "TempSensor3/1", "currentTemperature": 59.2, "inAlertState": False}]}],
        "powerSupplySlots": [{"tempSensors": [{"name": "TempSensorP1/1", "hwStatus": "unknownHwStatus"}]}],
    },
    "cooling": {
        "systemStatus": "coolingOk",
        "fanTraySlots": [
            {
                "status": "ok",
                "label": "1",
                "fans": [{"status": "ok", "label": "1/1"}, {"status": "failed", "label": "1/2"}],
            },
            {"status": "notInserted", "label": "2", "fans": []},
        ],
        "powerSupplySlots": [
            {"status": "ok", "label": "PowerSupply1", "fans": [{"status": "ok", "label": "PowerSupply1/1"}]}
        ],
    },
    "power supplies": {
        "powerSupplies": {
            "2": {"state": "powerLoss", "capacity": 65.0},
            "1": {"state": "ok"},
            "3": {"state": "notInserted"},
        }
    },
}


def test_the_machine() -> None:
    assert health.read_device(DEVICE) == DeviceHealth(
        86520,
        "The system rebooted due to a Power Loss",
        9,
        33,
        Temperature(True, 59),
        (
            ("fan 1/1", PartState.GOOD),
            ("fan 1/2", PartState.FAILED),
            ("fan 2", PartState.ABSENT),
            ("fan PowerSupply1/1", PartState.GOOD),
        ),
        (("1", PartState.GOOD), ("2", PartState.FAILED), ("3", PartState.ABSENT)),
        None,
    )


def test_a_command_that_is_not_known_tells_nothing() -> None:
    assert set(vars(health.read_device({name: {} for name in DEVICE})).values()) == {None}


def test_what_an_older_top_counts_as_used_is_partly_cache() -> None:
    device = health.read_device({"processor": OLD_TOP})
    assert (device.processor_percent, device.memory_percent) == (16, None)


@pytest.mark.parametrize(
    ("status", "alert", "is_normal"),
    [("temperatureOk", True, False), ("temperatureOverheat", False, False), ("temperatureOk", False, True)],
)
def test_heat(status: str, alert: bool, is_normal: bool) -> None:
    sensors = [{"currentTemperature": 98.4, "inAlertState": alert}]
    device = health.read_device({"temperature": {"systemStatus": status, "tempSensors": sensors}})
    assert device.temperature == Temperature(is_normal, 98)


SERVERS = """\
     remote           refid      st t when poll reach   delay   offset  jitter
==============================================================================
 10.9.9.9        .INIT.          16 u    -   64    0    0.000    0.000   0.000
*10.113.32.248   172.16.0.248    4 u   20    64  37      1.82   -3.799   5.763
"""


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (
            "synchronised to NTP server (10.113.32.248) at stratum 5\n   time correct to within 8 ms\n",
            TimeState(True, "10.113.32.248", 5, -0.003799),
        ),
        ("synchronised\npoll interval unknown\n", TimeState(True, "10.113.32.248", None, -0.003799)),
        ("unsynchronised\n   polling server every 64 s\n", TimeState(False, None, None, None)),
        ("NTP is disabled.\n", TimeState(False, None, None, None)),
        ("", None),
    ],
)
def test_time(status: str, state: TimeState | None) -> None:
    assert health.read_time(status, SERVERS) == state


def bridge(priority: int, extension: int, address: str) -> dict[str, Any]:
    """A root as ``show spanning-tree root detail`` has it."""
    return {
        "rootBridge": {
            "priority": priority, "systemIdExtension": extension, "macAddress": address, "helloTime": 2.0, "maxAge": 20
        }
    }  # fmt: skip


TREES: dict[str, Any] = {
    "root": {"instances": {"VL10": bridge(4096, 10, "00:1c:73:27:95:a2"), "VL20": bridge(32768, 20, "aabb.cc00.0200")}},
    "spanning tree": {
        "spanningTreeInstances": {
            "VL10": {"protocol": "rapidPvst", "interfaces": {"Ethernet1": {"role": "designated", "cost": 2000}}},
            "VL20": {
                "protocol": "rapidPvst",
                "interfaces": {"Ethernet1": {"role": "alternate"}, "Port-Channel2": {"role": "root"}},
            },
        }
    },
    "topology changes": """\
 VL10 is executing the rapid-pvst Spanning Tree protocol
  Bridge Identifier has priority 4096, sysid 10, address 001c.7327.95a2
  We are the root of the spanning tree
 VL20 is executing the rapid-pvst Spanning Tree protocol
  Bridge Identifier has priority 32768, sysid 20, address 001c.7327.95a2
  Number of topology changes 4109 last change occurred 1292651 seconds ago
""",
}


def test_spanning_trees() -> None:
    assert health.read_spanning_trees(TREES) == (
        SpanningTree("VL10", "00:1c:73:27:95:a2", 4106, True, None, None, None),
        SpanningTree("VL20", "aa:bb:cc:00:02:00", 32788, False, "Port-Channel2", 4109, 1292651),
    )
    none: dict[str, Any] = {"root": {"instances": {}}, "spanning tree": {"spanningTreeInstances": {}}}
    assert health.read_spanning_trees(none) == ()


@pytest.mark.parametrize(
    ("without", "command"), [("root", "^show spanning-tree root detail: "), ("spanning tree", "^show spanning-tree: ")]
)
def test_a_tree_without_its_root_or_its_ports_is_an_error(without: str, command: str) -> None:
    with pytest.raises(PlatformError, match=command):
        health.read_spanning_trees(TREES | {without: {}})


def test_a_root_whose_ports_are_not_told_is_no_root_of_ours() -> None:
    trees: dict[str, Any] = {**TREES, "spanning tree": {"spanningTreeInstances": {}}}
    with pytest.raises(PlatformError, match="VL10: expected a root and a tree with its ports"):
        health.read_spanning_trees(trees)


def table(**routes: dict[str, Any]) -> dict[str, Any]:
    """An answer of ``show ip route``."""
    return {"vrfs": {"default": {"routingDisabled": False, "routes": routes}}}


def test_routes() -> None:
    default = {"routeType": "static", "vias": [{"interface": "Vlan1", "nexthopAddr": "192.168.16.1"}]}
    inner = {
        "routeType": "OSPF inter area",
        "vias": [
            {"nexthopAddr": "10.17.8.1", "interface": "Ethernet49"},
            {"nexthopAddr": "10.17.8.5", "interface": "Ethernet50"},
        ],
    }
    attached = {"routeType": "connected", "vias": [{"interface": "Vlan110"}]}
    assert health.read_route(table(**{"0.0.0.0/0": default})) == Route("0.0.0.0/0", "static", ("192.168.16.1",))
    both = table(**{"0.0.0.0/0": default, "10.10.0.0/21": inner})
    assert health.read_route(both) == Route("10.10.0.0/21", "ospf", ("10.17.8.1", "10.17.8.5"))
    assert health.read_route(table(**{"10.17.0.0/21": attached})) == Route("10.17.0.0/21", "connected", ())
    assert health.read_route(table()) is None
    with pytest.raises(PlatformError, match="show ip route"):
        health.read_route({})


def damage(text: str, chance: random.Random) -> str:
    """A text with a few letters lost, doubled or changed."""
    letters = list(text)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(letters))
        letters[place] = chance.choice(["", letters[place] * 2, chance.choice('0-9{}[]":,.eN \n%~é'), "null"])
    start = chance.randrange(len(letters))
    return "".join(letters[start:] if chance.random() < 0.1 else letters)


def damaged(reply: object, chance: random.Random) -> object:
    """An answer as a damaged JSON text gives it, if it is still one; a text damaged as it is."""
    if isinstance(reply, str):
        return damage(reply, chance)
    try:
        return json.loads(damage(json.dumps(reply), chance))
    except (ValueError, RecursionError):
        return {}


STEP = "synchronised to NTP server (1.2.3.4) at stratum 5\n"
WAYS = {"vrfs": {"default": {"routes": {"0.0.0.0/0": {"routeType": "static", "vias": [{"nexthopAddr": "1.2.3.4"}]}}}}}
READINGS: list[tuple[Callable[[Callable[[Any], Any]], object], tuple[type, ...]]] = [
    (lambda harm: health.read_ports({name: harm(reply) for name, reply in PORTS.items()}), (dict,)),
    (lambda harm: health.read_device({name: harm(reply) for name, reply in DEVICE.items()}), (DeviceHealth,)),
    (lambda harm: health.read_spanning_trees({name: harm(reply) for name, reply in TREES.items()}), (tuple,)),
    (lambda harm: health.read_time(harm(STEP), harm(SERVERS)), (TimeState, NoneType)),
    (lambda harm: health.read_route(harm(WAYS)), (Route, NoneType)),
]


@pytest.mark.parametrize("seed", range(300))
def test_a_damaged_answer_is_an_error_of_ours_or_of_the_right_kind(seed: int) -> None:
    chance = random.Random(seed)
    for read, kinds in READINGS:
        with contextlib.suppress(FellesdriftError):
            assert isinstance(read(lambda reply: damaged(reply, chance)), kinds)


def test_the_damage_is_both_survived_and_noticed() -> None:
    """Neither is every damaged answer refused, nor is every one read."""
    outcomes = set()
    for seed in range(60):
        chance = random.Random(seed)
        try:
            health.read_ports({name: damaged(reply, chance) for name, reply in PORTS.items()})
        except PlatformError:
            outcomes.add("refused")
        else:
            outcomes.add("read")
    assert outcomes == {"refused", "read"}
