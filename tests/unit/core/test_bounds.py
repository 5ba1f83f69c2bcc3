"""A file is read whole or refused with a reason: never half, never without end."""

import ast
import gzip
import os
from pathlib import Path

import pytest

from nornir_tasks.core.bounds import MB, decompress, read_file, read_text
from nornir_tasks.core.state import ROOT


def test_a_file_at_the_bound_is_read_and_one_above_it_is_not(tmp_path: Path) -> None:
    """The bound is what may be there, not what may not."""
    file = tmp_path / "file"
    file.write_bytes(b"x" * 4096)
    assert len(read_file(file, 4096)) == 4096
    with pytest.raises(OSError, match="larger than") as refused:
        read_file(file, 4095)
    assert refused.value.filename == str(file)


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe that nobody writes, a device without end, a folder: an error, at once."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(OSError, match="not a regular file"):
            read_file(path)
    with pytest.raises(IsADirectoryError) as refused:
        read_file(tmp_path)
    assert refused.value.filename == str(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "none")


def test_text_has_its_lines_as_python_reads_them(tmp_path: Path) -> None:
    """As ``Path.read_text``: whatever ends the lines, and only UTF-8."""
    (tmp_path / "file").write_bytes(b"a\r\nb\rc\n")
    assert read_text(tmp_path / "file") == "a\nb\nc\n"
    (tmp_path / "file").write_bytes(b"\xff")
    with pytest.raises(UnicodeDecodeError):
        read_text(tmp_path / "file")


def test_what_is_packed_small_is_not_unpacked_without_end() -> None:
    """A thousandth of its size on disk: refused at the bound, as is what is cut off or was never packed."""
    packed = gzip.compress(bytes(MB))
    assert len(packed) < 4096
    assert decompress(packed, MB) == bytes(MB)
    for content, reason in (
        (gzip.compress(bytes(MB + 1)), "larger than 1 MB when it is unpacked"),
        (packed[:-9], "cut off"),
        (b"junk", "not packed by gzip"),
    ):
        with pytest.raises(OSError, match=reason):
            decompress(content, MB)


def test_every_file_is_read_within_the_bound() -> None:
    """No module reads a file by itself, but for what the kernel writes (/proc)."""
    unbounded = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "nornir_tasks").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("read_text", "read_bytes")
    ]
    assert {place.partition(":")[0] for place in unbounded} == {"nornir_tasks/journal/lock.py"}, unbounded
