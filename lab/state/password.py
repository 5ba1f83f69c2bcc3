"""Print the password of an account in the lab: ``lab/password MUNICIPALITY ACCOUNT``.

The lab keeps no password on disk: each is derived from a seed of this lab's own, and the switches hold hashes.
"""

import hashlib
import hmac
import os
import sys
from pathlib import Path

from lab import CENTRE, ROOT

USAGE = "usage: lab/password MUNICIPALITY ACCOUNT"


def directory() -> Path:
    """The lab's own directory: ``FELLESDRIFT_LAB_DIR``, or ``.lab`` in the checkout; made if missing, private."""
    path = Path(os.environ.get("FELLESDRIFT_LAB_DIR") or ROOT / ".lab").absolute()
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def seed(where: Path) -> bytes:
    """The seed of this lab's passwords, host keys' fellow: made once, readable by its owner only."""
    path = where / "seed"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return bytes.fromhex(path.read_text())
    with os.fdopen(handle, "w") as file:
        file.write(os.urandom(32).hex())
    return bytes.fromhex(path.read_text())


def password(where: Path, municipality: str, account: str) -> str:
    """The password of an account. ``drift`` is the centre's and the same everywhere.

    ``FELLESDRIFT_LAB_PASSWORD``, if set, is the password of every account.

    Args:
        where: the lab's own directory, which holds the seed.
        municipality: its name in the inventory.
        account: the name that is logged in with.
    """
    given = os.environ.get("FELLESDRIFT_LAB_PASSWORD")
    if given:
        return given
    scope = CENTRE if account == "drift" else municipality
    return hmac.new(seed(where), f"{scope}/{account}".encode(), hashlib.sha256).hexdigest()[:24]


def salt(where: Path, municipality: str, length: int = 8) -> str:
    """A salt for the stored form of a municipality's passwords: one each, so that hashes can be made once.

    Args:
        where: the lab's own directory, which holds the seed.
        municipality: its name in the inventory.
        length: characters.
    """
    return hmac.new(seed(where), f"salt/{municipality}".encode(), hashlib.sha256).hexdigest()[:length]


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1].startswith("-"):
        sys.exit(USAGE)
    print(password(directory(), sys.argv[1], sys.argv[2]))
