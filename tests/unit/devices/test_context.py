"""Who acts, and why, as others read it."""

import getpass
import os
from pathlib import Path

import pytest

from nornir_tasks.core.secrets import remember_secret
from nornir_tasks.devices.context import open_context
from tests.support import small_region


def test_a_user_without_a_name_acts_by_the_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container's user may be none of the machine's; Python's own answer to that is a KeyError."""

    def find_nobody() -> str:
        raise KeyError(f"getpwuid(): uid not found: {os.getuid()}")

    monkeypatch.setattr(getpass, "getuser", find_nobody)
    monkeypatch.delenv("FELLESDRIFT_WHO", raising=False)
    assert open_context(small_region.region(), reason="test", where=tmp_path).who == f"uid {os.getuid()}"


def test_a_reason_holds_no_password_and_no_escape(tmp_path: Path) -> None:
    """Whoever waits for the lock reads it, in a process that need not know the password."""
    remember_secret("nordlys-91")
    context = open_context(small_region.region(), reason="login nordlys-91\x1b[2J\nfails", who="kari", where=tmp_path)
    assert context.reason == "login <secret>\\x1b[2J fails"
