"""The inventory's door: its help teaches and fits a narrow terminal; whoever leaves early is not told a story."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from nornir_tasks.cli.inventory import COMMANDS
from tests.support.reduced_inventory import ROOT

DOORS = {name: text for name, _, text, _ in COMMANDS}


def told(*arguments):
    command = [sys.executable, str(ROOT / "scripts" / "inventory.py"), *arguments, "--help"]
    environment = {**os.environ, "COLUMNS": "80", "TERM": "dumb"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_all_commands_on_one_screen():
    text = told()
    assert re.findall(r"^  ([\w-]+) +\S", text.partition("Commands:")[2], re.MULTILINE) == list(DOORS)
    assert len(text.splitlines()) <= 24
    assert "..." not in text.partition("Commands:")[2]


@pytest.mark.parametrize("name", DOORS)
def test_each_command_teaches(name):
    text = told(name)
    assert max(map(len, text.splitlines())) <= 80
    assert text.isascii() or name == "new"  # no picture for what stands between two colons
    assert re.search(r"Exit codes: 0 .*1 .*2 ", " ".join(text.split()))
    examples = [line for line in DOORS[name].splitlines() if line.startswith("  ")]
    assert any(line.startswith(f"  scripts/inventory.py {name}") for line in examples)
    assert all(f"  {line}" in text.splitlines() for line in examples), "an example is a line, to be copied"


def started(*arguments):
    command = [sys.executable, str(ROOT / "scripts" / "inventory.py"), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def test_whoever_has_read_enough():
    """As `| head` does: the reader closes, and nobody complains."""
    door = started("show", "loppa-acc-03")
    door.stdout.close()
    assert door.stderr.read() == ""
    assert door.wait(timeout=60) == 128 + signal.SIGPIPE


@pytest.mark.parametrize("seconds", [0.6, 1.5])
def test_ctrl_c_is_no_traceback(seconds, tmp_path, monkeypatch):
    """Neither while it starts, nor while it waits for Ansible; and the cache holds nothing half done."""
    monkeypatch.setenv("FELLESDRIFT_CACHE", str(tmp_path / "cache"))
    door = started("show", "loppa-acc-03")
    time.sleep(seconds)
    os.killpg(door.pid, signal.SIGINT)
    _, errors = door.communicate(timeout=60)
    assert "Traceback" not in errors
    assert door.returncode in {-signal.SIGINT, 130}
    assert list(tmp_path.rglob("*.json")) == []
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
