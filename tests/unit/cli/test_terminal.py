"""What the doors share: patterns, exit codes, and errors as one message."""

import json

import pytest

from nornir_tasks.cli import terminal
from nornir_tasks.cli.selection import PatternError, choose_devices
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.inventory.load import load_region


@pytest.mark.parametrize(
    ("pattern", "count"),
    [("all", 152), ("loppa", 9), ("hogtun-skole", 2), ("loppa-acc-*", 8), ("leaf", 4), ("loppa,loppa-core-01", 9)],
)
def test_a_pattern_chooses_switches(pattern: str, count: int) -> None:
    """By municipality, site, role or name; several at once, each switch once."""
    assert len(choose_devices(load_region(), pattern)) == count


def test_a_pattern_that_matches_nothing_is_a_mistake_of_usage() -> None:
    """It names what there is."""
    with pytest.raises(PatternError, match=r"'lopa'.*loppa") as caught:
        choose_devices(load_region(), "hasvik,lopa")
    assert caught.value.exit_code == 2


def test_an_error_is_its_message_and_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback."""

    def work() -> int:
        raise FellesdriftError("loppa-acc-01: expected this, found that")

    with pytest.raises(SystemExit) as caught:
        terminal.run_guarded(work)
    assert caught.value.code == 1
    assert capsys.readouterr().err == "error: loppa-acc-01: expected this, found that\n"


def test_a_table_fits_eighty_columns_and_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The last column is folded."""
    terminal.print_table(("SWITCH", "WHAT"), [("loppa-acc-01", "word " * 60)])
    printed = capsys.readouterr().out
    assert max(len(line) for line in printed.splitlines()) <= 80
    assert printed.count("word") == 60


def test_json_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With the letters of the place names as they are."""
    terminal.print_json({"site": "Øksfjord"})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"site": "Øksfjord"}
    assert "Øksfjord" in printed
