"""A device that cannot go back on its own: refused, unless the plan says what is done instead."""

import shlex
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from nornir_tasks.change.plan import load, save
from nornir_tasks.change.summary import as_dict, summarise
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.migration import propose
from nornir_tasks.migration.plan_proofs import PlanOptions, ProposeError
from nornir_tasks.migration.propose import propose_harmonise
from nornir_tasks.model import Device, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import Safety
from nornir_tasks.reachability.lockout_proof import WAY_IN
from nornir_tasks.reachability.unknown_lines import UNKNOWN
from nornir_tasks.reports.plan_page import make_page
from nornir_tasks.reports.plan_text import show_signed
from nornir_tasks.targets import switch
from tests.support import small_region as small

LEAF = "alta-leaf-01"
INTENDED = "hostname x\n"
HELPLESS = Safety("nothing", checks_candidate=False, lost_on_revert="whoever hangs on it, until somebody comes")


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """The centre's leaves with one line too many, on a platform that keeps nothing to go back to."""
    made = open_context(small.region(), reason="test", who="tester", where=tmp_path)
    kind = platform("ios")

    def read(context: Context, order: object, *rest: object) -> dict[str, Collected]:
        names = [device.name for device in context.region.of("operations_centre")]
        return {name: Collected(name, running=INTENDED + "ip http server\n") for name in names}

    monkeypatch.setattr(propose, "read_devices", read)
    monkeypatch.setattr(switch, "render", lambda *given: INTENDED)
    monkeypatch.setattr(switch, "find_lockouts", lambda *given: ())
    monkeypatch.setattr(type(kind), "safety", HELPLESS)
    return made


def test_nothing_said_is_refused(context: Context) -> None:
    """By name, with what would be lost, and what to type."""
    with pytest.raises(ProposeError) as refused:
        propose_harmonise(context, "operations_centre")
    assert f"{LEAF}: it cannot go back on its own (whoever hangs on it" in str(refused.value)
    assert f"--instead {LEAF}='" in str(refused.value)


def test_what_is_done_instead_is_part_of_the_plan(context: Context) -> None:
    """And so of what is approved."""
    options = PlanOptions(instead={LEAF: "Kari sits at its console", "hammerfest-leaf-01": "so does Ola"})
    plan = propose_harmonise(context, "operations_centre", options=options).plan
    assert {part.device: part.instead for part in plan.devices} == options.instead
    other = replace(plan, devices=(replace(plan.devices[0], instead="nobody is there"), *plan.devices[1:]))
    assert other.digest != plan.digest
    assert plan.before == plan.stage == Stage.LEGACY


def test_who_would_be_locked_out_is_named_before_anything_is_saved(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All devices, all reasons, at once."""
    monkeypatch.setattr(
        switch, "find_lockouts", lambda device, *rest: (WAY_IN.failed(device.name, f"SSH on {device.name}", "off"),)
    )
    options = PlanOptions(instead=dict.fromkeys((LEAF, "hammerfest-leaf-01"), "console"))
    with pytest.raises(ProposeError) as refused:
        propose_harmonise(context, "operations_centre", options=options)
    assert "2 reasons why this would lock us out; nothing was written" in str(refused.value)
    assert "hammerfest-leaf-01: Expected SSH on hammerfest-leaf-01" in str(refused.value)
    assert not (context.where / "plans").exists()


LINE = "+ interface Ethernet25 / storm-control 'all'"
CONSOLES = dict.fromkeys((LEAF, "hammerfest-leaf-01"), "console")


def _call_unknown(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Of these switches the proof does not know a line."""

    def find(device: Device, *rest: object) -> tuple[Verdict, ...]:
        return (UNKNOWN.failed(device.name, "only known lines", LINE),) if device.name in names else ()

    monkeypatch.setattr(switch, "find_lockouts", find)


def test_an_unknown_line_is_refused_with_how_the_plan_lets_it_through(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option can be copied, whatever stands in the line."""
    _call_unknown(monkeypatch, LEAF)
    with pytest.raises(ProposeError) as refused:
        propose_harmonise(context, "operations_centre", options=PlanOptions(instead=CONSOLES))
    option = str(refused.value).splitlines()[-1].strip()
    assert shlex.split(option) == ["--accept-unknown", f"{LEAF}: {LINE}"]


def test_what_is_let_through_is_part_of_the_plan(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """And so of what is approved, of its file, and of what the proof is told when it is applied."""
    _call_unknown(monkeypatch, LEAF)
    options = PlanOptions(instead=CONSOLES, accepted={LEAF: (LINE,)})
    plan = propose_harmonise(context, "operations_centre", options=options).plan
    assert plan.of(LEAF).accepted == (LINE,)
    assert plan.of("hammerfest-leaf-01").accepted == ()
    other = replace(plan, devices=tuple(replace(part, accepted=()) for part in plan.devices))
    assert other.digest != plan.digest
    save(context, plan)
    assert load(context, plan.id).of(LEAF).accepted == (LINE,)
    summary = summarise(plan, context.region)
    assert summary.accepted == ((LEAF, LINE),)
    assert as_dict(summary)["accepted"] == [[LEAF, LINE]]
    assert "storm-control" in make_page(summary)
    screen = Console(file=StringIO(), width=100)
    show_signed(screen, summary)
    assert "the proof does not know it" in screen.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("accepted", [{LEAF: (f"{LINE} 1",)}, {"hammerfest-leaf-01": (LINE,)}])
def test_what_is_not_there_is_not_let_through(
    context: Context, monkeypatch: pytest.MonkeyPatch, accepted: dict[str, tuple[str, ...]]
) -> None:
    """It was meant for another line, or another switch: named, with what there is."""
    _call_unknown(monkeypatch, LEAF)
    with pytest.raises(ProposeError, match="--accept-unknown: found ") as refused:
        propose_harmonise(context, "operations_centre", options=PlanOptions(instead=CONSOLES, accepted=accepted))
    assert f"{LEAF}: {LINE}" in str(refused.value)


def test_a_lock_out_is_not_let_through(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by the words of its verdict either."""
    monkeypatch.setattr(switch, "find_lockouts", lambda device, *rest: (WAY_IN.failed(device.name, "SSH", LINE),))
    with pytest.raises(ProposeError, match="expected a line that this plan changes"):
        propose_harmonise(context, "operations_centre", options=PlanOptions(instead=CONSOLES, accepted={LEAF: (LINE,)}))


def test_a_configuration_that_cannot_be_understood_is_its_switchs_alone(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named, with what it is, and how to plan the others without it."""

    def render(device: Device, *rest: object) -> str:
        if device.name == LEAF:
            raise PlatformError("vlan 20: 'tagged x': expected ports")
        return INTENDED

    monkeypatch.setattr(switch, "render", render)
    options = PlanOptions(instead={"hammerfest-leaf-01": "console"})
    with pytest.raises(ProposeError) as refused:
        propose_harmonise(context, "operations_centre", options=options)
    assert str(refused.value) == (
        "1 configuration cannot be understood; nothing was written.\n"
        f"  {LEAF}: vlan 20: 'tagged x': expected ports\n"
        f"The others may be planned without: --leave-out {LEAF}"
    )
    plan = propose_harmonise(context, "operations_centre", options=replace(options, leave_out=(LEAF,))).plan
    assert [part.device for part in plan.devices] == ["hammerfest-leaf-01"]
