"""How texts are laid out for a terminal: its width, and tables. What is laid out here, a door prints."""

import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table

PIPED = 80  # columns, where the output is no terminal


def make_console(stream: TextIO | None = None) -> Console:
    """A console for people: nothing in a text is taken for markup. ``stream`` is by default standard output."""
    output = stream or sys.stdout
    return Console(file=stream, highlight=False, markup=False, width=None if output.isatty() else PIPED)


def make_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> Table:
    """A table whose last column is folded, so that nothing is lost in 80 columns.

    Args:
        columns: the headings.
        rows: one text a column.
        title: stands above the headings; empty: none.
    """
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=number < len(columns) - 1)
    for row in rows:
        table.add_row(*row)
    return table
