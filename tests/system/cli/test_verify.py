"""``scripts/change.py verify`` as a person uses it: no switch is asked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from nornir_tasks.journal.entry import Entry
from nornir_tasks.journal.journal import Journal
from nornir_tasks.model import Stage

ROOT = Path(__file__).resolve().parents[3]


def run(where: Path, *arguments: str, script: str = "change.py") -> subprocess.CompletedProcess[str]:
    """A command, on a state directory."""
    environment = {**os.environ, "FELLESDRIFT_STATE": str(where), "FELLESDRIFT_WHO": "kari", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, f"scripts/{script}", *arguments],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def write(where: Path, *reasons: str) -> Journal:
    """Add an entry for each."""
    journal = Journal.at(where)
    for reason in reasons:
        journal.write(Entry("stage", "after", "started", "loppa", Stage.SURVEY, "kari", reason))
    return journal


def rewrite(where: Path, statement: str) -> None:
    """As somebody who can write the database's file."""
    journal = Journal(f"sqlite:///{where}/journal.sqlite")
    with journal.transaction() as connection:
        for verb in ("UPDATE", "DELETE", "REPLACE"):
            connection.execute(text(f"DROP TRIGGER event_no_{verb}"))
        connection.execute(text(statement))


def test_from_the_first_checkpoint_to_a_restored_backup(tmp_path: Path) -> None:
    """A report's checkpoint, an edit that the report's reader notices, what the next command says, and how to go on."""
    write(tmp_path, "one", "two")
    done = run(tmp_path, "verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert "The journal holds 2 events, root " in done.stdout
    assert "There is no checkpoint of it yet" in done.stdout
    page = tmp_path / "loppa.html"
    made = run(tmp_path, "loppa", "--output", str(page), "--format", "json", script="report.py")
    assert made.returncode == 0, made.stderr
    report = json.loads(made.stdout)
    (tmp_path / "report.json").write_text(made.stdout)
    assert report["checkpoint"].split("\n")[1] == "2"
    write(tmp_path, "three").sign_checkpoint()
    for file in ("loppa.html", "report.json"):
        done = run(tmp_path, "verify", "--checkpoint", str(tmp_path / file), "--format", "json")
        told = json.loads(done.stdout)
        assert (done.returncode, told["events"], told["problems"]) == (0, 3, [])
        assert [(fit["checkpoint"], fit["events"]) for fit in told["fits"]][-1] == (file, 2)
    # By hand, with the key alone: on another machine, without this state directory.
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "journal.sqlite").write_bytes((tmp_path / "journal.sqlite").read_bytes())
    done = run(elsewhere, "verify", "--checkpoint", str(page), "--vkey", told["key"])
    assert (done.returncode, done.stderr) == (0, "")
    assert "It fits 1 checkpoint, the largest of 2 events" in done.stdout
    rewrite(tmp_path, "UPDATE event SET reason = 'another' WHERE id = 2")
    done = run(tmp_path, "verify", "--checkpoint", str(page))
    assert done.returncode == 1
    assert "✗ Changed: event 2." in done.stdout
    rewrite_again = "DELETE FROM event WHERE id = 3"
    with Journal(f"sqlite:///{tmp_path}/journal.sqlite").transaction() as connection:
        connection.execute(text(rewrite_again))
    done = run(tmp_path, "loppa", "--output", str(page.with_suffix(".2")), script="report.py")
    assert done.returncode == 1
    assert "error: the journal is not what its last checkpoint says: expected 3 events" in done.stderr
    assert "scripts/change.py verify" in done.stderr
    done = run(tmp_path, "verify", "--accept", "backup of Monday put back")
    assert (done.returncode, done.stderr) == (0, "")
    assert "✗ Changed: event 2. Cut off besides: 1 event." in done.stdout
    assert "Tell every municipality its new key:" in " ".join(done.stdout.split())
    assert told["key"] not in done.stdout
    done = run(tmp_path, "verify")
    assert done.returncode == 0, done.stdout
    assert "by kari: backup of Monday put back" in " ".join(done.stdout.split())
    entry = Journal.at(tmp_path).entries(what="checkpoint")[0]
    assert (entry.who, entry.reason, entry.detail["key"]) == ("kari", "backup of Monday put back", told["key"])
    done = run(tmp_path, "verify", "--accept", "again")
    assert (done.returncode, "nothing to accept" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--checkpoint", "README.md"), "--checkpoint README.md: expected a checkpoint"),
        (("--checkpoint", "nowhere.txt"), "nowhere.txt: No such file or directory"),
        (("--vkey", "fellesdrift+1+2"), "--vkey: key: expected NAME+ID+KEY"),
    ],
)
def test_a_slip_on_the_command_line(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    """It is told what was expected."""
    done = run(tmp_path, "verify", *arguments)
    assert (done.returncode, words in " ".join(done.stderr.split())) == (1 if "nowhere.txt" in arguments else 2, True)


def test_who_reads_of_a_journal_that_was_changed_is_told(tmp_path: Path) -> None:
    """Nobody is kept from asking; what is told of an emptied journal would else be that nothing was ever done."""
    write(tmp_path, "one").sign_checkpoint()
    doors = ((("status",), "migration.py"), (("list",), "change.py"))
    for words, script in doors:
        done = run(tmp_path, *words, script=script)
        assert (done.returncode, done.stderr) == (0, "")
    rewrite(tmp_path, "DROP TABLE event")
    for words, script in doors:
        done = run(tmp_path, *words, script=script)
        assert done.returncode == 0
        assert "What is told here may not be so: the journal is not what its last checkpoint says" in done.stderr
        assert "expected 1 event up to number 1, found 0" in done.stderr
