"""The seal of the unit tests: no socket, no process, no lab."""

import asyncio
import importlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable

import pytest

from nornir_tasks.inventory.load import load_region


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (socket.socket, "opens no socket"),
        (socket.socketpair, "opens no socket"),
        (lambda: socket.getaddrinfo("localhost", 22), "opens no socket"),
        (asyncio.new_event_loop, "opens no socket"),
        (lambda: subprocess.run([sys.executable, "-V"]), "starts no process"),
        (lambda: os.system("true"), "starts no process"),
        (os.fork, "starts no process"),
        (lambda: os.execv(sys.executable, [sys.executable, "-V"]), "starts no process"),
        (lambda: os.posix_spawn(sys.executable, [sys.executable, "-V"], {}), "starts no process"),
        (lambda: importlib.import_module("lab"), "does not load the lab"),
        (lambda: importlib.import_module("lab.device.switch"), "does not load the lab"),
    ],
)
def test_what_a_unit_test_may_not(attempt: Callable[[], object], words: str) -> None:
    """Not even on this machine's own addresses."""
    with pytest.raises(PermissionError, match=words):
        attempt()


def test_the_region_is_read_without_a_process() -> None:
    """It was resolved once, for all workers."""
    assert len(load_region().devices) == 152
