"""Who is backed up, to which half; and what the program on the hosts compares."""

import importlib.machinery
import importlib.util
import os
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region
from nornir_tasks.server_roles import ServerView, find_reason_not_ours
from nornir_tasks.server_roles.backup import applies_to, derive_variables

PROGRAM = Path(__file__).parents[3] / "roles" / "backup" / "files" / "fellesdrift-backup"


@pytest.fixture(scope="module")
def region() -> Region:
    """The whole region."""
    return load_region()


@pytest.fixture(scope="module")
def program() -> ModuleType:
    """The program, as a module."""
    loader = importlib.machinery.SourceFileLoader("fellesdrift_backup", str(PROGRAM))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def look(region: Region, name: str) -> ServerView:
    """A server."""
    return ServerView(region, region.servers[name], Position())


@pytest.mark.parametrize(
    ("name", "store"),
    [
        ("centre-db-01", "centre-backup-02"),
        ("centre-db-02", "centre-backup-01"),
        ("centre-logs-01", "centre-backup-02"),
        ("loppa-file-01", "centre-backup-02"),
    ],
)
def test_the_store_is_in_the_other_half(region: Region, name: str, store: str) -> None:
    assert derive_variables(look(region, name))["backup__store"]["name"] == store


def test_who_has_no_data_has_no_backup(region: Region) -> None:
    assert not applies_to(look(region, "centre-time-01"))
    assert applies_to(look(region, "centre-backup-01"))
    assert derive_variables(look(region, "centre-backup-01"))["backup__store"] == {}


def test_databases_are_dumped_where_they_are(region: Region) -> None:
    assert derive_variables(look(region, "centre-db-01"))["backup__postgresql"] == {"version": 17, "port": 5432}
    assert derive_variables(look(region, "centre-logs-01"))["backup__postgresql"] == {}
    assert "/var/log/remote" in derive_variables(look(region, "centre-logs-01"))["backup__paths"]


def test_each_client_is_one_store_s(region: Region) -> None:
    """Of every server of ours that has a backup, exactly the store that it goes to knows it."""
    stores = {
        name: derive_variables(look(region, name))["backup__clients"] for name in region.servers if "backup" in name
    }
    assert len(stores) == 2
    for name, server in region.servers.items():
        if find_reason_not_ours(server) is None and applies_to(look(region, name)):
            store = derive_variables(look(region, name))["backup__store"].get("name")
            assert [known for known, clients in stores.items() if name in clients] == ([store] if store else [])
    assert not any(find_reason_not_ours(region.servers[name]) for clients in stores.values() for name in clients)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with files, a link, and what is left out."""
    folder = tmp_path / "source"
    (folder / "below").mkdir(parents=True)
    (folder / "a").write_text("a")
    (folder / "below" / "b").write_text("b")
    (folder / "link").symlink_to("a")
    (folder / "secret").write_text("s")
    return folder


def copy(source: Path, root: Path) -> None:
    """What restic restores: the same paths below another folder, with their times."""
    shutil.copytree(source, root / str(source).lstrip("/"), symlinks=True)


def test_what_was_restored_is_the_same(program: ModuleType, source: Path, tmp_path: Path) -> None:
    manifest = program.make_manifest([str(source)], [str(source / "secret")], {})
    assert sorted(Path(name).name for name in manifest) == ["a", "b", "link"]
    copy(source, tmp_path / "root")
    result = program.compare(manifest, tmp_path / "root")
    assert (result.same, result.moving, result.wrong) == (3, 0, [])


def test_each_difference_is_found(program: ModuleType, source: Path, tmp_path: Path) -> None:
    """Rotten content, another link, and what is missing; what changed meanwhile is counted apart."""
    root = tmp_path / "root"
    manifest = program.make_manifest([str(source)], [], {})
    copy(source, root)
    restored = root / str(source).lstrip("/")
    times = (restored / "a").stat()
    (restored / "a").write_text("x")
    os.utime(restored / "a", ns=(times.st_atime_ns, times.st_mtime_ns))
    (restored / "link").unlink()
    (restored / "link").symlink_to("b")
    (restored / "below" / "b").unlink()
    (restored / "secret").write_text("longer")
    result = program.compare(manifest, root)
    assert sorted(line.replace(f"{source}/", "") for line in result.wrong) == [
        "a: other content",
        "below/b: not in the backup",
        "link: another link",
    ]
    assert (result.same, result.moving) == (0, 1)
    gone = program.compare(manifest, root, is_there=lambda _: False)
    assert len(gone.wrong) == 2  # what the host does not have any more either went before it was read
    assert gone.moving == 2


def test_what_was_not_touched_is_not_read_again(
    program: ModuleType, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = program.make_manifest([str(source)], [], {})
    (source / "a").write_text("other")
    read = []
    whole = program.digest_file
    monkeypatch.setattr(program, "digest_file", lambda path: read.append(path.name) or whole(path))
    manifest = program.make_manifest([str(source)], [], known)
    assert read == ["a"]
    assert manifest[str(source / "a")]["digest"] != known[str(source / "a")]["digest"]


def test_two_dumps_of_the_same_are_the_same(program: ModuleType, tmp_path: Path) -> None:
    """But for when and by what they were made; a row is a row."""
    texts = {
        "one": "\\restrict abc\n-- Dumped by pg_dump version 17.6\nCOPY t FROM stdin;\n1\n\\unrestrict abc\n",
        "two": "\\restrict xyz\n-- Dumped by pg_dump version 17.12\nCOPY t FROM stdin;\n1\n\\unrestrict xyz\n",
        "other": "\\restrict xyz\n-- Dumped by pg_dump version 17.12\nCOPY t FROM stdin;\n2\n\\unrestrict xyz\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    one, two, other = (program.digest_dump(tmp_path / name) for name in texts)
    assert one == two != other
