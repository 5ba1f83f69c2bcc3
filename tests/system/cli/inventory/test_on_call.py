"""``scripts/inventory.py on-call``: through the door, as a table and as JSON, and what is typed wrongly."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.reduced_inventory import ROOT, patch


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FELLESDRIFT_STATE", str(tmp_path / "state"))


def ask(*arguments: str, inventory: Path = ROOT / "inventory") -> tuple[int, str, str]:
    """How the door ends, and what it prints."""
    command = [sys.executable, str(ROOT / "scripts" / "inventory.py"), "on-call", "-i", str(inventory)]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_municipality_for_people() -> None:
    """At Christmas, within 80 columns: everybody in their order, and below them the suppliers."""
    code, out, err = ask("loppa", "--at", "2026-12-24T09:00")
    assert (code, err) == (0, "")
    assert [line.rstrip() for line in out.splitlines()] == [
        "Loppa, Thursday 2026-12-24 09:00 (Europe/Oslo):",
        "WHEN          TELEPHONE        WHO",
        "at once       +47 00 00 17 01  IT adviser of Loppa: on duty until 15:30",
        "after 10 min  +47 00 00 10 03  Marit Hansen, Operations centre: on duty in",
        "                               another's place until 2026-12-26 08:00 (Christmas",
        "                               Eve with the children)",
        "after 25 min  +47 00 00 10 09  Head of operations, Operations centre: if nobody",
        "                               before answers",
        "",
        "ANSWERS  TELEPHONE        SUPPLIER",
        "at once  +47 00 00 21 00  Ishavslinjen, our number VF-1001, repair within 8 h",
        "at once  +47 00 00 22 00  Kystfiber Finnmark, our number 440217, repair within",
        "                          12 h",
        "at once  +47 00 00 24 00  Nordlys telefoni, our number NT-5130, repair within 4",
        "                          h",
    ]
    assert max(map(len, out.splitlines())) <= 80


def test_json_and_all_municipalities() -> None:
    """A record each, at one moment whatever zone it was asked in; without a name a line each."""
    (record,) = json.loads(ask("alta", "--at", "2026-12-26T02:00+00:00", "--format", "json")[1])
    assert (record["municipality"], record["moment"]) == ("alta", "2026-12-26T03:00:00+01:00")
    assert [(call["after_minutes"], call["phone"], call["reason"]) for call in record["calls"]] == [
        (0, "+47 00 00 10 03", "swapped"),
        (15, "+47 00 00 10 09", "no_answer"),
    ]
    assert record["calls"][0]["until"] == "2026-12-26T08:00:00+01:00"
    closed = {desk["supplier"]: desk["changes"] for desk in record["desks"] if not desk["open"]}
    assert closed == {
        "Driftskontroll Nord": "2026-12-28T07:00:00+01:00",
        "Pasientsystemer": "2026-12-26T06:00:00+01:00",
    }
    assert [each["municipality"] for each in json.loads(ask("--format", "json")[1])][-1] == "operations_centre"
    lines = ask("--at", "2026-12-01T10:00")[1].splitlines()
    assert lines[0] == "First to call, Tuesday 2026-12-01 10:00 (Europe/Oslo):"
    assert sum("+47" in line for line in lines) == 8


def test_where_nobody_is_on_call(place: Path) -> None:
    """That is told, and the exit code says so."""
    patch(place, [{"file": f"inventory/group_vars/{name}/on_call.yml", "remove": True} for name in GONE])
    code, out, err = ask("loppa", "--at", "2026-12-24T03:00", inventory=place / "inventory")
    assert (code, err) == (1, "")
    assert out.startswith("Loppa, Thursday 2026-12-24 03:00 (Europe/Oslo): nobody is on call\n")
    assert "Ishavslinjen" in out
    code, out, _ = ask("--format", "json", "--at", "2026-12-24T03:00", inventory=place / "inventory")
    assert code == 1
    assert all(record["calls"] == [] for record in json.loads(out))


GONE = ("loppa", "operations_centre")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lopa"], "municipality: found 'lopa', expected one of alta,"),
        (["lopa"], "did you mean loppa?"),
        (["loppa", "--at", "tonight"], "--at: found 'tonight', expected a time such as 2026-12-24T03:00"),
        (["loppa", "--at", "9999-12-31T23:00"], "--at: found '9999-12-31T23:00', expected a time such as"),
        (["loppa", "--at", "0001-01-01"], "--at: found '0001-01-01', expected a time such as"),
        (["loppa", "--format", "csv"], "'csv' is not one of"),
    ],
)
def test_what_is_typed_wrongly(arguments: list[str], words: str) -> None:
    """Named with what was expected; usage, and no traceback."""
    code, out, err = ask(*arguments)
    assert (code, out) == (2, "")
    assert words in " ".join(err.split())
    assert "Traceback" not in err
