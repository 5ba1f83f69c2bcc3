"""Every health check: a table of what it is shown, and what it says."""

import re
from dataclasses import replace
from typing import Any

import pytest

from nornir_tasks.config.view import build_view
from nornir_tasks.core.verdict import format_failures
from nornir_tasks.health.check import RUNBOOKS, Check, Observation, list_required_facts, load_checks
from nornir_tasks.health.facts import NEIGHBOURS, PORTS, RUNNING, STARTUP, Fact, Reading
from nornir_tasks.health.routing import GATEWAY_PINGS, SERVICE_PINGS
from nornir_tasks.model import Position, Stage
from nornir_tasks.platforms.common.login_fault import LoginFault
from tests.support import small_region as small

REGION = small.region()
CHECKS = load_checks()
CORE, ACCESS = "loppa-core-01", "loppa-acc-01"
PORT = "GigabitEthernet1/0/{}"
UP = {PORT.format(number): True for number in range(1, 7)}
SERVICES = {"10.10.1.10": True, "10.10.1.11": True, "10.10.1.12": True}
GATEWAYS = {"10.17.0.1": True, "10.17.16.1": True, "10.17.64.1": True, "10.17.92.1": True}
SEEN_BY_CORE = {
    PORT.format(1): ("loppa-acc-01", "Gi1/0/6"),
    PORT.format(5): ("alta-leaf-01.vestfinnmark.example", "Ethernet1"),
}

LOGIN = Fact("the login", lambda session, target: None)  # its value in a row: why there was none
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


def test_every_check_has_its_rows() -> None:
    """A pass and a failure each, at the least."""
    shown = {(check, status) for check, _, _, _, status, _ in CASES}
    assert {(check.name, status) for check in CHECKS for status in ("passed", "failure")} <= shown


def test_the_checks_of_the_package_and_what_they_read() -> None:
    """In the order in which people read them; each fact is read once."""
    assert [check.name for check in CHECKS] == ["reachable", "saved", "uplinks", "cabling", "gateways", "services"]
    assert list_required_facts(CHECKS) == (RUNNING, STARTUP, PORTS, NEIGHBOURS, GATEWAY_PINGS, SERVICE_PINGS)


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
