"""One lab with everything that ran against it, for the tests of the playbooks."""

import json
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from lab.control.client import Client

ROOT = Path(__file__).resolve().parents[2]
CANARY = "c4n4ry-Nordlys"
SIGNED = ("pilot", "cutover")  # the stages that want people's signatures


@dataclass
class Place:
    """A lab of Loppa, Hasvik and the operations centre, and everything that was printed by what ran against it."""

    where: Path
    environment: dict[str, str]
    lab: Client
    printed: list[str] = field(default_factory=list)

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the checkout; its output is kept for the test that looks for passwords."""
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        self.printed.append(done.stdout + done.stderr)
        return done

    def play(self, name: str, *arguments: str, municipality: str = "loppa") -> str:
        """Run a playbook that has to succeed; returns what it printed."""
        done = self.try_play(name, *arguments, municipality=municipality)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def try_play(self, name: str, *arguments: str, municipality: str = "loppa") -> subprocess.CompletedProcess[str]:
        """Run a playbook, however it ends."""
        named = ("-e", f"municipality={municipality}") if municipality else ()
        return self.run("ansible-playbook", f"playbooks/{name}.yml", *named, "-e", "reason=test", *arguments)

    def approved(self, name: str, municipality: str = "loppa", *people: str) -> tuple[str, str]:
        """Plan what a playbook does, and let people sign it; returns the words that hand the plan to it."""
        what = ("--harmonise", municipality) if name == "harmonise" else (municipality, name.rpartition("_")[2])
        made = self.script("change.py", "plan", *what, "--reason", "test", "--format", "json")
        plan = json.loads(made.stdout)["plan"]
        for person in people or ("kari", "ola"):
            key = str(self.where / "lab" / "approvers" / person)
            signed = self.script("change.py", "approve", plan, "--key", key)
            assert signed.returncode == 0, signed.stdout + signed.stderr
        return "-e", f"plan={plan}"

    def stage(self, name: str, municipality: str = "loppa") -> str:
        """Run a stage as a night goes: the two that ask for signatures are planned and signed first."""
        plan = self.approved(name, municipality) if name.endswith(SIGNED) else ()
        return self.play(name, *plan, municipality=municipality)

    def script(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script with this Python: the test's own environment is complete."""
        return self.run(sys.executable, f"scripts/{name}", *arguments)

    def files(self) -> dict[Path, bytes]:
        """Every file below the lab's and the product's directories."""
        return {path: path.read_bytes() for path in self.where.rglob("*") if path.is_file()}

    def journal(self) -> list[str]:
        """What the journal holds."""
        with sqlite3.connect(f"file:{self.where}/state/journal.sqlite?mode=ro", uri=True) as connection:
            return [str(row) for row in connection.execute("select * from event order by id")]
