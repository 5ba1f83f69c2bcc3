"""A device that cannot go back on its own: refused, unless the plan says what is done instead."""

from dataclasses import replace
from pathlib import Path

import pytest

from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.migration import propose
from nornir_tasks.migration.propose import PlanOptions, ProposeError, propose_harmonise
from nornir_tasks.model import Stage
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import Safety
from nornir_tasks.reachability.lockout_proof import WAY_IN
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
