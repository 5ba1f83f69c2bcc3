"""Which roles have nothing to do on a server: asked before the first of them, and noted after the last.

No Ansible is imported here: the plugin hands over what Ansible makes of the variables, and runs the command.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nornir_tasks.actions import role_changes
from nornir_tasks.actions.playbook import Result, done
from nornir_tasks.actions.servers import BEGUN, Read, load_watched
from nornir_tasks.actions.servers import ROLES as FOLDER
from nornir_tasks.core.bounds import read_file
from nornir_tasks.core.errors import FellesdriftError, PlatformError
from nornir_tasks.core.state import Key, directory
from nornir_tasks.platforms.debian.managed import WATCHED_KEYS, Watched
from nornir_tasks.platforms.debian.manifest import list_differences, parse_manifest, parse_state
from nornir_tasks.platforms.debian.manifest_program import PROGRAMS, make_command, parse_answer
from nornir_tasks.server_roles import ROLES
from nornir_tasks.server_roles.arguments import Unresolved

Execute = Callable[[str, bytes], tuple[int, str, str]]  # a shell's line as root on the host: code, output, errors
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
NOT_TEXT = ("README.md",)  # of a role: changes nothing on a server
LONGEST = 3  # differences that are told of a role
OFF = ("false", "no", "off", "0")


@dataclass(frozen=True)
class HostRun:
    """A host within a run of the playbook.

    Attributes:
        host: its name.
        groups: it is in: ``role_<role>`` of each role that it has.
        names: of all variables that it has; not what roles register or set as facts: that is nothing they are told.
        read: gives the value of one.
        tags: of the command line: ``all``, or roles.
        skipped_tags: likewise.
        ansible: version of what runs the roles.
    """

    host: str
    groups: Iterable[str]
    names: Iterable[str]
    read: Read
    tags: Iterable[str]
    skipped_tags: Iterable[str]
    ansible: str

    def list_roles(self) -> list[str]:
        """The roles that this run is about, in their order."""
        groups, tags, skipped = set(self.groups), set(self.tags), set(self.skipped_tags)
        if {"tagged", "all"} & tags:
            tags |= set(ROLES)
        return [role for role in ROLES if f"role_{role}" in groups and role in tags and role not in skipped]


def ask_due(run: HostRun, execute: Execute, *, wanted: str, forgets: bool, keeps: bool) -> Result:
    """The host in the group ``due_<role>`` of each role that has something to do there.

    Args:
        run: the host, and what it is told.
        execute: runs a command on it.
        wanted: ``false``: all roles run, whatever their manifests say.
        forgets: take away the manifests that no longer hold; not in check mode.
        keeps: whether the roles run as a whole, so that what they leave may be noted.
    """
    roles = run.list_roles()
    watched = {role: load_watched(role) for role in roles}
    always = [role for role in roles if watched[role].always]
    asked = [role for role in roles if role not in always]
    lines: list[str] = []
    token = secrets.token_hex(8)
    settled: list[str] = []
    if asked:
        request = _make_request(run, {role: watched[role] for role in asked})
        forced = wanted.strip().lower() in OFF
        request |= {"run": token, "forced": forced, "writes": forgets}
        try:
            answers = parse_answer(*execute(*make_command("ask", request)))
            settled = [role for role in asked if answers[role]["settled"]]
            lines += _tell(answers, request["roles"], forced)
        except (PlatformError, KeyError, TypeError, AttributeError) as error:
            settled, lines = [], [f"every role runs: what was noted cannot be read: {error}"]
    due = [role for role in roles if role not in settled]
    lines += [f"{role}: runs always: {watched[role].always}" for role in always]
    noted = [role for role in due if role not in always] if keeps else []
    names = sorted({name for name in run.names if any(name.startswith(f"{role}_") for role in ROLES)})
    begun = {BEGUN: {"run": token, "roles": noted, "names": names}}
    added = {"host_name": run.host, "groups": [f"due_{role}" for role in due], "host_vars": begun}
    return done(lines or ["no role is asked for"], add_host=added)


def keep(run: HostRun, execute: Execute, begun: Mapping[str, Any]) -> Result:
    """Note what is so on a host on which every role that ran has succeeded.

    Args:
        run: the host, and what it is told.
        execute: runs a command on it.
        begun: what ``ask_due`` has left as the variable ``BEGUN``; empty: nothing is noted.
    """
    roles = [role for role in run.list_roles() if role in begun.get("roles", ())]
    if not roles:
        return done(["nothing to note"])
    request = _make_request(run, {role: load_watched(role) for role in roles})
    request |= {"run": begun["run"], "touched": role_changes.list_touched(run.host)}
    try:
        answers = parse_answer(*execute(*make_command("keep", request)))
        obstacles = {role: answers[role] for role in roles if answers[role]}
    except (PlatformError, KeyError, TypeError) as error:
        return done([f"not noted, these roles run again: {', '.join(roles)}: {error}"])
    names = [role for role in roles if role not in obstacles]
    lines = [f"noted as they are now: {', '.join(names)}"] if names else []
    return done([*lines, *(f"{role}: not noted, runs again: {'; '.join(why)}" for role, why in obstacles.items())])


def digest_role(role: str, folder: Path = FOLDER) -> str:
    """A digest of a role's files and their names."""
    made = hashlib.sha256()
    for file in sorted(path for path in (folder / role).rglob("*") if path.is_file()):
        name = str(file.relative_to(folder / role))
        if name in NOT_TEXT or "__pycache__" in name:
            continue
        content = read_file(file)
        made.update(f"{name}\0{len(content)}\0".encode() + content)
    return made.hexdigest()


def make_inputs(role: str, run: HostRun, key: bytes, today: str) -> dict[str, str]:
    """What a role is told on a host, by name to a digest; of variables a keyed one: some are short secrets.

    Args:
        role: its name.
        run: the host and its variables.
        key: stays on the control node.
        today: a day among the variables may be over, ``2026-11-30``.
    """
    inputs = {
        "the role's files": digest_role(role),
        "Ansible": run.ansible,
        "fellesdrift-manifest": hashlib.sha256(b"".join(map(read_file, PROGRAMS.values()))).hexdigest(),
    }
    days: set[str] = set()
    for name in sorted(name for name in run.names if name.startswith(f"{role}_")):
        value = run.read(name)
        if isinstance(value, Unresolved):
            inputs[f"variable {name}"] = f"unknown {secrets.token_hex(8)}"  # equal to nothing
            continue
        text = json.dumps(value, sort_keys=True, default=str)
        inputs[f"variable {name}"] = hmac.new(key, f"{name}\0{text}".encode(), hashlib.sha256).hexdigest()
        days |= set(DATE.findall(text))
    inputs["days that are over"] = ", ".join(sorted(day for day in days if day < today))
    return inputs


def _make_request(run: HostRun, watched: Mapping[str, Watched]) -> dict[str, Any]:
    try:
        key = bytes.fromhex(Key(directory()).digest(f"manifests of {run.host}"))
    except OSError as error:
        raise FellesdriftError(f"the key of the state directory: {error.strerror}") from error
    today = datetime.now(UTC).date().isoformat()
    rows = {
        role: {
            "watched": {name: list(getattr(each, name)) for name in WATCHED_KEYS},
            "inputs": make_inputs(role, run, key, today),
        }
        for role, each in watched.items()
    }
    return {"roles": rows, "key": key.hex()}


def _tell(answers: Mapping[str, Any], asked: Mapping[str, Any], forced: bool) -> Iterator[str]:
    """A line for the roles that have nothing to do, and one for each other."""
    settled = [role for role in asked if answers[role]["settled"]]
    if settled:
        since = min(str(answers[role]["at"]) for role in settled)
        yield f"nothing to do, all as noted since {since}: {', '.join(settled)}"
    for role, row in asked.items():
        if role in settled:
            continue
        answer = answers[role]
        if forced:
            yield f"{role}: runs: manifest=false"
        elif answer["recorded"] is None:
            yield f"{role}: runs: nothing was noted"
        else:
            try:
                manifest, present = parse_manifest(answer["recorded"]), parse_state(answer["present"])
                differences = list(list_differences(manifest, row["inputs"], present))
            except (KeyError, TypeError, AttributeError, ValueError):
                differences = ["what was noted has another shape"]
            more = len(differences) - LONGEST
            words = [*differences[:LONGEST], *([f"{more} more"] if more > 0 else [])]
            yield f"{role}: runs: {'; '.join(words) or 'what was noted has another order'}"
