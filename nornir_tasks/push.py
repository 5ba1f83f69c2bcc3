"""Apply one device's part of a plan: compare again, arm the way back, write, probe, confirm. Journalled throughout."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from nornir_tasks.compare import compare, first_difference
from nornir_tasks.context import Context
from nornir_tasks.credentials import CredentialsError
from nornir_tasks.errors import FellesdriftError
from nornir_tasks.guard import GuardError
from nornir_tasks.journal import Entry
from nornir_tasks.model import Device, Position, Stage
from nornir_tasks.plan import DevicePlan, Plan
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.base import Change, PlatformError, RefusedLine, Session
from nornir_tasks.probe import baseline, probe

OutcomeWord = Literal["changed", "unchanged", "refused", "reverted", "failed"]
AFTERWARDS_SECONDS = 60  # a device whose timer has ended may restart
ACCOUNT = re.compile(r"<secret:username ([^>\s]+)>")


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
    ``reverted``: it did not work out, and the device is as it was. ``failed``: the device's state is not known.
    """

    device: str
    outcome: OutcomeWord
    message: str
    diff: str = ""
    seconds: float = 0.0
    digest_after: str | None = None
    backup: str | None = None

    @property
    def good(self) -> bool:
        """Whether the device is where the plan wants it."""
        return self.outcome in ("changed", "unchanged")


def apply_device(context: Context, plan: Plan, name: str, position: Position | None = None) -> Outcome:
    """Apply one device of a plan; never raises for what a device does, the outcome says it.

    Args:
        position: where everything stands now; default: what the journal says.
    """
    part, device = plan.of(name), context.region.devices[name]
    now = position or context.journal.position()
    began = time.monotonic()
    if not part.changes:
        outcome = Outcome(name, "unchanged", "already as intended")
    else:
        _write(context, plan, part, "before", Outcome(name, "changed", "", part.diff), "started")
        outcome = _attempt(context, plan, part, device, now)
    outcome = replace(outcome, seconds=time.monotonic() - began, diff=part.diff)
    _write(context, plan, part, "after", outcome, outcome.outcome)
    return outcome


def target(plan: Plan, part: DevicePlan, now: Position) -> Position:
    """The position once this device is changed."""
    return now.moved(plan.municipality, Stage(part.after), part.place) if part.place else now


def _attempt(context: Context, plan: Plan, part: DevicePlan, device: Device, now: Position) -> Outcome:
    """Log in and go through with it; every way out is an outcome."""
    name = part.device
    then = target(plan, part, now)
    try:
        with context.login(device, now) as session:
            return _change(context, part, device, session, now, then)
    except Refused as error:
        return Outcome(name, "refused", str(error))
    except (GuardError, CredentialsError) as error:
        return Outcome(name, "refused", f"{error}")
    except PlatformError as error:
        # Everything after the first line is caught where it happens: this is the login and the reading before.
        return Outcome(name, "refused", f"{name}: {error}. Nothing was written.")
    except Exception as error:  # noqa: BLE001 - our own mistake, before the first line: the others go on, and it is told
        return Outcome(name, "refused", f"{name}: the tool itself failed: {_said(error)}. Nothing was written.")


def _change(
    context: Context, part: DevicePlan, device: Device, session: Session, now: Position, then: Position
) -> Outcome:
    """Compare again, write, look, confirm."""
    name = part.device
    running = session.running()
    _unmoved(context, part, device, running)
    if session.pending():
        raise Refused(f"{name}: another change waits for its confirmation on the device. Nothing was written.")
    if session.startup() != running:
        # Where the way back is a restart, it leads to startup: that must be what runs now, not what ran some day.
        session.save()
    before = baseline(context, device, session)
    backup = context.backups.save(name, device.platform, running)
    change = _resolve(context, part, device, running)
    try:
        session.push(change, device.standard.confirm_seconds)
        # From here on with a fresh login: it proves the way in, and is whoever may log in from now on.
        with _fresh(context, device, then) as fresh:
            _examine(context, part, device, fresh, change)
            found = probe(context, device, fresh, before, now, then)
            wrong = "; ".join(finding.words for finding in found if not finding.passed)
            if wrong:
                raise PushError(wrong)
            fresh.confirm()
            after = _saved(fresh)
    except Unsaved as error:
        return Outcome(name, "failed", f"{name}: changed and confirmed, but {error}", backup=backup)
    except RefusedLine as error:
        return _back(context, device, None, now, then, change, f"{error}", backup)
    except Exception as error:  # noqa: BLE001 - whatever it was, even our own mistake: nothing is left halfway
        return _back(context, device, session, now, then, change, _said(error), backup)
    return Outcome(name, "changed", "confirmed and saved", "", 0.0, context.backups.digest(after), backup)


def _fresh(context: Context, device: Device, then: Position) -> Session:
    """Log in anew."""
    try:
        return context.login(device, then)
    except PlatformError as error:
        raise PushError(f"Expected a fresh login to {device.name} after the change, actual: {error}") from error


def _saved(session: Session) -> str:
    """The running configuration after the confirmation, once startup is the same."""
    try:
        after = session.running()
        if session.startup() != after:
            session.save()
        if session.startup() == after:
            return after
    except PlatformError as error:
        raise Unsaved(f"whether it is saved is not known: {error}") from error
    raise Unsaved("not saved: expected startup to equal running, actual: they differ")


def _unmoved(context: Context, part: DevicePlan, device: Device, running: str) -> None:
    """Refuse a device whose configuration is not the one that the plan was made from."""
    if context.backups.digest(running) == part.digest_before:
        return
    raise Refused(
        f"{device.name}: its running configuration changed after the plan was made; expected digest "
        f"{part.digest_before[:12]}, actual {context.backups.digest(running)[:12]}. Nothing was written: plan again."
    )


def _resolve(context: Context, part: DevicePlan, device: Device, running: str) -> Change:
    """Put the secrets in place: those on the device, and for accounts it does not have yet the centre's own."""
    kind = platform(device.platform)
    if part.restore:
        intended = context.backups.text(part.restore, device.platform)
        return Change(running, intended, kind.remediation(running, intended))
    _, present = kind.mask(running)
    secrets: dict[str, str] = dict(present)
    text = "\n".join((part.intended, *part.lines))
    for account in ACCOUNT.findall(text):
        key = f"username {account}"
        if key not in secrets:
            secrets[key] = kind.hash_password(context.credentials.password(device, account))
    return Change(
        before=running,
        intended=kind.unmask(part.intended, secrets),
        lines=tuple(_unmasked(part.lines, secrets, device)),
    )


def _unmasked(lines: tuple[str, ...], secrets: Mapping[str, str], device: Device) -> list[str]:
    kind = platform(device.platform)
    return [kind.unmask(line, {key: secrets[key] for key in secrets if f"<secret:{key}>" in line}) for line in lines]


def _examine(context: Context, part: DevicePlan, device: Device, session: Session, change: Change) -> None:
    """Make sure that the device now runs what was meant: to the byte where it went back."""
    kind = platform(device.platform)
    running = session.running()
    masked, _ = kind.mask(running)
    if part.restore:
        if running != change.intended:
            odd = first_difference(masked, part.intended) or "a secret differs"
            raise PushError(f"the device did not go back to the byte: {odd}")
        return
    difference = compare(kind, masked, part.intended)
    if not difference.equal:
        left = " | ".join(difference.diff.splitlines()[:8])
        raise PushError(f"the device did not take everything; what is left: {left}")


def _back(
    context: Context,
    device: Device,
    session: Session | None,
    now: Position,
    then: Position,
    change: Change,
    why: str,
    backup: str,
) -> Outcome:
    """Bring the device back to what it was, and look whether it is; the outcome carries the reason.

    Args:
        session: None if the platform already went back by itself.
    """
    name = device.name
    if session is not None:
        try:
            session.revert()
        except Exception as error:  # noqa: BLE001 - it may be gone; a fresh login tries again, then the device's timer
            why += f" (going back at once failed: {_said(error)})"
    why = _scrub(why, device, change)
    found = _scrub(_await_former(context, device, now, then, change.before), device, change)
    if found:
        return Outcome(name, "failed", f"{name}: {why}. It is not as it was: {found}", backup=backup)
    return Outcome(name, "reverted", f"{name}: {why}. It is as it was before.", backup=backup)


def _said(error: Exception) -> str:
    """An error for people: ours as it is, another's with its kind, because its words alone may mean nothing."""
    return str(error) if isinstance(error, FellesdriftError) else f"{type(error).__name__}: {error}"


def _scrub(words: str, device: Device, change: Change) -> str:
    """A device repeats a refused line, secret and all: people get it masked."""
    kind = platform(device.platform)
    secrets = {**kind.mask(change.before)[1], **kind.mask(change.intended)[1]}
    for key, secret in sorted(secrets.items(), key=lambda item: -len(item[1])):
        if not secret.strip():
            continue
        words = words.replace(secret, f"<secret:{key}>")
        # Its kind may stand in front ("5 $1$…"), and the device may repeat the rest alone.
        words = words.replace(secret.split()[-1], f"<secret:{key}>")
    return words


def _await_former(context: Context, device: Device, now: Position, then: Position, running: str) -> str:
    """Wait until the device is as it was, or its own timer must have brought it back: then what is wrong."""
    end = time.monotonic() + device.standard.confirm_seconds + AFTERWARDS_SECONDS
    while True:
        found = ""
        for position in (now, then):  # the change may have taken one account away and given another
            try:
                with context.login(device, position) as session:
                    if session.pending():
                        session.revert()
                    if session.running() == running:
                        return ""
                    found = "its running configuration differs from the one before"
                    break
            except Exception as error:  # noqa: BLE001 - a restarting device answers in every way; it is asked again
                found = found or _said(error)
        if time.monotonic() > end:
            return found
        time.sleep(2)


def _write(
    context: Context, plan: Plan, part: DevicePlan, phase: Literal["before", "after"], outcome: Outcome, word: str
) -> None:
    """One entry of the journal for this device."""
    context.journal.write(
        Entry(
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
            digest_after=outcome.digest_after or (part.digest_before if outcome.outcome == "unchanged" else None),
            backup=outcome.backup,
            detail={"kind": plan.kind, "message": outcome.message, "seconds": round(outcome.seconds, 2)},
        )
    )
