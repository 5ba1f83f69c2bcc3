"""What a switch's running configuration was, one entry a transition, and how it came to be."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

How = Literal["start", "write", "revert", "boot", "edit"]


class Entry(NamedTuple):
    """From ``at`` on (seconds since 1970) the digest of the running configuration was this."""

    at: float
    digest: str
    how: How


class History:
    """The transitions of one switch since it was made, or reset.

    A *write* is what a session did: one ``configure replace``, one commit, one line typed straight into the running
    configuration. A *revert* is the switch's own way back (its timer, an abort, ``revert now``, ``trigger error``), a
    *boot* a restart that led to another configuration, an *edit* the lab's own hand. What changes nothing is no entry.

    Args:
        version: gives the number of the last change of the running configuration.
        running: gives the text of the running configuration.
    """

    def __init__(self, version: Callable[[], int], running: Callable[[], str]) -> None:
        self._version = version
        self._running = running
        self._entries: list[Entry] = []
        self._seen = -1  # the version that the last entry is about

    def clear(self) -> None:
        """Begin anew with what is running."""
        self._entries.clear()

    @contextmanager
    def step(self, how: How) -> Iterator[None]:
        """Whatever changes the running configuration inside is one transition; a step inside is one of its own."""
        self._note("write")  # what stood before, or what the step around this one has done so far
        try:
            yield
        finally:
            self._note(how)

    def _note(self, how: How) -> None:
        version = self._version()
        if self._entries and self._seen == version:
            return
        self._seen = version
        digest = hashlib.sha256(self._running().encode()).hexdigest()
        if not self._entries or self._entries[-1].digest != digest:
            self._entries.append(Entry(time.time(), digest, how if self._entries else "start"))

    @property
    def writes(self) -> int:
        """How often a session changed the running configuration."""
        return sum(entry.how == "write" for entry in self._entries)

    @property
    def reverts(self) -> int:
        """How often the switch went back by itself, by a restart too."""
        return sum(entry.how in ("revert", "boot") for entry in self._entries)

    def rows(self) -> list[dict[str, Any]]:
        """The entries; the first is the state at the beginning."""
        self._note("write")
        return [entry._asdict() for entry in self._entries]
