"""The fault matrix: one lab a worker, and a table of all cells at the end."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults import place as places
from tests.faults.cell import Cell
from tests.faults.columns import PLATFORMS, Column
from tests.faults.place import Place
from tests.faults.table import CELL


@pytest.fixture(scope="session")
def _built() -> Iterator[Place]:
    """The worker's lab, built once; it runs beside the other tests' own."""
    place = places.made()
    try:
        yield place
    finally:
        place.close()


@pytest.fixture(scope="module")
def place(_built: Place) -> Iterator[Place]:
    """The lab, its switches as at CONNECT, and the environment that leads to it."""
    with _built.entered():
        yield _built


class Matrix:
    """Runs one fault on several switches at once, and keeps what came of it for the table."""

    def __init__(self, place: Place, request: pytest.FixtureRequest) -> None:
        self.place, self._request = place, request

    def __call__(
        self,
        fault: str,
        work: Callable[[Cell], None],
        columns: Sequence[Column] = PLATFORMS,
        *,
        planned: bool = True,
        moves: bool = False,
        clock: float = 1.0,
    ) -> None:
        """One row of the matrix: ``work`` on each of these switches, at the same time.

        Args:
            planned: the plan is made before ``work`` begins.
            moves: the change brings a client's port to another VLAN, too.
            clock: how fast the switches' own time runs.
        """
        self.place.lab.client.clock(clock)
        try:
            with ThreadPoolExecutor(len(columns)) as pool:
                errors = list(pool.map(lambda column: self._one(fault, work, column, planned, moves), columns))
        finally:
            self.place.lab.client.clock(1)
            for column in columns:
                self.place.restore(column.switch)
        if found := [error for error in errors if error is not None]:
            raise found[0] if len(found) == 1 else ExceptionGroup(fault, found)

    def _one(
        self, fault: str, work: Callable[[Cell], None], column: Column, planned: bool, moves: bool
    ) -> Exception | None:
        where = self.place.fresh()
        try:
            cell = Cell(self.place, column, where, moves)
            if planned:
                cell.plan()
            work(cell)
        except Exception as error:  # noqa: BLE001 - raised together with the others'
            error.add_note(f"{fault} × {column.name} (state: {where})")
            self._keep(fault, column, "FAILED")
            return error
        shutil.rmtree(where)
        self._keep(fault, column, cell.note)
        return None

    def _keep(self, fault: str, column: Column, words: str) -> None:
        self._request.node.user_properties.append((CELL, [fault, column.name, words]))


@pytest.fixture
def matrix(place: Place, request: pytest.FixtureRequest) -> Matrix:
    """``matrix(fault, work)`` runs a row."""
    return Matrix(place, request)
