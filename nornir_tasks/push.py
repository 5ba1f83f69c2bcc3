"""Apply one device's part of a plan: compare again, arm the way back, write, probe, confirm. Journalled throughout."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from nornir_tasks import candidate, interrupt, lock
from nornir_tasks.context import Context
from nornir_tasks.credentials import CredentialsError
from nornir_tasks.errors import FellesdriftError
from nornir_tasks.guard import GuardError
from nornir_tasks.journal import Entry, JournalError
from nornir_tasks.lockout import lockouts
from nornir_tasks.model import Device, Position, Stage
from nornir_tasks.plan import DevicePlan, Plan
from nornir_tasks.platforms.base import Change, HostKeyChanged, PlatformError, RefusedLine, Session
from nornir_tasks.probe import Baseline, baseline, probe

OutcomeWord = Literal["changed", "unchanged", "refused", "reverted", "failed"]
# What is about to be done to a device; ``recover`` goes on from here when nobody wrote down how it ended.
Step = Literal["started", "writing", "probing", "confirming"]
AFTERWARDS_SECONDS = 60  # a device whose timer has ended may restart
PAUSE_SECONDS = 2.0


class PushError(FellesdriftError):
    """A device was not changed, or went back: names device, what was found and what was expected."""


class Refused(PushError):
    """Nothing was written to the device."""


class Unsaved(PushError):
    """The change is confirmed, and so does not go back; but startup may not hold it."""


@dataclass(frozen=True)
class Outcome:
    """What became of one device.

    ``changed``: written, probed, confirmed and saved. ``unchanged``: nothing to write. ``refused``: not touched.
    ``reverted``: it did not work out, and the device is as it was. ``failed``: the device's state is not known, or
    it is changed and something after that did not work; the message says which.
    ``halt``: no other device may begin, whatever the failure budget allows.
    """

    device: str
    outcome: OutcomeWord
    message: str
    diff: str = ""
    seconds: float = 0.0
    digest_after: str | None = None
    backup: str | None = None
    halt: bool = False

    @property
    def good(self) -> bool:
        """Whether the device is where the plan wants it."""
        return self.outcome in ("changed", "unchanged")


def apply_device(context: Context, plan: Plan, name: str, position: Position | None = None) -> Outcome:
    """Apply one device of a plan; never raises for what a device does, the outcome says it.

    Args:
        position: where everything stands now; default: what the journal says.

    Raises:
        JournalError: the journal is gone, and nothing was begun.
    """
    part, device = plan.of(name), context.region.devices[name]
    now = position or context.journal.position()
    began = time.monotonic()
    if not part.changes:
        outcome = Outcome(name, "unchanged", "already as intended")
    else:
        note(context, plan, part, "started")
        outcome = _attempt(context, plan, part, device, now)
    return end(context, plan, part, replace(outcome, seconds=time.monotonic() - began, diff=part.diff))


def target(plan: Plan, part: DevicePlan, now: Position) -> Position:
    """The position once this device is changed."""
    return now.moved(plan.municipality, Stage(part.after), part.place) if part.place else now


def note(context: Context, plan: Plan, part: DevicePlan, step: Step, **more: Any) -> None:
    """Write down, before it is done, what is about to be done to a device."""
    backup, detail = more.pop("backup", None), {"kind": plan.kind, **more}
    context.journal.write(_entry(context, plan, part, "before", step, backup=backup, detail=detail))


def end(context: Context, plan: Plan, part: DevicePlan, outcome: Outcome) -> Outcome:
    """Write down what became of a device; if the journal is gone, the outcome says so, and nothing more begins."""
    detail = {"kind": plan.kind, "message": outcome.message, "seconds": round(outcome.seconds, 2), "halt": outcome.halt}
    digest = outcome.digest_after or (part.digest_before if outcome.outcome == "unchanged" else None)
    entry = _entry(
        context, plan, part, "after", outcome.outcome, detail=detail, digest_after=digest, backup=outcome.backup
    )
    try:
        context.journal.write(entry)
    except JournalError as error:
        words = f"{outcome.message} This could not be written down: {error}"
        return replace(outcome, message=words, halt=True)
    return outcome


def changing(
    context: Context, plan: Plan, part: DevicePlan, device: Device, session: Session, now: Position
) -> Outcome:
    """From the open session on: compare again, write, look, confirm."""
    then = target(plan, part, now)
    running = session.running()
    _unmoved(context, part, device, running)
    if session.pending():
        raise Refused(f"{part.device}: another change waits for its confirmation on the device. Nothing was written.")
    if locked := lockouts(device, part.intended, then, context.region):
        raise Refused(f"{part.device}: would lock us out: {'; '.join(locked)}. Nothing was written.")
    if session.startup() != running:
        # Where the way back is a restart, it leads to startup: that must be what runs now, not what ran some day.
        session.save()
    before = baseline(context, device, session)
    backup = context.backups.save(part.device, device.platform, running)
    change = candidate.prepare(context, part, device, running)
    note(context, plan, part, "writing", backup=backup, baseline=asdict(before))
    try:
        session.push(change, device.standard.confirm_seconds)
        note(context, plan, part, "probing")
        # From here on with a fresh login: it proves the way in, and is whoever may log in from now on.
        with _fresh(context, device, then) as fresh:
            if odd := candidate.wrong(context, part, device, fresh.running()):
                raise PushError(odd)
            return replace(confirming(context, plan, part, device, fresh, before, now), backup=backup)
    except Unsaved as error:
        return Outcome(part.device, "failed", f"{part.device}: changed and confirmed, but {error}", backup=backup)
    except RefusedLine as error:
        place = candidate.place(part, device, error)
        why = f"refused the line {error.line!r} ({place}): {error.words.strip()}"
        return _back(context, device, None, (now, then), change, why, backup)
    except HostKeyChanged as error:
        return replace(_back(context, device, session, (now, then), change, said(error), backup), halt=True)
    except Exception as error:  # noqa: BLE001 - whatever it was, even our own mistake: nothing is left halfway
        return _back(context, device, session, (now, then), change, said(error), backup)
    except KeyboardInterrupt:
        # In a playbook nobody asks whether to stop: it is told. What is not confirmed goes back all the same.
        end(context, plan, part, _back(context, device, session, (now, then), change, interrupt.WORDS, backup))
        raise


def confirming(
    context: Context, plan: Plan, part: DevicePlan, device: Device, fresh: Session, before: Baseline, now: Position
) -> Outcome:
    """Probe from both ends a device that runs what was meant, and confirm it.

    Raises:
        PushError: a probe did not pass, or somebody wants to stop: nothing is confirmed.
        Unsaved: it is confirmed, and something after that went wrong.
    """
    found = probe(context, device, fresh, before, now, target(plan, part, now))
    if wrong := "; ".join(finding.words for finding in found if not finding.passed):
        raise PushError(wrong)
    if interrupt.asked():
        raise PushError(f"{interrupt.WORDS} before it was confirmed")
    if somebody := lock.lost(context.journal, plan.municipality, context.holder):
        # Taken over while we were at it: whoever has it now looks at this device as they find it.
        raise PushError(f"{somebody}, before it was confirmed")
    note(context, plan, part, "confirming")
    fresh.confirm()
    after = saved(fresh)
    return Outcome(part.device, "changed", "confirmed and saved", digest_after=context.backups.digest(after))


def saved(session: Session) -> str:
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


def said(error: Exception) -> str:
    """An error for people: ours as it is, another's with its kind, because its words alone may mean nothing."""
    return str(error) if isinstance(error, FellesdriftError) else f"{type(error).__name__}: {error}"


def patience(device: Device) -> float:
    """Until when (``time.monotonic``) a device must have gone back on its own, and be up again."""
    return time.monotonic() + device.standard.confirm_seconds + AFTERWARDS_SECONDS


def _attempt(context: Context, plan: Plan, part: DevicePlan, device: Device, now: Position) -> Outcome:
    """Log in and go through with it; every way out is an outcome."""
    name = part.device
    try:
        with context.login(device, now) as session:
            return changing(context, plan, part, device, session, now)
    except Refused as error:
        return Outcome(name, "refused", str(error))
    except (GuardError, CredentialsError) as error:
        return Outcome(name, "refused", f"{error}")
    except HostKeyChanged as error:
        # Somebody else may be answering in the device's place: here, and perhaps elsewhere.
        return Outcome(name, "refused", f"{name}: {error}. Nothing was written, and nothing more begins.", halt=True)
    except PlatformError as error:
        # Everything after the first line is caught where it happens: this is the login and the reading before.
        return Outcome(name, "refused", f"{name}: {error}. Nothing was written.")
    except JournalError as error:
        return Outcome(name, "refused", f"{name}: {error}. Nothing was written.", halt=True)
    except Exception as error:  # noqa: BLE001 - our own mistake, before the first line: the others go on, and it is told
        return Outcome(name, "refused", f"{name}: the tool itself failed: {said(error)}. Nothing was written.")


def _fresh(context: Context, device: Device, then: Position) -> Session:
    """Log in anew."""
    try:
        return context.login(device, then)
    except HostKeyChanged:
        raise
    except PlatformError as error:
        raise PushError(f"Expected a fresh login to {device.name} after the change, actual: {error}") from error


def _unmoved(context: Context, part: DevicePlan, device: Device, running: str) -> None:
    """Refuse a device whose configuration is not the one that the plan was made from, and show the difference."""
    if context.backups.digest(running) == part.digest_before:
        return
    raise Refused(
        f"{device.name}: its running configuration changed after the plan was made; expected digest "
        f"{part.digest_before[:12]}, actual {context.backups.digest(running)[:12]}: "
        f"{candidate.since(part, device, running)}. Nothing was written: plan again."
    )


def _back(
    context: Context,
    device: Device,
    session: Session | None,
    positions: tuple[Position, Position],
    change: Change,
    why: str,
    backup: str,
) -> Outcome:
    """Bring the device back to what it was, and look whether it is; the outcome carries the reason.

    Args:
        session: None if the platform already went back by itself.
        positions: now and then: the change may have taken one account away and given another.
    """
    name = device.name
    if session is not None:
        try:
            session.revert()
        except Exception as error:  # noqa: BLE001 - it may be gone; a fresh login tries again, then the device's timer
            why += f" (going back at once failed: {said(error)})"
    why = candidate.scrub(why, device, change)
    found = candidate.scrub(_await_former(context, device, positions, change.before), device, change)
    if found:
        return Outcome(name, "failed", f"{name}: {why}. It is not as it was: {found}", backup=backup)
    return Outcome(name, "reverted", f"{name}: {why}. It is as it was before.", backup=backup)


def _await_former(context: Context, device: Device, positions: tuple[Position, ...], running: str) -> str:
    """Wait until the device is as it was, or its own timer must have brought it back: then what is wrong."""
    until = patience(device)
    while True:
        found = ""
        for position in positions:
            try:
                with context.login(device, position) as session:
                    if session.pending():
                        session.revert()
                    if session.running() == running:
                        return ""
                    found = "its running configuration differs from the one before"
                    break
            except HostKeyChanged as error:
                return said(error)  # somebody else answers: no patience brings the device back
            except Exception as error:  # noqa: BLE001 - a restarting device answers in every way; it is asked again
                found = found or said(error)
        if time.monotonic() > until:
            return found
        time.sleep(PAUSE_SECONDS)


def _entry(
    context: Context,
    plan: Plan,
    part: DevicePlan,
    phase: Literal["before", "after"],
    word: str,
    *,
    detail: Mapping[str, Any],
    digest_after: str | None = None,
    backup: str | None = None,
) -> Entry:
    """One entry of the journal for this device."""
    return Entry(
        what="device",
        phase=phase,
        outcome=word,
        municipality=plan.municipality,
        stage=Stage(part.after),
        who=context.who,
        reason=context.reason,
        device=part.device,
        place=part.place,
        plan=plan.id,
        digest_before=part.digest_before,
        digest_after=digest_after,
        backup=backup,
        detail=detail,
    )
