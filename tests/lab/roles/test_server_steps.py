"""The control node dies, the line is cut, or the host starts anew: at the steps of a server's change, and while its
roles run. The host is as before or as after, and one command ends it. Rows of the fault matrix.
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nornir_tasks.change import plan_status
from nornir_tasks.change.plan import load
from nornir_tasks.devices.context import open_context
from tests.faults.command import Command, Report
from tests.faults.table import CELL
from tests.support.server_change import ServerChanges, find_wanted
from tests.support.server_lab import ServerLab

pytestmark = pytest.mark.nightly  # each cell is two runs of roles, and more

HOST = "loppa-mon-01"  # it has the baseline alone: the quickest of all
STEPS = ("started", "writing", "probing", "confirming", "changed")
POINTS = (
    "after:lock:taken",
    "after:change:started",
    *(f"{when}:device:{step}" for step in STEPS for when in ("before", "after")),
    "after:change:done",
)
ROLES = "roles"  # no step of the journal: the roles are at work
# From the first on something may be on the server; from the second on its change stays.
WRITTEN, CONFIRMED = POINTS.index("before:device:probing"), POINTS.index("before:device:changed")
EDITS = (
    "echo '# by hand' >> /etc/chrony/chrony.conf",
    "echo '# by hand' >> /etc/issue.net",
    "systemctl disable -q --now prometheus-node-exporter.service",
)
BACK_SECONDS = 240.0  # its timer of 120 s, and what a busy machine needs
PATIENCE = 30.0  # of a command, for a host that does not come back


class StepCell:
    """One change of the host, which somebody has edited: ``before`` it is edited, ``after`` it is as its roles say."""

    def __init__(self, changes: ServerChanges, after: str) -> None:
        self.changes, self.hosts, self.after = changes, changes.hosts, after
        for edit in EDITS:
            self.hosts.on(HOST, edit)
        self.before = changes.look(HOST)
        assert self.before != after
        told = changes.plan(HOST)
        self.plan = told.said["plan"]
        signed = changes.ask("approve", self.plan, "--key", str(self.hosts.where / "approvers" / "kari"))
        assert signed.code == 0, signed.printed
        self._gates = 0

    def apply(self, hold: str = "", verb: str = "apply", take_over: str = "") -> Command:
        """Begin to apply the plan, or to resume it."""
        self._gates += 1
        gate = self.changes.where.parent / f"gate-{self._gates}"
        over = ["--take-over", take_over] if take_over else []
        where = {"FELLESDRIFT_WHO": "tester"}
        return Command([verb, self.plan, *over], self.changes.where, gate, hold, PATIENCE, where)

    def reach(self, point: str) -> Command:
        """Apply the plan up to a point: an entry of the journal, or until the roles have written something."""
        if point != ROLES:
            command = self.apply(point)
            command.reached()
            return command
        command = self.apply()
        self._wait(lambda: self.changes.look(HOST) != self.before, 400, "something that the roles have written")
        return command

    def look(self) -> str:
        """``before``, ``after`` or ``neither``."""
        return {self.before: "before", self.after: "after"}.get(self.changes.look(HOST), "neither")

    def is_armed(self) -> bool:
        """Whether the host's own way back waits."""
        status = self.hosts.on(HOST, "/usr/local/sbin/fellesdrift-guard status </dev/null")
        return '"armed": null' not in status

    def status(self) -> str:
        """How far the plan has come."""
        context = open_context(self.changes.region, reason="test", who="tester", where=self.changes.where)
        return plan_status.status(context, load(context, self.plan))

    def wait_whole(self) -> str:
        """Wait until the host is wholly one of both and nothing waits on it, without anybody's help."""
        self._wait(lambda: self.look() != "neither" and not self.is_armed(), BACK_SECONDS, "an end, on its own")
        return self.look()

    def finish(self, take_over: str = "") -> Report:
        """One command ends it."""
        verb = "resume" if self.status() in ("begun", "stopped") else "apply"
        report = self.apply(verb=verb, take_over=take_over).ends()
        assert (report.code, self.look(), self.is_armed()) == (0, "after", False), f"{verb}: {report.printed}"
        return report

    def _wait(self, holds: Callable[[], bool], seconds: float, what: str) -> None:
        end = time.monotonic() + seconds
        while not self._ask(holds):
            assert time.monotonic() < end, f"expected {what} within {seconds:g} s"
            time.sleep(0.5)

    def _ask(self, holds: Callable[[], bool]) -> bool:
        try:
            return holds()
        except AssertionError:  # it is switched off, or on its way up
            return False


@pytest.fixture(scope="module")
def after(hosts: ServerLab, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the host is once its roles have run."""
    return find_wanted(hosts, HOST, tmp_path_factory.mktemp("look"))


@pytest.fixture
def cell(hosts: ServerLab, after: str, tmp_path: Path) -> StepCell:
    """A plan that was signed, of a host that was edited."""
    changes = ServerChanges(hosts, tmp_path / "state")
    hosts.lab.client.fault(HOST, "clear")
    if changes.look(HOST) != after:  # a cell before has failed
        hosts.play("--limit", HOST).require_good()
    return StepCell(changes, after)


@pytest.mark.parametrize("point", [*POINTS, ROLES])
def test_the_control_node_dies(cell: StepCell, point: str, record_property: Callable[[str, object], None]) -> None:
    """``kill -9``; whoever takes over ends it in one command."""
    place = POINTS.index(point) if point in POINTS else -1
    command = cell.reach(point)
    command.kill()
    state, armed = cell.look(), cell.is_armed() if place >= WRITTEN or point == ROLES else False
    record_property(CELL, [f"kill -9 {point.replace(':', ' ')}", "debian", "waits" if armed else state])
    if point == ROLES:
        assert armed
    else:
        assert state == ("after" if place >= WRITTEN else "before")
        assert armed == (WRITTEN <= place < CONFIRMED)
    if cell.status() == "done":
        return
    cell.finish("the control node burnt down")


@pytest.mark.parametrize("point", [ROLES, "after:device:probing"])
def test_the_control_node_dies_and_is_left_alone(
    cell: StepCell, point: str, record_property: Callable[[str, object], None]
) -> None:
    """Nobody resumes: the host goes back on its own, wholly. And then somebody does."""
    cell.reach(point).kill()
    assert cell.wait_whole() == "before"
    record_property(CELL, [f"kill -9 {point.replace(':', ' ')}, alone", "debian", "before"])
    cell.finish("the control node burnt down")


@pytest.mark.parametrize("fault", ["cut", "restart"])
@pytest.mark.parametrize("point", ["after:device:writing", ROLES, "after:device:probing", "after:device:confirming"])
def test_the_host_is_lost(
    cell: StepCell, point: str, fault: str, record_property: Callable[[str, object], None]
) -> None:
    """Its line is cut, or it starts anew; the command goes on, and tells how it ended."""
    command = cell.reach(point)
    if fault == "cut":
        cell.hosts.lab.client.fault(HOST, "cut")
    else:
        cell.hosts.inside(HOST, "systemctl reboot")
    if point != ROLES:
        command.go()
    report = command.ends()
    cell.hosts.lab.client.fault(HOST, "clear")
    word = cell.wait_whole()
    name = {"cut": "the line is cut", "restart": "the host restarts"}[fault]
    record_property(CELL, [f"{name} {point.replace(':', ' ')}", "debian", word])
    if report.code == 0:
        assert word == "after", report.printed
        return
    assert word == "before" or "confirm" in report.said, report.printed
    cell.finish()
