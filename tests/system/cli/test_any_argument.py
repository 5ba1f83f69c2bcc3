"""Whatever is typed behind an option, or stands in the environment: no traceback, no hanging, a code that means it.

The options are asked of the doors themselves, so that a new one is tried as well.
"""

import os
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.support.door_runner import DOORS, Done, Runner, running
from tests.support.reduced_inventory import ROOT, reduced

CODES = {0, 1, 2, 3}
NO_UTF_8, ESCAPE = "\udce5\udcff", "\x1b]0;mine\x07"
PATHS = (
    "",
    NO_UTF_8,
    "folder",
    "file/below",
    "nowhere/deep/file",
    "pipe",
    "/dev/full",
    "~nosuchuser/x",
    "x" * 5000,
    "-1",
    ESCAPE,
)
TEXTS = ("", NO_UTF_8, "x" * 100_000, "-1", ESCAPE, "*", "folder/..", "=", ":", "~nosuchuser")
NUMBERS = ("", "-1", "9" * 30, "x", "1.5", NO_UTF_8)
LOGGING = ("debug", "log_file", "help")
# What a change wants, what keeps an inventory as it is, until when, and what ends a service.
ALWAYS = ("reason", "dry_run", "check", "until", "once")
TURNS = 3  # values that are tried in a place
# What stands in the other places, so that a door comes as far as the one that is tried.
USUAL = {
    "plan_id": "0123456789ab",
    "new name": "vadso",
    "municipality": "loppa",
    "stage": "connect",
    "pattern": "loppa",
    "reason": "test",
    "check": "saved",
    "label": "Vadsø",
    "number": "77",
    "sites": "radhus:town_hall",
    "netbox": "netbox",
    "output": "written",
    "old": "HEAD",
    "new": "HEAD",
    "host": "loppa-acc-01",
    "variable": "site",
    "kind": "ios",
    "file": "file",
    "diff old": "file",
    "diff new": "folder/../file",
    "remediate old": "file",
    "reach source": "administration@loppa-radhus",
    "reach target": "loppa-dc-01",
    "reach port": "tcp/443",
    "remediate new": "file",
    "until": "2d",
}


def commands() -> list[tuple[str, tuple[str, ...], Any]]:
    """Every command of every door. Shape: the module, the words that lead to it, and itself."""
    found: list[tuple[str, tuple[str, ...], Any]] = []

    def walk(module: str, words: tuple[str, ...], command: Any) -> None:
        if hasattr(command, "commands"):
            for name, below in command.commands.items():
                walk(module, (*words, name), below)
        else:
            found.append((module, words, command))

    for module in DOORS.values():
        walk(module, (), typer.main.get_command(import_module(module).app))
    return found


COMMANDS = commands()


def typed(command: Any, tried: Any, value: str) -> list[str]:
    """The arguments of a run: what is required, and ``value`` in the place that is tried."""
    options: list[str] = []
    arguments: list[str] = []
    for parameter in command.params:
        usual = USUAL.get(f"{command.name} {parameter.name}", USUAL.get(str(parameter.name), "x"))
        given = value if parameter is tried else usual
        if parameter.param_type_name == "option":
            if parameter is tried or parameter.required or parameter.name in ALWAYS:
                # With "=", so that a value which begins with a dash stays the option's.
                name = max(parameter.opts, key=len)
                options.append(name if parameter.is_flag else f"{name}={given}")
        elif parameter is tried or parameter.required or parameter.name in ("municipality", "stage"):
            arguments.append(given)
    return [*options, "--", *arguments]


def values_of(parameter: Any) -> tuple[str, ...]:
    """What is tried in a place, by its type."""
    if getattr(parameter, "is_flag", False):
        return ("",)
    kind = parameter.type_descriptor.annotation
    return PATHS if kind is Path else NUMBERS if kind in (int, float) else TEXTS


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a small inventory, and one of everything that a path may lead to."""
    where = tmp_path_factory.mktemp("arguments")
    reduced(where)
    (where / "folder").mkdir()
    (where / "netbox").mkdir()
    (where / "file").write_text("a file\n")
    os.mkfifo(where / "pipe")
    return where


@pytest.fixture(scope="module")
def runner(place: Path) -> Iterator[Runner]:
    """Doors that start there. Nothing listens at the switches' addresses, and no key of them is known."""
    environment = {
        **os.environ,
        "ANSIBLE_INVENTORY": f"{place}/inventory,{ROOT}/lab/inventory",
        "FELLESDRIFT_STATE": str(place / "state"),
        "FELLESDRIFT_CACHE": str(place / "cache"),
        "FELLESDRIFT_LAB_DIR": str(place / "lab"),
        "FELLESDRIFT_PASSWORD": "x",
        "HOME": str(place),
        "NO_COLOR": "1",
    }
    with running(place, environment) as made:
        made.run("nornir_tasks.cli.inventory", ["check"], {})  # the region is in the cache from here on
        yield made


def judge(done: Done, about: object) -> None:
    """No traceback, an end in time, a code of the table, an error that says something, and nothing a terminal obeys."""
    told = done.out + done.err
    assert done.code in CODES, (about, done)
    assert b"Traceback" not in told, (about, done.err[-2000:].decode(errors="replace"))
    assert b"\x1b" not in told, (about, told[-500:])
    assert done.code not in (1, 2) or told.strip(), about
    assert len(done.err) < 250_000, about


@pytest.mark.parametrize(
    ("module", "words", "command"), COMMANDS, ids=["-".join([row[0].rpartition(".")[2], *row[1]]) for row in COMMANDS]
)
def test_any_argument(module: str, words: tuple[str, ...], command: Any, runner: Runner) -> None:
    """Each option and argument of a command, with everything that somebody may have typed there."""
    for number, parameter in enumerate(command.params):
        if parameter.name in LOGGING and (module, words) != (COMMANDS[0][0], COMMANDS[0][1]):
            continue  # every command has them from one place
        values = values_of(parameter)
        # In turn: over all the commands every value is tried in every kind of place.
        for value in dict.fromkeys(values[(number + len(words) + turn * 4) % len(values)] for turn in range(TURNS)):
            done = runner.run(module, [*words, *typed(command, parameter, value)], {})
            judge(done, (words, parameter.opts, value[:60]))
            if done.code == 2 and parameter.param_type_name == "option":
                names = {*parameter.opts, str(parameter.name), str(parameter.name).replace("_", " ")}
                told = done.err.decode(errors="replace")
                assert any(name in told for name in names), (words, parameter.opts, value[:60], told[-600:])


def test_there_is_a_door_for_each_script() -> None:
    """A new script is tried, too."""
    door = re.compile(r"from (nornir_tasks\.cli\.\w+) import app")
    found = {path.name: door.search(path.read_text()) for path in (ROOT / "scripts").glob("*.py")}
    assert {name: match[1] for name, match in found.items() if match} == DOORS


NAME = re.compile(r"\b(FELLESDRIFT_[A-Z]+(?:_[A-Z]+)*|ANSIBLE_CONFIG|ANSIBLE_INVENTORY)\b")
SOURCES = [file.read_text() for file in (ROOT / "nornir_tasks").rglob("*.py")]
VARIABLES = sorted({name for text in SOURCES for name in NAME.findall(text)})
LOOKING = (
    ("nornir_tasks.cli.change", ("list", "loppa")),
    ("nornir_tasks.cli.health_check", ("loppa",)),
    ("nornir_tasks.cli.inventory", ("check",)),
    ("nornir_tasks.cli.trust", ("loppa",)),
)


@pytest.mark.parametrize("name", VARIABLES)
def test_any_environment(name: str, runner: Runner) -> None:
    """Each variable that the code reads, with everything that somebody may have set it to."""
    for number, value in enumerate(PATHS):
        module, argv = LOOKING[(number + len(name)) % len(LOOKING)]
        judge(runner.run(module, argv, {name: value}), (name, value[:60], argv))
