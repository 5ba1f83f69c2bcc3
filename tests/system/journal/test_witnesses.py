"""The municipalities as witnesses: each gets every checkpoint, and one that cannot be reached is told."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal import verification, witnesses
from nornir_tasks.journal.entry import Entry
from nornir_tasks.journal.journal import Journal
from nornir_tasks.journal.verification import Verification
from nornir_tasks.model import Region, Stage
from nornir_tasks.model.municipality import Municipality

ENTRY = Entry("stage", "after", "started", "loppa", Stage.SURVEY, "kari", "test")


def region_with(**places: object) -> Region:
    """The region, with these witnesses."""
    region = load_region()
    homes = {
        name: home.model_copy(update={"witness": str(places[name])}) if name in places else home
        for name, home in region.municipalities.items()
    }
    return region.model_copy(update={"municipalities": homes})


def git(folder: Path, *arguments: str) -> str:
    """What git says there."""
    return subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """A journal that was just begun."""
    (tmp_path / "state").mkdir()
    made = Journal.at(tmp_path / "state")
    made.write(ENTRY)
    return made


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A municipality's own, still empty."""
    place = tmp_path / "witness.git"
    subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=trunk", place], check=True)
    return place


def compare(journal: Journal, region: Region) -> Verification:
    """The journal, with what the witnesses have."""
    assert journal.notary
    theirs, silent = witnesses.collect(journal.notary, region)
    assert silent == ()
    return verification.verify(journal, theirs)


def test_a_folder_and_a_repository_get_every_checkpoint(journal: Journal, repository: Path, tmp_path: Path) -> None:
    """One file each, named in their order; what a witness missed comes with the next one, and nothing twice."""
    folder = tmp_path / "loppa"
    folder.mkdir()
    region = region_with(loppa=folder, alta=f"file://{repository}")
    assert witnesses.send_checkpoint(journal, region) == ()
    assert witnesses.send_checkpoint(journal, region) == ()
    for _ in range(2):
        journal.write(ENTRY)
        journal.sign_checkpoint()
    journal.write(ENTRY)
    assert witnesses.send_checkpoint(journal, region) == ()
    names = sorted(file.name for file in folder.iterdir())
    assert [name.partition("-")[2] for name in names] == [f"{size:09}.checkpoint" for size in (1, 2, 3, 4)]
    assert git(repository, "ls-tree", "--name-only", "main").split() == names
    assert len(git(repository, "log", "--format=%s", "main").splitlines()) == 2
    assert git(repository, "show", f"main:{names[2]}") == (folder / names[2]).read_text()
    result = compare(journal, region)
    assert (result.problems, len(result.fitting)) == ([], 12)


def test_two_control_nodes_push_at_once(journal: Journal, repository: Path, tmp_path: Path) -> None:
    """The later one takes in what the other has pushed meanwhile."""
    region = region_with(alta=f"file://{repository}")
    assert witnesses.send_checkpoint(journal, region) == ()
    other = tmp_path / "other"
    shutil.copytree(tmp_path / "state", other)  # a copy of the files; both go on with the one journal
    nodes = [journal, Journal.at(other, f"sqlite:///{tmp_path}/state/journal.sqlite")]
    told: list[tuple[str, ...]] = []

    def write_and_send(node: Journal) -> None:
        for _ in range(4):
            node.write(ENTRY)
            told.append(witnesses.send_checkpoint(node, region))

    threads = [threading.Thread(target=write_and_send, args=[node]) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    lost = [words for words in told if words]
    assert all("git push" in words[0] for words in lost)  # beaten twice: it is told, and the next one brings it
    assert witnesses.send_checkpoint(journal, region) == ()
    assert compare(journal, region).problems == []
    assert "000000009.checkpoint" in git(repository, "ls-tree", "--name-only", "main")


def test_a_witness_that_is_away_is_told_and_catches_up(journal: Journal, repository: Path, tmp_path: Path) -> None:
    """The others get theirs, and the change does not fail."""
    folder = tmp_path / "loppa"
    folder.mkdir()
    region = region_with(loppa=folder, alta=f"file://{repository}", hasvik=tmp_path / "nowhere")
    away = repository.rename(tmp_path / "away.git")
    hasvik, alta = sorted(witnesses.send_checkpoint(journal, region), reverse=True)
    assert hasvik == (
        f"hasvik's witness {tmp_path}/nowhere: expected a folder, found none. "
        "What it lacks goes with the next checkpoint: nothing else waits for it."
    )
    assert alta.startswith(f"alta's witness file://{repository}: git ls-remote: fatal: ")
    assert len(list(folder.iterdir())) == 1
    away.rename(repository)
    (tmp_path / "nowhere").mkdir()
    assert witnesses.send_checkpoint(journal, region) == ()
    assert len(list((tmp_path / "nowhere").iterdir())) == 1
    assert compare(journal, region).problems == []


def test_what_was_not_pushed_is_pushed_later(journal: Journal, repository: Path) -> None:
    """A repository that refuses, as one whose disk is full does: nothing is taken for sent."""
    region = region_with(alta=f"file://{repository}")
    hook = repository / "hooks" / "pre-receive"
    for empty in (True, False):
        journal.write(ENTRY)
        hook.write_text("#!/bin/sh\necho no room; exit 1\n")
        hook.chmod(0o755)
        (words,) = witnesses.send_checkpoint(journal, region)
        assert words.startswith("alta's witness file://")
        assert "git push: remote: no room" in words
        hook.unlink()
        assert witnesses.send_checkpoint(journal, region) == ()
        assert len(git(repository, "ls-tree", "--name-only", "main").split()) == (1 if empty else 2)


def test_a_witness_that_never_answers(journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up after some seconds."""
    silent = tmp_path / "ssh"
    silent.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    silent.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(silent))
    monkeypatch.setattr(witnesses, "SECONDS", 1)
    (words,) = witnesses.send_checkpoint(journal, region_with(alta="ssh://git@127.0.0.1/witness.git"))
    assert "git ls-remote: no end within 1 s" in words


def test_a_forged_history_is_told_by_the_witness(journal: Journal, repository: Path, tmp_path: Path) -> None:
    """Journal, key and checkpoints are made anew here; the witness still has what was."""
    region = region_with(alta=f"file://{repository}")
    journal.write(ENTRY)
    assert witnesses.send_checkpoint(journal, region) == ()
    shutil.rmtree(tmp_path / "state")
    (tmp_path / "state").mkdir()
    forged = Journal.at(tmp_path / "state")
    for _ in range(3):
        forged.write(ENTRY)
    forged.sign_checkpoint()
    problems = " ".join(compare(forged, region).problems)
    assert "alta: " in problems
    assert "expected it signed by" in problems
    assert "It does not fit 1 checkpoint" in problems


def test_another_checkpoint_of_the_same_name(journal: Journal, tmp_path: Path) -> None:
    """What a witness has is not written over, and told."""
    folder = tmp_path / "loppa"
    folder.mkdir()
    region = region_with(loppa=folder)
    assert witnesses.send_checkpoint(journal, region) == ()
    (file,) = folder.iterdir()
    file.write_text("another")
    (words,) = witnesses.send_checkpoint(journal, region)
    assert f"expected our {file.name}, found another of this name" in words
    assert file.read_text() == "another"
    assert "loppa: " in " ".join(compare(journal, region).problems)


@pytest.mark.parametrize(
    ("place", "good"),
    [
        ("/srv/witness/loppa", True),
        ("ssh://git@loppa.example/witness.git", True),
        ("https://loppa.example:8443/witness.git", True),
        ("file:///srv/witness.git", True),
        ("https://kari:password@loppa.example/witness.git", False),
        ("--upload-pack=touch /tmp/x", False),
        ("ext::sh -c touch% /tmp/x", False),
        ("witness", False),
    ],
)
def test_what_may_be_a_witness(place: str, good: bool) -> None:
    """A folder or a repository; no password, no option, and nothing that git would run."""
    home = load_region().municipalities["loppa"].model_dump()
    if good:
        assert Municipality.model_validate({**home, "witness": place}).witness == place
        return
    with pytest.raises(ValueError, match="witness"):
        Municipality.model_validate({**home, "witness": place})
