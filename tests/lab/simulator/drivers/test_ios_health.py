"""What the lab's IOS tells of its health, against the unmodified ntc-templates."""

import asyncio
from typing import Any

import pytest
from ntc_templates.parse import parse_output  # type: ignore[import-untyped]

from lab.device.switch import Switch
from lab.testing.bench import bench

PORT = "GigabitEthernet1/0/3"


def ask(switch: Switch, command: str) -> list[dict[str, Any]]:
    """The rows that the template finds; it raises at a line that it does not know."""

    async def work() -> str:
        shell = switch.personality.shell("kari", 15)
        return (await shell.line(command)).text

    rows: list[dict[str, Any]] = parse_output(platform="cisco_ios", command=command, data=asyncio.run(work()))
    return rows


@pytest.fixture
def switch() -> Switch:
    """A 3850 with a port that the switch has disabled and one without light."""
    switch = bench("ios")
    switch.model = "WS-C3850-24P"
    switch.faults.set(["errdisable", PORT])
    switch.faults.set(["no-light", "GigabitEthernet1/0/4"])
    switch.changed()
    return switch


def test_disabled_ports(switch: Switch) -> None:
    rows = ask(switch, "show interfaces status err-disabled")
    assert [(row["interface"], row["port_error"].strip()) for row in rows] == [("Gi1/0/3", "bpduguard")]
    status = {row["port"]: row["status"] for row in ask(switch, "show interfaces status")}
    assert (status["Gi1/0/3"], status["Gi1/0/4"], status["Gi1/0/5"]) == ("err-disabled", "notconnect", "connected")


def test_power(switch: Switch) -> None:
    rows = ask(switch, "show power inline")
    assert len(rows) == len(switch.port_names)
    assert {row["operational_status"] for row in rows} == {"off"}


def test_temperature(switch: Switch) -> None:
    switch.faults.set(["hot"])
    (row,) = ask(switch, "show environment temperature")
    assert (row["inlet_temperature_value"], row["inlet_temperature_state"]) == ("49", "YELLOW")


def test_interfaces(switch: Switch) -> None:
    switch.faults.set(["crc", "GigabitEthernet1/0/5"])
    rows = {row["interface"]: row for row in ask(switch, "show interfaces")}
    assert rows[PORT]["protocol_status"] == "down (err-disabled)"
    assert int(rows["GigabitEthernet1/0/5"]["crc"]) > 0
    assert rows["GigabitEthernet1/0/6"]["crc"] == "0"
