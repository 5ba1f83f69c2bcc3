"""Every health check: a table of what it is shown, and what it says."""

from typing import Any

import pytest

from nornir_tasks.config.view import look
from nornir_tasks.devices.collect import Collected
from nornir_tasks.health.check import Check, Seen
from nornir_tasks.health.runner import CHECKS
from nornir_tasks.model import Position, Stage
from tests.support import small_region as small

REGION = small.region()
CORE, ACCESS = "loppa-core-01", "loppa-acc-01"
PORT = "GigabitEthernet1/0/{}"
UP = {PORT.format(number): True for number in range(1, 7)}
SERVICES = {"10.10.1.10": True, "10.10.1.11": True, "10.10.1.12": True}
GATEWAYS = {"10.17.0.1": True, "10.17.16.1": True, "10.17.64.1": True}
SEEN_BY_CORE = {
    PORT.format(1): ("loppa-acc-01", "Gi1/0/6"),
    PORT.format(5): ("alta-leaf-01.vestfinnmark.example", "Ethernet1"),
}

CASES: list[tuple[str, str, Stage, dict[str, Any], str, str]] = [
    # check, device, stage, what was found (and reached), verdict, words
    ("reachable", ACCESS, Stage.LEGACY, {}, "passed", ""),
    (
        "reachable",
        ACCESS,
        Stage.LEGACY,
        {"error": "no connection"},
        "failure",
        "Expected an answer, actual: no connection",
    ),
    ("saved", ACCESS, Stage.LEGACY, {"running": "a\n", "startup": "a\n"}, "passed", ""),
    ("saved", ACCESS, Stage.LEGACY, {"running": "a\nb\n", "startup": "a\n"}, "failure", "actual: 1 lines differ"),
    ("uplinks", CORE, Stage.RETIRE, {"ports": UP}, "passed", ""),
    (
        "uplinks",
        CORE,
        Stage.RETIRE,
        {"ports": {**UP, PORT.format(5): False}},
        "failure",
        "alta-leaf-01 up, actual: down",
    ),
    # before CONNECT the routed uplinks are cables without a configuration
    ("uplinks", CORE, Stage.SURVEY, {"ports": {**UP, PORT.format(5): False, PORT.format(6): False}}, "passed", ""),
    ("uplinks", CORE, Stage.RETIRE, {"ports": {}}, "error", "could not read the device's answer"),
    ("cabling", CORE, Stage.RETIRE, {"neighbours": SEEN_BY_CORE}, "passed", ""),
    (
        "cabling",
        CORE,
        Stage.RETIRE,
        {"neighbours": {PORT.format(1): ("loppa-acc-02", "6")}},
        "failure",
        "Expected loppa-acc-01",
    ),
    ("cabling", CORE, Stage.SURVEY, {"neighbours": {}}, "skipped", "LLDP switched off"),
    ("gateways", CORE, Stage.RETIRE, {"reach": GATEWAYS}, "passed", ""),
    ("gateways", CORE, Stage.CONNECT, {"reach": {"10.17.0.1": True}}, "passed", ""),
    (
        "gateways",
        CORE,
        Stage.RETIRE,
        {"reach": {**GATEWAYS, "10.17.64.1": False}},
        "failure",
        "the gateway 10.17.64.1 up",
    ),
    ("gateways", ACCESS, Stage.RETIRE, {}, "skipped", "nobody's gateway"),
    ("services", ACCESS, Stage.CONNECT, {"reach": SERVICES}, "passed", ""),
    (
        "services",
        ACCESS,
        Stage.CONNECT,
        {"reach": {**SERVICES, "10.10.1.10": False}},
        "failure",
        "from 10.10.1.10, actual: none",
    ),
    ("services", ACCESS, Stage.SURVEY, {}, "skipped", "not connected"),
]


def seen(device: str, stage: Stage, found: dict[str, Any]) -> Seen:
    """What a check is shown."""
    position = Position({"loppa": stage})
    mine = REGION.devices[device]
    kept = {key: value for key, value in found.items() if key != "reach"}
    view = look(mine, position, REGION)
    return Seen(REGION, mine, position, view, Collected(device, **kept), found.get("reach", {}))


@pytest.mark.parametrize(("check", "device", "stage", "found", "verdict", "words"), CASES)
def test_check(check: str, device: str, stage: Stage, found: dict[str, Any], verdict: str, words: str) -> None:
    """The verdict and its words; advice where there is something to do."""
    one = next(candidate for candidate in CHECKS if candidate.name == check)
    result = one.run(seen(device, stage, found))
    assert (result.verdict, result.device, result.check) == (verdict, device, check)
    assert words in result.words
    assert result.words
    assert bool(result.advice) is (verdict == "failure")


def test_every_check_has_its_rows() -> None:
    """A pass and a failure each, at the least."""
    shown = {(check, verdict) for check, _, _, _, verdict, _ in CASES}
    assert {(check.name, verdict) for check in CHECKS for verdict in ("passed", "failure")} <= shown


def test_a_check_without_its_declarations_cannot_be_written() -> None:
    """The error says which are missing."""
    with pytest.raises(TypeError, match="check Nameless: expected it to declare name, advice"):

        class Nameless(Check):
            category = "device"
            description = "something"

            def wrong(self, seen: Seen) -> list[str]:
                return []
