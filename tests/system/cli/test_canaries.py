"""A canary in what switches say: a password of ours and an escape sequence, and neither reaches any output.

The switches of every platform answer as somebody scribbled into them: into serial numbers, versions, neighbours' names,
and whatever they complain with. Then every door that asks them is run, with a log, and all that it leaves is looked at.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.loppa_in_lab import Loppa
from tests.support.reduced_inventory import ROOT

IOS, EOS, PROCURVE = SWITCHES = ("loppa-acc-06", "loppa-acc-05", "loppa-acc-07")
EDITS = {IOS: "snmp-server location loft", EOS: "snmp-server location loft", PROCURVE: 'snmp-server location "loft"'}
FIELDS = (
    r"LAB[0-9A-F]{8}|(?:System Name|SysName) *: *[^\s]+|(?<!ssh )[Vv]ersion:? +[^\s,]+|revision *: *[^\s]+|^%.*"
    r"|Invalid input.*|\[OK\]|^loppa-[\w-]+(?=\s)"
)
ESCAPES = (b"\x1b", b"\x07", b"\x9b", "\u202e".encode())


@dataclass
class Doors:
    """Doors, and all that they left."""

    loppa: Loppa
    where: Path
    left: dict[str, bytes] = field(default_factory=dict)

    def open(self, script: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        """Run one, with ``--debug`` and a log; what it prints is kept."""
        state = str(self.loppa.context.where)
        log = self.where / f"{len(self.left)}.log"
        done = subprocess.run(
            [sys.executable, f"scripts/{script}", *arguments, "--debug", "--log-file", str(log)],
            cwd=ROOT,
            env={**os.environ, "FELLESDRIFT_STATE": state, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=300,
        )
        name = " ".join([script, *arguments])
        self.left |= {
            f"{name}, printed": done.stdout,
            f"{name}, told": done.stderr,
            f"{name}, logged": log.read_bytes(),
        }
        assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")[-3000:]
        return done


@pytest.fixture(scope="module")
def doors(loppa: Loppa, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Loppa connected, a switch of each platform edited by somebody, and their answers scribbled into."""
    loppa.to_connected()
    device = loppa.context.region.devices[IOS]
    password = loppa.context.credentials.own_account(device).password
    for name in SWITCHES:
        loppa.lab.client.edit(name, EDITS[name], save=True)
        loppa.fault(name, "scribble", rf"\x1b]0;{password}\x07\x9b\u202e", FIELDS)
    yield Doors(loppa, tmp_path_factory.mktemp("doors"))
    for name in SWITCHES:
        loppa.fault(name, "clear")


def test_no_canary_in_anything(doors: Doors) -> None:
    """Neither as it is nor half: on a terminal, in JSON, a page, a log, a plan, or the bytes of the journal."""
    page, report = doors.where / "plan.html", doors.where / "report.html"
    for form in ("table", "json"):
        doors.open("drift_audit.py", "loppa", "--format", form)
        doors.open("health_check.py", "loppa", "--format", form)
    doors.open("trust.py", "loppa", "--yes")
    planned = doors.open("change.py", "plan", "--harmonise", ",".join(SWITCHES), "--reason", "x", "--format", "json")
    told = [line for line in planned.stderr.decode(errors="replace").splitlines() if " DEBUG " not in line]
    assert planned.returncode == 3, (planned.stdout, told)
    plan = str(json.loads(planned.stdout)["plan"])
    doors.open("change.py", "show", plan, "--html", str(page))
    for name in SWITCHES:
        doors.loppa.fault(name, "refuse", "location")  # each complains, with the canary in it
    refused = doors.open("change.py", "apply", plan)
    assert refused.returncode == 1
    doors.open("change.py", "list", "loppa", "--format", "json")
    doors.open("migration.py", "status")
    doors.open("report.py", "loppa", "--output", str(report))
    doors.left |= {path.name: path.read_bytes() for path in (page, report)}
    state = doors.loppa.context.where
    doors.left |= {f"state/{path.name}": path.read_bytes() for path in state.glob("journal*")}
    doors.left |= {f"state/plans/{path.name}": path.read_bytes() for path in state.rglob("*.json")}
    device = doors.loppa.context.region.devices[IOS]
    password = doors.loppa.context.credentials.own_account(device).password.encode()
    assert any(b"<secret>" in content for content in doors.left.values()), "nothing was masked: nothing was tried"
    assert any(rb"\x1b]0;<secret>\x07" in content for content in doors.left.values()), (
        "no canary came as far as an output"
    )
    for name, content in doors.left.items():
        assert password not in content, (name, content[max(0, content.find(password) - 300) :][:600])
        for escape in ESCAPES:
            if escape == b"\x9b" or name.startswith("state/journal"):
                continue  # bytes of UTF-8 letters, and of SQLite's own records
            assert escape not in content, (name, content[max(0, content.find(escape) - 300) :][:600])
        if not name.startswith("state/journal"):
            assert "\x9b" not in content.decode(), name
        else:
            assert b"\x1b]0;" not in content, name
