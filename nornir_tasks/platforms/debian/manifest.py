"""What a role managed on a server when it last succeeded there, and how that differs from what is so. Pure.

``fellesdrift-manifest`` (beside the guard) writes it to ``/var/lib/fellesdrift/manifests/ROLE.json``, whose text is
read here. Digests of files that not everybody may read are keyed: they tell equal from unequal, and nothing more.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.debian.state import UnitState

FOLDER = "/var/lib/fellesdrift/manifests"
FORMAT = 1
SHOWN = ("mode", "owner", "group", "target")  # of a path, with the former and the present value
Value = TypeVar("Value")


@dataclass(frozen=True)
class PathRecord:
    """A path.

    Attributes:
        kind: ``file``, ``folder``, ``link``, ``missing`` …
        mode: in octal figures.
        owner: an account, or its number.
        group: likewise.
        digest: of a file's content; empty where only the path itself counts.
        target: of a link.
        written: when a file's content was written, in nanoseconds since 1970.
        more: attributes, flags and device numbers, where there are any.
    """

    kind: str
    mode: str = ""
    owner: str = ""
    group: str = ""
    digest: str = ""
    target: str = ""
    written: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ManagedState:
    """What a role manages, by name. ``packages``: to a version; ``settings``: of the kernel; ``outputs``: digests."""

    paths: Mapping[str, PathRecord] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, UnitState] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """A role's. ``at``: UTC; ``inputs``: what the role was told, by name to a digest."""

    role: str
    at: str
    inputs: Mapping[str, str]
    state: ManagedState


def read_manifest(text: str) -> Manifest:
    """The manifest that a file's text is of.

    Raises:
        PlatformError: it is no manifest, or one of another format.
    """
    try:
        record = json.loads(text)
        if record["format"] != FORMAT:
            raise PlatformError(f"a role's manifest: found the format {record['format']!r}, expected {FORMAT}")
        return parse_manifest(record)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PlatformError(
            f"expected a role's manifest, found another text ({type(error).__name__}: {error})"
        ) from None


def parse_manifest(record: Mapping[str, Any]) -> Manifest:
    """The manifest in a record. Raises: KeyError, TypeError, AttributeError: it has another shape."""
    return Manifest(str(record["role"]), str(record["at"]), dict(record["inputs"]), parse_state(record["state"]))


def parse_state(record: Mapping[str, Any]) -> ManagedState:
    """The state in a record. Raises: KeyError, TypeError, AttributeError: it has another shape."""
    plain = {each.name for each in fields(PathRecord)} - {"more"}
    return ManagedState(
        paths={
            path: PathRecord(
                **{key: value for key, value in row.items() if key in plain},
                more={key: value for key, value in row.items() if key not in plain},
            )
            for path, row in record["paths"].items()
        },
        packages=dict(record["packages"]),
        units={name: UnitState(unit["enabled"], unit["active"]) for name, unit in record["units"].items()},
        settings=dict(record["settings"]),
        outputs=dict(record["outputs"]),
    )


def list_differences(manifest: Manifest, inputs: Mapping[str, str], present: ManagedState) -> Iterator[str]:
    """What is not as it was, in words.

    Args:
        manifest: what was so.
        inputs: what the role is told now.
        present: what is so now.
    """
    for name in sorted(manifest.inputs.keys() | inputs.keys()):
        if manifest.inputs.get(name) != inputs.get(name):
            yield f"{name} changed"
    yield from _compare_paths(manifest.state.paths, present.paths)
    for name, version, former in _compare(manifest.state.packages, present.packages):
        yield f"package {name} is {version or 'not installed'}, was {former or 'not installed'}"
    for name, unit, before in _compare(manifest.state.units, present.units):
        yield f"unit {name} is {_describe_unit(unit)}, was {_describe_unit(before)}"
    for name, value, former in _compare(manifest.state.settings, present.settings):
        yield f"kernel setting {name} is {value!r}, was {former!r}"
    for name, _, _ in _compare(manifest.state.outputs, present.outputs):
        yield f"{name} tells something else"


def _compare(was: Mapping[str, Value], now: Mapping[str, Value]) -> Iterator[tuple[str, Value | None, Value | None]]:
    """Each name whose value is another, with the value now and the former one."""
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            yield name, now.get(name), was.get(name)


def _compare_paths(was: Mapping[str, PathRecord], now: Mapping[str, PathRecord]) -> Iterator[str]:
    missing = PathRecord("missing")
    for path, present, former in _compare(was, now):
        present, former = present or missing, former or missing
        if present.kind != former.kind:
            yield f"{path} is {present.kind}, was {former.kind}"
            continue
        names = [each.name for each in fields(PathRecord) if getattr(present, each.name) != getattr(former, each.name)]
        words = [f"{name} {getattr(former, name)} to {getattr(present, name)}" for name in names if name in SHOWN]
        words += ["content"] if "digest" in names else ["time of writing"] if "written" in names else []
        words += ["attributes or flags"] if "more" in names else []
        yield f"{path}: {', '.join(words)} changed"


def _describe_unit(unit: UnitState | None) -> str:
    return f"{unit.enabled} and {unit.active}" if unit else "not looked at"
