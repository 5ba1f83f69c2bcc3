"""Administrators are themselves: an account and keys of their own, and keys that are some."""

import base64
import binascii
from collections.abc import Iterator

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.finding import Path, Variable, judge_variable
from nornir_tasks.model.standard import Standard

# Accounts that Debian has, or makes for the packages of the roles: their numbers are below 1000.
SYSTEM = (
    *("root", "daemon", "bin", "sys", "sync", "games", "man", "lp", "mail", "news", "uucp", "proxy", "backup", "list"),
    *("irc", "nobody", "messagebus", "sshd", "www-data", "postgres", "prometheus", "unbound", "systemd-network"),
)
LENGTH = 4  # bytes before each part of a key, which say how long that is: RFC 4253, 5 and 6.6


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Each standard once: usually there is one."""
    seen: set[int] = set()
    for host, standard in entries.standards.items():
        if id(standard) not in seen:
            seen.add(id(standard))
            yield from _check_names(host, standard)
            yield from _check_keys(host, standard)


def _check_names(host: str, standard: Standard) -> Iterator[Verdict[Variable]]:
    accounts = {account.name for account in standard.accounts}
    for name in standard.administrators:
        if name in accounts or name in SYSTEM:
            whose = "the centre's own, of `accounts`" if name in accounts else "Debian's own"
            yield judge_variable(
                host, ("administrators", name), f"an account that is {whose}", "an account of the person's"
            )


def _check_keys(host: str, standard: Standard) -> Iterator[Verdict[Variable]]:
    owners: dict[str, str] = {}
    for name, person in standard.administrators.items():
        for number, key in enumerate(person.keys):
            path: Path = ("administrators", name, "keys", number)
            kind, body = key.split()[:2]
            if not _is_key(kind, body):
                yield judge_variable(host, path, "what is no key", f"a key of {kind}", "was a part of it lost?")
            elif owners.setdefault(body, name) != name or body in [each.split()[1] for each in person.keys[:number]]:
                yield judge_variable(host, path, f"a key that {owners[body]} has, too", "a key of the person's own")


def _is_key(kind: str, body: str) -> bool:
    """Whether what stands in base64 is a key of its kind: it begins with the kind, and is as long as it says."""
    try:
        content = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return False
    parts, place = [], 0
    while place < len(content):
        length = int.from_bytes(content[place : place + LENGTH])
        parts.append(content[place + LENGTH : place + LENGTH + length])
        place += LENGTH + length
    is_whole = place == len(content) and len(parts) == (3 if kind.startswith("sk-") else 2)
    return is_whole and parts[0] == kind.encode() and len(parts[1]) == 32
