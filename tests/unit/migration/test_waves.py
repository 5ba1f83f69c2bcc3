"""The order of a change."""

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.migration.waves import order_servers, order_waves
from nornir_tasks.model import Stage
from nornir_tasks.model.graph import measure_distances
from tests.support import small_region as small

REGION = small.region()
CORE, NEAR, FAR = (("core", ("loppa-core-01",)), ("ring-1", ("loppa-acc-01",)), ("ring-2", ("loppa-acc-02",)))
LEAVES = [("centre.1", ("alta-leaf-01",)), ("centre.2", ("hammerfest-leaf-01",))]


@pytest.mark.parametrize(
    ("stage", "back", "order"),
    [
        (Stage.CONNECT, False, [*LEAVES, CORE, NEAR, FAR]),
        (Stage.CONNECT, True, [FAR, NEAR, CORE, *LEAVES[::-1]]),
        (Stage.HARMONISE, False, [CORE, NEAR, FAR]),
        (Stage.PILOT, False, [("pilot", ("loppa-acc-01",)), ("others", ("loppa-core-01", "loppa-acc-02"))]),
        (
            Stage.CUTOVER,
            False,
            [("pilot", ("loppa-acc-01",)), ("canary", ("loppa-acc-02",)), ("wave-2", ("loppa-core-01",))],
        ),
        (Stage.RETIRE, False, [FAR, NEAR, CORE]),
    ],
)
def test_waves(stage: Stage, back: bool, order: list[tuple[str, tuple[str, ...]]]) -> None:
    """Outwards from the centre, by the programme, or inwards."""
    assert [(wave.name, wave.devices) for wave in order_waves(REGION, "loppa", stage, back=back)] == order


def test_a_wave_larger_than_the_batch_is_split() -> None:
    """Never more switches at once than the programme says."""
    programme = small.loppa().migration
    assert programme is not None
    wide = small.loppa(migration=programme.model_copy(update={"waves": (("nursery", "town-hall"),), "batch": 1}))
    region = REGION.model_copy(update={"municipalities": {**REGION.municipalities, "loppa": wide}})
    names = [(wave.name, wave.devices) for wave in order_waves(region, "loppa", Stage.CUTOVER)]
    assert names[1:] == [("canary.1", ("loppa-acc-02",)), ("canary.2", ("loppa-core-01",))]


def test_the_centre_keeps_one_half_and_one_of_each_pair() -> None:
    """One switch alone first; then half by half, and never both of a pair."""
    found = order_waves(load_region(), "operations_centre", Stage.HARMONISE)
    region = load_region()
    assert len(found[0].devices) == 1
    assert sum(len(wave.devices) for wave in found) == len(region.of("operations_centre"))
    for wave in found:
        devices = [region.devices[name] for name in wave.devices]
        assert len({device.site for device in devices}) == 1
        assert len({device.role for device in devices}) == len(devices)


@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.HARMONISE, Stage.CUTOVER, Stage.RETIRE])
def test_a_canary_and_then_batches(stage: Stage) -> None:
    """In the real region, whoever moves; and the same switches as ever, each once."""
    region = load_region()
    for name, home in region.municipalities.items():
        if home.migration is None:
            continue
        found = order_waves(region, name, stage)
        names = [device for wave in found for device in wave.devices]
        assert len(found[0].devices) == 1 or (stage == Stage.CUTOVER and found[0].name.startswith("pilot"))
        assert max(len(wave.devices) for wave in found) <= home.migration.batch
        assert len(names) == len(set(names))
        assert {device.name for device in region.of(name)} <= set(names)


def test_distances_count_cables() -> None:
    """From the core."""
    assert measure_distances(REGION, "loppa") == {"loppa-core-01": 0, "loppa-acc-01": 1, "loppa-acc-02": 2}


def test_a_municipality_that_is_not_there_is_named() -> None:
    """With those that are."""
    with pytest.raises(ValueError, match="found 'lopa', expected one of loppa"):
        order_waves(REGION, "lopa", Stage.CONNECT)


def test_servers_that_give_one_thing_never_go_together() -> None:
    """In the centre one half after the other; at home an application's hosts and its data's one after the other."""
    region = load_region()
    centre = [f"centre-{service}-0{half}" for service in ("time", "names", "logs") for half in (1, 2)]
    first, second = (tuple(name for name in sorted(centre) if name.endswith(half)) for half in ("1", "2"))
    waves = order_servers(region, "operations_centre", centre)
    assert [set(wave.devices) for wave in waves] == [set(first), set(second)]
    back = order_servers(region, "operations_centre", centre, back=True)
    assert [wave.devices for wave in back] == [wave.devices for wave in reversed(waves)]
    home = [name for name, server in region.servers.items() if server.municipality == "loppa"]
    waves = order_servers(region, "loppa", home)
    assert sorted(name for wave in waves for name in wave.devices) == sorted(home)
    for owner, _, application in region.applications_of("loppa"):
        hosts = {name for name in application.hosts if name in home}
        if application.database:
            hosts |= {name for name in application.database.hosts if name in home}
        assert all(len(hosts & set(wave.devices)) < 2 for wave in waves), owner
