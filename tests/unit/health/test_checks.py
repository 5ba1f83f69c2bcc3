"""Every health check: a table of what it is shown, and what it says."""

import re
from dataclasses import replace
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.config.render import render_additions
from nornir_tasks.config.view import build_view
from nornir_tasks.core.language import ENGLISH, NORWEGIAN, speak
from nornir_tasks.core.verdict import format_failures
from nornir_tasks.health.check import (
    RUNBOOKS,
    Check,
    Observation,
    find_norwegian,
    list_required_facts,
    load_checks,
    name_runbook,
)
from nornir_tasks.health.facts import (
    DEVICE_HEALTH,
    NEIGHBOURS,
    PORT_HEALTH,
    PORTS,
    RUNNING,
    SPANNING_TREES,
    STARTUP,
    TIME,
    Fact,
    Reading,
)
from nornir_tasks.health.routing import GATEWAY_PINGS, ROUTES, SERVICE_PINGS
from nornir_tasks.model import Position, Stage
from nornir_tasks.platforms import platform
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
from nornir_tasks.platforms.common.login_fault import LoginFault
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


HEADINGS = {
    ENGLISH: ["## At the site", "## From the centre"],
    NORWEGIAN: ["## På stedet", "## Fra sentralen"],
}
LOGIN = Fact[str]("the login", lambda session, target: None)  # its value in a row: why there was none
CASES: list[tuple[str, str, Stage, dict[Fact[Any], Any], str, str]] = [
    # check, device, stage, what was found (and reached), verdict, words
    ("reachable", ACCESS, Stage.LEGACY, {}, "passed", ""),
    (
        "reachable",
        ACCESS,
        Stage.LEGACY,
        {LOGIN: "no connection"},
        "failure",
        "Expected an answer, actual: no connection",
    ),
    ("saved", ACCESS, Stage.LEGACY, {RUNNING: "a\n", STARTUP: "a\n"}, "passed", ""),
    ("saved", ACCESS, Stage.LEGACY, {RUNNING: "a\nb\n", STARTUP: "a\n"}, "failure", "actual: 1 lines differ"),
    # a line that moved, and one that stands there twice
    ("saved", ACCESS, Stage.LEGACY, {RUNNING: "b\na\n", STARTUP: "a\nb\n"}, "failure", "actual: 2 lines differ"),
    ("saved", ACCESS, Stage.LEGACY, {RUNNING: "a\na\n", STARTUP: "a\n"}, "failure", "actual: 1 lines differ"),
    ("uplinks", CORE, Stage.RETIRE, {PORTS: UP}, "passed", ""),
    (
        "uplinks",
        CORE,
        Stage.RETIRE,
        {PORTS: {**UP, PORT.format(5): False}},
        "failure",
        "alta-leaf-01 up, actual: down",
    ),
    # before CONNECT the routed uplinks are cables without a configuration
    ("uplinks", CORE, Stage.SURVEY, {PORTS: {**UP, PORT.format(5): False, PORT.format(6): False}}, "passed", ""),
    ("uplinks", CORE, Stage.RETIRE, {PORTS: {}}, "failure", "not among the ports that the switch lists"),
    ("cabling", CORE, Stage.RETIRE, {NEIGHBOURS: SEEN_BY_CORE}, "passed", ""),
    (
        "cabling",
        CORE,
        Stage.RETIRE,
        {NEIGHBOURS: {PORT.format(1): ("loppa-acc-02", "6")}},
        "failure",
        "Expected loppa-acc-01",
    ),
    ("cabling", CORE, Stage.SURVEY, {NEIGHBOURS: {}}, "skipped", "LLDP switched off"),
    ("gateways", CORE, Stage.RETIRE, {GATEWAY_PINGS: GATEWAYS}, "passed", ""),
    ("gateways", CORE, Stage.CONNECT, {GATEWAY_PINGS: {"10.17.0.1": True}}, "passed", ""),
    (
        "gateways",
        CORE,
        Stage.RETIRE,
        {GATEWAY_PINGS: {**GATEWAYS, "10.17.64.1": False}},
        "failure",
        "the gateway 10.17.64.1 up",
    ),
    ("gateways", ACCESS, Stage.RETIRE, {}, "skipped", "nobody's gateway"),
    ("services", ACCESS, Stage.CONNECT, {SERVICE_PINGS: SERVICES}, "passed", ""),
    (
        "services",
        ACCESS,
        Stage.CONNECT,
        {SERVICE_PINGS: {**SERVICES, "10.10.1.10": False}},
        "failure",
        "from 10.10.1.10, actual: none",
    ),
    ("services", ACCESS, Stage.SURVEY, {}, "skipped", "not connected"),
    ("saved", ACCESS, Stage.LEGACY, {RUNNING: "a\n", STARTUP: "\n"}, "failure", "an empty startup configuration"),
    ("uplinks", CORE, Stage.RETIRE, dark(5, CLOSED), "failure", "alta-leaf-01 up, actual: down (closed by hand)"),
    ("cabling", CORE, Stage.RETIRE, {NEIGHBOURS: {PORT.format(1): ("tp-link", "6")}}, "failure", "tp-link (6)"),
    ("restarted", ACCESS, Stage.LEGACY, machine(), "passed", ""),
    ("restarted", ACCESS, Stage.LEGACY, {}, "skipped", "does not tell how its hardware is"),
    ("restarted", ACCESS, Stage.LEGACY, machine(uptime_seconds=None), "skipped", "how long it has been up"),
    # one that was ordered is told for an hour, any other for a day
    ("restarted", ACCESS, Stage.LEGACY, machine(uptime_seconds=3600), "passed", ""),
    ("restarted", ACCESS, Stage.LEGACY, machine(uptime_seconds=3540), "failure", "for 59 minutes (Reload command)"),
    (
        "restarted",
        ACCESS,
        Stage.LEGACY,
        machine(uptime_seconds=7200, restart_reason="power-on"),
        "failure",
        "Expected it up for 1 day, actual: for 2 hours (power-on)",
    ),
    ("restarted", ACCESS, Stage.LEGACY, machine(uptime_seconds=60, restart_reason=None), "failure", "for 1 minute"),
    ("temperature", ACCESS, Stage.LEGACY, machine(), "passed", ""),
    ("temperature", ACCESS, Stage.LEGACY, machine(temperature=None), "skipped", "does not tell its temperature"),
    ("temperature", ACCESS, Stage.LEGACY, machine(temperature=Temperature(False, 58)), "failure", "58 °C, too hot"),
    ("temperature", ACCESS, Stage.LEGACY, machine(temperature=Temperature(False, None)), "failure", "too hot"),
    ("fans", ACCESS, Stage.LEGACY, machine(), "passed", ""),
    ("fans", ACCESS, Stage.LEGACY, machine(fans=parts(PartState.GOOD, PartState.ABSENT)), "passed", ""),
    ("fans", ACCESS, Stage.LEGACY, machine(fans=None), "skipped", "does not tell its fans"),
    ("fans", ACCESS, Stage.LEGACY, machine(fans=parts(PartState.GOOD, PartState.FAILED)), "failure", "2 turning"),
    ("power-supplies", ACCESS, Stage.LEGACY, machine(), "passed", ""),
    (
        "power-supplies",
        ACCESS,
        Stage.LEGACY,
        machine(power_supplies=parts(PartState.GOOD, PartState.ABSENT)),
        "passed",
        "",
    ),
    ("power-supplies", ACCESS, Stage.LEGACY, machine(power_supplies=None), "skipped", "its power supplies"),
    (
        "power-supplies",
        ACCESS,
        Stage.LEGACY,
        machine(power_supplies=parts(PartState.FAILED, PartState.GOOD)),
        "failure",
        "power supply 1 to give power, actual: it gives none",
    ),
    ("power-budget", ACCESS, Stage.LEGACY, machine(), "passed", ""),
    ("power-budget", ACCESS, Stage.LEGACY, machine(power_budget=None), "skipped", "feeds nobody"),
    ("power-budget", ACCESS, Stage.LEGACY, machine(power_budget=PowerBudget(370.0, 354.6)), "passed", ""),
    (
        "power-budget",
        ACCESS,
        Stage.LEGACY,
        machine(power_budget=PowerBudget(370.0, 369.6)),
        "failure",
        "Expected 15.4 W left, actual: 0.4 W of 370.0 W",
    ),
    ("processor", ACCESS, Stage.LEGACY, machine(processor_percent=89), "passed", ""),
    ("processor", ACCESS, Stage.LEGACY, machine(processor_percent=None), "skipped", "the load of its processor"),
    ("processor", ACCESS, Stage.LEGACY, machine(processor_percent=90), "failure", "less than 90 %, actual: 90 %"),
    ("memory", ACCESS, Stage.LEGACY, machine(memory_percent=89), "passed", ""),
    ("memory", ACCESS, Stage.LEGACY, machine(memory_percent=None), "skipped", "does not tell its memory"),
    ("memory", ACCESS, Stage.LEGACY, machine(memory_percent=98), "failure", "of its memory in use, actual: 98 %"),
    ("ports", ACCESS, Stage.LEGACY, {PORT_HEALTH: OPEN}, "passed", ""),
    ("ports", ACCESS, Stage.LEGACY, {}, "skipped", "does not tell how its ports are"),
    # nothing is plugged in, nobody uses it, and a cable to a switch: that is no matter of this check
    ("ports", ACCESS, Stage.LEGACY, port(1, PortHealth(PortCondition.NO_LINK)), "passed", ""),
    ("ports", ACCESS, Stage.LEGACY, port(3, CLOSED), "passed", ""),
    ("ports", ACCESS, Stage.LEGACY, port(6, CLOSED), "passed", ""),
    ("ports", ACCESS, Stage.LEGACY, port(1, CLOSED), "failure", "/1 open, actual: closed by hand"),
    ("ports", ACCESS, Stage.LEGACY, disabled(3, "bpduguard"), "failure", "actual: disabled by the switch (bpduguard)"),
    ("ports", CORE, Stage.LEGACY, port(3, PortHealth(PortCondition.NO_LINK)), "failure", "a link to app-01 at"),
    ("port-errors", ACCESS, Stage.LEGACY, {PORT_HEALTH: OPEN, **machine()}, "passed", ""),
    ("port-errors", ACCESS, Stage.LEGACY, machine(), "skipped", "does not tell how its ports are"),
    # 36 an hour for thirty days
    ("port-errors", ACCESS, Stage.LEGACY, port(6, replace(OPEN[PORT.format(6)], crc_errors=25920)), "passed", ""),
    (
        "port-errors",
        ACCESS,
        Stage.LEGACY,
        port(6, replace(OPEN[PORT.format(6)], crc_errors=259200)),
        "failure",
        "at most 36 damaged frames an hour at GigabitEthernet1/0/6, actual: 360 in an hour",
    ),
    # a few on a port of a switch that has only just started are none in a month
    (
        "port-errors",
        ACCESS,
        Stage.LEGACY,
        port(6, replace(OPEN[PORT.format(6)], crc_errors=36), uptime_seconds=60),
        "passed",
        "",
    ),
    (
        "port-errors",
        ACCESS,
        Stage.LEGACY,
        port(6, PortHealth(PortCondition.UP, input_errors=259200)),
        "failure",
        "360 in an hour",
    ),
    ("port-errors", ACCESS, Stage.LEGACY, port(6, PortHealth(PortCondition.UP, optics=LOW)), "failure", "-22.5 dBm"),
    ("port-errors", ACCESS, Stage.LEGACY, port(6, PortHealth(PortCondition.NO_LINK, optics=DARK)), "passed", ""),
    ("routes", CORE, Stage.RETIRE, {ROUTES: LEAVES}, "passed", ""),
    ("routes", CORE, Stage.RETIRE, {}, "skipped", "does not tell its routes to the centre"),
    ("routes", CORE, Stage.SURVEY, {ROUTES: {}}, "skipped", "no way to the centre begins here"),
    ("routes", ACCESS, Stage.RETIRE, {ROUTES: {}}, "skipped", "no way to the centre begins here"),
    (
        "routes",
        CORE,
        Stage.RETIRE,
        {ROUTES: {**LEAVES, "10.10.255.6": None}},
        "failure",
        "a route to hammerfest-leaf-01 by GigabitEthernet1/0/6, actual: none",
    ),
    (
        "routes",
        CORE,
        Stage.RETIRE,
        {ROUTES: {**LEAVES, "10.10.255.5": Route("10.0.0.0/8", "static", ())}},
        "failure",
        "a route to alta-leaf-01 by GigabitEthernet1/0/5, actual: none",
    ),
    ("spanning-tree", CORE, Stage.RETIRE, trees(None, 100, 120, 999), "passed", ""),
    ("spanning-tree", CORE, Stage.RETIRE, {}, "skipped", "does not tell its spanning trees"),
    ("spanning-tree", CORE, Stage.SETTLE, trees(PORT.format(2), 100), "skipped", "the legacy's matter"),
    (
        "spanning-tree",
        CORE,
        Stage.RETIRE,
        trees(PORT.format(2), 100, 120),
        "failure",
        "loppa-core-01 as the root of VLAN0100, VLAN0120, actual: a switch beyond GigabitEthernet1/0/2",
    ),
    # the VLAN of parked ports leaves no switch, and has a root on each
    (
        "spanning-tree",
        ACCESS,
        Stage.RETIRE,
        {SPANNING_TREES: (*trees(PORT.format(6), 100, 120)[SPANNING_TREES], *trees(None, 999)[SPANNING_TREES])},
        "passed",
        "",
    ),
    ("spanning-tree", ACCESS, Stage.RETIRE, trees(None, 120), "failure", "VLAN0120, actual: the switch itself"),
    ("spanning-tree", ACCESS, Stage.RETIRE, trees(PORT.format(3), 120), "failure", "a switch beyond"),
    ("spanning-tree", ACCESS, Stage.RETIRE, trees("Port-channel1", 120), "passed", ""),
    ("spanning-tree", ACCESS, Stage.RETIRE, {SPANNING_TREES: ()}, "failure", "a spanning tree, actual: none"),
    ("time", ACCESS, Stage.CONNECT, {TIME: IN_STEP}, "passed", ""),
    ("time", ACCESS, Stage.CONNECT, {}, "skipped", "does not tell whether its clock is in step"),
    ("time", ACCESS, Stage.SURVEY, {TIME: OUT_OF_STEP}, "skipped", "not connected"),
    ("time", ACCESS, Stage.CONNECT, {TIME: OUT_OF_STEP}, "failure", "actual: it follows no time server"),
    ("time", ACCESS, Stage.CONNECT, {TIME: replace(IN_STEP, offset_seconds=-3.25)}, "failure", "actual: -3.2 s off"),
    ("time", ACCESS, Stage.CONNECT, {TIME: replace(IN_STEP, server="192.0.2.1")}, "passed", ""),
    ("time", ACCESS, Stage.RETIRE, {TIME: replace(IN_STEP, server="192.0.2.1")}, "failure", "actual: 192.0.2.1"),
    ("time", ACCESS, Stage.RETIRE, {TIME: replace(IN_STEP, server="time.example")}, "passed", ""),
    ("vlans", CORE, Stage.RETIRE, {RUNNING: AT_CORE}, "passed", ""),
    ("vlans", CORE, Stage.SURVEY, {RUNNING: AT_CORE}, "skipped", "no VLAN here yet"),
    ("vlans", CORE, Stage.RETIRE, edited(AT_CORE, ("vtp mode transparent\n", "")), "skipped", "learns them by VTP"),
    (
        "vlans",
        CORE,
        Stage.RETIRE,
        edited(AT_CORE, ("vlan 120\n name SCHOOL\n", "")),
        "failure",
        "VLAN 120 (SCHOOL), actual: no such VLAN",
    ),
    (
        "vlans",
        CORE,
        Stage.RETIRE,
        edited(AT_CORE, (" name SCHOOL\n", " name SCHOOL\n shutdown\n")),
        "failure",
        "actual: it is stopped (vlan 120: shutdown)",
    ),
    (
        "vlans",
        ACCESS,
        Stage.RETIRE,
        edited(AT_ACCESS, ("switchport access vlan 120", "switchport access vlan 160")),
        "failure",
        "GigabitEthernet1/0/1 in VLAN 120, actual: VLAN 160",
    ),
    ("trunks", CORE, Stage.RETIRE, {RUNNING: AT_CORE}, "passed", ""),
    ("trunks", CORE, Stage.SURVEY, {RUNNING: AT_CORE}, "skipped", "no trunk of the standard's"),
    (
        "trunks",
        ACCESS,
        Stage.RETIRE,
        edited(AT_ACCESS, ("allowed vlan 100,120,160", "allowed vlan 100,160")),
        "failure",
        "VLAN 120 on GigabitEthernet1/0/6, actual: it carries 100,160",
    ),
    (
        "trunks",
        CORE,
        Stage.RETIRE,
        edited(
            AT_CORE,
            (
                "switchport trunk allowed vlan 100,120,160\n switchport mode trunk",
                "switchport access vlan 120\n switchport mode access",
            ),
        ),
        "failure",
        "VLAN 100,120,160 on GigabitEthernet1/0/1, actual: no trunk any more: only VLAN 120",
    ),
    ("trunks", CORE, Stage.RETIRE, edited(AT_CORE, ("allowed vlan 100,120,160", "allowed vlan none")), "failure", ""),
]


def seen(device: str, stage: Stage, values: dict[Fact[Any], Any]) -> Observation:
    """What a check is shown."""
    position = Position({"loppa": stage})
    target = REGION.devices[device]
    readings = {fact: Reading(values.get(fact)) for fact in list_required_facts(CHECKS)}
    view = build_view(target, position, REGION)
    return Observation(REGION, target, position, view, readings, values.get(LOGIN, ""))


@pytest.mark.parametrize(("check", "device", "stage", "values", "status", "words"), CASES)
def test_check(check: str, device: str, stage: Stage, values: dict[Fact[Any], Any], status: str, words: str) -> None:
    """The verdict and its words; advice where there is something to do."""
    verdicts = next(each for each in CHECKS if each.name == check).run(seen(device, stage, values))
    assert {(verdict.status, verdict.subject, verdict.rule.name) for verdict in verdicts} == {(status, device, check)}
    text = "; ".join(verdict.text for verdict in verdicts)
    assert text
    assert words in text
    assert all(bool(verdict.advice) is (status == "failure") for verdict in verdicts)


@pytest.mark.parametrize(
    ("fault", "advice", "others"),
    [
        (LoginFault.NO_ANSWER, "has power", "the switch does not answer"),
        (LoginFault.CLOSED, "has power", "the switch does not answer"),
        (LoginFault.HANGS, "Ask whether people there can work", "the switch does not answer"),
        (LoginFault.BROKEN, "try once more", "the switch does not answer"),
        (LoginFault.WRONG_PASSWORD, "nobody has to go", "the switch does not let us in"),
        (LoginFault.OTHER_KEY, "Type no password there", "the switch does not let us in"),
        (LoginFault.UNKNOWN_KEY, "scripts/trust.py", "the switch does not answer"),
        (LoginFault.OTHER, "Read the message", "the switch does not answer"),
        (None, "Read the message", "the switch does not answer"),
    ],
)
def test_the_advice_fits_what_keeps_us_out(fault: LoginFault | None, advice: str, others: str) -> None:
    observation = replace(seen(ACCESS, Stage.RETIRE, {LOGIN: "no connection"}), login_fault=fault)
    by_name = {check.name: check.run(observation) for check in CHECKS}
    (verdict,) = by_name["reachable"]
    assert advice in verdict.advice
    assert [verdict.text for verdict in by_name["saved"]] == [others]


WAYS_TO_FAIL: list[tuple[str, str, Stage, dict[Fact[Any], Any], str, str]] = [
    # check, device, stage, what was found, what the advice must say, and what it must not
    ("saved", ACCESS, Stage.LEGACY, {RUNNING: "a\n", STARTUP: ""}, "as from the factory", ""),
    ("saved", ACCESS, Stage.LEGACY, {RUNNING: "a\n", STARTUP: "b\n"}, "Find out who changed it", "factory"),
    ("uplinks", CORE, Stage.RETIRE, dark(5, CLOSED), "Somebody has closed it", "look at the cable"),
    ("uplinks", CORE, Stage.RETIRE, dark(5, PortHealth(PortCondition.NO_LINK)), "Look at the cable", ""),
    ("uplinks", CORE, Stage.RETIRE, dark(5, PortHealth(PortCondition.NO_LINK, optics=DARK)), "has power", "log in"),
    ("uplinks", CORE, Stage.RETIRE, dark(5, PortHealth(PortCondition.NO_LINK, optics=LIT)), "nobody has to go", ""),
    ("uplinks", CORE, Stage.RETIRE, dark(1, PortHealth(PortCondition.DISABLED, "udld")), "the optics", "pulled out"),
    ("uplinks", CORE, Stage.RETIRE, {PORTS: {}}, "another model than the inventory says", "cable"),
    ("cabling", CORE, Stage.RETIRE, {NEIGHBOURS: {PORT.format(1): ("loppa-acc-02", "6")}}, "moved a cable", ""),
    ("cabling", CORE, Stage.RETIRE, {NEIGHBOURS: {PORT.format(1): ("tp-link", "6")}}, "knows no such switch", ""),
    ("restarted", ACCESS, Stage.LEGACY, machine(uptime_seconds=60), "Somebody ordered it", "supplier"),
    (
        "restarted",
        ACCESS,
        Stage.LEGACY,
        machine(uptime_seconds=60, restart_reason="The system rebooted due to a Power Loss"),
        "the whole place was dark",
        "supplier",
    ),
    ("restarted", ACCESS, Stage.LEGACY, machine(uptime_seconds=60, restart_reason="bus error"), "supplier", "dark"),
    ("restarted", ACCESS, Stage.LEGACY, machine(uptime_seconds=60, restart_reason=None), "does not tell why", ""),
    ("temperature", ACCESS, Stage.LEGACY, machine(temperature=Temperature(False, 58)), "the cooling of the room", ""),
    (
        "temperature",
        ACCESS,
        Stage.LEGACY,
        machine(temperature=Temperature(False, 58), fans=parts(PartState.FAILED)),
        "A fan stands still (1)",
        "cooling",
    ),
    ("fans", ACCESS, Stage.LEGACY, machine(fans=parts(PartState.GOOD, PartState.FAILED)), "Nothing is urgent", ""),
    (
        "fans",
        ACCESS,
        Stage.LEGACY,
        machine(fans=parts(PartState.FAILED, PartState.FAILED)),
        "within the hour",
        "urgent",
    ),
    (
        "fans",
        ACCESS,
        Stage.LEGACY,
        machine(fans=parts(PartState.GOOD, PartState.FAILED), temperature=Temperature(False, 58)),
        "too hot already",
        "urgent",
    ),
    (
        "power-supplies",
        ACCESS,
        Stage.LEGACY,
        machine(power_supplies=parts(PartState.FAILED, PartState.GOOD)),
        "look at the plug",
        "Do not unplug",
    ),
    (
        "power-supplies",
        ACCESS,
        Stage.LEGACY,
        machine(power_supplies=parts(PartState.FAILED, PartState.ABSENT)),
        "Do not unplug",
        "The other supply",
    ),
    ("power-budget", ACCESS, Stage.LEGACY, machine(power_budget=PowerBudget(370.0, 369.6)), "plugged in last", ""),
    ("power-budget", ACCESS, Stage.LEGACY, machine(power_budget=PowerBudget(0.0, 0.0)), "power-supplies", "last"),
    ("ports", ACCESS, Stage.LEGACY, port(1, CLOSED), "Somebody has closed it, and nothing is broken", "cable"),
    ("ports", ACCESS, Stage.LEGACY, disabled(1, "bpduguard"), "plugged in a switch there", ""),
    ("ports", ACCESS, Stage.LEGACY, disabled(1, "loop-protect"), "plugged in a switch there", ""),
    ("ports", ACCESS, Stage.LEGACY, disabled(1, "link-flap"), "the optics", "pulled out"),
    ("ports", ACCESS, Stage.LEGACY, disabled(1, "psecure-violation"), "not known", "cable"),
    ("ports", ACCESS, Stage.LEGACY, disabled(1, "inline-power"), "takes more power", "cable"),
    ("ports", ACCESS, Stage.LEGACY, disabled(1, "gbic-invalid"), "Find out why (gbic-invalid)", "cable"),
    ("ports", ACCESS, Stage.LEGACY, disabled(1, None), "Find out why (it does not tell)", "cable"),
    ("ports", CORE, Stage.LEGACY, port(3, PortHealth(PortCondition.NO_LINK)), "whether app-01 is on", "who closed"),
    ("port-errors", ACCESS, Stage.LEGACY, port(6, PortHealth(PortCondition.UP, crc_errors=10**6)), "is slow", ""),
    ("port-errors", ACCESS, Stage.LEGACY, port(6, PortHealth(PortCondition.UP, optics=LOW)), "go dark", "is slow"),
    ("gateways", CORE, Stage.RETIRE, {GATEWAY_PINGS: SCHOOL_SILENT}, "See whether the zone's VLAN exists", ""),
    (
        "gateways",
        CORE,
        Stage.RETIRE,
        {GATEWAY_PINGS: SCHOOL_SILENT, **edited(AT_CORE, (" ip address 10.17.16.1 255.255.240.0\n", ""))},
        "Vlan120 has lost its address",
        "",
    ),
    (
        "gateways",
        CORE,
        Stage.RETIRE,
        {GATEWAY_PINGS: SCHOOL_SILENT, **edited(AT_CORE, ("Vlan120\n", "Vlan120\n shutdown\n"))},
        "Somebody has closed it (interface Vlan120: shutdown)",
        "harmonise",
    ),
    (
        "gateways",
        CORE,
        Stage.RETIRE,
        {GATEWAY_PINGS: SCHOOL_SILENT, **edited(AT_CORE, ("vlan 120\n name SCHOOL\n", ""))},
        "VLAN 120 is gone",
        "",
    ),
    (
        "gateways",
        CORE,
        Stage.RETIRE,
        {GATEWAY_PINGS: SCHOOL_SILENT, RUNNING: AT_CORE, PORTS: dict.fromkeys(UP, False)},
        "No port that carries VLAN 120 is up",
        "",
    ),
    (
        "gateways",
        CORE,
        Stage.RETIRE,
        {GATEWAY_PINGS: SCHOOL_SILENT, RUNNING: AT_CORE, PORTS: UP},
        "See whether the zone's VLAN exists",
        "",
    ),
    ("services", ACCESS, Stage.CONNECT, {SERVICE_PINGS: dict.fromkeys(SERVICES, False)}, "the way from here", "half"),
    ("services", ACCESS, Stage.CONNECT, {SERVICE_PINGS: {**SERVICES, "10.10.1.11": False}}, "it is 10.10.1.11", "half"),
    ("services", ACCESS, Stage.CONNECT, {SERVICE_PINGS: {**SERVICES, "10.10.1.10": False}}, "All of Half is", ""),
    ("routes", CORE, Stage.RETIRE, {ROUTES: dict.fromkeys(LEAVES), PORTS: UP}, "do not talk OSPF", "uplinks"),
    ("routes", CORE, Stage.RETIRE, {ROUTES: dict.fromkeys(LEAVES), PORTS: dict.fromkeys(UP, False)}, "uplinks", "OSPF"),
    ("spanning-tree", ACCESS, Stage.RETIRE, trees(None, 120), "does not hear the core's tree", "pulled out"),
    ("spanning-tree", ACCESS, Stage.RETIRE, trees(PORT.format(3), 120), "beyond GigabitEthernet1/0/3", ""),
    ("spanning-tree", ACCESS, Stage.RETIRE, {SPANNING_TREES: ()}, "one cable too many", "pulled out"),
    ("time", ACCESS, Stage.CONNECT, {TIME: OUT_OF_STEP, **machine()}, "Nobody loses anything now", "restarted"),
    ("time", ACCESS, Stage.CONNECT, {TIME: OUT_OF_STEP, **machine(uptime_seconds=300)}, "restarted 5 minutes ago", ""),
    ("time", ACCESS, Stage.CONNECT, {TIME: replace(IN_STEP, offset_seconds=9.0)}, "catching up", ""),
    ("time", ACCESS, Stage.RETIRE, {TIME: replace(IN_STEP, server="192.0.2.1")}, "another time server", ""),
]


@pytest.mark.parametrize(("check", "device", "stage", "values", "words", "others"), WAYS_TO_FAIL)
def test_the_advice_fits_the_way_it_fails(
    check: str, device: str, stage: Stage, values: dict[Fact[Any], Any], words: str, others: str
) -> None:
    """It says what is to be done then, and nothing of what would be to be done otherwise."""
    verdicts = next(each for each in CHECKS if each.name == check).run(seen(device, stage, values))
    assert verdicts
    for verdict in verdicts:
        assert verdict.status == "failure"
        assert words in verdict.advice
        assert not others or others.lower() not in verdict.advice.lower()


def test_a_half_that_is_reached_over_the_other_one_only() -> None:
    """Nobody notices it, and the next fault cuts the municipality off."""
    core = REGION.devices[CORE]
    ports = [
        each.model_copy(
            update={"neighbour": each.neighbour.model_copy(update={"peer_address": IPv4Interface("10.10.250.34/31")})}
        )
        if each.neighbour and each.number == 5
        else each
        for each in core.ports
    ]
    observation = replace(
        seen(
            CORE, Stage.RETIRE, {ROUTES: {**LEAVES, "10.10.255.5": Route("10.10.255.5/32", "ospf", ("10.10.250.36",))}}
        ),
        device=core.model_copy(update={"ports": tuple(ports)}),
    )
    routes = next(each for each in CHECKS if each.name == "routes")
    told = format_failures(routes.run(observation))
    assert told == "Expected a route to alta-leaf-01 by GigabitEthernet1/0/5, actual: by 10.10.250.36"


def test_every_check_has_its_rows() -> None:
    """A pass and a failure each, at the least; and one for a platform that does not tell what it needs."""
    shown = {(check, status) for check, _, _, _, status, _ in CASES}
    assert {(check.name, status) for check in CHECKS for status in ("passed", "failure")} <= shown
    untold = [
        check for check in CHECKS if set(check.facts) & {DEVICE_HEALTH, PORT_HEALTH, TIME, SPANNING_TREES, ROUTES}
    ]
    assert len(untold) == 12
    assert {(check.name, "skipped") for check in untold} <= shown


def test_the_checks_of_the_package_and_what_they_read() -> None:
    """Module by module; each fact is read once."""
    assert [check.name for check in CHECKS] == [
        *("reachable", "saved", "restarted", "temperature", "fans", "power-supplies", "power-budget"),
        *("uplinks", "cabling", "processor", "memory", "ports", "port-errors", "gateways", "services", "routes"),
        *("spanning-tree", "time", "vlans", "trunks"),
    ]
    assert list_required_facts(CHECKS) == (
        *(RUNNING, STARTUP, DEVICE_HEALTH, PORTS, PORT_HEALTH, NEIGHBOURS),
        *(GATEWAY_PINGS, SERVICE_PINGS, ROUTES, SPANNING_TREES, TIME),
    )


@pytest.mark.parametrize("runbook", sorted(RUNBOOKS.glob("*.md")), ids=lambda runbook: runbook.stem)
def test_a_runbook_is_in_both_languages_and_in_the_same_steps(runbook: Path) -> None:
    """What somebody at the site can do stands apart from what the centre does."""
    texts = [(runbook.read_text(), ENGLISH), (find_norwegian(runbook).read_text(), NORWEGIAN)]
    counts = []
    for text, language in texts:
        assert text.startswith(f"# {runbook.stem}: ")
        assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS[language]
        steps = re.findall(r"^(\d+)\. ", text, re.M)
        assert steps == [str(number) for number in range(1, len(steps) + 1)]
        counts.append(len(steps))
    assert counts[0] == counts[1] > 0
    english, norwegian = ({re.sub("<.*?>", "<>", span) for span in re.findall("`([^`]+)`", text)} for text, _ in texts)
    assert english == norwegian


def test_no_runbook_is_in_one_language_only() -> None:
    assert {path.name for path in (RUNBOOKS / NORWEGIAN).iterdir()} == {path.name for path in RUNBOOKS.glob("*.md")}


@pytest.mark.parametrize(("language", "path"), [(ENGLISH, "docs/runbooks"), (NORWEGIAN, "docs/runbooks/nb")])
def test_the_reader_is_sent_to_the_runbook_in_their_language(language: str, path: str) -> None:
    with speak(language):
        assert name_runbook(RUNBOOKS / "uplinks.md") == f"{path}/uplinks.md"


def test_everything_that_is_wrong_is_told() -> None:
    """Two cables are two verdicts."""
    ports = {**UP, PORT.format(1): False, PORT.format(5): False}
    uplinks = next(each for each in CHECKS if each.name == "uplinks")
    told = format_failures(uplinks.run(seen(CORE, Stage.RETIRE, {PORTS: ports})))
    expected = "Expected {} to loppa-acc-01 up, actual: down; Expected {} to alta-leaf-01 up, actual: down"
    assert told == expected.format(PORT.format(1), PORT.format(5))


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({}, "check Nameless: expected it to declare name, category, description, advice, facts"),
        ({"name": "saved", "facts": ()}, "check Nameless: expected it to declare category, description, advice"),
        (
            {"name": "nameless", "category": "device", "description": "x", "advice": "y", "facts": ()},
            f"check nameless: expected its runbook at {RUNBOOKS}/nameless.md, actual: no such file",
        ),
        (
            {"name": "saved", "category": "device", "description": "x", "advice": "y", "facts": ()},
            "check saved: expected a name of its own, actual: Saved's",
        ),
    ],
    ids=["nothing", "half", "no runbook", "taken"],
)
def test_a_check_that_is_not_whole_cannot_be_written(declared: dict[str, Any], words: str) -> None:
    """The error says what is missing; nothing is registered."""
    with pytest.raises(TypeError, match=re.escape(words)):
        type("Nameless", (Check,), declared)
    assert [check.name for check in load_checks()] == [check.name for check in CHECKS]


def test_a_configuration_is_read_once_for_all_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """To mask and read it takes longer than everything else that is done with an answer."""
    vendor = platform("ios")
    mask, masked = vendor.mask, list[str]()

    def note(text: str) -> tuple[str, dict[str, str]]:
        masked.append(text)
        return mask(text)

    monkeypatch.setattr(vendor, "mask", note)
    observation = seen(CORE, Stage.RETIRE, {RUNNING: AT_CORE, GATEWAY_PINGS: SCHOOL_SILENT})
    for check in CHECKS:
        check.run(observation)
    assert masked == [AT_CORE]
