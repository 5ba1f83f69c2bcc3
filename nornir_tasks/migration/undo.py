"""The way back: what a stage found before it, and whether anybody has touched it since."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nornir_tasks.change import payload, plan_status
from nornir_tasks.change.plan import DevicePlan, Plan, PlanError, load
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.projections import Before
from nornir_tasks.migration.stages import STAGES
from nornir_tasks.model import Position, Stage
from nornir_tasks.targets import Target, find_target, get_target


class UndoError(FellesdriftError):
    """A stage cannot be undone: names municipality or device, and why. Nothing was changed."""


def find_last_stage(context: Context, municipality: str, now: Position) -> tuple[Stage, Position]:
    """The stage that is undone, and the position afterwards; a stage that stopped halfway is undone first.

    Args:
        context: whose region is asked.
        municipality: its name.
        now: where everything stands.

    Raises:
        UndoError: at RETIRE, which archives the legacy for good, and where nothing has been done yet.
    """
    stage = now.of(municipality)
    names = {device.name for device in context.region.of(municipality)}
    names |= {server.name for server in context.region.servers.values() if server.municipality == municipality}
    places = [place for place in now.devices if place in names or place.endswith(f"/{municipality}")]
    furthest = max((now.devices[place] for place in places), default=stage)
    undone = max(stage, furthest)
    if undone == Stage.LEGACY:
        raise UndoError(f"{municipality}: nothing to undo: it stands at legacy. Nothing was changed.")
    if not STAGES[undone].undoable:
        raise UndoError(f"{municipality}: {undone.word} cannot be undone: the legacy is gone. Nothing was changed.")
    before = stage if furthest > stage else stage.before
    then = Position(
        {**now.stages, municipality: before}, {place: at for place, at in now.devices.items() if place not in places}
    )
    return undone, then


def require_named(context: Context, municipality: str, named: Stage | None) -> None:
    """Refuse to take back a stage that nobody means: another than the one named, or a second one without its name.

    Args:
        context: whose journal is asked.
        municipality: its name.
        named: the stage that is to be taken back; None: the last one, if going back was not the last thing done.

    Raises:
        UndoError: says what was taken back, when and by whom, and how to go further back.
    """
    stage, _ = find_last_stage(context, municipality, context.journal.position())
    if named is not None:
        if named != stage:
            raise UndoError(
                f"{municipality}: expected its last stage to be {named.word}, which is to be taken back, actual: "
                f"{stage.word}. Nothing was changed."
            )
        return
    with context.journal.history() as history:
        number = history.municipality(municipality).last_run
    last = context.journal.numbered([number]).get(number)
    if last is not None and last.outcome == "undone":
        raise UndoError(
            f"{municipality}: it was taken back to {last.stage.word} already, "
            f"{plan_status.describe_taking_back(last)}. Nothing was changed. To go back one stage more, name it: "
            f"-e stage={stage.word}"
        )


def find_written(context: Context, municipality: str, stage: Stage) -> dict[str, Before]:
    """The devices that a stage wrote to, and what each was before it, by name.

    Args:
        context: whose journal is asked.
        municipality: whose own devices; a leaf of the centre is the centre's.
        stage: that was applied.
    """
    with context.journal.history() as history:
        changes = history.municipality(municipality).changes
        last = {name: pile[-1] for name, pile in changes.items() if pile}
    targets = {name: get_target(context.region, name) for name, before in last.items() if before.stage == stage}
    return {name: last[name] for name, target in targets.items() if target and target.municipality == municipality}


def find_plans(context: Context, municipality: str, stage: Stage) -> list[str]:
    """The names of the plans that brought a municipality's devices to a stage.

    Args:
        context: whose journal is asked.
        municipality: its name.
        stage: that was applied.
    """
    past = find_written(context, municipality, stage).values()
    return sorted({name for before in past for name in before.moved_by if name})


def find_changed(context: Context, plan: Plan) -> dict[str, Before]:
    """The devices that a plan wrote to, and what each was before it."""
    with context.journal.history() as history:
        written = [steps.written for steps in history.plan(plan.id).devices.values() if steps.written]
    return {
        entry.device: Before(
            entry.stage, entry.backup, "" if entry.outcome == "failed" else entry.digest_after or "", plan.id
        )
        for entry in context.journal.numbered(written).values()
        if entry.device and entry.backup
    }


def require_untouched(
    context: Context, what: str, collected: Mapping[str, Collected], past: Mapping[str, Before]
) -> None:
    """Refuse if a device does not answer, or is not as the change left it; the difference is shown.

    Args:
        context: whose backups and plans are compared with.
        what: is to be undone, for people: ``undo cutover``.
        collected: what the devices said just now.
        past: what the change left, of the devices that it wrote to.

    Raises:
        UndoError: names every such device.
    """
    wrong = []
    for name, reading in collected.items():
        if not reading.reached:
            wrong.append(f"{name}: no answer: {reading.error}")
        elif name in past and not _is_as_left(context, name, reading, past[name]):
            wrong.append(
                f"{name}: somebody changed it since: {_describe_difference(context, name, reading, past[name])}; "
                "run drift_audit and harmonise.yml first"
            )
    silent = [name for name, reading in collected.items() if not reading.reached]
    if silent:
        options = " ".join(f"--leave-out {name}" for name in silent)
        wrong.append(f"To take back the others: {options} (playbook: -e leave_out={','.join(silent)})")
    if wrong:
        raise UndoError(f"{what}: nothing was changed.\n  " + "\n  ".join(wrong))


def _is_as_left(context: Context, name: str, reading: Collected, before: Before) -> bool:
    """Whether a device is as its last change left it; where that is not known, as before it or as it was meant to."""
    digest = context.backups.digest(reading.running)
    if before.digest_after:
        return digest == before.digest_after
    try:
        part = load(context, before.plan).of(name)
    except PlanError:
        return False
    return digest == part.digest_before or not payload.find_mismatch(
        context, part, find_target(context.region, name), reading.running
    )


def _describe_difference(context: Context, name: str, reading: Collected, before: Before) -> str:
    """What somebody has put on a device since the plan that last wrote to it."""
    try:
        part = load(context, before.plan).of(name)
    except PlanError:
        return "what it had is not kept here"
    return payload.describe_edits(
        replace(part, running=part.intended), find_target(context.region, name), reading.running
    )


def require_restorable(context: Context, parts: Sequence[DevicePlan]) -> None:
    """Refuse if a host cannot be brought back to what it was: a package's former version may not be had any more.

    Raises:
        UndoError: names every such host, and why.
    """
    obstacles = {
        part.device: find_target(context.region, part.device).find_restore_obstacle(
            context, part.running, part.intended
        )
        for part in parts
        if part.restore and part.changes
    }
    if wrong := [f"{name}: {obstacle}" for name, obstacle in obstacles.items() if obstacle]:
        raise UndoError("undo: nothing was changed.\n  " + "\n  ".join(wrong))


def require_unedited(parts: Sequence[DevicePlan]) -> None:
    """Refuse if somebody edited a device that goes back to a render: the edit would go with it.

    Raises:
        UndoError: names every such device and its first edits.
    """
    edited = [f"{part.device}: {' | '.join(part.drift[:5])}" for part in parts if part.drift and not part.restore]
    if edited:
        raise UndoError("undo: somebody changed devices; nothing was changed.\n  " + "\n  ".join(edited))


def plan_untouched(target: Target, now: Position, then: Position, wave: str) -> DevicePlan:
    """The part of a device that the stage did not write to: it only goes back in the journal's positions.

    Args:
        target: the device.
        now: where everything stands.
        then: where it stands afterwards.
        wave: its wave's name.
    """
    return DevicePlan(
        device=target.name,
        wave=wave,
        place=target.name,
        before=int(now.of(target.municipality, target.name)),
        after=int(then.of(target.municipality, target.name)),
        digest_before="",
        diff="",
        intended="",
        lines=(),
        drift=(),
    )
