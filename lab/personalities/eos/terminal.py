"""EOS's command line without a wire: modes, privilege, one command in and one output out. SSH and eAPI share it."""

import asyncio
import itertools
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from lab.device.history import How
from lab.device.switch import HangUp
from lab.personalities.eos.configuration.config import TOP, Config, Mode
from lab.personalities.eos.configuration.tokens import Invalid, Match, ambiguity, best, complaint, split
from lab.personalities.eos.device import EosDevice
from lab.personalities.eos.pipes import Failed, Output, run_through, split_pipes
from lab.personalities.eos.secret import fits
from lab.personalities.eos.sessions import Candidate, Sessions

__all__ = ["COMMANDS", "Failed", "Output", "Terminal", "clock_seconds", "command", "done"]

log = logging.getLogger("lab")
_NUMBERS = itertools.count(1000)  # of terminals, as EOS numbers the processes behind them


@dataclass(frozen=True)
class Command:
    """An exec command: its syntax, whether it needs privilege, and what obeys it."""

    syntax: str
    run: Callable[["Terminal", tuple[str, ...]], Output]
    privileged: bool = True


COMMANDS: list[Command] = []
_BY_WORD: dict[str, list[Command]] = {}


def command(*syntaxes: str, privileged: bool = True) -> Callable:
    """Register the function that obeys a command."""

    def register(function: Callable[["Terminal", tuple[str, ...]], Output]) -> Callable:
        for syntax in syntaxes:
            entry = Command(syntax, function, privileged)
            COMMANDS.append(entry)
            _BY_WORD.setdefault(syntax.split()[0], []).append(entry)
        return function

    return register


def done(text: str = "", message: bool = True) -> Output:
    """The answer of a command that does something rather than showing something."""
    return Output(text, {}, message)


class Terminal:
    """One conversation with a switch. It starts at ``>`` and keeps its mode from command to command."""

    def __init__(
        self, eos: EosDevice, sessions: Sessions, user: str, privilege: int, line: str = "command-api"
    ) -> None:
        self.eos = eos
        self.sessions = sessions
        self.switch = eos.switch
        self.user = user
        self.privilege = privilege
        self.enabled = privilege == 15 and "aaa exec" in eos.config.root
        self.number = next(_NUMBERS)
        self.line = line
        self.configuring = False
        self.session: Candidate | None = None
        self.mode: Mode = TOP
        self.closed = False
        self.how: How = "write"  # what a change is to the switch's history
        self.page: int | None = 24
        self._busy = 0.0  # seconds that the command before has taken

    @property
    def config(self) -> Config:
        """What configuration lines go to: the session, or the running configuration."""
        return self.session.config if self.session is not None else self.eos.config

    @property
    def prompt(self) -> str:
        """``SW-01(config-if-Et1)#``."""
        where = ""
        if self.configuring:
            parts = ["config", *(["s", self.session.name[:6]] if self.session else []), self.mode.prompt]
            where = f"({'-'.join(part for part in parts if part)})"
        return f"{self.eos.hostname}{where}{'#' if self.enabled else '>'}"

    def take(self, seconds: float) -> None:
        """The command that runs takes so long; ``pause`` waits for it."""
        self._busy += seconds

    async def pause(self) -> None:
        """Let the time pass that a command has taken, by the switch's clock."""
        seconds, self._busy = self._busy, 0.0
        if seconds:
            await asyncio.sleep(seconds / self.switch.clock)

    def leave(self) -> None:
        """``end``: back to exec; a session stays open on the switch."""
        if self.session is not None:
            self.session.terminals.pop(self.number, None)
        self.configuring, self.session, self.mode = False, None, TOP

    def takes_text(self, line: str) -> bool:
        """Whether a line is followed by a text that ends with ``EOF``."""
        return self.configuring and self.config.takes_text(line, self.mode)

    def enable(self, password: str | None) -> bool:
        """Become privileged. False: a password is needed, or this one is wrong."""
        line = self.eos.config.root.get("enable")
        if line is not None and not fits(line.text.split()[-1], password or ""):
            return False
        self.enabled = True
        return True

    def run(self, line: str, body: list[str] | None = None) -> Output:
        """Obey one command.

        Raises:
            Invalid: not a command here. Failed: it could not be carried out.
        """
        with self.switch.history.step(self.how):
            try:
                return self._run(line.strip(" \t\r\n"), body)
            except (Invalid, Failed, HangUp):
                raise
            except Exception:
                # As on the switch: a command that breaks the agent behind it takes neither the session nor others.
                log.exception("%s: the personality failed at %r", self.switch.name, line)
                raise Failed("Internal error") from None

    def _run(self, line: str, body: list[str] | None) -> Output:
        if not line or line.startswith("!"):
            return done()
        line, pipes = split_pipes(line)
        words = split(line)
        if self.configuring:
            output = self._configure(line, words, body)
            if output is not None:
                return output
        output = self._exec(words)
        for pipe in pipes:
            output = run_through(pipe, output)
        return output

    def _configure(self, line: str, words: list[str], body: list[str] | None) -> Output | None:
        """A line in configuration mode; None if it is an exec command."""
        if words == ["end"]:
            self.leave()
            return done()
        if len(words) == 1 and words[0] in ("ex", "exi", "exit"):
            if self.mode.parent is not None:
                self.mode = self.mode.parent
            else:
                self.leave()
            return done()
        if self.session is not None:
            output = self._session_word(self.session, words)
            if output is not None:
                return output
        try:
            refused = self.switch.refuses(line)
            if refused:
                raise Invalid(refused.strip().removeprefix("% "))
            self.mode, message = self.config.apply(line, self.mode, body)
        except Invalid as error:
            try:
                exec_command, _ = self._find(words)
            except Invalid:
                raise error from None
            if exec_command is None or (words[0].lower() in ("no", "default") and "configure" not in words):
                raise
            return None
        if self.session is None:
            self.eos.changed()
        return done(f"{message}\n" if message else "")

    def _session_word(self, session: Candidate, words: list[str]) -> Output | None:
        if words == ["rollback", "clean-config"]:
            session.config, self.mode = Config.clean(self.eos.ports), TOP
        elif words == ["abort"]:
            self.leave()
            self.sessions.abort(session.name)
        elif words[0] == "commit" and len(words) in (1, 3):
            seconds = clock_seconds(words[2]) if len(words) == 3 else None
            self.leave()
            self.sessions.commit(session.name, seconds, self.user)
        else:
            return None
        return done()

    def _find(self, words: list[str]) -> tuple[Command | None, Match | None]:
        first = words[0].lower()
        candidates = _BY_WORD.get(first) or [known for known in COMMANDS if known.syntax.split()[0].startswith(first)]
        complete: list[tuple[Command, Match]] = []
        tried: list[Match] = []
        furthest = 0
        for candidate in candidates:
            match = best(candidate.syntax, words)
            tried.append(match)
            furthest = max(furthest, match.taken)
            if match.complete:
                complete.append((candidate, match))
        if not complete:
            raise complaint(furthest, words)
        if not any(match.exact for _, match in complete) and (unclear := ambiguity(tried, words)) is not None:
            raise unclear
        return max(complete, key=lambda pair: (pair[1].exact, -len(pair[1].values)))

    def _exec(self, words: list[str]) -> Output:
        exec_command, match = self._find(words)
        if exec_command is None or match is None:
            raise complaint(0, words)
        if exec_command.privileged and not self.enabled:
            raise Invalid("Invalid input (privileged mode required)")
        return exec_command.run(self, match.values)


def clock_seconds(text: str) -> int:
    """``hh:mm:ss`` in seconds.

    Raises:
        Invalid: it is no such time.
    """
    match = re.fullmatch(r"([0-9]{1,3}):([0-5]?[0-9]):([0-5]?[0-9])", text)
    if not match:
        raise Invalid(f"Invalid input (at token 2: '{text}')")
    hours, minutes, seconds = map(int, match.groups())
    return hours * 3600 + minutes * 60 + seconds
