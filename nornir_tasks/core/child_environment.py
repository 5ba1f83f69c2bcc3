"""What the programs are told that the tools start: their environment is ours, without its secrets."""

import os

SECRETS = ("FELLESDRIFT_PASSWORD", "FELLESDRIFT_LEGACY_PASSWORD", "FELLESDRIFT_KEY", "FELLESDRIFT_JOURNAL")


def make_child_environment() -> dict[str, str]:
    """The environment without passwords, the key of the backups, and the journal's address, which may hold one too."""
    return {name: value for name, value in os.environ.items() if not name.startswith(SECRETS)}
