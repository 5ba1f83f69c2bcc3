"""The address that a switch is told to ask from, by the interface's name or as it is."""

import re
from ipaddress import IPv4Address

from lab.device.switch import Switch

_NAME = re.compile(r"([A-Za-z-]+)([\d/]+)$")


def find_source(switch: Switch, word: str) -> IPv4Address | None:
    """The address of an interface that is up; None: the switch has no such one, or it is down.

    Args:
        switch: who asks.
        word: ``10.17.8.1``, ``Vlan110`` or, cut short, ``vl110``.
    """
    wanted = _NAME.match(word)
    for source in switch.sources():
        name = _NAME.match(source.interface)
        if word == str(source.address):
            return source.address
        if wanted and name and wanted[2] == name[2] and name[1].lower().startswith(wanted[1].lower()):
            return source.address
    return None
