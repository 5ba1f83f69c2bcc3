"""``scripts/change.py``: a change of switches, from its plan to its end or its way back."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from nornir_tasks.change import approval, plan_inputs, plan_status
from nornir_tasks.change.plan import PlanError, load, save
from nornir_tasks.cli import change_verify, terminal
from nornir_tasks.cli.change_arguments import (
    choose_one_municipality,
    find_key,
    read_options,
    read_signature,
    read_stage,
    require_reason,
)
from nornir_tasks.cli.change_reading import (
    WAITING,
    Html,
    Id,
    describe_title,
    find_approved,
    list_plans,
    open_reading,
    show,
    status,
    summarise_now,
    tell_plan,
)
from nornir_tasks.cli.options import Format, FormatOption
from nornir_tasks.core import interrupt
from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.exit_codes import CLEAN, DRIFT, INTERRUPTED, WRONG
from nornir_tasks.core.terminal import make_console
from nornir_tasks.core.text import count_noun
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.journal import lock
from nornir_tasks.migration import gates
from nornir_tasks.migration.apply_many import run
from nornir_tasks.migration.execution import Overrides
from nornir_tasks.migration.municipality_change import start
from nornir_tasks.migration.propose import (
    Proposal,
    propose_harmonise,
    propose_stage,
    propose_take_back,
)
from nornir_tasks.migration.stages import require_municipality
from nornir_tasks.reports import plan_text
from nornir_tasks.targets import count_targets

HELP = """A change of switches: planned once, read, approved by signature, applied as it was read, or taken back.

\b
  scripts/change.py plan loppa connect --reason 'night 1' --ticket VFK-117
  scripts/change.py show 3f9a1c20d4e5              what it does, how risky it is, who is behind it
  scripts/change.py approve 3f9a1c20d4e5 --key ~/.ssh/id_ed25519
  scripts/change.py apply 3f9a1c20d4e5             canary first; Ctrl-C leaves nothing halfway
  scripts/change.py status 3f9a1c20d4e5            what became of each switch, and what to type next
  scripts/change.py resume 3f9a1c20d4e5            after a failure, or the death of the control node
  scripts/change.py undo 3f9a1c20d4e5 --reason …   plans the way back; apply it like any other
  scripts/change.py list loppa
  scripts/change.py verify                         whether the journal of all this was changed by somebody

Exit codes: 0 done, or nothing to change; 1 refused, failed or stopped; 2 usage; 3 there is something to change;
130 stopped by Ctrl-C."""

app = terminal.Door(help=HELP, no_args_is_help=True)

Why = Annotated[str, typer.Option("--reason", help="why; the journal and everybody who waits will read it")]
Ticket = Annotated[str, typer.Option("--ticket", help="the case it belongs to")]
Instead = Annotated[
    list[str] | None,
    typer.Option("--instead", metavar="SWITCH=WHAT", help="for a switch that cannot go back on its own: what is done"),
]
LeaveOut = Annotated[
    list[str] | None,
    typer.Option("--leave-out", metavar="SWITCH", help="it stays as it is, for --reason; the stage waits for it"),
]
AcceptUnknown = Annotated[
    list[str] | None,
    typer.Option(
        "--accept-unknown",
        metavar="'SWITCH: + LINE'",
        help="a changed line that touches the way in, and that the lock-out proof does not know: let it through",
    ),
]
AcceptLoss = Annotated[
    list[str] | None,
    typer.Option(
        "--accept-loss", metavar="'WHO: WHAT'", help="who loses what they use, or is let to what they should not: meant"
    ),
]
TakeOver = Annotated[
    str | None, typer.Option("--take-over", metavar="REASON", help="take the lock of a holder that is no more")
]
Emergency = Annotated[
    str | None, typer.Option("--emergency", metavar="REASON", help="a way back, outside window and freeze days")
]
Workers = Annotated[int, typer.Option("--workers", min=1, max=50, help="switches at a time within a wave")]


@app.command()
def plan(
    municipality: Annotated[str, typer.Argument(help="who moves")] = "",
    stage: Annotated[str, typer.Argument(help="connect, harmonise, pilot, cutover, settle or retire")] = "",
    harmonise: Annotated[
        str, typer.Option("--harmonise", metavar="PATTERN", help="instead: put right what differs, on these hosts")
    ] = "",
    servers: Annotated[
        bool, typer.Option("--servers", help="of a stage: with its servers, after the switches")
    ] = False,
    reason: Why = "",
    ticket: Ticket = "",
    instead: Instead = None,
    leave_out: LeaveOut = None,
    accept_unknown: AcceptUnknown = None,
    accept_loss: AcceptLoss = None,
    form: FormatOption = Format.TABLE,
    html: Html = None,
) -> None:
    """Read the switches, work out what would be written, and save it. Writes to no switch."""

    def work() -> int:
        context = open_reading(require_reason(reason, "--reason"))
        options = replace(read_options(ticket, instead, leave_out, accept_unknown, accept_loss), servers=servers)
        if harmonise and servers:
            raise UsageError("plan: found --servers beside --harmonise, expected the names of servers in its PATTERN")
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
        context = open_reading(reason)
        saved = load(context, plan_id)
        if payload:
            print(approval.message(saved), end="", flush=True)
            how = f"Sign exactly that line: ssh-keygen -Y sign -f KEY -n {approval.namespace(saved)} FILE"
            print(how, file=sys.stderr)  # so that `> FILE` holds what is signed, and nothing else
            return CLEAN
        if (status := plan_status.status(context, saved)) not in WAITING:
            raise PlanError(f"plan {plan_id}: found it {status}, expected one that still waits. Nothing was signed.")
        plan_summary = summarise_now(context, saved, status, find_approved(context, saved))
        if form == Format.TABLE:
            plan_text.show_signed(make_console(), plan_summary)
        made = read_signature(signature) if signature else approval.sign(saved, find_key(key))
        name = approval.record_approval(context, saved, made, reason)
        given = approval.find_approvals(context, saved)
        if form == Format.JSON:
            terminal.print_json({"plan": plan_id, "signer": name, "approved_by": given})
            return CLEAN
        terminal.say(f"{name} approves {describe_title(saved)}. Approved by: {', '.join(given)}.")
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
    leave_out: LeaveOut = None,
    accept_unknown: AcceptUnknown = None,
    accept_loss: AcceptLoss = None,
    form: FormatOption = Format.TABLE,
    html: Html = None,
) -> None:
    """Plan the other direction of a plan that was applied, to the byte. Writes to no switch: apply it afterwards."""

    def work() -> int:
        context = open_reading(require_reason(reason, "--reason"))
        options = read_options(ticket, instead, leave_out, accept_unknown, accept_loss)
        return _keep(context, propose_take_back(context, load(context, plan_id), options), form, html)

    terminal.run_guarded(work)


@app.command()
def discard(plan_id: Id, reason: Why = "") -> None:
    """Withdraw a plan that has not begun, signed or not: it stays to be read, and can no longer be applied."""

    def work() -> int:
        context = open_reading(require_reason(reason, "--reason"))
        saved = load(context, plan_id)
        plan_status.discard(context, saved)
        terminal.say(f"{describe_title(saved)}: plan {plan_id} is discarded: {context.reason}")
        return CLEAN

    terminal.run_guarded(work)


for word, command in (("status", status), ("show", show), ("list", list_plans)):
    app.command(word)(command)
app.command("verify", help=change_verify.HELP)(change_verify.verify)


def _apply(plan_id: str, words: tuple[str, ...], overrides: Overrides, workers: int, form: Format) -> int:
    """Start a plan and go through with it."""
    saved = load(looker := open_reading("apply"), plan_id)
    status = plan_status.status(looker, saved)
    if status not in words:
        hint = {"begun": "resume", "stopped": "resume", "open": "apply"}.get(status)
        more = f"; expected: scripts/change.py {hint} {plan_id}" if hint else ""
        if status == "begun" and (holder := lock.holder_of(looker.journal, saved.municipality)):
            more = f" by {holder.who} on {holder.host} (process {holder.pid}){more}, once that is dead"
        elif status == "overtaken":
            more = f"; another plan was at {', '.join(plan_status.find_overtaken(looker, saved))} since: plan again"
        raise PlanError(f"plan {plan_id}: found it {status}{more}. Nothing was written.")
    context = open_context(looker.region, reason=saved.reason)
    tell: Callable[[str], None] = _progress if form == Format.TABLE else lambda line: None
    with interrupt.handle_signals(lambda text: print(f"\n{text}", file=sys.stderr)):
        started = start(context, saved, overrides=overrides, workers=workers)
        hosts = count_targets(context.region, started.changes)
        tell(f"{describe_title(saved)}: {hosts} in {count_noun(len(saved.waves), 'wave')}")
        ended = run(context, started, workers=workers, tell=tell)
        stopped = interrupt.is_stop_requested()
    code = INTERRUPTED if stopped else CLEAN if ended.done else WRONG
    if form == Format.JSON:
        outcome = {
            "plan": plan_id,
            "done": ended.done,
            "outcomes": ended.outcomes,
            "messages": ended.messages,
            "notices": ended.notices,
        }
        terminal.print_json({**outcome, "exit_code": code})
        return code
    for message in ended.messages:
        terminal.say(f"✗ {message}")
    for notice in ended.notices:
        terminal.say(f"! {notice}")
    counts = Counter(ended.outcomes.values())
    told = ", ".join(f"{count} {word}" for word, count in counts.items())
    terminal.say(f"\n{describe_title(saved)}: {'done' if ended.done else 'stopped'}: {told or 'nothing'}")
    if saved.left_out and saved.moves:
        terminal.say(f"The stage stays open: left out {', '.join(saved.left_out)}; plan it again once they answer.")
    if not ended.done:
        terminal.say(f"Put right what is wrong, then: scripts/change.py resume {plan_id}")
        if ended.changed and saved.kind != "undo":
            terminal.say(f"Or take back what is done:     scripts/change.py undo {plan_id} --reason …")
    return code


def _keep(context: Context, proposal: Proposal, form: Format, html: Path | None) -> int:
    """Save a plan, and tell it; the exit code says whether there is anything to do."""
    save(context, proposal.plan)
    plan_inputs.save_inputs(context)
    tell_plan(context, proposal.plan, form, html, False)
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


def _progress(line: str) -> None:
    """One line of progress. Whoever reads along may go away in the middle; the change goes on."""
    try:
        print(line, flush=True)
    except OSError:
        terminal.discard_output()
