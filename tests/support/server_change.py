"""A change of real servers by ``scripts/change.py``, as people type it, and what the hosts themselves say of it."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lab import ROOT
from nornir_tasks.core.exit_codes import CLEAN, DRIFT, WRONG
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Region
from nornir_tasks.targets.server import ServerTarget
from tests.support.server_lab import ServerLab

SECONDS = 1800.0  # of a command: several hosts with all their roles, on a machine that others use, too
# What lies at the paths of the roles, each with owner, mode and digest; and what their units do. Not by the guard.
LOOK = """
for path in {paths}; do
  find "$path" -printf '%p %u:%g %m %l\\n' 2>/dev/null
  find "$path" -type f -exec sha256sum -- {{}} + 2>/dev/null
done | sort -u
systemctl show -p Id,ActiveState,UnitFileState -- {units} | paste -sd ' '
dpkg-query -W -f '${{Package}} ${{Version}}\\n' | sha256sum
"""


@dataclass(frozen=True)
class Told:
    """How a command ended. ``said``: its answer in JSON; of one that was refused, nothing."""

    code: int
    said: Mapping[str, Any]
    printed: str


def find_wanted(hosts: ServerLab, host: str, where: Path) -> str:
    """What a host that is reset is once its roles have run.

    Args:
        hosts: of the lab.
        host: its name.
        where: a folder for the state of whoever looks.
    """
    hosts.reset(host)
    hosts.play("--limit", host).require_good()
    return ServerChanges(hosts, where).look(host)


@dataclass
class ServerChanges:
    """Whoever changes servers of a lab. ``where``: the state directory, with a journal of its own."""

    hosts: ServerLab
    where: Path

    def ask(self, *words: str) -> Told:
        """Run ``scripts/change.py``; it must end with one of its own exit codes, and without a traceback."""
        done = subprocess.run(
            [sys.executable, "scripts/change.py", *words, "--format", "json"],
            cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False,
            env={**os.environ, "FELLESDRIFT_STATE": str(self.where)},
        )  # fmt: skip
        printed = f"{done.stdout}\n{done.stderr}"
        assert done.returncode in (CLEAN, WRONG, DRIFT), printed
        assert "Traceback" not in printed, printed
        return Told(done.returncode, json.loads(done.stdout) if done.stdout.strip() else {}, printed)

    def plan(self, pattern: str, *words: str) -> Told:
        """Plan to bring hosts to what they are meant to be; it must be possible."""
        told = self.ask("plan", "--harmonise", pattern, "--reason", "test", *words)
        assert told.code in (CLEAN, DRIFT), told.printed
        return told

    def undo(self, plan: str) -> Told:
        """Plan to take a plan back."""
        told = self.ask("undo", plan, "--reason", "test")
        assert told.code == DRIFT, told.printed
        return told

    def carry_out(self, plan: str) -> Told:
        """Sign a plan, and apply it."""
        signed = self.ask("approve", plan, "--key", str(self.hosts.where / "approvers" / "kari"))
        assert signed.code == CLEAN, signed.printed
        return self.ask("apply", plan)

    @cached_property
    def region(self) -> Region:
        """The inventory's."""
        return load_region()

    def look(self, host: str) -> str:
        """What a host is at the paths and units of its roles, as its own programs say it."""
        managed = ServerTarget(self.region.servers[host], self.region).files.managed
        # A star is left to the shell.
        paths = " ".join(shlex.quote(path).replace("*", "'*'") for path in managed.paths)
        return self.hosts.on(host, LOOK.format(paths=paths, units=" ".join(map(shlex.quote, managed.units))))
