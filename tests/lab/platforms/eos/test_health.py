"""What a session with EOS reads of the health of the lab's switch, over eAPI and SSH, whole and with each fault."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from lab.region.facts import Cable
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms.common.base import LoginAccount, Session
from nornir_tasks.platforms.common.health_state import (
    Optics,
    PartState,
    PortCondition,
    Route,
    SpanningTree,
    Temperature,
    TimeState,
)
from nornir_tasks.platforms.eos.health import HEALTH_COMMANDS
from nornir_tasks.platforms.eos.platform import Eos
from tests.support.eos_bench import HOST, PASSWORD, legacy, served
from tests.support.switch_bench import Bench

PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 17
NAME = "Ethernet{}"
CLOSED = (6, 9, 10)
OUT_OF_STEP = TimeState(False, None, None, None)


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[Bench]:
    """A legacy access switch."""
    with served(tmp_path, PORT, legacy("access")) as bench:
        yield bench


@pytest.fixture(params=["eapi", "ssh"])
def session(switch: Bench, request: pytest.FixtureRequest) -> Iterator[Session]:
    """A login to it, which may not write; where eAPI does not answer, it goes over SSH."""
    if request.param == "ssh":
        assert switch.typed("management api http-commands\nshutdown") == []
    endpoint = Endpoint(host=HOST, ssh_port=PORT, eapi_port=PORT + 1)
    with Eos().connect(endpoint, LoginAccount("kommune", PASSWORD), 10) as session:
        assert session._is_over_ssh == (request.param == "ssh")  # type: ignore[attr-defined]
        yield session


def test_a_sound_switch(switch: Bench, session: Session) -> None:
    """Nothing is wrong, and nothing is invented."""
    ports = session.port_health()
    assert ports is not None
    assert {name: port.condition for name, port in ports.items()} == {
        NAME.format(n): PortCondition.CLOSED if n in CLOSED else PortCondition.UP for n in range(1, 11)
    }
    assert {(port.reason, port.input_errors, port.crc_errors, port.output_drops) for port in ports.values()} == {
        (None, 0, 0, 0)
    }
    device = session.device_health()
    assert device is not None
    assert device.uptime_seconds is not None
    assert device.uptime_seconds <= switch.switch.uptime < device.uptime_seconds + 5
    assert (device.restart_reason, device.processor_percent) == ("Reload requested by the user.", 4)
    assert device.memory_percent == 36
    assert device.temperature == Temperature(True, 42)
    assert device.fans == (("fan 1/1", PartState.GOOD), ("fan 2/1", PartState.GOOD))
    assert device.power_supplies == (("1", PartState.GOOD), ("2", PartState.GOOD))
    assert device.power_budget is None
    assert session.last_change() is None
    assert session.routes(["10.10.1.10", "192.168.16.7"]) == {
        "10.10.1.10": Route("0.0.0.0/0", "static", ("192.168.16.1",)),
        "192.168.16.7": Route("192.168.16.0/21", "connected", ()),
    }


def test_the_age_of_a_link(switch: Bench, session: Session) -> None:
    """Counted by the switch's own clock since its link changed, else since it started."""
    ports = session.port_health()
    assert ports is not None
    age = ports[NAME.format(1)].changed_seconds_ago
    assert age is not None
    assert age <= switch.switch.uptime < age + 5
    switch.switch.set_clock(10_000)
    session.ports()  # the clock runs on meanwhile
    switch.call(lambda: switch.switch.note_link_change(1))
    switch.switch.set_clock(1)
    ports = session.port_health()
    assert ports is not None
    recent, old = (ports[NAME.format(number)].changed_seconds_ago for number in (1, 2))
    assert recent is not None
    assert old is not None
    assert recent < 60 < old


def test_spanning_tree(switch: Bench, session: Session) -> None:
    """One tree of its own; and one for each VLAN, with a root behind a port."""
    address = switch.switch.mac
    (tree,) = session.spanning_trees() or ()
    assert (tree.instance, tree.root_address, tree.root_priority) == ("MST0", address, 32768)
    assert (tree.is_root, tree.root_port, tree.topology_changes) == (True, None, 1)
    switch.call(switch.switch.note_topology_change)
    far = "00:1c:73:00:00:01"
    switch.switch.world.root = lambda switch, vlan: (far, 7) if vlan == 10 else (address, 0)  # type: ignore[method-assign]
    assert switch.typed("spanning-tree mode rapid-pvst\nspanning-tree vlan-id 40 priority 4096") == []
    trees = {tree.instance: tree for tree in session.spanning_trees() or ()}
    assert list(trees) == ["VL1", "VL10", "VL40"]
    age = trees["VL10"].changed_seconds_ago
    assert age is not None
    assert age < 30
    assert trees["VL10"] == SpanningTree("VL10", far, 32778, False, "Ethernet7", 2, age)
    assert (trees["VL40"].root_priority, trees["VL40"].is_root) == (4136, True)


def test_parts_that_fail(switch: Bench, session: Session) -> None:
    """Each part's fault is told by its own fact."""
    sound = session.device_health()
    assert sound is not None
    for part in ("hot", "fan", "power", "cpu", "memory"):
        switch.call(partial(switch.switch.fault, [part]))
    device = session.device_health()
    assert device is not None
    assert device.temperature == Temperature(False, 98)
    assert device.fans == (("fan 1/1", PartState.GOOD), ("fan 2/1", PartState.FAILED))
    assert device.power_supplies == (("1", PartState.GOOD), ("2", PartState.FAILED))
    assert (device.processor_percent, device.memory_percent) == (96, 96)
    switch.call(lambda: switch.switch.fault(["clear"]))
    again = session.device_health()
    assert again is not None
    assert vars(again) | {"uptime_seconds": 0} == vars(sound) | {"uptime_seconds": 0}


def test_ports_that_fail(switch: Bench, session: Session) -> None:
    """A damaged line stays up; one without light and one that the switch has disabled are down, and tell why."""
    for fault, number in (("crc", 1), ("no-light", 2), ("errdisable", 3)):
        switch.call(partial(switch.switch.fault, [fault, NAME.format(number)]))
    ports = session.port_health()
    assert ports is not None
    damaged, dark, disabled = (ports[NAME.format(number)] for number in (1, 2, 3))
    assert damaged.condition is PortCondition.UP
    assert damaged.crc_errors
    assert damaged.input_errors == damaged.crc_errors
    assert (dark.condition, dark.optics) == (PortCondition.NO_LINK, Optics(-30.0, True))
    assert (disabled.condition, disabled.reason) == (PortCondition.DISABLED, "bpduguard")
    up = session.ports()
    assert (up[NAME.format(1)], up[NAME.format(2)], up[NAME.format(3)]) == (True, False, False)
    switch.call(lambda: switch.switch.fault(["clear"]))
    again = session.port_health()
    assert again is not None
    assert {again[NAME.format(number)].condition for number in (1, 2, 3)} == {PortCondition.UP}


def test_light(switch: Bench, session: Session) -> None:
    """It arrives at a line to another switch; where nothing is plugged into a transceiver, none does."""
    switch.switch.facts.cables[1] = Cable("loppa-core-01", 1, "trunk")
    ports = session.port_health()
    assert ports is not None
    assert {number: ports[NAME.format(number)].optics for number in (1, 2, 8, 10)} == {
        1: Optics(-4.3, False), 2: None, 8: Optics(-4.3, False), 10: Optics(-30.0, True),
    }  # fmt: skip


def test_time(switch: Bench, session: Session) -> None:
    """In step with a server that answers; not, where none is heard."""
    assert session.time_state() == OUT_OF_STEP
    own = str(switch.switch.sources()[0].address)
    assert switch.typed(f"ntp server {own}") == []
    assert session.time_state() == TimeState(True, own, 3, 0.000021)
    switch.call(lambda: switch.switch.fault(["clock"]))
    assert session.time_state() == OUT_OF_STEP


def test_what_a_switch_does_not_know_is_none(switch: Bench, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older release knows fewer commands: the others are answered all the same."""
    known = dict(HEALTH_COMMANDS)
    for name in ("restart", "cooling", "processor", "optics"):
        known[name] = f"show {name.replace(' ', '')} nowhere"
    monkeypatch.setattr("nornir_tasks.platforms.eos.health.HEALTH_COMMANDS", known)
    device, ports = session.device_health(), session.port_health()
    assert device is not None
    assert (device.restart_reason, device.fans, device.processor_percent, device.memory_percent) == (None,) * 4
    assert (device.temperature, len(device.power_supplies or ())) == (Temperature(True, 42), 2)
    assert ports is not None
    assert {port.optics for port in ports.values()} == {None}


def test_only_these_commands_are_sent(switch: Bench, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of commands is all that a reading of the health sends."""
    sent: list[str] = []
    driver = session._driver  # type: ignore[attr-defined]
    run = driver._run_commands

    def note(commands: list[str], **more: object) -> object:
        sent.extend(commands)
        return run(commands, **more)

    monkeypatch.setattr(driver, "_run_commands", note)
    session.port_health()
    session.device_health()
    session.last_change()
    session.time_state()
    session.spanning_trees()
    session.routes(["10.10.1.10"])
    assert set(sent) == {text.format(address="10.10.1.10") for text in HEALTH_COMMANDS.values()}
