"""Where ProCurve configurations hold secrets. Pure."""

import re

from nornir_tasks.platforms.common.secret_lines import SecretTable, mask_lines
from nornir_tasks.platforms.procurve.grammar import GRAMMAR

_NAME = r'"?(?P<name>[^"\s]+)"?'
_VALUE = r'"?(?P<secret>[^"]+?)"?'
_OWNER = r'(?: user-name "?[^"]+"?)?'
_USER = rf"aaa authentication local-user {_NAME}"
_LOCAL_USER = rf"{_USER} .*password ?(?P<form>\S+) {_VALUE}"
TABLE = SecretTable(
    forms=tuple(
        (re.compile(form), key)
        for form, key in (
            # A SHA-1 form has a key of its own: it must not be written where the standard wants SHA-256.
            (rf"{_USER} .*password ?(?P<form>sha1) {_VALUE}", "username {name} {form}"),
            (_LOCAL_USER, "username {name}"),
            (rf"password (?P<name>\S+){_OWNER} (?:sha1|sha256|plaintext) {_VALUE}", "password {name}"),
            (rf"encrypted-password (?P<name>\S+){_OWNER} {_VALUE}", "encrypted-password {name}"),
            (rf"password (?P<name>manager|operator){_OWNER}", ""),
            (rf"snmp-server community {_VALUE}(?: .*)?", "snmp-server community #"),
            (rf"snmp-server host \S+ (?:community )?{_VALUE}(?: .*)?", "snmp-server host #"),
            (rf"snmpv3 community index \S+ name {_VALUE}(?: .*)?", "snmpv3 community #"),
            (
                rf'snmpv3 user {_NAME} auth (?:\S+ )?{_VALUE}(?: priv (?:\S+ )?"?(?P<secret2>[^"]+?)"?)?',
                "snmpv3 user {name}",
            ),
        )
    ),
    harmless=re.compile(
        r"password (?:minimum-length|complexity|configuration|composition|non-plaintext-sha256)\b.*|snmpv3 group .*"
        r"|aaa (?!.*\b(?:secret|plaintext|key|password) ).*|(?:crypto|ip ssh)(?!.* password).*"
        r"|snmp-server (?:enable|trap-source|response-source) .*"
    ),
    grammar=GRAMMAR,
)


def mask(text: str) -> tuple[str, dict[str, str]]:
    """Hide password hashes, communities and keys.

    The built-in manager may hold the same secret as a local user (the standard gives it the centre's, so that it is
    never left open); it is then the same key.
    """
    users = (
        match for line in text.split("\n") if (match := re.fullmatch(_LOCAL_USER, line)) and match["form"] != "sha1"
    )
    return mask_lines(text, TABLE, {match["secret"]: f"username {match['name']}" for match in users})
