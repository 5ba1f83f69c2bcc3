"""How many may be logged in at an IOS switch, and for how long without a word."""

import asyncio
import os
import time
from pathlib import Path

import asyncssh
import pytest

from lab.testing.bench import bench
from tests.support.ios_bench import HOST
from tests.support.switch_bench import serving

PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 12
STARTUP = """hostname SW-1
username kommune privilege 15 secret 0 kommune
line vty 0 4
 login local
 transport input ssh
"""


async def connect() -> asyncssh.SSHClientProcess:
    """A session that waits at its prompt."""
    connection = await asyncssh.connect(HOST, PORT, username="kommune", password="kommune", known_hosts=None)
    process = await connection.create_process(term_type="vt100")
    await asyncio.wait_for(process.stdout.readuntil("SW-1#"), 10)
    return process


def test_there_are_as_many_sessions_as_lines_that_take_ssh(tmp_path: Path) -> None:
    """Five lines, five sessions; the sixth is turned away, the five go on, and who leaves makes room."""

    async def run() -> None:
        sessions = [await connect() for _ in range(5)]
        with pytest.raises((asyncssh.Error, asyncio.IncompleteReadError, OSError)):
            await connect()
        for session in sessions:
            session.stdin.write("show privilege\n")
            assert "15" in await asyncio.wait_for(session.stdout.readuntil("SW-1#"), 10)
        sessions[0].stdin.write("exit\n")
        await asyncio.wait_for(sessions[0].wait_closed(), 10)
        await asyncio.sleep(0.1)
        await connect()

    with serving(tmp_path, HOST, PORT, lambda: bench("ios", startup=STARTUP)):
        asyncio.run(run())


def test_a_session_in_which_nothing_is_typed_ends(tmp_path: Path) -> None:
    """``exec-timeout 0 1``: after a second; typing begins the second anew; ``0 0`` is never."""

    async def run() -> None:
        session = await connect()
        begun = time.monotonic()
        for _ in range(4):
            await asyncio.sleep(0.4)
            session.stdin.write("show privilege\n")
            await asyncio.wait_for(session.stdout.readuntil("SW-1#"), 10)
        assert time.monotonic() - begun > 1.5
        await asyncio.wait_for(session.wait_closed(), 5)

    text = f"{STARTUP} exec-timeout 0 1\n"
    with serving(tmp_path, HOST, PORT, lambda: bench("ios", startup=text)) as one:
        asyncio.run(run())
        assert one.switch.personality.shell("kommune", 15).idle_seconds == 1
    assert bench("ios", startup=STARTUP).personality.shell("kommune", 15).idle_seconds == 600
    never = bench("ios", startup=f"{STARTUP} exec-timeout 0 0\n")
    assert never.personality.shell("kommune", 15).idle_seconds is None
