"""Files written whole or not at all."""

import errno
import os

import pytest

from nornir_tasks.core.atomic_write import write, write_to_cache


@pytest.fixture
def full(monkeypatch):
    """A disk on which nothing more fits than what is written first."""
    written = []

    def once(handle):
        if written:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(handle)

    monkeypatch.setattr(os, "fsync", once)


def test_texts_and_bytes_new_and_old_keep_their_rights(tmp_path):
    old = tmp_path / "old"
    old.write_text("before")
    old.chmod(0o640)
    (tmp_path / "link").symlink_to("old")
    write({tmp_path / "link": "after", tmp_path / "below" / "new": b"\xff"})
    assert (old.read_text(), old.stat().st_mode & 0o777) == ("after", 0o640)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "below" / "new").read_bytes() == b"\xff"


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path):
    """A terminal, `/dev/null`, a pipe that somebody reads; one that nobody reads is not waited for."""
    (tmp_path / "null").symlink_to(os.devnull)
    write({tmp_path / "null": "gone"})
    assert (tmp_path / "null").is_char_device()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="No such device or address"):
        write({pipe: "text"})
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write({pipe: "text"})
    assert os.read(reader, 10) == b"text"
    os.close(reader)
    assert pipe.is_fifo()
    with pytest.raises(IsADirectoryError):
        write({tmp_path: "text"})


def test_what_is_private_is_its_owner_s_alone(tmp_path):
    file = tmp_path / "state" / "key"
    write({file: "secret"}, private=True)
    write({file: "another"}, private=True)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.usefixtures("full")
def test_on_a_full_disk_all_stays_as_it_was(tmp_path):
    for name in "ab":
        (tmp_path / name).write_text("before")
    with pytest.raises(OSError, match="No space left on device") as caught:
        write({tmp_path / "a": "after", tmp_path / "b": "after"})
    assert caught.value.filename == str(tmp_path / "b")
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a": "before", "b": "before"}


@pytest.mark.usefixtures("full")
def test_a_cache_on_a_full_disk_is_none(tmp_path):
    write_to_cache(tmp_path / "cache" / "region-1.json", "{}", 2)
    write_to_cache(tmp_path / "cache" / "region-2.json", "{}", 2)
    assert [file.name for file in (tmp_path / "cache").iterdir()] == ["region-1.json"]


def test_ctrl_c_leaves_no_draft(tmp_path, monkeypatch):
    def interrupted(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write({tmp_path / "a": "after"})
    assert list(tmp_path.iterdir()) == []
