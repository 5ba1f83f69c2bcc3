"""A TCP connection of an event loop, and the other end's first sign of life."""

import asyncio
import os
import socket

from nornir_tasks.platforms.common.login_fault import CannotConnect


async def open_tcp(host: str, port: int, seconds: float) -> socket.socket:
    """A connection that stands.

    Args:
        seconds: how long to wait for it.

    Raises:
        CannotConnect: there is none, with the reason.
    """
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.setblocking(False)
    try:
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(connection, (host, port))
    except OSError as error:
        connection.close()
        # asyncio's own words are "Connect call failed", with the address.
        cause = TimeoutError("timed out") if error.errno is None else OSError(error.errno, os.strerror(error.errno))
        raise CannotConnect(cause) from error
    except BaseException:
        connection.close()
        raise
    return connection


async def wait_for_life(connection: socket.socket, seconds: float) -> None:
    """Return as soon as the other end has sent something, or has hung up. Nothing of it is read.

    Args:
        seconds: how long to wait.

    Raises:
        TimeoutError: it has said nothing.
    """
    loop = asyncio.get_running_loop()
    life = asyncio.Event()
    loop.add_reader(connection, life.set)
    try:
        async with asyncio.timeout(seconds):
            await life.wait()
    finally:
        loop.remove_reader(connection)
