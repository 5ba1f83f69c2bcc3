"""A door that is interrupted, as a person sees it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.reduced_inventory import ROOT


@pytest.mark.parametrize(("moment", "code"), [("starting", -signal.SIGINT), ("working", 130)])
def test_ctrl_c_is_no_traceback(moment: str, code: int) -> None:
    """While a door imports, it just ends; once it works, it may have something to put in order first."""
    program = (
        "import os, signal, sys, time\n"
        "sys.argv[0], moment = 'door.py', sys.argv[1]\n"
        "import _door\n"
        "def interrupted():\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(10)\n"
        "if moment == 'starting':\n"
        "    interrupted()\n"
        "from nornir_tasks.cli import terminal\n"
        "terminal.run_guarded(interrupted)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "scripts"), os.environ["PYTHONPATH"]])}
    command = [sys.executable, "-c", program, moment]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


def test_a_reader_of_the_progress_who_has_read_enough() -> None:
    """``apply PLAN | head -1``: the change goes on to its end, and there is no story about the pipe."""
    program = (
        "import sys\n"
        "from nornir_tasks.cli import change, terminal\n"
        "def work():\n"
        "    for number in range(20000):\n"
        "        change._progress(f'{number} switches of many')\n"
        "    print('the end', file=sys.stderr)\n"
        "    return 0\n"
        "terminal.run_guarded(work)\n"
    )
    command = ["bash", "-c", '"$0" -c "$1" | head -1; echo "${PIPESTATUS[0]}"', sys.executable, program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("0 switches of many\n0\n", "the end\n")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    ("door", "code"), [("health_check.py nowhere", 2), ("run", 2), ("trust.py", 2), ("migration.py --help", 0)]
)
def test_a_closed_stream_is_no_riddle(door: str, code: int, closed: str) -> None:
    """It ends as it would have, and what is left open is told no story about the rest."""
    # As it is started from a shell: by another Python, whose standard streams are closed, too.
    command = f"exec 9>&1; {{ /usr/bin/env python3 scripts/{door}; echo $? >&9; }} 9>&9 {closed}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines()[-1] == str(code)
    assert "Traceback" not in done.stdout + done.stderr


def test_a_terminal_that_lacks_a_letter_is_no_reason_to_stop() -> None:
    """Its help has a ``…``."""
    ascii_only = {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "scripts/run", "--help"], cwd=ROOT, env=ascii_only, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"playbooks/?" in done.stdout


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("inventory =\n", "found '' in ANSIBLE_INVENTORY or ansible.cfg, expected its paths"),
        ("inventory = %(x)s\n", "%(x)s (No such file or directory)"),
        ("inventory = a\0b\n", "a name with a NUL in it"),
        (f"inventory = {ROOT}/inventory\nforks = abc\n", "Invalid value provided for 'integer': 'abc'"),
    ],
)
def test_settings_of_ansible_that_name_no_inventory(settings: str, words: str, tmp_path: Path) -> None:
    """What they name is told; a ``%`` is a letter to us as it is to Ansible."""
    file = tmp_path / "ansible.cfg"
    file.write_text(f"[defaults]\n{settings}")
    # Nothing kept from before: what is cached needs no Ansible.
    environment = {**os.environ, "ANSIBLE_CONFIG": str(file), "FELLESDRIFT_CACHE": str(tmp_path / "cache")}
    environment.pop("ANSIBLE_INVENTORY", None)
    command = [sys.executable, "scripts/inventory.py", "show", "loppa-acc-03"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("door", ["change.py list", "run ansible --version", "lab status"])
def test_a_folder_that_is_gone_is_named(door: str, tmp_path: Path) -> None:
    """Python and Ansible both ask for it, and say no more than that there is none."""
    command = f"cd {tmp_path} && rmdir {tmp_path} && exec {sys.executable} {ROOT}/scripts/{door}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "error: the folder that this was called in is gone" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("FELLESDRIFT_LAB_DIR", "/dev/null", "/dev/null: File exists"),
        ("FELLESDRIFT_LAB_DELAY", "soon", "argument --delay: invalid float value: 'soon'"),
    ],
)
def test_a_wrong_setting_of_the_lab_is_named(name: str, value: str, words: str) -> None:
    """Without a traceback."""
    command = [sys.executable, "scripts/lab", "up", "--only", "nowhere"]
    environment = {**os.environ, name: value}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        "change.py --nordlys-91\x1b[2J",
        "change.py list --format nordlys-91\x1b[2J",
        "change.py list --log-file /dev/null/nordlys-91\x1b[2J",
        "change.py discard nordlys-91\x1b[2J --reason x",
        "run ansible-playbook playbooks/migrate/10_survey.yml -e municipality=nordlys-91\x1b[2J",
    ],
)
def test_what_was_typed_is_told_like_everything_else(words: str) -> None:
    """A slip in a command line, with a password in it, goes to logs of CI, too."""
    command = [sys.executable, *f"scripts/{words}".split(" ")]
    environment = {**os.environ, "FELLESDRIFT_PASSWORD": "nordlys-91", "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (1, 2)
    assert "<secret>" in done.stdout + done.stderr
    assert "nordlys" not in done.stdout + done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_a_full_disk_is_told_once() -> None:
    """Not a second time by Python, as it ends."""
    command = ["bash", "-c", f"{sys.executable} scripts/change.py list --help > /dev/full"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == "error: No space left on device\n"


def test_a_demonstration_removes_nobody_elses_folder(tmp_path: Path) -> None:
    """It makes its own anew each time; a slip in the variable must not empty a home."""
    (tmp_path / "diary").write_text("mine")
    for place, words in ((tmp_path, "expected an empty folder"), (tmp_path / "diary", "Not a directory")):
        environment = {**os.environ, "FELLESDRIFT_DEMO_DIR": str(place)}
        command = [sys.executable, "scripts/demo", "--municipality", "nowhere"]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    assert (tmp_path / "diary").read_text() == "mine"
