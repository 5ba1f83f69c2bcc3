"""Rotas: everybody whom they name can be called, and each day on duty is somebody's, and one's alone."""

from collections.abc import Iterator

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.check.service_levels import check_hours
from nornir_tasks.model.check.service_names import check_names
from nornir_tasks.model.check.standards import judge_unknown_names
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.fields import WEEKDAYS
from nornir_tasks.model.finding import Path, Variable, judge_unknown, judge_variable
from nornir_tasks.model.on_call import OnCall

KEY = "on_call"


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A finding for each name, day and hour of a rota that does not fit."""
    for name, municipality in entries.municipalities.items():
        if municipality.on_call:
            unread = entries.list_unread_keys(name, (KEY, "contacts"))
            yield from _check_names(name, municipality.on_call, {*municipality.on_call.contacts, *unread})
            yield from _check_rotations(name, municipality.on_call)
            yield from _check_swaps(name, municipality.on_call)
            yield from check_hours(name, (KEY, "hours"), municipality.on_call.hours)


def _check_names(scope: str, on_call: OnCall, contacts: set[str]) -> Iterator[Verdict[Variable]]:
    noun = "a name of `contacts`"
    for number, rotation in enumerate(on_call.rotations):
        yield from judge_unknown_names(scope, (KEY, "rotations", number, "order"), rotation.order, noun, contacts)
    for number, swap in enumerate(on_call.swaps):
        if swap.who not in contacts:
            yield judge_unknown(scope, (KEY, "swaps", number, "who"), swap.who, noun, contacts)
    yield from check_names(scope, (KEY, "then"), on_call.then, noun, contacts)


def _check_rotations(scope: str, on_call: OnCall) -> Iterator[Verdict[Variable]]:
    """A rotation starts with a hand-over, and after the one before it: else a week is two people's, or is cut short."""
    for number, rotation in enumerate(on_call.rotations):
        path: Path = (KEY, "rotations", number, "start")
        weekday = WEEKDAYS[rotation.start.weekday()]
        if weekday != on_call.handover_day:
            expected = f"a day of the hand-over: {on_call.handover_day}"
            yield judge_variable(scope, path, f"{rotation.start} ({weekday})", expected)
        elif number and rotation.start <= on_call.rotations[number - 1].start:
            earlier = on_call.rotations[number - 1].start
            expected = f"a day after {earlier}, when rotations[{number - 1}] starts"
            yield judge_variable(scope, path, str(rotation.start), expected)


def _check_swaps(scope: str, on_call: OnCall) -> Iterator[Verdict[Variable]]:
    first_day = on_call.rotations[0].start
    for number, swap in enumerate(on_call.swaps):
        path: Path = (KEY, "swaps", number)
        if swap.end < swap.start:
            yield judge_variable(scope, (*path, "end"), str(swap.end), f"a day from {swap.start} on, its start")
            continue
        if swap.start < first_day:
            expected = f"a day from {first_day} on: no rotation has started before"
            yield judge_variable(scope, (*path, "start"), str(swap.start), expected)
        for other, earlier in enumerate(on_call.swaps[:number]):
            if swap.start <= earlier.end and earlier.start <= swap.end:
                expected = f"days of its own; swaps[{other}] has {earlier.start} to {earlier.end}"
                yield judge_variable(scope, (*path, "start"), str(swap.start), expected)
                break
