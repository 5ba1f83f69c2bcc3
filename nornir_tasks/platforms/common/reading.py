"""Reading without waiting: a session that answers from what the device has said, and names what it has yet to be asked.

A fact is read by calling a session. Where the answer to a command is not there yet, ``Unanswered`` leaves the fact; the
command is sent, and the fact is read again. So many devices are read in one thread, what several facts need is sent
once, and the sessions' own parsers serve both ways of reading.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from nornir_tasks.core.errors import FellesdriftError, PlatformError, describe_error
from nornir_tasks.core.language import translate
from nornir_tasks.core.logging import Transcript
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms.common.base import LoginAccount, PreparedChange, Session, refuse_writes
from nornir_tasks.trust.host_keys import KnownHosts


class Unanswered(BaseException):
    """No error: the device has not been asked this yet. Not an ``Exception``, so that no fact's reading catches it."""

    def __init__(self, *commands: str) -> None:
        super().__init__(*commands)
        self.commands = commands


@dataclass(frozen=True)
class Allowlist:
    """All that a reading may send, as regular expressions for whole commands; passwords that are asked for apart."""

    platform: str
    patterns: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, platform: str, patterns: Iterable[str]) -> "Allowlist":
        """An allowlist of a platform.

        Args:
            platform: its name, for an error.
            patterns: regular expressions.
        """
        return cls(platform, tuple(re.compile(pattern) for pattern in patterns))

    def require(self, command: str) -> None:
        """Return if a command may be sent.

        Raises:
            PlatformError: it may not; nothing was sent.
        """
        if not any(pattern.fullmatch(command) for pattern in self.patterns):
            raise PlatformError(
                translate(
                    "{command}: expected a command that only reads ({platform}); nothing was sent of it",
                    command=repr(command),
                    platform=self.platform,
                )
            )


@dataclass
class Answers:
    """What a device has answered, by command: a text, or why there is none."""

    texts: dict[str, str] = field(default_factory=dict)
    errors: dict[str, PlatformError] = field(default_factory=dict)

    def get(self, command: str) -> str:
        """The answer to a command.

        Raises:
            Unanswered: it has not been sent yet.
            PlatformError: the device did not take it.
        """
        if command in self.texts:
            return self.texts[command]
        if command in self.errors:
            raise self.errors[command]
        raise Unanswered(command)


class ReadOnlySession(Session):
    """The half of a session that would change the device: none of it is sent, whatever the permit says."""

    def push(self, change: PreparedChange, revert_seconds: int) -> None:
        """Refuse, as do all of these."""
        refuse_writes()

    def pending(self) -> bool:
        """Refuse: whether a change waits is asked by who may end it."""
        raise PlatformError(translate("this session does not ask whether a change waits"))

    def confirm(self) -> None:
        """Refuse."""
        refuse_writes()

    def revert(self, before: str) -> None:
        """Refuse."""
        refuse_writes()

    def save(self) -> None:
        """Refuse."""
        refuse_writes()

    def lower_links(self, ports: Sequence[str], *, going_back: bool = False) -> None:
        """Refuse."""
        refuse_writes()

    def raise_links(self, ports: Sequence[str], *, going_back: bool = False) -> None:
        """Refuse."""
        refuse_writes()

    def close(self) -> None:
        """Nothing: who reads closes the connection."""


@dataclass(frozen=True)
class Login:
    """All that a login needs.

    Args:
        endpoint: where the device is at its stage.
        account: of its stage.
        seconds: for the connection, for the first sign of life, and for the login.
        slot: entered once the device has shown a sign of life, and left with the connection: a place among the
            sessions that its line carries. A dead device keeps none.
    """

    endpoint: Endpoint
    account: LoginAccount
    known_hosts: KnownHosts
    transcript: Transcript
    seconds: float
    slot: AbstractAsyncContextManager[object]


class Reader(ABC):
    """A login that only reads. ``session`` answers from what was read so far."""

    session: Session

    @abstractmethod
    async def ask(self, commands: Sequence[str]) -> None:
        """Send commands, and keep their answers for the session.

        Raises:
            PlatformError: the connection is lost; a command that is refused alone is an answer.
        """

    @abstractmethod
    async def close(self) -> None:
        """Hang up; never raises."""


@dataclass(frozen=True)
class Reading:
    """What a question came to: a value, or why there is none. May hold secrets: never print the value."""

    value: object = None
    error: str = ""

    def __repr__(self) -> str:
        return f"Reading(error={self.error!r})"


async def answer_questions(
    reader: Reader, questions: Sequence[Callable[[Session], object]], readings: dict[int, Reading]
) -> None:
    """Ask until each question has its reading.

    Args:
        reader: logged in.
        questions: each reads something of a session, and may be called several times.
        readings: by the question's number; filled as they come, so that they outlast an error.

    Raises:
        PlatformError: the connection is lost.
    """
    try:
        while commands := read_answered(reader.session, questions, readings):
            await reader.ask(commands)
    finally:
        read_answered(reader.session, questions, readings)  # what was answered before the connection broke counts


def read_answered(
    session: Session, questions: Sequence[Callable[[Session], object]], readings: dict[int, Reading]
) -> list[str]:
    """The commands whose answers are missing, once all questions are answered that can be."""
    commands: dict[str, None] = {}
    for number, question in enumerate(questions):
        if number in readings:
            continue
        try:
            readings[number] = Reading(question(session))
        except Unanswered as missing:
            commands |= dict.fromkeys(missing.commands)
        except FellesdriftError as error:
            readings[number] = Reading(error=str(error))
        except Exception as error:  # noqa: BLE001 - a question may come from outside: its bug is reported
            readings[number] = Reading(
                error=translate("the tool itself failed: {reason}", reason=describe_error(error))
            )
    return list(commands)
