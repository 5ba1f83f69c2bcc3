"""Plan a change: read the devices, work out what each is to become, ask every gate, refuse what would lock us out.

Nothing is written to a device, and no lock is needed: a plan that is overtaken is refused when it is applied.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from nornir_tasks.change import plan_status
from nornir_tasks.change.plan import DevicePlan, Kind, Plan, assemble, plan_device
from nornir_tasks.change.plan_status import status
from nornir_tasks.core.errors import PlatformError, UsageError
from nornir_tasks.core.text import count_noun
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import Context
from nornir_tasks.migration import gates, undo
from nornir_tasks.migration.plan_proofs import (
    PlanOptions,
    ProposeError,
    require_services,
    require_way_back,
    require_way_in,
)
from nornir_tasks.migration.stages import STAGES
from nornir_tasks.migration.waves import Wave, order_servers, order_waves
from nornir_tasks.model import Position, Stage
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.targets import find_target, foresee_targets, get_target, read_targets
from nornir_tasks.targets.server import list_server_targets


@dataclass(frozen=True)
class Proposal:
    """A plan that is not saved yet, what was read for it, and what the gates said."""

    plan: Plan
    collected: Mapping[str, Collected] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()


PLAIN = PlanOptions()


def propose_stage(context: Context, municipality: str, stage: Stage, options: PlanOptions = PLAIN) -> Proposal:
    """Plan a stage (CONNECT to RETIRE).

    A municipality that has come this far already is planned at its present position: nothing moves, and if nobody
    changed anything, nothing will be written.

    Args:
        context: whose journal and logins are used.
        municipality: its name.
        stage: CONNECT to RETIRE.
        options: ticket, what is done instead, workers.

    Raises:
        ProposeError: a device would lock us out, or cannot go back and nothing is said to be done instead.
        GateError: a device does not answer.
    """
    now = context.journal.position()
    here = now.of(municipality)
    repeat = here >= stage
    order = order_waves(context.region, municipality, stage)
    if options.servers:
        servers = [server.name for server in list_server_targets(context.region, municipality)]
        order += order_servers(context.region, municipality, servers)
    order = _leave_out(order, options, stage)
    then = now if repeat else _hold(now.moved(municipality, stage), now, municipality, context, options)
    collected = read_devices(context, order, now, STAGES[stage].reads, options.workers)
    parts = _plan_devices(context, order, collected, now, then, None if repeat else municipality)
    return _build_proposal(context, "stage", municipality, (here, max(stage, here)), parts, collected, then, options)


def propose_undo(
    context: Context, municipality: str, options: PlanOptions = PLAIN, *, of: Plan | None = None
) -> Proposal:
    """Plan to go back one stage, to the byte: devices to what was recorded before it, the centre's to the render.

    Args:
        of: the plan that is taken back; it must be the municipality's last stage.

    Raises:
        UndoError: there is nothing to go back to, or somebody changed a device since.
    """
    now = context.journal.position()
    stage, then = undo.find_last_stage(context, municipality, now)
    if of is not None and of.stage != stage:
        raise undo.UndoError(
            f"plan {of.id}: expected its stage, {Stage(of.stage).word}, to be {municipality}'s last, actual: "
            f"{stage.word}. Take {stage.word} back first. Nothing was changed."
        )
    by = undo.find_plans(context, municipality, stage)
    if of is not None and any(part.changes for part in of.devices) and of.id not in by:
        raise undo.UndoError(
            f"plan {of.id}: expected one that {municipality} stands on, actual: {', '.join(by) or 'none'}. "
            "Nothing was changed."
        )
    past = undo.find_written(context, municipality, stage)
    order = order_waves(context.region, municipality, stage, back=True)
    servers = [name for name in past if name in context.region.servers]
    order = _with_all((*order_servers(context.region, municipality, servers, back=True), *order), past)
    order, then = _leave_out(order, options, stage), _hold(then, now, municipality, context, options)
    touched = [Wave(w.name, tuple(n for n in w.devices if n in past or _at_centre(context, n))) for w in order]
    collected = read_devices(context, touched, now, (), options.workers)
    undo.require_untouched(context, f"undo {stage.word}", collected, past)
    parts = []
    for wave in order:
        for name in wave.devices:
            target = find_target(context.region, name)
            if name not in collected:
                parts.append(undo.plan_untouched(target, now, then, wave.name))
                continue
            restore = past[name].backup if name in past else None
            running = collected[name].running
            parts.append(
                plan_device(context, target, running, now, then, wave=wave.name, restore=restore, move=municipality)
            )
    undo.require_unedited(parts)
    undo.require_restorable(context, parts)
    span = (stage, then.of(municipality))
    return _build_proposal(context, "undo", municipality, span, parts, collected, then, options, of.id if of else None)


def propose_harmonise(
    context: Context, municipality: str, devices: Iterable[str] | None = None, options: PlanOptions = PLAIN
) -> Proposal:
    """Plan to bring devices to what is intended at their present position: edits go, no stage moves.

    Args:
        context: whose journal and logins are used.
        municipality: its name.
        devices: names; None: all of them.
        options: ticket, what is done instead, workers.

    Raises:
        ProposeError: a device would lock us out, or cannot go back and nothing is said to be done instead.
        GateError: a device does not answer.
    """
    now = context.journal.position()
    order = order_waves(context.region, municipality, Stage.HARMONISE)
    if devices is not None:
        only = list(devices)
        order = tuple(Wave(wave.name, tuple(name for name in wave.devices if name in only)) for wave in order)
        servers = [name for name in only if name in context.region.servers]
        order += order_servers(context.region, municipality, servers)
    order = _leave_out(order, options, Stage.HARMONISE)
    collected = read_devices(context, order, now, (), options.workers)
    parts = _plan_devices(context, order, collected, now, now, None)
    here = now.of(municipality)
    return _build_proposal(context, "harmonise", municipality, (here, here), parts, collected, now, options)


def propose_take_back(context: Context, plan: Plan, options: PlanOptions = PLAIN) -> Proposal:
    """Plan the other direction of a plan that was applied, from the snapshots that were taken before it.

    Args:
        context: whose journal and logins are used.
        plan: that was applied, also in part.
        options: ticket, what is done instead, workers.

    Raises:
        UndoError: it was not applied, it is itself a way back, or somebody changed a device since.
    """
    word = status(context, plan)
    if back := plan_status.find_taking_back(context, plan):
        raise undo.UndoError(
            f"plan {plan.id}: it was taken back already, {plan_status.describe_taking_back(back)}. "
            f"{plan.municipality} stands at {context.journal.position().of(plan.municipality).word}. "
            "Nothing was changed."
        )
    if word in ("open", "stale", "expired", "discarded"):
        raise undo.UndoError(f"plan {plan.id}: expected one that was applied, actual: {word}. Nothing was changed.")
    if plan.kind == "undo":
        raise undo.UndoError(f"plan {plan.id}: it is a way back itself; plan the stage again. Nothing was changed.")
    past = undo.find_changed(context, plan)
    if not past and word in ("begun", "stopped", "overtaken"):
        raise undo.UndoError(f"plan {plan.id}: nothing of it was written, so there is nothing to take back.")
    if plan.kind == "stage" and plan.moves:
        return propose_undo(context, plan.municipality, options, of=plan)
    now = context.journal.position()
    waves = [Wave(name, tuple(name for name in devices if name in past)) for name, devices in plan.waves.items()]
    order = _leave_out(waves, options, Stage.HARMONISE)
    collected = read_devices(context, order, now, (), options.workers)
    undo.require_untouched(context, f"undo {plan.id}", collected, past)
    parts = [
        plan_device(context, find_target(context.region, name), collected[name].running, now, now, wave=wave.name,
                    restore=past[name].backup)
        for wave in order
        for name in wave.devices
    ]  # fmt: skip
    undo.require_restorable(context, parts)
    here = now.of(plan.municipality)
    return _build_proposal(context, "undo", plan.municipality, (here, here), parts, collected, now, options, plan.id)


def read_devices(
    context: Context, order: Iterable[Wave], now: Position, what: Sequence[str], workers: int
) -> dict[str, Collected]:
    """Read the devices of these waves, by name; one that does not answer is there with its error.

    Args:
        context: whose logins are used.
        order: waves; only the devices in them count.
        now: as whom to log in.
        what: to read beside the running configuration and whether a change waits.
        workers: devices at a time.
    """
    names = [name for wave in order for name in wave.devices]
    return read_targets(context, names, now, ("pending", *what), workers)


def ask_gates(
    context: Context,
    plan: Plan,
    collected: Mapping[str, Collected],
    approvals: Mapping[str, str] | None = None,
    *,
    only: Sequence[str] = (),
) -> list[Verdict]:
    """Ask every gate of a plan, with what the devices say just now.

    Args:
        context: whose journal is asked.
        plan: need not be saved.
        collected: what the devices said.
        approvals: who approves it, and why; None: it is not known yet.
        only: names of gates; empty: all.
    """
    stage = gated_stage(plan)
    home, now = context.region.municipalities[plan.municipality], context.journal.position()
    here = gates.Situation(
        context, home, stage, now, collected, plan.devices, approvals or {}, plan.id, left_out=plan.left_out
    )
    kind = plan.kind if plan.moves or plan.kind != "undo" else "harmonise"  # taking back what moved nobody
    return gates.ask(here, kind, repeat=not plan.moves, only=only)


def ask_gates_again(context: Context, plan: Plan, approvals: Mapping[str, str]) -> list[Verdict]:
    """The gates of a plan as they are now, without reading a device.

    Args:
        context: whose journal is asked.
        plan: that waits to be applied.
        approvals: that count now, by name.

    Returns:
        All gates of the plan; those that look at what devices say, as they were when the plan was made.
    """
    then = {verdict.rule.name: verdict for verdict in plan.gates if verdict.rule.name in gates.FROM_DEVICES}
    now = ask_gates(context, plan, {}, approvals)
    return [then.get(verdict.rule.name, verdict) for verdict in now]


def gated_stage(plan: Plan) -> Stage:
    """The stage whose gates a plan must pass: for a way back, of the stage that it takes back."""
    return Stage(plan.before if plan.kind == "undo" else plan.stage)


def _build_proposal(
    context: Context,
    kind: Kind,
    municipality: str,
    span: tuple[Stage, Stage],
    parts: Sequence[DevicePlan],
    collected: Mapping[str, Collected],
    then: Position,
    options: PlanOptions,
    undoes: str | None = None,
) -> Proposal:
    """Put the plan together: every lock-out is named before anything else, and what the gates say is part of it."""
    parts = [require_way_back(part, context, options) for part in parts]
    parts = require_way_in(context, parts, then, options)
    assemble_with = partial(
        assemble, context, kind, municipality, *span, parts,
        ticket=options.ticket, undoes=undoes, left_out=options.leave_out,
    )  # fmt: skip
    draft = assemble_with()
    verdicts = ask_gates(context, draft, collected)
    silent = [verdict for verdict in verdicts if verdict.rule.name == "reachable" and not verdict.passed]
    if silent:  # what was not read cannot be planned
        gates.require(verdicts, f"{municipality} {kind if kind != 'stage' else gated_stage(draft).word}")
    # A way back leads to what was there before, with whatever people had then; a stage out of turn ends at its gate.
    out_of_turn = any(verdict.rule.name == "stage_before" and not verdict.passed for verdict in verdicts)
    now = context.journal.position()
    losses = () if kind == "undo" or out_of_turn else require_services(context, municipality, parts, now, options)
    plan = assemble_with(gates=verdicts, accepted_losses=losses)
    return Proposal(plan, collected, tuple(verdicts))


def _plan_devices(
    context: Context,
    order: Sequence[Wave],
    collected: Mapping[str, Collected],
    now: Position,
    then: Position,
    move: str | None,
) -> list[DevicePlan]:
    """The plan of every device that answered, in the order of the waves.

    Raises:
        ProposeError: what some of them run cannot be understood: names each, what it is, and how to plan the others.
    """
    parts, wrong = [], []
    running = {name: collected[name].running for wave in order for name in wave.devices if collected[name].reached}
    foreseen = foresee_targets(context, running, then)
    for wave in order:
        for name in wave.devices:
            if name not in running:
                continue
            target, foresight = find_target(context.region, name), foreseen.get(name)
            if foresight and foresight.error:
                wrong.append((name, f"{name}: {foresight.error}"))
                continue
            try:
                parts.append(
                    plan_device(
                        context, target, running[name], now, then, wave=wave.name, move=move,
                        foreseen=foresight.intended if foresight else None,
                    )
                )  # fmt: skip
            except PlatformError as error:
                wrong.append((name, f"{name}: {error}"))
    if wrong:
        lines = "\n  ".join(words for _, words in wrong)
        options = " ".join(f"--leave-out {name}" for name, _ in wrong)
        raise ProposeError(
            f"{count_noun(len(wrong), 'configuration')} cannot be understood; nothing was written.\n  {lines}\n"
            f"The others may be planned without: {options}"
        )
    return parts


def _leave_out(order: Sequence[Wave], options: PlanOptions, stage: Stage) -> tuple[Wave, ...]:
    """The waves without those that are to be left out.

    Raises:
        UsageError: one is none of these, nobody is left, or the stage leaves nobody out.
    """
    if not options.leave_out:
        return tuple(order)
    names = [name for wave in order for name in wave.devices]
    strangers = [name for name in options.leave_out if name not in names]
    if strangers:
        raise UsageError(f"leave out: found {', '.join(strangers)}, expected some of {', '.join(names)}")
    if set(names) <= set(options.leave_out):
        raise UsageError("leave out: found every switch of this change, expected some to be left")
    if stage == Stage.RETIRE:
        raise UsageError("leave out: found retire, which takes the legacy from all at once, expected another stage")
    return tuple(Wave(w.name, tuple(name for name in w.devices if name not in options.leave_out)) for w in order)


def _hold(then: Position, now: Position, municipality: str, context: Context, options: PlanOptions) -> Position:
    """The position afterwards, in which those that are left out stand where they stand now."""
    for name in options.leave_out:
        own = get_target(context.region, name)
        place = name if own and own.municipality == municipality else f"{name}/{municipality}"
        then = then.moved(municipality, now.of(municipality, place), place)
    return then


def _with_all(order: Sequence[Wave], names: Iterable[str]) -> tuple[Wave, ...]:
    """These waves, and before them whatever else was written to: hosts of a kind that is no switch and no server."""
    named = {name for wave in order for name in wave.devices}
    others = tuple(name for name in names if name not in named)
    return (Wave("others", others), *order) if others else tuple(order)


def _at_centre(context: Context, name: str) -> bool:
    return find_target(context.region, name).municipality == CENTRE
