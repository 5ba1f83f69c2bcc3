"""The secrets of our environment: the programs that the tools start (git, ansible-inventory) are not given them."""

import os
from urllib.parse import unquote, urlsplit

from nornir_tasks.core.secrets import remember_secret

SECRETS = ("FELLESDRIFT_PASSWORD", "FELLESDRIFT_LEGACY_PASSWORD", "FELLESDRIFT_KEY", "FELLESDRIFT_JOURNAL")


def make_child_environment() -> dict[str, str]:
    """Our environment without passwords, the backups' key, and the journal's address, which may hold a password."""
    return {name: value for name, value in os.environ.items() if not name.startswith(SECRETS)}


def remember_environment() -> None:
    """Mask from now on what is secret in our environment, whether or not anything ever logs in with it."""
    for name, value in os.environ.items():
        if name.startswith("FELLESDRIFT_JOURNAL"):
            try:
                value = unquote(urlsplit(value).password or "")
            except ValueError:  # no address: whoever opens it says so
                continue
        if name.startswith(SECRETS) and value:
            remember_secret(value)
