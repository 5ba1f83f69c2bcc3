"""The control node dies, ``kill -9``, before and after every entry of the journal; whoever resumes ends it."""

import pytest

from tests.faults.cell import Cell
from tests.faults.columns import ALL
from tests.faults.conftest import Matrix
from tests.faults.place import FAST

DEVICE = ("started", "writing", "probing", "bouncing", "confirming", "changed")
STEPS = ("change:started", *(f"device:{step}" for step in DEVICE), "change:done", "lock:released")
POINTS = ("after:lock:taken", *(f"{when}:{step}" for step in STEPS for when in ("before", "after")))
# Of this point `scripts/test` without arguments asks, too; and there the change is taken back at the end.
SMOKE = "after:device:probing"
# From the first on the change is on the switch; from the second on it has been confirmed.
WRITTEN, CONFIRMED = POINTS.index("before:device:probing"), POINTS.index("before:device:changed")


def name(point: str) -> str:
    """A point in words."""
    return point.replace(":", " ")


@pytest.mark.parametrize(
    "point", [pytest.param(point, marks=pytest.mark.smoke) if point == SMOKE else point for point in POINTS]
)
def test_killed(matrix: Matrix, point: str) -> None:
    """Whoever takes over ends it in one command, and nothing is written twice."""
    place, moves = POINTS.index(point), "bouncing" in point

    def work(cell: Cell) -> None:
        command = cell.apply(hold=point)
        command.reached()
        command.kill()
        state = cell.state
        cell.note = state.whole
        assert state.running == ("after" if place >= WRITTEN else "before")
        assert bool(state.timers) == (WRITTEN <= place < CONFIRMED)
        if cell.status() == "done":  # what may be left is a lock
            cell.next_takes_over()
            return
        verb = "resume" if cell.status() == "begun" else "apply"
        held = cell.apply(verb).ends()
        assert held.code == 1
        for words in ("a change is under way: tester on ", "reason: test", "That process is dead: --take-over REASON"):
            assert words in held.said
        # What is on the switch is not written again; the link of a client that moves goes down and up.
        writes = None if place < WRITTEN else 2 if moves else 0
        cell.finish(take_over="the control node burnt down", writes=writes)
        assert cell.once() == 1
        assert cell.journalled("writing") == (2 if point == "after:device:writing" else 1)
        if point == SMOKE:
            cell.take_back()

    matrix(f"kill -9 {name(point)}", work, moves=moves)


@pytest.mark.parametrize("point", ["after:device:probing", "after:device:bouncing", "after:device:confirming"])
def test_killed_and_left_alone(matrix: Matrix, point: str) -> None:
    """Nobody resumes: the switch goes back on its own within its timer, wholly. And then somebody does."""

    def work(cell: Cell) -> None:
        command = cell.apply(hold=point)
        command.reached()
        command.kill()
        assert cell.state.running == "after"
        assert cell.state.timers
        assert cell.wait_whole() == "before"
        cell.note = "before"
        cell.place.listening(cell.switch)
        cell.finish(take_over="the control node burnt down")

    matrix(f"kill -9 {name(point)}, alone", work, ALL, moves="bouncing" in point, clock=FAST)


def test_interrupted(matrix: Matrix) -> None:
    """Ctrl-C while it is probed: what is not confirmed is taken back, and that is what is said."""

    def work(cell: Cell) -> None:
        command = cell.apply(hold="after:device:probing")
        command.reached()
        command.interrupt()
        command.go()
        report = command.ends()
        assert report.code == 130
        assert cell.check(report, "stopped by hand", "It is as it was before") == "before"
        cell.finish()

    matrix("Ctrl-C in the window", work, ALL)
