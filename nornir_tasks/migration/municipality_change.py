"""A change of one municipality from beginning to end: start (lock, gates), apply device by device, finish.

    proposal = propose_stage(context, "loppa", Stage.CONNECT)     # reads, writes nothing
    save(context, proposal.plan)                                   # is read, approved, and then
    started = start(context, proposal.plan)
    for wave in started.plan.waves.values():
        for device in wave:                            # or all at once: apply_many.run
            apply_one(context, started.plan, device)
    summary = finish(context, started.plan)

``begin``, ``begin_undo`` and ``begin_harmonise`` plan and start in one go. A plan that stopped, or whose control node
died, is started again in the same way: what is done is left alone, what was begun is looked at first.
The survey, which writes nothing, has its own module.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nornir_tasks.change import approval, payload, plan_inputs, plan_status
from nornir_tasks.change.plan import Plan, PlanError, load, require_agreement, save
from nornir_tasks.change.plan_status import last_entries, status
from nornir_tasks.change.recover import recover_device
from nornir_tasks.core import interrupt
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.verdict import Verdict, format_failures
from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.entry import GOOD, Entry
from nornir_tasks.migration import gates, undo
from nornir_tasks.migration.execution import NONE, Overrides, locked
from nornir_tasks.migration.propose import (
    PLAIN,
    PlanOptions,
    Proposal,
    ask_gates,
    gated_stage,
    propose_harmonise,
    propose_stage,
    propose_undo,
    read_devices,
)
from nornir_tasks.migration.stages import STAGES
from nornir_tasks.migration.waves import Wave
from nornir_tasks.model import Stage
from nornir_tasks.targets import count_targets, find_target


class ChangeError(FellesdriftError):
    """A change cannot begin or did not finish: names municipality, stage and what to do."""


@dataclass(frozen=True)
class Started:
    """A change that may go on: its plan, and what its gates said."""

    plan: Plan
    verdicts: tuple[Verdict, ...] = ()
    check: bool = False

    @property
    def changes(self) -> tuple[str, ...]:
        """The devices that will be written to."""
        return tuple(part.device for part in self.plan.devices if part.changes)


def begin(
    context: Context,
    municipality: str,
    stage: Stage,
    *,
    check: bool = False,
    plan_id: str | None = None,
    options: PlanOptions = PLAIN,
    overrides: Overrides = NONE,
) -> Started:
    """Begin a stage (CONNECT to RETIRE): plan it, or take the plan that was saved, read and approved, and start it.

    Args:
        check: only look: no lock, no journal, no plan on disk.
        plan_id: a saved plan to be applied exactly as it was read.

    Raises:
        GateError: names every gate that is shut.
        LockedError: somebody else changes this municipality.
    """
    wanted = ("stage", municipality, stage.word)
    return _begin(
        context, wanted, lambda: propose_stage(context, municipality, stage, options), check, plan_id, overrides
    )


def begin_undo(
    context: Context,
    municipality: str,
    *,
    stage: Stage | None = None,
    check: bool = False,
    plan_id: str | None = None,
    options: PlanOptions = PLAIN,
    overrides: Overrides = NONE,
) -> Started:
    """Begin to go back one stage, to the byte: the devices to what was recorded before it, the centre's to the render.

    Args:
        context: whose journal and logins are used.
        municipality: its name.
        stage: that is taken back; None: the last one, unless going back was the last thing that was done.
        check: only look: no lock, no journal, no plan on disk.
        plan_id: a saved plan to be applied exactly as it was read.
        options: of a plan that is made now.
        overrides: what is allowed for this one run.

    Raises:
        UndoError: there is nothing to go back to, it was done already, or somebody changed a device since.
    """
    wanted = ("undo", municipality)
    if not plan_id:
        undo.require_named(context, municipality, stage)
    return _begin(context, wanted, lambda: propose_undo(context, municipality, options), check, plan_id, overrides)


def begin_harmonise(
    context: Context,
    municipality: str,
    devices: Iterable[str] | None = None,
    *,
    check: bool = False,
    plan_id: str | None = None,
    options: PlanOptions = PLAIN,
    overrides: Overrides = NONE,
) -> Started:
    """Begin to bring devices to what is intended at their present position: edits go, no stage moves.

    Args:
        context: whose journal and logins are used.
        municipality: its name.
        devices: names; None: all of them.
        check: only look: no lock, no journal, no plan on disk.
        plan_id: a saved plan to be applied exactly as it was read.
        options: of a plan that is made now.
        overrides: what is allowed for this one run.

    Raises:
        GateError: names every gate that is shut.
        LockedError: somebody else changes this municipality.
    """
    only = None if devices is None else list(devices)
    wanted = ("harmonise", municipality)
    return _begin(
        context, wanted, lambda: propose_harmonise(context, municipality, only, options), check, plan_id, overrides
    )


def start(
    context: Context,
    plan: Plan,
    *,
    collected: Mapping[str, Collected] | None = None,
    overrides: Overrides = NONE,
    workers: int = 10,
) -> Started:
    """Start a saved plan, or start it again: take the lock, look whether anything has moved since, ask every gate.

    Devices that were begun and never ended are looked at before anything else, whatever shuts after that: what is on
    them must not depend on a window, or on a plan that has grown old.

    Args:
        collected: what was read of the devices just now, if the plan was made just now.

    Raises:
        PlanError: it has expired, or what it rests on has moved: the difference is shown, and nothing was written.
        GateError: names every gate that is shut.
        LockedError: somebody else changes this municipality.
    """
    with locked(context, plan.municipality, overrides, [part.device for part in plan.devices]) as context:
        looked = [recover_device(context, plan, name) for name in plan_status.find_unclear(context, plan)]
        try:
            return _start(context, plan, collected, overrides, workers)
        except FellesdriftError as error:
            if not looked:
                raise
            # What was begun has an end now, whatever keeps the rest from going on.
            plan_status.record_plan(
                context, plan, "after", "stopped", {"messages": [outcome.message for outcome in looked]}
            )
            told = "".join(f"\n  {outcome.device}: {outcome.outcome}: {outcome.message}" for outcome in looked)
            told_error = ChangeError(f"{error}\nWhat was begun was looked at first:{told}")
            told_error.exit_code = error.exit_code
            raise told_error from error


def _start(
    context: Context, plan: Plan, collected: Mapping[str, Collected] | None, overrides: Overrides, workers: int
) -> Started:
    """Look whether anything has moved, ask every gate, and write down that it begins."""
    plan_inputs.require_fresh(context, plan)
    require_agreement(context.region, plan.devices)
    word = status(context, plan)
    if word in ("done", "taken back", "overtaken", "discarded"):
        others = plan_status.find_overtaken(context, plan) if word == "overtaken" else []
        whom = f" (another plan was at {', '.join(others)} since)" if others else ""
        raise PlanError(
            f"plan {plan.id}: expected one that is not applied yet, actual: {word}{whom}. "
            "Nothing was written: plan again."
        )
    _require_position(context, plan)
    reads = STAGES[gated_stage(plan)].reads if plan.kind == "stage" else ()
    if collected is None:
        order = [Wave(name, tuple(n for n in devices if _was_read(plan, n))) for name, devices in plan.waves.items()]
        collected = read_devices(context, order, context.journal.position(), reads, workers)
        _require_unmoved(context, plan, collected)
    verdicts = ask_gates(
        context,
        plan,
        collected,
        find_signatures(context, plan) if is_signed(context, plan) else {},
    )
    if "macs" in reads:
        _observe(context, plan, collected)
    _require(context, plan, verdicts, overrides)
    if interrupt.is_stop_requested():
        raise interrupt.Interrupted(f"plan {plan.id}: {interrupt.WORDS} before it began. Nothing was written.")
    if plan.to_do:
        plan_status.record_plan(
            context, plan, "before", "started", {"devices": [p.device for p in plan.devices if p.changes]}
        )
    return Started(plan, tuple(verdicts))


def is_signed(context: Context, plan: Plan) -> bool:
    """Whether a plan is one that people have to sign."""
    return gates.wants_signatures(plan, gated_stage(plan), context.region.of(plan.municipality)[0].standard)


def find_signatures(context: Context, plan: Plan) -> dict[str, str]:
    """Who approved a plan, and why. Who approved a stage knew where it leads back to: that counts for its undoing."""
    given = approval.find_approvals(context, plan)
    if plan.kind == "undo":
        for name in undo.find_plans(context, plan.municipality, gated_stage(plan)):
            try:
                given = {**approval.find_approvals(context, load(context, name)), **given}
            except PlanError:
                continue  # it is not kept here any more: then its approvals do not count, and new ones are asked for
    return given


def _begin(
    context: Context,
    wanted: tuple[str, ...],
    propose: Callable[[], Proposal],
    check: bool,
    plan_id: str | None,
    overrides: Overrides,
) -> Started:
    """Plan, or take a saved plan of what is wanted, and start it."""
    if plan_id:
        plan = load(context, plan_id)
        made = (plan.kind, plan.municipality, Stage(plan.stage).word)[: len(wanted)]
        if made != wanted:
            raise ChangeError(
                f"plan {plan.id}: found {' '.join(made)}, expected {' '.join(wanted)}. Nothing was written."
            )
        return Started(plan, check=True) if check else start(context, plan, overrides=overrides)
    if check:
        proposal = propose()
        return Started(proposal.plan, proposal.verdicts, True)
    with locked(context, wanted[1], overrides) as context:
        proposal = propose()
        save(context, proposal.plan)
        plan_inputs.save_inputs(context)
        return start(context, proposal.plan, collected=proposal.collected, overrides=overrides)


def _require(context: Context, plan: Plan, verdicts: Sequence[Verdict], overrides: Overrides) -> None:
    """Refuse if a gate is shut. An emergency opens the clock's gates for a way back, and is written down."""
    shut = [verdict for verdict in verdicts if not verdict.passed]
    clock = [verdict for verdict in shut if verdict.rule.name in gates.CLOCK]
    if clock and overrides.emergency_reason and plan.kind == "undo":
        words = format_failures(clock)
        context.journal.write(
            Entry(
                what="waiver",
                phase="after",
                outcome="emergency",
                municipality=plan.municipality,
                stage=gated_stage(plan),
                who=context.who,
                reason=overrides.emergency_reason,
                plan=plan.id,
                detail={"gates": words},
            )
        )
        shut = [verdict for verdict in shut if verdict not in clock]
    if not shut:
        return
    what = f"{plan.municipality} {plan.kind if plan.kind != 'stage' else Stage(plan.stage).word}"
    try:
        gates.require([verdict for verdict in verdicts if verdict in shut or verdict.passed], what)
    except gates.GateError as error:
        hints = []
        if all(verdict.rule.name in gates.SIGNED for verdict in shut):
            hints.append(f"Read it: scripts/change.py show {plan.id}; approve it: scripts/change.py approve {plan.id}")
            hints.append(f"then apply it: scripts/change.py apply {plan.id}, or the playbook with -e plan={plan.id}")
        if clock and plan.kind == "undo":
            hints.append("In an emergency: --emergency REASON (playbook: -e emergency=REASON)")
        raise gates.GateError("\n  ".join([str(error), *hints])) from None


def _require_unmoved(context: Context, plan: Plan, collected: Mapping[str, Collected]) -> None:
    """Refuse the whole plan if a device is not as it was when the plan was made, or as the plan has left it.

    Not asked of those that ended unclear: they are looked at before anything else.

    Raises:
        PlanError: names every such device, with the difference.
    """
    ended = last_entries(context, plan)
    moved: dict[str, str] = {}
    for part in plan.devices:
        reading, last = collected.get(part.device), ended.get(part.device)
        if reading is None or not reading.reached:
            continue
        if last is not None and (last.phase == "before" or last.outcome == "failed"):
            continue
        done = last is not None and last.outcome in GOOD
        expected = last.digest_after if last is not None and done else part.digest_before
        if context.backups.digest(reading.running) != expected:
            was = replace(part, running=part.intended) if done else part
            moved[part.device] = payload.describe_edits(was, find_target(context.region, part.device), reading.running)
    if moved:
        lines = "\n  ".join(f"{name}: {difference}" for name, difference in moved.items())
        count = count_targets(context.region, moved)
        raise PlanError(
            f"plan {plan.id}: {count} changed since it was made ({plan.made}); expected what it was made from. "
            f"Nothing was written: plan again.\n  {lines}"
        )


def _was_read(plan: Plan, device: str) -> bool:
    """Whether a device was read for the plan: an undo leaves alone what its stage did not touch."""
    return bool(plan.of(device).digest_before)


def _require_position(context: Context, plan: Plan) -> None:
    """Refuse a plan that begins where the municipality does not stand (a way back: what its last stage is not)."""
    now = context.journal.position()
    back = plan.kind == "undo" and plan.moves
    stands = undo.find_last_stage(context, plan.municipality, now)[0] if back else now.of(plan.municipality)
    if stands != plan.before:
        raise PlanError(
            f"plan {plan.id}: expected {plan.municipality} at {Stage(plan.before).word}, actual: {stands.word}. "
            "Nothing was written."
        )


def _observe(context: Context, plan: Plan, collected: Mapping[str, Collected]) -> None:
    """Keep in the journal whether anybody was heard on a legacy VLAN: the soak looks back at it."""
    home, now = context.region.municipalities[plan.municipality], context.journal.position()
    seen = gates.find_legacy_clients(gates.Situation(context, home, gated_stage(plan), now, collected))
    word = "seen" if seen else "none"
    context.journal.write(
        Entry("observation", "after", word, home.name, gated_stage(plan), context.who, "legacy clients",
              detail={"seen": seen[:20]})
    )  # fmt: skip
