"""What every personality offers to the lab: it is made for one switch, and knows nothing of cables or clients."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lab.device.history import How
from lab.device.meaning import Meaning


@dataclass
class Reply:
    """What the switch answers to one line of input. ``close``: it hangs up after this."""

    text: str = ""
    close: bool = False


class Shell(ABC):
    """One login session on a switch's command line. The SSH server feeds it lines and prints what it returns."""

    def __init__(self, user: str, privilege: int) -> None:
        self.user = user
        self.privilege = privilege

    @abstractmethod
    def greeting(self) -> str:
        """What is printed at login, before the first prompt."""

    @property
    @abstractmethod
    def prompt(self) -> str:
        """The prompt as it stands now, or the question that waits for an answer (``[confirm]``, ``Password:``)."""

    @abstractmethod
    async def line(self, text: str) -> Reply:
        """Obey one line (in configuration or exec mode, or as the answer to a question)."""

    echo: bool = True  # False while a password is asked for
    page: int | None = 24  # lines to a page; None: paging is off. The server does the paging.
    more: str = "--More--"  # the pager's own prompt
    pasting: bool = False  # True while the text of a file is taken in: its lines are no commands, and cost no time
    asking: bool = False  # True while a question waits for its answer: the command that asks is not done yet
    command: str = ""  # the command that is being carried out, as it was typed (kept by ``lab.server.terminal``)
    idle_seconds: float | None = None  # the switch hangs up when nothing is typed for so long; None: never
    how: How = "write"  # what a change that is typed here is to the switch's history
    single_key: bool = False  # True: the next key alone is the answer, without a return (``[confirm]``, "any key")

    interrupt_key: str = ""  # the key that ends a command that is under way; empty: none does

    def interrupt(self) -> None:
        """The interrupt key was typed while a command was carried out: those that wait for something end."""

    def gone(self) -> None:
        """The session has ended, from whichever side; what was being asked gets no answer any more."""


class Personality(ABC):
    """A platform: made once for each switch (``Personality(switch)``), owns its configuration.

    Configurations are text at the border and a tree inside; ``text()`` is always in the vendor's canonical order,
    whatever order the lines were typed in, so that going back gives the same bytes.
    """

    platform: str
    file_system: str = "flash:"

    @abstractmethod
    def load(self, text: str) -> None:
        """Become this configuration (at boot): lines that the platform would not take are dropped, as then."""

    @abstractmethod
    def text(self) -> str:
        """The running configuration, as ``show running-config`` prints it below its header."""

    @abstractmethod
    def meaning(self) -> Meaning:
        """What the running configuration means. Cached by the switch until it changes."""

    @abstractmethod
    def shell(self, user: str, privilege: int) -> Shell:
        """A new login session."""

    @abstractmethod
    def verify(self, stored: str, password: str) -> bool:
        """Whether a password fits the secret as the configuration stores it."""

    @abstractmethod
    def factory(self) -> str:
        """The configuration that this model has out of its box."""

    def refusal(self, line: str) -> str:
        """The error text with which the platform refuses a line (used by the fault ``refuse``)."""
        return "% Invalid input detected at '^' marker."

    def scp_enabled(self) -> bool:
        """Whether files may be copied to and from flash by SCP, as configured."""
        return False

    def on_reload(self) -> None:
        """Forget what does not survive a reload (candidates, sessions, timers)."""

    def sessions_allowed(self) -> int | None:
        """How many may be logged in at once; None: as many as come."""
        return None

    # EOS overrides this: one eAPI request (already authenticated), the decoded JSON-RPC body to the answer's.
    eapi: Callable[[dict, str], Awaitable[dict]] | None = None
