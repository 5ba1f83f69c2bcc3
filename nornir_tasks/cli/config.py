"""``scripts/config.py``: any configuration, from a file or standard input, without inventory, lab or switch."""

import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Format, FormatOption
from nornir_tasks.config.compare import compare, list_lines
from nornir_tasks.config.danger import find_danger
from nornir_tasks.config.explain import explain as explain_lines
from nornir_tasks.core.bounds import FILE_BYTES, format_bytes, read_file
from nornir_tasks.core.errors import ConfigurationError, PlatformError, UsageError
from nornir_tasks.core.exit_codes import CLEAN, DRIFT
from nornir_tasks.core.text import count_noun
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import Platform

HELP = """Any switch's configuration, from a file or standard input (-). No inventory is read, and no switch is asked.

\b
  scripts/config.py mask -p ios running.txt          what you may send on
  scripts/config.py diff -p eos old.txt new.txt      what differs by meaning
  scripts/config.py remediate -p ios old.txt new.txt the commands between them
  scripts/config.py explain -p ios old.txt           which rule places a line
  scripts/config.py explain -p ios old.txt add.txt   and what replaces what

Exit codes: 0 the same, or told, 1 it cannot be read, 2 usage, 3 they differ."""


class Kind(StrEnum):
    """The platforms, as an option."""

    IOS = "ios"
    EOS = "eos"
    PROCURVE = "procurve"


PlatformOption = Annotated[Kind, typer.Option("--platform", "-p", help="whose configuration it is")]
OldFile = Annotated[Path, typer.Argument(metavar="OLD", help="a file, or - for standard input")]
NewFile = Annotated[Path, typer.Argument(metavar="NEW", help="a file, or - for standard input")]
STANDARD_INPUT = Path("-")
SIGNS = {"old": " ", "both": "=", "new": "+", "gone": "-"}
LINE_FEED = "\n"

app = terminal.Door(no_args_is_help=True, help=HELP)


@app.command()
def mask(
    kind: PlatformOption,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a file, or - for standard input")],
    form: FormatOption = Format.TABLE,
) -> None:
    """The configuration without its secrets, each named by what it belongs to.

    Exit codes: 0 told, 1 it cannot be read, 2 usage.
    """

    def work() -> int:
        made = platform(kind.value)
        masked, secrets = made.mask(made.clean(_read_text(file)))
        if form == Format.JSON:
            terminal.print_json({"platform": kind.value, "text": masked, "secrets": sorted(secrets)})
        else:
            print(masked, end="")
        return CLEAN

    terminal.run_guarded(work)


@app.command()
def diff(kind: PlatformOption, old: OldFile, new: NewFile, form: FormatOption = Format.TABLE) -> None:
    """What differs by meaning: the order of lines counts only where it has one. A changed secret is told, not shown.

    Exit codes: 0 the same, 1 one cannot be read, 2 usage, 3 they differ.
    """

    def work() -> int:
        made = platform(kind.value)
        (before, old_secrets), (after, new_secrets) = _read_both(made, old, new)
        comparison = compare(made, before, after)
        shared = old_secrets.keys() & new_secrets.keys()
        secrets = sorted(key for key in shared if old_secrets[key] != new_secrets[key])
        code = CLEAN if comparison.equal and not secrets else DRIFT
        if form == Format.JSON:
            told = {"same": code == CLEAN, "diff": comparison.diff, "missing": comparison.missing}
            told |= {"extra": comparison.extra, "reordered": comparison.reordered, "secrets": secrets}
            terminal.print_json({**told, "exit_code": code})
            return code
        print(comparison.diff, end="")
        for key in secrets:
            terminal.say(f"~ another secret: {key}")
        if code == CLEAN:
            terminal.say("They say the same.")
        return code

    terminal.run_guarded(work)


@app.command()
def remediate(
    kind: PlatformOption,
    old: OldFile,
    new: NewFile,
    rollback: Annotated[bool, typer.Option("--rollback", help="the commands back, from NEW to OLD")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """The commands that lead from OLD to NEW, in an order that works; a secret stands there by its name.

    Exit codes: 0 none, 1 one cannot be read, 2 usage, 3 these.
    """

    def work() -> int:
        made = platform(kind.value)
        (before, _), (after, _) = _read_both(made, old, new)
        commands = made.remediation(after, before) if rollback else made.remediation(before, after)
        dangers = [find_danger(command) for command in commands]
        code = DRIFT if commands else CLEAN
        if form == Format.JSON:
            rows = [{"command": line, "danger": why} for line, why in zip(commands, dangers, strict=True)]
            terminal.print_json({"commands": rows, "exit_code": code})
            return code
        for command in commands:
            print(command)
        marked = [(line.strip(), why) for line, why in zip(commands, dangers, strict=True) if why]
        for line, why in marked:
            print(f"! {line}: {why}", file=sys.stderr)
        print(f"{count_noun(len(commands), 'command')}, {len(marked)} of them to look at twice", file=sys.stderr)
        return code

    terminal.run_guarded(work)


@app.command()
def explain(
    kind: PlatformOption,
    old: OldFile,
    new: Annotated[
        Path | None, typer.Argument(metavar="NEW", help="what is laid over OLD, as a standard is over what was there")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Which rule gives each line its place; with NEW, what it replaces, and where each line comes from.

    A rule is a pattern of the platform's grammar. "unknown": no rule fits, so the line is kept as it is, where it is.

    Exit codes: 0 told, 1 one cannot be read, 2 usage.
    """

    def work() -> int:
        made = platform(kind.value)
        texts = _read_both(made, old, new) if new else [_read_understood(made, old)]
        rows = explain_lines(made, *(text for text, _ in texts))
        if form == Format.JSON:
            terminal.print_json({"lines": [{**asdict(row), "known": row.rule is not None} for row in rows]})
            return CLEAN
        for row in rows:
            print(
                f"{SIGNS[row.origin]} {'  ' * (len(row.line) - 1)}{row.line[-1].replace(LINE_FEED, LINE_FEED + '| ')}"
            )
            words = "unknown: it is kept as it is" if row.rule is None else f"rule {row.rule!r}, key {row.key!r}"
            if row.replaced_by:
                words += f"; replaced by {row.replaced_by.split(LINE_FEED)[0]!r}"
            print(f"{'  ' * len(row.line)}    {words}")
        unknown = sum(row.rule is None for row in rows)
        terminal.say(f"{count_noun(len(rows), 'line')}, {unknown} of them unknown")
        return CLEAN

    terminal.run_guarded(work)


def _read_both(made: Platform, old: Path, new: Path) -> list[tuple[str, dict[str, str]]]:
    """Two configurations, each understood."""
    if old == new == STANDARD_INPUT:
        raise UsageError("OLD and NEW: found - for both, expected a file for one of them")
    return [_read_understood(made, file) for file in (old, new)]


def _read_understood(made: Platform, file: Path) -> tuple[str, dict[str, str]]:
    """A configuration, cleaned and masked, and its secrets.

    Raises:
        PlatformError: it cannot be understood; with the file, the line's number and the line.
    """
    text = _read_text(file)
    masked, secrets = made.mask(made.clean(text))
    try:
        list_lines(made.name, masked)
    except ConfigurationError as error:
        numbers = [number for number, line in enumerate(text.split("\n"), 1) if line.strip() == error.line]
        raise PlatformError(f"{file}{f', line {numbers[0]}' if numbers else ''}: {error}") from error
    except PlatformError as error:
        raise PlatformError(f"{file}: {error}") from error
    return masked, secrets


def _read_text(file: Path) -> str:
    """A configuration as it is, but for its line ends.

    Raises:
        UsageError: it is no text.
        OSError: it cannot be read, or is larger than the bound.
    """
    content = sys.stdin.buffer.read(FILE_BYTES + 1) if file == STANDARD_INPUT else read_file(file)
    if len(content) > FILE_BYTES:
        raise UsageError(f"standard input: larger than {format_bytes(FILE_BYTES)}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # what old switches and terminals wrote
    if "\0" in text:
        raise UsageError(f"{file}: found the character U+0000, expected the text of a configuration")
    return text.replace("\r\n", "\n")
