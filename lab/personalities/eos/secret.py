"""Passwords as EOS stores them: SHA-512 crypt, by the system's own libcrypt."""

import secrets
import string
import sys
import warnings
from functools import lru_cache

if sys.version_info >= (3, 13):  # the standard library has it no longer; netutils brings the same under another name
    import legacycrypt as crypt
else:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import crypt

_ALPHABET = string.ascii_letters + string.digits + "./"


def hashed(password: str, salt: str | None = None) -> str:
    """The stored form; the salt is random unless given."""
    salt = salt or "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return _crypt(password, f"$6${salt}")


@lru_cache(maxsize=4096)
def _crypt(password: str, salt: str) -> str:
    """Cached: each login of each switch asks, and a thousand rounds a time add up."""
    return crypt.crypt(password, salt)


def fits(stored: str, password: str) -> bool:
    """Whether a password belongs to a stored form (``$6$…``, or the older ``$1$…``)."""
    return stored.startswith("$") and secrets.compare_digest(_crypt(password, stored), stored)
