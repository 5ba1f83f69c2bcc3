"""What a session with IOS reads of the health of the lab's switch, whole and with each fault."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.device.faults import FaultError
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms.common.base import LoginAccount, Session
from nornir_tasks.platforms.common.health_state import (
    Optics,
    PartState,
    PortCondition,
    PowerBudget,
    Route,
    Temperature,
    TimeState,
)
from nornir_tasks.platforms.ios.health import HEALTH_COMMANDS
from tests.support.ios_bench import HOST, IOS, PASSWORD, served
from tests.support.switch_bench import Bench

PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 11
NAME = "GigabitEthernet1/0/{}"
OUT_OF_STEP = TimeState(False, None, None, None)


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[Bench]:
    """A legacy access switch behind SSH."""
    with served(tmp_path, PORT, "access") as bench:
        yield bench


@pytest.fixture
def session(switch: Bench) -> Iterator[Session]:
    """A login to it, which may not write."""
    with IOS.connect(Endpoint(host=HOST, ssh_port=PORT), LoginAccount("kommune", PASSWORD), 10) as session:
        yield session


def test_a_sound_switch(switch: Bench, session: Session) -> None:
    """Nothing is wrong, and nothing is invented."""
    ports = session.port_health()
    assert ports is not None
    assert {name: port.condition for name, port in ports.items()} == {
        NAME.format(n): PortCondition.CLOSED if n == 9 else PortCondition.UP for n in range(1, 13)
    }
    assert {(port.reason, port.input_errors, port.crc_errors, port.output_drops) for port in ports.values()} == {
        (None, 0, 0, 0)
    }
    device = session.device_health()
    assert device is not None
    assert device.uptime_seconds is not None
    assert device.uptime_seconds <= switch.switch.uptime < device.uptime_seconds + 61
    assert (device.restart_reason, device.processor_percent, device.memory_percent) == ("Reload command", 6, 20)
    assert device.temperature == Temperature(True, 38)
    assert device.fans == (("switch 1 fan 1", PartState.GOOD), ("switch 1 fan 2", PartState.GOOD))
    assert device.power_supplies == (("1", PartState.GOOD),)
    assert device.power_budget is None
    assert session.last_change() is None
    trees = session.spanning_trees()
    assert trees
    assert {(tree.root_address, tree.is_root, tree.root_port) for tree in trees} == {(switch.switch.mac, True, None)}
    assert {tree.topology_changes for tree in trees} == {1}
    switch.switch.note_topology_change()
    assert {tree.topology_changes for tree in session.spanning_trees() or ()} == {2}
    assert session.routes(["10.10.1.10"]) == {
        "10.10.1.10": Route("0.0.0.0/0", "default gateway", (str(switch.switch.meaning.default_gateway),))
    }


def test_parts_that_fail(switch: Bench, session: Session) -> None:
    """Each part's fault is told by its own fact."""
    switch.switch.model = "WS-C3850-24P"
    sound = session.device_health()
    assert sound is not None
    assert sound.power_supplies == (("1A", PartState.GOOD), ("1B", PartState.GOOD))
    assert sound.power_budget is not None
    assert sound.power_budget.used < sound.power_budget.available == 370.0
    for part in ("hot", "fan", "power", "poe", "cpu", "memory"):
        switch.switch.fault([part])
    device = session.device_health()
    assert device is not None
    assert device.temperature == Temperature(False, 49)
    assert device.fans == (("switch 1 fan 1", PartState.GOOD), ("switch 1 fan 2", PartState.FAILED))
    assert device.power_supplies == (("1A", PartState.GOOD), ("1B", PartState.FAILED))
    assert device.power_budget == PowerBudget(370.0, 369.6)
    assert (device.processor_percent, device.memory_percent) == (96, 98)
    switch.switch.fault(["clear"])
    assert session.device_health() == sound


def test_ports_that_fail(switch: Bench, session: Session) -> None:
    """A damaged line stays up; one without light and one that the switch has disabled are down, and tell why."""
    for fault, number in (("crc", 1), ("no-light", 2), ("errdisable", 3)):
        switch.switch.fault([fault, NAME.format(number)])
    ports = session.port_health()
    assert ports is not None
    damaged, dark, disabled = (ports[NAME.format(number)] for number in (1, 2, 3))
    assert damaged.condition is PortCondition.UP
    assert damaged.crc_errors
    assert damaged.input_errors == damaged.crc_errors
    assert (dark.condition, dark.optics) == (PortCondition.NO_LINK, Optics(-40.0, True))
    assert (disabled.condition, disabled.reason) == (PortCondition.DISABLED, "bpduguard")
    up = session.ports()
    assert (up[NAME.format(1)], up[NAME.format(2)], up[NAME.format(3)]) == (True, False, False)
    switch.switch.fault(["clear"])
    again = session.port_health()
    assert again is not None
    assert {again[NAME.format(number)].condition for number in (1, 2, 3)} == {PortCondition.UP}


def test_a_fault_of_a_port_that_is_not_there_is_refused(switch: Bench) -> None:
    with pytest.raises(FaultError, match=r"found 'Gi9', expected a port such as 'GigabitEthernet1/0/1'"):
        switch.switch.fault(["crc", "Gi9"])


def test_who_changed_it_and_when(switch: Bench, session: Session) -> None:
    """The device's own record names the account."""
    switch.switch.personality.touched("kari")  # type: ignore[attr-defined]
    change = session.last_change()
    assert change is not None
    assert change.by == "kari"
    assert change.seconds_ago is not None
    assert 0 <= change.seconds_ago < 30


def test_time(switch: Bench, session: Session) -> None:
    """In step with a server that answers; not, where none is heard."""
    assert session.time_state() == OUT_OF_STEP
    own = str(switch.switch.sources()[0].address)
    switch.switch.personality.load(switch.running.replace("\nend\n", f"\nntp server {own}\nend\n"))
    switch.switch.changed()
    assert session.time_state() == TimeState(True, own, 3, 0.000401)
    switch.switch.fault(["clock"])
    assert session.time_state() == OUT_OF_STEP


def test_only_these_commands_are_sent(switch: Bench, session: Session) -> None:
    """The table of commands is all that a reading of the health sends."""
    sent: list[str] = []
    show = session._show  # type: ignore[attr-defined]

    def note(command: str) -> str:
        sent.append(command)
        return str(show(command))

    session._show = note  # type: ignore[attr-defined]
    session.port_health()
    session.device_health()
    session.last_change()
    session.time_state()
    session.spanning_trees()
    session.routes(["10.10.1.10"])
    assert set(sent) == {text.format(address="10.10.1.10") for text in HEALTH_COMMANDS.values()}
