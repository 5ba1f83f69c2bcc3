"""What the role application_host is told of Loppa's applications, at the old place and the new, before and after."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.server_roles import ServerView, application_host

ROOT = Path(__file__).parents[3]
OLD, NEW = "loppa-app-03", "centre-app-01"


@cache
def region() -> Region:
    """The inventory's, as production would name it."""
    return load_region([ROOT / "inventory"])


def describe(host: str, stage: Stage) -> dict[str, dict[str, Any]]:
    """The applications of a host at a stage of Loppa, by name."""
    view = ServerView(region(), region().servers[host], Position({"loppa": stage}))
    records = application_host.derive_variables(view)["application_host__applications"]
    return {record["name"]: record for record in records}


@pytest.mark.parametrize(
    ("stage", "old", "new"), [(Stage.HARMONISE, "serve", "forward"), (Stage.PILOT, "forward", "serve")]
)
def test_one_of_two_places_begins_as_the_one_that_serves(stage: Stage, old: str, new: str) -> None:
    """By whether the wave has come; from then on the hosts themselves know."""
    name = "loppa-school-administration"
    assert (describe(OLD, stage)[name]["mode"], describe(NEW, stage)[name]["mode"]) == (old, new)


def test_each_place_knows_the_other_one_and_both_call_each_database_alike() -> None:
    """The text of a connection is the order of locks: it has to be the same at both places."""
    name = "loppa-school-administration"
    old, new = (describe(host, Stage.HARMONISE)[name] for host in (OLD, NEW))
    assert (old["there"], new["there"]) == (
        {"hosts": [NEW], "addresses": ["10.10.1.30"]},
        {"hosts": [OLD], "addresses": ["10.17.92.32"]},
    )
    assert (old["database"]["here"], old["database"]["there"]) == (new["database"]["there"], new["database"]["here"])
    assert old["database"]["here"].startswith("host=10.17.92.23 port=5432 dbname=loppa_school_administration ")
    assert old["database"]["there"].startswith("host=10.10.1.31,10.10.129.31 port=5432 ")
    assert old["server_name"] == "school-administration.loppa.vestfinnmark.example"


def test_from_retire_on_one_place_is_gone_and_the_other_one_has_no_other() -> None:
    """The one that goes still knows where its records went: it has to see that they are served."""
    name = "loppa-school-administration"
    old, new = (describe(host, Stage.RETIRE)[name] for host in (OLD, NEW))
    assert (old["mode"], old["there"]["hosts"], bool(old["database"]["there"])) == ("gone", [NEW], True)
    assert (new["mode"], new["there"]["hosts"], new["database"]["there"]) == ("serve", [], "")
    assert new["database"]["here"].startswith("host=10.10.1.31,10.10.129.31 ")


@pytest.mark.parametrize(
    ("stage", "address"),
    [(Stage.CONNECT, "192.168.23.23"), (Stage.HARMONISE, "10.17.92.23"), (Stage.SETTLE, "10.17.92.23")],
)
def test_a_database_is_asked_at_an_address_that_is_there(stage: Stage, address: str) -> None:
    """Before harmonise a municipality's database server answers at its old address alone."""
    name = "loppa-school-administration"
    old, new = (describe(host, stage)[name]["database"] for host in (OLD, NEW))
    assert old["here"].startswith(f"host={address} port=5432 ")
    assert new["there"] == old["here"]


def test_what_stays_has_no_other_place() -> None:
    """Mail has no database either."""
    mail = describe(OLD, Stage.RETIRE)["loppa-mail"]
    assert mail["there"] == {"hosts": [], "addresses": []}
    assert (mail["mode"], mail["database"]["here"], mail["database"]["there"]) == ("serve", "", "")


def test_a_server_without_applications_gets_no_role() -> None:
    """Nor does a database's: its data is the role database's."""
    for host in ("loppa-db-01", "centre-time-01"):
        assert not application_host.applies_to(ServerView(region(), region().servers[host], Position()))


def test_no_two_accounts_are_one_and_none_is_too_long() -> None:
    """Of all applications of the region."""
    names = [
        application_host.make_name(owner.name, key)
        for owner in region().municipalities.values()
        for key in owner.applications
    ]
    accounts = [application_host.make_account(name) for name in names]
    assert len(set(accounts)) == len(names)
    assert max(map(len, accounts)) <= application_host.LONGEST_ACCOUNT
    assert application_host.make_account("x" * 40) != application_host.make_account("x" * 41)
