"""The ports that tests open: each worker has a range of its own, and another's are not touched."""

import re
from pathlib import Path

from tests.conftest import WORKER

TESTS = Path(__file__).resolve().parents[1]
OFFSET = re.compile(r'"FELLESDRIFT_LAB_PORT"\]\) \+ (\d+)')


def test_no_test_opens_a_port_of_another_worker() -> None:
    """EOS takes two: that of SSH and the next."""
    offsets = {
        f"{path.relative_to(TESTS)}: + {offset}": int(offset)
        for path in TESTS.rglob("*.py")
        for offset in OFFSET.findall(path.read_text())
    }
    assert offsets
    assert not [name for name, offset in offsets.items() if offset + 1 >= WORKER]
