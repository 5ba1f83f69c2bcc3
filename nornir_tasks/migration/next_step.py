"""What to type next for a plan, whatever became of it: whole commands, to be copied."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from nornir_tasks.change import plan_status
from nornir_tasks.change.attempts import PlanState
from nornir_tasks.change.plan import Plan, is_expired
from nornir_tasks.devices.context import Context
from nornir_tasks.journal import lock
from nornir_tasks.migration import gates
from nornir_tasks.migration.propose import ask_gates_again, gated_stage
from nornir_tasks.migration.stages import STAGES
from nornir_tasks.model import Stage

DOOR = "scripts/change.py"


@dataclass(frozen=True)
class NextStep:
    """A command, and when or why it is the one; without a command there is nothing to type yet."""

    command: str
    why: str
    optional: bool = False  # it may be done instead


def find_next_steps(context: Context, state: PlanState, approvals: Mapping[str, str]) -> list[NextStep]:
    """What to do next, and what may be done instead; empty where nothing remains.

    Args:
        context: whose journal is asked.
        state: as ``read_state`` made it.
        approvals: that count now, by name.
    """
    plan = state.plan
    holder = lock.holder_of(context.journal, plan.municipality)
    fate = lock.find_fate(holder) if holder else None
    if holder and fate == "alive" and state.status in ("begun", "stopped", "open"):
        whom = f"{holder.who} on {holder.host} (process {holder.pid}): {holder.reason}"
        return [NextStep(f"{DOOR} status {plan.id}", f"wait: a change of {plan.municipality} is under way by {whom}")]
    take_over = ""
    if holder:
        known = "is dead" if fate == "dead" else "does not run any more (look there first)"
        take_over = f" --take-over {shlex.quote(f'process {holder.pid} on {holder.host} {known}')}"
    match state.status:
        case "open":
            return _find_way_to_apply(context, plan, approvals, take_over)
        case "begun" | "stopped":
            return _find_way_on(context, state, take_over)
        case "done" if plan.left_out and plan.moves:
            again = NextStep(plan_again(plan), f"once {', '.join(plan.left_out)} answers: it has to follow")
            return [again, *_find_way_back(state)]
        case "done":
            return _find_way_back(state)
        case "stale":
            return [NextStep(plan_again(plan), "inventory, templates or code have moved since it was made")]
        case "expired":
            return [NextStep(plan_again(plan), "it is too old to be applied")]
        case "overtaken":
            others = ", ".join(plan_status.find_overtaken(context, plan))
            return [NextStep(plan_again(plan), f"another plan was at {others} since")]
    return [NextStep(plan_again(plan), f"if it is still wanted: this one is {state.status}")]


def plan_again(plan: Plan) -> str:
    """The command that makes a plan of the same anew, of what is left to do."""
    more = f" --reason {shlex.quote(plan.reason)}" + (f" --ticket {shlex.quote(plan.ticket)}" if plan.ticket else "")
    if plan.kind == "harmonise":
        names = ",".join(part.device for part in plan.devices)
        return f"{DOOR} plan --harmonise {shlex.quote(names)}{more}"
    if plan.kind == "stage":
        return f"{DOOR} plan {plan.municipality} {Stage(plan.stage).word}{more}"
    if plan.undoes:
        return f"{DOOR} undo {plan.undoes}{more}"
    stage, reason = gated_stage(plan).word, shlex.quote(f"reason='{plan.reason}'")
    return (
        f"scripts/run ansible-playbook playbooks/migrate/undo.yml -e municipality={plan.municipality} "
        f"-e stage={stage} -e {reason}"
    )


def _find_way_to_apply(context: Context, plan: Plan, approvals: Mapping[str, str], take_over: str) -> list[NextStep]:
    """To a plan that nobody has begun: signatures first, then the gates."""
    shut = [verdict for verdict in ask_gates_again(context, plan, approvals) if not verdict.passed]
    unsigned = [verdict for verdict in shut if verdict.rule.name in gates.SIGNED]
    others = [verdict.text_with_advice for verdict in shut if verdict.rule.name not in gates.SIGNED]
    if others:
        return [NextStep("", f"its gates are shut: {'; '.join(others)}")]
    if unsigned:
        return [NextStep(f"{DOOR} approve {plan.id}", f"{unsigned[0].text}; each approver on their own account")]
    return [NextStep(f"{DOOR} apply {plan.id}{take_over}", "its gates are open")]


def _find_way_on(context: Context, state: PlanState, take_over: str) -> list[NextStep]:
    """For a plan that stopped, or whose process is no more."""
    plan, unclear = state.plan, plan_status.find_unclear(context, state.plan)
    if unclear:
        words = f"it looks at {', '.join(unclear)} first"
    elif is_expired(plan) or plan.digests != context.digests:
        why = "is too old" if is_expired(plan) else "rests on an inventory, templates or code that have moved"
        return [NextStep(plan_again(plan), f"this plan {why}: a new one takes what is left"), *_find_way_back(state)]
    else:
        words = "what is done is not written again"
    bad = [each.device for each in state.devices if each.state in ("gone back", "refused", "failed")]
    first = f"once what is wrong at {', '.join(bad)} is put right; " if bad else ""
    return [NextStep(f"{DOOR} resume {plan.id}{take_over}", first + words), *_find_way_back(state)]


def _find_way_back(state: PlanState) -> list[NextStep]:
    """The way back of what a plan has done, if there is one."""
    plan = state.plan
    changed = [each for each in state.devices if each.state in ("done", "failed") and plan.of(each.device).changes]
    if plan.kind == "undo" or not (changed or plan.moves) or not STAGES[Stage(plan.stage)].undoable:
        return []
    reason = shlex.quote(f"take back: {plan.reason}")
    return [NextStep(f"{DOOR} undo {plan.id} --reason {reason}", "to take back what is done", optional=True)]
