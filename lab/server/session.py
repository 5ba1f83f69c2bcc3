"""One connection to a switch over SSH: the login, and its channels (command line, single command, SCP)."""

import asyncio
import codecs
import logging
import time
from typing import Any, Protocol

import asyncssh

from lab.device import mishaps
from lab.device.switch import HangUp, Switch
from lab.server.scp import Scp, wanted
from lab.server.terminal import Terminal, obey

log = logging.getLogger("lab")


class Listener(Protocol):
    """What a connection needs of the listeners that it came in by."""

    switch: Switch
    connections: set[asyncssh.SSHServerConnection]
    sessions: dict[object, tuple[str, float]]  # session: user, since

    def admit(self, user: str, password: str) -> int | None:
        """The privilege of a user whose password is right, else None."""


class Login(asyncssh.SSHServer):
    """One connection to a switch, from its login on."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self._connection: asyncssh.SSHServerConnection | None = None
        self._user, self._privilege = "", 1

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember it, so that it can be cut."""
        self._connection = conn
        self.listener.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        if self._connection is not None:
            self.listener.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        """Everybody has to log in."""
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are what this equipment knows."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Against the accounts that are configured."""
        privilege = self.listener.admit(username, password)
        if privilege is None:
            return False
        self._user, self._privilege = username, privilege
        return True

    def session_requested(self) -> "Session":
        """A channel for a shell or a command."""
        return Session(self.listener, self._user, self._privilege)


class Session(asyncssh.SSHServerSession[bytes]):
    """One channel: a shell, a single command, or SCP."""

    def __init__(self, listener: Listener, user: str, privilege: int) -> None:
        self._listener = listener
        self._user = user
        self._privilege = privilege
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._sink: Terminal | Scp | None = None
        self._command = ""
        self._task: asyncio.Task[None] | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def connection_made(self, chan: "asyncssh.SSHServerChannel[bytes]") -> None:
        """The channel is there."""
        self._channel = chan
        self._listener.sessions[self] = (self._user, time.time())

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone, from whichever side."""
        self._listener.sessions.pop(self, None)
        if self._sink is not None:
            self._sink.end()
        if self._task is not None:
            self._task.cancel()

    def pty_requested(self, term_type: str, term_size: Any, term_modes: Any) -> bool:
        """Any terminal will do; its size is the session's own business."""
        return True

    def shell_requested(self) -> bool:
        """The command line, while a line for it is free."""
        return self._has_room()

    def exec_requested(self, command: str) -> bool:
        """A single command, or SCP."""
        self._command = command
        return self._has_room()

    def _has_room(self) -> bool:
        """Whether the switch takes this session too; where it does not, it ends the connection."""
        allowed = self._listener.switch.personality.sessions_allowed()
        if allowed is None or len(self._listener.sessions) <= allowed:
            return True
        if self._channel is not None:
            self._channel.get_connection().abort()
        return False

    def session_started(self) -> None:
        """Begin to serve."""
        try:
            self._begin()
        except Exception:
            log.exception("%s: the personality gave no session", self._listener.switch.name)
            raise

    def _begin(self) -> None:
        switch = self._listener.switch
        arguments = wanted(self._command) if self._command else None
        if arguments is not None:
            scp = Scp(switch, self._send)
            self._sink = scp
            work = self._serve_scp(scp, arguments)
        elif self._command:
            work = self._serve_command(self._command)
        else:
            terminal = Terminal(switch, switch.personality.shell(self._user, self._privilege), self._write)
            self._sink = terminal
            work = self._serve(terminal)
        self._task = asyncio.get_running_loop().create_task(work)
        self._task.add_done_callback(self._finished)

    def data_received(self, data: bytes, datatype: Any) -> None:
        """The user has typed, or a file arrives."""
        if isinstance(self._sink, Scp):
            self._sink.feed(data)
        elif self._sink is not None:
            self._sink.feed(self._decoder.decode(data))

    def pause_writing(self) -> None:
        """The other end does not read as fast as is written."""
        if isinstance(self._sink, Terminal):
            self._sink.room.clear()

    def resume_writing(self) -> None:
        """It has caught up."""
        if isinstance(self._sink, Terminal):
            self._sink.room.set()

    def eof_received(self) -> bool:
        """The user will type no more; what was asked for is still answered."""
        if self._sink is not None:
            self._sink.end()
        return True

    def _write(self, text: str) -> None:
        self._send(text.encode())

    def _send(self, data: bytes) -> None:
        if self._channel is not None and not self._channel.is_closing() and not self._listener.switch.faults.hang:
            self._channel.write(data)

    async def _serve(self, terminal: Terminal) -> None:
        await terminal.run()

    async def _serve_scp(self, scp: Scp, arguments: list[str]) -> None:
        switch = self._listener.switch
        try:
            status = await scp.run(arguments)
        except HangUp:
            await mishaps.silence(switch)
            if self._channel is not None:
                self._channel.get_connection().abort()
            return
        if self._channel is not None:
            self._channel.exit(status)

    async def _serve_command(self, command: str) -> None:
        shell = self._listener.switch.personality.shell(self._user, self._privilege)
        shell.page = None
        try:
            reply = await obey(self._listener.switch, shell, command)
        except HangUp as end:
            self._write(str(end))
            return
        finally:
            shell.gone()
        self._write(reply.text if reply.text.endswith("\n") or not reply.text else reply.text + "\n")
        if self._channel is not None:
            self._channel.exit(0)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        """Close after the last word. A mistake in a personality is written to the lab's log, and hangs up."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s: the personality failed", self._listener.switch.name, exc_info=error)
        if self._channel is not None and not self._channel.is_closing():
            self._channel.close()
            if isinstance(self._sink, Terminal):
                # Equipment ends the connection with its last session; clients wait for that.
                self._channel.get_connection().close()
