"""Where EOS configurations hold secrets, and how they are masked. Pure."""

import re

from nornir_tasks.platforms.common.secret_lines import SecretTable, mask_lines
from nornir_tasks.platforms.eos.grammar import GRAMMAR

# A secret is masked with its form (``sha512 $6$…``), so that another form never inherits it.
_FORM = r"(?P<secret>(?:(?:0|5|7|8a|sha512|nt) )?\S+)"
_HOST = r"snmp-server host \S+ (?:vrf \S+ )?(?:informs? |traps? )?"
_USER = r"snmp-server user (?P<name>\S+) .*?auth \S+ "

TABLE = SecretTable(
    forms=tuple(
        (re.compile(form), key)
        for form, key in (
            (rf"username (?P<name>\S+) .*?secret {_FORM}.*", "username {name}"),
            (rf"enable (?:password|secret) {_FORM}.*", "enable"),
            (rf"aaa root secret {_FORM}.*", "root"),
            (r"snmp-server community (?P<secret>\S+).*", "snmp-server community #"),
            (rf"{_HOST}version 3 .*", ""),
            (rf"{_HOST}(?:version (?:1|2c) )?(?P<secret>\S+).*", "snmp-server host #"),
            (rf"{_USER}(?P<secret>\S+)(?: priv (?:\S+ )+?(?P<secret2>\S+))?", "snmp-server user {name}"),
            (rf"ntp authentication-key (?P<name>\d+) \S+ {_FORM}.*", "ntp key {name}"),
            (rf"(?P<name>tacacs|radius)-server (?:host \S+ )?(?:.* )?key {_FORM}.*", "{name} key #"),
            (rf".*message-digest-key (?P<name>\d+) \S+ {_FORM}.*", "digest key #"),
            (rf".*authentication-key (?!\d+ md5 ){_FORM}.*", "key #"),
            (rf".*neighbor (?P<name>\S+) password {_FORM}.*", "neighbour {name}"),
            (r"\s*key (?P<secret2>[0-9a-fA-F]{2,64}) (?P<secret>(?:(?:0|7|8a) )?\S+).*", "key #"),
            (r"\s*secret \d+ (?P<secret>(?:(?:0|7|8a) )?\S+).*", "secret #"),
            (r"\s*vrrp \S+ (?:peer )?authentication text (?P<secret>\S+).*", "vrrp #"),
            (
                r".*isis authentication (?:key-id \d+ algorithm \S+ )?key (?P<secret>(?:0|7|8a) \S+).*",
                "isis #",
            ),
            (r"\s*exec .*-ingestauth=key,(?P<secret>[^\s,]+).*", "ingestauth"),
        )
    ),
    harmless=re.compile(
        r"snmp-server (?:group|view|enable) .*|(?:set|match) (?:ext)?community.*|ip community-list .*"
        r"|password (?:minimum|maximum|policy|encryption|encryption-key) .*|management security|aaa (?!root).*"
        r"|(?:.* )?certificate \S+ key \S+.*|.*\bkey-chain \S+|key chain .*|ip ssh .*|security pki .*"
    ),
    grammar=GRAMMAR,
)


def mask(text: str) -> tuple[str, dict[str, str]]:
    """Put ``<secret:KEY>`` in the place of every secret. Shape: masked text, and KEY to the stored form."""
    return mask_lines(text, TABLE)
