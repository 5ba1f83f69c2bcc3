"""What a server is, as far as roles may touch it: files, packages, units and accounts. Pure."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

from nornir_tasks.core.errors import PlatformError

FileKind = Literal["file", "directory", "link", "other"]
LARGEST_TEXT = 256 * 1024  # bytes: a larger file is told by its digest
# The files behind the accounts: told account by account, without what each password change moves in them.
PASSWD, GROUP, SHADOW, GSHADOW = "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow"
ACCOUNT_FILES = frozenset(f"{path}{ending}" for path in (PASSWD, GROUP, SHADOW, GSHADOW) for ending in ("", "-"))
ANY = "‹not known beforehand›"  # in the place of a value that a prediction leaves open
EPOCH_NEVER = ""  # of an account's expiry in /etc/shadow


@dataclass(frozen=True)
class FileState:
    """A file, folder or link.

    Attributes:
        kind: of it.
        owner: ``root:root``; ``ANY`` where it is not known beforehand.
        mode: ``0644``, as ``owner``.
        text: of a file; None: it is told by its digest, or not known beforehand.
        digest: ``1234 bytes sha256 …``, where there is no text; ``ANY``: not known beforehand.
        target: of a link.
    """

    kind: FileKind
    owner: str = ANY
    mode: str = ANY
    text: str | None = None
    digest: str = ""
    target: str = ""


@dataclass(frozen=True)
class UnitState:
    """``enabled``, ``disabled``, ``static`` …, and ``active``, ``inactive``, ``failed`` …, as systemd says it."""

    enabled: str
    active: str


@dataclass(frozen=True)
class Account:
    """An account, as people ask for it.

    Attributes:
        uid: as text; ``ANY`` where it is not known beforehand, as all others.
        group: its first, by name.
        groups: those beside it, sorted, with commas between.
        password: ``set``, ``locked`` or ``none``.
        expires: a day since 1970 as /etc/shadow has it, or ``never``.
    """

    uid: str = ANY
    group: str = ANY
    groups: str = ""
    home: str = ANY
    shell: str = ANY
    password: str = "locked"
    expires: str = "never"


@dataclass(frozen=True)
class ServerState:
    """A server. Shape: each thing by its name; a package to its version, a group to its number.

    ``restarts`` and ``unknown`` are a prediction's: what is restarted (``ssh.service reloaded``), and what it could not
    tell, in words.
    """

    files: Mapping[str, FileState] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, UnitState] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    restarts: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def read_state(answer: Mapping[str, Any]) -> ServerState:
    """The state in an answer of ``fellesdrift-guard read``.

    Raises:
        PlatformError: the answer has another shape.
    """
    try:
        rows = answer["files"]
        contents = {
            row["path"]: base64.b64decode(row["content"], validate=True)
            for row in rows
            if row["type"] == "file" and row.get("content") is not None
        }
        accounts, groups = _read_accounts({path: contents.get(path, b"") for path in (PASSWD, GROUP, SHADOW)})
        return ServerState(
            files={
                row["path"]: _read_file(row, contents.get(row["path"]))
                for row in sorted(rows, key=lambda row: row["path"])
                if row["path"] not in ACCOUNT_FILES
            },
            packages={str(name): str(version) for name, version in sorted(answer["packages"].items()) if version},
            units={
                str(name): UnitState(str(unit["enabled"]), str(unit["active"]))
                for name, unit in sorted(answer["units"].items())
            },
            accounts=accounts,
            groups=groups,
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, binascii.Error) as error:
        raise PlatformError(
            f"the answer of fellesdrift-guard could not be read ({type(error).__name__}: {error}), expected files, "
            "packages and units"
        ) from None


def describe_content(content: bytes) -> tuple[str | None, str]:
    """A file's content for people: its text, or None and its size and digest."""
    if len(content) <= LARGEST_TEXT:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            text = None
        if text is not None and all(letter.isprintable() or letter in "\t\n" for letter in text):
            return text, ""
    return None, f"{len(content)} bytes sha256 {sha256(content).hexdigest()}"


def _read_file(row: Mapping[str, Any], content: bytes | None) -> FileState:
    kinds: Mapping[str, FileKind] = {"file": "file", "folder": "directory", "link": "link"}
    kind = kinds.get(str(row["type"]), "other")
    text, digest = describe_content(content) if content is not None else (None, "")
    if kind == "file" and content is None:
        digest = f"{int(row['size'])} bytes sha256 {row['digest']}"
    return FileState(
        kind=kind,
        owner=f"{row['owner']}:{row['group']}",
        mode=format_mode(row["mode"]),
        text=text,
        digest=digest,
        target=str(row.get("target") or ""),
    )


def format_mode(mode: object) -> str:
    """A mode in octal figures: ``0644``, from a number or from such figures."""
    if isinstance(mode, int):
        return f"{mode & 0o7777:04o}"
    return f"{int(str(mode), 8) & 0o7777:04o}"


def _read_accounts(files: Mapping[str, bytes]) -> tuple[dict[str, Account], dict[str, str]]:
    """Accounts and groups. Shape: name to account, and name to number."""
    passwd, group, shadow = (
        [line.split(":") for line in files[path].decode(errors="replace").split("\n") if ":" in line]
        for path in (PASSWD, GROUP, SHADOW)
    )
    names = {row[2]: row[0] for row in group}
    members: dict[str, list[str]] = {}
    for row in group:
        for member in filter(None, row[3].split(",")):
            members.setdefault(member, []).append(row[0])
    secrets = {row[0]: row for row in shadow}
    accounts = {}
    for name, _, uid, gid, _, home, shell in (row[:7] for row in passwd):
        entry = secrets.get(name, [name, "*", "", "", "", "", "", EPOCH_NEVER, ""])
        accounts[name] = Account(
            uid=uid,
            group=names.get(gid, gid),
            groups=",".join(sorted(members.get(name, ()))),
            home=home,
            shell=shell,
            password=_describe_password(entry[1]),
            expires=entry[7] or "never",
        )
    return dict(sorted(accounts.items())), {row[0]: row[2] for row in sorted(group)}


def _describe_password(stored: str) -> str:
    if not stored:
        return "none"
    return "locked" if stored.startswith(("!", "*")) else "set"
