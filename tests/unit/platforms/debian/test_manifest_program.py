"""The program that reads and keeps manifests on a server: each kind of change is found, and no half success is kept."""

import hashlib
import io
import os
import re
import shlex
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.debian.manifest import read_manifest
from nornir_tasks.platforms.debian.manifest_program import PROGRAMS, make_command, parse_answer

KEY = "ab" * 32
Record = dict[str, Any]


class Server:
    """A folder with files of a role, and packages and units that answer from here."""

    def __init__(self, place: Path, program: Any) -> None:
        self.place, self.program = place, program
        self.packages = {"chrony": ("ii ", "4.6"), "git": ("ii ", "2.47")}
        self.units = {"chrony.service": {"enabled": "enabled", "active": "active"}}
        self.output = "table inet x\n"
        self.inputs = {"the role's files": "1", "variable chrony__x": "2"}
        (place / "etc/conf.d").mkdir(parents=True)
        for name in ("main.conf", "conf.d/a", "sysctl.conf"):
            (place / "etc" / name).write_text(f"{name}\n")
            (place / "etc" / name).chmod(0o644)
        (place / "etc/sysctl.conf").write_text("# comment\n-net.ipv4.ip_forward = 0\n")
        (place / "etc/link").symlink_to("main.conf")
        (place / "node").mkdir()
        for name, mode in {"node": 0o750, "etc": 0o755, "etc/conf.d": 0o755}.items():
            (place / name).chmod(mode)  # whatever umask another test has left

    def make_request(self, **more: Any) -> Record:
        etc = f"{self.place}/etc"
        watched = {
            "paths": [f"{etc}/main.conf", f"{etc}/conf.d", f"{etc}/link", f"{etc}/absent", f"{etc}/*.new"],
            "nodes": [f"{self.place}/node"],
            "packages": list(self.packages) or ["chrony", "git"],
            "units": ["chrony.service"],
            "sysctl": [f"{etc}/sysctl.conf"],
            "commands": [["nft", "list"]],
        }
        roles = {"chrony": {"watched": watched, "inputs": self.inputs}}
        return {"roles": roles, "key": KEY, "run": "1", "forced": False, "writes": True, "touched": []} | more

    def ask(self, **more: Any) -> Record:
        return dict(self.program.ask(self.make_request(**more))["roles"]["chrony"])

    def keep(self, **more: Any) -> list[str]:
        return list(self.program.keep(self.make_request(**more))["roles"]["chrony"])

    @property
    def manifest(self) -> Path:
        return Path(self.program.FOLDER) / "chrony.json"

    def run(self, *words: str, **more: Any) -> Any:
        if words[0] == "nft":
            return subprocess.CompletedProcess(words, 0, self.output, "")
        rows = [f"{status}\t{name}\t{version}" for name, (status, version) in self.packages.items()]
        return subprocess.CompletedProcess(words, 0, "\n".join(rows), "")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The program as a server loads it, with a folder of its own in place of /var/lib."""
    modules = {}
    for name, file in PROGRAMS.items():
        modules[name] = types.ModuleType(name)
        monkeypatch.setitem(sys.modules, name, modules[name])
        exec(compile(file.read_text(), name, "exec"), modules[name].__dict__)
    made = Server(tmp_path, modules["manifest"])
    monkeypatch.setattr(modules["manifest"], "FOLDER", tmp_path / "lib/manifests")
    monkeypatch.setattr(modules["guard"], "run", made.run)
    monkeypatch.setattr(modules["guard"], "read_units", lambda names: {name: made.units[name] for name in names})
    return made


def settle(server: Server) -> None:
    assert server.ask()["settled"] is False
    assert server.keep() == []
    assert server.ask()["settled"] is True


def rewrite_with_its_time(server: Server) -> None:
    file = server.place / "etc/main.conf"
    before = file.stat()
    file.write_text("MAIN.conf\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES: dict[str, Callable[[Server], Any]] = {
    "a file edited": lambda server: (server.place / "etc/main.conf").write_text("other\n"),
    "a file edited, of the same length and time": rewrite_with_its_time,
    "a file edited and put back": lambda server: os.utime(server.place / "etc/main.conf", (1, 1)),
    "a mode": lambda server: (server.place / "etc/main.conf").chmod(0o666),
    "an owner": lambda server: server.program.guard.__dict__.update(name_owner=lambda number: "somebody"),
    "a group": lambda server: server.program.guard.__dict__.update(name_group=lambda number: "somebody"),
    "a file removed": lambda server: (server.place / "etc/main.conf").unlink(),
    "a file removed from a folder": lambda server: (server.place / "etc/conf.d/a").unlink(),
    "a file added to a folder": lambda server: (server.place / "etc/conf.d/b").write_text(""),
    "a file that a pattern names": lambda server: (server.place / "etc/x.new").write_text(""),
    "a file that was not there": lambda server: (server.place / "etc/absent").write_text(""),
    "a folder's mode": lambda server: (server.place / "etc/conf.d").chmod(0o700),
    "a file in the place of a link": lambda server: (
        (server.place / "etc/link").unlink(),
        (server.place / "etc/link").write_text("main.conf\n"),
    ),
    "a link elsewhere": lambda server: (
        (server.place / "etc/link").unlink(),
        (server.place / "etc/link").symlink_to("conf.d/a"),
    ),
    "a node's mode": lambda server: (server.place / "node").chmod(0o777),
    "a node removed": lambda server: (server.place / "node").rmdir(),
    "a package removed": lambda server: server.packages.update(chrony=("rc ", "4.6")),
    "a package purged": lambda server: server.packages.update(chrony=("un ", "")),
    "a package half installed": lambda server: server.packages.update(chrony=("iU ", "4.6")),
    "a package held back": lambda server: server.packages.update(chrony=("hi ", "4.6")),
    "another version": lambda server: server.packages.update(chrony=("ii ", "4.7")),
    "a unit stopped": lambda server: server.units["chrony.service"].update(active="inactive"),
    "a unit disabled": lambda server: server.units["chrony.service"].update(enabled="disabled"),
    "a unit masked": lambda server: server.units["chrony.service"].update(enabled="masked"),
    "a setting of the kernel": lambda server: server.program.__dict__.update(read_setting=lambda name: "7"),
    "what a command tells": lambda server: setattr(server, "output", "table inet y\n"),
    "another variable": lambda server: server.inputs.update({"variable chrony__x": "3"}),
    "a variable more": lambda server: server.inputs.update({"variable chrony__y": "3"}),
    "another text of the role": lambda server: server.inputs.update({"the role's files": "2"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_kind_of_change_is_found(server: Server, change: str) -> None:
    settle(server)
    server.units = {name: dict(unit) for name, unit in server.units.items()}
    CHANGES[change](server)
    assert server.ask()["settled"] is False
    assert not server.manifest.exists()  # before the role's first task: a run that is cut short leaves none


def test_what_changes_below_a_node_does_not_count(server: Server) -> None:
    settle(server)
    (server.place / "node/log").write_text("x")
    assert server.ask()["settled"] is True


def test_check_mode_leaves_all_as_it_is(server: Server) -> None:
    settle(server)
    (server.place / "etc/main.conf").write_text("other\n")
    assert server.ask(writes=False)["settled"] is False
    assert [file.name for file in server.manifest.parent.iterdir()] == ["chrony.json"]


def test_a_forced_run_forgets_and_notes_anew(server: Server) -> None:
    settle(server)
    assert server.ask(forced=True)["settled"] is False
    assert not server.manifest.exists()
    assert server.keep() == []
    assert server.ask()["settled"] is True


@pytest.mark.parametrize("change", [change for change in CHANGES if not change.startswith("another text")])
def test_what_changes_while_roles_run_and_by_no_task_is_not_noted_as_right(server: Server, change: str) -> None:
    server.ask()
    server.units = {name: dict(unit) for name, unit in server.units.items()}
    CHANGES[change](server)
    obstacles = server.keep()
    assert re.search("changed meanwhile|is enabled and|held back", " ".join(obstacles))
    assert not server.manifest.exists()


def test_what_tasks_have_touched_is_noted_and_no_more(server: Server) -> None:
    file, other = server.place / "etc/main.conf", server.place / "etc/conf.d/a"
    server.ask()
    file.write_text("other\n")
    assert server.keep(touched=[str(file)]) == []
    assert server.ask(forced=True)["settled"] is False
    file.write_text("and another\n")
    other.write_text("by hand\n")
    assert server.keep(touched=[str(file)]) == [f"changed meanwhile, and by no task: {other}"]
    server.units["chrony.service"] = {"enabled": "enabled", "active": "inactive"}
    server.ask()
    server.units["chrony.service"] = {"enabled": "enabled", "active": "active"}
    assert server.keep(touched=[]) == ["changed meanwhile, and by no task: chrony.service"]
    server.ask()
    other.write_text("with a package\n")
    assert server.keep(touched=None) == []
    assert server.ask()["settled"] is True


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda server: server.units["chrony.service"].update(active="failed"), "is enabled and failed"),
        (lambda server: server.units["chrony.service"].update(active="inactive"), "is enabled and inactive"),
        (lambda server: server.packages.update(git=("hi ", "2.47")), "package git is held back"),
        (lambda server: server.inputs.update({"the role's files": "2"}), "have changed meanwhile"),
    ],
)
def test_what_is_not_well_is_not_noted_and_told(server: Server, change: Callable[[Server], Any], words: str) -> None:
    server.ask()
    change(server)
    assert any(words in obstacle for obstacle in server.keep(touched=None))
    assert not server.manifest.exists()


def test_a_unit_that_another_one_starts_follows_from_what_tasks_touched(server: Server) -> None:
    server.units["chrony.service"] = {"enabled": "enabled", "active": "inactive"}
    server.ask()
    server.units["chrony.service"] = {"enabled": "enabled", "active": "active"}
    assert server.keep(touched=["rsyslog.service"]) == []
    server.ask(forced=True)
    server.units["chrony.service"] = {"enabled": "disabled", "active": "active"}
    assert server.keep(touched=["rsyslog.service"]) == ["changed meanwhile, and by no task: chrony.service"]


def test_a_unit_that_is_meant_to_be_off_is_no_obstacle(server: Server) -> None:
    server.units["chrony.service"] = {"enabled": "disabled", "active": "inactive"}
    settle(server)


def test_of_two_runs_at_once_the_first_notes_nothing(server: Server) -> None:
    server.ask(run="1")
    server.ask(run="2")
    assert server.keep(run="1") == ["another run has begun here since"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 2, "role": "x", "inputs": {}, "state": {}}'])
def test_a_manifest_that_cannot_be_read_is_none(server: Server, text: str) -> None:
    settle(server)
    server.manifest.write_text(text)
    answer = server.ask()
    assert (answer["settled"], answer["recorded"]) == (False, None)


def test_a_full_disk_does_not_keep_an_old_manifest(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(server)
    (server.place / "etc/main.conf").write_text("other\n")

    def refuse(*words: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(server.program.guard, "write_file", refuse)
    assert server.ask()["settled"] is False
    assert not server.manifest.exists()


def test_a_manifest_is_for_root_alone_and_its_secret_digests_are_keyed(server: Server) -> None:
    secret = server.place / "etc/conf.d/a"
    secret.write_text("pass 1234\n")
    secret.chmod(0o640)
    settle(server)
    assert server.manifest.stat().st_mode & 0o777 == 0o600
    assert server.manifest.parent.stat().st_mode & 0o777 == 0o700
    text = server.manifest.read_text()
    assert hashlib.sha256(b"pass 1234\n").hexdigest() not in text
    assert hashlib.sha256(b"main.conf\n").hexdigest() in text
    assert KEY not in text
    paths = read_manifest(text).state.paths
    assert paths[str(secret)].digest.startswith("keyed:")
    assert paths[f"{server.place}/etc/link"].target == "main.conf"


@pytest.mark.parametrize(
    ("user", "asked", "answer"),
    [(0, {"roles": {}, "key": KEY}, {}), (0, {"roles": 3}, "AttributeError"), (1000, {"roles": {}}, "only root")],
)
def test_the_command_carries_both_programs_and_answers_an_error_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], user: int, asked: Record, answer: Any
) -> None:
    line, text = make_command("ask", asked)
    *python, loader, question = shlex.split(line)
    assert (python, question) == (["python3", "-ISB", "-c"], "ask")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    monkeypatch.setattr(sys, "argv", ["-c", question])
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(os, "umask", lambda mode: mode)
    for name in PROGRAMS:
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    with pytest.raises(SystemExit) as end:
        exec(loader, {})
    output = capsys.readouterr().out
    if isinstance(answer, dict):
        assert parse_answer(end.value.code, output, "") == answer
        return
    with pytest.raises(PlatformError, match=f"expected an answer of fellesdrift-manifest, .*{answer}"):
        parse_answer(end.value.code, output, "")


def test_another_answer_than_the_programs_is_told() -> None:
    with pytest.raises(PlatformError, match=r"ended with 127\): sh: python3: not found"):
        parse_answer(127, "", "sh: python3: not found")
