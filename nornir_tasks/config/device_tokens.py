"""What only one device says of itself (its name, its addresses, its neighbours), taken out of a diff and put back.

Fifty switches that get the same change have fifty diffs, for each has a name of its own. With their own words out of
the way, those that are told the same are found, and a person reads it once.
"""

import re
from collections.abc import Mapping

from nornir_tasks.model import Device, Region

OPEN, SHUT = "‹", "›"


def own_words(device: Device, region: Region) -> dict[str, str]:
    """What stands for each of a device's own words: ``‹name›`` to ``loppa-acc-01``. Each word once."""
    said = {
        "name": device.name,
        "old name": device.legacy_name,
        "address": str(device.address.ip),
        "old address": str(device.legacy_address.ip) if device.legacy_address else None,
        "loopback": str(device.loopback) if device.loopback else None,
        "site": device.site,
    }
    for port in device.ports:
        if port.neighbour:
            far = region.devices[port.neighbour.device]
            said[f"far end of {port.number}"] = f"{far.name} {port.neighbour.port_name}"
            said[f"old name behind {port.number}"] = far.legacy_name
    found: dict[str, str] = {}
    for what, word in said.items():
        if word and word not in found.values():
            found[f"{OPEN}{what}{SHUT}"] = word
    return found


def take_out(diff: str, words: Mapping[str, str]) -> str:
    """The diff with what stands for the words in their place, where they stand as words of their own."""
    if OPEN in diff or not words:
        return diff
    marks = {word: mark for mark, word in words.items()}
    either = "|".join(re.escape(word) for word in sorted(marks, key=len, reverse=True))
    return re.sub(rf"(?<![\w.-])({either})(?![\w-]|\.\d)", lambda match: marks[match[1]], diff)


def put_back(diff: str, words: Mapping[str, str]) -> str:
    """The reverse of ``take_out``."""
    for mark, word in words.items():
        diff = diff.replace(mark, word)
    return diff


def used(diff: str, words: Mapping[str, str]) -> dict[str, str]:
    """Those of the words that a diff has places for."""
    return {mark: word for mark, word in words.items() if mark in diff}
