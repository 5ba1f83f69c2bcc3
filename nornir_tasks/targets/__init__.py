"""The kinds of hosts that a plan may change, behind one contract (``base``)."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.text import count_noun
from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import Context
from nornir_tasks.model import Position, Region
from nornir_tasks.targets.base import Baseline, Foresight, Target, TargetChange, TargetKind, TargetSession

__all__ = [
    "KINDS",
    "Baseline",
    "Foresight",
    "Target",
    "TargetChange",
    "TargetError",
    "TargetKind",
    "TargetSession",
    "count_targets",
    "find_target",
    "foresee_targets",
    "get_target",
    "read_targets",
]

# Kind to the module that holds its ``KIND``. Named in strings, so that the digest of the code that a plan rests on
# covers them (``core.code_digest``).
KINDS: dict[str, str] = {
    "switch": "nornir_tasks.targets.switch",
    "server": "nornir_tasks.targets.server",
}


class TargetError(FellesdriftError):
    """A host is not in the inventory, or of no kind that a plan can change: names it."""


def find_kind(kind: str) -> TargetKind:
    """The kind of this name, its module imported at first use."""
    module = import_module(KINDS[kind])
    kind_of_host: TargetKind = module.KIND
    return kind_of_host


def get_target(region: Region, name: str) -> Target | None:
    """The host of this name; None: the inventory has none that a plan can change."""
    return next((target for kind in KINDS if (target := find_kind(kind).find(region, name))), None)


def find_target(region: Region, name: str) -> Target:
    """The host of this name.

    Raises:
        TargetError: the inventory has none.
    """
    if target := get_target(region, name):
        return target
    *kinds, last = (f"a {kind}" for kind in KINDS)
    raise TargetError(f"{name}: not found in the inventory, expected {', '.join(kinds)} or {last}")


def read_targets(
    context: Context, names: Iterable[str], position: Position, facts: Sequence[str], workers: int
) -> dict[str, Collected]:
    """Read hosts of any kind, each kind's at once; one that does not answer is in the answer with its error.

    Args:
        context: whose logins are used.
        names: in any order; the answer is in this one.
        position: as whom to log in.
        facts: what to read beside the running configuration.
        workers: how many at a time.
    """
    by_kind: dict[str, list[Target]] = {}
    order = list(names)
    for name in order:
        target = find_target(context.region, name)
        by_kind.setdefault(target.kind, []).append(target)
    collected: dict[str, Collected] = {}
    for kind, targets in by_kind.items():
        collected |= find_kind(kind).read(context, targets, position, facts, workers)
    return {name: collected[name] for name in order}


def foresee_targets(context: Context, running: Mapping[str, str], position: Position) -> dict[str, Foresight]:
    """What becomes of those of some hosts of which only a run tells it, by name; each kind's at once.

    Args:
        context: whose logins are used.
        running: what each host is, by name, with its secrets.
        position: where everything stands then.
    """
    by_kind: dict[str, list[Target]] = {}
    for name in running:
        target = find_target(context.region, name)
        by_kind.setdefault(target.kind, []).append(target)
    foreseen: dict[str, Foresight] = {}
    for kind, targets in by_kind.items():
        foreseen |= find_kind(kind).foresee(context, targets, running, position)
    return foreseen


def count_targets(region: Region, names: Iterable[str]) -> str:
    """``1 switch``, ``9 switches``, ``8 switches and 1 server``."""
    counts: dict[tuple[str, str], int] = {}
    for name in names:
        noun = find_target(region, name).noun
        counts[noun] = counts.get(noun, 0) + 1
    return " and ".join(count_noun(count, *noun) for noun, count in counts.items()) or "no hosts"
