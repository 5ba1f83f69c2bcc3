"""Host keys: where there is a file of known hosts, a switch that is not in it, or has another key, is not talked to."""

import os
from pathlib import Path

from nornir_tasks import state
from nornir_tasks.state import StateError


def options() -> dict[str, object]:
    """What netmiko is told: strict against ``FELLESDRIFT_KNOWN_HOSTS``, or ``known_hosts`` in the state directory.

    Without either, any key is taken: a new region has no list yet. ``ssh-keyscan`` over a trusted path makes one
    (in the lab: ``scripts/lab trust FILE``).
    """
    named = os.environ.get("FELLESDRIFT_KNOWN_HOSTS")
    path = state.directory() / "known_hosts" if named is None else Path(named)
    if not path.is_file():
        if named is not None:
            raise StateError(f"FELLESDRIFT_KNOWN_HOSTS: expected a file of known hosts at {path}, found none")
        return {}
    return {"ssh_strict": True, "system_host_keys": False, "alt_host_keys": True, "alt_key_file": str(path)}
