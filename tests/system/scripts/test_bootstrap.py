"""The set-up that every door shares: once, never by two at a time, and never half."""

import os
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


@pytest.mark.parametrize(
    "door", sorted(path.name for path in SCRIPTS.iterdir() if os.access(path, os.X_OK) and path.is_file())
)
def test_every_door_is_thin_and_prepares_itself(door: str) -> None:
    """A door holds no logic: what it opens has tests of its own."""
    text = (SCRIPTS / door).read_text()
    assert text.startswith("#!/usr/bin/env python3\n")
    assert "import _door" in text
    assert len(text.splitlines()) < 60
