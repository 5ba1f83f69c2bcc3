"""A plan that what it rests on has left behind: refused, with the difference."""

import gzip
import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from nornir_tasks.change import plan_inputs
from nornir_tasks.change.plan import PlanError
from nornir_tasks.devices import context as context_module
from nornir_tasks.devices.context import CHECKOUT, Context, open_context
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
    plan_inputs.save_inputs(context)
    plan_inputs.require_fresh(context, planned(context))


def test_what_every_switch_inherits_is_told_once(context: Context) -> None:
    """The value, as it was and as it is, and on how many switches."""
    plan = planned(context)
    plan_inputs.save_inputs(context)
    with pytest.raises(PlanError) as refused:
        plan_inputs.require_fresh(moved(context, changed(context.region, banner="Go away.")), plan)
    words = " ".join(str(refused.value).split())
    assert "the inventory changed since it was made" in words
    assert re.search(r'banner: was ".*, is "Go away\." \(on 5 switches\)', words)
    assert "Nothing was written" in words


def test_one_switch_is_named(context: Context) -> None:
    """Where it is one alone."""
    plan = planned(context)
    plan_inputs.save_inputs(context)
    devices = dict(context.region.devices)
    devices["loppa-acc-01"] = devices["loppa-acc-01"].model_copy(update={"model": "OTHER"})
    lines = plan_inputs.find_differences(moved(context, context.region.model_copy(update={"devices": devices})), plan)
    assert lines == ['loppa-acc-01: model: was "SMALL", is "OTHER"']


@pytest.fixture
def checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the product and its templates, which plans rest on instead."""
    root = tmp_path / "checkout"
    for name in ("nornir_tasks", "templates"):
        shutil.copytree(CHECKOUT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    read = partial(context_module.digest_plan_files, root)
    monkeypatch.setattr(context_module, "digest_plan_files", read)
    monkeypatch.setattr(plan_inputs, "digest_plan_files", read)
    return root


def test_templates_are_named(context: Context, checkout: Path) -> None:
    """A template that was edited, one that came, one that went."""
    plan = replace(planned(context), digests=context.digests)
    plan_inputs.save_inputs(context)
    (checkout / "templates/ios/access.j2").write_text("two\n")
    (checkout / "templates/ios/core.j2").unlink()
    (checkout / "templates/ios/leaf.j2").write_text("new\n")
    with pytest.raises(PlanError, match="the templates changed since it was made"):
        plan_inputs.require_fresh(moved(context, context.region), plan)
    assert plan_inputs.find_differences(context, plan) == [
        "templates/ios/access.j2: changed",
        "templates/ios/core.j2: removed",
        "templates/ios/leaf.j2: added",
    ]


@pytest.mark.parametrize(
    "file",
    [
        "nornir_tasks/config/render.py",
        "nornir_tasks/change/confirm.py",
        "nornir_tasks/platforms/eos/transcript.py",  # imported by a platform, which is imported by its name in a table
        "nornir_tasks/devices/connection.py",  # imported inside a function
    ],
)
def test_code_that_writes_is_named(context: Context, checkout: Path, file: str) -> None:
    """A plan rests on what renders and applies it."""
    plan = replace(planned(context), digests=context.digests)
    plan_inputs.save_inputs(context)
    with (checkout / file).open("a") as source:
        source.write("# mended\n")
    with pytest.raises(PlanError, match=rf"the code changed since it was made(.|\n)*{re.escape(file)}: changed"):
        plan_inputs.require_fresh(moved(context, context.region), plan)


@pytest.mark.parametrize(
    "file",
    [
        "nornir_tasks/reports/topology.py",
        "nornir_tasks/cli/change.py",
        "nornir_tasks/netbox/export.py",
        "templates/reports/plan.html.j2",
        "templates/reports/topology.svg.j2",
    ],
)
def test_what_does_not_concern_a_plan_leaves_it_fresh(context: Context, checkout: Path, file: str) -> None:
    """A drawing, a report or a door may be mended between the signature and the night."""
    plan = replace(planned(context), digests=context.digests)
    plan_inputs.save_inputs(context)
    with (checkout / file).open("a") as source:
        source.write("# mended\n")
    plan_inputs.require_fresh(moved(context, context.region), plan)
    assert plan_inputs.find_differences(context, plan) == []


def test_another_state_directory_says_so(context: Context) -> None:
    """A plan that was made elsewhere is refused all the same."""
    plan = replace(planned(context), digests={**context.digests, "code": "another"})
    with pytest.raises(PlanError, match=r"the code changed since it was made(.|\n)*is not kept in this state"):
        plan_inputs.require_fresh(context, plan)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"junk",
        gzip.compress(b"[]"),
        gzip.compress(b"{}"),
        gzip.compress(bytes(1024)),
        gzip.compress(b"[" * 200_000),
    ],
    ids=["empty", "junk", "a list", "nothing in it", "no JSON", "deep"],
)
def test_inputs_that_were_damaged_tell_nothing(context: Context, content: bytes) -> None:
    """The plan is refused all the same, and no traceback is told."""
    plan = planned(context)
    plan_inputs.save_inputs(context)
    file = next((context.where / "bases").iterdir())
    file.write_bytes(content)
    with pytest.raises(PlanError, match=r"or was changed there"):
        plan_inputs.require_fresh(moved(context, changed(context.region, banner="Go away.")), plan)


def test_inputs_that_were_edited_are_not_believed(context: Context) -> None:
    """A difference that somebody wrote in, or took out, is not told as one."""
    plan = planned(context)
    plan_inputs.save_inputs(context)
    file = next((context.where / "bases").iterdir())
    inputs = json.loads(gzip.decompress(file.read_bytes()))
    for what, edited in (
        ("inventory", inputs["inventory"].replace("SMALL", "EDITED")),
        ("code", {**inputs["code"], "nornir_tasks/config/render.py": "0" * 64}),
    ):
        file.write_bytes(gzip.compress(json.dumps({**inputs, what: edited}).encode()))
        later = moved(context, changed(context.region, banner="Go away."))
        assert plan_inputs.find_differences(later, plan) == [
            "(what it was made from is not kept in this state directory, or was changed there)"
        ]


def test_expired(context: Context) -> None:
    """Nobody remembers what they read so long ago."""
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="seconds")
    with pytest.raises(PlanError, match=r"expired; it was made .* expected to be applied before"):
        plan_inputs.require_fresh(context, replace(planned(context), expires=past))


def test_made_in_days_to_come(context: Context) -> None:
    """A clock that went back would keep it from ever growing old; a few minutes are two control nodes."""
    for minutes, words in ((4, ""), (6, "which is still to come by this control node's clock")):
        made = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(timespec="seconds")
        plan = replace(planned(context), made=made)
        if words:
            with pytest.raises(PlanError, match=words):
                plan_inputs.require_fresh(context, plan)
        else:
            plan_inputs.require_fresh(context, plan)
