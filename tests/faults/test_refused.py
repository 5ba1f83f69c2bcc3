"""The switch does not take what it is given: a line, a file, or it takes its time; or what it says comes in part."""

import re

import pytest

from tests.faults.cell import Cell
from tests.faults.columns import ALL, IOS_RELOAD, PLATFORMS
from tests.faults.conftest import Matrix
from tests.faults.place import FAST
from tests.faults.test_lost import BACK, NOTHING, strike


def test_refused_line(matrix: Matrix) -> None:
    """Switch, line of the plan, the line and the switch's own words; the line is where ``show --lines`` numbers it."""

    def work(cell: Cell) -> None:
        column = cell.column
        cell.fault("refuse", column.refused)
        report = cell.apply().ends()
        assert report.code == 1
        told = rf"{cell.switch}: refused the line '({column.refused}[^']*)' \(line (\d+) of the plan\): .*"
        assert cell.check(report, told + column.words, BACK) == "before"
        line, number = re.findall(told, report.said)[0]
        assert cell.numbered(number) == line
        cell.clear()
        cell.finish()

    matrix("refused line", work, ALL)


def test_no_space_before(matrix: Matrix) -> None:
    """It cannot save, which is found out before the first line."""

    def work(cell: Cell) -> None:
        cell.fault("no-space")
        report = cell.apply().ends()
        assert report.code == 1
        assert cell.check(report, "[Ss]pace|save", NOTHING) == "before"
        cell.clear()
        cell.finish()

    matrix("no space before", work, ALL)


@pytest.mark.parametrize("moment", ["for the candidate", "after the commit", "before confirming"])
def test_no_space(matrix: Matrix, moment: str) -> None:
    """Flash is full by the time that the candidate comes, or that it is to be saved."""

    def work(cell: Cell) -> None:
        if moment == "for the candidate":
            cell.fault("before", cell.column.candidate, "full")
        else:
            strike(cell, moment, "full")
        # Confirmed, and then it cannot be saved: nothing else would be true.
        ended = cell.check(cell.apply().ends(), "[Ss]pace|save|file", failed="changed and confirmed")
        assert ended in ("before", "unsaved")
        cell.clear()
        cell.finish()
        cell.once()

    matrix(f"no space {moment}", work, ALL)


def test_slow(matrix: Matrix) -> None:
    """Five seconds a command: it takes its time, and is either done within its timer or back as it was."""

    def work(cell: Cell) -> None:
        cell.fault("slow", "5")
        report = cell.apply().ends()
        ended = cell.check(report)
        assert (report.code == 0) == (ended == "after")
        cell.clear()
        if ended == "before":
            cell.finish()
        cell.once()

    # Not EOS over SSH, where a configuration goes line by line: that takes a quarter of an hour.
    matrix("slow, 5 s a command", work, (*PLATFORMS, IOS_RELOAD))


@pytest.mark.parametrize("words", ["cut 30", "truncate 900"])
def test_truncated_before(matrix: Matrix, words: str) -> None:
    """What is read comes in part: that is no configuration to change anything after."""

    def work(cell: Cell) -> None:
        cell.fault(*words.split())
        report = cell.apply().ends()
        assert report.code == 1
        assert cell.check(report, NOTHING) == "before"
        cell.clear()
        cell.finish()

    matrix(f"output in part before ({words.split(maxsplit=1)[0]})", work, ALL)


@pytest.mark.parametrize("words", ["cut 30", "truncate 900"])
def test_truncated(matrix: Matrix, words: str) -> None:
    """From the commit on, what is read comes in part, until the switch has gone back on its own."""

    def work(cell: Cell) -> None:
        strike(cell, "after the commit", words)
        command = cell.apply()
        cell.struck(words)
        cell.wait_whole()
        cell.clear()
        report = command.ends()
        assert report.code == 1
        assert cell.check(report) == "before"
        cell.finish()
        cell.once()

    matrix(f"output in part after commit ({words.split(maxsplit=1)[0]})", work, ALL, clock=FAST)
