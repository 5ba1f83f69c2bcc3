"""VLAN maps of IOS: ``vlan access-map`` and ``vlan filter``, as lists on all that passes within a VLAN. Pure.

What IOS does: the entries are searched in the order of their numbers; a permit of a list counts as a match, a deny
sends the packet on to the next entry. An entry without a match clause is about every packet. A map with any ``match
ip`` drops what matches nothing; one with none lets IP through. ARP passes every map.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.common.packet_filter import AclRow, Filter
from nornir_tasks.platforms.common.vlan_lists import ALL_VLANS, parse_vlan_list

ENTRY = re.compile(r"vlan access-map (\S+)(?: (\d+))?")
FILTER = re.compile(r"vlan filter (\S+) vlan-list (.+)")
MATCH = "match ip address "


def read_vlan_filters(root: ConfigNode, lists: Mapping[str, tuple[AclRow, ...]]) -> dict[int, tuple[Filter, ...]]:
    """The lists in force within VLANs, by VLAN.

    Args:
        root: the configuration.
        lists: its access lists by name.
    """
    maps: dict[str, list[tuple[int, ConfigNode]]] = {}
    for block in root.children:
        if match := ENTRY.fullmatch(block.text):
            maps.setdefault(match[1], []).append((int(match[2] or 10), block))
    filters: dict[int, tuple[Filter, ...]] = {}
    for block in root.children:
        if match := FILTER.fullmatch(block.text):
            entries = [entry for _, entry in sorted(maps.get(match[1], ()), key=lambda pair: pair[0])]
            rows = tuple(row for entry in entries for row in _read_entry(entry, lists))
            if entries and not any(child.text.startswith(MATCH) for entry in entries for child in entry.children):
                rows += (AclRow("what no entry is about", permits=True),)
            vlans = ALL_VLANS if match[2] == "all" else parse_vlan_list(match[2].replace(" ", ""))
            for vlan in vlans:
                filters[vlan] = (*filters.get(vlan, ()), Filter(block.text, rows, missing_admits=False, name=match[1]))
    return filters


def _read_entry(entry: ConfigNode, lists: Mapping[str, tuple[AclRow, ...]]) -> list[AclRow]:
    """An entry as rows of a list. What is not certain counts against the packet: it is dropped, not let through."""
    lines = [child.text for child in entry.children]
    forwards = not any(line.startswith("action drop") for line in lines)
    names = [name for line in lines if line.startswith(MATCH) for name in line.removeprefix(MATCH).split()]
    if not names and any(line.startswith("match ") for line in lines):
        return []  # of MAC addresses or IPv6
    if not names or not all(lists.get(name) for name in names):  # a list that is not there matches everything
        return [AclRow(f"{entry.text}: action {'forward' if forwards else 'drop'}", permits=forwards)]
    rows = [row for name in names for row in lists[name] if row.permits or forwards]
    return [replace(row, permits=row.permits and forwards, text=f"{entry.text}: {row.text}") for row in rows]
