"""Many switches of a running lab read at once: what is read, and what is sent for it, on every platform."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from lab.testing.running import Labs, RunningLab
from nornir_tasks.devices import reading
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.devices.reading import DeviceReader, Inquiry, Readout
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Device
from nornir_tasks.platforms.common.base import Session
from nornir_tasks.platforms.common.health_state import DeviceHealth, PortHealth, SpanningTree

SILENT = "10.10.99.99"  # nobody has this address


def read_hardware(session: Session) -> DeviceHealth | None:
    """The switch as a machine, without how long it has run."""
    health = session.device_health()
    return health and replace(health, uptime_seconds=None)


def read_port_health(session: Session) -> dict[str, PortHealth] | None:
    """The ports, without since when each is so: of a switch that tells it, by its clock."""
    ports = session.port_health()
    return None if ports is None else {name: replace(port, changed_seconds_ago=None) for name, port in ports.items()}


def read_trees(session: Session) -> list[SpanningTree] | None:
    """The spanning trees, without their ages."""
    trees = session.spanning_trees()
    return None if trees is None else [replace(tree, changed_seconds_ago=None) for tree in trees]


def list_questions(device: Device) -> dict[str, Callable[[Session], object]]:
    """All that a reading can ask, with answers that do not change while nothing happens."""
    own = str(device.address.ip)
    return {
        "running": lambda session: session.running(),
        "startup": lambda session: session.startup(),
        "neighbours": lambda session: session.neighbours(),
        "ports": lambda session: session.ports(),
        "port health": read_port_health,
        "hardware": read_hardware,
        "last change": lambda session: (change := session.last_change()) and change.by,
        "time": lambda session: session.time_state(),
        "trees": read_trees,
        "routes": lambda session: session.routes([own, SILENT]),
        "ping of itself": lambda session: session.ping(own),
        "ping of nobody": lambda session: session.ping(SILENT),
    }


@pytest.fixture(scope="module")
def lab(lab_of: Labs) -> Iterator[RunningLab]:
    """Loppa as it was before anything moved, and the centre."""
    running = lab_of("loppa")
    running.client.reset()
    yield running
    for name in running.client.ask("faults"):
        running.client.fault(name, "clear")


@pytest.fixture(scope="module")
def context(lab: RunningLab) -> Context:
    """An errand."""
    return open_context(load_region(), reason="test", who="tester")


def list_devices(context: Context) -> list[Device]:
    """All of Loppa, and half the centre."""
    return [
        *context.region.of("loppa"),
        *(each for each in context.region.of("operations_centre") if "alta" in each.name),
    ]


def read(context: Context, *names: str) -> dict[str, Readout]:
    """What these (default: all) answered to all questions."""
    devices = [device for device in list_devices(context) if not names or device.name in names]
    inquiries = [Inquiry(device, tuple(list_questions(device).values())) for device in devices]
    reader = DeviceReader(context, context.journal.position())
    return {readout.device.name: readout for readout in reader.read(inquiries)}


def test_the_facts_are_those_of_a_session_that_may_write(context: Context) -> None:
    """Golden: fact by fact what netmiko and NAPALM read of the same switch."""
    readouts = read(context)
    for device in list_devices(context):
        readout = readouts[device.name]
        assert readout.error is None
        with context.login(device, context.journal.position()) as session:
            expected = {name: question(session) for name, question in list_questions(device).items()}
        got = dict(zip(expected, readout.readings, strict=True))
        assert {name: reading.error for name, reading in got.items() if reading.error} == {}
        assert {name: reading.value for name, reading in got.items()} == expected, device.name
    assert {device.platform for device in list_devices(context)} == {"ios", "eos", "procurve"}


# Written out, and not the product's own list: what stands behind "|" may write into a file.
READS = (
    r"enable|no page|terminal (?:width 511|length 0)|ping [\d.]+(?: timeout 1)?(?: size 100)?(?: repeat 2)?"
    r"|show (?!.*\b(?:redirect|append|tee)\b)[\w .|^!:/-]+"
)


def test_the_switches_see_no_command_but_of_reading(lab: RunningLab, context: Context) -> None:
    """Recorded by the switches themselves: a fault is set off by the first line that is none of these."""
    names = [device.name for device in list_devices(context)]
    for name in names:
        lab.client.fault(name, "before", rf"^(?!\s*(?:{READS})\s*$)(?=\s*\S)", "full")
    readouts = read(context)
    assert all(reading.error == "" for readout in readouts.values() for reading in readout.readings)
    faults = lab.client.ask("faults")
    assert {name: faults[name] for name in names if len(faults[name]) != 1 or "no-space" in faults[name]} == {}
    # The trap does snap.
    with context.login(context.region.devices[names[0]], context.journal.position()) as session:
        session._cli.send_command("show clock | redirect flash:x")  # type: ignore[attr-defined]
    assert "no-space" in lab.client.ask("faults")[names[0]]
    for name in names:
        lab.client.fault(name, "clear")


@pytest.mark.parametrize("name", ["loppa-acc-06", "loppa-acc-05", "loppa-acc-07"])
def test_what_suffers_keeps_what_it_told_and_is_asked_no_more(
    lab: RunningLab, context: Context, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It falls silent in the middle; the others are read meanwhile, and its answers until then count."""
    monkeypatch.setattr(reading, "RUN_SECONDS", 4.0)
    monkeypatch.setattr(reading, "LEAST_SECONDS", 0.0)
    lab.client.fault(name, "before", "^show lldp", "hang")
    reader = DeviceReader(context, context.journal.position())
    inquiries = [Inquiry(device, tuple(list_questions(device).values())) for device in context.region.of("loppa")]
    try:
        order = list(reader.read(inquiries))
        again = [readout.error for readout in reader.read(inquiries) if readout.device.name == name]
    finally:
        lab.client.fault(name, "clear")
    assert order[-1].device.name == name
    assert not any(reading.error for readout in order[:-1] for reading in readout.readings)
    running, *_ = order[-1].readings
    if order[-1].device.platform != "eos":  # eAPI's answers come together
        assert running.value
    assert any(reading.error.startswith("not asked any more") for reading in order[-1].readings)
    assert again != [None]


def test_a_switch_whose_api_breaks_off_is_read_over_ssh(lab: RunningLab, context: Context) -> None:
    """Its place among the sessions serves the second way in, too."""
    name = "loppa-acc-05"
    lab.client.fault(name, "before", "^show version", "drop")
    try:
        readout = read(context, name)[name]
    finally:
        lab.client.fault(name, "clear")
    assert readout.error is None
    assert not [reading.error for reading in readout.readings if reading.error]


def test_ios_neighbours_are_those_that_napalm_finds(context: Context) -> None:
    device = context.region.devices["loppa-core-01"]
    with context.login(device, context.journal.position()) as session:
        table = session._driver.get_lldp_neighbors_detail()  # type: ignore[attr-defined]
        found = session.neighbours()
    assert found == {
        port: (rows[0]["remote_system_name"].split(".")[0], rows[0]["remote_port"]) for port, rows in table.items()
    }
    assert found


def test_eos_neighbours_ports_and_pings_are_those_that_napalm_finds(context: Context) -> None:
    device = context.region.devices["loppa-acc-03"]
    with context.login(device, context.journal.position()) as session:
        own = re.findall(r"ip address ([\d.]+)/", session.running())[0]
        driver = session._driver  # type: ignore[attr-defined]
        table, interfaces = driver.get_lldp_neighbors(), driver.get_interfaces()
        lost = [driver.ping(address, count=2, timeout=1)["success"]["packet_loss"] for address in (own, SILENT)]
        neighbours, ports = session.neighbours(), session.ports()
        assert [session.ping(address) for address in (own, SILENT)] == [count < 2 for count in lost] == [True, False]
    assert neighbours == {port: (rows[0]["hostname"], rows[0]["port"]) for port, rows in table.items()}
    assert ports == {name: row["is_up"] for name, row in interfaces.items() if name.startswith("Ethernet")}
    assert neighbours
    assert ports


FAULTS = {
    ("endless",): "more than 8 MB",
    ("truncate", "900"): "not asked any more",
    ("cut", "5"): "in part",
    ("before", "^show (config|startup-config)", "drop"): "not asked any more",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda words: words[0])
@pytest.mark.parametrize("name", ["loppa-acc-06", "loppa-acc-05", "loppa-acc-07"])
def test_what_is_wrong_with_answers_is_told(
    lab: RunningLab, context: Context, name: str, fault: tuple[str, ...]
) -> None:
    """Endless, broken off, cut short, hung up on: nothing of it is taken for an answer, and nothing is waited for."""
    lab.client.fault(name, *fault)
    try:
        readout = read(context, name)[name]
    finally:
        lab.client.fault(name, "clear")
    told = [str(readout.error)] if readout.error else [each.error for each in readout.readings if each.error]
    assert any(FAULTS[fault] in words for words in told), told
