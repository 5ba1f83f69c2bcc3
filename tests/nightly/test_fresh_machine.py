"""The README's two commands on a Debian with git and python3 alone: as root, and as somebody who is not.

Each Debian is made by debootstrap, from where apt on this machine gets its packages, in a temporary folder. What runs
in it has mounts and processes of its own, which end with the command. The network is shared: loopback and, for what is
installed, the registries that apt and pip are set up for here. About 80 minutes in all on two idle cores.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINE = "apt-get update && apt-get install --no-install-recommends {}"
README_LINE = LINE.format("graphviz openssh-client postgresql")
PLACE = "/var/tmp"  # a Debian 13 mounts /tmp without device files
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PIP_OPTIONS = {"index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "default-timeout", "retries"}
INSIDE = """
mount -t tmpfs tmpfs "$0/dev/shm" && mount -t devpts devpts "$0/dev/pts" && cd / &&
exec chroot --userspec="$1:$1" "$0" sh -c 'cd && cd fellesdrift && eval "$0"' "$2"
"""
SECONDS_TO_MAKE, SECONDS_TO_PREPARE, SECONDS_FOR_DEMO, SECONDS_FOR_TESTS, SECONDS_FOR_ALL = 900, 900, 1200, 1800, 5400
SECONDS_TO_END = 10  # what a command that ran out of time had started ends a moment after it, and may write until then

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(os.geteuid() != 0, reason="a Debian is made by root alone"),
    pytest.mark.skipif(
        not all(shutil.which(program) for program in ("debootstrap", "unshare", "apt-get")),
        reason="needs debootstrap on a Debian: apt-get install debootstrap",
    ),
]


@dataclass(frozen=True)
class Machine:
    """A Debian in a folder, with a clone of this checkout for root and one for kari."""

    tree: Path

    def run(self, user: str, command: str, seconds: float) -> subprocess.CompletedProcess[str]:
        """Run a line as somebody types it in the clone, with an environment as a login makes it."""
        home = "/root" if user == "root" else f"/home/{user}"
        variables = {"PATH": PATH, "HOME": home, "USER": user, "LOGNAME": user}
        variables |= {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        namespaces = ["--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", f"--mount-proc={self.tree}/proc"]
        return subprocess.run(
            ["unshare", *namespaces, "sh", "-c", INSIDE, str(self.tree), user, command],
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )

    def succeed(self, user: str, command: str, seconds: float) -> str:
        """What a line printed, on standard error, too; a failure fails the test with the end of it."""
        done = self.run(user, command, seconds)
        text = done.stdout + done.stderr
        assert done.returncode == 0, f"{user}: {command}: exit code {done.returncode}\n{text[-6000:]}"
        return text


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def pristine(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A Debian as debootstrap leaves it, with this machine's ways to the registries."""
    with _folder() as tree:
        command = ["debootstrap", "--variant=minbase", "--include=git,python3", request.param, str(tree), _mirror()]
        _execute(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", *command], SECONDS_TO_MAKE)
        _open_registries(tree)
        _execute(["chroot", tree, "/usr/sbin/useradd", "--create-home", "kari"])
        for home in ("root", "home/kari"):
            _execute(["git", "clone", "--quiet", "--no-hardlinks", ROOT, tree / home / "fellesdrift"])
        _execute(["chroot", tree, "chown", "-R", "kari:kari", "/home/kari"])
        yield tree


@pytest.fixture
def machine(pristine: Path) -> Iterator[Machine]:
    """A copy that the test may change."""
    with _folder() as tree:
        _execute(["cp", "-a", "--reflink=auto", f"{pristine}/.", tree], SECONDS_TO_MAKE)
        yield Machine(tree)


def test_an_ordinary_user_is_told_one_line_and_does_the_rest(machine: Machine) -> None:
    """Before anything begins; and what needs no program of root's is had without."""
    refused = {door: machine.run("kari", door, 60) for door in ("scripts/demo", "scripts/test --all")}
    assert [done.returncode for done in refused.values()] == [1, 1], refused
    lines = {door: done.stderr.splitlines()[-1].strip() for door, done in refused.items()}
    assert lines == {"scripts/demo": LINE.format("openssh-client"), "scripts/test --all": README_LINE}
    assert not (machine.tree / "home/kari/fellesdrift/.venv").exists()

    machine.succeed("kari", "scripts/inventory.py check", SECONDS_TO_PREPARE)
    machine.succeed("kari", "scripts/test", SECONDS_FOR_TESTS)
    machine.succeed("root", f"export DEBIAN_FRONTEND=noninteractive; {lines['scripts/demo']} --yes", SECONDS_TO_PREPARE)
    assert "Traceback" not in machine.succeed("kari", "scripts/demo", SECONDS_FOR_DEMO)


def test_root_has_what_is_missing_installed(machine: Machine) -> None:
    """After it was said; each command asks for its own. All tests hold, on whichever Python the Debian has."""
    printed = machine.succeed("root", "scripts/demo", SECONDS_FOR_DEMO)
    assert "installing openssh-client, python3-venv with apt-get" in printed
    printed = machine.succeed("root", "scripts/test --all", SECONDS_FOR_ALL)
    packages = re.search(r"installing (.*) with apt-get", printed)
    assert packages is not None
    assert {"graphviz", "postgresql", "systemd-container", "nftables", "netcat-openbsd"} <= set(packages[1].split(", "))
    assert "not found, so" not in printed


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder of its own, which is gone afterwards with all that is in it."""
    path = Path(tempfile.mkdtemp(prefix="fellesdrift-debian-", dir=PLACE))
    path.chmod(0o755)
    try:
        yield path
    finally:
        end = time.monotonic() + SECONDS_TO_END
        while path.exists() and time.monotonic() < end:
            shutil.rmtree(path, ignore_errors=True)
        if path.exists():
            shutil.rmtree(path)  # and say why it cannot be


def _execute(command: list[str | Path], seconds: float = 120) -> str:
    """What a command of this machine printed."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, f"{command}: {(done.stdout + done.stderr)[-3000:]}"
    return done.stdout


def _mirror() -> str:
    """Where apt on this machine gets Debian's main packages."""
    form = "$(ORIGIN) $(CODENAME) $(REPO_URI)"
    targets = _execute(["apt-get", "indextargets", "--format", form, "Created-By: Packages"])
    found = re.search(r"^Debian \w+ (\S+)$", targets, re.MULTILINE)  # bookworm, not bookworm-security
    if found is None:
        pytest.skip(f"apt has no index of Debian's main packages (apt-get update), only: {targets!r}")
    return found[1]


def _open_registries(tree: Path) -> None:
    """Let apt, pip and the resolver in ``tree`` go where those of this machine go."""
    shutil.copy("/etc/resolv.conf", tree / "etc/resolv.conf")
    acquire = [line for line in _execute(["apt-config", "dump"]).splitlines() if re.match(r"Acquire::https?::", line)]
    (tree / "etc/apt/apt.conf.d/90machine").write_text("\n".join([*acquire, ""]))
    settings = {}
    for line in _execute([sys.executable, "-m", "pip", "config", "list"]).splitlines():
        name, _, literal = line.partition("=")
        option, value = name.split(".")[-1], ast.literal_eval(literal)
        if option == "cert":  # under a name that no package of Debian's writes to
            shutil.copy(value, tree / "etc/machine.pem")
            settings["cert"] = "/etc/machine.pem"
        elif option in PIP_OPTIONS and "file:" not in value:
            settings[option] = value
    (tree / "etc/pip.conf").write_text("\n".join(["[global]", *(f"{o} = {v}" for o, v in settings.items()), ""]))
