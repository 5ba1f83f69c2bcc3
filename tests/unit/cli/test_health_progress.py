"""The line of progress: what it says, and that what is found does not flood a terminal."""

import sys
from io import StringIO

import pytest

from nornir_tasks.cli.health_progress import MOST_LISTED, RoundProgress
from nornir_tasks.core.verdict import Rule
from nornir_tasks.health.runner import Step

RULE = Rule("saved", "it is saved", "device")


class Terminal(StringIO):
    """A terminal of 80 columns."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def watch(monkeypatch: pytest.MonkeyPatch, screen: StringIO, kind: str = "xterm") -> StringIO:
    """Standard error from now on: pytest puts its own there before each test.

    Args:
        monkeypatch: pytest's.
        screen: a terminal, or none.
        kind: of terminal.
    """
    monkeypatch.setenv("TERM", kind)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def steps(count: int) -> list[Step]:
    """Every second one has something wrong, which takes more than a line to tell."""
    verdicts = [
        RULE.failed(f"sw-{number}", "x" * 90, "two\nlines\x1b[2J") if number % 2 else RULE.passed(f"sw-{number}")
        for number in range(count)
    ]
    return [Step(verdict.subject, (verdict,), number + 1, count) for number, verdict in enumerate(verdicts)]


def test_it_says_how_far_it_has_come_and_what_is_done_then() -> None:
    progress = RoundProgress()
    assert progress.lay_out().plain.startswith("… reading the inventory, 0 not well, ")
    first, second, last = steps(3)
    progress.tell(first)
    progress.tell(second)
    assert progress.lay_out().plain.startswith("… 2 of 3 devices, 1 not well, ")
    progress.tell(last)
    assert progress.lay_out().plain.startswith("… looking for causes, and whom they hit, 1 not well, ")


@pytest.mark.parametrize(("lists_findings", "count"), [(True, MOST_LISTED - 1), (False, 0)])
def test_what_is_found_is_a_line_each_and_no_flood(
    lists_findings: bool, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole only in the table below; a text of a device moves no cursor."""
    terminal, progress = watch(monkeypatch, Terminal()), RoundProgress()
    with progress.show(lists_findings=lists_findings):
        for step in steps(100):
            progress.tell(step)
    printed = terminal.getvalue()
    assert "… looking for causes, and whom they hit, 50 not well, " in printed
    lines = [line for line in printed.split("\n") if ": saved: " in line]
    assert len(lines) == count
    assert all(line.rstrip().endswith("…") for line in lines)
    assert ("… more are counted below" in printed) is lists_findings
    assert "\x1b[2J" not in printed


@pytest.mark.parametrize(("screen", "kind"), [(Terminal(), "dumb"), (StringIO(), "xterm")])
def test_where_no_line_can_be_taken_away_again_there_is_none(
    screen: StringIO, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch(monkeypatch, screen, kind)
    with (progress := RoundProgress()).show(lists_findings=True):
        for step in steps(3):
            progress.tell(step)
    assert screen.getvalue() == ""
