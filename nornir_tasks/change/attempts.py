"""What became of a plan: each attempt to apply it, and where each of its devices stands. It asks the journal alone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nornir_tasks.change import plan_status
from nornir_tasks.change.outcome import STATES
from nornir_tasks.change.plan import Plan
from nornir_tasks.change.recover import BEGUN
from nornir_tasks.devices.context import Context
from nornir_tasks.journal import lock
from nornir_tasks.journal.entry import RUNS, Entry
from nornir_tasks.journal.lock import Fate, Holder

UNKNOWN, UNDER_WAY = "unknown", "under way"
# What was about to be done to a device whose end nobody wrote down.
STEPS = {
    "started": "it was read, and nothing was written yet",
    "writing": "it was being written to",
    "probing": "it was written to, and being probed",
    "bouncing": "it was written to, and the links of its clients being taken down and up",
    "confirming": "it was written to and probed, and being confirmed",
}


@dataclass(frozen=True)
class Attempt:
    """One run of a plan. ``how``: done, undone, stopped; ``under way``; or ``unknown``: nobody wrote down its end."""

    who: str
    reason: str
    began: datetime
    ended: datetime | None
    how: str
    process: str = ""  # ``4711 on control-01``
    outcomes: Mapping[str, str] = field(default_factory=dict)  # device to its state
    messages: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def seconds(self) -> float | None:
        """How long it took; None where nobody wrote down its end."""
        return (self.ended - self.began).total_seconds() if self.ended else None

    @property
    def counts(self) -> str:
        """``3 done, 1 gone back``."""
        return count_states(self.outcomes.values())


@dataclass(frozen=True)
class DeviceState:
    """Where a device of a plan stands: done, gone back, refused, failed, unknown, under way, not begun or left out."""

    device: str
    wave: str
    state: str
    since: datetime | None = None
    seconds: float | None = None
    who: str = ""
    why: str = ""  # the device's words, or what went wrong
    later: str = ""  # the plan that was at it since, and whose


@dataclass(frozen=True)
class PlanState:
    """A plan, and what became of it. ``fate`` is that of the process which began it last, if nobody wrote its end."""

    plan: Plan
    status: plan_status.Status
    attempts: tuple[Attempt, ...]
    devices: tuple[DeviceState, ...]
    fate: Fate | None = None
    taken_back: str = ""  # when, by whom and with which plan

    @property
    def begun(self) -> bool:
        """Whether anybody ever began it."""
        return bool(self.attempts)

    @property
    def counts(self) -> str:
        """``3 done, 1 gone back, 5 not begun``."""
        return count_states(state.state for state in self.devices)


def count_states(states: Iterable[str]) -> str:
    """How many devices are where, in words."""
    return ", ".join(f"{count} {state}" for state, count in Counter(states).items())


def read_state(context: Context, plan: Plan) -> PlanState:
    """What the journal says of a plan, its attempts and its devices.

    Args:
        context: whose journal is asked.
        plan: of which municipality does not matter.

    Raises:
        JournalError: the journal cannot be read.
    """
    entries = context.journal.entries(plan=plan.id)
    with context.journal.history() as history:
        begun_by = history.plan(plan.id).holder
        newest = {part.device: history.devices.get(part.device, 0) for part in plan.devices}
    fate = lock.find_fate(Holder(begun_by[0], begun_by[1], begun_by[2], "", "")) if begun_by else None
    last = {entry.device: entry for entry in entries if entry.what == "device" and entry.device}
    others = context.journal.numbered(
        number for name, number in newest.items() if name in last and number != last[name].id
    )
    later = {entry.device: entry for entry in others.values()}
    devices = [_judge(part.device, part.wave, last.get(part.device), fate, later) for part in plan.devices]
    devices += [DeviceState(name, "", "left out", why=plan.reason, who=plan.who) for name in plan.left_out]
    back = plan_status.find_taking_back(context, plan)
    return PlanState(
        plan=plan,
        status=plan_status.status(context, plan),
        attempts=tuple(split_attempts(entries, fate)),
        devices=tuple(devices),
        fate=fate,
        taken_back=plan_status.describe_taking_back(back) if back else "",
    )


def split_attempts(entries: Sequence[Entry], fate: Fate | None = None) -> list[Attempt]:
    """The attempts that a plan's entries tell of, the oldest first.

    A run that died is told apart from the next one, which looks first at what the other had left: those entries come
    before it writes down that it begins.

    Args:
        entries: all of one plan, the oldest first.
        fate: of the process that began the last one, if it has not ended.
    """
    runs: list[list[Entry]] = []
    is_open = False
    for entry in entries:
        starts = entry.what in RUNS and entry.phase == "before"
        if entry.what not in (*RUNS, "device"):
            continue
        looks_first = entry.what == "device" and BEGUN in str(entry.detail.get("message", ""))
        is_recovery = is_open and not any(step.what in RUNS for step in runs[-1])
        if not is_open or (starts and not is_recovery) or (looks_first and not is_recovery):
            runs.append([])
        runs[-1].append(entry)
        is_open = not (entry.what in RUNS and entry.phase == "after")
    return [_describe_run(run, fate if number == len(runs) else "dead") for number, run in enumerate(runs, 1)]


def _describe_run(run: Sequence[Entry], fate: Fate | None) -> Attempt:
    """An attempt from its entries."""
    start = next((entry for entry in run if entry.what in RUNS and entry.phase == "before"), None)
    end = next((entry for entry in run if entry.what in RUNS and entry.phase == "after"), None)
    holder = start.detail.get("holder") if start else None
    outcomes: dict[str, str] = {}
    for entry in run:
        if entry.device:
            outcomes[entry.device] = _name_state(entry, fate)
    messages = end.detail.get("messages", ()) if end else ()
    left_out = next((entry.detail["left_out"] for entry in (start, end) if entry and "left_out" in entry.detail), ())
    return Attempt(
        who=(start or run[0]).who,
        reason=(start or run[0]).reason,
        began=run[0].at,
        ended=end.at if end else None,
        how=end.outcome if end else UNDER_WAY if fate == "alive" else UNKNOWN,
        process=f"{holder[1]} on {holder[0]}" if isinstance(holder, list) and len(holder) == 3 else "",
        outcomes=outcomes,
        messages=tuple(str(message) for message in messages),
        left_out=tuple(str(name) for name in left_out),
    )


def _name_state(entry: Entry, fate: Fate | None) -> str:
    """The state that an entry leaves its device in."""
    if entry.phase == "after":
        return STATES.get(entry.outcome, entry.outcome)
    return UNDER_WAY if fate == "alive" else UNKNOWN


def _judge(
    name: str, wave: str, entry: Entry | None, fate: Fate | None, later: Mapping[str | None, Entry]
) -> DeviceState:
    """Where a device stands, by its last entry within the plan, and what another plan has done to it since."""
    if entry is None:
        return DeviceState(name, wave, STATES["not begun"])
    if entry.phase == "before":
        why = f"{STEPS.get(entry.outcome, entry.outcome)}; nobody wrote down how it ended"
    else:
        why = str(entry.detail.get("message", "")).removeprefix(f"{name}: ")
    seconds = entry.detail.get("seconds")
    other = later.get(name)
    return DeviceState(
        device=name,
        wave=wave,
        state=_name_state(entry, fate),
        since=entry.at,
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        who=entry.who,
        why=why,
        later=f"plan {other.plan} ({other.who})" if other else "",
    )
