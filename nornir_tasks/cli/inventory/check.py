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
from nornir_tasks.core.exit_codes import CLEAN, WRONG
from nornir_tasks.core.terminal import PIPED
from nornir_tasks.core.verdict import Severity, Verdict
from nornir_tasks.inventory.problem import SourceLine
from nornir_tasks.inventory.validate import examine

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


class Form(StrEnum):
    """How ``check`` answers."""

    TABLE = "table"
    JSON = "json"
    GITHUB = "github"


def check(
    inventory: Sources = None,
    form: Annotated[Form, typer.Option("--format", help="table, json or github")] = Form.TABLE,
    strict: Annotated[bool, typer.Option("--strict", help="a warning is as bad as an error")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="all warnings, not one of each kind")] = False,
) -> None:
    """Read the command line."""
    terminal.guarded(lambda: run(inventory, form, strict=strict, verbose=verbose))


def run(inventory: Sequence[Path] | None, form: Form, *, strict: bool, verbose: bool) -> int:
    """Examine, print, and say with the exit code whether anything must be put right."""
    problems = examine(inventory, date.today())
    counts = Counter(one.severity for one in problems)
    bad = bool(counts[Severity.ERROR] or (strict and counts[Severity.WARNING]))
    if form == Form.JSON:
        records = [_record(problem) for problem in problems]
        totals = {"errors": counts[Severity.ERROR], "warnings": counts[Severity.WARNING]}
        terminal.as_json({"sound": not bad, **totals, "problems": records})
    elif form == Form.GITHUB:
        for one in problems:
            print(_annotation(one))
    else:
        _table(problems, counts, verbose)
    return WRONG if bad else CLEAN


def _record(problem: Verdict[SourceLine]) -> dict[str, Any]:
    """A problem for a program."""
    return {
        "file": problem.subject.file,
        "line": problem.subject.line or None,
        "key": problem.subject.key,
        "found": problem.actual,
        "expected": problem.expected,
        "advice": _advice(problem),
        "severity": problem.severity.value,
    }


def _table(problems: Sequence[Verdict[SourceLine]], counts: Mapping[Severity, int], verbose: bool) -> None:
    """Errors first, by file; of many warnings of one kind in a file only the first, unless all are wanted."""
    errors, warnings = (_many(counts[severity], severity) for severity in Severity)
    print(f"{errors}, {warnings}; nothing was connected to")
    for severity in Severity:
        chosen = [one for one in problems if one.severity == severity]
        for file, those in groupby(chosen, key=lambda one: one.subject.file):
            mine = list(those)
            print(f"\n{file}: {_many(len(mine), severity)}")
            fold = severity == Severity.WARNING and not verbose
            kinds = [[one for one in mine if one.expected == kind] for kind in dict.fromkeys(o.expected for o in mine)]
            for some in kinds if fold else [[one] for one in mine]:
                _show(some[0])
                if some[1:]:
                    lines = f"line{'s' * (len(some) > 2)} " + ", ".join(str(one.subject.line) for one in some[1:])
                    print(_wrapped(" " * 8, f"{len(some) - 1} more like it (--verbose tells): {lines}"))


def _show(one: Verdict[SourceLine]) -> None:
    print(_wrapped(f"{one.subject.line or '':>6}  ", one.subject.key or "the file"))
    rows = (("found", one.actual), ("expected", one.expected), ("do", _advice(one)))
    print("\n".join(_wrapped(f"{'':8}{word:<10}", text) for word, text in rows))


def _wrapped(head: str, text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head)) or head.rstrip()


def _advice(one: Verdict[SourceLine]) -> str:
    """What to do; where the model knows nothing better, what follows from the rest."""
    if one.advice:
        return one.advice
    if one.actual.startswith(("nothing", "no ")):
        return "add it here" if one.subject.line else f"add it to a file in {one.subject.file}"
    if one.actual == "an unknown key":
        return "correct its name, or take it out"
    if "of its own" in one.expected or "of their own" in one.expected:
        return "give one of the two another"
    return "correct it here"


def _annotation(one: Verdict[SourceLine]) -> str:
    """A line that GitHub's runner makes a comment of."""
    where = [f"file={_escaped(one.subject.file, ',:')}", *([f"line={one.subject.line}"] if one.subject.line else [])]
    title = [f"title={_escaped(one.subject.key, ',:')}"] if one.subject.key else []
    words = replace(one, advice=_advice(one)).found_text
    return f"::{one.severity} {','.join([*where, *title])}::{_escaped(words)}"


def _escaped(text: str, more: Iterable[str] = "") -> str:
    for sign in ("%", "\r", "\n", *more):
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
