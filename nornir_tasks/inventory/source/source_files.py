"""The files below a folder as Ansible finds them: links to folders are followed, what is hidden is passed over."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

YAML = (".yml", ".yaml", ".json")
A_FOLDER = "a folder"
MAX_FILES = 20_000  # of a source: a thousand municipalities have some thousand
ReportUnreadable = Callable[[Path, OSError], None]


def list_files(folder: Path) -> Iterator[Path]:
    """Every file, in the order of the names.

    Raises:
        OSError: a folder may not be read.
    """
    for path, reason in walk_folder(folder):
        if not reason:
            yield path


def walk_folder(folder: Path, report_unreadable: ReportUnreadable | None = None) -> Iterator[tuple[Path, str]]:
    """Every file, and what is none with the reason why it cannot be read (empty: it can). Never opens a pipe or device.

    Args:
        folder: where to begin; its own hidden entries and those below it are left out.
        report_unreadable: called with each file or folder that the rights keep closed, and the error.

    Raises:
        OSError: the rights keep something closed, and there is no ``report_unreadable``; or there are more files than
            an inventory has: the folder is another one than was meant.
    """
    for number, entry in enumerate(_walk(folder, report_unreadable, frozenset()), 1):
        if number > MAX_FILES:
            raise OSError(errno.E2BIG, f"more than {MAX_FILES} files, expected an inventory", str(folder))
        yield entry


def _walk(
    folder: Path, report_unreadable: ReportUnreadable | None, outer_folders: frozenset[Path]
) -> Iterator[tuple[Path, str]]:
    """``walk_folder`` below ``outer_folders``: those that ``folder`` is in, to notice links that lead back."""
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
            yield from _walk(path, report_unreadable, folders)


def _report_or_raise(path: Path, error: OSError, report_unreadable: ReportUnreadable | None) -> None:
    if report_unreadable is None:
        raise error
    report_unreadable(path, error)
