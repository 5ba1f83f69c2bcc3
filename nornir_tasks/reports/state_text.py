"""What became of a plan, on a terminal of 80 columns, and the same for a program."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nornir_tasks.change.attempts import Attempt, PlanState
from nornir_tasks.change.plan import Plan
from nornir_tasks.change.summary import describe_plan, format_time
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.terminal import make_table
from nornir_tasks.migration.next_step import NextStep
from nornir_tasks.model import Region

LABEL = 12  # columns
FATES = {
    "alive": "the process that began it is alive",
    "dead": "the process that began it is dead, and nobody wrote down how it ended",
    "unknown": "whether the process that began it is alive cannot be known from here",
}
SETTLED = ("done", "not begun")  # states that need no word of explanation


def show_state(
    screen: Console, region: Region, state: PlanState, approvals: Mapping[str, str], steps: Sequence[NextStep]
) -> None:
    """Print what became of a plan: the whole in a few lines, each attempt, each switch, why, and what to type next.

    Args:
        screen: what it is written to.
        region: as the inventory has it.
        state: of the plan.
        approvals: who approves it, and why.
        steps: what may be done next.
    """
    plan = state.plan
    _print(screen, f"{describe_plan(plan, region)}: {describe_status(state)}", "bold")
    screen.print()
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", width=LABEL, no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in _make_head(state, approvals):
        grid.add_row(label, make_safe(text))
    screen.print(grid)
    screen.print()
    screen.print(make_table(("WAVE", "SWITCH", "STATE", "SINCE (UTC)", "SEC", "BY"), list_rows(state)))
    told = [(each.device, each.why) for each in state.devices if each.why and each.state not in SETTLED]
    if told:
        screen.print()
        _print(screen, "Why", "bold")
        for device, why in told:
            _print(screen, f"{device}: {why}")
    for later, names in group_later(state).items():
        screen.print()
        _print(screen, f"Since then {later} was at {', '.join(names)}.")
    screen.print()
    if not any(not step.optional for step in steps):
        _print(screen, "Nothing remains to be done.")
    for step in steps:
        _print(screen, f"{'Or' if step.optional else 'Next'}, {step.why}:" if step.command else f"Next: {step.why}")
        if step.command:  # never broken, so that it can be copied
            screen.print(Text(f"  {make_safe(step.command)}", style="bold"), soft_wrap=True)


def group_later(state: PlanState) -> dict[str, list[str]]:
    """The plans that were at devices of this one since, and those devices."""
    names: dict[str, list[str]] = {}
    for each in state.devices:
        if each.later:
            names.setdefault(each.later, []).append(each.device)
    return names


def list_rows(state: PlanState) -> list[tuple[str, ...]]:
    """A row of texts for each switch of a plan: wave, switch, state, since when, seconds, by whom."""
    return [
        (
            make_safe(each.wave),
            make_safe(each.device),
            each.state,
            format_moment(each.since),
            f"{each.seconds:.0f}" if each.seconds is not None else "",
            make_safe(each.who),
        )
        for each in state.devices
    ]


def state_as_dict(
    region: Region, state: PlanState, approvals: Mapping[str, str], steps: Sequence[NextStep]
) -> dict[str, Any]:
    """The same for a program; times are ISO 8601 in UTC.

    Args:
        region: as the inventory has it.
        state: of the plan.
        approvals: who approves it, and why.
        steps: what may be done next.
    """
    plan = state.plan
    return {
        "plan": plan.id,
        "what": describe_plan(plan, region),
        "municipality": plan.municipality,
        "kind": plan.kind,
        "status": state.status,
        "ticket": plan.ticket,
        "reason": plan.reason,
        "made": plan.made,
        "made_by": plan.who,
        "approved_by": dict(approvals),
        "left_out": list(plan.left_out),
        "process": state.fate,
        "taken_back": state.taken_back,
        "attempts": [
            {**_plain(asdict(attempt)), "seconds": attempt.seconds, "counts": attempt.counts}
            for attempt in state.attempts
        ],
        "devices": [_plain(asdict(each)) for each in state.devices],
        "next": [asdict(step) for step in steps],
    }


def describe_status(state: PlanState) -> str:
    """A plan's status; of one that was begun, whether anybody is still at it."""
    more = {"alive": ", and under way", "dead": ", and its process is dead"}
    return state.status + (more.get(state.fate or "", "") if state.status == "begun" else "")


def describe_attempt(attempt: Attempt) -> str:
    """``2026-11-24 21:00 UTC by ola: stopped after 12 min 4 s: 3 done, 1 gone back``."""
    how = attempt.how
    if attempt.seconds is not None:
        how += f" after {format_seconds(attempt.seconds)}"
    elif attempt.how == "unknown":
        how = "nobody wrote down how it ended"
    process = f" (process {attempt.process})" if attempt.process else ""
    return f"{format_moment(attempt.began)} UTC by {attempt.who}{process}: {how}: {attempt.counts or 'no switch begun'}"


def format_moment(at: datetime | None) -> str:
    """A time of the journal, which is UTC, for people."""
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def format_seconds(seconds: float) -> str:
    """``12 min 4 s``, ``3 h 5 min``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _make_head(state: PlanState, approvals: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    plan: Plan = state.plan
    yield "plan", f"{plan.id}, made {format_time(plan.made)} by {plan.who}"
    yield "reason", plan.reason + (f" (ticket {plan.ticket})" if plan.ticket else "")
    yield "approved by", "; ".join(f"{who}: {why}" for who, why in approvals.items()) or "nobody"
    if not state.attempts:
        yield "applied", "never begun"
    for number, attempt in enumerate(state.attempts, 1):
        yield "applied" if len(state.attempts) == 1 else f"attempt {number}", describe_attempt(attempt)
    if state.status == "begun" and state.fate:
        yield "process", FATES[state.fate]
    if state.taken_back:
        yield "taken back", state.taken_back
    yield "switches", state.counts


def _print(screen: Console, text: str, style: str = "") -> None:
    screen.print(Text(make_safe(text), style=style))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}
