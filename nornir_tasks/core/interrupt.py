"""Ctrl-C in the middle of a change: nothing new begins, what is not confirmed goes back, and then it ends."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event
from types import FrameType

_stop_requested = Event()
WORDS = "stopped by hand"


def is_stop_requested() -> bool:
    """Whether this process has been told to stop, by a signal."""
    return _stop_requested.is_set()


@contextmanager
def handle_signals(tell: Callable[[str], None]) -> Iterator[None]:
    """Take SIGINT, SIGTERM and SIGHUP as a request to stop once nothing is left halfway; further signals do nothing.

    A device's way back must not be cut short; it has time limits of its own, so that the process ends. ``tell`` is
    called once, at the first signal, with a line for people.
    """

    def note(number: int, frame: FrameType | None) -> None:
        first = not _stop_requested.is_set()
        _stop_requested.set()
        if first:
            with suppress(OSError):  # the terminal may be gone
                tell("Stopping: taking back what is not confirmed, and beginning nothing new …")

    # SIGHUP: the terminal is gone, as when the operator's own connection drops.
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _stop_requested.clear()
