"""The journal: what was done, when, by whom and why. Append-only: the position, the undo list and the evidence."""

import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, func, select

from nornir_tasks.core.logging import get_logger
from nornir_tasks.journal.checkpoint import EVERY, Checkpoint
from nornir_tasks.journal.database import Database, JournalError
from nornir_tasks.journal.entry import EVENTS, METADATA, Entry, add, from_row
from nornir_tasks.journal.projections import Projections
from nornir_tasks.model import Position, Stage

LOGGER = get_logger(__name__)

BATCH = 20_000  # entries that are read in one transaction: well within a transaction's seconds
PARAMETERS = 10_000  # that one question may have: SQLite takes 32,766, PostgreSQL 65,535


@dataclass
class _Memory:
    """What a process has read of the history. Not used after a fork: another thread may have been in the middle."""

    pid: int = field(default_factory=os.getpid)
    lock: threading.RLock = field(default_factory=threading.RLock)
    projections: Projections | None = None
    saved: int = 0  # the number of entries in the checkpoint


class Journal:
    """A journal at a URL: SQLite in the state directory, or what ``FELLESDRIFT_JOURNAL`` names.

    It holds no open connection, so the same object serves threads and forks alike.
    """

    def __init__(self, url: str | URL, checkpoint: Checkpoint | None = None) -> None:
        self._database = Database(url)
        self._database.prepare(METADATA)
        self._checkpoint = checkpoint
        self._memory = _Memory()

    @classmethod
    def at(cls, where: Path, url: str | None = None) -> "Journal":
        """The journal of a state directory, or of a URL."""
        if url:
            return cls(url, Checkpoint(where))
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
        return cls(URL.create("sqlite", database=str(path)), Checkpoint(where))

    def transaction(self, *, reading: bool = False) -> AbstractContextManager[Connection]:
        """One short transaction: all of it is kept, or nothing. One that only reads waits for nobody."""
        return self._database.transaction(reading=reading)

    def write(self, entry: Entry) -> int:
        """Add an entry; the answer is its number."""
        with self.transaction() as connection:
            number = add(connection, entry)
        LOGGER.debug(
            "%d %s %s: %s, %s, stage %d, plan %s, by %s: %s", number, entry.phase, entry.what, entry.outcome,
            entry.device or entry.municipality, entry.stage, entry.plan or "none", entry.who, entry.reason,
        )  # fmt: skip
        return number

    def entries(self, municipality: str | None = None, what: str | Sequence[str] | None = None) -> list[Entry]:
        """What was written, oldest first."""
        query = select(EVENTS).order_by(EVENTS.c.id)
        if municipality is not None:
            query = query.where(EVENTS.c.municipality == municipality)
        if what is not None:
            query = query.where(EVENTS.c.what.in_([what] if isinstance(what, str) else list(what)))
        with self.transaction(reading=True) as connection:
            return [from_row(row) for row in connection.execute(query).mappings()]

    def numbered(self, numbers: Iterable[int]) -> dict[int, Entry]:
        """The entries with these numbers, by number."""
        wanted = sorted(set(numbers))
        query = select(EVENTS).order_by(EVENTS.c.id)
        entries: dict[int, Entry] = {}
        with self.transaction(reading=True) as connection:
            for start in range(0, len(wanted), PARAMETERS):
                rows = connection.execute(query.where(EVENTS.c.id.in_(wanted[start : start + PARAMETERS]))).mappings()
                entries |= {row["id"]: from_row(row) for row in rows}
        return entries

    @contextmanager
    def history(self) -> Iterator[Projections]:
        """What follows from everything that has been written so far, for as long as the block lasts.

        Each process reads an entry once: from its checkpoint, or else from the start, and then only what is new. No
        entry appears late among those already read: ``database`` lets one writer in at a time, so they become visible
        in the order of their numbers, with gaps where a writer gave up. Each time the last entry's row and the
        number of all entries are compared with what was read; if either differs (another journal, a backup put back, an
        entry written past ``database``), everything is read again.

        Raises:
            JournalError: it cannot be read.
        """
        if self._memory.pid != os.getpid():
            self._memory = _Memory()
        memory = self._memory
        with memory.lock:
            projections, memory.projections = memory.projections, None  # lost if reading on is interrupted halfway
            if projections is None and self._checkpoint and (projections := self._checkpoint.load()):
                memory.saved = projections.count
            if projections is None or not self._read_on(projections):
                projections, memory.saved = Projections(), 0
                self._read_on(projections)
            if self._checkpoint and projections.count >= memory.saved + EVERY:
                self._checkpoint.save(projections)
                memory.saved = projections.count
            memory.projections = projections
            yield projections

    def _read_on(self, projections: Projections) -> bool:
        """Feed what is new; False where what was read before is not how this journal begins."""
        extent = select(
            select(func.count()).select_from(EVENTS).scalar_subquery(),
            select(func.max(EVENTS.c.id)).scalar_subquery(),
        )
        beginning = select(EVENTS).where(EVENTS.c.id == projections.last)
        with self.transaction(reading=True) as connection:
            count, newest = connection.execute(extent).one()
            row = connection.execute(beginning).mappings().first() if projections.last else None
        if projections.last and (row is None or _row_digest(row) != projections.digest):
            return False
        while projections.last < (newest or 0):
            query = select(EVENTS).where(EVENTS.c.id > projections.last, EVENTS.c.id <= newest)
            with self.transaction(reading=True) as connection:
                rows = connection.execute(query.order_by(EVENTS.c.id).limit(BATCH)).mappings().all()
            if not rows:
                return False  # none where the newest one was a moment ago
            for row in rows:
                projections.feed(from_row(row))
            projections.digest = _row_digest(rows[-1])
        return projections.count == count

    def position(self) -> Position:
        """How far everything has come: derived from the entries, kept nowhere else."""
        with self.history() as history:
            return history.position()

    def since(self, municipality: str, stage: Stage) -> datetime | None:
        """When a stage was last completed, if it has not been undone since."""
        with self.history() as history:
            return history.municipality(municipality).since.get(stage)

    def snapshot(self, device: str) -> str | None:
        """The backup that holds the legacy: the last one the survey took before CONNECT."""
        with self.history() as history:
            return history.snapshots.get(device)

    def snapshots(self) -> dict[str, str]:
        """The legacy backup of every device that was surveyed."""
        with self.history() as history:
            return dict(history.snapshots)


def _row_digest(row: Mapping[Any, Any]) -> str:
    """The digest of an entry as the database has it."""
    return hashlib.sha256(json.dumps(list(row.values()), ensure_ascii=False).encode()).hexdigest()
