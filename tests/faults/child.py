"""A child that works for us and answers, or is killed at it: a process of its own, without the time to begin one."""

import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar


class Child:
    """A fork of this process, which must have one thread only. It waits for ``go`` (``answer`` says it, too).

    Args:
        work: what it does; the answer is what it returns.
        said: the file that its output goes to.
    """

    last: ClassVar["Child | None"] = None  # there is one at a time

    def __init__(self, work: Callable[[], dict[str, Any]], said: Path) -> None:
        self._answer, answering = os.pipe()
        waiting, self._go = os.pipe()
        self._text = b""
        self._ended = self.killed = False
        self._status = 0
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid:
            Child.last = self
            os.close(answering)
            os.close(waiting)
            return
        code = 1
        try:
            os.close(self._answer)
            os.close(self._go)
            handle = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(handle, 1)
            os.dup2(handle, 2)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # until the product itself heeds it
            os.read(waiting, 1)
            found = json.dumps(work(), default=str).encode()
            while found:
                found = found[os.write(answering, found) :]
            code = 0
        except BaseException:  # noqa: BLE001 - nothing of it may run on as if it were its parent
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def go(self) -> None:
        """Let it begin."""
        if self._go >= 0:
            os.write(self._go, b".")
            os.close(self._go)
            self._go = -1

    @property
    def alive(self) -> bool:
        """Whether it is at work."""
        self._read(0)
        return not self._ended

    def kill(self) -> None:
        """``kill -9``; whoever has answered in the meantime was not killed."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
            while not self._ended:
                self._read(1)
            self.killed = self._status == -signal.SIGKILL

    def interrupt(self) -> None:
        """Ctrl-C."""
        if self.alive:
            os.kill(self.pid, signal.SIGINT)

    def answer(self, seconds: float) -> dict[str, Any]:
        """What it answers.

        Raises:
            AssertionError: it did not, in this time, or it failed.
        """
        self.go()
        end = time.monotonic() + seconds
        while not self._ended and time.monotonic() < end:
            self._read(0.1)
        if not self._ended:
            self.kill()
            raise AssertionError(f"no answer within {seconds:g} s")
        if not self._text:
            raise AssertionError("the child failed: its words are in its file")
        answered: dict[str, Any] = json.loads(self._text)
        return answered

    def _read(self, seconds: float) -> None:
        if self._ended or not select.select([self._answer], [], [], seconds)[0]:
            return
        part = os.read(self._answer, 1 << 16)
        self._text += part
        if not part:
            self._reap()

    def _reap(self) -> None:
        if not self._ended:
            self._ended = True
            self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            os.close(self._answer)
