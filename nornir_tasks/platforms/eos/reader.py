"""A login to an EOS switch that only reads, in an event loop: over eAPI, many commands a request, else over SSH."""

import json
import os
import re
import ssl
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, Literal

from nornir_tasks.core.bounds import AnswerTooLong
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.language import translate
from nornir_tasks.platforms.common.login_fault import LoginError, LoginFault
from nornir_tasks.platforms.common.reading import Allowlist, Answers, Login, Reader, ReadOnlySession
from nornir_tasks.platforms.common.ssh_reader import HUNG_UP, Dialogue, SshReader, describe_silence, find_keys
from nornir_tasks.platforms.eos.ca_file import make_tls_context
from nornir_tasks.platforms.eos.eapi_connection import EapiConnection, RefusedCommand, WrongPassword
from nornir_tasks.platforms.eos.health import HEALTH_COMMANDS
from nornir_tasks.platforms.eos.readings import EosReadings
from nornir_tasks.trust import certificates

ADDRESS, JSON_TOO = r"[\d.]+", r"( \| json)?"
JSON = " | json"  # as EOS's command line has it; over eAPI the form is the request's
ALLOWLIST = Allowlist.of(
    "eos",
    (
        r"show (running-config|startup-config)",
        r"show (version|lldp neighbors|interfaces|arp vrf all)( \| json)?",
        *(
            re.escape(command).replace(re.escape("{address}"), ADDRESS) + JSON_TOO
            for command in HEALTH_COMMANDS.values()
        ),
        r"ping [\d.]+ timeout 1 size 100 repeat 2( source [\d.]+)?",
        r"enable|terminal (width 511|length 0)",
    ),
)
DIALOGUE = Dialogue(ALLOWLIST, prepare=("terminal width 511", "terminal length 0"))
REFUSAL = re.compile(r"\s*% ")  # at the command line; eAPI has a code
SLOW_SECONDS = 1.0  # for one command: from a switch that needs more, many would come too late together
BROKEN = (OSError, EOFError)  # TLS's errors are among them


class EosAnswers(ReadOnlySession, EosReadings):
    """A session that answers from what was read."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def _show(self, command: str, action: str) -> str:
        try:
            text = self._answers.get(command)
            if REFUSAL.match(text):
                raise RefusedCommand(0, text.strip())
        except PlatformError as error:
            raise PlatformError(f"{action}: {error}") from error
        return text

    def _is_not_told(self, error: PlatformError) -> bool:
        return isinstance(error.__cause__, RefusedCommand)

    def _show_json(self, command: str, action: str) -> dict[str, Any]:
        try:
            reply = json.loads(self._show(command + JSON, action))
        except (ValueError, RecursionError) as error:
            reason = translate("the answer is no JSON, or nested too deep to be read")
            raise PlatformError(f"{action}: {reason}") from error
        if not isinstance(reply, dict):
            raise PlatformError(f"{action}: " + translate("expected an object in JSON"))
        return reply

    def facts(self) -> dict[str, object]:
        """Refuse: NAPALM reads them, over a connection of its own."""
        raise PlatformError(translate("model and serial number are not read here"))

    def mac_table(self) -> list[tuple[str, int, str]]:
        """Refuse, as ``facts``."""
        raise PlatformError(translate("the MAC table is not read here"))


class EapiReader(Reader):
    """A login over eAPI."""

    def __init__(self, login: Login, context: ssl.SSLContext) -> None:
        self.answers = Answers()
        self.session = EosAnswers(self.answers)
        self._login = login
        self._connection = EapiConnection(login, context, ALLOWLIST)
        self._stack = AsyncExitStack()
        self._is_slow = False

    async def open(self) -> None:
        """Connect, and log in with the first request.

        Raises:
            LoginError, HostKeyChanged: as ``open_reader``.
            OSError, EOFError: eAPI does not answer as such.
        """
        try:
            await self._connection.open()
            await self._stack.enter_async_context(self._login.slot)
            began = time.monotonic()
            (version,) = await self._connection.run(["show version"], "json")
            self.answers.texts["show version" + JSON] = json.dumps(version)
            self._is_slow = time.monotonic() - began > SLOW_SECONDS
        except BaseException:
            await self.close()
            raise

    async def ask(self, commands: Sequence[str]) -> None:
        """Send commands, those of one form in one request, and keep their answers."""
        await self._ask([command for command in commands if not command.endswith(JSON)], "text")
        await self._ask([command for command in commands if command.endswith(JSON)], "json")

    async def _ask(self, commands: Sequence[str], form: Literal["json", "text"]) -> None:
        left = list(commands)
        while left:
            batch = left[:1] if self._is_slow else left[:]
            try:
                results = await self._connection.run([command.removesuffix(JSON) for command in batch], form)
            except RefusedCommand as error:
                self.answers.errors[left.pop(error.place)] = error
            except BROKEN as error:
                raise PlatformError(f"{left[0]}: {str(error) or translate(HUNG_UP)}") from error
            else:
                del left[: len(batch)]
                for command, result in zip(batch, results, strict=True):
                    text = str(result.get("output", "")) if form == "text" else json.dumps(result)
                    self.answers.texts[command] = text

    async def close(self) -> None:
        """Hang up."""
        await self._connection.close()
        await self._stack.aclose()


async def open_reader(login: Login) -> Reader:
    """A login over eAPI if its certificate is known and it answers, else over SSH.

    Raises:
        HostKeyUnknown, HostKeyChanged: the password was not sent.
        LoginError: neither answers, or the login is refused.
    """
    endpoint = login.endpoint
    find_keys(login.known_hosts, endpoint.host, endpoint.ssh_port)  # who is not known is not talked to over eAPI either
    context = login.known_hosts.make_tls_context(endpoint.host, endpoint.eapi_port) or make_tls_context(
        os.environ.get("FELLESDRIFT_EOS_CA")
    )
    if context is not None:
        reader = EapiReader(login, context)
        try:
            await reader.open()
        except WrongPassword as error:
            raise LoginError(_describe_failure(error), LoginFault.WRONG_PASSWORD) from None
        except TimeoutError as error:
            raise LoginError(_describe_failure(describe_silence(login.seconds)), LoginFault.HANGS) from error
        except (AnswerTooLong, ssl.SSLCertVerificationError) as error:
            raise LoginError.of(_describe_failure(error), error) from error
        except BROKEN as error:
            if mismatch := certificates.find_mismatch(error):
                address = f"{endpoint.host}:{endpoint.eapi_port}"
                raise login.known_hosts.make_changed_error(address, mismatch.expected, mismatch.actual) from None
        except PlatformError as error:
            raise LoginError(_describe_failure(error), LoginFault.OTHER) from error
        else:
            return reader
    shell = SshReader(f"{endpoint.host}:{endpoint.ssh_port}", DIALOGUE, login.transcript)
    shell.session = EosAnswers(shell.answers)
    await shell.open(login)
    return shell


def _describe_failure(reason: object) -> str:
    return translate("login over eAPI failed: {reason}", reason=reason)
