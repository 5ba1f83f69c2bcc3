"""What does not fit in the inventory, as the model sees it. In which file and line it stands, `origins` knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from nornir_tasks.core.errors import FellesdriftError

Path = tuple[str | int, ...]
Severity = Literal["error", "warning"]
LONGEST = 60
FEW = 12


@dataclass(frozen=True)
class Finding:
    """One thing that does not fit.

    ``scope`` is the host or group whose variable it is, ``path`` the way to it within the variables:
    ``("links", 2, "b")``; an empty path means the host or group itself. A warning is something that one may live
    with, knowing it.
    """

    scope: str
    path: Path
    found: str
    expected: str
    advice: str = ""
    severity: Severity = "error"

    @property
    def key(self) -> str:
        """The path as people write it: ``links[2].b``."""
        return dotted(self.path)


class ModelError(FellesdriftError):
    """The variables do not make a region; ``findings`` holds everything that is wrong with them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        lines = [f"{one.scope} {one.key}: found {one.found}, expected {one.expected}" for one in findings]
        super().__init__("\n".join(lines))


def dotted(path: Path) -> str:
    """``("links", 2, "b")`` as ``links[2].b``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return plain(text.removeprefix("."))


def plain(text: str) -> str:
    """The text with what no terminal shows, or obeys, written out."""
    return text if text.isprintable() else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def shown(value: Any) -> str:
    """A found value, short enough for a line."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    text = repr(value) if isinstance(value, bool | int | float | str) else repr(str(value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def nearest(word: str, known: Iterable[str]) -> str:
    """``did you mean loppa-core-01?``, or nothing if nothing is near."""
    near = meant(word, known)
    return f"did you mean {near}?" if near else ""


def meant(word: str, known: Iterable[str]) -> str | None:
    """The known word that a slip of the fingers may have been meant for."""
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=0.6)), None)


def unknown(scope: str, path: Path, word: str, noun: str, known: Iterable[str]) -> Finding:
    """A name that is not among those of its kind, with the one that is near or (if they are few) all of them."""
    names = sorted(known)
    advice = nearest(word, names) or (one_of(names) if len(names) <= FEW else "")
    return Finding(scope, path, repr(word), noun, advice)


def one_of(known: Iterable[str]) -> str:
    """``one of a, b, c``."""
    return f"one of {', '.join(sorted(known))}"
