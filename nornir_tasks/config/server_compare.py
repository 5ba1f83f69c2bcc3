"""What differs between two states of a server, in the shape of a device's: what it is, and what roles would make of it.

Pure; states are texts as ``platforms.debian.text`` writes them, masked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from fnmatch import fnmatchcase

from nornir_tasks.config.compare import Comparison, Line
from nornir_tasks.platforms.debian.managed import ACCOUNT, is_below
from nornir_tasks.platforms.debian.prediction import BROUGHT, MADE
from nornir_tasks.platforms.debian.secrets import unmark
from nornir_tasks.platforms.debian.state import ANY, Account, FileState, ServerState, UnitState
from nornir_tasks.platforms.debian.text import list_blocks, parse_state, write_state

Change = tuple[str, str]  # sign and line
Blocks = Mapping[str, Sequence[str]]


def compare_states(running: str, intended: str) -> Comparison:
    """How two states differ, file by file, each file's lines in their order.

    Args:
        running: what it is.
        intended: what it is to be; ``unknown`` lines are what nobody can tell beforehand, and count as a difference.
    """
    now, then = (dict(list_blocks(text)) for text in (running, intended))
    diff_lines: list[str] = []
    missing: list[Line] = []
    extra: list[Line] = []
    for head in _order_heads(now, then):
        changes = list(_compare_block(head, now, then))
        if not changes:
            continue
        whole = "+" if head not in now else "-" if head not in then else " "
        diff_lines.append(f"{whole} {head}")
        diff_lines += [f"{sign} {line}" for sign, line in changes if line]
        missing += [(head, line[1:]) if line else (head,) for sign, line in changes if sign == "+"]
        extra += [(head, line[1:]) if line else (head,) for sign, line in changes if sign == "-"]
    drift = (*(f"- {' / '.join(line)}" for line in missing), *(f"+ {' / '.join(line)}" for line in extra))
    return Comparison(
        equal=not missing and not extra,
        diff="".join(f"{line}\n" for line in diff_lines),
        missing=tuple(missing),
        extra=tuple(extra),
        drift=drift,
    )


def find_unforeseen(done: str, intended: str) -> str:
    """The diff from what a server is to what it was meant to become, but for what nobody could tell beforehand.

    Args:
        done: what it is.
        intended: the prediction.
    """
    return compare_states(done, settle(done, unmark(intended))).diff


def settle(done: str, intended: str) -> str:
    """The prediction, with what it left open filled in from what a server is."""
    actual, predicted = parse_state(done), parse_state(intended)
    # Of the files, units and accounts of a package that comes, nothing is known before it is there.
    brought = actual if any(words.startswith(BROUGHT) for words in predicted.unknown) else _find_made(actual, predicted)
    files = {path: _settle_file(file, actual.files.get(path)) for path, file in predicted.files.items()}
    packages = {name: _settle_value(value, actual.packages.get(name)) for name, value in predicted.packages.items()}
    units = {name: _settle_unit(unit, actual.units.get(name)) for name, unit in predicted.units.items()}
    accounts = {name: _settle_account(each, actual.accounts.get(name)) for name, each in predicted.accounts.items()}
    groups = {name: _settle_value(value, actual.groups.get(name)) for name, value in predicted.groups.items()}
    return write_state(
        ServerState(
            files={**brought.files, **files},
            packages=packages,
            units={**brought.units, **units},
            accounts={**brought.accounts, **accounts},
            groups={**brought.groups, **groups},
        )
    )


def _find_made(actual: ServerState, predicted: ServerState) -> ServerState:
    """What stands at the paths where commands make something, and their accounts: nobody could tell what comes."""
    made = [words.removeprefix(f"{MADE} ") for words in predicted.unknown if words.startswith(f"{MADE} ")]
    names = [entry.removeprefix(ACCOUNT) for entry in made if entry.startswith(ACCOUNT)]

    def is_made(name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in names)

    return ServerState(
        files={path: file for path, file in actual.files.items() if is_below(path, made)},
        accounts={name: account for name, account in actual.accounts.items() if is_made(name)},
        groups={name: number for name, number in actual.groups.items() if is_made(name)},
    )


def describe_steps(running: str, intended: str) -> tuple[str, ...]:
    """What will be done to a server, in words, one line each.

    Args:
        running: what it is.
        intended: what it is to be.
    """
    now, then = parse_state(running), parse_state(intended)
    return tuple(_describe(now, then))


def _describe(now: ServerState, then: ServerState) -> Iterator[str]:
    for name in _order_heads(now.packages, then.packages):
        before, after = now.packages.get(name), then.packages.get(name)
        if before != after:
            yield (
                f"remove the package {name} {before}"
                if after is None
                else f"install the package {name} {after}"
                if before is None
                else f"bring the package {name} from {before} to {after}"
            )
    kinds: tuple[tuple[str, Mapping[str, object], Mapping[str, object]], ...] = (
        ("group", now.groups, then.groups),
        ("account", now.accounts, then.accounts),
    )
    for what, old, new in kinds:
        for name in _order_heads(old, new):
            if old.get(name) != new.get(name):
                verb = "remove" if name not in new else "change" if name in old else "add"
                yield f"{verb} the {what} {name}"
    for path in _order_heads(now.files, then.files):
        file, other = now.files.get(path), then.files.get(path)
        if file == other:
            continue
        kind = {"directory": "folder", "other": "special file"}.get((other or file or FileState("file")).kind)
        noun = kind or (other or file or FileState("file")).kind
        yield f"{'remove' if other is None else 'change' if file else 'make'} the {noun} {path}"
    for name in _order_heads(now.units, then.units):
        unit, wanted = now.units.get(name), then.units.get(name)
        if unit != wanted:
            yield f"unit {name}: from {_say_unit(unit)} to {_say_unit(wanted)}"
    yield from (f"unit {words}" for words in then.restarts)
    yield from (f"not known beforehand: {words}" for words in then.unknown)


def _say_unit(unit: UnitState | None) -> str:
    return f"{unit.enabled} and {unit.active}" if unit else "not there"


def _order_heads(now: Mapping[str, object], then: Mapping[str, object]) -> list[str]:
    """The names of both in the order of what is to be, those that go before those that come after them."""
    old, new = list(now), list(then)
    order: list[str] = []
    for kind, first, last, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        order += old[first:last]
        order += [] if kind == "equal" else new[start:stop]
    return list(dict.fromkeys(order))


def _compare_block(head: str, now: Blocks, then: Blocks) -> Iterator[Change]:
    """The changed lines below a line; of one that comes or goes whole, an empty line for itself, and all."""
    if head not in now or head not in then:
        sign, lines = ("+", then[head]) if head in then else ("-", now[head])
        yield sign, ""
        yield from ((sign, line) for line in lines)
        return
    old, new = now[head], then[head]
    for kind, first, last, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from (("-", line) for line in old[first:last])
            yield from (("+", line) for line in new[start:stop])


def _settle_value(predicted: str, actual: str | None) -> str:
    return actual if predicted == ANY and actual is not None else predicted


def _settle_unit(predicted: UnitState, actual: UnitState | None) -> UnitState:
    if actual is None:
        return predicted
    return UnitState(_settle_value(predicted.enabled, actual.enabled), _settle_value(predicted.active, actual.active))


def _settle_file(predicted: FileState, actual: FileState | None) -> FileState:
    if actual is None or actual.kind != predicted.kind:
        return predicted
    settled = replace(
        predicted,
        owner=_settle_owner(predicted.owner, actual.owner),
        mode=_settle_value(predicted.mode, actual.mode),
    )
    if predicted.digest == ANY:
        settled = replace(settled, text=actual.text, digest=actual.digest)
    return settled


def _settle_owner(predicted: str, actual: str) -> str:
    if predicted == ANY:
        return actual
    parts = zip(predicted.split(":"), actual.split(":"), strict=False)
    return ":".join(_settle_value(expected, found) for expected, found in parts)


def _settle_account(predicted: Account, actual: Account | None) -> Account:
    if actual is None:
        return predicted
    values = {name: _settle_value(value, getattr(actual, name)) for name, value in vars(predicted).items()}
    return Account(**values)
