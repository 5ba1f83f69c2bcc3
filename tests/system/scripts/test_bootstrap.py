"""The set-up that every door shares: all that is missing at once, once, never by two at a time, and never half."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
DOOR = "import _door\nimport sys\nprint(sys.prefix)\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that needs no package, so that no test asks a registry."""
    (tmp_path / "scripts").mkdir()
    for name in ("_bootstrap.py", "_door.py", "_programs.py"):
        shutil.copy(SCRIPTS / name, tmp_path / "scripts" / name)
    (tmp_path / "scripts" / "door.py").write_text(DOOR)
    for lock in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / lock).write_text("")
    return tmp_path


def start(checkout: Path) -> subprocess.Popen[str]:
    """Open the door from another directory, as people do."""
    command = [sys.executable, str(checkout / "scripts" / "door.py")]
    return subprocess.Popen(command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_doors_at_once_make_one_environment_and_the_next_is_quick(checkout: Path) -> None:
    """The second one waits for the first; whoever comes later pays next to nothing."""
    ends = [(door, *door.communicate(timeout=120)) for door in [start(checkout), start(checkout)]]
    assert [door.returncode for door, _, _ in ends] == [0, 0], ends
    assert {printed.strip() for _, printed, _ in ends} == {str(checkout / ".venv")}
    said = "".join(words for _, _, words in ends)
    assert said.count("making .venv") == 1
    assert said.count("waiting for it") == 1

    began = time.monotonic()
    third = start(checkout)
    printed, words = third.communicate(timeout=30)
    assert (printed.strip(), words) == (str(checkout / ".venv"), "")
    assert time.monotonic() - began < 2


def test_a_failed_installation_is_never_taken_for_a_finished_one(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message has pip's own words; the next run tries again and succeeds."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (checkout / "requirements.txt").write_text("absent-package==1.0 --hash=sha256:" + "0" * 64 + "\n")
    first = start(checkout)
    _, words = first.communicate(timeout=120)
    assert first.returncode == 1
    assert "pip could not install" in words
    assert "absent-package" in words
    assert "Traceback" not in words
    assert not list((checkout / ".venv").glob(".stamp-*"))

    (checkout / "requirements.txt").write_text("")
    again = start(checkout)
    printed, words = again.communicate(timeout=120)
    assert (again.returncode, printed.strip()) == (0, str(checkout / ".venv")), words


def test_a_moved_checkout_gets_an_environment_of_its_own(checkout: Path) -> None:
    """The scripts of an environment name the path it was made at."""
    assert start(checkout).wait(timeout=120) == 0
    moved = checkout.with_name(checkout.name + "-moved")
    checkout.rename(moved)
    door = start(moved)
    printed, words = door.communicate(timeout=120)
    assert (door.returncode, printed.strip()) == (0, str(moved / ".venv")), words
    assert str(moved) in (moved / ".venv" / "bin" / "pip").read_text()


def test_a_borrowed_environment_is_used_and_never_wiped(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A second checkout whose .venv is a link has the first one's environment, not a new one in its place."""
    assert start(checkout).wait(timeout=120) == 0
    second = tmp_path_factory.mktemp("second")
    shutil.copytree(checkout, second, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".venv"))
    (second / ".venv").symlink_to(checkout / ".venv")
    (checkout / ".venv" / "mark").touch()
    door = start(second)
    printed, words = door.communicate(timeout=120)
    assert (door.returncode, printed.strip()) == (0, str(checkout / ".venv")), words
    assert (checkout / ".venv" / "mark").exists()


def test_an_interrupted_installation_is_made_anew(checkout: Path) -> None:
    """A killed pip may leave a package that looks installed and is not: no mark of completion, no trust."""
    assert start(checkout).wait(timeout=120) == 0
    left_behind = checkout / ".venv" / "half-a-package"
    left_behind.touch()
    (checkout / ".venv" / ".stamp-run").unlink()
    door = start(checkout)
    printed, words = door.communicate(timeout=120)
    assert (door.returncode, printed.strip()) == (0, str(checkout / ".venv")), words
    assert not left_behind.exists()


def test_what_cannot_be_written_is_said_in_one_line(checkout: Path) -> None:
    """And not in a traceback."""
    (checkout / ".venv.lock").mkdir()
    door = start(checkout)
    _, words = door.communicate(timeout=30)
    assert door.returncode == 1
    assert words.startswith(f"fellesdrift: error: could not prepare {checkout}: ")
    assert len(words.splitlines()) == 1


APT_GET = """#!{sys.executable}
import os, pathlib, shutil, sys
here = pathlib.Path(__file__).parent
with open(here / "asked", "a") as asked:
    print(*[word for word in sys.argv[1:] if word[0] != "-" and "=" not in word], file=asked)
if "install" in sys.argv:
    shutil.copy("/bin/true", here / "ssh-keygen")
if "download" in sys.argv:
    pathlib.Path("pip.deb").touch()
"""
DPKG_DEB = """#!{sys.executable}
import ensurepip, pathlib, shutil, sys
wheels = pathlib.Path(sys.argv[3], "usr/share/python-wheels")
wheels.mkdir(parents=True)
own = pathlib.Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl")
for wheel in [*own, *pathlib.Path("/usr/share/python-wheels").glob("pip-*.whl")][:1]:  # the second is Debian's place
    shutil.copy(wheel, wheels)
"""


@pytest.fixture
def debian(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH: programs that do as Debian's do, and note what they were asked."""
    place = checkout / "programs"
    place.mkdir()
    for name, text in (("apt-get", APT_GET), ("dpkg-deb", DPKG_DEB)):
        (place / name).write_text(text.replace("{sys.executable}", sys.executable))
        (place / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(place))
    return place


def open_door(checkout: Path, name: str, *arguments: str, user: int) -> subprocess.CompletedProcess[str]:
    """A door of this name, opened by the user of this number."""
    machine = f"import os\nos.geteuid = lambda: {user}\nimport _programs\n_programs.ELSEWHERE = []\n"
    (checkout / "scripts" / name).write_text(machine + DOOR)
    command = [sys.executable, str(checkout / "scripts" / name), *arguments]
    return subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=120)


def test_root_is_told_and_all_is_installed_at_once(checkout: Path, debian: Path) -> None:
    """The index first; what is left out for want of a program is named, and the rest goes on."""
    done = open_door(checkout, "test", "--all", user=0)
    assert done.returncode == 1
    packages = ["debootstrap", "git", "graphviz", "iproute2", "netcat-openbsd", "nftables", "openssh-client"]
    packages += ["postgresql", "systemd-container"]
    assert f"installing {', '.join(packages)} with apt-get …" in done.stderr
    assert (debian / "asked").read_text().splitlines() == [
        "update",
        f"install {' '.join(packages)}",
    ]
    assert "expected on this machine, not found: git. Nothing was begun" in done.stderr
    shutil.copy("/bin/true", debian / "git")
    done = open_door(checkout, "test", "--all", user=0)
    assert done.returncode == 0, done.stderr
    programs = "dot, initdb, debootstrap, systemd-nspawn, nft, ip, nc"
    tests = "the tests of drawn topologies and the tests of a journal in PostgreSQL and the tests of whole machines"
    assert f"{programs}: not found, so {tests}, which want root are skipped." in done.stderr


def test_another_user_is_told_one_line_before_anything_begins(checkout: Path, debian: Path) -> None:
    """Only by the door that needs it."""
    done = open_door(checkout, "demo", user=1000)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "fellesdrift: error: expected on this machine, not found: ssh-keygen. Nothing was begun; as root:",
        "  apt-get update && apt-get install --no-install-recommends openssh-client",
    ]
    assert not (checkout / ".venv").exists()
    assert not (debian / "asked").exists()
    for name, argument in (("demo", "--help"), ("test", "tests/unit"), ("inventory.py", "check")):
        done = open_door(checkout, name, argument, user=1000)
        assert done.returncode == 0, done.stderr
        assert "apt-get" not in done.stderr


@pytest.fixture
def without_ensurepip(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian keeps it in a package of its own."""
    place = checkout / "hidden"
    place.mkdir()
    (place / "ensurepip.py").write_text("raise ModuleNotFoundError('ensurepip')\n")
    monkeypatch.setenv("PYTHONPATH", str(place))


@pytest.mark.usefixtures("without_ensurepip")
def test_pip_is_had_from_apt_without_root(checkout: Path, debian: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel that apt has checked installs the pip that the checkout has locked."""
    text = (debian / "dpkg-deb").read_text()
    (debian / "dpkg-deb").write_text(text.replace(sys.executable + "\n", sys.executable + " -E\n", 1))
    # Python's own, or where Debian keeps it.
    places = (Path(subprocess.__file__).parent / "ensurepip" / "_bundled", Path("/usr/share/python-wheels"))
    wheel = next(wheel for place in places for wheel in place.glob("pip-*.whl"))
    lock = f"pip=={wheel.name.split('-')[1]} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
    (checkout / "requirements-pip.txt").write_text(lock)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    done = open_door(checkout, "inventory.py", user=1000)
    assert done.returncode == 0, done.stderr
    assert (debian / "asked").read_text() == "download python3-pip-whl ca-certificates\n"
    assert (checkout / ".venv" / "bin" / "pip").exists()

    shutil.rmtree(checkout / ".venv")
    (checkout / "requirements-pip.txt").write_text(lock.replace("sha256:", "sha256:0")[:-2])
    done = open_door(checkout, "inventory.py", user=1000)
    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr


@pytest.mark.usefixtures("without_ensurepip")
def test_where_apt_has_no_pip_its_package_is_in_the_line(checkout: Path, debian: Path) -> None:
    """Beside the programs, so that one line is enough."""
    (debian / "apt-get").write_text("#!/bin/sh\nexit 100\n")
    done = open_door(checkout, "demo", user=1000)
    assert done.returncode == 1
    assert "not found: ssh-keygen, ensurepip. Nothing was begun" in done.stderr
    assert re.search(r"install --no-install-recommends openssh-client python3\S*-venv$", done.stderr)
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(
    "door", sorted(path.name for path in SCRIPTS.iterdir() if os.access(path, os.X_OK) and path.is_file())
)
def test_every_door_is_thin_and_prepares_itself(door: str) -> None:
    """A door holds no logic: what it opens has tests of its own."""
    text = (SCRIPTS / door).read_text()
    assert text.startswith("#!/usr/bin/env python3\n")
    assert "import _door" in text
    assert len(text.splitlines()) < 60
