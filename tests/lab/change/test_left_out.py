"""One switch that does not answer keeps nobody else back, and what was taken back already is not taken back again."""

import pytest

from nornir_tasks.change import plan_inputs, plan_status
from nornir_tasks.change.plan import Plan, load, save
from nornir_tasks.core.errors import UsageError
from nornir_tasks.migration.execution import ChangeResult
from nornir_tasks.migration.gates import GateError
from nornir_tasks.migration.municipality_change import begin_undo
from nornir_tasks.migration.plan_proofs import PlanOptions
from nornir_tasks.migration.propose import Proposal, propose_stage, propose_take_back, propose_undo
from nornir_tasks.migration.undo import UndoError
from nornir_tasks.model import Stage
from tests.support.loppa_in_lab import Loppa

SILENT, OTHER = "loppa-acc-06", "loppa-acc-05"
WITHOUT = PlanOptions(leave_out=(SILENT,))


def apply(loppa: Loppa, proposal: Proposal) -> tuple[Plan, ChangeResult]:
    """Save, sign and apply a proposal."""
    save(loppa.context, proposal.plan)
    plan_inputs.save_inputs(loppa.context)
    return proposal.plan, loppa.run(loppa.start(loppa.approve(proposal.plan)))


def test_a_silent_switch_is_named_with_the_word_that_leaves_it_out(loppa: Loppa) -> None:
    """Without the word there is no plan; with one that is no switch of it there is none either."""
    loppa.to_connected()
    loppa.fault(SILENT, "unreachable")
    with pytest.raises(
        GateError, match=rf"no answer from {SILENT}.*--leave-out {SILENT} \(playbook: -e leave_out={SILENT}\)"
    ):
        propose_stage(loppa.context, "loppa", Stage.HARMONISE)
    with pytest.raises(UsageError, match="leave out: found lopa-acc-06, expected some of loppa-core-01"):
        propose_stage(loppa.context, "loppa", Stage.HARMONISE, PlanOptions(leave_out=("lopa-acc-06",)))
    with pytest.raises(UsageError, match="leave out: found retire"):
        propose_stage(loppa.context, "loppa", Stage.RETIRE, WITHOUT)


def test_the_others_move_and_the_stage_waits(loppa: Loppa) -> None:
    """It is part of what is signed; nothing is written to it; the next stage is shut until it has followed."""
    before = loppa.lab.client.digests()
    plan, ended = apply(loppa, propose_stage(loppa.context, "loppa", Stage.HARMONISE, WITHOUT))
    assert ended.done
    assert ended.outcomes[SILENT] == "left out"
    assert SILENT not in {part.device for part in plan.devices}
    assert load(loppa.context, plan.id).left_out == (SILENT,)
    assert plan_status.status(loppa.context, plan) == "done"
    after = loppa.lab.client.digests()
    assert {name for name in before if before[name] == after[name] and name.startswith("loppa-")} == {SILENT}
    position = loppa.context.journal.position()
    assert (position.of("loppa"), position.of("loppa", OTHER)) == (Stage.CONNECT, Stage.HARMONISE)
    assert position.of("loppa", SILENT) == Stage.CONNECT
    verdicts = propose_stage(loppa.context, "loppa", Stage.PILOT, WITHOUT).verdicts
    assert "stage_before" in {verdict.rule.name for verdict in verdicts if not verdict.passed}


def test_the_others_go_back_without_it(loppa: Loppa) -> None:
    """A stage that waits for one is taken back as one that stopped is: whoever moved goes back, to the byte."""
    _, ended = apply(loppa, propose_undo(loppa.context, "loppa"))
    assert ended.done
    assert loppa.stage() == Stage.CONNECT
    plan, ended = apply(loppa, propose_stage(loppa.context, "loppa", Stage.HARMONISE, WITHOUT))
    assert ended.done
    assert plan_status.status(loppa.context, plan) == "done"


def test_a_later_plan_picks_it_up(loppa: Loppa) -> None:
    """Only it is written to, and then the municipality has moved."""
    loppa.fault(SILENT, "clear")
    plan = loppa.plan(Stage.HARMONISE)
    assert [part.device for part in plan.devices if part.changes] == [SILENT]
    assert loppa.run(loppa.start(loppa.approve(plan))).done
    assert loppa.stage() == Stage.HARMONISE


def test_going_back_without_a_switch_that_has_died_leaves_the_stage_where_it_is(loppa: Loppa) -> None:
    """Until it answers, and goes back as well."""
    loppa.fault(SILENT, "unreachable")
    with pytest.raises(UndoError, match=f"{SILENT}: no answer"):
        propose_undo(loppa.context, "loppa")
    _, ended = apply(loppa, propose_undo(loppa.context, "loppa", WITHOUT))
    assert ended.done
    position = loppa.context.journal.position()
    assert (position.of("loppa"), position.of("loppa", OTHER)) == (Stage.HARMONISE, Stage.CONNECT)
    loppa.fault(SILENT, "clear")
    rest = propose_undo(loppa.context, "loppa")
    assert [part.device for part in rest.plan.devices if part.changes] == [SILENT]
    assert apply(loppa, rest)[1].done
    assert loppa.stage() == Stage.CONNECT


def test_what_was_taken_back_is_not_taken_back_again(loppa: Loppa) -> None:
    """By undo.yml, which names no plan, and then by the plan's name; and by undo.yml once more."""
    assert loppa.to(Stage.HARMONISE).done
    with loppa.context.journal.history() as history:
        name = next(reversed(history.municipality("loppa").plans))
    plan = load(loppa.context, name)
    assert loppa.undo().done  # as undo.yml does
    assert plan_status.status(loppa.context, plan) == "taken back"
    with pytest.raises(
        UndoError, match=r"it was taken back already, \d{4}.* UTC by tester, with plan .*stands at connect"
    ):
        propose_take_back(loppa.context, plan)
    with pytest.raises(UndoError, match=r"taken back to connect already.* by tester.*name it: -e stage=connect"):
        begin_undo(loppa.context, "loppa")
    with pytest.raises(UndoError, match=r"expected its last stage to be harmonise, .* actual: connect"):
        begin_undo(loppa.context, "loppa", stage=Stage.HARMONISE)
    assert loppa.stage() == Stage.CONNECT
