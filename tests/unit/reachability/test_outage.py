"""What an outage takes from whom, on the real region at retire: who is named is counted in the records by hand."""

import random
from collections.abc import Iterable
from functools import cache

import pytest

from nornir_tasks.config.render import render
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.reachability.bridging import PortEnd
from nornir_tasks.reachability.outage import NO_LINK, NO_POWER, CutOff, Outage, OutageProof

HOMES = ("loppa", "hasvik", "operations_centre")
SILENT = "does not answer"
CORE, UPLINKS = "loppa-core-01", ("GigabitEthernet1/0/23", "GigabitEthernet1/0/24")
DIRECTORY = "directory"  # the one application that everybody in Loppa uses


@cache
def region() -> Region:
    """The inventory's."""
    return load_region()


@pytest.fixture(scope="module")
def proof() -> OutageProof:
    """Everything as the standard says."""
    position = Position(dict.fromkeys(HOMES[:2], Stage.RETIRE))
    devices = (device for name in HOMES for device in region().of(name))
    texts = {device.name: render(device, position, region()) for device in devices}
    return OutageProof(region(), position, texts)


def power(*switches: str) -> Outage:
    """Switches without power."""
    return Outage(switches=dict.fromkeys(switches, NO_POWER))


def servers(*names: str) -> Outage:
    """Servers that do not answer."""
    return Outage(servers=dict.fromkeys(names, SILENT))


def cable(*ends: PortEnd) -> Outage:
    """Cables without a link."""
    return Outage(cables=dict.fromkeys(ends, NO_LINK))


def count(cuts: Iterable[CutOff], application: str = DIRECTORY) -> dict[tuple[str, str], int]:
    """By site and group, how many lose an application."""
    return {(cut.site, cut.group): cut.people for cut in cuts if cut.application == application}


def list_people(home: str) -> dict[tuple[str, str], int]:
    """By site and group, how many there are."""
    groups = region().municipalities[home].user_groups
    return {(site, name): people for name, group in groups.items() for site, people in group.sites.items()}


def test_of_nothing_nobody_is_cut_off(proof: OutageProof) -> None:
    assert proof.municipalities == ("hasvik", "loppa")
    assert proof.find_cut_off(Outage()) == []


@pytest.mark.parametrize("port", UPLINKS)
def test_one_of_two_lines_cuts_nobody_off(proof: OutageProof, port: str) -> None:
    assert proof.find_cut_off(cable(PortEnd(CORE, port))) == []


def test_without_both_lines_everybody_loses_everything_and_the_port_is_named(proof: OutageProof) -> None:
    """Also what runs in Loppa itself: nobody finds its name."""
    cuts = proof.find_cut_off(cable(*(PortEnd(CORE, port) for port in UPLINKS)))
    assert {cut.home for cut in cuts} == {"loppa"}
    assert count(cuts) == list_people("loppa")
    assert all(f"{CORE} {UPLINKS[0]} has no link" in cut.cause for cut in cuts)
    assert cuts[0].people == max(cut.people for cut in cuts)


def test_a_cable_is_out_by_either_end(proof: OutageProof) -> None:
    ends = (PortEnd("alta-leaf-01", "Ethernet7"), PortEnd("hammerfest-leaf-01", "Ethernet7"))
    assert all(region().devices[end.device].port(7).name == end.port for end in ends)
    near = proof.find_cut_off(cable(*(PortEnd(CORE, port) for port in UPLINKS)))
    far = proof.find_cut_off(cable(*ends))
    assert {(cut.site, cut.group, cut.application) for cut in far} == {
        (cut.site, cut.group, cut.application) for cut in near
    }


def test_without_the_core_everybody_is_cut_off(proof: OutageProof) -> None:
    cuts = proof.find_cut_off(power(CORE))
    assert count(cuts) == list_people("loppa")
    assert all("loppa-core-01 has no power" in cut.cause for cut in cuts)


def test_without_a_schools_switch_those_on_the_one_behind_it_lose_theirs_too(proof: OutageProof) -> None:
    assert count(proof.find_cut_off(power("loppa-acc-03"))) == {
        key: people for key, people in list_people("loppa").items() if key[0] == "hogtun-skole"
    }


def test_of_two_switches_at_a_site_people_are_shared_by_their_ports(proof: OutageProof) -> None:
    """Thirty ports of the first and sixteen of the second are for the administration."""
    second = count(proof.find_cut_off(power("loppa-acc-02")))
    assert second == {
        ("loppa-radhus", "office"): 11,
        ("loppa-radhus", "technical"): 2,
        ("loppa-radhus", "librarians"): 1,
    }
    assert count(proof.find_cut_off(power("loppa-acc-01"))) == {
        ("loppa-radhus", group): list_people("loppa")["loppa-radhus", group] for _, group in second
    }


def test_without_its_data_an_application_is_of_no_use(proof: OutageProof) -> None:
    cuts = proof.find_cut_off(servers("loppa-db-01"))
    assert {cut.application for cut in cuts} == {"case_archive", "patient_record", "maps"}
    assert {cut.cause for cut in cuts} == {"loppa-db-01 does not answer"}


def test_a_hypervisor_takes_along_what_runs_on_it(proof: OutageProof) -> None:
    cuts = proof.find_cut_off(servers("loppa-hv-02"))
    assert {cut.application for cut in cuts} == {"library", "mail", "building_automation", "council"}
    assert {cut.cause for cut in cuts if cut.application == "library"} == {
        "loppa-app-04 runs on loppa-hv-02, which does not answer"
    }


def test_of_two_controllers_either_will_do(proof: OutageProof) -> None:
    assert proof.find_cut_off(servers("loppa-dc-01")) == []
    both = proof.find_cut_off(servers("loppa-dc-01", "loppa-dc-02"))
    assert {cut.application for cut in both} == {DIRECTORY}


def test_names_are_a_service_of_both_halves(proof: OutageProof) -> None:
    assert proof.find_cut_off(servers("centre-names-01")) == []
    cuts = proof.find_cut_off(servers("centre-names-01", "centre-names-02"))
    assert count(cuts) == list_people("loppa") | {
        key: people for key, people in list_people("hasvik").items() if key in count(cuts)
    }
    assert {cut.cause for cut in cuts} == {"no names: centre-names-01 does not answer"}


def test_without_a_half_of_the_centre_only_what_has_one_place_is_lost(proof: OutageProof) -> None:
    """Loppa's school administration has moved to Alta's half."""
    switches = [device.name for device in region().of("operations_centre")]
    for half, lost in (("alta", {"school_administration"}), ("hammerfest", set[str]())):
        gone = power(*(name for name in switches if name.startswith(half)))
        assert {cut.application for cut in proof.find_cut_off(gone)} == lost


def test_only_those_are_asked_who_are_named(proof: OutageProof) -> None:
    gone = servers("centre-names-01", "centre-names-02")
    assert {cut.home for cut in proof.find_cut_off(gone, ["hasvik"])} == {"hasvik"}


@pytest.mark.parametrize("seed", range(12))
def test_more_that_is_out_never_gives_anybody_anything_back(proof: OutageProof, seed: int) -> None:
    chance = random.Random(seed)
    switches = [device.name for name in HOMES for device in region().of(name)]
    hosts = [name for name, server in region().servers.items() if server.municipality in HOMES]
    ends = [PortEnd(name, port.name) for name in switches for port in region().devices[name].ports if port.neighbour]
    first = Outage(
        dict.fromkeys(chance.sample(switches, 2), NO_POWER),
        dict.fromkeys(chance.sample(ends, 2), NO_LINK),
        dict.fromkeys(chance.sample(hosts, 2), SILENT),
    )
    second = Outage(
        {**first.switches, chance.choice(switches): NO_POWER},
        {**first.cables, chance.choice(ends): NO_LINK},
        {**first.servers, chance.choice(hosts): SILENT},
    )
    less, more = (
        {(c.home, c.group, c.site, c.application): c.people for c in proof.find_cut_off(each)}
        for each in (first, second)
    )
    assert all(more.get(key, 0) >= people for key, people in less.items())
