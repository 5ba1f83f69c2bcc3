"""What the doors share: patterns, exit codes, and errors as one message."""

import json
import os
import signal
import subprocess
import sys

import pytest

from nornir_tasks.cli import terminal
from nornir_tasks.cli.selection import PatternError, choose_devices
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.inventory.load import load_region
from tests.support.reduced_inventory import ROOT


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
        terminal.guarded(work)
    assert caught.value.code == 1
    assert capsys.readouterr().err == "error: loppa-acc-01: expected this, found that\n"


def test_a_table_fits_eighty_columns_and_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The last column is folded."""
    terminal.table(("SWITCH", "WHAT"), [("loppa-acc-01", "word " * 60)])
    printed = capsys.readouterr().out
    assert max(len(line) for line in printed.splitlines()) <= 80
    assert printed.count("word") == 60


def test_json_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With the letters of the place names as they are."""
    terminal.as_json({"site": "Øksfjord"})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"site": "Øksfjord"}
    assert "Øksfjord" in printed


@pytest.mark.parametrize(("moment", "code"), [("starting", -signal.SIGINT), ("working", 130)])
def test_ctrl_c_is_no_traceback(moment: str, code: int) -> None:
    """While a door imports, it just ends; once it works, it may have something to put in order first."""
    program = (
        "import os, signal, sys, time\n"
        "sys.argv[0], moment = 'door.py', sys.argv[1]\n"
        "import _door\n"
        "def interrupted():\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(10)\n"
        "if moment == 'starting':\n"
        "    interrupted()\n"
        "from nornir_tasks.cli import terminal\n"
        "terminal.guarded(interrupted)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "scripts"), os.environ["PYTHONPATH"]])}
    command = [sys.executable, "-c", program, moment]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")
