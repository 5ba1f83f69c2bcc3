"""Validation that reports every error at once, in words for people who have never heard of pydantic."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date, datetime
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from annotated_types import Ge
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.fields import PHONE_PATTERN, PUBLIC_KEY_PATTERN, RANGE_PATTERN
from nornir_tasks.model.finding import Path, Variable, find_meant_word, format_choices, format_value, judge_variable
from nornir_tasks.model.service_levels import COVERED_PATTERN

Model = TypeVar("Model", bound=BaseModel)
# Keys that were there once, and what has taken their place.
FORMER_KEYS: Mapping[str, str] = {
    "data_processor_agreement": "write it as one of `agreements`, with the applications that it covers",
    "risk_assessment": "write it as one of `risk_assessments`, with the applications that it covers",
    "reaches": "access lists follow from applications, common services and destinations; `peers` is for speech",
    "centre_networks": "access lists follow from applications, common services and destinations",
}
ROUNDS = 8  # of leaving out what is unsound, so that the rest can still be checked

KINDS: Mapping[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    date: "a date such as 2026-08-20",
    datetime: "a date and a time such as 2026-11-16T08:00+01:00",
    IPv4Address: "an IPv4 address",
    IPv4Network: "a network such as 10.17.2.0/27",
    IPv4Interface: "an address with its length, such as 203.0.113.2/30",
    dict: "a mapping",
    tuple: "a list",
}
PATTERNS: Mapping[str, str] = {
    r"^.*$": "text on one line",
    r"^[a-z][a-z0-9_-]*$": "a name of lower-case letters, digits, - and _",
    r"^[A-Z][A-Z0-9-]{0,31}$": "a VLAN name of at most 32 upper-case letters, digits and -",
    r"^[a-z0-9-]+:\d+$": "a switch and the number of its port, such as loppa-core-01:1",
    r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$": "a domain such as "
    "vestfinnmark.example",
    r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$": "a time such as 21:00",
    r"^[a-z][a-z0-9_-]{0,31}$": "an account's name of at most 32 lower-case letters, digits, - and _",
    PUBLIC_KEY_PATTERN: "the public half of an ed25519 key on one line, as ~/.ssh/id_ed25519.pub has it",
    PHONE_PATTERN: "a telephone number such as '+47 00 00 00 00', in quotes",
    COVERED_PATTERN: "all, or a kind and a name, such as site/hogtun-skole, host/loppa-app-01, "
    "application/case_archive or line/KF-1703",
    RANGE_PATTERN: "the first and the last address, such as 192.168.20.10-192.168.20.200",
    r"^\d{1,3}\.\d{1,3}/\d{1,2}$": "the last two octets and the length, such as 8.0/21",
    r"^\d{1,3}(-\d{1,3})?$": "a port or a range of ports, such as 17 or 1-16",
    r"^(icmp|(tcp|udp)/\d{1,5}(-\d{1,5})?)$": "a port such as tcp/443, udp/53, tcp/5000-5010 or icmp",
    r"^([a-z][a-z0-9_-]*/)?[a-z][a-z0-9_-]*$": "a user group such as office, or another municipality's: hasvik/office",
    r"^(/\S.*|(ssh|https|file)://([^/\s:@]+@)?[^/\s:@]*(:\d+)?/\S+)$": "a folder such as /srv/witness, or "
    "a git repository such as ssh://git@host/witness.git, without a password",
}
LIMITS: Mapping[str, str] = {
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "too_short": "at least one",
}


def validate_record(
    model: type[Model],
    record: Mapping[str, Any],
    scope: str,
    base_path: Path = (),
    stand_ins: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[Model | None, list[Verdict[Variable]]]:
    """The record, as far as it can be made, and what does not fit in it.

    What is unsound is left out (a mistyped key is read as the one it is nearest to), so that one
    error does not hide the others. With any finding the record is good for further checks and for nothing else.

    Args:
        model: the type of the record.
        record: variables by name, as Ansible resolved them; it is not changed.
        scope: the host or group that they are of, for the findings.
        base_path: the way to the record within the variables of ``scope``; empty: it is all of them.
        stand_ins: fields whose value no check looks at, and what takes their place where they are unsound.

    Returns:
        The record (None: after ``ROUNDS`` of leaving out it could still not be made), and the findings.
    """
    try:
        return model.model_validate(record), []
    except ValidationError as error:
        problem = error
    remaining = deepcopy(dict(record))
    findings: list[Verdict[Variable]] = []
    for round_number in range(ROUNDS):
        round_findings = list(_translate_errors(problem, model, scope, base_path, remaining, stand_ins))
        findings += (
            round_findings
            if round_number == 0
            else [finding for finding in round_findings if not _is_within(finding, findings)]
        )
        if not remaining:
            break
        try:
            return model.model_validate(remaining), findings
        except ValidationError as error:
            problem = error
    return None, findings


def _translate_errors(
    problem: ValidationError,
    model: type[BaseModel],
    scope: str,
    base_path: Path,
    remaining: dict[str, Any],
    stand_ins: Mapping[str, Any],
) -> Iterator[Verdict[Variable]]:
    """A finding for each error; takes what is unsound out of ``remaining``."""
    errors = problem.errors(include_url=False)
    locs = [_find_path(model, error["loc"]) for error in errors]
    missing = {tuple(error["loc"]) for error in errors if error["type"] == "missing"}
    repaired: set[Path] = set()
    unsound_paths: list[Path] = []
    for error in errors:
        if error["type"] != "extra_forbidden":
            continue
        loc = tuple(error["loc"])
        key = str(loc[-1])
        fields = _list_fields(model, loc[:-1])
        missing_keys = [str(path[-1]) for path in missing if path[:-1] == loc[:-1]]
        meant_key = find_meant_word(key, missing_keys) or find_meant_word(key, fields)
        yield judge_variable(
            scope,
            base_path + loc,
            "an unknown key",
            format_choices(fields),
            FORMER_KEYS.get(key) or (f"did you mean {meant_key}?" if meant_key else ""),
        )
        holder = _find_holder(remaining, loc)
        value = holder.pop(loc[-1], None)
        if meant_key and (*loc[:-1], meant_key) in missing:
            repaired.add((*loc[:-1], meant_key))
            holder[meant_key] = value
    for index, (error, loc) in enumerate(zip(errors, locs, strict=True)):
        if error["type"] == "extra_forbidden" or loc in repaired or loc in locs[:index]:
            continue
        if error["type"] == "too_short" and any(other[: len(loc)] == loc != other for other in locs):
            continue  # it is short of what is told by itself
        yield judge_variable(scope, base_path + loc, *_describe_error(error, model, loc))
        if loc and loc[0] in stand_ins and (len(loc) == 1 or stand_ins[str(loc[0])] != {}):
            remaining[str(loc[0])] = stand_ins[str(loc[0])]
        else:
            unsound_paths.append(loc[:-1] if error["type"] == "missing" else loc)
    for loc in sorted(set(unsound_paths), key=str, reverse=True):  # backwards, so that a list's numbers hold
        _cut_out(remaining, loc)


def _find_path(model: type[BaseModel], loc: tuple[int | str, ...]) -> Path:
    """The way to a value, without what pydantic adds of its own: the mark of a key, the member of a union."""
    path: Path = ()
    for part in loc:
        if part != "[key]" and not _is_union(_find_annotation(model, path)):
            path = (*path, part)
    return path


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType)


def _describe_error(error: ErrorDetails, model: type[BaseModel], loc: Path) -> tuple[str, str, str]:
    """What was found, what was expected, and advice."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    annotation = _find_annotation(model, loc)
    if _is_union(annotation) and kind != "missing":
        return format_value(value), _describe_type(annotation), ""
    if kind == "missing":
        return "nothing", _describe_type(annotation), ""
    if "[key]" in error["loc"]:
        value = loc[-1]
    if kind in LIMITS:
        return format_value(value), LIMITS[kind].format(**context), ""
    if kind == "string_pattern_mismatch":
        return format_value(value), PATTERNS.get(context["pattern"], f"text like {context['pattern']}"), ""
    if kind == "literal_error":
        return format_value(value), context["expected"], ""
    expected = _describe_type(int if kind.startswith("int_") else annotation)
    return format_value(value), expected, _advise(annotation, value)


def _advise(annotation: Any, value: Any) -> str:
    """Advice: for a network with host bits the one without; for text that YAML read as another type, quotes."""
    if annotation is IPv4Network and isinstance(value, str):
        try:
            return f"did you mean {IPv4Network(value, strict=False)}?"
        except ValueError:
            return ""
    if annotation is str and isinstance(value, bool | int | float | date):
        return "in quotes, if that is what is meant"
    return ""


def _strip_optional(annotation: Any) -> Any:
    """The type without Annotated and without ``| None``."""
    if get_origin(annotation) is Annotated:
        return _strip_optional(get_args(annotation)[0])
    arguments = [argument for argument in get_args(annotation) if argument is not type(None)]
    if type(None) in get_args(annotation) and len(arguments) == 1:
        return _strip_optional(arguments[0])
    return annotation


def _find_annotation(model: type[BaseModel], loc: Path) -> Any:
    """The type that is declared for a place in a model."""
    annotation: Any = model
    for part in loc:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = annotation.model_fields.get(str(part))
            annotation = _strip_optional(field.annotation) if field else None
        elif get_origin(annotation) is dict:
            annotation = _strip_optional(get_args(annotation)[1])
        elif get_origin(annotation) is tuple:
            annotation = _strip_optional(get_args(annotation)[0])
    return annotation


def _list_fields(model: type[BaseModel], loc: Path) -> list[str]:
    annotation = _find_annotation(model, loc)
    return list(annotation.model_fields) if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def _describe_type(annotation: Any) -> str:
    origin = get_origin(annotation)
    if _is_union(annotation):
        return " or ".join(_describe_member(member) for member in get_args(annotation))
    if origin is Literal:
        return format_choices(str(choice) for choice in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        required_fields = [name for name, field in annotation.model_fields.items() if field.is_required()]
        return f"{KINDS[dict]} of {', '.join(required_fields)}" if required_fields else KINDS[dict]
    return KINDS.get(origin or annotation, "another value")


def _describe_member(annotation: Any) -> str:
    """A member of a union, with the least that it may be."""
    if get_origin(annotation) is Literal:
        return ", ".join(str(choice) for choice in get_args(annotation))
    least = next((item.ge for item in _list_constraints(annotation) if isinstance(item, Ge)), None)
    words = _describe_type(_strip_optional(annotation))
    return words if least is None else f"{words} from {least} on"


def _list_constraints(annotation: Any) -> Iterator[Any]:
    """What the arguments of an Annotated type say, also those that stand within a Field."""
    for item in get_args(annotation)[1:]:
        yield from getattr(item, "metadata", [item])


def _find_holder(holder: Any, loc: Path) -> Any:
    for part in loc[:-1]:
        holder = holder[_find_key(holder, part)]
    return holder


def _find_key(holder: Any, part: str | int) -> Any:
    """The key as it stands in the mapping: pydantic may write as text what is a number there."""
    if isinstance(holder, dict) and part not in holder:
        return next((key for key in holder if str(key) == str(part)), part)
    return part


def _cut_out(remaining: dict[str, Any], loc: Path) -> None:
    """Delete what a path leads to; a path that an earlier deletion took away is passed over."""
    if not loc:
        remaining.clear()
        return
    try:
        holder = _find_holder(remaining, loc)
        del holder[_find_key(holder, loc[-1])]
    except (KeyError, IndexError, TypeError):
        return


def _is_within(finding: Verdict[Variable], findings: list[Verdict[Variable]]) -> bool:
    """Whether a later round's finding only follows from an earlier one, inside it or around it."""
    return any(
        finding.subject.path[: len(earlier.subject.path)] == earlier.subject.path
        or earlier.subject.path[: len(finding.subject.path)] == finding.subject.path
        for earlier in findings
    )
