"""A canary in what switches say: a password of ours and an escape sequence, and neither reaches any output.

The switches of every platform answer as somebody scribbled into them: into serial numbers, versions, neighbours' names,
and whatever they complain with. Then every door that asks them is run, with a log, and all that it leaves is looked at.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nornir_tasks.reports.health_formats import HealthFormat
from tests.support.loppa_in_lab import Loppa
from tests.support.reduced_inventory import ROOT

IOS, EOS, PROCURVE = SWITCHES = ("loppa-acc-06", "loppa-acc-05", "loppa-acc-07")
EDITS = {IOS: "snmp-server location loft", EOS: "snmp-server location loft", PROCURVE: 'snmp-server location "loft"'}
FIELDS = (
    r"LAB[0-9A-F]{8}|(?:System Name|SysName) *: *[^\s]+|(?<!ssh )[Vv]ersion:? +[^\s,]+|revision *: *[^\s]+|^%.*"
    r"|Invalid input.*|\[OK\]|^loppa-[\w-]+(?=\s)"
)
# Of a configuration: descriptions, names of VLANs, places, banners, remarks.
TEXTS = r"^ *(?:description|name) .*[^\"\n]|^snmp-server (?:location|contact) .*[^\"\n]|^banner .*|^ *remark .*"
# What stands before everything else: names of switches, accounts, ports, VLANs and lists.
NAMES = (
    r"^hostname .*[^\"\n]|^username \S+|^interface .*|^vlan \d+|^ip access-list .*|^aaa authentication local-user \S+"
)
PROMPT = r"^loppa-[\w-]+(?=[#>(])"
ESCAPES = (b"\x1b", b"\x07", b"\x9b", "\u202e".encode())


@dataclass
class Doors:
    """Doors, and all that they left."""

    loppa: Loppa
    where: Path
    left: dict[str, bytes] = field(default_factory=dict)

    def open(self, script: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        """Run one, with ``--debug`` and a log; what it prints is kept."""
        log = self.where / f"{len(self.left)}.log"
        told = ("--debug", "--log-file", str(log))
        return self._run(log, [sys.executable, f"scripts/{script}", *arguments, *told], " ".join([script, *arguments]))

    def play(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        """Run ``harmonise.yml`` for Loppa, in the same way."""
        log = self.where / f"{len(self.left)}.log"
        command = [
            "ansible-playbook",
            "playbooks/harmonise.yml",
            "-e",
            "municipality=loppa",
            "-e",
            "reason=x",
            *arguments,
        ]
        return self._run(log, command, " ".join(command))

    def _run(self, log: Path, command: list[str], name: str) -> "subprocess.CompletedProcess[bytes]":
        state = str(self.loppa.context.where)
        told = {"FELLESDRIFT_STATE": state, "FELLESDRIFT_DEBUG": "1", "FELLESDRIFT_LOG_FILE": str(log), "NO_COLOR": "1"}
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **told},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=300,
        )
        self.left |= {
            f"{name}, printed": done.stdout,
            f"{name}, told": done.stderr,
            f"{name}, logged": log.read_bytes(),
        }
        assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")[-3000:]
        return done

    def require_no_canary(self) -> None:
        """Of all that was left, some is there in figures and masked, and nothing as it is."""
        state = self.loppa.context.where
        self.left |= {f"state/{path.name}": path.read_bytes() for path in state.glob("journal*")}
        self.left |= {f"state/plans/{path.name}": path.read_bytes() for path in state.rglob("*.json")}
        configurations = {f"state/journal's {path.name}": path.read_bytes() for path in state.rglob("*.cfg")}
        self.left |= configurations  # as the device has them, but for what is secret
        device = self.loppa.context.region.devices[IOS]
        password = self.loppa.context.credentials.own_account(device).password.encode()
        secrets = [password, *find_stored(self.loppa)]
        assert any(b"<secret>" in content for content in self.left.values()), "nothing was masked: nothing was tried"
        assert any(rb"\x1b]0;<secret>\x07" in content for content in self.left.values()), (
            "no canary came as far as an output"
        )
        for name, content in self.left.items():
            for secret in secrets:
                at = content.find(secret)
                assert at < 0, f"{name}: {secret!r} in {content[max(0, at - 300) : at + 300]!r}"
            for escape in ESCAPES:
                if escape == b"\x9b" or name.startswith("state/journal"):
                    continue  # bytes of UTF-8 letters, and of SQLite's own records
                assert escape not in content, (name, content[max(0, content.find(escape) - 300) :][:600])
            if not name.startswith("state/journal"):
                assert "\x9b" not in content.decode(), name
            elif name not in configurations:
                assert b"\x1b]0;" not in content, name


def find_stored(loppa: Loppa) -> list[bytes]:
    """The hashes and keys in the switches' configurations, as the lab holds them."""
    words = {
        word
        for name in SWITCHES
        for line in loppa.lab.client.running(name).splitlines()
        for word in line.split()
        if re.match(r"\$\d+\$|sha\d:|[0-9a-fA-F]{32,}$", word.strip('"'))
    }
    assert len(words) >= len(SWITCHES), words
    return [word.strip('"').encode() for word in words]


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


@pytest.fixture(scope="module")
def texts(doors: Doors) -> Doors:
    """The same, but now the configurations are scribbled into: what people write there, and what a device may add."""
    loppa = doors.loppa
    password = loppa.context.credentials.own_account(loppa.context.region.devices[IOS]).password
    for name in SWITCHES:
        loppa.fault(name, "clear")
        loppa.fault(name, "scribble", rf"\x1b]0;{password}\x07\x9b\u202e", TEXTS)
    return Doors(loppa, doors.where / "texts")


def test_no_canary_in_anything(doors: Doors) -> None:
    """Neither as it is nor half: on a terminal, in JSON, a page, a log, a plan, or the bytes of the journal."""
    page, report = doors.where / "plan.html", doors.where / "report.html"
    for form in ("table", "json"):
        doors.open("drift_audit.py", "loppa", "--format", form)
    for form in HealthFormat:
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
    doors.require_no_canary()


def test_no_canary_of_a_configuration(texts: Doors) -> None:
    """A whole change that cannot come true: planned, read, signed, applied, gone on with; by doors and a playbook."""
    texts.where.mkdir()
    page, state = texts.where / "plan.html", texts.where / "state.html"
    texts.open("drift_audit.py", ",".join(SWITCHES), "-v")
    texts.open("drift_audit.py", ",".join(SWITCHES), "--format", "json")
    planned = texts.open("change.py", "plan", "--harmonise", ",".join(SWITCHES), "--reason", "x", "--format", "json")
    assert planned.returncode == 3, planned.stdout + planned.stderr
    plan = str(json.loads(planned.stdout)["plan"])
    texts.open("change.py", "show", plan, "-v", "--html", str(page))
    for name in SWITCHES:
        texts.open("change.py", "show", plan, "--lines", name)
    key = str(texts.loppa.lab.where / "approvers" / "ola")
    assert texts.open("change.py", "approve", plan, "--key", key).returncode == 0
    for verb in ("apply", "resume"):
        texts.open("change.py", verb, plan)
        texts.open("change.py", "status", plan, "--page", str(state))
    texts.open("change.py", "show", plan, "--format", "json")
    texts.play("--check", "--diff", "--limit", ",".join(SWITCHES))
    texts.play("-e", f"plan={plan}")
    texts.open("change.py", "undo", plan, "--reason", "x")
    texts.open("report.py", "loppa", "--output", str(texts.where / "report.html"))
    texts.left |= {path.name: path.read_bytes() for path in texts.where.glob("*.html")}
    texts.require_no_canary()


def test_no_canary_of_a_name(texts: Doors) -> None:
    """A switch that calls itself, its accounts, ports, VLANs and lists by what no terminal should obey."""
    doors = Doors(texts.loppa, texts.where.with_name("names"))
    doors.where.mkdir()
    password = doors.loppa.context.credentials.own_account(doors.loppa.context.region.devices[IOS]).password
    for name in SWITCHES:
        doors.loppa.fault(name, "clear")
        doors.loppa.fault(name, "scribble", rf"\x1b]0;{password}\x07\x9b\u202e", NAMES)
    for name in SWITCHES:
        doors.open("drift_audit.py", name, "-v")
        doors.open("health_check.py", name, "--format", "json")
        doors.open("change.py", "plan", "--harmonise", name, "--reason", "x")
    doors.play("--check", "--diff", "--limit", ",".join(SWITCHES))
    doors.open("trust.py", "loppa")
    doors.require_no_canary()


def test_no_canary_of_a_prompt(texts: Doors) -> None:
    """A switch whose prompt is no prompt: whoever waits for one in vain repeats what came instead."""
    doors = Doors(texts.loppa, texts.where.with_name("prompts"))
    doors.where.mkdir()
    loppa = doors.loppa
    password = loppa.context.credentials.own_account(loppa.context.region.devices[IOS]).password
    for name in SWITCHES:
        loppa.fault(name, "clear")
        loppa.fault(name, "scribble", rf"\x1b]0;{password}\x07\x9b\u202e", PROMPT)
    doors.open("drift_audit.py", ",".join(SWITCHES), "-v", "--format", "json")  # a minute: netmiko waits that long
    doors.require_no_canary()
