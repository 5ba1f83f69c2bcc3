"""The files of a folder, as Ansible finds them."""

import errno
import os

import pytest

from nornir_tasks.inventory.source import source_files
from nornir_tasks.inventory.source.source_files import list_files, walk_folder


@pytest.fixture
def place(tmp_path):
    for name in ("b/two.yml", "a-x.yml", "a/one.yml", ".git/config", "a/.hidden.yml"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text("")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "three.yml").write_text("")
    (tmp_path / "in" / "b" / "shared").symlink_to(tmp_path / "shared")
    return tmp_path / "in"


def test_every_file_in_the_order_of_the_names_through_links_too(place):
    found = [str(file.relative_to(place)) for file in list_files(place)]
    assert found == ["a/one.yml", "a-x.yml", "b/shared/three.yml", "b/two.yml"]


def test_what_is_no_file_is_told(place):
    os.mkfifo(place / "a" / "pipe.yml")
    (place / "b" / "gone.yml").symlink_to("/nowhere/gone.yml")
    (place / "b" / "loop.yml").symlink_to("loop.yml")
    (place / "b" / "up").symlink_to("..")
    assert {str(path.relative_to(place)): trouble for path, trouble in walk_folder(place) if trouble} == {
        "a/pipe.yml": "what is no file",
        "b/gone.yml": "a link that leads nowhere",
        "b/loop.yml": "a link that leads nowhere",
        "b/up": "a link to a folder that it is in itself",
    }
    assert len(list(list_files(place))) == 4


def test_a_folder_that_may_not_be_read_is_told_or_stops(place, monkeypatch):
    """Half an inventory is none: without anybody to tell, it is an error."""
    real = os.listdir

    def listed(folder):
        if folder.name == "a":
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return real(folder)

    monkeypatch.setattr(source_files.os, "listdir", listed)
    with pytest.raises(PermissionError):
        list(list_files(place))
    told = []
    assert len(list(walk_folder(place, lambda path, error: told.append((path.name, error.strerror))))) == 3
    assert told == [("a", "Permission denied")]


def test_a_folder_that_is_no_inventory_is_not_read_to_its_end(place, monkeypatch):
    """Somebody names `/`: after some thousand files it is said that this is no inventory."""
    monkeypatch.setattr(source_files, "MAX_FILES", 3)
    with pytest.raises(OSError, match="more than 3 files, expected an inventory") as refused:
        list(walk_folder(place))
    assert refused.value.filename == str(place)
    monkeypatch.setattr(source_files, "MAX_FILES", 4)
    assert len(list(walk_folder(place))) == 4


def test_a_folder_with_a_files_name_is_told(place):
    """And nothing below it is read."""
    (place / "zones.yml").mkdir()
    (place / "zones.yml" / "more.yml").write_text("")
    assert (place / "zones.yml", "a folder") in list(walk_folder(place))
    assert place / "zones.yml" / "more.yml" not in list(list_files(place))
