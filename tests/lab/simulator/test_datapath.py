"""Who reaches whom, on switches that are nothing but their meaning."""

import asyncio
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import pytest

from lab.device.meaning import PortMeaning, SviMeaning
from lab.network.datapath import Fabric
from tests.support.fake_switches import changed, fabric, now, region


@pytest.fixture
def made() -> Fabric:
    """core-01 - acc-01 - acc-02, and core-01 - acc-03; 12 PCs."""
    return fabric(region())


def with_gateway(made: Fabric, switch: str) -> set[str]:
    """The PCs and phones of a switch that reach their gateway."""
    mine = [station.name for station in made.stations if station.switch == switch and station.kind in ("pc", "phone")]
    return {name for name in mine if made.reach(name)["gateway"]}


def clients(made: Fabric, switch: str) -> int:
    """How many PCs and phones a switch has."""
    return sum(station.switch == switch and station.kind in ("pc", "phone") for station in made.stations)


def test_everybody_has_a_gateway_and_clients_are_spread(made: Fabric) -> None:
    for name in ("acc-01", "acc-02", "acc-03"):
        assert len(with_gateway(made, name)) == clients(made, name) >= 4
    assert sum(station.kind == "pc" for station in made.stations) == 12


def test_stations_are_always_the_same() -> None:
    first, second = (fabric(region()).stations for _ in range(2))
    assert [vars(one) for one in first] == [vars(one) for one in second]
    assert len({station.mac for station in first}) == len(first)


def test_a_vlan_taken_off_a_trunk_cuts_what_is_behind_it(made: Fabric) -> None:
    now(made, "acc-01").ports[7].tagged = frozenset({140, 170})
    changed(made, "acc-01")
    assert {made.reach(name)["vlan"] for name in with_gateway(made, "acc-02")} == {140}
    assert len(with_gateway(made, "acc-01")) == clients(made, "acc-01")


def set_fault(made: Fabric, name: str, *words: str) -> None:
    """Set a fault of a switch, and let the fabric follow."""

    async def work() -> None:
        made.switches[name].fault(list(words))
        made.settle()

    asyncio.run(work())


def test_a_port_without_light_cuts_what_is_behind_it_and_is_a_topology_change(made: Fabric) -> None:
    switch = made.switches["acc-01"]
    before = {name: other.topology.count for name, other in made.switches.items()}
    set_fault(made, "acc-01", "no-light", switch.port_names[6])
    assert not switch.oper(7)
    assert with_gateway(made, "acc-02") == set()
    assert len(with_gateway(made, "acc-01")) == clients(made, "acc-01")
    after = {name: other.topology.count for name, other in made.switches.items()}
    assert after == {name: count + 1 for name, count in before.items()}
    set_fault(made, "acc-01", "clear")
    assert len(with_gateway(made, "acc-02")) == clients(made, "acc-02")


def test_a_link_that_goes_changes_at_both_ends_and_no_other_does(made: Fabric) -> None:
    here, there = made.switches["acc-01"], made.switches["core-01"]
    assert here.link_changes == there.link_changes == {}
    set_fault(made, "acc-01", "no-light", here.port_names[7])
    assert (set(here.link_changes), set(there.link_changes)) == ({8}, {1})
    assert here.link_age(8) < here.link_age(7) <= here.uptime
    first = here.link_changes[8]
    set_fault(made, "acc-01", "clear")
    assert here.link_changes[8] > first


@pytest.mark.parametrize(
    ("here", "there", "passes"),
    [
        (PortMeaning(access=110), PortMeaning(access=110), True),
        (PortMeaning(access=110), PortMeaning(access=1, tagged=frozenset({110})), False),
        (PortMeaning(access=None, tagged=None), PortMeaning(access=1, tagged=frozenset({110})), True),
        (PortMeaning(access=110, tagged=None), PortMeaning(access=140, tagged=None), False),
        (PortMeaning(tagged=None, up=False), PortMeaning(tagged=None), False),
        (PortMeaning(tagged=None, routed=True), PortMeaning(tagged=None), False),
    ],
)
def test_a_vlan_passes_where_both_ends_treat_it_alike(
    made: Fabric, here: PortMeaning, there: PortMeaning, passes: bool
) -> None:
    now(made, "core-01").ports[1] = here
    now(made, "acc-01").ports[8] = there
    changed(made, "core-01")
    changed(made, "acc-01")
    core, cable = made.switches["core-01"], made.switches["core-01"].facts.cables[1]
    assert (110 in made.bridging.carried(core, 1, cable)) is passes


def test_a_vlan_that_does_not_exist_is_not_forwarded(made: Fabric) -> None:
    del now(made, "acc-01").vlans[110]
    changed(made, "acc-01")
    assert {made.reach(name)["vlan"] for name in with_gateway(made, "acc-02")} == {140}


@pytest.mark.parametrize("how", ["svi down", "no address", "no routing"])
def test_a_gateway_is_an_address_that_is_up_and_routes(made: Fabric, how: str) -> None:
    core = now(made, "core-01")
    if how == "svi down":
        core.svis[110].up = False
    elif how == "no address":
        core.svis[110].address = None
    else:
        core.routing = False
    changed(made, "core-01")
    vlans = {made.reach(name)["vlan"] for name in with_gateway(made, "acc-03")}
    assert vlans == (set() if how == "no routing" else {140})


def test_the_record_keeps_the_longest_outage_and_the_total(made: Fabric) -> None:
    clock = [100.0]
    made.record._clock = lambda: clock[0]
    made.record.reset()
    for seconds in (2.0, 7.0, 1.0):
        now(made, "core-01").svis[110].up = False
        changed(made, "core-01")
        clock[0] += seconds
        now(made, "core-01").svis[110].up = True
        changed(made, "core-01")
        clock[0] += 100
    town = made.record.report()["municipalities"]["town"]
    assert town["longest"] == 7.0
    assert town["affected"] == 12
    assert town["total"] == 12 * 10.0
    assert town["without_now"] == 0
    assert town["worst"][0]["count"] == 3
    made.record.reset()
    assert made.record.report()["municipalities"]["town"]["affected"] == 0


def test_an_outage_that_goes_on_counts_until_now(made: Fabric) -> None:
    clock = [5.0]
    made.record._clock = lambda: clock[0]
    made.record.reset()
    now(made, "acc-03").ports[8].up = False
    changed(made, "acc-03")
    clock[0] += 3
    town = made.record.report(["town"])["municipalities"]["town"]
    assert (town["longest"], town["without_now"]) == (3.0, clients(made, "acc-03"))
    made.record.reset()
    clock[0] += 1
    assert made.record.report()["municipalities"]["town"]["longest"] == 1.0


def test_macs_are_heard_on_every_switch_that_the_vlan_leads_to(made: Fabric) -> None:
    station = next(one for one in made.stations if one.switch == "acc-02" and one.kind == "pc")
    ports = {
        name: next((mac.port for mac in made.macs(switch) if mac.mac == station.mac), None)
        for name, switch in made.switches.items()
    }
    assert ports == {"core-01": 1, "acc-01": 7, "acc-02": station.port, "acc-03": 8}
    now(made, "acc-01").ports[7].tagged = frozenset({140})
    changed(made, "acc-01")
    assert station.mac not in {mac.mac for mac in made.macs(made.switches["core-01"])}


def test_links_and_lldp(made: Fabric) -> None:
    core = made.switches["core-01"]
    assert [(heard.port, heard.hostname, heard.port_name) for heard in core.neighbours()] == [
        (1, "acc-01", "p8"),
        (2, "acc-03", "p8"),
    ]
    now(made, "acc-01").lldp = False
    changed(made, "acc-01")
    assert [heard.hostname for heard in core.neighbours()] == ["acc-03"]
    assert made.switches["acc-01"].neighbours() == []
    now(made, "acc-03").ports[8].up = False
    changed(made, "acc-03")
    assert core.oper(1)
    assert not core.oper(2)
    assert not core.oper(20)


def test_an_access_switch_is_managed_over_the_vlan_of_its_address(made: Fabric) -> None:
    assert all(switch.reachable for switch in made.switches.values())
    now(made, "acc-01").ports[7].tagged = frozenset({110, 140})
    changed(made, "acc-01")
    reachable = {name: switch.reachable for name, switch in made.switches.items()}
    assert reachable == {"core-01": True, "acc-01": True, "acc-02": False, "acc-03": True}
    now(made, "core-01").svis.clear()
    changed(made, "core-01")
    assert not made.switches["core-01"].reachable


def test_ping_needs_a_way_there_and_back(made: Fabric) -> None:
    access = made.switches["acc-02"]
    assert access.ping("10.17.24.1")
    assert access.ping("10.17.8.1")  # through its default gateway, another VLAN's address of the core
    assert not access.ping("10.17.24.99")
    assert made.switches["core-01"].ping("10.17.24.13")  # acc-03's own
    assert not made.switches["core-01"].ping("10.17.24.200")
    now(made, "acc-02").default_gateway = None
    changed(made, "acc-02")
    assert not access.ping("10.17.8.1")
    assert access.ping("10.17.24.1")


def test_arp_of_the_gateway_names_the_stations(made: Fabric) -> None:
    core = made.switches["core-01"]
    found = core.arp()
    assert len({entry.address for entry in found}) == len(found) == len(made.stations)
    assert all(core.ping(entry.address) for entry in found)
    assert {entry.vlan for entry in made.switches["acc-01"].arp()} == {170}


def _routed(made: Fabric) -> None:
    """Turn the row core-01 - acc-01 - acc-02 into three routers; acc-02 has a network behind it."""
    links = [("core-01", 1, "10.0.0.0/31"), ("acc-01", 8, "10.0.0.1/31")]
    links += [("acc-01", 7, "10.0.0.2/31"), ("acc-02", 8, "10.0.0.3/31")]
    for name, port, address in links:
        meaning = now(made, name)
        meaning.ports[port] = PortMeaning(routed=True, address=IPv4Interface(address))
        meaning.routing = True
        meaning.ospf_networks = [IPv4Network("10.0.0.0/8")]
        meaning.ospf_active_ports |= {port}
    now(made, "acc-02").svis[110] = SviMeaning(address=IPv4Interface("10.99.0.1/24"))
    now(made, "acc-02").loopbacks = [IPv4Interface("10.255.0.2/32")]
    for name in ("core-01", "acc-01", "acc-02"):
        changed(made, name)


def test_ospf_carries_routes_over_two_hops(made: Fabric) -> None:
    _routed(made)
    core = made.switches["core-01"]
    assert core.ping("10.99.0.1")
    assert core.ping("10.255.0.2")
    neighbour = made.switches["acc-01"].adjacencies()
    assert [(one.port, one.router, str(one.address)) for one in neighbour] == [
        (7, "acc-02", "10.0.0.3"),
        (8, "core-01", "10.0.0.0"),
    ]
    assert neighbour[0].router_id == "10.255.0.2"


def test_what_ospf_learned_is_shown_as_it_forwards(made: Fabric) -> None:
    """Each network beyond the attached ones, by the way that a packet takes, and how far it is."""
    _routed(made)
    core = made.switches["core-01"]
    assert [(str(route.network), str(route.via), route.port, route.hops) for route in core.learned()] == [
        ("10.0.0.2/31", "10.0.0.1", 1, 1),
        ("10.99.0.0/24", "10.0.0.1", 1, 2),
        ("10.255.0.2/32", "10.0.0.1", 1, 2),
    ]
    now(made, "core-01").routing = False
    changed(made, "core-01")
    assert core.learned() == []


def test_a_switch_has_the_same_address_on_every_neighbour(made: Fabric) -> None:
    """What LLDP tells of a far end is what that switch says of itself."""
    core = made.switches["core-01"]
    for port, cable in core.facts.cables.items():
        assert core.far_mac(port) == made.switches[cable.switch].mac if cable.switch in made.switches else True
    assert core.far_mac(99) == ""


@pytest.mark.parametrize("how", ["passive", "other subnet", "not in a network", "link down", "no return"])
def test_ospf_needs_both_ends(made: Fabric, how: str) -> None:
    _routed(made)
    meaning = now(made, "acc-02")
    match how:
        case "passive":
            meaning.ospf_active_ports = frozenset()
        case "other subnet":
            meaning.ports[8] = replace(meaning.ports[8], address=IPv4Interface("10.0.0.5/31"))
        case "not in a network":
            meaning.ospf_networks = [IPv4Network("10.99.0.0/24")]
        case "link down":
            meaning.ports[8].up = False
        case "no return":
            now(made, "core-01").ospf_networks = []
            changed(made, "core-01")
    changed(made, "acc-02")
    assert not made.switches["core-01"].ping("10.99.0.1")


def test_static_routes_have_a_next_hop_that_is_there(made: Fabric) -> None:
    _routed(made)
    for name in ("core-01", "acc-01", "acc-02"):
        now(made, name).ospf_networks = []
    now(made, "core-01").static_routes = [(IPv4Network("10.99.0.0/24"), IPv4Address("10.0.0.1"))]
    now(made, "acc-01").static_routes = [(IPv4Network("10.99.0.0/24"), IPv4Address("10.0.0.3"))]
    for name in ("core-01", "acc-01", "acc-02"):
        changed(made, name)
    core = made.switches["core-01"]
    assert not core.ping("10.99.0.1")
    now(made, "acc-02").static_routes = [(IPv4Network("0.0.0.0/0"), IPv4Address("10.0.0.2"))]
    changed(made, "acc-02")
    assert core.ping("10.99.0.1")


def test_a_vlan_that_no_port_carries_has_its_interface_down(made: Fabric) -> None:
    """An SVI is up while a port that is up carries its VLAN; then its address answers, and is in the routes."""
    now(made, "core-01").vlans[999] = "EMPTY"
    now(made, "core-01").svis[999] = SviMeaning(address=IPv4Interface("10.250.0.1/24"))
    changed(made, "core-01")
    assert not made.switches["acc-02"].ping("10.250.0.1")
    now(made, "core-01").ports[2].tagged = frozenset({110, 140, 170, 999})
    changed(made, "core-01")
    assert made.switches["acc-02"].ping("10.250.0.1")


def test_no_address_is_learned_outside_its_subnet(made: Fabric) -> None:
    """A client whose address is outside the interface's network is not learned: neither it nor the switch's own."""
    core = now(made, "core-01")
    for prefix in ("10.17.8.1/29", "10.17.8.0/31", "10.17.8.1/24", "10.17.12.1/26", "10.17.12.16/21"):
        core.svis[110].address = IPv4Interface(prefix)
        changed(made, "core-01")
        rows = [entry for entry in made.switches["core-01"].arp() if entry.vlan == 110]
        assert all(entry.address in core.svis[110].address.network for entry in rows)
        assert core.svis[110].address.ip not in {entry.address for entry in rows}
        assert bool(rows) == prefix.startswith("10.17.12.")


def test_what_a_router_tells_ospf_of_other_sources(made: Fabric) -> None:
    """Static and connected networks that are redistributed, and the default route where there is one, or always."""
    _routed(made)
    far = now(made, "acc-02")
    hop = IPv4Address("10.99.0.9")
    far.static_routes = [(IPv4Network("172.20.5.0/24"), hop), (IPv4Network("172.21.0.0/16"), hop)]
    far.svis[140] = SviMeaning(address=IPv4Interface("192.168.7.1/24"))
    core = made.switches["core-01"]

    def told(**external: bool) -> set[str]:
        far.ospf_external = external
        changed(made, "acc-02")
        return {str(row.network) for row in core.learned() if row.metric is not None}

    assert told() == set()
    assert told(static=False) == {"172.21.0.0/16"}
    assert told(static=True) == {"172.20.5.0/24", "172.21.0.0/16"}
    assert "192.168.7.0/24" in told(connected=True)
    assert core.ping("192.168.7.1")
    assert told(default=False) == set()
    assert not core.ping("192.168.7.1")
    assert told(default=True) == {"0.0.0.0/0"}
    assert core.ping("192.168.7.1")


def test_a_trace_names_each_router_on_the_way(made: Fabric) -> None:
    """One address a hop, a router's being that of the link; where nobody answers the list ends early."""
    _routed(made)
    core = made.switches["core-01"]
    assert [str(address) for address in core.trace("10.99.0.1")] == ["10.0.0.1", "10.0.0.3"]
    assert [str(address) for address in core.trace("10.0.0.1")] == ["10.0.0.1"]
    assert core.trace("10.123.0.1") == []


@pytest.mark.benchmark
def test_one_changed_line_is_cheap() -> None:
    """Alta's size: 58 switches, 1,600 PCs. A line on one switch costs under 3 ms."""
    import time

    made = fabric(region(57, 1600, 52))
    spent = []
    for turn in range(20):
        now(made, "acc-05").ports[3].access = 110 if turn % 2 else 170
        begun = time.perf_counter()
        changed(made, "acc-05")
        spent.append(time.perf_counter() - begun)
    assert sorted(spent)[10] < 0.003
