"""The way to the switch is lost: before the change, in the middle of it, or just before it is confirmed."""

import pytest

from tests.faults.cell import Cell
from tests.faults.columns import ALL
from tests.faults.conftest import Matrix
from tests.faults.place import FAST

MOMENTS = ("after the first line", "after the commit", "before confirming", "after confirming")
NOTHING = "[Nn]othing was (written|changed)"
BACK = "It is as it was before"


def strike(cell: Cell, moment: str, action: str) -> None:
    """Let a fault wait for its moment."""
    column = cell.column
    when, line = {
        "after the first line": ("on", column.line),
        "after the commit": ("on", column.commit),
        "before confirming": ("before", column.confirm),
        "after confirming": ("on", column.confirm),
    }[moment]
    cell.fault(when, line, *action.split())


@pytest.mark.parametrize("action", ["unreachable", "login", "new-key", "hang"])
def test_before(matrix: Matrix, action: str) -> None:
    """Nobody gets in, so nothing is written, and that is what is said, with the reason."""
    reasons = {
        "unreachable": "no connection|[Cc]annot connect",
        "login": "[Aa]uthentication|[Ll]ogin|password",
        "new-key": "another .*(key|certificate)|changed|trust.py",
        "hang": "timed out|no answer|timeout|[Nn]o .*banner|no connection",
    }

    def work(cell: Cell) -> None:
        cell.fault(action)
        report = cell.apply().ends()
        assert report.code == 1
        assert cell.check(report, reasons[action], NOTHING) == "before"
        cell.free()
        cell.clear()
        cell.finish()

    words = {"unreachable": "unreachable", "login": "wrong password", "new-key": "changed host key", "hang": "hangs"}
    matrix(f"{words[action]} before", work, ALL)


@pytest.mark.parametrize("moment", MOMENTS)
def test_drops(matrix: Matrix, moment: str) -> None:
    """The connection is lost, and the switch goes on: what has not been confirmed goes back, the rest is found out."""

    def work(cell: Cell) -> None:
        strike(cell, moment, "drop")
        report = cell.apply().ends()
        cell.clear()
        ended = cell.check(report)
        assert (report.code == 0) == (ended == "after")
        assert (ended == "after") == ("confirming" in moment)
        if ended == "before":
            assert BACK in report.said
            cell.finish()
        cell.once()

    matrix(f"drops {moment}", work, ALL)


@pytest.mark.parametrize("moment", MOMENTS)
def test_restarts(matrix: Matrix, moment: str) -> None:
    """It restarts into its startup configuration, which is what it had before, unless it has saved by then."""

    def work(cell: Cell) -> None:
        strike(cell, moment, "reload")
        report = cell.apply().ends()
        cell.clear()
        ended = cell.check(report)
        assert (report.code == 0) == (ended == "after")
        if ended == "before":
            cell.finish()
        cell.once()

    matrix(f"restarts {moment}", work, ALL)


@pytest.mark.parametrize("moment", MOMENTS)
def test_hangs(matrix: Matrix, moment: str) -> None:
    """It answers nobody, until its own timer has brought it back, and some time more."""

    def work(cell: Cell) -> None:
        strike(cell, moment, "hang")
        command = cell.apply()
        cell.struck("hang")
        cell.until(lambda: not cell.state.timers, "its timer has ended")
        cell.clear()
        report = command.ends()
        ended = cell.check(report)
        assert (report.code == 0) == (ended == "after")
        if ended == "before":
            cell.finish()
        cell.once()

    matrix(f"hangs {moment}", work, ALL, clock=FAST)


@pytest.mark.parametrize("action", ["hang", "unreachable", "login", "new-key"])
def test_gone_for_good(matrix: Matrix, action: str) -> None:
    """Nobody gets in any more after the commit: it goes back on its own, and that it is not known is what is said."""

    def work(cell: Cell) -> None:
        strike(cell, "after the commit", action)
        report = cell.apply(patience=25.0).ends()
        assert report.code == 1
        assert report.word(cell.switch) == "failed"
        cell.no_secret(report.printed)
        assert cell.wait_whole() == "before"
        cell.note = "unknown"
        cell.clear()
        cell.finish()
        cell.once()

    words = {"hang": "hangs", "unreachable": "unreachable", "login": "wrong password", "new-key": "changed host key"}
    matrix(f"{words[action]} after commit, for good", work, ALL, clock=FAST)
