"""Run a random case on a lab of its own, and look that every invariant holds.

Every step of the product runs in a child, which may be killed: this process only disturbs and looks. What is looked at:

- a switch whose end was told is, in the lab, what was told of it; left alone, each is wholly before or wholly after;
- what is after for good is not written to again, neither as the lab nor as the journal counts;
- once the faults are gone, one command ends the change or takes it back (where somebody else typed on a switch in the
  meantime, it is planned again first); then all is saved, no timer runs, nobody has a lock, and no switch is left open;
- no password, nor what a switch stores of one, is in what was told, in what was printed, or in any file that was kept.

The scale is a tenth or a twentieth: the switches' clocks run that much faster, and the product is as impatient.
"""

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nornir_tasks.change.plan import load
from nornir_tasks.core import interrupt
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal import lock
from nornir_tasks.journal.entry import RUNS
from nornir_tasks.migration.apply_many import run
from nornir_tasks.migration.execution import Overrides
from nornir_tasks.migration.municipality_change import start
from nornir_tasks.migration.propose import CENTRE, Proposal, propose_harmonise, propose_stage, propose_take_back
from nornir_tasks.model import Stage
from tests.faults import impatient
from tests.faults.cell import STORED
from tests.faults.child import Child
from tests.faults.draw import Case, Fault, Stop
from tests.faults.place import CANARY, Place, left_open
from tests.faults.switches import Switches

ENOUGH = 120.0  # seconds that no step of a case takes
DEAD = "it was killed"
AGAIN = ("plan again", "made from", "overtaken")  # words of the product's, after somebody else's edit
NOTHING = ("nothing of it was written", "expected one that was applied")  # when there is nothing to take back

Propose = Callable[[Context], Proposal]


class Wrong(AssertionError):
    """An invariant does not hold."""


class Runner:
    """One municipality, and the cases that are run on it."""

    def __init__(self, place: Place) -> None:
        self.place, self.client = place, place.lab.client
        self.region = load_region()
        self.home = place.municipality
        self.devices = self.region.of(self.home)
        self.leaves = [device for device in self.region.of(CENTRE) if device.role == "leaf"]
        self.harmonised: dict[str, str] = {}
        self.heard: list[Any] = []  # everything that was told, of the case that was run last

    # --- a case

    def case(self, case: Case) -> list[str]:
        """Run a case from CONNECT and back to CONNECT; what came of it, in words.

        Raises:
            Wrong: an invariant does not hold.
        """
        self.heard = []
        where = self.place.fresh()
        self.client.clock(1)
        switches = Switches(self.place, case.disturbed)
        if case.kind == "stage":
            switches.become(self._harmonised())
            propose: Propose = lambda context: propose_stage(context, self.home, Stage.HARMONISE)  # noqa: E731
        else:
            for name, lines in case.edits.items():
                self.client.edit(name, *lines, save=case.saved)
            switches.drifted(list(case.edits))
            propose = lambda context: propose_harmonise(context, self.home, list(case.edits))  # noqa: E731
        step = _Step(self, case, where, switches)
        plan = step.planned(propose)
        step.through(plan, propose, case.faults, case.stop)
        if case.kind == "undo" and switches.lost:
            step.notes.append("no undo")  # more than one plan, or none, has brought them there
        elif case.kind != "drift":
            switches.turn()
            forward = self.latest(where, ("stage",) if case.kind == "stage" else RUNS)
            back: Propose = lambda context: propose_take_back(context, load(context, forward))  # noqa: E731
            step.notes.append("undo")
            step.through(self.plan(where, back), back, case.back, None)
        self._clean(where)
        self._no_secret_in(where)
        shutil.rmtree(where)
        return step.notes

    # --- the product's part, each in a child

    def child(self, where: Path, work: Callable[[Context], dict[str, Any]], clock: float = 20.0) -> Child:
        """A child of ours, that has its own context and whose words are kept."""

        def inside() -> dict[str, Any]:
            impatient.become(clock, self.devices[0].standard.confirm_seconds)
            context = open_context(self.region, reason="random", who="tester", where=where)
            try:
                return {"error": "", **work(context)}
            except FellesdriftError as error:
                return {"error": str(error)}

        return Child(inside, where / "said")

    def ask(self, where: Path, work: Callable[[Context], dict[str, Any]]) -> dict[str, Any]:
        """What a child answers."""
        told = self.child(where, work).answer(ENOUGH)
        self.heard.append(told)
        return told

    def propose(self, where: Path, propose: Propose) -> dict[str, Any]:
        """Plan, and keep it."""
        return self.ask(where, lambda context: {"plan": self.place.kept(context, propose(context).plan, "kari").id})

    def plan(self, where: Path, propose: Propose) -> str:
        """Plan, and keep it; the answer is its name."""
        told = self.propose(where, propose)
        if told["error"]:
            raise Wrong(f"no plan: {told['error']}")
        return str(told["plan"])

    def apply(self, where: Path, plan: str, workers: int, clock: float, take_over: str | None = None) -> Child:
        """Apply or resume a plan, as ``scripts/change.py`` does."""

        def work(context: Context) -> dict[str, Any]:
            before, told = _written(context), {"error": "", "outcomes": {}, "done": False, "stopped": False}
            try:
                with interrupt.handle_signals(print):
                    started = start(context, load(context, plan), overrides=Overrides(take_over), workers=workers)
                    ended = run(context, started, workers=workers)
                    told |= {"done": ended.done, "outcomes": dict(ended.outcomes), "messages": list(ended.messages)}
                    told["stopped"] = interrupt.is_stop_requested()
            except FellesdriftError as error:
                told["error"] = str(error)
            return {**told, "written": dict(_written(context) - before)}

        return self.child(where, work, clock)

    def latest(self, where: Path, what: tuple[str, ...]) -> str:
        """The plan that was applied last, of those that move a municipality (or do not)."""

        def work(context: Context) -> dict[str, Any]:
            entries = context.journal.entries(self.home, what)
            return {"plan": next(entry.plan for entry in reversed(entries) if entry.outcome == "done")}

        return str(self.ask(where, work)["plan"])

    def _harmonised(self) -> dict[str, str]:
        """What every switch runs at HARMONISE: found once, by going there and back with nothing in the way."""
        if not self.harmonised:
            where = self.place.fresh()
            plan = self.plan(where, lambda context: propose_stage(context, self.home, Stage.HARMONISE))
            self._done(where, plan)
            self.harmonised = {device.name: self.client.running(device.name) for device in self.devices}
            self._done(where, self.plan(where, lambda context: propose_take_back(context, load(context, plan))))
            shutil.rmtree(where)
        return self.harmonised

    def _done(self, where: Path, plan: str) -> None:
        told = self.apply(where, plan, 10, 1).answer(ENOUGH)
        if not told["done"]:
            raise Wrong(f"with nothing in the way: {told}")

    def _clean(self, where: Path) -> None:
        """Back to what every switch was at CONNECT, for the next case."""
        texts = self.place.texts
        drifted = [d.name for d in self.devices if self.client.running(d.name) != texts[d.name]]
        if drifted:
            told = self.ask(where, lambda context: {"done": self.place.harmonise(context, self.home, drifted).done})
            if not told.get("done"):
                raise Wrong(f"no way back to the beginning: {told}")
        for device in self.devices:
            if not self.client.running(device.name) == self.client.startup(device.name) == texts[device.name]:
                raise Wrong(f"{device.name}: not as at the beginning")

    def secret_in(self, text: str) -> str:
        """A password of this lab, or what a switch stores of one, that is in a text; empty if none is."""
        stored = {secret for running in self.place.texts.values() for secret in STORED.findall(running)}
        return next((secret for secret in (CANARY, *sorted(stored)) if secret in text), "")

    def _no_secret_in(self, where: Path) -> None:
        for path in (*where.rglob("*"), *(self.place.where / "tmp").rglob("*")):
            if path.is_file() and (found := self.secret_in(path.read_bytes().decode(errors="replace"))):
                raise Wrong(f"{path.relative_to(self.place.where)} holds {found!r}")


class _Step:
    """A plan of a case, applied under faults and brought to its end once they are gone: once there, and once back."""

    def __init__(self, runner: Runner, case: Case, where: Path, switches: Switches) -> None:
        self.runner, self.case, self.where, self.switches = runner, case, where, switches
        self.client, self.lab = runner.client, runner.place.lab
        self.notes: list[str] = []

    def planned(self, propose: Propose) -> str:
        """Plan it, whatever is wrong with a switch already; nothing is written by that."""
        if not self.case.early:
            return self.runner.plan(self.where, propose)
        for fault in self.case.early:
            self._strike(fault)
        self.switches.begin()
        told = self.runner.propose(self.where, propose)
        self._looked({"outcomes": {}, "done": False, "written": {}, **told})
        if not told["error"]:
            return str(told["plan"])
        self.notes.append("no plan")
        self._clear()
        return self.runner.plan(self.where, propose)

    def through(self, plan: str, propose: Propose, faults: tuple[Fault, ...], stop: Stop | None) -> None:
        """From the first line to the end, whatever it takes."""
        case, switches = self.case, self.switches
        told = self._disturbed(plan, faults, stop)
        killed = told is None
        self.notes.append(_words(told))
        if case.alone:
            switches.rest()
            switches.whole()
            self.notes.append("alone")
        surrender = case.surrender and not killed
        if not _done(told) and not surrender and (case.again or case.stop_again):
            told = self._disturbed(plan, case.again, case.stop_again, DEAD if killed else None)
            killed = told is None
            self.notes.append(f"again: {_words(told)}")
        back = False
        if not _done(told):
            if surrender:
                back = True
                self.notes.append(self._surrender(plan))
            else:
                self.notes.append(self._end(plan, propose, DEAD if killed else None))
        elif not switches.arrived():  # somebody typed on it after its change was confirmed
            self.notes.append(self._plan_again(propose, None))
        switches.there(back=back)
        switches.once()
        self._free()

    def _disturbed(
        self, plan: str, faults: tuple[Fault, ...], stop: Stop | None, over: str | None = None
    ) -> dict[str, Any] | None:
        """Apply it while faults come and go; what is told, or None if it was killed. No fault is left."""
        self.client.clock(self.case.clock)
        self.switches.begin()
        child = self.runner.apply(self.where, plan, self.case.workers, self.case.clock, over)
        events: list[tuple[float, Callable[[], object]]] = []
        for fault in faults:
            events.append((fault.at, lambda fault=fault: self._strike(fault)))  # type: ignore[misc]
            events.append((fault.until, lambda fault=fault: self.client.fault(fault.switch, "clear")))  # type: ignore[misc]
        if stop is not None:
            events.append((stop[0], child.kill if stop[1] == "kill" else child.interrupt))
        events.sort(key=lambda event: event[0])
        for at, act in events:
            if at < 0:
                act()
        child.go()
        began = time.monotonic()
        for at, act in (event for event in events if event[0] >= 0):
            while child.alive and time.monotonic() - began < min(at, ENOUGH):
                time.sleep(0.02)
            if not child.alive or at > ENOUGH:
                break
            act()
        told = None if child.killed else child.answer(ENOUGH)
        self._looked(told)
        self._clear()
        self.client.clock(1)
        return None if child.killed else told

    def _strike(self, fault: Fault) -> None:
        if fault.words[0] == "edit":
            self.client.edit(fault.switch, *(line.strip() for line in " ".join(fault.words[1:]).split(";")))
        else:
            self.client.fault(fault.switch, *fault.words)

    def _clear(self) -> None:
        """No fault is left, and every switch is there."""
        for name in self.client.ask("faults"):
            self.client.fault(name, "clear")
        everybody = lambda: all(row["listening"] for row in self.client.status()["switches"])  # noqa: E731
        self.lab.wait(everybody, 60, "every switch is there")

    def _looked(self, told: dict[str, Any] | None) -> None:
        """What was told is true and holds no secret; and nothing but words for people was said besides."""
        said = (self.where / "said").read_text()
        self.runner.heard.append(told if told is not None else "killed")
        whole = f"{json.dumps(told)}\n{said}"
        if found := self.runner.secret_in(whole):
            raise Wrong(f"it told {found!r}: {whole}")
        if "Traceback" in said or "the tool itself failed" in whole:
            raise Wrong(f"our own mistake: {told} {said[-3000:]}")
        if told is not None:
            self.switches.true(told)

    def _end(self, plan: str, propose: Propose, over: str | None) -> str:
        """One command ends it; where somebody else typed on a switch, it is planned again first."""
        told = self._resumed(plan, over)
        if told["done"]:
            return "resumed" if self.switches.arrived() else self._plan_again(propose, None)
        words = f"{told['error']} {told.get('messages')}"
        if "actual: done" in words:
            return "done already"
        if not (self.switches.disturbed and any(word in words for word in AGAIN)):
            raise Wrong(f"one command did not end it: {told}")
        return self._plan_again(propose, over)

    def _resumed(self, plan: str, over: str | None) -> dict[str, Any]:
        self.switches.begin()
        told = self.runner.apply(self.where, plan, 10, self.case.clock, over).answer(ENOUGH)
        self._looked(told)
        return told

    def _plan_again(self, propose: Propose, over: str | None) -> str:
        """Plan anew, from what somebody else has made of it."""
        if not self.switches.disturbed:
            raise Wrong("it was told to be done, and a switch does not run what it should")
        self.switches.forget()
        if self.case.kind == "stage":  # no stage is planned on top of an edit
            runner, typed = self.runner, sorted(self.switches.disturbed)
            edits = runner.plan(self.where, lambda context: propose_harmonise(context, runner.home, typed))
            if not (told := runner.apply(self.where, edits, 10, self.case.clock, over).answer(ENOUGH))["done"]:
                raise Wrong(f"what somebody typed was not put right: {told}")
        told = self._resumed(self.runner.plan(self.where, propose), over)
        if not told["done"]:
            raise Wrong(f"planned again, and it did not end: {told}")
        return "planned again"

    def _surrender(self, plan: str) -> str:
        """What was written of it is taken back."""
        self.switches.rest()
        told = self.runner.propose(self.where, lambda context: propose_take_back(context, load(context, plan)))
        if told["error"]:
            if not any(words in told["error"] for words in NOTHING):
                raise Wrong(f"it cannot be taken back: {told}")
            return "nothing to take back"
        self.switches.about()
        told = self._resumed(told["plan"], None)
        self.switches.about()
        if not told["done"]:
            raise Wrong(f"one command did not take it back: {told}")
        return "taken back"

    def _free(self) -> None:
        def work(context: Context) -> dict[str, Any]:
            holders = [lock.holder_of(context.journal, name) for name in (self.runner.home, CENTRE)]
            return {"held": [str(holder) for holder in holders if holder], "open": left_open(context)}

        told = self.runner.ask(self.where, work)
        if told["error"] or told["held"] or told["open"]:
            raise Wrong(f"not free: {told}")


def _written(context: Context) -> Counter[str]:
    """How often each switch was begun to be written to, as the journal has it."""
    entries = context.journal.entries(what="device")
    return Counter(str(entry.device) for entry in entries if entry.outcome == "writing")


def _done(told: dict[str, Any] | None) -> bool:
    return told is not None and bool(told["done"])


def _words(told: dict[str, Any] | None) -> str:
    """How a command ended."""
    if told is None:
        return "killed"
    if told["error"]:
        return "refused"
    counted = ", ".join(f"{count} {word}" for word, count in Counter(told["outcomes"].values()).items())
    return ("done" if told["done"] else "interrupted" if told["stopped"] else "stopped") + f" ({counted})"
