"""Where the history of health is kept, and what becomes of it in trouble: an error that says where, and what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, Connection, inspect

from nornir_tasks.core import state
from nornir_tasks.core.errors import FellesdriftError, describe_error
from nornir_tasks.core.language import mark, translate
from nornir_tasks.health.history_tables import METADATA, RUNS
from nornir_tasks.journal.database import SQLITE, Database, JournalError, parse_url

FILE = "health.sqlite"
PATIENCE_SECONDS = 3  # for other writers: somebody waits for the verdict, which the history only adds to
WHAT = mark("the history of health")
_ADVICE = {
    "lock timeout|database is locked": mark("Another process has kept it to itself for {seconds} s: end that one."),
    "permission denied for (schema|database)": mark(
        "Expected the role to make its tables: GRANT CREATE ON SCHEMA public."
    ),
    "permission denied": mark("Expected the role to read, add to and change the tables health_…: GRANT it that."),
    "no such table": mark("Expected the history that was there a moment ago: was it moved or deleted?"),
    "no such column|has no column|does not exist": mark(
        "Expected the tables of this version: move the file, or the tables health_…, elsewhere; new ones are made."
    ),
    "not a database|malformed": mark("It is damaged: the next run of scripts/health_check.py moves it aside."),
}
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class HistoryError(FellesdriftError):
    """The history of health cannot be read or written: says where, why, and what to do."""


class HistoryDamaged(HistoryError):
    """Its file holds what is no database any more."""


class HistoryDatabase:
    """The database at a URL; none is made before ``prepare``."""

    def __init__(self, url: URL) -> None:
        self._url = url
        advice = {words: translate(text, seconds=PATIENCE_SECONDS) for words, text in _ADVICE.items()}
        self._database = Database(url, translate(WHAT), advice, PATIENCE_SECONDS)

    @property
    def is_there(self) -> bool:
        """Whether a run was ever recorded here.

        Raises:
            HistoryError: it cannot be read.
        """
        if self._url.drivername == SQLITE and not Path(str(self._url.database)).exists():
            return False
        with self.transaction(reading=True) as connection:
            return inspect(connection).has_table(RUNS.name)

    def prepare(self) -> None:
        """Make the file, for its owner only, and the tables that are missing.

        Raises:
            HistoryDamaged: the file is no database.
            HistoryError: they cannot be made.
        """
        if self._url.drivername == SQLITE:
            path = Path(str(self._url.database))
            try:
                path.touch(mode=0o600)
            except OSError as error:
                advice = translate("Expected a directory that you may write.")
                raise HistoryError(f"{translate(WHAT)} {path}: {error.strerror}. {advice}") from error
        with self._translate_errors():
            self._database.prepare(METADATA)

    def check(self) -> None:
        """Pass only a file that is whole; a server checks its own.

        Raises:
            HistoryDamaged: it is not.
        """
        if self._url.drivername == SQLITE:
            with self.transaction(reading=True) as connection:
                answer = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
            if answer != "ok":
                raise HistoryDamaged(f"{translate(WHAT)} {self._url.database}: {answer}")

    @contextmanager
    def transaction(self, *, reading: bool = False) -> Iterator[Connection]:
        """One short transaction: all of it is kept, or nothing.

        Raises:
            HistoryDamaged: the file is no database.
            HistoryError: it cannot be read or written, or holds what was not written here.
        """
        with self._translate_errors(), self._database.transaction(reading=reading) as connection:
            yield connection

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except JournalError as error:
            kind = HistoryDamaged if _is_damage(error) else HistoryError
            raise kind(str(error)) from error
        except (ValueError, TypeError, KeyError) as error:
            reason = translate(
                "found what was not written here ({error}). Move it elsewhere: a new one is made.",
                error=describe_error(error),
            )
            raise HistoryError(f"{translate(WHAT)} {self._url.render_as_string()}: {reason}") from error


def find_url(where: Path, journal: str | None) -> URL:
    """Where the history is: beside the journal's file, or in its server's database.

    Args:
        where: the state directory.
        journal: the journal's URL; empty: its file in the state directory.

    Raises:
        HistoryError: the journal's URL is none.
    """
    if not journal:
        return URL.create(SQLITE, database=str(where / FILE))
    try:
        url = parse_url(journal)
    except JournalError as error:
        raise HistoryError(str(error)) from error
    return url.set(database=str(Path(str(url.database)).with_name(FILE))) if url.drivername == SQLITE else url


def move_damaged_aside(where: Path, journal: str | None = None) -> str:
    """Move a damaged file out of the way, so that a new one can be made; the answer is its new name.

    Empty where another process has done so already.

    Args:
        where: the state directory.
        journal: the journal's URL; empty: its file in the state directory.

    Raises:
        HistoryError: it cannot be moved.
    """
    path = Path(str(find_url(where, journal).database))
    with state.hold_folder(path.parent):
        try:
            database = HistoryDatabase(find_url(where, journal))
            database.prepare()
            database.check()
        except HistoryDamaged:
            pass
        else:
            return ""
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        aside = path.with_name(f"{path.name}.damaged-{stamp}")
        try:
            for ending in ("-wal", "-shm", ""):  # the file itself last: until then all of it is damaged still
                beside = Path(f"{path}{ending}")
                if beside.exists():
                    beside.rename(f"{aside}{ending}")
        except OSError as error:
            reason = translate("it is damaged, and cannot be moved aside: {error}", error=error.strerror)
            raise HistoryError(f"{translate(WHAT)} {path}: {reason}") from error
    return str(aside)


def _is_damage(error: JournalError) -> bool:
    cause = getattr(error.__cause__, "orig", None)
    return isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", 0) & 0xFF in _DAMAGED
