"""Run doors one after the other, each in a process of its own, forked from one that has imported them all.

As a program: reads a JSON object a line (``module``, ``argv``, ``environment``), and answers with one (``code``,
``out``, ``err``); ``code`` is null where it did not end in time.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from nornir_tasks.platforms import PLATFORM_CLASSES

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 150.0
MEMORY = 4 * 1024**3  # a door that reads without end stumbles over it, and not the machine
DOORS = {
    "change.py": "nornir_tasks.cli.change",
    "config.py": "nornir_tasks.cli.config",
    "drift_audit.py": "nornir_tasks.cli.drift_audit",
    "health_check.py": "nornir_tasks.cli.health_check",
    "inventory.py": "nornir_tasks.cli.inventory",
    "migration.py": "nornir_tasks.cli.migration",
    "report.py": "nornir_tasks.cli.report",
    "trust.py": "nornir_tasks.cli.trust",
}


@dataclass(frozen=True)
class Done:
    """How a door ended. ``code`` is None if it had to be killed."""

    code: int | None
    out: bytes
    err: bytes


class Runner:
    """The program that forks."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, module: str, argv: Sequence[str], environment: Mapping[str, str]) -> Done:
        """Run a door's module with these arguments. Letters that are no UTF-8 are given as Python escapes them."""
        assert self._process.stdin
        assert self._process.stdout
        asked = {"module": module, "argv": list(argv), "environment": dict(environment)}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        row = json.loads(self._process.stdout.readline())
        out, err = (row[name].encode("latin-1") for name in ("out", "err"))
        return Done(row["code"], out, err)


@contextmanager
def running(where: Path, environment: Mapping[str, str]) -> Iterator[Runner]:
    """A runner whose doors work in this folder.

    Args:
        where: the working folder.
        environment: to which each run adds its own.
    """
    command = [sys.executable, "-m", "tests.support.door_runner"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=where, env={**environment, "PYTHONPATH": str(ROOT)}, stdin=pipe, stdout=pipe, text=True
    ) as process:
        yield Runner(process)
        assert process.stdin
        process.stdin.close()


def _serve() -> None:
    for module in (*DOORS.values(), *(module for module, _ in PLATFORM_CLASSES.values())):
        import_module(module)
    for number, line in enumerate(sys.stdin):
        asked = json.loads(line)
        out, err = (Path(f".{name}-{number}") for name in ("out", "err"))
        child = os.fork()
        if not child:
            _become(asked, out, err)
        code = _wait(child)
        texts = {"out": out.read_bytes().decode("latin-1"), "err": err.read_bytes().decode("latin-1")}
        out.unlink()
        err.unlink()
        print(json.dumps({"code": code, **texts}), flush=True)


def _become(asked: dict[str, object], out: Path, err: Path) -> None:
    """Be the door; never comes back."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for path, number in ((Path(os.devnull), 0), (out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), number)
    sys.stdin = sys.__stdin__
    environment, argv = asked["environment"], asked["argv"]
    assert isinstance(environment, dict)
    assert isinstance(argv, list)
    for name, value in environment.items():
        os.environ[name] = value
    sys.argv = ["door.py", *argv]
    code = 1
    try:
        import_module(str(asked["module"])).app()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as Python itself tells it: that is what is looked for
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait(child: int) -> int | None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


if __name__ == "__main__":
    _serve()
