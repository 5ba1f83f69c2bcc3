"""What a plan rests on, kept when it is saved, so that later the difference can be shown."""

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nornir_tasks.change.plan import Plan, PlanError, is_early, is_expired
from nornir_tasks.core import code_digest, state
from nornir_tasks.core.bounds import PLAN_BYTES, decompress, read_file
from nornir_tasks.devices.context import Context, digest_plan_files

FILES = ("templates", "roles", "code")  # what ``digest_plan_files`` tells apart
SHOWN = 20  # lines of differences in one message; the first say enough


def save_inputs(context: Context) -> None:
    """Keep the region and the digests of templates, roles and code as they are now, unless they are kept already."""
    path = _path(context.where, context.digests)
    if not path.exists():
        inputs = {"inventory": context.region.model_dump_json(), **digest_plan_files()}
        state.write(path, gzip.compress(json.dumps(inputs).encode(), 6))


def require_fresh(context: Context, plan: Plan) -> None:
    """Refuse a plan of another time, or whose inventory, templates, roles or code have moved since it was made.

    Raises:
        PlanError: says what moved, with the difference.
    """
    if is_expired(plan):
        raise PlanError(
            f"plan {plan.id}: expired; it was made {plan.made} and expected to be applied before {plan.expires}. "
            "Nothing was written. Make a new plan, and read it."
        )
    if is_early(plan):
        raise PlanError(
            f"plan {plan.id}: it was made {plan.made}, which is still to come by this control node's clock: one of "
            "the two is wrong, and with it windows, freeze days and ages. Nothing was written. See timedatectl."
        )
    moved = [what for what, digest in context.digests.items() if plan.digests.get(what) != digest]
    if not moved:
        return
    lines = find_differences(context, plan)
    more = [f"… and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    told = "".join(f"\n  {line}" for line in [*lines[:SHOWN], *more])
    raise PlanError(
        f"plan {plan.id}: the {', '.join(moved)} changed since it was made ({plan.made}); expected the same. "
        f"Nothing was written. Make a new plan, and read it.{told}"
    )


def find_differences(context: Context, plan: Plan) -> list[str]:
    """What differs between then and now. Shape: one line a value of the inventory, and one a file."""
    try:
        inputs = json.loads(decompress(read_file(_path(context.where, plan.digests)), PLAN_BYTES))
        if _digest_inputs(inputs) != {what: plan.digests[what] for what in context.digests}:
            raise ValueError
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ["(what it was made from is not kept in this state directory, or was changed there)"]
    then = _list_files(*(inputs[what] for what in FILES))
    now = _list_files(*digest_plan_files().values())
    files = [
        f"{name}: {'added' if name not in then else 'removed' if name not in now else 'changed'}"
        for name in sorted(now.keys() | then.keys())
        if now.get(name) != then.get(name)
    ]
    return [*_gathered(_walk(json.loads(inputs["inventory"]), context.region.model_dump(mode="json"), ())), *files]


def _walk(then: Any, now: Any, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where two trees of values differ, and how."""
    if then == now:
        return
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for key in sorted(then.keys() | now.keys()):
            yield from _walk(then.get(key), now.get(key), (*at, str(key)))
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for number, (old, new) in enumerate(zip(then, now, strict=True), 1):
            yield from _walk(old, new, (*at, str(number)))
    else:
        yield at, f"was {_brief(then)}, is {_brief(now)}"


def _gathered(differences: Iterator[tuple[tuple[str, ...], str]]) -> list[str]:
    """One line a difference: what every device of a group inherits is told once."""
    devices: dict[tuple[str, str], list[str]] = {}
    for at, words in differences:
        whose = at[1] if at[0] == "devices" and len(at) > 2 else ""
        devices.setdefault((".".join(at[2:] if whose else at), words), []).append(whose)
    return [
        f"{names[0] + ': ' if len(names) == 1 and names[0] else ''}{what}: {words}"
        + (f" (on {len(names)} switches)" if len(names) > 1 else "")
        for (what, words), names in devices.items()
    ]


def _brief(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _digest_inputs(inputs: Mapping[str, Any]) -> dict[str, str]:
    """The digests of what was kept, as ``Context.digests`` works them out: an edited file does not have its plan's."""
    return {
        "inventory": hashlib.sha256(inputs["inventory"].encode()).hexdigest(),
        **{what: code_digest.combine_digests(inputs[what]) for what in FILES},
    }


def _list_files(*groups: Mapping[str, str]) -> dict[str, str]:
    """The digest of every file that a plan rests on beside the inventory."""
    return {name: digest for digests in groups for name, digest in digests.items()}


def _path(where: Path, digests: Mapping[str, str]) -> Path:
    name = "-".join(digests[what][:12] for what in sorted(digests))
    return where / "bases" / f"{name}.json.gz"
