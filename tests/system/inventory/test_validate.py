"""What ``check`` tells: every error of the reader, and what a review adds. Then the door, as people and CI see it."""

import json
import os
import random
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from nornir_tasks.core.output import make_safe
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.inventory.load import InventoryError, InventoryErrors, load_region
from nornir_tasks.inventory.problem import SourceLine, format_problem
from nornir_tasks.inventory.validate import validate_inventory
from nornir_tasks.model.graph import spread
from tests.support.reduced_inventory import KEPT, ROOT, patch

CASES = sorted((ROOT / "tests" / "cases" / "review").glob("*.yml"))
ERRORS = sorted((ROOT / "tests" / "cases" / "inventory").glob("*.yml"))
TODAY = date(2026, 11, 24)
SEED = 4
WAYS = ("gone", "twice", "in", "out", "tab", "value", "key", "anchor", "tag", "number", "bytes", "swap", "cut")


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_review(file, place):
    """A region that can be read, and what is told of it."""
    case = yaml.safe_load(file.read_text())
    patch(place, case["patch"])
    load_region([Path("inventory")])
    # What hangs on one switch in the small region anyway has a case of its own.
    told = [
        one
        for one in validate_inventory([Path("inventory")], TODAY)
        if case.get("all") or "spare of its" not in one.expected
    ]
    assert "".join(f"{one.severity} {format_problem(one)}\n" for one in told) == case["expect"]


@pytest.mark.parametrize("file", ERRORS[::6], ids=lambda file: file.stem)
def test_check_tells_what_the_reader_tells(file, place):
    case = yaml.safe_load(file.read_text())
    patch(place, case["patch"])
    sources = [Path(source) for source in case.get("sources", ["inventory"])]
    with pytest.raises(InventoryError) as caught:
        load_region(sources)
    told = validate_inventory(sources, TODAY)
    assert any(one.severity == "error" for one in told)
    shown = {make_safe(str(path)) for path in Path("inventory").rglob("*")}  # a name may speak to a terminal
    assert all(
        one.actual == "no file" or one.subject.file in shown or os.path.lexists(one.subject.file) for one in told
    )
    if isinstance(caught.value, InventoryErrors):
        assert set(told) >= set(caught.value.problems)


def test_a_file_that_cannot_be_read(place):
    """Not for its rights, which bind no tests of root's: its very bytes refuse."""
    Path("inventory/group_vars/all/more.yml").symlink_to("/proc/self/mem")
    (told,) = validate_inventory([Path("inventory")], TODAY)
    assert format_problem(told).startswith("inventory/group_vars/all/more.yml  found what cannot be read (")


def test_clients_are_spread_in_whole_numbers():
    assert spread(10, {"a": 1, "b": 2}) == {"a": 3, "b": 7}
    assert spread(3, {"a": 0, "b": 0}) == {"a": 2, "b": 1}
    assert spread(3, {}) == {}


def mutated(text: str, kind: str, dice: random.Random) -> bytes:
    """A file as a slip of the hand, a bad merge or a bad disk leaves it."""
    lines = text.splitlines()
    at = dice.randrange(1, len(lines))
    line = lines[at]
    if kind == "gone":
        del lines[at : at + dice.choice((1, 1, 3, 20))]
    elif kind == "twice":
        lines.insert(at, line)
    elif kind in ("in", "out"):
        lines[at] = f"  {line}" if kind == "in" else line.replace("  ", "", 1)
    elif kind == "tab":
        lines[at] = f"\t{line.lstrip()}"
    elif kind == "swap":
        other = dice.randrange(1, len(lines))
        lines[at], lines[other] = lines[other], line
    elif kind == "cut":
        return "\n".join(lines)[: dice.randrange(len(text))].encode()
    elif kind == "bytes":
        raw = bytearray(text.encode())
        spot = dice.randrange(len(raw))
        raw[spot : spot + 8] = dice.randbytes(8)
        return bytes(raw)
    else:
        words = {
            "value": ("[]", "{}", "~", "true", "'x'", "[[x]]", "{x: {y: z}}", "''", "-1", "2026-02-30", '"{{ x }}"'),
            "key": ("x", "'': 1", "1", "[a, b]", "? [a]", "<<: *x", "<<: 1", "all", "hosts", "plugin: x"),
            "anchor": ("&x [*x]", "*x", "&x", "*school", "{<<: *x}"),
            "tag": (
                "!x y",
                "!!python/none",
                "!!int x",
                "!!set {a, b}",
                "!!binary x",
                "!vault x",
                "!!timestamp x",
                "!!map []",
            ),
            "number": ("9" * 400, "1e999", ".nan", "-.inf", "0x7fffffffffffffff", "1_0", "0o17", "12:60:60", "010"),
        }
        word = dice.choice(words[kind])
        head, colon, _ = line.partition(": ")
        lines[at] = (
            f"{line[: len(line) - len(line.lstrip())]}{word}:" if kind == "key" else f"{head}{colon or ': '}{word}"
        )
    return "\n".join([*lines, ""]).encode()


FILES = sorted(
    file.relative_to(ROOT) for file in (ROOT / "inventory").rglob("*.yml") if {*file.parts, file.stem} & {*KEPT}
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to("inventory")))
def test_any_mutated_file(file, place):
    """Bounded and seeded: each file in each way, with a region or problems, each of them whole; never a traceback."""
    sound = file.read_bytes()
    dice = random.Random(f"{SEED}{file}")
    refused = 0
    for way in WAYS:
        bad = mutated(sound.decode(), way, dice)
        file.write_bytes(bad)
        told = validate_inventory([Path("inventory")], TODAY)
        errors = {one for one in told if one.severity == "error"}
        problems: tuple[Verdict[SourceLine], ...] = ()
        try:
            load_region([Path("inventory")])
        except InventoryErrors as error:
            problems = error.problems
        assert errors >= set(problems), way
        assert bool(errors) == bool(problems), way
        refused += bool(problems)
        for one in told:
            assert Path(one.subject.file).exists(), (way, one)
            assert one.actual, (way, one)
            assert one.expected, (way, one)
            assert one.subject.line or Path(one.subject.file).is_dir() or "Ansible refuses" in one.actual, (way, one)
    file.write_bytes(sound)
    assert refused > len(WAYS) // 3, refused


def door(*arguments: str, place: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ANSIBLE_INVENTORY": str(place / "inventory")}
    command = [sys.executable, str(ROOT / "scripts" / "inventory.py"), "check", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_the_door(place):
    """A sound region is clean, unless warnings are to count; an error is told in all three forms."""
    sound = door(place=place)
    assert (sound.returncode, sound.stderr) == (0, "")
    assert sound.stdout.startswith("0 errors, 3 warnings; nothing was connected to\n")
    assert door("--strict", place=place).returncode == 1
    patch(place, [{"file": "inventory/group_vars/all/zones.yml", "replace": "vlan: 160", "by": "vlan: 150"}])
    table = door("-i", "inventory", place=place)
    assert table.returncode == 1
    assert max(map(len, table.stdout.splitlines())) <= 80
    assert table.stdout.splitlines()[2:7] == [
        "inventory/group_vars/all/zones.yml: 1 error",
        "    13  zones.guest.vlan",
        "        found     150",
        "        expected  a VLAN number of its own; zones.wireless has it",
        "        do        give one of the two another",
    ]
    told = json.loads(door("-i", "inventory", "--format", "json", place=place).stdout)
    assert (told["sound"], told["errors"], told["warnings"]) == (False, 1, 3)
    assert told["problems"][0]["file"] == "inventory/group_vars/all/zones.yml"
    assert told["problems"][0]["line"] == 13
    first = door("-i", "inventory", "--format", "github", place=place).stdout.splitlines()[0]
    assert first == (
        "::error file=inventory/group_vars/all/zones.yml,line=13,title=zones.guest.vlan::found 150, "
        "expected a VLAN number of its own; zones.wireless has it; give one of the two another"
    )


def test_the_door_where_there_is_nothing(place):
    done = door("-i", "nowhere", place=place)
    assert (done.returncode, done.stderr) == (1, "")
    assert "nowhere: 1 error" in done.stdout
