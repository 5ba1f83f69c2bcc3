"""The journal: append-only, and everything else is derived from it."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from nornir_tasks import lock
from nornir_tasks.journal import Entry, Journal, JournalError
from nornir_tasks.model import Stage


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """An empty journal."""
    return Journal.at(tmp_path)


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


@pytest.mark.parametrize("verb", ["UPDATE event SET who = 'ola'", "DELETE FROM event"])
def test_history_is_not_rewritten(journal: Journal, verb: str) -> None:
    """The database itself refuses."""
    journal.write(stage("done", Stage.SURVEY))
    with pytest.raises(JournalError, match="append-only"), journal.transaction() as connection:
        connection.execute(text(verb))
    assert [entry.who for entry in journal.entries()] == ["kari"]


def test_settled_since_the_first_time_it_was_completed(journal: Journal) -> None:
    """Running a stage again does not begin the soak anew; undoing it does."""
    journal.write(stage("done", Stage.CONNECT))
    first = journal.since("loppa", Stage.CONNECT)
    journal.write(stage("done", Stage.CONNECT))
    assert first is not None
    assert journal.since("loppa", Stage.CONNECT) == first
    journal.write(stage("undone", Stage.SURVEY))
    assert journal.since("loppa", Stage.CONNECT) is None


def test_one_change_per_municipality(journal: Journal) -> None:
    """The one who is refused learns who, where and why; another municipality is free."""
    mine = lock.Holder.of("kari", "night work")
    other = lock.Holder.of("ola", "me too", os.getppid())
    lock.acquire(journal, "loppa", mine)
    lock.acquire(journal, "loppa", mine)  # again, by the same: a playbook's later play
    with pytest.raises(lock.LockedError, match=rf"kari on {mine.host} \(process {os.getpid()}\).*night work"):
        lock.acquire(journal, "loppa", other)
    lock.acquire(journal, "hasvik", other)
    assert lock.release(journal, "loppa", other) is False
    assert lock.release(journal, "loppa", mine) is True
    lock.acquire(journal, "loppa", other)
    assert lock.holder_of(journal, "loppa") == other


def test_a_dead_holders_lock_is_taken_over(journal: Journal) -> None:
    """And the journal says from whom."""
    process = subprocess.Popen(["sleep", "60"])
    dead = lock.Holder.of("kari", "night work", process.pid)
    lock.acquire(journal, "loppa", dead)
    process.kill()
    process.wait()
    lock.acquire(journal, "loppa", lock.Holder.of("ola", "after the crash"))
    taken = [entry for entry in journal.entries(what="lock") if entry.outcome == "taken over"]
    assert len(taken) == 1
    assert f"process {process.pid} of kari" in taken[0].detail["from"]


def test_many_processes_write_at_once(journal: Journal, tmp_path: Path) -> None:
    """Ansible's forks do, and none of their entries is lost."""
    children = []
    for _ in range(6):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                for _ in range(10):
                    journal.write(stage("done", Stage.SURVEY))
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 6
    assert len(journal.entries()) == 60
    assert (tmp_path / "journal.sqlite").stat().st_mode & 0o077 == 0
