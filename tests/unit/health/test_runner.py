"""The health checks on a switch: one login for all facts, and a check from outside of the package."""

from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.devices.context import Context
from nornir_tasks.health import check as registry
from nornir_tasks.health.check import Check, Observation, find_norwegian
from nornir_tasks.health.facts import Fact
from nornir_tasks.health.runner import check_health
from nornir_tasks.platforms.common.base import PlatformError
from tests.support import small_region as small
from tests.support.scripted_switch import NAME, Switch, SwitchReads, impatient

REGION = small.region()
DEVICE = REGION.devices[NAME]


class Counting(Switch):
    """A switch that notes what it is asked, and may have learnt too few addresses."""

    def startup(self) -> str:
        self._do("startup")
        return super().startup()

    def ping(self, address: str) -> bool:
        self._do(f"ping {address}")
        return super().ping(address)

    def mac_table(self) -> list[tuple[str, int, str]]:
        self._do("mac_table")
        return [("00:00:5e:00:53:01", 100, "GigabitEthernet1/0/1")]


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """An errand, and a registry that a test may add to."""
    registry.load_checks()
    monkeypatch.setattr(registry, "REGISTRY", dict(registry.REGISTRY))
    return impatient(monkeypatch, tmp_path)


def outside(tmp_path: Path, limit: int) -> type[Check]:
    """A check as somebody else would write it: one class and its runbooks, and a fact that no other check uses."""
    written = tmp_path / "crowded.md"
    norwegian = find_norwegian(written)
    norwegian.parent.mkdir()
    for runbook in (written, norwegian):
        runbook.write_text("# crowded\n\nSee which hosts are new.\n")
    addresses = Fact("the table of addresses", lambda session, target: session.mac_table())

    class Crowded(Check):
        """The switch has not learnt more addresses than it may."""

        name = "crowded"
        category = "clients"
        description = "the switch has learnt no more addresses than it may"
        advice = "See which hosts are new."
        facts = (addresses,)
        runbook = written

        def find_mismatches(self, observation: Observation) -> list[Mismatch]:
            """Whether there are too many."""
            count = len(observation.value(addresses))
            return [Mismatch(f"at most {limit} addresses", str(count))] if count > limit else []

    return Crowded


def test_what_all_checks_need_is_read_in_one_login(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fact once."""
    switch = Counting()
    reader = SwitchReads(switch)
    check_health(REGION, [DEVICE], context=context, reader=reader)
    assert switch.calls == ["login", "running", "startup", "ports", "neighbours", "close"]


@pytest.mark.parametrize(("limit", "status", "text"), [(1, "passed", ""), (0, "failure", "at most 0 addresses")])
def test_a_check_from_outside(
    context: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: int, status: str, text: str
) -> None:
    """It is asked with the others, and its fact is read in the same login; its verdict is dated."""
    outside(tmp_path, limit)
    switch = Counting()
    reader = SwitchReads(switch)
    verdicts = check_health(REGION, [DEVICE], context=context, reader=reader).verdicts
    assert switch.calls == ["login", "running", "startup", "ports", "neighbours", "mac_table", "close"]
    assert [verdict.rule.name for verdict in verdicts][-1] == "crowded"
    assert verdicts[-1].status == status
    assert text in verdicts[-1].text
    assert verdicts[-1].seen is not None


def test_only_the_chosen_checks_are_asked_and_read_for(
    context: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing is read that none of them needs."""
    switch = Counting()
    reader = SwitchReads(switch)
    (verdict,) = check_health(
        REGION, [DEVICE], context=context, checks=[outside(tmp_path, 1)()], reader=reader
    ).verdicts
    assert (verdict.subject, verdict.status) == (NAME, "passed")
    assert switch.calls == ["login", "mac_table", "close"]


def refuse_to_tell(switch: Any) -> None:
    """Some fault of the device's."""
    raise PlatformError("% Invalid input")


def fall_over(switch: Any) -> None:
    """Some mistake of a check's own."""
    raise ZeroDivisionError("by zero")


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (refuse_to_tell, "the table of addresses could not be read: % Invalid input"),
        (fall_over, "the table of addresses could not be read: the tool itself failed: ZeroDivisionError: by zero"),
    ],
)
def test_a_fact_that_cannot_be_had(
    context: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trouble: Any, words: str
) -> None:
    """Its check says so; the others go on."""
    outside(tmp_path, 1)
    reader = SwitchReads(Counting(trouble={"mac_table": trouble}))
    by_check = {
        verdict.rule.name: verdict
        for verdict in check_health(REGION, [DEVICE], context=context, reader=reader).verdicts
    }
    assert (by_check["crowded"].status, by_check["crowded"].text) == ("error", words)
    assert by_check["crowded"].advice
    assert (by_check["reachable"].status, by_check["saved"].status) == ("passed", "passed")


def test_a_check_that_fails_itself(context: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The others go on."""
    broken = outside(tmp_path, 1)
    monkeypatch.setattr(broken, "find_mismatches", lambda self, seen: fall_over(seen))
    reader = SwitchReads(Counting())
    by_check = {
        verdict.rule.name: verdict
        for verdict in check_health(REGION, [DEVICE], context=context, reader=reader).verdicts
    }
    assert by_check["crowded"].text == "the tool itself failed: ZeroDivisionError: by zero"
    assert by_check["saved"].status == "passed"


def test_a_switch_that_does_not_answer(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """One failure with the reason; what needs an answer is skipped."""
    reader = SwitchReads(Counting(trouble={"login": refuse_to_tell}))
    verdicts = check_health(REGION, [DEVICE], context=context, reader=reader).verdicts
    assert [(verdict.rule.name, str(verdict.status)) for verdict in verdicts if verdict.status != "skipped"] == [
        ("reachable", "failure")
    ]
    assert verdicts[0].text == "Expected an answer, actual: % Invalid input"
    assert {verdict.text for verdict in verdicts[1:]} == {"the switch does not answer"}
