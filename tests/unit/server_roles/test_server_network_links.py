"""Which interface has which address: by what is declared, by what stands there, and never by a guess."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

FILE = Path(__file__).parents[3] / "roles/server_network/filter_plugins/server_network.py"
NEW = {"address": "10.17.92.31/23", "gateway": "10.17.92.1", "table": 100}
OLD = {"address": "192.168.23.31/21", "gateway": "192.168.16.1", "table": 101}


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("server_network_filters", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


find_links = load().find_links


def describe(name: str, mac: str, *addresses: tuple[str, str], kind: str = "ether") -> dict[str, Any]:
    """An interface as Ansible's facts have it."""
    records = [{"address": address, "netmask": netmask} for address, netmask in addresses]
    more = {"ipv4": records[0], "ipv4_secondaries": records[1:]} if records else {}
    return {"device": name, "macaddress": mac, "type": kind, **more}


def gather(*interfaces: dict[str, Any]) -> dict[str, Any]:
    """Facts with these interfaces, and the loopback."""
    loopback = describe("lo", "", ("127.0.0.1", "255.0.0.0"), kind="loopback")
    everything = (loopback, *interfaces)
    return {
        "interfaces": [each["device"] for each in everything],
        **{each["device"].replace("-", "_"): each for each in everything},
    }


def place(*found: Any) -> dict[str, list[str]]:
    """Interface to the addresses on it."""
    return {link["name"]: [record["host"] for record in link["addresses"]] for link in found}


ETH_NEW = describe("eth0", "02:00:00:00:00:01", ("10.17.92.31", "255.255.254.0"))
ETH_OLD = describe("eth1", "02:00:00:00:00:02", ("192.168.23.31", "255.255.248.0"))
ETH_BARE = describe("eth2", "02:00:00:00:00:03")


def test_an_address_stays_where_it_is() -> None:
    """The first one is the way out."""
    links = find_links([NEW, OLD], gather(ETH_OLD, ETH_NEW, ETH_BARE), {})
    assert place(*links) == {"eth0": ["10.17.92.31"], "eth1": ["192.168.23.31"]}
    assert [record["is_first"] for link in links for record in link["addresses"]] == [True, False]
    assert [link["mac"] for link in links] == ["02:00:00:00:00:01", "02:00:00:00:00:02"]


def test_another_address_of_the_network_says_where() -> None:
    """A server that is re-addressed within its network."""
    near = describe("ens-3", "02:00:00:00:00:04", ("10.17.92.99", "255.255.254.0"))
    assert place(*find_links([NEW, OLD], gather(near, ETH_OLD), {})) == {
        "ens-3": ["10.17.92.31"],
        "eth1": ["192.168.23.31"],
    }


def test_on_one_interface_both_addresses_stand() -> None:
    links = find_links([NEW, OLD], gather(ETH_OLD), {})
    assert place(*links) == {"eth1": ["10.17.92.31", "192.168.23.31"]}


@pytest.mark.parametrize("declared", ["02:00:00:00:00:03", "eth2", "02:00:00:00:00:03".upper()])
def test_what_is_declared_goes_first(declared: str) -> None:
    """By the MAC address or the name."""
    links = find_links([NEW], gather(ETH_NEW, ETH_BARE), {"10.17.92.31": declared})
    assert place(*links) == {"eth2": ["10.17.92.31"]}


def test_which_of_several_is_not_guessed() -> None:
    """What there is is listed, and what to set."""
    with pytest.raises(AnsibleFilterError) as refused:
        find_links([NEW, OLD], gather(ETH_OLD, ETH_BARE), {})
    text = str(refused.value)
    assert "eth1 (02:00:00:00:00:02): 192.168.23.31/21; eth2 (02:00:00:00:00:03): no address" in text
    assert "server_network__interfaces: {10.17.92.31: MAC address}" in text
    with pytest.raises(AnsibleFilterError, match="expected an interface 02:00:00:00:00:09"):
        find_links([NEW], gather(ETH_NEW), {"10.17.92.31": "02:00:00:00:00:09"})


def test_an_interface_that_is_left_without_an_address_has_a_file_that_says_so() -> None:
    """By the address that goes, or by the file that the role has written."""
    facts = gather(ETH_NEW, ETH_OLD)
    assert place(*find_links([NEW], facts, {}, ["192.168.23.31"])) == {"eth0": ["10.17.92.31"], "eth1": []}
    assert place(*find_links([NEW], gather(ETH_NEW, ETH_BARE), {}, [], ["eth2", "gone"])) == {
        "eth0": ["10.17.92.31"],
        "eth2": [],
    }
    assert place(*find_links([NEW], facts, {})) == {"eth0": ["10.17.92.31"]}


def test_a_bond_is_known_by_its_name() -> None:
    """Its members have the same MAC address."""
    bond = describe("bond0", "02:00:00:00:00:01", ("10.17.92.31", "255.255.254.0"), kind="bonding")
    assert [link["mac"] for link in find_links([NEW], gather(bond), {})] == [""]


@pytest.mark.parametrize(
    ("address", "gateway"),
    [("10.17.92.31", "10.17.92.1"), ("10.17.92.31/23", "10.17.8.1"), ("10.17.92.300/23", "10.17.92.1"), ("ten", "")],
)
def test_an_address_that_is_none_is_told_with_its_place(address: str, gateway: str) -> None:
    record = {"address": address, "gateway": gateway, "table": 100}
    with pytest.raises(AnsibleFilterError, match=r"server_network__addresses\[0\]: "):
        find_links([record], gather(ETH_NEW), {})
