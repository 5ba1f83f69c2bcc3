"""The files below a folder as Ansible finds them: links to folders are followed, what is hidden is passed over."""

import os
from collections.abc import Iterator
from pathlib import Path


def files(folder: Path) -> Iterator[Path]:
    """Every file, in the order of the names.

    Raises:
        OSError: a folder may not be read.
    """
    for path, trouble in walk(folder):
        if not trouble:
            yield path


def walk(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[tuple[Path, str]]:
    """Every file, and what is none: with words for why it cannot be read. A pipe or a device is never opened.

    Raises:
        OSError: a folder may not be read.
    """
    inside = above | {folder.resolve()}
    if not folder.is_dir():
        return
    for name in sorted(os.listdir(folder)):
        path = folder / name
        if name.startswith("."):
            continue
        if path.is_dir():
            if path.resolve() in inside:
                yield path, "a link to a folder that it is in itself"
            else:
                yield from walk(path, inside)
        elif path.is_file():
            yield path, ""
        else:
            yield path, "a link that leads nowhere" if path.is_symlink() and not path.exists() else "what is no file"
