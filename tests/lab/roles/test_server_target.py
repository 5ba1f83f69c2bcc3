"""A real server goes the way of a change: planned, applied, found as it was meant to be, and taken back to the byte."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nornir_tasks.change.plan import Plan, save
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.migration import gates
from nornir_tasks.migration.apply_many import run
from nornir_tasks.migration.execution import ChangeResult
from nornir_tasks.migration.municipality_change import start
from nornir_tasks.migration.propose import propose_harmonise, propose_take_back
from nornir_tasks.migration.undo import UndoError
from nornir_tasks.platforms.debian.managed import Managed
from nornir_tasks.targets import role_run
from nornir_tasks.targets.server import RoleFiles, ServerTarget
from tests.support.server_lab import ServerLab

HOST = "loppa-app-03"
FILES = RoleFiles(Managed(("/etc/chrony",), ("chrony",), ("chrony.service",)), {"chrony.service": ("/etc/chrony",)})
SAMPLE = """
- hosts: all
  gather_facts: false
  tasks:
    - name: A file
      ansible.builtin.copy:
        content: "# password = hunter2-sample\\nmaxdistance 1.0\\n"
        dest: /etc/chrony/conf.d/sample.conf
        mode: "0640"
    - name: The service
      ansible.builtin.systemd_service:
        name: chrony.service
        state: started
        enabled: true
"""
COMMAND = """
    - name: Something else
      ansible.builtin.command:
        cmd: touch /etc/chrony/conf.d/unforeseen.conf
        creates: /etc/chrony/conf.d/unforeseen.conf
"""
Play = Callable[[str], None]

pytestmark = pytest.mark.nightly  # minutes


@pytest.fixture
def context(hosts: ServerLab, tmp_path: Path) -> Context:
    """An errand of this process on the lab's servers, of which one has its first day."""
    hosts.reset(HOST)
    where = tmp_path / "state"
    where.mkdir()
    return open_context(load_region(), reason="test", who="tester", where=where)


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Sets what the roles do."""
    playbook = tmp_path / "sample.yml"
    monkeypatch.setattr(role_run, "PLAYBOOK", str(playbook))
    monkeypatch.setattr(ServerTarget, "files", FILES)
    monkeypatch.setattr(gates, "ask", lambda *given, **more: [])
    return lambda text: playbook.write_text(text) and None


def plan_it(context: Context) -> Plan:
    """A plan that was saved."""
    plan = propose_harmonise(context, "loppa", [HOST]).plan
    save(context, plan)
    return plan


def carry_out(context: Context, plan: Plan) -> ChangeResult:
    """Start it and go through with it."""
    return run(context, start(context, plan), tell=print)


def test_a_server_is_planned_applied_and_taken_back(hosts: ServerLab, context: Context, play: Play) -> None:
    play(SAMPLE)
    first = plan_it(context)
    part = first.of(HOST)
    assert "+  |maxdistance 1.0\n" in part.diff
    assert "+ unit chrony.service enabled active\n" in part.diff
    assert carry_out(context, first).done
    assert not plan_it(context).of(HOST).changes

    hosts.on(HOST, "echo '# by hand' >> /etc/chrony/conf.d/sample.conf")
    with pytest.raises(UndoError, match="by hand"):
        propose_take_back(context, first)
    drifted = plan_it(context)
    assert "-  |# by hand\n" in drifted.of(HOST).diff
    assert carry_out(context, drifted).done

    back = propose_take_back(context, drifted).plan
    save(context, back)
    assert carry_out(context, back).done
    assert "# by hand" in hosts.on(HOST, "cat /etc/chrony/conf.d/sample.conf")


def test_what_was_not_foreseen_goes_back(hosts: ServerLab, context: Context, play: Play) -> None:
    play(SAMPLE + COMMAND)
    plan = plan_it(context)
    assert "+ unknown Something else: command says that it changes something" in plan.of(HOST).diff
    result = carry_out(context, plan)
    assert result.outcomes == {HOST: "reverted"}
    assert "unforeseen.conf" in result.messages[0]
    assert "unforeseen" not in hosts.on(HOST, "ls /etc/chrony/conf.d")
