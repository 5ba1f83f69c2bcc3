"""The projections as they were saved beside the journal: a new process reads on from there, and not from the start.

It is a cache: the journal alone is the truth. It counts only if it was signed with the state directory's key and
written by this very code; then the journal compares it with itself (``Journal.history``). What does not fit is thrown
away, and made anew from the journal. Where the key is the file beside it, a signature does not keep out who can read
that file; but they could write the SQLite journal, too. For a journal in PostgreSQL keep the key elsewhere
(``FELLESDRIFT_KEY``).
"""

import hmac
import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from nornir_tasks.core import state
from nornir_tasks.core.bounds import read_text
from nornir_tasks.core.code_digest import combine_digests, digest_files, find_sources
from nornir_tasks.journal.projections import Projections

EVERY = 1000  # entries: fewer are read about as fast as the projections are written


@dataclass(frozen=True)
class ProjectionCache:
    """The saved projections of a state directory; nothing is made, or read, before it is asked."""

    where: Path

    def load(self) -> Projections | None:
        """What was saved last; None where nothing was, or what is there does not fit."""
        with suppress(OSError, ValueError, state.StateError):
            signature, _, body = read_text(self._file).partition("\n")
            if (key := self._key()) and hmac.compare_digest(signature.encode(), self._signature(key, body).encode()):
                return _adapter().validate_json(body)
        return None

    def save(self, projections: Projections) -> None:
        """Save it, for its owner only; where that is not possible, the next process reads more of the journal."""
        with suppress(OSError, state.StateError):
            if key := self._key():
                body = _adapter().dump_json(projections).decode()
                state.write(self._file, f"{self._signature(key, body)}\n{body}".encode())

    @property
    def _file(self) -> Path:
        return self.where / "projections"

    def _key(self) -> state.Key | None:
        """The state directory's key, if it has one: a reader of the journal makes none."""
        there = os.environ.get("FELLESDRIFT_KEY") or (self.where / "key").exists()
        return state.Key(self.where) if there else None

    def _signature(self, key: state.Key, body: str) -> str:
        return key.digest(f"projections {_code()}\n{body}")


@cache
def _adapter() -> TypeAdapter[Projections]:
    """Reads and writes projections as JSON; made once it is needed, because that takes 20 ms."""
    return TypeAdapter(Projections)


@cache
def _code() -> str:
    """The digest of the code that reads the history: another reading begins from the start."""
    sources = find_sources(state.ROOT, ["nornir_tasks.journal.projections"])
    return combine_digests(digest_files(state.ROOT, sources))
