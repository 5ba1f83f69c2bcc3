"""One change per municipality at a time: the lock is kept in the journal, and nobody loses it without being named.

    acquire(journal, "loppa", holder)                                   refused if anybody else has it, dead or alive
    acquire(journal, "loppa", holder, takeover_reason="ctl-2 burnt")    from the dead, or from another host; journalled

A process is known by its host, its number, when it was started, and in which run of the machine: after a restart the
numbers begin anew, so a holder from before it is dead. The control nodes must have different host names.
"""

import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import delete, insert, select

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.journal.entry import LOCKS, Entry, add, plain
from nornir_tasks.journal.journal import Journal
from nornir_tasks.model import Stage

PROC = Path("/proc")
BOOT = "sys/kernel/random/boot_id"
UNSEEN = "unseen"  # there is such a process, but this account may not look at it (hidepid)
Fate = Literal["alive", "dead", "unknown"]


class LockedError(FellesdriftError):
    """Somebody else changes this municipality: names holder, process, host, since when, why, and what can be done."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock. ``started`` (ticks@boot) tells a process from a later one that got the same number."""

    host: str
    pid: int
    started: str
    who: str
    reason: str

    @classmethod
    def of(cls, who: str, reason: str, pid: int | None = None) -> "Holder":
        """This process, or the one it works for.

        Args:
            who: a person's name.
            reason: what the lock is taken for.
            pid: default: this process; an Ansible worker names its parent, which outlives it.
        """
        number = pid or os.getpid()
        return cls(socket.gethostname(), number, f"{_ticks(number) or ''}@{_boot()}", who, reason)

    @property
    def process(self) -> tuple[str, int, str]:
        """What makes two holders the same one, whatever they say of themselves."""
        return self.host, self.pid, self.started


def acquire(journal: Journal, municipality: str, holder: Holder, *, takeover_reason: str | None = None) -> None:
    """Take the lock; whoever holds it already may take it again.

    Args:
        takeover_reason: why somebody else's lock may be taken: if the holder is dead, or on another host. One who is
            alive on this host keeps it. The former holder is told by ``holder_of``, which is asked before each device.

    Raises:
        LockedError: somebody else holds it.
    """
    with journal.transaction() as connection:
        row = connection.execute(select(LOCKS).where(LOCKS.c.municipality == municipality)).mappings().first()
        former = _holder(row) if row else None
        if row and former:
            if former.process == holder.process:
                return
            words = f"{former.who} on {former.host} (process {former.pid}) since {row['at'][:19]} UTC"
            fate, why = find_fate(former), (takeover_reason or "").strip()
            if fate == "alive" or not why:
                raise LockedError(
                    f"{municipality}: a change is under way: {words}, reason: {former.reason}. "
                    f"Expected nobody. {_advice(former, fate)}"
                )
            connection.execute(delete(LOCKS).where(LOCKS.c.municipality == municipality))
            what = {"from": f"{words}, reason: {former.reason}", "fate": fate, "reason": why}
            add(connection, _entry("taken over", municipality, holder, what))
        else:
            add(connection, _entry("taken", municipality, holder, {}))
        values = {"at": datetime.now(UTC).isoformat(), **vars(holder)}
        values |= {"municipality": municipality, "who": plain(holder.who), "reason": plain(holder.reason)}
        connection.execute(insert(LOCKS).values(values))


def release(journal: Journal, municipality: str, holder: Holder) -> bool:
    """Give the lock back; the answer says whether this holder had it.

    Args:
        journal: that keeps it.
        municipality: whose lock.
        holder: whose process must be the one that took it.
    """
    ours = (LOCKS.c.host == holder.host) & (LOCKS.c.pid == holder.pid) & (LOCKS.c.started == holder.started)
    with journal.transaction() as connection:
        gone = connection.execute(delete(LOCKS).where(LOCKS.c.municipality == municipality, ours)).rowcount > 0
        if gone:
            add(connection, _entry("released", municipality, holder, {}))
        return gone


def holder_of(journal: Journal, municipality: str) -> Holder | None:
    """Who holds the lock of a municipality."""
    with journal.transaction(reading=True) as connection:
        row = connection.execute(select(LOCKS).where(LOCKS.c.municipality == municipality)).mappings().first()
    return _holder(row) if row else None


def lost(journal: Journal, municipalities: Iterable[str], holder: Holder) -> str:
    """Who has one of these locks instead of this holder, in words; empty while all are the holder's own.

    Args:
        journal: that keeps them.
        municipalities: in the order in which they are asked for; each once.
        holder: that took them.
    """
    words = (_lost(journal, municipality, holder) for municipality in dict.fromkeys(municipalities))
    return next(filter(None, words), "")


def _lost(journal: Journal, municipality: str, holder: Holder) -> str:
    other = holder_of(journal, municipality)
    if other is not None and other.process == holder.process:
        return ""
    whom = f"{other.who} (process {other.pid} on {other.host})" if other else "nobody"
    return f"the lock of {municipality} is held by {whom}, expected ours"


def _holder(row: Mapping[Any, Any]) -> Holder:
    return Holder(row["host"], row["pid"], row["started"], row["who"], row["reason"])


def _entry(outcome: str, municipality: str, holder: Holder, detail: Mapping[str, Any]) -> Entry:
    more = {"host": holder.host, "pid": holder.pid, **detail}
    return Entry("lock", "after", outcome, municipality, Stage.LEGACY, holder.who, holder.reason, detail=more)


def _advice(former: Holder, fate: Fate) -> str:
    """What is known of the process that has the lock, and what may be done."""
    how = "--take-over REASON (scripts/change.py) or -e take_over=REASON (playbooks) takes its lock"
    if fate == "alive":
        return "That process is alive, and a lock is not taken from the living: wait for it, ask them, or stop it."
    if fate == "dead":
        return f"That process is dead: {how}."
    where = f"on {former.host} (ps -p {former.pid})"
    return f"Whether that process is alive cannot be known from here: ask them, or look {where}. If it is dead, {how}."


def find_fate(former: Holder) -> Fate:
    """What can be known from here: of another host's process nothing."""
    if former.host != socket.gethostname() or not _boot():
        return "unknown"
    ticks, _, boot = former.started.partition("@")
    return "alive" if boot == _boot() and _ticks(former.pid) in (ticks, UNSEEN) else "dead"


def _ticks(pid: int) -> str | None:
    """When a process was started, in the kernel's ticks; None if there is no such process (or it is a zombie)."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return UNSEEN if _exists(pid) else None
    return None if fields[0] in "ZX" else fields[19]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return False  # ours, and yet not to be seen: it ended in between


def _boot() -> str:
    """The run of this machine, from start to restart; empty where the kernel does not say."""
    try:
        return (PROC / BOOT).read_text().strip()
    except OSError:
        return ""
