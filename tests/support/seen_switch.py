"""What health checks are shown of a switch of the small region: one that is well, and all that may be otherwise."""

from dataclasses import replace
from typing import Any

from nornir_tasks.config.render import render_additions
from nornir_tasks.config.view import build_view
from nornir_tasks.health.check import (
    Observation,
    list_required_facts,
    load_checks,
)
from nornir_tasks.health.facts import (
    DEVICE_HEALTH,
    PORT_HEALTH,
    PORTS,
    RUNNING,
    SPANNING_TREES,
    Fact,
    Reading,
)
from nornir_tasks.model import Position, Stage
from nornir_tasks.platforms.common.health_state import (
    DeviceHealth,
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
from tests.support import small_region as small

REGION = small.region()
REGION.servers["app-01"] = REGION.servers["app-01"].model_copy(update={"attached": "loppa-core-01:3"})
CHECKS = load_checks()
CORE, ACCESS = "loppa-core-01", "loppa-acc-01"
MOVED = Position({"loppa": Stage.RETIRE})
PORT = "GigabitEthernet1/0/{}"
UP = {PORT.format(number): True for number in range(1, 7)}
SERVICES = {"10.10.1.10": True, "10.10.1.11": True, "10.10.1.12": True}
GATEWAYS = {"10.17.0.1": True, "10.17.16.1": True, "10.17.64.1": True, "10.17.92.1": True}
SCHOOL_SILENT = {**GATEWAYS, "10.17.16.1": False}
SEEN_BY_CORE = {
    PORT.format(1): ("loppa-acc-01", "Gi1/0/6"),
    PORT.format(5): ("alta-leaf-01.vestfinnmark.example", "Ethernet1"),
}

MACHINE = DeviceHealth(
    uptime_seconds=30 * 86400,
    restart_reason="Reload command",
    processor_percent=6,
    memory_percent=20,
    temperature=Temperature(True, 31),
    fans=(("fan 1", PartState.GOOD), ("fan 2", PartState.GOOD)),
    power_supplies=(("1A", PartState.GOOD), ("1B", PartState.GOOD)),
    power_budget=PowerBudget(370.0, 63.0),
)
OPEN = {PORT.format(number): PortHealth(PortCondition.UP, None, None, 0, 0, 0) for number in range(1, 7)}
CLOSED = PortHealth(PortCondition.CLOSED)
LIT, DARK, LOW = Optics(-5.4, False), Optics(-40.0, True), Optics(-22.5, True)
IN_STEP = TimeState(True, "10.10.1.10", 3, 0.0004)
OUT_OF_STEP = TimeState(False, None, None, None)
LEAVES = {f"10.10.255.{number}": Route(f"10.10.255.{number}/32", "ospf", ("10.10.250.34",)) for number in (5, 6)}
AT_CORE, AT_ACCESS = (render_additions(build_view(REGION.devices[name], MOVED, REGION)) for name in (CORE, ACCESS))


def machine(**changes: Any) -> dict[Fact[Any], Any]:
    """What a switch tells of its hardware, with something else than usual."""
    return {DEVICE_HEALTH: replace(MACHINE, **changes)}


def parts(*states: PartState) -> tuple[tuple[str, PartState], ...]:
    """Parts by their numbers."""
    return tuple((f"{number}", state) for number, state in enumerate(states, 1))


def port(number: int, health: PortHealth, **more: Any) -> dict[Fact[Any], Any]:
    """One port of six that is not as it should be."""
    return {PORT_HEALTH: {**OPEN, PORT.format(number): health}, **machine(**more)}


def disabled(number: int, reason: str | None) -> dict[Fact[Any], Any]:
    """A port that the switch has disabled."""
    return port(number, PortHealth(PortCondition.DISABLED, reason))


def dark(number: int, health: PortHealth) -> dict[Fact[Any], Any]:
    """A cable that is down, and why."""
    return {PORTS: {**UP, PORT.format(number): False}, PORT_HEALTH: {**OPEN, PORT.format(number): health}}


def trees(root_port: str | None, *vlans: int) -> dict[Fact[Any], Any]:
    """A spanning tree for each of these VLANs; ``root_port`` None: the switch itself is the root."""
    return {
        SPANNING_TREES: tuple(
            SpanningTree(f"VLAN{vlan:04}", "00:1c:73:00:00:01", 4096 + vlan, root_port is None, root_port, 1, 600)
            for vlan in vlans
        )
    }


def edited(text: str, *changes: tuple[str, str]) -> dict[Fact[Any], Any]:
    """A running configuration in which somebody has changed lines, each of which was there."""
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return {RUNNING: text}


LOGIN = Fact[str]("the login", lambda session, target: None)  # its value in a row: why there was none


def seen(device: str, stage: Stage, values: dict[Fact[Any], Any]) -> Observation:
    """What a check is shown."""
    position = Position({"loppa": stage})
    target = REGION.devices[device]
    readings = {fact: Reading(values.get(fact)) for fact in list_required_facts(CHECKS)}
    view = build_view(target, position, REGION)
    return Observation(REGION, target, position, view, readings, values.get(LOGIN, ""))
