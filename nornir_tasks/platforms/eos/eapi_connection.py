"""eAPI in an event loop: requests of several commands, over one connection as long as the switch keeps it."""

import asyncio
import base64
import io
import json
import ssl
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPMessage, parse_headers
from typing import Any, Literal

from nornir_tasks.core.bounds import ANSWER_BYTES, LOGIN_BYTES, AnswerTooLong, format_bytes
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.common.reading import Allowlist, Login
from nornir_tasks.platforms.common.tcp import open_tcp

UNAUTHORIZED = 401


class RefusedCommand(PlatformError):
    """The switch refused a command of a request. ``place``: which, from 0; those behind it were not carried out."""

    def __init__(self, place: int, words: str) -> None:
        super().__init__(words)
        self.place = place


class WrongPassword(PlatformError):
    """The switch does not let this account in."""


class EapiConnection:
    """A connection to a switch's eAPI."""

    def __init__(self, login: Login, context: ssl.SSLContext, allowlist: Allowlist) -> None:
        self._login, self._context, self._allowlist = login, context, allowlist
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        account = f"{login.account.name}:{login.account.password}"
        self._authorization = base64.b64encode(account.encode()).decode()

    async def open(self) -> None:
        """Connect, and see that it is the expected switch; nothing is said yet.

        Raises:
            CannotConnect: there is no connection.
            TimeoutError: a connection stands, and nothing is said on it.
            OSError: it broke; ``certificates.OtherCertificate``: another switch.
        """
        endpoint, seconds = self._login.endpoint, self._login.seconds
        tcp = await open_tcp(endpoint.host, endpoint.eapi_port, seconds)
        try:
            async with asyncio.timeout(seconds):
                self._reader, self._writer = await asyncio.open_connection(
                    sock=tcp, ssl=self._context, server_hostname="", limit=LOGIN_BYTES
                )
        except BaseException:
            tcp.close()
            raise

    async def run(self, commands: Sequence[str], form: Literal["json", "text"]) -> list[dict[str, Any]]:
        """The answers to commands, in their order.

        Args:
            commands: carried out up to the first that is refused.
            form: of the answers.

        Raises:
            RefusedCommand: one was refused.
            WrongPassword: the account is not let in.
            PlatformError: a command may not be sent, or the answer is none of eAPI.
            OSError, EOFError: the connection broke.
        """
        for command in commands:
            self._allowlist.require(command)
            self._login.transcript.log_sent(command)
        cmds = ["enable", *commands]
        parameters = {"version": 1, "cmds": cmds, "format": form}
        question = {"jsonrpc": "2.0", "method": "runCmds", "params": parameters, "id": "fellesdrift"}
        status, body = await self._post(json.dumps(question).encode())
        if status == UNAUTHORIZED:
            raise WrongPassword("401 Unauthorized")
        try:
            answer = json.loads(body)
            if "error" in answer:
                raise _read_refusal(answer["error"], len(cmds))
            results: list[dict[str, Any]] = answer["result"][1:]
            if len(results) != len(commands):
                raise ValueError(f"{len(results)} answers to {len(commands)} commands")
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            words = f"the answer could not be read, it came in part or in an unexpected form ({error})"
            raise PlatformError(words if status == 200 else f"HTTP status {status}") from error
        for result in results:
            self._login.transcript.log_received(result["output"] if set(result) == {"output"} else json.dumps(result))
            self._login.transcript.flush()
        return results

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        if self._writer is None or self._reader is None or self._writer.is_closing():
            await self.open()
        assert self._writer is not None
        assert self._reader is not None
        host = f"{self._login.endpoint.host}:{self._login.endpoint.eapi_port}"
        self._writer.write(
            f"POST /command-api HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {self._authorization}\r\n"
            f"Content-Type: application/json-rpc\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        await self._writer.drain()
        try:
            status, _, rest = (await self._reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")
            headers = parse_headers(io.BytesIO(rest))
            answer = await self._read_body(headers)
            code = int(status.split()[1])
        except asyncio.LimitOverrunError:
            raise AnswerTooLong(f"more than {format_bytes(LOGIN_BYTES)} of headers") from None
        except (LookupError, ValueError) as error:
            raise PlatformError("expected an answer of HTTP") from error
        if headers.get("Connection", "").lower() == "close":
            await self.close()
        return code, answer

    async def _read_body(self, headers: HTTPMessage) -> bytes:
        assert self._reader is not None
        if headers.get("Transfer-Encoding", "").lower() == "chunked":
            return await self._read_chunks()
        if length := headers.get("Content-Length"):
            _require_bound(int(length))
            return await self._reader.readexactly(int(length))
        body = b""
        while part := await self._reader.read(LOGIN_BYTES):
            body += part
            _require_bound(len(body))
        return body

    async def _read_chunks(self) -> bytes:
        assert self._reader is not None
        body = bytearray()
        while size := int((await self._reader.readuntil(b"\r\n")).partition(b";")[0], 16):
            _require_bound(len(body) + size)
            body += await self._reader.readexactly(size)
            await self._reader.readexactly(2)
        while await self._reader.readuntil(b"\r\n") != b"\r\n":
            pass  # headers behind the last chunk
        return bytes(body)

    async def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.transport.abort()
            with suppress(OSError):
                await self._writer.wait_closed()


def _require_bound(count: int) -> None:
    if count > ANSWER_BYTES:
        raise AnswerTooLong(f"more than {format_bytes(ANSWER_BYTES)} in an answer")


def _read_refusal(error: dict[str, Any], count: int) -> PlatformError:
    """What eAPI says of a command that it refused; the first of its commands is ``enable``."""
    data = error.get("data") or []
    last = data[-1] if data and isinstance(data[-1], dict) else {}
    words = "; ".join(str(each) for each in last.get("errors", ())) or str(error.get("message", "refused"))
    place = len(data) - 2
    return RefusedCommand(place, words) if 0 <= place < count - 1 else PlatformError(words)
