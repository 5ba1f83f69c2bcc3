"""One change per municipality at a time: the lock is kept in the journal, and nobody loses it without being named.

    acquire(journal, "loppa", holder)                                   refused if anybody else has it, dead or alive
    acquire(journal, "loppa", holder, takeover_reason="ctl-2 burnt")    from the dead, or from another host; journalled
    lease = hold(journal, ["loppa"], holder); lease.require()           right before each write to a device

A lock that is taken has a token: the number of the journal's entry that says so, which grows with each taking. Whoever
holds the lock writes; a process that was stopped while somebody took it over finds another token, and writes nothing.
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

from sqlalchemy import Connection, delete, func, insert, select

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.journal.entry import EVENTS, LOCKS, Entry, add, plain
from nornir_tasks.journal.journal import Journal, JournalError
from nornir_tasks.model import Stage

PROC = Path("/proc")
BOOT = "sys/kernel/random/boot_id"
UNSEEN = "unseen"  # there is such a process, but this account may not look at it (hidepid)
TAKEN = ("taken", "taken over")  # the entries whose number is a token
Fate = Literal["alive", "dead", "unknown"]


class LockedError(FellesdriftError):
    """Somebody else changes this municipality: names holder, process, host, since when, why, and what can be done."""


class LockLost(LockedError):
    """This process may not write any more: somebody else has the lock, or the command that took it is gone."""


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
        return _read_holder(connection, municipality)


@dataclass(frozen=True)
class Lease:
    """The right to write to the devices of some municipalities, as long as their locks are the ones that were taken.

    Attributes:
        journal: that keeps the locks.
        holder: that took them: this process, or the command that it works for.
        tokens: of each lock, by municipality.
    """

    journal: Journal
    holder: Holder
    tokens: Mapping[str, int]

    def require(self, *, going_back: bool = False) -> None:
        """Pass only a process that may write to a device at this moment.

        Args:
            going_back: what is written only does at once what the device is about to do on its own. That is not kept
                back where the journal does not answer, and so nobody can be known to have taken the lock over.

        Raises:
            LockLost: the lock is somebody else's, or the command that took it is gone.
            JournalError: it cannot be asked.
        """
        self._require_command()
        try:
            with self.journal.transaction(reading=True) as connection:
                self._require_tokens(connection)
        except JournalError:
            if not going_back:
                raise

    def write(self, entry: Entry) -> int:
        """Add an entry to the journal if the locks are still ours, in one transaction; the answer is its number.

        Raises:
            LockLost: they are not, and nothing was added.
            JournalError: it could not be written.
        """
        self._require_command()
        return self.journal.write(entry, require=self._require_tokens)

    def _require_command(self) -> None:
        """A worker of Ansible's has a session of its own, and would outlive the command that holds the lock."""
        if self.holder.pid != os.getpid() and find_fate(self.holder) == "dead":
            raise LockLost(f"the command that began this (process {self.holder.pid}) is gone")

    def _require_tokens(self, connection: Connection) -> None:
        for municipality, token in self.tokens.items():
            if _read_token(connection, municipality, self.holder) != token:
                raise LockLost(f"the lock of {municipality} was taken over and given back since, expected ours")


def hold(journal: Journal, municipalities: Iterable[str], holder: Holder) -> Lease:
    """The right to write that comes with locks that were taken.

    Args:
        journal: that keeps them.
        municipalities: whose locks; each may be named more than once.
        holder: that took them.

    Raises:
        LockLost: one of them is not the holder's: names who has it.
    """
    with journal.transaction(reading=True) as connection:
        tokens = {name: _read_token(connection, name, holder) for name in dict.fromkeys(municipalities)}
    return Lease(journal, holder, tokens)


def _read_token(connection: Connection, municipality: str, holder: Holder) -> int:
    """The token of a lock that is this holder's.

    Raises:
        LockLost: it is somebody else's, or nobody's.
    """
    current = _read_holder(connection, municipality)
    if current is None or current.process != holder.process:
        whom = f"{current.who} (process {current.pid} on {current.host})" if current else "nobody"
        raise LockLost(f"the lock of {municipality} is held by {whom}, expected ours")
    entries = (EVENTS.c.what == "lock") & (EVENTS.c.municipality == municipality) & EVENTS.c.outcome.in_(TAKEN)
    return int(connection.execute(select(func.max(EVENTS.c.id)).where(entries)).scalar() or 0)


def _read_holder(connection: Connection, municipality: str) -> Holder | None:
    row = connection.execute(select(LOCKS).where(LOCKS.c.municipality == municipality)).mappings().first()
    return _holder(row) if row else None


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
