"""The lab's process: in the foreground, in the background, and its end. One lab a directory, held by a lock."""

import asyncio
import fcntl
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from lab import ROOT
from lab.control.client import Client, LabDown, LabRefused
from lab.region.facts import read
from lab.servers.hosts import GENTLE
from lab.servers.image import build
from lab.servers.names import Own, has_traces, sweep
from lab.servers.needs import is_root, require

if TYPE_CHECKING:
    from lab.control.lab import Lab

PATIENCE = 180.0  # seconds for a start, most of which is Ansible reading the inventory


class ProcessError(Exception):
    """The lab could not be started or stopped."""


def holder(where: Path) -> int | None:
    """The process id of the lab on this directory, or None. Whoever holds the lock is alive, and is the lab."""
    path = where / "pid"
    if not path.exists():
        return None
    with path.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            written = path.read_text().strip()
            return int(written) if written else None
    return None


def _hold(where: Path) -> IO[str]:
    file = os.fdopen(os.open(where / "pid", os.O_RDWR | os.O_CREAT, 0o600), "r+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise ProcessError(f"a lab is already running on {where}") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def serve(
    where: Path,
    only: list[str],
    delay: float,
    say: Callable[[str], None],
    clock: float = 1.0,
    servers: Sequence[str] = (),
) -> None:
    """Be the lab, until SIGTERM, Ctrl-C or ``down``.

    Args:
        where: the lab's own directory.
        only: municipalities to build beside the operations centre; all, if there are none.
        delay: seconds that each command takes.
        say: takes a line for people.
        clock: how many times as fast the switches' own time runs.
        servers: municipalities whose servers run, too, beside the centre's; none, if there are none.

    Raises:
        ProcessError: another lab holds this directory.
    """
    from lab.control.lab import Lab

    os.environ["FELLESDRIFT_LAB_DIR"] = str(where)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("asyncssh").setLevel(logging.ERROR)
    with _hold(where):
        _sweep(where)  # what a lab that was killed has left
        lab = Lab(where, read(), only, delay, clock)
        if servers:
            lab.add_servers(servers, prepare_image(say))
        asyncio.run(_run(where, lab, say))
        (where / "control").unlink(missing_ok=True)


async def _run(where: Path, lab: "Lab", say: Callable[[str], None]) -> None:
    from lab.control.answers import answers
    from lab.control.channel import listen

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    try:
        lab.build()
        await lab.start()
        control = await listen(where, answers(lab, ended.set))
        say(summary(lab.status()))
        await ended.wait()
        control.close()
    finally:
        await lab.stop()


def summary(status: dict[str, Any]) -> str:
    """One line for people."""
    switches = status["switches"]
    places = sorted({row["municipality"] for row in switches} - {"operations_centre"})
    where = places[0] if len(places) == 1 else f"{len(places)} municipalities"
    line = f"The lab is up: {len(switches)} switches of {where} and the operations centre"
    line += f", {status['stations']} stations."
    if status["missing"]:
        reasons = sorted(set(status["missing"].values()))
        line += f" Missing: {len(status['missing'])} switches ({'; '.join(reasons)})."
    if status["servers"]:
        off = [row["name"] for row in status["servers"] if row["state"] != "up"]
        line += f" {len(status['servers'])} servers are hosts{f', of which {len(off)} are off' if off else ''}."
    if status["not_started"]:
        line += f" Not started: {', '.join(f'{name} ({why})' for name, why in status['not_started'].items())}."
    if status["clock"] != 1:
        line += f" Their clocks run {status['clock']:g} times as fast."
    return line


def start(
    where: Path,
    only: list[str],
    delay: float,
    say: Callable[[str], None],
    clock: float = 1.0,
    servers: Sequence[str] = (),
) -> dict[str, Any]:
    """Start the lab in the background, and wait until every switch and server answers.

    Args:
        where: the lab's own directory.
        only: municipalities to build beside the operations centre; all, if there are none.
        delay: seconds that each command takes.
        say: takes a line for people.
        clock: how many times as fast the switches' own time runs.
        servers: municipalities whose servers run, too, beside the centre's; none, if there are none.

    Returns:
        Its status, as ``Client.status`` gives it.

    Raises:
        ProcessError: it runs already, or it did not come up; the message holds its last words.
    """
    if holder(where) is not None:
        raise ProcessError(f"a lab is already running on {where}")
    command = [sys.executable, "-m", "lab", "up", "--foreground", "--delay", f"{delay * 1000:g}"]
    command += ["--clock", f"{clock:g}"]
    command += ["--only", *only] if only else []
    if servers:
        prepare_image(say)
        command += ["--servers", *servers]
    path = where / "log"
    environment = {
        **os.environ,
        "FELLESDRIFT_LAB_DIR": str(where),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }
    with path.open("w") as out:
        path.chmod(0o600)
        child = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    client = Client(where)
    begun = time.monotonic()
    reported = 0.0
    while time.monotonic() - begun < PATIENCE:
        if child.poll() is not None:
            raise ProcessError(f"the lab did not start: {_last_words(path)}")
        try:
            return client.status()
        except LabDown:
            time.sleep(0.03)
        except LabRefused as error:
            raise ProcessError(f"the lab did not start: {error}") from error
        if time.monotonic() - begun > reported + 2:
            reported = time.monotonic() - begun
            say(f"Starting the switches{' and servers' if servers else ''} … {reported:.0f} s")
    child.terminate()
    raise ProcessError(f"the lab did not answer within {PATIENCE:.0f} s: {_last_words(path)}")


def _last_words(path: Path) -> str:
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    return lines[-1] if lines else f"it said nothing (see {path})"


def stop(where: Path, patience: float = 15.0) -> bool:
    """Stop the lab on this directory; its state is saved. False if there was nothing, not even of one that was killed.

    Raises:
        ProcessError: it did not end in time, even when killed.
    """
    ended = _end(where, patience + (GENTLE if has_traces(Own(where)) else 0))
    return _sweep(where) or ended


def prepare_image(say: Callable[[str], None]) -> list[Path]:
    """The layers of the servers' image, built if need be, on a machine that can run hosts.

    Raises:
        LabError: something is missing here; the message says what.
    """
    require("hosts")
    return build(say)


def _sweep(where: Path) -> bool:
    """Take away what servers have left on the machine, of this lab or of one whose directory is gone."""
    own = Own(where)
    if is_root():
        return sweep(own)
    if has_traces(own):
        raise ProcessError(f"a lab of root's has left servers on {where}: `scripts/lab down`, as root, takes them away")
    return False


def _end(where: Path, patience: float) -> bool:
    process = holder(where)
    if process is None:
        return False
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        try:
            os.kill(process, number)
        except ProcessLookupError:
            return True
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if holder(where) is None:
                return True
            time.sleep(0.02)
    raise ProcessError(f"the lab (process {process}) does not end")
