"""The region as built from the real inventory: what must be true of every device, and some values by hand."""

from ipaddress import IPv4Address, IPv4Interface

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Region


@pytest.fixture(scope="module")
def region():
    return load_region()


def cables(region):
    for device in region.devices.values():
        for port in device.ports:
            if port.neighbour:
                yield device, port, port.neighbour


def test_every_cable_has_two_ends(region):
    found = list(cables(region))
    assert len(found) == 2 * (137 + 14 + 10)  # a trunk for each access switch, two uplinks a core, the centre's own
    for device, port, far in found:
        back = region.devices[far.device].port(far.port)
        assert back.name == far.port_name
        assert (back.neighbour.device, back.neighbour.port, back.neighbour.port_name) == (
            device.name,
            port.number,
            port.name,
        )
        assert (back.neighbour.address, back.neighbour.peer_address) == (far.peer_address, far.address)


def test_a_port_is_for_a_cable_or_for_somebody(region):
    for device in region.devices.values():
        assert len(device.ports) == device.switch_model.ports
        assert not [port.name for port in device.ports if port.profile and port.neighbour]


def test_routed_links_have_a_31_each_and_trunks_none(region):
    links = [(port.neighbour, device) for device, port, _ in cables(region)]
    routed = [far for far, _ in links if far.kind == "routed"]
    assert len({far.address for far in routed}) == len(routed) == 2 * (14 + 10)
    assert all(far.address.network == far.peer_address.network for far in routed)
    assert all(far.address is None for far, _ in links if far.kind == "trunk")


def test_loppas_uplinks(region):
    core, leaf = region.devices["loppa-core-01"], region.devices["alta-leaf-01"]
    assert core.port(23).neighbour.address == IPv4Interface("10.10.250.69/31")
    assert leaf.port(7).neighbour.address == IPv4Interface("10.10.250.68/31")
    assert core.port(24).neighbour.address == IPv4Interface("10.10.250.71/31")


def test_both_ends_of_a_trunk_carry_the_same_zones(region):
    for device, port, far in cables(region):
        if far.kind == "trunk":
            assert device.trunk_zones[port.number] == region.devices[far.device].trunk_zones[far.port]
            assert set(device.trunk_zones[port.number]) <= set(device.zones)


def test_zones_come_in_the_order_of_the_standard(region):
    for device in region.devices.values():
        order = list(device.standard.zones)
        assert list(device.zones) == sorted(device.zones, key=order.index)


def test_the_core_is_the_gateway_of_its_zones(region):
    for device in region.devices.values():
        if device.role == "core":
            assert tuple(device.gateways) == device.zones
            assert device.gateways["operations"].ip == device.address.ip
            assert device.gateway is None
            assert {one.gateway for one in region.of(device.municipality)} == {None, device.address.ip}


def test_the_first_leaf_of_each_half_is_the_gateway_of_the_services(region):
    gateways = {name: device.gateways for name, device in region.devices.items() if device.role in ("leaf", "spine")}
    assert {name: mine["services"] for name, mine in gateways.items() if mine} == {
        "alta-leaf-01": IPv4Interface("10.10.1.1/24"),
        "hammerfest-leaf-01": IPv4Interface("10.10.129.1/24"),
    }


def test_what_routes_has_a_loopback_of_its_own(region):
    loopbacks = {name: device.loopback for name, device in region.devices.items() if device.role != "access"}
    assert len(set(loopbacks.values())) == 15
    assert loopbacks["loppa-core-01"] == IPv4Address("10.17.255.1")
    assert loopbacks["hammerfest-spine-02"] == IPv4Address("10.10.255.24")
    assert {device.loopback for device in region.devices.values() if device.role == "access"} == {None}


def test_the_legacy_switches_names_differ(region):
    for name in region.municipalities:
        names = [device.legacy_name for device in region.of(name) if device.legacy_name]
        assert len(names) == len(set(names))
    assert region.devices["loppa-acc-01"].legacy_name == "SW-loppa-radhus-access01"
    assert str(region.devices["loppa-acc-01"].legacy_address) == "192.168.16.11/21"


def test_a_server_stands_where_its_address_or_its_cable_says(region):
    for server in region.servers.values():
        switch = (server.attached or region.servers.get(server.runs_on, server).attached).split(":")[0]
        assert server.site == region.devices[switch].site
    assert region.servers["centre-time-02"].site == "hammerfest-half"
    assert region.servers["loppa-dc-01"].groups == ("domain_controllers",)


def test_json_and_back(region):
    assert Region.model_validate_json(region.model_dump_json()) == region
