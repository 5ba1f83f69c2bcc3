"""Who loses the way to the centre when switches stop: on a region to see through, and on the real one."""

import time

import pytest

from nornir_tasks.core.text import count_noun
from nornir_tasks.model import Endpoint, Region, Server
from nornir_tasks.reachability.blast_radius import count_clients, find_blast_radius
from tests.support import migration_plans as plans
from tests.support import small_region as small


def around(**servers: dict[str, str]) -> Region:
    """The small region with servers."""
    found = {
        name: Server.model_validate(
            {
                "name": name,
                "municipality": "loppa",
                "site": "town-hall",
                "address": "10.17.1.10/24",
                "zone": "operations",
                "endpoint": HERE,
                **more,
            }
        )
        for name, more in servers.items()
    }
    return small.region().model_copy(update={"servers": found})


HERE = Endpoint(host="127.0.0.1")


@pytest.mark.parametrize(
    ("stopped", "switches", "sites", "count"),
    [
        (["loppa-acc-02"], ["loppa-acc-02"], ["Nursery"], 5),
        (["loppa-acc-01"], ["loppa-acc-01", "loppa-acc-02"], ["School", "Nursery"], 35),
        (["loppa-core-01"], ["loppa-acc-01", "loppa-acc-02", "loppa-core-01"], ["Town hall", "School", "Nursery"], 75),
        (["alta-leaf-01"], ["alta-leaf-01"], ["Half"], 0),  # the other leaf is still there
        ([], [], [], 0),
    ],
)
def test_who_is_behind(stopped: list[str], switches: list[str], sites: list[str], count: int) -> None:
    """A switch, those that hang on it, and their sites and clients."""
    found = find_blast_radius(small.region(), stopped)
    assert (list(found.switches), list(found.sites), found.clients) == (switches, sites, count)


def test_both_leaves_cut_off_everybody() -> None:
    """One way is enough; none is not."""
    region = small.region()
    assert len(find_blast_radius(region, ["alta-leaf-01", "hammerfest-leaf-01"]).switches) == len(region.devices)


def test_a_ring_has_a_second_way() -> None:
    """With a cable from the far switch to the core, the one in the middle takes nobody with it."""
    region = small.region()
    ends = {"loppa-acc-02": (5, "loppa-core-01", 4), "loppa-core-01": (4, "loppa-acc-02", 5)}
    devices = dict(region.devices)
    for name, (number, far, far_number) in ends.items():
        ports = list(devices[name].ports)
        ports[number - 1] = small.port(number, neighbour=small.cable(far, far_number))
        devices[name] = devices[name].model_copy(update={"ports": tuple(ports)})
    ring = region.model_copy(update={"devices": devices})
    assert find_blast_radius(ring, ["loppa-acc-01"]).switches == ("loppa-acc-01",)
    assert find_blast_radius(ring, ["loppa-acc-01", "loppa-core-01"]).switches == (
        "loppa-acc-01",
        "loppa-acc-02",
        "loppa-core-01",
    )


def test_servers_go_with_the_switch_they_hang_on() -> None:
    """Themselves, or through the hypervisor they run on; one without a cable goes with nobody."""
    region = around(
        hypervisor={"attached": "loppa-acc-02:2"},
        virtual={"runs_on": "hypervisor"},
        nested={"runs_on": "virtual"},
        other={"attached": "loppa-core-01:3"},
        loose={},
    )
    assert find_blast_radius(region, ["loppa-acc-02"]).servers == ("hypervisor", "nested", "virtual")
    assert find_blast_radius(region, ["loppa-core-01"]).servers == ("hypervisor", "nested", "other", "virtual")


def test_a_switch_that_nobody_has() -> None:
    """It is named."""
    with pytest.raises(KeyError, match="loppa-acc-99"):
        find_blast_radius(small.region(), ["loppa-acc-99"])


def test_the_clients_of_a_site_are_spread_by_its_ports() -> None:
    """On 30 and 16 ports for clients 40 clients are 26 and 14; the core beside them has no such ports."""
    found = count_clients(plans.region(), [("loppa", "loppa-radhus")])
    assert found == {"loppa-core-01": 0, "loppa-acc-01": 26, "loppa-acc-02": 14}


def test_no_client_is_lost_or_counted_twice() -> None:
    """The switches of a site together have as many as the site."""
    region = plans.region()
    for home in region.municipalities.values():
        for name, site in home.sites.items():
            assert sum(count_clients(region, [(home.name, name)]).values()) == site.clients


def test_a_site_without_ports_for_clients_spreads_them_evenly() -> None:
    """Somebody is there all the same."""
    region = small.region()
    bare = region.devices["loppa-acc-02"].model_copy(update={"ports": (small.port(1),)})
    assert count_clients(region.model_copy(update={"devices": {"x": bare}}), [("loppa", "nursery")]) == {
        "loppa-acc-02": 5
    }


MUNICIPALITIES = ["alta", "hammerfest", "nordkapp", "masoy", "kvalsund", "hasvik", "loppa"]


@pytest.mark.parametrize("name", MUNICIPALITIES)
def test_a_core_carries_its_whole_municipality(name: str) -> None:
    """Every switch, site, client and server of it, and nobody else's."""
    region = plans.region()
    home = region.municipalities[name]
    found = find_blast_radius(region, [f"{name}-core-01"])
    assert found.switches == tuple(sorted(device.name for device in region.of(name)))
    assert sorted(found.sites) == sorted(site.name for site in home.sites.values())
    assert found.clients == sum(site.clients for site in home.sites.values())
    assert found.servers == tuple(sorted(one.name for one in region.servers.values() if one.municipality == name))


@pytest.mark.parametrize("name", MUNICIPALITIES)
def test_a_switch_that_nothing_hangs_on_carries_itself(name: str) -> None:
    """Of each municipality, all of them."""
    region = plans.region()
    far = [one for one in region.of(name) if sum(bool(port.neighbour) for port in one.ports) == 1]
    assert far
    for device in far:
        found = find_blast_radius(region, [device.name])
        assert (found.switches, found.sites) == ((device.name,), (region.site(device).name,))


def test_either_half_of_the_centre_is_enough() -> None:
    """One leaf takes its own servers with it, and no municipality."""
    found = find_blast_radius(plans.region(), ["alta-leaf-01"])
    assert (found.switches, found.clients, len(found.servers)) == (("alta-leaf-01",), 0, 8)


def test_the_whole_region() -> None:
    """All of it is 152 switches, 57 sites and 205 servers."""
    region = plans.region()
    found = find_blast_radius(region, region.devices)
    assert str(found) == "152 switches, 57 sites, 3500 clients, 205 servers"


def test_it_is_fast() -> None:
    """Once for every switch of the region in about a second: a summary asks for each group."""
    region = plans.region()
    began = time.process_time()
    for name in region.devices:
        find_blast_radius(region, [name])
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("count", "words"),
    [((1, "switch", "es"), "1 switch"), ((2, "switch", "es"), "2 switches"), ((0, "site"), "0 sites")],
)
def test_one_and_many(count: tuple[int, str, str], words: str) -> None:
    """As people count."""
    assert count_noun(*count) == words


def test_what_there_is_none_of_is_not_told() -> None:
    """No "0 servers"."""
    assert str(find_blast_radius(small.region(), ["loppa-acc-02"])) == "1 switch, 1 site, 5 clients"
