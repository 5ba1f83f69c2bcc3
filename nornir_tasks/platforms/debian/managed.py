"""What roles may touch of a server, by ``meta/managed.yml``: what is read, and what a snapshot brings back. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.debian.state import GROUP, GSHADOW, PASSWD, SHADOW

ACCOUNT = "account "  # begins an entry of ``made`` that is the name of an account
MADE = "made"  # the key of what a role's commands make or set, which nobody can tell beforehand
KEYS = ("paths", "packages", "units", MADE)
ACCOUNTS = (PASSWD, GROUP, SHADOW, GSHADOW)


@dataclass(frozen=True)
class Managed:
    """What the roles of a server may touch together: sorted, each once.

    ``made``: role to the paths, units and accounts (``account backup-*``, with its group) that its commands make or
    set: what becomes of them is known afterwards.
    """

    paths: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    made: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def reads_accounts(self) -> bool:
        """Whether the files behind the accounts are among the paths."""
        return self.covers(PASSWD) and self.covers(GROUP)

    def covers(self, path: str) -> bool:
        """Whether a path is one of these, or below one."""
        parts = path.split("/")
        above = ["/".join(parts[:count]) for count in range(2, len(parts) + 1)]
        return any(_is_match(pattern.rstrip("/"), above) for pattern in self.paths)

    def find_maker(self, path: str) -> str:
        """The role whose commands make a path; empty: none does."""
        return next((role for role, made in self.made.items() if is_below(path, made)), "")


def is_below(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path is one of these patterns, or below one."""
    return Managed(tuple(patterns)).covers(path)


def _is_match(pattern: str, above: Iterable[str]) -> bool:
    """A star stands for any letters but a slash, as for a shell."""
    depth = pattern.count("/")
    return any(each.count("/") == depth and fnmatchcase(each, pattern) for each in above)


def join_managed(declarations: Mapping[str, Any]) -> Managed:
    """What several roles may touch.

    Args:
        declarations: what stands in ``meta/managed.yml``, by role.

    Raises:
        PlatformError: one is not as the contract has it: names role, key, what was found and expected.
    """
    gathered: dict[str, set[str]] = {key: set() for key in KEYS}
    made: dict[str, tuple[str, ...]] = {}
    for role, declared in declarations.items():
        where = f"roles/{role}/meta/managed.yml"
        if not isinstance(declared, Mapping):
            raise PlatformError(f"{where}: found {type(declared).__name__}, expected the keys {', '.join(KEYS)}")
        for key, values in declared.items():
            if key not in KEYS:
                raise PlatformError(f"{where}: found the key {key!r}, expected {', '.join(KEYS)}")
            if not isinstance(values or [], list) or not all(isinstance(value, str) for value in values or []):
                raise PlatformError(f"{where}: {key}: found {values!r}, expected a list of texts")
            if key == MADE:
                made[role] = tuple(values or [])
            else:
                gathered[key].update(values or [])
        for path in declared.get("paths") or []:
            if not path.startswith("/") or ".." in path.split("/") or path.rstrip("/") == "":
                raise PlatformError(f"{where}: paths: found {path!r}, expected a path from the top, and not the top")
    paths, packages, units = (tuple(sorted(gathered[key])) for key in ("paths", "packages", "units"))
    return Managed(paths, packages, units, made)
