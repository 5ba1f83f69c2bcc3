"""A lab of one municipality for faults: brought to CONNECT once; every cell begins there, and ends there."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lab.testing.running import RunningLab
from nornir_tasks.change import approval, plan_inputs
from nornir_tasks.change.plan import Plan, save
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.migration.apply_many import run
from nornir_tasks.migration.execution import ChangeResult
from nornir_tasks.migration.municipality_change import is_signed, start
from nornir_tasks.migration.propose import propose_harmonise, propose_stage
from nornir_tasks.migration.survey import survey
from nornir_tasks.model import Stage

PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 16  # nobody else's: this lab runs on beside those of later tests
CANARY = "Kanarifugl-62-i-gruva"  # every password of this lab: nothing that is printed or kept may hold it
FAST = 10.0  # the switches' clocks, where a cell waits for their timers: two minutes are twelve seconds


class Place:
    """The lab, and the state directory in which the municipality stands at CONNECT. ``texts``: what everybody ran."""

    def __init__(self, where: Path, municipality: str = "loppa", port: int = PORT) -> None:
        self.where, self.municipality = where, municipality
        self.lab = RunningLab(where / "lab")
        self.base = where / "base"
        self.texts: dict[str, str] = {}
        self.environment = {
            "FELLESDRIFT_LAB_PORT": str(port),
            "FELLESDRIFT_LAB_DIR": str(where / "lab"),
            "FELLESDRIFT_STATE": str(self.base),
            "FELLESDRIFT_LAB_PASSWORD": CANARY,
            "FELLESDRIFT_LAB_RELOAD": "2",
            "FELLESDRIFT_WHO": "tester",
        }
        self._numbers = iter(range(1, 10**6))

    @contextmanager
    def entered(self) -> Iterator[None]:
        """With this lab as the environment's: other tests of the worker have another."""
        kept = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        try:
            yield
        finally:
            for name, value in kept.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    def build(self) -> None:
        """Start the lab, and bring the municipality to CONNECT."""
        self.base.mkdir()
        self.lab.up(self.municipality)
        context = self.context(self.base)
        assert self.harmonise(context, "operations_centre").done
        survey(context, self.municipality)
        plan = self.kept(context, propose_stage(context, self.municipality, Stage.CONNECT).plan)
        assert run(context, start(context, plan)).done
        for row in self.lab.client.status()["switches"]:
            name = row["name"]
            self.texts[name] = self.lab.client.running(name)
            assert self.lab.client.startup(name) == self.texts[name], name

    def close(self) -> None:
        """Stop the lab, and take everything away."""
        self.lab.down()
        shutil.rmtree(self.where, ignore_errors=True)

    def context(self, where: Path, reason: str = "test", journal: str = "") -> Context:
        """The product's own eyes on a state directory; ``journal``: the URL of one elsewhere."""
        return open_context(load_region(), reason=reason, who="tester", where=where, journal=journal)

    def kept(self, context: Context, plan: Plan, *names: str) -> Plan:
        """Save a plan, and let people of the lab sign it; one does where only the risk asks."""
        save(context, plan)
        plan_inputs.save_inputs(context)
        for name in names or (("kari",) if is_signed(context, plan) else ()):
            approval.record_approval(context, plan, approval.sign(plan, self.lab.where / "approvers" / name), "test")
        return plan

    def harmonise(self, context: Context, municipality: str, devices: Sequence[str] | None = None) -> ChangeResult:
        """Put right what somebody edited; ``devices``: None is all."""
        return run(context, start(context, self.kept(context, propose_harmonise(context, municipality, devices).plan)))

    def fresh(self) -> Path:
        """A copy of the state directory."""
        where = self.where / f"state-{next(self._numbers)}"
        shutil.copytree(self.base, where)
        return where

    def listening(self, switch: str, seconds: float = 30.0) -> None:
        """Wait until a switch is there."""
        self.lab.wait(lambda: self.lab.switch(switch)["listening"], seconds, f"{switch}: up again")

    def restore(self, switch: str) -> None:
        """Whatever a cell left behind: the switch as it was at CONNECT."""
        client = self.lab.client
        client.fault(switch, "clear")
        self.listening(switch)
        if self.timers(switch):
            client.fault(switch, "reload")
            self.listening(switch)
        if not client.running(switch) == client.startup(switch) == self.texts[switch]:
            context = self.context(self.fresh())
            self.harmonise(context, self.municipality, [switch])
            client.edit(switch, save=True)  # nothing, but saved: a failed cell may have left that undone
            assert client.running(switch) == client.startup(switch) == self.texts[switch], switch

    def timers(self, switch: str) -> tuple[str, ...]:
        """What the switch will do on its own."""
        return tuple(timer["what"] for timer in self.lab.switch(switch)["timers"])


def left_open(context: Context) -> list[str]:
    """Devices of which the journal does not say how their change ended."""
    last = {entry.device: entry for entry in context.journal.entries(what="device")}
    return [str(name) for name, entry in last.items() if entry.phase == "before"]


def made(municipality: str = "loppa", port: int = PORT) -> Place:
    """A place in a directory of its own. The environment must be entered to use it."""
    place = Place(Path(tempfile.mkdtemp(prefix="fellesdrift-faults-")), municipality, port)
    try:
        with place.entered():
            place.build()
    except BaseException:
        place.close()
        raise
    return place
