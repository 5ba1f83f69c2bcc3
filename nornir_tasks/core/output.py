"""The one way out: what comes from a device, a file or the inventory, made fit for a terminal, the journal or a page.

Every secret that this process has remembered is masked, whatever way it came; what no reader would see, and a terminal
would obey, stands there in figures.
"""

import json
import re
from typing import Any, TextIO

from nornir_tasks.core.logging import mask_secrets
from nornir_tasks.core.text import escape_invisible

# Colour and weight, as our own tables set them: on a terminal these may pass. Hidden letters (8) are not among them.
STYLE = re.compile(r"(\x1b\[(?:0|1|2|3[0-7]|9[0-7])?(?:;(?:0|1|2|3[0-7]|9[0-7]))*m)")
VISIBLE = {"\n", "\t", "\N{NO-BREAK SPACE}"}


def make_safe(text: str) -> str:
    """The text with secrets masked and invisible characters in figures; lines and tabs stay."""
    masked = mask_secrets(text)
    if masked.isprintable():
        return masked
    return "".join(letter if letter in VISIBLE else escape_invisible(letter) for letter in masked)


def make_safe_json(value: Any) -> str:
    """JSON of a value; dates, stages and the like as text. Invisible characters as ``\\uXXXX``, secrets masked."""
    text = mask_secrets(json.dumps(value, ensure_ascii=False, indent=1, default=str))
    return "".join(letter if letter.isprintable() or letter in VISIBLE else json.dumps(letter)[1:-1] for letter in text)


class SafeStream:
    """A stream of text through ``make_safe``; on a terminal colours pass. All else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._styled = stream, stream.isatty()

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
