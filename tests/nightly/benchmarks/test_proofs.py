"""What the proof of people's services costs. Run alone: ``scripts/test -m benchmark -n 0 -s`` and this file's name.

Seconds of the processor, of the whole proof that a plan makes: all switches of the stage, one after the other, in the
order of its waves. The surveys' snapshots are what the lab's switches run before anything moves.
"""

import gc
import time
from pathlib import Path
from typing import cast

import pytest

from nornir_tasks.change.plan import DevicePlan
from nornir_tasks.config.render import render
from nornir_tasks.devices.context import Context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.migration.plan_proofs import PlanOptions, require_services
from nornir_tasks.migration.waves import order_waves
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.reachability.intended import choose_position
from tests.support import prepared_region

pytestmark = pytest.mark.benchmark
MOST = 10  # seconds of one core, of a municipality's next stage
STAGES = [stage for stage in Stage if stage >= Stage.CONNECT]
HOMES = ("alta", "hammerfest", "nordkapp", "masoy", "kvalsund", "hasvik", "loppa")


class Surveyed:
    """As much of a context as the proof asks for: the region, and the snapshots of all switches."""

    def __init__(self, region: Region, texts: dict[str, str]) -> None:
        self.region, self._texts = region, texts

    def snapshot(self, name: str) -> str:
        """What a switch ran before anything moved, clean and masked."""
        return self._texts[name]


@pytest.fixture(scope="module")
def surveyed() -> Surveyed:
    """The region of the inventory, and what its switches run in the lab."""
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in prepared_region.environment(prepared_region.prepare()).items():
            patch.setenv(variable, value)
        region = load_region([Path(__file__).resolve().parents[3] / "inventory"])
        texts = {}
        for name, text in prepared_region.legacy().items():
            kind = platform(region.devices[name].platform)
            texts[name] = kind.mask(kind.clean(text))[0]
    return Surveyed(region, texts)


def plan(surveyed: Surveyed, home: str, stage: Stage, now: Position) -> list[DevicePlan]:
    """The parts of the plan of a stage."""
    parts, position = [], now
    for wave in order_waves(surveyed.region, home, stage):
        for name in wave.devices:
            device = surveyed.region.devices[name]
            place = name if device.municipality == home else f"{name}/{home}"
            running = render(device, position, surveyed.region, surveyed.snapshot(name))
            position = position.moved(home, stage, place)
            text = render(device, position, surveyed.region, surveyed.snapshot(name))
            diff = "a diff" if text != running else ""
            stages = (int(stage.before), int(stage))
            parts.append(DevicePlan(name, wave.name, place, *stages, "", diff, text, (), (), running=running))
    return parts


@pytest.mark.parametrize("home", HOMES)
def test_the_next_stage(home: str, surveyed: Surveyed, capsys: pytest.CaptureFixture[str]) -> None:
    """Of each stage that may be next; the best of two."""
    seconds = {}
    for stage in STAGES:
        now = choose_position(surveyed.region, Position(), [home], stage.before)
        parts = plan(surveyed, home, stage, now)
        best = 1e9
        for _ in range(2):
            gc.collect()
            began = time.process_time()
            assert require_services(cast(Context, surveyed), home, parts, now, PlanOptions()) == ()
            best = min(best, time.process_time() - began)
        seconds[stage.word] = best
    with capsys.disabled():
        print(f"\n{home}: " + ", ".join(f"{word} {took:.1f} s" for word, took in seconds.items()))
    assert max(seconds.values()) < MOST
