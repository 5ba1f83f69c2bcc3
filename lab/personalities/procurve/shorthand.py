"""What may be typed on a ProCurve otherwise than the switch writes it."""

import hashlib
import re

PASSWORD = re.compile(r'password (manager|operator)( user-name "?[^"\s]+"?)? plaintext "?([^"\s]+)"?')
PORT_PASSWORD = re.compile(
    r'password port-access( user-name "?[^"\s]+"?)? "?(?!(?:user-name|plaintext|sha1)$)([^"\s]+)"?'
)
LOGIN = re.compile(r"aaa authentication (?!local-user)\S+ (login|enable) \S+")
TRAP_HOST = re.compile(
    r'(snmp-server host \S+)(?: community)? "?(?!community$)([^"\s]+)"?'
    r"(?: (?:trap-level )?(none|all|not-info|critical|debug))?",
    re.IGNORECASE,
)


def write_in_full(line: str) -> str:
    """The line as the switch writes it: a password as its digest, a receiver of traps with its community so called."""
    if match := PASSWORD.fullmatch(line):
        return f'password {match[1]}{match[2] or ""} sha256 "{hashlib.sha256(match[3].encode()).hexdigest()}"'
    if match := PORT_PASSWORD.fullmatch(line):
        return f'password port-access{match[1] or ""} plaintext "{match[2]}"'
    if LOGIN.fullmatch(line):
        return f"{line} none"
    if match := TRAP_HOST.fullmatch(line):
        level = (match[3] or "none").lower()
        return f'{match[1]} community "{match[2]}"' + (f" trap-level {level}" if level != "none" else "")
    return line
