"""``scripts/change.py`` as a person uses it: plan, read, approve, apply, interrupt, go on, take back; on the lab."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.loppa_in_lab import Loppa

ROOT = Path(__file__).resolve().parents[3]
IOS, EOS, PROCURVE = "loppa-acc-06", "loppa-acc-05", "loppa-acc-07"
EDITS = {
    IOS: ("ntp server 192.0.2.1", "snmp-server location loft"),
    EOS: ("ntp server 192.0.2.1", "snmp-server location loft"),
    PROCURVE: ("sntp server priority 2 192.0.2.1", 'snmp-server location "loft"'),
}


@dataclass
class Door:
    """The door, and the lab behind it."""

    loppa: Loppa

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "FELLESDRIFT_STATE": str(self.loppa.context.where), "NO_COLOR": "1"}

    def open(self, *arguments: str, script: str = "change.py") -> subprocess.CompletedProcess[str]:
        """Run a command of it, or of another door."""
        return subprocess.run(
            [sys.executable, f"scripts/{script}", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def plan(self, *arguments: str) -> str:
        """Plan something that has something to change; the answer is the plan's name."""
        made = self.open("plan", *arguments, "--reason", "test", "--ticket", "VFK-7", "--format", "json")
        assert made.returncode == 3, made.stdout + made.stderr
        return str(json.loads(made.stdout)["plan"])

    def status(self, plan: str) -> dict[str, Any]:
        """What ``list`` says of a plan."""
        rows = json.loads(self.open("list", "loppa", "--format", "json").stdout)
        return next(row for row in rows if row["plan"] == plan)

    def drift(self, *switches: str) -> None:
        """Let somebody edit some switches, and save."""
        for name in switches:
            printed = self.loppa.lab.client.edit(name, *EDITS[name], save=True)
            assert "Invalid" not in printed


@pytest.fixture(scope="module")
def door(loppa: Loppa) -> Door:
    """Loppa connected: from here on every switch has drift that can be put right."""
    loppa.to_connected()
    return Door(loppa)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("plan", "loppa", "connect"), "--reason: expected a reason"),
        (("plan", "lopa", "connect", "--reason", "x"), "found 'lopa', expected one of"),
        (("plan", "loppa", "conect", "--reason", "x"), "found 'conect', expected one of"),
        (("plan", "loppa", "survey", "--reason", "x"), "expected one that changes something"),
        (("plan", "loppa", "--reason", "x"), "expected either MUNICIPALITY STAGE or --harmonise PATTERN"),
        (("plan", "--harmonise", "all", "--reason", "x"), "expected one: a plan for each"),
        (("plan", "--harmonise", "loppa", "--reason", "x", "--instead", "loppa"), "expected SWITCH=WHAT"),
    ],
)
def test_a_slip_on_the_command_line(door: Door, arguments: tuple[str, ...], words: str) -> None:
    """Exit code 2, one message, and nothing was written."""
    done = door.open(*arguments)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_plan_that_is_not_there(door: Door) -> None:
    """Named, with where it was looked for."""
    done = door.open("show", "0123456789ab")
    assert done.returncode == 1
    assert "plan 0123456789ab: expected" in done.stderr


def test_nothing_to_change_is_zero(door: Door) -> None:
    """A clean municipality."""
    done = door.open("plan", "--harmonise", "loppa", "--reason", "test")
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_and_back(door: Door, tmp_path: Path) -> None:
    """Plan, read it in three forms, apply, see it done; plan the way back, apply that, to the byte."""
    lab = door.loppa.lab.client
    intended = lab.digests()
    door.drift(IOS, EOS, PROCURVE)
    before = lab.digests()
    plan = door.plan("--harmonise", f"{IOS},{EOS},{PROCURVE}")
    page = tmp_path / "plan.html"
    shown = door.open("show", plan, "--html", str(page))
    assert shown.returncode == 0, shown.stderr
    assert "192.0.2.1" in shown.stdout
    assert "VFK-7" in shown.stdout
    assert "192.0.2.1" in page.read_text()
    numbered = door.open("show", plan, "--lines", PROCURVE).stdout.splitlines()
    assert any("no " in line and "192.0.2.1" in line for line in numbered)
    assert door.status(plan)["status"] == "open"
    assert lab.digests() == before

    done = door.open("apply", plan)
    assert done.returncode == 0, done.stdout + done.stderr
    assert lab.digests() == intended
    assert door.status(plan)["status"] == "done"
    again = door.open("apply", plan)
    assert (again.returncode, "found it done" in again.stderr) == (1, True)

    back = door.open("undo", plan, "--reason", "test", "--format", "json")
    assert back.returncode == 3, back.stderr
    assert lab.digests() == intended
    assert door.open("apply", json.loads(back.stdout)["plan"]).returncode == 0
    assert lab.digests() == before
    assert door.status(plan)["status"] == "taken back"
    again = door.open("undo", plan, "--reason", "once more")
    assert again.returncode == 1
    assert "it was taken back already" in " ".join(again.stderr.split())
    assert door.open("apply", door.plan("--harmonise", "loppa")).returncode == 0
    assert lab.digests() == intended


def test_what_is_signed_is_told_and_may_be_withdrawn(door: Door, tmp_path: Path) -> None:
    """Before the signature; what cannot be a signature or a key is named; a plan that is discarded is not applied."""
    plan = door.plan("loppa", "harmonise")
    nothing = tmp_path / "nothing.sig"
    nothing.write_bytes(b"\x89PNG\xff")
    for option, words in (
        (("--signature", str(nothing)), "which is no text, expected the file that ssh-keygen -Y sign wrote"),
        (("--key", "~nosuchuser/x"), "expected the home of an account of this machine"),
    ):
        refused = door.open("approve", plan, *option)
        assert refused.returncode == 2, refused.stderr
        assert words in " ".join(refused.stderr.split())
        assert "Traceback" not in refused.stderr
    signed = door.open("approve", plan, "--key", str(door.loppa.lab.where / "approvers" / "kari"))
    assert signed.returncode == 0, signed.stderr
    told, _, thanks = signed.stdout.partition("kari approves")
    assert "To be signed: Loppa from connect to harmonise" in told
    assert "risk" in told
    assert "reach" in told
    assert "switches" in told
    assert "Approved by: kari" in thanks
    withdrawn = door.open("discard", plan, "--reason", "a typing error")
    assert withdrawn.returncode == 0, withdrawn.stderr
    row = door.status(plan)
    assert (row["status"], row["ticket"], row["applied_by"]) == ("discarded", "VFK-7", "")
    refused = door.open("apply", plan)
    assert (refused.returncode, "found it discarded" in refused.stderr) == (1, True)
    assert door.open("discard", plan, "--reason", "twice").returncode == 1


def test_an_environment_that_is_no_text(door: Door, tmp_path: Path) -> None:
    """Settings and keys are named; nothing else is told of them."""
    file = tmp_path / "ansible.cfg"
    file.write_bytes(b"[defaults]\ninventory = \xff\n")
    for name, value, words in (
        ("ANSIBLE_CONFIG", str(file), "expected Ansible's settings in UTF-8"),
        ("ANSIBLE_CONFIG", str(tmp_path / "gone.cfg"), "No such file or directory"),
        ("ANSIBLE_CONFIG", str(shutil.copy(file, tmp_path / "settings")), "found no suffix, expected .cfg or .ini"),
        ("FELLESDRIFT_KEY", os.fsdecode(b"\xff"), "expected 32 bytes in URL-safe base64"),
    ):
        done = subprocess.run(
            [sys.executable, "scripts/change.py", "list"],
            cwd=ROOT, env={**door.environment, name: value}, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode in (1, 2), done.stderr
        assert name in done.stderr
        assert words in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr


def test_what_somebody_did_since_is_shown_and_nothing_is_written(door: Door) -> None:
    """The whole plan is refused, not only the switch; and so is taking it back."""
    lab = door.loppa.lab.client
    door.drift(IOS, EOS)
    plan = door.plan("--harmonise", f"{IOS},{EOS}")
    lab.edit(EOS, "interface Ethernet5", "description by hand")
    before = lab.digests()
    done = door.open("apply", plan)
    assert done.returncode == 1
    words = " ".join(done.stderr.split())
    assert f"{EOS}: interface Ethernet5 | + description by hand" in words
    assert "Nothing was written" in words
    assert lab.digests() == before
    lab.edit(EOS, "interface Ethernet5", "no description")
    assert door.open("apply", door.plan("--harmonise", "loppa")).returncode == 0


def test_a_refused_line_is_told_with_its_number(door: Door, tmp_path: Path) -> None:
    """Switch, line of the plan, the line, and the switch's own words; also by ``status``; afterwards it goes on."""
    lab = door.loppa.lab.client
    door.drift(PROCURVE)
    before = lab.digests()
    plan = door.plan("--harmonise", PROCURVE)
    lab.fault(PROCURVE, "refuse", "no sntp server")
    done = door.open("apply", plan)
    lab.fault(PROCURVE, "clear")
    assert done.returncode == 1
    words = " ".join(done.stdout.split())
    numbered = door.open("show", plan, "--lines", PROCURVE).stdout.splitlines()
    number = next(line.split()[0] for line in numbered if "no sntp server" in line)
    assert f"{PROCURVE}: refused the line 'no sntp server" in words
    assert f"(line {number} of the plan)" in words
    assert "It is as it was before" in words
    assert lab.digests() == before
    page = tmp_path / "handover.html"
    told = door.open("status", plan, "--page", str(page))
    assert told.returncode == 0, told.stderr
    assert re.search(rf"^\S+ +{PROCURVE} +gone back +20\d\d-", told.stdout, re.MULTILINE)
    assert f"{PROCURVE}: refused the line 'no sntp server" in " ".join(told.stdout.split())
    assert f"\n  scripts/change.py resume {plan}\n" in told.stdout
    assert max(len(line) for line in told.stdout.splitlines()) <= 80
    assert "VFK-7" in page.read_text()
    assert f"scripts/change.py resume {plan}" in page.read_text()
    assert door.open("apply", plan).returncode == 1
    assert door.open("resume", plan).returncode == 0
    known = json.loads(door.open("status", plan, "--format", "json").stdout)
    assert known["status"] == "done"
    assert [attempt["how"] for attempt in known["attempts"]] == ["stopped", "done"]
    assert [row["state"] for row in known["devices"] if row["device"] == PROCURVE] == ["done"]
    assert known["next"][0]["optional"]
    shown = door.open("show", plan).stdout
    assert shown.index("attempt 2") < shown.index("What was planned:")
    assert json.loads(door.open("show", plan, "--format", "json").stdout)["state"]["next"] == known["next"]
    kept = tmp_path / "status.json"
    kept.write_text(json.dumps(known))
    for file in (page, kept):
        assert door.open("verify", "--checkpoint", str(file)).returncode == 0


def test_whoever_keeps_an_audit_is_a_witness(door: Door, tmp_path: Path) -> None:
    """The audits' JSON holds the journal's head; a checkpoint that is gone is told, and keeps nobody from asking."""
    where = door.loppa.context.where / "checkpoints"
    for script in ("drift_audit.py", "health_check.py"):
        kept = tmp_path / f"{script}.json"
        kept.write_text(door.open(IOS, "--format", "json", script=script).stdout)
        assert json.loads(kept.read_text())["checkpoint"]
        assert door.open("verify", "--checkpoint", str(kept)).returncode == 0
    hidden = where.rename(tmp_path / "checkpoints")
    try:
        told = door.open(IOS, "--format", "json", script="drift_audit.py")
    finally:
        hidden.rename(where)
    assert json.loads(told.stdout)["checkpoint"] == ""
    assert "! What is told here may not be so: checkpoints: expected the last one in" in told.stderr


def test_an_unknown_line_is_refused_and_let_through_by_the_plan(door: Door) -> None:
    """The refusal says what to type; the plan tells it; its way back, which ran before, needs no word."""
    lab, line = door.loppa.lab.client, "- interface GigabitEthernet1/0/25 / speed 1000"
    lab.edit(IOS, "interface GigabitEthernet1/0/25", "speed 1000", "exit", save=True)
    before = lab.digests()
    harmonise = ("--harmonise", IOS, "--reason", "test")
    refused = door.open("plan", *harmonise)
    assert refused.returncode == 1
    assert "Expected only lines that the proof knows to touch a port of the way in" in " ".join(refused.stderr.split())
    option = shlex.split(refused.stderr.splitlines()[-1])
    assert option == ["--accept-unknown", f"{IOS}: {line}"]
    plan = door.plan(*harmonise[:2], *option)
    assert f"{IOS}: let through, though the proof does not know it" in " ".join(door.open("show", plan).stdout.split())
    assert door.open("apply", plan).returncode == 0
    back = door.open("undo", plan, "--reason", "test", "--format", "json")
    assert back.returncode == 3, back.stderr
    assert door.open("apply", json.loads(back.stdout)["plan"]).returncode == 0
    assert lab.digests() == before
    lab.edit(IOS, "interface GigabitEthernet1/0/25", "no speed", "exit", save=True)
    assert door.open("plan", *harmonise).returncode == 0


def test_without_signatures_the_pilot_does_not_begin(door: Door) -> None:
    """The message says what to type; a stage out of turn is planned, with its gates shut, and not applied."""
    made = door.open("plan", "loppa", "cutover", "--reason", "test", "--format", "json")
    assert made.returncode == 3, made.stderr
    shut = door.open("apply", json.loads(made.stdout)["plan"])
    assert shut.returncode == 1
    assert "Expected approvals by two different people, actual: none" in " ".join(shut.stderr.split())
    assert "Expected loppa at pilot, actual: connect" in " ".join(shut.stderr.split())


def test_a_silent_switch_is_left_out_by_a_word(door: Door) -> None:
    """Without it there is no plan, and the message has the word; with it the plan says who waits."""
    lab = door.loppa.lab.client
    lab.fault(IOS, "unreachable")
    refused = door.open("plan", "loppa", "harmonise", "--reason", "test")
    assert refused.returncode == 1
    assert f"--leave-out {IOS}" in " ".join(refused.stderr.split())
    slip = door.open("plan", "loppa", "harmonise", "--reason", "test", "--leave-out", "lopa-acc-06")
    assert (slip.returncode, "found lopa-acc-06" in slip.stderr) == (2, True)
    made = door.open(
        "plan", "loppa", "harmonise", "--reason", "its power is out", "--leave-out", IOS, "--format", "json"
    )
    lab.fault(IOS, "clear")
    assert made.returncode == 3, made.stderr
    plan = json.loads(made.stdout)
    assert plan["left_out"] == [IOS]
    told = door.open("status", plan["plan"])
    assert re.search(rf"{IOS} +left out", told.stdout)
    assert f"{IOS}: its power is out" in told.stdout
    assert door.open("discard", plan["plan"], "--reason", "test").returncode == 0


def test_ctrl_c_leaves_nothing_halfway(door: Door) -> None:
    """What is not confirmed goes back, nothing new begins, and it says what was done; then it goes on."""
    lab = door.loppa.lab.client
    door.drift(IOS, EOS, PROCURVE)
    before = lab.digests()
    plan = door.plan("--harmonise", f"{IOS},{EOS},{PROCURVE}")
    command = [sys.executable, "scripts/change.py", "apply", plan, "--workers", "1", "--format", "json"]
    lab.ask("delay", ms=40)
    with subprocess.Popen(
        command, cwd=ROOT, env=door.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        until = time.monotonic() + 60
        while lab.digests() == before and time.monotonic() < until:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)  # the first switch runs the change, and is not confirmed yet
        printed, said = running.communicate(timeout=120)
    lab.ask("delay", ms=0)
    assert running.returncode == 130, printed + said
    told = json.loads(printed)
    assert "Traceback" not in said
    assert not told["done"]
    after = lab.digests()
    for name in (IOS, EOS, PROCURVE):
        assert (after[name] == before[name]) is (told["outcomes"][name] != "changed"), told
    assert [row["name"] for row in lab.status()["switches"] if row["timers"]] == []
    assert "stopped by hand" in " ".join(told["messages"])
    resumed = door.open("resume", plan)
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert door.open("plan", "--harmonise", "loppa", "--reason", "test").returncode == 0
