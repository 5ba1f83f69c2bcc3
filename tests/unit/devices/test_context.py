"""Who acts, where nobody says it."""

import getpass
import os
from pathlib import Path

import pytest

from nornir_tasks.devices.context import open_context
from tests.support import small_region


def test_a_user_without_a_name_acts_by_the_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container's user may be none of the machine's; Python's own answer to that is a KeyError."""

    def find_nobody() -> str:
        raise KeyError(f"getpwuid(): uid not found: {os.getuid()}")

    monkeypatch.setattr(getpass, "getuser", find_nobody)
    monkeypatch.delenv("FELLESDRIFT_WHO", raising=False)
    assert open_context(small_region.region(), reason="test", where=tmp_path).who == f"uid {os.getuid()}"
