"""Where EOS configurations hold secrets, and how they are masked. Pure."""

import re

from nornir_tasks.platforms.eos.text import HEREDOC

_FORM = r"(?P<secret>(?:(?:0|5|7|8a|sha512) )?\S+)"
_HOST = r"snmp-server host \S+ (?:vrf \S+ )?(?:informs |traps )?(?:version (?:1|2c) )?"
_USER = r"snmp-server user (?P<name>\S+) .*?auth \S+ "

# What stands before the secret; the secret with its form; what may follow. ``{}`` in a key is the group ``name``.
SECRETS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"(?P<head>{head}){secret}(?P<tail>.*)"), key)
    for head, secret, key in (
        (r"username (?P<name>\S+) .*?secret ", _FORM, "username {}"),
        (r"enable password ", _FORM, "enable"),
        (r"aaa root secret ", _FORM, "root"),
        (r"snmp-server community ", r"(?P<secret>\S+)", "snmp-server community"),
        (_HOST, r"(?P<secret>\S+)", "snmp-server host"),
        (_USER, r"(?P<secret>\S+(?: priv \S+ \S+)?)", "snmp-server user {}"),
        (r"ntp authentication-key (?P<name>\d+) \S+ ", _FORM, "ntp key {}"),
        (r"(?P<name>tacacs|radius)-server (?:host \S+ )?(?:.* )?key ", _FORM, "{} key"),
        (r".*message-digest-key (?P<name>\d+) \S+ ", _FORM, "digest key {}"),
        (r".*authentication-key ", _FORM, "key"),
        (r".*neighbor (?P<name>\S+) password ", _FORM, "neighbour {}"),
    )
)
NUMBERED = ("snmp-server community", "snmp-server host", "key", "digest key", "tacacs key", "radius key")


def mask(text: str) -> tuple[str, dict[str, str]]:
    """Put ``<secret:KEY>`` in the place of every secret. Shape: masked text, and KEY to the stored form.

    A secret is masked with its form (``sha512 $6$…``), so that another form never inherits it.
    """
    secrets: dict[str, str] = {}
    key_counts: dict[str, int] = {}
    lines = []
    in_banner = False
    for line in text.splitlines():
        in_banner = line != "EOF" if in_banner else bool(HEREDOC.match(line))
        lines.append(line if in_banner else _mask_line(line, secrets, key_counts))
    return "".join(f"{line}\n" for line in lines), secrets


def _mask_line(line: str, secrets: dict[str, str], key_counts: dict[str, int]) -> str:
    if "<secret:" in line:
        return line
    for pattern, template in SECRETS:
        match = pattern.fullmatch(line)
        if match:
            key = template.format(match.groupdict().get("name"))
            if key.startswith(NUMBERED):
                key_counts[key] = key_counts.get(key, 0) + 1
                key = f"{key} {key_counts[key]}"
            secrets[key] = match["secret"]
            return f"{match['head']}<secret:{key}>{match['tail']}"
    return line
