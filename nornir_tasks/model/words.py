"""Validation that collects everything at once, in words for people who have never heard of pydantic."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date
from ipaddress import IPv4Address, IPv4Network
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.finding import Path, Variable, judge_variable, meant, one_of, shown

Model = TypeVar("Model", bound=BaseModel)
ROUNDS = 8  # of leaving out what is unsound, so that the rest can still be checked

KINDS: Mapping[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    date: "a date such as 2026-08-20",
    IPv4Address: "an IPv4 address",
    IPv4Network: "a network such as 10.17.2.0/27",
    dict: "a mapping",
    tuple: "a list",
}
PATTERNS: Mapping[str, str] = {
    r"^.*$": "text on one line",
    r"^[a-z][a-z0-9_-]*$": "a name of lower-case letters, digits, - and _",
    r"^[A-Z][A-Z0-9-]{0,31}$": "a VLAN name of at most 32 upper-case letters, digits and -",
    r"^[a-z0-9-]+:\d+$": "a switch and the number of its port, such as loppa-core-01:1",
    r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$": "a time such as 21:00",
    r"^\d{1,3}\.\d{1,3}/\d{1,2}$": "the last two octets and the length, such as 8.0/21",
    r"^\d{1,3}(-\d{1,3})?$": "a port or a range of ports, such as 17 or 1-16",
}
LIMITS: Mapping[str, str] = {
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
}


def validated(
    model: type[Model],
    said: Mapping[str, Any],
    scope: str,
    at: Path = (),
    stand_ins: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[Model | None, list[Verdict[Variable]]]:
    """The record, as far as it can be made, and what does not fit in it.

    What is unsound is left out (a key that is nearly right is read as the one that was meant), so that one
    slip does not hide the others; ``stand_ins`` take the place of fields that no check looks at. With any finding
    the record is good for further checks and for nothing else.
    """
    try:
        return model.model_validate(said), []
    except ValidationError as error:
        problem = error
    rest = deepcopy(dict(said))
    findings: list[Verdict[Variable]] = []
    for turn in range(ROUNDS):
        found = list(_translate(problem, model, scope, at, rest, stand_ins))
        findings += found if turn == 0 else [one for one in found if not _within(one, findings)]
        if not rest:
            break
        try:
            return model.model_validate(rest), findings
        except ValidationError as error:
            problem = error
    return None, findings


def _translate(
    problem: ValidationError,
    model: type[BaseModel],
    scope: str,
    at: Path,
    rest: dict[str, Any],
    stand_ins: Mapping[str, Any],
) -> Iterator[Verdict[Variable]]:
    """One finding for each error; takes what is unsound out of ``rest``."""
    errors = problem.errors(include_url=False)
    missing = {tuple(error["loc"]) for error in errors if error["type"] == "missing"}
    repaired: set[Path] = set()
    cut: list[Path] = []
    for error in errors:
        if error["type"] != "extra_forbidden":
            continue
        loc = tuple(error["loc"])
        key = str(loc[-1])
        fields = _fields(model, loc[:-1])
        lacking = [str(one[-1]) for one in missing if one[:-1] == loc[:-1]]
        word = meant(key, lacking) or meant(key, fields)
        yield judge_variable(scope, at + loc, "an unknown key", one_of(fields), f"did you mean {word}?" if word else "")
        holder = _holder(rest, loc)
        value = holder.pop(loc[-1], None)
        if word and (*loc[:-1], word) in missing:
            repaired.add((*loc[:-1], word))
            holder[word] = value
    for error in errors:
        loc = tuple(part for part in error["loc"] if part != "[key]")
        if error["type"] == "extra_forbidden" or loc in repaired:
            continue
        yield judge_variable(scope, at + loc, *_said(error, model, loc))
        if loc and loc[0] in stand_ins:
            rest[str(loc[0])] = stand_ins[str(loc[0])]
        else:
            cut.append(loc[:-1] if error["type"] == "missing" else loc)
    for loc in sorted(set(cut), key=str, reverse=True):  # backwards, so that a list's numbers hold
        _cut(rest, loc)


def _said(error: ErrorDetails, model: type[BaseModel], loc: Path) -> tuple[str, str, str]:
    """Found, expected and advice."""
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    annotation = _annotation(model, loc)
    if kind == "missing":
        return "nothing", _kind(annotation), ""
    if "[key]" in error["loc"]:
        given = loc[-1]
    if kind in LIMITS:
        return shown(given), LIMITS[kind].format(**context), ""
    if kind == "string_pattern_mismatch":
        return shown(given), PATTERNS.get(context["pattern"], f"text like {context['pattern']}"), ""
    if kind == "literal_error":
        return shown(given), context["expected"], ""
    expected = _kind(int if kind.startswith("int_") else annotation)
    return shown(given), expected, _advice(annotation, given)


def _advice(annotation: Any, given: Any) -> str:
    """For a network with host bits the network that it is in; for what YAML took for no text, quotes."""
    if annotation is IPv4Network and isinstance(given, str):
        try:
            return f"did you mean {IPv4Network(given, strict=False)}?"
        except ValueError:
            return ""
    if annotation is str and isinstance(given, bool | int | float | date):
        return "in quotes, if that is what is meant"
    return ""


def _bare(annotation: Any) -> Any:
    """Without Annotated and without ``| None``."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    arguments = [one for one in get_args(annotation) if one is not type(None)]
    if type(None) in get_args(annotation) and len(arguments) == 1:
        return _bare(arguments[0])
    return annotation


def _annotation(model: type[BaseModel], loc: Path) -> Any:
    """The type that is declared for a place in a model."""
    here: Any = model
    for part in loc:
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(part))
            here = _bare(field.annotation) if field else None
        elif get_origin(here) is dict:
            here = _bare(get_args(here)[1])
        elif get_origin(here) is tuple:
            here = _bare(get_args(here)[0])
    return here


def _fields(model: type[BaseModel], loc: Path) -> list[str]:
    here = _annotation(model, loc)
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []


def _kind(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return one_of(str(one) for one in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        needed = [name for name, field in annotation.model_fields.items() if field.is_required()]
        return f"{KINDS[dict]} of {', '.join(needed)}" if needed else KINDS[dict]
    return KINDS.get(origin or annotation, "another value")


def _holder(rest: Any, loc: Path) -> Any:
    for part in loc[:-1]:
        rest = rest[_own(rest, part)]
    return rest


def _own(holder: Any, part: str | int) -> Any:
    """The key as it stands in the mapping: a number there may be text here."""
    if isinstance(holder, dict) and part not in holder:
        return next((key for key in holder if str(key) == str(part)), part)
    return part


def _cut(rest: dict[str, Any], loc: Path) -> None:
    """Leave out one place; what is gone already is gone."""
    if not loc:
        rest.clear()
        return
    try:
        holder = _holder(rest, loc)
        del holder[_own(holder, loc[-1])]
    except (KeyError, IndexError, TypeError):
        return


def _within(one: Verdict[Variable], findings: list[Verdict[Variable]]) -> bool:
    """Whether a later round's finding only follows from an earlier one, inside it or around it."""
    return any(
        one.subject.path[: len(other.subject.path)] == other.subject.path
        or other.subject.path[: len(one.subject.path)] == one.subject.path
        for other in findings
    )
