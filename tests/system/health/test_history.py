"""The history of health in trouble, with real processes: health goes on, says so, and loses nothing in silence."""

import os
import re
import resource
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from nornir_tasks.health.episodes import Acknowledgement
from nornir_tasks.health.history import HealthHistory
from nornir_tasks.health.history_database import HistoryDamaged, HistoryError, move_damaged_aside
from nornir_tasks.health.history_recorder import HistoryRecorder
from tests.support.health_runs import MINUTE, NOON, look_at, run_at
from tests.support.parallel_processes import at_once
from tests.support.postgres_server import KINDS, PASSWORD, fresh, server

UPLINKS, SAVED = ("loppa-acc-01", "uplinks"), ("loppa-acc-01", "saved")
BAD = look_at([UPLINKS, SAVED], [UPLINKS])
NOBODY = 65534


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest) -> str:
    """What FELLESDRIFT_JOURNAL would hold."""
    return fresh(request.param) or ""


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that another account may reach, too."""
    with tempfile.TemporaryDirectory(prefix="fellesdrift-tests-") as path:
        Path(path).chmod(0o755)
        yield Path(path)


def record(where: Path, url: str = "") -> str:
    """The trouble of a run; ``kept`` and its number where there was none."""
    made = HistoryRecorder.begin(where, url).record(BAD)
    return made.trouble or f"kept {made.number}"


def test_many_at_once(tmp_path: Path, url: str) -> None:
    """The first ones make the tables together; each finding begins once, each run is kept."""
    words = at_once(8, lambda _number: record(tmp_path, url))
    assert sorted(words) == [f"kept {number}" for number in range(1, 9)]
    history = HealthHistory.at(tmp_path, url)
    (recurrence,) = history.list_open()
    assert (recurrence.episode.key[:2], recurrence.times) == (UPLINKS, 1)


def test_what_one_process_acknowledges_the_next_run_of_another_knows(tmp_path: Path, url: str) -> None:
    """On either database; a history that exists is found by who only reads."""
    assert HealthHistory.find(tmp_path, url) is None
    assert record(tmp_path, url) == "kept 1"
    known = Acknowledgement("kari", NOON, NOON + MINUTE, "known")

    def acknowledge(_number: int) -> str:
        return HealthHistory.at(tmp_path, url).acknowledge(*UPLINKS, known)[0].key.rule

    assert at_once(1, acknowledge) == ["uplinks"]
    made = HistoryRecorder.begin(tmp_path, url).record(BAD)
    assert [each.episode.acknowledgement for each in made.recurrences.values()] == [known]
    found = HealthHistory.find(tmp_path, url)
    assert found is not None
    assert found.find_last_look("loppa-acc-01") is not None
    run_at(found, NOON, look_at([UPLINKS]))
    assert found.list_open() == []


def test_killed_in_the_middle(tmp_path: Path) -> None:
    """``kill -9`` at every statement of a run: all of it is kept, or nothing, and the next goes on."""
    HealthHistory.at(tmp_path)
    killed = 0
    for number in range(1, 60):
        kept = HealthHistory.at(tmp_path).begin_run().newest or 0

        def die(_number: int, last: int = number) -> str:
            return _record_until(tmp_path, last)

        answers = at_once(1, die)
        newest = HealthHistory.at(tmp_path).begin_run().newest or 0
        if answers != [""]:
            assert newest == kept + 1
            break
        killed += 1
        assert newest in (kept, kept + 1)
        (history := HealthHistory.at(tmp_path))._database.check()
        assert [each.episode.key[:2] for each in history.list_open()] == ([UPLINKS] if newest else [])
    assert killed > 8
    assert record(tmp_path).startswith("kept ")


def _record_until(where: Path, last: int) -> str:
    """Record a run, and die by the kernel's hand at its so-and-so-many statement."""
    count = 0

    def count_down(*_arguments: object) -> None:
        nonlocal count
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)

    history = HealthHistory.at(where)
    event.listen(history._database._database._engine, "before_cursor_execute", count_down)
    history.record_run(history.begin_run(), BAD)
    history.forget_old()
    return "kept"


@pytest.mark.parametrize("space", [0, 40_000])
def test_a_full_disk(tmp_path: Path, space: int) -> None:
    """Health goes on and says where there is no room; once there is, so does the history."""
    assert record(tmp_path) == "kept 1"
    size = max(path.stat().st_size for path in tmp_path.iterdir())

    def fill(_number: int) -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (space, size * 50))
        words = ""
        for _ in range(200):
            if not (words := record(tmp_path)).startswith("kept "):
                return words
        return words

    (words,) = at_once(1, fill)
    assert "this run is not kept: the history of health sqlite:///" in words
    assert f"{tmp_path}/health.sqlite" in words
    assert "Expected space on the journal's disk" in words
    history = HealthHistory.at(tmp_path)
    history._database.check()
    newest = history.begin_run().newest or 0
    assert record(tmp_path) == f"kept {newest + 1}"


def _overwrite(path: Path) -> None:
    path.write_bytes(b"hammerfest " * 1000)


def _tear(path: Path) -> None:
    """What a disk that loses sectors leaves: the head is right, the rest is not."""
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [_overwrite, _tear])
def test_a_damaged_file_is_moved_aside_and_named(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """To the byte; a new one begins. Who only reads moves nothing."""
    for _ in range(3):
        assert record(tmp_path).startswith("kept ")
    path = tmp_path / "health.sqlite"
    damage(path)
    content = path.read_bytes()
    with pytest.raises(HistoryError, match="is damaged: the next run of scripts/health_check"):
        (HealthHistory.find(tmp_path) or pytest.fail("it is there")).list_open()
    assert path.read_bytes() == content
    trouble = record(tmp_path)
    (aside,) = (name for name in tmp_path.glob("health.sqlite.damaged-*") if not name.name.endswith(("-wal", "-shm")))
    assert aside.read_bytes() == content
    assert "was damaged" in trouble
    assert f"kept as {aside}; a new one begins here" in trouble
    assert record(tmp_path) == "kept 2"


def test_several_that_find_it_damaged_move_it_once(tmp_path: Path) -> None:
    """The others find the new one, and leave it where it is."""
    assert record(tmp_path) == "kept 1"
    _overwrite(tmp_path / "health.sqlite")
    words = at_once(6, lambda _number: record(tmp_path))
    assert len([each for each in words if "a new one begins here" in each]) == 1
    assert len([each for each in words if each.startswith("kept ")]) == 5
    assert len(list(tmp_path.glob("health.sqlite.damaged-*"))) == 1
    assert len(HealthHistory.at(tmp_path).list_open()) == 1


def test_a_file_that_is_whole_is_not_moved(tmp_path: Path) -> None:
    """Whatever somebody thought of it a moment ago."""
    assert record(tmp_path) == "kept 1"
    assert move_damaged_aside(tmp_path) == ""
    assert record(tmp_path) == "kept 2"


def test_a_state_that_may_only_be_read(place: Path) -> None:
    """An account without the right to write: health goes on. A reader is told as much: SQLite's files beside the
    database are written by readers, too.
    """
    assert record(place) == "kept 1"
    for path in place.iterdir():
        path.chmod(0o444)
    place.chmod(0o555)

    def look(_number: int) -> str:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        with pytest.raises(HistoryError, match="Expected a file that you may write"):
            HealthHistory.find(place)
        return record(place)

    (words,) = at_once(1, look)
    assert words.startswith("Since when, what is new"), words
    assert "this run is not kept: the history of health" in words
    assert re.search("Expected a (file|directory) that you may write", words)
    place.chmod(0o755)


def test_no_place_for_it(tmp_path: Path) -> None:
    """A state directory that is none."""
    (tmp_path / "state").touch()
    assert "state/health.sqlite: Not a directory. Expected a directory that you may write" in record(tmp_path / "state")


def test_another_that_keeps_it_to_itself_is_not_waited_for_long(tmp_path: Path, url: str) -> None:
    """A process that is frozen in the middle of writing; a reader does not wait at all."""
    assert record(tmp_path, url) == "kept 1"
    history = HealthHistory.at(tmp_path, url)
    with history._database.transaction():
        began = time.monotonic()
        assert "Another process has kept it to itself for 3 s" in record(tmp_path, url)
        assert time.monotonic() - began < 8
        began = time.monotonic()
        assert len(HealthHistory.at(tmp_path, url).list_open()) == 1
        assert time.monotonic() - began < 1
    assert record(tmp_path, url) == "kept 2"


def test_what_somebody_wrote_by_hand_is_an_error_that_helps(tmp_path: Path) -> None:
    """No stack of calls."""
    assert record(tmp_path) == "kept 1"
    history = HealthHistory.at(tmp_path)
    with history._database.transaction() as connection:
        connection.exec_driver_sql("UPDATE health_episode SET opened = 'yesterday', judged_by = '[3'")
    with pytest.raises(HistoryError, match=r"found what was not written here .*Move it elsewhere: a new one is made"):
        history.list_open()
    assert "this run is not kept: the history of health" in record(tmp_path)
    with history._database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE health_episode RENAME COLUMN judged_by TO judges")
    assert "Expected the tables of this version: move the file" in record(tmp_path)


def test_a_server_that_is_gone(tmp_path: Path) -> None:
    """Without its password in what is told."""
    where = server().fresh()
    assert record(tmp_path, where) == "kept 1"
    with server().stopped():
        words = record(tmp_path, where)
    assert "this run is not kept: the history of health postgresql" in words
    assert "is the database running" in words
    assert PASSWORD not in words
    assert record(tmp_path, where) == "kept 2"
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_url(tmp_path: Path) -> None:
    """As for the journal: it is not repeated."""
    words = record(tmp_path, "nonsense Laks-7")
    assert "FELLESDRIFT_JOURNAL: found something that is no URL" in words
    assert "Laks-7" not in words


def test_damage_is_an_error_of_its_own(tmp_path: Path) -> None:
    """By which a run knows what to do."""
    (tmp_path / "health.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(HistoryDamaged, match="file is not a database"):
        HealthHistory.at(tmp_path)
