"""Whether a long journal costs more than a short one. Run alone: ``scripts/test -m benchmark``.

The whole command is timed, as a user runs it: seconds of the processor, the best of several runs, both in turn.
What the first command costs that finds no saved projections is told (after an upgrade: another code reads all anew).
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert

from nornir_tasks.core import state
from nornir_tasks.journal import verification
from nornir_tasks.journal.entry import EVENTS, to_row
from nornir_tasks.journal.journal import Journal
from tests.support.postgres_server import KINDS, fresh
from tests.support.random_history import make_history

pytestmark = pytest.mark.benchmark
ROOT = Path(__file__).resolve().parents[3]
SIZES = (1_000, 100_000)
ROUNDS = 7
GROWTH = 1.3  # at most: what the command may take with the long journal, to the short one


def make_journal(place: Path, url: str | None, size: int) -> None:
    """A journal of so many entries, written as fast as the database takes them."""
    state.Key(place)
    rows = [to_row(entry) for _, entry in zip(range(size), make_history(7, 2 * size), strict=False)]
    with Journal.at(place, url).transaction() as connection:
        connection.execute(insert(EVENTS), rows)


def status(place: Path, url: str | None) -> float:
    """The processor's seconds of one ``scripts/migration.py status``."""
    environment = {**os.environ, "FELLESDRIFT_STATE": str(place), "FELLESDRIFT_JOURNAL": url or ""}
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "scripts/migration.py", "status"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "loppa" in done.stdout
    return ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime


@pytest.mark.parametrize("kind", KINDS)
def test_status(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A hundred times as many entries."""
    places = {size: (tmp_path / str(size), fresh(kind)) for size in SIZES}
    for size, (place, url) in places.items():
        place.mkdir()
        make_journal(place, url, size)
    first = {size: status(*where) for size, where in places.items()}
    best = dict.fromkeys(SIZES, 1e9)
    for _ in range(ROUNDS):
        for size, where in places.items():
            best[size] = min(best[size], status(*where))
    ratio = best[SIZES[1]] / best[SIZES[0]]
    with capsys.disabled():
        told = ", ".join(f"{best[size]:.3f} s with {size} entries (the first: {first[size]:.3f} s)" for size in SIZES)
        kept = (places[SIZES[1]][0] / "projections").stat().st_size
        print(f"\nmigration.py status, {kind}: {told}: {ratio:.2f}; saved projections {kept / 1e6:.1f} MB")
    assert ratio <= GROWTH


@pytest.mark.parametrize("kind", KINDS)
def test_checkpoints(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An entry costs what it cost without checkpoints; what reads only the end costs little, however long the journal.

    Told besides: what it takes to read all of it (the first checkpoint, and ``verify``).
    """
    url, size = fresh(kind), SIZES[1]
    make_journal(tmp_path, url, size)
    journal = Journal.at(tmp_path, url)
    bare = Journal(journal._database._url)
    seconds = {"first checkpoint": _measure(journal.sign_checkpoint)}
    entry = next(make_history(3, 10))
    journal.write(entry)
    seconds["next checkpoint"] = _measure(journal.sign_checkpoint)
    cost = dict.fromkeys(("with", "without", "first of a process"), 1e9)
    for _ in range(ROUNDS):
        cost["with"] = min(cost["with"], _measure(lambda: journal.write(entry), 50))
        cost["without"] = min(cost["without"], _measure(lambda: bare.write(entry), 50))
        cost["first of a process"] = min(
            cost["first of a process"], _measure(lambda: Journal.at(tmp_path, url).write(entry), 5)
        )
    seconds["verify"] = _measure(lambda: verification.verify(journal))
    ratio = cost["with"] / cost["without"]
    with capsys.disabled():
        told = ", ".join(f"{name} {1000 * each:.0f} ms" for name, each in seconds.items())
        each = ", ".join(f"{name} {1000 * each:.2f} ms" for name, each in cost.items())
        print(f"\n{size} entries, {kind}: {told}; an entry: {each}: {ratio:.2f}")
    assert ratio <= GROWTH
    assert seconds["next checkpoint"] <= seconds["first checkpoint"] / 10


def _measure(work: Callable[[], object], times: int = 1) -> float:
    """The processor's seconds that this process takes, on average."""
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times
