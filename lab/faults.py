"""What can be wrong with a switch on purpose."""

import re
from dataclasses import dataclass, field
from typing import Any

USAGE = "unreachable | slow SECONDS | refuse REGEX | drop-after N | hang | no-space | reload | clear"


class FaultError(ValueError):
    """There is no such fault, or its argument is no good."""


@dataclass
class Faults:
    """The faults of one switch. ``drop_after`` counts down commands until the session is dropped."""

    unreachable: bool = False
    hang: bool = False
    no_space: bool = False
    slow_seconds: float = 0.0
    drop_after: int | None = None
    refused: list[str] = field(default_factory=list)

    def set(self, words: list[str]) -> None:
        """Set the fault that these words name, beside those already there; ``clear`` removes all.

        Raises:
            FaultError: it is not one of USAGE.
        """
        match words:
            case ["clear"]:
                self.__init__()  # type: ignore[misc]
            case ["unreachable"]:
                self.unreachable = True
            case ["hang"]:
                self.hang = True
            case ["no-space"]:
                self.no_space = True
            case ["slow", seconds] if _number(seconds):
                self.slow_seconds = float(seconds)
            case ["drop-after", count] if count.isdigit() and int(count) > 0:
                self.drop_after = int(count)
            case ["refuse", *regex] if regex:
                self.refused.append(_regex(" ".join(regex)))
            case _:
                raise FaultError(f"fault: found {' '.join(words)!r}, expected {USAGE}")

    def refuses(self, line: str) -> bool:
        """Whether a configuration line is refused."""
        return any(re.search(regex, line.strip()) for regex in self.refused)

    def command(self) -> bool:
        """Count a command; True when the session has to be dropped now. The count starts again for the next session."""
        if self.drop_after is None:
            return False
        self._count += 1
        if self._count < self.drop_after:
            return False
        self._count = 0
        return True

    _count: int = field(default=0, repr=False)

    def words(self) -> list[str]:
        """The faults that are set, as they are typed."""
        found = [name for name, on in self._flags() if on]
        if self.slow_seconds:
            found.append(f"slow {self.slow_seconds:g}")
        if self.drop_after is not None:
            found.append(f"drop-after {self.drop_after}")
        return found + [f"refuse {regex}" for regex in self.refused]

    def _flags(self) -> list[tuple[str, bool]]:
        return [("unreachable", self.unreachable), ("hang", self.hang), ("no-space", self.no_space)]

    @classmethod
    def from_words(cls, lines: list[str]) -> "Faults":
        """The reverse of ``words``."""
        made = cls()
        for line in lines:
            name, _, argument = line.partition(" ")
            made.set([name, argument] if argument else [name])
        return made


def _number(text: Any) -> bool:
    try:
        return float(text) >= 0
    except ValueError:
        return False


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise FaultError(f"fault: {text!r} is no regular expression: {error}") from error
    return text
