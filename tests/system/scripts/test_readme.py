"""Every command of the README is run, in the order in which it stands there."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nornir_tasks.core.exit_codes import DRIFT
from scripts import _programs

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]
# These two have tests of their own: test_demo.py, and this run itself, which `scripts/test` started.
ELSEWHERE = ["scripts/demo", "scripts/test"]
BY_HAND = [command for command in COMMANDS if command not in ELSEWHERE]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A lab directory and a state of their own; a lab that a failed test left behind is stopped."""
    where = tmp_path_factory.mktemp("readme")
    (where / "lab").mkdir()
    environment = {
        **os.environ,
        # Beside the lab that this worker's other tests share, and may have left running.
        "FELLESDRIFT_LAB_PORT": str(int(os.environ["FELLESDRIFT_LAB_PORT"]) + 6),
        "FELLESDRIFT_LAB_DIR": str(where / "lab"),
        "FELLESDRIFT_STATE": str(where / "state"),
    }
    yield environment
    run("scripts/lab down", environment)


def run(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a line as a person types it."""
    return subprocess.run(
        ["sh", "-c", command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.parametrize("command", BY_HAND)
def test_a_command_of_the_readme_works(command: str, home: dict[str, str]) -> None:
    """Exit code 0, or that of a plan that has something to change; and no traceback."""
    if " PLAN" in command or "=PLAN" in command:
        plans = json.loads(run("scripts/change.py list --format json", home).stdout)
        command = command.replace("PLAN", plans[-1]["plan"]).replace(".lab/", f"{home['FELLESDRIFT_LAB_DIR']}/")
    done = run(command, home)
    assert done.returncode in (0, DRIFT if "change.py plan" in command else 0), done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_the_two_commands_open_the_readme() -> None:
    """And the continuous integration runs the second of them, with all tests."""
    assert BLOCKS[0].split() == ELSEWHERE
    assert "exec scripts/test --all\n" in (ROOT / ".ci" / "run").read_text()
    assert README.index("scripts/demo") < 2000


def test_the_readme_has_the_line_that_the_doors_print() -> None:
    """All that any of them needs of root, but git, with which the checkout was cloned."""
    programs = [*_programs.REQUIRED["test --all"], *_programs.OPTIONAL["test --all"]]
    line = _programs.tell_how(_programs.PACKAGES[program] for program in programs if program != "git")
    assert f"\n    {line}\n" in README


def test_the_test_command_hands_its_arguments_to_pytest(home: dict[str, str]) -> None:
    """``scripts/test tests/unit/model -k vlan`` runs just that."""
    done = run("scripts/test --collect-only -q -p no:xdist -o addopts= tests/system/test_guard.py", home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_guard.py" in done.stdout


def test_every_link_of_the_documents_leads_somewhere() -> None:
    """A page that moved takes its links along."""
    broken = []
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []
