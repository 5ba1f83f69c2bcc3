"""A plan's parts may be of any kind: bells go the whole way of a change, and nothing in ``change`` knows of them."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nornir_tasks import targets
from nornir_tasks.change import approval, plan_inputs, plan_status
from nornir_tasks.change.plan import Plan, PlanError, assemble, load, plan_device, save
from nornir_tasks.change.summary import summarise
from nornir_tasks.core import code_digest
from nornir_tasks.devices.context import CHECKOUT, Context, open_context
from nornir_tasks.journal.entry import Entry
from nornir_tasks.migration import gates
from nornir_tasks.migration.apply_many import run
from nornir_tasks.migration.execution import ChangeResult, Overrides
from nornir_tasks.migration.fixed_addresses import FixedAddresses
from nornir_tasks.migration.municipality_change import start
from nornir_tasks.migration.propose import propose_take_back
from nornir_tasks.migration.undo import UndoError
from nornir_tasks.model import Region, Stage
from nornir_tasks.targets import TargetError, find_target
from tests.support import bells
from tests.support import small_region as small

NEW = bells.OLD.replace("08:00", "08:15")
FIRST, SECOND = bells.NAMES
# The night's process, which a bell may kill: it begins a saved plan and applies it.
NIGHT = """
import sys
from pathlib import Path
from nornir_tasks import targets
from tests.system.change import test_targets as night
from tests.support import bells
targets.KINDS.update([bells.KIND_ROW])
night.open_window(setattr)
night.apply_saved(Path(sys.argv[1]), sys.argv[2], "", print)
"""


def region(where: Path) -> Region:
    """Loppa, whose signers are these."""
    plain = small.region()
    signers = str(where / "allowed_signers")
    devices = {
        name: device.model_copy(update={"standard": device.standard.model_copy(update={"allowed_signers": signers})})
        for name, device in plain.devices.items()
    }
    return plain.model_copy(update={"devices": devices})


def opened(where: Path) -> Context:
    """An errand of this process."""
    return open_context(region(where), reason="test", who="tester", where=where / "state")


def open_window(patch: Callable[[object, str, object], None]) -> None:
    """Inside the window, whenever the tests run."""
    patch(gates, "is_inside", lambda *given: True)


def apply_saved(where: Path, plan_id: str, takeover: str, tell: Callable[[str], None]) -> ChangeResult:
    """Start a saved plan, or start it again, and apply it."""
    context = opened(where)
    return run(context, start(context, load(context, plan_id), overrides=Overrides(takeover or None)), tell=tell)


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two bells, a key that may sign, and Loppa one stage before the pilot."""
    monkeypatch.setitem(targets.KINDS, *bells.KIND_ROW)
    monkeypatch.setenv("FELLESDRIFT_TEST_BELLS", str(tmp_path / "bells"))
    open_window(monkeypatch.setattr)
    for name in bells.NAMES:
        bells.hang(name)
    (tmp_path / "state").mkdir()
    key = tmp_path / "key-kari"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key], check=True)
    public = key.with_name("key-kari.pub").read_text()
    (tmp_path / "allowed_signers").write_text(f'kari namespaces="*.fellesdrift" {public}')
    journal = opened(tmp_path).journal
    found = FixedAddresses(has_arp=True).to_detail()
    journal.write(Entry("survey", "after", "done", "loppa", Stage.SURVEY, "t", "t", detail={"fixed": found}))
    journal.write(Entry("stage", "after", "done", "loppa", Stage.HARMONISE, "t", "t"))
    return tmp_path


def planned(where: Path) -> Plan:
    """The pilot's plan for both bells, one after the other; saved, loaded again and signed."""
    context = opened(where)
    now = context.journal.position()
    then = now.moved("loppa", Stage.PILOT)
    read = targets.read_targets(context, bells.NAMES, now, ("pending",), 1)
    parts = [
        plan_device(context, find_target(context.region, name), read[name].running, now, then, wave=name, move="loppa")
        for name in bells.NAMES
    ]
    plan = assemble(context, "stage", "loppa", Stage.HARMONISE, Stage.PILOT, parts)
    save(context, plan)
    plan_inputs.save_inputs(context)
    loaded = load(context, plan.id)
    assert loaded == plan
    approval.record_approval(context, loaded, approval.sign(loaded, where / "key-kari"), "read it")
    return loaded


def text(name: str) -> str:
    """What a bell rings by; both now and after a power cut."""
    place = bells.folder() / name
    assert (place / "running").read_text() == (place / "saved").read_text()
    assert not (place / "armed").exists()
    return (place / "running").read_text()


def killed(where: Path, plan: Plan, step: str) -> None:
    """Apply a plan in a process of its own, which the second bell kills at this step."""
    trap = bells.folder() / SECOND / f"dies-at-{step}"
    trap.touch()
    done = subprocess.run(
        [sys.executable, "-c", NIGHT, str(where), plan.id],
        cwd=CHECKOUT, env={**os.environ}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == -9, done.stdout + done.stderr
    trap.unlink()


def test_there_and_back(where: Path) -> None:
    """Planned, saved, signed, applied, and taken back to the byte; the pin never shows."""
    plan = planned(where)
    summary = apply_saved(where, plan.id, "", print)
    assert (summary.done, set(summary.outcomes.values())) == (True, {"changed"})
    assert [text(name) for name in bells.NAMES] == [NEW, NEW]
    context = opened(where)
    assert context.journal.position().of("loppa", FIRST) == Stage.PILOT
    back = propose_take_back(context, plan).plan
    assert {part.device for part in back.devices if part.changes} == set(bells.NAMES)
    save(context, back)
    plan_inputs.save_inputs(context)
    assert apply_saved(where, back.id, "", print).done
    assert [text(name) for name in bells.NAMES] == [bells.OLD, bells.OLD]
    assert opened(where).journal.position().of("loppa", FIRST) == Stage.HARMONISE
    assert plan_status.status(context, plan) == "taken back"
    kept = "".join(str(entry) for entry in context.journal.entries()) + "".join(
        path.read_text() for path in (where / "state" / "plans").iterdir()
    )
    assert "1234" not in kept


@pytest.mark.parametrize(("step", "after"), [("push", "reverted"), ("written", "changed"), ("confirm", "changed")])
def test_a_killed_night_goes_on(where: Path, step: str, after: str) -> None:
    """Killed before the first line, after the last, and at the confirmation: looked at, then carried on to the end."""
    plan = planned(where)
    killed(where, plan, step)
    summary = apply_saved(where, plan.id, "the process was killed", print)
    assert summary.done, summary
    assert [text(name) for name in bells.NAMES] == [NEW, NEW]
    entries = [
        e.outcome for e in opened(where).journal.entries(what="device") if (e.device, e.phase) == (SECOND, "after")
    ]
    assert entries[0] == after


def test_one_that_nobody_hears_goes_back(where: Path) -> None:
    """A probe of its own kind."""
    plan = planned(where)
    (bells.folder() / FIRST / "muffled").touch()
    summary = apply_saved(where, plan.id, "", print)
    assert summary.outcomes == {FIRST: "reverted", SECOND: "not begun"}
    assert "Expected the bell, actual: silence" in summary.messages[0]
    assert text(FIRST) == bells.OLD


def test_edited_since_is_refused(where: Path) -> None:
    """Somebody set another time: nothing is written, and the difference is shown. On the way back likewise."""
    plan = planned(where)
    place = bells.folder() / SECOND
    for file in ("running", "saved"):
        (place / file).write_text(bells.OLD.replace("14:00", "14:30"))
    with pytest.raises(PlanError, match=r"1 bell changed since it was made(.|\n)*\+ ring 14:30"):
        apply_saved(where, plan.id, "", print)
    assert text(FIRST) == bells.OLD
    for file in ("running", "saved"):
        (place / file).write_text(bells.OLD)
    assert apply_saved(where, plan.id, "", print).done
    for file in ("running", "saved"):
        (place / file).write_text(NEW.replace("14:00", "14:30"))
    with pytest.raises(UndoError, match=f"{SECOND}: somebody changed it since: .*14:30"):
        propose_take_back(opened(where), plan)


def test_one_that_does_not_answer_shuts_the_gate(where: Path) -> None:
    """By name."""
    plan = planned(where)
    (bells.folder() / SECOND / "broken").touch()
    with pytest.raises(gates.GateError, match=f"no answer from {SECOND}"):
        apply_saved(where, plan.id, "", print)


def test_people_read_of_them_as_of_any_other(where: Path) -> None:
    """One group, for both are told the same; counted by their own name."""
    context = opened(where)
    plan = planned(where)
    summary = summarise(plan, context.region)
    assert summary.title == "Loppa from harmonise to pilot: 2 of 2 bells to change (+2 −2 lines)"
    assert [group.devices for group in summary.groups] == [bells.NAMES]
    mixed = replace(plan, devices=(*plan.devices, replace(plan.devices[0], device="loppa-acc-01", diff="")))
    assert "2 of 2 bells and 1 switch to change" in summarise(mixed, context.region).title


def test_who_is_not_in_the_inventory_is_named(where: Path) -> None:
    """With what was expected."""
    with pytest.raises(
        TargetError, match="loppa-bell-09: not found in the inventory, expected a switch, a server or a bell"
    ):
        find_target(opened(where).region, "loppa-bell-09")


def test_the_digest_of_the_code_covers_every_kind() -> None:
    """A plan rests on what writes to a switch, though nothing imports it by name."""
    files = code_digest.find_sources(CHECKOUT, ("nornir_tasks.change.apply_device",))
    assert {f"nornir_tasks/targets/{name}.py" for name in ("base", "switch", "switch_probe")} <= {
        str(file.relative_to(CHECKOUT)) for file in files
    }
