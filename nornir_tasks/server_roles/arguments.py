"""Whether the variables of roles are what their argument_specs say. Pure: stricter than Ansible, which converts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nornir_tasks.core.verdict import Rule, Status, Verdict
from nornir_tasks.model.finding import (
    Path,
    Variable,
    format_choices,
    format_value,
    suggest_nearest,
)

SEPARATOR = "__"  # between a role's name and its variable's
HIDDEN = "a value that is not shown"
Option = Mapping[str, Any]  # as argument_specs.yml writes it
NOUNS = {
    "str": "text",
    "path": "a path",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a mapping",
}


@dataclass(frozen=True)
class RoleSpec:
    """What a role takes. ``options``: of its entry point main, by variable; ``defaults``: what it sets itself."""

    options: Mapping[str, Option]
    defaults: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Unresolved:
    """In the place of a value that Ansible could not work out: the vault is closed, a variable is not there."""

    reason: str


def find_role(variable: str) -> str | None:
    """The role whose variable it is by its name; None: no role's."""
    role, separator, _ = variable.strip("_").partition(SEPARATOR)
    return role if separator and not variable.startswith("_") else None


def check_variables(
    host: str, roles: Sequence[str], specs: Mapping[str, RoleSpec], variables: Mapping[str, Any]
) -> Iterator[Verdict[Variable]]:
    """What does not fit, by role.

    Args:
        host: whose variables they are.
        roles: that the host gets: what these require must be there.
        specs: of every role that there is.
        variables: all that are named as a role's; plain values, or ``Unresolved``.
    """
    for name, value in variables.items():
        role = find_role(name)
        if role is None:
            continue
        rule = Rule(role, f"the variables of the role {role} are as its argument_specs say", "roles")
        if role not in specs:
            subject = Variable(host, (name,))
            yield Verdict(
                subject, rule, Status.FAILURE, "a role's variable", f"no role {role}", suggest_nearest(role, specs)
            )
        elif name not in specs[role].options:
            yield _judge_unknown(rule, host, (name,), name, specs[role].options)
        else:
            yield from _Check(rule, host).check((name,), specs[role].options[name], value)
    for role in roles:
        rule = Rule(role, f"the variables of the role {role} are as its argument_specs say", "roles")
        spec = specs[role]
        for name, option in spec.options.items():
            if option.get("required") and name not in variables and name not in spec.defaults:
                yield Verdict(
                    Variable(host, (name,)), rule, Status.FAILURE, _describe(option), "nothing", _advise_secret(option)
                )


@dataclass(frozen=True)
class _Check:
    rule: Rule
    host: str

    def check(self, path: Path, option: Option, value: Any) -> Iterator[Verdict[Variable]]:
        """What does not fit in one value, or below it."""
        is_secret = bool(option.get("no_log"))
        if isinstance(value, Unresolved):
            yield self._fail(path, _describe(option), HIDDEN if is_secret else value.reason, _advise_secret(option))
            return
        if value is None:
            if option.get("required"):
                yield self._fail(path, _describe(option), "nothing", _advise_secret(option))
            return
        kind = option.get("type", "str")
        if not _is_of(kind, value):
            yield self._fail(path, _describe(option), HIDDEN if is_secret else _format(value))
            return
        choices = option.get("choices")
        if choices and not isinstance(value, list) and value not in choices:
            advice = suggest_nearest(str(value), map(str, choices))
            yield self._fail(path, _describe(option), HIDDEN if is_secret else _format(value), advice)
        if kind == "list":
            element = {**option, "type": option.get("elements", "raw"), "required": True}
            element.pop("elements", None)
            for number, item in enumerate(value):
                yield from self.check((*path, number), element, item)
        elif kind == "dict" and option.get("options"):
            yield from self._check_keys(path, option["options"], value)

    def _check_keys(
        self, path: Path, options: Mapping[str, Option], value: Mapping[str, Any]
    ) -> Iterator[Verdict[Variable]]:
        for key, item in value.items():
            if key in options:
                yield from self.check((*path, key), options[key], item)
            else:
                yield _judge_unknown(self.rule, self.host, (*path, key), key, options)
        for key, option in options.items():
            if option.get("required") and key not in value:
                yield self._fail((*path, key), _describe(option), "nothing", _advise_secret(option))

    def _fail(self, path: Path, expected: str, actual: str, advice: str = "") -> Verdict[Variable]:
        return Verdict(Variable(self.host, path), self.rule, Status.FAILURE, expected, actual, advice)


def _judge_unknown(rule: Rule, host: str, path: Path, key: str, options: Mapping[str, Option]) -> Verdict[Variable]:
    advice = suggest_nearest(key, options) or f"it knows {', '.join(sorted(options)) or 'none'}"
    expected = "a variable that the role knows" if len(path) == 1 else "a key that the role knows"
    return Verdict(Variable(host, path), rule, Status.FAILURE, expected, "an unknown key", advice)


def _is_of(kind: str, value: Any) -> bool:
    """Whether a value is of a type of argument_specs; of those that are not among ``NOUNS``, every value is."""
    if isinstance(value, bool):
        return kind == "bool" or kind not in NOUNS
    if kind in ("str", "path"):
        return isinstance(value, str)
    types = {"int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict}
    return kind not in types or isinstance(value, types[kind])  # type: ignore[arg-type]


def _describe(option: Option) -> str:
    """What an option takes: ``one of mon, tue``, ``a list of text``."""
    kind, choices = option.get("type", "str"), option.get("choices")
    if choices and kind != "list":
        return format_choices(map(str, choices))
    noun = NOUNS.get(kind, "a value")
    if kind == "list" and option.get("elements"):
        element = str(option["elements"])
        noun += f" of {NOUNS.get(element, element).removeprefix('a ')}"
    return noun


def _advise_secret(option: Option) -> str:
    return "give it in a vault (ansible-vault) or by a lookup" if option.get("no_log") else ""


def _format(value: Any) -> str:
    return f"{format_value(value)}" + (" (text)" if isinstance(value, str) else "")
