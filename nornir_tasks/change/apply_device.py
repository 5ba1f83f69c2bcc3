"""Apply one device's part of a plan: compare again, arm the way back, write, probe, confirm. Journalled throughout."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nornir_tasks.change import payload
from nornir_tasks.change.confirm import confirm
from nornir_tasks.change.outcome import (
    PAUSE_SECONDS,
    Doubtful,
    Outcome,
    PushError,
    Refused,
    Unsaved,
    end_sentence,
    find_deadline,
    leave_alone,
    position_after,
    record_outcome,
    record_step,
)
from nornir_tasks.change.plan import DevicePlan, Plan, PlanError, require_agreement
from nornir_tasks.change.recover import ask_device
from nornir_tasks.core import interrupt
from nornir_tasks.core.errors import PlatformError, describe_error
from nornir_tasks.core.verdict import format_failures
from nornir_tasks.devices.address_guard import GuardError
from nornir_tasks.devices.context import Context
from nornir_tasks.devices.credentials import CredentialsError
from nornir_tasks.journal.journal import JournalError
from nornir_tasks.journal.lock import LockLost
from nornir_tasks.model import Position
from nornir_tasks.platforms.common.base import ConfigurationMoved, PreparedChange, RefusedLine
from nornir_tasks.targets import Target, TargetChange, TargetSession, find_target
from nornir_tasks.trust.host_keys import HostKeyChanged


@dataclass(frozen=True)
class WayBack:
    """What a change of one device goes back to: positions are those of before and after, for it may have taken one
    account away and given another; ``links`` are those that have gone down and up with it."""

    context: Context
    target: Target
    positions: tuple[Position, Position]
    change: PreparedChange
    backup: str
    links: Sequence[str]


def apply_device(context: Context, plan: Plan, name: str, position: Position | None = None) -> Outcome:
    """Apply one device of a plan; never raises for what a device does, the outcome says it.

    Args:
        context: whose journal, backups and credentials are used; its lease lets it write.
        plan: that was begun.
        name: of the device, as the plan has it.
        position: where everything stands now; default: what the journal says.

    Raises:
        JournalError: the journal is gone, and nothing was begun.
        LockLost: the lock is not ours, and nothing was begun.
    """
    part, target = plan.of(name), find_target(context.region, name)
    now = position or context.journal.position()
    began = time.monotonic()
    if not part.changes:
        outcome = Outcome(name, "unchanged", "already as intended")
    else:
        record_step(context, plan, part, "started")
        try:
            outcome = _attempt(context, plan, part, target, now)
        except LockLost as error:
            return leave_alone(context, plan, part, target, error)
    return record_outcome(context, plan, part, replace(outcome, seconds=time.monotonic() - began, diff=part.diff))


def change_device(
    context: Context, plan: Plan, part: DevicePlan, target: Target, session: TargetSession, now: Position
) -> Outcome:
    """What became of a device, from the open session on: compare again, write, look, confirm.

    Args:
        context: whose journal, backups and credentials are used.
        plan: that was begun.
        part: of this device.
        target: the device.
        session: open, as the account of before the change.
        now: where everything stands before it.

    Raises:
        Refused: it is not as the plan found it; nothing was written.
        LockLost: it may not be written to any more. What was written is not confirmed, and goes back on its own.
        JournalError: a step could not be written down; nothing was written.
    """
    then = position_after(plan, part, now)
    running = session.running()
    _require_unmoved(context, part, target, running)
    if session.pending():
        raise Refused(f"{part.device}: another change waits for its confirmation on the device. Nothing was written.")
    if locked := target.find_lockouts(part.intended, then, part.let_us_in, part.accepted):
        raise Refused(f"{part.device}: would lock us out: {format_failures(locked)}. Nothing was written.")
    # Always: where the way back is a restart, it leads to startup, which must be what runs now and not what ran some
    # day; and a switch that cannot save is found out before the first line, not after the confirmation.
    session.save()
    masked = target.mask(running)[0]
    baseline = target.observe(context, session, TargetChange(masked, part.intended, now, then, part.restore or ""))
    backup = context.backups.save(part.device, target, running)
    change = payload.prepare(context, part, target, running)
    record_step(context, plan, part, "writing", backup=backup, baseline=baseline)
    way_back = WayBack(context, target, (now, then), change, backup, target.list_bounced(baseline))
    try:
        session.push(change, target.confirm_seconds)
        record_step(context, plan, part, "probing")
        # From here on with a fresh login: it proves the way in, and is whoever may log in from now on.
        with _verification(context, target, then) as verification:
            if mismatch := payload.find_mismatch(context, part, target, verification.running()):
                raise PushError(mismatch)
            return replace(confirm(context, plan, part, target, verification, baseline, now), backup=backup)
    except LockLost:
        raise
    except Unsaved as error:
        return Outcome(part.device, "failed", f"{part.device}: changed and confirmed, but {error}", backup=backup)
    except Doubtful as error:
        # To go back would be wrong if it was carried out, and to leave it if it was not.
        return replace(
            ask_device(context, plan, part, target, payload.mask_words(str(error), target, change)), backup=backup
        )
    except ConfigurationMoved as error:
        return Outcome(part.device, "refused", f"{part.device}: {error}. Nothing was written: plan again.")
    except RefusedLine as error:
        place = payload.find_line(part, target, error)
        why = f"refused the line {error.line!r} ({place}): {error.reply.strip()}"
        return _go_back(replace(way_back, links=()), None, why)  # nobody was let into another network
    except HostKeyChanged as error:
        return replace(_go_back(way_back, session, describe_error(error)), halt=True)
    except Exception as error:  # noqa: BLE001 - whatever it was, even our own mistake: nothing is left halfway
        return _go_back(way_back, session, describe_error(error))
    except KeyboardInterrupt:
        # In a playbook nobody asks whether to stop: it is told. What is not confirmed goes back all the same.
        record_outcome(context, plan, part, _go_back(way_back, session, interrupt.WORDS))
        raise


def _attempt(context: Context, plan: Plan, part: DevicePlan, target: Target, now: Position) -> Outcome:
    """Log in and go through with it; every way out is an outcome."""
    name = part.device
    try:
        require_agreement(context.region, [part])
        with target.connect(context, now) as session:
            return change_device(context, plan, part, target, session, now)
    except LockLost:
        raise
    except Refused as error:
        return Outcome(name, "refused", str(error))
    except (GuardError, CredentialsError, PlanError) as error:
        return Outcome(name, "refused", f"{error}")
    except HostKeyChanged as error:
        # Somebody else may be answering in the device's place: here, and perhaps elsewhere.
        return Outcome(
            name,
            "refused",
            f"{name}: {end_sentence(str(error))} Nothing was written, and nothing more begins.",
            halt=True,
        )
    except PlatformError as error:
        # Everything after the first line is caught where it happens: this is the login and the reading before.
        return Outcome(name, "refused", f"{name}: {end_sentence(str(error))} Nothing was written.")
    except JournalError as error:
        return Outcome(name, "refused", f"{name}: {end_sentence(str(error))} Nothing was written.", halt=True)
    except Exception as error:  # noqa: BLE001 - our own mistake, before the first line: the others go on, and it is told
        return Outcome(
            name,
            "refused",
            f"{name}: the tool itself failed: {end_sentence(describe_error(error))} Nothing was written.",
        )


def _verification(context: Context, target: Target, then: Position) -> TargetSession:
    """Log in anew."""
    try:
        return target.connect(context, then)
    except HostKeyChanged:
        raise
    except PlatformError as error:
        raise PushError(f"Expected a fresh login to {target.name} after the change, actual: {error}") from error


def _require_unmoved(context: Context, part: DevicePlan, target: Target, running: str) -> None:
    """Refuse a device whose configuration is not the one that the plan was made from, and show the difference."""
    if context.backups.digest(running) == part.digest_before:
        return
    raise Refused(
        f"{target.name}: its running configuration changed after the plan was made; expected digest "
        f"{part.digest_before[:12]}, actual {context.backups.digest(running)[:12]}: "
        f"{payload.describe_edits(part, target, running)}. Nothing was written: plan again."
    )


def _go_back(way_back: WayBack, session: TargetSession | None, why: str) -> Outcome:
    """Bring the device back to what it was, and look whether it is; the outcome carries the reason.

    Args:
        way_back: where it leads, and what was written.
        session: None if the platform already went back by itself.
        why: for people.
    """
    target, change, backup = way_back.target, way_back.change, way_back.backup
    name = target.name
    if session is not None:
        try:
            session.revert(change.before)
        except LockLost:
            raise
        except Exception as error:  # noqa: BLE001 - it may be gone; a fresh login tries again, then the device's timer
            why += f" (going back at once failed: {describe_error(error)})"
    why = payload.mask_words(why, target, change)
    mismatch = payload.mask_words(_await_former(way_back), target, change)
    if mismatch:
        return Outcome(name, "failed", f"{name}: {end_sentence(why)} It is not as it was: {mismatch}", backup=backup)
    words = f"{name}: {end_sentence(why)} It is as it was before.{_bounce_back(way_back)}"
    return Outcome(name, "reverted", words, backup=backup)


def _bounce_back(way_back: WayBack) -> str:
    """What went wrong as clients, who have addresses of the network that they were let into, were told to ask anew."""
    target, links = way_back.target, way_back.links
    if not links:
        return ""
    try:
        with target.connect(way_back.context, way_back.positions[0]) as session:
            target.bounce(session, links, going_back=True)
    except LockLost:
        raise
    except Exception as error:  # noqa: BLE001 - the device itself is back: that is told all the same
        words = payload.mask_words(describe_error(error), target, way_back.change)
        return f" But look whether these links are up: {', '.join(links)} ({words})."
    return ""


def _await_former(way_back: WayBack) -> str:
    """Wait until the device is as it was, or its own timer must have brought it back: then what is wrong."""
    context, target, running = way_back.context, way_back.target, way_back.change.before
    until = find_deadline(target)
    while True:
        mismatch = ""
        for position in target.ways(*way_back.positions):
            try:
                with target.connect(context, position) as session:
                    if session.pending():
                        session.revert(running)
                    if session.running() == running:
                        return ""
                    mismatch = "its running configuration differs from the one before"
                    break
            except LockLost:
                raise
            except HostKeyChanged as error:
                return describe_error(error)  # somebody else answers: no patience brings the device back
            except Exception as error:  # noqa: BLE001 - a restarting device answers in every way; it is asked again
                mismatch = mismatch or describe_error(error)
        if time.monotonic() > until:
            return mismatch
        time.sleep(PAUSE_SECONDS)
