"""Where IOS configurations hold secrets. Pure."""

import re

from nornir_tasks.platforms.common.secret_lines import SecretTable, mask_lines
from nornir_tasks.platforms.ios.grammar import GRAMMAR

# With its form, since a device may hold another one than is written to new devices; and to the line's end, since a
# password may hold blanks.
_REST = r"(?P<secret>(?:\d )?\S.*)"
_HOST = r"snmp-server host \S+ (?:informs? |traps? )?(?:vrf \S+ )?(?:informs? |traps? )?"
_AUTH = r"(?:md5 |sha |sha-?\d+ )"


TABLE = SecretTable(
    forms=tuple(
        (re.compile(form), key)
        for form, key in (
            (rf"username (?P<name>\S+) .*?secret {_REST}", "username {name}"),
            (rf"username (?P<name>\S+) .*?password {_REST}", "username {name} password"),
            (rf"enable (?P<name>secret|password)(?P<level> level \d+)? {_REST}", "enable {name}{level}"),
            (r"snmp-server community (?P<secret>\S+).*", "snmp-server community #"),
            (rf"{_HOST}version 3 .*", ""),
            (rf"{_HOST}(?:version \S+ )?(?P<secret>\S+).*", "snmp-server host #"),
            (
                rf"snmp-server user (?P<name>\S+) .*?auth {_AUTH}(?P<secret>\S+)"
                r"(?: priv (?:\S+ )?(?:\d+ )?(?P<secret2>\S+))?(?: access .*)?",
                "snmp-server user {name}",
            ),
            (rf"\s+password {_REST}", "line password #"),
            (r"\s*(?P<name>standby|vrrp|glbp) \S+ authentication (?:text )?(?P<secret>(?!md5 |text$)\S+)", "{name} #"),
            (r"mab request format attribute \d+ (?P<secret>(?:\d )?\S+)", "mab request format #"),
            (r"key config-key password-encrypt (?P<secret>\S+)", "config-key"),
            (r"\s*key (?P<secret2>[0-9a-fA-F]{2,64}) (?P<secret>(?:[078] )?\S+)", "key #"),
            (r"\s*pre-shared-key (?!address)(?:local |remote )?(?P<secret>(?:[06] )?\S+)", "pre-shared-key #"),
            (r"\s*ip nhrp authentication (?P<secret>\S+)", "nhrp #"),
            (r"mpls ldp password option \d+ for \S+ (?P<secret>(?:\d )?\S+)", "mpls ldp password #"),
            (r"\s*(?P<name>key-string|passphrase) (?P<secret>(?:\d )?\S.*)", "{name} #"),
            (
                r"(?P<head>.*\b(?:message-digest-key|authentication-key) \d+ md5 )(?P<secret>(?:\d )?\S+)(?: \d)?",
                "{head}#",
            ),
        )
    ),
    harmless=re.compile(
        r"snmp-server (?:group|view|enable|trap-source) .*|(?:set|match) (?:ext)?community.*|crypto key .*"
        r"|ip ssh .*|aaa (?!.*\b(?:key|secret)\b).*|key chain .*|ip community-list .*|.*\bkey-chain \S+"
        r"|(?:security|service|password) (?:passwords|password-\S+|encryption|logging) ?.*"
        r"|ip authentication .*|rsakeypair .*|broadcast-key .*|certificate \S+ key \S+"
    ),
    grammar=GRAMMAR,
)


def mask(text: str) -> tuple[str, dict[str, str]]:
    """Hide password hashes, communities and keys."""
    return mask_lines(text, TABLE)
