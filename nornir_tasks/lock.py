"""One change per municipality at a time: the lock is kept in the journal, and a dead holder does not keep it."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select

from nornir_tasks.errors import FellesdriftError
from nornir_tasks.journal import LOCKS, Entry, Journal, add
from nornir_tasks.model import Stage


class LockedError(FellesdriftError):
    """Somebody else changes this municipality: names holder, process, host, since when and why."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock. ``started`` tells a process from a later one that got the same number."""

    host: str
    pid: int
    started: str
    who: str
    reason: str

    @classmethod
    def of(cls, who: str, reason: str, pid: int | None = None) -> "Holder":
        """This process, or the one it works for: an Ansible worker names its parent, which outlives it."""
        number = pid or os.getpid()
        return cls(socket.gethostname(), number, _started(number) or "", who, reason)


def acquire(journal: Journal, municipality: str, holder: Holder) -> None:
    """Take the lock; whoever holds it already may take it again.

    A lock whose holder has died on this host is taken over, and the journal says so.

    Raises:
        LockedError: somebody else holds it.
    """
    with journal.transaction() as connection:
        row = connection.execute(select(LOCKS).where(LOCKS.c.municipality == municipality)).mappings().first()
        if row is not None:
            if (row["host"], row["pid"], row["started"]) == (holder.host, holder.pid, holder.started):
                return
            if not _dead(row, holder.host):
                raise LockedError(
                    f"{municipality}: a change is under way: {row['who']} on {row['host']} (process {row['pid']}) "
                    f"since {row['at'][:19]} UTC, reason: {row['reason']}. Expected nobody. Wait for it, or ask them."
                )
            words = f"process {row['pid']} of {row['who']} on {row['host']} has died since {row['at'][:19]} UTC"
            add(connection, _entry("taken over", municipality, holder, {"from": words}))
            connection.execute(delete(LOCKS).where(LOCKS.c.municipality == municipality))
        now = datetime.now(UTC).isoformat()
        values = {"municipality": municipality, "at": now, **vars(holder)}
        connection.execute(insert(LOCKS).values(values))
        add(connection, _entry("taken", municipality, holder, {}))


def release(journal: Journal, municipality: str, holder: Holder) -> bool:
    """Give the lock back; the answer says whether this holder had it."""
    with journal.transaction() as connection:
        mine = (LOCKS.c.municipality == municipality) & (LOCKS.c.host == holder.host) & (LOCKS.c.pid == holder.pid)
        gone = connection.execute(delete(LOCKS).where(mine)).rowcount > 0
        if gone:
            add(connection, _entry("released", municipality, holder, {}))
        return gone


def holder_of(journal: Journal, municipality: str) -> Holder | None:
    """Who holds the lock of a municipality."""
    with journal.transaction(reading=True) as connection:
        row = connection.execute(select(LOCKS).where(LOCKS.c.municipality == municipality)).mappings().first()
    return Holder(row["host"], row["pid"], row["started"], row["who"], row["reason"]) if row else None


def _entry(outcome: str, municipality: str, holder: Holder, detail: Mapping[str, Any]) -> Entry:
    more = {"host": holder.host, "pid": holder.pid, **detail}
    return Entry("lock", "after", outcome, municipality, Stage.LEGACY, holder.who, holder.reason, detail=more)


def _dead(row: Mapping[Any, Any], host: str) -> bool:
    """Whether the holder is a process of this host that is no more; of another host's nothing is known."""
    return bool(row["host"] == host and _started(row["pid"]) != row["started"])


def _started(pid: int) -> str | None:
    """When a process was started, in the kernel's ticks; None if there is no such process (or it is a zombie)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]
