"""``scripts/change.py`` in a process of its own, which stands still at a step until it may go on, or is killed there.

At the step there is a file WHERE/reached; once there is a file WHERE/go, the process goes on. Several steps may be
given, with commas between them; the first that is reached counts, and every other is passed by. The journal itself is
the product's own: only the moments before and after an entry (or before the lock is taken, and after it is) are made
as long as a test needs them. The process is forked from a server that has imported everything already (see
``command``), so that a matrix of hundreds of commands is not mostly imports.
"""

import os
import runpy
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nornir_tasks.change import apply_device, recover
from nornir_tasks.journal import lock
from nornir_tasks.journal.journal import Journal

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "change.py"
PAUSE = 0.01  # seconds between two looks
PATIENCE = 120.0  # a test that failed does not come back


class Held:
    """Where to stand still, and how the test is told."""

    def __init__(self, where: Path, points: list[str]) -> None:
        self.where, self.points = where, points

    def stand(self, point: str) -> None:
        """Stand still here, if it is one of the points."""
        if point not in self.points:
            return
        self.points = []
        (self.where / "reached").write_text(point)
        end = time.monotonic() + PATIENCE
        while not (self.where / "go").exists() and time.monotonic() < end:
            time.sleep(PAUSE)

    def around(self, inner: Any, name: Any) -> Any:
        """A function with a place to stand before it and after it."""

        def outer(*given: Any, **named: Any) -> Any:
            self.stand(f"before:{name(*given)}")
            result = inner(*given, **named)
            self.stand(f"after:{name(*given)}")
            return result

        return outer


def begin(
    arguments: Sequence[str], environment: Mapping[str, str], where: Path, points: str, patience: float | None
) -> None:
    """Be ``scripts/change.py`` with these arguments; what it prints goes to the files WHERE/out and WHERE/err.

    Args:
        points: the steps to stand still at: ``before:device:probing``; empty: none.
        patience: the product's own with a switch that does not come back, in seconds; None: as it is. The matrix cannot
            wait for its six minutes in each cell.
    """
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    for number, handle in (
        (0, os.open(os.devnull, os.O_RDONLY)),
        (1, os.open(where / "out", os.O_WRONLY | os.O_CREAT)),
        (2, os.open(where / "err", os.O_WRONLY | os.O_CREAT)),
    ):
        os.dup2(handle, number)
    held = Held(where, points.split(","))
    write: Any = Journal.write
    Journal.write = held.around(write, lambda journal, entry: f"{entry.what}:{entry.outcome}")  # type: ignore[method-assign]
    lock.acquire = held.around(lock.acquire, lambda *given: "lock:taken")
    lock.release = held.around(lock.release, lambda *given: "lock:released")
    if patience is not None:
        apply_device.find_deadline = recover.find_deadline = lambda target: time.monotonic() + patience
    sys.argv = [str(SCRIPT), *arguments]
    sys.path.insert(0, str(SCRIPT.parent))  # as Python itself does with a script
    runpy.run_path(str(SCRIPT), run_name="__main__")
