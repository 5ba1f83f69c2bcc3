"""The demonstration: it holds, it shows it, and it leaves nothing running."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab.control import process
from lab.demo.evidence import changed_lines
from lab.demo.screen import Screen, wrap

ROOT = Path(__file__).resolve().parents[3]


def start(where: Path, *arguments: str) -> subprocess.Popen[str]:
    """Open the door, with a directory of its own."""
    command = [sys.executable, "scripts/demo", *arguments]
    environment = {**os.environ, "FELLESDRIFT_DEMO_DIR": str(where)}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """One whole demonstration, with the delay that real equipment has."""
    where = tmp_path_factory.mktemp("demo") / "d"
    with start(where, "--delay", "20") as demo:
        printed, _ = demo.communicate(timeout=900)
    assert demo.returncode == 0, printed
    return where, printed


def test_loppa_moves_through_all_stages_and_everything_holds(shown: tuple[Path, str]) -> None:
    """Seven stages, and a line for each thing that had to hold."""
    _, printed = shown
    assert "7 of 7 complete" in printed
    assert "not a byte changed" in printed
    assert "Loppa has moved, and everything held" in printed
    assert "✗" not in printed


def test_nobody_is_without_a_gateway_for_more_than_five_seconds(shown: tuple[Path, str]) -> None:
    """By the lab's own record."""
    found = re.search(r"longest outage\s+([0-9.]+) s", shown[1])
    assert found is not None
    assert float(found[1]) <= 5.0


def test_it_fits_eighty_columns_when_piped(shown: tuple[Path, str]) -> None:
    """Paths may be longer: they are to be copied."""
    where, printed = shown
    assert [line for line in printed.splitlines() if len(line) > 80 and str(where) not in line] == []


def test_it_leaves_nothing_running(shown: tuple[Path, str]) -> None:
    """Without --keep."""
    assert process.holder(shown[0]) is None


def test_the_report_holds_all_it_needs(shown: tuple[Path, str]) -> None:
    """One page, nothing loaded from anywhere, a picture of before, of after, and of who uses what."""
    page = (shown[0] / "loppa.html").read_text()
    assert page.count("<figure") == 3
    assert "What they noticed" in page
    assert page.count('class="node legacy"') >= 9
    assert page.count('class="node standard"') >= 9
    assert re.findall(r"(?:src|href)=|url\(|@import|https?://", page) == []
    assert "<secret" not in page


def test_an_unknown_municipality_is_a_mistake_of_usage(tmp_path: Path) -> None:
    """The message names the seven."""
    with start(tmp_path / "d", "--municipality", "oslo") as demo:
        printed, _ = demo.communicate(timeout=120)
    assert demo.returncode == 2
    assert "loppa" in printed
    assert "Traceback" not in printed


def test_an_interrupted_demonstration_stops_its_lab(tmp_path: Path) -> None:
    """Ctrl-C in the middle of the first stage."""
    with start(tmp_path / "d") as demo:
        assert demo.stdout is not None
        assert "lab" in demo.stdout.readline()
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=120)
    assert demo.returncode == 130
    assert "Traceback" not in rest
    assert process.holder(tmp_path / "d") is None


def test_changed_lines_are_told_with_what_they_stand_under() -> None:
    """So that a line of a port is known to be that port's."""
    old = "hostname a\ninterface Ethernet1\n   shutdown\n"
    new = "hostname a\ninterface Ethernet1\n   no switchport\n"
    assert changed_lines(old, new) == [
        "- interface Ethernet1 / shutdown",
        "+ interface Ethernet1 / no switchport",
    ]
    assert changed_lines(old, old) == []


def test_the_screen_cuts_and_wraps(capsys: pytest.CaptureFixture[str]) -> None:
    """A step is one line; a note is as many as it takes."""
    screen = Screen(sys.stdout)
    screen.begin("step")
    screen.end("word " * 40)
    screen.note("word " * 40)
    printed = capsys.readouterr().out
    assert max(len(line) for line in printed.splitlines()) <= 80
    assert wrap("a bb ccc", 4) == ["a bb", "ccc"]
