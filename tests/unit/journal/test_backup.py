"""Secrets: where they come from, where they are kept, and where they never are."""

import json
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from nornir_tasks.core import state
from nornir_tasks.core.state import Key, StateError
from nornir_tasks.devices.context import Context
from nornir_tasks.devices.credentials import Credentials
from nornir_tasks.journal.backup import BackupError, Backups
from nornir_tasks.model import Position, Stage
from nornir_tasks.platforms import platform
from tests.support import small_region as small

HASH = "$1$abcd$0123456789abcdefghijkl"
CONFIG = f"hostname x\nusername drift privilege 15 secret 5 {HASH}\nend\n"
DEVICE = "loppa-acc-01"


@pytest.fixture
def backups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Backups:
    """An empty place for backups."""
    monkeypatch.delenv("FELLESDRIFT_KEY", raising=False)
    return Backups(tmp_path / "backups", Key(tmp_path))


def test_a_backup_is_text_for_people_and_sealed_secrets(backups: Backups, tmp_path: Path) -> None:
    """It comes back to the byte; nobody without the key finds the secret in it, and nobody else can read the files."""
    reference = backups.save(DEVICE, platform("ios"), CONFIG)
    assert backups.text(reference) == CONFIG
    assert "<secret:username drift>" in backups.load(reference).masked
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 3
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    assert not any(HASH.encode() in path.read_bytes() for path in files)
    assert HASH not in repr(backups.load(reference))


def test_the_same_content_is_kept_once(backups: Backups, tmp_path: Path) -> None:
    """A name follows from the content, secrets included."""
    first, again = backups.save(DEVICE, platform("ios"), CONFIG), backups.save(DEVICE, platform("ios"), CONFIG)
    other = backups.save(DEVICE, platform("ios"), CONFIG.replace("abcd", "abce"))
    assert first == again
    assert other != first
    assert len(list((tmp_path / "backups" / DEVICE).iterdir())) == 4


def test_a_backup_of_another_key_is_refused(backups: Backups, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what does not fit."""
    reference = backups.save(DEVICE, platform("ios"), CONFIG)
    (tmp_path / "key").unlink()
    with pytest.raises(StateError, match="expected the key that sealed the backups beside it, found nothing there"):
        Key(tmp_path)  # a new one would be worth nothing, and nobody would know
    (tmp_path / "key").write_bytes(Fernet.generate_key())
    with pytest.raises(BackupError, match="sealed with another key"):
        Backups(tmp_path / "backups", Key(tmp_path)).load(reference)
    with pytest.raises(BackupError, match="found nothing there"):
        backups.load(f"{DEVICE}/0000")
    monkeypatch.setenv("FELLESDRIFT_KEY", "too short")
    with pytest.raises(StateError, match="expected 32 bytes in URL-safe base64"):
        Key(tmp_path)


@pytest.mark.parametrize("slip", ["a line more", "a secret of its own"])
def test_a_backup_that_was_changed_is_written_nowhere(backups: Backups, tmp_path: Path, slip: str) -> None:
    """Its name is the digest of both parts together: both digests are told."""
    reference = backups.save(DEVICE, platform("ios"), CONFIG)
    file = (tmp_path / "backups" / reference).with_suffix(".cfg")
    if slip == "a line more":
        file.write_text(file.read_text() + "username thief privilege 15\n")
    else:
        file.write_text(file.read_text().replace("<secret:username drift>", "5 $1$mine$0123456789abcdefghijkl"))
    words = rf"changed after they were written; expected the digest {reference} [0-9a-f]+, found {reference} [0-9a-f]"
    for read in (backups.load, backups.text):
        with pytest.raises(BackupError, match=words):
            read(reference)


@pytest.mark.parametrize("part", [".cfg", ".sealed"])
@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"secrets": []}', b'{"secrets": {}, "tokens": 3}', b"\xff\xfe", b"[" * 200_000],
    ids=["empty", "list", "nothing", "no secrets", "no tokens", "bytes", "deep"],
)
def test_a_backup_that_is_none(backups: Backups, tmp_path: Path, part: str, content: bytes) -> None:
    """Named, without a traceback; and written anew by the next change, which would have no way back with it."""
    reference = backups.save(DEVICE, platform("ios"), CONFIG)
    file = (tmp_path / "backups" / reference).with_suffix(part)
    file.write_bytes(content if part == ".cfg" else backups.key.seal(content))
    with pytest.raises(BackupError, match=rf"backup {reference}: (.*not what was written|its files were changed)"):
        backups.load(reference)
    assert backups.save(DEVICE, platform("ios"), CONFIG) == reference
    assert backups.text(reference) == CONFIG


class _Blind:
    """Masking that gives two secrets one name."""

    def mask(self, text: str) -> tuple[str, dict[str, str]]:
        """The last of them is the one that is kept."""
        return "user a <secret:user>\nuser b <secret:user>\n", {"user": "two"}


def test_secrets_that_cannot_be_told_apart_are_not_written_back(backups: Backups) -> None:
    """The legacy can still be read and compared with; nobody has changed its files, and nobody is told so."""
    reference = backups.save(DEVICE, _Blind(), "user a one\nuser b two\n")
    assert backups.load(reference).masked.startswith("user a <secret:user>")
    with pytest.raises(BackupError, match="its secrets cannot be told apart, so it is not written back"):
        backups.text(reference)


def test_a_backup_of_an_earlier_version(backups: Backups, tmp_path: Path) -> None:
    """Its seal holds the secrets alone: its name is what it is compared with."""
    reference = backups.save(DEVICE, platform("ios"), CONFIG)
    file = tmp_path / "backups" / reference
    secrets = backups.load(reference).secrets
    file.with_suffix(".sealed").write_bytes(backups.key.seal(json.dumps({"secrets": secrets}).encode()))
    assert backups.text(reference) == CONFIG
    file.with_suffix(".cfg").write_text(file.with_suffix(".cfg").read_text() + "one more\n")
    with pytest.raises(BackupError, match=rf"expected the digest {file.name}, found"):
        backups.load(reference)


def test_a_backup_in_the_place_of_another(backups: Backups, tmp_path: Path) -> None:
    """Sealed with the right key, and still not what its name says."""
    first = backups.save(DEVICE, platform("ios"), CONFIG)
    other = backups.save(DEVICE, platform("ios"), CONFIG.replace("hostname x", "hostname y"))
    for suffix in (".cfg", ".sealed"):
        (tmp_path / "backups" / other).with_suffix(suffix).replace((tmp_path / "backups" / first).with_suffix(suffix))
    with pytest.raises(BackupError, match="expected the digest"):
        backups.text(first)


def test_digests_tell_a_secret_apart_without_telling_it(backups: Backups, tmp_path: Path) -> None:
    """Two keys give two digests: a digest in a plan is no help in guessing."""
    assert backups.digest(CONFIG) != backups.digest(CONFIG.replace("abcd", "abce"))
    other = tmp_path / "other"
    other.mkdir()
    assert Key(other).digest(CONFIG) != backups.digest(CONFIG)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full in the middle, what was there stays."""
    path = tmp_path / "plan.json"
    state.write(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(state.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        state.write(path, b"new")
    assert path.read_bytes() == b"old"


def test_the_account_follows_the_stage() -> None:
    """The one that was lent until CONNECT is confirmed on the device, then the centre's own."""
    region = small.region()
    environment = {"FELLESDRIFT_PASSWORD": "p-own", "FELLESDRIFT_LEGACY_PASSWORD": "p-lent"}
    credentials = Credentials(region, environment)
    device, leaf = region.devices[DEVICE], region.devices["alta-leaf-01"]
    lent = credentials.account(device, Position({"loppa": Stage.SURVEY}))
    own = credentials.account(device, Position({"loppa": Stage.SURVEY}, {DEVICE: Stage.CONNECT}))
    assert (lent.name, lent.password) == ("kommune", "p-lent")
    assert (own.name, own.password) == ("drift", "p-own")
    assert credentials.account(leaf, Position()).name == "drift"
    assert "p-" not in repr((credentials, lent, own))


def test_a_context_says_nothing_of_its_secrets(tmp_path: Path) -> None:
    """Not even when it is printed."""
    context = Context(
        region=small.region(),
        journal=None,  # type: ignore[arg-type]
        backups=Backups(tmp_path, Key(tmp_path)),
        credentials=Credentials(small.region(), {"FELLESDRIFT_PASSWORD": "p-own"}),
        holder=None,  # type: ignore[arg-type]
        where=tmp_path,
    )
    context.credentials.own_account(context.region.devices[DEVICE])
    key = (tmp_path / "key").read_text()
    assert "p-own" not in repr(context)
    assert key not in repr(context)
    assert json.dumps(sorted(context.digests)) == '["code", "inventory", "roles", "templates"]'
