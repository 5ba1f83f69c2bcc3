"""The program that moves applications: how two places stand to one another, and which files it may touch."""

import importlib.machinery
import importlib.util
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PROGRAM = Path(__file__).parents[3] / "roles" / "application_host" / "files" / "fellesdrift-move"


def load() -> ModuleType:
    """The program as a module; it has no ending that says what it is."""
    loader = importlib.machinery.SourceFileLoader("fellesdrift_move", str(PROGRAM))
    spec = importlib.util.spec_from_loader("fellesdrift_move", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


move = load()


class Guard:
    """A guard that says what it is told."""

    def __init__(self, is_open: bool, opened: int) -> None:
        self.answer = (is_open, opened)

    def read(self) -> tuple[bool, int]:
        """Whether it is open, and how often it was."""
        return self.answer


class Place:
    """A place in a mode."""

    def __init__(self, mode: str) -> None:
        self.mode = mode

    def read_state(self) -> dict[str, str]:
        """Its state."""
        return {"mode": self.mode}


@pytest.mark.parametrize(
    ("mode", "here", "there", "standing"),
    [
        ("forward", (True, 0), (True, 0), "there"),  # two new databases: the one that serves is the other one
        ("serve", (True, 0), (False, 0), "here"),  # the other place is prepared
        ("stopped", (True, 0), (False, 0), "held here"),  # killed before the database was closed
        ("stopped", (False, 1), (False, 0), "held here"),
        ("forward", (False, 0), (False, 1), "held there"),
        ("forward", (True, 2), (False, 1), "held here"),  # killed after the database was opened
        ("stopped", (False, 1), (True, 2), "there"),
        ("serve", (False, 1), (True, 2), "there"),  # put back from an old snapshot: the database knows better
        ("serve", (True, 2), (False, 1), "here"),
        ("stopped", (False, 2), (False, 1), "held here"),  # on the way back, and not yet taken
    ],
)
def test_who_holds_the_newest_records(
    mode: str, here: tuple[bool, int], there: tuple[bool, int], standing: str
) -> None:
    assert move.find_standing(Place(mode), Guard(*here), Guard(*there))[0] == standing


@pytest.mark.parametrize(
    ("opened", "words"), [(0, "not prepared: expected `copy`"), (3, "both databases may be written")]
)
def test_two_open_databases_are_refused(opened: int, words: str) -> None:
    """A database that was made and never closed is told from one that somebody writes to."""
    with pytest.raises(move.Refused, match=words):
        move.find_standing(Place("serve"), Guard(True, 1), Guard(True, opened))


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "", "."])
def test_a_file_beyond_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(move.Refused, match="expected a path below"):
        move.find_below(tmp_path, name)


def test_a_link_that_leads_out_is_refused_and_not_listed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "out").symlink_to("/etc")
    (tmp_path / "data" / "a").mkdir()
    (tmp_path / "data" / "a" / "file").write_text("x")
    with pytest.raises(move.Refused):
        move.find_below(tmp_path / "data", "out/passwd")
    assert list(move.list_files(tmp_path / "data")) == ["a/file"]
    assert move.find_below(tmp_path / "data", "a/file") == tmp_path / "data" / "a" / "file"


def test_an_unknown_application_is_refused_with_those_that_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(move, "SETTINGS", tmp_path)
    (tmp_path / "loppa-library.json").write_text("{}")
    assert move.main(["status", "loppa-libary"]) == 1
    refused = json.loads(capsys.readouterr().out)["refused"]
    assert refused == "application: found 'loppa-libary', expected one of this host: loppa-library"


# --- retire


Retire = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place without a database, which leads on to another one that serves; with a file."""
    (tmp_path / "settings").mkdir()
    (tmp_path / "data" / "attachments").mkdir(parents=True)
    (tmp_path / "data" / "attachments" / "a").write_text("minutes of a meeting")
    settings = {"data": str(tmp_path / "data"), "database": {"here": "", "there": ""}, "label": "Library"}
    (tmp_path / "settings" / "library.json").write_text(json.dumps(settings))
    for name, path in (("SETTINGS", "settings"), ("STATE", "state"), ("RUN", "run"), ("RETIRED_TO", "retired")):
        monkeypatch.setattr(move, name, tmp_path / path)
    write_mode(tmp_path, "forward")
    monkeypatch.setattr(move, "fetch_json", lambda place, path: {"mode": "serve", "opened": 2})
    return tmp_path


def write_mode(folder: Path, mode: str) -> None:
    """Let the place have this state."""
    (folder / "state" / "library").mkdir(parents=True, exist_ok=True)
    (folder / "state" / "library" / "state.json").write_text(json.dumps({"mode": mode, "opened": 1}))


@pytest.fixture
def retire(capsys: pytest.CaptureFixture[str]) -> Retire:
    """Run the step; its exit code and what it prints."""

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        code = move.main(["retire", *words, "library"])
        return code, json.loads(capsys.readouterr().out)

    return run


def test_what_was_kept_is_archived_once_and_can_be_read(folder: Path, retire: Retire) -> None:
    code, told = retire()
    assert (code, told["changed"], told["archive"]) == (0, True, str(folder / "retired" / "library.tar.gz"))
    with tarfile.open(told["archive"]) as archive:
        member = archive.extractfile("files/attachments/a")
        assert member is not None
        assert member.read() == b"minutes of a meeting"
        assert {"settings.json", "files/attachments/a"} <= set(archive.getnames())
    assert Path(told["archive"]).stat().st_mode & 0o777 == 0o600
    (folder / "data" / "attachments" / "a").unlink()  # as the role does, once the step has succeeded
    assert retire() == (0, {"changed": False, "archive": told["archive"], "sha256": told["sha256"]})


@pytest.mark.parametrize(("mode", "other"), [("serve", "forward"), ("stopped", "forward"), ("forward", "stopped")])
def test_a_place_whose_move_is_not_finished_is_not_retired(
    folder: Path, retire: Retire, monkeypatch: pytest.MonkeyPatch, mode: str, other: str
) -> None:
    """Neither where it serves, nor between, nor while the other place does not serve (any more)."""
    write_mode(folder, mode)
    monkeypatch.setattr(move, "fetch_json", lambda place, path: {"mode": other, "opened": 1})
    for words in ((), ("--check",)):
        code, told = retire(*words)
        assert code == 1
        assert f"the move is not finished: found this place at '{mode}'" in told["refused"]
    assert not (folder / "retired").exists()


def test_asking_whether_it_could_be_retired_changes_nothing(folder: Path, retire: Retire) -> None:
    before = (folder / "state" / "library" / "state.json").read_text()
    assert retire("--check") == (0, {"changed": True})
    assert (folder / "state" / "library" / "state.json").read_text() == before
    assert not (folder / "retired").exists()


def test_an_archive_that_was_written_before_a_kill_is_not_written_again(
    folder: Path, retire: Retire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its database may be empty by then: the archive of a second run would be, too."""
    _, told = retire()
    state = json.loads((folder / "state" / "library" / "state.json").read_text())
    (folder / "state" / "library" / "state.json").write_text(json.dumps({**state, "mode": "forward"}))
    monkeypatch.setattr(move, "write_archive", lambda place, path: pytest.fail("written again"))
    assert retire()[1]["sha256"] == told["sha256"]
