"""What the servers' action plugin asks: who is ours, variables, and the way in; no server is contacted here."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.actions import servers
from nornir_tasks.devices.address_guard import GuardError
from nornir_tasks.inventory.load import find_default_sources
from nornir_tasks.model import Position, Region
from nornir_tasks.server_roles import ROLES, ServerRoles, derive

SOURCES = [str(source) for source in find_default_sources()]
KEYS = {"baseline__automation_keys": ["ssh-ed25519 AAAA lab"]}
WAY = servers.Way("", "22", "root", "/keys/root", "-o UserKnownHostsFile=/x")


@pytest.fixture(autouse=True)
def _baseline_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What further roles require is their own tests' matter."""

    def derive_baseline(region: Region, position: Position, name: str) -> ServerRoles:
        variables = derive(region, position, name).variables
        return ServerRoles(("baseline",), {key: variables[key] for key in variables if key.startswith("baseline__")})

    monkeypatch.setattr(servers, "derive", derive_baseline)


def prepare(host: str, variables: dict[str, Any]) -> dict[str, Any]:
    return servers.prepare(SOURCES, host, variables, variables.__getitem__, "")


class Logins:
    """In the place of ssh: each account's exit code and words, and the commands that were given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **answers: tuple[int, str]) -> None:
        self.commands: list[Sequence[str]] = []
        self.answers = answers
        monkeypatch.setattr(servers, "try_login", self.run)

    def run(self, command: Sequence[str]) -> tuple[int, str]:
        self.commands.append(command)
        return self.answers[command[command.index("-l") + 1]]


def test_each_role_of_the_table_has_a_folder_with_its_variables() -> None:
    assert set(ROLES) <= set(servers.load_specs())


def test_those_who_are_not_ours_are_named_with_the_reason() -> None:
    hosts = ["loppa-app-01", "loppa-app-02", "loppa-dc-01", "loppa-dc-02", "loppa-hv-01"]
    assert servers.name_others(SOURCES, hosts, ["loppa-app-01", "loppa-app-02"])["fellesdrift"] == [
        "1 of 5 servers are ours and in the group managed_servers",
        "not configured by us: loppa-app-01 (Nordlys telefoni runs it)",
        "not configured by us: loppa-hv-01 (a hypervisor (proxmox))",
        "not configured by us: loppa-dc-01, loppa-dc-02 "
        "(windows2022: Windows servers are watched and moved, not configured by us)",
    ]
    assert "add_host" not in prepare("loppa-app-01", {})


def test_roles_become_groups_and_what_the_inventory_sets_itself_stays() -> None:
    told = prepare("loppa-app-02", {**KEYS, "baseline__update_day": "sun"})["add_host"]
    assert "role_baseline" in told["groups"]
    assert told["host_vars"]["baseline__time_servers"] == ["10.10.1.10", "10.10.129.10"]
    assert not {"baseline__update_day", "baseline__automation_keys"} & told["host_vars"].keys()


def test_what_an_earlier_play_has_derived_is_derived_anew() -> None:
    """A stage asks before its switches change and again afterwards; what the inventory sets stays in both."""
    first = prepare("loppa-app-02", {**KEYS, "baseline__update_day": "sun"})["add_host"]["host_vars"]
    stale = {**first, "baseline__time_servers": ["192.0.2.1"], "baseline__update_day": "sun"}
    second = prepare("loppa-app-02", {**KEYS, **stale})["add_host"]["host_vars"]
    assert second == first


def test_what_roles_of_this_run_have_registered_is_no_variable_of_theirs() -> None:
    """A stage asks again after its servers' roles, before its applications move; a slip of before is still one."""
    registered = {"baseline__settings": {"changed": True}}
    began = {servers.BEGUN: {"run": "1", "roles": [], "names": ["baseline__administrators", "baseline__tpyo"]}}
    first = prepare("loppa-app-02", KEYS)["add_host"]["host_vars"]
    variables = {**KEYS, **first, **registered, **began}
    names = servers.list_names(variables)
    assert "baseline__settings" not in names
    assert "failed" not in prepare("loppa-app-02", {name: variables[name] for name in names} | KEYS)
    assert servers.list_names({**variables, "baseline__tpyo": 1}).count("baseline__tpyo") == 1
    assert servers.list_names({**KEYS, **registered}) == [*KEYS, *registered]


def test_servers_that_roles_go_to_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those on which something is set up for the host, and those that are looked from; never the host itself."""
    monkeypatch.setattr(servers, "derive", derive)  # of all roles
    given = {"centre-db-01": {"database__secret": "x" * 64}, "centre-logs-01": {}}
    told = {
        host: prepare(host, {**KEYS, "backup__secret": "x" * 64, **more})["add_host"]["host_vars"]
        for host, more in given.items()
    }
    assert told["centre-db-01"]["servers_to_set_up_on"] == ["centre-backup-02", "centre-db-02"]
    assert told["centre-logs-01"]["servers_to_set_up_on"] == ["centre-backup-02"]
    assert {"centre-logs-02", "centre-control-01"} <= set(told["centre-logs-01"]["servers_to_look_from"])


def test_a_server_that_others_go_to_and_that_is_dark_stops_nobody_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    Logins(monkeypatch, drift=(255, "ssh: connect to host 127.17.92.31 port 22: Connection timed out"))
    told = servers.find_way_to(SOURCES, "loppa-app-02", WAY)
    assert not {"failed", "unreachable", "add_host"} & told.keys()
    assert "found no way in at 127.17.92.31" in told["msg"]
    Logins(monkeypatch, drift=(0, ""))
    assert servers.find_way_to(SOURCES, "loppa-app-02", WAY)["add_host"]["host_vars"]["ansible_user"] == "drift"


def test_a_bad_variable_fails_with_host_role_and_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "read_layers", lambda sources, host: {host: Layers()})
    told = prepare("loppa-app-02", {**KEYS, "baseline__update_day": "sn", "baseline__journal_mb": "300"})
    assert told["failed"]
    assert told["fellesdrift"] == [
        "loppa-app-02: 2 of its roles' variables do not fit; nothing was changed",
        "loppa-app-02, role baseline: baseline__update_day: found 'sn' (text), expected one of fri, mon, sat, sun, "
        "thu, tue, wed; did you mean sun? (group_vars/loppa/baseline.yml:3)",
        "loppa-app-02, role baseline: baseline__journal_mb: found '300' (text), expected a whole number "
        "(given by -e or the playbook)",
    ]


class Layers:
    """One variable is set by a file of the inventory."""

    def find_answer(self, key: str) -> Any:
        if key != "baseline__update_day":
            return None
        place = type("Place", (), {"where": "group_vars/loppa/baseline.yml:3"})
        return type("Answer", (), {"winner": place})


def test_no_server_outside_the_management_networks_is_contacted(monkeypatch: pytest.MonkeyPatch) -> None:
    logins = Logins(monkeypatch, drift=(0, ""))
    for host in ("192.0.2.7", "loppa-app-02.example", "10.17.92.31"):  # the checkout's own networks: the lab's alone
        way = servers.Way(host, "22", "root", "", "")
        with pytest.raises(GuardError, match="Nothing was connected to"):
            servers.find_way_in(SOURCES, "loppa-app-02", way, "drift", first_day=True)
    assert logins.commands == []


def test_the_automation_account_is_asked_first_and_by_a_login_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    logins = Logins(monkeypatch, drift=(0, ""))
    told = servers.find_way_in(SOURCES, "loppa-app-02", WAY, "drift", first_day=True)
    assert told["add_host"]["host_vars"] == {
        "ansible_host": "127.17.92.31",
        "ansible_user": "drift",
        "ansible_become": True,
    }
    (command,) = logins.commands
    assert command[:7] == ["ssh", "-o", "BatchMode=yes", "-o", "ControlMaster=no", "-o", "ControlPath=none"]
    assert command[-4:] == ["-l", "drift", "127.17.92.31", "sudo -n true"]


def test_on_the_first_day_root_is_asked_second(monkeypatch: pytest.MonkeyPatch) -> None:
    Logins(monkeypatch, drift=(255, "drift@x: Permission denied (publickey)."), root=(0, ""))
    told = servers.find_way_in(SOURCES, "loppa-app-02", WAY, "", first_day=True)
    assert told["add_host"]["host_vars"]["ansible_user"] == "root"
    assert told["add_host"]["host_vars"]["ansible_become"] is False


def test_later_the_account_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    logins = Logins(monkeypatch, drift=(255, "Permission denied (publickey)."), root=(0, ""))
    told = servers.find_way_in(SOURCES, "loppa-app-02", WAY, "", first_day=False)
    assert told["failed"]
    assert len(logins.commands) == 1


def test_a_cut_line_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    logins = Logins(monkeypatch, drift=(255, "ssh: connect to host 127.17.92.31 port 22: Connection timed out"))
    told = servers.find_way_in(SOURCES, "loppa-app-02", WAY, "", first_day=True)
    assert told["unreachable"]
    assert told["msg"].endswith("drift: ssh: connect to host 127.17.92.31 port 22: Connection timed out")
    assert len(logins.commands) == 1


def test_a_host_that_never_answers_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(command: Sequence[str], *, timeout: float, **more: Any) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", wait)
    told = servers.find_way_in(SOURCES, "loppa-app-02", WAY, "", first_day=True)
    assert told["unreachable"]
    assert told["msg"] == "loppa-app-02: found no way in at 127.17.92.31: drift: no end within 60 s"


def test_specs_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "odd" / "meta").mkdir(parents=True)
    (tmp_path / "odd" / "meta" / "argument_specs.yml").write_text("argument_specs: {other: {}}")
    with pytest.raises(servers.FellesdriftError, match=r"odd/meta/argument_specs.yml: found no options"):
        servers.load_specs(tmp_path)
