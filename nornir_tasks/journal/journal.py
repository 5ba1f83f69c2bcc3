"""The journal: what was done, when, by whom and why. Append-only: the position, the undo list and the evidence."""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import (
    DDL,
    URL,
    Column,
    Connection,
    Identity,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    event,
    insert,
    select,
)

from nornir_tasks.journal.database import Database, JournalError
from nornir_tasks.model import Position, Stage

Phase = Literal["before", "after"]
NEVER = datetime.min.replace(tzinfo=UTC)

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

    what: str  # stage, device, survey, backup, approval, waiver, lock, observation
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


class Journal:
    """A journal at a URL: SQLite in the state directory, or what ``FELLESDRIFT_JOURNAL`` names.

    It holds no open connection, so the same object serves threads and forks alike.
    """

    def __init__(self, url: str | URL) -> None:
        self._database = Database(url)
        self._database.prepare(METADATA)

    @classmethod
    def at(cls, where: Path, url: str | None = None) -> "Journal":
        """The journal of a state directory, or of a URL."""
        if url:
            return cls(url)
        path = where / "journal.sqlite"
        if not path.exists() and any((where / "plans").glob("*.json")):
            # Made anew, it would say that nothing was ever changed.
            raise JournalError(
                f"journal {path}: expected the one that knows of the plans beside it, found nothing there"
            )
        try:
            path.touch(mode=0o600)
        except OSError as error:
            raise JournalError(f"journal {path}: {error.strerror}. Expected a directory that you may write.") from error
        return cls(URL.create("sqlite", database=str(path)))

    def transaction(self, *, reading: bool = False) -> AbstractContextManager[Connection]:
        """One short transaction: all of it is kept, or nothing. One that only reads waits for nobody."""
        return self._database.transaction(reading=reading)

    def write(self, entry: Entry) -> int:
        """Add an entry; the answer is its number."""
        with self.transaction() as connection:
            return add(connection, entry)

    def entries(self, municipality: str | None = None, what: str | Sequence[str] | None = None) -> list[Entry]:
        """What was written, oldest first."""
        query = select(EVENTS).order_by(EVENTS.c.id)
        if municipality is not None:
            query = query.where(EVENTS.c.municipality == municipality)
        if what is not None:
            query = query.where(EVENTS.c.what.in_([what] if isinstance(what, str) else list(what)))
        with self.transaction(reading=True) as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def position(self) -> Position:
        """How far everything has come: derived from the entries, kept nowhere else."""
        stages: dict[str, Stage] = {}
        devices: dict[str, Stage] = {}
        owners: dict[str, str] = {}
        for entry in self.entries(what=("stage", "device")):
            if entry.phase != "after":
                continue
            if entry.what == "stage" and entry.outcome in ("done", "undone"):
                stages[entry.municipality] = entry.stage
                for place in [place for place, owner in owners.items() if owner == entry.municipality]:
                    devices.pop(place, None)
                    owners.pop(place)
            elif entry.what == "device" and entry.place and entry.outcome in ("changed", "unchanged"):
                devices[entry.place] = entry.stage
                owners[entry.place] = entry.municipality
        return Position(stages, devices)

    def since(self, municipality: str, stage: Stage) -> datetime | None:
        """When a stage was last completed, if it has not been undone since."""
        found: datetime | None = None
        for entry in self.entries(municipality, "stage"):
            if entry.phase == "after" and entry.outcome == "undone" and entry.stage < stage:
                found = None
            elif entry.phase == "after" and entry.outcome == "done" and entry.stage == stage:
                found = found or entry.at
        return found

    def snapshot(self, device: str) -> str | None:
        """The backup that holds the legacy: the last one the survey took before CONNECT."""
        return self.snapshots().get(device)

    def snapshots(self) -> dict[str, str]:
        """The legacy backup of every device that was surveyed."""
        query = select(EVENTS.c.device, EVENTS.c.backup).where(EVENTS.c.what == "snapshot").order_by(EVENTS.c.id)
        with self.transaction(reading=True) as connection:
            return {str(device): str(backup) for device, backup in connection.execute(query)}


def add(connection: Connection, entry: Entry) -> int:
    """Add an entry within a transaction of the caller's."""
    row = {
        **{column.name: getattr(entry, column.name) for column in EVENTS.c if column is not EVENTS.c.id},
        "at": datetime.now(UTC).isoformat(),
        "stage": int(entry.stage),
        "detail": json.dumps(entry.detail, ensure_ascii=False, default=str),
    }
    kept = {name: plain(value) if isinstance(value, str) else value for name, value in row.items()}
    key = connection.execute(insert(EVENTS).values(kept)).inserted_primary_key
    return int(key[0]) if key else 0


def plain(text: str) -> str:
    """A text that every database takes: a device's own words, or a terminal's, may hold what is no character."""
    return text.replace("\0", "\\x00").encode(errors="backslashreplace").decode()


def _entry(row: Mapping[Any, Any]) -> Entry:
    kept = dict(row)
    return Entry(
        **{
            **kept,
            "stage": Stage(kept["stage"]),
            "at": datetime.fromisoformat(kept["at"]),
            "detail": json.loads(kept["detail"]),
        }
    )
