"""Unmodified NAPALM and netmiko against the lab's IOS switches, over real SSH."""

from collections.abc import Iterator
from typing import Any

import pytest
from napalm import get_network_driver
from napalm.base.exceptions import CommandErrorException, MergeConfigException, ReplaceConfigException
from netmiko import ConnectHandler
from netmiko.exceptions import ConfigInvalidException, NetmikoAuthenticationException

from lab.testing.running import Labs, RunningLab

CORE, ACCESS = "loppa-core-01", "loppa-acc-01"


@pytest.fixture(scope="module")
def lab(lab_of: Labs) -> Iterator[RunningLab]:
    """Loppa as it was before its move."""
    lab = lab_of("loppa")
    lab.client.reset()
    yield lab
    lab.client.reset()


def reach(lab: RunningLab, name: str) -> dict[str, Any]:
    """Where a switch answers, and as whom."""
    row = lab.switch(name)
    return {
        "host": row["host"],
        "port": row["ssh_port"],
        "username": "kommune",
        "password": lab.password("loppa", "kommune"),
    }


def open_napalm(lab: RunningLab, name: str, **options: Any) -> Any:
    """NAPALM's ios driver, logged in."""
    where = reach(lab, name)
    driver = get_network_driver("ios")(
        where["host"], where["username"], where["password"], optional_args={"port": where["port"], **options}
    )
    driver.open()
    return driver


@pytest.fixture(scope="module")
def core(lab: RunningLab) -> Iterator[Any]:
    """NAPALM on the core."""
    driver = open_napalm(lab, CORE)
    yield driver
    driver.close()


@pytest.fixture
def access(lab: RunningLab) -> Iterator[Any]:
    """NAPALM on an access switch that is ready for it: archive and SCP on."""
    driver = open_napalm(lab, ACCESS)
    driver.device.send_config_set(["ip scp server enable", "archive", "path flash:archive"], error_pattern="^%")
    driver.device.save_config()
    yield driver
    driver.close()


@pytest.fixture
def cli(lab: RunningLab) -> Iterator[Any]:
    """netmiko on an access switch."""
    with ConnectHandler(device_type="cisco_ios", **reach(lab, ACCESS)) as connection:
        yield connection


def running(driver: Any) -> str:
    """What runs, without the line that NAPALM adds for the time of its own session."""
    return str(driver.get_config(retrieve="running")["running"]).replace("!\nfile prompt quiet\n", "")


def test_facts(core: Any) -> None:
    """Who it is."""
    facts = core.get_facts()
    assert facts["vendor"] == "Cisco"
    assert facts["model"] == "WS-C3850-24S"
    assert facts["serial_number"].startswith("LAB")
    assert "Version 15.2" in facts["os_version"]
    assert facts["fqdn"] == f"{facts['hostname']}.loppa.kommune.example"
    assert {"Vlan1", "GigabitEthernet1/0/1", "GigabitEthernet1/0/24"} <= set(facts["interface_list"])


def test_interfaces(core: Any) -> None:
    """Every port, with its state; the uplinks to the centre are not lit yet."""
    found = core.get_interfaces()
    assert [name for name in found if name.startswith("Gig")] == [f"GigabitEthernet1/0/{n}" for n in range(1, 25)]
    trunk, uplink = found["GigabitEthernet1/0/1"], found["GigabitEthernet1/0/24"]
    assert (trunk["is_enabled"], trunk["is_up"], trunk["speed"]) == (True, True, 1000.0)
    assert trunk["description"].startswith("Til ")
    assert (uplink["is_enabled"], uplink["is_up"]) == (False, False)
    assert len({row["mac_address"] for name, row in found.items() if name.startswith("Gig")}) == 24


def test_addresses_and_counters(core: Any) -> None:
    """The gateways of the old network, and numbers for every interface."""
    assert core.get_interfaces_ip()["Vlan1"] == {"ipv4": {"192.168.16.1": {"prefix_length": 21}}}
    counters = core.get_interfaces_counters()
    assert counters["GigabitEthernet1/0/1"]["rx_discards"] == 0
    assert counters["GigabitEthernet1/0/24"]["rx_unicast_packets"] == 0


def test_neighbours_are_those_that_are_cabled(core: Any) -> None:
    """LLDP in both forms says the same, and names the far port."""
    table, detail = core.get_lldp_neighbors(), core.get_lldp_neighbors_detail()
    assert table["GigabitEthernet1/0/1"][0]["port"] == "GigabitEthernet1/0/49"
    assert "access01" in table["GigabitEthernet1/0/1"][0]["hostname"]
    assert set(table) == set(detail)
    assert detail["GigabitEthernet1/0/1"][0]["remote_system_enable_capab"] == ["bridge"]


def test_macs_and_arp(core: Any) -> None:
    """Clients are heard in their VLANs, and the gateway knows their addresses."""
    macs, arp = core.get_mac_address_table(), core.get_arp_table()
    assert macs
    assert {row["vlan"] for row in macs} <= {1, 20, 30, 40}
    assert all(row["interface"].startswith("Gi1/0/") for row in macs)
    assert {"192.168.16.1", "172.17.20.1"} <= {row["ip"] for row in arp}
    assert {row["mac"] for row in macs} & {row["mac"] for row in arp}


def test_vlans(core: Any) -> None:
    """Names, and the ports that carry them."""
    vlans = core.get_vlans()
    assert {number: row["name"] for number, row in vlans.items() if int(number) < 1000} == {
        "1": "default", "20": "SKOLE", "30": "HELSE", "40": "TLF",
    }  # fmt: skip
    assert "GigabitEthernet1/0/1" in vlans["20"]["interfaces"]


def test_accounts_time_and_snmp(core: Any) -> None:
    """What the legacy configured, and that its clock is in step."""
    user = core.get_users()["kommune"]
    assert (user["level"], user["password"][:3]) == (15, "$1$")
    assert core.get_ntp_servers() == {"192.168.17.10": {}}
    assert core.get_ntp_stats()[0]["remote"] == "192.168.17.10"
    assert core.get_snmp_information()["community"] == {"public": {"mode": "ro", "acl": "N/A"}}


def test_environment_ping_and_life(core: Any) -> None:
    """The rest of the getters."""
    environment = core.get_environment()
    assert environment["cpu"][0]["%usage"] > 0
    assert environment["memory"]["used_ram"] < environment["memory"]["available_ram"]
    assert environment["temperature"]["inlet"]["is_alert"] is False
    answer = core.ping("192.168.16.1", count=3)["success"]
    assert (answer["probes_sent"], answer["packet_loss"]) == (3, 0)
    assert core.ping("10.99.99.99", count=2)["success"]["packet_loss"] == 2
    assert core.is_alive() == {"is_alive": True}


def test_configurations(core: Any) -> None:
    """Running and startup are the same at the start, and can be loaded back."""
    found = core.get_config()
    assert found["running"] == found["startup"].split("\n", 1)[1]  # the startup has a line about its size
    assert found["running"].endswith("end")


def test_scp_is_refused_where_it_is_off(core: Any) -> None:
    """As on equipment: NAPALM says so."""
    with pytest.raises(CommandErrorException, match="SCP file transfers are not enabled"):
        core.load_replace_candidate(config="hostname x\nend\n")


def test_replace_and_roll_back(access: Any) -> None:
    """Compare, commit, save, and back to the byte."""
    before = running(access)
    access.load_replace_candidate(config=before.replace("name SKOLE", "name KLASSEROM"))
    assert access.compare_config().splitlines() == ["vlan 20", " +name KLASSEROM", " -name SKOLE"]
    access.commit_config()
    assert "name KLASSEROM" in running(access)
    assert "name KLASSEROM" in access.get_config(retrieve="startup")["startup"]
    access.rollback()
    assert running(access) == before
    access.load_replace_candidate(config=before)
    assert access.compare_config() == ""


def test_commit_and_confirm(access: Any) -> None:
    """With a revert timer: pending until it is confirmed, and saved then."""
    before = running(access)
    access.load_replace_candidate(config=before.replace("name SKOLE", "name ROM"))
    access.commit_config(revert_in=60)
    assert access.has_pending_commit()
    assert "name ROM" not in access.get_config(retrieve="startup")["startup"]
    access.confirm_commit()
    assert not access.has_pending_commit()
    assert "name ROM" in access.get_config(retrieve="startup")["startup"]
    access.load_replace_candidate(config=before)
    access.commit_config()
    assert running(access) == before


def test_commit_and_take_back(access: Any) -> None:
    """With a revert timer: rollback does not wait for it, whether it was a replace or a merge."""
    before = running(access)
    access.load_replace_candidate(config=before.replace("name SKOLE", "name ROM"))
    access.commit_config(revert_in=60)
    assert "name ROM" in running(access)
    access.rollback()
    assert running(access) == before
    access.load_merge_candidate(config="hostname another-name\nend\n")
    access.commit_config(revert_in=60)
    assert access.device.find_prompt() == "another-name#"
    access.rollback()
    assert running(access) == before


def test_merge(access: Any) -> None:
    """Lines are added; the name, and so the prompt, may change."""
    before = running(access)
    access.load_merge_candidate(config="hostname another-name\nvlan 77\n name NY\nend\n")
    assert access.compare_config().splitlines() == ["+hostname another-name", "+vlan 77", "+ name NY"]
    access.commit_config()
    assert access.device.find_prompt() == "another-name#"
    assert access.get_vlans()["77"]["name"] == "NY"
    access.rollback()
    assert running(access) == before


def test_a_mistake_is_taken_back(access: Any) -> None:
    """In a merge NAPALM rolls back, in a replace the switch itself does."""
    before = running(access)
    access.load_merge_candidate(config="vlan 78\nno such line\nend\n")
    with pytest.raises(MergeConfigException, match="no such line"):
        access.commit_config()
    assert running(access) == before
    access.load_replace_candidate(config=before.replace("name SKOLE", "name ROM\nno such line"))
    with pytest.raises(ReplaceConfigException, match="successfully restored"):
        access.commit_config()
    assert running(access) == before


def test_an_account_goes_after_a_question(access: Any) -> None:
    """The switch asks in the middle of the replace, and NAPALM answers."""
    before = running(access)
    access.load_merge_candidate(config="username gammel privilege 1 secret 0 x\nend\n")
    access.commit_config()
    assert access.get_users()["gammel"]["level"] == 1
    access.load_replace_candidate(config=before)
    access.commit_config()
    assert "gammel" not in access.get_users()


def test_a_candidate_is_thrown_away(access: Any) -> None:
    """Then nothing differs."""
    access.load_replace_candidate(config=running(access).replace("name SKOLE", "name ROM"))
    access.discard_config()
    assert access.compare_config() == ""


def test_netmiko_pages_and_reads(cli: Any) -> None:
    """Paging is off after login; with it on, the switch stops and waits."""
    output = cli.send_command("show running-config")
    assert output.rstrip().endswith("end")
    assert "--More--" not in output
    cli.send_command("terminal length 10")
    cli.write_channel("show running-config\n")
    assert "--More--" in cli.read_until_pattern("--More--")
    cli.write_channel("q")
    cli.read_until_pattern("#")
    cli.send_command("terminal length 0")
    assert cli.send_command("show vlan brief", use_textfsm=True)[0]["vlan_name"] == "default"
    assert {row["interface"] for row in cli.send_command("show ip interface brief", use_textfsm=True)} >= {"Vlan1"}
    assert cli.send_command("show interfaces status", use_textfsm=True)[0]["port"] == "Gi1/0/1"


def test_netmiko_configures_and_stops_at_an_error(cli: Any) -> None:
    """Lines before the mistake are taken, the mistake has IOS's words."""
    with pytest.raises(ConfigInvalidException, match="switchport foo"):
        cli.send_config_set(["vlan 79", "interface Gi1/0/2", "switchport foo", "vlan 80"], error_pattern="% Invalid")
    cli.exit_config_mode()
    assert "vlan 79\n" in cli.send_command("show running-config") + "\n"
    cli.send_config_set(["no vlan 79"], error_pattern="^%")
    assert "vlan 79" not in cli.send_command("show running-config")


def test_netmiko_banners_and_saving(cli: Any) -> None:
    """A banner over several lines; then startup is what runs."""
    cli.send_config_set(["banner motd #", "Hei", "på deg", "#"], cmd_verify=False)
    assert "[OK]" in cli.save_config()
    shown = cli.send_command("show startup-config")
    assert "banner motd ^C\nHei\npå deg\n^C" in shown
    cli.send_config_set(["no banner motd"])
    cli.save_config()


def test_netmiko_answers_questions(cli: Any) -> None:
    """``copy`` asks for a name, ``reload in`` asks twice."""
    output = cli.send_command_timing("copy running-config startup-config", strip_prompt=False)
    assert "Destination filename [startup-config]?" in output
    assert "[OK]" in cli.send_command_timing("\n")
    assert "[confirm]" in cli.send_command_timing("reload in 5")
    cli.send_command_timing("\n")
    assert "Reload scheduled" in cli.send_command("show reload")
    assert "ABORTED" in cli.send_command("reload cancel")
    assert "No reload is scheduled" in cli.send_command("show reload")


def test_enable_asks_for_its_password(lab: RunningLab, cli: Any) -> None:
    """A login without privilege sees less, and gets up with the enable secret."""
    cli.send_config_set(["username gjest privilege 1 secret 0 gjest", "enable secret 0 opp"], error_pattern="^%")
    where = {**reach(lab, ACCESS), "username": "gjest", "password": "gjest", "secret": "opp"}
    with ConnectHandler(device_type="cisco_ios", **where) as guest:
        assert guest.find_prompt().endswith(">")
        assert "% Invalid input" in guest.send_command("show running-config")
        guest.enable()
        assert guest.send_command("show running-config").rstrip().endswith("end")
        guest.exit_enable_mode()
        assert guest.find_prompt().endswith(">")
    cli.send_config_set(["no enable secret"])
    cli.send_command_timing("configure terminal")
    assert "[confirm]" in cli.send_command_timing("no username gjest")
    cli.send_command_timing("\n")
    cli.exit_config_mode()
    assert "gjest" not in cli.send_command("show running-config | include username")


def test_a_wrong_password_is_refused(lab: RunningLab) -> None:
    """Accounts are those that are configured."""
    with pytest.raises(NetmikoAuthenticationException):
        ConnectHandler(device_type="cisco_ios", **{**reach(lab, ACCESS), "password": "wrong"})
