"""Whether a connection stands, and where it ends: layer 2, gateways, routes, and the access lists on the way."""

from ipaddress import IPv4Interface, IPv4Network

import pytest

from lab.device.access_list import AccessList, read_row
from tests.support.small_town import Town, bind, bounce, connect, harmonise, move, town


@pytest.fixture
def moved() -> Town:
    """Both networks, and the PCs of acc-01 in the new one."""
    made = town()
    harmonise(made)
    move(made, "acc-01", 1, 2, 3, 4)
    bounce(made, "acc-01", 1, 2, 3, 4)
    made.wait(5)
    return made


def test_neighbours_and_strangers_in_the_old_network() -> None:
    """In one network straight; a phone's over the gateway; what nobody has a route to ends at the core."""
    made = town()
    pc, phone = made.station("pc"), made.station("phone")
    assert made.ask(pc, "192.168.23.30", "tcp/443") == (True, "app-01 answers")
    assert made.ask(phone, "192.168.23.30", "tcp/443") == (True, "app-01 answers")
    assert made.ask(pc, "10.10.1.11", "udp/53") == (False, "udp/53 to 10.10.1.11: core-01: no route to 10.10.1.11")
    nobody = "tcp/443 to 192.168.16.99: acc-01 Vlan1: nobody answers for 192.168.16.99"
    assert made.ask(pc, "192.168.16.99", "tcp/443") == (False, nobody)
    assert made.ask(pc, "192.168.16.1", "tcp/22") == (True, "core-01 answers")


def test_a_list_stops_on_its_line_and_says_so(moved: Town) -> None:
    """Inbound at the gateway, first match; the switch, the interface, the list and the row are named."""
    pc = moved.station("pc")
    assert moved.ask(pc, "10.17.92.30", "tcp/443")[0]
    bind(moved, "core-01", 110, "permit tcp any any established\npermit tcp any host 10.17.92.30 eq 443\n"
         "deny ip any 10.0.0.0/8\npermit ip any any")  # fmt: skip
    assert moved.ask(pc, "10.17.92.30", "tcp/443")[0]
    row = "tcp/1433 to 10.17.92.31: core-01 Vlan110 in ZONE-in: deny ip any 10.0.0.0/8"
    assert moved.ask(pc, "10.17.92.31", "tcp/1433") == (False, row)
    assert moved.ask(pc, "internet")[0]


def test_what_comes_back_is_filtered_as_well(moved: Town) -> None:
    """Stateless: the servers' own list must let the answer out; ``established`` does, for TCP and nothing else."""
    pc = moved.station("pc")
    bind(moved, "core-01", 190, "permit udp any any eq 53")
    answer, text = moved.ask(pc, "10.17.92.30", "tcp/443")
    assert not answer
    assert text.endswith("the answer: core-01 Vlan190 in ZONE-in: the end of the list (nothing permits it)")
    bind(moved, "core-01", 190, "permit tcp any any established")
    assert moved.ask(pc, "10.17.92.30", "tcp/443")[0]
    assert not moved.ask(pc, "10.17.92.30", "udp/500")[0]
    moved.edit("core-01").ports[11].access = 190  # or it would ask from its old address
    moved.say("core-01")
    assert not moved.ask(moved.find("app-01"), moved.address(pc), "tcp/445")[0]
    bind(moved, "core-01", 190, "permit ip any any")
    assert moved.ask(pc, "10.17.92.30", "udp/500")[0]


def test_outbound_lists_filter_what_is_routed_and_not_what_the_switch_makes(moved: Town) -> None:
    """Both directions of an interface; a switch's own ping passes no list on its way out, and one on its way back."""
    pc, core = moved.station("pc"), moved.switches["core-01"]
    bind(moved, "core-01", 190, "deny ip any any", "out")
    assert "core-01 Vlan190 in ZONE-out" in moved.ask(pc, "10.17.92.30", "tcp/443")[1]
    assert core.ping("10.17.92.30")
    assert not moved.switches["leaf-01"].ping("10.17.92.30")
    bind(moved, "core-01", 190, "permit ip any any", "out")
    bind(moved, "core-01", 190, "permit tcp any any", "in")
    assert not core.ping("10.17.92.30")
    assert moved.switches["leaf-01"].ping("10.10.250.0")


def test_a_list_that_is_not_there_and_one_without_rows_filter_nothing(moved: Town) -> None:
    """As on the equipment."""
    pc = moved.station("pc")
    moved.edit("core-01").svis[110].filter_in = "NOT-THERE"
    moved.say("core-01")
    assert moved.ask(pc, "10.17.92.30", "tcp/443")[0]
    bind(moved, "core-01", 110, "")
    assert moved.ask(pc, "10.17.92.30", "tcp/443")[0]


def test_lists_at_switched_ports_and_vlans(moved: Town) -> None:
    """At the PC's own port, at a trunk on the way, and at a VLAN of the access switch: by port and by line."""
    pc = moved.station("pc")
    deny = AccessList("NO", (read_row("deny tcp any any eq 443"), read_row("permit ip any any")))  # type: ignore[arg-type]
    acc, core = moved.edit("acc-01"), moved.edit("core-01")
    acc.access_lists = core.access_lists = {"NO": deny}
    for meaning, switch, where in ((acc.ports[1], "acc-01", "p1"), (core.ports[1], "core-01", "p1")):
        meaning.filter_in = "NO"
        moved.say(switch)
        text = moved.ask(pc, "10.17.92.30", "tcp/443")[1]
        assert text == f"tcp/443 to 10.17.92.30: {switch} {where} in NO: deny tcp any any eq 443"
        assert moved.ask(pc, "10.17.92.30", "tcp/80")[0]
        meaning.filter_in = None
        moved.say(switch)
    assert moved.ask(pc, "10.17.92.30", "tcp/443")[0]
    acc.vlan_filters = {110: "NO"}
    moved.say("acc-01")
    assert "acc-01 VLAN 110 in NO" in moved.ask(pc, "10.17.92.30", "tcp/443")[1]


@pytest.mark.parametrize("mistake", ["trunk", "mask", "nowhere", "no way back", "half to nowhere", "no routing"])
def test_mistakes_end_where_they_were_made(moved: Town, mistake: str) -> None:
    """A trunk without the VLAN, a wrong mask, routes to nowhere, for all or for half, and no way back."""
    pc, core, leaf = moved.station("pc"), moved.edit("core-01"), moved.edit("leaf-01")
    target, port = "10.10.1.11", "udp/53"
    assert moved.ask(pc, target, port)[0]
    match mistake:
        case "trunk":
            core.ports[1].tagged = frozenset({100})
            ended = "its gateway 10.17.8.1 is not in VLAN 110 at acc-01"
        case "mask":
            leaf.svis[200].address = IPv4Interface("10.10.1.1/29")
            ended = "leaf-01: 10.10.1.11 is led out by way-out, where nobody answers for it"
        case "nowhere":
            core.discarded = [IPv4Network("10.10.1.0/24")]
            ended = "core-01: no route to 10.10.1.11"
        case "no way back":
            leaf.static_routes = [route for route in leaf.static_routes if str(route[0]) != "10.17.0.0/16"]
            ended = f"the answer: leaf-01: {moved.address(pc)} is led out by way-out"
        case "half to nowhere":
            core.discarded = [IPv4Network("10.17.12.0/22")]  # in which the clients' addresses are
            ended = f"the answer: core-01: no route to {moved.address(pc)}"
        case _:
            core.routing = False
            ended = "core-01 does not route"
    moved.say("core-01", "leaf-01")
    reached, text = moved.ask(pc, target, port)
    assert not reached
    assert ended in text


def test_a_destination_is_reached_by_an_exit_that_leads_there(moved: Town) -> None:
    """The internet by the way out; a destination whose exits are others is not, though the packet leaves."""
    pc = moved.station("pc")
    assert moved.ask(pc, "internet") == (True, "way-out answers")
    moved.edit("leaf-01").ports[20].up = False
    moved.say("leaf-01")
    assert not moved.ask(pc, "internet")[0]


def test_a_trace_obeys_lists(moved: Town) -> None:
    """Whoever may not answer is not there: the leaf's way to the servers ends at the core when its list says so."""
    leaf = moved.switches["leaf-01"]
    assert [str(address) for address in leaf.trace("10.17.92.30")] == ["10.10.250.0", "10.17.92.30"]
    bind(moved, "core-01", 190, "deny icmp any any\npermit ip any any")
    assert [str(address) for address in leaf.trace("10.17.92.30")] == ["10.10.250.0"]


def test_two_addresses_of_a_server_each_in_its_vlan() -> None:
    """The old one from the beginning, the new one where its port carries it, and the old one no longer without."""
    made = town()
    pc = made.station("pc")
    assert not made.ask(pc, "10.17.92.30", "tcp/443")[0]
    harmonise(made)
    assert made.ask(pc, "10.17.92.30", "tcp/443")[0]
    assert made.ask(pc, "192.168.23.30", "tcp/443")[0]
    made.edit("core-01").ports[11].access = 190
    made.say("core-01")
    assert not made.ask(pc, "192.168.23.30", "tcp/443")[0]
    assert made.ask(pc, "10.17.92.30", "tcp/443")[0]


def test_a_machine_of_its_own_takes_its_second_address_when_its_port_carries_it() -> None:
    """Tagged beside the old one, as a guest does; and only where the VLAN comes to its port."""
    made = town()
    pc = made.station("pc")
    assert made.ask(pc, "192.168.23.32", "tcp/445")[0]
    assert not made.ask(pc, "10.17.92.32", "tcp/445")[0]
    harmonise(made)
    assert made.ask(pc, "192.168.23.32", "tcp/445")[0]
    assert made.ask(pc, "10.17.92.32", "tcp/445")[0]
    made.edit("core-01").ports[13].access = 190
    made.say("core-01")
    assert not made.ask(pc, "192.168.23.32", "tcp/445")[0]
    assert made.ask(pc, "10.17.92.32", "tcp/445")[0]


def test_connecting_alone_opens_the_way_to_the_centre() -> None:
    """Old addresses are routed as well: no list is bound to the old network's gateways."""
    made = town()
    connect(made)
    assert made.ask(made.station("pc"), "names")[0]
    assert made.switches["core-01"].ping("10.10.1.13")
