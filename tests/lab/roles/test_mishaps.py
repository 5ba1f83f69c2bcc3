"""What goes wrong in the middle of a run of roles: a package that cannot be had, a full disk, a line that is cut.

It is told, and either nothing was done or the next run finishes it.
"""

import threading
import time
from pathlib import Path

import pytest

from nornir_tasks.core.exit_codes import WRONG
from tests.support.server_change import ServerChanges, find_wanted
from tests.support.server_lab import Recap, ServerLab

pytestmark = pytest.mark.nightly  # each is three runs of roles

HOST = "loppa-mon-01"  # it has the baseline alone: the quickest of all
EDIT = "echo '# by hand' >> /etc/chrony/chrony.conf; echo '# by hand' >> /etc/issue.net"


@pytest.fixture(scope="module")
def after(hosts: ServerLab, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the host is once its roles have run."""
    return find_wanted(hosts, HOST, tmp_path_factory.mktemp("look"))


@pytest.fixture
def changes(hosts: ServerLab, after: str, tmp_path: Path) -> ServerChanges:
    """The host as its roles want it."""
    changes = ServerChanges(hosts, tmp_path / "state")
    if changes.look(HOST) != after:  # a test before has failed
        require_finished(changes, after)
    return changes


def require_finished(changes: ServerChanges, after: str) -> None:
    """The next run ends without an error, and the host is what it was."""
    changes.hosts.play("--limit", HOST).require_good()
    assert changes.look(HOST) == after
    assert changes.hosts.on(HOST, "systemctl --failed --no-legend --plain") == ""


def test_a_disk_that_is_full(changes: ServerChanges, after: str) -> None:
    changes.hosts.on(HOST, EDIT)
    changes.hosts.lab.client.fault(HOST, "disk-full")
    try:
        told = changes.hosts.play("--limit", HOST)
    finally:
        changes.hosts.lab.client.fault(HOST, "clear")
    assert told.code != 0
    assert "No space left on device" in told.text, told.text
    require_finished(changes, after)


def test_a_line_that_is_cut_in_the_middle(changes: ServerChanges, after: str) -> None:
    hosts = changes.hosts
    hosts.on(HOST, f"{EDIT}; systemctl disable -q --now prometheus-node-exporter.service")
    edited, recaps = changes.look(HOST), list[Recap]()
    run = threading.Thread(target=lambda: recaps.append(hosts.play("--limit", HOST)))
    run.start()
    try:
        end = time.monotonic() + 400
        while changes.look(HOST) == edited and time.monotonic() < end:
            time.sleep(0.2)
        hosts.lab.client.fault(HOST, "cut")
        run.join()
    finally:
        hosts.lab.client.fault(HOST, "clear")
    assert recaps[0].code != 0
    assert recaps[0].counts[HOST]["unreachable"] == 1, recaps[0].text
    assert changes.look(HOST) not in (edited, after)
    require_finished(changes, after)


def test_a_package_that_cannot_be_had(changes: ServerChanges) -> None:
    """No archive is within reach: the plan is refused with host, role and package, and nothing was written."""
    changes.hosts.on(HOST, "DEBIAN_FRONTEND=noninteractive apt-get -qy purge chrony >/dev/null 2>&1")
    before = changes.look(HOST)
    refused = changes.ask("plan", "--harmonise", HOST, "--reason", "test")
    assert refused.code == WRONG, refused.printed
    told = f"{HOST}: its roles stop at baseline: Packages of the baseline: No package matching 'chrony' is available"
    assert told in refused.printed
    assert "nothing was written" in refused.printed
    assert changes.look(HOST) == before
    played = changes.hosts.play("--limit", HOST)
    assert played.code != 0
    assert "No package matching 'chrony' is available" in played.text, played.text
    changes.hosts.reset(HOST)
