"""Unmodified NAPALM and netmiko against the lab's EOS, over real HTTPS and SSH."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from napalm.base.exceptions import CommitError, ConnectionException, MergeConfigException, ReplaceConfigException
from napalm.eos import EOSDriver
from netmiko import ConnectHandler
from netmiko.exceptions import ConfigInvalidException, NetmikoAuthenticationException
from pyeapi.eapilib import ConnectionError as EapiConnectionError

from tests.support.eos_bench import HOST, PASSWORD, PORTS, RELEASES, Bench, legacy, served

PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 12


@pytest.fixture(params=RELEASES)
def switch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A legacy core, of the releases that differ."""
    with served(tmp_path, PORT, legacy("core"), software=request.param) as bench:
        yield bench


@pytest.fixture(params=["https", "ssh"])
def driver(request: pytest.FixtureRequest, switch: Bench) -> Iterator[EOSDriver]:
    """NAPALM by either way."""
    port = switch.endpoint.eapi_port if request.param == "https" else switch.endpoint.ssh_port
    opened = EOSDriver(HOST, "kommune", PASSWORD, optional_args={"transport": request.param, "port": port})
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def eapi(switch: Bench) -> Iterator[EOSDriver]:
    """NAPALM over eAPI."""
    opened = EOSDriver(HOST, "kommune", PASSWORD, optional_args={"port": switch.endpoint.eapi_port})
    opened.open()
    yield opened
    opened.close()


def test_facts_and_interfaces(driver: EOSDriver, switch: Bench) -> None:
    """What the switch is, and what its ports are."""
    facts = driver.get_facts()
    assert (facts["hostname"], facts["vendor"], facts["model"]) == ("SW-RADHUS-01", "Arista", "CCS-720XP-24Y6")
    assert facts["fqdn"] == "SW-RADHUS-01.loppa.kommune.example"
    assert facts["serial_number"] == switch.switch.serial
    assert facts["interface_list"][:2] == ["Ethernet1", "Ethernet2"]
    ports = driver.get_interfaces()
    assert len([name for name in ports if name.startswith("Ethernet")]) == PORTS
    assert ports["Ethernet3"]["description"] == "Skriver"
    assert (ports["Ethernet6"]["is_enabled"], ports["Ethernet6"]["is_up"]) == (False, False)
    assert ports["Ethernet1"]["is_up"]
    assert driver.get_interfaces_ip()["Vlan10"]["ipv4"] == {"172.17.10.1": {"prefix_length": 24}}
    assert driver.get_interfaces_counters()["Ethernet1"]["rx_errors"] == 0
    assert driver.is_alive() == {"is_alive": True}


def test_getters(driver: EOSDriver) -> None:
    """VLANs, accounts, time, SNMP, environment, instances, tables."""
    vlans = driver.get_vlans()
    assert {number: vlan["name"] for number, vlan in vlans.items()} == {"1": "default", "10": "ADM", "40": "TLF"}
    assert "Ethernet1" in vlans["10"]["interfaces"]
    assert driver.get_users()["kommune"]["level"] == 15
    assert list(driver.get_ntp_servers()) == ["192.168.17.10"]
    assert driver.get_ntp_stats()[0]["synchronized"] is False
    snmp = driver.get_snmp_information()
    assert (snmp["location"], snmp["community"]) == ("Loppa", {"public": {"acl": "", "mode": "ro"}})
    environment = driver.get_environment()
    assert environment["fans"]["1"]["status"]
    assert environment["memory"]["available_ram"] > environment["memory"]["used_ram"]
    assert set(driver.get_network_instances()["default"]["interfaces"]["interface"]) == {"Vlan1", "Vlan10"}
    assert driver.get_mac_address_table() == []
    assert driver.get_arp_table() == []
    assert driver.get_lldp_neighbors() == {}
    assert driver.get_lldp_neighbors_detail() == {}


def test_what_is_connected(eapi: EOSDriver, switch: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """LLDP, MAC and ARP tables tell what the lab's world knows."""
    from ipaddress import IPv4Address

    from lab.device.tables import Arp, Mac, Neighbour

    world = switch.switch.world
    monkeypatch.setattr(world, "neighbours", lambda _: [Neighbour(7, "loppa-acc-01", "Ethernet1", "Arista")])
    monkeypatch.setattr(world, "macs", lambda _: [Mac("02:1c:00:00:00:01", 10, 2)])
    monkeypatch.setattr(world, "arp", lambda _: [Arp(IPv4Address("172.17.10.20"), "02:1c:00:00:00:01", 10, None)])
    assert eapi.get_lldp_neighbors() == {"Ethernet7": [{"hostname": "loppa-acc-01", "port": "Ethernet1"}]}
    assert eapi.get_lldp_neighbors_detail()["Ethernet7"][0]["remote_port"] == "Ethernet1"
    entry = eapi.get_mac_address_table()[0]
    assert (entry["mac"], entry["vlan"], entry["interface"]) == ("02:1C:00:00:00:01", 10, "Ethernet2")
    arp = eapi.get_arp_table()[0]
    assert (arp["ip"], arp["mac"], arp["interface"]) == ("172.17.10.20", "02:1C:00:00:00:01", "Vlan10, Ethernet2")


def test_ping_and_routes(driver: EOSDriver) -> None:
    """Its own address answers, a foreign one does not."""
    assert driver.ping("192.168.16.1")["success"]["packet_loss"] == 0
    assert driver.ping("10.10.1.10", count=2)["success"]["packet_loss"] == 2
    assert driver.get_route_to("172.17.10.0/24")["172.17.10.0/24"][0]["outgoing_interface"] == "Vlan10"


def test_configurations(driver: EOSDriver) -> None:
    """Running and startup, with a header."""
    found = driver.get_config()
    assert found["running"].startswith("! Command: show running-config\n! device: SW-RADHUS-01")
    body = found["running"].partition("!\nno aaa root")[2]
    assert body
    assert body in found["startup"] + "\n"
    assert "<removed>" in driver.get_config(retrieve="running", sanitized=True)["running"]


def test_merge_compare_commit_rollback(driver: EOSDriver, switch: Bench) -> None:
    """A merge is seen before it is committed, and taken back after."""
    before = switch.running
    driver.load_merge_candidate(config="vlan 77\n   name NIGHT\ninterface Ethernet5\n   description hall\n")
    diff = driver.compare_config()
    assert "+   description hall" in diff
    assert switch.running == before
    driver.commit_config()
    assert "   name NIGHT\n" in switch.running
    assert switch.switch.startup == switch.running
    driver.rollback()
    assert switch.running == before


def test_discard(driver: EOSDriver, switch: Bench) -> None:
    """A candidate that is dropped leaves nothing."""
    driver.load_merge_candidate(config="vlan 77\n")
    driver.discard_config()
    assert driver.compare_config() == ""
    assert switch.call(lambda: [one.name for one in switch.switch.personality.sessions if not one.over]) == []


def test_replace(eapi: EOSDriver, switch: Bench) -> None:
    """Replacing with what runs changes nothing; with less, what is not there goes."""
    before = switch.running
    eapi.load_replace_candidate(config=before)
    assert eapi.compare_config() == ""
    eapi.discard_config()
    eapi.load_replace_candidate(config=before.replace("vlan 40\n   name TLF\n!\n", ""))
    eapi.commit_config()
    assert 40 not in switch.switch.meaning.vlans
    eapi.rollback()
    assert switch.running == before


def test_refused_lines(eapi: EOSDriver, switch: Bench) -> None:
    """The error says which, in EOS's words, and the session is gone."""
    before = switch.running
    with pytest.raises(MergeConfigException, match=r"CLI command 4 of 5 'foo bar' failed: invalid command"):
        eapi.load_merge_candidate(config="hostname x\nfoo bar\n")
    with pytest.raises(ReplaceConfigException, match="Invalid input"):
        eapi.load_replace_candidate(config="interface Ethernet99\n")
    assert switch.running == before
    assert switch.call(lambda: [one.name for one in switch.switch.personality.sessions if not one.over]) == []


def test_commit_confirm(eapi: EOSDriver, switch: Bench) -> None:
    """Confirmed, taken back by hand, and taken back by the switch."""
    before = switch.running
    eapi.load_merge_candidate(config="hostname one\n")
    eapi.commit_config(revert_in=120)
    assert eapi.has_pending_commit()
    assert switch.switch.startup == before
    eapi.confirm_commit()
    assert not eapi.has_pending_commit()
    assert switch.switch.startup == switch.running != before
    confirmed = switch.running
    eapi.load_merge_candidate(config="hostname two\n")
    eapi.commit_config(revert_in=120)
    eapi.rollback()
    assert switch.running == confirmed
    eapi.load_merge_candidate(config="hostname three\n")
    eapi.commit_config(revert_in=1)
    assert "hostname three" in switch.running
    time.sleep(1.2)
    assert switch.running == confirmed
    with pytest.raises(CommitError):
        eapi.confirm_commit()
    eapi.config_session = None  # it went with the timer, and NAPALM would abort it once more


def test_a_wrong_password_is_refused(switch: Bench) -> None:
    """By eAPI and by SSH."""
    with pytest.raises(EapiConnectionError, match="Unable to authenticate"):
        EOSDriver(HOST, "kommune", "wrong", optional_args={"port": switch.endpoint.eapi_port}).open()
    with pytest.raises((ConnectionException, NetmikoAuthenticationException)):
        EOSDriver(HOST, "kommune", "wrong", optional_args={"transport": "ssh", "port": switch.port}).open()


def test_eapi_can_be_off(switch: Bench) -> None:
    """Then nobody answers there."""
    assert switch.typed("management api http-commands\nshutdown\n") == []
    with pytest.raises(EapiConnectionError):
        EOSDriver(HOST, "kommune", PASSWORD, optional_args={"port": switch.endpoint.eapi_port}).open()


def test_netmiko(switch: Bench) -> None:
    """Paging, enable, configuration mode, errors, saving, and textfsm's templates."""
    with ConnectHandler(
        device_type="arista_eos", host=HOST, port=switch.port, username="kommune", password=PASSWORD
    ) as connection:
        connection.enable()
        assert connection.find_prompt() == "SW-RADHUS-01#"
        assert len(connection.send_command("show running-config").splitlines()) > 60
        parsed = connection.send_command("show version", use_textfsm=True)
        assert parsed[0]["model"] == "CCS-720XP-24Y6"
        vlans = connection.send_command("show vlan", use_textfsm=True)
        assert [vlan["vlan_id"] for vlan in vlans] == ["1", "10", "40"]
        connection.send_config_set(["interface Ethernet5", "description hall"], error_pattern=r"^%")
        with pytest.raises(ConfigInvalidException, match="foo"):
            connection.send_config_set(["interface Ethernet5", "foo"], error_pattern=r"^%")
        assert connection.exit_config_mode() is not None
        assert "Copy completed successfully" in connection.save_config()
    assert "   description hall\n" in switch.switch.startup


@pytest.mark.parametrize(
    ("command", "field"),
    [
        ("show interfaces", "interface"),
        ("show interfaces status", "port"),
        ("show interfaces description", "port"),
        ("show ip interface brief", "interface"),
        ("show ip route", "network"),
        ("show hostname", "hostname"),
        ("show inventory", "sn"),
        ("show clock", "timezone"),
        ("show vrf", "vrf"),
        ("dir", "name"),
    ],
)
def test_output_is_what_others_parse(switch: Bench, command: str, field: str) -> None:
    """ntc-templates were written against real equipment."""
    with ConnectHandler(
        device_type="arista_eos", host=HOST, port=switch.port, username="kommune", password=PASSWORD
    ) as connection:
        rows = connection.send_command(command, use_textfsm=True)
    assert isinstance(rows, list)
    assert all(row[field] for row in rows)
