"""The database under the journal in trouble: an error within seconds, that helps, and never a password in it."""

import os
import signal
import stat
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from nornir_tasks.journal import database
from nornir_tasks.journal.entry import Entry, add
from nornir_tasks.journal.journal import Journal, JournalError
from nornir_tasks.journal.lock import Holder, acquire, release
from nornir_tasks.model import Stage
from tests.support.parallel_processes import at_once
from tests.support.postgres_server import KINDS, PASSWORD, PORT, ROLE, fresh, server, url

ENTRY = Entry("stage", "after", "done", "loppa", Stage.SURVEY, "kari", "test")
DEAD_PORT = PORT + 1  # of the worker's own range; nobody listens


@contextmanager
def told(match: str, within: float = 10, secret: str = PASSWORD) -> Iterator[None]:
    """An error in time, with these words, and without the password even where everything of it is printed."""
    began = time.monotonic()
    with pytest.raises(JournalError, match=match) as refused:
        yield
    assert time.monotonic() - began < within
    assert secret not in "".join(traceback.format_exception(refused.value))
    assert "\n" not in str(refused.value)


@pytest.fixture
def journal() -> Journal:
    """An empty journal on PostgreSQL."""
    return Journal(server().fresh())


def test_plain_urls_are_understood() -> None:
    """Those that an administrator would write; the driver is ours to know."""
    where = server().fresh()
    for scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        Journal(where.replace("postgresql", scheme, 1)).write(ENTRY)
    assert len(Journal(where).entries()) == 3


SECRET = f"{ROLE}:{PASSWORD}"
NO_URL, NOBODY = "found something that is no URL, expected postgresql://ROLE@HOST/DATABASE", f"127.0.0.1:{DEAD_PORT}"
WRONG = {
    "no host": (f"postgresql://{SECRET}", NO_URL),
    "no scheme": (f"{SECRET}@127.0.0.1/journal", NO_URL),
    "a null": (f"postgresql://{SECRET}%00@127.0.0.1/journal", NO_URL),
    "no text": (f"postgresql://{SECRET}\udcff@127.0.0.1/journal", NO_URL),
    "two @": (f"postgresql://{ROLE}:half@{PASSWORD}@127.0.0.1/journal", "found two @.*%40"),
    "other driver": (f"postgresql+psycopg2://{SECRET}@127.0.0.1/journal", r"found postgresql\+psycopg2://…, expected"),
    "other database": (f"mysql://{SECRET}@127.0.0.1/journal", "found mysql://…, expected"),
    "memory": ("sqlite://", "found sqlite://, which forgets everything, expected a file"),
    "nobody there": (url(port=DEAD_PORT), rf"//{ROLE}:\*\*\*@{NOBODY}/postgres: .*refused.*is the database running"),
    "in the query": (f"postgresql://{NOBODY}/x?user={ROLE}&password={PASSWORD}", f"{NOBODY}/x.*refused"),
    "nonsense": (f"{url()}?sslpassword={PASSWORD}&nonsense=1", "invalid connection option"),
    "no such name": (f"postgresql://{SECRET}@journal.invalid/x", "failed to resolve host 'journal.invalid'.*answer"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_url_is_explained(case: str) -> None:
    """A text that is no URL is not repeated: it may be a password."""
    wrong, match = WRONG[case]
    with told(match):
        Journal(wrong)


def test_the_servers_words_are_told_without_the_password(journal: Journal) -> None:
    """Whatever they are: the first line of them, and only what is the password is taken out."""
    words = f"RAISE EXCEPTION 'one {PASSWORD}, not {PASSWORD}s' USING DETAIL = 'more'"
    with pytest.raises(JournalError) as refused, journal.transaction() as connection:
        connection.execute(text(f"DO $$ BEGIN {words}; END $$"))
    assert str(refused.value).endswith(f": one ***, not {PASSWORD}s.")


def test_a_wrong_password_or_database_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what to do."""
    monkeypatch.setenv("PGPASSFILE", "/nonexistent")
    server()
    wrong = "Torsk-5"
    with told(r"password authentication failed.*Expected the role's password in ~/\.pgpass", secret=wrong):
        Journal(url(password=wrong))
    with told(r"no password supplied.*Expected the role's password in ~/\.pgpass"):
        Journal(url(password=None))
    with told(r'database "nothing" does not exist.*createdb --owner'):
        Journal(url(database="nothing"))


def test_the_password_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own, so that no URL, environment or process list holds it; one that others may read is not read."""
    kept = tmp_path / "pgpass"
    kept.write_text(f"127.0.0.1:{PORT}:*:{ROLE}:{PASSWORD}\n")
    kept.chmod(stat.S_IRUSR | stat.S_IWUSR)
    monkeypatch.setenv("PGPASSFILE", str(kept))
    where = server().fresh().replace(f":{PASSWORD}", "")
    assert PASSWORD not in where
    assert Journal(where).write(ENTRY) == 1
    kept.chmod(0o644)
    with told("no password supplied"):
        Journal(where)


def test_a_role_without_rights_is_told_which(journal: Journal) -> None:
    """The role that works need not own the journal: it reads and adds, and so cannot take the append-only away."""
    where = server().fresh()
    name = where.rpartition("/")[2]
    role = f"night_{name}"
    with server().admin(name) as admin:
        admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'".encode())
        theirs = where.replace(f"//{ROLE}:", f"//{role}:")
        with told("permission denied for schema public.*Expected the role to own the database"):
            Journal(theirs)
        Journal(where)
        with told("permission denied for table event.*GRANT"):
            Journal(theirs).write(ENTRY)
        admin.execute(
            f"GRANT SELECT, INSERT ON event TO {role}; GRANT SELECT, INSERT, DELETE ON lock TO {role}".encode()
        )
    restricted, mine = Journal(theirs), Holder.of("kari", "test")
    acquire(restricted, "loppa", mine)
    assert release(restricted, "loppa", mine)
    assert len(restricted.entries()) == 2
    with told("must be owner of relation event"), restricted.transaction() as connection:
        connection.execute(text("DROP TRIGGER event_append_only ON event"))


def test_a_server_that_stops_and_comes_back(journal: Journal) -> None:
    """What was kept is there, what was not finished is not, and the same journal goes on."""
    journal.write(ENTRY)
    works = (journal.position, lambda: journal.write(ENTRY), lambda: acquire(journal, "x", Holder.of("k", "t")))
    with told("terminating connection.*Expected an answer", within=30), journal.transaction() as connection:
        add(connection, ENTRY)
        with server().stopped():
            for work in works:
                with told("refused.*Expected an answer: is the database running"):
                    work()
    assert len(journal.entries()) == 1
    assert journal.write(ENTRY) > 1


def test_a_frozen_server_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel takes the connection, and nobody answers; nor in the middle of a transaction."""
    monkeypatch.setattr(database, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(database, "LIMIT_SECONDS", 3)
    journal = Journal(server().fresh())
    with server().frozen(), told("connection timeout expired.*Expected an answer"):
        journal.write(ENTRY)
    with told("no answer within 3 s.*Expected an answer"), journal.transaction() as connection:
        add(connection, ENTRY)
        with server().frozen():
            add(connection, ENTRY)
    assert journal.entries() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_writer_does_not_wait_for_ever(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another keeps the journal to itself; readers are not even kept waiting."""
    monkeypatch.setattr(database, "WAIT_SECONDS", 1)
    where = fresh(kind)
    journal = Journal.at(tmp_path, where)
    with journal.transaction() as connection:
        add(connection, ENTRY)
        with told("(lock timeout|database is locked).*Another process has kept it to itself"):
            journal.write(ENTRY)
        assert Journal.at(tmp_path, where).entries() == []
    assert len(journal.entries()) == 1


def test_a_frozen_control_node_does_not_stop_the_other(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of writing: the server ends its transaction."""
    monkeypatch.setattr(database, "LIMIT_SECONDS", 2)

    def freeze(_number: int) -> str:
        with journal.transaction() as connection:
            add(connection, ENTRY)
            os.kill(os.getpid(), signal.SIGSTOP)
        return "kept"

    def meanwhile() -> None:
        time.sleep(0.5)
        began = time.monotonic()
        journal.write(ENTRY)
        assert time.monotonic() - began < 10
        for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
            os.kill(int(child), signal.SIGCONT)

    (word,) = at_once(1, freeze, meanwhile)
    assert word.startswith("JournalError: journal postgresql")
    assert len(journal.entries()) == 1


def test_sqlites_file_in_trouble(tmp_path: Path) -> None:
    """Not a database; gone in the middle; no place for it."""
    (tmp_path / "journal.sqlite").write_bytes(b"hammerfest " * 1000)
    with told("file is not a database.*Expected the journal as it was written"):
        Journal.at(tmp_path)
    (tmp_path / "journal.sqlite").unlink()
    journal = Journal.at(tmp_path)
    for path in tmp_path.iterdir():
        path.unlink()
    with told("no such table.*was it moved or deleted"):
        journal.write(ENTRY)
    with told("No such file or directory"):
        Journal.at(tmp_path / "nowhere")
