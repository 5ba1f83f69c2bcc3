"""What may stand behind a bar: EOS's filters, and those of the Linux below that people use most."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.personalities.eos.configuration.tokens import Invalid, complaint


class Failed(Exception):
    """A command that EOS understood and could not carry out; the words are EOS's own."""


@dataclass(frozen=True)
class Output:
    """What a command answers. ``data`` None: EOS has no JSON for it."""

    text: str = ""
    data: dict[str, Any] | None = None
    message: bool = False  # a remark rather than an output: eAPI puts it among the messages


# A bar between blanks begins a filter if a filter's name follows, unless quoted; any other belongs to the pattern.
# Behind the command itself a blank on either side will do.
_FIRST = re.compile(r"\s+\|\s*|\|\s+")
_FURTHER = re.compile(
    r'\s\|(?=\s*$|\s+(?:include|exclude|begin|section|json|no-more|nz|e?grep|head|tail|wc)\b)(?=(?:[^"]*"[^"]*")*[^"]*$)'
)


def split_pipes(line: str) -> tuple[str, list[str]]:
    """A command and the filters behind it; a bar of a pattern (``a|b``) begins none."""
    if "|" not in line or not line.lower().startswith(("sh", "dir", "more")):
        return line, []
    command, *rest = _FIRST.split(line, maxsplit=1)
    return command.strip(), [pipe.strip() for text in rest for pipe in _FURTHER.split(text)]


def run_through(pipe: str, output: Output) -> Output:
    """An output as it comes out of a filter.

    Raises:
        Invalid: there is no such filter, or its pattern is missing.
        Failed: the pattern is none, or there is no JSON.
    """
    words = pipe.split()
    if not words:
        raise Invalid("Incomplete command (at token 1: None)")
    verb = words[0].lower()
    if "json".startswith(verb):
        if output.data is None:
            raise Failed("This is an unconverted command")
        return Output(json.dumps(output.data, indent=4) + "\n", output.data)
    if verb in ("no-more", "nz"):
        return output
    names = [name for name in FILTERS if name == verb] or [name for name in FILTERS if name.startswith(verb)]
    if not names:
        raise complaint(0, words)
    selected = FILTERS[names[0]](output.text.removesuffix("\n").split("\n") if output.text else [], words[1:])
    return Output("".join(f"{line}\n" for line in selected), None)


def _pattern(words: list[str], flags: int = 0) -> re.Pattern[str]:
    if not words:
        raise Invalid("Incomplete command (at token 1: None)")
    text = " ".join(words)
    text = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    try:
        return re.compile(text, flags)
    except re.error:
        raise Failed(f"Invalid regular expression '{text}'") from None


def _include(lines: list[str], words: list[str]) -> list[str]:
    pattern = _pattern(words)
    return [line for line in lines if pattern.search(line)]


def _exclude(lines: list[str], words: list[str]) -> list[str]:
    pattern = _pattern(words)
    return [line for line in lines if not pattern.search(line)]


def _begin(lines: list[str], words: list[str]) -> list[str]:
    pattern = _pattern(words)
    return lines[next((index for index, line in enumerate(lines) if pattern.search(line)), len(lines)) :]


def section(lines: list[str], words: list[str]) -> list[str]:
    """Sections in which a line matches: with their head, and all of them."""
    pattern = _pattern(words, re.IGNORECASE)
    groups: list[list[str]] = []
    for line in lines:
        if line.strip() == "!":
            continue
        if line.startswith(" ") and groups:
            groups[-1].append(line)
        else:
            groups.append([line])
    return [line for group in groups if any(pattern.search(line) for line in group) for line in group]


def _grep(lines: list[str], words: list[str]) -> list[str]:
    options = ""
    while words and re.fullmatch(r"-[Eivc]+", words[0]):
        options += words[0][1:]
        words = words[1:]
    pattern = _pattern(words, re.IGNORECASE if "i" in options else 0)
    selected = [line for line in lines if bool(pattern.search(line)) != ("v" in options)]
    return [str(len(selected))] if "c" in options else selected


def _count(words: list[str]) -> int:
    text = "".join(words).removeprefix("-n").removeprefix("-")
    if text and not (text.isascii() and text.isdigit()):
        raise complaint(1, ["head", *words])
    return int(text or 10)


def _wc(lines: list[str], words: list[str]) -> list[str]:
    if words not in ([], ["-l"]):
        raise complaint(1, ["wc", *words])
    numbers = (len(lines), sum(len(line.split()) for line in lines), sum(len(line) + 1 for line in lines))
    return [str(numbers[0]) if words else "".join(f"{number:>8}" for number in numbers)]


FILTERS: dict[str, Callable[[list[str], list[str]], list[str]]] = {
    "include": _include,
    "exclude": _exclude,
    "begin": _begin,
    "section": section,
    "grep": _grep,
    "egrep": _grep,
    "head": lambda lines, words: lines[: _count(words)],
    "tail": lambda lines, words: lines[-_count(words) :] if _count(words) else [],
    "wc": _wc,
}
