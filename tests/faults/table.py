"""The table of the fault matrix, at the end of a run: a row a fault, a column a platform, and how each cell ended.

``FELLESDRIFT_MATRIX=FILE`` writes it to a file as well.
"""

import os
from itertools import chain
from pathlib import Path
from typing import Any

CELL = "fault matrix"  # the property under which a test keeps [fault, column, word]
KEY = """\
What the lab says of the switch when the command had ended, or was killed:
before, after  wholly: it runs that, startup holds it, and no timer runs
waits          it still waits to be confirmed, or to go back on its own
unsaved        it runs what it should, and there was no space to save it
neither        somebody edited it in the last moment; nothing of that is lost
edited         as somebody left it after the plan: nothing was written
unknown        nobody could ask it: it went back on its own
Once the fault was gone, one command brought each of them to "after", and
nothing was written twice. (r): the archive is off, so a scheduled reload
protects the change. (s): over SSH, as the API is off."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table, if any cell was run."""
    cells: dict[str, dict[str, str]] = {}
    reports = [
        one for one in chain.from_iterable(terminalreporter.stats.values()) if getattr(one, "when", "") == "call"
    ]
    for report in sorted(reports, key=lambda one: one.location[:2]):  # of two workers' tests, kin together
        for name, value in report.user_properties:
            if name == CELL:
                fault, column, word = value
                cells.setdefault(fault, {})[column] = word
    if not cells:
        return
    text = drawn(cells)
    terminalreporter.section("fault matrix")
    terminalreporter.write_line(text)
    if where := os.environ.get("FELLESDRIFT_MATRIX"):
        Path(where).write_text(text + "\n")


def drawn(cells: dict[str, dict[str, str]]) -> str:
    """The cells as a table of text, and what its words mean; faults in the order in which they come."""
    columns = sorted({column for row in cells.values() for column in row}, key=lambda name: (name.count(" "), name))
    rows = [("FAULT", *columns)]
    rows += [(fault, *(row.get(column, "") for column in columns)) for fault, row in cells.items()]
    widths = [max(len(row[place]) for row in rows) for place in range(len(columns) + 1)]
    lines = [" ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    counted = sum(len(row) for row in cells.values())
    failed = sum(word == "FAILED" for row in cells.values() for word in row.values())
    return "\n".join([*lines, f"{len(cells)} faults, {counted} cells, {failed} failed.", "", KEY])
