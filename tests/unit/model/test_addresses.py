"""Addresses that follow from others."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from nornir_tasks.model import Link
from nornir_tasks.model.addresses import (
    find_gateway_address,
    find_site,
    find_uplink_index,
    find_uplink_pair,
    find_zone_network,
)
from tests.support import small_region as small


@pytest.mark.parametrize(
    ("start", "block", "network"),
    [
        ("10.17.0.0/16", "0.0/21", "10.17.0.0/21"),
        ("10.17.0.0/16", "64.0/20", "10.17.64.0/20"),
        ("10.10.128.0/24", "1.0/24", "10.10.129.0/24"),
    ],
)
def test_zone(start, block, network):
    assert find_zone_network(IPv4Network(start), block) == IPv4Network(network)


@pytest.mark.parametrize("block", ["8.1/21", "300.0/21", "255.0/15"])
def test_zone_that_is_none(block):
    with pytest.raises(ValueError, match=r".+"):
        find_zone_network(IPv4Network("10.17.0.0/16"), block)


def test_first():
    assert str(find_gateway_address(IPv4Network("10.17.64.0/20"))) == "10.17.64.1/20"


def test_uplink_of_a_municipality_never_moves():
    link = Link(a="loppa-core-01:5", b="alta-leaf-01:1", kind="routed")
    numbers = [
        find_uplink_index(link, small.loppa(), half, ["alta-half", "hammerfest-half"])
        for half in ("alta-half", "hammerfest-half", "elsewhere", None)
    ]
    assert numbers == [34, 35, None, None]
    assert find_uplink_index(link.model_copy(update={"index": 201}), small.loppa(), "alta-half", []) == 201


def test_pair():
    low, high = find_uplink_pair(IPv4Network("10.10.250.0/23"), 200)
    assert (str(low), str(high)) == ("10.10.251.144/31", "10.10.251.145/31")


def test_site_of_an_address():
    home = small.loppa()
    assert find_site(home, small.STANDARD, IPv4Address("10.17.0.9"), False) == "town-hall"
    assert find_site(home, small.STANDARD, IPv4Address("10.17.1.9"), False) is None
    assert find_site(home, small.STANDARD, IPv4Address("10.17.1.9"), True) == "town-hall"
