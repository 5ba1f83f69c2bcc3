"""The help of the inventory's door: it teaches, fits a narrow terminal, and says how a program leaves."""

import os
import re
import subprocess
import sys

import pytest

from nornir_tasks.doors.inventory import COMMANDS
from tests.reduced import ROOT

DOORS = {name: text for name, _, text, _ in COMMANDS}


def told(*arguments):
    command = [sys.executable, str(ROOT / "scripts" / "inventory.py"), *arguments, "--help"]
    environment = {**os.environ, "COLUMNS": "80", "TERM": "dumb"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_all_commands_on_one_screen():
    text = told()
    assert re.findall(r"^  (\w+) +\S", text.partition("Commands:")[2], re.MULTILINE) == list(DOORS)
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
