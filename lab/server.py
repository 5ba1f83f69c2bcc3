"""The doors of every switch: SSH (command line, single commands, SCP) and the HTTPS API, on its own address."""

import asyncio
import codecs
import hashlib
import logging
import ssl
import time
from collections.abc import Iterable
from typing import Any

import asyncssh
from aiohttp import web

from lab.eapi import application
from lab.personalities.base import Personality
from lab.scp import Scp, wanted
from lab.switch import Switch
from lab.terminal import HangUp, Terminal, obey

log = logging.getLogger("lab")

# A short cut of the way to a switch does not end a TCP connection; one that lasts does.
GRACE = 1.5

_verified: dict[tuple[type[Personality], str, bytes], bool] = {}


def admit(switch: Switch, user: str, password: str) -> int | None:
    """The privilege of a user whose password is right, else None. The slow comparison is made once for each hash."""
    known = switch.meaning.users.get(user)
    if known is None:
        return None
    privilege, stored = known
    key = (type(switch.personality), stored, hashlib.sha256(password.encode()).digest())
    if key not in _verified:
        _verified[key] = switch.personality.verify(stored, password)
    return privilege if _verified[key] else None


class Front:
    """A switch's listeners, opened and closed as its power, its faults and its configuration say."""

    def __init__(self, switch: Switch, key: asyncssh.SSHKey) -> None:
        self.switch = switch
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self.sessions: dict[object, tuple[str, float]] = {}  # session: user, since
        self._options = asyncssh.SSHServerConnectionOptions(
            server_factory=lambda: Login(self),
            server_host_keys=[key],
            encoding=None,
            line_editor=False,
            allow_scp=False,
            compression_algs=None,
            login_timeout=60,
        )
        self._ssh: asyncssh.SSHAcceptor | asyncio.Server | None = None
        self._api: asyncio.Server | None = None
        self._mode = "off"
        self._lock = asyncio.Lock()
        self._later: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Future[Any]] = set()
        self._api_factory: Any = None
        self._tls: ssl.SSLContext | None = None
        self.stopping = False
        switch.cut = self.hang_up

    def offer_api(self, factory: Any, tls: ssl.SSLContext) -> None:
        """Serve the HTTPS API from this protocol factory, while it is configured."""
        self._api_factory, self._tls = factory, tls

    def wanted(self) -> tuple[str, bool]:
        """What should listen. Shape: ``ssh``, ``hang`` or ``off``; and whether the API does."""
        switch = self.switch
        if self.stopping or not switch.up or switch.faults.unreachable or not switch.reachable:
            return "off", False
        if switch.faults.hang:
            return "hang", False
        return ("ssh" if switch.meaning.ssh else "off"), switch.meaning.eapi and self._api_factory is not None

    def look(self) -> None:
        """Something changed that may concern the listeners."""
        if self.switch.reachable or self.stopping:
            if self._later is not None:
                self._later.cancel()
                self._later = None
            mode, api = self.wanted()
            if mode != self._mode or api != (self._api is not None):
                self._spawn(self.apply())
        elif self._later is None:
            self._later = asyncio.get_running_loop().call_later(GRACE, self._lost)

    def _lost(self) -> None:
        self._later = None
        if not self.switch.reachable:
            self.hang_up()

    def hang_up(self) -> None:
        """Cut everybody off now, and listen as the switch's state says."""
        for connection in list(self.connections):
            connection.abort()
        self._spawn(self.apply())

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def apply(self) -> None:
        """Open and close listeners until they are as they should be."""
        async with self._lock:
            mode, api = self.wanted()
            facts = self.switch.facts
            if mode != self._mode:
                if self._ssh is not None:
                    self._ssh.close()
                    self._ssh = None
                if mode == "ssh":
                    self._ssh = await asyncssh.listen(
                        facts.host, facts.ssh_port, options=self._options, reuse_address=True
                    )
                elif mode == "hang":
                    loop = asyncio.get_running_loop()
                    self._ssh = await loop.create_server(
                        asyncio.Protocol, facts.host, facts.ssh_port, reuse_address=True
                    )
                self._mode = mode
            if api and self._api is None:
                loop = asyncio.get_running_loop()
                self._api = await loop.create_server(
                    self._api_factory, facts.host, facts.eapi_port, ssl=self._tls, reuse_address=True
                )
            elif not api and self._api is not None:
                self._api.close()
                self._api = None

    @property
    def listening(self) -> bool:
        """Whether its SSH server answers."""
        return self._mode == "ssh"

    async def settled(self) -> None:
        """Wait until the listeners are as they should be."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Close everything for good."""
        self.stopping = True
        for connection in list(self.connections):
            connection.abort()
        await self.apply()


class Login(asyncssh.SSHServer):
    """One connection to a switch, from its login on."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self._connection: asyncssh.SSHServerConnection | None = None
        self._user, self._privilege = "", 1

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember it, so that it can be cut."""
        self._connection = conn
        self.front.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        if self._connection is not None:
            self.front.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        """Everybody has to log in."""
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are what this equipment knows."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Against the accounts that are configured."""
        privilege = admit(self.front.switch, username, password)
        if privilege is None:
            return False
        self._user, self._privilege = username, privilege
        return True

    def session_requested(self) -> "Session":
        """A channel for a shell or a command."""
        return Session(self.front, self._user, self._privilege)


class Session(asyncssh.SSHServerSession[bytes]):
    """One channel: a shell, a single command, or SCP."""

    def __init__(self, front: Front, user: str, privilege: int) -> None:
        self._front = front
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
        self._front.sessions[self] = (self._user, time.time())

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone, from whichever side."""
        self._front.sessions.pop(self, None)
        if self._sink is not None:
            self._sink.end()
        if self._task is not None:
            self._task.cancel()

    def pty_requested(self, term_type: str, term_size: Any, term_modes: Any) -> bool:
        """Any terminal will do; its size is the session's own business."""
        return True

    def shell_requested(self) -> bool:
        """The command line."""
        return True

    def exec_requested(self, command: str) -> bool:
        """A single command, or SCP."""
        self._command = command
        return True

    def session_started(self) -> None:
        """Begin to serve."""
        try:
            self._begin()
        except Exception:
            log.exception("%s: the personality gave no session", self._front.switch.name)
            raise

    def _begin(self) -> None:
        switch = self._front.switch
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

    def eof_received(self) -> bool:
        """The user will type no more; what was asked for is still answered."""
        if self._sink is not None:
            self._sink.end()
        return True

    def _write(self, text: str) -> None:
        self._send(text.encode())

    def _send(self, data: bytes) -> None:
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write(data)

    async def _serve(self, terminal: Terminal) -> None:
        await terminal.run()

    async def _serve_scp(self, scp: Scp, arguments: list[str]) -> None:
        status = await scp.run(arguments)
        if self._channel is not None:
            self._channel.exit(status)

    async def _serve_command(self, command: str) -> None:
        shell = self._front.switch.personality.shell(self._user, self._privilege)
        shell.page = None
        try:
            reply = await obey(self._front.switch, shell, command)
        except HangUp:
            return
        self._write(reply.text if reply.text.endswith("\n") or not reply.text else reply.text + "\n")
        if self._channel is not None:
            self._channel.exit(0)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        """Close after the last word. A mistake in a personality is written to the lab's log, and hangs up."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s: the personality failed", self._front.switch.name, exc_info=error)
        if self._channel is not None and not self._channel.is_closing():
            self._channel.close()
            if isinstance(self._sink, Terminal):
                # Equipment ends the connection with its last session; clients wait for that.
                self._channel.get_connection().close()


class Server:
    """All the doors of the lab."""

    def __init__(self, switches: Iterable[Switch], keys: dict[str, asyncssh.SSHKey], tls: ssl.SSLContext) -> None:
        self.fronts = {switch.name: Front(switch, keys[switch.name]) for switch in switches}
        self._tls = tls
        self._runner: web.AppRunner | None = None
        self.opened = 0

    async def start(self) -> None:
        """Open every door, a few at a time so that progress can be seen."""
        apis = {
            (front.switch.facts.host): front.switch for front in self.fronts.values() if front.switch.personality.eapi
        }
        self._runner = web.AppRunner(application(apis, admit), access_log=None)
        await self._runner.setup()
        for front in self.fronts.values():
            if front.switch.personality.eapi:
                front.offer_api(self._runner.server, self._tls)
            await front.apply()
            self.opened += 1

    def heed(self, switches: Iterable[Switch]) -> None:
        """The datapath says that these may be reached differently now."""
        for switch in switches:
            front = self.fronts.get(switch.name)
            if front is not None:
                front.look()

    async def settled(self) -> None:
        """Wait until every door is as it should be."""
        await asyncio.gather(*(front.settled() for front in self.fronts.values()))

    async def stop(self) -> None:
        """Close every door."""
        await asyncio.gather(*(front.close() for front in self.fronts.values()))
        if self._runner is not None:
            await self._runner.cleanup()
