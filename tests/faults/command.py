"""``scripts/change.py`` as a process of its own: to be waited for, stopped at a step, interrupted, or killed."""

import json
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from tests.faults import held

# Every command is forked from one process that has imported all this, and done nothing else.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["tests.faults.held", "nornir_tasks.cli.change", "napalm.ios", "napalm.eos", "netmiko", "nornir_tasks.platforms"]
)
# Whoever starts a process looks after all others, too; two who look at once would each read half of how one ended.
ONE_AT_A_TIME = Lock()
PAUSE = 0.02  # seconds between two looks
SECONDS = 600.0  # no command takes longer: a switch that needs 5 s for each of its own may need all of its timer


@dataclass(frozen=True)
class Report:
    """What a command told. ``said``: all of its words for people; ``printed``: everything it wrote, where it wrote."""

    code: int
    outcomes: Mapping[str, str]
    done: bool
    said: str
    seconds: float
    printed: str = field(repr=False, default="")

    @classmethod
    def read(cls, code: int, out: str, err: str, seconds: float) -> "Report":
        """Read an answer in JSON, and look that it does not contradict itself."""
        printed = f"{out}\n{err}"
        assert "Traceback" not in printed, printed
        assert code in (0, 1, 2, 3, 130), f"{code}: {printed}"
        if not out.strip():
            assert code in (1, 2), f"{code}: {printed}"
            assert err.startswith(("error: ", "\nStopping")), printed
            return cls(code, {}, False, err.strip(), seconds, printed)
        told: Mapping[str, Any] = json.loads(out)
        assert told["done"] == (code == 0), printed
        assert told["exit_code"] == code, printed
        said = "\n".join([*told["messages"], err.strip()]).strip()
        return cls(code, told["outcomes"], bool(told["done"]), said, seconds, printed)

    def word(self, switch: str) -> str:
        """What became of a switch, as it is told."""
        return self.outcomes.get(switch, "refused")


class Command:
    """A command under way.

    Args:
        where: the state directory.
        gate: a directory that is not there yet, where it tells that it stands still.
        hold, patience: where to stand still, and for how long to wait for a switch (see ``held``).
    """

    program = held.SCRIPT
    options: Sequence[str] = ("--format", "json")

    def __init__(
        self, arguments: Sequence[str], where: Path, gate: Path, hold: str = "", patience: float | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        gate.mkdir()
        self._gate, self._began = gate, time.monotonic()
        environment = {**os.environ, "FELLESDRIFT_STATE": str(where), **(more or {})}
        self._process = FORKS.Process(
            target=held.begin,
            args=(str(self.program), [*arguments, *self.options], environment, gate, hold, patience),
            daemon=True,
        )
        with ONE_AT_A_TIME:
            self._process.start()

    def reached(self) -> int:
        """Wait until it stands still; the answer is the number of the process that does."""
        end = time.monotonic() + SECONDS
        while not (self._gate / "reached").exists():
            if self._code() is not None or time.monotonic() > end:
                raise AssertionError(f"it never came to the step: {self.ends()}")
            time.sleep(PAUSE)
        return int((self._gate / "reached").read_text())

    def go(self) -> None:
        """Let it go on."""
        (self._gate / "go").touch()

    def kill(self) -> None:
        """``kill -9``: nothing of it is left."""
        self._process.kill()
        assert self._wait(SECONDS) == -signal.SIGKILL

    def interrupt(self, number: int = signal.SIGINT) -> None:
        """Ctrl-C, or another signal."""
        os.kill(self._process.pid or 0, number)

    @property
    def printed(self) -> str:
        """What it has told so far."""
        return "\n".join((self._gate / name).read_text() for name in ("out", "err"))

    def ends(self) -> Report:
        """Wait for its end, and read what it tells."""
        code = self._wait(SECONDS)
        if code is None:
            self.kill()
        out, err = ((self._gate / name).read_text() for name in ("out", "err"))
        assert code is not None, f"no end within {SECONDS:g} s: {out}{err}"
        return self.read(code, out, err, time.monotonic() - self._began)

    def read(self, code: int, out: str, err: str, seconds: float) -> Report:
        """What it told."""
        return Report.read(code, out, err, seconds)

    def _code(self) -> int | None:
        with ONE_AT_A_TIME:
            return self._process.exitcode

    def _wait(self, seconds: float) -> int | None:
        end = time.monotonic() + seconds
        while (code := self._code()) is None and time.monotonic() < end:
            time.sleep(PAUSE)
        return code


class Playbook(Command):
    """``ansible-playbook`` under way."""

    program = held.PLAYBOOK
    options = ()

    def read(self, code: int, out: str, err: str, seconds: float) -> Report:
        """What it told of each switch, a line each."""
        assert "Traceback" not in out + err, out + err
        outcomes: dict[str, str] = {}
        for verdict, switch, words in re.findall(r"(?m)^(ok|changed|failed): \[([a-z0-9-]+)\] (.*)$", out):
            back = "reverted" if "It is as it was before" in words else "failed"
            failed = "refused" if "Nothing was written" in words else back
            told = {"ok": "unchanged", "changed": "changed", "failed": failed}[verdict]
            outcomes.setdefault(switch, told)  # a later line is of the whole change
        return Report(code, outcomes, code == 0, f"{out}\n{err}".strip(), seconds, f"{out}\n{err}")
