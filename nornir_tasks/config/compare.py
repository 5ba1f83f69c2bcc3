"""What differs between two configurations, and whose doing it is. Pure: text in, answer out, secrets masked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from hier_config import HConfig, HConfigChild

from nornir_tasks.platforms import platform as named
from nornir_tasks.platforms.common.base import Platform

Line = tuple[str, ...]  # a line with the lines above it: ("interface Ethernet1", "description x")

# Where the order of lines is part of the meaning; everywhere else a device keeps an order of its own.
ORDERED = ("ip access-list", "ipv6 access-list")


@dataclass(frozen=True)
class Comparison:
    """How running and intended differ.

    ``missing`` is intended and not running, ``extra`` is running and not intended. ``drift`` is what somebody did:
    everything missing, and what is extra without being left from the legacy. ``diff`` reads from running to
    intended: ``+`` would be written, ``-`` would go.
    """

    equal: bool
    diff: str
    missing: tuple[Line, ...]
    extra: tuple[Line, ...]
    drift: tuple[str, ...]  # "+ interface Ethernet1 / description x": there by hand; "- …": gone by hand


def compare(platform: Platform, running: str, intended: str, legacy: str | None = None) -> Comparison:
    """Compare what a device runs with what it is meant to run.

    Args:
        running: cleaned and masked, as are ``intended`` and ``legacy``.
        legacy: the survey's snapshot; what it holds is no one's edit.
    """
    now, then = _lines(platform.name, running), _lines(platform.name, intended)
    old = frozenset(_lines(platform.name, legacy)) if legacy else frozenset()
    there, wanted = frozenset(now), frozenset(then)
    missing = tuple(line for line in then if line not in there)
    extra = tuple(line for line in now if line not in wanted)
    turned = [parent for parent in _ordered(then) if _turned(parent, now, then)]
    drift = [f"- {' / '.join(line)}" for line in missing]
    drift += [f"+ {' / '.join(line)}" for line in extra if line not in old]
    drift += [f"~ {' / '.join(parent)}: its lines stand in another order" for parent in turned]
    return Comparison(
        equal=not missing and not extra and not turned,
        diff=_diff(now, then, missing, extra, turned),
        missing=missing,
        extra=extra,
        drift=tuple(drift),
    )


def legacy_left(platform: Platform, running: str, legacy: str, standard: str) -> tuple[str, ...]:
    """Lines of the legacy that are still there and that the standard does not have: the number that burns down."""
    gone = frozenset(_lines(platform.name, standard))
    old = frozenset(_lines(platform.name, legacy))
    return tuple(" / ".join(line) for line in _lines(platform.name, running) if line in old and line not in gone)


def first_difference(running: str, intended: str) -> str:
    """Where two configurations differ line for line: empty if they do not."""
    ours, theirs = intended.splitlines(), running.splitlines()
    for number in range(max(len(ours), len(theirs))):
        want = ours[number] if number < len(ours) else "the end"
        have = theirs[number] if number < len(theirs) else "the end"
        if want != have:
            return f"line {number + 1}: expected {want!r}, actual {have!r}"
    return ""


@lru_cache(maxsize=1024)
def _lines(platform: str, text: str) -> tuple[Line, ...]:
    """All lines with their parents, each once, in the order they stand in."""
    return tuple(dict.fromkeys(_walk(named(platform).tree(text), ())))


def _walk(node: HConfig | HConfigChild, above: Line) -> Iterator[Line]:
    for child in node.children:
        here = (*above, child.text)
        yield here
        yield from _walk(child, here)


def _ordered(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line[-1].startswith(ORDERED) and len(line) == 1]


def _below(parent: Line, lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line[: len(parent)] == parent and len(line) > len(parent)]


def _turned(parent: Line, now: tuple[Line, ...], then: tuple[Line, ...]) -> bool:
    """Whether the same lines stand below this parent in another order."""
    have, want = _below(parent, now), _below(parent, then)
    return have != want and set(have) == set(want)


def _diff(
    now: tuple[Line, ...],
    then: tuple[Line, ...],
    missing: tuple[Line, ...],
    extra: tuple[Line, ...],
    turned: list[Line],
) -> str:
    """The changed lines below the lines they belong to, in the order of the intended configuration."""
    signs = dict.fromkeys(missing, "+") | dict.fromkeys(extra, "-")
    order = {line: place for place, line in enumerate(_merged(now, then))}
    out: list[str] = []
    shown: Line = ()
    for line in sorted(signs, key=order.__getitem__):
        for depth in range(1, len(line)):
            if shown[:depth] != line[:depth] and line[:depth] not in signs:
                out.append(f"  {' ' * (depth - 1)}{line[depth - 1]}")
        # A banner is one line of many: what it goes on with must not look like a sign of ours.
        text = line[-1].replace("\n", "\n| ")
        out.append(f"{signs[line]} {' ' * (len(line) - 1)}{text}")
        shown = line
    for parent in turned:
        out += [f"  {parent[-1]}", *(f"-  {line[-1]}" for line in _below(parent, now))]
        out += [f"+  {line[-1]}" for line in _below(parent, then)]
    return "".join(f"{line}\n" for line in out)


def _merged(now: tuple[Line, ...], then: tuple[Line, ...]) -> list[Line]:
    """Both configurations as one list: every line directly below its parent, what goes before what comes."""
    children: dict[Line, dict[Line, None]] = {}
    for line in (*then, *now):
        children.setdefault(line[:-1], {})[line] = None
    wanted = set(then)
    out: list[Line] = []

    def walk(parent: Line) -> None:
        mine = list(children.get(parent, ()))
        for line in sorted(mine, key=lambda line: line in wanted and not children.get(line)) if parent else mine:
            out.append(line)
            walk(line)

    walk(())
    return out
