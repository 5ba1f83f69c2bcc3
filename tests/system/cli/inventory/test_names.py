"""``scripts/inventory.py names``: through the door, in each form, and what is typed wrongly."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.reduced_inventory import ROOT

ARCHIVE = "case-archive.loppa.vestfinnmark.example"


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FELLESDRIFT_STATE", str(tmp_path / "state"))


def ask(*arguments: str) -> tuple[int, str, str]:
    """How the door ends, and what it prints."""
    command = [sys.executable, str(ROOT / "scripts" / "inventory.py"), "names", "-i", str(ROOT / "inventory")]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_municipality_for_people() -> None:
    """Where each name leads, and what changes next, within 80 columns."""
    code, out, err = ask("loppa", "--stage", "harmonise")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Loppa at harmonise: 23 names: 11 at both, 10 at new ones, 2 at none yet.")
    at = next(place for place, line in enumerate(lines) if line.startswith("case-archive.loppa "))
    assert lines[at].split() == ["case-archive.loppa", "192.168.23.30", "old", "loppa-app-01"]
    assert lines[at + 1].split() == ["10.17.92.30", "loppa-app-01"]
    assert out.endswith("With pilot these lead to other servers: school-administration.loppa\n")


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("legacy", "With harmonise these lead to a new address, too: case-archive.loppa,"),
        ("cutover", "With retire these lead to no old address any more: case-archive.loppa,"),
        ("retire", "Nothing changes any more."),
    ],
)
def test_what_changes_next(stage: str, words: str) -> None:
    """Stages at which nothing changes are passed over."""
    code, out, _ = ask("loppa", "--stage", stage)
    assert code == 0
    assert words in out


def test_lines_for_a_hosts_file() -> None:
    """In the order in which they are to be tried; between two switches as well, and with retire no old one."""
    moved = ask("loppa", "--stage", "cutover", "--moved", "loppa-acc-05", "--format", "hosts")[1].splitlines()
    rows = [line.split()[:2] for line in moved]
    assert [address for address, name in rows if name == ARCHIVE] == ["192.168.23.30", "10.17.92.30"]
    record = ARCHIVE.replace("case-archive", "patient-record")
    assert [address for address, name in rows if name == record] == ["10.17.92.31", "192.168.23.31"]
    code, out, err = ask("loppa", "--stage", "retire", "--format", "hosts")
    assert (code, err) == (0, "")
    assert "192.168." not in out
    assert f"10.17.92.30  {ARCHIVE}  # loppa-app-01" in out.splitlines()


def test_json_and_all_municipalities() -> None:
    """A record each; without a name a line each."""
    (record,) = json.loads(ask("loppa", "--format", "json")[1])
    assert (record["municipality"], record["stage"]) == ("loppa", "legacy")
    archive = next(name for name in record["names"] if name["name"] == ARCHIVE)
    assert archive["record"] == "loppa/case_archive"
    assert archive["addresses"] == [
        {"address": "192.168.23.30", "host": "loppa-app-01", "site": "loppa-radhus", "old": True}
    ]
    assert [each["municipality"] for each in json.loads(ask("--format", "json")[1])][-1] == "loppa"
    assert len(ask()[1].splitlines()) == 7


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lopa"], "municipality: found 'lopa', expected one of alta,"),
        (["operations_centre"], "municipality: found 'operations_centre'"),
        (["loppa", "--stage", "gone"], "--stage: found 'gone', expected one of legacy,"),
        (["loppa", "--moved", "loppa-acc-05"], "--moved: found without --stage"),
        (["loppa", "--stage", "pilot", "--moved", "loppa-acc-5"], "did you mean loppa-acc-05"),
        (["--format", "hosts"], "--moved and --format hosts: found without a municipality, expected one"),
        (["loppa", "--format", "bind"], "'bind' is not one of"),
    ],
)
def test_what_is_typed_wrongly(arguments: list[str], words: str) -> None:
    """Named with what was expected; usage, and no traceback."""
    code, out, err = ask(*arguments)
    assert (code, out) == (2, "")
    assert words in " ".join(err.split())
    assert "Traceback" not in err
