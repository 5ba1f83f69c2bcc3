"""The doors of every switch: SSH (command line, single commands, SCP) and the HTTPS API, on its own address."""

import asyncio
import hashlib
import ssl
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import asyncssh
from aiohttp import web

from lab.device.personality import Personality
from lab.device.switch import Switch
from lab.server.eapi import application
from lab.server.session import Login

# A short cut of the way to a switch does not end a TCP connection; one that lasts does.
GRACE = 1.5

_verified: dict[tuple[type[Personality], str, bytes], bool] = {}


def admit(switch: Switch, user: str, password: str) -> int | None:
    """The privilege of a user whose password is right, else None. The slow comparison is made once for each hash.

    Args:
        switch: where the user logs in.
        user: an account as it is configured there.
        password: in clear.
    """
    known = switch.meaning.users.get(user)
    if known is None or switch.faults.login:
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
        self._key = key
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self.sessions: dict[object, tuple[str, float]] = {}  # session: user, since
        self._options = asyncssh.SSHServerConnectionOptions(
            server_factory=lambda: Login(self),
            encoding=None,
            line_editor=False,
            allow_scp=False,
            compression_algs=None,
            login_timeout=60,
        )
        self._ssh: asyncssh.SSHAcceptor | asyncio.Server | None = None
        self._api: asyncio.Server | None = None
        self._mode, self._api_mode = "off", "off"
        self._silent: set[asyncio.BaseTransport] = set()  # connections to a switch that hangs
        self._lock = asyncio.Lock()
        self._later: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Future[Any]] = set()
        self._api_factory: Any = None
        self._tls: Callable[[str], ssl.SSLContext] | None = None
        self.stopping = False
        switch.cut, switch.freeze = self.hang_up, self.freeze

    def offer_api(self, factory: Any, tls: Callable[[str], ssl.SSLContext]) -> None:
        """Serve the HTTPS API from this protocol factory, while it is configured."""
        self._api_factory, self._tls = factory, tls

    def admit(self, user: str, password: str) -> int | None:
        """The privilege of a user whose password is right, else None."""
        return admit(self.switch, user, password)

    def wanted(self) -> tuple[str, str]:
        """What SSH and the API should do: ``off``, ``on``, ``swapped`` (with a key of another) or ``hang``."""
        switch = self.switch
        if self.stopping or not switch.reachable:
            return "off", "off"
        doors = switch.faults.doors
        open_ = "hang" if doors.hang else "swapped" if doors.new_key else "on"
        api = switch.meaning.eapi and self._api_factory is not None
        return (open_ if switch.meaning.ssh else "off"), (open_ if api else "off")

    def look(self) -> None:
        """Something changed that may concern the listeners."""
        if self.switch.reachable or self.stopping:
            if self._later is not None:
                self._later.cancel()
                self._later = None
            if self.wanted() != (self._mode, self._api_mode):
                self._spawn(self.apply())
        elif self._later is None:
            self._later = asyncio.get_running_loop().call_later(GRACE, self._lost)

    def _lost(self) -> None:
        self._later = None
        if not self.switch.reachable:
            self.hang_up()

    def hang_up(self) -> None:
        """Cut everybody off now, and listen as the switch's state says."""
        self._abort()
        self._spawn(self.apply())

    def freeze(self) -> None:
        """Answer nobody any more: who is connected stays so, and hears nothing."""
        for connection in self.connections:
            connection.data_received = _unheard
        self._spawn(self.apply())

    def _abort(self) -> None:
        for connection in list(self.connections):
            connection.abort()
        for transport in self._silent:
            transport.close()
        self._silent.clear()

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def apply(self) -> None:
        """Open and close listeners until they are as they should be."""
        async with self._lock:
            ssh, api = self.wanted()
            if ssh != self._mode:
                self._mode = "off"
                if self._ssh is not None:
                    self._ssh.close()
                self._ssh = await self._open_ssh(ssh)
                self._mode = ssh
            if api != self._api_mode:
                self._api_mode = "off"
                if self._api is not None:
                    self._api.close()
                self._api = await self._open_api(api)
                self._api_mode = api

    async def _open_ssh(self, mode: str) -> asyncssh.SSHAcceptor | asyncio.Server | None:
        facts = self.switch.facts
        if mode == "off":
            return None
        if mode == "hang":
            return await self._listen(lambda: Silent(self._silent), facts.ssh_port)
        return await asyncssh.listen(
            facts.host,
            facts.ssh_port,
            options=self._options,
            server_host_keys=[self._swapped if mode == "swapped" else self._key],
            reuse_address=True,
        )

    async def _open_api(self, mode: str) -> asyncio.Server | None:
        port = self.switch.facts.eapi_port
        if mode == "off":
            return None
        if mode == "hang":
            return await self._listen(lambda: Silent(self._silent), port)
        name = f"{self.switch.name} swapped" if mode == "swapped" else self.switch.name
        return await self._listen(self._api_factory, port, self._tls(name) if self._tls else None)

    async def _listen(self, factory: Any, port: int, tls: ssl.SSLContext | None = None) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(factory, self.switch.facts.host, port, ssl=tls, reuse_address=True)

    @cached_property
    def _swapped(self) -> asyncssh.SSHKey:
        """The key of the switch that stands there instead (fault ``new-key``)."""
        return asyncssh.generate_private_key("ssh-ed25519")

    @property
    def listening(self) -> bool:
        """Whether its SSH server answers."""
        return self._mode in ("on", "swapped")

    async def settled(self) -> None:
        """Wait until the listeners are as they should be."""
        while self._tasks:
            await asyncio.gather(*self._tasks)
            # Python 3.13's gather gives nobody else a turn if all are done, and it takes one to discard them.
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Close everything for good."""
        self.stopping = True
        self._abort()
        await self.apply()


class Silent(asyncio.Protocol):
    """A connection that is taken and never answered. Args: where it is remembered, so that it can be closed."""

    def __init__(self, known: set[asyncio.BaseTransport]) -> None:
        self._known = known

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember it."""
        self._known.add(transport)


def _unheard(data: bytes, datatype: Any = None) -> None:
    """What arrives at a switch that hangs."""


class Server:
    """All the doors of the lab."""

    def __init__(
        self, switches: Iterable[Switch], keys: dict[str, asyncssh.SSHKey], tls: Callable[[str], ssl.SSLContext]
    ) -> None:
        self.fronts = {switch.name: Front(switch, keys[switch.name]) for switch in switches}
        self._tls = tls
        self._runner: web.AppRunner | None = None
        self.opened = 0

    async def start(self) -> None:
        """Open every door, a few at a time so that progress can be seen."""
        apis = {
            (front.switch.facts.host): front.switch for front in self.fronts.values() if front.switch.personality.eapi
        }
        self._runner = web.AppRunner(application(apis, admit), access_log=None, shutdown_timeout=1.0)
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
