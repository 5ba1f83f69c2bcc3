"""What the doors share: choosing switches by a pattern, tables for a narrow terminal, errors as one message."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from io import TextIOWrapper
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.model import Device, Region

CLEAN, WRONG, USAGE, DRIFT = 0, 1, 2, 99
PIPED = 80  # columns, where there is no terminal to ask


class Format(StrEnum):
    """How a door answers."""

    TABLE = "table"
    JSON = "json"


class PatternError(FellesdriftError):
    """A pattern matches nothing: names what there is."""

    exit_code = USAGE


def choose(region: Region, pattern: str) -> list[Device]:
    """The switches of a pattern: ``all``, a municipality, a site, a platform, a role, or a name with ``*``; or several.

    Raises:
        PatternError: a part of the pattern matches no switch.
    """
    chosen: dict[str, Device] = {}
    for part in (part.strip() for part in pattern.split(",")):
        found = [device for name in region.municipalities for device in region.of(name) if _fits(device, part)]
        if not found:
            names = ", ".join(region.municipalities)
            raise PatternError(
                f"pattern: found {part!r}, which matches no switch; expected all, a municipality ({names}), "
                "a site, a platform, a role, or a switch's name such as loppa-acc-*"
            )
        chosen.update({device.name: device for device in found})
    return list(chosen.values())


def _fits(device: Device, part: str) -> bool:
    groups = {"all", device.municipality, device.site, device.platform, device.role}
    return part in groups or fnmatchcase(device.name, part)


def door(main: Callable[..., None], text: str) -> None:
    """Open a door of one command. ``text`` is its help.

    A bug is a plain traceback: typer's own shows the values of variables, and one of them might be a password.
    """
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(help=text)(main)
    app()


def guarded(work: Callable[[], int]) -> None:
    """Run a door and leave with its exit code; an error that a user can act on is its message, and nothing else."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter is no reason to stop
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # as ``_door`` left it; from here on it is caught
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        code = work()
        sys.stdout.flush()
    except FellesdriftError as error:
        print(f"error: {error}", file=sys.stderr)
        code = error.exit_code
    except BrokenPipeError:  # whoever reads has seen enough: `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 128 + signal.SIGPIPE
    except OSError as error:  # a file that cannot be read or written, a full disk: the caller can act on that
        what = f"{error.filename}: " if error.filename else ""
        print(f"error: {what}{error.strerror or error}", file=sys.stderr)
        code = WRONG
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def silence(devices: Iterable[Device], silent: int) -> None:
    """Where nothing at all answers on this machine, say the likely reason."""
    ends = [device.endpoint.host for device in devices]
    if ends and silent == len(ends) and all(host.startswith("127.") for host in ends):
        say("Nothing answers on this machine. Is the lab up? `scripts/lab up` starts it.")


def as_json(value: Any) -> None:
    """Print JSON; what JSON does not know (dates, stages) as text."""
    print(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Print a table; the last column is folded, so that nothing is lost in 80 columns."""
    made = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        made.add_column(column, overflow="fold", no_wrap=number < len(columns) - 1)
    for row in rows:
        made.add_row(*row)
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else PIPED).print(made)


def say(text: str) -> None:
    """Print a line for people, broken at the terminal's width."""
    Console(highlight=False, markup=False, soft_wrap=False, width=None if sys.stdout.isatty() else PIPED).print(text)
