"""Changes of a server's files on the way in that the lock-out proof does not know. Pure.

A file is on the way in by its path. What comes or goes in it must be a line that the proof reads, or one that cannot
harm, by a table; anything else is unknown, and named so that a plan can let it through.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from nornir_tasks.core.text import split_at_line_feeds
from nornir_tasks.platforms.debian.sshd import KNOWN
from nornir_tasks.platforms.debian.state import ANY, FileState, ServerState

COMMENT = r"\s*(?:[#;].*)?"
SSHD = rf"\s*(?:{'|'.join(sorted(KNOWN))})\b.*"
NETWORKD = (
    r"\[(?:Match|Network|Address|Route|RoutingPolicyRule|Link)\]|(?:MACAddress|Type|Name|PermanentMACAddress|RequiredForOnline"
    r"|LinkLocalAddressing|IPv6AcceptRA|Address|Gateway|Table|Destination|Scope|From|To|Priority|DNS|Domains|Description"
    r"|ConfigureWithoutCarrier|Metric|PreferredSource|MTUBytes|Unmanaged|ActivationPolicy|ARP|Label|LLDP|EmitLLDP|NTP)=.*"
)
# Keys of accounts that sshd confines to their backups: no way in, and whose keys count is read from sshd's own files.
CONFINED = re.compile(r"/etc/ssh/backup_keys(?:/.*)?")
# Path to the lines that are known; the first that fits counts. None: nothing of it is known.
ON_THE_WAY: tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...] = tuple(
    (re.compile(path), re.compile(known, re.IGNORECASE) if known is not None else None)
    for path, known in (
        (r"/etc/ssh/ssh_host_.*", None),
        (r"/etc/ssh/sshd_config(?:\.d/.*)?", rf"{COMMENT}|{SSHD}"),
        (r"/etc/ssh/(?:ssh_config(?:\.d/.*)?|moduli)", r".*"),
        (r"/etc/ssh/.*", None),
        (r"/(?:root|home/[^/]+)/\.ssh/authorized_keys2?", r".*"),
        (r"/(?:root|home/[^/]+)/\.(?:bashrc|profile|bash_.*|ssh/rc|ssh/environment)", COMMENT),
        (r"/etc/sudoers(?:\.d/.*)?", r".*"),
        (r"/etc/sudo\.conf", COMMENT),
        (r"/etc/pam\.(?:d/.*|conf)", COMMENT),
        (r"/etc/security/limits(?:\.conf|\.d/.*)", rf"{COMMENT}|\S+\s+(?:soft|hard|-)\s+\w+\s+\S+"),
        (r"/etc/security/.*", COMMENT),
        (r"/etc/nsswitch\.conf", rf"{COMMENT}|(?:passwd|group|g?shadow|hosts|networks|protocols|services|rpc):.*"),
        (r"/etc/systemd/network/.*\.network(?:\.d/.*)?", rf"{COMMENT}|{NETWORKD}"),
        (r"/etc/systemd/network/.*", COMMENT),
        (r"/etc/network/.*", rf"{COMMENT}|auto lo|iface lo inet loopback|source(?:-directory)? .*"),
        (r"/etc/nftables\.conf", r".*"),
        (r"/etc/(?:nftables\.d|nftables|iptables|ufw)/.*", COMMENT),
        (r"/etc/hosts\.(?:allow|deny)", COMMENT),
        (r"/etc/fstab", COMMENT),
        (r"/etc/systemd/system/(?:ssh|systemd-networkd|networking|nftables|systemd-logind|dbus)(?:@|\.).*", COMMENT),
        (r"/etc/systemd/system/default\.target", r".*"),
        (r"/etc/(?:default/ssh|environment|profile(?:\.d/.*)?|bash\.bashrc|shells|login\.defs)", COMMENT),
        (r"/etc/(?:ld\.so\.(?:preload|conf(?:\.d/.*)?)|crypto-policies/.*)", COMMENT),
    )
)  # fmt: skip


def find_unknown_changes(before: ServerState, after: ServerState) -> Iterator[str]:
    """What changes on the way in and is not known: ``+ file /etc/pam.d/sshd / auth required pam_x.so``.

    Args:
        before: what lets us in.
        after: what it is to be.
    """
    for path in sorted(before.files.keys() | after.files.keys()):
        if before.files.get(path) == after.files.get(path) or CONFINED.fullmatch(path):
            continue
        known = next(((pattern, lines) for pattern, lines in ON_THE_WAY if pattern.fullmatch(path)), None)
        if known is not None:
            yield from _judge_file(path, before.files.get(path), after.files.get(path), known[1])


def _judge_file(
    path: str, old: FileState | None, new: FileState | None, known: re.Pattern[str] | None
) -> Iterator[str]:
    if new is not None and (new.digest == ANY or (new.kind == "file" and new.text is None)):
        yield f"+ file {path} / a content that nobody can read beforehand"
        return
    if known is None:
        yield f"{'-' if new is None else '~' if old else '+'} file {path}"
        return
    was, will = (split_at_line_feeds(file.text or "") if file else [] for file in (old, new))
    for kind, first, last, start, stop in SequenceMatcher(None, was, will, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from (f"- file {path} / {line}" for line in was[first:last] if not known.fullmatch(line))
            yield from (f"+ file {path} / {line}" for line in will[start:stop] if not known.fullmatch(line))
    if old and new and old.kind != new.kind:
        yield f"~ file {path} / a {old.kind} becomes a {new.kind}"
