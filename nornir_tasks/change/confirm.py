"""Confirm a change only once it is probed from both ends, and make sure that it is saved."""

from nornir_tasks.change import payload
from nornir_tasks.change.outcome import Doubtful, Outcome, PushError, Unsaved, position_after, record_step
from nornir_tasks.change.plan import DevicePlan, Plan
from nornir_tasks.core import interrupt
from nornir_tasks.core.errors import PlatformError, describe_error
from nornir_tasks.core.verdict import Severity, format_failures
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.journal import JournalError
from nornir_tasks.journal.lock import LockLost
from nornir_tasks.model import Position
from nornir_tasks.targets import Baseline, Target, TargetSession
from nornir_tasks.targets.client_probe import Arrivals


def confirm(
    context: Context,
    plan: Plan,
    part: DevicePlan,
    target: Target,
    session: TargetSession,
    baseline: Baseline,
    now: Position,
) -> Outcome:
    """Probe from both ends a device that runs what was meant, and confirm it.

    Args:
        context: whose journal is written, and whose lease must be good still.
        plan: that was begun.
        part: of this device.
        target: the device.
        session: a fresh login: it proves the way in.
        baseline: what the device saw before the change.
        now: where everything stood before the change.

    Raises:
        PushError: a probe did not pass, or somebody wants to stop: nothing is confirmed.
        Doubtful: the confirmation was asked for, and no good answer came.
        Unsaved: it is confirmed, and startup does not hold it.
        LockLost: it is not ours to confirm any more.
        JournalError: it could not be written down: nothing is confirmed.
    """
    if links := target.list_bounced(baseline):
        record_step(context, plan, part, "bouncing")
        target.bounce(session, links)
    verdicts = target.probe(context, session, baseline, now, position_after(plan, part, now))
    if failures := format_failures(verdict for verdict in verdicts if verdict.severity == Severity.ERROR):
        raise PushError(failures)
    arrivals = next((verdict for verdict in verdicts if isinstance(verdict, Arrivals)), None)
    if interrupt.is_stop_requested():
        raise PushError(f"{interrupt.WORDS} before it was confirmed")
    # Fails if it was taken over while we were at it: whoever has it now looks at this device as they find it.
    notices = [verdict.text for verdict in verdicts if verdict.actual]  # of what passed, or is let pass
    record_step(context, plan, part, "confirming", notices=notices)
    try:
        session.confirm()
    except (LockLost, JournalError):
        raise  # the permit's own words: nothing was sent
    except Exception as error:
        raise Doubtful(f"the confirmation: {describe_error(error)}") from error
    after = ensure_saved(session)
    if context.backups.digest(after) == part.digest_before:
        # Its own timer was quicker than our confirmation, which it took all the same: a laptop that slept, a stopped
        # process. The device is asked.
        raise Doubtful("the confirmation: the device had gone back on its own")
    if mismatch := payload.find_mismatch(context, part, target, after):
        raise Unsaved(f"what was read of it afterwards is not what was meant: {mismatch}")
    return Outcome(
        part.device,
        "changed",
        ". ".join(["confirmed and saved", *notices]),
        digest_after=context.backups.digest(after),
        asked=arrivals.asked if arrivals else 0,
        silent=arrivals.silent if arrivals else (),
    )


def ensure_saved(session: TargetSession) -> str:
    """The running configuration after the confirmation, once startup is the same.

    Raises:
        Unsaved: startup is not what runs.
    """
    try:
        after = session.running()
        if session.startup() != after:
            session.save()
        if session.startup() == after:
            return after
    except PlatformError as error:
        raise Unsaved(f"whether it is saved is not known: {error}") from error
    raise Unsaved("not saved: expected startup to equal running, actual: they differ")
