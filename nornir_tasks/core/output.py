"""The one way out: what comes from a device, a file or the inventory, made fit for a terminal, the journal or a page.

Every secret that this process has remembered is masked, whatever way it came; what no reader would see, and a terminal
would obey, stands there in figures.
"""

import json
import re
from collections.abc import Callable
from typing import Any, TextIO

from nornir_tasks.core.secrets import mask_secrets, mask_texts
from nornir_tasks.core.text import format_figures, replace_invisible

# Weight and colours, as our own tables set them: on a terminal these may pass. Black (30), white (37) and hidden (8)
# letters are not among them, since a line can be hidden with each.
STYLE = re.compile(r"(\x1b\[(?:[012]|3[1-6])?(?:;(?:[012]|3[1-6]))*m)")
VISIBLE = {"\t", "\N{NO-BREAK SPACE}"}


def make_safe(text: str) -> str:
    """The text with secrets masked and invisible characters in figures; lines and tabs stay."""
    return _replace_invisible(mask_secrets(text), format_figures)


def make_safe_json(value: Any) -> str:
    """JSON of a value; dates, stages and the like as text. Invisible characters as JSON writes them, secrets masked."""
    return _escape_json(_dump(mask_texts(json.loads(_dump(value)))))


def make_visible_json(value: Any) -> str:
    """The same of a value that is read back, and whose secrets are hidden in another way."""
    return _escape_json(_dump(value))


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def _escape_json(text: str) -> str:
    return _replace_invisible(text, lambda letter: json.dumps(letter)[1:-1])


def _replace_invisible(text: str, replace: Callable[[str], str]) -> str:
    """The text with each invisible character replaced; its lines stay."""
    return "\n".join(replace_invisible(line, replace, VISIBLE) for line in text.split("\n"))


class SafeStream:
    """A stream of text through ``make_safe``; on a terminal colours pass. All else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._styled = stream, stream.isatty()

    @property
    def raw(self) -> TextIO:
        """The stream itself, for what moves the cursor and has made its texts safe: rich's live displays."""
        return self._stream

    def write(self, text: str) -> int:
        """Write it. Returns how many characters were given, as a stream does."""
        parts = STYLE.split(text) if self._styled else [text]
        self._stream.write("".join(part if number % 2 else make_safe(part) for number, part in enumerate(parts)))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write them."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
