"""The journal's database goes away in the middle of a change, at each step: the switch still ends wholly."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.faults.cell import Cell
from tests.faults.columns import PLATFORMS
from tests.faults.conftest import Matrix
from tests.faults.test_killed import POINTS, name
from tests.support import postgres_server as postgres

# PostgreSQL ends with the thread that started it (see tests.support.postgres_server): this one stays.
KEEPER = ThreadPoolExecutor(1)


@pytest.mark.parametrize("point", POINTS)
def test_gone(matrix: Matrix, point: str) -> None:
    """There is a directory where its file was. What was done is told; once it is back, one command goes on."""

    def work(cell: Cell) -> None:
        command = cell.apply(hold=point)
        command.reached()
        with cell.without_journal():
            command.go()
            report = command.ends()
        assert report.code == 1
        cell.check(report, "journal ")
        if cell.status() == "done":
            cell.next_takes_over()
            return
        cell.finish(take_over="its journal was away")
        cell.once()

    matrix(f"journal gone {name(point)}", work, moves="bouncing" in point)


@pytest.mark.parametrize("point", ["after:device:writing", "before:device:probing", "after:device:confirming"])
def test_postgresql_gone(matrix: Matrix, point: str) -> None:
    """The same with PostgreSQL, which is stopped as an administrator would who cannot wait."""
    server = postgres.server()
    together = Barrier(len(PLATFORMS), timeout=90)

    def work(cell: Cell) -> None:
        cell.move_journal(server.fresh())
        cell.plan()
        command = cell.apply(hold=point)
        command.reached()
        if together.wait() == 0:
            server.stop()
        together.wait()
        command.go()
        report = command.ends()
        if together.wait() == 0:
            KEEPER.submit(server.start).result()
        together.wait()
        assert report.code == 1
        cell.check(report, "journal postgresql")
        cell.finish(take_over="its journal was away")
        cell.once()

    matrix(f"PostgreSQL gone {name(point)}", work, planned=False)
