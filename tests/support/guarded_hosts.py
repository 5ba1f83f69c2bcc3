"""Lock everybody out of real hosts, each armed beforehand, and watch them come back."""

import base64
import json
import queue
import shlex
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.control.client import Client
from tests.support.server_lockouts import CHANGE, Lockout

PROGRAM = Path(__file__).resolve().parents[2] / "nornir_tasks/platforms/debian/guard/fellesdrift-guard"
ON_HOST = "/usr/local/sbin/fellesdrift-guard"
WINDOW = 15  # seconds
BOUND = 90  # seconds after the deadline, on a busy machine: a start of the host and a second look included
PATHS = ["/etc/chrony", "/etc/motd", "/srv/sample", "/etc/sample*.conf"]
PREPARE = """
cat > /usr/local/sbin/fellesdrift-guard && chmod 755 /usr/local/sbin/fellesdrift-guard
id drift > /dev/null 2>&1 || useradd -m -s /bin/bash drift
mkdir -p /home/drift/.ssh && cp /root/.ssh/authorized_keys /home/drift/.ssh/ && chown -R drift: /home/drift/.ssh
chmod 700 /home/drift/.ssh && chmod 600 /home/drift/.ssh/authorized_keys
echo 'drift ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/drift && chmod 440 /etc/sudoers.d/drift
setfacl -m u:drift:r /etc/chrony/chrony.conf
"""
# An account of a host by other means than the guard's own. Counters, leases and what ends by itself are left out.
DESCRIBE = r"""
cd /
find etc root home srv usr/local usr/sbin usr/bin/sudo usr/bin/bash usr/lib/openssh usr/lib/systemd/system/ssh* \
  -printf '%p %y %#m %u:%g %l\n' 2>/dev/null | sort
find etc root home srv usr/local/sbin usr/local/lib -type f -exec sha256sum {} + | sort -k2
stat -c '%n %a %u:%g' / /etc /home /srv /run/sshd
getfacl -Rpn /etc/chrony /etc/ssh /etc/sudoers.d /home/drift 2>/dev/null
lsattr -d /etc /etc/ssh /etc/ssh/* /root/.ssh /root/.ssh/* /home/drift/.ssh/* 2>/dev/null |
  sed 's/[^ai ]*\([ai]\)[^ai ]* /\1 /'
ip -j address | python3 -c '
import json, sys
for link in json.load(sys.stdin):
    print(link["ifname"], link["flags"], link["mtu"], link["address"],
          [(row["local"], row["prefixlen"], row["scope"]) for row in link["addr_info"]])'
for family in -4 -6; do ip $family route show table all | sed 's/ *$//' | sort; ip $family rule show; done
ip neigh show nud permanent; tc qdisc show | sed 's/ refcnt [0-9]*//'; nft -s list ruleset
sysctl -a 2>/dev/null | grep -E '^net\.ipv[46]\.(conf\.(all|eth[01])|ip_|tcp_(syn|fin|keep))' | grep -v stable_secret
systemctl list-unit-files --no-legend --plain --state=enabled,masked,masked-runtime,enabled-runtime
systemctl list-units --no-legend --plain --state=active --type=service,socket,target,timer | awk '{print $1, $3}' |
  grep -Ev '^(user|run-|emergency|rescue|ldconfig|apt-|dpkg-|logrotate|e2scrub)' |
  grep -Ev '^systemd-(tmpfiles|update|hostnamed|journal-(flush|catalog)|sysusers|machine-id)'
systemctl get-default; findmnt -no OPTIONS / | cut -d, -f1
findmnt -rno TARGET,SOURCE | grep -E '^/(etc|root|home|srv| )'
"""


@dataclass
class Outcome:
    """How one went: seconds from the deadline until somebody got in again, and until nothing was armed."""

    name: str
    host: str
    locked_out: bool = False
    back: float | None = None
    settled: float | None = None
    differences: str = ""
    trouble: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it locked everybody out, went back in time, and everything is as it was."""
        return self.locked_out and self.back is not None and self.settled is not None and not self.problem

    @property
    def problem(self) -> str:
        """What is wrong with it, if anything is."""
        return self.trouble or self.differences

    def row(self) -> str:
        """A line of the table."""
        back = "never" if self.back is None else f"{self.back:5.1f} s"
        settled = "never" if self.settled is None else f"{self.settled:5.1f} s"
        state = "as before" if not self.problem else self.problem.splitlines()[0][:160]
        out = "locked out" if self.locked_out else "NOT LOCKED OUT"
        return f"{self.name:62} {self.host:18} {out:14} {back:>8} {settled:>8}  {state}"


class GuardedHost:
    """A host of the running lab, to log in to anew each time."""

    def __init__(self, client: Client, name: str) -> None:
        self.client, self.name = client, name
        folder = client.where / "servers" / "declared"
        declared = json.loads(f"{{{folder.read_text()}}}")["_meta"]["hostvars"][name]
        row = next(row for row in client.status()["servers"] if row["name"] == name)
        self.address = "127." + row["addresses"][0].partition(".")[2]
        self.options = [
            *shlex.split(declared["ansible_ssh_common_args"]), "-i", declared["ansible_ssh_private_key_file"],
            "-o", "ConnectTimeout=4", "-o", "ControlMaster=no", "-o", "ServerAliveCountMax=2",
        ]  # fmt: skip

    def log_in(
        self, command: str, user: str = "root", text: str = "", seconds: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run a line by a new login; exit code 124 if it hangs."""
        words = ["ssh", *self.options, f"{user}@{self.address}", command]
        try:
            return subprocess.run(words, input=text, capture_output=True, text=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(words, 124, "", "it hangs")

    def run(self, command: str, text: str = "") -> str:
        """What a line printed.

        Raises:
            RuntimeError: it ended with an error.
        """
        done = self.log_in(command, text=text)
        if done.returncode:
            raise RuntimeError(f"{self.name}: {done.stdout}{done.stderr}")
        return done.stdout

    def guard(self, command: str, **asked: Any) -> dict[str, Any]:
        """What the guard answers."""
        done = self.log_in(f"fellesdrift-guard {command}", text=json.dumps(asked))
        if not done.stdout:
            raise RuntimeError(f"{self.name}: {done.stderr}")
        return {"exit": done.returncode, **json.loads(done.stdout)}

    def lets_in(self) -> bool:
        """Whether root and an administrator who needs sudo get in."""
        one = self.log_in("sudo -n true", "drift", seconds=8)
        return one.returncode == 0 and self.log_in("true", seconds=8).returncode == 0

    def prepare(self) -> None:
        """Put the program on the host, and an administrator."""
        self.run(PREPARE, PROGRAM.read_text())
        identifier = f"prepared-{time.monotonic_ns()}"
        self.guard("arm", id=identifier, seconds=60, paths=PATHS, units=[])  # its units are there from now on
        self.guard("confirm", id=identifier)

    def describe(self) -> str:
        """Its state, by other means than the guard's own."""
        return self.run(DESCRIBE)

    def try_lockout(self, lockout: Lockout) -> Outcome:
        """Arm, lock everybody out, and wait until the host is as it was."""
        outcome = Outcome(lockout.name, self.name)
        try:
            self._try(lockout, outcome)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            outcome.trouble = outcome.trouble or f"{type(error).__name__}: {error}"
        return outcome

    def _try(self, lockout: Lockout, outcome: Outcome) -> None:
        before = self.describe()
        identifier = f"lockout-{time.monotonic_ns()}"
        armed = self.guard("arm", id=identifier, seconds=WINDOW, paths=PATHS, units=[])
        if armed["exit"]:
            raise RuntimeError(armed["error"])
        deadline = time.monotonic() + armed["seconds"]
        end = {True: "systemctl --no-block reboot"}.get(lockout.restart, "true")
        script = base64.b64encode(f"sleep 0.3\n{CHANGE}{lockout.script}\n{end}\n".encode()).decode()
        self.run(f"echo {script} | base64 -d > /run/lockout; systemd-run -q --no-block --collect bash /run/lockout")
        if lockout.fault:
            time.sleep(1.0)
            self.client.fault(self.name, *lockout.fault)
        if lockout.power:
            time.sleep(1.5)
            self.client.fault(self.name, "halt")
        outcome.locked_out = lockout.restart or lockout.power
        while not outcome.locked_out and time.monotonic() < deadline - 1.0:
            time.sleep(1.5)
            outcome.locked_out = not self.lets_in()
        if lockout.power:
            self.client.fault(self.name, "clear")
            deadline = time.monotonic()
        while outcome.settled is None and time.monotonic() < deadline + BOUND:
            time.sleep(1.0)
            if lockout.restart and self.log_in("test -e /run/lockout", seconds=8).returncode != 1:
                continue
            if outcome.back is None and self.lets_in():
                outcome.back = max(0.0, time.monotonic() - deadline)
            if outcome.back is not None:
                done = self.log_in("fellesdrift-guard status || /var/lib/fellesdrift/guard/fellesdrift-guard status")
                if done.returncode == 0:
                    status = json.loads(done.stdout)
                    outcome.trouble = "; ".join(status["problems"])
                    if status["armed"] is None:
                        outcome.settled = max(0.0, time.monotonic() - deadline)
        if lockout.fault:
            self.client.fault(self.name, "clear")
        if outcome.settled is None:
            outcome.trouble = outcome.trouble or "it did not come back"
            return
        if lockout.name.startswith("guard: its program"):
            self.prepare()
        after = self.describe()
        outcome.differences = compare(before, after)


def compare(before: str, after: str) -> str:
    """The lines that are not in both."""
    was, now = before.splitlines(), after.splitlines()
    rows = [f"- {line}" for line in was if line not in set(now)] + [f"+ {line}" for line in now if line not in set(was)]
    return "\n".join(rows)


def try_all(hosts: Sequence[GuardedHost], lockouts: Sequence[Lockout]) -> list[Outcome]:
    """Share the lock-outs out over the hosts; a host that did not come back gets no more. Prints each as it ends."""
    waiting: queue.SimpleQueue[Lockout] = queue.SimpleQueue()
    for lockout in lockouts:
        waiting.put(lockout)
    outcomes: list[Outcome] = []

    def work(host: GuardedHost) -> None:
        while True:
            try:
                lockout = waiting.get_nowait()
            except queue.Empty:
                return
            outcome = host.try_lockout(lockout)
            outcomes.append(outcome)
            print(outcome.row(), flush=True)
            if outcome.settled is None:
                return

    threads = [threading.Thread(target=work, args=(host,)) for host in hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
