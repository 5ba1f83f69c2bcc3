"""Which servers, users and routers follow from the inventory, and who may open what: pure, without root."""

from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

import pytest

from lab.__main__ import main
from lab.control import process
from lab.region.facts import LabError, RegionFacts, read
from lab.servers import image, needs
from lab.servers.faults import read_words
from lab.servers.lists import Flow, list_flows, render_lists
from lab.servers.outside import render_outside
from lab.servers.stages import UNTOLD
from lab.servers.wiring import Wiring, plan_wiring


@pytest.fixture(scope="module")
def region() -> RegionFacts:
    return read()


@pytest.fixture(scope="module")
def wiring(region: RegionFacts) -> Wiring:
    return plan_wiring(region, ["loppa"])


def test_each_server_stands_behind_its_municipality_or_its_half(wiring: Wiring) -> None:
    """With the address of the standard, and the old one where the inventory has one."""
    where = {name: place.router for name, place in wiring.servers.items()}
    assert where["loppa-app-01"] == "loppa"
    assert (where["centre-time-01"], where["centre-time-02"]) == ("alta-half", "hammerfest-half")
    addresses = [str(port.address) for port in wiring.places["loppa-app-01"].ports]
    assert addresses == ["10.17.92.30", "192.168.23.30"]
    assert [str(port.network.network) for port in wiring.places["loppa-app-01"].ports] == [
        "10.17.92.0/23",
        "192.168.16.0/21",
    ]
    assert [str(port.address) for port in wiring.places["centre-time-01"].ports] == ["10.10.1.10"]


def test_windows_is_named_and_not_started(wiring: Wiring) -> None:
    """A Debian is no stand-in for a domain controller."""
    assert wiring.skipped == dict.fromkeys(["loppa-dc-01", "loppa-dc-02"], "windows2022: not configured by us")
    assert not set(wiring.skipped) & set(wiring.places)


def test_people_sit_where_their_groups_work(region: RegionFacts, wiring: Wiring) -> None:
    """A place a site and zone, with an address of their own in the zone's network and in the old VLAN."""
    groups = [group for group in region.services.groups.values() if group.municipality == "loppa"]
    users = {place.name for place in wiring.places.values() if place.is_user}
    assert users == {f"{site}/{group.zone}" for group in groups for site in group.sites}
    school = wiring.places["hogtun-skole/school"]
    assert [str(port.network.network) for port in school.ports] == ["10.17.16.0/20", "172.17.20.0/23"]


def test_no_two_places_share_an_address_or_an_interface(region: RegionFacts) -> None:
    """In the whole region at once, with the addresses of servers that are not started."""
    wiring = plan_wiring(region, [name for name in region.municipalities if name != "operations_centre"])
    ports = [(place, port) for place in wiring.places.values() for port in place.ports]
    addresses = [port.address for _, port in ports]
    addresses += [region.servers[name].address for name in wiring.skipped]
    assert len(addresses) == len(set(addresses))
    far_ends = [(place.router, port.far_interface) for place, port in ports]
    assert len(far_ends) == len(set(far_ends))
    assert len({port.mac for _, port in ports}) == len(ports)
    interfaces = {port.far_interface for _, port in ports} | {
        name for link in wiring.uplinks for name in link.interfaces
    }
    assert max(map(len, interfaces)) <= 15  # what the kernel has room for
    for one, other in combinations(wiring.routers.values(), 2):
        assert not any(left.overlaps(right) for left in one.reached for right in other.reached), (one.name, other.name)


def test_each_router_knows_two_ways_to_what_is_behind_another(wiring: Wiring) -> None:
    """The straight one is the better one, so that either link may be cut."""
    ways = [route for route in wiring.routers["loppa"].routes if route.destination == IPv4Network("10.10.129.0/24")]
    assert len(ways) == 2
    straight = next(link.interfaces[1] for link in wiring.uplinks if link.routers == ("hammerfest-half", "loppa"))
    assert min(ways, key=lambda route: route.metric).interface == straight
    assert len({route.metric for route in ways}) == 2


def test_an_unknown_municipality_is_refused(region: RegionFacts) -> None:
    """With what there is."""
    with pytest.raises(LabError, match=r"no municipality lopa; expected some of alta, .*loppa"):
        plan_wiring(region, ["loppa", "lopa"])


def allows(flows: list[Flow], source: str, destination: str, port: int) -> bool:
    """Whether a record lets a TCP connection through."""
    return any(
        any(IPv4Address(source) in network for network in flow.sources)
        and any(IPv4Address(destination) in network for network in flow.destinations)
        and any(span.protocol == "tcp" and span.first <= port <= span.last for span in flow.ports)
        for flow in flows
    )


@pytest.mark.parametrize(
    ("source", "destination", "port", "expected"),
    [
        ("10.17.8.5", "10.17.92.30", 443, True),  # an office and the case archive
        ("10.17.8.5", "192.168.23.30", 443, True),  # at its old address, too
        ("10.17.16.5", "10.17.92.30", 8443, False),  # a classroom and the maps
        ("10.17.8.5", "10.17.92.30", 22, False),
        ("10.17.92.30", "10.17.92.23", 1433, True),  # the application and its database
        ("10.17.8.5", "10.17.92.23", 1433, False),
        ("10.10.1.20", "10.17.92.30", 22, True),  # a control node and a server
        ("10.10.1.20", "10.10.129.10", 22, True),  # of the other half
        ("10.17.92.30", "10.10.1.20", 22, False),
        ("10.17.48.5", "10.10.1.11", 53, True),  # wireless and names
        ("10.10.1.31", "10.10.129.31", 5432, True),  # a database and the one of the other half
        ("10.17.92.23", "10.10.1.31", 5432, False),  # and no municipality's own server
        ("10.17.92.23", "10.10.129.32", 22, True),  # a server and its backup
        ("10.17.8.5", "10.10.129.32", 22, False),
        ("10.12.8.5", "10.17.92.31", 443, False),  # another municipality and the patient record
    ],
)
def test_the_records_alone_open_ports(
    region: RegionFacts, source: str, destination: str, port: int, expected: bool
) -> None:
    """And nothing beside them."""
    assert allows(list_flows(region), source, destination, port) is expected


@pytest.mark.parametrize(
    ("source", "destination", "port", "expected"),
    [
        ("10.17.32.5", "198.51.100.10", 443, True),  # the health zone and the health net
        ("10.17.8.5", "198.51.100.10", 5671, False),
        ("10.17.8.5", "192.0.2.80", 443, True),  # an office and the internet
        ("10.17.8.5", "192.0.2.80", 22, False),
        ("10.17.8.5", "10.99.0.1", 443, False),  # which is no private network
        ("10.17.92.31", "198.51.100.10", 5671, True),  # the patient record's host, which needs it
        ("10.17.92.32", "198.51.100.10", 5671, False),
        ("10.10.1.11", "192.0.2.53", 53, True),  # the centre's names, and those of the internet
    ],
)
def test_the_records_alone_open_destinations(
    region: RegionFacts, source: str, destination: str, port: int, expected: bool
) -> None:
    """From zones that may, and from hosts of applications that need them."""
    assert allows(list_flows(region), source, destination, port) is expected


@pytest.mark.parametrize(
    ("stage", "old", "new", "management"),
    [
        ("legacy", True, False, False),
        ("connect", True, False, True),
        ("harmonise", True, True, True),
        ("settle", True, True, True),
        ("retire", False, True, True),
        ("any", True, True, True),
    ],
)
def test_addresses_are_open_at_their_stages(
    region: RegionFacts, stage: str, old: bool, new: bool, management: bool
) -> None:
    """Of the municipality that the lab is told of; another one's are as they were."""
    flows = list_flows(region, UNTOLD.tell("loppa", stage))
    assert allows(flows, "10.10.1.20", "192.168.23.30", 22) is old
    assert allows(flows, "172.17.30.9", "192.168.23.31", 443) is old
    assert allows(flows, "10.17.32.9", "10.17.92.31", 443) is new
    assert allows(flows, "10.17.92.31", "192.168.23.23", 1433) is (old and new)
    assert allows(flows, "10.10.1.20", "10.17.0.11", 22) is management
    assert allows(flows, "10.10.1.20", "10.12.92.31", 22)


def test_a_stage_that_there_is_not_is_refused() -> None:
    """With those that there are; the last one told is the one that counts."""
    with pytest.raises(LabError, match=r"found 'move', expected one of legacy, survey, .*retire, any"):
        UNTOLD.tell("loppa", "move")
    assert UNTOLD.tell("loppa", "retire").tell("loppa", "connect").told == {"loppa": "connect"}
    assert UNTOLD.tell("loppa", "retire").tell("loppa", "any") == UNTOLD


def test_people_sit_in_the_new_zones_from_the_pilot_or_the_cutover_on(region: RegionFacts) -> None:
    """The pilot's site before the others."""
    loppa = region.municipalities["loppa"]
    for stage, pilot, other in (("harmonise", False, False), ("pilot", True, False), ("cutover", True, True)):
        stages = UNTOLD.tell("loppa", stage)
        assert stages.has_moved(loppa, "hogtun-skole") is pilot
        assert stages.has_moved(loppa, "loppa-radhus") is other


def test_each_half_leads_to_the_destinations_of_its_own_exits_and_knows_another_way(wiring: Wiring) -> None:
    """A municipality goes by either half; what no exit leads to is nowhere."""
    assert {(way.name, way.half) for way in wiring.exits} == {
        (f"{half}-{kind}", f"{half}-half") for half in ("alta", "hammerfest") for kind in ("internet", "health")
    }
    for network in (IPv4Network("198.51.100.0/26"), IPv4Network("0.0.0.0/0")):
        for name in ("alta-half", "hammerfest-half", "loppa"):
            ways = [route for route in wiring.routers[name].routes if route.destination == network]
            assert len({route.metric for route in ways}) == len(ways) == 2, (name, network)
            best = min(ways, key=lambda route: route.metric).interface
            assert best.startswith("up" if name == "loppa" else "ex")


def test_the_outside_answers_at_a_destination_s_own_ports_by_its_own_exits(wiring: Wiring) -> None:
    text = render_outside(wiring.exits)
    health = next(way.interface for way in wiring.exits if way.name == "alta-health")
    internet = next(way.interface for way in wiring.exits if way.name == "alta-internet")
    assert f'iifname "{health}" ip daddr 198.51.100.0/26 tcp dport 5671 accept' in text
    assert f'iifname "{internet}" ip daddr 198.51.100.0/26' not in text
    anywhere = next(row for row in text.splitlines() if f'"{internet}" ip daddr !=' in row and "dport 993" in row)
    assert "198.51.100.0/26" in anywhere
    assert "10.0.0.0/8" in anywhere


def test_a_routed_link_is_found_by_its_ends(wiring: Wiring) -> None:
    uplink = wiring.find_uplink("loppa/alta-half")
    assert uplink is not None
    assert uplink.routers == ("alta-half", "loppa")
    assert wiring.find_uplink("alta-half/loppa") is uplink
    assert wiring.find_uplink("alta-half/hammerfest-half") is not None
    assert wiring.find_uplink("loppa/alta") is None


def test_what_no_record_says_is_refused_by_the_rules(region: RegionFacts, wiring: Wiring) -> None:
    """Each row names its record; the last refuses, and the router's policy drops what the last does not fit."""
    text = render_lists(wiring.routers["loppa"], list_flows(region))
    rows = [line.strip() for line in text.splitlines()]
    assert any("application loppa/case_archive" in row and "10.17.92.30/32" in row for row in rows)
    assert not any("masoy/" in row for row in rows)  # of somebody else: it neither begins nor ends here
    assert "policy drop;" in text
    accepting = [row for row in rows if "accept" in row and "ct state" not in row and "ifname" not in row]
    assert accepting
    assert all("saddr" in row and "daddr" in row and ("dport" in row or "echo-request" in row) for row in accepting)
    assert rows[-3].startswith("counter reject")


def test_a_changed_list_is_another_image(tmp_path) -> None:
    """The same one is the same."""
    other = tmp_path / "layers.toml"
    other.write_text(image.LIST.read_text())
    assert image.read_recipe(other).key == image.read_recipe().key
    other.write_text(image.LIST.read_text().replace('"acl"', '"acl", "bc"', 1))
    assert image.read_recipe(other).key != image.read_recipe().key
    assert "bc" in image.read_recipe(other).layers["debian"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("halt", ("halt", "")),
        ("clock", ("clock", "3600")),
        ("clock -60", ("clock", "-60")),
        ("service ssh", ("service", "ssh.service")),
        ("service chrony.socket", ("service", "chrony.socket")),
    ],
)
def test_a_fault_is_read(words: str, expected: tuple[str, str]) -> None:
    assert read_words(words.split()) == expected


@pytest.mark.parametrize("words", ["", "hang", "clock soon", "clock 0", "service", "service a/b", "halt now"])
def test_what_is_no_fault_of_a_server_is_refused(words: str) -> None:
    """With those that there are."""
    with pytest.raises(LabError, match=r"expected of a server halt \| disk-full"):
        read_words(words.split())


def test_what_is_missing_is_told_all_at_once(tmp_path, monkeypatch, capsys) -> None:
    """Root first: nothing else can be tried without."""
    monkeypatch.setattr(needs.os, "geteuid", lambda: 1000)
    monkeypatch.setenv("FELLESDRIFT_LAB_DIR", str(tmp_path))
    assert main(["up", "--servers", "loppa"]) == 1
    assert "real servers cannot be run here; missing:\n  root: " in capsys.readouterr().err
    assert process.holder(tmp_path) is None
    monkeypatch.setattr(needs.os, "geteuid", lambda: 0)
    monkeypatch.setattr(needs.shutil, "which", lambda name, path: None if name in ("nft", "systemd-nspawn") else name)
    line = "nft, systemd-nspawn: apt-get install --no-install-recommends nftables systemd-container"
    assert needs.find_missing("hosts") == [line]
