"""Which roles have work on a server: what the plugin asks and tells; no server is contacted here."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from nornir_tasks.actions import manifests, role_changes
from nornir_tasks.platforms.debian.managed import Managed, Watched
from nornir_tasks.server_roles import ROLES
from nornir_tasks.server_roles.arguments import Unresolved

HOST = "loppa-app-02"
VARIABLES: dict[str, Any] = {
    "baseline__banner": "hello",
    "baseline__administrators": [{"name": "anna", "until": "2026-11-30"}],
    "resolver__ttl": 3600,
    "ansible_host": "127.0.0.1",
}
STATE: dict[str, Any] = {"paths": {}, "packages": {}, "units": {}, "settings": {}, "outputs": {}}


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FELLESDRIFT_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(role_changes, "_touched", {})


def make_run(tags: tuple[str, ...] = ("all",), skipped: tuple[str, ...] = (), **more: Any) -> manifests.HostRun:
    variables = VARIABLES | more
    groups = ["servers", "role_baseline", "role_resolver", "role_backup"]
    return manifests.HostRun(HOST, groups, variables, variables.__getitem__, tags, skipped, "2.19.1")


class Answers:
    """In the place of a server: what was asked, and what is answered by role."""

    def __init__(self, **roles: Any) -> None:
        self.roles, self.asked = roles, list[dict[str, Any]]()

    def __call__(self, command: str, text: bytes) -> tuple[int, str, str]:
        self.asked.append(json.loads(b"{" + text.rpartition(b"\n{")[2]))
        return 0, json.dumps({"roles": self.roles}), ""


def ask(answers: Any, run: manifests.HostRun | None = None, wanted: str = "", keeps: bool = True) -> dict[str, Any]:
    return manifests.ask_due(run or make_run(), answers, wanted=wanted, forgets=True, keeps=keeps)


SETTLED = {"settled": True, "at": "2026-11-30T12:00:00Z"}
FRESH = {"settled": False, "recorded": None, "present": STATE}


def test_a_host_is_due_for_roles_that_are_not_settled_and_a_line_says_which_are() -> None:
    told = ask(Answers(baseline=SETTLED, resolver=FRESH))
    assert told["add_host"]["groups"] == ["due_resolver", "due_backup"]
    begun = told["add_host"]["host_vars"]["fellesdrift_manifests"]
    assert (begun["roles"], begun["names"]) == (
        ["resolver"],
        ["baseline__administrators", "baseline__banner", "resolver__ttl"],
    )
    assert told["fellesdrift"][:2] == [
        "nothing to do, all as noted since 2026-11-30T12:00:00Z: baseline",
        "resolver: runs: nothing was noted",
    ]
    assert told["fellesdrift"][2].startswith("backup: runs always: ")


def test_why_a_role_runs_is_told_with_the_variable_and_the_path() -> None:
    first = Answers(baseline=FRESH, resolver=FRESH)
    ask(first)
    inputs = first.asked[0]["roles"]["baseline"]["inputs"]
    state = STATE | {"packages": {"chrony": "4.6"}}
    recorded = {"format": 1, "role": "baseline", "at": "x", "inputs": inputs, "state": state}
    differs = {"settled": False, "recorded": recorded, "present": STATE}
    told = ask(Answers(baseline=differs, resolver=SETTLED), make_run(baseline__banner="bye"))
    assert told["fellesdrift"][1] == (
        "baseline: runs: variable baseline__banner changed; package chrony is not installed, was 4.6"
    )


def test_tags_ask_about_their_roles_alone() -> None:
    answers = Answers(baseline=SETTLED)
    told = ask(answers, make_run(tags=("baseline",)))
    assert list(answers.asked[0]["roles"]) == ["baseline"]
    assert told["add_host"]["groups"] == []
    answers = Answers(resolver=SETTLED)
    ask(answers, make_run(skipped=("baseline", "backup")))
    assert list(answers.asked[0]["roles"]) == ["resolver"]
    assert ask(Answers(), make_run(tags=("verify",)))["fellesdrift"] == ["no role is asked for"]


@pytest.mark.parametrize("word", ["false", "False", "no", "0"])
def test_manifest_false_runs_every_role(word: str) -> None:
    answers = Answers(baseline=FRESH, resolver=FRESH)
    told = ask(answers, wanted=word)
    assert answers.asked[0]["forced"] is True
    assert told["add_host"]["groups"] == ["due_baseline", "due_resolver", "due_backup"]
    assert "baseline: runs: manifest=false" in told["fellesdrift"]


def test_where_nothing_can_be_read_every_role_runs() -> None:
    told = ask(lambda command, text: (1, "", "python3: not found"))
    assert told["add_host"]["groups"] == ["due_baseline", "due_resolver", "due_backup"]
    assert "python3: not found" in told["fellesdrift"][0]
    assert ask(Answers(baseline={}))["add_host"]["groups"] == ["due_baseline", "due_resolver", "due_backup"]


def test_what_was_asked_is_noted_with_what_changed_and_what_is_not_is_told() -> None:
    role_changes.note_change(HOST, "ansible.builtin.template", {}, {"changed": True, "dest": "/etc/a"})
    role_changes.note_change("loppa-app-03", "ansible.builtin.apt", {}, {"changed": True})
    answers = Answers(baseline=[], resolver=["package unbound is held back"])
    begun = {"run": "1", "roles": ["baseline", "resolver"], "names": ["baseline__banner", "resolver__ttl"]}
    told = manifests.keep(make_run(), answers, begun)
    assert answers.asked[0]["touched"] == ["/etc/a"]
    assert "variable baseline__banner" in answers.asked[0]["roles"]["baseline"]["inputs"]
    assert told["fellesdrift"] == [
        "noted as they are now: baseline",
        "resolver: not noted, runs again: package unbound is held back",
    ]


def test_nothing_is_noted_where_roles_did_not_run_as_a_whole() -> None:
    answers = Answers(baseline=FRESH, resolver=FRESH)
    begun = ask(answers, keeps=False)["add_host"]["host_vars"]["fellesdrift_manifests"]
    for each in (begun, {}):
        assert manifests.keep(make_run(), answers, each)["fellesdrift"] == ["nothing to note"]
    assert len(answers.asked) == 1


def test_a_host_that_does_not_answer_at_the_end_is_told() -> None:
    begun = {"run": "1", "roles": ["baseline"], "names": []}
    told = manifests.keep(make_run(), lambda command, text: (255, "", "timed out"), begun)
    assert told["fellesdrift"][0].startswith("not noted, these roles run again: baseline: ")
    assert not told.get("failed")


BUILTIN = "ansible.builtin."


@pytest.mark.parametrize(
    ("action", "arguments", "result", "touched"),
    [
        ("template", {}, {"changed": False, "dest": "/etc/a"}, []),
        ("template", {"dest": "/etc/{{ item }}"}, {"changed": True, "dest": "/etc/a"}, ["/etc/a"]),
        ("template", {"dest": "/etc/a"}, {"changed": True, "censored": "x"}, ["/etc/a"]),
        ("template", {"dest": "/etc/{{ x }}"}, {"changed": True, "censored": "x"}, None),
        ("copy", {"dest": "/srv/"}, {"changed": True}, None),
        ("file", {}, {"changed": True, "path": "/etc/a"}, ["/etc/a"]),
        (
            "file",
            {"path": "{{ item }}"},
            {"changed": True, "results": [{"changed": True, "path": "/a"}, {"changed": False, "path": "/b"}]},
            ["/a"],
        ),
        ("systemd_service", {}, {"changed": True, "name": "ssh"}, ["ssh.service"]),
        ("systemd_service", {"daemon_reload": True}, {"changed": True}, None),
        ("apt", {"name": "chrony"}, {"changed": True}, None),
        ("command", {"argv": ["x"]}, {"changed": True}, None),
    ],
)
def test_what_a_task_has_touched(action: str, arguments: Any, result: Any, touched: Any) -> None:
    role_changes.note_change(HOST, f"{BUILTIN}{action}", arguments, result)
    assert role_changes.list_touched(HOST) == touched
    assert role_changes.list_touched("loppa-app-03") == []


def test_an_account_touches_the_files_of_accounts_and_what_is_not_known_stays_so() -> None:
    role_changes.note_change(HOST, f"{BUILTIN}user", {}, {"changed": True, "name": "anna"})
    touched = role_changes.list_touched(HOST)
    assert touched is not None
    assert {"/etc/passwd", "/etc/shadow", "/etc/subuid", "/home/anna"} < set(touched)
    role_changes.note_change(HOST, f"{BUILTIN}apt", {}, {"changed": True})
    role_changes.note_change(HOST, f"{BUILTIN}file", {}, {"changed": True, "path": "/a"})
    assert role_changes.list_touched(HOST) is None


def make_inputs(role: str = "baseline", today: str = "2026-11-30", **more: Any) -> dict[str, str]:
    return manifests.make_inputs(role, make_run(**more), b"key", today)


def test_inputs_are_the_roles_own_and_hold_no_plain_digest_of_a_secret() -> None:
    inputs = make_inputs()
    assert {name for name in inputs if name.startswith("variable")} == {
        "variable baseline__banner",
        "variable baseline__administrators",
    }
    other = manifests.make_inputs("baseline", make_run(), b"another key", "2026-11-30")
    assert inputs["variable baseline__banner"] != other["variable baseline__banner"]
    assert make_inputs() == inputs
    assert make_inputs(baseline__banner="bye") != inputs
    assert make_inputs(resolver__ttl=60) == inputs


def test_a_leaver_s_last_day_changes_the_inputs_when_it_is_over() -> None:
    assert make_inputs(today="2026-11-29") == make_inputs(today="2026-11-30")
    assert make_inputs(today="2026-12-01") != make_inputs(today="2026-11-30")


def test_a_value_that_cannot_be_worked_out_is_never_as_it_was() -> None:
    assert make_inputs(baseline__banner=Unresolved("x")) != make_inputs(baseline__banner=Unresolved("x"))


def test_another_text_of_a_role_is_another_digest_and_its_readme_is_not(tmp_path: Path) -> None:
    shutil.copytree(manifests.FOLDER / "time_server", tmp_path / "time_server")
    before = manifests.digest_role("time_server", tmp_path)
    assert before == manifests.digest_role("time_server")
    (tmp_path / "time_server/README.md").write_text("x")
    assert manifests.digest_role("time_server", tmp_path) == before
    (tmp_path / "time_server/handlers/main.yml").write_text("---\n")
    assert manifests.digest_role("time_server", tmp_path) != before


# --- what the roles themselves say ---


def test_each_role_says_what_it_watches_or_why_it_always_runs() -> None:
    watched = {role: manifests.load_watched(role) for role in ROLES}
    assert {role for role in ROLES if watched[role].always} == {"database", "application_host", "backup"}


def list_tasks(tasks: list[Any]) -> Iterator[dict[str, Any]]:
    for task in tasks or []:
        yield from list_tasks(task["block"]) if "block" in task else [task]


def list_claims(role: str) -> Iterator[tuple[str, str]]:
    """What the tasks and handlers of a role name: kind, and path, package or unit; a variable in it is ``X``."""
    folder = manifests.FOLDER / role
    for file in sorted([*folder.glob("tasks/*.yml"), *folder.glob("handlers/*.yml")]):
        if file.name == "verify.yml":
            continue
        for task in list_tasks(yaml.safe_load(file.read_text())):
            items = task.get("loop") if isinstance(task.get("loop"), list) else ["X"]
            items = [item.get("name", "X") if isinstance(item, dict) else item for item in items]
            for module, arguments in task.items():
                if not isinstance(arguments, dict) or not module.startswith(("ansible.builtin.", "ansible.posix.")):
                    continue
                for item in items:
                    claims = {
                        key: re.sub(r"{{.*?}}", item, str(arguments[key]))
                        for key in ("dest", "path", "name")
                        if key in arguments
                    }
                    kind = module.rpartition(".")[2]
                    if kind in ("template", "copy", "file", "authorized_key"):
                        yield "path", claims.get("dest") or claims["path"]
                    elif kind == "systemd_service" and "name" in claims:
                        yield "unit", claims["name"]
                    elif kind == "apt":
                        names = arguments["name"]
                        for name in names if isinstance(names, list) else re.findall(r"^[\w-]+$", str(names)):
                            yield "package", name


# Oneshot units that a handler runs, and what a role restarts whichever it is.
RUN_ONCE = ("systemd-sysctl", "systemd-sysctl.service", "audit-rules", "X")


@pytest.mark.parametrize("role", [role for role in ROLES if not manifests.load_watched(role).always])
def test_what_a_role_s_tasks_name_is_watched(role: str) -> None:
    watched: Watched = manifests.load_watched(role)
    covered = Managed((*watched.paths, *watched.nodes))
    claims = list(list_claims(role))
    assert claims
    missing = []
    for kind, name in claims:
        if kind == "unit":
            full = name if "." in name else f"{name}.service"
            is_watched = full in watched.units or name in RUN_ONCE
        elif kind == "package":
            is_watched = name in watched.packages
        else:
            is_watched = covered.covers(name) or not name.startswith("/")
        missing += [] if is_watched else [name]
    # Which files of others are taken away is found on the host, below folders that are watched.
    assert missing == []


@pytest.mark.parametrize("role", [role for role in ROLES if not manifests.load_watched(role).always])
def test_a_role_that_may_be_left_out_reads_no_other_role_s_variables_and_no_file_of_the_control_node(role: str) -> None:
    for file in (manifests.FOLDER / role).rglob("*"):
        if not file.is_file() or file.suffix not in (".yml", ".j2") or file.name == "argument_specs.yml":
            continue
        text = file.read_text()
        foreign = {name for name in re.findall(r"\b([a-z_]+?)__\w+", text) if name.strip("_") != role}
        assert not foreign & set(ROLES), file
        if "verify" not in file.name:
            assert not re.search(r"\{\{[^}]*(lookup|query|hostvars|groups)\b", text), file
            assert "delegate_to" not in text, file
