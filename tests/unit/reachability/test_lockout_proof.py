"""The lock-out proof: the whole region passes, every seeded lock-out is refused with its reason, near-misses pass."""

from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest

from nornir_tasks.config.render import render
from nornir_tasks.inventory.load import load_region
from nornir_tasks.migration.waves import order_waves
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.reachability.lockout_proof import find_lockouts
from tests.support import prepared_region
from tests.support.lockout_cases import LOCKOUTS
from tests.support.lockout_edits import Case
from tests.support.lockout_near_misses import NEAR_MISSES

Text = Callable[[Device, Position], str]


@pytest.fixture(scope="module")
def region() -> Region:
    """The real one."""
    return load_region()


@pytest.fixture(scope="module")
def text(region: Region) -> Text:
    """The render of a device at a position, over what its switch has before anything moves; no door is open."""
    legacy = prepared_region.legacy()

    @cache
    def masked(name: str) -> str:
        kind = platform(region.devices[name].platform)
        return kind.mask(kind.clean(legacy[name]))[0]

    return lambda device, position: render(device, position, region, masked(device.name))


def everybody(region: Region, stage: Stage) -> Position:
    """All municipalities at a stage."""
    return Position(dict.fromkeys(region.municipalities, stage))


@pytest.mark.parametrize("stage", Stage, ids=lambda stage: stage.word)
def test_every_device_of_the_region_leaves_the_way_in_open(region: Region, text: Text, stage: Stage) -> None:
    """152 switches, at each stage, and as their municipalities left them."""
    then = everybody(region, stage)
    found = {name: find_lockouts(one, text(one, then), then, region) for name, one in region.devices.items()}
    assert len(found) == 152
    assert {name: reasons for name, reasons in found.items() if reasons} == {}


@pytest.mark.parametrize("municipality", ["loppa", "nordkapp"])
def test_the_way_in_is_open_after_every_step_of_every_wave(region: Region, text: Text, municipality: str) -> None:
    """Device by device, while those before it have moved and those after it have not; and all the way back."""
    now = Position({municipality: Stage.SURVEY})
    steps = []
    for stage in (one for one in Stage if one > Stage.SURVEY):
        steps += [(name, stage) for wave in order_waves(region, municipality, stage) for name in wave.devices]
    back = order_waves(region, municipality, Stage.CONNECT, back=True)
    home = [(name, Stage.SURVEY) for wave in back for name in wave.devices]
    for start, order in ((now, steps), (Position({municipality: Stage.CONNECT}), home)):
        now = start
        for name, stage in order:
            device = region.devices[name]
            place = name if device.municipality == municipality else f"{name}/{municipality}"
            now = now.moved(municipality, stage, place)
            assert find_lockouts(device, text(device, now), now, region) == (), f"{name} at {stage.word}"


@pytest.mark.parametrize(
    ("name", "place", "far"),
    [("loppa-core-01", "loppa-core-01", "loppa-acc-01"), ("alta-leaf-01", "alta-leaf-01/loppa", "loppa-core-01")],
)
def test_going_back_in_the_wrong_order_is_refused(region: Region, text: Text, name: str, place: str, far: str) -> None:
    """Whoever is still managed through a device that goes back is named."""
    device = region.devices[name]
    then = Position({"loppa": Stage.CONNECT}).moved("loppa", Stage.SURVEY, place)
    reasons = find_lockouts(device, text(device, then), then, region)
    assert any(f"(to {far})" in reason.text for reason in reasons)


def changed(case: Case, region: Region, text: Text) -> tuple[Device, str, str, Position]:
    """The device, its good configuration, the edited one, and where everything stands."""
    device = region.devices[case.device]
    then = Position(everybody(region, case.stage).stages, case.now)
    good = text(device, then)
    return device, good, case.text(good), then


@pytest.mark.parametrize("case", LOCKOUTS.values(), ids=LOCKOUTS.keys())
def test_a_lock_out_is_refused_with_its_reason(region: Region, text: Text, case: Case) -> None:
    """Each says what was expected of which device, port and line, and what is there instead."""
    device, good, edited, then = changed(case, region, text)
    assert edited != good
    if not case.now:
        assert find_lockouts(device, good, then, region) == ()
    reasons = find_lockouts(device, edited, then, region)
    assert all(reason.expected and reason.actual for reason in reasons)
    texts = [reason.text for reason in reasons]
    assert any(all(words in text for words in case.words) for text in texts), f"expected {case.words}, found {texts}"


@pytest.mark.parametrize("case", NEAR_MISSES.values(), ids=NEAR_MISSES.keys())
def test_what_only_looks_like_a_lock_out_passes(region: Region, text: Text, case: Case) -> None:
    """A proof that refuses good configurations would be switched off."""
    device, good, edited, then = changed(case, region, text)
    assert edited != good
    assert find_lockouts(device, edited, then, region) == ()


def test_the_table_covers_every_platform(region: Region) -> None:
    """At least five lock-outs and five near-misses each."""
    for table in (LOCKOUTS, NEAR_MISSES):
        count = Counter(region.devices[case.device].platform for case in table.values())
        assert min(count[name] for name in ("ios", "eos", "procurve")) >= 5
