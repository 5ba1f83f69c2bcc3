"""A switch made of a few lines, and a change of it: for every way in which a change can end."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.change import apply_device, outcome
from nornir_tasks.change.plan import ONLY_SECRETS, DevicePlan, Plan, assemble
from nornir_tasks.core.errors import FellesdriftError, PlatformError
from nornir_tasks.devices import connection
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.devices.reading import Inquiry, Readout
from nornir_tasks.journal import lock
from nornir_tasks.model import Device, Position, Stage
from nornir_tasks.platforms.common.base import (
    NOTHING_WAITS,
    PreparedChange,
    RefusedLine,
    Session,
    WritePermit,
    refuse_writes,
)
from nornir_tasks.platforms.common.reading import Reading, read_answered
from nornir_tasks.targets import client_probe, find_target, switch, switch_probe
from tests.support import small_region as small

NAME = "loppa-acc-01"
HASH = "$1$abcd$0123456789abcdefghijkl"
BEFORE = f"hostname SW-1\nusername drift privilege 15 secret 5 {HASH}\n"
INTENDED = "hostname loppa-acc-01\nusername drift privilege 15 secret <secret:username drift>\n"
AFTER = INTENDED.replace("<secret:username drift>", f"5 {HASH}")
SURVEYED = Position({"loppa": Stage.SURVEY})


@dataclass
class Switch(Session):
    """What a device does; ``trouble`` makes it do something else once a method of that name is called."""

    text: str = BEFORE
    saved: str = BEFORE
    old: str | None = None  # what it goes back to, while a change waits
    silent: tuple[str, ...] = ()
    macs: list[tuple[str, int, str]] = field(default_factory=list)
    arps: list[tuple[str, str, int | None]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    trouble: dict[str, Callable[["Switch"], Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def _do(self, what: str) -> Any:
        self.calls.append(what)
        return self.trouble[what](self) if what in self.trouble else None

    def running(self) -> str:
        self._do("running")
        return self.text

    def startup(self) -> str:
        return self.saved

    def facts(self) -> dict[str, object]:
        return {}

    def push(self, change: PreparedChange, revert_seconds: int) -> None:
        self.permit()
        self.old = self.text
        self.text = change.intended
        self._do("push")

    def pending(self) -> bool:
        return self.old is not None

    def confirm(self) -> None:
        self._do("confirm")
        self.permit()
        if self.old is None:
            raise PlatformError(NOTHING_WAITS)
        self.old = None
        self.save()

    def revert(self, before: str) -> None:
        self._do("revert")
        self.permit(going_back=True)
        self.text, self.old = self.old or self.text, None

    def save(self) -> None:
        self.permit()
        if "save" not in self.trouble:
            self.saved = self.text
        self._do("save")

    def ping(self, address: str) -> bool:
        return address not in self.silent

    def neighbours(self) -> dict[str, tuple[str, str]]:
        return {"GigabitEthernet1/0/6": ("SW-2", "6")} | (self._do("neighbours") or {})

    def ports(self) -> dict[str, bool]:
        return {"GigabitEthernet1/0/6": True} | (self._do("ports") or {})

    def mac_table(self) -> list[tuple[str, int, str]]:
        return self.macs

    def arp_table(self) -> list[tuple[str, str, int | None]]:
        self._do("arp_table")
        return self.arps

    def lower_links(self, ports: Sequence[str], *, going_back: bool = False) -> None:
        self.permit(going_back=going_back)
        self.down.update(ports)
        self._do("lower_links")

    def raise_links(self, ports: Sequence[str], *, going_back: bool = False) -> None:
        self.permit(going_back=going_back)
        self.down.difference_update(ports)
        self._do("raise_links")

    def close(self) -> None:
        self.calls.append("close")


def refuse(switch: Switch) -> None:
    """Refuse a line with a secret in it; the platform has already gone back."""
    switch.text, switch.old = BEFORE, None
    raise RefusedLine(f"username drift secret 5 {HASH}", f"% Invalid input {HASH}")


def die(switch: Switch) -> None:
    """The session is gone, and the driver has words of its own for it."""
    raise ConnectionResetError("Socket is closed")


def late(kept: Callable[[Switch], Any]) -> Callable[[Switch], Any]:
    """Only once the change is there."""
    return lambda switch: kept(switch) if switch.old is not None else None


def planned(context: Context, **more: Any) -> Plan:
    """A plan of one device, from SURVEY to CONNECT; what people read of it follows from its texts."""
    target = find_target(context.region, NAME)
    running, intended = target.mask(BEFORE)[0], more.get("intended", INTENDED)
    diff = more.get("diff", target.compare(running, intended).diff or ONLY_SECRETS)
    risk = target.assess(diff)
    fields: dict[str, Any] = {
        "device": NAME,
        "wave": "all",
        "place": NAME,
        "before": 10,
        "after": 20,
        "digest_before": context.backups.digest(BEFORE),
        "running": running,
        "diff": diff,
        "intended": intended,
        "lines": target.remediation(running, intended) if diff else (),
        "risk": risk.score,
        "risks": risk.reasons,
        "drift": (),
        **more,
    }
    return assemble(context, "stage", "loppa", Stage.SURVEY, Stage.CONNECT, [DevicePlan(**fields)])


def plugged_in(switch: Switch, monkeypatch: pytest.MonkeyPatch) -> Switch:
    """Every login leads to this switch."""

    def login(device: Device, position: Position, *rest: object, permit: WritePermit = refuse_writes) -> Session:
        if "login" in switch.trouble:
            switch.trouble["login"](switch)
        switch.permit = permit
        return switch

    monkeypatch.setattr(connection, "login", login)
    return switch


@dataclass
class SwitchReads:
    """Reads this switch, whichever device is asked for."""

    switch: Switch

    def read(self, inquiries: Sequence[Inquiry]) -> Iterator[Readout]:
        """What it answers, in one login."""
        for inquiry in inquiries:
            readings: dict[int, Reading] = {}
            try:
                self.switch._do("login")
            except FellesdriftError as error:
                yield Readout(inquiry.device, error=error)
                continue
            assert read_answered(self.switch, inquiry.questions, readings) == []
            self.switch.close()
            yield Readout(inquiry.device, tuple(readings[number] for number in range(len(inquiry.questions))))


def impatient(monkeypatch: pytest.MonkeyPatch, where: Path) -> Context:
    """An empty journal; patience that a test can wait for; and a way in that a few lines need not describe."""
    monkeypatch.setattr(switch_probe, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(client_probe, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(apply_device.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(outcome, "AFTERWARDS_SECONDS", -60)
    monkeypatch.setattr(switch, "find_lockouts", lambda *given: ())
    made = open_context(small.region(), reason="test", who="tester", where=where)
    lock.acquire(made.journal, "loppa", made.holder)
    return made.with_lease(["loppa"])
