"""The state directory, its key, and files in it that are never half written."""

import fcntl
import hashlib
import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet

from nornir_tasks.core import atomic_write
from nornir_tasks.core.bounds import read_file
from nornir_tasks.core.errors import FellesdriftError

ROOT = Path(__file__).resolve().parents[2]


class StateError(FellesdriftError):
    """The state directory cannot be used: names path, found and expected."""


def directory() -> Path:
    """The state directory: ``FELLESDRIFT_STATE``, or ``.state`` in the checkout. Made if missing, for its owner."""
    path = Path(os.environ.get("FELLESDRIFT_STATE") or ROOT / ".state")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(f"FELLESDRIFT_STATE: expected a directory at {path}, found: {error.strerror}") from error
    return path


def write(path: Path, content: bytes) -> None:
    """Write a file for its owner only, whole or not at all."""
    atomic_write.write({path: content}, private=True)


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Within this, no other process or thread holds the same folder, which is made if missing, for its owner.

    Raises:
        StateError: it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise StateError(f"{folder}: expected a folder that may be written to, found: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class Key:
    """The key that seals backups' secrets and signs digests: ``FELLESDRIFT_KEY``, or a file in the state directory."""

    def __init__(self, where: Path) -> None:
        text = os.environ.get("FELLESDRIFT_KEY", "").encode(errors="surrogateescape") or _key_file(where / "key")
        try:
            self._fernet = Fernet(text)
        except ValueError:
            raise StateError(
                f"FELLESDRIFT_KEY or {where / 'key'}: no key; expected 32 bytes in URL-safe base64"
            ) from None
        self._text = text

    def __repr__(self) -> str:
        return "Key(…)"

    def seal(self, content: bytes) -> bytes:
        """Encrypt."""
        return self._fernet.encrypt(content)

    def open(self, content: bytes) -> bytes:
        """Decrypt what ``seal`` made."""
        return self._fernet.decrypt(content)

    def digest(self, text: str) -> str:
        """A digest that tells equal from unequal, and from which a secret cannot be guessed without the key.

        A plain hash would let a reader of plan or journal try out short secrets against a masked text.
        """
        return hmac.new(self._text, text.encode(), hashlib.sha256).hexdigest()


def _key_file(path: Path) -> bytes:
    """The content of the key's file, which the first of several processes that start at once makes."""
    if not path.exists():
        if any((path.parent / "backups").glob("*/*.sealed")):
            raise StateError(f"{path}: expected the key that sealed the backups beside it, found nothing there")
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        write(draft, Fernet.generate_key())
        try:
            os.link(draft, path)  # fails if another process was quicker: then its key is the key
        except FileExistsError:
            return read_file(path)
        finally:
            draft.unlink()
    return read_file(path)
