"""What a check of a server is shown, and the base of such checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from nornir_tasks.core.language import mark, translate
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.health.check import IS_THERE, Check
from nornir_tasks.health.facts import Reading, Value
from nornir_tasks.health.server_facts import Disk, Part
from nornir_tasks.model import Stage
from nornir_tasks.platforms.common.login_fault import LoginFault
from nornir_tasks.server_roles import ServerView

SERVERS = "servers"
CONFIGURED = Stage.CONNECT  # from here on our roles have run on a municipality's servers
NO_ANSWER = mark("the server does not answer")
NO_ENTRY = mark("the server does not let us in")
NOT_CONFIGURED = mark("our roles have not run here before connect")
NOT_OURS = mark("looked at by its ports alone: {reason}")


@dataclass(frozen=True)
class PortAnswer:
    """Whether a server takes a connection: ``open``, ``refused`` or ``silent``. ``asker``: the server that asked."""

    asker: str
    host: str
    address: str
    port: int
    state: str

    @property
    def is_there(self) -> bool:
        """Whether a machine answers at the address at all: one that refuses a port is there."""
        return self.state != "silent"


@dataclass(frozen=True)
class EarlierDisks:
    """The disks of a server as they were once, by place; ``at`` by the server's clock, seconds since 1970."""

    at: float
    disks: Mapping[str, Disk]


@dataclass(frozen=True)
class Clocks:
    """What a server's clock said while it was asked, and between which two moments of ours; seconds since 1970."""

    asked: float
    told: float
    answered: float

    @property
    def difference(self) -> float:
        """By how much it is surely ahead of ours (or, below 0, behind it), whatever the way took."""
        return min(self.told - self.asked, 0.0) + max(self.told - self.answered, 0.0)


@dataclass(frozen=True)
class ServerObservation:
    """What a check judges: a server, what it is meant to be, and what it told just now."""

    view: ServerView
    readings: Mapping[Part, Reading] = field(default_factory=dict)
    login_error: str = ""  # why there are no readings
    login_fault: LoginFault | None = None  # the same, for programs
    not_ours: str = ""  # why nobody logs in to it
    answers: tuple[PortAnswer, ...] = ()  # of others who asked it
    clocks: Clocks | None = None  # None: nobody logged in
    earlier: EarlierDisks | None = None  # None: there is no earlier reading

    @property
    def name(self) -> str:
        """The server's."""
        return self.view.name

    @property
    def absence(self) -> str:
        """Why nothing is judged of it that has to be read."""
        if self.not_ours:
            return translate(NOT_OURS, reason=self.not_ours)
        return translate(NO_ENTRY if self.login_fault in IS_THERE else NO_ANSWER)

    @property
    def is_configured(self) -> bool:
        """Whether our roles have run on it: before, it keeps its own time, and is backed up by others."""
        return self.view.stage >= CONFIGURED

    def value(self, part: Part[Value]) -> Value:
        """The value of a part that the check has declared.

        Raises:
            KeyError: the check has not declared it.
        """
        value: Any = self.readings[part].value
        return value


class ServerCheck(Check, is_base=True):
    """A check of a server: its ``facts`` are parts of what the server tells."""

    kind = SERVERS
    facts: ClassVar[tuple[Part, ...]]  # type: ignore[assignment]

    def run(self, observation: ServerObservation) -> list[Verdict]:
        """The verdicts of the check on a server: one, or one for each mismatch."""
        if self.facts and observation.login_error:
            return [self.skip(observation.name, observation.absence)]
        return super().run(observation)
