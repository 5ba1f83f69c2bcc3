"""Exit codes mean one thing each: in the code, in the table of the guide, and in what each command says of itself."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import nornir_tasks
from nornir_tasks import cli
from nornir_tasks.core import exit_codes
from nornir_tasks.core.errors import FellesdriftError

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guide.md"
CODES = {name: value for name, value in vars(exit_codes).items() if name.isupper()}
SILENT = {
    "change_arguments",
    "change_reading",
    "checkpoint",
    "health_server",
    "health_progress",
    "health_round",
    "health_watch",
    "options",
    "selection",
    "terminal",
    "what_if",
}  # are no command
DOORS = [
    name
    for _, name, is_package in pkgutil.walk_packages(cli.__path__, f"{cli.__name__}.")
    if not is_package and name.rpartition(".")[2] not in SILENT
]


def read_table() -> list[int]:
    """The numbers in the guide's table, in its order."""
    table = GUIDE.read_text().partition("| exit code |")[2].partition("\n\n")[0]
    return [int(number) for number in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)]


def test_each_number_is_one_line_of_the_table() -> None:
    """Neither more nor fewer than in the code, each once; and none of them is another one of Ansible's."""
    assert read_table() == sorted(CODES.values())
    assert len(set(CODES.values())) == len(CODES)
    assert not {4, 5, 99, 250} & set(CODES.values())


@pytest.mark.parametrize("name", DOORS)
def test_a_door_documents_codes_of_the_table(name: str) -> None:
    """And the one for a difference where it has one."""
    module = importlib.import_module(name)
    texts = [value for key, value in vars(module).items() if key.endswith("HELP") and isinstance(value, str)]
    told = [re.findall(r"\b(\d+) (?=[a-zN-])", text.partition("Exit codes:")[2]) for text in texts]
    assert told
    assert all(numbers[:1] == ["0"] for numbers in told), f"{name}: expected 'Exit codes: 0 …' in its help"
    assert {int(number) for numbers in told for number in numbers} <= set(CODES.values())
    if hasattr(module, "DRIFT"):
        assert any(str(exit_codes.DRIFT) in numbers for numbers in told)


def test_every_error_leaves_with_a_code_of_the_table() -> None:
    """Also those that no door has met yet."""
    for _, name, _ in pkgutil.walk_packages(nornir_tasks.__path__, "nornir_tasks."):
        importlib.import_module(name)
    errors = [FellesdriftError]
    for error in errors:
        errors += error.__subclasses__()
    assert {error.exit_code for error in errors} == {exit_codes.WRONG, exit_codes.USAGE, exit_codes.INTERRUPTED}
