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
MOST_LISTED = 20  # findings above the line, each on a line of its own: beyond it they are only counted


class RoundProgress:
    """What is being done, how far it has come, and for how long; ``tell`` may be called from any thread."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._doing = translate("reading the inventory")
        self._sick = 0
        self._live: Live | None = None
        self._left = 0  # findings that are still listed

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
        for answer in answers:
            if not self._live or not self._left:
                break
            self._left -= 1
            line = f"{step.device}: {answer[0].rule.name}: {describe_answer(answer)}"
            told = _make_line(line if self._left else translate("… more are counted below"))
            self._live.console.print(told, no_wrap=True, overflow="ellipsis")  # it joins texts, and forgets theirs

    def lay_out(self) -> Text:
        """The line, as it is now."""
        sick = translate_count("{count} not well", "{count} not well", self._sick)
        line = f"… {self._doing}, {sick}, {time.monotonic() - self._began:.0f} s"
        return _make_line(line)

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
        self._left = MOST_LISTED if lists_findings else 0
        with Live(
            get_renderable=self.lay_out,
            console=console,
            refresh_per_second=REFRESHES,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        ) as self._live:
            yield


def _make_line(text: str) -> Text:
    """A text on one line of the terminal, cut where that ends."""
    return Text(" ".join(make_safe(text).split()), no_wrap=True, overflow="ellipsis")
