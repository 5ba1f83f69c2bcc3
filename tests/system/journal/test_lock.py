"""The lock: one change per municipality, on either database, and nobody loses it without being named."""

import os
import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from nornir_tasks.journal import lock
from nornir_tasks.journal.entry import Entry
from nornir_tasks.journal.journal import Journal
from nornir_tasks.journal.lock import Holder, LockedError, LockLost, acquire, hold, holder_of, release
from nornir_tasks.model import Stage
from tests.support.parallel_processes import at_once
from tests.support.postgres_server import KINDS, journal_at

HERE = socket.gethostname()
HOW = re.escape("--take-over REASON (scripts/change.py) or -e take_over=REASON (playbooks) takes its lock")


@pytest.fixture(params=KINDS)
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Journal:
    """An empty journal."""
    return journal_at(request.param, tmp_path)


@contextmanager
def alive() -> Iterator[Holder]:
    """Somebody whose process runs."""
    process = subprocess.Popen(["sleep", "60"])
    try:
        yield Holder.of("kari", "night work", process.pid)
    finally:
        process.kill()
        process.wait()


def dead() -> Holder:
    """Somebody whose process was killed."""
    with alive() as holder:
        return holder


def noted(journal: Journal, outcome: str) -> list[Entry]:
    """What the journal says of locks."""
    return [entry for entry in journal.entries(what="lock") if entry.outcome == outcome]


def test_one_change_per_municipality(journal: Journal) -> None:
    """The one who is refused learns who, where and why; another municipality is free."""
    mine = Holder.of("kari", "night work")
    other = Holder.of("ola", "me too", os.getppid())
    acquire(journal, "loppa", mine)
    acquire(journal, "loppa", mine)  # again, by the same: a playbook's later play
    with pytest.raises(LockedError, match=rf"kari on {HERE} \(process {os.getpid()}\).*night work.*is alive.*wait for"):
        acquire(journal, "loppa", other)
    acquire(journal, "hasvik", other)
    assert release(journal, "loppa", other) is False
    assert release(journal, "loppa", mine) is True
    acquire(journal, "loppa", other, takeover_reason="in case")  # nobody to take it from
    assert holder_of(journal, "loppa") == other
    assert [entry.outcome for entry in journal.entries("loppa", "lock")] == ["taken", "released", "taken"]


def test_the_same_number_is_not_the_same_process(journal: Journal) -> None:
    """A process of another run of the machine neither has nor gives back what a namesake has."""
    mine = Holder.of("kari", "night work")
    namesake = replace(mine, started=f"{mine.started.partition('@')[0]}@another")
    acquire(journal, "loppa", mine)
    assert release(journal, "loppa", namesake) is False
    with pytest.raises(LockedError, match="is alive"):
        acquire(journal, "loppa", namesake, takeover_reason="mine, surely")


@pytest.mark.parametrize("why", [None, "", "  "])
def test_a_dead_holders_lock_stays_until_somebody_says_why(journal: Journal, why: str | None) -> None:
    """The refusal says that the process is dead, and how its lock is taken."""
    acquire(journal, "loppa", dead())
    with pytest.raises(LockedError, match=f"kari on .*night work.*That process is dead: {HOW}"):
        acquire(journal, "loppa", Holder.of("ola", "after the crash"), takeover_reason=why)
    assert holder_of(journal, "loppa") != Holder.of("ola", "after the crash")
    assert noted(journal, "taken over") == []


def _zombie() -> Holder:
    """Ended, and its parent (that hangs) has not noticed."""
    child = os.fork()
    if child == 0:
        time.sleep(0.2)
        os._exit(0)
    holder = Holder.of("kari", "night work", child)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    return holder


def _of_an_earlier_boot() -> Holder:
    """Its number is that of a process that is alive."""
    mine = Holder.of("kari", "night work", os.getppid())
    return replace(mine, started=f"{mine.started.partition('@')[0]}@another")


@pytest.mark.parametrize(
    ("former", "fate", "refusal"),
    [
        (dead, "dead", f"is dead: {HOW}"),
        (_zombie, "dead", f"is dead: {HOW}"),
        (_of_an_earlier_boot, "dead", f"is dead: {HOW}"),
        (lambda: Holder("ctl-2", os.getpid(), Holder.of("", "").started, "kari", "night work"), "unknown",
         rf"cannot be known from here: ask them, or look on ctl-2 \(ps -p {os.getpid()}\). If it is dead, {HOW}"),
    ],
    ids=["dead", "zombie", "earlier boot", "other host"],
)  # fmt: skip
def test_taken_over_when_told_so(journal: Journal, former: object, fate: str, refusal: str) -> None:
    """And journalled: from whom, what was known, and why. The former holder can see that it has it no more."""
    was, mine = former(), Holder.of("ola", "after the crash")  # type: ignore[operator]
    acquire(journal, "loppa", was)
    with pytest.raises(LockedError, match=refusal):
        acquire(journal, "loppa", mine)
    acquire(journal, "loppa", mine, takeover_reason="ctl-2 burnt down")
    assert holder_of(journal, "loppa") == mine
    (entry,) = noted(journal, "taken over")
    assert (entry.who, entry.municipality, entry.reason) == ("ola", "loppa", "after the crash")
    assert entry.detail["reason"] == "ctl-2 burnt down"
    assert entry.detail["fate"] == fate
    assert f"kari on {was.host} (process {was.pid}) since 20" in entry.detail["from"]
    assert release(journal, "loppa", was) is False
    assert holder_of(journal, "loppa") == mine


def test_the_living_keep_theirs(journal: Journal) -> None:
    """On this host, whatever reason is given."""
    with alive() as holder:
        acquire(journal, "loppa", holder)
        with pytest.raises(LockedError, match="That process is alive, and a lock is not taken from the living"):
            acquire(journal, "loppa", Holder.of("ola", "impatient"), takeover_reason="impatient")
        assert holder_of(journal, "loppa") == holder
    assert noted(journal, "taken over") == []


def test_a_process_that_may_not_be_looked_at_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where /proc hides the processes of others (hidepid), they are there nevertheless."""
    with alive() as holder, tempfile.TemporaryDirectory() as hidden:
        boot = Path(hidden, lock.BOOT)
        boot.parent.mkdir(parents=True)
        boot.write_bytes((lock.PROC / lock.BOOT).read_bytes())
        Path(hidden).chmod(0o755)
        monkeypatch.setattr(lock, "PROC", Path(hidden))
        others = replace(holder, pid=1) if os.geteuid() else holder  # somebody else's, to an account without rights

        def look(_number: int) -> str:
            if os.geteuid() == 0:
                os.setuid(65534)
            return lock.find_fate(others)

        assert at_once(1, look) == ["alive"]
    monkeypatch.undo()
    assert lock.find_fate(holder) == "dead"


def test_one_of_many_gets_it(journal: Journal) -> None:
    """Two control nodes, eight processes, the same moment: one has it, and the others are told by whom."""

    def take(number: int) -> str:
        try:
            acquire(journal, "loppa", Holder.of(f"person-{number}", "first"))
        except LockedError as error:
            return str(error)
        return f"person-{number} has it"

    for _ in range(3):
        words = at_once(8, take)
        (winner,) = [word.removesuffix(" has it") for word in words if word.endswith(" has it")]
        refused = [word for word in words if re.match(f"loppa: a change is under way: {winner} on {HERE}", word)]
        assert len(refused) == 7
        holder = holder_of(journal, "loppa")
        assert holder is not None
        assert holder.who == winner
        release(journal, "loppa", holder)
    assert len(noted(journal, "taken")) == 3


def test_one_of_many_takes_it_over(journal: Journal) -> None:
    """The first takes it from the dead; from the first, who is alive, nobody does."""
    acquire(journal, "loppa", dead())

    def take(number: int) -> str:
        try:
            acquire(journal, "loppa", Holder.of(f"person-{number}", "first"), takeover_reason="the night is short")
        except LockedError as error:
            return re.sub(".*(That process is alive).*", r"\1", str(error))
        return "mine"

    assert sorted(at_once(8, take)) == ["That process is alive"] * 7 + ["mine"]
    assert len(noted(journal, "taken over")) == 1


def test_the_token_grows_with_each_taking(journal: Journal) -> None:
    """Who holds the lock again, after somebody else had it, is not who held it before."""
    ours, other = replace(Holder.of("kari", "night work"), host="ctl-1"), Holder("ctl-2", 1, "1@x", "ola", "me too")
    acquire(journal, "loppa", ours)
    acquire(journal, "hasvik", ours)
    first = hold(journal, ["loppa", "hasvik"], ours)
    acquire(journal, "loppa", ours)  # again, by the same: a playbook's later play
    first.require()
    assert hold(journal, ["loppa"], ours).tokens == {"loppa": first.tokens["loppa"]}
    acquire(journal, "loppa", other, takeover_reason="ctl-1 is down")
    with pytest.raises(LockLost, match=r"the lock of loppa is held by ola \(process 1 on ctl-2\), expected ours"):
        first.require()
    release(journal, "loppa", other)
    with pytest.raises(LockLost, match="is held by nobody, expected ours"):
        first.require(going_back=True)
    acquire(journal, "loppa", ours)
    with pytest.raises(LockLost, match="was taken over and given back since"):
        first.require()
    again = hold(journal, ["loppa", "hasvik"], ours)
    again.require()
    assert again.tokens["loppa"] > first.tokens["loppa"]
    assert again.tokens["hasvik"] == first.tokens["hasvik"]
    with pytest.raises(LockLost):
        hold(journal, ["loppa"], other)


def test_a_token_is_asked_for_and_written_by_in_one_transaction(journal: Journal) -> None:
    """An entry of whoever has lost the lock is not in the journal."""
    ours = Holder.of("kari", "night work")
    acquire(journal, "loppa", ours)
    lease = hold(journal, ["loppa"], ours)
    entry = Entry("device", "before", "confirming", "loppa", Stage.CONNECT, "kari", "night work", "loppa-acc-01")
    number = lease.write(entry)
    assert journal.numbered([number])[number].outcome == "confirming"
    release(journal, "loppa", ours)
    with pytest.raises(LockLost):
        lease.write(entry)
    assert len(journal.entries(what="device")) == 1
