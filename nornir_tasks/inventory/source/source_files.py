"""The files below a folder as Ansible finds them: links to folders are followed, what is hidden is passed over."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

Closed = Callable[[Path, OSError], None]


def files(folder: Path) -> Iterator[Path]:
    """Every file, in the order of the names.

    Raises:
        OSError: a folder may not be read.
    """
    for path, trouble in walk(folder):
        if not trouble:
            yield path


def walk(
    folder: Path, closed: Closed | None = None, above: frozenset[Path] = frozenset()
) -> Iterator[tuple[Path, str]]:
    """Every file, and what is none: with words for why it cannot be read. A pipe or a device is never opened.

    Args:
        closed: is told of what nobody may look at.

    Raises:
        OSError: there is something of that kind, and nobody to tell.
    """
    inside = above | {folder.resolve()}
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        _refuse(folder, error, closed)
        return
    for path in (folder / name for name in names if not name.startswith(".")):
        try:
            mode = path.stat().st_mode
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP):
                yield path, "a link that leads nowhere"
            else:
                _refuse(path, error, closed)
            continue
        if not stat.S_ISDIR(mode):
            yield path, "" if stat.S_ISREG(mode) else "what is no file"
        elif path.resolve() in inside:
            yield path, "a link to a folder that it is in itself"
        else:
            yield from walk(path, closed, inside)


def _refuse(path: Path, error: OSError, closed: Closed | None) -> None:
    if closed is None:
        raise error
    closed(path, error)
