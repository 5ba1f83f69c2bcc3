"""What does not fit in the inventory, as the model sees it. In which file and line it stands, `origins` knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.verdict import Rule, Severity, Status, Verdict

Path = tuple[str | int, ...]
LONGEST = 60
FEW = 12
READING = Rule("reading", "every variable is one that the model knows and can read", "inventory")


@dataclass(frozen=True)
class Variable:
    """What a verdict of the model is about: a variable of a host or group.

    ``path`` is the way to it within the variables: ``("links", 2, "b")``; empty: the host or group itself.
    """

    scope: str
    path: Path

    @property
    def key(self) -> str:
        """The path as people write it: ``links[2].b``."""
        return dotted(self.path)

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


def judge_variable(
    scope: str, path: Path, found: str, expected: str, advice: str = "", severity: Severity = Severity.ERROR
) -> Verdict[Variable]:
    """The verdict on a variable that does not fit.

    Args:
        scope: the host or group whose variable it is.
        path: the way to it within the variables, keys and places in lists; empty: the host or group itself.
        found: what stands there, as ``shown`` writes it.
        expected: what would fit.
        advice: what to do, where the model knows it.
        severity: a warning keeps no region from being read.
    """
    return Verdict(Variable(scope, path), READING, Status.FAILURE, expected, found, advice, severity)


class ModelError(FellesdriftError):
    """The variables do not make a region; ``findings`` holds everything that is wrong with them."""

    def __init__(self, findings: Sequence[Verdict[Variable]]) -> None:
        self.findings = tuple(findings)
        lines = [f"{finding.subject}: found {finding.actual}, expected {finding.expected}" for finding in findings]
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


def unknown(scope: str, path: Path, word: str, noun: str, known: Iterable[str]) -> Verdict[Variable]:
    """A name that is not among those of its kind, with the one that is near or (if they are few) all of them."""
    names = sorted(known)
    advice = nearest(word, names) or (one_of(names) if len(names) <= FEW else "")
    return judge_variable(scope, path, repr(word), noun, advice)


def one_of(known: Iterable[str]) -> str:
    """``one of a, b, c``."""
    return f"one of {', '.join(sorted(known))}"
