"""Only who holds the lock writes: whoever began a change is killed, hung up on, stopped, or taken for dead."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.faults.cell import Cell
from tests.faults.columns import ALL, EOS, IOS, PLATFORMS, PROCURVE, Column
from tests.faults.conftest import Matrix
from tests.faults.place import FAST
from tests.faults.test_killed import name

ELSEWHERE = "control-02"  # of a process there nothing is known here, so that its lock may be taken over


def wait_dead(worker: int) -> None:
    """Wait until a process is gone (or a zombie): the kernel ends it, whatever it is at."""
    end = time.monotonic() + 5
    stat = Path(f"/proc/{worker}/stat")
    while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] not in "ZX":
        assert time.monotonic() < end, f"worker {worker} outlives its command"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("point", "stopped", "columns"),
    [
        ("after:device:writing", False, (EOS,)),
        ("after:device:probing", False, PLATFORMS),
        ("after:device:confirming", True, PLATFORMS),
    ],
    ids=["writing", "probing", "confirming"],
)
def test_playbook_killed(matrix: Matrix, point: str, stopped: bool, columns: tuple[Column, ...]) -> None:
    """``kill -9`` of a playbook takes its worker along, also one that is stopped; one command ends the change."""

    def work(cell: Cell) -> None:
        play = cell.play(hold=point)
        worker = play.reached()
        if stopped:
            os.kill(worker, signal.SIGSTOP)
        play.kill()
        wait_dead(worker)
        state = cell.state
        cell.note = state.whole
        written = point != "after:device:writing"
        assert (state.running, bool(state.timers)) == (("after", True) if written else ("before", False))
        held = cell.apply("resume").ends()
        assert held.code == 1
        assert "That process is dead: --take-over REASON" in held.said
        cell.finish(take_over="the playbook was killed", writes=0 if written else None)
        assert cell.once() == 1

    matrix(f"playbook killed {name(point)}{', worker stopped' if stopped else ''}", work, columns)


def test_worker_killed(matrix: Matrix) -> None:
    """Somebody kills a playbook's worker: Ansible gives up, the change is stopped, and nobody has its lock."""

    def work(cell: Cell) -> None:
        play = cell.play(hold="after:device:probing")
        os.kill(play.reached(), signal.SIGKILL)
        report = play.ends()
        assert report.code == 1
        for words in ("begun and not ended", f"To go on: scripts/change.py resume {cell.plan_id}"):
            assert words in report.said
        cell.note = cell.state.whole
        assert (cell.note, cell.status()) == ("waits", "stopped")
        cell.finish(writes=0)
        assert cell.once() == 1

    matrix("playbook's worker killed after device probing", work, (EOS,))


@pytest.mark.parametrize(
    ("number", "columns"), [(signal.SIGINT, PLATFORMS), (signal.SIGTERM, (IOS,)), (signal.SIGHUP, (EOS, PROCURVE))]
)
def test_playbook_told_to_stop(matrix: Matrix, number: signal.Signals, columns: tuple[Column, ...]) -> None:
    """Ctrl-C, SIGTERM and a terminal that is gone: what is not confirmed goes back, and what to run next is said."""

    def work(cell: Cell) -> None:
        play = cell.play(hold="after:device:probing")
        play.reached()
        play.interrupt(number)
        told = time.monotonic()
        while "Stopping: taking back what is not confirmed" not in play.printed:
            assert time.monotonic() - told < 2, "it says nothing"
            time.sleep(0.02)
        play.go()
        report = play.ends()
        assert report.code == 130
        words = ("stopped by hand", "It is as it was before", f"reverted: {cell.switch}")
        assert cell.check(report, *words, f"To go on: scripts/change.py resume {cell.plan_id}") == "before"
        assert cell.status() == "stopped"
        cell.free()
        cell.finish()

    matrix(f"playbook {number.name} in the window", work, columns)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_stop(matrix: Matrix, number: signal.Signals) -> None:
    """The same of ``scripts/change.py``, for which Ctrl-C has a row of its own."""

    def work(cell: Cell) -> None:
        command = cell.apply(hold="after:device:probing")
        command.reached()
        command.interrupt(number)
        command.go()
        report = command.ends()
        assert report.code == 130
        assert cell.check(report, "stopped by hand", "It is as it was before") == "before"
        cell.free()
        cell.finish()

    matrix(f"{number.name} in the window", work)


@pytest.mark.parametrize("moment", ["before", "in"])
def test_stopped_past_the_timer(matrix: Matrix, moment: str) -> None:
    """SIGSTOP until the switch has gone back on its own, then SIGCONT: the switch is believed, and not our sending."""

    def work(cell: Cell) -> None:
        point = "after:device:confirming" if moment == "before" else f"line:{cell.column.confirm}"
        command = cell.apply(hold=point)
        process = command.reached()
        os.kill(process, signal.SIGSTOP)
        command.go()
        assert cell.wait_whole() == "before"
        cell.place.listening(cell.switch)
        os.kill(process, signal.SIGCONT)
        report = command.ends()
        assert report.code == 1
        assert cell.check(report, "the confirmation: .*; it is as it was before") == "before"
        cell.free()
        cell.finish()

    matrix(f"stopped {moment} the confirmation, past the timer", work, ALL if moment == "in" else PLATFORMS, clock=FAST)


@pytest.mark.parametrize(
    ("door", "point"),
    [
        ("change.py", "after:device:writing"),
        ("change.py", "after:device:confirming"),
        ("playbook", "after:device:probing"),
    ],
)
def test_taken_over_while_stopped(matrix: Matrix, door: str, point: str) -> None:
    """Somebody on the other control node takes it for dead, and ends the change; woken up, it writes nothing more."""

    def work(cell: Cell) -> None:
        first = cell.apply(hold=point) if door == "change.py" else cell.play(hold=point)
        process = first.reached()
        os.kill(process, signal.SIGSTOP)
        first.go()
        second = cell.apply("resume", take_over="control-01 does not answer", host=ELSEWHERE).ends()
        assert cell.check(second) == "after"
        assert second.code == 0
        writes, steps = cell.writes, len(cell.context.journal.entries(what="device"))
        os.kill(process, signal.SIGCONT)
        report = first.ends()
        assert report.code == 1
        assert "the lock of loppa is held by nobody, expected ours" in report.said
        assert (cell.state.whole, cell.writes) == ("after", writes)
        assert len(cell.context.journal.entries(what="device")) == steps
        assert cell.status() == "done"
        cell.note = "after"
        cell.once()
        cell.free()

    matrix(f"{door} stopped {name(point)}, taken over", work)
