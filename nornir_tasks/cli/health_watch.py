"""``scripts/health_check.py --watch``: round after round, in place, until Ctrl-C."""

import sys
import time
from datetime import UTC, datetime
from functools import partial
from typing import NoReturn

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from nornir_tasks.cli import terminal
from nornir_tasks.cli.health_progress import REFRESHES, RoundProgress
from nornir_tasks.cli.health_round import RoundOptions, ask, find_exit_code, run_interruptibly
from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.language import translate
from nornir_tasks.core.terminal import make_live_console
from nornir_tasks.health.run_record import RunRecord
from nornir_tasks.reports.health_formats import HealthFormat
from nornir_tasks.reports.health_table import lay_out_record, show_record


class Watch:
    """What stands on the screen: the last round's verdict and table, and above it what is done now."""

    def __init__(self, options: RoundOptions, seconds: float) -> None:
        self._options, self._seconds = options, seconds
        self._progress: RoundProgress | None = None
        self._next = 0.0
        self.record: RunRecord | None = None

    def run(self) -> None:
        """Round after round; it ends by Ctrl-C.

        Raises:
            KeyboardInterrupt: somebody has had enough.
            FellesdriftError: the inventory is wrong, or the pattern names nothing.
        """
        while True:
            self._progress = RoundProgress()
            self.record = run_interruptibly(partial(ask, self._options, self._progress)).record
            self._progress, self._next = None, time.monotonic() + self._seconds
            while time.monotonic() < self._next:
                time.sleep(1 / REFRESHES)

    def lay_out(self) -> RenderableType:
        """The screen as it is now."""
        pattern, now = self._options.pattern, f"{datetime.now(UTC):%H:%M:%S} UTC"
        head = translate("{pattern}, {now}; Ctrl-C ends it", pattern=pattern, now=now)
        left = max(0.0, self._next - time.monotonic())
        state = self._progress.lay_out() if self._progress else Text(translate("… next in {left:.0f} s", left=left))
        parts: list[RenderableType] = [Text(head, style="dim"), state, Text()]
        if self.record:
            parts.append(lay_out_record(self.record, verbose=self._options.verbose))
        return Group(*parts)


def watch(options: RoundOptions, seconds: float) -> NoReturn:
    """Go on until Ctrl-C, and leave with the last round's exit code; its verdict then stands on the terminal.

    Args:
        options: what was typed.
        seconds: between two rounds.

    Raises:
        UsageError: standard output is no terminal, or it is to be told in another way than as a table.
    """
    if options.form is not HealthFormat.TABLE or options.output:
        raise UsageError(translate("--watch: expected --format table and no --output: it is for a terminal"))
    console = make_live_console(sys.stdout)
    if not console.is_terminal:
        raise UsageError(translate("--watch: found a standard output that is no terminal, expected one"))
    watcher = Watch(options, seconds)
    try:
        with Live(
            get_renderable=watcher.lay_out,
            console=console,
            screen=True,
            refresh_per_second=REFRESHES,
            redirect_stdout=False,
            redirect_stderr=False,
        ):
            watcher.run()
    except KeyboardInterrupt:
        if watcher.record is None:
            raise
    assert watcher.record
    show_record(console, watcher.record)
    terminal.leave_at_once(find_exit_code(options.form, watcher.record))
