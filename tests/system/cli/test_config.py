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
    assert done.stdout == "hostname ny\ninterface GigabitEthernet1/0/1\n shutdown\n"
    assert done.stderr == "! shutdown: what hangs on it is off\n3 commands, 1 of them to look at twice\n"
    back = run(place, "remediate", "-p", "ios", "old", "new", "--rollback", "--format", "json")
    assert [row["command"] for row in json.loads(back.stdout)["commands"]] == [
        "hostname gammel",
        "interface GigabitEthernet1/0/1",
        " no shutdown",
    ]
    assert run(place, "remediate", "-p", "ios", "old", "old").returncode == 0


def test_which_rule_places_a_line(place: Path) -> None:
    """Of one text, and of one laid over another: what is unknown, and what takes the place of what."""
    (place / "add").write_text("hostname ny\nzebra {\nntp server 10.0.0.2\n")
    alone = run(place, "explain", "-p", "ios", "old")
    assert alone.returncode == 0
    assert "  hostname gammel\n      rule 'hostname(?: |$)', key 'hostname'\n" in alone.stdout
    assert "  banner motd ^C\n| Hei\n| ^C\n" in alone.stdout
    assert alone.stdout.endswith("\n7 lines, 0 of them unknown\n")
    done = run(place, "explain", "-p", "ios", "old", "add")
    assert "- hostname gammel\n" in done.stdout
    assert "; replaced by 'hostname ny'\n" in done.stdout
    assert "+ zebra {\n      unknown: it is kept as it is\n" in done.stdout
    told = json.loads(run(place, "explain", "-p", "ios", "old", "add", "--format", "json").stdout)["lines"]
    assert [(row["line"], row["origin"], row["known"]) for row in told][:3] == [
        (["hostname gammel"], "gone", True),
        (["hostname ny"], "new", True),
        (["zebra {"], "new", False),
    ]
    below = json.loads(run(place, "explain", "-p", "procurve", "procurve", "--format", "json").stdout)["lines"]
    assert {tuple(row["line"]): row["known"] for row in below}["interface 1", "untagged vlan 1"]


def test_what_no_reader_would_see_is_shown_in_figures(place: Path) -> None:
    """A configuration of a stranger's does not speak to the terminal; what is piped on is as it was."""
    (place / "odd").write_text(IOS_OLD.replace("skap 1", "\x1b]0;x\x07"))
    for command in (("diff", "-p", "ios", "old", "odd"), ("explain", "-p", "ios", "odd")):
        done = run(place, *command)
        assert "\x1b" not in done.stdout
        assert "\\x1b]0;x\\x07" in done.stdout


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
            "wrong, line 6: vlan 1: 'untagged 1-x': ports: found 'x', expected such as",
        ),
        (("diff", "-p", "eos", "list", "old"), 1, "list, line 2: 'vlan 5,-7': expected VLANs such as 1,20-22"),
        (("explain", "-p", "ios", "trunk"), 1, "trunk, line 3: 'switchport trunk allowed vlan add x': expected VLANs"),
    ],
)
def test_a_slip(place: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    """One message, with the file, what was found and what was expected; no traceback."""
    (place / "zero").write_bytes(b"hostname x\0\n")
    (place / "wrong").write_text(PROCURVE.replace("1-48,Trk1", "1-x"))
    (place / "list").write_text("!\nvlan 5,-7\n")
    allowed = " switchport trunk allowed vlan"
    (place / "trunk").write_text(f"interface Gi1/0/1\n{allowed} 5\n{allowed} add x\n")
    done = run(place, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
