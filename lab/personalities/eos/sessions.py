"""Configuration sessions: candidates that become the running configuration at one stroke, or not at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from lab.personalities.eos.config import Config
from lab.personalities.eos.device import EosDevice
from lab.personalities.eos.pipes import Failed

MAX_OPEN = 5


@dataclass
class Candidate:
    """One session. ``before`` and ``timer`` are set while its commit waits for a confirmation."""

    name: str
    user: str
    config: Config
    state: str = "pending"
    before: Config | None = None
    timer: Any = None
    commit_by: float = -1.0


class Sessions:
    """All sessions of one switch. They do not survive a reload."""

    def __init__(self, eos: EosDevice) -> None:
        self.eos = eos
        self.all: dict[str, Candidate] = {}
        self._number = 0

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self.all.values())

    @property
    def waiting(self) -> Candidate | None:
        """The session whose commit waits for its confirmation."""
        return next((candidate for candidate in self if candidate.state == "pendingCommitTimer"), None)

    def enter(self, name: str | None, user: str) -> Candidate:
        """Open a session, made from the running configuration if it is new.

        Raises:
            Failed: too many are open, or this one is done with.
        """
        if name is None:
            self._number += 1
            name = f"sess-{self._number}"
        candidate = self.all.get(name)
        if candidate is None or candidate.state == "completed":
            if sum(other.state == "pending" for other in self) >= MAX_OPEN:
                raise Failed(
                    "Maximum number of pending sessions has been reached. Please commit or abort previous "
                    "sessions before creating a new one."
                )
            candidate = self.all[name] = Candidate(name, user, self.eos.config.copy())
        if candidate.state == "pendingCommitTimer":
            raise Failed(f"Session {name} is pending commit timer")
        return candidate

    def _get(self, name: str) -> Candidate:
        if name not in self.all:
            raise Failed(f"Session {name} does not exist")
        return self.all[name]

    def commit(self, name: str, seconds: int | None = None) -> None:
        """Make a session the running configuration; with ``seconds``, only until then unless it is committed again.

        Raises:
            Failed: no such session, or another one waits for its confirmation.
        """
        candidate = self._get(name)
        waiting = self.waiting
        if waiting is not None and waiting is not candidate:
            raise Failed(f"Cannot commit session {name} while session {waiting.name} is pending commit timer")
        if candidate.state == "completed":
            raise Failed(f"Session {name} is already completed")
        if candidate.timer is not None:
            candidate.timer.cancel()
            candidate.timer = None
        first = candidate.state == "pending"
        before = self.eos.config if first else candidate.before
        if seconds is not None:
            candidate.before, candidate.state = before, "pendingCommitTimer"
            candidate.commit_by = self.eos.switch.uptime + seconds
            candidate.timer = self.eos.switch.schedule(
                seconds, lambda: self._expire(candidate), f"commit timer of {name}"
            )
        else:
            for old in [other.name for other in self if other.state == "completed"]:
                del self.all[old]
            candidate.state, candidate.before, candidate.commit_by = "completed", None, -1.0
        if first:
            self.eos.become(candidate.config.copy())

    def _expire(self, candidate: Candidate) -> None:
        """The confirmation did not come: go back."""
        candidate.timer = None
        self._go_back(candidate)

    def _go_back(self, candidate: Candidate) -> None:
        before, candidate.before = candidate.before, None
        self.all.pop(candidate.name, None)
        if before is not None:
            with self.eos.switch.history.step("revert"):
                self.eos.become(before)

    def abort(self, name: str) -> None:
        """Forget a session; if its commit waits for a confirmation, go back now.

        Raises:
            Failed: no such session.
        """
        candidate = self._get(name)
        if candidate.timer is not None:
            candidate.timer.cancel()
            candidate.timer = None
        self._go_back(candidate)

    def forget(self) -> None:
        """At a reload: no session survives it."""
        for candidate in self:
            if candidate.timer is not None:
                candidate.timer.cancel()
        self.all.clear()

    def diff(self, candidate: Candidate) -> str:
        """``show session-config diffs``."""
        lines = list(
            unified_diff(
                self.eos.config.text().splitlines(),
                candidate.config.text().splitlines(),
                "system:/running-config",
                f"session:/{candidate.name}-session-config",
                lineterm="",
                n=3,
            )
        )
        return "\n".join(lines) + "\n" if lines else ""
