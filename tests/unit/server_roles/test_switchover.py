"""What the program on the members decides by itself: when a commit waits, what a password is, what would be lost."""

import importlib.machinery
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

PROGRAM = Path(__file__).parents[3] / "roles" / "database" / "files" / "fellesdrift-switchover"


@pytest.fixture(scope="module")
def program() -> ModuleType:
    """The program, as a module."""
    loader = importlib.machinery.SourceFileLoader("fellesdrift_switchover", str(PROGRAM))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("is_synchronous", "is_following", "flush_bytes", "gone", "expected"),
    [
        (True, True, 0, 0.0, True),
        (False, True, 0, 0.0, True),  # it has caught up
        (False, True, 2 << 20, 0.0, False),  # not yet: commits would wait for all of that
        (True, True, 2 << 20, 0.0, True),  # a burst of writing is no reason to stop waiting
        (True, False, 0, 9.9, True),
        (True, False, 0, 10.0, False),  # the primary goes on alone
        (False, False, 0, 0.0, False),
    ],
)
def test_when_a_commit_waits(
    program: ModuleType, is_synchronous: bool, is_following: bool, flush_bytes: int, gone: float, expected: bool
) -> None:
    assert program.decide_synchronous(is_synchronous, is_following, flush_bytes, gone, 10.0) is expected


def test_a_password_s_verifier_is_rfc_7677_s(program: ModuleType) -> None:
    """The example of RFC 7677 (user: pencil), worked out as PostgreSQL keeps it."""
    import base64

    verifier = program.make_verifier("pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
    assert verifier == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )
    assert program.is_password_of(verifier, "pencil")
    assert not program.is_password_of(verifier, "pencils")
    assert not program.is_password_of(None, "pencil")
    assert not program.is_password_of("md5abc", "pencil")


def test_where_a_timeline_left_another(program: ModuleType) -> None:
    history = "1\t0/5000000\tno recovery target specified\n\n4\t0/50C3100\tno recovery target specified\n"
    assert program.find_fork(history, 4) == "0/50C3100"
    assert program.find_fork(history, 2) is None
    assert program.parse_timeline("0000000500000000000000AB") == 5


def test_commits_are_counted(program: ModuleType) -> None:
    """As pg_waldump of PostgreSQL 17 prints them; what was rolled back is none."""
    dump = (
        "rmgr: Transaction len (rec/tot):     34/    34, tx:        762, lsn: 0/0502B5B0, prev 0/0502B578, "
        "desc: COMMIT 2026-11-30 12:18:29.1 UTC\n"
        "rmgr: Transaction len (rec/tot):     34/    34, tx:        763, lsn: 0/0502B6B0, prev 0/0502B678, "
        "desc: ABORT 2026-11-30 12:18:29.2 UTC\n"
    )
    assert program.count_commits(dump) == 1


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ({}, "not known"),
        ({"at": 0.0, "is_synchronous": True}, "nothing of before is missing"),
        ({"at": 0.0, "is_synchronous": False}, "may be missing here"),
    ],
)
def test_what_may_be_lost_is_said(program: ModuleType, heard: dict[str, object], expected: str) -> None:
    assert expected in program.describe_loss(heard, 10.0)


def test_a_slot_s_name(program: ModuleType) -> None:
    assert program.make_slot_name("centre-db-01") == "centre_db_01"


def test_every_command_is_told_by_help(program: ModuleType) -> None:
    """Without a configuration, and without root."""
    printed = program.make_parser().format_help()
    for command in ("status", "check", "demote", "promote", "follow", "failover"):
        assert f"    {command} " in printed
