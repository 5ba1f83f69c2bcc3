"""Somebody else is at it, too: on the switch itself, or with the same plan."""

import re

import pytest

from tests.faults.cell import Cell
from tests.faults.columns import ALL
from tests.faults.conftest import Matrix
from tests.faults.test_lost import NOTHING, strike


def test_edited_after_the_plan(matrix: Matrix) -> None:
    """The difference is shown, nothing is written, and the edit stays; once it is gone, the same plan goes on."""

    def work(cell: Cell) -> None:
        cell.edit(*cell.column.other)
        edited = cell.client.running(cell.switch)
        report = cell.apply().ends()
        assert report.code == 1
        cell.no_secret(report.printed)
        for words in (cell.switch, "SOMEBODY", NOTHING, "plan again"):
            assert re.search(words, report.said), report
        assert cell.client.running(cell.switch) == cell.client.startup(cell.switch) == edited
        assert not cell.state.timers
        cell.note = "edited"
        cell.edit(*cell.column.other_gone)
        cell.finish()

    matrix("edited after the plan", work, ALL)


@pytest.mark.parametrize("moment", ["after the first line", "after the commit", "before confirming"])
def test_edited_in_the_middle(matrix: Matrix, moment: str) -> None:
    """Nothing is confirmed that nobody planned, and no edit is overwritten that was there before the change was."""

    def work(cell: Cell) -> None:
        strike(cell, moment, f"edit {'; '.join(cell.column.other)}")
        report = cell.apply().ends()
        if report.word(cell.switch) == "refused":  # EOS has not taken anything yet, after the first line
            assert moment == "after the first line"
            assert "somebody configures it just now" in report.said
            assert (cell.state.whole, cell.state.timers) == ("neither", ())
            cell.note = "edited"
            cell.edit(*cell.column.other_gone)
            cell.finish()
            return
        # Confirmed a moment after the edit: that is told, and the edit is not taken away.
        ended = cell.check(report, failed="what was read of it afterwards is not what was meant")
        cell.clear()
        if ended == "neither":
            assert "SOMEBODY" in report.said
            cell.edit(*cell.column.other_gone)
            cell.finish(writes=0)
            return
        if ended == "before":
            cell.finish()
        cell.once()

    matrix(f"edited {moment}", work, ALL)


def test_two_at_once(matrix: Matrix) -> None:
    """The same plan twice: one of them is refused, with the name of the other; the other is not disturbed."""

    def work(cell: Cell) -> None:
        first, second = cell.apply(), cell.apply()
        reports = [first.ends(), second.ends()]
        assert sorted(report.code for report in reports) == [0, 1], reports
        loser = next(report for report in reports if report.code == 1)
        assert loser.outcomes == {}
        assert "a change is under way: tester on " in loser.said or "actual: done" in loser.said
        cell.check(next(report for report in reports if report.code == 0))
        assert cell.once() == 1
        cell.free()

    matrix("two applies at once", work, ALL)


def test_a_second_in_the_middle(matrix: Matrix) -> None:
    """Whoever comes while a line is about to be written is refused, and may not take the lock from the living."""

    def work(cell: Cell) -> None:
        first = cell.apply(hold="after:device:writing")
        first.reached()
        report = cell.apply().ends()
        assert report.code == 1
        assert re.search(r"found it begun by tester on \S+ \(process \d+\)", report.said), report
        for more in ("", "I want it"):
            report = cell.apply("resume", take_over=more).ends()
            assert report.code == 1
            assert "a change is under way: tester on " in report.said
            assert "a lock is not taken from the living" in report.said
        first.go()
        assert cell.check(first.ends()) == "after"
        assert cell.once() == 1
        cell.free()

    matrix("a second apply in the middle", work, ALL)
