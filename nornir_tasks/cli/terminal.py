"""What all doors share: logging options, exit codes, an error as one message, and printing."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import wraps
from inspect import Parameter, get_annotations, signature
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

import typer

from nornir_tasks.cli.options import Debug, LogFile
from nornir_tasks.core.child_environment import remember_environment
from nornir_tasks.core.errors import FellesdriftError, describe_system_error
from nornir_tasks.core.exit_codes import BROKEN_PIPE, CLEAN, INTERRUPTED, WRONG
from nornir_tasks.core.language import translate
from nornir_tasks.core.logging import start_logging
from nornir_tasks.core.output import SafeStream, make_safe, make_safe_json
from nornir_tasks.core.terminal import make_console, make_table
from nornir_tasks.model import Device

Command = Callable[..., None]


class Door(typer.Typer):
    """A typer application whose commands all take ``--debug`` and ``--log-file``.

    A bug is a plain traceback: typer's own shows the values of variables, and one of them might be a password.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(add_completion=False, pretty_exceptions_enable=False, **settings)

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        """As typer's own; help and a slip in what was typed go the same way out as everything else."""
        start = super().__call__
        run_guarded(lambda: start(*arguments, **settings))

    def command(  # type: ignore[override]  # typer's own settings pass through, whatever they are
        self, name: str | None = None, **settings: Any
    ) -> Callable[[Command], Command]:
        """As typer's own, with the two options added."""
        register = super().command(name, **settings)

        def add(function: Command) -> Command:
            register(_with_logging(function))
            return function

        return add


def make_app(main: Command, text: str) -> Door:
    """A door of one command. ``text`` is its help."""
    app = Door()
    app.command(help=text)(main)
    return app


def _with_logging(function: Command) -> Command:
    """The same command with ``--debug`` and ``--log-file``; logging begins before it does."""

    @wraps(function)
    def command(*arguments: Any, debug: bool = False, log_file: Path | None = None, **options: Any) -> Any:
        try:
            start_logging(debug=debug, path=log_file)
        except FellesdriftError as error:
            print(f"error: {error}", file=sys.stderr)
            sys.exit(error.exit_code)
        return function(*arguments, **options)

    own = signature(function, eval_str=True)
    keyword = Parameter.KEYWORD_ONLY
    added = [
        Parameter("debug", keyword, default=False, annotation=Debug),
        Parameter("log_file", keyword, default=None, annotation=LogFile),
    ]
    command.__signature__ = own.replace(parameters=[*own.parameters.values(), *added])  # type: ignore[attr-defined]
    command.__annotations__ = {**get_annotations(function, eval_str=True), "debug": Debug, "log_file": LogFile}
    return command


def run_guarded(work: Callable[[], int]) -> None:
    """Run a door and leave with its exit code; an error that a user can act on is its message, and nothing else."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # as ``_door`` left it; from here on it is caught
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with _make_streams_safe():
        code = _run_safely(work)
    sys.exit(code)


@contextmanager
def _make_streams_safe() -> Iterator[None]:
    """Within this, whatever is printed is made safe: what typer says of a command line as what a door says."""
    streams = sys.stdout, sys.stderr
    if isinstance(sys.stdout, SafeStream):  # a command within its door
        yield
        return
    remember_environment()
    for stream in streams:
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter is no reason to stop
    try:
        sys.stdout, sys.stderr = (SafeStream(stream) for stream in streams)
        yield
    finally:
        sys.stdout, sys.stderr = streams


def _run_safely(work: Callable[[], int]) -> int:
    """The exit code of the work; what goes wrong is told."""
    try:
        try:
            code = work()
        except SystemExit as end:  # typer's, after help or a slip; or a command's within its door
            code = end.code if isinstance(end.code, int) else WRONG if end.code else CLEAN
        sys.stdout.flush()
    except FellesdriftError as error:
        print(f"error: {error}", file=sys.stderr)
        code = error.exit_code
    except BrokenPipeError:  # the reader of the pipe has ended: `| head`
        discard_output()
        code = BROKEN_PIPE
    except (OSError, MemoryError) as error:
        print(f"error: {describe_system_error(error)}", file=sys.stderr)
        code = WRONG
        try:
            sys.stdout.flush()
        except OSError:  # it was this: Python would try once more as it ends, and tell it in its own words
            discard_output()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except (typer.Exit, typer.Abort):
        raise
    except Exception:  # noqa: BLE001 - a bug: what it says goes the same way out as everything else
        traceback.print_exc()
        code = WRONG
    return code


def discard_output() -> None:
    """From here on standard output goes nowhere, what still waits in its buffer included: its reader has ended."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def leave_at_once(code: int) -> NoReturn:
    """End the process, and wait for none of its threads: they wait for devices that may never answer.

    Only where nothing is written to anything: what a thread was at is broken off.
    """
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def explain_silence(devices: Iterable[Device], silent: int) -> None:
    """Print the likely reason, if all of these devices are on this machine and as many are silent."""
    ends = [device.endpoint.host for device in devices]
    if ends and silent == len(ends) and all(host.startswith("127.") for host in ends):
        say(translate("Nothing answers on this machine. Is the lab up? `scripts/lab up` starts it."))


def print_json(value: Any) -> None:
    """Print JSON; what JSON does not know (dates, stages) as text."""
    print(make_safe_json(value))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Print a table whose last column is folded (``core.terminal.make_table``).

    Args:
        columns: the headings.
        rows: one text for each column.
        title: stands above the headings; empty: none.
    """
    safe_rows = [[make_safe(cell) for cell in row] for row in rows]  # rich would swallow some of it in silence
    make_console().print(make_table(columns, safe_rows, make_safe(title)))


def say(text: str) -> None:
    """Print a line for people, broken at the terminal's width."""
    make_console().print(make_safe(text), soft_wrap=False)
