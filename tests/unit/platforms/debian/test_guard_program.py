"""The parts of the program on the server that need no server: what it compares, restores and refuses."""

import io
import json
import os
import stat
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SOURCE = Path(__file__).resolve().parents[4] / "nornir_tasks/platforms/debian/guard/fellesdrift-guard"


@pytest.fixture(scope="module")
def guard() -> ModuleType:
    """The program as a module, without a bytecode file beside it."""
    loader = SourceFileLoader("fellesdrift_guard", str(SOURCE))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[loader.name] = module
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        loader.exec_module(module)
    return module


@pytest.fixture
def own(guard: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of its own in place of /var/lib, and no systemd."""
    monkeypatch.setattr(guard, "BASE", tmp_path / "guard")
    return tmp_path


def make_tree(place: Path) -> None:
    """Files, folders, links and two names of one file."""
    (place / "conf.d").mkdir(parents=True)
    (place / "main.conf").write_text("before\n")
    (place / "main.conf").chmod(0o640)
    (place / "conf.d" / "a").write_bytes(b"\xff\x00a")
    (place / "conf.d" / "link").symlink_to("a")
    os.link(place / "main.conf", place / "conf.d" / "second")
    os.utime(place / "main.conf", ns=(10**18, 10**18))


def describe(place: Path) -> dict[str, Any]:
    """All of a folder: kind, mode, content or target, time of files."""
    rows: dict[str, Any] = {}
    for path in sorted(place.rglob("*")):
        facts = path.lstat()
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        times = facts.st_mtime_ns if path.is_file() and not path.is_symlink() else 0
        rows[str(path.relative_to(place))] = (stat.filemode(facts.st_mode), content, times, facts.st_nlink)
    return rows


def change(place: Path) -> None:
    """Everything that can be done to a folder."""
    (place / "main.conf").write_text("after\n")
    (place / "conf.d" / "a").unlink()
    (place / "conf.d" / "a").mkdir()
    (place / "conf.d" / "a" / "inside").write_text("new")
    (place / "conf.d" / "link").unlink()
    (place / "conf.d" / "link").symlink_to("/elsewhere")
    (place / "added" / "below").mkdir(parents=True)
    (place / "added" / "below" / "file").write_text("new")


def test_a_tree_is_restored_to_the_byte(guard: ModuleType, own: Path) -> None:
    """Edited, deleted, added, another kind in its place; a second time there is nothing to do."""
    place = own / "etc"
    make_tree(place)
    before, patterns = describe(place), {"named": [str(place)]}
    was = guard.survey(patterns)
    contents = {path: Path(path).read_bytes() for path, row in was.items() if row.kind == "file"}
    change(place)
    changed, problems = guard.restore_files(was, guard.survey(patterns), contents.__getitem__)
    assert problems == []
    assert describe(place) == before
    assert (place / "main.conf").stat().st_ino == (place / "conf.d" / "second").stat().st_ino
    assert str(place / "added/below/file") in changed
    assert guard.restore_files(was, guard.survey(patterns), contents.__getitem__) == ([], [])


def test_what_is_deleted_as_a_whole_comes_back(guard: ModuleType, own: Path) -> None:
    place = own / "etc"
    make_tree(place)
    before, patterns = describe(place), {"named": [str(place)]}
    was = guard.survey(patterns)
    contents = {path: Path(path).read_bytes() for path, row in was.items() if row.kind == "file"}
    for path in sorted(place.rglob("*"), reverse=True):
        path.unlink() if not path.is_dir() else path.rmdir()
    place.rmdir()
    assert guard.restore_files(was, guard.survey(patterns), contents.__getitem__)[1] == []
    assert describe(place) == before


def test_a_path_that_did_not_exist_goes_with_the_folders_made_for_it(guard: ModuleType, own: Path) -> None:
    """Unless somebody else has put something there."""
    named = own / "srv" / "app" / "conf"
    patterns = {"named": [str(named), str(own / "*.list")]}
    was = guard.survey(patterns)
    named.parent.mkdir(parents=True)
    named.write_text("new")
    (own / "x.list").write_text("new")
    changed, problems = guard.restore_files(was, guard.survey(patterns), lambda path: b"")
    assert (problems, (own / "srv").exists(), (own / "x.list").exists()) == ([], False, False)
    named.parent.mkdir(parents=True)
    (named.parent / "other").write_text("somebody's")
    changed, problems = guard.restore_files(was, guard.survey(patterns), lambda path: b"")
    assert changed == []
    assert any("is not empty" in problem for problem in problems)


def test_a_damaged_copy_is_not_put_back_and_the_rest_is(guard: ModuleType, own: Path) -> None:
    place = own / "etc"
    make_tree(place)
    patterns = {"named": [str(place)]}
    was = guard.survey(patterns)

    def take(path: str) -> bytes:
        if path.endswith("/a"):
            raise OSError(f"the snapshot's copy of {path} is damaged")
        return b"before\n"

    (place / "main.conf").write_text("after\n")
    (place / "conf.d" / "a").write_text("after")
    changed, problems = guard.restore_files(was, guard.survey(patterns), take)
    assert str(place / "main.conf") in changed
    assert problems == [f"{place}/conf.d/a: the snapshot's copy of {place}/conf.d/a is damaged"]
    assert (place / "conf.d" / "a").read_text() == "after"
    assert list(place.rglob(f"{guard.TEMPORARY}*")) == []


def test_a_program_of_the_way_in_is_put_back_only_if_it_is_gone(guard: ModuleType, own: Path) -> None:
    program = own / "sshd"
    program.write_text("version 1")
    patterns = {"if_gone": [str(program)]}
    was = guard.survey(patterns)
    program.write_text("version 2")
    assert guard.restore_files(was, guard.survey(patterns), lambda path: b"version 1") == ([], [])
    program.unlink()
    assert guard.restore_files(was, guard.survey(patterns), lambda path: b"version 1") == ([str(program)], [])
    assert program.read_text() == "version 1"


def test_the_guard_s_own_folder_is_never_walked(guard: ModuleType, own: Path) -> None:
    (own / "guard" / "armed").mkdir(parents=True)
    (own / "other").mkdir()
    assert sorted(guard.walk(str(own))) == [str(own), str(own / "other")]


ETH = {"name": "eth0", "mtu": 1500, "mac": "02:00:00:00:00:01", "up": True, "master": "", "arp": True, "promisc": False}
HERE = "10.17.92.31/23 broadcast 10.17.93.255 scope global label eth0"


def network(**changes: Any) -> dict[str, Any]:
    """A network of one link, with changes."""
    link = (
        ETH
        | {"addresses": [HERE]}
        | {name: changes.pop(name) for name in list(changes) if name in ETH or name == "addresses"}
    )
    lists = {"routes-4": ["default via 10.17.92.1 dev eth0"], "routes-6": [], "rules-4": [], "rules-6": []}
    return {"links": {"2": link}, **lists, "neighbours": [], "qdiscs": [], **changes}


@pytest.mark.parametrize(
    ("now", "commands"),
    [
        ({}, []),
        ({"name": "wan0"}, ["ip link set dev wan0 down", "ip link set wan0 name eth0", "ip link set dev eth0 up"]),
        ({"up": False}, ["ip link set dev eth0 up"]),
        ({"mtu": 68}, ["ip link set dev eth0 mtu 1500"]),
        ({"arp": False, "mac": "x"}, ["ip link set dev eth0 address 02:00:00:00:00:01", "ip link set dev eth0 arp on"]),
        ({"addresses": []}, [f"ip address add {HERE} dev eth0"]),
        (
            {"addresses": ["10.99.0.5/24 scope global label eth0"]},
            ["ip address del 10.99.0.5/24 dev eth0", f"ip address add {HERE} dev eth0"],
        ),
        (
            {"routes-4": ["blackhole 10.10.0.0/16"]},
            ["ip -4 route del blackhole 10.10.0.0/16", "ip -4 route add default via 10.17.92.1 dev eth0"],
        ),
        ({"rules-4": ["pref 1 from all unreachable"]}, ["ip -4 rule del pref 1 from all unreachable"]),
        ({"neighbours": ["10.17.92.1 dev eth0 lladdr 02:00"]}, ["ip neigh del 10.17.92.1 dev eth0"]),
        ({"qdiscs": ["qdisc pfifo 8002: dev eth0 root limit 0p"]}, ["tc qdisc del dev eth0 root"]),
    ],
)  # fmt: skip
def test_a_network_is_made_what_it_was(guard: ModuleType, now: dict[str, Any], commands: list[str]) -> None:
    assert [" ".join(words) for words in guard.plan_network(network(), network(**now))] == commands


def test_after_a_start_links_are_known_by_their_names(guard: ModuleType) -> None:
    """Their numbers may be others; a link that is new has no address of ours."""
    was, now = network(), network()
    now["links"] = {"7": now["links"]["2"], "8": ETH | {"name": "dummy0", "addresses": ["10.17.92.1/32 scope global"]}}
    assert guard.plan_network(was, now) == [["ip", "address", "del", "10.17.92.1/32", "dev", "dummy0"]]


@pytest.mark.parametrize(
    ("line", "spelt"),
    [
        ("default via 10.17.92.1 dev eth0 proto static linkdown ", "default via 10.17.92.1 dev eth0 proto static"),
        (
            "default proto static \\\tnexthop via 10.0.0.1 dev a weight 1",
            "default proto static nexthop via 10.0.0.1 dev a weight 1",
        ),
        (
            "unreachable ::/0 dev lo metric 1 error 4294967183 pref medium",
            "unreachable ::/0 dev lo metric 1 pref medium",
        ),
        ("fe80::/64 dev eth0 metric 1 expires 86sec", "fe80::/64 dev eth0 metric 1"),
    ],
)
def test_a_route_is_spelt_as_it_is_added(guard: ModuleType, line: str, spelt: str) -> None:
    assert guard.spell_route(line) == spelt


def test_rules_and_addresses_are_spelt_as_they_are_added(guard: ModuleType) -> None:
    assert guard.spell_rule("101:\tfrom 192.168.1.1 iif gone [detached] lookup 101 proto static") == (
        "pref 101 from 192.168.1.1 iif gone lookup 101 proto static"
    )
    row = {
        "family": "inet",
        "local": "10.0.0.1",
        "address": "10.0.0.2",
        "prefixlen": 32,
        "scope": "global",
        "label": "t",
    }
    assert guard.spell_address(row) == "10.0.0.1 peer 10.0.0.2/32 scope global label t"
    assert guard.cut_address(guard.spell_address(row)) == ["10.0.0.1", "peer", "10.0.0.2/32"]


@pytest.mark.parametrize(
    ("path", "is_volatile"),
    [
        ("/proc/sys/net/ipv4/conf/all/rp_filter", False),
        ("/proc/sys/net/ipv4/route/flush", True),
        ("/proc/sys/vm/drop_caches", True),
        ("/proc/sys/kernel/random/uuid", True),
    ],
)
def test_settings_that_do_something_are_not_written(guard: ModuleType, path: str, is_volatile: bool) -> None:
    assert bool(guard.VOLATILE.search(path)) is is_volatile


@pytest.mark.parametrize(
    ("words", "text", "told"),
    [
        (["arm"], "", "id: expected a name"),
        (["arm"], "[]", "stdin: expected one JSON object, found []"),
        (["arm"], '{"id": "a", "seconds": 4, "paths": []}', "seconds: expected a number from 5 to 86400, found 4"),
        (["arm"], '{"id": "a", "seconds": 9, "paths": ["/etc/.."]}', "paths: expected absolute paths"),
        (["arm"], '{"id": "a", "seconds": 9, "units": ["--force"]}', 'units: expected names, found "--force"'),
        (["arm"], '{"id": "a", "seconds": 9, "restart": {"x": 1}}', "restart: expected an object of units"),
        (
            ["arm"],
            '{"id": "a", "seconds": 9, "path": []}',
            "path: expected one of id, packages, paths, remove_packages",
        ),
        (["confirm", "--id", "a/b"], "", "id: expected a name"),
        (["forget", "--keep", "-1"], "", "keep: expected how many, from 0, found -1"),
        (["read"], '{"paths": [], "limits": {"x": 1}}', "limits: expected numbers for file, total, count"),
    ],
)
def test_bad_input_is_told_and_nothing_is_done(
    guard: ModuleType, own: Path, words: list[str], text: str, told: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert guard.main(words) == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["code"], answer["error"].startswith(told)) == ("input", True), answer
    assert not (own / "guard" / "armed").exists()


def test_who_is_not_root_is_told(
    guard: ModuleType, own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert guard.main(["status"]) == 1
    assert json.loads(capsys.readouterr().out) == {"error": "only root can do this", "code": "failed"}


def test_its_help_teaches(guard: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        guard.main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert all(
        f"\n  {command} " in told for command in ("read", "arm", "extend", "confirm", "revert", "restore", "status")
    )


def test_it_needs_the_standard_library_alone(guard: ModuleType) -> None:
    """And a Debian 12's Python."""
    imports = [
        line.split()[1].split(".")[0]
        for line in SOURCE.read_text().splitlines()
        if line.startswith(("import ", "from "))
    ]
    assert set(imports) <= sys.stdlib_module_names
    compile(SOURCE.read_text(), str(SOURCE), "exec")
    assert SOURCE.stat().st_mode & 0o111


def test_units_are_switched_as_they_were(guard: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came with a file that goes is switched off before, what was on is switched on after."""
    was = {
        "came": "not-found",
        "on": "disabled",
        "off": "enabled",
        "masked": "masked",
        "free": "enabled",
        "x": "static",
    }
    now = {"came": "enabled", "on": "enabled", "off": "disabled", "masked": "disabled", "free": "masked", "x": "static"}
    monkeypatch.setattr(guard, "read_units", lambda names: {name: {"enabled": now[name]} for name in names})
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(guard, "run", lambda *words, check: asked.append(words[1:]))
    units = {name: {"enabled": state} for name, state in was.items()}
    guard.switch_units(units, ("disable", "unmask"), [])
    assert asked == [("disable", "came"), ("disable", "on"), ("unmask", "free")]
    asked.clear()
    guard.switch_units(units, ("enable", "mask"), [])
    assert asked == [("enable", "off"), ("mask", "masked"), ("enable", "free")]
