"""A plan that what it rests on has left behind: refused, with the difference."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nornir_tasks.change import plan_inputs
from nornir_tasks.change.plan import PlanError
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.model import Region
from tests.support import small_region as small
from tests.support.scripted_switch import planned


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """An empty state directory, and the small region."""
    return open_context(small.region(), reason="test", who="tester", where=tmp_path)


def moved(context: Context, region: Region) -> Context:
    """The same errand in a region that has moved on."""
    made = replace(context, region=region)
    made.__dict__.pop("digests", None)
    return made


def changed(region: Region, **standard: object) -> Region:
    """Another standard for every switch."""
    devices = {
        name: device.model_copy(update={"standard": device.standard.model_copy(update=standard)})
        for name, device in region.devices.items()
    }
    return region.model_copy(update={"devices": devices})


def test_fresh(context: Context) -> None:
    """Nothing has moved: nothing is said."""
    plan_inputs.keep(context)
    plan_inputs.require_fresh(context, planned(context))


def test_what_every_switch_inherits_is_told_once(context: Context) -> None:
    """The value, as it was and as it is, and on how many switches."""
    plan = planned(context)
    plan_inputs.keep(context)
    with pytest.raises(PlanError) as refused:
        plan_inputs.require_fresh(moved(context, changed(context.region, banner="Go away.")), plan)
    words = " ".join(str(refused.value).split())
    assert "the inventory changed since it was made" in words
    assert re.search(r'banner: was ".*, is "Go away\." \(on 5 switches\)', words)
    assert "Nothing was written" in words


def test_one_switch_is_named(context: Context) -> None:
    """Where it is one alone."""
    plan = planned(context)
    plan_inputs.keep(context)
    devices = dict(context.region.devices)
    devices["loppa-acc-01"] = devices["loppa-acc-01"].model_copy(update={"model": "OTHER"})
    lines = plan_inputs.differences(moved(context, context.region.model_copy(update={"devices": devices})), plan)
    assert lines == ['loppa-acc-01: model: was "SMALL", is "OTHER"']


def test_files_are_named(context: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A template that was edited, one that came, one that went."""
    root = tmp_path / "checkout"
    for name in ("templates/ios/access.j2", "templates/ios/core.j2"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("one\n")
    monkeypatch.setattr(plan_inputs, "PACKAGE", root / "nornir_tasks")
    monkeypatch.setattr(plan_inputs, "TREES", {"templates": (root / "templates", "*.j2")})
    plan = planned(context)
    plan_inputs.keep(context)
    (root / "templates/ios/access.j2").write_text("two\n")
    (root / "templates/ios/core.j2").unlink()
    (root / "templates/ios/leaf.j2").write_text("new\n")
    assert plan_inputs.differences(context, plan) == [
        "templates/ios/access.j2: changed",
        "templates/ios/core.j2: removed",
        "templates/ios/leaf.j2: added",
    ]


def test_another_state_directory_says_so(context: Context) -> None:
    """A plan that was made elsewhere is refused all the same."""
    plan = replace(planned(context), digests={**context.digests, "code": "another"})
    with pytest.raises(PlanError, match=r"the code changed since it was made(.|\n)*is not kept in this state"):
        plan_inputs.require_fresh(context, plan)


def test_expired(context: Context) -> None:
    """Nobody remembers what they read so long ago."""
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="seconds")
    with pytest.raises(PlanError, match=r"expired; it was made .* expected to be applied before"):
        plan_inputs.require_fresh(context, replace(planned(context), expires=past))
