"""The journal: what was done, when, by whom and why. Append-only: the position, the undo list and the evidence."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, func, select

from nornir_tasks.core.logging import get_logger
from nornir_tasks.core.text import count_noun
from nornir_tasks.journal.database import Database, JournalError
from nornir_tasks.journal.entry import EVENTS, METADATA, Entry, add, encode_row, from_row
from nornir_tasks.journal.merkle import CompactRange, hash_leaf
from nornir_tasks.journal.notary import ADVICE, Notary, TamperedError, Tree
from nornir_tasks.journal.projection_cache import EVERY, ProjectionCache
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
    saved: int = 0  # the number of entries in the cache
    fits: bool = False  # the last checkpoint, when the first entry was written


class Journal:
    """A journal at a URL: SQLite in the state directory, or what ``FELLESDRIFT_JOURNAL`` names.

    It holds no open connection, so the same object serves threads and forks alike. With a state directory it is
    tamper-evident: before a process writes for the first time, it asks whether the last checkpoint still fits.
    """

    def __init__(self, url: str | URL, cache: ProjectionCache | None = None, notary: Notary | None = None) -> None:
        self._database = Database(url)
        self._database.prepare(METADATA)
        self._cache = cache
        self.notary = notary
        self._memory = _Memory()

    @classmethod
    def at(cls, where: Path, url: str | None = None) -> "Journal":
        """The journal of a state directory, or of a URL."""
        if url:
            return cls(url, ProjectionCache(where), Notary(where))
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
        return cls(URL.create("sqlite", database=str(path)), ProjectionCache(where), Notary(where))

    def transaction(self, *, reading: bool = False) -> AbstractContextManager[Connection]:
        """One short transaction: all of it is kept, or nothing. One that only reads waits for nobody.

        Raises:
            TamperedError: before the first one of this process that writes: the journal is not the one that the last
                checkpoint is of. Everything that acts writes here first, so nothing is done then.
        """
        if not reading and self.notary and not self._own_memory().fits:
            try:
                if tree := self.notary.load():
                    self._require_fit(tree)
            except TamperedError as error:
                raise TamperedError(f"nothing was written: {error}") from None
            self._own_memory().fits = True
        return self._database.transaction(reading=reading)

    def write(self, entry: Entry, *, require: Callable[[Connection], None] | None = None) -> int:
        """Add an entry; the answer is its number.

        Args:
            require: asked within the same transaction; what it raises keeps the entry out.
        """
        with self.transaction() as connection:
            if require:
                require(connection)
            number = add(connection, entry)
        LOGGER.debug(
            "%d %s %s: %s, %s, stage %d, plan %s, by %s: %s", number, entry.phase, entry.what, entry.outcome,
            entry.device or entry.municipality, entry.stage, entry.plan or "none", entry.who, entry.reason,
        )  # fmt: skip
        return number

    def entries(
        self, municipality: str | None = None, what: str | Sequence[str] | None = None, *, plan: str | None = None
    ) -> list[Entry]:
        """What was written, oldest first; of one municipality, kind or plan, or of all.

        Args:
            municipality: its name.
            what: one kind of entries, or several.
            plan: its name.
        """
        query = select(EVENTS).order_by(EVENTS.c.id)
        if municipality is not None:
            query = query.where(EVENTS.c.municipality == municipality)
        if what is not None:
            query = query.where(EVENTS.c.what.in_([what] if isinstance(what, str) else list(what)))
        if plan is not None:
            query = query.where(EVENTS.c.plan == plan)
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

        Each process reads an entry once: from its cache, or else from the start, and then only what is new. No
        entry appears late among those already read: ``database`` lets one writer in at a time, so they become visible
        in the order of their numbers, with gaps where a writer gave up. Each time the last entry's row and the
        number of all entries are compared with what was read; if either differs (another journal, a backup put back, an
        entry written past ``database``), everything is read again.

        Raises:
            JournalError: it cannot be read.
        """
        memory = self._own_memory()
        with memory.lock:
            projections, memory.projections = memory.projections, None  # lost if reading on is interrupted halfway
            if projections is None and self._cache and (projections := self._cache.load()):
                memory.saved = projections.count
            if projections is None or not self._read_on(projections):
                projections, memory.saved = Projections(), 0
                self._read_on(projections)
            if self._cache and projections.count >= memory.saved + EVERY:
                self._cache.save(projections)
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
        for batch in self._batches(projections.last, newest or 0):
            for entry_row in batch:
                projections.feed(from_row(entry_row))
            projections.digest = _row_digest(batch[-1])
        return projections.count == count and projections.last >= (newest or 0)

    def _batches(self, after: int, newest: int) -> Iterator[Sequence[Mapping[Any, Any]]]:
        """The rows after a number up to another, in their order; each batch is a transaction of its own."""
        while after < newest:
            query = select(EVENTS).where(EVENTS.c.id > after, EVENTS.c.id <= newest).order_by(EVENTS.c.id).limit(BATCH)
            with self.transaction(reading=True) as connection:
                rows = connection.execute(query).mappings().all()
            if not rows:
                return  # none where the newest one was a moment ago
            yield rows
            after = rows[-1]["id"]

    def rows(self, after: int | None = None) -> Iterator[Mapping[Any, Any]]:
        """Every row after a number that there is by now, as the database has it, in the order of their numbers.

        Args:
            after: a number; None: from the first, which in a journal that somebody has edited may be below zero.
        """
        with self.transaction(reading=True) as connection:
            first, newest = connection.execute(select(func.min(EVENTS.c.id), func.max(EVENTS.c.id))).one()
        if newest is not None:
            for batch in self._batches(first - 1 if after is None else after, newest):
                yield from batch

    def sign_checkpoint(self) -> str:
        """Sign a checkpoint of everything that has been written, and keep it in the state directory.

        Returns:
            The signed note; empty for a journal without a state directory.

        Raises:
            TamperedError: the journal is not the one that the last checkpoint is of; nothing is signed.
            JournalError: it cannot be read, or the checkpoint cannot be kept.
        """
        if self.notary is None:
            return ""
        with self.notary.alone():
            tree = self.notary.load()
            if tree:
                self._require_fit(tree)
            else:
                tree = Tree(CompactRange())
            first = tree.range.size
            leaves = b"".join(tree.append(row) for row in self.rows(tree.last))
            return tree.note or self.notary.save(tree, leaves, first)

    def find_tampering(self) -> str:
        """Why nothing would be written to this journal: what does not fit its last checkpoint; empty where all does.

        Cheap, and so does not notice an edit further back.
        """
        try:
            if self.notary and (tree := self.notary.load()):
                self._require_fit(tree)
        except TamperedError as error:
            return str(error)
        return ""

    def last_checkpoint(self) -> str:
        """The checkpoint that was signed last; empty where none was. Nothing is written for it.

        Raises:
            TamperedError: it is gone, or not what was signed.
        """
        tree = self.notary.load() if self.notary else None
        return tree.note if tree else ""

    def begin_anew(self, entry: Entry) -> None:
        """Give up the checkpoints that were signed so far: they no longer fit, and somebody accepts that.

        Args:
            entry: who, why, and what did not fit. It is written whatever the last checkpoint says.

        Raises:
            JournalError: it cannot be written.
        """
        if self.notary is None:
            return
        with self.notary.alone():
            with self._database.transaction() as connection:
                add(connection, entry)
            self.notary.give_up()

    def _own_memory(self) -> _Memory:
        if self._memory.pid != os.getpid():
            self._memory = _Memory()
        return self._memory

    def _require_fit(self, tree: Tree) -> None:
        """Refuse if the journal does not begin with what the last checkpoint is of. Cheap: reads one row, and counts.

        Notices events that were cut off, taken out or put in, other events in their place, and an edit of the last
        one. An edit before that only ``verification`` notices, which reads everything.
        """
        size, last = tree.range.size, tree.last
        extent = select(
            select(func.count()).select_from(EVENTS).scalar_subquery(),
            select(func.count()).select_from(EVENTS).where(EVENTS.c.id > last).scalar_subquery(),
        )
        with self.transaction(reading=True) as connection:
            count, newer = connection.execute(extent).one()
            row = connection.execute(select(EVENTS).where(EVENTS.c.id == last)).mappings().first()
        words = ""
        if count - newer != size:
            words = f"expected {count_noun(size, 'event')} up to number {last}, found {count - newer}"
        elif size and (row is None or hash_leaf(encode_row(row)) != tree.leaf):
            words = f"event {last} is not the one that the last checkpoint ends with"
        elif tree.path is None:  # of an earlier version, which kept nothing that binds the row to what was signed
            grown = Tree(CompactRange())
            for earlier in islice(self.rows(), size):
                grown.append(earlier)
            words = "" if grown.range == tree.range else f"the events up to number {last} do not have its root"
        if words:
            raise TamperedError(f"the journal is not what its last checkpoint says: {words}. {ADVICE}")

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
    return hash_leaf(encode_row(row)).hex()
