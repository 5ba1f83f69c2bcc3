"""Files written whole or not at all: a full disk, or Ctrl-C, leaves what was there before."""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path


def write(files: Mapping[Path, str | bytes], *, private: bool = False) -> None:
    """Write all of them beside their places first, and only then put them there. ``private``: for their owner only.

    Raises:
        OSError: a file cannot be written; then none of them is changed.
    """
    drafts: dict[Path, Path] = {}
    try:
        for file, content in files.items():
            place = file.resolve()  # what a link leads to, not the link
            if place.exists() and not place.is_file():
                _write_through(place, content)
                continue
            # Hidden: Ansible, which may read the folder at this moment, ignores such files.
            draft = drafts[place] = place.with_name(f".{place.name}.{os.getpid()}")
            try:
                place.parent.mkdir(mode=0o700 if private else 0o777, parents=True, exist_ok=True)
                with open(draft, "wb", opener=partial(os.open, mode=0o600 if private else 0o666)) as handle:
                    handle.write(content.encode() if isinstance(content, str) else content)
                    handle.flush()
                    os.fsync(handle.fileno())  # or a power cut might put an empty file there
                if place.exists() and not private:
                    shutil.copymode(place, draft)
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(file)) from error
        for place, draft in drafts.items():
            os.replace(draft, place)
    finally:
        for draft in drafts.values():
            with suppress(OSError):  # where it could not even be made, there is nothing to take away
                draft.unlink()


def _write_through(place: Path, content: str | bytes) -> None:
    """Give it to a terminal, a pipe or ``/dev/null``, which are not replaced. A pipe without a reader is an error."""
    with open(place, "wb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as handle:
        os.set_blocking(handle.fileno(), True)
        handle.write(content.encode() if isinstance(content, str) else content)


def write_to_cache(file: Path, text: str, limit: int) -> None:
    """Write a file into a cache, and remove the oldest of its kind; where the folder cannot be written to, do nothing.

    Args:
        file: its kind is the name up to the first ``-``, with the suffix: ``region-*.json``.
        text: its content.
        limit: how many files of this kind stay, the new one included.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write({file: text})
        kind = f"{file.stem.partition('-')[0]}-*{file.suffix}"
        old = sorted(file.parent.glob(kind), key=lambda cached: cached.stat().st_mtime, reverse=True)
        for cached in old[limit:]:
            cached.unlink(missing_ok=True)
    except OSError:
        return
