"""What people feel of the causes: who is cut off, what has no second any more; the worst first. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from nornir_tasks.core.language import mark, translate
from nornir_tasks.health.causes import Cause, CauseKind
from nornir_tasks.health.what_if import GroupLoss, Weakened, find_weakened, group_losses
from nornir_tasks.model import Position, Region
from nornir_tasks.reachability.outage import CutOff, Outage, OutageProof

BLIND = (CauseKind.OURSELVES, CauseKind.MANAGEMENT, CauseKind.ENTRY)  # it is not seen what is so behind these


class Urgency(IntEnum):
    """How soon somebody has to act, the soonest first."""

    CUT_OFF = 0  # people cannot use what they use
    UNPROTECTED = 1  # what people use has no second any more
    UNSEEN = 2  # nobody gets in: how it is there is not known
    LATER = 3  # nobody feels it yet: not saved, a disk that fills
    UNTIDY = 4  # nobody will feel it

    @property
    def label(self) -> str:
        """For people, as it stands before what is wrong."""
        return translate(LABELS[self])


LABELS = {
    Urgency.CUT_OFF: mark("cut off"),
    Urgency.UNPROTECTED: mark("no second"),
    Urgency.UNSEEN: mark("not seen"),
    Urgency.LATER: mark("later"),
    Urgency.UNTIDY: mark("untidy"),
}


@dataclass(frozen=True)
class Incident:
    """Causes that belong together, and what they mean.

    Args:
        causes: one; or several where only all of them together cut people off, such as both name servers.
        losses: who cannot use what, the most people first.
        weakened: what has no second any more.
    """

    causes: tuple[Cause, ...]
    losses: tuple[GroupLoss, ...] = ()
    weakened: tuple[Weakened, ...] = ()

    @property
    def people(self) -> int:
        """How many cannot use something that they use."""
        return sum(loss.people for loss in self.losses)

    @property
    def folded(self) -> tuple[str, ...]:
        """The switches and servers that are silent because of it."""
        return tuple(name for cause in self.causes for name in cause.folded)

    @property
    def urgency(self) -> Urgency:
        """How soon somebody has to act."""
        if self.losses:
            return Urgency.CUT_OFF
        if self.weakened:
            return Urgency.UNPROTECTED
        return Urgency.UNSEEN if any(cause.kind in BLIND for cause in self.causes) else Urgency.LATER


def judge_causes(region: Region, position: Position, proof: OutageProof, causes: Sequence[Cause]) -> list[Incident]:
    """What the causes mean for people, the most urgent first: by people, then by what they lose, never by name.

    Args:
        region: the inventory's.
        position: where everything stands.
        proof: at this position.
        causes: as ``find_causes`` gives them.
    """
    alone = {index: proof.find_cut_off(cause.outage) for index, cause in enumerate(causes) if cause.outage}
    every = proof.find_cut_off(_join(causes)) if len(alone) > 1 else []
    known = {_name(cut) for cuts in alone.values() for cut in cuts}
    rest = [cut for cut in every if _name(cut) not in known]
    joint = [index for index in alone if rest and not _is_lost_without(causes, index, rest, proof)]
    incidents = [_make(region, position, [causes[index] for index in joint], rest)] if joint else []
    for index, cause in enumerate(causes):
        if index not in joint or alone[index]:
            incidents.append(_make(region, position, [cause], alone.get(index, [])))
    return sorted(incidents, key=rank_incident)


def _is_lost_without(causes: Sequence[Cause], index: int, rest: Sequence[CutOff], proof: OutageProof) -> bool:
    """Whether all of that would be lost without one of the causes, too: then it is no part of it."""
    others = [cause for number, cause in enumerate(causes) if number != index]
    lost = {_name(cut) for cut in proof.find_cut_off(_join(others))}
    return all(_name(cut) in lost for cut in rest)


def _make(region: Region, position: Position, causes: Sequence[Cause], cuts: Iterable[CutOff]) -> Incident:
    weakened = find_weakened(region, position, _join(causes))
    return Incident(tuple(causes), tuple(group_losses(region, cuts)), tuple(weakened))


def _name(cut: CutOff) -> tuple[str, str, str, str]:
    return (cut.home, cut.group, cut.site, cut.application)


def _join(causes: Iterable[Cause]) -> Outage:
    joined = Outage()
    for outage in (cause.outage for cause in causes):
        joined = Outage(
            {**joined.switches, **outage.switches},
            {**joined.cables, **outage.cables},
            {**joined.servers, **outage.servers},
        )
    return joined


def rank_incident(incident: Incident) -> tuple[int, int, int, int, int]:
    """By what incidents are sorted, the most urgent first."""
    applications = {label for loss in incident.losses for label in loss.applications}
    folded = len(incident.folded)
    return (incident.urgency, -incident.people, -len(applications), -len(incident.weakened), -folded)
