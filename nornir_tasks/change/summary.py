"""What a person reads of a plan before they approve it: what changes where, how risky, and who hangs on it. Pure.

Devices that are told the same make a group, and its diff is read once. Diffs that differ only in the devices' own words
are the same: the group's diff has ``‹name›`` in their place, and each device brings its words. Platforms never mix, for
they do not go back in the same way. The riskiest group stands first, of equal ones the widest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from nornir_tasks.change.plan import DevicePlan, Plan
from nornir_tasks.change.precautions import (
    AskedServices,
    BouncedPorts,
    list_asked_services,
    list_bounced_ports,
)
from nornir_tasks.config.device_tokens import insert_placeholders, select_used
from nornir_tasks.config.diff import count_changes, count_diff_lines, read, select_removed, write
from nornir_tasks.config.risk import JudgedLine, describe_score
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.text import escape_invisible
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.platforms.common.base import Safety
from nornir_tasks.reachability.blast_radius import Blast, find_blast_radius
from nornir_tasks.targets import count_targets, find_target, get_target
from nornir_tasks.targets.server import find_reason_left


class SummaryError(FellesdriftError):
    """A plan cannot be shown: names the plan and what is missing."""


@dataclass(frozen=True)
class Reason:
    """A reason for the risk, and the lines that give it (``- router ospf 1``, ``- shutdown @ interface 5``)."""

    why: str
    score: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Member:
    """A device of a group. ``words``: what stands in its diff where the group's has a mark."""

    device: str
    wave: str
    words: Mapping[str, str]
    restore: bool  # a backup is written back, to the byte
    instead: str | None


@dataclass(frozen=True)
class Group:
    """Devices of one platform that are told the same."""

    platform: str
    members: tuple[Member, ...]
    diff: str
    removes: str  # the part of the diff that goes, with the lines above it
    added: int
    removed: int
    risk: int
    word: str
    reasons: tuple[Reason, ...]
    safety: Safety
    blast: Blast
    noun: tuple[str, str]  # what its members are, and the ending of several: ("switch", "es")

    @property
    def devices(self) -> tuple[str, ...]:
        """Their names, in the order in which they are changed."""
        return tuple(member.device for member in self.members)

    @property
    def same(self) -> bool:
        """Whether every device's diff is this one to the letter."""
        return not any(member.words for member in self.members)


@dataclass(frozen=True)
class WaveSummary:
    """Devices that go together, and how many of them are changed."""

    name: str
    devices: int
    changes: int


@dataclass(frozen=True)
class PlanSummary:
    """A plan, as people read it."""

    id: str
    digest: str
    title: str  # what it does, in one line
    municipality: str
    label: str
    who: str
    reason: str
    ticket: str
    made: str
    expires: str
    undoes: str | None
    risk: int
    word: str
    blast: Blast
    added: int  # lines, on all devices together
    removed: int
    groups: tuple[Group, ...]
    waves: tuple[WaveSummary, ...]
    gates: tuple[Verdict, ...]
    unchanged: tuple[str, ...]
    unchanged_count: str  # ``8 switches and 1 server``
    instead: tuple[tuple[str, str], ...]  # device, and what is done because it cannot go back on its own
    left_out: tuple[str, ...]  # devices that belong to it, and stay as they are for the plan's reason
    not_ours: tuple[tuple[str, tuple[str, ...]], ...]  # reason, and the servers that no plan writes to for it
    accepted_losses: tuple[str, ...]  # who loses what, or is let to what: meant
    accepted: tuple[tuple[str, str], ...]  # device, and a line that the lock-out proof does not know: let through
    bounced: tuple[BouncedPorts, ...]
    asked: tuple[AskedServices, ...]
    checkpoint: str = ""  # of the journal, when the plan was made

    @property
    def changes(self) -> int:
        """How many devices are changed."""
        return sum(len(group.members) for group in self.groups)

    @property
    def shut(self) -> tuple[Verdict, ...]:
        """The gates that keep it from being applied."""
        return tuple(gate for gate in self.gates if not gate.passed)


def summarise(
    plan: Plan, region: Region, gates: Sequence[Verdict] | None = None, position: Position | None = None
) -> PlanSummary:
    """Everything a person is told of a plan; no switch is asked for it.

    Args:
        plan: need not be saved.
        region: as when it was made.
        gates: as they are now; default: as they were when it was made.
        position: where those stand that the plan does not move; default: in the old network.

    Raises:
        SummaryError: the inventory no longer has whom the plan is for.
    """
    gone = [part.device for part in plan.devices if get_target(region, part.device) is None]
    if gone or plan.municipality not in region.municipalities:
        names = ", ".join(gone) or plan.municipality
        raise SummaryError(f"plan {plan.id}: {names} not found in the inventory, expected as it was when it was made.")
    parts = [part for part in plan.devices if part.changes]
    groups = _groups(parts, region)
    unchanged = tuple(part.device for part in plan.devices if not part.changes)
    risk = max((group.risk for group in groups), default=0)
    # On all devices: a group's lines count for each of its members.
    added, removed = (
        sum(len(group.members) * getattr(group, what) for group in groups) for what in ("added", "removed")
    )
    return PlanSummary(
        id=plan.id,
        digest=plan.digest,
        title=_title(plan, region, len(parts), added, removed),
        municipality=plan.municipality,
        label=region.municipalities[plan.municipality].label,
        who=escape_invisible(plan.who),
        reason=escape_invisible(plan.reason),
        ticket=escape_invisible(plan.ticket),
        made=plan.made,
        expires=plan.expires,
        undoes=plan.undoes,
        risk=risk,
        word=describe_score(risk),
        blast=_blast(parts, region),
        added=added,
        removed=removed,
        groups=groups,
        waves=tuple(
            WaveSummary(name, len(devices), sum(plan.of(device).changes for device in devices))
            for name, devices in plan.waves.items()
        ),
        gates=tuple(_shown(verdict) for verdict in (plan.gates if gates is None else gates)),
        unchanged=unchanged,
        unchanged_count=count_targets(region, unchanged),
        instead=tuple((part.device, escape_invisible(part.instead)) for part in parts if part.instead),
        left_out=plan.left_out,
        not_ours=_list_not_ours(plan, region),
        accepted_losses=tuple(map(escape_invisible, plan.accepted_losses)),
        accepted=tuple((part.device, escape_invisible(line)) for part in parts for line in part.accepted),
        bounced=list_bounced_ports(region, parts),
        asked=list_asked_services(region, parts, position),
        checkpoint=plan.checkpoint,
    )


def _list_not_ours(plan: Plan, region: Region) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """By reason, the municipality's servers that stay as they are; none of a plan with which no server goes."""
    if not any(part.device in region.servers for part in plan.devices):
        return ()
    reasons: dict[str, list[str]] = {}
    for server in region.servers.values():
        if server.municipality == plan.municipality and (reason := find_reason_left(server)):
            reasons.setdefault(reason, []).append(server.name)
    return tuple((reason, tuple(names)) for reason, names in reasons.items())


def _shown(gate: Verdict) -> Verdict:
    """A gate's verdict for reading: what would not be seen is written in figures."""
    return replace(
        gate,
        expected=escape_invisible(gate.expected),
        actual=escape_invisible(gate.actual),
        advice=escape_invisible(gate.advice),
    )


def as_dict(summary: PlanSummary) -> dict[str, Any]:
    """The summary for a program: names as in the records, lists for tuples, so that JSON gives back the same."""
    groups = [
        {**asdict(group), "devices": list(group.devices), "same": group.same, "reach": str(group.blast)}
        for group in summary.groups
    ]
    gates = [
        {
            "name": gate.rule.name,
            "wants": gate.rule.wants,
            "passed": gate.passed,
            "words": "" if gate.passed else gate.text_with_advice,
        }
        for gate in summary.gates
    ]
    totals = {"changes": summary.changes, "reach": str(summary.blast)}
    whole = {**asdict(replace(summary, gates=())), "groups": groups, "gates": gates, **totals}
    plain: dict[str, Any] = _plain(whole)
    return plain


def find_gravest_reason(summary: PlanSummary) -> str:
    """The reason that weighs most in the whole plan."""
    return next((group.reasons[0].why for group in summary.groups if group.reasons), "no reason is given")


def describe_way_back(safety: Safety) -> tuple[str, ...]:
    """A platform's safety class, in words."""
    checks = "it checks a configuration before it takes it" if safety.checks_candidate else "it cannot check beforehand"
    return f"on its own, by {safety.reverts_by}", checks, f"lost if it goes back: {safety.lost_on_revert}"


def format_time(text: str) -> str:
    """A time of a plan, for people: ``2026-11-24 12:06 UTC``."""
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M} UTC" if text else "no time given"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _groups(parts: Iterable[DevicePlan], region: Region) -> tuple[Group, ...]:
    alike: dict[tuple[str, str], list[DevicePlan]] = {}
    for part in parts:
        target = find_target(region, part.device)
        key = (target.platform, insert_placeholders(part.diff, target.tokens()))
        alike.setdefault(key, []).append(part)
    groups = [_group(name, members, neutral, region) for (name, neutral), members in alike.items()]
    return tuple(sorted(groups, key=lambda group: (-group.risk, -len(group.members))))


def _group(name: str, parts: Sequence[DevicePlan], neutral: str, region: Region) -> Group:
    exact = all(part.diff == parts[0].diff for part in parts)
    diff = parts[0].diff if exact else neutral
    target = find_target(region, parts[0].device)
    # What the plan says of its risk is what was approved; a part that nobody assessed is not for that harmless.
    risk = max(part.risk or target.assess(part.diff).score for part in parts)
    changes = read(diff)
    added, removed = count_changes(changes)
    return Group(
        platform=name,
        members=tuple(
            Member(
                device=part.device,
                wave=part.wave,
                words={} if exact else select_used(diff, find_target(region, part.device).tokens()),
                restore=part.restore is not None,
                instead=part.instead,
            )
            for part in parts
        ),
        diff=diff,
        removes=write(select_removed(changes)),
        added=added,
        removed=removed,
        risk=risk,
        word=describe_score(risk),
        reasons=_reasons(parts[0].risks, target.judge(diff)),
        safety=target.safety,
        blast=_blast(parts, region),
        noun=target.noun,
    )


def _blast(parts: Iterable[DevicePlan], region: Region) -> Blast:
    """Who is without a way to the centre if all that may be down while these change is down at once."""
    return find_blast_radius(region, [name for part in parts for name in find_target(region, part.device).stops()])


def _reasons(reasons: Sequence[str], judged: Sequence[JudgedLine]) -> tuple[Reason, ...]:
    """The plan's reasons with the lines that give them, the gravest first; one that the table has lost has none."""
    by_reason: dict[str, list[JudgedLine]] = {}
    for line in sorted(judged, key=lambda line: -line.score):
        by_reason.setdefault(line.why, []).append(line)
    return tuple(
        Reason(why, max((line.score for line in by_reason.get(why, ())), default=0), _words(by_reason.get(why, ())))
        for why in reasons or by_reason
    )


def _words(lines: Iterable[JudgedLine]) -> tuple[str, ...]:
    return tuple(escape_invisible(line.change.words) for line in lines)


def describe_plan(plan: Plan, region: Region) -> str:
    """What a plan does: ``Loppa from pilot to cutover``."""
    home = region.municipalities.get(plan.municipality)
    label = home.label if home else plan.municipality
    before, after = Stage(plan.before).word, Stage(plan.stage).word
    return {
        "stage": f"{label} from {before} to {after}" if before != after else f"{label} stays at {after}",
        "undo": f"{label} back from {before} to {after}",
        "harmonise": f"{label} put right at {after}",
    }[plan.kind]


def _title(plan: Plan, region: Region, changes: int, added: int, removed: int) -> str:
    """``Loppa from pilot to cutover: 7 of 9 switches to change (+392 −210 lines)``."""
    what = describe_plan(plan, region)
    switches = count_targets(region, (part.device for part in plan.devices))
    if not changes:
        return f"{what}: nothing to change on {switches}"
    return f"{what}: {changes} of {switches} to change (+{added} −{removed} lines)"


def count_changed_lines(plan: Plan, devices: Iterable[str]) -> tuple[int, int]:
    """Lines added and taken away on some devices of a plan."""
    counts = [count_diff_lines(plan.of(name).diff) for name in devices]
    return sum(added for added, _ in counts), sum(removed for _, removed in counts)
