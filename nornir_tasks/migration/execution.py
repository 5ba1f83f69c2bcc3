"""A change under way: who may begin next, one device after the other, and the end.

``municipality_change`` starts it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from nornir_tasks.change import plan_status
from nornir_tasks.change.apply_device import apply_device
from nornir_tasks.change.outcome import Outcome
from nornir_tasks.change.plan import Plan
from nornir_tasks.change.plan_status import last_entries
from nornir_tasks.change.recover import recover_device
from nornir_tasks.core import interrupt
from nornir_tasks.core.verdict import format_failures
from nornir_tasks.devices.context import Context
from nornir_tasks.journal import lock, witnesses
from nornir_tasks.journal.entry import GOOD
from nornir_tasks.journal.journal import JournalError
from nornir_tasks.journal.lock import LockLost
from nornir_tasks.migration import gates
from nornir_tasks.migration.propose import ask_gates
from nornir_tasks.model import Stage
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.targets import find_target
from nornir_tasks.targets.client_probe import is_beyond


@dataclass(frozen=True)
class Overrides:
    """What somebody allows for this one run, each for a reason that the journal keeps.

    Attributes:
        lock_takeover_reason: to take the lock of a holder that is no more.
        emergency_reason: to go back outside window and freeze.
    """

    lock_takeover_reason: str | None = None
    emergency_reason: str | None = None


NONE = Overrides()


@dataclass(frozen=True)
class ChangeResult:
    """How a change ended. ``done``: every device of the plan is where it wants it.

    The municipality has moved, too, unless the plan leaves devices out.
    """

    municipality: str
    stage: Stage
    done: bool
    outcomes: Mapping[str, str]  # device: changed, unchanged, refused, reverted, failed, "not begun" or "left out"
    messages: tuple[str, ...]
    notices: tuple[str, ...] = ()  # what somebody has to see to, and what the change did not wait for

    @property
    def changed(self) -> tuple[str, ...]:
        """The devices that were written to."""
        return tuple(name for name, outcome in self.outcomes.items() if outcome == "changed")

    def __str__(self) -> str:
        counts = ", ".join(
            f"{list(self.outcomes.values()).count(word)} {word}" for word in dict.fromkeys(self.outcomes.values())
        )
        word = "done" if self.done else "stopped"
        return f"{self.municipality} {self.stage.word}: {word} ({counts or 'no devices'})"


def apply_one(context: Context, plan: Plan, device: str) -> Outcome:
    """Apply one device, if the waves before its own are done and the failure budgets are not used up.

    A device that is done stays as it is; one whose change was begun and never ended is looked at first.
    Safe to call from many processes at once.

    Args:
        context: must name the same process as the one that began.
        plan: that was started.
        device: its name in the plan.
    """
    try:
        # A leaf belongs to the centre: whoever changes it for a municipality holds both locks.
        context = context.with_lease((plan.municipality, find_target(context.region, device).municipality))
        stop = _find_obstacle(context, plan, device)
        if stop:
            return Outcome(device, "refused", f"{device}: {stop} Nothing was written.")
        last = last_entries(context, plan).get(device)
        if last is not None and last.phase == "after" and last.outcome in GOOD:
            return Outcome(device, "unchanged", "done already", plan.of(device).diff)
        if last is not None and (last.phase == "before" or last.outcome == "failed"):
            recovered = recover_device(context, plan, device)
            if recovered.outcome != "reverted":
                return recovered
        return apply_device(context, plan, device)
    except LockLost as error:
        return Outcome(device, "refused", f"{device}: {error}. Nothing was written.", halt=True)
    except JournalError as error:
        return Outcome(device, "refused", f"{device}: {error} Nothing was written.", halt=True)


def finish(context: Context, plan: Plan) -> ChangeResult:
    """End a change: the municipality has moved if every device did; the lock is given back either way.

    Raises:
        LockLost: the change is somebody else's by now, and so is its end.
    """
    context = context.with_lease([plan.municipality])
    ended = last_entries(context, plan)
    good = all(part.device in ended and ended[part.device].outcome in GOOD for part in plan.devices)
    messages = tuple(plan_status.describe_entry(entry) for entry in ended.values() if entry.outcome not in GOOD)
    left = tuple(part.device for part in plan.devices if part.device not in ended)
    if plan_status.is_begun_by(context, plan, context.holder):
        word = ("undone" if plan.kind == "undo" and plan.completes else "done") if good else "stopped"
        plan_status.record_plan(context, plan, "after", word, {"left": left, "messages": messages})
    abandon(context, plan.municipality)
    silent = tuple(f"{name}: silent {words}" for name, e in ended.items() for words in e.detail.get("silent", ()))
    results = {
        part.device: ended[part.device].outcome if part.device in ended else "not begun" for part in plan.devices
    }
    return ChangeResult(
        plan.municipality,
        Stage(plan.stage),
        good,
        results | dict.fromkeys(plan.left_out, "left out"),
        messages,
        (*silent, *witnesses.send_checkpoint(context.journal, context.region)),
    )


def abandon(context: Context, municipality: str) -> None:
    """Give the locks back, whatever has been done so far: the journal knows where to go on.

    All that was written is covered by a checkpoint then. Where that cannot be signed, ``finish`` and the next command
    say so; a lock is given back all the same.
    """
    for name in (municipality, CENTRE):
        lock.release(context.journal, name, context.holder)
    with suppress(JournalError):
        context.journal.sign_checkpoint()


def failure_budgets(context: Context, plan: Plan) -> tuple[int, int]:
    """How many devices may fail in one batch, and in all, before a change stops; only a stage has a budget."""
    programme = context.region.municipalities[plan.municipality].migration
    if programme is None or plan.kind != "stage":
        return 0, 0
    return programme.batch_failure_budget, programme.failure_budget


def may_go_on(context: Context, plan: Plan) -> bool:
    """Whether the failure budgets let other devices begin after those that have failed in this run."""
    return not _find_exhausted_budget(context, plan)


@contextmanager
def locked(
    context: Context, municipality: str, overrides: Overrides = NONE, devices: Iterable[str] = ()
) -> Iterator[Context]:
    """Take the municipality's lock, and the centre's where some of these devices are the centre's, and keep it.

    Yields the context with the right to write that comes with them.

    It is given back by ``finish`` or ``abandon``; here only if beginning fails.

    Args:
        context: whose journal keeps the lock.
        municipality: whose lock.
        overrides: whether a dead holder's may be taken.
        devices: names of those that will be written to.

    Raises:
        LockedError: somebody else holds it.
        TamperedError: the journal is not what its last checkpoint says.
    """
    try:
        lock.acquire(context.journal, municipality, context.holder, takeover_reason=overrides.lock_takeover_reason)
        homes = [municipality]
        if municipality != CENTRE and any(find_target(context.region, name).municipality == CENTRE for name in devices):
            homes.append(CENTRE)
            lock.acquire(context.journal, CENTRE, context.holder, takeover_reason=overrides.lock_takeover_reason)
        context.journal.sign_checkpoint()  # also of what a process wrote that was killed before it could
        yield context.with_lease(homes)
    except BaseException:
        abandon(context, municipality)
        raise


def _find_obstacle(context: Context, plan: Plan, device: str) -> str:
    """Why a device may not begin yet, or at all; empty if it may."""
    if interrupt.is_stop_requested():
        return f"{interrupt.WORDS}."
    if plan.to_do and not plan_status.is_begun_by(context, plan, context.holder):
        return f"plan {plan.id} was not begun by whoever applies it: its gates were never asked."
    own_wave = plan.of(device).wave
    earlier: list[str] = []
    for wave, names in plan.waves.items():
        if wave == own_wave:
            break
        earlier += names
    done = {name for name, entry in last_entries(context, plan).items() if entry.outcome in GOOD}
    # What has failed in this run is the budgets' business; what failed before has to be tried again first.
    done |= set(plan_status.find_failed(last_entries(context, plan, this_run=True).values()))
    # One that nothing is written to is not waited for: with --limit it may be left out.
    waiting = [name for name in earlier if name not in done and plan.of(name).changes]
    if waiting:
        return f"the wave before is not done yet: {', '.join(waiting)}."
    if shut := _find_shut_clock_gate(context, plan):
        return f"{shut}."
    return _find_exhausted_budget(context, plan)


def _find_exhausted_budget(context: Context, plan: Plan) -> str:
    """Why the failures of this run stop everybody who has not begun; empty if they do not."""
    entries = last_entries(context, plan, this_run=True)
    halted = [name for name, entry in entries.items() if entry.detail.get("halt")]
    if halted:
        return f"the change has stopped at {', '.join(halted)}."
    failed = plan_status.find_failed(entries.values())
    a_batch, in_all = failure_budgets(context, plan)
    if len(failed) > in_all:
        return f"the change has stopped: {', '.join(failed)} failed, the failure budget is {in_all}."
    asked = sum(int(entry.detail.get("asked", 0)) for entry in entries.values())
    silent = [f"{name} {words}" for name, e in entries.items() for words in e.detail.get("silent", ())]
    standard = context.region.of(plan.municipality)[0].standard
    if is_beyond(standard, asked, len(silent)):
        return (
            f"the change has stopped: {len(silent)} of {asked} clients have no address since their ports moved, "
            f"{standard.silent_clients_percent} % may: {'; '.join(silent)}."
        )
    for wave, names in plan.waves.items():
        here = [name for name in names if name in failed]
        if len(here) > a_batch:
            return f"the change has stopped: {', '.join(here)} failed in {wave}, the budget of a batch is {a_batch}."
    return ""


def _find_shut_clock_gate(context: Context, plan: Plan) -> str:
    """Whether the window has closed, or a freeze has begun, while the change was under way."""
    if is_emergency(context, plan):
        return ""
    return format_failures(ask_gates(context, plan, {}, only=gates.CLOCK))


def is_emergency(context: Context, plan: Plan) -> bool:
    """Whether this plan may go back outside window and freeze."""
    with context.journal.history() as history:
        return history.plan(plan.id).emergency
