"""Something to put right in the inventory: a verdict on a line of a file, and its text."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nornir_tasks.core.verdict import Rule, Severity, Status, Verdict
from nornir_tasks.model.finding import escape_unprintable

FILES = Rule("files", "every file of the inventory is one that can be read", "inventory")


@dataclass(frozen=True, order=True)
class SourceLine:
    """Where something stands. ``line`` is 0 where a whole file or folder is meant; ``key`` is as people write it."""

    file: str
    line: int
    key: str

    def __str__(self) -> str:
        location = f"{self.file}:{self.line}" if self.line else self.file
        return f"{location}  {self.key}" if self.key else location


def judge_line(
    file: str, line: int, key: str, actual: str, expected: str, advice: str = "", severity: Severity = Severity.ERROR
) -> Verdict[SourceLine]:
    """The verdict on a line of an inventory's file that does not fit.

    Args:
        file: as ``format_file`` writes it.
        line: from 1; 0: the whole file or folder.
        key: the variable, such as ``links[2].b``; empty: none.
        actual: what stands there.
        expected: what would fit.
        advice: what to do, where it is known.
        severity: a warning keeps no region from being read.
    """
    return Verdict(SourceLine(file, line, key), FILES, Status.FAILURE, expected, actual, advice, severity)


def sort_problems(problems: Iterable[Verdict[SourceLine]]) -> tuple[Verdict[SourceLine], ...]:
    """Each problem once, by file and line; two rules that say the same of a line are one problem."""
    by_content = {
        (problem.subject, problem.actual, problem.expected, problem.advice, problem.severity): problem
        for problem in problems
    }
    return tuple(by_content[key] for key in sorted(by_content))


def format_problem(problem: Verdict[SourceLine]) -> str:
    """``groups.yml:3  links[2].b: found …, expected …; what to do``."""
    separator = ": " if problem.subject.key else "  "
    return f"{problem.subject}{separator}{problem.found_text}"


def format_file(file: Path) -> str:
    """The file's path, relative to the working folder where it is below that; unprintable characters are escaped."""
    absolute = file.absolute()
    return escape_unprintable(str(absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else file))
