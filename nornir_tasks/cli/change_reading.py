"""What ``scripts/change.py`` tells of plans: one as it will be written, what became of it, and all that are kept."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from nornir_tasks.change import approval, plan_status, summary
from nornir_tasks.change.attempts import read_state
from nornir_tasks.change.payload import written_lines
from nornir_tasks.change.plan import Plan, PlanError, list_names, load, require_agreement
from nornir_tasks.change.summary import PlanSummary
from nornir_tasks.cli import terminal
from nornir_tasks.cli.checkpoint import read_checkpoint, warn_of_tampering
from nornir_tasks.cli.options import Format, FormatOption
from nornir_tasks.core import atomic_write
from nornir_tasks.core.exit_codes import CLEAN, WRONG
from nornir_tasks.core.terminal import make_console
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.migration.municipality_change import find_signatures
from nornir_tasks.migration.next_step import find_next_steps
from nornir_tasks.migration.propose import ask_gates_again
from nornir_tasks.migration.stages import require_municipality
from nornir_tasks.model import Stage
from nornir_tasks.reports import plan_page, plan_text, state_page, state_text
from nornir_tasks.targets import find_target

Id = Annotated[str, typer.Argument(help="the plan's name, as `plan` and `list` print it", metavar="PLAN")]
Html = Annotated[Path | None, typer.Option("--html", help="write the plan as a page to this file", metavar="FILE")]
WAITING = ("open", "begun", "stopped")  # a plan that may still be applied


def show(
    plan_id: Id,
    lines: Annotated[str, typer.Option("--lines", metavar="SWITCH", help="number what is written to this one")] = "",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="every line of every diff")] = False,
    form: FormatOption = Format.TABLE,
    html: Html = None,
) -> None:
    """What a plan does: identical diffs once, the risk, the way back, and who is behind these switches."""

    def work() -> int:
        context = open_reading("show")
        saved = load(context, plan_id)
        if lines:
            part, target = saved.of(lines), find_target(context.region, lines)
            for number, line in enumerate(written_lines(part, target), 1):
                print(f"{number:5}  {line}")
            return CLEAN
        if form == Format.TABLE and (state := read_state(context, saved)).begun:
            given = find_approved(context, saved)
            steps = find_next_steps(context, state, given)
            state_text.show_state(make_console(), context.region, state, given, steps)
            terminal.say("\nWhat was planned:\n")
        return tell_plan(context, saved, form, html, verbose)

    terminal.run_guarded(work)


def status(
    plan_id: Id,
    page: Annotated[
        Path | None, typer.Option("--page", metavar="FILE", help="write it as a page to hand over to this file")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """What became of a plan: each attempt, each switch and why, and what to type next. Asks no switch."""

    def work() -> int:
        context = open_reading("status")
        saved = load(context, plan_id)
        given = find_approved(context, saved)
        state = read_state(context, saved)
        steps = find_next_steps(context, state, given)
        if page is not None:
            verdicts = ask_gates_now(context, saved, state.status, given)
            checkpoint = read_checkpoint(context)
            atomic_write.write({page: state_page.make_page(context, state, given, steps, verdicts, checkpoint)})
        if form == Format.JSON:
            told = state_text.state_as_dict(context.region, state, given, steps)
            terminal.print_json({**told, "checkpoint": read_checkpoint(context)})
            return CLEAN
        state_text.show_state(make_console(), context.region, state, given, steps)
        if page is not None:
            terminal.say(f"\nThe page: {page}")
        return CLEAN

    terminal.run_guarded(work)


def list_plans(
    municipality: Annotated[str, typer.Argument(help="only this one's")] = "", form: FormatOption = Format.TABLE
) -> None:
    """The plans that are kept, the newest last, and how far each has come."""

    def work() -> int:
        context = open_reading("list")
        if municipality:
            require_municipality(context.region, municipality)
        plans, spoilt = [], []
        for name in list_names(context):
            try:
                saved = load(context, name)
            except PlanError as error:
                spoilt.append(str(error))
                continue
            if municipality in ("", saved.municipality):
                plans.append(saved)
        appliers = plan_status.find_appliers(context, plans)
        rows = [{**_row(context, saved), "applied_by": appliers.get(saved.id, "")} for saved in plans]
        for words in spoilt:
            print(f"error: {words}", file=sys.stderr)
        if form == Format.JSON:
            terminal.print_json(rows)
            return WRONG if spoilt else CLEAN
        terminal.print_table(
            ("PLAN", "MADE (UTC)", "STATUS", "SWITCHES", "WHAT"),
            [(row["plan"], row["made"][:16], row["status"], str(row["changes"]), _describe_row(row)) for row in rows],
        )
        return WRONG if spoilt else CLEAN

    terminal.run_guarded(work)


def tell_plan(context: Context, saved: Plan, form: Format, html: Path | None, verbose: bool) -> int:
    """Print a plan, or write its page."""
    status, given = plan_status.status(context, saved), find_approved(context, saved)
    plan_summary = summarise_now(context, saved, status, given)
    if html is not None:
        atomic_write.write({html: plan_page.make_page(plan_summary)})
    if form == Format.JSON:
        told = {"plan": saved.id, **summary.as_dict(plan_summary), "status": status, "approved_by": given}
        if (state := read_state(context, saved)).begun:
            steps = find_next_steps(context, state, given)
            told["state"] = state_text.state_as_dict(context.region, state, given, steps)
        terminal.print_json(told)
        return CLEAN
    plan_text.show(make_console(), plan_summary, verbose)
    if html is not None:
        terminal.say(f"\nThe page: {html}")
    if saved.to_do:
        terminal.say(f"\nStatus: {status}. Approved by: {', '.join(given) or 'nobody'}.")
    return CLEAN


def summarise_now(context: Context, saved: Plan, status: plan_status.Status, given: Mapping[str, str]) -> PlanSummary:
    """What people read of a plan: refused if it is not what would be written; the gates of one that waits, as now."""
    position = context.journal.position()
    if saved.digests != context.digests:  # it can no longer be applied, and other code may tell the same otherwise
        return summary.summarise(saved, context.region, position=position)
    require_agreement(context.region, saved.devices)
    return summary.summarise(saved, context.region, ask_gates_now(context, saved, status, given), position)


def ask_gates_now(
    context: Context, saved: Plan, status: plan_status.Status, given: Mapping[str, str]
) -> Sequence[Verdict]:
    """The gates of a plan that may still be applied, as they are now; of any other as they were.

    Args:
        context: whose journal and region are asked; its municipality may have left that region.
        saved: the plan.
        status: of it.
        given: the approvals that count now.
    """
    waits = status in WAITING and saved.digests == context.digests
    return ask_gates_again(context, saved, given) if waits else saved.gates


def _describe_row(row: Mapping[str, Any]) -> str:
    """``loppa cutover: night 4 (VFK-117; made by kari, applied by ola)``."""
    people = f"made by {row['who']}" + (f", applied by {row['applied_by']}" if row["applied_by"] else "")
    ticket = f"{row['ticket']}; " if row["ticket"] else ""
    return f"{row['what']}: {row['reason']} ({ticket}{people})"


def _row(context: Context, saved: Plan) -> dict[str, Any]:
    status = plan_status.status(context, saved)
    waits = status in WAITING  # to verify signatures takes time, and of the others nobody asks
    return {
        "plan": saved.id,
        "made": saved.made,
        "municipality": saved.municipality,
        "what": describe_title(saved),
        "who": saved.who,
        "reason": saved.reason,
        "ticket": saved.ticket,
        "changes": sum(part.changes for part in saved.devices),
        "status": status,
        "approved_by": list(find_approved(context, saved)) if waits else [],
    }


def find_approved(context: Context, saved: Plan) -> dict[str, str]:
    """Who approved a plan. A list of signers that cannot be read keeps nobody from looking at a plan."""
    try:
        return find_signatures(context, saved)
    except approval.ApprovalError as error:
        print(f"error: {error}", file=sys.stderr)
        return {}


def describe_title(saved: Plan) -> str:
    """What a plan is, in a few words."""
    word = {"stage": Stage(saved.stage).word, "undo": f"back to {Stage(saved.stage).word}", "harmonise": "as intended"}
    return f"{saved.municipality} {word[saved.kind]}"


def open_reading(reason: str) -> Context:
    """The context of a command, for its reason."""
    context = open_context(load_region(), reason=reason)
    warn_of_tampering(context)
    return context
