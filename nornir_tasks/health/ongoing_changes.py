"""The changes that run, or have stopped half-way: told before all else, and each explains exactly what it disturbs.

What is disturbed is read in the journal: the machines that are being written to, and those of which nobody wrote down
how it ended. With them goes their blast radius, and nothing else of the plan: a switch that was done an hour ago, or
whose wave has not come, is no excuse for a fault.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nornir_tasks.core.language import mark, translate
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.context import Context
from nornir_tasks.health.causes import Cause, CauseKind
from nornir_tasks.health.incident import Incident
from nornir_tasks.health.what_if import name_some
from nornir_tasks.journal.entry import OPEN, Entry
from nornir_tasks.journal.lock import Holder, find_fate
from nornir_tasks.journal.projections import PlanHistory, Projections
from nornir_tasks.model import Position, Region
from nornir_tasks.model.graph import list_hypervisors
from nornir_tasks.model.names import find_serving_hosts
from nornir_tasks.reachability.blast_radius import find_blast_radius

MOST_NAMED = 4  # machines that a line names
PUNCTUATION = ".,;:()"  # around a name in a sentence


class ChangeState(StrEnum):
    """How a change goes that has not ended."""

    RUNNING = mark("is running")
    ELSEWHERE = mark("is running, or died, on another control node")
    DEAD = mark("has stopped half-way: its process is gone")
    STOPPED = mark("has stopped half-way")


@dataclass(frozen=True)
class OngoingChange:
    """A change that runs, or has stopped half-way.

    Args:
        plan: its name.
        municipality: for which it is made.
        kind: ``stage``, ``undo`` or ``harmonise``.
        state: how it goes.
        who: began it.
        reason: why.
        began: when.
        at_work: the switches and servers that are being written to, or of which it is not known how it ended.
        explains: these, and all that is without a way to the centre, or does not run, while they are out; applications
            as ``home/name``.
        beside: the switches at the far ends of their cables: they see dark ports.
    """

    plan: str
    municipality: str
    kind: str
    state: ChangeState
    who: str
    reason: str
    began: datetime
    at_work: tuple[str, ...]
    explains: frozenset[str]
    beside: frozenset[str]

    @property
    def is_half_way(self) -> bool:
        """Whether somebody has to see to it that it goes on, or back."""
        return self.state in (ChangeState.DEAD, ChangeState.STOPPED)


def find_ongoing(context: Context) -> list[OngoingChange]:
    """The changes that run or have stopped half-way, those first that have; nothing is written, no lock is taken.

    A change is past where other changes were at its machines since, or another one of its municipality was completed,
    unless it is not known how it ended on one of them.

    Raises:
        JournalError: the journal cannot be read.
    """
    with context.journal.history() as history:
        candidates = {name: plan for name, plan in history.plans.items() if plan.progress in ("begun", "stopped")}
        first = min((plan.begun for plan in candidates.values()), default=0)
        ended = (plan for plan in history.plans.values() if plan.progress in ("done", "taken back"))
        completed = [plan.begun for plan in ended if plan.begun > first]
        last = {name: _list_last(history, plan) for name, plan in candidates.items()}
        overtaken = {name for name, plan in candidates.items() if len(last[name]) < len(plan.devices)}
    numbers = [number for each in last.values() for number in each.values()]
    begun = [plan.begun for plan in candidates.values()]
    entries = context.journal.numbered([*numbers, *begun, *completed])
    region, position = context.region, context.journal.position()
    ongoing = []
    for name, plan in candidates.items():
        if plan.begun not in entries:
            continue  # it has an end and no beginning: nothing can be told of it
        beginning = entries[plan.begun]
        unclear = [device for device, number in last[name].items() if _is_unclear(entries[number])]
        state = _find_state(plan, beginning)
        is_past = name in overtaken or any(
            number > plan.begun and entries[number].municipality == beginning.municipality for number in completed
        )
        if unclear or not is_past or state is ChangeState.RUNNING:
            ongoing.append(_make(region, position, name, beginning, state, unclear))
    return sorted(ongoing, key=lambda change: (not change.is_half_way, change.began))


def find_explanation(verdict: Verdict, ongoing: Iterable[OngoingChange]) -> OngoingChange | None:
    """The change that explains a verdict; None: none does.

    A finding on a machine that it disturbs is explained, and one of a switch beside it that names such a machine in
    what is expected, as that of a dark port does.
    """
    words = {word.strip(PUNCTUATION) for word in verdict.expected.split()}
    for change in ongoing:
        if verdict.subject in change.explains or (verdict.subject in change.beside and words & change.explains):
            return change
    return None


def is_silenced(verdict: Verdict, ongoing: Iterable[OngoingChange]) -> bool:
    """Whether a change that runs, or has stopped half-way, explains a verdict: the change is told in its place."""
    return find_explanation(verdict, ongoing) is not None


def is_incident_silenced(incident: Incident, ongoing: Sequence[OngoingChange]) -> bool:
    """Whether changes explain all causes of an incident."""
    return all(any(_explains_cause(change, cause) for change in ongoing) for cause in incident.causes)


def describe_ongoing(region: Region, change: OngoingChange) -> str:
    """The change in a sentence, and what to type first.

    Args:
        region: with the names for people.
        change: as ``find_ongoing`` gives it.
    """
    home = region.municipalities.get(change.municipality)
    words = translate(
        "{home}: change {plan} ({kind}) {state}, begun {moment} UTC by {who}: {reason}.",
        home=home.label if home else change.municipality,
        plan=change.plan,
        kind=change.kind,
        state=translate(change.state.value),
        moment=f"{change.began:%Y-%m-%d %H:%M}",
        who=change.who,
        reason=change.reason.rstrip("."),
    )
    if change.at_work:
        names = name_some(change.at_work, MOST_NAMED)
        if change.is_half_way:
            words += " " + translate("How it ended is not known of {names}.", names=names)
        else:
            words += " " + translate("At work on {names}.", names=names)
    if change.is_half_way:
        words += " " + translate("First: scripts/change.py status {plan}", plan=change.plan)
    return words


def _list_last(history: Projections, plan: PlanHistory) -> Mapping[str, int]:
    """The last entry of each machine that no other plan was at since."""
    return {name: steps.last for name, steps in plan.devices.items() if history.devices.get(name) == steps.last}


def _is_unclear(entry: Entry) -> bool:
    """Whether it is not known what a machine runs: it is being written to, or ended in a state that nobody knows."""
    return entry.outcome in OPEN if entry.phase == "before" else entry.outcome == "failed"


def _find_state(plan: PlanHistory, beginning: Entry) -> ChangeState:
    if plan.progress == "stopped":
        return ChangeState.STOPPED
    try:
        host, pid, started = plan.holder or [""]
        fate = find_fate(Holder(str(host), int(pid), str(started), beginning.who, beginning.reason))
    except ValueError:  # of an earlier version, or written by hand
        fate = "unknown"
    return {"alive": ChangeState.RUNNING, "dead": ChangeState.DEAD, "unknown": ChangeState.ELSEWHERE}[fate]


def _make(
    region: Region, position: Position, name: str, beginning: Entry, state: ChangeState, unclear: Sequence[str]
) -> OngoingChange:
    at_work = tuple(name for name in unclear if name in region.devices or name in region.servers)
    blast = find_blast_radius(region, at_work)
    switches, servers = {*blast.switches}, {*blast.servers}
    servers |= {
        guest.name for guest in region.servers.values() if servers.intersection(list_hypervisors(region, guest))
    }
    explains = frozenset({*switches, *servers, *_list_applications(region, position, servers)})
    beside = {
        port.neighbour.device for name in switches for port in region.devices[name].ports if port.neighbour
    } - switches
    return OngoingChange(
        plan=name,
        municipality=beginning.municipality,
        kind=str(beginning.detail.get("kind") or beginning.what),
        state=state,
        who=beginning.who,
        reason=beginning.reason,
        began=beginning.at,
        at_work=at_work,
        explains=explains,
        beside=frozenset(beside),
    )


def _list_applications(region: Region, position: Position, servers: set[str]) -> Iterator[str]:
    """The applications none of whose servers is left."""
    for home in region.municipalities.values():
        for name, application in home.applications.items():
            hosts = set(find_serving_hosts(region, home, application, position))
            if hosts and hosts <= servers:
                yield f"{home.name}/{name}"


def _explains_cause(change: OngoingChange, cause: Cause) -> bool:
    if cause.kind is CauseKind.ENTRY:  # several may be folded that only have the same trouble
        return {cause.subject, *cause.folded} <= change.explains
    ends = [{cable.near.device, cable.far.device} for cable in cause.cables]
    return cause.subject in change.explains or (bool(ends) and all(each & change.explains for each in ends))
