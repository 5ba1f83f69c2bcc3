"""Apply a plan to many devices at once, wave by wave; the same step as the playbooks take one host at a time."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from nornir_tasks.change.outcome import Outcome
from nornir_tasks.change.plan import Plan
from nornir_tasks.core import interrupt
from nornir_tasks.core.errors import describe_error
from nornir_tasks.devices.context import Context
from nornir_tasks.devices.nornir_runner import WORKERS, Result, Task, get_context, make_nornir_without_logins
from nornir_tasks.devices.progress import Progress
from nornir_tasks.journal.journal import JournalError
from nornir_tasks.journal.lock import LockLost
from nornir_tasks.migration.execution import ChangeResult, abandon, apply_one, finish
from nornir_tasks.migration.municipality_change import Started
from nornir_tasks.model import Stage
from nornir_tasks.targets import count_targets, find_target


def apply_device(task: Task, plan: Plan) -> Result:
    """Apply one device of a plan."""
    outcome = apply_one(get_context(task), plan, task.host.name)
    return Result(
        task.host,
        changed=outcome.outcome == "changed",
        failed=not outcome.good,
        diff=outcome.diff,
        result=f"{outcome.outcome} ({outcome.seconds:.1f} s): {outcome.message}",
        outcome=outcome,
    )


def apply_many(
    context: Context,
    plan: Plan,
    devices: Iterable[str],
    *,
    workers: int = WORKERS,
    tell: Callable[[str], None] | None = None,
) -> dict[str, Outcome]:
    """Apply some devices of a plan.

    Args:
        context: whose journal and logins are used.
        plan: that was started.
        devices: names, of one wave.
        workers: how many at a time.
        tell: is given a line of progress at a time.
    """
    names = list(devices)
    for name in names:
        find_target(context.region, name)  # imports its drivers, which is not to be done in ten threads at once
    nornir = make_nornir_without_logins(context, names, workers, progress=Progress(tell) if tell else None)
    results = nornir.run(apply_device, plan=plan)
    outcomes: dict[str, Outcome] = {}
    for name, result in results.items():
        outcome = getattr(result[0], "outcome", None)
        error = f"{name}: the tool itself failed: {describe_error(result[0].exception)}"
        outcomes[name] = outcome if isinstance(outcome, Outcome) else Outcome(name, "failed", error)
    return outcomes


def run(
    context: Context, started: Started, *, workers: int = WORKERS, tell: Callable[[str], None] | None = None
) -> ChangeResult:
    """Apply a whole plan, wave by wave, and end the change. Ctrl-C ends it where nothing is left halfway.

    Args:
        context: whose journal and logins are used; the one that started the plan.
        started: whose gates are open and whose lock is held.
        workers: devices of a wave at a time.
        tell: is given a line of progress at a time.

    Returns:
        How it ended; without a journal, what is known of it here.
    """
    plan = started.plan
    outcomes: dict[str, Outcome] = {}
    try:
        for wave, devices in plan.waves.items():
            if interrupt.is_stop_requested() or any(outcome.halt for outcome in outcomes.values()):
                break
            if tell:
                tell(f"wave {wave}: {count_targets(context.region, devices)}")
            outcomes |= apply_many(context, plan, devices, workers=workers, tell=tell)
        return _with_refused(finish(context, plan), outcomes)
    except (JournalError, LockLost) as error:
        # What could not be written down is told all the same; without a journal the lock stays, to be taken over.
        if isinstance(error, LockLost):
            abandon(context, plan.municipality)  # the centre's may be ours still
        names = [part.device for part in plan.devices]
        results = {name: outcomes[name].outcome if name in outcomes else "not begun" for name in names}
        bad = {name: outcome.message for name, outcome in outcomes.items() if not outcome.good}
        rest: dict[str, list[str]] = {}
        for name, word in results.items():
            if name not in bad and plan.of(name).changes:
                rest.setdefault(word, []).append(name)
        messages = [*bad.values(), *(f"{word}: {', '.join(those)}" for word, those in rest.items())]
        return ChangeResult(
            plan.municipality, Stage(plan.stage), False, results, (*messages, f"Not written down: {error}")
        )
    except BaseException:
        abandon(context, plan.municipality)
        raise


def _with_refused(summary: ChangeResult, outcomes: dict[str, Outcome]) -> ChangeResult:
    """With the words of those that were never begun: the journal knows nothing of them."""
    words = tuple(
        outcomes[name].message for name, word in summary.outcomes.items() if word == "not begun" and name in outcomes
    )
    return replace(summary, messages=tuple(dict.fromkeys((*summary.messages, *words))))
