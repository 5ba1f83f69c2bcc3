"""``scripts/inventory.py show``: the golden texts of the host's card, through the door."""

import subprocess
import sys

import pytest

from tests.support.reduced_inventory import ROOT

CASES = ROOT / "tests" / "cases" / "show"


@pytest.fixture(autouse=True)
def _state(tmp_path, monkeypatch):
    monkeypatch.setenv("FELLESDRIFT_STATE", str(tmp_path / "state"))


def test_the_door():
    command = [sys.executable, str(ROOT / "scripts" / "inventory.py"), "show", "-i", str(ROOT / "inventory")]
    done = subprocess.run([*command, "loppa-acc-03"], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, (CASES / "loppa-acc-03.txt").read_text()), done.stderr
    done = subprocess.run([*command, "loppa-acc-0"], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean" in done.stderr
    assert "Traceback" not in done.stderr
