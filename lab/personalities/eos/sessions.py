"""Configuration sessions: candidates that become the running configuration at one stroke, or not at all."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import unified_diff
from typing import Any

from lab.personalities.eos.configuration.config import Config
from lab.personalities.eos.device import EosDevice
from lab.personalities.eos.pipes import Failed

MAX_OPEN, MAX_SAVED = 5, 1  # as long as nothing else is configured
NEW_STATES = (4, 32)  # the release from which on a session is "committed", and the timer is told beside the sessions


@dataclass
class Candidate:
    """One session. ``before`` and ``timer`` are set while its commit waits for a confirmation.

    ``state``: ``pending``, ``waiting`` (for the confirmation of its commit), ``completed`` or ``aborted``.
    ``terminals``: who is in it just now, by number; the user and the line.
    """

    name: str
    user: str
    config: Config
    state: str = "pending"
    before: Config | None = None
    timer: Any = None
    commit_by: float = -1.0
    committed: float = 0.0  # when, in seconds since 1970; 0: never
    committed_by: str = ""
    terminals: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether nothing will come of it any more."""
        return self.state in ("completed", "aborted")


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
        return next((candidate for candidate in self if candidate.state == "waiting"), None)

    @property
    def most_open(self) -> int:
        """How many sessions may be open at once."""
        return self._limit("pending", MAX_OPEN)

    @property
    def most_saved(self) -> int:
        """How many sessions stay listed when they are over."""
        return self._limit("completed", MAX_SAVED)

    def _limit(self, kind: str, usual: int) -> int:
        line = self.eos.config.root.get(f"session max {kind}")
        return int(line.text.split()[-1]) if line is not None else usual

    @property
    def tells_committed(self) -> bool:
        """Whether this release calls a session committed from its commit on, confirmed or not."""
        return self.eos.release >= NEW_STATES

    def state(self, candidate: Candidate) -> str:
        """EOS's word for what a session is at."""
        if candidate.state in ("waiting", "completed") and self.tells_committed:
            return "committed"
        return "pendingCommitTimer" if candidate.state == "waiting" else candidate.state

    def enter(self, name: str | None, user: str) -> Candidate:
        """Open a session, made from the running configuration if it is new.

        Raises:
            Failed: too many are open, or this one is done with.
        """
        if name is None:
            self._number += 1
            name = f"sess-{self._number}"
        candidate = self.all.get(name)
        if candidate is None:
            if sum(other.state == "pending" for other in self) >= self.most_open:
                raise Failed(
                    "Maximum number of pending sessions has been reached. Please commit or abort previous "
                    "sessions before creating a new one."
                )
            candidate = self.all[name] = Candidate(name, user, self.eos.config.copy())
        if candidate.over:
            raise Failed(f"Cannot enter session {name} (already {self.state(candidate)})")
        if candidate.state == "waiting":
            raise Failed(f"Session {name} is pending commit timer")
        return candidate

    def _get(self, name: str) -> Candidate:
        if name not in self.all:
            raise Failed(f"Session {name} does not exist")
        return self.all[name]

    def commit(self, name: str, seconds: int | None = None, user: str = "") -> None:
        """Make a session the running configuration; with ``seconds``, only until then unless it is committed again.

        Raises:
            Failed: no such session, or another one waits for its confirmation.
        """
        candidate = self._get(name)
        waiting = self.waiting
        if waiting is not None and waiting is not candidate:
            raise Failed(f"Cannot commit session {name} while session {waiting.name} is pending commit timer")
        if candidate.over:
            raise Failed(f"Session {name} is already {self.state(candidate)}")
        if candidate.timer is not None:
            candidate.timer.cancel()
            candidate.timer = None
        first = candidate.state == "pending"
        before = self.eos.config if first else candidate.before
        if first:
            candidate.committed, candidate.committed_by = time.time(), user or candidate.user
        if seconds is not None:
            candidate.before, candidate.state = before, "waiting"
            candidate.commit_by = self.eos.switch.uptime + seconds
            candidate.timer = self.eos.switch.schedule(
                seconds, lambda: self._expire(candidate), f"commit timer of {name}"
            )
        else:
            candidate.state, candidate.before, candidate.commit_by = "completed", None, -1.0
        if first:
            self.eos.become(candidate.config.copy())
        self._forget_old()

    def _forget_old(self) -> None:
        """Only so many sessions that are over stay listed; the newest do."""
        over = [candidate.name for candidate in self if candidate.over]
        over.sort(key=lambda name: self.all[name].committed)
        for name in over[: max(0, len(over) - self.most_saved)]:
            del self.all[name]

    def _expire(self, candidate: Candidate) -> None:
        """The confirmation did not come: go back."""
        candidate.timer = None
        self._go_back(candidate)

    def _go_back(self, candidate: Candidate) -> None:
        """End a session without its commit; a release that lists sessions which were aborted goes on listing it."""
        before, candidate.before = candidate.before, None
        if self.tells_committed:
            candidate.state, candidate.commit_by, candidate.committed = "aborted", -1.0, time.time()
            self._forget_old()
        else:
            self.all.pop(candidate.name, None)
        if before is not None:
            with self.eos.switch.history.step("revert"):
                self.eos.become(before)

    def abort(self, name: str) -> None:
        """Forget a session; if its commit waits for a confirmation, go back now.

        Raises:
            Failed: no such session, or it is over.
        """
        candidate = self._get(name)
        if candidate.timer is not None:
            candidate.timer.cancel()
            candidate.timer = None
        if candidate.over and self.tells_committed:
            raise Failed(f"Session {name} is already {self.state(candidate)}")
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
                self.eos.config.text().split("\n")[:-1],
                candidate.config.text().split("\n")[:-1],
                "system:/running-config",
                f"session:/{candidate.name}-session-config",
                lineterm="",
                n=3,
            )
        )
        return "\n".join(lines) + "\n" if lines else ""
