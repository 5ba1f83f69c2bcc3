"""A change of one municipality from beginning to end: begin (lock, gates, plan), apply device by device, finish.

    started = begin(context, "loppa", Stage.CONNECT)
    for wave in started.plan.waves.values():
        for device in wave:                            # or all at once: tasks.apply.apply_many
            apply_one(context, started.plan, device)
    summary = finish(context, started.plan)

``begin_undo`` and ``begin_harmonise`` are the other ways in. The survey, which writes nothing, has its own module.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from nornir_tasks import lock
from nornir_tasks.context import Context
from nornir_tasks.errors import FellesdriftError
from nornir_tasks.journal import Entry
from nornir_tasks.migration import gates, undo
from nornir_tasks.migration.stages import STAGES
from nornir_tasks.migration.waves import Wave, leaves, waves
from nornir_tasks.model import Device, Position, Stage
from nornir_tasks.plan import DevicePlan, Plan, approvals, approve, assemble, load, plan_device, save, verify
from nornir_tasks.push import Outcome, apply_device
from nornir_tasks.tasks.collect import Collected, collect

CENTRE = "operations_centre"
GOOD = ("changed", "unchanged")  # outcomes of a device that is where the plan wants it


class ChangeError(FellesdriftError):
    """A change cannot begin or did not finish: names municipality, stage and what to do."""


@dataclass(frozen=True)
class Started:
    """A change that may go on: its plan, what its gates said, and who did not answer (waived, in a survey)."""

    plan: Plan
    verdicts: tuple[gates.Verdict, ...] = ()
    check: bool = False

    @property
    def changes(self) -> tuple[str, ...]:
        """The devices that will be written to."""
        return tuple(part.device for part in self.plan.devices if part.changes)


@dataclass(frozen=True)
class Summary:
    """How a change ended. ``done``: every device is where the plan wants it, and the municipality has moved."""

    municipality: str
    stage: Stage
    done: bool
    outcomes: Mapping[str, str]  # device: changed, unchanged, refused, reverted, failed, or "not begun"
    messages: tuple[str, ...]

    @property
    def changed(self) -> tuple[str, ...]:
        """The devices that were written to."""
        return tuple(name for name, outcome in self.outcomes.items() if outcome == "changed")

    def __str__(self) -> str:
        counts = ", ".join(
            f"{list(self.outcomes.values()).count(word)} {word}" for word in dict.fromkeys(self.outcomes.values())
        )
        word = "done" if self.done else "stopped"
        return f"{self.municipality} {self.stage.word}: {word} ({counts or 'no devices'})"


def begin(
    context: Context,
    municipality: str,
    stage: Stage,
    *,
    approved: Mapping[str, str] | None = None,
    check: bool = False,
    plan_id: str | None = None,
    workers: int = 10,
) -> Started:
    """Begin a stage (CONNECT to RETIRE): take the lock, read every device, plan, examine the gates, save the plan.

    A municipality that has come this far already is planned at its present position: nothing moves, and if nobody
    changed anything, nothing will be written.

    Args:
        approved: name to reason, of those who approve now; they are journalled with the plan.
        check: only look: no lock, no journal, no plan on disk.
        plan_id: a saved plan to be applied exactly as it was read, with the approvals it was given.

    Raises:
        GateError: names every gate that is shut.
        LockedError: somebody else changes this municipality.
    """
    now = context.journal.position()
    repeat = now.of(municipality) >= stage
    then = now if repeat else now.moved(municipality, stage)
    order = waves(context.region, municipality, stage)
    kept = load(context, plan_id) if plan_id else None
    if kept:
        verify(context, kept)
        _fits(kept, municipality, now, stage)
    with locked(context, municipality, stage, check):
        reads = STAGES[stage].reads
        found = _collect(context, order, now, reads, workers)
        move = None if repeat else municipality
        parts = list(kept.devices) if kept else _parts(context, order, found, now, then, move)
        names = {**(approvals(context, kept) if kept else {}), **(approved or {})}
        home = context.region.municipalities[municipality]
        here = gates.Situation(context, home, stage, now, found, parts, names)
        if "macs" in reads and not check:
            _observe(context, here)
        verdicts = _again(here) if repeat else gates.examine(here)
        what = f"{municipality} {stage.word}"
        if not check or any(not found[name].reached for name in found):
            gates.require(verdicts, what)
        plan = kept or assemble(
            context, "stage", municipality, now.of(municipality), max(stage, now.of(municipality)), parts
        )
        if not check:
            _open(context, plan, approved or {})
    return Started(plan, tuple(verdicts), check)


def begin_undo(context: Context, municipality: str, *, check: bool = False, workers: int = 10) -> Started:
    """Begin to go back one stage, to the byte: the devices to what was recorded before it, the centre's to the render.

    Raises:
        UndoError: there is nothing to go back to, or somebody changed a device since.
    """
    now = context.journal.position()
    stage, then = undo.step(context, municipality, now)
    order = waves(context.region, municipality, stage, back=True)
    with locked(context, municipality, stage, check):
        past = undo.history(context, municipality, stage)
        touched = [Wave(w.name, tuple(n for n in w.devices if n in past or _at_centre(context, n))) for w in order]
        found = _collect(context, touched, now, (), workers)
        undo.require_untouched(context, stage, found, past)
        parts = []
        for wave in order:
            for name in wave.devices:
                device = context.region.devices[name]
                if name in found:
                    restore = past[name].backup if name in past else None
                    text = found[name].running
                    parts.append(
                        plan_device(
                            context, device, text, now, then, wave=wave.name, restore=restore, move=municipality
                        )
                    )
                else:
                    parts.append(undo.untouched(context, device, now, then, wave.name))
        undo.require_unedited(parts)
        plan = assemble(context, "undo", municipality, stage, then.of(municipality), parts)
        if not check:
            _open(context, plan, {})
    return Started(plan, (), check)


def begin_harmonise(
    context: Context, municipality: str, devices: Iterable[str] | None = None, *, check: bool = False, workers: int = 10
) -> Started:
    """Begin to bring devices to what is intended at their present position: edits go, no stage moves."""
    now = context.journal.position()
    order = waves(context.region, municipality, Stage.HARMONISE)
    if devices is not None:
        only = set(devices)
        order = tuple(Wave(wave.name, tuple(name for name in wave.devices if name in only)) for wave in order)
    with locked(context, municipality, Stage.LEGACY, check):
        found = _collect(context, order, now, (), workers)
        silent = [f"{one.device}: {one.error}" for one in found.values() if not one.reached]
        if silent:
            raise ChangeError(f"{municipality} harmonise: no answer; nothing was changed.\n  " + "\n  ".join(silent))
        parts = _parts(context, order, found, now, now, None)
        stage = now.of(municipality)
        plan = assemble(context, "harmonise", municipality, stage, stage, parts)
        if not check:
            _open(context, plan, {})
    return Started(plan, (), check)


def apply_one(context: Context, plan: Plan, device: str) -> Outcome:
    """Apply one device, if the waves before its own are done and the failure budget is not used up.

    Safe to call from many processes at once; ``context`` must name the same process as the one that began.
    """
    holder = lock.holder_of(context.journal, plan.municipality)
    if holder is None or (holder.host, holder.pid) != (context.holder.host, context.holder.pid):
        whom = f"{holder.who} (process {holder.pid} on {holder.host})" if holder else "nobody"
        return Outcome(
            device, "refused", f"{device}: the lock of {plan.municipality} is held by {whom}, expected ours."
        )
    stop = _stopped(context, plan, device)
    if stop:
        return Outcome(device, "refused", f"{device}: {stop} Nothing was written.")
    return apply_device(context, plan, device)


def finish(context: Context, plan: Plan) -> Summary:
    """End a change: the municipality has moved if every device did; the lock is given back either way."""
    ended = outcomes(context, plan)
    good = all(ended.get(part.device, ("", ""))[0] in GOOD for part in plan.devices)
    messages = tuple(words for outcome, words in ended.values() if outcome not in GOOD)
    left = tuple(part.device for part in plan.devices if part.device not in ended)
    stage = Stage(plan.stage)
    moves = plan.kind != "harmonise" and plan.before != plan.stage
    if moves or not good:
        word = ("undone" if plan.kind == "undo" else "done") if good and moves else "stopped"
        _note(context, plan, "after", word, {"left": left, "messages": messages})
    abandon(context, plan.municipality)
    results = {part.device: ended[part.device][0] if part.device in ended else "not begun" for part in plan.devices}
    return Summary(plan.municipality, stage, good, results, messages)


def abandon(context: Context, municipality: str) -> None:
    """Give the locks back, whatever has been done so far: the journal knows where to go on."""
    for name in (municipality, CENTRE):
        lock.release(context.journal, name, context.holder)


def outcomes(context: Context, plan: Plan) -> dict[str, tuple[str, str]]:
    """What became of each device of a plan so far: the last outcome and its words; "started" if it has not ended."""
    return {
        entry.device: (entry.outcome, str(entry.detail.get("message", "")) or f"{entry.device}: begun and not ended")
        for entry in context.journal.entries(plan.municipality, "device")
        if entry.plan == plan.id and entry.device
    }


def budget(context: Context, plan: Plan) -> int:
    """How many devices may fail before a change stops; going back and harmonising have none."""
    programme = context.region.municipalities[plan.municipality].migration
    return programme.failure_budget if programme and plan.kind == "stage" else 0


def _stopped(context: Context, plan: Plan, device: str) -> str:
    """Why a device may not begin yet, or at all; empty if it may."""
    mine = plan.of(device).wave
    earlier: list[str] = []
    for wave, names in plan.waves.items():
        if wave == mine:
            break
        earlier += names
    ended = outcomes(context, plan)
    # One that nothing is written to is not waited for: with --limit it may be left out.
    waiting = [name for name in earlier if name not in ended and plan.of(name).changes]
    if waiting:
        return f"the wave before is not done yet: {', '.join(waiting)}."
    bad = [name for name in earlier if name in ended and ended[name][0] not in GOOD]
    allowed = budget(context, plan)
    if len(bad) > allowed:
        return f"the change has stopped: {', '.join(bad)} failed in an earlier wave, the failure budget is {allowed}."
    return ""


def _fits(plan: Plan, municipality: str, now: Position, stage: Stage) -> None:
    """Refuse a saved plan of something else, or from another position."""
    asked = ("stage", municipality, now.of(municipality).word, stage.word)
    made = (plan.kind, plan.municipality, Stage(plan.before).word, Stage(plan.stage).word)
    if made != asked:
        raise ChangeError(
            f"plan {plan.id}: found {' '.join(made)}, expected {' '.join(asked)} (what, whose, from, to). "
            "Nothing was written."
        )


def _parts(
    context: Context,
    order: Sequence[Wave],
    found: Mapping[str, Collected],
    now: Position,
    then: Position,
    move: str | None,
) -> list[DevicePlan]:
    """The plan of every device that answered, in the order of the waves."""
    parts = []
    for wave in order:
        for name in wave.devices:
            if found[name].reached:
                device = context.region.devices[name]
                parts.append(plan_device(context, device, found[name].running, now, then, wave=wave.name, move=move))
    return parts


def _collect(
    context: Context, order: Iterable[Wave], now: Position, what: Sequence[str], workers: int
) -> dict[str, Collected]:
    devices: list[Device] = [context.region.devices[name] for wave in order for name in wave.devices]
    return collect(context, devices, now, *what, workers=workers) if devices else {}


def _again(here: gates.Situation) -> list[gates.Verdict]:
    """A stage that is behind a municipality needs nobody's leave; but nothing is done over somebody's edit either."""
    return [v for v in gates.examine(here) if v.gate in ("reachable", "no_drift")]


def _observe(context: Context, here: gates.Situation) -> None:
    """Keep in the journal whether anybody was heard on a legacy VLAN: the soak looks back at it."""
    seen = gates.clients_on_legacy(here)
    word = "seen" if seen else "none"
    context.journal.write(
        Entry("observation", "after", word, here.municipality.name, here.stage, context.who, "legacy clients",
              detail={"seen": seen[:20]})
    )  # fmt: skip


def _at_centre(context: Context, name: str) -> bool:
    return context.region.devices[name].municipality == CENTRE


def _open(context: Context, plan: Plan, approved: Mapping[str, str]) -> None:
    """Save the plan, journal who approved it, and that it begins."""
    save(context, plan)
    for name, reason in approved.items():
        approve(context, plan, name, reason)
    if any(part.changes for part in plan.devices) or plan.before != plan.stage:
        _note(context, plan, "before", "started", {"devices": [p.device for p in plan.devices if p.changes]})


def _note(context: Context, plan: Plan, phase: str, outcome: str, detail: Mapping[str, object]) -> None:
    before = phase == "before"
    context.journal.write(
        Entry("stage", "before" if before else "after", outcome, plan.municipality, Stage(plan.stage), context.who,
              context.reason, plan=plan.id, detail={"kind": plan.kind, **detail})
    )  # fmt: skip


@contextmanager
def locked(context: Context, municipality: str, stage: Stage, check: bool) -> Iterator[None]:
    """Take the municipality's lock (at CONNECT the centre's too, whose leaves change), and keep it.

    It is given back by ``finish`` or ``abandon``; here only if beginning fails.
    """
    if check:
        yield
        return
    try:
        lock.acquire(context.journal, municipality, context.holder)
        if stage in STAGES and STAGES[stage].centre and leaves(context.region, municipality):
            lock.acquire(context.journal, CENTRE, context.holder)
        yield
    except BaseException:
        abandon(context, municipality)
        raise
