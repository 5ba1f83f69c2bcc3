"""The lab's own tests share one running lab: ``lab_of("loppa")`` (see ``lab.testing.RunningLab``)."""

from collections.abc import Iterator

import pytest

from lab.password import directory
from lab.testing import Labs


@pytest.fixture(scope="session")
def lab_of() -> Iterator[Labs]:
    """``lab_of("loppa")`` gives a running lab with Loppa and the centre, on this worker's ports and directory.

    A running one is reused as it stands; ``.client.reset()`` puts it back to the legacy.
    """
    labs = Labs(directory())
    yield labs
    labs.close()
