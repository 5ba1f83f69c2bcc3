"""Variables of roles against their argument_specs."""

from typing import Any

import pytest

from nornir_tasks.server_roles.arguments import RoleSpec, Unresolved, check_variables

SPECS = {
    "baseline": RoleSpec(
        {
            "baseline__day": {"type": "str", "choices": ["mon", "tue"], "required": True},
            "baseline__size": {"type": "int"},
            "baseline__on": {"type": "bool"},
            "baseline__keys": {"type": "list", "elements": "str"},
            "baseline__days": {"type": "list", "elements": "str", "choices": ["mon", "tue"]},
            "baseline__people": {
                "type": "list",
                "elements": "dict",
                "options": {"name": {"type": "str", "required": True}, "age": {"type": "int"}},
            },
            "baseline__word": {"type": "str", "no_log": True, "required": True},
            "baseline__ratio": {"type": "float"},
        },
        frozenset({"baseline__size"}),
    )
}
GOOD: dict[str, Any] = {
    "baseline__day": "mon",
    "baseline__size": 3,
    "baseline__on": False,
    "baseline__keys": ["a"],
    "baseline__days": ["mon"],
    "baseline__people": [{"name": "kari", "age": 3}],
    "baseline__word": "s3cret",
    "baseline__ratio": 2,
}


def check(**changed: Any) -> list[str]:
    variables = {name: value for name, value in {**GOOD, **changed}.items() if value != "gone"}
    return [
        f"{finding.subject.key}: {finding.found_text}"
        for finding in check_variables("host", ["baseline"], SPECS, variables)
    ]


def test_what_fits_is_no_finding() -> None:
    assert check() == []
    assert check(other="x", _private__x=1, ansible_user="x") == []


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("day", "tu", "baseline__day: found 'tu' (text), expected one of mon, tue; did you mean tue?"),
        ("size", "3", "baseline__size: found '3' (text), expected a whole number"),
        ("size", True, "baseline__size: found True, expected a whole number"),
        ("on", "yes", "baseline__on: found 'yes' (text), expected true or false"),
        ("keys", "a", "baseline__keys: found 'a' (text), expected a list of text"),
        ("keys", [1], "baseline__keys[0]: found 1, expected text"),
        ("days", ["fri"], "baseline__days[0]: found 'fri' (text), expected one of mon, tue"),
        ("people", [{"age": 1}], "baseline__people[0].name: found nothing, expected text"),
        ("people", [{"name": "x", "aeg": 1}],
         "baseline__people[0].aeg: found an unknown key, expected a key that the role knows; did you mean age?"),
        ("day", "gone", "baseline__day: found nothing, expected one of mon, tue"),
        ("day", None, "baseline__day: found nothing, expected one of mon, tue"),
        ("word", "gone",
         "baseline__word: found nothing, expected text; give it in a vault (ansible-vault) or by a lookup"),
        ("word", 12345, "baseline__word: found a value that is not shown, expected text"),
        ("size", Unresolved("what cannot be worked out ('x' is undefined)"),
         "baseline__size: found what cannot be worked out ('x' is undefined), expected a whole number"),
        ("sise", 1, "baseline__sise: found an unknown key, expected a variable that the role knows; "
                    "did you mean baseline__size?"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(name: str, value: Any, text: str) -> None:
    assert check(**{f"baseline__{name}": value}) == [text]


def test_a_role_that_is_not_there_is_told() -> None:
    assert check(basline__size=1) == [
        "basline__size: found no role basline, expected a role's variable; did you mean baseline?"
    ]


def test_what_a_role_requires_of_others_is_no_matter() -> None:
    assert list(check_variables("host", [], SPECS, {})) == []
