"""The tables of the history of health, and what their rows say."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Identity, Integer, MetaData, String, Table, Text

from nornir_tasks.core.secrets import mask_secrets
from nornir_tasks.core.verdict import Status
from nornir_tasks.health.episodes import ANY, Acknowledgement, Episode, EpisodeKey, Pair
from nornir_tasks.journal.entry import plain

LONGEST_TEXT = 500  # letters of a finding's text: the whole of it is told by the run itself

METADATA = MetaData()
MOMENT = String(32)  # ISO 8601 in UTC with microseconds: as text in the order of time


def _number() -> Column[int]:
    return Column("id", Integer, Identity(always=True), primary_key=True)  # given by the database, never chosen


SCOPES = Table(  # what a run judged: most runs judge what the one before did
    "health_scope",
    METADATA,
    _number(),
    Column("digest", String(64), nullable=False, unique=True),
    Column("pairs", Text, nullable=False),
)
RUNS = Table(
    "health_run",
    METADATA,
    _number(),
    Column("began", MOMENT, nullable=False, index=True),
    Column("ended", MOMENT, nullable=False),
    Column("scope", Integer, ForeignKey("health_scope.id"), nullable=False, index=True),
    Column("findings", Integer, nullable=False),  # how many
    Column("incidents", Text, nullable=False),  # JSON: of each its causes (kind and subject) and how many people
)
EPISODES = Table(
    "health_episode",
    METADATA,
    _number(),
    Column("subject", Text, nullable=False, index=True),
    Column("rule", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("judged_by", Text, nullable=False),  # JSON: pairs
    Column("opened", MOMENT, nullable=False, index=True),
    Column("opened_run", Integer, nullable=False),
    Column("well_at", MOMENT),
    Column("is_exact", Boolean, nullable=False),
    Column("seen", MOMENT, nullable=False),
    Column("closed", MOMENT, index=True),
    Column("closed_run", Integer),
)
ACKNOWLEDGEMENTS = Table(
    "health_acknowledgement",
    METADATA,
    _number(),
    Column("episode", Integer, ForeignKey("health_episode.id"), nullable=False, index=True),
    Column("who", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("until", MOMENT, nullable=False),
    Column("reason", Text, nullable=False),
    Column("withdrawn", MOMENT),
    Column("withdrawn_by", Text),
)
REACH = Table(  # observations that say the same, without a gap between them
    "health_reach",
    METADATA,
    _number(),
    Column("municipality", String(64), nullable=False, index=True),
    Column("application", Text, nullable=False),
    Column("reached", String(16), nullable=False),
    Column("began", MOMENT, nullable=False),
    Column("ended", MOMENT, nullable=False, index=True),
    Column("count", Integer, nullable=False),
)


def write_moment(at: datetime) -> str:
    """A moment as the tables hold it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def read_moment(text: str | None) -> datetime | None:
    """The moment that a column holds."""
    return datetime.fromisoformat(text) if text else None


def clean_text(text: str) -> str:
    """A text without secrets, no longer than it has to be, and such that every database takes it."""
    return plain(mask_secrets(text))[:LONGEST_TEXT]


def write_pairs(pairs: Iterable[Pair]) -> str:
    """What was judged: the rules that judged the same subjects together, so that it stays short."""
    by_rule: dict[str, set[str]] = defaultdict(set)
    for subject, rule in pairs:
        if rule != ANY:
            by_rule[rule].add(subject)
    by_subjects: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for rule, subjects in sorted(by_rule.items()):
        by_subjects[tuple(sorted(subjects))].append(rule)
    groups = [{"rules": rules, "subjects": subjects} for subjects, rules in by_subjects.items()]
    return json.dumps(groups, ensure_ascii=False, separators=(",", ":"))


def read_pairs(text: str) -> frozenset[Pair]:
    """The pairs that ``write_pairs`` wrote, and with them those that stand for any rule or subject."""
    groups = json.loads(text)
    pairs = {(subject, rule) for each in groups for rule in each["rules"] for subject in each["subjects"]}
    any_pairs = {(subject, ANY) for subject, _ in pairs} | ({(ANY, ANY)} if pairs else set())
    return frozenset(pairs | any_pairs)


def digest_text(text: str) -> str:
    """What a scope is found by."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_episode(row: Mapping[Any, Any], acknowledgement: Acknowledgement | None = None) -> Episode:
    """The episode of a row, with its acknowledgement."""
    return Episode(
        id=row["id"],
        key=EpisodeKey(row["subject"], row["rule"], Status(row["status"])),
        text=row["text"],
        judged_by=tuple((subject, rule) for subject, rule in json.loads(row["judged_by"])),
        opened=datetime.fromisoformat(row["opened"]),
        well_at=read_moment(row["well_at"]),
        is_exact=row["is_exact"],
        seen=datetime.fromisoformat(row["seen"]),
        closed=read_moment(row["closed"]),
        acknowledgement=acknowledgement,
    )


def read_acknowledgement(row: Mapping[Any, Any]) -> Acknowledgement:
    """The acknowledgement of a row."""
    at, until = datetime.fromisoformat(row["at"]), datetime.fromisoformat(row["until"])
    return Acknowledgement(row["who"], at, until, row["reason"])
