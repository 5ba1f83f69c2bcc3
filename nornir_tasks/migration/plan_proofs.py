"""What keeps a plan from being made: no way back, no way in, or people who would lose what they use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from shlex import quote

from nornir_tasks.change.plan import DevicePlan
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.text import count_noun
from nornir_tasks.devices.context import Context
from nornir_tasks.model import Position, Stage
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.reachability.intended import render_known
from nornir_tasks.reachability.service_losses import ServiceLoss, Step, find_service_losses, has_other_ways
from nornir_tasks.reachability.service_questions import list_homes
from nornir_tasks.reachability.unknown_lines import UNKNOWN
from nornir_tasks.targets import find_target

MOST_TOLD = 12  # losses that a refusal tells in full


class ProposeError(FellesdriftError):
    """A plan cannot be made: names every device that is in the way. Nothing was written."""


@dataclass(frozen=True)
class PlanOptions:
    """What somebody wants of a plan beside its content.

    ``instead``: device to what is done for it instead, where it cannot go back on its own. ``leave_out``: devices that
    are neither read nor changed, because they do not answer. ``accepted``: device to the changed lines of it that the
    lock-out proof does not know, and that are let through: ``+ udld enable``. ``accepted_losses``: who loses what, or
    is let to what, and that is meant: ``office@loppa-radhus: case_archive``.
    """

    ticket: str = ""
    instead: Mapping[str, str] = field(default_factory=dict)
    workers: int = 10
    leave_out: tuple[str, ...] = ()
    accepted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    accepted_losses: tuple[str, ...] = ()
    servers: bool = False  # whether the servers that roles act on come after the switches


def require_way_back(part: DevicePlan, context: Context, options: PlanOptions) -> DevicePlan:
    """With what is done instead, where the device cannot go back on its own.

    Raises:
        ProposeError: it cannot, and nobody said what is done instead.
    """
    safety = find_target(context.region, part.device).safety
    if not part.changes or safety.reverts_by != "nothing":
        return part
    instead = options.instead.get(part.device, "").strip()
    if not instead:
        raise ProposeError(
            f"{part.device}: it cannot go back on its own ({safety.lost_on_revert}); expected what is done instead: "
            f"--instead {part.device}='somebody is at its console'. Nothing was written."
        )
    return replace(part, instead=instead)


def require_way_in(
    context: Context, parts: Sequence[DevicePlan], then: Position, options: PlanOptions
) -> list[DevicePlan]:
    """The parts, with the unknown lines that the plan lets through.

    Raises:
        ProposeError: after it somebody would stand outside, or nobody can tell: names every device and reason, and how
            the plan lets an unknown line through. Or it lets through what is not there, and so meant another line.
    """
    reasons = [
        reason
        for part in parts
        if part.changes
        for reason in find_target(context.region, part.device).find_lockouts(part.intended, then, part.let_us_in)
    ]
    unknown = {(reason.subject, reason.actual): None for reason in reasons if reason.rule == UNKNOWN}
    accepted = [(device, line) for device, lines in options.accepted.items() for line in lines]
    if idle := [f"{device}: {line}" for device, line in accepted if (device, line) not in unknown]:
        raise ProposeError(
            f"--accept-unknown: found {', '.join(idle)}, expected a line that this plan changes and that the proof "
            f"does not know: {', '.join(f'{device}: {line}' for device, line in unknown) or 'there is none'}"
        )
    left = [reason for reason in reasons if reason.rule != UNKNOWN or (reason.subject, reason.actual) not in accepted]
    if left:
        lines = "\n  ".join(f"{reason.subject}: {reason.text}" for reason in left)
        words = f"{len(left)} reasons why this would lock us out; nothing was written.\n  {lines}"
        if any(reason.rule == UNKNOWN for reason in left):
            words += "\nAn unknown line that somebody knows to do no harm is let through by scripts/change.py plan with"
            words += "".join(f"\n  --accept-unknown {quote(f'{device}: {line}')}" for device, line in unknown)
        raise ProposeError(words)
    return [replace(part, accepted=tuple(options.accepted.get(part.device, ()))) for part in parts]


def require_services(
    context: Context,
    municipality: str,
    parts: Sequence[DevicePlan],
    now: Position,
    options: PlanOptions,
) -> tuple[str, ...]:
    """The losses that the plan is meant to make, all of which somebody named: in any state between two switches.

    Args:
        context: with the survey's snapshots.
        municipality: whose people are asked for.
        parts: of the plan, in their order.
        now: where everything stands before the change.
        options: with the losses that are accepted.

    Raises:
        ProposeError: somebody would lose what they use, or reach what they should not: names whom, what and the line.
            Or a loss is accepted that the plan does not make.
    """
    region, position = context.region, now
    switches = {part.device: part for part in parts if part.device in region.devices}
    steps = []
    for part in switches.values():
        if part.changes:
            position = position.moved(municipality, Stage(part.after), part.place) if part.place else position
            if has_other_ways(region.devices[part.device], part.running, part.intended):
                steps.append(Step(part.device, part.intended, position))
    if not steps or municipality == CENTRE:
        return _require_accepted((), options)
    running = {name: part.running for name, part in switches.items() if part.running}
    texts = render_known(region, now, list_homes(region, municipality), context.snapshot, running)
    return _require_accepted(find_service_losses(region, municipality, texts, now, steps), options)


def _require_accepted(losses: Sequence[ServiceLoss], options: PlanOptions) -> tuple[str, ...]:
    names = {loss.name: None for loss in losses}
    if idle := [name for name in options.accepted_losses if name not in names]:
        raise ProposeError(
            f"--accept-loss: found {', '.join(map(repr, idle))}, expected a loss that this plan makes: "
            f"{', '.join(names) or 'there is none'}"
        )
    left = [loss for loss in losses if loss.name not in options.accepted_losses]
    if left:
        told = "\n  ".join(loss.judge().text for loss in left[:MOST_TOLD])
        more = f"\n  and {len(left) - MOST_TOLD} more" if len(left) > MOST_TOLD else ""
        accept = "".join(f"\n  --accept-loss {quote(name)}" for name in dict.fromkeys(loss.name for loss in left))
        raise ProposeError(
            f"{count_noun(len(left), 'service')} would be lost, or opened; nothing was written.\n  {told}{more}\n"
            f"What is meant is accepted by scripts/change.py plan with{accept}"
        )
    return tuple(name for name in options.accepted_losses)
