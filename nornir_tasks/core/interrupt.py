"""Ctrl-C in the middle of a change: nothing new begins, what is not confirmed goes back, and then it ends."""

import mmap
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event
from types import FrameType

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.exit_codes import INTERRUPTED

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # the last: the terminal is gone, or the line to it
WORDS = "stopped by hand"
_stop_requested = Event()
_stop_of_all: mmap.mmap | None = None  # one byte that this process shares with all that it forks


class Interrupted(FellesdriftError):
    """It was stopped before anything was done."""

    exit_code = INTERRUPTED


def is_stop_requested() -> bool:
    """Whether this process, or the command that it works for, has been told to stop."""
    return _stop_requested.is_set() or (_stop_of_all is not None and _stop_of_all[0] != 0)


def share_with_workers() -> None:
    """Let what is forked from here on heed ``request_stop_of_all``: Ansible's workers hear no Ctrl-C (``setsid``)."""
    global _stop_of_all
    _stop_of_all = _stop_of_all or mmap.mmap(-1, 1)


def request_stop_of_all() -> None:
    """Let this process stop, and every worker that was forked since ``share_with_workers``."""
    _stop_requested.set()
    if _stop_of_all is not None:
        _stop_of_all[0] = 1


@contextmanager
def handle_signals(tell: Callable[[str], None]) -> Iterator[None]:
    """Take SIGINT, SIGTERM and SIGHUP as a request to stop once nothing is left halfway; further signals do nothing.

    A device's way back must not be cut short; it has time limits of its own, so that the process ends. Whoever began it
    with ``nohup`` meant it to go on without a terminal. ``tell`` is called once, at the first signal, with a line for
    people.
    """
    numbers = [number for number in SIGNALS if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]
    terminals = [number for number in (0, 1, 2) if os.isatty(number)]

    def note(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            _leave_terminals(terminals)
        first = not is_stop_requested()
        request_stop_of_all()
        if first:
            with suppress(OSError, RuntimeError):  # the latter: that stream is in the middle of a line
                tell("Stopping: taking back what is not confirmed, and beginning nothing new …")

    before = {number: signal.signal(number, note) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _stop_requested.clear()


def _leave_terminals(numbers: list[int]) -> None:
    """Let what is read and written go nowhere: a terminal that is gone answers with an error to each line."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in numbers:
        os.dup2(nowhere, number)
    os.close(nowhere)
