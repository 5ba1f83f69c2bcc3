"""netmiko, unmodified, drives the lab's ProCurve as it drives the real one."""

import os
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from netmiko import BaseConnection, ConnectHandler
from netmiko.exceptions import ConfigInvalidException, NetmikoAuthenticationException
from ntc_templates.parse import parse_output

from lab.device.tables import Arp, Mac, Neighbour
from lab.region.facts import Cable
from tests.support.procurve_bench import HOST, LEGACY, PASSWORD, Bench, served

PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 12
ERRORS = r"Invalid input|Incomplete input|Ambiguous input|not present"


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[Bench]:
    """A legacy switch behind SSH, with a neighbour and two hosts."""
    with served(tmp_path, PORT, LEGACY) as bench:
        world: Any = bench.switch.world
        bench.switch.facts.cables[25] = Cable("loppa-acc-03", 26, "trunk")
        world.neighbours = lambda _: [Neighbour(25, "SW-SKOLE-03", "Ethernet26", "eos CCS-720XP")]
        world.macs = lambda _: [Mac("02:1c:73:00:00:05", 20, 5), Mac("02:1c:73:00:00:11", 1, 17)]
        yield bench


def connect(name: str = "kommune", **more: Any) -> BaseConnection:
    """As any script does it."""
    return ConnectHandler(
        device_type="hp_procurve", host=HOST, port=PORT, username=name, password=PASSWORD, secret=PASSWORD, **more
    )


@pytest.fixture
def device(switch: Bench) -> Iterator[BaseConnection]:
    """A connection."""
    with connect() as connection:
        yield connection


def test_login_reaches_the_managers_level(device: BaseConnection) -> None:
    """Past the banner and the key, with a prompt free of escape codes."""
    assert device.find_prompt() == "SW-SKOLE-04#"
    assert device.check_enable_mode()
    assert not device.check_config_mode()


def test_nothing_is_paged(device: BaseConnection) -> None:
    """The whole configuration in one piece, byte for byte."""
    shown = device.send_command("show running-config")
    assert "MORE" not in shown
    assert shown.lstrip().startswith("Running configuration:")
    assert "; J9776A Configuration Editor; Created on release #YA.16.10" in shown
    assert LEGACY.strip() in shown


def test_configuration_mode(switch: Bench, device: BaseConnection) -> None:
    """Into it, into a VLAN, and out again; what was typed is there."""
    output = device.send_config_set(
        ["vlan 110", 'name "ADMINISTRATION"', "untagged 17-19", "exit", "interface 17", 'name "desk"', "exit"],
        error_pattern=ERRORS,
    )
    assert "SW-SKOLE-04(vlan-110)#" in output
    assert "SW-SKOLE-04(eth-17)#" in output
    assert not device.check_config_mode()
    assert '   name "ADMINISTRATION"\n   untagged 17-19\n   no ip address\n' in switch.running
    assert 'interface 17\n   name "desk"\n   exit\n' in switch.running


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("sntp sever priority 1 10.1.1.1", "Invalid input: sever"),
        ("ip default-gateway", "Incomplete input: default-gateway"),
        ("i default-gateway 10.0.0.1", "Ambiguous input: i"),
        ("vlan 20 tagged 60", "Module not present for port or invalid port: 60"),
        ("switchport mode access", "Invalid input: switchport"),
        ("interface 5 untagged vlan 777", "VLAN 777 does not exist"),
    ],
)
def test_a_bad_line_is_an_error(switch: Bench, device: BaseConnection, line: str, words: str) -> None:
    """In the switch's own words, found by netmiko's error pattern, and nothing has changed."""
    shown = device.send_config_set([line])
    assert words in shown
    with pytest.raises(ConfigInvalidException):
        device.send_config_set([line], error_pattern=f"{ERRORS}|does not exist")
    assert switch.running == LEGACY


def test_saving(switch: Bench, device: BaseConnection) -> None:
    """What is not saved is not in startup."""
    device.send_config_set(["vlan 110 untagged 17-19"])
    assert switch.switch.startup == LEGACY
    assert "VLAN110" not in device.send_command("show config")
    device.save_config()
    assert switch.switch.startup == switch.running != LEGACY
    assert "VLAN110" in device.send_command("show config")


def test_disconnect_logs_out(switch: Bench) -> None:
    """The farewell's questions are answered, and unsaved work is left alone."""
    connection = connect()
    connection.send_config_set(["vlan 110 untagged 17-19"])
    connection.disconnect()
    assert not connection.is_alive()
    assert switch.switch.startup == LEGACY
    assert "VLAN110" in switch.running


def test_a_wrong_password_is_refused(switch: Bench) -> None:
    """Only who is configured gets in."""
    with pytest.raises(NetmikoAuthenticationException):
        connect("drift")


def test_an_operator_is_asked_for_the_managers_name(switch: Bench) -> None:
    """Level ``>``, and up with ``enable``: user name, password."""
    with connect() as manager:
        manager.send_config_set([f"password operator user-name drift plaintext {PASSWORD}"])
    operator = connect("drift", auto_connect=False)
    operator.establish_connection()
    operator.ansi_escape_codes = True
    operator.read_until_pattern("any key to continue")
    operator.write_channel("\n")
    operator.set_base_prompt()
    assert operator.find_prompt() == "SW-SKOLE-04>"
    assert "Invalid input: running-config" in operator.send_command("show running-config", expect_string=">")
    operator.enable(default_username="kommune")
    assert operator.find_prompt() == "SW-SKOLE-04#"
    operator.disconnect()


def test_mac_addresses_are_parsed(device: BaseConnection) -> None:
    """By the templates that others wrote from real captures."""
    assert device.send_command("show mac-address", use_textfsm=True) == [
        {"mac_address": "021c73-000005", "port": "5", "vlan_id": "20"},
        {"mac_address": "021c73-000011", "port": "17", "vlan_id": "1"},
    ]


def test_neighbours_are_parsed(device: BaseConnection) -> None:
    """The table and the details."""
    table = device.send_command("show lldp info remote-device", use_textfsm=True)
    assert [(row["local_interface"], row["neighbor_name"]) for row in table] == [("25", "SW-SKOLE-03")]
    detail = device.send_command("show lldp info remote-device 25", use_textfsm=False)
    assert "PortId       : Ethernet26" in detail


def test_interfaces_are_parsed(device: BaseConnection) -> None:
    """Every port, its link and whether it is switched on."""
    device.send_config_set(["interface 5 disable"])
    ports = device.send_command("show interfaces brief", use_textfsm=True)
    assert [port["port"] for port in ports] == [str(number) for number in range(1, 29)]
    assert {port["port"] for port in ports if port["enabled"] == "No"} == {"5"}
    assert {port["port"] for port in ports if port["status"] == "Down"} == {"5"}


def test_interface_counters_are_parsed(switch: Bench, device: BaseConnection) -> None:
    """A damaged line counts what it damages; the others nothing."""
    switch.call(lambda: switch.switch.fault(["crc", switch.switch.port_names[4]]))
    rows = {row["port"]: row for row in device.send_command("show interfaces", use_textfsm=True)}
    assert list(rows) == [str(number) for number in range(1, 29)]
    assert [port for port, row in rows.items() if row["errors_rx"] != "0"] == ["5"]


def test_interface_states_are_parsed(device: BaseConnection) -> None:
    """With the VLANs of each port."""
    ports = {row["port"]: row for row in device.send_command("show interfaces status", use_textfsm=True)}
    assert (ports["25"]["vlan_tagged"], ports["25"]["vlan_untagged"]) == ("multi", "1")
    assert (ports["1"]["vlan_tagged"], ports["1"]["vlan_untagged"]) == ("No", "20")


def test_vlans_are_parsed(device: BaseConnection) -> None:
    """Number, name and whether it is for phones."""
    vlans = device.send_command("show vlans", use_textfsm=True)
    assert [(vlan["vlan_id"], vlan["vlan_name"], vlan["voice"]) for vlan in vlans] == [
        ("1", "DEFAULT_VLAN", "No"),
        ("20", "SKOLE", "No"),
        ("40", "TLF", "Yes"),
    ]


def test_system_is_parsed(switch: Bench, device: BaseConnection) -> None:
    """Name, release and serial number."""
    (system,) = device.send_command("show system", use_textfsm=True)
    assert (system["name"], system["serial"]) == ("SW-SKOLE-04", switch.switch.serial)
    assert system["software_version"].startswith("YA.16.10")


def test_addresses_are_parsed(device: BaseConnection) -> None:
    """The address is in the VLAN that has it."""
    rows = device.send_command("show ip", use_textfsm=True)
    assert [(row["vlan_name"], row["ip_address"]) for row in rows if row["ip_address"]] == [
        ("DEFAULT_VLAN", "192.168.16.14")
    ]


def test_trunks_are_parsed(device: BaseConnection) -> None:
    """The members with their trunk; among the ports as ``24-Trk1``, and with the trunk's VLANs."""
    sent = device.send_config_set(
        ["trunk 23-24 trk1 lacp", "interface 23 name opp", "vlan 20 tagged trk1"], error_pattern=ERRORS
    )
    assert "(config)#" in sent
    trunks = device.send_command("show trunks", use_textfsm=True)
    assert [(row["local_port"], row["int_name"].strip(), row["trunk"], row["trunk_type"]) for row in trunks] == [
        ("23", "opp", "Trk1", "LACP"),
        ("24", "", "Trk1", "LACP"),
    ]
    brief = device.send_command("show interfaces brief", use_textfsm=True)
    assert [row["port"] for row in brief][21:25] == ["22", "23-Trk1", "24-Trk1", "25"]
    status = {row["port"]: row for row in device.send_command("show interfaces status", use_textfsm=True)}
    assert (status["24-Trk1"]["vlan_tagged"], status["24-Trk1"]["vlan_untagged"]) == ("20", "1")


@pytest.mark.parametrize(
    ("command", "column", "value"),
    [
        ("show ip route", "gateway", "192.168.16.1"),
        ("show arp", "ip_address", "192.168.16.1"),
        ("show lldp info remote-device detail", "neighbor_interface", "Ethernet26"),
        ("show lldp info local-device", "port_id", "1"),
    ],
)
def test_what_others_have_templates_for(
    switch: Bench, device: BaseConnection, command: str, column: str, value: str
) -> None:
    """Each is read by the template of its name, and is not empty."""
    world: Any = switch.switch.world
    world.arp = lambda _: [Arp(IPv4Address("192.168.16.1"), "02:1c:73:00:00:01", 1, None)]
    typed = command.replace("detail", "25")
    rows = parse_output(platform="hp_procurve", command=command, data=device.send_command(typed))
    assert value in [row[column] for row in rows]
