"""``scripts/config.py``: any configuration, from a file or standard input, without inventory, lab or switch."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Format, FormatOption
from nornir_tasks.config.compare import compare, list_lines
from nornir_tasks.config.danger import find_danger
from nornir_tasks.core.bounds import FILE_BYTES, format_bytes, read_file
from nornir_tasks.core.errors import PlatformError, UsageError
from nornir_tasks.core.exit_codes import CLEAN, DRIFT
from nornir_tasks.core.text import count_noun
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import Platform

HELP = """Any switch's configuration, from a file or standard input (-). No inventory is read, and no switch is asked.

\b
  scripts/config.py mask --platform ios running.txt                what you may send to somebody
  scripts/config.py diff --platform eos old.txt new.txt            what differs by meaning, not by text
  scripts/config.py remediate --platform procurve old.txt new.txt  the commands from one to the other

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
        masked, secrets = _read(platform(kind.value), file)
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


def _read_both(made: Platform, old: Path, new: Path) -> list[tuple[str, dict[str, str]]]:
    """Two configurations, each understood: an error names its file."""
    if old == new == STANDARD_INPUT:
        raise UsageError("OLD and NEW: found - for both, expected a file for one of them")
    read = []
    for file in (old, new):
        read.append(_read(made, file))
        try:
            list_lines(made.name, read[-1][0])
        except PlatformError as error:
            raise PlatformError(f"{file}: {error}") from error
    return read


def _read(made: Platform, file: Path) -> tuple[str, dict[str, str]]:
    """A configuration, cleaned and masked, and its secrets.

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
    return made.mask(made.clean(text.replace("\r\n", "\n")))
