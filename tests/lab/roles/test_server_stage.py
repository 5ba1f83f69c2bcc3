"""A stage planned with its servers (``change.py plan loppa connect --servers``): one plan and one way back."""

from collections.abc import Iterator

import pytest

from nornir_tasks.core.exit_codes import CLEAN, DRIFT
from tests.support.server_change import ServerChanges
from tests.support.server_lab import ServerLab

pytestmark = pytest.mark.nightly  # seven fresh servers and nine switches, there and back

OURS = ("app-02", "app-03", "app-04", "db-01", "file-01", "mon-01", "print-01")
SERVERS = tuple(f"loppa-{name}" for name in OURS)
NOT_OURS = ("loppa-app-01", "loppa-dc-01", "loppa-dc-02", "loppa-hv-01", "loppa-hv-02")


@pytest.fixture(scope="module")
def changes(hosts: ServerLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerChanges]:
    """Loppa has been surveyed, the centre's switches are built, and Loppa's servers have their first day."""
    changes = ServerChanges(hosts, tmp_path_factory.mktemp("stage") / "state")
    hosts.lab.client.reset()
    hosts.reset(*SERVERS)
    built = changes.carry_out(changes.plan("operations_centre").said["plan"])
    assert built.code == CLEAN, built.printed
    survey = ("-e", "municipality=loppa", "-e", "reason=test", "--limit", "switches")
    hosts.play(*survey, playbook="migrate/10_survey", FELLESDRIFT_STATE=str(changes.where)).require_good()
    hosts.lab.client.stage("loppa", "connect")
    yield changes
    hosts.lab.client.stage("loppa", "any")


def test_connect_with_its_servers_there_and_back(changes: ServerChanges) -> None:
    first_day = {name: changes.look(name) for name in SERVERS}
    planned = changes.ask("plan", "loppa", "connect", "--servers", "--reason", "test")
    assert planned.code == DRIFT, planned.printed
    plan = planned.said["plan"]
    shown = changes.ask("show", plan)
    assert all(name in str(shown.said["not_ours"]) for name in NOT_OURS), shown.printed
    assert {name: changes.look(name) for name in SERVERS} == first_day

    told = changes.carry_out(plan)
    assert told.code == CLEAN, told.printed
    assert {name: told.said["outcomes"].get(name) for name in SERVERS} == dict.fromkeys(SERVERS, "changed")
    again = changes.ask("plan", "loppa", "connect", "--servers", "--reason", "test")
    assert again.code == CLEAN, again.printed

    back = changes.carry_out(changes.undo(plan).said["plan"])
    assert back.code == CLEAN, back.printed
    assert {name: changes.look(name) for name in SERVERS} == first_day
