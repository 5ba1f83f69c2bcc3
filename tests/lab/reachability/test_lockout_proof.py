"""What the lock-out proof reads of a configuration is what a switch of the lab makes of it."""

import pytest

from lab.control.lab import Lab
from lab.region import facts
from lab.testing.bench import bench
from nornir_tasks.config.render import render
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.management_access import ManagementAccess
from nornir_tasks.platforms.common.vlan_lists import ALL_VLANS


@pytest.fixture(scope="module")
def region() -> Region:
    """The real one."""
    return load_region()


@pytest.fixture(scope="module")
def switches(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The lab's switches as they are before anything moves; no door is open."""
    lab = Lab(tmp_path_factory.mktemp("lab"), facts.read())
    lab.build()
    return lab


@pytest.mark.parametrize("stage", [Stage.LEGACY, Stage.CONNECT, Stage.RETIRE], ids=lambda stage: stage.word)
@pytest.mark.parametrize(
    "name", ["loppa-core-01", "loppa-acc-01", "loppa-acc-03", "hammerfest-core-01", "masoy-acc-05"]
)
def test_the_lab_reads_the_same(region: Region, switches: Lab, name: str, stage: Stage) -> None:
    """VLANs, addresses and ports that are off are what a switch of the lab makes of the same text."""
    device = region.devices[name]
    kind = platform(device.platform)
    legacy = kind.mask(kind.clean(switches.switches[name].personality.text()))[0]
    intended = render(device, Position(dict.fromkeys(region.municipalities, stage)), region, legacy)
    assert_same(region, name, intended)


def test_the_lab_reads_the_same_of_a_trunk(region: Region) -> None:
    """Two ports of a ProCurve as one, with a VLAN untagged: what they carry, and that one of them is off."""
    good = render(region.devices["masoy-acc-05"], Position(dict.fromkeys(region.municipalities, Stage.RETIRE)), region)
    trunked = "trunk 25-26 trk1 lacp\n" + good.replace("25-26", "Trk1").replace("untagged 27-28", "untagged 27-28,Trk1")
    found = assert_same(region, "masoy-acc-05", f"{trunked}interface 26\n   disable\n   exit\n")
    assert (found.port("25").shutdown_line, found.port("26").shutdown_line) == (None, "interface 26: disable")
    assert 110 in found.port("26").tagged


def assert_same(region: Region, name: str, intended: str) -> ManagementAccess:
    """The product's reading of a configuration, which is the lab's as well."""
    device = region.devices[name]
    switch = bench(device.platform, len(device.ports), port_name=device.switch_model.name, startup=intended)
    found = platform(device.platform).read_management_access(intended)
    for number, theirs in switch.meaning.ports.items():
        ours = found.port(device.port(number).name)
        assert (ours.shutdown_line is None) == theirs.up
        if not theirs.routed:
            voice = {theirs.voice} if theirs.voice else set()
            tagged = ALL_VLANS - {ours.untagged} if theirs.tagged is None else {*theirs.tagged, *voice}
            assert (ours.untagged, ours.tagged) == (theirs.access, tagged)
    held = {
        one.vlan: one.address for one in found.interfaces.values() if one.vlan and one.address and not one.shutdown_line
    }
    assert held == {vlan: one.address for vlan, one in switch.meaning.svis.items() if one.address and one.up}
    assert found.routing == switch.meaning.routing
    return found
