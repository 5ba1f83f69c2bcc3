"""A worker's life is its command's: it ends when the process that forked it does, whatever it is at."""

import ctypes
import os
import signal
from contextlib import suppress
from multiprocessing import parent_process

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def find_command() -> int | None:
    """The process that forked this one to work for it; None: this is no worker."""
    parent = parent_process()
    return parent.pid if parent else None


def die_with(command: int) -> None:
    """Let the kernel kill this process at the moment that its command ends: its connections are closed with it.

    SIGKILL, as it reaches a worker that is stopped or waits in a driver, too. Elsewhere than on Linux nothing happens.

    Args:
        command: the process that forked this one; if that is gone already, this process ends at once.
    """
    with suppress(AttributeError):  # not Linux
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != command:
            os.kill(os.getpid(), signal.SIGKILL)
