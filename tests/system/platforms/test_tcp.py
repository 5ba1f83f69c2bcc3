"""What comes of opening a connection to a switch that is dead, closed or silent."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from nornir_tasks.platforms.common.login_fault import CannotConnect, LoginFault
from nornir_tasks.platforms.common.tcp import open_tcp, wait_for_life

HOST = "127.0.0.1"


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A port whose queue holds one connection, and is never looked at."""
    with socket.socket() as port:
        port.bind((HOST, 0))
        port.listen(0)
        yield port


def test_nothing_comes_back(listening: socket.socket) -> None:
    """Linux drops what a full queue has no room for: so does a line that is down."""
    port = listening.getsockname()[1]
    with socket.create_connection((HOST, port)), pytest.raises(CannotConnect, match="timed out") as refused:
        asyncio.run(open_tcp(HOST, port, 0.3))
    assert refused.value.fault == LoginFault.NO_ANSWER


def test_nobody_listens(listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    listening.close()
    with pytest.raises(CannotConnect, match="Connection refused") as refused:
        asyncio.run(open_tcp(HOST, port, 5))
    assert refused.value.fault == LoginFault.CLOSED


async def connect(port: int, seconds: float) -> None:
    """Connect, and wait for a sign of life."""
    connection = await open_tcp(HOST, port, 5)
    with connection:
        await wait_for_life(connection, seconds)


def test_a_connection_stands_and_nothing_is_said(listening: socket.socket) -> None:
    with pytest.raises(TimeoutError):
        asyncio.run(connect(listening.getsockname()[1], 0.2))


def test_a_hang_up_is_a_sign_of_life(listening: socket.socket) -> None:
    """It is told further on, by who reads."""

    async def connect_and_hang_up() -> None:
        waiting = asyncio.create_task(connect(listening.getsockname()[1], 5))
        accepted, _ = await asyncio.to_thread(listening.accept)
        accepted.close()
        await waiting

    asyncio.run(connect_and_hang_up())
