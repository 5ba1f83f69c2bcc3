"""What is to be done first, for each way in which each check can fail."""

from dataclasses import replace
from typing import Any

import pytest

from nornir_tasks.health.facts import (
    NEIGHBOURS,
    PORTS,
    RUNNING,
    SPANNING_TREES,
    STARTUP,
    TIME,
    Fact,
)
from nornir_tasks.health.port_faults import name_port
from nornir_tasks.health.routing import GATEWAY_PINGS, ROUTES, SERVICE_PINGS
from nornir_tasks.model import Stage
from nornir_tasks.platforms.common.health_state import (
    PartState,
    PortCondition,
    PortHealth,
    PowerBudget,
    Temperature,
)
from nornir_tasks.platforms.common.login_fault import LoginFault
from tests.support.seen_switch import (
    ACCESS,
    AT_CORE,
    CHECKS,
    CLOSED,
    CORE,
    DARK,
    IN_STEP,
    LEAVES,
    LIT,
    LOGIN,
    LOW,
    OUT_OF_STEP,
    PORT,
    SCHOOL_SILENT,
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


@pytest.mark.parametrize(
    ("fault", "advice", "others"),
    [
        (LoginFault.NO_ANSWER, "has power", "the switch does not answer"),
        (LoginFault.CLOSED, "has power", "the switch does not answer"),
        (LoginFault.HANGS, "Ask whether people there can work", "the switch does not answer"),
        (LoginFault.BROKEN, "try once more", "the switch does not answer"),
        (LoginFault.WRONG_PASSWORD, "nobody has to go", "the switch does not let us in"),
        (LoginFault.OTHER_KEY, "Type no password there", "the switch does not let us in"),
        (LoginFault.UNKNOWN_KEY, "scripts/trust.py", "the switch does not let us in"),
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


@pytest.mark.parametrize(("name", "words"), [("26", "port 26"), ("1-4, 7", "port 1-4, 7"), ("Ethernet3", "Ethernet3")])
def test_a_port_is_called_as_people_call_it(name: str, words: str) -> None:
    """A ProCurve's has a number for a name, which alone is none to a reader."""
    assert name_port(name) == words
