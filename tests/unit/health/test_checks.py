"""Every health check: a table of what it is shown, and what it says."""

import re
from dataclasses import replace
from ipaddress import IPv4Interface
from typing import Any

import pytest

from nornir_tasks.core.verdict import format_failures
from nornir_tasks.health.check import (
    RUNBOOKS,
    Check,
    list_required_facts,
    load_checks,
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
)
from nornir_tasks.health.routing import GATEWAY_PINGS, ROUTES, SERVICE_PINGS
from nornir_tasks.model import Stage
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.health_state import (
    PartState,
    PortCondition,
    PortHealth,
    PowerBudget,
    Route,
    Temperature,
)
from tests.support.seen_switch import (
    ACCESS,
    AT_ACCESS,
    AT_CORE,
    CHECKS,
    CLOSED,
    CORE,
    DARK,
    GATEWAYS,
    IN_STEP,
    LEAVES,
    LOGIN,
    LOW,
    OPEN,
    OUT_OF_STEP,
    PORT,
    REGION,
    SCHOOL_SILENT,
    SEEN_BY_CORE,
    SERVICES,
    UP,
    dark,
    disabled,
    edited,
    machine,
    parts,
    port,
    seen,
    trees,
)

OLD_TRUNK = "interface GigabitEthernet1/0/1\n switchport trunk allowed vlan {}\n switchport mode trunk\n"
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
    ("trunks", "alta-leaf-01", Stage.RETIRE, {RUNNING: AT_CORE}, "skipped", "no trunk begins here"),
    # until retire the old network's VLANs have to pass; before connect nothing else has to
    ("trunks", CORE, Stage.SURVEY, {RUNNING: OLD_TRUNK.format("1,20")}, "passed", ""),
    ("trunks", CORE, Stage.SURVEY, {RUNNING: OLD_TRUNK.format("1,30")}, "failure", "VLAN 20 on GigabitEthernet1/0/1"),
    ("trunks", CORE, Stage.SETTLE, {RUNNING: AT_CORE}, "failure", "VLAN 1,20 on GigabitEthernet1/0/1"),
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


@pytest.mark.parametrize(("check", "device", "stage", "values", "status", "words"), CASES)
def test_check(check: str, device: str, stage: Stage, values: dict[Fact[Any], Any], status: str, words: str) -> None:
    """The verdict and its words; advice where there is something to do."""
    verdicts = next(each for each in CHECKS if each.name == check).run(seen(device, stage, values))
    assert {(verdict.status, verdict.subject, verdict.rule.name) for verdict in verdicts} == {(status, device, check)}
    text = "; ".join(verdict.text for verdict in verdicts)
    assert text
    assert words in text
    assert all(bool(verdict.advice) is (status == "failure") for verdict in verdicts)


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
