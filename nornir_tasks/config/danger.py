"""Which commands take service, or the way in, away: for a configuration of which nothing else is known. Pure."""

import re

# The first that fits counts. Matched without indentation; ``no `` in front is part of the line.
DANGERS = tuple(
    (re.compile(pattern), why)
    for pattern, why in (
        (r"(?:interface \S+ |vlan \d+ )?(?:shutdown|disable)$", "what hangs on it is off"),
        (r"(?:no (?:interface|vlan)|default interface) ", "it goes, and what hangs on it"),
        (r"(?:no |default )?switchport(?:$| (?:access|trunk|mode|voice))|.*\b(?:un)?tagged\b", "a port changes VLANs"),
        (r"(?:no )?channel-group|(?:no )?trunk |(?:no )?port-channel", "a bundle changes: its ports stop for a while"),
        (r"(?:no )?(?:vlan \d+ )?ip address", "an address changes, perhaps the one in use"),
        (
            r"(?:no )?ip (?:route|default-gateway|routing)|(?:no )?(?:router|network|area|passive-interface)\b",
            "routes change",
        ),
        (r"(?:no )?(?:username|enable|aaa|password|tacacs|radius|line vty|login)\b", "who logs in changes"),
        (r"(?:no )?(?:ip ssh|crypto|transport|access-class|management)\b", "the way in changes"),
        (r"(?:no )?(?:ip access-(?:list|group)|access-list|permit|deny|\d+ (?:permit|deny))\b", "a filter changes"),
        (r"(?:no )?(?:stacking|vsf|member|module)\b", "a member of the stack changes, or a module: it may restart"),
        (r"(?:no )?spanning-tree\b", "the spanning tree changes: ports may block for a while"),
        (r"reload|boot|write erase|erase|delete", "it may restart, or lose what it holds"),
    )
)


def find_danger(command: str) -> str:
    """What a command may take away, in a few words; empty where nothing is known against it."""
    bare = command.strip()
    return next((why for pattern, why in DANGERS if pattern.match(bare)), "")
