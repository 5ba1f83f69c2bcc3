"""Replace host names, addresses and neighbours in a diff by placeholders, so that identical changes group.

Fifty switches that get the same change have fifty diffs, because each has a name of its own. With placeholders the
diffs are equal, and a person reads the change once.
"""

import re
from collections.abc import Mapping

from nornir_tasks.model import Device, Region

OPEN, SHUT = "‹", "›"


def find_device_tokens(device: Device, region: Region) -> dict[str, str]:
    """A device's own names and addresses, by placeholder: ``‹name›`` to ``loppa-acc-01``. Each value once."""
    candidates = {
        "name": device.name,
        "old name": device.legacy_name,
        "address": str(device.address.ip),
        "old address": str(device.legacy_address.ip) if device.legacy_address else None,
        "loopback": str(device.loopback) if device.loopback else None,
        "site": device.site,
    }
    for port in device.ports:
        if port.neighbour:
            neighbour = region.devices[port.neighbour.device]
            candidates[f"far end of {port.number}"] = f"{neighbour.name} {port.neighbour.port_name}"
            candidates[f"old name behind {port.number}"] = neighbour.legacy_name
    tokens: dict[str, str] = {}
    for label, token in candidates.items():
        if token and token not in tokens.values():
            tokens[f"{OPEN}{label}{SHUT}"] = token
    return tokens


def insert_placeholders(diff: str, tokens: Mapping[str, str]) -> str:
    """The diff with placeholders for the tokens, where they stand as whole words."""
    if OPEN in diff or not tokens:
        return diff
    placeholders = {token: placeholder for placeholder, token in tokens.items()}
    pattern = "|".join(re.escape(token) for token in sorted(placeholders, key=len, reverse=True))
    return re.sub(rf"(?<![\w.-])({pattern})(?![\w-]|\.\d)", lambda match: placeholders[match[1]], diff)


def restore_tokens(diff: str, tokens: Mapping[str, str]) -> str:
    """The reverse of ``insert_placeholders``."""
    for placeholder, token in tokens.items():
        diff = diff.replace(placeholder, token)
    return diff


def select_used(diff: str, tokens: Mapping[str, str]) -> dict[str, str]:
    """The tokens whose placeholders occur in a diff."""
    return {placeholder: token for placeholder, token in tokens.items() if placeholder in diff}
