"""Whatever becomes of a file of the state directory: no traceback, no waiting without end, and the error names it.

Every file that a change leaves there, by every kind of damage, and the doors that read it.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nornir_tasks.change import plan_inputs
from nornir_tasks.change.plan import DevicePlan, assemble, save
from nornir_tasks.change.plan_status import record_plan
from nornir_tasks.devices.context import open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal.entry import Entry
from nornir_tasks.model import Stage
from nornir_tasks.platforms import platform
from tests.support.door_runner import Runner, running
from tests.support.reduced_inventory import ROOT

SWITCH = "loppa-acc-06"
CHANGE = "nornir_tasks.cli.change"
# What is not there, or cannot be read, may be no trouble: then it is made anew, or nobody has asked for it.
DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "binary": lambda file: file.write_bytes(bytes(range(256)) * 20),
    "a list": lambda file: file.write_bytes(b"[1, [2]]"),
    "a mapping": lambda file: file.write_bytes(b'{"devices": [{}], "sealed": 7, "pieces": 3}'),
    "half": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "a folder": lambda file: (file.unlink(), file.mkdir()),
    "a pipe": lambda file: (file.unlink(), os.mkfifo(file)),
    "a link to nowhere": lambda file: (file.unlink(), file.symlink_to("nowhere")),
    "a link to itself": lambda file: (file.unlink(), file.symlink_to(file.name)),
    "no end": lambda file: (file.unlink(), file.symlink_to("/dev/zero")),
    "gone": lambda file: file.unlink(),
}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """After a change that stopped: journal, checkpoints, keys, a plan and what it rests on, a backup."""
    where = tmp_path_factory.mktemp("sound")
    context = open_context(load_region(), reason="night 4", who="kari", where=where)
    reference = context.backups.save(SWITCH, platform("ios"), "hostname x\nsnmp-server community k4nari RO\nend\n")
    part = DevicePlan(SWITCH, "wave", SWITCH, 20, 20, "abc", "+ x\n", "", ("x",), ())
    plan = assemble(context, "harmonise", "loppa", Stage.CONNECT, Stage.CONNECT, [part])
    save(context, plan)
    plan_inputs.save_inputs(context)
    record_plan(context, plan, "before", "started", {})
    context.journal.write(
        Entry("device", "after", "reverted", "loppa", Stage.CONNECT, "kari", "night 4", SWITCH, plan=plan.id,
              backup=reference, detail={"message": "refused a line", "seconds": 3.0})
    )  # fmt: skip
    record_plan(context, plan, "after", "stopped", {"messages": ["refused a line"]})
    context.journal.sign_checkpoint()
    return where


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Doors that ask no switch."""
    place = tmp_path_factory.mktemp("doors")
    environment = {**os.environ, "FELLESDRIFT_CACHE": str(place / "cache"), "NO_COLOR": "1", "FELLESDRIFT_WHO": "kari"}
    environment["ANSIBLE_INVENTORY"] = f"{ROOT}/inventory,{ROOT}/lab/inventory"
    with running(place, environment) as made:
        yield made


@pytest.mark.parametrize("turns", [3, pytest.param(1, marks=pytest.mark.nightly)], ids=["in turn", "all"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named(damage: str, turns: int, state: Path, runner: Runner, tmp_path: Path) -> None:
    """Each door ends in time with a code of the table; where it fails, it says which file, or what of the journal.

    Doors take turns: each file meets each damage at some of them, and each door meets each file and each damage.
    """
    plan = next((state / "plans").iterdir()).stem
    doors = (
        (CHANGE, "list"),
        (CHANGE, "show", plan),
        (CHANGE, "status", plan, "--page", str(tmp_path / "page.html")),
        (CHANGE, "verify"),
        (CHANGE, "plan", "--harmonise", SWITCH, "--reason", "x"),
        ("nornir_tasks.cli.report", "loppa", "--output", str(tmp_path / "report.html")),
        ("nornir_tasks.cli.migration", "status"),
        ("nornir_tasks.cli.migration", "fixed", "loppa"),
    )
    files = sorted(path.relative_to(state) for path in state.rglob("*") if path.is_file())
    for place, file in enumerate(files, list(DAMAGES).index(damage)):
        for number, (module, *argv) in enumerate(doors):
            if (place + number) % turns:
                continue
            where = tmp_path / f"{number}"
            shutil.copytree(state, where)
            DAMAGES[damage](where / file)
            done = runner.run(module, argv, {"FELLESDRIFT_STATE": str(where)})
            about = (damage, str(file), argv, done.code, (done.out + done.err).decode(errors="replace")[-1500:])
            assert done.code in (0, 1, 2, 3), about
            assert b"Traceback" not in done.err, about
            assert done.code == 0 or (done.out + done.err).strip(), about
            if done.err.startswith(b"error:"):
                assert any(word in done.err.decode() for word in (file.name, file.stem, "journal", SWITCH)), about
            shutil.rmtree(where)
