"""The projections: each answer is what its definition gives, read off the whole history, however it was fed."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from nornir_tasks.core import state
from nornir_tasks.journal.entry import GOOD, OPEN, RUNS, Entry
from nornir_tasks.journal.projection_cache import ProjectionCache
from nornir_tasks.journal.projections import Before, Projections
from nornir_tasks.model import Position, Stage
from tests.support.random_history import make_history

SEEDS = range(40)


def project(history: Sequence[Entry]) -> Projections:
    """Fed from the start."""
    projections = Projections()
    for entry in history:
        projections.feed(entry)
    return projections


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_saved_on_the_way_goes_on_as_if_it_had_not_been(seed: int, tmp_path: Path) -> None:
    """Saved and read again at random moments; the same in the end as from one pass."""
    history = list(make_history(seed, 400))
    draw, cache = random.Random(seed), ProjectionCache(tmp_path)
    state.Key(tmp_path)
    cuts = sorted({0, len(history), *(draw.randrange(len(history)) for _ in range(5))})
    cache.save(Projections())
    for begin, end in pairwise(cuts):
        loaded = cache.load()
        assert loaded is not None
        assert loaded == project(history[:begin])
        for entry in history[begin:end]:
            loaded.feed(entry)
        cache.save(loaded)
    assert cache.load() == project(history)


@pytest.mark.parametrize("seed", SEEDS)
def test_position(seed: int) -> None:
    """A municipality stands where it last moved to; a device apart from it, where it was moved since."""
    history = list(make_history(seed, 300))
    stages: dict[str, Stage] = {}
    devices: dict[str, tuple[Stage, str]] = {}
    for entry in history:
        if entry.phase == "after" and entry.what == "stage" and entry.outcome in ("done", "undone"):
            stages[entry.municipality] = entry.stage
            devices = {place: held for place, held in devices.items() if held[1] != entry.municipality}
        elif entry.phase == "after" and entry.what == "device" and entry.place and entry.outcome in GOOD:
            devices[entry.place] = entry.stage, entry.municipality
    expected = Position(stages, {place: stage for place, (stage, _) in devices.items()})
    assert project(history).position() == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_municipalities(seed: int) -> None:
    """Since when it stands at a stage, the backups, the last that was seen on a legacy VLAN, the way back."""
    history = list(make_history(seed, 300))
    projections = project(history)
    for name in ("loppa", "alta", "hasvik", "masoy"):
        of_it = [entry for entry in history if entry.municipality == name]
        home = projections.municipality(name)
        assert {stage: home.since.get(stage) for stage in Stage} == {stage: find_since(of_it, stage) for stage in Stage}
        ended = [entry for entry in of_it if (entry.what, entry.phase, entry.outcome) == ("stage", "after", "done")]
        assert home.completed == {entry.stage: entry.id for entry in ended}
        kept = [entry for entry in of_it if entry.what in ("snapshot", "backup")]
        assert home.backups == {entry.device: entry.at for entry in kept}
        seen = [entry.at for entry in of_it if (entry.what, entry.outcome) == ("observation", "seen")]
        assert home.legacy_seen == max(seen, default=None)
        assert home.changes == find_changes(of_it)
    snapshots = {entry.device: entry.backup for entry in history if entry.what == "snapshot"}
    assert projections.snapshots == snapshots


@pytest.mark.parametrize("seed", SEEDS)
def test_plans(seed: int) -> None:
    """How far each has come, who is at it, and the entries that tell of its devices."""
    history = list(make_history(seed, 400))
    projections = project(history)
    for name in {entry.plan for entry in history if entry.plan} | {"plan-none"}:
        plan, of_it = projections.plan(name), [entry for entry in history if entry.plan == name]
        runs = [entry for entry in of_it if entry.what in RUNS]
        steps = [entry for entry in of_it if entry.what == "device"]
        assert plan.progress == find_progress(history, name)
        running = bool(runs) and runs[-1].phase == "before"
        assert plan.holder == (runs[-1].detail["holder"] if running else None)
        begun = max((entry.id for entry in runs if entry.phase == "before"), default=0)
        assert list(plan.last_entries().items()) == list({e.device: e.id for e in steps}.items())
        this_run = {entry.device: entry.id for entry in steps if entry.id > begun}
        assert list(plan.last_entries(this_run=True).items()) == list(this_run.items())
        ended = [entry for entry in steps if entry.phase == "after"]
        assert plan.changed == [entry.device for entry in ended if entry.outcome == "changed"]
        written = {
            entry.device: 0 if entry.outcome == "reverted" else entry.id
            for entry in ended
            if entry.outcome == "reverted" or (entry.outcome in ("changed", "failed") and entry.backup)
        }
        for device, numbers in plan.devices.items():
            of_device = [entry for entry in steps if entry.device == device]
            assert numbers.backup == max((entry.id for entry in of_device if entry.backup), default=0)
            assert numbers.baseline == max((entry.id for entry in of_device if "baseline" in entry.detail), default=0)
            assert numbers.written == written.get(device, 0)
        signed = [entry.id for entry in of_it if entry.what == "approval" and "signature" in entry.detail]
        assert plan.approvals == signed
        assert plan.emergency == any((e.what, e.outcome) == ("waiver", "emergency") for e in of_it)


@pytest.mark.parametrize("seed", SEEDS)
def test_devices(seed: int) -> None:
    """The last that was done to each, and those whose change was never ended."""
    history = list(make_history(seed, 300))
    projections = project(history)
    last = {entry.device: entry for entry in history if entry.what == "device"}
    assert list(projections.devices.items()) == [(name, entry.id) for name, entry in last.items()]
    unended = {name: e.id for name, e in last.items() if e.phase == "before" and e.outcome in OPEN and e.plan}
    assert projections.open == unended


def test_the_histories_hold_what_they_are_to_show() -> None:
    """Every kind of progress, changes on top of others, and changes that ended unclear are among them."""
    projections = [project(list(make_history(seed, 400))) for seed in SEEDS]
    plans = [plan for each in projections for plan in each.plans.values()]
    assert {plan.progress for plan in plans} == {"", "begun", "stopped", "done", "taken back"}
    homes = [home for each in projections for home in each.municipalities.values()]
    assert any(len(changes) > 2 for home in homes for changes in home.changes.values())
    assert any(home.sure for home in homes)
    assert any(len(changes[-1].moved_by) > 1 for home in homes for changes in home.changes.values() if changes)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace('"loppa":70', '"loppa":10', 1),
        lambda text: text.partition("\n")[2],
        lambda text: text[: len(text) // 2],
        lambda _text: "",
        lambda _text: "0" * 64 + "\n{}",
        lambda _text: "\udcff",
    ],
)
def test_a_cache_that_somebody_else_wrote_does_not_count(spoil, tmp_path: Path) -> None:
    """Whatever stands in the file: without the key's signature it does not count."""
    state.Key(tmp_path)
    cache = ProjectionCache(tmp_path)
    cache.save(project([replace(entry, stage=Stage.RETIRE) for entry in make_history(1, 300)]))
    file = tmp_path / "projections"
    assert file.stat().st_mode & 0o077 == 0
    text = file.read_text()
    assert '"loppa":70' in text
    file.write_bytes(spoil(text).encode(errors="surrogateescape"))
    assert cache.load() is None


def test_a_cache_of_another_code_or_key_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed fold, or another state directory's."""
    ours, others = tmp_path / "ours", tmp_path / "others"
    for place in (ours, others):
        state.Key(place)
        ProjectionCache(place).save(project(list(make_history(1, 50))))
    assert ProjectionCache(ours).load() is not None
    (ours / "projections").write_bytes((others / "projections").read_bytes())
    assert ProjectionCache(ours).load() is None
    ProjectionCache(ours).save(Projections())
    monkeypatch.setattr("nornir_tasks.journal.projection_cache._code", lambda: "another")
    assert ProjectionCache(ours).load() is None


def test_a_reader_makes_nothing(tmp_path: Path) -> None:
    """Where there is no key yet there is nothing to sign with, and none is made for it."""
    ProjectionCache(tmp_path).save(Projections())
    assert ProjectionCache(tmp_path).load() is None
    assert list(tmp_path.iterdir()) == []


def find_since(history: Sequence[Entry], stage: Stage) -> datetime | None:
    """When a stage was first completed after it was last undone."""
    moves = [entry for entry in history if entry.what == "stage" and entry.phase == "after"]
    undone = max((entry.id for entry in moves if entry.outcome == "undone" and entry.stage < stage), default=0)
    done = (entry.at for entry in moves if entry.outcome == "done" and entry.stage == stage and entry.id > undone)
    return next(done, None)


def find_progress(history: Sequence[Entry], plan: str) -> str:
    """What the last entry says that begins, ends or takes back a plan."""
    runs = [entry for entry in history if entry.what in RUNS]
    for place, entry in reversed(list(enumerate(runs))):
        if entry.plan == plan:
            return "begun" if entry.phase == "before" else "stopped" if entry.outcome == "stopped" else "done"
        if entry.detail.get("undoes") == plan and entry.phase == "after" and entry.outcome != "stopped":
            return "taken back"
        if (entry.what, entry.phase, entry.outcome) == ("stage", "after", "undone"):  # the stage, and so its plans
            for earlier in reversed(runs[:place]):
                if (earlier.plan, earlier.municipality, earlier.detail.get("kind")) == (
                    plan,
                    entry.municipality,
                    "stage",
                ):
                    if earlier.stage > entry.stage:
                        return "taken back"
                    break
    return ""


def find_changes(history: Sequence[Entry]) -> dict[str, list[Before]]:
    """The way back of each device, folded one device at a time."""
    ended = [entry for entry in history if entry.what == "device" and entry.phase == "after" and entry.device]
    return {str(name): fold_changes([e for e in ended if e.device == name]) for name in {e.device for e in ended}}


def fold_changes(entries: Sequence[Entry]) -> list[Before]:
    """What one device was before each of the stages that stand on it."""
    changes: list[Before] = []
    sure: list[Before] | None = None
    for entry in entries:
        if entry.outcome == "reverted" and sure is not None:
            changes, sure = sure, None
        if entry.outcome == "failed" and sure is None:
            sure = list(changes)
        if entry.outcome == "changed":
            sure = None
        if entry.outcome not in ("changed", "failed"):
            continue
        kind = entry.detail.get("kind") if entry.place is not None else None
        after, plan = ("" if entry.outcome == "failed" else entry.digest_after or ""), entry.plan or ""
        if kind == "undo" and entry.outcome == "changed":
            changes = changes[:-1]
        top = changes[-1] if changes else None
        if kind == "stage" and entry.backup and (top is None or top.stage != entry.stage):
            changes = [*changes, Before(entry.stage, entry.backup, after, plan, (plan,))]
        elif top is not None:
            by = (*top.moved_by, plan) if kind == "stage" else top.moved_by
            changes = [*changes[:-1], replace(top, digest_after=after, plan=plan, moved_by=by)]
    return changes
