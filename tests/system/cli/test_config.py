"""``scripts/config.py`` as an engineer tries it first: files from anywhere, no inventory, no lab."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nornir_tasks.cli.config import Kind
from nornir_tasks.platforms import PLATFORM_CLASSES

ROOT = Path(__file__).resolve().parents[3]
IOS_OLD = """Building configuration...

Current configuration : 300 bytes
!
version 15.2
hostname gammel
snmp-server community Alfa77 RO
interface GigabitEthernet1/0/1
 description skap 1
 switchport trunk allowed vlan 1-10
 switchport trunk allowed vlan add 20
 switchport mode trunk
!
banner motd ^C
Hei
^C
end
"""
IOS_NEW = (
    IOS_OLD.replace("gammel", "ny")
    .replace("vlan 1-10\n", "vlan 1-10,20\n")
    .replace(" switchport trunk allowed vlan add 20\n", " shutdown\n")
)
PROCURVE = """; J9772A Configuration Editor
hostname "skap"
radius-server host 10.0.0.9 key "Hemmelig77"
vlan 1
   name "DEFAULT_VLAN"
   untagged 1-48,Trk1
   exit
"""


def run(where: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """The door, in a folder that has nothing but the files; without an inventory."""
    environment = {**os.environ, "ANSIBLE_INVENTORY": str(where / "no such"), "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts/config.py"), *arguments],
        cwd=where, env=environment, input=given, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Two configurations of an IOS switch, and one of a ProCurve."""
    for name, text in (("old", IOS_OLD), ("new", IOS_NEW), ("procurve", PROCURVE)):
        (tmp_path / name).write_text(text)
    return tmp_path


def test_masked(place: Path) -> None:
    """From a file, from standard input with the line ends of another world, and as JSON."""
    done = run(place, "mask", "--platform", "procurve", "procurve")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == PROCURVE.partition("\n")[2].replace("Hemmelig77", "<secret:radius-server host 10.0.0.9 key>")
    piped = run(place, "mask", "-p", "procurve", "-", given=PROCURVE.replace("\n", "\r\n"))
    assert piped.stdout == done.stdout
    told = json.loads(run(place, "mask", "-p", "ios", "old", "--format", "json").stdout)
    assert told["secrets"] == ["snmp-server community 1"]
    assert "Alfa77" not in told["text"]
    assert "banner motd ^C\nHei\n^C\n" in told["text"]


def test_what_differs_by_meaning(place: Path) -> None:
    """A list that is broken in another line is none; a changed secret is told and not shown."""
    assert run(place, "diff", "-p", "ios", "old", "old").returncode == 0
    done = run(place, "diff", "-p", "ios", "old", "new")
    assert done.returncode == 3
    assert done.stdout == "+ hostname ny\n  interface GigabitEthernet1/0/1\n+  shutdown\n- hostname gammel\n"
    other = run(place, "diff", "-p", "ios", "old", "-", given=IOS_OLD.replace("Alfa77", "Beta77"))
    assert (other.returncode, other.stdout) == (3, "~ another secret: snmp-server community 1\n")
    told = json.loads(run(place, "diff", "-p", "ios", "old", "new", "--format", "json").stdout)
    assert (told["same"], told["exit_code"], told["secrets"]) == (False, 3, [])


def test_commands_there_and_back(place: Path) -> None:
    """What takes service away is marked beside them, so that they can be piped on as they are."""
    done = run(place, "remediate", "-p", "ios", "old", "new")
    assert done.returncode == 3
    assert done.stdout == "hostname ny\ninterface GigabitEthernet1/0/1\n  shutdown\n"
    assert done.stderr == "! shutdown: what hangs on it is off\n3 commands, 1 of them to look at twice\n"
    back = run(place, "remediate", "-p", "ios", "old", "new", "--rollback", "--format", "json")
    assert [row["command"] for row in json.loads(back.stdout)["commands"]] == [
        "hostname gammel",
        "interface GigabitEthernet1/0/1",
        "  no shutdown",
    ]
    assert run(place, "remediate", "-p", "ios", "old", "old").returncode == 0


def test_all_platforms_are_there() -> None:
    """A new one, too."""
    assert {kind.value for kind in Kind} == set(PLATFORM_CLASSES)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("mask", "old"), 2, "--platform"),
        (("mask", "-p", "junos", "old"), 2, "junos"),
        (("mask", "-p", "ios", "none"), 1, "none: No such file"),
        (("diff", "-p", "ios", "-", "-"), 2, "OLD and NEW: found - for both, expected a file"),
        (("mask", "-p", "ios", "zero"), 2, "zero: found the character U+0000"),
        (
            ("remediate", "-p", "procurve", "procurve", "wrong"),
            1,
            "wrong: 'untagged 1-x': ports: found 'x', expected such as",
        ),
        (("diff", "-p", "eos", "twice", "old"), 1, "expected a configuration as the device shows it"),
    ],
)
def test_a_slip(place: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    """One message, with the file, what was found and what was expected; no traceback."""
    (place / "zero").write_bytes(b"hostname x\0\n")
    (place / "wrong").write_text(PROCURVE.replace("1-48,Trk1", "1-x"))
    (place / "twice").write_text("a\n   EOF\n   EOF\n")
    done = run(place, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
