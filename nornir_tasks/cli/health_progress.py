"""How far a round of health checks has come, on a terminal's standard error: never silent for long, and then gone."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.live import Live
from rich.text import Text

from nornir_tasks.core.language import translate, translate_count
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.terminal import make_live_console
from nornir_tasks.core.verdict import group
from nornir_tasks.health.run_record import describe_answer
from nornir_tasks.health.runner import Step

REFRESHES = 4  # a second


class RoundProgress:
    """What is being done, how far it has come, and for how long; ``tell`` may be called from any thread."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._doing = translate("reading the inventory")
        self._sick = 0
        self._live: Live | None = None
        self._lists_findings = False

    def begin(self, doing: str) -> None:
        """Something else is done from now on: for people, already in their language."""
        self._doing = doing

    def tell(self, step: Step) -> None:
        """A device has been looked at: what is wrong with it is listed, where somebody watches."""
        answers = [answer for answer in group(step.verdicts) if answer[0].is_bad]
        self._sick += bool(answers)
        if step.done == step.total:
            self.begin(translate("looking for causes, and whom they hit"))
        else:
            self.begin(translate("{done} of {total} devices", done=step.done, total=step.total))
        if self._live and self._lists_findings:
            for answer in answers:
                line = f"{step.device}: {answer[0].rule.name}: {describe_answer(answer)}"
                self._live.console.print(Text(make_safe(line)))

    def lay_out(self) -> Text:
        """The line, as it is now."""
        sick = translate_count("{count} not well", "{count} not well", self._sick)
        line = f"… {self._doing}, {sick}, {time.monotonic() - self._began:.0f} s"
        return Text(make_safe(line), no_wrap=True, overflow="ellipsis")

    @contextmanager
    def show(self, *, lists_findings: bool) -> Iterator[None]:
        """The line stands on standard error meanwhile, if that is a terminal which can take it away again.

        Args:
            lists_findings: whether what is wrong is listed above it, as it is found.
        """
        console = make_live_console(sys.stderr)
        if not console.is_terminal or console.is_dumb_terminal:
            yield
            return
        self._lists_findings = lists_findings
        with Live(
            get_renderable=self.lay_out,
            console=console,
            refresh_per_second=REFRESHES,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        ) as self._live:
            yield
