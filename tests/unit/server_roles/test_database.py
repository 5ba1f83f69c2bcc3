"""Which servers keep databases, for whom, and who may connect."""

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.server_roles import ServerView
from nornir_tasks.server_roles.database import applies_to, derive_variables, make_database_name


@pytest.fixture(scope="module")
def region() -> Region:
    """The whole region."""
    return load_region()


def look(region: Region, name: str, stage: Stage) -> ServerView:
    """A server while everybody is at a stage."""
    return ServerView(region, region.servers[name], Position(dict.fromkeys(region.municipalities, stage)))


def test_the_centre_s_pair_is_told_the_same(region: Region) -> None:
    """Both members, the first half's first; the journal's database is open to the control nodes alone."""
    first, second = (derive_variables(look(region, name, Stage.SURVEY)) for name in ("centre-db-01", "centre-db-02"))
    assert first == second
    assert [(member["name"], member["address"]) for member in first["database__members"]] == [
        ("centre-db-01", "10.10.1.31"),
        ("centre-db-02", "10.10.129.31"),
    ]
    journal = {"name": "fellesdrift", "clients": ["10.10.1.20/32", "10.10.129.20/32"]}
    assert journal in first["database__databases"]


@pytest.mark.parametrize("stage", [Stage.SURVEY, Stage.PILOT])
def test_both_places_of_an_application_that_moves_reach_both_databases(region: Region, stage: Stage) -> None:
    """The one in the centre, too, where no flow of the owner's begins or ends."""
    for name, old in (("centre-db-01", "10.17.92.32/32"), ("loppa-db-01", None)):
        databases = derive_variables(look(region, name, stage))["database__databases"]
        clients = next(each["clients"] for each in databases if each["name"] == "loppa_school_administration")
        assert "10.10.1.30/32" in clients
        assert old is None or old in clients


@pytest.mark.parametrize(
    ("stage", "clients"),
    [
        (Stage.SURVEY, ["192.168.31.53/32"]),
        (Stage.HARMONISE, ["10.13.92.53/32", "192.168.31.53/32"]),
        (Stage.RETIRE, ["10.13.92.53/32"]),
    ],
)
def test_an_application_connects_from_where_it_answers(region: Region, stage: Stage, clients: list[str]) -> None:
    """From the old address, both, or the new one, as the municipality moves; the server stands alone."""
    told = derive_variables(look(region, "nordkapp-db-02", stage))
    assert [member["name"] for member in told["database__members"]] == ["nordkapp-db-02"]
    assert {"name": "nordkapp_school_administration", "clients": clients} in told["database__databases"]


def test_another_product_s_database_is_not_ours(region: Region) -> None:
    """At tcp/1433 no PostgreSQL listens; and who only runs applications keeps no data."""
    assert not applies_to(look(region, "nordkapp-db-01", Stage.SURVEY))
    assert not applies_to(look(region, "loppa-app-02", Stage.SURVEY))
    assert applies_to(look(region, "nordkapp-db-02", Stage.SURVEY))


def test_a_name_is_one_of_postgresql_s() -> None:
    assert make_database_name("loppa", "case-archive") == "loppa_case_archive"
    assert len(make_database_name("m" * 60, "application")) == 63
