"""A cell of the fault matrix: one change of one switch, and what the product says of it beside what the lab says.

Somebody edited the switch (``before``); the plan puts it right again (``after``, which is what it had at CONNECT, to
the byte). So both ends of the change are known before it begins, from the lab and not from the product.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from nornir_tasks.change import plan_status
from nornir_tasks.change.plan import load
from nornir_tasks.devices.context import Context
from nornir_tasks.journal import lock
from nornir_tasks.journal.journal import Journal
from nornir_tasks.migration.propose import propose_harmonise, propose_take_back
from tests.faults.columns import Column
from tests.faults.command import Command, Playbook, Report
from tests.faults.held import SCRIPT
from tests.faults.place import CANARY, Place, left_open
from tests.support.postgres_server import PASSWORD

STORED = re.compile(r"(?:secret \S+|sha1|sha256) \"?(\S{20,}?)\"?$", re.M)  # what a switch keeps of a password


@dataclass(frozen=True)
class State:
    """What the lab says of a switch: ``running`` and ``startup`` are ``before``, ``after`` or ``neither``."""

    running: str
    startup: str
    timers: tuple[str, ...]

    @property
    def whole(self) -> str:
        """``before`` or ``after`` where that is all there is to say: saved, and nothing waits.

        Else ``waits`` (for a confirmation, or to go back), ``unsaved`` (after, and startup is not), or ``neither``.
        """
        if self.timers:
            return "waits"
        if self.running == self.startup:
            return self.running
        return "unsaved" if self.running == "after" else "neither"


class Cell:
    """``where``: its state directory, with a journal of its own in which the municipality stands at CONNECT."""

    def __init__(self, place: Place, column: Column, where: Path, moves: bool = False) -> None:
        self.place, self.column, self.where = place, column, where
        self.switch, self.client = column.switch, place.lab.client
        self.after = place.texts[self.switch]
        self._down = {self._look_down()} if moves else set()
        self.edit(*column.edits, *(column.moves if moves else ()))
        self.before = self.client.running(self.switch)
        self._down |= {self._look_down()} if moves else set()
        assert self.before != self.after
        self.note = ""  # what came of it, for the table
        self.plan_id = ""
        self._journal = ""  # the URL of one elsewhere
        self._history = len(self.client.ask("history", switch=self.switch))
        self._gates = iter(range(1, 1000))

    # --- what is done

    def edit(self, *lines: str) -> None:
        """Somebody else configures the switch, and saves it."""
        self.client.edit(self.switch, *lines, save=True)

    def _look_down(self) -> str:
        """The digest of what the switch runs while the link of the client's port is down."""
        self.edit(f"interface {self.column.port}", self.column.down, "exit")
        digest = _digest(self.client.running(self.switch))
        self.edit(f"interface {self.column.port}", self.column.up, "exit")
        return digest

    def fault(self, *words: str) -> None:
        """Set a fault of the switch."""
        self.client.fault(self.switch, *words)

    def clear(self) -> None:
        """The fault is gone, and the switch is there again."""
        self.fault("clear")
        self.place.listening(self.switch)

    def plan(self, reason: str = "test") -> "Cell":
        """Plan to put the switch right; in this process, which is the same as ``plan`` and quicker."""
        context = self.place.context(self.where, reason, self._journal)
        self.plan_id = self.place.kept(context, propose_harmonise(context, "loppa", [self.switch]).plan).id
        return self

    def apply(
        self, verb: str = "apply", hold: str = "", take_over: str = "", patience: float | None = None, host: str = ""
    ) -> Command:
        """Apply the plan, or resume it; ``hold`` and ``patience``: see ``held``; ``host``: the control node's name."""
        more = {"FELLESDRIFT_JOURNAL": self._journal} if self._journal else {}
        more |= {"FELLESDRIFT_TEST_HOST": host} if host else {}
        over = ["--take-over", take_over] if take_over else []
        gate = self.where / f"gate-{next(self._gates)}"
        return Command([verb, self.plan_id, *over], self.where, gate, hold, patience, more)

    def play(self, hold: str = "") -> Playbook:
        """Apply the plan by its playbook."""
        named = ["-e", f"municipality=loppa plan={self.plan_id} reason=test"]
        gate = self.where / f"gate-{next(self._gates)}"
        return Playbook(["playbooks/harmonise.yml", *named], self.where, gate, hold)

    def numbered(self, number: str) -> str:
        """A line of the plan, as people are shown it."""
        shown = subprocess.run(
            [sys.executable, str(SCRIPT), "show", self.plan_id, "--lines", self.switch],
            env={**os.environ, "FELLESDRIFT_STATE": str(self.where)},
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        lines = (line.strip().split(" ", 1) for line in shown.splitlines() if line.strip())
        return next(words[1].strip() for words in lines if words[0] == number)

    def move_journal(self, url: str) -> None:
        """From here on the journal is at a URL."""
        elsewhere = Journal(url)
        for entry in self.context.journal.entries():
            elsewhere.write(entry)
        (self.where / "journal.sqlite").unlink()
        # Every entry was written anew: what signs and remembers the former journal does not fit this one.
        shutil.rmtree(self.where / "checkpoints")
        (self.where / "checkpoint.key").unlink()
        self._journal = url

    @contextmanager
    def without_journal(self) -> Iterator[None]:
        """Within this there is a directory where the journal's file was."""
        file = self.where / "journal.sqlite"
        aside = [path for path in self.where.glob(f"{file.name}*") if path.is_file()]
        for path in aside:
            path.rename(path.with_name(f"aside-{path.name}"))
        file.mkdir()
        try:
            yield
        finally:
            file.rmdir()
            for path in aside:
                path.with_name(f"aside-{path.name}").rename(path)

    # --- what came of it

    @property
    def context(self) -> Context:
        """The product's eyes on this cell's journal."""
        return self.place.context(self.where, journal=self._journal)

    @property
    def state(self) -> State:
        """What the lab says."""
        names = {self.before: "before", self.after: "after"}
        running, startup = self.client.running(self.switch), self.client.startup(self.switch)
        return State(names.get(running, "neither"), names.get(startup, "neither"), self.place.timers(self.switch))

    @property
    def writes(self) -> int:
        """How often a session changed what runs."""
        return int(self.place.lab.switch(self.switch)["writes"])

    def status(self) -> str:
        """How far the plan has come."""
        context = self.context
        return plan_status.status(context, load(context, self.plan_id))

    def check(self, report: Report, *words: str, failed: str = "") -> str:
        """A report is true, names the switch, and gives the reason in these words; the answer says how it ended.

        Args:
            failed: the words of the only failure that may be told here; anything else must end wholly.
        """
        state, told = self.state, report.word(self.switch)
        about = f"{self.column.name}: {report}, the lab: {state}"
        self.no_secret(report.printed)
        for word in words:
            assert re.search(word, report.said), f"expected {word!r} in the words of {about}"
        if not report.done:
            assert self.switch in report.said or not report.outcomes, about
        if told == "failed":
            assert failed, f"expected an end, wholly: {about}"
            assert failed in report.said, f"expected {failed!r} in the words of {about}"
        else:
            assert state.whole == ("after" if told in ("changed", "unchanged") else "before"), about
        self.note = state.whole
        return state.whole

    def finish(self, *, take_over: str = "", writes: int | None = None) -> Report:
        """The fault is gone: one command brings the change to its end; and then all is as it should be."""
        verb = "resume" if self.status() in ("begun", "stopped") else "apply"
        before = self.writes
        report = self.apply(verb, take_over=take_over).ends()
        about = f"{self.column.name}: {verb}: {report}, the lab: {self.state}"
        self.no_secret(report.printed)
        assert report.code == 0, about
        assert self.state.whole == "after", about
        if writes is not None:
            assert self.writes - before == writes, f"expected {writes} writes, actual {self.writes - before}: {about}"
        assert self.status() == "done", about
        self.free()
        return report

    def take_back(self) -> None:
        """Undo the change that is done, by a plan of its own: the switch runs what it ran before."""
        context = self.place.context(self.where, "test", self._journal)
        self.plan_id = self.place.kept(context, propose_take_back(context, load(context, self.plan_id)).plan).id
        report = self.apply().ends()
        self.no_secret(report.printed)
        assert (report.code, self.state.running) == (0, "before"), (
            f"{self.column.name}: {report}, the lab: {self.state}"
        )
        self.free()

    def free(self, *, locked: bool = False) -> None:
        """Nobody has the lock (or, ``locked``, somebody who is dead), no switch is left open, no secret was kept."""
        context = self.context
        assert (lock.holder_of(context.journal, "loppa") is not None) == locked
        assert left_open(context) == []
        for path in self.where.rglob("*"):
            if path.is_file():
                self.no_secret(path.read_bytes().decode(errors="replace"))

    def no_secret(self, text: str) -> None:
        """Neither a password, nor what the switch stores of one, nor that of the journal's database."""
        hidden = [CANARY, *STORED.findall(self.after), *([PASSWORD] if self._journal else [])]
        assert not any(secret in text for secret in hidden), text

    def once(self) -> int:
        """The change was not written twice: each time that it came to its end, the switch was as before in between.

        The answer is how often it came there. A link that goes down and up on the way is no change.
        """
        ends = {_digest(self.before): "before", _digest(self.after): "after", **dict.fromkeys(self._down, "down")}
        rows = self.client.ask("history", switch=self.switch)[self._history :]
        states = [ends.get(row["digest"], "") for row in rows]
        bounced = [place for place, state in enumerate(states) if state == "down"]
        hidden = {place + 1 for place in bounced if states[place - 1 : place + 2] == ["after", "down", "after"]}
        path = [state for place, state in enumerate(states) if state in ("before", "after") and place not in hidden]
        assert ("after", "after") not in pairwise(path), path
        return path.count("after")

    def journalled(self, step: str) -> int:
        """How often a step of this change was written down."""
        entries = self.context.journal.entries("loppa", "device")
        mine = (step, self.switch, self.plan_id)
        return sum((entry.outcome, entry.device, entry.plan) == mine for entry in entries)

    def next_takes_over(self) -> None:
        """The change is done; if its lock was never given back, the next change takes it, with a reason."""
        self.edit(*self.column.edits)
        self.plan("the next")
        self.finish(take_over="its holder is dead")

    # --- waiting

    def until(self, holds: Callable[[], object], what: str, seconds: float = 60.0) -> None:
        """Wait for something in the lab."""
        try:
            self.place.lab.wait(holds, seconds, f"{self.switch}: {what}")
        except TimeoutError as error:
            error.add_note(f"the lab: {self.state}")
            raise

    def struck(self, fault: str) -> None:
        """Wait until a fault that waited for its moment is there."""
        self.until(lambda: fault in self.place.lab.switch(self.switch)["faults"], fault)

    def wait_whole(self) -> str:
        """Wait until nothing is under way on the switch, without anybody's help."""
        self.until(lambda: self.state.whole in ("before", "after"), "an end, on its own")
        return self.state.whole


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
