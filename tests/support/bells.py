"""A kind of host that is neither switch nor server: the bells of a school, each a folder on disk.

``running`` and ``saved`` hold what it rings by, ``armed`` what it goes back to and when. Time runs for it also while no
process does. Whoever wants it for a target puts ``KIND_ROW`` into ``nornir_tasks.targets.KINDS``.
"""

import json
import os
import re
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from nornir_tasks.config.compare import Comparison
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.verdict import Mismatch, Rule, Verdict
from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import Context
from nornir_tasks.model import Position, Region, RiskRule, Stage
from nornir_tasks.platforms.common.base import (
    ConfigurationMoved,
    PreparedChange,
    RefusedLine,
    Safety,
    WritePermit,
    refuse_writes,
)
from nornir_tasks.targets import Baseline, Target, TargetChange, TargetKind

KIND_ROW = ("bell", "tests.support.bells")
NAMES = ("loppa-bell-01", "loppa-bell-02")
OLD = "ring 08:00\nring 14:00\npin 1234\n"
SECRET = re.compile(r"(?m)^pin (\d+)$")
HEARD = Rule("heard", "the bell is heard in the yard", "probe")
CONFIRM_SECONDS = 2


def folder() -> Path:
    """Where the bells hang: ``FELLESDRIFT_TEST_BELLS``."""
    return Path(os.environ["FELLESDRIFT_TEST_BELLS"])


def hang(name: str) -> Path:
    """Hang a bell that rings by the old times."""
    place = folder() / name
    place.mkdir(parents=True)
    for file in ("running", "saved"):
        (place / file).write_text(OLD)
    return place


class Bell:
    """A login to a bell. A file named ``dies-at-STEP`` in its folder kills the process that comes to that step."""

    def __init__(self, name: str, permit: WritePermit = refuse_writes) -> None:
        self.place, self.permit = folder() / name, permit
        if (self.place / "broken").exists():
            raise PlatformError(f"{name}: it does not answer")
        self._go_back_when_due()

    def _go_back_when_due(self) -> None:
        armed = self.place / "armed"
        if armed.exists() and time.time() > json.loads(armed.read_text())["due"]:
            self._go_back()

    def _go_back(self) -> None:
        armed = self.place / "armed"
        (self.place / "running").write_text(json.loads(armed.read_text())["before"])
        armed.unlink()

    def _step(self, name: str) -> None:
        if (self.place / f"dies-at-{name}").exists():
            os.kill(os.getpid(), signal.SIGKILL)

    def running(self) -> str:
        """What it rings by."""
        return (self.place / "running").read_text()

    def startup(self) -> str:
        """What it rings by after the next power cut."""
        return (self.place / "saved").read_text()

    def pending(self) -> bool:
        """Whether it will go back."""
        return (self.place / "armed").exists()

    def push(self, change: PreparedChange, revert_seconds: int) -> None:
        """It takes times, and one pin."""
        if self.running() != change.before:
            raise ConfigurationMoved
        self._step("push")
        self.permit()
        armed = {"before": change.before, "due": time.time() + revert_seconds}
        (self.place / "armed").write_text(json.dumps(armed))
        for line in change.intended.splitlines():
            if not re.fullmatch(r"ring [0-2]\d:[0-5]\d|pin \d+", line):
                self.revert(change.before)
                raise RefusedLine(line, f"not a time: {line}")
        (self.place / "running").write_text(change.intended)
        self._step("written")

    def confirm(self) -> None:
        """It stays."""
        if not self.pending():
            raise PlatformError("nothing waits for a confirmation")
        self._step("confirm")
        self.permit()
        (self.place / "armed").unlink()
        self.save()

    def revert(self, before: str) -> None:
        """It goes back."""
        self.permit(going_back=True)
        self._go_back()

    def save(self) -> None:
        """It survives a power cut."""
        self.permit()
        (self.place / "saved").write_text(self.running())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass


class BellTarget(Target):
    """A bell: before PILOT it rings by the old times, from then on by the standard's."""

    kind = "bell"
    noun = ("bell", "s")
    municipality = "loppa"
    platform = "bell"
    safety = Safety("commit timer", True, "nothing")
    replaces = True
    confirm_seconds = CONFIRM_SECONDS
    risk_rules: Sequence[RiskRule] = ()

    def __init__(self, name: str) -> None:
        self.name = name

    def connect(self, context: Context, position: Position) -> Bell:
        """There is no password to a bell."""
        return Bell(self.name, context.permit)

    def mask(self, text: str) -> tuple[str, dict[str, str]]:
        """Its pin."""
        pin = SECRET.search(text)
        return SECRET.sub("pin <secret:pin>", text), {"pin": pin[1]} if pin else {}

    def unmask(self, text: str, secrets: Mapping[str, str]) -> str:
        """Its pin."""
        return re.sub(r"<secret:(\w+)>", lambda mark: secrets[mark[1]], text)

    def render(self, position: Position, snapshot: str | None) -> str:
        """A quarter of an hour later from PILOT on."""
        moved = position.of("loppa", self.name) >= Stage.PILOT
        return f"ring 08:{'15' if moved else '00'}\nring 14:00\npin <secret:pin>\n"

    def compare(self, running: str, intended: str, snapshot: str | None = None) -> Comparison:
        """Line by line."""
        now, then = running.splitlines(), intended.splitlines()
        missing = [line for line in then if line not in now]
        extra = [line for line in now if line not in then]
        signed = [f"+ {line}" for line in missing] + [f"- {line}" for line in extra]
        drift = tuple(f"{'-' if line[0] == '+' else '+'}{line[1:]}" for line in signed)
        diff = "".join(f"{line}\n" for line in signed)
        return Comparison(now == then, diff, tuple((x,) for x in missing), tuple((x,) for x in extra), drift)

    def remediation(self, running: str, intended: str) -> tuple[str, ...]:
        """The whole."""
        return tuple(intended.splitlines())

    def find_secrets(self, context: Context, running: str, intended: str) -> Mapping[str, str]:
        """The pin that it has."""
        return self.mask(running)[1]

    def observe(self, context: Context, session: Bell, change: TargetChange) -> Baseline:
        """How often it rings."""
        return {"rings": session.running().count("ring")}

    def probe(
        self, context: Context, session: Bell, baseline: Baseline, now: Position, then: Position
    ) -> Sequence[Verdict]:
        """As often as before, and heard."""
        rings = session.running().count("ring")
        silent = rings != baseline["rings"] or (session.place / "muffled").exists()
        return [HEARD.judge(self.name, Mismatch("the bell", "silence") if silent else None)]


class BellKind(TargetKind):
    """All bells."""

    def find(self, region: Region, name: str) -> BellTarget | None:
        """One that hangs."""
        return BellTarget(name) if (folder() / name).is_dir() else None

    def read(
        self, context: Context, targets: Sequence[Any], position: Position, facts: Sequence[str], workers: int
    ) -> Mapping[str, Collected]:
        """One after the other."""
        collected = {}
        for target in targets:
            try:
                bell = target.connect(context, position)
                collected[target.name] = Collected(target.name, running=bell.running(), pending=bell.pending())
            except PlatformError as error:
                collected[target.name] = Collected(target.name, error=str(error))
        return collected


KIND = BellKind()
