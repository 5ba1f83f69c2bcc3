"""What a run in check mode says a server becomes; results are in the shape in which ansible-core 2.19 gives them."""

from dataclasses import replace
from typing import Any

import pytest

from nornir_tasks.platforms.debian.managed import Managed
from nornir_tasks.platforms.debian.prediction import predict
from nornir_tasks.platforms.debian.state import ANY, Account, FileState, ServerState, UnitState
from nornir_tasks.platforms.debian.task_result import TaskResult, find_failure

MANAGED = Managed(
    ("/etc/app", "/etc/group", "/etc/passwd", "/home/*/.ssh"), ("chrony",), ("app.service", "chrony.service")
)
BEFORE = ServerState(
    files={"/etc/app": FileState("directory", "root:root", "0755"),
           "/etc/app/a": FileState("file", "root:app", "0640", "old\n"),
           "/etc/app/d/b": FileState("file", "root:root", "0644", "b\n")},
    packages={},
    units={"app.service": UnitState("disabled", "inactive"), "chrony.service": UnitState("enabled", "active")},
    accounts={"anna": Account("1001", "anna", "adm", "/home/anna", "/bin/sh", "set", "never")},
    groups={"anna": "1001", "adm": "4"},
)  # fmt: skip


def said(module: str, arguments: dict[str, Any] | None = None, status: str = "ok", **result: Any) -> TaskResult:
    """A task that says that it changes something."""
    full = {"changed": True, "invocation": {"module_args": arguments or {}}, **result}
    return TaskResult("sample", "Task", f"ansible.builtin.{module}", status, full)


def after(*results: TaskResult) -> ServerState:
    """What becomes of the server."""
    return predict(BEFORE, results, MANAGED)


def wrote(path: str, before: str, text: str, **arguments: Any) -> TaskResult:
    """A template; a new file has no header."""
    header = {"before_header": path} if before else {}
    diff = [{**header, "before": before, "after_header": "/tmp/a.j2", "after": text}]
    return said("template", {"dest": path, **arguments}, diff=diff)


def test_nothing_that_changes_leaves_it_as_it_is() -> None:
    skipped = {"skipped": True, "skip_reason": "Conditional result was False", "false_condition": "x"}
    assert (
        after(
            TaskResult("r", "t", "ansible.builtin.command", "ok", {"changed": False}),
            TaskResult("r", "t", "ansible.builtin.command", "skipped", skipped),
            said("set_fact"),
            said("debug"),
        )
        == BEFORE
    )


def test_a_template_gives_its_file_text_owner_and_mode() -> None:
    state = after(
        wrote("/etc/app/a", "old\n", "new\n"), wrote("/etc/app/n", "", "x", mode="0600", owner="anna", group="adm")
    )
    assert state.files["/etc/app/a"] == FileState("file", "root:app", "0640", "new\n")
    assert state.files["/etc/app/n"] == FileState("file", "anna:adm", "0600", "x")
    assert not state.unknown


def test_what_is_not_shown_is_left_open() -> None:
    state = after(
        said("copy", {"dest": "/etc/app/a", "mode": "0600"}, diff=[]),
        said("copy", {"dest": "/etc/app/n", "mode": "u=rw"}, diff=[{"before": "", "after": "x"}]),
        said("template", {"dest": "/etc/app/bin"}, diff=[{"src_binary": 1, "after": "?"}]),
    )
    assert state.files["/etc/app/a"] == FileState("file", "root:app", "0600", None, ANY)
    assert state.files["/etc/app/n"] == FileState("file", "root:root", ANY, "x")
    assert state.files["/etc/app/bin"].digest == ANY


def test_a_loop_is_each_of_its_parts() -> None:
    parts = [wrote(f"/etc/app/{name}", "", name).result for name in "xy"]
    skipped = {"skipped": True, "changed": False, "skip_reason": "Conditional result was False"}
    state = after(
        TaskResult("r", "t", "ansible.builtin.template", "ok", {"results": [*parts, skipped], "changed": True})
    )
    assert {state.files[f"/etc/app/{name}"].text for name in "xy"} == {"x", "y"}
    assert not state.unknown


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (said("command", status="skipped", skipped=True, msg="Command would have run if not in check mode"),
         "command does nothing in check mode"),
        (said("shell"), "shell says that it changes something, and not what"),
        (TaskResult("r", "t", "community.postgresql.postgresql_db", "ok", {"changed": True}), "and not what"),
        (said("copy", censored="the output has been hidden"), "kept from logs"),
        (wrote("/srv/elsewhere", "", "x"), "/srv/elsewhere is under no path of the roles' meta/managed.yml"),
        (said("systemd_service", {"name": "other", "enabled": True}), "other.service is no unit"),
        (said("apt", {"name": ["x"]}, stdout=""), "which packages it changes is not told"),
        (said("file", {"path": "/etc/app", "recurse": True, "state": "directory"}), "what it does below /etc/app"),
        (said("command", status="ignored"), "fails in check mode"),
        (said("unarchive", {"dest": "/etc/app"}), "unarchive says that it changes something"),
    ],
)  # fmt: skip
def test_what_check_mode_cannot_know_is_listed(task: TaskResult, words: str) -> None:
    assert any(words in line for line in after(task).unknown), after(task).unknown


def test_files_come_change_and_go() -> None:
    state = after(
        said("file", {"path": "/etc/app/d", "state": "absent"}),
        said("file", {"path": "/etc/app/l", "state": "link", "src": "a"}),
        said("file", {"path": "/etc/app/new", "state": "directory", "mode": 0o750, "group": "adm"}),
        said("file", {"path": "/etc/app/a", "state": "file", "mode": "0600"}),
    )
    assert "/etc/app/d/b" not in state.files
    assert state.files["/etc/app/l"] == FileState("link", "root:root", "0777", target="a")
    assert state.files["/etc/app/new"] == FileState("directory", "root:adm", "0750")
    assert state.files["/etc/app/a"].mode == "0600"


def test_packages_come_with_what_nobody_knows_of_them() -> None:
    words = "Inst chrony (4.6.1-3 Debian:13 [amd64])\nInst libx [1.0] (1.1 Debian:13 [amd64])\nConf chrony (4.6.1-3)\n"
    state = after(said("apt", {"name": ["chrony"]}, stdout=words))
    assert state.packages == {"chrony": "4.6.1-3"}
    assert state.unknown == (
        "what is in the package chrony 4.6.1-3",
        "what is in the package libx 1.1, which others ask for",
    )
    gone = predict(state, [said("apt", {}, stdout="Remv chrony [4.6.1-3]\n")], MANAGED)
    assert gone.packages == {}


def test_units_are_started_stopped_and_restarted() -> None:
    state = after(
        said("systemd_service", {"name": "app", "enabled": True, "state": "started"}),
        said("systemd_service", {"name": "chrony.service", "state": "restarted"}),
        said("systemd_service", {"daemon_reload": True}),
    )
    assert state.units["app.service"] == UnitState("enabled", "active")
    assert state.restarts == ("chrony.service restarted",)
    masked = after(said("systemd_service", {"name": "app", "masked": True, "state": "stopped"}))
    assert masked.units["app.service"] == UnitState("masked", "inactive")


def test_accounts_come_change_and_go() -> None:
    state = after(
        said("user", {"name": "drift", "groups": ["sudo"], "shell": "/bin/bash", "password": "VALUE_SPECIFIED"}),
        said("user", {"name": "anna", "expires": 86400.0, "groups": ["x"], "append": True}),
        said("group", {"name": "sudo", "gid": 27}),
    )
    assert state.accounts["drift"] == Account(ANY, "drift", "sudo", "/home/drift", "/bin/bash", ANY, "never")
    assert state.groups["drift"] == ANY
    assert state.accounts["anna"] == Account("1001", "anna", "adm,x", "/home/anna", "/bin/sh", "set", "1")
    gone = after(said("user", {"name": "anna", "state": "absent"}))
    assert "anna" not in gone.accounts
    assert "anna" not in gone.groups


def test_accounts_have_a_range_of_numbers_and_leave_theirs_to_files() -> None:
    managed = Managed((*MANAGED.paths, "/etc/subuid"))
    files = {"/etc/subuid": FileState("file", "root:root", "0644", "anna:100000:65536\n"),
             "/home/anna/.ssh/x": FileState("file", "anna:anna", "0600", "x")}  # fmt: skip
    before = replace(BEFORE, files=files)
    for task in (said("user", {"name": "ola"}), said("user", {"name": "anna", "state": "absent"})):
        assert predict(before, [task], managed).files["/etc/subuid"].digest == ANY
    system = predict(before, [said("user", {"name": "app", "system": True})], managed)
    assert system.files == files
    gone = predict(before, [said("user", {"name": "anna", "state": "absent"})], managed)
    assert gone.files["/home/anna/.ssh/x"].owner == "1001:1001"


def test_a_key_is_its_users_file() -> None:
    key = {"keyfile": "/home/anna/.ssh/authorized_keys", "diff": {"before": "", "after": "ssh-ed25519 AAAA anna\n"}}
    state = after(said("authorized_key", {"user": "anna"}, **key))
    assert state.files["/home/anna/.ssh"] == FileState("directory", "anna:anna", "0700")
    assert state.files["/home/anna/.ssh/authorized_keys"].owner == "anna:anna"


def test_a_task_that_is_kept_from_logs_leaves_its_file_open() -> None:
    hidden = {"changed": True, "censored": "the output has been hidden"}
    place = {"dest": "/etc/app/key", "owner": "root", "group": "app", "mode": "0640"}
    state = after(TaskResult("r", "Key", "ansible.builtin.template", "ok", hidden, place))
    assert state.files["/etc/app/key"] == FileState("file", "root:app", "0640", None, ANY)
    assert state.unknown == ("r: Key: what it changes is kept from logs (no_log)",)
    skipped = [TaskResult("r", "Key", module, "skipped", hidden) for module in ("ansible.builtin.copy", "command")]
    assert after(*skipped).unknown == ("r: Key: command does nothing in check mode",)


def test_what_is_done_on_another_host_is_none_of_this_one() -> None:
    elsewhere = replace(wrote("/etc/app/a", "old\n", "new\n"), elsewhere="store-01")
    assert after(elsewhere).files == BEFORE.files
    assert "it changes store-01" in after(elsewhere).unknown[0]
    assert after(replace(elsewhere, result={"changed": False})) == BEFORE


def test_what_a_role_says_that_its_commands_make_is_open_as_soon_as_one_changes_something() -> None:
    managed = replace(MANAGED, made={"sample": ("/etc/app/d", "chrony.service"), "other": ("/etc/app/a",)})
    state = predict(BEFORE, [said("command")], managed)
    assert state.files["/etc/app/d/b"] == FileState("file", ANY, ANY, None, ANY)
    assert state.units["chrony.service"] == UnitState(ANY, ANY)
    assert "what is made: /etc/app/d" in state.unknown
    assert state.files["/etc/app/a"] == BEFORE.files["/etc/app/a"]
    written = predict(BEFORE, [wrote("/etc/app/a", "old\n", "to be made\n")], managed)
    assert written.files["/etc/app/a"].digest == ANY
    assert predict(BEFORE, [wrote("/etc/app/c", "", "c")], managed).units == BEFORE.units


def test_a_unit_whose_file_comes_is_not_known_before() -> None:
    units = {"new.service": UnitState("not-found", "inactive"), "other.timer": UnitState("not-found", "inactive")}
    before, managed = replace(BEFORE, units=units), Managed(("/etc/systemd/system/*",), units=tuple(units))
    state = predict(before, [wrote("/etc/systemd/system/new.service", "", "[Unit]\n")], managed)
    assert state.units == {"new.service": UnitState(ANY, ANY), "other.timer": units["other.timer"]}
    started = predict(before, [said("systemd_service", {"name": "new", "state": "started"})], managed)
    assert started.units["new.service"] == UnitState(ANY, "active")


def test_why_a_run_stopped_is_told() -> None:
    failed = said("template", status="failed", msg="no such variable", changed=False)
    assert find_failure([said("debug"), failed]) == "sample: Task: no such variable"
    assert find_failure([said("debug")]) == ""
    hidden = said("user", status="failed", censored="x")
    assert "no_log" in find_failure([hidden])
