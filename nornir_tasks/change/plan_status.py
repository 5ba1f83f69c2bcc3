"""What the journal says of a plan: whether it has begun, what became of each of its devices, and how it ended."""

from collections.abc import Iterable, Mapping
from typing import Literal

from nornir_tasks.change.plan import Plan, expired
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.journal import Entry, Phase
from nornir_tasks.journal.lock import Holder
from nornir_tasks.model import Stage

Status = Literal["open", "stale", "expired", "begun", "stopped", "overtaken", "done", "taken back"]
GOOD = ("changed", "unchanged")  # outcomes of a device that is where the plan wants it
OPEN = ("started", "writing", "probing", "confirming")  # steps of a device whose end nobody wrote down
RUNS = ("stage", "change")  # a change that moves a municipality, and one that does not


def status(context: Context, plan: Plan) -> Status:
    """How far a plan has come. ``begun``: somebody is at it, or died at it; ``stopped``: it can go on.

    ``stale``: the inventory, the templates or the code have moved since it was made. ``overtaken``: another plan has
    been at its devices since, so that nothing it did can be counted on.
    """
    found: Status = "expired" if expired(plan) else "open" if plan.digests == context.digests else "stale"
    for entry in context.journal.entries(plan.municipality, RUNS):
        if entry.plan == plan.id:
            found = "begun" if entry.phase == "before" else "stopped" if entry.outcome == "stopped" else "done"
        elif entry.detail.get("undoes") == plan.id and entry.phase == "after" and entry.outcome != "stopped":
            found = "taken back"
    return "overtaken" if found in ("begun", "stopped") and overtaken(context, plan) else found


def overtaken(context: Context, plan: Plan) -> list[str]:
    """The devices of a plan that another plan has been at since it was."""
    mine: set[str] = set()
    others: set[str] = set()
    for entry in context.journal.entries(what="device"):
        device = entry.device or ""
        if entry.plan == plan.id:
            mine.add(device)
            others.discard(device)
        elif device in mine:
            others.add(device)
    return sorted(others)


def outcomes(context: Context, plan: Plan, *, this_run: bool = False) -> dict[str, Entry]:
    """The last entry of each device of a plan that has begun.

    Args:
        this_run: only what was written since the plan was last begun: a failure that somebody has put right since
            is no failure of this run.
    """
    found: dict[str, Entry] = {}
    for entry in context.journal.entries(plan.municipality, (*RUNS, "device")):
        if entry.plan != plan.id:
            continue
        if entry.what == "device" and entry.device:
            found[entry.device] = entry
        elif this_run and entry.phase == "before":
            found.clear()
    return found


def words(entry: Entry) -> str:
    """What became of a device, for people."""
    return str(entry.detail.get("message", "")) or f"{entry.device}: begun and not ended ({entry.outcome})"


def left_open(context: Context) -> dict[str, Entry]:
    """Devices whose change was begun and never ended, and the last that was written down of each.

    Of every municipality: a leaf of the centre changes with each.
    """
    last: dict[str, Entry] = {}
    for entry in context.journal.entries(what="device"):
        if entry.device:
            last[entry.device] = entry
    return {
        name: entry for name, entry in last.items() if entry.phase == "before" and entry.outcome in OPEN and entry.plan
    }


def unclear(context: Context, plan: Plan) -> list[str]:
    """The devices of a plan that have to be looked at before anything else: never ended, or ended in an odd state."""
    found = outcomes(context, plan)
    return [name for name, entry in found.items() if entry.phase == "before" or entry.outcome == "failed"]


def begun_by(context: Context, plan: Plan, holder: Holder) -> bool:
    """Whether a plan has been started by this holder, and not ended since: only then its gates were asked."""
    last = None
    for entry in context.journal.entries(plan.municipality, RUNS):
        last = entry if entry.plan == plan.id else last
    return last is not None and last.phase == "before" and last.detail.get("holder") == list(holder.process)


def bad(found: Iterable[Entry]) -> list[str]:
    """The devices that ended otherwise than the plan wants."""
    return [entry.device or "" for entry in found if entry.phase == "after" and entry.outcome not in GOOD]


def note(context: Context, plan: Plan, phase: Phase, outcome: str, detail: Mapping[str, object]) -> None:
    """Write down that a plan begins or has ended. Only one that moves a municipality is an entry that moves it."""
    context.journal.write(
        Entry(
            what="stage" if plan.moves else "change",
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
                "undoes": plan.undoes,
                "holder": context.holder.process,
                **detail,
            },
        )
    )
