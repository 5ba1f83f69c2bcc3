"""``scripts/inventory.py check``: everything that is wrong with the inventory, at once."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Annotated, get_args

import typer

from nornir_tasks.cli.inventory.sources import Sources
from nornir_tasks.core import terminal
from nornir_tasks.inventory.problem import Problem
from nornir_tasks.inventory.validate import examine
from nornir_tasks.model.finding import Severity

HELP = """Everything that is wrong with the inventory, at once. Nothing is connected to.

\b
  scripts/inventory.py check                  what ansible.cfg lists
  scripts/inventory.py check -i /srv/net      another one; -i again: overlays
  scripts/inventory.py check --strict         for CI: warnings count, too
  scripts/inventory.py check --format github  comments at the lines
  scripts/inventory.py check --format json    for a program

An error must be put right. A warning is something one may live with, knowing it: what hangs on one switch or
cable alone, dates that are missing or past. Exit codes: 0 no error, 1 errors, 2 usage."""

WIDTH = terminal.PIPED


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
    bad = bool(counts["error"] or (strict and counts["warning"]))
    if form == Form.JSON:
        told = [{**asdict(one), "line": one.line or None, "advice": _advice(one)} for one in problems]
        terminal.as_json({"sound": not bad, "errors": counts["error"], "warnings": counts["warning"], "problems": told})
    elif form == Form.GITHUB:
        for one in problems:
            print(_annotation(one))
    else:
        _table(problems, counts, verbose)
    return terminal.WRONG if bad else terminal.CLEAN


def _table(problems: Sequence[Problem], counts: Mapping[Severity, int], verbose: bool) -> None:
    """Errors first, by file; of many warnings of one kind in a file only the first, unless all are wanted."""
    print(f"{_many(counts['error'], 'error')}, {_many(counts['warning'], 'warning')}; nothing was connected to")
    for severity in get_args(Severity):
        chosen = [one for one in problems if one.severity == severity]
        for file, those in groupby(chosen, key=lambda one: one.file):
            mine = list(those)
            print(f"\n{file}: {_many(len(mine), severity)}")
            fold = severity == "warning" and not verbose
            kinds = [[one for one in mine if one.expected == kind] for kind in dict.fromkeys(o.expected for o in mine)]
            for some in kinds if fold else [[one] for one in mine]:
                _show(some[0])
                if some[1:]:
                    lines = f"line{'s' * (len(some) > 2)} " + ", ".join(str(one.line) for one in some[1:])
                    print(_wrapped(" " * 8, f"{len(some) - 1} more like it (--verbose tells): {lines}"))


def _show(one: Problem) -> None:
    print(_wrapped(f"{one.line or '':>6}  ", one.key or "the file"))
    rows = (("found", one.found), ("expected", one.expected), ("do", _advice(one)))
    print("\n".join(_wrapped(f"{'':8}{word:<10}", text) for word, text in rows))


def _wrapped(head: str, text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head)) or head.rstrip()


def _advice(one: Problem) -> str:
    """What to do; where the model knows nothing better, what follows from the rest."""
    if one.advice:
        return one.advice
    if one.found.startswith(("nothing", "no ")):
        return "add it here" if one.line else f"add it to a file in {one.file}"
    if one.found == "an unknown key":
        return "correct its name, or take it out"
    if "of its own" in one.expected or "of their own" in one.expected:
        return "give one of the two another"
    return "correct it here"


def _annotation(one: Problem) -> str:
    """A line that GitHub's runner makes a comment of."""
    where = [f"file={_escaped(one.file, ',:')}", *([f"line={one.line}"] if one.line else [])]
    title = [f"title={_escaped(one.key, ',:')}"] if one.key else []
    words = f"found {one.found}, expected {one.expected}; {_advice(one)}"
    return f"::{one.severity} {','.join([*where, *title])}::{_escaped(words)}"


def _escaped(text: str, more: Iterable[str] = "") -> str:
    for sign in ("%", "\r", "\n", *more):
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
