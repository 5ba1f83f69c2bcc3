"""Real servers with all their real roles go the way of a change, by ``scripts/change.py``: planned, approved, applied,
found to be as it was foretold, taken back to the byte; on their first day, and after somebody has edited them.
"""

from pathlib import Path

import pytest

from nornir_tasks.core.exit_codes import CLEAN, DRIFT
from tests.support.server_change import ServerChanges
from tests.support.server_lab import ServerLab

pytestmark = pytest.mark.nightly  # a plan and an apply are a run of all roles each

# Between them every role there is.
LOPPA = ("loppa-db-01", "loppa-app-03")
CENTRE = (
    *("centre-time-01", "centre-names-01", "centre-logs-01"),
    *("centre-db-01", "centre-app-01", "centre-backup-01"),
)
EDITS = (
    "echo '# by hand' >> /etc/chrony/chrony.conf",
    "echo 'PermitRootLogin yes' > /etc/ssh/sshd_config.d/00-fellesdrift.conf",
    "rm /etc/fellesdrift/backup/config.json",
    "chmod 0600 /etc/issue.net",
    "systemctl disable -q --now prometheus-node-exporter.service fellesdrift-backup.timer",
)


@pytest.fixture
def changes(hosts: ServerLab, tmp_path: Path) -> ServerChanges:
    """Nobody has changed anything yet."""
    return ServerChanges(hosts, tmp_path / "state")


def require_applied(changes: ServerChanges, plan: str, names: tuple[str, ...]) -> None:
    """Sign and apply a plan: every host is as it was foretold, or this fails with what was not."""
    told = changes.carry_out(plan)
    assert told.code == CLEAN, told.printed
    assert told.said["outcomes"] == dict.fromkeys(names, "changed"), told.printed


def test_fresh_servers_take_all_their_roles_and_go_back_to_the_byte(hosts: ServerLab, changes: ServerChanges) -> None:
    hosts.reset(*LOPPA)
    first_day = {name: changes.look(name) for name in LOPPA}
    plan = changes.plan(",".join(LOPPA)).said["plan"]
    assert {name: changes.look(name) for name in LOPPA} == first_day
    require_applied(changes, plan, LOPPA)
    again = changes.plan(",".join(LOPPA))
    assert again.code == CLEAN, again.printed

    applied = {name: changes.look(name) for name in LOPPA}
    for edit in EDITS:
        hosts.on(LOPPA[1], edit)
    edited = changes.look(LOPPA[1])
    assert edited != applied[LOPPA[1]]
    mended = changes.plan(LOPPA[1])
    assert all(word in mended.printed for word in ("# by hand", "PermitRootLogin yes", "prometheus-node-exporter"))
    require_applied(changes, mended.said["plan"], LOPPA[1:])
    assert changes.look(LOPPA[1]) == applied[LOPPA[1]]
    require_applied(changes, changes.undo(mended.said["plan"]).said["plan"], LOPPA[1:])
    assert changes.look(LOPPA[1]) == edited


def test_a_first_change_is_taken_back_to_the_first_day(hosts: ServerLab, changes: ServerChanges) -> None:
    hosts.reset(LOPPA[0])
    first_day = changes.look(LOPPA[0])
    plan = changes.plan(LOPPA[0]).said["plan"]
    require_applied(changes, plan, LOPPA[:1])
    hosts.on(LOPPA[0], "echo '# by hand' >> /etc/chrony/chrony.conf")
    refused = changes.ask("undo", plan, "--reason", "test")
    assert (refused.code, "# by hand" in refused.printed) == (1, True), refused.printed
    hosts.on(LOPPA[0], "sed -i '/# by hand/d' /etc/chrony/chrony.conf")
    require_applied(changes, changes.undo(plan).said["plan"], LOPPA[:1])
    assert changes.look(LOPPA[0]) == first_day


def test_the_centre_takes_every_role_there_is(hosts: ServerLab, changes: ServerChanges) -> None:
    hosts.reset(*CENTRE, "centre-db-02")  # one that has rows of another day is a primary that is lost, and waited for
    told = changes.plan(",".join(CENTRE))
    assert told.code == DRIFT
    require_applied(changes, told.said["plan"], CENTRE)
    again = changes.plan(",".join(CENTRE))
    assert again.code == CLEAN, again.printed
