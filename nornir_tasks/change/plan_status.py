"""What the journal says of a plan: whether it has begun, what became of each of its devices, and how it ended."""

from collections.abc import Iterable, Mapping
from typing import Literal

from nornir_tasks.change.plan import Plan, PlanError, is_expired, record_digest
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.entry import GOOD, Entry, Phase
from nornir_tasks.journal.lock import Holder
from nornir_tasks.model import Stage

Status = Literal["open", "stale", "expired", "begun", "stopped", "overtaken", "done", "taken back", "discarded"]


def status(context: Context, plan: Plan) -> Status:
    """How far a plan has come. ``begun``: somebody is at it, or died at it; ``stopped``: it can go on.

    ``stale``: the inventory, the templates or the code have moved since it was made. ``overtaken``: another plan has
    been at its devices since, so that nothing it did can be counted on.
    """
    with context.journal.history() as history:
        progress = history.plan(plan.id).progress
    if not progress:
        return "expired" if is_expired(plan) else "open" if plan.digests == context.digests else "stale"
    return "overtaken" if progress in ("begun", "stopped") and find_overtaken(context, plan) else progress


def find_appliers(context: Context, plans: Iterable[Plan]) -> dict[str, str]:
    """Who began each of these plans last, by the plan's name; those that never began are left out."""
    with context.journal.history() as history:
        begun = {plan.id: number for plan in plans if (number := history.plan(plan.id).begun)}
    entries = context.journal.numbered(begun.values())
    return {name: entries[number].who for name, number in begun.items()}


def discard(context: Context, plan: Plan) -> None:
    """Withdraw a plan that has not begun, for the context's reason: nobody can apply or approve it any more.

    Raises:
        PlanError: it has begun, has ended, or is discarded already.
    """
    word = status(context, plan)
    if word not in ("open", "stale", "expired"):
        raise PlanError(f"plan {plan.id}: expected one that was never begun, found it {word}. Nothing was changed.")
    record_digest(context, plan, "discarded")


def find_overtaken(context: Context, plan: Plan) -> list[str]:
    """The devices of a plan that another plan has been at since it was."""
    with context.journal.history() as history:
        steps = history.plan(plan.id).devices
        return sorted(name for name in steps if history.devices[name] != steps[name].last)


def find_taking_back(context: Context, plan: Plan) -> Entry | None:
    """The entry with which a plan was taken back, by whatever plan; None: it was not."""
    with context.journal.history() as history:
        number = history.plan(plan.id).taken_back
    return context.journal.numbered([number]).get(number) if number else None


def describe_taking_back(entry: Entry) -> str:
    """``2026-11-24 21:07 UTC by kari, with plan 3f9a…: a typing error``."""
    plan = f", with plan {entry.plan}" if entry.plan else ""
    return f"{entry.at:%Y-%m-%d %H:%M} UTC by {entry.who}{plan}: {entry.reason}"


def last_entries(context: Context, plan: Plan, *, this_run: bool = False) -> dict[str, Entry]:
    """The last entry of each device of a plan that has begun.

    Args:
        context: whose journal is asked.
        plan: of which municipality does not matter.
        this_run: only what was written since the plan was last begun: a failure that somebody has put right since
            is no failure of this run.

    Returns:
        Entries by device name, in the order in which the devices began.

    Raises:
        JournalError: the journal cannot be read.
    """
    with context.journal.history() as history:
        last = history.plan(plan.id).last_entries(this_run=this_run)
    entries = context.journal.numbered(last.values())
    return {name: entries[number] for name, number in last.items()}


def describe_entry(entry: Entry) -> str:
    """What became of a device, for people."""
    return str(entry.detail.get("message", "")) or f"{entry.device}: begun and not ended ({entry.outcome})"


def find_open(context: Context) -> dict[str, Entry]:
    """Devices whose change was begun and never ended, and the last that was written down of each.

    Of every municipality: a leaf of the centre changes with each.
    """
    with context.journal.history() as history:
        begun = {name: history.open[name] for name in history.devices if name in history.open}
    entries = context.journal.numbered(begun.values())
    return {name: entries[number] for name, number in begun.items()}


def find_unclear(context: Context, plan: Plan) -> list[str]:
    """The devices of a plan that have to be looked at before anything else: never ended, or ended in an odd state."""
    entries = last_entries(context, plan)
    return [name for name, entry in entries.items() if entry.phase == "before" or entry.outcome == "failed"]


def is_begun_by(context: Context, plan: Plan, holder: Holder) -> bool:
    """Whether a plan has been started by this holder, and not ended since: only then its gates were asked.

    Args:
        context: whose journal is asked.
        plan: to be applied.
        holder: of the lock; its process counts, not its name.
    """
    with context.journal.history() as history:
        return history.plan(plan.id).holder == list(holder.process)


def find_begun_by(context: Context) -> list[str]:
    """The plans that the context's holder has begun and not ended."""
    with context.journal.history() as history:
        ours = list(context.holder.process)
        return [name for name, plan in history.plans.items() if plan.holder == ours]


def find_failed(entries: Iterable[Entry]) -> list[str]:
    """The devices that ended otherwise than the plan wants."""
    return [entry.device or "" for entry in entries if entry.phase == "after" and entry.outcome not in GOOD]


def record_plan(context: Context, plan: Plan, phase: Phase, outcome: str, detail: Mapping[str, object]) -> None:
    """Write down that a plan begins or has ended. Only one that moves a municipality is an entry that moves it.

    Args:
        context: whose journal is written, and who acts and why.
        plan: what begins or has ended.
        phase: ``before`` it begins, ``after`` it has ended.
        outcome: started, done, undone or stopped.
        detail: what else the entry tells; JSON.

    Raises:
        JournalError: it could not be written down.
        LockLost: the context has a lease that is good no more.
    """
    context.record(
        Entry(
            what="stage" if plan.completes else "change",
            phase=phase,
            outcome=outcome,
            municipality=plan.municipality,
            stage=Stage(plan.stage),
            who=context.who,
            reason=context.reason,
            plan=plan.id,
            detail={
                "kind": plan.kind,
                "ticket": plan.ticket,
                "undoes": None if plan.left_out else plan.undoes,
                "left_out": plan.left_out,
                "holder": context.holder.process,
                **detail,
            },
        )
    )
