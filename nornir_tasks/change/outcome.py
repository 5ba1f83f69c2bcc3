"""What becomes of one device of a plan, and how it is written down: step by step before, and in one word after."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

from nornir_tasks.change.plan import DevicePlan, Plan
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.entry import Entry
from nornir_tasks.journal.journal import JournalError
from nornir_tasks.journal.lock import LockLost
from nornir_tasks.model import Position, Stage
from nornir_tasks.targets import Target

OutcomeWord = Literal["changed", "unchanged", "refused", "reverted", "failed"]
# An outcome as people are told it, in a recap and in a plan's status; a step with no outcome after it is "unknown".
STATES = {
    "changed": "done",
    "unchanged": "done",
    "refused": "refused",
    "reverted": "gone back",
    "failed": "failed",
    "not begun": "not begun",
}
# What is about to be done to a device; ``recover`` goes on from here when nobody wrote down how it ended.
Step = Literal["started", "writing", "probing", "bouncing", "confirming"]
AFTERWARDS_SECONDS = 60  # a device whose timer has ended may restart
PAUSE_SECONDS = 2.0


class PushError(FellesdriftError):
    """A device was not changed, or went back: names device, what was found and what was expected."""


class Refused(PushError):
    """Nothing was written to the device."""


class Unsaved(PushError):
    """The change is confirmed, and so does not go back; but startup may not hold it."""


class Doubtful(PushError):
    """The confirmation was asked for, and whether it was carried out is not known: the device has to be asked."""


@dataclass(frozen=True)
class Outcome:
    """What became of one device.

    ``changed``: written, probed, confirmed and saved. ``unchanged``: nothing to write. ``refused``: not touched.
    ``reverted``: it did not work out, and the device is as it was. ``failed``: the device's state is not known, or
    it is changed and something after that did not work; the message says which.
    ``halt``: no other device may begin, whatever the failure budget allows.
    ``asked``: clients whose ports moved; ``silent``: those of them who have no address where they are now, in words.
    """

    device: str
    outcome: OutcomeWord
    message: str
    diff: str = ""
    seconds: float = 0.0
    digest_after: str | None = None
    backup: str | None = None
    halt: bool = False
    asked: int = 0
    silent: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether the device is where the plan wants it."""
        return self.outcome in ("changed", "unchanged")


def position_after(plan: Plan, part: DevicePlan, now: Position) -> Position:
    """The position once this device is changed.

    Args:
        plan: whose municipality moves.
        part: of this device; without a place, nothing moves.
        now: where everything stands before.
    """
    return now.moved(plan.municipality, Stage(part.after), part.place) if part.place else now


def record_step(context: Context, plan: Plan, part: DevicePlan, step: Step, **more: Any) -> None:
    """Write down, before it is done, what is about to be done to a device.

    Args:
        context: whose journal is written.
        plan: that was begun.
        part: of the device.
        step: that comes next.
        more: ``backup`` is the reference of a backup; the rest is detail of the entry, as JSON.

    Raises:
        JournalError: it could not be written down, and must not be done.
        LockLost: it is not ours to do any more.
    """
    backup, detail = more.pop("backup", None), {"kind": plan.kind, **more}
    context.record(_entry(context, plan, part, "before", step, backup=backup, detail=detail))


def record_outcome(context: Context, plan: Plan, part: DevicePlan, outcome: Outcome) -> Outcome:
    """Write down what became of a device.

    Args:
        context: whose journal is written.
        plan: that was begun.
        part: of the device.
        outcome: to be written.

    Returns:
        The outcome; if the journal or the lock is gone, it says so, and halts the change.
    """
    detail: dict[str, Any] = {
        "kind": plan.kind, "message": outcome.message, "seconds": round(outcome.seconds, 2), "halt": outcome.halt
    }  # fmt: skip
    if outcome.asked:
        detail |= {"asked": outcome.asked, "silent": outcome.silent}
    digest = outcome.digest_after or (part.digest_before if outcome.outcome == "unchanged" else None)
    entry = _entry(
        context, plan, part, "after", outcome.outcome, detail=detail, digest_after=digest, backup=outcome.backup
    )
    try:
        context.record(entry)
    except (JournalError, LockLost) as error:
        words = f"{outcome.message} This could not be written down: {error}"
        return replace(outcome, message=words, halt=True)
    return outcome


def leave_alone(context: Context, plan: Plan, part: DevicePlan, target: Target, error: LockLost) -> Outcome:
    """The outcome of a device that may not be written to any more, in the middle of its change.

    It is not an entry of the device's: those are the new holder's to write. That we noticed is one of the lock's.

    Args:
        context: whose journal is written, if it can be.
        plan: that was begun.
        part: of the device.
        target: the device.
        error: why.
    """
    words = (
        f"{part.device}: {end_sentence(str(error))} From here on this command wrote nothing to it: what is not "
        f"confirmed goes back on its own within {target.confirm_seconds} s, unless whoever has the lock confirms it."
    )
    with suppress(JournalError):
        entry = _entry(context, plan, part, "after", "lost", detail={"message": words, **vars(context.holder)})
        context.journal.write(replace(entry, what="lock", place=None, digest_before=None))
    return Outcome(part.device, "failed", words, halt=True)


def end_sentence(words: str) -> str:
    """Words that end as a sentence does: others' may or may not."""
    return words if words.endswith((".", "?", "!")) else f"{words}."


def find_deadline(target: Target) -> float:
    """Until when (``time.monotonic``) a device must have gone back on its own, and be up again."""
    return time.monotonic() + target.confirm_seconds + AFTERWARDS_SECONDS


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
