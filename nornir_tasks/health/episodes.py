"""What a run means beside the runs before it: what is new, what has ended, since when, how often, who knows. Pure.

An episode is the time from a finding's first sight to its end. What a run did not look at says nothing: a finding ends
where its own rule judged its subject again and found it well, and nowhere else.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from nornir_tasks.core.exit_codes import CLEAN, WRONG
from nornir_tasks.core.language import translate
from nornir_tasks.core.verdict import Status, Verdict, group
from nornir_tasks.health.causes import Cause, CauseKind
from nornir_tasks.health.diagnosis import describe_cause
from nornir_tasks.health.incident import Incident
from nornir_tasks.health.links import Uplinks
from nornir_tasks.model import Region

FLAPPING_WINDOW = timedelta(hours=24)
FLAPPING_TIMES = 3  # beginnings within the window: two may be one repair that did not hold
LONGEST_ACKNOWLEDGEMENT = timedelta(days=90)
EXACT_WITHIN = timedelta(minutes=15)  # of the look before: a person asks for no more
STALE = timedelta(days=30)  # not looked at for so long: the subject may be gone, or the rule not apply any more
CAUSE = "cause:"  # begins the rule of a cause: no check's name holds a colon
ANY = ""  # of a pair: whatever its rule, or its subject, is

Pair = tuple[str, str]  # a subject, and a rule that judges it
Item = TypeVar("Item")


class EpisodeKey(NamedTuple):
    """What makes a finding the same one in the next run. ``rule``: a check's name, or a cause's (``name_cause``)."""

    subject: str
    rule: str
    status: Status


@dataclass(frozen=True)
class Sighting:
    """What is wrong, or could not be judged, in one run.

    Args:
        key: what it is.
        text: for people, in the language of the run; no secrets.
        seen: when its subject was looked at.
        judged_by: once one of these judges without finding it again, it has ended.
    """

    key: EpisodeKey
    text: str
    seen: datetime
    judged_by: tuple[Pair, ...]


@dataclass(frozen=True)
class Look:
    """What one run saw.

    Args:
        findings: by key.
        judged: what was judged, and when: what could not be, or does not apply, is not among them.
    """

    findings: Mapping[EpisodeKey, Sighting]
    judged: Mapping[Pair, datetime]


@dataclass(frozen=True)
class Acknowledgement:
    """Somebody knows of a finding, and why it may stay for a while."""

    who: str
    at: datetime
    until: datetime
    reason: str

    def is_valid(self, now: datetime) -> bool:
        """Whether it still counts."""
        return now < self.until


@dataclass(frozen=True)
class Episode:
    """A finding from its first sight to its end. Ordered by ``id``: a clock may have been set in between.

    Args:
        id: given by the database.
        key: of the finding.
        text: as it was told last.
        judged_by: as the finding has it.
        opened: when it was seen first.
        well_at: when it was last found well before that; None: it was never looked at before.
        is_exact: whether that was so shortly before that ``opened`` is when it began, for people.
        seen: when it was seen last.
        closed: when it was found well again.
        acknowledgement: the newest that was not withdrawn, whether it still counts or not.
    """

    id: int
    key: EpisodeKey
    text: str
    judged_by: tuple[Pair, ...]
    opened: datetime
    well_at: datetime | None
    is_exact: bool
    seen: datetime
    closed: datetime | None = None
    acknowledgement: Acknowledgement | None = None

    def is_stale(self, now: datetime) -> bool:
        """Whether it is open only because nobody has looked for long."""
        return self.closed is None and now - self.seen > STALE


@dataclass(frozen=True)
class Recurrence:
    """What the history says of a finding that is there now.

    Args:
        episode: that it is the present sight of.
        is_new: the last run that looked at it did not find it.
        times: how often it has begun within ``FLAPPING_WINDOW``, this time included.
    """

    episode: Episode
    is_new: bool
    times: int

    @property
    def is_flapping(self) -> bool:
        """Whether it comes and goes."""
        return self.times >= FLAPPING_TIMES


@dataclass(frozen=True)
class Transitions:
    """What a run changes in the history."""

    opened: tuple[Sighting, ...]
    confirmed: tuple[tuple[Episode, Sighting], ...]
    ended: tuple[Episode, ...]


@dataclass(frozen=True)
class RunComparison:
    """What the history makes of a run.

    Args:
        number: of the run; 0 where there is no history.
        recurrences: of what was found.
        ended: what the run found well again.
        previous: when the run before it had ended; None: it is the first.
        has_clock_gone_back: this run began before that one had ended, by the clock, though not in truth.
        trouble: for people, why there is no history, or what became of the one before; empty where all went well.
    """

    number: int = 0
    recurrences: Mapping[EpisodeKey, Recurrence] = field(default_factory=dict)
    ended: tuple[Episode, ...] = ()
    previous: datetime | None = None
    has_clock_gone_back: bool = False
    trouble: str = ""

    def find(self, verdict: Verdict) -> Recurrence | None:
        """What the history says of a verdict; None of one that passed, and where there is no history."""
        return self.recurrences.get(EpisodeKey(verdict.subject, verdict.rule.name, verdict.status))

    def find_cause(self, cause: Cause) -> Recurrence | None:
        """What the history says of a cause."""
        return self.recurrences.get(_make_cause_key(cause))

    def is_acknowledged(self, verdict: Verdict, now: datetime) -> bool:
        """Whether somebody knows of a verdict: it is told last, and does not raise the exit code."""
        return _is_acknowledged(self.find(verdict), now)

    def is_incident_acknowledged(self, incident: Incident, now: datetime) -> bool:
        """Whether somebody knows of all the causes of an incident."""
        return all(_is_acknowledged(self.find_cause(cause), now) for cause in incident.causes)


def find_exit_code(
    comparison: RunComparison, verdicts: Iterable[Verdict], incidents: Iterable[Incident], now: datetime
) -> int:
    """``WRONG`` where something is wrong, or could not be told, that nobody has acknowledged; else ``CLEAN``.

    Args:
        comparison: of the run.
        verdicts: those that no incident, and no running change, explains.
        incidents: those that no running change explains.
        now: acknowledgements end.
    """
    verdicts_open = any(verdict.is_bad and not comparison.is_acknowledged(verdict, now) for verdict in verdicts)
    incidents_open = any(not comparison.is_incident_acknowledged(incident, now) for incident in incidents)
    return WRONG if verdicts_open or incidents_open else CLEAN


def sort_acknowledged_last(items: Sequence[Item], is_acknowledged: Callable[[Item], bool]) -> list[Item]:
    """The same in the same order, but those that somebody knows of at the end.

    Args:
        items: verdicts, groups of them, or incidents.
        is_acknowledged: says it of one of them.
    """
    return sorted(items, key=is_acknowledged)


def make_look(region: Region, verdicts: Iterable[Verdict], incidents: Iterable[Incident], now: datetime) -> Look:
    """What a run saw.

    Args:
        region: with the names that causes are told with.
        verdicts: all of the run, those that passed, too.
        incidents: what is behind them.
        now: when verdicts without a time were given.
    """
    judged: dict[Pair, datetime] = {}
    findings: dict[EpisodeKey, Sighting] = {}
    for answer in group(verdicts):
        first = answer[0]
        pair, seen = (first.subject, first.rule.name), first.seen or now
        if first.status in (Status.PASSED, Status.FAILURE):
            for each in (pair, (first.subject, ANY), (ANY, ANY)):
                judged[each] = max(seen, judged.get(each, seen))
        if first.is_bad:
            key = EpisodeKey(*pair, first.status)
            findings[key] = Sighting(key, "; ".join(verdict.text for verdict in answer), seen, (pair,))
    for cause in (cause for incident in incidents for cause in incident.causes):
        key = _make_cause_key(cause)
        seen = judged.get((cause.subject, ANY), now)
        findings[key] = Sighting(key, describe_cause(region, cause), seen, _list_judges(cause))
    return Look(findings, judged)


def name_cause(cause: Cause) -> str:
    """The rule that stands for a cause: its kind; of cables which, because one switch may have several dark ones."""
    ends = sorted(min(str(cable.near), str(cable.far)) for cable in cause.cables) if _is_cable(cause) else []
    return " ".join([f"{CAUSE}{cause.kind.value}", *ends])


def find_transitions(
    open_episodes: Collection[Episode], look: Look, contested: Mapping[Pair, datetime] | None = None
) -> Transitions:
    """What a run opens, confirms and ends.

    Args:
        open_episodes: before the run.
        look: what the run saw.
        contested: what other runs judged that were recorded while this one was under way, and when they had ended:
            where this run looked earlier, theirs is the newer news.
    """
    others = contested or {}
    known = {episode.key: episode for episode in open_episodes}

    def is_overtaken(pair: Pair, seen: datetime) -> bool:
        return pair in others and seen <= others[pair]

    opened = tuple(
        finding
        for key, finding in look.findings.items()
        if key not in known and not any(is_overtaken(pair, finding.seen) for pair in finding.judged_by)
    )
    confirmed = tuple((known[key], finding) for key, finding in look.findings.items() if key in known)
    ended = tuple(
        episode
        for key, episode in known.items()
        if key not in look.findings
        and any(pair in look.judged and not is_overtaken(pair, look.judged[pair]) for pair in episode.judged_by)
    )
    return Transitions(opened, confirmed, ended)


def describe_since(episode: Episode) -> str:
    """Since when a finding is there, for people: as exactly as it is known, and no more."""
    opened = f"{episode.opened:%Y-%m-%d %H:%M}"
    if episode.is_exact:
        return translate("since {moment} UTC", moment=opened)
    if episode.well_at is None:
        return translate("at the latest since {moment} UTC; not looked at before", moment=opened)
    well = f"{episode.well_at:%Y-%m-%d %H:%M}"
    return translate("at the latest since {moment} UTC; well on {well} UTC", moment=opened, well=well)


def describe_acknowledgement(acknowledgement: Acknowledgement) -> str:
    """Who knows of it, until when and why, for people."""
    return translate(
        "acknowledged by {who} until {until} UTC: {reason}",
        who=acknowledgement.who,
        until=f"{acknowledgement.until:%Y-%m-%d %H:%M}",
        reason=acknowledgement.reason,
    )


def describe_flapping(times: int) -> str:
    """How often a finding has come within a day, for people."""
    return translate("comes and goes: {times} times in 24 hours", times=times)


def describe_recurrence(recurrence: Recurrence, now: datetime) -> str:
    """What the history says of a finding, for people: since when, whether it comes and goes, who knows of it.

    Args:
        recurrence: of the finding.
        now: an acknowledgement that has ended is not told.
    """
    parts = [describe_since(recurrence.episode)]
    if recurrence.is_flapping:
        parts.append(describe_flapping(recurrence.times))
    acknowledgement = recurrence.episode.acknowledgement
    if acknowledgement and acknowledgement.is_valid(now):
        parts.append(describe_acknowledgement(acknowledgement))
    return "; ".join(parts)


def _is_acknowledged(recurrence: Recurrence | None, now: datetime) -> bool:
    acknowledgement = recurrence.episode.acknowledgement if recurrence else None
    return acknowledgement is not None and acknowledgement.is_valid(now)


def _make_cause_key(cause: Cause) -> EpisodeKey:
    return EpisodeKey(cause.subject, name_cause(cause), Status.FAILURE)


def _is_cable(cause: Cause) -> bool:
    return cause.kind is CauseKind.CABLE


def _list_judges(cause: Cause) -> tuple[Pair, ...]:
    """What has to judge again before a cause that is not found any more is over."""
    if _is_cable(cause):  # only who reads the ports at one of its ends can tell
        return tuple((end.device, Uplinks.name) for cable in cause.cables for end in (cable.near, cable.far))
    return ((cause.subject, ANY),)
