"""What does not fit in the inventory, as the model sees it. `source_map` finds its file and line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.secrets import mask_secrets
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
        return format_path(self.path)

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


def judge_variable(
    scope: str, path: Path, actual: str, expected: str, advice: str = "", severity: Severity = Severity.ERROR
) -> Verdict[Variable]:
    """The verdict on a variable that does not fit.

    Args:
        scope: the host or group whose variable it is.
        path: the way to it within the variables, keys and places in lists; empty: the host or group itself.
        actual: what stands there, as ``format_value`` writes it.
        expected: what would fit.
        advice: what to do, where the model knows it.
        severity: a warning keeps no region from being read.
    """
    return Verdict(Variable(scope, path), READING, Status.FAILURE, expected, actual, advice, severity)


class ModelError(FellesdriftError):
    """The variables do not make a region; ``findings`` holds everything that is wrong with them."""

    def __init__(self, findings: Sequence[Verdict[Variable]]) -> None:
        self.findings = tuple(findings)
        lines = [f"{finding.subject}: found {finding.actual}, expected {finding.expected}" for finding in findings]
        super().__init__("\n".join(lines))


def format_path(path: Path) -> str:
    """``("links", 2, "b")`` as ``links[2].b``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return escape_unprintable(text.removeprefix("."))


def escape_unprintable(text: str) -> str:
    """The text with each unprintable character, and so each terminal control, written as its escape."""
    return (
        text
        if text.isprintable()
        else "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
    )


def format_value(value: Any) -> str:
    """A found value, short enough for a line."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    text = mask_secrets(repr(value) if isinstance(value, bool | int | float | str) else repr(str(value)))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def suggest_nearest(word: str, choices: Iterable[str]) -> str:
    """``did you mean loppa-core-01?``; empty if no choice is near."""
    choice = find_meant_word(word, choices)
    return f"did you mean {choice}?" if choice else ""


def find_meant_word(word: str, choices: Iterable[str]) -> str | None:
    """The choice that a mistyped word is nearest to; None: none is near."""
    return next(iter(get_close_matches(word, list(choices), n=1, cutoff=0.6)), None)


def judge_unknown(scope: str, path: Path, word: str, noun: str, choices: Iterable[str]) -> Verdict[Variable]:
    """The verdict on a name that is not among those of its kind; advises the nearest, or (of at most FEW) all of them.

    Args:
        scope: the host or group whose variable it is.
        path: the way to the variable.
        word: the name that stands there.
        noun: what is expected, such as ``a zone``.
        choices: the names that there are.
    """
    sorted_choices = sorted(choices)
    advice = suggest_nearest(word, sorted_choices) or (
        format_choices(sorted_choices) if len(sorted_choices) <= FEW else ""
    )
    return judge_variable(scope, path, repr(word), noun, advice)


def format_choices(choices: Iterable[str]) -> str:
    """``one of a, b, c``."""
    return f"one of {', '.join(sorted(choices))}"
