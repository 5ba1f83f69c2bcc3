"""What unmodified clients ask of the lab's IOS is answered in the form that they are declared to give."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from napalm import get_network_driver
from napalm.base import models
from napalm.base.test.helpers import test_model as fits_model
from ntc_templates.parse import _get_template_dir, parse_output
from textfsm.clitable import CliTable

from lab.control.lab import Lab
from lab.device.keyboard import type_in
from lab.device.switch import Switch
from lab.personalities.ios.cli import exec_grammar
from lab.personalities.ios.configuration.parse import Node
from lab.personalities.procurve import Procurve
from lab.personalities.procurve.config import Context
from lab.personalities.procurve.show import SHOW
from lab.region.facts import read
from lab.testing.running import Labs

CORE = "loppa-core-01"
# By getter: what a record of it looks like. Where a switch without BGP or probes has none, it is empty.
LISTS = {
    "get_arp_table": models.ARPTableDict,
    "get_mac_address_table": models.MACAdressTable,
    "get_ntp_stats": models.NTPStats,
}
RECORDS = {
    "get_facts": models.FactsDict,
    "get_snmp_information": models.SNMPDict,
}
TABLES = {
    "get_interfaces": models.InterfaceDict,
    "get_interfaces_counters": models.InterfaceCounterDict,
    "get_users": models.UsersDict,
    "get_ntp_servers": None,  # an empty record for each, as on every platform but two
    "get_ntp_peers": None,
    "get_vlans": models.VlanDict,
    "get_network_instances": models.NetworkInstanceDict,
}
EMPTY: dict[str, object] = {
    "get_bgp_neighbors": {},
    "get_bgp_config": {},
    "get_bgp_neighbors_detail": {},
    "get_probes_config": {},
    "get_ipv6_neighbors_table": [],
}


@pytest.fixture(scope="module")
def core(lab_of: Labs) -> Iterator[Any]:
    """NAPALM's driver on the core."""
    lab = lab_of("loppa")
    lab.client.reset("loppa")
    row = lab.switch(CORE)
    password = lab.password("loppa", "kommune")
    driver = get_network_driver("ios")(row["host"], "kommune", password, optional_args={"port": row["ssh_port"]})
    driver.open()
    yield driver
    driver.close()


@pytest.mark.parametrize("getter", [*LISTS, *RECORDS, *TABLES, *EMPTY])
def test_getters_give_what_they_are_declared_to(core: Any, getter: str) -> None:
    """Each getter of NAPALM's driver, by NAPALM's own models."""
    answer = getattr(core, getter)()
    if getter in EMPTY:
        assert answer == EMPTY[getter]
        return
    assert answer
    model = {**LISTS, **RECORDS, **TABLES}[getter]
    records = answer if getter in LISTS else [answer] if getter in RECORDS else list(answer.values())
    assert all(model is None or fits_model(model, record) for record in records), answer


def test_routes_and_traces(core: Any) -> None:
    """``get_route_to`` for an attached network, the default and an address; ``traceroute`` and ``ping``."""
    (attached,) = core.get_route_to("192.168.16.0/21")["192.168.16.0/21"]
    assert (attached["protocol"], attached["outgoing_interface"]) == ("connected", "Vlan1")
    (default,) = core.get_route_to("0.0.0.0/0")["0.0.0.0/0"]
    assert (default["protocol"], default["next_hop"]) == ("static", "192.168.23.254")
    assert list(core.get_route_to("172.17.20.9")) == ["172.17.20.0/23"]
    assert core.get_route_to("203.0.113.0/24") == {"203.0.113.0/24": []}
    hops = core.traceroute("192.168.17.10")["success"]
    assert hops[1]["probes"][3]["ip_address"] == "192.168.17.10"
    assert len(core.traceroute("10.99.9.9", ttl=3)["success"]) == 3
    assert "error" in core.traceroute("nohost")
    assert fits_model(models.PingDict, core.ping("192.168.17.10")["success"])


def test_optics(core: Any) -> None:
    """Of each fibre what its transceiver receives; NAPALM's own check cannot look into a nested model."""
    optics = core.get_optics()
    states = [record["physical_channels"]["channel"][0]["state"] for record in optics.values()]
    assert states
    assert all(set(state) == {"input_power", "output_power", "laser_bias_current"} for state in states)
    assert all(-40 <= state["input_power"]["instant"] < 0 for state in states)


def test_environment(core: Any) -> None:
    """Processor, memory and each thermometer by its name."""
    environment = core.get_environment()
    assert fits_model(models.MemoryDict, environment["memory"])
    assert set(environment["temperature"]) == {"inlet", "hotspot"}
    assert all(fits_model(models.TemperatureDict, row) for row in environment["temperature"].values())


# --- ntc-templates


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Loppa, in this process; its core with something to show of each kind."""
    lab = Lab(tmp_path_factory.mktemp("lab"), read(), ["loppa"])
    lab.build()
    lines = ["ip access-list standard KONTOR", "permit 10.0.0.0 0.0.0.255", "access-list 101 permit tcp any any eq 22"]
    lines += ["interface gi1/0/20", "channel-group 1 mode active"]
    asyncio.run(type_in(lab.named(CORE), [*lines, "archive", "path flash:archive", "lldp run"]))
    lab.named(CORE).files["archive-1"] = "!"
    return lab


def _commands(node: Node, before: tuple[str, ...] = ()) -> Iterator[str]:
    if node.rule is not None:
        yield " ".join(before)
    for word, following in node.words.items():
        yield from _commands(following, (*before, word))


def _answer(switch: Switch, command: str) -> str:
    async def talk() -> str:
        shell = switch.personality.shell("kommune", 15)
        if shell.single_key:
            await shell.line("")
        return (await shell.line(command)).text

    return asyncio.run(talk())


def _template(platform: str, command: str) -> str | None:
    """The template for exactly this command; those for the command that it begins with are others'."""
    index = CliTable("index", _get_template_dir()).index
    row = index.GetRowMatch({"Platform": platform, "Command": command})
    if not row:
        return None
    name = Path(index.index[row]["Template"].split(":")[0]).stem.removeprefix(f"{platform}_")
    return name if name == re.sub(r"\W", "_", command.replace("-", "-")).replace("-", "_") else None


# Nothing to show on this switch, as on a real one: no OSPF neighbour, VRF, BGP or IPv6; SNMP version 3 has no users,
# and a switch with fibre alone feeds nobody.
NOTHING = r"show (ip ospf|ip bgp|vrf|ipv6|snmp user|ip route ospf|switch virtual|power inline)"
# Templates of other equipment that speaks under the same name: an access point of ArubaOS.
OTHERS = ("show version",)


def test_what_ios_shows_is_parsed(region: Lab) -> None:
    """Every command that the lab answers and that ntc-templates has a template for gives rows."""
    parsed = 0
    for command in sorted(_commands(exec_grammar(15))):
        name = _template("cisco_ios", command.replace("-", "_")) or _template("cisco_ios", command)
        if name is None or re.match(NOTHING, command):
            continue
        assert parse_output("cisco_ios", command, _answer(region.named(CORE), command)), command
        parsed += 1
    assert parsed >= 20


def test_what_procurve_shows_is_parsed(region: Lab) -> None:
    """The same for ProCurve, with a trunk, since a table of none is empty."""
    switch = next(switch for switch in region.switches.values() if switch.facts.platform == "procurve")
    assert isinstance(switch.personality, Procurve)
    switch.personality.configuration.obey(Context(), "trunk 27-28 trk1 trunk")
    parsed = 0
    for command in SHOW:
        if "<" in command or command in OTHERS or _template("hp_procurve", command) is None:
            continue
        assert parse_output("hp_procurve", command, _answer(switch, command)), command
        parsed += 1
    assert parsed >= 8
    port = min(switch.facts.cables)
    assert parse_output(
        "hp_procurve", f"show lldp info remote-device {port}", _answer(switch, f"show lldp info rem {port}")
    )


# --- what Ansible's cisco.ios asks and types (the collection itself is none of our dependencies)

ASKED = """
show version|show switch virtual|show inventory|dir|show memory statistics|show processes cpu | include CPU utilization
show running-config|show interfaces|show ip interface|show ipv6 interface|show lldp|show lldp neighbors detail|show cdp
show cdp neighbors detail|show access-lists | include access list|show lacp sys-id|show lldp interface
show logging | include Trap|show running-config all | section ^service|show snmp user|show vlan|show privilege
show running-config | include ^ip route .+ |^ipv6 route .+|show running-config | section ^vlan configuration .+
show running-config | section ^ip prefix-list|^ipv6 prefix-list|show startup-config|show archive
show running-config | begin banner login|show archive config rollback timer
""".strip()


def test_what_cisco_ios_asks_is_answered(region: Lab) -> None:
    """``ios_facts`` with all resources, and what each module reads before it writes."""
    for command in re.split(r"\n|(?<! )\|(?! |\^)", ASKED):
        answer = _answer(region.named(CORE), command)
        if command != "show switch virtual":  # facts takes the refusal for what it is: no virtual switch
            assert "% Invalid" not in answer, command
            assert "% Incomplete" not in answer, command


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("vlan 321|name NY|state suspend|no shutdown", "vlan 321\n name NY\n state suspend\n"),
        ("vlan 321|name NY|state suspend|state active", "vlan 321\n name NY\n!"),
        ("username gjest privilege 5|username gjest secret 9 $9$x$y", "username gjest privilege 5 secret 9 $9$x$y\n"),
        ("username gjest nopassword|username gjest privilege 15", "username gjest privilege 15 nopassword\n"),
        ("ip route 10.77.0.0 255.255.0.0 192.168.16.9 200 tag 7 name reserve", "192.168.16.9 200 tag 7 name reserve\n"),
        ("lldp holdtime 120|lldp timer 30|lldp reinit 3", "lldp run\nlldp reinit 3\n"),
        ("logging host 10.9.9.9|logging trap warnings|logging buffered 8192 informational", "logging trap warnings\n"),
        (
            "logging facility local6|logging monitor warnings|logging userinfo|logging exception 8192",
            "logging facility local6\n",
        ),
        ("logging origin-id string et sted", "logging origin-id string et sted\n"),
        ("interface gi1/0/4|switchport trunk pruning vlan 20,30", " switchport trunk pruning vlan 20,30\n"),
        (
            "interface Vlan20|no autostate|ip access-group UT out|ipv6 traffic-filter V6 in",
            " no autostate\n no ip address\n ip access-group UT out\n ipv6 traffic-filter V6 in\n",
        ),
        ("interface gi1/0/4|ip access-group INN in", " ip access-group INN in\n"),
        (
            "ipv6 access-list V6|sequence 10 deny tcp any eq www any eq telnet ack dscp af11"
            "|permit ipv6 any any sequence 20"
            "|sequence 50 deny udp host 2001:db8::1 2001:db8:1::/48 eq 161",
            "ipv6 access-list V6\n deny tcp any eq www any eq telnet ack dscp af11\n permit ipv6 any any\n"
            " sequence 50 deny udp host 2001:DB8::1 2001:DB8:1::/48 eq snmp\n",
        ),
        ("ntp server 10.9.9.9 prefer|ntp source Vlan1", "ntp source Vlan1\nntp server"),
        ("snmp-server community alfa ro 10", "snmp-server community alfa RO 10\n"),
        ("interface gi1/0/4|speed 1000|duplex full|description a b", " speed 1000\n duplex full\n"),
    ],
)
def test_what_cisco_ios_types_is_taken_and_shown(region: Lab, typed: str, shown: str) -> None:
    """The lines of the resource modules, as they send them; what is typed twice is shown as before."""
    switch = region.named("loppa-acc-01")
    switch.personality.load(switch.startup)
    asyncio.run(type_in(switch, ["lldp run", *typed.split("|")]))
    once = switch.personality.text()
    assert shown in once
    asyncio.run(type_in(switch, typed.split("|")))
    assert switch.personality.text() == once


def test_what_cisco_ios_asks_of_what_it_typed(region: Lab) -> None:
    """The priority of link aggregation is shown where the module looks for it, and the names of IPv6's lists."""
    switch = region.named("loppa-acc-01")
    switch.personality.load(switch.startup)
    asyncio.run(type_in(switch, ["lacp system-priority 10", "ipv6 access-list V6", "permit ipv6 any any log"]))
    assert _answer(switch, "show lacp sys-id").startswith("10, ")
    assert "IPv6 access list V6" in _answer(switch, "show access-lists | include access list")
    assert "    permit ipv6 any any log sequence 10\n" in _answer(switch, "show ipv6 access-list V6")


def test_ports_of_a_vlan_are_wrapped_at_the_terminals_width(region: Lab) -> None:
    """Eighty letters a line until ``terminal width`` says otherwise."""
    switch = region.named(CORE)

    async def talk() -> tuple[str, str]:
        shell = switch.personality.shell("kommune", 15)
        narrow = (await shell.line("show vlan all-ports")).text
        await shell.line("terminal width 0")
        return narrow, (await shell.line("show vlan all-ports")).text

    narrow, wide = asyncio.run(talk())
    assert max(map(len, narrow.splitlines())) <= 80 < max(map(len, wide.splitlines()))
    assert "Gi1/0/1, Gi1/0/2, Gi1/0/3\n" in narrow
