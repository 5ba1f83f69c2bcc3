"""What the demonstration prints: one line a step, live in a terminal, whole when piped, never wider than 80 columns."""

import shutil
import sys
import time
from typing import TextIO

NAME = 12
TIME = 8


class Screen:
    """A list of steps. ``begin`` a step, ``tell`` how far it is, ``end`` it with what it came to."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._live = out.isatty()
        self._width = min(shutil.get_terminal_size((80, 24)).columns, 100) if self._live else 80
        self._name = ""
        self._began = 0.0

    def line(self, text: str = "") -> None:
        """A line of its own."""
        print(text, file=self._out, flush=True)

    def begin(self, name: str) -> None:
        """A step starts."""
        self._name, self._began = name, time.monotonic()
        self.tell("…")

    def tell(self, text: str) -> None:
        """How far the step is; only where somebody is watching."""
        if self._live:
            print(f"\r\x1b[2K{self._row(' ', text)}", end="", file=self._out, flush=True)

    def end(self, text: str, good: bool = True, extra: tuple[str, ...] = ()) -> float:
        """The step is over. Returns how long it took."""
        took = time.monotonic() - self._began
        print(("\r\x1b[2K" if self._live else "") + self._row("✓" if good else "✗", text), file=self._out)
        for more in extra:
            self.note(more)
        self._out.flush()
        return took

    def note(self, text: str) -> None:
        """More about the step, wrapped below it."""
        for row in wrap(text, self._width - NAME - 3):
            print(" " * (NAME + 3) + row, file=self._out)

    def fact(self, good: bool | None, name: str, text: str) -> None:
        """A line of the closing summary; None: it is told, and not judged."""
        first, *rest = wrap(text, self._width - 25) or [""]
        print(f"{'–' if good is None else '✓' if good else '✗'} {name:<22} {first}", file=self._out)
        for row in rest:
            print(" " * 25 + row, file=self._out)

    def _row(self, mark: str, text: str) -> str:
        room = self._width - NAME - TIME - 4
        if len(text) > room:
            text = text[: room - 1] + "…"
        took = time.monotonic() - self._began
        return f"{mark} {self._name:<{NAME}} {text:<{room}} {took:6.1f} s"


def wrap(text: str, width: int) -> list[str]:
    """Break a text at spaces; a word that is too long (a path) stays whole, so that it can be copied."""
    rows: list[str] = []
    for word in text.split():
        if rows and len(rows[-1]) + 1 + len(word) <= width:
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    return rows
