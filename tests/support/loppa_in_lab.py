"""The path of a change on the lab: one running Loppa, and the operations that doors and playbooks call."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.testing.running import Labs, RunningLab
from nornir_tasks.change import approval, plan_inputs
from nornir_tasks.change.plan import Plan, save
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.migration.apply_many import run
from nornir_tasks.migration.execution import ChangeResult
from nornir_tasks.migration.municipality_change import Started, begin_undo, start
from nornir_tasks.migration.propose import propose_harmonise, propose_stage
from nornir_tasks.migration.survey import survey
from nornir_tasks.migration.undo import find_last_stage
from nornir_tasks.model import Stage


@dataclass
class Loppa:
    """Loppa in the lab, and whoever moves it."""

    lab: RunningLab
    context: Context
    told: list[str]

    def to(self, stage: Stage) -> ChangeResult:
        """Move to a stage, one at a time."""
        while self.context.journal.position().of("loppa") < stage.before:
            assert self.to(Stage(self.context.journal.position().of("loppa") + 10)).done
        if stage == Stage.SURVEY:
            survey(self.context, "loppa")
            return ChangeResult("loppa", stage, True, {}, ())
        return self.run(self.start(self.approve(self.plan(stage))))

    def to_connected(self) -> None:
        """Stand at CONNECT, wherever the tests before have left Loppa."""
        while self.stage() > Stage.CONNECT:
            assert self.undo().done
        if self.stage() < Stage.CONNECT:
            assert self.to(Stage.CONNECT).done

    def plan(self, stage: Stage) -> Plan:
        """Plan a stage, and keep the plan."""
        return self.kept(propose_stage(self.context, "loppa", stage).plan)

    def kept(self, plan: Plan) -> Plan:
        """Save a plan, with what it was made from."""
        save(self.context, plan)
        plan_inputs.save_inputs(self.context)
        return plan

    def approve(self, plan: Plan, *names: str) -> Plan:
        """Let some of the lab's people sign a plan; default: as many as the strictest stage wants."""
        for name in names or ("kari", "ola"):
            signature = approval.sign(plan, self.lab.where / "approvers" / name)
            assert approval.record_approval(self.context, plan, signature, "test") == name
        return plan

    def start(self, plan: Plan) -> Started:
        """Start a plan that is kept."""
        return start(self.context, plan)

    def run(self, started: Started) -> ChangeResult:
        """Apply what was begun."""
        return run(self.context, started, tell=self.told.append)

    def undo(self) -> ChangeResult:
        """Go back one stage, however often."""
        stage, _ = find_last_stage(self.context, "loppa", self.context.journal.position())
        return self.run(begin_undo(self.context, "loppa", stage=stage))

    def harmonise(self, municipality: str = "loppa") -> ChangeResult:
        """Put right what somebody edited."""
        plan = self.kept(propose_harmonise(self.context, municipality).plan)
        return self.run(self.start(self.approve(plan, "kari")))

    def fault(self, switch: str, *words: str) -> None:
        """Set a fault, or take all away with ``clear``."""
        self.lab.client.fault(switch, *words)

    def stage(self) -> Stage:
        """How far Loppa has come."""
        return self.context.journal.position().of("loppa")


@pytest.fixture(scope="module")
def loppa(lab_of: Labs, tmp_path_factory: pytest.TempPathFactory) -> Loppa:
    """A lab of Loppa and the centre, the centre built, Loppa in its legacy, and nothing in the journal but that."""
    lab = lab_of("loppa")
    lab.client.reset()  # other files of tests have moved this lab, and their journals are not this one
    where: Path = tmp_path_factory.mktemp("state")
    made = Loppa(lab, open_context(load_region(), reason="test", who="tester", where=where), [])
    assert made.harmonise("operations_centre").done
    return made
