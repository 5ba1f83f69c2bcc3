"""A command line over SSH in an event loop, for reading: login, host key, prompt, one command after another."""

import asyncio
import logging
import re
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import asyncssh
from paramiko import PKey  # type: ignore[import-untyped]

from nornir_tasks.core.bounds import ANSWER_BYTES, LOGIN_BYTES, AnswerTooLong, format_bytes
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.language import mark, translate
from nornir_tasks.core.logging import Transcript
from nornir_tasks.platforms.common.login_fault import LoginError, LoginFault
from nornir_tasks.platforms.common.reading import Allowlist, Answers, Login, Reader
from nornir_tasks.platforms.common.ssh_algorithms import make_options
from nornir_tasks.platforms.common.tcp import open_tcp, wait_for_life
from nornir_tasks.trust.host_keys import KnownHosts, format_key

logging.getLogger("asyncssh").setLevel(logging.CRITICAL)  # it writes what fails to its log before it raises it

TERMINAL = ("vt100", (511, 1000))  # type, columns and rows: nothing is broken or paged within them
PROMPT = re.compile(r"(?:\A|[\r\n])(?P<name>[\w.()-]+)(?P<end>[#>]) ?\Z")
# The escapes of a ProCurve: the cursor's places and colours; one of them stands for a line's end.
NEXT_LINE = "\x1bE"
ESCAPE = re.compile(r"\x1b(?:\[[\d;?]*[A-Za-z]|[=>78])")
HUNG_UP = mark("the switch hung up")
CLOSE_SECONDS = 0.3
TAIL = 400  # characters at the end of what came, among which the prompt is sought


@dataclass(frozen=True)
class Dialogue:
    """How a platform's command line is prepared and read.

    Args:
        greeting: a regular expression: at what a return is asked for before there is a prompt; empty: nothing is.
        prepare: commands for a session whose answers come without pages.
    """

    allowlist: Allowlist
    prepare: tuple[str, ...]
    greeting: str = ""


class SshReader(Reader):
    """A command line. The platform gives it its ``session``."""

    def __init__(self, address: str, dialogue: Dialogue, transcript: Transcript) -> None:
        """Args: ``address``: with its port, for errors."""
        self.answers = Answers()
        self._address, self._dialogue, self._transcript = address, dialogue, transcript
        self._shell = _Shell(transcript)
        self._stack = AsyncExitStack()
        self._prompt = ""

    async def open(self, login: Login) -> None:
        """Log in, and prepare the command line.

        Raises:
            HostKeyUnknown, HostKeyChanged: the password was not sent.
            LoginError: there is no answer, or the login is refused.
        """
        try:
            await self._log_in(login)
        except BaseException:
            await self.close()
            raise

    async def _log_in(self, login: Login) -> None:
        endpoint, account = login.endpoint, login.account
        keys = find_keys(login.known_hosts, endpoint.host, endpoint.ssh_port)
        client = _Client(account.password, keys)
        self._shell.user = account.name
        words = translate("{address}: no connection as {account}", address=self._address, account=repr(account.name))
        try:
            tcp = await open_tcp(endpoint.host, endpoint.ssh_port, login.seconds)
            try:
                await wait_for_life(tcp, login.seconds)
                await self._stack.enter_async_context(login.slot)
            except BaseException:
                tcp.close()
                raise
            async with asyncio.timeout(login.seconds):
                connection, _ = await asyncssh.create_connection(
                    lambda: client,
                    sock=tcp,
                    options=make_options(tuple(key.get_name() for key in keys)),
                    username=account.name,
                )
                self._stack.push_async_callback(_close, connection)
                channel, _ = await connection.create_session(
                    lambda: self._shell,
                    term_type=TERMINAL[0],
                    term_size=TERMINAL[1],
                    encoding="utf-8",
                    errors="replace",
                )
                self._shell.channel = channel
                await self._prepare(account.password)
        except asyncssh.PermissionDenied:
            values = {"address": self._address, "account": repr(account.name)}
            message = translate("{address}: login as {account} was refused", **values)
            raise LoginError(message, LoginFault.WRONG_PASSWORD) from None
        except asyncssh.HostKeyNotVerifiable as error:
            if client.shown is None:
                raise LoginError(f"{words}: {error.reason}", LoginFault.OTHER) from None
            expected = ", ".join(map(format_key, keys))
            raise login.known_hosts.make_changed_error(self._address, expected, _format_key(client.shown)) from None
        except TimeoutError as error:
            raise LoginError(f"{words}: {describe_silence(login.seconds)}", LoginFault.HANGS) from error
        except (asyncssh.ConnectionLost, ConnectionError, EOFError) as error:
            reason = translate("it hung up during the login")
            raise LoginError(f"{words}: {reason}", LoginFault.BROKEN) from error
        except asyncssh.Error as error:
            raise LoginError(f"{words}: {error.reason}", LoginFault.OTHER) from error
        except OSError as error:
            raise LoginError.of(f"{words}: {error}", error) from error

    async def _prepare(self, password: str) -> None:
        """Up to the prompt of a session that may read everything, without pages."""
        shell, prompt = self._shell, PROMPT.pattern
        if self._dialogue.greeting:
            text = await shell.read(re.compile(rf"{self._dialogue.greeting}|{prompt}"))
            if not PROMPT.search(text):
                shell.write("\n")
                text = await shell.read(PROMPT)
        else:
            text = await shell.read(PROMPT)
        if not text.rstrip().endswith("#"):
            text = await self._raise_privilege(password)
        for command in self._dialogue.prepare:
            # A banner may end like a prompt: what stands behind the first answer is one.
            text = await self._send(command, PROMPT)
        match = PROMPT.search(text)
        if match is None or match["end"] != "#":
            raise LoginError(
                translate("{address}: expected the prompt of an administrator", address=self._address), LoginFault.OTHER
            )
        self._prompt = match["name"] + match["end"]
        shell.limit = ANSWER_BYTES

    async def _raise_privilege(self, password: str) -> str:
        shell = self._shell
        asks = re.compile(rf"(?i:password|username|login|user name)[^\r\n]*: ?\Z|{PROMPT.pattern}")
        text = await self._send("enable", asks)
        if re.search(r"(?i)(?:username|login|user name)[^\r\n]*: ?\Z", text):
            shell.write(f"{self._shell.user}\n")
            text = await shell.read(asks)
        if re.search(r"(?i)password[^\r\n]*: ?\Z", text):
            shell.write(f"{password}\n")
            text = await shell.read(PROMPT)
        return text

    async def _send(self, command: str, end: re.Pattern[str] | str) -> str:
        """The answer to a command, with its echo and what ends it."""
        self._dialogue.allowlist.require(command)
        self._transcript.log_sent(f"{command}\n")
        self._shell.write(f"{command}\n")
        return await self._shell.read(end, command)

    async def ask(self, commands: Sequence[str]) -> None:
        """Send commands, one after another, and keep their answers."""
        for command in commands:
            try:
                self._dialogue.allowlist.require(command)
            except PlatformError as error:
                self.answers.errors[command] = error
                continue
            try:
                text = await self._send(command, self._prompt)
            except (asyncssh.Error, EOFError, OSError) as error:
                reason = error.reason if isinstance(error, asyncssh.Error) else str(error)
                raise PlatformError(f"{self._address}: {command}: {reason or translate(HUNG_UP)}") from error
            self.answers.texts[command] = _strip_frame(text, command)

    async def close(self) -> None:
        """Hang up."""
        self._transcript.flush()
        with suppress(asyncssh.Error, OSError):
            await self._stack.aclose()


def describe_silence(seconds: float) -> str:
    """What is told of a switch that hangs."""
    return translate("it takes connections and says nothing for {seconds} s", seconds=f"{seconds:g}")


async def _close(connection: asyncssh.SSHClientConnection) -> None:
    """End a connection; a switch that does not answer any more is not waited for."""
    connection.close()
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await connection.wait_closed()
    except (asyncssh.Error, OSError):  # a TimeoutError is one
        connection.abort()


def _strip_frame(text: str, command: str) -> str:
    """An answer without the echo in front and the prompt behind, lines ended by line feeds alone."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip().endswith(command)), -1) + 1
    return "\n".join(lines[first:-1])


class _Shell(asyncssh.SSHClientSession[str]):
    """A channel's text, as far as it has come."""

    channel: asyncssh.SSHClientChannel[str] | None = None
    user = ""
    limit = LOGIN_BYTES

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._parts: list[str] = []
        self._tail, self._count = "", 0
        self._command, self._is_echoed = "", True
        self._end: re.Pattern[str] | str = ""
        self._waiter: asyncio.Future[None] | None = None
        self._failure: Exception | None = None

    def write(self, text: str) -> None:
        """Type."""
        self._parts, self._tail, self._count, self._is_echoed = [], "", 0, True
        if self.channel is not None and not self.channel.is_closing():
            self.channel.write(text)

    async def read(self, end: re.Pattern[str] | str, command: str = "") -> str:
        """All that has come since the last line was typed, once it ends so.

        Args:
            end: the end of it: a prompt as it is, or what matches.
            command: whose echo comes before; empty: nothing is echoed.

        Raises:
            EOFError: the switch hung up.
            AnswerTooLong: the bound was passed.
        """
        self._end, self._command, self._is_echoed = end, command, not command
        if not self._has_ended():
            if self._failure is not None:
                raise self._failure
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        text = "".join(self._parts)
        return _strip_escapes(text) if "\x1b" in text else text

    def _has_ended(self) -> bool:
        tail = _strip_escapes(self._tail) if "\x1b" in self._tail else self._tail
        # What was typed may overtake the prompt that it was typed at.
        self._is_echoed = self._is_echoed or self._command in tail
        if not self._is_echoed:
            return False
        if isinstance(self._end, re.Pattern):
            return self._end.search(tail) is not None
        tail = tail.rstrip(" ")
        return tail.endswith(self._end) and tail[-len(self._end) - 1 : -len(self._end)] in ("\n", "\r")

    def data_received(self, data: str, datatype: asyncssh.DataType) -> None:
        """Keep what came."""
        self._transcript.log_received(data)
        self._parts.append(data)
        self._count += len(data)
        self._tail = (self._tail + data)[-TAIL:]
        if self._count > self.limit:
            words = f"in answer to {self._command!r}" if self._command else "before the login was through"
            self._fail(AnswerTooLong(f"more than {format_bytes(self.limit)} {words}; the session was ended"))
            if self.channel is not None:
                self.channel.abort()
        elif self._waiter is not None and not self._waiter.done() and self._has_ended():
            self._waiter.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the one who waits."""
        self._fail(EOFError(translate(HUNG_UP)))

    def _fail(self, failure: Exception) -> None:
        self._failure = self._failure or failure
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(self._failure)


def _strip_escapes(text: str) -> str:
    return ESCAPE.sub("", text.replace(NEXT_LINE, "\n"))


class _Client(asyncssh.SSHClient):
    """The login: the expected key, then the password, once. ``shown``: the key that was not expected."""

    def __init__(self, password: str, keys: Sequence[PKey]) -> None:
        self._password, self._keys = password, keys
        self._is_sent = False
        self.shown: asyncssh.SSHKey | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Whether the key is the known one."""
        if any(key.public_data == known.asbytes() for known in self._keys):
            return True
        self.shown = key
        return False

    def password_auth_requested(self) -> str | None:
        """The password; not a second time."""
        return self._send_password()

    def kbdint_auth_requested(self) -> str | None:
        """Asked in questions only where the switch takes no password otherwise."""
        return None if self._is_sent else ""

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        """The password to one question; to more there is no answer."""
        if not prompts:
            return []
        password = self._send_password() if len(prompts) == 1 else None
        return None if password is None else [password]

    def _send_password(self) -> str | None:
        password, self._is_sent = None if self._is_sent else self._password, True
        return password


def find_keys(known_hosts: KnownHosts, host: str, port: int) -> tuple[PKey, ...]:
    """The keys that are known for an address.

    Raises:
        HostKeyUnknown: there are none, or the file is no file of known hosts.
    """
    keys = known_hosts.find_keys(host, port)
    if not keys:
        raise known_hosts.make_unknown_error(host, port)
    return keys


def _format_key(key: asyncssh.SSHKey) -> str:
    return f"{key.get_algorithm()} {key.get_fingerprint()}"
