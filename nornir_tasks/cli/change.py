"""``scripts/change.py``: a change of switches, from its plan to its end or its way back."""

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from nornir_tasks.change import approval, plan_inputs, plan_status, summary
from nornir_tasks.change.payload import written_lines
from nornir_tasks.change.plan import Plan, PlanError, list_names, load, require_agreement, save
from nornir_tasks.change.summary import PlanSummary
from nornir_tasks.cli import terminal
from nornir_tasks.cli.change_arguments import (
    choose_one_municipality,
    find_key,
    read_pairs,
    read_signature,
    read_stage,
    require_reason,
)
from nornir_tasks.cli.options import Format, FormatOption
from nornir_tasks.core import interrupt
from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.exit_codes import CLEAN, DRIFT, INTERRUPTED, WRONG
from nornir_tasks.core.terminal import make_console
from nornir_tasks.core.text import count_noun
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal import lock
from nornir_tasks.migration import gates
from nornir_tasks.migration.apply_many import run
from nornir_tasks.migration.execution import Overrides
from nornir_tasks.migration.municipality_change import find_signatures, start
from nornir_tasks.migration.propose import (
    PlanOptions,
    Proposal,
    ask_gates_again,
    propose_harmonise,
    propose_stage,
    propose_take_back,
)
from nornir_tasks.migration.stages import require_municipality
from nornir_tasks.model import Stage
from nornir_tasks.reports import plan_page, plan_text
from nornir_tasks.targets import find_target

HELP = """A change of switches: planned once, read, approved by signature, applied as it was read, or taken back.

\b
  scripts/change.py plan loppa connect --reason 'night 1' --ticket VFK-117
  scripts/change.py show 3f9a1c20d4e5              what it does, how risky it is, who is behind it
  scripts/change.py approve 3f9a1c20d4e5 --key ~/.ssh/id_ed25519
  scripts/change.py apply 3f9a1c20d4e5             canary first; Ctrl-C leaves nothing halfway
  scripts/change.py resume 3f9a1c20d4e5            after a failure, or the death of the control node
  scripts/change.py undo 3f9a1c20d4e5 --reason …   plans the way back; apply it like any other
  scripts/change.py list loppa

Exit codes: 0 done, or nothing to change; 1 refused, failed or stopped; 2 usage; 3 there is something to change;
130 stopped by Ctrl-C."""

app = terminal.Door(help=HELP, no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="the plan's name, as `plan` and `list` print it", metavar="PLAN")]
Html = Annotated[Path | None, typer.Option("--html", help="write the plan as a page to this file", metavar="FILE")]
Why = Annotated[str, typer.Option("--reason", help="why; the journal and everybody who waits will read it")]
Ticket = Annotated[str, typer.Option("--ticket", help="the case it belongs to")]
Instead = Annotated[
    list[str] | None,
    typer.Option("--instead", metavar="SWITCH=WHAT", help="for a switch that cannot go back on its own: what is done"),
]
TakeOver = Annotated[
    str | None, typer.Option("--take-over", metavar="REASON", help="take the lock of a holder that is no more")
]
Emergency = Annotated[
    str | None, typer.Option("--emergency", metavar="REASON", help="a way back, outside window and freeze days")
]
WAITING = ("open", "begun", "stopped")  # a plan that may still be applied
Workers = Annotated[int, typer.Option("--workers", min=1, max=50, help="switches at a time within a wave")]


@app.command()
def plan(
    municipality: Annotated[str, typer.Argument(help="who moves")] = "",
    stage: Annotated[str, typer.Argument(help="connect, harmonise, pilot, cutover, settle or retire")] = "",
    harmonise: Annotated[
        str, typer.Option("--harmonise", metavar="PATTERN", help="instead: put right what differs, on these switches")
    ] = "",
    reason: Why = "",
    ticket: Ticket = "",
    instead: Instead = None,
    form: FormatOption = Format.TABLE,
    html: Html = None,
) -> None:
    """Read the switches, work out what would be written, and save it. Writes to no switch."""

    def work() -> int:
        context = _context(require_reason(reason, "--reason"))
        options = PlanOptions(ticket, read_pairs(instead or []))
        if bool(harmonise) == bool(municipality and stage):
            raise UsageError("plan: expected either MUNICIPALITY STAGE or --harmonise PATTERN")
        if harmonise:
            return _keep(
                context, propose_harmonise(context, *choose_one_municipality(context, harmonise), options), form, html
            )
        return _keep(
            context,
            propose_stage(context, require_municipality(context.region, municipality), read_stage(stage), options),
            form,
            html,
        )

    terminal.run_guarded(work)


@app.command()
def show(
    plan_id: Id,
    lines: Annotated[str, typer.Option("--lines", metavar="SWITCH", help="number what is written to this one")] = "",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="every line of every diff")] = False,
    form: FormatOption = Format.TABLE,
    html: Html = None,
) -> None:
    """What a plan does: identical diffs once, the risk, the way back, and who is behind these switches."""

    def work() -> int:
        context = _context("show")
        saved = load(context, plan_id)
        if lines:
            part, target = saved.of(lines), find_target(context.region, lines)
            for number, line in enumerate(written_lines(part, target), 1):
                print(f"{number:5}  {line}")
            return CLEAN
        return _tell(context, saved, form, html, verbose)

    terminal.run_guarded(work)


@app.command()
def approve(
    plan_id: Id,
    key: Annotated[Path, typer.Option("--key", help="your private SSH key (or the public one, with an agent)")] = Path(
        "~/.ssh/id_ed25519"
    ),
    signature: Annotated[
        Path | None, typer.Option("--signature", help="made elsewhere: the file that ssh-keygen wrote", metavar="FILE")
    ] = None,
    payload: Annotated[bool, typer.Option("--payload", help="only print what to sign elsewhere, and how")] = False,
    reason: Annotated[str, typer.Option("--reason", help="why you approve it")] = "read and found right",
    form: FormatOption = Format.TABLE,
) -> None:
    """Sign a plan with your SSH key. Who may approve what is in the inventory's allowed signers."""

    def work() -> int:
        context = _context(reason)
        saved = load(context, plan_id)
        if payload:
            print(approval.message(saved), end="", flush=True)
            how = f"Sign exactly that line: ssh-keygen -Y sign -f KEY -n {approval.namespace(saved)} FILE"
            print(how, file=sys.stderr)  # so that `> FILE` holds what is signed, and nothing else
            return CLEAN
        if (status := plan_status.status(context, saved)) not in WAITING:
            raise UsageError(f"plan {plan_id}: found it {status}, expected one that still waits. Nothing was signed.")
        plan_summary = _summarise(context, saved, status, _approved(context, saved))
        if form == Format.TABLE:
            plan_text.show_signed(make_console(), plan_summary)
        made = read_signature(signature) if signature else approval.sign(saved, find_key(key))
        name = approval.record_approval(context, saved, made, reason)
        given = approval.find_approvals(context, saved)
        if form == Format.JSON:
            terminal.print_json({"plan": plan_id, "signer": name, "approved_by": given})
            return CLEAN
        terminal.say(f"{name} approves {_title(saved)}. Approved by: {', '.join(given)}.")
        return CLEAN

    terminal.run_guarded(work)


@app.command()
def apply(
    plan_id: Id,
    take_over: TakeOver = None,
    emergency: Emergency = None,
    workers: Workers = 10,
    form: FormatOption = Format.TABLE,
) -> None:
    """Apply a plan exactly as it was read. Refused, with the difference, if anything has moved since."""
    terminal.run_guarded(
        lambda: _apply(plan_id, ("open", "stale", "expired"), Overrides(take_over, emergency), workers, form)
    )


@app.command()
def resume(
    plan_id: Id,
    take_over: TakeOver = None,
    emergency: Emergency = None,
    workers: Workers = 10,
    form: FormatOption = Format.TABLE,
) -> None:
    """Go on with a plan that stopped, or whose control node died. What is done is not written again."""
    terminal.run_guarded(lambda: _apply(plan_id, ("begun", "stopped"), Overrides(take_over, emergency), workers, form))


@app.command()
def undo(
    plan_id: Id,
    reason: Why = "",
    ticket: Ticket = "",
    instead: Instead = None,
    form: FormatOption = Format.TABLE,
    html: Html = None,
) -> None:
    """Plan the other direction of a plan that was applied, to the byte. Writes to no switch: apply it afterwards."""

    def work() -> int:
        context = _context(require_reason(reason, "--reason"))
        proposal = propose_take_back(context, load(context, plan_id), PlanOptions(ticket, read_pairs(instead or [])))
        return _keep(context, proposal, form, html)

    terminal.run_guarded(work)


@app.command()
def discard(plan_id: Id, reason: Why = "") -> None:
    """Withdraw a plan that has not begun, signed or not: it stays to be read, and can no longer be applied."""

    def work() -> int:
        context = _context(require_reason(reason, "--reason"))
        saved = load(context, plan_id)
        plan_status.discard(context, saved)
        terminal.say(f"{_title(saved)}: plan {plan_id} is discarded: {context.reason}")
        return CLEAN

    terminal.run_guarded(work)


@app.command("list")
def list_plans(
    municipality: Annotated[str, typer.Argument(help="only this one's")] = "", form: FormatOption = Format.TABLE
) -> None:
    """The plans that are kept, the newest last, and how far each has come."""

    def work() -> int:
        context = _context("list")
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


def _apply(plan_id: str, words: tuple[str, ...], overrides: Overrides, workers: int, form: Format) -> int:
    """Start a plan and go through with it."""
    saved = load(looker := _context("apply"), plan_id)
    status = plan_status.status(looker, saved)
    if status not in words:
        hint = {"begun": "resume", "stopped": "resume", "open": "apply"}.get(status)
        more = f"; expected: scripts/change.py {hint} {plan_id}" if hint else ""
        if status == "begun" and (holder := lock.holder_of(looker.journal, saved.municipality)):
            more = f" by {holder.who} on {holder.host} (process {holder.pid}){more}, once that is dead"
        elif status == "overtaken":
            more = f"; another plan was at {', '.join(plan_status.find_overtaken(looker, saved))} since: plan again"
        raise UsageError(f"plan {plan_id}: found it {status}{more}. Nothing was written.")
    context = open_context(looker.region, reason=saved.reason)
    tell: Callable[[str], None] = _progress if form == Format.TABLE else lambda line: None
    with interrupt.handle_signals(lambda text: print(f"\n{text}", file=sys.stderr)):
        started = start(context, saved, overrides=overrides, workers=workers)
        switches = count_noun(len(started.changes), "switch", "es")
        tell(f"{_title(saved)}: {switches} in {count_noun(len(saved.waves), 'wave')}")
        ended = run(context, started, workers=workers, tell=tell)
        stopped = interrupt.is_stop_requested()
    code = INTERRUPTED if stopped else CLEAN if ended.done else WRONG
    if form == Format.JSON:
        outcome = {"plan": plan_id, "done": ended.done, "outcomes": ended.outcomes, "messages": ended.messages}
        terminal.print_json({**outcome, "exit_code": code})
        return code
    for message in ended.messages:
        terminal.say(f"✗ {message}")
    counts = Counter(ended.outcomes.values())
    told = ", ".join(f"{count} {word}" for word, count in counts.items())
    terminal.say(f"\n{_title(saved)}: {'done' if ended.done else 'stopped'}: {told or 'no switches'}")
    if not ended.done:
        terminal.say(f"Put right what is wrong, then: scripts/change.py resume {plan_id}")
        if ended.changed and saved.kind != "undo":
            terminal.say(f"Or take back what is done:     scripts/change.py undo {plan_id} --reason …")
    return code


def _keep(context: Context, proposal: Proposal, form: Format, html: Path | None) -> int:
    """Save a plan, and tell it; the exit code says whether there is anything to do."""
    save(context, proposal.plan)
    plan_inputs.save_inputs(context)
    _tell(context, proposal.plan, form, html, False)
    if not proposal.plan.to_do:
        return CLEAN
    if form == Format.TABLE:
        saved_as = f"\nSaved as {proposal.plan.id}, until {proposal.plan.expires[:16]} UTC."
        if shut := [v.rule.name for v in proposal.verdicts if not v.passed and v.rule.name not in gates.SIGNED]:
            terminal.say(f"{saved_as} It is not applied before its gates are open: {', '.join(shut)}.")
            return DRIFT
        terminal.say(f"{saved_as} To apply it:")
        if any(not verdict.passed and verdict.rule.name in gates.SIGNED for verdict in proposal.verdicts):
            terminal.say(f"  scripts/change.py approve {proposal.plan.id}")
        terminal.say(f"  scripts/change.py apply {proposal.plan.id}")
    return DRIFT


def _tell(context: Context, saved: Plan, form: Format, html: Path | None, verbose: bool) -> int:
    """Print a plan, or write its page."""
    status, given = plan_status.status(context, saved), _approved(context, saved)
    plan_summary = _summarise(context, saved, status, given)
    if html is not None:
        html.write_text(plan_page.make_page(plan_summary), encoding="utf-8")
    if form == Format.JSON:
        terminal.print_json({"plan": saved.id, **summary.as_dict(plan_summary), "status": status, "approved_by": given})
        return CLEAN
    plan_text.show(make_console(), plan_summary, verbose)
    if html is not None:
        terminal.say(f"\nThe page: {html}")
    if saved.to_do:
        terminal.say(f"\nStatus: {status}. Approved by: {', '.join(given) or 'nobody'}.")
    return CLEAN


def _summarise(context: Context, saved: Plan, status: plan_status.Status, given: Mapping[str, str]) -> PlanSummary:
    """What people read of a plan: refused if it is not what would be written; the gates of one that waits, as now."""
    if saved.digests != context.digests:  # it can no longer be applied, and other code may tell the same otherwise
        return summary.summarise(saved, context.region)
    require_agreement(context.region, saved.devices)
    verdicts = ask_gates_again(context, saved, given) if status in WAITING else None
    return summary.summarise(saved, context.region, verdicts)


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
        "what": _title(saved),
        "who": saved.who,
        "reason": saved.reason,
        "ticket": saved.ticket,
        "changes": sum(part.changes for part in saved.devices),
        "status": status,
        "approved_by": list(_approved(context, saved)) if waits else [],
    }


def _approved(context: Context, saved: Plan) -> dict[str, str]:
    """Who approved a plan. A list of signers that cannot be read keeps nobody from looking at a plan."""
    try:
        return find_signatures(context, saved)
    except approval.ApprovalError as error:
        print(f"error: {error}", file=sys.stderr)
        return {}


def _title(saved: Plan) -> str:
    """What a plan is, in a few words."""
    word = {"stage": Stage(saved.stage).word, "undo": f"back to {Stage(saved.stage).word}", "harmonise": "as intended"}
    return f"{saved.municipality} {word[saved.kind]}"


def _context(reason: str) -> Context:
    return open_context(load_region(), reason=reason)


def _progress(line: str) -> None:
    """One line of progress. Whoever reads along may go away in the middle; the change goes on."""
    try:
        print(line, flush=True)
    except OSError:
        terminal.discard_output()
