"""What a session with ProCurve reads of the health of the lab's switch, whole and with each fault."""

import os
import re
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
    PowerBudget,
    Route,
    SpanningTree,
    Temperature,
    TimeState,
)
from nornir_tasks.platforms.procurve.health import HEALTH_COMMANDS
from nornir_tasks.platforms.procurve.platform import Procurve
from tests.support.procurve_bench import HOST, LEGACY, PASSWORD, served
from tests.support.switch_bench import Bench

PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 13
OUT_OF_STEP = TimeState(False, None, None, None)
CLOSED = "interface 9\n   disable\n   exit\n"


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[Bench]:
    """A legacy access switch behind SSH, with a port that is closed by hand."""
    with served(tmp_path, PORT, LEGACY.replace("interface 21\n", f"{CLOSED}interface 21\n")) as bench:
        yield bench


def login() -> Session:
    """A login to it, which may not write."""
    return Procurve().connect(Endpoint(host=HOST, ssh_port=PORT), LoginAccount("kommune", PASSWORD), 10)


@pytest.fixture
def session(switch: Bench) -> Iterator[Session]:
    """The login of a test."""
    with login() as session:
        yield session


def configure(switch: Bench, *replacements: tuple[str, str]) -> None:
    """Let it run another configuration."""
    text = switch.running
    for before, after in replacements:
        assert before in text
        text = text.replace(before, after)

    def load() -> None:
        switch.switch.personality.load(text)
        switch.switch.changed()

    switch.call(load)


def test_a_sound_switch(switch: Bench, session: Session) -> None:
    """Nothing is wrong, and nothing is invented."""
    ports = session.port_health()
    assert ports is not None
    assert {name: port.condition for name, port in ports.items()} == {
        str(n): PortCondition.CLOSED if n == 9 else PortCondition.UP for n in range(1, 29)
    }
    assert {
        (port.reason, port.changed_seconds_ago, port.input_errors, port.crc_errors, port.output_drops, port.optics)
        for port in ports.values()
    } == {(None, None, 0, 0, 0, None)}
    device = session.device_health()
    assert device is not None
    assert device.uptime_seconds == 0  # it tells minutes
    assert (device.restart_reason, device.processor_percent, device.memory_percent) == (None, 4, 39)
    assert device.temperature == Temperature(True, 31)
    assert device.fans == ()
    assert device.power_supplies == (("1", PartState.GOOD),)
    assert device.power_budget is None
    assert session.last_change() is None
    assert session.spanning_trees() == ()
    assert session.routes(["10.10.1.10", "192.168.16.7"]) == {
        "10.10.1.10": Route("0.0.0.0/0", "static", ("192.168.16.1",)),
        "192.168.16.7": Route("192.168.16.0/21", "connected", ()),
    }


def test_parts_that_fail(switch: Bench, session: Session) -> None:
    """Each part's fault is told by its own fact."""
    switch.switch.model = "J9772A"
    sound = session.device_health()
    assert sound is not None
    assert sound.fans == (("Sys-1", PartState.GOOD), ("Sys-2", PartState.GOOD))
    assert sound.power_budget == PowerBudget(382.0, 24.0)
    for part in ("hot", "fan", "power", "poe", "cpu", "memory"):
        switch.call(partial(switch.switch.fault, [part]))
    device = session.device_health()
    assert device is not None
    assert device.temperature == Temperature(False, 57)
    assert device.fans == (("Sys-1", PartState.GOOD), ("Sys-2", PartState.FAILED))
    assert device.power_supplies == (("1", PartState.FAILED),)
    assert device.power_budget == PowerBudget(382.0, 380.0)
    assert (device.processor_percent, device.memory_percent) == (97, 98)
    switch.call(lambda: switch.switch.fault(["clear"]))
    assert session.device_health() == sound


def test_ports_that_fail(switch: Bench, session: Session) -> None:
    """A damaged line stays up; one without light and one that the switch has disabled are down, and tell why."""
    switch.switch.facts.cables[25] = Cable("loppa-acc-03", 26, "trunk")
    names = switch.switch.port_names
    for fault, number in (("crc", 1), ("no-light", 2), ("errdisable", 3)):
        switch.call(partial(switch.switch.fault, [fault, names[number - 1]]))
    ports = session.port_health()
    assert ports is not None
    damaged, dark, disabled = (ports[number] for number in "123")
    assert damaged.condition is PortCondition.UP
    assert damaged.crc_errors
    assert damaged.input_errors == damaged.crc_errors
    assert (dark.condition, dark.optics) == (PortCondition.NO_LINK, Optics(-30.0, True))
    assert (disabled.condition, disabled.reason) == (PortCondition.DISABLED, "bpdu-protection")
    assert ports["25"].optics == Optics(-5.641, False)
    up = session.ports()
    assert (up["1"], up["2"], up["3"]) == (True, False, False)
    switch.call(lambda: switch.switch.fault(["clear"]))
    again = session.port_health()
    assert again is not None
    assert {again[number].condition for number in "123"} == {PortCondition.UP}


def test_the_age_of_a_link(switch: Bench, session: Session) -> None:
    """By the switch's log, as far as it reaches back."""
    switch.call(lambda: switch.switch.note_link_change(5))
    ports = session.port_health()
    assert ports is not None
    age = ports["5"].changed_seconds_ago
    assert age is not None
    assert 0 <= age < 30
    assert ports["6"].changed_seconds_ago is None


def test_spanning_tree(switch: Bench, session: Session) -> None:
    """It is the root itself; or the root is behind a port."""
    configure(switch, ("vlan 1\n", "spanning-tree\nspanning-tree priority 2\nvlan 1\n"))
    address = switch.switch.mac
    assert session.spanning_trees() == (SpanningTree("CST", address, 8192, True, None, 1, 0),)
    far = "00:1c:73:00:00:01"
    switch.switch.world.root = lambda switch, vlan: (far, 25)  # type: ignore[method-assign]
    switch.call(switch.switch.note_topology_change)
    (tree,) = session.spanning_trees() or ()
    assert (tree.root_address, tree.root_priority, tree.is_root, tree.root_port) == (far, 32768, False, "25")
    assert tree.topology_changes == 2


def test_time(switch: Bench, session: Session) -> None:
    """Out of step for certain only where no server has ever answered; SNTP tells no more than that."""
    assert session.time_state() == OUT_OF_STEP
    own = str(switch.switch.sources()[0].address)
    configure(switch, ("priority 1 192.168.17.10", f"priority 1 {own}"))
    assert session.time_state() is None
    switch.call(lambda: switch.switch.fault(["clock"]))
    assert session.time_state() is None  # it was heard before
    switch.call(switch.switch.come_up)
    with login() as restarted:
        assert restarted.time_state() == OUT_OF_STEP
        configure(switch, ("timesync sntp\n", ""))
        assert restarted.time_state() == OUT_OF_STEP


def test_only_these_commands_are_sent(switch: Bench, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of commands is all that a reading of the health sends."""
    switch.call(lambda: switch.switch.fault(["crc", switch.switch.port_names[0]]))
    sent: list[str] = []
    send = session._send_command  # type: ignore[attr-defined]

    def note(command: str) -> str:
        sent.append(command)
        return str(send(command))

    monkeypatch.setattr(session, "_send_command", note)
    session.port_health()
    session.device_health()
    session.last_change()
    session.time_state()
    session.spanning_trees()
    session.routes(["10.10.1.10"])
    allowed = "|".join(re.escape(text).replace(re.escape("{ports}"), r"[\d,-]+") for text in HEALTH_COMMANDS.values())
    assert [command for command in sent if not re.fullmatch(allowed, command)] == []
    assert len(set(sent)) == len(HEALTH_COMMANDS) - 1  # NTP is asked only where it sets the clock
