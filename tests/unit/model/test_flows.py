"""Who may open connections to what: each kind of record, the position's addresses, and whose list it concerns."""

from ipaddress import IPv4Network

import pytest

from nornir_tasks.model import Stage
from nornir_tasks.model.addresses import find_services_network
from nornir_tasks.model.flows import Flow, Party, Record, list_flows, list_server_networks, list_zone_networks
from nornir_tasks.model.services import CommonService, Move, PortRange, UserGroup
from tests.support import model_parts as parts
from tests.support import small_region as small

CASE_ARCHIVE = Record("application", "loppa/case_archive")
OLD, NEW = IPv4Network("192.168.17.30/32"), IPv4Network("10.17.92.30/32")
OLD_SCHOOL, NEW_SCHOOL = IPv4Network("172.17.20.0/23"), IPv4Network("10.17.16.0/20")


def region_with(**own):
    """The small region, and Loppa with records of the test's own."""
    region = small.region()
    return region.model_copy(update={"municipalities": {**region.municipalities, "loppa": small.loppa(**own)}})


def select(flows: list[Flow], record: Record) -> list[tuple[str, str, str]]:
    """The flows of a record. Shape: zone it comes from, zone it goes to, port."""
    return [(flow.source.zone, flow.destination.zone, str(flow.port)) for flow in flows if flow.record == record]


def test_an_application_is_opened_by_its_users_and_opens_its_database() -> None:
    """Users by the zone that their PCs are in, the database from the application's own hosts."""
    flows = list_flows(small.region(), "loppa", Stage.RETIRE)
    assert select(flows, CASE_ARCHIVE) == [
        ("school", "servers", "tcp/443"),
        ("school", "servers", "udp/500-510"),
        ("servers", "servers", "tcp/5432"),
    ]


def test_devices_and_feeds_go_between_a_zone_and_the_hosts() -> None:
    """Out to printers, in from scanners: of this municipality alone."""
    application = small.application(devices={"guest": ("tcp/9100",)}, feeds={"guest": ("tcp/445",)}, database=None)
    flows = list_flows(region_with(applications={"case_archive": application}), "loppa", Stage.RETIRE)
    assert select(flows, CASE_ARCHIVE)[2:] == [("servers", "guest", "tcp/9100"), ("guest", "servers", "tcp/445")]


def test_what_an_application_needs_its_hosts_alone_may_open() -> None:
    """The destination's networks, from the hosts: not from the zone that they are in."""
    application = small.application(needs=("internet",), database=None, ports=("tcp/443",))
    flows = list_flows(region_with(applications={"case_archive": application}), "loppa", Stage.RETIRE)
    outside = [flow for flow in flows if flow.record == CASE_ARCHIVE and not flow.destination.zone]
    assert [flow.source.networks for flow in outside] == [(NEW,)]
    assert [flow.destination.networks for flow in outside] == [(IPv4Network("0.0.0.0/0"),)]


def test_common_services_and_what_they_open() -> None:
    """Time from the zones that may; the control nodes open the equipment, and nobody opens them."""
    flows = list_flows(small.region(), "loppa", Stage.RETIRE)
    assert select(flows, Record("common service", "time")) == [
        ("school", "services", "udp/123"),
        ("operations", "services", "udp/123"),
    ]
    assert select(flows, Record("common service", "control_nodes")) == [("services", "operations", "tcp/22")]


def test_a_service_opens_the_centres_own_servers() -> None:
    """Both halves of its zone, from the hosts alone: it is no business of a municipality's lists."""
    opening = small.STANDARD.common_services["control_nodes"].model_copy(update={"opens": {"services": ("tcp/9094",)}})
    services = {**small.STANDARD.common_services, "control_nodes": opening}
    standard = small.STANDARD.model_copy(update={"common_services": services})
    region = small.region()
    devices = {name: device.model_copy(update={"standard": standard}) for name, device in region.devices.items()}
    changed = region.model_copy(update={"devices": devices})
    record = Record("common service", "control_nodes")
    flows = [flow for flow in list_flows(changed, "operations_centre", Stage.RETIRE) if flow.record == record]
    assert select(flows, record) == [("services", "services", "tcp/9094")]
    centre = region.municipalities["operations_centre"]
    networks = [find_services_network(site, standard) for site in centre.sites.values()]
    assert flows[0].destination.networks == tuple(networks)
    assert select(list_flows(changed, "loppa", Stage.RETIRE), record) == []


def test_a_common_service_of_the_centre_s_own_servers() -> None:
    """They open it, in both halves; it begins and ends at the centre alone."""
    database = CommonService(label="Database", hosts=("time-01",), ports=("tcp/5432",), zones=("services",))
    region = small.region()
    standard = small.STANDARD.model_copy(update={"common_services": {"database": database}})
    devices = {name: device.model_copy(update={"standard": standard}) for name, device in region.devices.items()}
    region = region.model_copy(update={"devices": devices})
    record = Record("common service", "database")
    assert select(list_flows(region, "operations_centre", Stage.RETIRE), record) == [
        ("services", "services", "tcp/5432")
    ]
    assert select(list_flows(region, "loppa", Stage.RETIRE), record) == []


def test_destinations_by_zone() -> None:
    """Each zone that may, towards all networks of the destination."""
    flows = list_flows(small.region(), "loppa", Stage.RETIRE)
    assert select(flows, Record("destination", "internet")) == [("school", "", "tcp/443"), ("guest", "", "tcp/443")]


def test_peers_of_a_zone_reach_one_another_in_every_municipality() -> None:
    """Speech: here within the one that there is, and never from or to the centre."""
    zones = {**small.ZONES, "school": small.ZONES["school"].model_copy(update={"peers": ("udp/16384-32767",)})}
    standard = small.STANDARD.model_copy(update={"zones": zones})
    region = small.region()
    devices = {name: device.model_copy(update={"standard": standard}) for name, device in region.devices.items()}
    flows = list_flows(region.model_copy(update={"devices": devices}), "loppa", Stage.RETIRE)
    assert select(flows, Record("zone", "school")) == [("school", "school", "udp/16384-32767")]


def test_equipment_and_centre_ping_one_another() -> None:
    """The probes rely on it."""
    flows = list_flows(small.region(), "loppa", Stage.CONNECT)
    assert select(flows, Record("management", "probes")) == [
        ("operations", "services", "icmp"),
        ("services", "operations", "icmp"),
    ]


@pytest.mark.parametrize(
    ("stage", "servers", "school"),
    [
        (Stage.LEGACY, (OLD,), (OLD_SCHOOL,)),
        (Stage.CONNECT, (OLD,), (OLD_SCHOOL,)),
        (Stage.HARMONISE, (NEW, OLD), (NEW_SCHOOL, OLD_SCHOOL)),
        (Stage.SETTLE, (NEW, OLD), (NEW_SCHOOL, OLD_SCHOOL)),
        (Stage.RETIRE, (NEW,), (NEW_SCHOOL,)),
    ],
)
def test_old_and_new_addresses_by_stage(stage, servers, school) -> None:
    """Until harmonise the old ones, until retire both, then the new ones alone."""
    region = small.region()
    assert list_server_networks(region.servers["app-01"], stage) == servers
    assert tuple(list_zone_networks(region.municipalities["loppa"], small.STANDARD, "school", stage)) == school
    (flow,) = (
        f
        for f in list_flows(region, "loppa", stage)
        if f.record == CASE_ARCHIVE and f.port == PortRange.parse("tcp/443")
    )
    assert flow.source == Party("loppa", "school", school)
    assert flow.destination == Party("loppa", "servers", servers)


def test_a_server_without_a_legacy_address_has_its_own_at_every_stage() -> None:
    """The centre's, and those that came with the standard."""
    server = small.server("new-01", "10.17.92.40/23", "servers")
    assert list_server_networks(server, Stage.LEGACY) == (IPv4Network("10.17.92.40/32"),)


def test_another_municipality_is_named_by_the_standard_whatever_its_stage() -> None:
    """Its users of our application: our list must not change when they move."""
    hasvik = small.loppa(
        name="hasvik",
        prefix=IPv4Network("10.16.0.0/16"),
        user_groups={"office": UserGroup(label="Office", zone="school", sites={"school": 3})},
        applications={},
    )
    application = small.application(users=("pupils", "hasvik/office"), database=None, ports=("tcp/443",))
    region = region_with(applications={"case_archive": application})
    region = region.model_copy(update={"municipalities": {**region.municipalities, "hasvik": hasvik}})
    flows = [flow for flow in list_flows(region, "loppa", Stage.CONNECT) if flow.record == CASE_ARCHIVE]
    foreign = Party("hasvik", "school", (IPv4Network("10.16.16.0/20"),))
    assert [flow.source for flow in flows] == [Party("loppa", "school", (OLD_SCHOOL,)), foreign]


def test_where_an_application_moves_to_is_opened_beside_where_it_is() -> None:
    """Both places, before and after: nobody waits for a list on the night."""
    application = small.application(move=Move(wave=1, to=("db-01",)), database=None, ports=("tcp/443",))
    flows = list_flows(region_with(applications={"case_archive": application}), "loppa", Stage.RETIRE)
    new = IPv4Network("10.17.92.31/32")
    users, *between = [flow for flow in flows if flow.record == CASE_ARCHIVE]
    assert users.destination.networks == (NEW, new)
    # Records are fetched there or back, and who asks at the other place is led on.
    assert [(flow.source.networks, flow.destination.networks, str(flow.port)) for flow in between] == [
        ((NEW,), (new,), "tcp/443"),
        ((new,), (NEW,), "tcp/443"),
    ]


def test_a_database_that_moves_is_opened_at_both_places() -> None:
    """By the hosts of before and after."""
    application = small.application(move=Move(wave=1, to=("time-01",), database=("time-01",)))
    flows = list_flows(region_with(applications={"case_archive": application}), "loppa", Stage.RETIRE)
    ends = {flow.destination.municipality for flow in flows if str(flow.port) == "tcp/5432"}
    assert ends == {"loppa", "operations_centre"}


def test_the_centre_sees_what_ends_at_it_and_nothing_else() -> None:
    """No application of a municipality, no destination of its zones."""
    flows = list_flows(small.region(), parts.centre().name, Stage.RETIRE)
    assert {flow.record.kind for flow in flows} == {"common service", "management"}
    assert all("operations_centre" in (flow.source.municipality, flow.destination.municipality) for flow in flows)


def test_a_flow_is_listed_once() -> None:
    """Two groups in one zone are one source."""
    groups = {name: UserGroup(label=name, zone="school", sites={"school": 3}) for name in ("pupils", "teachers")}
    application = small.application(users=tuple(groups), database=None, ports=("tcp/443",))
    flows = list_flows(
        region_with(applications={"case_archive": application}, user_groups=groups), "loppa", Stage.RETIRE
    )
    assert select(flows, CASE_ARCHIVE) == [("school", "servers", "tcp/443")]
