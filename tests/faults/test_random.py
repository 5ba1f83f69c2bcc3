"""A small sample of ``tests.nightly.thousand``: random changes under random faults, for about a minute.

FELLESDRIFT_RANDOM_SEED draws others, FELLESDRIFT_RANDOM_SECONDS gives it longer. The sample has a process and a lab of
its own, because its steps are forks, which must have one thread only.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.migration.propose import CENTRE
from tests.faults.draw import draw

ROOT = Path(__file__).resolve().parents[2]
HOME = "loppa"
SEED = os.environ.get("FELLESDRIFT_RANDOM_SEED", "sample")
SECONDS = float(os.environ.get("FELLESDRIFT_RANDOM_SECONDS", "45"))
FEW = 3  # cases that even a machine with too much to do has time for
GRACE = 300.0  # seconds for the lab, and for the case that is under way when the time is over


def test_random_changes_under_random_faults() -> None:
    """Each switch ends wholly before or after, what is told is true, and one command ends it once the fault is gone."""
    environment = {name: value for name, value in os.environ.items() if name != "FELLESDRIFT_CACHE"}
    environment["FELLESDRIFT_LAB_PORT"] = str(int(os.environ["FELLESDRIFT_LAB_PORT"]) - 4)  # its lab: 12 and 13
    asked = [HOME, "--seed", SEED, "--cases", "0:1000", "--seconds", str(SECONDS)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.cases", *asked],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS + GRACE, check=False,
    )  # fmt: skip
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    wrong = [row for row in rows if not row["ok"]]
    words = [
        f"{row['case']}: {row['why']}\n" + "\n".join(row["script"]) + "\nagain: scripts/run python -m "
        f"tests.nightly.thousand --again {row['case']}"
        for row in wrong
    ]
    if wrong:
        pytest.fail("\n\n".join(words))
    assert done.returncode == 0, done.stderr
    assert len(rows) >= FEW, done.stderr


def test_a_name_draws_one_case() -> None:
    """The same name, the same case; another name, another."""
    region = load_region()
    devices, leaves = region.of(HOME), [one for one in region.of(CENTRE) if one.role == "leaf"]
    first, second = ([draw(f"{SEED}/{HOME}/{number}", devices, leaves) for number in range(50)] for _ in range(2))
    assert first == second
    assert len({"\n".join(case.script()) for case in first}) == 50
