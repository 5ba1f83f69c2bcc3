"""A playbook that is told to stop, as whoever sits before it sees it."""

import os
import re
from collections.abc import Callable

import pytest

from tests.support.own_terminal import CTRL_C, OwnTerminal
from tests.support.playbook_lab import ROOT, Place

EDITS = {
    "loppa-acc-05": ("interface Ethernet5", "description by hand", "exit"),
    "loppa-acc-06": ("interface GigabitEthernet1/0/20", "description by hand", "exit"),
}


@pytest.fixture(scope="module")
def surveyed(place: Place) -> Place:
    """The switches in their legacy, which is known."""
    place.play("migrate/10_survey")
    return place


@pytest.fixture
def play(surveyed: Place) -> Callable[[], OwnTerminal]:
    """Starts a playbook that puts two switches right which somebody has edited, one after the other."""
    place = surveyed
    for switch, lines in EDITS.items():
        place.lab.edit(switch, *lines, save=True)
    command = ["ansible-playbook", "playbooks/harmonise.yml", "-e", "municipality=loppa serial=1 reason=test"]
    return lambda: OwnTerminal(command, ROOT, {**os.environ, **place.environment})


def find_drift(place: Place) -> list[str]:
    """Those that run what somebody typed."""
    return [switch for switch in EDITS if "by hand" in place.lab.running(switch)]


def check_quiet(place: Place) -> None:
    """No switch waits for anything, and nobody has the lock."""
    assert [row["name"] for row in place.lab.status()["switches"] if row["timers"]] == []
    rows = [row for row in place.journal() if "'lock'" in row]
    assert "'released'" in rows[-1]


def test_ctrl_c_before_anything_was_written(place: Place, play: Callable[[], OwnTerminal]) -> None:
    """Told at once; no change begins, and no lock is left."""
    command = play()
    command.read_until("PLAY [Gates and plan", 60)
    command.press(CTRL_C)
    command.read_until("Stopping: taking back what is not confirmed", 2)
    assert command.ends(60) == 130
    assert re.search(r"stopped by hand( before it began)?\. Nothing was written\.", command.printed)
    assert "Traceback" not in command.printed
    assert find_drift(place) == list(EDITS)
    check_quiet(place)


def test_ctrl_c_between_two_switches(place: Place, play: Callable[[], OwnTerminal]) -> None:
    """The first is done and is listed, the second is as it was, and the command that goes on is named."""
    command = play()
    command.read_until("\nchanged: [", 90)
    command.press(CTRL_C)
    command.read_until("Stopping: taking back what is not confirmed", 2)
    assert command.ends(120) == 130
    done = re.findall(r"^changed: \[([a-z0-9-]+)\]", command.printed, re.M)
    assert len(done) == 1
    (left,) = find_drift(place)
    assert [left, *done] in (list(EDITS), list(EDITS)[::-1])
    assert re.search(rf"^  changed: {done[0]}$", command.printed, re.M)
    assert re.search(rf"^  (not begun|reverted): .*\b{left}\b", command.printed, re.M), command.printed
    check_quiet(place)
    plan = re.findall(r"To go on: scripts/change.py resume (\S+), or this playbook again", command.printed)
    assert len(plan) == 1
    resumed = place.script("change.py", "resume", plan[0])
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert find_drift(place) == []


def test_a_terminal_that_is_gone(place: Place, play: Callable[[], OwnTerminal]) -> None:
    """Nobody reads what it prints any more: it ends as by Ctrl-C, and everything is written down."""
    command = play()
    command.read_until("ok: [loppa-acc-03]", 90)  # the next is to be written to
    command.hang_up()
    assert command.ends(120) == 130
    check_quiet(place)
    ended = [row for row in place.journal() if "'change', 'after'" in row]
    assert "'stopped'" in ended[-1]
    assert "loppa-acc-06" in find_drift(place)
    place.play("harmonise")
    assert find_drift(place) == []
