"""What became of a plan as one HTML page that loads nothing from anywhere: to hand over, on a screen or on paper."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from nornir_tasks.change.attempts import PlanState
from nornir_tasks.change.summary import describe_plan, format_time
from nornir_tasks.core.templating import render_page
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.context import Context
from nornir_tasks.migration.next_step import NextStep
from nornir_tasks.reports.state_text import (
    FATES,
    SETTLED,
    describe_attempt,
    describe_status,
    format_moment,
    group_later,
)

GOOD = ("done", "taken back")  # states of a plan that leave nothing to worry about
ALERTS = ("gone back", "refused", "failed", "unknown")  # states of a switch that somebody has to see


def make_page(
    context: Context,
    state: PlanState,
    approvals: Mapping[str, str],
    steps: Sequence[NextStep],
    verdicts: Sequence[Verdict],
    checkpoint: str,
) -> str:
    """The page to hand over, as HTML.

    Args:
        context: whose region and journal are asked.
        state: of the plan.
        approvals: who approves it, and why.
        steps: what may be done next.
        verdicts: of its gates, as they are now.
        checkpoint: the journal's last one.
    """
    plan = state.plan
    with context.journal.history() as history:
        numbers = list(history.plan(plan.id).approvals)
    signed = {entry.who: format_moment(entry.at) for entry in context.journal.numbered(numbers).values()}
    return render_page(
        "state.html.j2",
        f"the state of plan {plan.id}",
        plan=plan,
        title=describe_plan(plan, context.region),
        label=context.region.municipalities[plan.municipality].label,
        state=state,
        status=describe_status(state),
        good=state.status in GOOD,
        alerts=ALERTS,
        settled=SETTLED,
        fate=FATES.get(state.fate or "", "") if state.status == "begun" else "",
        made=format_time(plan.made),
        now=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        attempts=[describe_attempt(attempt) for attempt in state.attempts],
        messages=list(dict.fromkeys(message for attempt in state.attempts[-1:] for message in attempt.messages)),
        rows=[(each, format_moment(each.since)) for each in state.devices],
        later=group_later(state),
        left=[each.device for each in state.devices if each.state not in ("done", "left out")],
        approvals=[(who, signed.get(who, ""), why) for who, why in approvals.items()],
        verdicts=verdicts,
        steps=steps,
        checkpoint=checkpoint,
    )
