"""The database under the journal, SQLite or PostgreSQL: short transactions, one writer at a time, and never a hang.

One writer at a time, because the journal is read in the order of its numbers: were two transactions to write at once,
the one with the lower number could be kept after the other, and whoever had read on to the higher would never see it.
SQLite has only one writer anyway. On PostgreSQL each takes the same advisory lock, which is given back once what was
written can be seen; two control nodes that make the tables, or take a lock, at the same time wait for each other too.
"""

import os
import re
import socket
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import URL, Connection, Engine, MetaData, NullPool, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

from nornir_tasks.core.errors import FellesdriftError

CONNECT_SECONDS = 5
WAIT_SECONDS = 20  # for the writers before us: many short ones, Ansible's forks on both control nodes
LIMIT_SECONDS = 30  # for a whole transaction, whatever the server does or does not do
WRITERS = int.from_bytes(b"fellesdr")  # PostgreSQL's advisory lock: any number, the same on every control node

SQLITE, POSTGRESQL = "sqlite", "postgresql+psycopg"
_MEANT = {SQLITE: SQLITE, "postgres": POSTGRESQL, "postgresql": POSTGRESQL, POSTGRESQL: POSTGRESQL}
_WANTED = "expected postgresql://ROLE@HOST/DATABASE, with the password in ~/.pgpass or the file that PGPASSFILE names"
_SECRET = ("password", "sslpassword")  # what a query of the URL may hold that is nobody's business
# What the driver's words mean for whoever reads them; the first that fits.
_ADVICE = {
    "password authentication failed|no password supplied": "Expected the role's password in ~/.pgpass, or in the file "
    "that PGPASSFILE names: HOST:PORT:DATABASE:ROLE:PASSWORD, readable by you alone (mode 0600).",
    "database .* does not exist": "Expected that database: createdb --owner ROLE DATABASE on the server.",
    "no pg_hba.conf entry|(Peer|Ident) authentication": "Expected this control node in the server's pg_hba.conf.",
    "permission denied for schema": "Expected the role to own the database: ALTER DATABASE … OWNER TO ROLE.",
    "permission denied for": "Expected the role to read and add to event, and to read and change lock: GRANT it that.",
    "lock timeout|database is locked": f"Another process has kept it to itself for {WAIT_SECONDS} s: end that one.",
    # SQLite says I/O error, too, where there is no room for the files beside its own.
    "is full|No space left|disk I/O error": "Expected space on the journal's disk: make some (df), or mend the disk.",
    "no such table": "Expected the journal that was there a moment ago: was it moved or deleted?",
    "unable to open|readonly database|attempt to write": "Expected a file that you may write, in a directory likewise.",
    "not a database|malformed|Could not decode|no such column|is a view": "Expected the journal as it was written: it "
    "is damaged, or somebody changed it. Put back its backup.",
}
_AWAY = "Expected an answer: is the database running, can it be reached from here, is FELLESDRIFT_JOURNAL right?"


class JournalError(FellesdriftError):
    """The journal cannot be read or written: says which (without its password), why, and what to do."""


class Database:
    """A database at a URL. A connection lives for one short transaction: the same object serves threads and forks.

    Args:
        url: of SQLite or PostgreSQL.
        name: what is kept there, for people.
        advice: what the driver's words mean there, by a pattern of them; before that of every database.
        patience: seconds for the writers before us; None: ``WAIT_SECONDS``.
    """

    def __init__(
        self,
        url: str | URL,
        name: str = "journal",
        advice: Mapping[str, str] | None = None,
        patience: int | None = None,
    ) -> None:
        self._url = url if isinstance(url, URL) else parse_url(url)
        self._engine = _engine(self._url).execution_options(patience=patience)
        self._name, self._patterns = name, (*(advice or {}).items(), *_ADVICE.items())

    def prepare(self, tables: MetaData) -> None:
        """Make the tables that are missing; two that do so at once wait for each other.

        Where there is nothing to make, nobody waits, and the role need not be allowed to make anything.
        """
        with self.transaction(reading=True) as connection:
            ready = set(tables.tables) <= set(inspect(connection).get_table_names())
        if not ready:
            with self.transaction() as connection:
                tables.create_all(connection, checkfirst=True)

    @contextmanager
    def transaction(self, *, reading: bool = False) -> Iterator[Connection]:
        """One short transaction: all of it is kept, or nothing. One that only reads waits for nobody.

        Raises:
            JournalError: within seconds, whatever has happened to the database. If its answer to the very end of a
                transaction was lost, what was written may have been kept.
        """
        began = time.monotonic()
        try:
            with self._engine.execution_options(reading=reading).begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            late = time.monotonic() - began >= LIMIT_SECONDS
            words = f"no answer within {LIMIT_SECONDS} s" if late else self._words(error)
            advice = _advice(self._patterns, error, words)
            raise JournalError(f"{self._name} {_shown(self._url)}: {words}. {advice}".rstrip()) from error

    def _words(self, error: SQLAlchemyError) -> str:
        """The first line of what the driver says, without any password that the URL holds."""
        words = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
        line = words.splitlines()[0].rstrip(". ")
        for secret in filter(None, [self._url.password, *map(self._url.query.get, _SECRET)]):
            line = re.sub(rf"(?<!\w){re.escape(str(secret))}(?!\w)", "***", line)
        return line


def parse_url(text: str) -> URL:
    """The URL, with the driver that we have. A text that is no URL is not repeated: it may hold a password.

    Raises:
        JournalError: it is none of SQLite or PostgreSQL.
    """
    try:
        url = make_url(text.strip() if text.isprintable() and "%00" not in text else "")
    except (ArgumentError, ValueError):
        raise JournalError(f"FELLESDRIFT_JOURNAL: found something that is no URL, {_WANTED}.") from None
    if url.drivername not in _MEANT:
        raise JournalError(f"FELLESDRIFT_JOURNAL: found {url.drivername}://…, {_WANTED}.")
    if "@" in (url.host or ""):
        raise JournalError(f"FELLESDRIFT_JOURNAL: found two @ (one in a password is written %40), {_WANTED}.")
    if url.drivername == SQLITE and (url.database or ":memory:") == ":memory:":
        raise JournalError(f"FELLESDRIFT_JOURNAL: found {text}, which forgets everything, expected a file.")
    return url.set(drivername=_MEANT[url.drivername])


def _shown(url: URL) -> str:
    """The URL as it may be read by anybody: *** for its password."""
    return url.difference_update_query(_SECRET).render_as_string(hide_password=True)


def _advice(patterns: Iterable[tuple[str, str]], error: SQLAlchemyError, words: str) -> str:
    fitting = (advice for pattern, advice in patterns if re.search(pattern, words))
    return next(fitting, _AWAY if isinstance(error, OperationalError) else "")


def _engine(url: URL) -> Engine:
    if url.drivername == SQLITE:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
        event.listen(engine, "connect", _sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # With a stricter isolation a writer would see what was there before it waited for its turn.
    patience = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
    engine = create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        connect_args=patience,
        use_native_hstore=False,
    )
    event.listen(engine, "connect", _limit, insert=True)  # before SQLAlchemy's own first questions
    event.listen(engine, "close", _unlimit)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _sqlite(connection: Any, _record: object) -> None:
    """SQLite under many processes: readers beside a writer, and patience."""
    connection.isolation_level = None  # transactions are begun by us, so that a writer waits instead of failing
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")
    _switch_to_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    """Let readers in beside a writer. Of several that are the first ones, SQLite lets all but one fail at once."""
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes its place at once: one that finds out halfway that it writes cannot wait, and fails."""
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {_find_patience(connection) * 1000}")
    connection.exec_driver_sql("BEGIN" if _reads(connection) else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    """Bounds that the server keeps, and the writer's turn.

    The last bound is for the others: a control node that is frozen in the middle must not keep them waiting.
    """
    bounds = {
        "lock_timeout": _find_patience(connection),
        "statement_timeout": LIMIT_SECONDS,
        "idle_in_transaction_session_timeout": LIMIT_SECONDS,
    }
    settings = ", ".join(f"set_config('{name}', '{seconds}s', true)" for name, seconds in bounds.items())
    connection.exec_driver_sql(f"SELECT {settings}")
    if not _reads(connection):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")


def _reads(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("reading"))


def _find_patience(connection: Connection) -> int:
    patience: int | None = connection.get_execution_options().get("patience")
    return WAIT_SECONDS if patience is None else patience


def _limit(connection: Any, record: Any) -> None:
    """Hang up when the time is over: a server that is frozen, or whose disk is, never says so, and libpq waits on."""
    line = socket.socket(fileno=os.dup(connection.fileno()))  # our own handle: the number may be another's by then
    timer = threading.Timer(LIMIT_SECONDS, _hang_up, [line])
    timer.daemon = True
    timer.start()
    record.info["limit"] = timer, line


def _unlimit(_connection: Any, record: Any) -> None:
    timer, line = record.info.pop("limit")
    timer.cancel()
    line.close()


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):  # closed in this very moment
        line.shutdown(socket.SHUT_RDWR)
