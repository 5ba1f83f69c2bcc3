"""The secrets of our environment: the programs that the tools start (git, ansible-inventory) are not given them."""

import os
import resource
from urllib.parse import parse_qsl, unquote, urlsplit

from nornir_tasks.core.secrets import remember_secret

OWN = ("FELLESDRIFT_PASSWORD", "FELLESDRIFT_LEGACY_PASSWORD", "FELLESDRIFT_KEY", "FELLESDRIFT_JOURNAL")
SECRETS = (*OWN, "PGPASSWORD")  # the last: the journal's, as PostgreSQL's own library reads it


def make_child_environment() -> dict[str, str]:
    """Our environment without passwords, the backups' key, and the journal's address, which may hold a password."""
    return {name: value for name, value in os.environ.items() if not name.startswith(SECRETS)}


def remember_environment() -> None:
    """Mask from now on what is secret in our environment, whether or not anything ever logs in with it.

    A process that holds passwords leaves no core file: Ctrl-\\ would write one to wherever somebody stands.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    for name, value in os.environ.items():
        if name.startswith("FELLESDRIFT_JOURNAL"):
            values = _find_passwords(value)
        else:
            values = [value] if name.startswith(SECRETS) else []
        for secret in filter(None, values):
            remember_secret(secret)


def _find_passwords(address: str) -> list[str]:
    """The passwords in an address, as written there and as meant; none in what is no address: who opens it says so."""
    try:
        parts = urlsplit(address)
        asked = [value for key, value in parse_qsl(parts.query) if key in ("password", "sslpassword")]
        return [parts.password or "", unquote(parts.password or ""), *asked]
    except ValueError:
        return []
