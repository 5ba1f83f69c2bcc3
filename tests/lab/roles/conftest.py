"""One lab of real hosts for all tests of roles: started once a run, by the worker that is given this folder.

Root alone, on a kernel that can. A test that changes a host resets it first (``hosts.reset``), and leaves it as it is.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.servers import needs
from tests.support.server_lab import ServerLab, start_server_lab

MISSING = needs.find_missing("hosts") + (needs.find_missing("image") if needs.is_root() else [])
FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the folder's tests with the reason where no host can be started."""
    for item in items:
        if MISSING and item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.skip(reason=f"needs {'; '.join(MISSING)}"))


@pytest.fixture(scope="package")
def hosts() -> Iterator[ServerLab]:
    """Loppa's servers and the centre's, on their first day; on a file system that has room for disks.

    Gone after the last test of the folder: the worker goes on with the lab of its own in its environment.
    """
    with start_server_lab("roles", ports=18) as lab:
        yield lab
