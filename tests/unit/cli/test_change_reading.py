"""What is told of a plan whose municipality has left the inventory since."""

from dataclasses import replace
from pathlib import Path

import pytest

from nornir_tasks.cli.change_reading import ask_gates_now
from nornir_tasks.devices.context import Context, open_context
from tests.support import small_region as small
from tests.support.scripted_switch import planned


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """An empty state directory."""
    return open_context(small.region(), reason="test", who="tester", where=tmp_path)


@pytest.mark.parametrize("gone", ["its switches", "itself"])
def test_gates_of_a_municipality_that_is_gone(context: Context, gone: str) -> None:
    """As they were: nobody can apply the plan any more, and a status that was asked for is told all the same."""
    plan = planned(context)
    assert [verdict.rule.name for verdict in ask_gates_now(context, plan, "stopped", {})] != []
    part = {"devices": {}} if gone == "its switches" else {"devices": {}, "municipalities": {}}
    later = replace(context, region=context.region.model_copy(update=part))
    later.__dict__.pop("digests", None)
    assert ask_gates_now(later, plan, "stopped", {}) == plan.gates
