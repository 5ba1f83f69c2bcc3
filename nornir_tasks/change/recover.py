"""A device whose change began and whose end nobody wrote down: look at it, and go on or make sure that it is back.

The control node may have died at any step. What the device itself says counts: it is as it was, it is as intended and
waits for its confirmation, it is as intended for good, or it is halfway and will go back on its own.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from nornir_tasks.change import payload
from nornir_tasks.change.confirm import confirm, ensure_saved
from nornir_tasks.change.outcome import (
    PAUSE_SECONDS,
    Doubtful,
    Outcome,
    PushError,
    Unsaved,
    find_deadline,
    position_after,
    record_outcome,
)
from nornir_tasks.change.plan import DevicePlan, Plan
from nornir_tasks.core.errors import PlatformError, describe_error
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.entry import Entry
from nornir_tasks.journal.journal import JournalError
from nornir_tasks.journal.lock import LockLost
from nornir_tasks.journal.projections import DeviceSteps
from nornir_tasks.model import Position
from nornir_tasks.targets import Baseline, Target, TargetSession, find_target
from nornir_tasks.trust.host_keys import HostKeyChanged

GOING = "it is going back"
BEGUN = "begun and never ended"


def recover_device(context: Context, plan: Plan, name: str) -> Outcome:
    """Find out what became of a device, and write it down. Writes no line of configuration to it, but that links which
    the change may have left down come up.

    ``changed``: it is as the plan wants it, probed, confirmed and saved. ``reverted``: it is as it was before, and may
    be tried again. ``failed``: it is neither, or does not answer; a person has to look.

    Args:
        context: whose journal and logins are used.
        plan: that was begun.
        name: of the device, as the plan has it.

    Raises:
        LockLost: it is not ours to look at any more, and nothing was written down.
    """
    part, target = plan.of(name), find_target(context.region, name)
    began = time.monotonic()
    outcome = ask_device(context, plan, part, target, BEGUN)
    backup = outcome.backup or _backup(context, plan, name)
    return record_outcome(
        context, plan, part, replace(outcome, seconds=time.monotonic() - began, diff=part.diff, backup=backup)
    )


def ask_device(context: Context, plan: Plan, part: DevicePlan, target: Target, why: str) -> Outcome:
    """Ask the device until it answers, or until its own timer must have brought it back.

    Args:
        context: whose journal and logins are used.
        plan: that was begun.
        part: of this device.
        target: the device.
        why: what makes it necessary to ask, for people.
    """
    now = context.journal.position()
    until, words, told = find_deadline(target), "", False
    while True:
        for position in target.ways(now, position_after(plan, part, now)):
            try:
                with target.connect(context, position) as session:
                    outcome = _judge(context, plan, part, target, session, now, why)
                    if outcome is not None:
                        return outcome
                    words = GOING
                    break
            except LockLost:
                raise
            except (HostKeyChanged, JournalError) as error:
                return Outcome(part.device, "failed", f"{part.device}: {error}", halt=True)
            except Unsaved as error:
                return Outcome(part.device, "failed", f"{part.device}: changed and confirmed, but {error}")
            except Exception as error:  # noqa: BLE001 - a restarting device answers in every way; it is asked again
                words = describe_error(error)
        if words == GOING and not told:
            told = True  # whoever has just been told to go back is asked again, however late it is
        elif time.monotonic() > until:
            return Outcome(part.device, "failed", f"{part.device}: {why}; what became of it is not known: {words}")
        time.sleep(PAUSE_SECONDS)


def _judge(
    context: Context, plan: Plan, part: DevicePlan, target: Target, session: TargetSession, now: Position, why: str
) -> Outcome | None:
    """What the device's own state means. None: it has just been told to go back, and is to be asked again."""
    name, links = part.device, _list_bounced(context, plan, target)
    if links:
        target.raise_links(session, links)
    running, waits = session.running(), session.pending()
    if context.backups.digest(running) == part.digest_before:
        if waits:  # nothing was written, but its way back is armed
            session.revert(running)
        if links:  # clients have addresses of the network that they were let into
            target.bounce(session, links, going_back=True)
        return Outcome(name, "reverted", f"{name}: {why}; it is as it was before.")
    mismatch = payload.find_mismatch(context, part, target, running)
    if not mismatch and waits:
        try:
            baseline = _baseline(context, plan, name)
            outcome = confirm(context, plan, part, target, session, baseline, now)
            return replace(outcome, message=f"{why}; now probed, confirmed and saved")
        except Unsaved:
            raise
        except Doubtful:
            return None  # asked again: it is confirmed, or its timer brings it back
        except PushError:
            with suppress(PlatformError):  # if it cannot be told to go back, its timer will bring it back
                session.revert(_former(context, plan, part, target))
            return None
    if not mismatch:
        after = ensure_saved(session)
        digest = context.backups.digest(after)
        return Outcome(name, "changed", f"{why}; it is as intended, and saved", digest_after=digest)
    if waits:
        session.revert(_former(context, plan, part, target))
        return None
    since = payload.describe_edits(part, target, running)
    words = f"{why}; it is neither as it was nor as intended; compared with the plan: {since}"
    return Outcome(name, "failed", f"{name}: {words}. Put it right by hand or plan again.")


def _former(context: Context, plan: Plan, part: DevicePlan, target: Target) -> str:
    """What the device ran before the change: backed up, and written down, before the first line."""
    reference = _backup(context, plan, part.device)
    if reference is None:
        raise PushError(
            "what it ran before was never written down, so nothing of this plan can have been written to it"
        )
    return context.backups.text(reference)


def _backup(context: Context, plan: Plan, name: str) -> str | None:
    entry = _numbered(context, _steps(context, plan, name).backup)
    return entry.backup if entry else None


def _baseline(context: Context, plan: Plan, name: str) -> Baseline:
    """What the device saw before the change, as it was written down before the first line."""
    entry = _numbered(context, _steps(context, plan, name).baseline)
    if entry is None:
        raise PushError("what it saw before the change was never written down")
    baseline: Baseline = entry.detail["baseline"]
    return baseline


def _list_bounced(context: Context, plan: Plan, target: Target) -> Sequence[str]:
    """The links that the change has begun to take down and up."""
    steps = _steps(context, plan, target.name)
    return target.list_bounced(_baseline(context, plan, target.name)) if steps.bounced else ()


def _steps(context: Context, plan: Plan, name: str) -> DeviceSteps:
    """What was written down of this device and plan."""
    with context.journal.history() as history:
        return replace(history.plan(plan.id).devices.get(name, DeviceSteps()))


def _numbered(context: Context, number: int) -> Entry | None:
    return context.journal.numbered([number]).get(number) if number else None
