"""One line of the journal, and the tables that hold them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import DDL, Column, Connection, Identity, Integer, MetaData, String, Table, Text, event, insert

from nornir_tasks.core.secrets import mask_secrets, mask_texts
from nornir_tasks.journal.database import JournalError
from nornir_tasks.model import Stage

Phase = Literal["before", "after"]
NEVER = datetime.min.replace(tzinfo=UTC)
# Parts of an entry's detail that hold a device's or a person's own words.
FREE_TEXT = ("message", "messages", "gates", "silent")
LISTS = frozenset({"messages", "left_out", "devices", "former", "silent"})  # parts of an entry's detail
RUNS = ("stage", "change")  # a change that moves a municipality, and one that does not
GOOD = ("changed", "unchanged")  # outcomes of a device that is where the plan wants it
OPEN = ("started", "writing", "probing", "bouncing", "confirming")  # steps of a device whose end nobody wrote down

METADATA = MetaData()
EVENTS = Table(
    "event",
    METADATA,
    Column("id", Integer, Identity(always=True), primary_key=True),  # given by the database, never chosen
    Column("at", String(32), nullable=False),
    Column("what", String(32), nullable=False, index=True),
    Column("phase", String(8), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("municipality", String(64), nullable=False, index=True),
    Column("stage", Integer, nullable=False),
    Column("device", String(64)),
    Column("place", String(128)),  # what the position calls it, where this event moves it
    Column("who", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("plan", String(64)),
    Column("digest_before", String(64)),
    Column("digest_after", String(64)),
    Column("backup", String(128)),
    Column("detail", Text, nullable=False, default="{}"),
)
LOCKS = Table(
    "lock",
    METADATA,
    Column("municipality", String(64), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", String(64), nullable=False),
    Column("who", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", String(32), nullable=False),
)
# The database itself refuses to rewrite history, whoever asks.
_APPEND_ONLY = {
    "sqlite": [
        *(
            f"CREATE TRIGGER event_no_{verb} BEFORE {verb} ON event "
            "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ),
        # INSERT OR REPLACE deletes, and asks no trigger for deletions.
        "CREATE TRIGGER event_no_REPLACE BEFORE INSERT ON event WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION event_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$",
        "CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION event_append_only()",
        "ALTER TABLE event ENABLE ALWAYS TRIGGER event_append_only",
    ],
}
for _dialect, _statements in _APPEND_ONLY.items():
    for _statement in _statements:
        event.listen(EVENTS, "after_create", DDL(_statement).execute_if(dialect=_dialect))


@dataclass(frozen=True)
class Entry:
    """One line of the journal. ``id`` and ``at`` are given when it is written."""

    what: str  # stage, device, plan, survey, backup, approval, waiver, lock, observation
    phase: Phase
    outcome: str  # started, done, undone, changed, unchanged, refused, reverted, failed, passed, …
    municipality: str
    stage: Stage
    who: str
    reason: str
    device: str | None = None
    place: str | None = None
    plan: str | None = None
    digest_before: str | None = None
    digest_after: str | None = None
    backup: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
    at: datetime = NEVER


def add(connection: Connection, entry: Entry) -> int:
    """Add an entry within a transaction of the caller's."""
    key = connection.execute(insert(EVENTS).values(to_row(entry))).inserted_primary_key
    return int(key[0]) if key else 0


def to_row(entry: Entry) -> dict[str, str | int | None]:
    """The row of an entry that is written now; its number is given by the database."""
    row = {
        **{column.name: getattr(entry, column.name) for column in EVENTS.c if column is not EVENTS.c.id},
        "at": datetime.now(UTC).isoformat(),
        "stage": int(entry.stage),
        "reason": mask_secrets(entry.reason),
        "detail": json.dumps(_mask_free_text(entry.detail), ensure_ascii=False, default=str),
    }
    return {name: plain(value) if isinstance(value, str) else value for name, value in row.items()}


def _mask_free_text(detail: Mapping[str, Any]) -> dict[str, Any]:
    """The detail of an entry with the secrets of this process masked in what a device or a person has said."""
    return {
        key: mask_texts(json.loads(json.dumps(value, default=str))) if key in FREE_TEXT else value
        for key, value in detail.items()
    }


def plain(text: str) -> str:
    """A text that every database takes: a device's own words, or a terminal's, may hold what is no character."""
    return text.replace("\0", "\\x00").encode(errors="backslashreplace").decode()


def encode_row(row: Mapping[Any, Any]) -> bytes:
    """A row as the bytes that the journal's tree is made of: JSON, its columns by name, those that are NULL left out.

    So a column that is added later changes nothing of what was written before. What is no text or number in a database
    that somebody else has written to makes bytes, too, and others than ours.
    """
    columns = {name: value for name, value in row.items() if value is not None}
    content = json.dumps(columns, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=repr)
    return content.encode(errors="backslashreplace")


def from_row(row: Mapping[Any, Any]) -> Entry:
    """The entry that a row of the table holds.

    Raises:
        JournalError: the row is none that was written here: names its number, the column and what stands there.
    """
    try:
        values = {name: read(row[name]) for name, read in _READERS.items()}
    except (ValueError, TypeError, RecursionError):
        raise _explain(row) from None
    if not _TYPES.issuperset(map(type, row.values())):
        raise _explain(row)
    return Entry(**{**row, **values})


def _read_time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError
    return time


def _read_detail(text: str) -> dict[str, Any]:
    detail = json.loads(text)
    if type(detail) is not dict or any(type(detail[name]) is not list for name in LISTS & detail.keys()):
        raise ValueError
    return detail


_TYPES = {int, str, type(None)}  # of a row's values
_READERS: Mapping[str, Callable[[Any], Any]] = {"stage": Stage, "at": _read_time, "detail": _read_detail}


def _explain(row: Mapping[Any, Any]) -> JournalError:
    """Which column of a row holds what was not written here."""
    for name, value in row.items():
        try:
            _READERS.get(name, str)(value)
            if type(value) in _TYPES:
                continue
        except (ValueError, TypeError, RecursionError):
            pass
        break
    return JournalError(
        f"journal: event {row['id']}: {name}: found {str(value)[:60]!r}, expected what was written here. "
        "Somebody changed it: scripts/change.py verify"
    )
