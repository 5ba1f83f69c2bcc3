"""A program on a terminal of its own: to be read along, interrupted by Ctrl-C, or hung up on."""

import os
import pty
import select
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

CTRL_C = b"\x03"


class OwnTerminal:
    """A command under way, the leader of a session on its own terminal."""

    def __init__(self, command: Sequence[str], where: Path, environment: Mapping[str, str]) -> None:
        self.printed = ""
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # where nohup began the tests, it is ignored
            os.chdir(where)
            os.execvpe(command[0], list(command), dict(environment))

    def read_until(self, words: str, seconds: float) -> None:
        """Read what it prints until these words come."""
        end = time.monotonic() + seconds
        while words not in self.printed:
            assert time.monotonic() < end, f"expected {words!r} within {seconds:g} s, actual: {self.printed}"
            if not self.read(0.1):
                raise AssertionError(f"expected {words!r}, and it ended: {self.printed}")

    def press(self, keys: bytes) -> None:
        """Type at its terminal."""
        os.write(self._terminal, keys)

    def hang_up(self) -> None:
        """The terminal is gone."""
        os.close(self._terminal)
        self._terminal = -1

    def ends(self, seconds: float) -> int:
        """Its exit code; whoever is not done in time is killed."""
        end = time.monotonic() + seconds
        while True:
            if self._terminal >= 0:
                self.read(0.1)
            else:
                time.sleep(0.1)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                raise AssertionError(f"no end within {seconds:g} s: {self.printed}")
        if self._terminal >= 0:
            while self.read(0.1):
                pass
            self.hang_up()
        return os.waitstatus_to_exitcode(status)

    def read(self, seconds: float) -> bool:
        """Read what has come; False once the other end is closed."""
        if not select.select([self._terminal], [], [], seconds)[0]:
            return True
        part = b""
        with suppress(OSError):  # how Linux says that nobody has the terminal open any more
            part = os.read(self._terminal, 1 << 16)
        self.printed += part.decode(errors="replace").replace("\r\n", "\n")
        return bool(part)
