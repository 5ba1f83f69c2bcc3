"""What every test stands on: no traffic outside this machine, and a lab, state and cache of its own for each worker."""

import atexit
import importlib.util
import os
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GUARD = ROOT / "tests" / "guard"
RUN, WORKER = 400, 20  # ports of a run of the tests, and of each of its workers
_CLAIMS: list[socket.socket] = []  # bound, and so held, until this process ends


def _guard() -> None:
    """Before anything is imported that could open a connection; children inherit it through the environment."""
    os.environ["FELLESDRIFT_GUARD"] = "1"
    paths = [str(GUARD), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    # By path: Debian's Python has a sitecustomize of its own, and it may be loaded already.
    spec = importlib.util.spec_from_file_location("fellesdrift_guard", GUARD / "sitecustomize.py")
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{GUARD}/sitecustomize.py: the tests do not run without their guard")
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


def _require_free(ports: range) -> None:
    """Fail if anything listens on one of these, on any address: a lab that a killed run of the tests left behind."""
    for port in ports:
        with socket.socket() as probe:
            probe.bind(("", port))


def _own_ports() -> int:
    """The first of a run's ports, none of which another run on this machine uses: two checkouts may test at once."""
    for first in range(12300, 32000, RUN):  # below the ports that outgoing connections take
        claim = socket.socket()
        try:
            claim.bind(("127.0.0.1", first))
            _require_free(range(first + 1, first + RUN))
        except OSError:
            claim.close()
            continue
        _CLAIMS.append(claim)
        return first
    raise RuntimeError("no range of ports is free: too many test runs at once")


def _own_place() -> None:
    """A range of ports and a directory for this worker, set before any module reads the environment."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    place = Path(tempfile.mkdtemp(prefix="fellesdrift-tests-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    if "FELLESDRIFT_TEST_PORT" not in os.environ:  # the workers inherit the choice of the run that starts them
        os.environ["FELLESDRIFT_TEST_PORT"] = str(_own_ports())
    os.environ["FELLESDRIFT_LAB_PORT"] = str(int(os.environ["FELLESDRIFT_TEST_PORT"]) + WORKER * worker)
    os.environ["FELLESDRIFT_LAB_DIR"] = str(place / "lab")
    os.environ["FELLESDRIFT_STATE"] = str(place / "state")
    os.environ["FELLESDRIFT_CACHE"] = str(place / "cache")
    for name in ("FELLESDRIFT_PASSWORD", "FELLESDRIFT_LEGACY_PASSWORD", "FELLESDRIFT_LAB_PASSWORD", "ANSIBLE_CONFIG"):
        os.environ.pop(name, None)  # what the developer's own shell holds is not the tests'


_guard()
_own_place()
# What a script runs in its background ignores Ctrl-C, and so would all that the tests start, and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
# All that follows reads the environment that was set above. The hook stands here, and not beside the matrix, because
# the process that collects what the workers found loads this file alone.
from nornir_tasks.core.logging import start_logging  # noqa: E402
from nornir_tasks.inventory import load as inventory  # noqa: E402
from tests.faults.table import pytest_terminal_summary  # noqa: E402
from tests.support.reduced_inventory import asking, reduced  # noqa: E402

__all__ = ["pytest_terminal_summary"]  # the hook is pytest's

os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


ROLES = "tests/lab/roles/"
TIERS = ("faults", "system", "lab", "unit")  # the order of a run: its longest tests first, and short ones fill the end


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tiers in order, after the roles; within one the files stay as they were collected."""

    def find_place(item: pytest.Item) -> int:
        if item.nodeid.startswith(ROLES):
            return -1  # one worker's, and longer than any other file
        tier = item.path.relative_to(ROOT / "tests").parts[0]
        return TIERS.index(tier) if tier in TIERS else len(TIERS)

    items.sort(key=find_place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """As ``--dist loadfile``, but for the roles: their files share one lab of hosts, and so one worker."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return ROLES if nodeid.startswith(ROLES) else super()._split_scope(nodeid)

    return Scheduling(config, log)


@pytest.fixture(scope="session")
def quick():
    """What ``inventory.ask`` asks, of a program that has imported Ansible already."""
    with asking() as ask:
        yield ask


@pytest.fixture(scope="session")
def lab_of():
    """``lab_of("loppa")`` gives a running lab with Loppa and the centre, on this worker's ports and directory.

    One lab serves all the worker's tests, and keeps what they do to it, also while it is down: whoever needs the
    legacy asks for it with ``.client.reset()``.
    """
    # Only here: a unit test loads nothing of the lab.
    from lab.state.password import directory
    from lab.testing.running import Labs

    labs = Labs(directory())
    yield labs
    labs.close()


@pytest.fixture
def working(tmp_path, monkeypatch, quick):
    """An empty working folder, with a cache of its own; Ansible is asked quickly there."""
    monkeypatch.setattr(inventory, "ask", quick)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FELLESDRIFT_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def log(tmp_path):
    """The file that ``--log-file`` names, while everything is written to it."""
    path = tmp_path / "fellesdrift.log"
    stop = start_logging(debug=False, path=path)
    yield path
    stop()


@pytest.fixture
def place(working):
    """A working folder with a small inventory: Loppa and the operations centre."""
    reduced(working)
    return working
