"""A round of health checks for a door: what is asked, and in which format it is told."""

import sys
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TypeVar

from nornir_tasks.cli import terminal
from nornir_tasks.cli.checkpoint import read_checkpoint, warn_of_tampering
from nornir_tasks.cli.health_progress import RoundProgress
from nornir_tasks.cli.selection import choose_devices
from nornir_tasks.core import atomic_write
from nornir_tasks.core.errors import FellesdriftError, UsageError, describe_error, describe_system_error
from nornir_tasks.core.exit_codes import CLEAN, WRONG
from nornir_tasks.core.language import translate, translate_count
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.terminal import make_console, wrap
from nornir_tasks.devices.context import open_context
from nornir_tasks.health.check import Check, load_checks
from nornir_tasks.health.history_recorder import HistoryRecorder
from nornir_tasks.health.knowledge import add_knowledge
from nornir_tasks.health.run_record import RunRecord
from nornir_tasks.health.runner import run_round
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model.finding import suggest_nearest
from nornir_tasks.reports.health_formats import HealthFormat, make_text
from nornir_tasks.reports.health_nagios import PluginState, judge_state, make_error_line
from nornir_tasks.reports.health_report import HealthReport
from nornir_tasks.reports.health_table import show_record

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class RoundOptions:
    """What was typed.

    Args:
        pattern: the switches, as ``choose_devices`` reads it.
        checks: names; none: all.
        form: how it is told.
        output: the file that it is written to; None: standard output.
        verbose: whether every check is listed; in a table only.
        language: of the texts.
    """

    pattern: str
    checks: tuple[str, ...]
    form: HealthFormat
    output: Path | None
    verbose: bool
    language: str


def tell_round(options: RoundOptions) -> int:
    """The exit code of a round, after it is told.

    Raises:
        FellesdriftError: the inventory is wrong, or the pattern or a check names nothing; not in the format of a
            plugin, which tells it in its own line.
        OSError: the file cannot be written; the same.
    """
    if options.form is not HealthFormat.NAGIOS:
        return _tell(options)
    try:
        return _tell(options)
    except (OSError, MemoryError) as error:
        message = describe_system_error(error)
    except FellesdriftError as error:
        message = str(error)
    except Exception as error:  # noqa: BLE001 - a bug: any other code would be taken for a state of the network
        traceback.print_exc()
        message = describe_error(error)
    print(make_error_line(message))
    return PluginState.UNKNOWN


def _tell(options: RoundOptions) -> int:
    progress, on_terminal = RoundProgress(), sys.stdout.isatty()
    is_table = options.form is HealthFormat.TABLE and options.output is None
    with progress.show(lists_findings=is_table and on_terminal):
        report = run_interruptibly(lambda: ask(options, progress))
    record = report.record
    if options.output:
        atomic_write.write({options.output: make_text(options.form, report)})
        if not record.is_healthy:  # why it leaves with another code than 0
            print(wrap(record.verdict), file=sys.stderr)
    elif is_table:
        show_record(make_console(), record, verbose=options.verbose, repeat=on_terminal)
        chosen = [report.region.devices[name] for name in record.scope.subjects]
        terminal.explain_silence(chosen, len(record.scope.closed))
    else:
        print(make_text(options.form, report), end="")
    return find_exit_code(options.form, record)


def find_exit_code(form: HealthFormat, record: RunRecord) -> int:
    """``CLEAN``, or ``WRONG`` where a check failed or broke while it was asked; a plugin has its own four."""
    if form is HealthFormat.NAGIOS:
        return judge_state(record)
    return CLEAN if record.is_healthy else WRONG


def ask(options: RoundOptions, progress: RoundProgress) -> HealthReport:
    """A round, and what it is told with.

    Args:
        options: what was typed.
        progress: hears of each device as it has been looked at.

    Raises:
        FellesdriftError: the inventory is wrong, or the pattern or a check names nothing.
    """
    checks, region = choose_checks(options.checks), load_region()
    chosen = choose_devices(region, options.pattern)
    context = open_context(region, reason="health check")
    warn_of_tampering(context)
    progress.begin(translate_count("asking {count} device", "asking {count} devices", len(chosen)))
    recorder = HistoryRecorder.begin(context.where)
    record = run_round(context, chosen, pattern=options.pattern, checks=checks, tell=progress.tell)
    record, trouble = add_knowledge(context, recorder, record)
    if trouble:
        print(wrap(make_safe(f"! {trouble}")), file=sys.stderr)
    return HealthReport(region, context.journal.position(), record, read_checkpoint(context), options.language)


def choose_checks(names: Sequence[str]) -> tuple[Check, ...]:
    """The checks of these names; all of them where there is none.

    Raises:
        UsageError: there is no such check; the message lists those that there are.
    """
    known = {check.name: check for check in load_checks()}
    for name in names:
        if name not in known:
            raise UsageError(
                translate(
                    "--check: found {found}, expected one of: {names}{nearest}",
                    found=repr(name),
                    names=", ".join(sorted(known)),
                    nearest=suggest_nearest(name, known),
                )
            )
    return tuple(check for name, check in known.items() if not names or name in names)


def run_interruptibly(work: Callable[[], Answer]) -> Answer:
    """What the work answers, done in another thread: Ctrl-C is heard at once, and not when the slowest device answers.

    Raises:
        KeyboardInterrupt: leave by ``terminal.leave_at_once``: the workers still wait for their devices.
    """
    answer = Future[Answer]()

    def run() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            answer.set_exception(error)

    Thread(target=run, daemon=True).start()
    return answer.result()
