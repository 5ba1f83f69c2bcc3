"""Rows of a switch's MAC and ARP tables, written alike on every platform so that both can be joined."""

import re

NOT_RESOLVED = "00:00:00:00:00:00"  # what a ProCurve shows while a question is not answered yet


def format_mac(raw: str) -> str | None:
    """A MAC address in lower case with colons, from any vendor's form; None: it is none, or one that nothing has."""
    digits = re.sub(r"[.:-]", "", raw).lower()
    if not re.fullmatch(r"[0-9a-f]{12}", digits):
        return None
    mac = ":".join(digits[place : place + 2] for place in range(0, 12, 2))
    return None if mac == NOT_RESOLVED else mac


def find_vlan(interface: str) -> int | None:
    """The VLAN of an interface as ARP tables name it: ``Vlan20``, or ``Vlan20, Ethernet5`` with the port behind it."""
    match = re.match(r"Vlan(\d+)\b", interface)
    return int(match[1]) if match else None
