"""Logging: nothing unless it is asked for, and never a secret or a control character."""

import json
import os
import stat
from pathlib import Path

import pytest

from nornir_tasks.core.logging import (
    LogFileError,
    Transcript,
    get_logger,
    start_logging,
    start_logging_from_environment,
)
from nornir_tasks.core.secrets import mask_secrets, remember_secret

SECRET = "canary-5d21"


def test_nothing_is_logged_unless_it_is_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    """Not even a warning, which Python would print."""
    get_logger("nornir_tasks.test").error("not to be seen")
    assert capfd.readouterr() == ("", "")


def test_a_log_is_its_owners_alone_and_masked(log: Path) -> None:
    """Secrets and what a terminal would obey, in the message as in a traceback."""
    remember_secret(SECRET)
    try:
        raise ValueError(f"login with {SECRET}")
    except ValueError:
        get_logger("nornir_tasks.test").exception("sent %s\x1b[2J", SECRET)
    written = log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert SECRET not in written
    assert "\x1b" not in written
    assert "login with <secret>" in written


def test_debug_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """So that what a program reads on standard output stays whole."""
    stop = start_logging(debug=True, path=None)
    get_logger("nornir_tasks.test").debug("told")
    stop()
    get_logger("nornir_tasks.test").debug("not told any more")
    out, err = capsys.readouterr()
    assert not out
    assert err.splitlines()[0].endswith("nornir_tasks.test: told")
    assert len(err.splitlines()) == 1


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A folder that is not there, before anything is done."""
    with pytest.raises(LogFileError, match=r"--log-file: expected a file that can be written, found .*missing"):
        start_logging(debug=False, path=tmp_path / "missing" / "log")


def test_the_longest_secret_goes_first() -> None:
    """One may hold another; what is shorter than four letters would blot out everything."""
    for secret in (SECRET, f"{SECRET}-more", "abc"):
        remember_secret(secret)
    assert mask_secrets(f"{SECRET}-more abc") == "<secret> abc"


def test_a_pass_phrase_does_not_hide_its_last_word() -> None:
    """It may be anybody's name."""
    remember_secret("nine reindeer of loppa")
    assert mask_secrets("loppa: nine reindeer of loppa") == "loppa: <secret>"


def test_a_secret_in_two_pieces_is_masked(log: Path) -> None:
    """An answer comes as the network cuts it."""
    remember_secret(SECRET)
    transcript = Transcript("loppa-core-01", lambda text: (text, {}))
    transcript.log_sent("show users")
    transcript.log_received(SECRET[:5])
    transcript.log_received(f"{SECRET[5:]}\r\nnext")
    transcript.flush()
    lines = [line.split(" ", 3)[-1].strip() for line in log.read_text().splitlines()]
    assert lines == [
        "nornir_tasks.device.loppa-core-01: sent: show users",
        "nornir_tasks.device.loppa-core-01: received: <secret>",
        "nornir_tasks.device.loppa-core-01: received: next",
    ]


def test_what_cannot_be_masked_is_left_out(log: Path) -> None:
    """A mask that fails ends neither the session nor the masking."""

    def mask(text: str) -> tuple[str, dict[str, str]]:
        raise KeyError(text)

    transcript = Transcript("loppa-core-01", mask)
    transcript.log_sent("username x password y")
    assert "(21 characters that could not be masked: KeyError)" in log.read_text()


def test_an_echo_behind_a_prompt_is_masked(log: Path) -> None:
    """The platform masks a line that begins as its own lines do; the echo of it begins with the prompt."""

    def mask(text: str) -> tuple[str, dict[str, str]]:
        if not text.startswith("username"):
            return text, {}
        return "username ops secret <secret:ops>", {"ops": "9 $9$canary-77e0"}

    transcript = Transcript("loppa-core-01", mask)
    transcript.log_sent("username ops secret 9 $9$canary-77e0")
    transcript.log_received("core(config)#username ops secret 9 $9$canary-77e0\r\ncore(config)#")
    transcript.flush()
    written = log.read_text()
    assert "core(config)#username ops secret" in written
    assert "canary-77e0" not in written


def test_a_secret_is_masked_however_it_is_quoted(log: Path) -> None:
    """An answer over eAPI is JSON, and an error shows what it was given as Python does."""
    secret = 'canary-"ø"-\\-1b'
    remember_secret(secret)
    texts = (secret, json.dumps(secret), json.dumps([secret], ensure_ascii=False), repr(secret))
    get_logger("nornir_tasks.test").debug(" ".join(texts))
    written = log.read_text()
    assert written.count("<secret>") == len(texts)
    assert "1b" not in written


def test_a_log_that_was_there_becomes_its_owners_alone(tmp_path: Path) -> None:
    """What was readable for all is not, once passwords might be near; what stood in it stays."""
    path = tmp_path / "old.log"
    path.write_text("before\n")
    path.chmod(0o644)
    start_logging(debug=False, path=path)()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "before\n"


def test_a_pipe_that_is_not_read_is_not_waited_for(tmp_path: Path) -> None:
    """It is told as any file that cannot be written."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LogFileError, match=r"expected a file that can be written, found .*pipe"):
        start_logging(debug=False, path=tmp_path / "pipe")


def test_a_full_disk_ends_the_log_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    """It is told once, and without what was to be logged."""
    remember_secret(SECRET)
    stop = start_logging(debug=False, path=Path("/dev/full"))
    get_logger("nornir_tasks.test").debug("sent %s", SECRET)
    get_logger("nornir_tasks.test").debug("sent %s", SECRET)
    stop()
    told = capsys.readouterr().err
    assert told.count("the log ends here, it cannot be written: [Errno 28] No space left on device") == 1
    assert SECRET not in told


def test_a_playbook_begins_to_log_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its tasks asks for it; a file that cannot be written is told by the variable's name."""
    monkeypatch.setenv("FELLESDRIFT_LOG_FILE", str(tmp_path / "missing" / "log"))
    with pytest.raises(LogFileError, match="FELLESDRIFT_LOG_FILE: expected a file"):
        start_logging_from_environment()
    path = tmp_path / "night.log"
    monkeypatch.setenv("FELLESDRIFT_LOG_FILE", str(path))
    stop = start_logging_from_environment()
    start_logging_from_environment()
    get_logger("nornir_tasks.test").debug("told")
    stop()
    assert path.read_text().count("told") == 1
