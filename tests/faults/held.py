"""``scripts/change.py`` or a playbook as a process of its own, which stands still at a step, or is killed there.

At the step there is a file WHERE/reached, which holds the number of the process that stands there (a playbook's is a
worker's); once there is a file WHERE/go, the process goes on. Several steps may be given, with commas between them; the
first that is reached counts, and every other is passed by. The journal itself is the product's own: only the moments
before and after an entry (or before the lock is taken, and after it is) are made as long as a test needs them. The
process is forked from a server that has imported everything already (see ``command``), so that a matrix of hundreds of
commands is not mostly imports.
"""

import atexit
import multiprocessing
import os
import re
import runpy
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from napalm.eos import EOSDriver

from nornir_tasks.change import apply_device, recover
from nornir_tasks.journal import lock
from nornir_tasks.journal.journal import Journal
from nornir_tasks.platforms.common.channel import _Channel

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "change.py"
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
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
        (self.where / "reached.new").write_text(str(os.getpid()))
        (self.where / "reached.new").rename(self.where / "reached")
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

    def around_lines(self) -> None:
        """Places to stand before a line goes to a switch: over SSH, and where NAPALM sends the confirmation itself."""
        patterns = [point.removeprefix("line:") for point in self.points if point.startswith("line:")]
        if not patterns:
            return
        write, confirm = _Channel.write_channel, EOSDriver.confirm_commit

        def look(text: str) -> None:
            for pattern in patterns:
                if re.search(pattern, text.strip()):
                    self.stand(f"line:{pattern}")

        def write_channel(channel: _Channel, text: str) -> None:
            look(text)
            write(channel, text)

        def confirm_commit(driver: EOSDriver) -> None:
            look(f"configure session {driver.config_session} commit")
            confirm(driver)

        _Channel.write_channel = write_channel  # type: ignore[method-assign]
        EOSDriver.confirm_commit = confirm_commit


def begin(
    program: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    where: Path,
    points: str,
    patience: float | None,
) -> None:
    """Be a program with these arguments; what it prints goes to the files WHERE/out and WHERE/err.

    Args:
        program: the path of a script in Python: ``scripts/change.py``, or ``ansible-playbook``.
        environment: FELLESDRIFT_TEST_HOST in it is the name of the control node that it runs on.
        points: the steps to stand still at: ``before:device:probing``, or ``line:EXPRESSION``, right before a line that
            fits goes to a switch; empty: none.
        patience: the product's own with a switch that does not come back, in seconds; None: as it is. The matrix cannot
            wait for its six minutes in each cell.
    """
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever began the tests with nohup hands on that it is ignored
    # It is a program of its own, which may have workers, and whose parent is no concern of theirs.
    multiprocessing.process._parent_process = None  # type: ignore[attr-defined]
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
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
    held.around_lines()
    if host := environment.get("FELLESDRIFT_TEST_HOST"):
        socket.gethostname = lambda: host
    if patience is not None:
        apply_device.find_deadline = recover.find_deadline = lambda target: time.monotonic() + patience
    sys.argv = [program, *arguments]
    sys.path.insert(0, str(Path(program).parent))  # as Python itself does with a script
    try:
        runpy.run_path(program, run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # a child of multiprocessing passes them by
