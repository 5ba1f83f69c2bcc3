"""What roles may touch of a server, by ``meta/managed.yml``: what is read, what a snapshot brings back. Pure.

``paths``, ``packages`` and ``units`` are all of this. What else a role looks after stands under ``nodes``, ``sysctl``
and ``commands``, and only tells whether the role has anything to do; or ``always`` says why nothing can tell that.
``set_up_on`` and ``look_from`` name variables of the role in which other servers stand that its tasks go to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.debian.state import GROUP, GSHADOW, PASSWD, SHADOW

ACCOUNT = "account "  # begins an entry of ``made`` that is the name of an account
ELSEWHERE = ("set_up_on", "look_from")
MADE = "made"  # the key of what a role's commands make or set, which nobody can tell beforehand
KEYS = ("paths", "packages", "units")
WATCHED_KEYS = (*KEYS, "nodes", "sysctl", "commands")
ALWAYS = "always"
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


@dataclass(frozen=True)
class Watched:
    """What has to be as it was for a role to have nothing to do.

    Attributes:
        paths: with all below them, and content.
        nodes: paths themselves: kind, mode and owner.
        packages: versions, and whether they are held back.
        units: whether they are enabled, and run.
        sysctl: files whose settings the kernel is asked for.
        commands: each its words; they only read, and what they tell counts.
        made: what its commands make or set, which nobody can tell beforehand.
        always: why the role is never left out, in words; empty: it is, where all of this is as it was.
        set_up_on: variables that name the servers on which each run sets something up for the host.
        look_from: variables that name the servers from which a verification looks at it.
    """

    paths: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    sysctl: tuple[str, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    made: tuple[str, ...] = ()
    always: str = ""
    set_up_on: tuple[str, ...] = ()
    look_from: tuple[str, ...] = ()


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
        watched = read_watched(role, declared)
        for key in KEYS:
            gathered[key].update(getattr(watched, key))
        if watched.made:
            made[role] = watched.made
    paths, packages, units = (tuple(sorted(gathered[key])) for key in KEYS)
    return Managed(paths, packages, units, made)


def read_watched(role: str, declared: Any) -> Watched:
    """What one role looks after, by what stands in its ``meta/managed.yml``.

    Raises:
        PlatformError: it is not as the contract has it: names role, key, what was found and expected.
    """
    where, known = f"roles/{role}/meta/managed.yml", (*WATCHED_KEYS, MADE, *ELSEWHERE, ALWAYS)
    if not isinstance(declared, Mapping):
        raise PlatformError(f"{where}: found {type(declared).__name__}, expected the keys {', '.join(known)}")
    always = declared.get(ALWAYS, "")
    if not isinstance(always, str):
        raise PlatformError(f"{where}: {ALWAYS}: found {always!r}, expected a text that says why")
    values: dict[str, tuple[Any, ...]] = {}
    for key, listed in declared.items():
        if key not in known:
            raise PlatformError(f"{where}: found the key {key!r}, expected {', '.join(known)}")
        if key == "commands":
            values[key] = tuple(map(tuple, _require_lists(where, listed or [])))
        elif key != ALWAYS:
            values[key] = tuple(_require_texts(f"{where}: {key}", listed or []))
    for key in ("paths", "nodes", "sysctl"):
        for path in values.get(key, ()):
            if not path.startswith("/") or ".." in path.split("/") or path.rstrip("/") == "":
                raise PlatformError(f"{where}: {key}: found {path!r}, expected a path from the top, and not the top")
    return Watched(**values, always=always)


def _require_lists(where: str, listed: Any) -> list[list[str]]:
    if not isinstance(listed, list):
        raise PlatformError(f"{where}: commands: found {listed!r}, expected lists of words")
    return [_require_texts(f"{where}: commands", words) for words in listed]


def _require_texts(where: str, listed: Any) -> list[str]:
    if not isinstance(listed, list) or not all(isinstance(value, str) for value in listed):
        raise PlatformError(f"{where}: found {listed!r}, expected a list of texts")
    return listed
