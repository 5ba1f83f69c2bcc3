"""The lab's own tests share one running lab: ``lab_of("loppa")`` (see ``lab.testing.running.RunningLab``)."""

import tempfile
from collections.abc import Iterator

import pytest

from lab.testing.running import Labs, RunningLab


@pytest.fixture(scope="module", autouse=True)
def _temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """NAPALM leaves a candidate in the directory for temporary files where IOS does not take it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))
        yield


@pytest.fixture(scope="module")
def lab(lab_of: Labs) -> RunningLab:
    """Loppa and the centre."""
    return lab_of("loppa")


@pytest.fixture
def afresh(lab: RunningLab) -> Iterator[None]:
    """Loppa in its legacy, and after the test no faults, and time as usual."""
    lab.client.reset("loppa")
    yield
    for name in lab.client.ask("faults"):
        lab.client.fault(name, "clear")
    lab.client.clock(1)
    lab.wait(lambda: all(row["listening"] for row in lab.client.status()["switches"]), what="recovery")
