"""The journal: append-only, the same on SQLite and PostgreSQL, and everything else is derived from it."""

import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from nornir_tasks.core import state
from nornir_tasks.journal import verification
from nornir_tasks.journal.database import JournalError
from nornir_tasks.journal.entry import Entry, add
from nornir_tasks.journal.journal import Journal
from nornir_tasks.journal.projection_cache import ProjectionCache
from nornir_tasks.journal.projections import Projections
from nornir_tasks.model import Position, Stage
from tests.support.parallel_processes import at_once
from tests.support.postgres_server import KINDS, fresh, journal_at


@pytest.fixture(params=KINDS)
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Journal:
    """An empty journal."""
    return journal_at(request.param, tmp_path)


def stage(word: str, at: Stage, municipality: str = "loppa") -> Entry:
    """A municipality has come, or gone back, to a stage."""
    return Entry("stage", "after", word, municipality, at, "kari", "test")


def moved(device: str, word: str, at: Stage, municipality: str = "loppa", phase: Any = "after") -> Entry:
    """Something became of a device."""
    name = device.partition("/")[0]
    return Entry("device", phase, word, municipality, at, "kari", "test", device=name, place=device)


@pytest.mark.parametrize(
    ("entries", "stages", "devices"),
    [
        ([], {}, {}),
        ([stage("done", Stage.SURVEY)], {"loppa": Stage.SURVEY}, {}),
        ([stage("started", Stage.CONNECT)], {}, {}),
        ([stage("stopped", Stage.CONNECT)], {}, {}),
        ([moved("a", "changed", Stage.CONNECT)], {}, {"a": Stage.CONNECT}),
        ([moved("a", "started", Stage.CONNECT, phase="before")], {}, {}),
        ([moved("a", "reverted", Stage.CONNECT)], {}, {}),
        ([moved("a", "unchanged", Stage.CONNECT), stage("done", Stage.CONNECT)], {"loppa": Stage.CONNECT}, {}),
        ([moved("leaf/loppa", "changed", Stage.CONNECT), stage("done", Stage.SURVEY, "alta")],
         {"alta": Stage.SURVEY}, {"leaf/loppa": Stage.CONNECT}),
        ([stage("done", Stage.CONNECT), moved("a", "changed", Stage.SURVEY), stage("undone", Stage.SURVEY)],
         {"loppa": Stage.SURVEY}, {}),
    ],
)  # fmt: skip
def test_position(journal: Journal, entries: list[Entry], stages: dict[str, Stage], devices: dict[str, Stage]) -> None:
    """Where everything stands follows from what was done."""
    for entry in entries:
        journal.write(entry)
    position = journal.position()
    assert (dict(position.stages), dict(position.devices)) == (stages, devices)


def test_what_is_written_is_read(journal: Journal) -> None:
    """Every field, in both databases; also what is no text, which a device or a terminal may well send."""
    full = Entry(
        "device", "after", "failed", "måsøy", Stage.CUTOVER, "kåre", "natt \udcff", device="a", place="a/måsøy",
        plan="1f", digest_before="2", digest_after="3", backup="a@1",
        detail={"message": "% Invalid \x00 \udc80 «input»", "n": [1, None]},
    )  # fmt: skip
    number = journal.write(full)
    (kept,) = journal.entries("måsøy", ["device", "stage"])
    assert (kept.id, kept.reason, kept.at.tzinfo) == (number, "natt \\udcff", kept.at.tzinfo)
    assert kept.detail == full.detail
    ours = {name: value for name, value in vars(full).items() if name not in ("id", "at", "reason")}
    assert {name: value for name, value in vars(kept).items() if name in ours} == ours
    journal.write(Entry("stage", "after", "done", "alta", Stage.SURVEY, "nul\0", "test"))
    assert [entry.who for entry in journal.entries("alta")] == ["nul\\x00"]
    assert journal.entries("alta", "device") == []


def test_snapshots(journal: Journal) -> None:
    """The last one of each device."""
    for device, backup in (("a", "a@1"), ("b", "b@1"), ("a", "a@2")):
        journal.write(Entry("snapshot", "after", "kept", "loppa", Stage.SURVEY, "k", "t", device=device, backup=backup))
    assert journal.snapshots() == {"a": "a@2", "b": "b@1"}
    assert (journal.snapshot("a"), journal.snapshot("c")) == ("a@2", None)


REWRITES = {
    "sqlite": [
        "UPDATE event SET who = 'ola'",
        "DELETE FROM event",
        "REPLACE INTO event SELECT id, at, what, phase, outcome, municipality, stage, device, place, 'ola', reason, "
        "plan, digest_before, digest_after, backup, detail FROM event",
    ],
    "postgresql": [
        "UPDATE event SET who = 'ola'",
        "DELETE FROM event",
        "DELETE FROM event WHERE id = 0",
        "TRUNCATE event",
        "SET session_replication_role = replica; DELETE FROM event",  # turns ordinary triggers off
        "INSERT INTO event OVERRIDING SYSTEM VALUE SELECT * FROM event ON CONFLICT (id) DO UPDATE SET who = 'ola'",
    ],
}


@pytest.mark.parametrize(("kind", "statement"), [(kind, text) for kind in KINDS for text in REWRITES[kind]])
def test_history_is_not_rewritten(kind: str, statement: str, tmp_path: Path) -> None:
    """The database itself refuses, whoever asks."""
    journal = journal_at(kind, tmp_path)
    journal.write(stage("done", Stage.SURVEY))
    *settings, rewrite = statement.split("; ")
    with journal.transaction() as connection:
        for setting in settings:
            connection.execute(text(setting))
        with pytest.raises(SQLAlchemyError, match="append-only"):
            connection.execute(text(rewrite))
        connection.rollback()
    assert [entry.who for entry in journal.entries()] == ["kari"]


DAMAGES = {
    "stage": [99, "abc"],
    "at": ["yesterday", "2026-01-01T00:00:00", b"2026"],
    "detail": ["{", "[]", "7", "[" * 200_000, b"{}", '{"messages": 7}', '{"left_out": null}'],
    "municipality": [b"\xff"],
    "device": [b"a"],
}


@pytest.mark.parametrize(("column", "value"), [(name, value) for name, values in DAMAGES.items() for value in values])
def test_a_row_that_somebody_else_wrote_is_named(tmp_path: Path, column: str, value: object) -> None:
    """With the column: whoever reads of it; and the whole reading still says what was changed."""
    journal = journal_at("sqlite", tmp_path)
    journal.write(moved("a", "changed", Stage.CONNECT))
    journal.sign_checkpoint()
    with sqlite3.connect(tmp_path / "journal.sqlite") as connection:
        connection.execute("DROP TRIGGER event_no_UPDATE")
        connection.execute(f"UPDATE event SET {column} = ?", [value])
    connection.close()
    for read in (journal.entries, journal.position, lambda: journal.numbered([1])):
        with pytest.raises(JournalError, match=f"event 1: {column}: found .*expected what was written here"):
            read()
    assert "Changed: event 1." in verification.verify(journal).problems


def test_settled_since_the_first_time_it_was_completed(journal: Journal) -> None:
    """Running a stage again does not begin the soak anew; undoing it does."""
    journal.write(stage("done", Stage.CONNECT))
    first = journal.since("loppa", Stage.CONNECT)
    journal.write(stage("done", Stage.CONNECT))
    assert first is not None
    assert journal.since("loppa", Stage.CONNECT) == first
    journal.write(stage("undone", Stage.SURVEY))
    assert journal.since("loppa", Stage.CONNECT) is None


def test_many_processes_write_at_once(journal: Journal, tmp_path: Path) -> None:
    """Nothing is lost, and whoever reads meanwhile sees the beginning of what there is in the end, without a gap."""
    seen: list[list[int]] = []

    def write(_number: int) -> str:
        for _ in range(25):
            journal.write(stage("done", Stage.SURVEY))
        return "done"

    def read() -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end and not (seen and len(seen[-1]) > 150):
            seen.append([entry.id for entry in journal.entries()])
            time.sleep(0.02)

    assert at_once(8, write, read) == ["done"] * 8
    last = [entry.id for entry in journal.entries()]
    assert len(last) == len(set(last)) == 200
    assert [ids for ids in seen if ids != last[: len(ids)]] == []
    if (tmp_path / "journal.sqlite").exists():
        assert (tmp_path / "journal.sqlite").stat().st_mode & 0o077 == 0


def test_a_later_entry_is_not_kept_before_an_earlier_one(journal: Journal) -> None:
    """Whoever writes waits for the one who began before: otherwise a reader would pass over what is kept late."""
    numbers: list[int] = []
    other = threading.Thread(target=lambda: numbers.append(journal.write(stage("done", Stage.CONNECT))))
    with journal.transaction() as connection:
        first = add(connection, stage("done", Stage.SURVEY))
        other.start()
        time.sleep(0.5)
        assert journal.entries() == []
        assert numbers == []
    other.join(30)
    assert [entry.id for entry in journal.entries()] == [first, *numbers]
    assert first < numbers[0]


@pytest.mark.parametrize("kind", KINDS)
def test_two_control_nodes_make_the_tables_at_once(kind: str, tmp_path: Path) -> None:
    """Nobody is refused because somebody else was making them."""
    url = fresh(kind)

    def open_and_write(_number: int) -> str:
        Journal.at(tmp_path, url).write(stage("done", Stage.SURVEY))
        return "done"

    assert at_once(8, open_and_write) == ["done"] * 8
    assert len(Journal.at(tmp_path, url).entries()) == 8


def test_the_second_of_two_first_commands_waits(tmp_path: Path) -> None:
    """SQLite lets it fail at once, whatever its patience, while another still sets the file up."""
    file = tmp_path / "journal.sqlite"
    first = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    first.execute("BEGIN IMMEDIATE")
    first.execute("CREATE TABLE other (id INTEGER)")
    other = threading.Timer(0.3, lambda: first.execute("COMMIT"))
    other.start()
    Journal.at(tmp_path).write(stage("done", Stage.SURVEY))
    other.join()
    first.close()


def test_a_new_process_reads_on_from_what_was_saved(journal: Journal, tmp_path: Path, monkeypatch: Any) -> None:
    """What was saved is not read again, and gives the same; what came since is read."""
    state.Key(tmp_path)
    monkeypatch.setattr("nornir_tasks.journal.journal.EVERY", 3)
    for number in range(3):
        journal.write(moved(f"a-{number}", "changed", Stage.CONNECT))
    expected = journal.position()
    assert (tmp_path / "projections").exists()
    journal.write(moved("b", "changed", Stage.CONNECT))
    read: list[str | None] = []
    feed = Projections.feed
    monkeypatch.setattr(Projections, "feed", lambda self, entry: (read.append(entry.device), feed(self, entry)))
    fresh_process = Journal(journal._database._url, ProjectionCache(tmp_path))
    assert fresh_process.position() == expected.moved("loppa", Stage.CONNECT, "b")
    assert fresh_process.position() == journal.position()
    assert read == ["b", "b"]  # once by each of the two


def test_what_does_not_begin_like_this_journal_is_read_anew(journal: Journal, tmp_path: Path, monkeypatch: Any) -> None:
    """Signed projections of another journal do not count."""
    state.Key(tmp_path)
    monkeypatch.setattr("nornir_tasks.journal.journal.EVERY", 1)
    journal.write(stage("done", Stage.SURVEY))
    journal.write(stage("done", Stage.CONNECT))
    assert journal.position() == Position({"loppa": Stage.CONNECT})
    place = f"sqlite:///{tmp_path / 'other.sqlite'}"
    other = Journal(place)
    for at in (Stage.SURVEY, Stage.PILOT, Stage.PILOT):
        other.write(stage("done", at))
    assert ProjectionCache(tmp_path).load() is not None
    assert Journal(place, ProjectionCache(tmp_path)).position() == Position({"loppa": Stage.PILOT})


def test_an_entry_written_past_the_writers_turn_is_not_passed_over(journal: Journal) -> None:
    """One that appears with a lower number than what was read: the number of all entries tells, and all are read."""

    def write_past(number: int, municipality: str) -> None:
        columns = "at, what, phase, outcome, municipality, stage, who, reason, detail"
        values = f"at, what, phase, outcome, '{municipality}', stage, who, reason, detail"
        override = "" if connection.dialect.name == "sqlite" else "OVERRIDING SYSTEM VALUE"
        connection.execute(
            text(f"INSERT INTO event (id, {columns}) {override} SELECT {number}, {values} FROM event LIMIT 1")
        )

    journal.write(stage("done", Stage.CONNECT))
    with journal.transaction() as connection:
        write_past(10, "hasvik")
    assert journal.position().stages.keys() == {"loppa", "hasvik"}
    with journal.transaction() as connection:
        write_past(5, "alta")
    assert journal.position().stages.keys() == {"loppa", "hasvik", "alta"}


def test_threads_and_forks_share_one_reading(journal: Journal) -> None:
    """Each sees everything that was written before it asked, also a fork whose parent was in the middle of reading."""
    for number in range(20):
        journal.write(moved(f"a-{number}", "changed", Stage.CONNECT))
    with journal.history():  # held by this thread of the parent while the children are made
        assert at_once(4, lambda _number: str(len(journal.position().devices))) == ["20"] * 4
    counts: list[int] = []

    def write_and_read(number: int) -> None:
        journal.write(moved(f"b-{number}", "changed", Stage.CONNECT))
        counts.append(len(journal.position().devices))

    threads = [threading.Thread(target=write_and_read, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert max(counts) == len(journal.position().devices) == 28
