"""``scripts/inventory.py check``: everything that is wrong with the inventory, at once."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Sources
from nornir_tasks.config.list_limits import judge_long_lists
from nornir_tasks.core.exit_codes import CLEAN, WRONG
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.terminal import PIPED
from nornir_tasks.core.text import count_noun
from nornir_tasks.core.verdict import Severity, Verdict
from nornir_tasks.inventory.load import load_region
from nornir_tasks.inventory.problem import SourceLine
from nornir_tasks.inventory.validate import validate_inventory

HELP = """Everything that is wrong with the inventory, at once. Nothing is connected to.

\b
  scripts/inventory.py check                  what ansible.cfg lists
  scripts/inventory.py check -i /srv/net      another one; -i again: overlays
  scripts/inventory.py check --strict         for CI: warnings count, too
  scripts/inventory.py check --format github  comments at the lines
  scripts/inventory.py check --format json    for a program

An error must be put right. A warning is something one may live with, knowing it: what hangs on one switch or
cable alone, dates that are missing or past. Exit codes: 0 no error, 1 errors, 2 usage."""

WIDTH = PIPED


class CheckFormat(StrEnum):
    """How ``check`` answers."""

    TABLE = "table"
    JSON = "json"
    GITHUB = "github"


def check(
    inventory: Sources = None,
    form: Annotated[CheckFormat, typer.Option("--format", help="table, json or github")] = CheckFormat.TABLE,
    strict: Annotated[bool, typer.Option("--strict", help="a warning is as bad as an error")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="all warnings, not one of each kind")] = False,
) -> None:
    """Examine the inventory, and leave with an exit code.

    Args:
        inventory: as Ansible's ``-i``; default: what ``ansible.cfg`` lists.
        form: a table for people, JSON, or GitHub's annotations.
        strict: whether warnings make the exit code that of errors.
        verbose: whether the table shows every warning; else one of each kind in a file.
    """
    terminal.run_guarded(lambda: run(inventory, form, strict=strict, verbose=verbose))


def run(inventory: Sequence[Path] | None, form: CheckFormat, *, strict: bool, verbose: bool) -> int:
    """The exit code of the examination, after the problems are printed.

    Args:
        inventory: as Ansible's ``-i``; None: what ``ansible.cfg`` lists.
        form: a table for people, JSON, or GitHub's annotations.
        strict: whether warnings count as errors.
        verbose: whether the table shows every warning; else one of each kind in a file.

    Returns:
        ``CLEAN``, or ``WRONG`` where something must be put right.
    """
    problems = validate_inventory(inventory, date.today(), lambda: judge_long_lists(load_region(inventory)))
    counts = Counter(problem.severity for problem in problems)
    bad = bool(counts[Severity.ERROR] or (strict and counts[Severity.WARNING]))
    if form == CheckFormat.JSON:
        records = [_make_record(problem) for problem in problems]
        totals = {"errors": counts[Severity.ERROR], "warnings": counts[Severity.WARNING]}
        terminal.print_json({"sound": not bad, **totals, "problems": records})
    elif form == CheckFormat.GITHUB:
        for problem in problems:
            print(format_annotation(problem))
    else:
        _print_table(problems, counts, verbose)
    return WRONG if bad else CLEAN


def _make_record(problem: Verdict[SourceLine]) -> dict[str, Any]:
    """A problem for a program."""
    return {
        "file": problem.subject.file,
        "line": problem.subject.line or None,
        "key": problem.subject.key,
        "found": problem.actual,
        "expected": problem.expected,
        "advice": _find_advice(problem),
        "severity": problem.severity.value,
    }


def _print_table(problems: Sequence[Verdict[SourceLine]], counts: Mapping[Severity, int], verbose: bool) -> None:
    """Print errors first, by file; of several warnings of the same kind in a file only the first, unless verbose."""
    errors, warnings = (count_noun(counts[severity], severity) for severity in Severity)
    print(f"{errors}, {warnings}; nothing was connected to")
    for severity in Severity:
        chosen = [problem for problem in problems if problem.severity == severity]
        for file, group in groupby(chosen, key=lambda problem: problem.subject.file):
            file_problems = list(group)
            print(f"\n{file}: {count_noun(len(file_problems), severity)}")
            fold = severity == Severity.WARNING and not verbose
            kinds = [
                [problem for problem in file_problems if problem.expected == kind]
                for kind in dict.fromkeys(problem.expected for problem in file_problems)
            ]
            for alike in kinds if fold else [[problem] for problem in file_problems]:
                _print_problem(alike[0])
                if alike[1:]:
                    lines = f"line{'s' * (len(alike) > 2)} " + ", ".join(
                        str(problem.subject.line) for problem in alike[1:]
                    )
                    print(_wrap(" " * 8, f"{len(alike) - 1} more like it (--verbose tells): {lines}"))


def _print_problem(problem: Verdict[SourceLine]) -> None:
    print(_wrap(f"{problem.subject.line or '':>6}  ", problem.subject.key or "the file"))
    rows = (("found", problem.actual), ("expected", problem.expected), ("do", _find_advice(problem)))
    print("\n".join(_wrap(f"{'':8}{word:<10}", text) for word, text in rows))


def _wrap(head: str, text: str) -> str:
    indent = " " * len(head)
    return textwrap.fill(make_safe(text), WIDTH, initial_indent=head, subsequent_indent=indent) or head.rstrip()


def _find_advice(problem: Verdict[SourceLine]) -> str:
    """What to do about a problem: the rule's advice, or what follows from its other texts."""
    if problem.advice:
        return problem.advice
    if problem.actual.startswith(("nothing", "no ")):
        return "add it here" if problem.subject.line else f"add it to a file in {problem.subject.file}"
    if problem.actual == "an unknown key":
        return "correct its name, or take it out"
    if "of its own" in problem.expected or "of their own" in problem.expected:
        return "give one of the two another"
    return "correct it here"


def format_annotation(problem: Verdict[SourceLine]) -> str:
    """The line from which GitHub's runner makes a comment."""
    where = [
        f"file={_escape(problem.subject.file, ',:')}",
        *([f"line={problem.subject.line}"] if problem.subject.line else []),
    ]
    title = [f"title={_escape(problem.subject.key, ',:')}"] if problem.subject.key else []
    words = replace(problem, advice=_find_advice(problem)).found_text
    return f"::{problem.severity} {','.join([*where, *title])}::{_escape(words)}"


def _escape(text: str, more: Iterable[str] = "") -> str:
    text = make_safe(text)  # a secret with a % in it would not be known afterwards
    for sign in ("%", "\r", "\n", *more):
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text
