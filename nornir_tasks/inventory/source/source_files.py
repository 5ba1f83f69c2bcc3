"""The files below a folder as Ansible finds them: links to folders are followed, what is hidden is passed over."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

YAML = (".yml", ".yaml", ".json")
A_FOLDER = "a folder"
ReportUnreadable = Callable[[Path, OSError], None]


def list_files(folder: Path) -> Iterator[Path]:
    """Every file, in the order of the names.

    Raises:
        OSError: a folder may not be read.
    """
    for path, reason in walk_folder(folder):
        if not reason:
            yield path


def walk_folder(
    folder: Path, report_unreadable: ReportUnreadable | None = None, outer_folders: frozenset[Path] = frozenset()
) -> Iterator[tuple[Path, str]]:
    """Every file, and what is none with the reason why it cannot be read (empty: it can). Never opens a pipe or device.

    Args:
        folder: where to begin; its own hidden entries and those below it are left out.
        report_unreadable: called with each file or folder that the rights keep closed, and the error.
        outer_folders: the resolved folders that ``folder`` is in, to notice links that lead back; empty at the top.

    Raises:
        OSError: the rights keep something closed, and there is no ``report_unreadable``.
    """
    folders = outer_folders | {folder.resolve()}
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        _report_or_raise(folder, error, report_unreadable)
        return
    for path in (folder / name for name in names if not name.startswith(".")):
        try:
            mode = path.stat().st_mode
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP):
                yield path, "a link that leads nowhere"
            else:
                _report_or_raise(path, error, report_unreadable)
            continue
        if not stat.S_ISDIR(mode):
            yield path, "" if stat.S_ISREG(mode) else "what is no file"
        elif path.suffix.lower() in YAML:
            yield path, A_FOLDER
        elif path.resolve() in folders:
            yield path, "a link to a folder that it is in itself"
        else:
            yield from walk_folder(path, report_unreadable, folders)


def _report_or_raise(path: Path, error: OSError, report_unreadable: ReportUnreadable | None) -> None:
    if report_unreadable is None:
        raise error
    report_unreadable(path, error)
