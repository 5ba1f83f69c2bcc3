"""How texts are laid out for a terminal: its width, and tables. What is laid out here, a door prints."""

import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from nornir_tasks.core.output import SafeStream, make_safe

PIPED = 80  # columns, where the output is no terminal


class SafeConsole(Console):
    """A console that makes every text safe before it breaks it: a secret on two lines would not be known afterwards."""

    def render_str(self, text: str, **settings: Any) -> Text:
        """As rich's own; before it drops control characters in silence."""
        return super().render_str(make_safe(text), **settings)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As rich's own; of a text that has to be made safe, styles of single words are lost."""
        if isinstance(renderable, Text) and (safe := make_safe(renderable.plain)) != renderable.plain:
            renderable = Text(safe, style=renderable.style, overflow=renderable.overflow, no_wrap=renderable.no_wrap)
        return super().render(renderable, options)


def make_console(stream: TextIO | None = None) -> Console:
    """A console for people: nothing in a text is taken for markup. ``stream`` is by default standard output."""
    output = stream or sys.stdout
    return SafeConsole(file=stream, highlight=False, markup=False, width=None if output.isatty() else PIPED)


def make_live_console(stream: TextIO) -> Console:
    """A console that may move the cursor, for ``rich.live``.

    Args:
        stream: standard output or standard error.
    """
    return SafeConsole(file=stream.raw if isinstance(stream, SafeStream) else stream, highlight=False, markup=False)


def make_table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]], title: str = "") -> Table:
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


def wrap(text: str, indent: int = 0) -> str:
    """The text, made safe, in lines of 80 columns; those below the first are indented by so much."""
    lead = text[: len(text) - len(text.lstrip())]
    return textwrap.fill(
        make_safe(text.lstrip()),
        width=PIPED,
        initial_indent=lead,
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
    )
