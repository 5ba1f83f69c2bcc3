"""Real hosts of a lab, for the tests of roles: reset, configured by playbooks, asked from inside and from elsewhere."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab import ROOT
from lab.control import process
from lab.servers import image
from lab.servers.build import enter_command
from lab.servers.names import Own, host_group
from lab.testing.running import RunningLab
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position
from nornir_tasks.server_roles import ROLES, derive, find_reason_not_ours

TASK = re.compile(r"^(TASK|RUNNING HANDLER) \[(.*)\] \*+$")
# "ok: [loppa-app-03 -> centre-control-01(127.10.1.20)]": of the first, done on the second.
RESULT = re.compile(r"^(ok|changed|failed|fatal|unreachable): \[([a-z0-9-]+)(?: -> [^]]+)?\]")
COUNTS = re.compile(r"^([a-z0-9-]+) +: (ok=\d+.*)$", re.MULTILINE)
CLEAN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}  # without what guards the tests' own programs


@dataclass
class Recap:
    """What a playbook printed, and what it says of each host. ``counts``: ok, changed, unreachable, failed …"""

    code: int
    text: str
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    tasks: dict[str, dict[str, str]] = field(default_factory=dict)  # host, task or handler, and how it ended
    handlers: set[str] = field(default_factory=set)  # those of these that are handlers

    @classmethod
    def parse(cls, code: int, text: str) -> "Recap":
        """Read what Ansible's default output (and ours) looks like."""
        recap, task = cls(code, text), ""
        for host, words in COUNTS.findall(text):
            recap.counts[host] = {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", words)}
        for line in text.splitlines():
            if header := TASK.match(line):
                task = header[2]
                if header[1] != "TASK":
                    recap.handlers.add(task)
            elif result := RESULT.match(line):
                ended = recap.tasks.setdefault(result[2], {})
                if result[1] != "ok" or task not in ended:  # of a loop, the item that changed something
                    ended[task] = result[1]
        return recap

    def find_changed(self, host: str) -> list[str]:
        """The tasks and handlers that changed a host, or would, in their order."""
        return [task for task, ended in self.tasks.get(host, {}).items() if ended == "changed"]

    def require_good(self) -> "Recap":
        """Itself, if no host failed or was unreachable; the whole output else."""
        assert self.code == 0, self.text
        assert not any(row["failed"] or row["unreachable"] for row in self.counts.values()), self.text
        return self


class ServerLab:
    """The hosts of Loppa and of the centre, in a lab of their own."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.own = Own(where)
        self.lab = RunningLab(where)

    def up(self) -> "ServerLab":
        """Start them; the environment says already which lab it is."""
        self.lab.up("loppa", servers=("loppa",))
        return self

    def reset(self, *hosts: str) -> None:
        """Give hosts their first day back."""
        self.lab.client.ask("reset", municipalities=list(hosts))

    def play(self, *words: str, playbook: str = "platform", seconds: float = 900, **environment: str) -> Recap:
        """Run a playbook; ``words`` are further arguments: ``--limit``, ``--tags``, ``--check``."""
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        file = playbook if playbook.endswith(".yml") else f"playbooks/{playbook}.yml"
        done = subprocess.run(
            [program, file, *words],
            cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0", **environment},
        )  # fmt: skip
        return Recap.parse(done.returncode, done.stdout + done.stderr)

    def run_role(self, role: str, hosts: Iterable[str], *words: str) -> Recap:
        """Run one role's play on hosts."""
        return self.play("--limit", ",".join(hosts), "--tags", role, *words)

    def inside(self, host: str, command: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a shell's line in a host as root, as its console would: whatever its network and SSH do."""
        leader = self._find_leader(host)
        enter = ["nsenter", f"--target={leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
        return _execute([*enter, "--root", "--wd", "sh", "-c", command], seconds)

    def on(self, host: str, command: str) -> str:
        """What a line printed in a host, where it succeeds."""
        done = self.inside(host, command)
        assert done.returncode == 0, f"{host}: {command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def ask_from(self, place: str, command: str, seconds: float = 30) -> subprocess.CompletedProcess[str]:
        """Run a line of this machine on the network of a place: a host, or a user's ``hogtun-skole/school``."""
        return _execute(enter_command(self.own, place, ["sh", "-c", command]), seconds)

    def start_from(self, place: str, words: list[str]) -> "subprocess.Popen[bytes]":
        """Start a program of this machine on the network of a place; it is not kept from the lab's hosts there."""
        return subprocess.Popen(enter_command(self.own, place, words), stdin=subprocess.DEVNULL, env=CLEAN)

    def _find_leader(self, host: str) -> int:
        """The host's first process: the one that is number 1 inside."""
        for group in self.own.groups:
            for file in (group / host_group(host)).rglob("cgroup.procs"):
                for number in file.read_text().split():
                    try:
                        status = Path(f"/proc/{number}/status").read_text()
                    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile: not the first one
                        continue
                    if re.search(r"^NSpid:\s+\d+(\s+\d+)*\s+1$", status, re.MULTILINE):
                        return int(number)
        raise AssertionError(f"{host} is switched off")


def choose_hosts(running: Iterable[str], count: int = 0) -> list[str]:
    """As few hosts as have every role between them, those of the centre's first half before others.

    Args:
        running: names of hosts.
        count: more, up to so many.
    """
    region, wanted, chosen = load_region(), set(ROLES), list[str]()
    roles = {
        name: set(derive(region, Position(), name).roles)
        for name in sorted(running)
        if find_reason_not_ours(region.servers[name]) is None
    }
    while wanted:
        name = max(roles, key=lambda each: len(roles[each] & wanted))
        if not roles[name] & wanted:
            break
        chosen.append(name)
        wanted -= roles[name]
    others = [name for name in roles if name not in chosen]
    return chosen + others[: max(0, count - len(chosen))]


@contextmanager
def start_server_lab(name: str, ports: int) -> Iterator[ServerLab]:
    """A lab of real hosts on their first day, and the environment that leads there; nothing of it is left.

    Args:
        name: what its folder is called, on a file system that has room for disks.
        ports: where its ports begin within the worker's range.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"fellesdrift-{name}-", dir="/var/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FELLESDRIFT_LAB_DIR", str(folder))
        patch.setenv("FELLESDRIFT_LAB_PORT", str(int(os.environ["FELLESDRIFT_LAB_PORT"]) + ports))
        patch.setenv("FELLESDRIFT_STATE", str(folder / "state"))
        image.build(print)
        try:
            yield ServerLab(folder).up()
        finally:
            process.stop(folder)
            shutil.rmtree(folder)


def _execute(command: list[str], seconds: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False, env=CLEAN
    )
