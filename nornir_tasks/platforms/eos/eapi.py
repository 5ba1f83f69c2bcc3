"""pyeapi's connection over HTTPS, with a bound on what one answer may hold, and on how long it may come.

What counts is what http.client hands on: it unpacks nothing (no request of ours offers to take gzip), so that a small
answer cannot become a large one.
"""

import io
import json
import time
from functools import partial
from http.client import HTTPResponse
from typing import Any

from pyeapi.eapilib import ConnectionError, HttpsEapiConnection

from nornir_tasks.core.bounds import ANSWER_BYTES, ANSWER_SECONDS, AnswerTooLong, format_bytes
from nornir_tasks.platforms.eos import secrets as eos_secrets


class _BoundedReader(io.RawIOBase):
    """What a connection sends: status line, headers and body. ``commands``: what it answers, for an error."""

    def __init__(self, raw: io.RawIOBase, commands: str) -> None:
        self._raw, self._commands, self._count, self._deadline = raw, commands, 0, 0.0

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what has come.

        Raises:
            AnswerTooLong: that, with what came before it, is over the bound.
        """
        count = self._raw.readinto(buffer)
        self._count += count or 0
        self._deadline = self._deadline or time.monotonic() + ANSWER_SECONDS
        if self._count > ANSWER_BYTES:
            raise AnswerTooLong(f"more than {format_bytes(ANSWER_BYTES)} in answer to {self._commands}")
        if time.monotonic() > self._deadline:
            raise AnswerTooLong(f"the answer to {self._commands} still comes after {ANSWER_SECONDS:g} s")
        return count

    def close(self) -> None:
        """Close the connection's side of it."""
        self._raw.close()
        super().close()


class _BoundedResponse(HTTPResponse):
    """A response that is read through a ``_BoundedReader``."""

    def __init__(self, commands: str, sock: Any, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        self.fp = io.BufferedReader(_BoundedReader(self.fp.detach(), commands))


class BoundedConnection(HttpsEapiConnection):
    """eAPI over HTTPS."""

    def send(self, data: str) -> Any:
        """The answer to a request.

        Raises:
            ConnectionError: pyeapi's own: no answer, or one that is too long, or nested too deep to be read.
        """
        self.transport.response_class = partial(_BoundedResponse, _name_commands(data))
        try:
            return super().send(data)
        except RecursionError:
            raise ConnectionError(str(self), "the answer is nested too deep to be read") from None


def _name_commands(data: str) -> str:
    """The commands of a request, for people: the lines of a configuration by their number alone."""
    texts = [line["cmd"] if isinstance(line, dict) else line for line in json.loads(data)["params"]["cmds"]]
    asked = [text for text in texts if text != "enable"]
    if len(asked) == 1:
        return repr(eos_secrets.mask(asked[0])[0].strip())
    return f"{len(asked)} commands"
