"""The environment of the programs that the tools start (git, ansible-inventory): ours, without its secrets."""

import os

SECRETS = ("FELLESDRIFT_PASSWORD", "FELLESDRIFT_LEGACY_PASSWORD", "FELLESDRIFT_KEY", "FELLESDRIFT_JOURNAL")


def make_child_environment() -> dict[str, str]:
    """Our environment without passwords, the backups' key, and the journal's address, which may hold a password."""
    return {name: value for name, value in os.environ.items() if not name.startswith(SECRETS)}
