"""What an application is called leads to where it is now: all municipalities, every stage, and between two switches."""

from functools import cache

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.names import ServiceName, has_moved, list_names
from nornir_tasks.model.services import Move

HOMES = ("alta", "hammerfest", "nordkapp", "masoy", "kvalsund", "hasvik", "loppa")


@cache
def region() -> Region:
    """The inventory's."""
    return load_region()


def names(home: str, position: Position, found: Region | None = None) -> dict[str, ServiceName]:
    """The names of a municipality, by their records."""
    return {name.record.name: name for name in list_names(found or region(), home, position)}


@pytest.mark.parametrize("stage", list(Stage), ids=lambda stage: stage.word)
@pytest.mark.parametrize("home", HOMES)
def test_every_application_has_an_address_of_its_hosts(home: str, stage: Stage) -> None:
    """The old one until harmonise, both until retire, the new one from then on; services those of the centre."""
    listed = names(home, Position({home: stage}))
    municipality = region().municipalities[home]
    assert {f"{home}/{key}" for key in municipality.applications} <= set(listed)
    assert len({name.name for name in listed.values()}) == len(listed)
    for key, application in municipality.applications.items():
        servers = [region().servers[host] for host in application.hosts]
        old, new = {server.legacy_address for server in servers}, {server.address.ip for server in servers}
        addresses = {each.address for each in listed[f"{home}/{key}"].addresses}
        expected = old if stage < Stage.HARMONISE else new if stage == Stage.RETIRE else old | new
        if application.move.to and has_moved(region(), municipality, application, Position({home: stage})):
            expected = {region().servers[host].address.ip for host in application.move.to}
        assert addresses == expected, key
        assert {each.address for each in listed[f"{home}/{key}"].addresses if each.is_old} == addresses & old
    for key, service in region().of(home)[0].standard.common_services.items():
        assert {each.host for each in listed[key].addresses} == set(service.hosts)
        assert not any(each.is_old for each in listed[key].addresses)


@pytest.mark.parametrize("home", HOMES)
def test_the_first_address_changes_with_the_wave_of_the_application(home: str) -> None:
    """Each once, and never back."""
    stages = [Stage.HARMONISE, Stage.PILOT, Stage.CUTOVER]
    for key, application in region().municipalities[home].applications.items():
        first = [names(home, Position({home: stage}))[f"{home}/{key}"].addresses[0].is_old for stage in stages]
        assert first == [True, application.move.wave != "pilot", False], key


def test_between_two_switches_the_last_one_of_the_sites_decides() -> None:
    """The patient record moves with the health centre, whose only switch is loppa-acc-05."""
    before = Position({"loppa": Stage.PILOT})
    assert names("loppa", before)["loppa/patient_record"].addresses[0].is_old
    other = names("loppa", before.moved("loppa", Stage.CUTOVER, "loppa-acc-06"))
    assert other["loppa/patient_record"].addresses[0].is_old
    own = names("loppa", before.moved("loppa", Stage.CUTOVER, "loppa-acc-05"))
    assert not own["loppa/patient_record"].addresses[0].is_old
    assert own["loppa/case_archive"].addresses[0].is_old
    late = Position({"loppa": Stage.CUTOVER}, {"loppa-acc-08": Stage.PILOT})
    home = region().municipalities["loppa"]
    application = home.applications["case_archive"].model_copy(update={"move": Move(wave=2)})
    assert not has_moved(region(), home, application, late)
    assert has_moved(region(), home, application, Position({"loppa": Stage.CUTOVER}))


def test_a_server_answers_by_the_stage_of_the_switch_that_it_hangs_on() -> None:
    """Its hypervisor hangs on the core; another switch that is further changes nothing."""
    core = Position({"loppa": Stage.CONNECT}, {"loppa-core-01": Stage.HARMONISE})
    assert len(names("loppa", core)["loppa/maps"].addresses) == 2
    other = Position({"loppa": Stage.CONNECT}, {"loppa-acc-01": Stage.HARMONISE})
    assert len(names("loppa", other)["loppa/maps"].addresses) == 1


def test_what_is_shared_leads_others_to_the_new_address_alone() -> None:
    """Nothing leads from Loppa to Alta's old network, whose addresses may be Loppa's own as well."""
    for stage in Stage:
        addresses = names("loppa", Position({"alta": stage}))["alta/economy"].addresses
        assert not any(each.is_old for each in addresses)
        assert bool(addresses) is (stage >= Stage.HARMONISE)
    assert "alta/patient_record" not in names("loppa", Position())


def test_an_application_that_moves_to_other_servers_is_called_there_once_its_wave_has_come() -> None:
    """Until then its name leads to its own hosts, from then on to the others."""
    home = region().municipalities["loppa"]
    moved = home.applications["council"].model_copy(update={"move": Move(wave="pilot", to=("loppa-app-04",))})
    changed = home.model_copy(update={"applications": {**home.applications, "council": moved}})
    found = region().model_copy(update={"municipalities": {**region().municipalities, "loppa": changed}})
    for stage, host in ((Stage.HARMONISE, "loppa-app-03"), (Stage.PILOT, "loppa-app-04")):
        name = names("loppa", Position({"loppa": stage}), found)["loppa/council"]
        assert {each.host for each in name.addresses} == {host}


def test_names_are_names_of_dns() -> None:
    """Underscores are none of it; the owner's name stands before the domain."""
    listed = names("loppa", Position())
    assert listed["loppa/case_archive"].name == "case-archive.loppa.vestfinnmark.example"
    assert listed["alta/economy"].name == "economy.alta.vestfinnmark.example"
    assert listed["help_desk"].name == "help-desk.vestfinnmark.example"
    assert names(CENTRE, Position())["time"].name == "time.vestfinnmark.example"
