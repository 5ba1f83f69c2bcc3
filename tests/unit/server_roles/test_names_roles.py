"""What time servers, resolvers and log servers are told: who asks, what is called what, and whose an address is."""

from functools import cache
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.names import list_names
from nornir_tasks.server_roles import ServerView, derive
from nornir_tasks.server_roles.clients import list_client_networks
from nornir_tasks.server_roles.machines import list_machine_addresses

DOMAIN = "vestfinnmark.example"
CASE_ARCHIVE = f"case-archive.loppa.{DOMAIN}"


@cache
def region() -> Region:
    """The inventory's."""
    return load_region()


def derive_at(name: str, stage: Stage = Stage.LEGACY) -> dict[str, Any]:
    """What a server is told while Loppa is at a stage."""
    return dict(derive(region(), Position({"loppa": stage}), name).variables)


def ask(variables: dict[str, Any], home: str, name: str) -> list[str]:
    """What somebody of a municipality is told of a name, as unbound reads a view: its own first, then what all see."""
    views = {view["municipality"]: view["names"] for view in variables["resolver__views"]}
    for names in (views.get(home, []), variables["resolver__names"]):
        for entry in names:
            if entry["name"] == name:
                return list(entry["addresses"])
    return []


@pytest.mark.parametrize("stage", list(Stage), ids=lambda stage: stage.word)
def test_a_resolver_tells_each_municipality_what_the_model_says(stage: Stage) -> None:
    position = Position({"loppa": stage, "hasvik": Stage.PILOT})
    variables = dict(derive(region(), position, "centre-names-01").variables)
    for home in region().municipalities:
        for name in list_names(region(), home, position):
            assert ask(variables, home, name.name) == [str(each.address) for each in name.addresses], (home, name.name)


def test_a_view_is_there_while_it_makes_a_difference() -> None:
    def homes(stage: Stage) -> set[str]:
        return {view["municipality"] for view in derive_at("centre-names-02", stage)["resolver__views"]}

    assert "loppa" in homes(Stage.LEGACY) & homes(Stage.SETTLE)
    assert "loppa" not in homes(Stage.RETIRE)
    assert ask(derive_at("centre-names-01", Stage.LEGACY), "alta", CASE_ARCHIVE) == []
    assert ask(derive_at("centre-names-01", Stage.PILOT), "alta", CASE_ARCHIVE) == ["10.17.92.30"]
    assert ask(derive_at("centre-names-01", Stage.PILOT), "loppa", CASE_ARCHIVE) == ["192.168.23.30", "10.17.92.30"]


@pytest.mark.parametrize(
    ("stage", "switch", "server"),
    [
        (Stage.SURVEY, "192.168.16.1", "192.168.23.31"),
        (Stage.CONNECT, "10.17.0.1", "192.168.23.31"),
        (Stage.HARMONISE, "10.17.0.1", "10.17.92.31"),
        (Stage.RETIRE, "10.17.0.1", "10.17.92.31"),
    ],
)
def test_machines_are_where_they_are_managed_now(stage: Stage, switch: str, server: str) -> None:
    variables = derive_at("centre-names-01", stage)
    assert ask(variables, "alta", f"loppa-core-01.{DOMAIN}") == [switch]
    assert ask(variables, "alta", f"loppa-app-02.{DOMAIN}") == [server]


def test_every_name_is_one_name_in_its_view() -> None:
    variables = derive_at("centre-names-01", Stage.HARMONISE)
    for names in (variables["resolver__names"], *(view["names"] for view in variables["resolver__views"])):
        spoken = [entry["name"] for entry in names]
        assert len(set(spoken)) == len(spoken)
        assert all(
            name.endswith(f".{DOMAIN}") and entry["addresses"] for name, entry in zip(spoken, names, strict=True)
        )


def test_every_forward_address_of_a_machine_has_its_reverse_name() -> None:
    variables = derive_at("centre-names-01", Stage.PILOT)
    reverse = {entry["address"]: entry["name"] for entry in variables["resolver__reverse_names"]}
    machines = {f"{name}.{DOMAIN}" for name in (*region().devices, *region().servers)}
    for entry in variables["resolver__names"]:
        if entry["name"] in machines:
            assert [reverse[address] for address in entry["addresses"]] == [entry["name"]]
    assert reverse["192.168.23.31"] == reverse["10.17.92.31"] == f"loppa-app-02.{DOMAIN}"


def test_what_moves_is_believed_for_a_short_time_until_retire() -> None:
    def moving(stage: Stage) -> set[str]:
        names = derive_at("centre-names-01", stage)["resolver__names"]
        return {entry["name"] for entry in names if entry["moves"]}

    moved = {f"loppa-core-01.{DOMAIN}", f"loppa-app-02.{DOMAIN}", f"library.loppa.{DOMAIN}"}
    assert moved <= moving(Stage.SETTLE)
    assert not moved & moving(Stage.RETIRE)
    assert f"time.{DOMAIN}" not in moving(Stage.SETTLE)


def test_only_zones_of_the_record_may_ask() -> None:
    """Guests have names, and no time; in the old network a zone is where its VLAN is; the new one is let in ahead."""
    view = ServerView(region(), region().servers["centre-names-01"], Position({"loppa": Stage.CONNECT}))

    def may_ask(service: str, address: str, home: str = "loppa") -> bool:
        return any(IPv4Address(address) in network for network in list_client_networks(view, service)[home])

    guest, school, old_school = "10.17.64.9", "10.17.16.9", "172.17.20.50"
    assert [may_ask("names", address) for address in (guest, school, old_school)] == [True, True, True]
    assert [may_ask("time", address) for address in (guest, school, old_school)] == [False, True, True]
    assert [may_ask("logs", address) for address in (school, "10.17.92.31", "192.168.23.31")] == [False, True, True]
    assert may_ask("time", "10.10.1.20", "operations_centre")
    retired = ServerView(region(), region().servers["centre-names-01"], Position({"loppa": Stage.RETIRE}))
    assert not any(
        network.overlaps(IPv4Network("172.17.0.0/16")) for network in list_client_networks(retired, "names")["loppa"]
    )


def test_an_unknown_service_has_no_clients() -> None:
    view = ServerView(region(), region().servers["centre-names-01"], Position())
    assert list_client_networks(view, "coffee") == {}


@pytest.mark.parametrize(
    ("name", "key", "partner"),
    [
        ("centre-time-01", "time_server__peers", "10.10.129.10"),
        ("centre-time-02", "time_server__peers", "10.10.1.10"),
        ("centre-logs-02", "log_server__partners", "10.10.1.12"),
    ],
)
def test_each_half_knows_the_other(name: str, key: str, partner: str) -> None:
    assert derive_at(name)[key] == [partner]


def test_a_log_is_told_apart_by_every_address_that_a_machine_may_speak_from() -> None:
    """A core's routed links, too: IOS and EOS send from the interface that is on the way."""
    core = region().devices["loppa-core-01"]
    uplinks = {str(port.neighbour.address.ip) for port in core.ports if port.neighbour and port.neighbour.address}
    assert len(uplinks) == 2
    machines = list_machine_addresses(region(), Position({"loppa": Stage.CONNECT}))
    own = {str(address) for address, name in machines.items() if name == "loppa-core-01"}
    assert {"10.17.0.1", "192.168.16.1", "10.17.16.1", str(core.loopback), *uplinks} <= own
    assert derive_at("centre-logs-01")["log_server__hosts"]["192.168.23.31"] == "loppa-app-02"
    assert "192.168.23.31" not in derive_at("centre-logs-01", Stage.RETIRE)["log_server__hosts"]


def test_roles_go_to_those_that_give_the_service_alone() -> None:
    expected = {"time_server": "time", "resolver": "names", "log_server": "logs"}
    for name in ("centre-time-01", "centre-names-02", "centre-logs-01", "centre-control-01", "loppa-app-02"):
        roles = set(derive(region(), Position(), name).roles) & set(expected)
        assert roles == {role for role, service in expected.items() if f"centre-{service}-" in name}, name
