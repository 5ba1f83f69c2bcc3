"""What the journal and the kept plans know of a switch, for whoever only reads; where there are none, none are made."""

import os
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from nornir_tasks.change import plan_status
from nornir_tasks.change.plan import Plan, PlanError, list_names, load
from nornir_tasks.core import state
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.model import Position, Region, Stage

WAITS = ("open", "begun", "stopped")


@dataclass(frozen=True)
class LastChange:
    """The last that was done to a switch. Times are UTC."""

    at: str
    who: str
    reason: str
    plan: str | None
    stage: str
    outcome: str
    words: str


@dataclass(frozen=True)
class OpenPlan:
    """A plan with a part for a switch that has not been carried out to its end."""

    plan: str
    what: str
    status: str
    made: str
    who: str
    reason: str


@dataclass(frozen=True)
class DriftReading:
    """When somebody last read a switch for a plan, and what of it was nobody's intention."""

    at: str
    plan: str
    drift: tuple[str, ...]


class DeviceHistory:
    """The journal, if there is one."""

    def __init__(self, region: Region) -> None:
        self._region = region

    @cached_property
    def _context(self) -> Context | None:
        place = Path(os.environ.get("FELLESDRIFT_STATE") or state.ROOT / ".state")
        if not os.environ.get("FELLESDRIFT_JOURNAL") and not (place / "journal.sqlite").exists():
            return None
        return open_context(self._region, reason="show")

    @property
    def journal(self) -> bool:
        """Whether there is one."""
        return self._context is not None

    @cached_property
    def position(self) -> Position:
        """How far everything has come; without a journal nothing has moved."""
        return self._context.journal.position() if self._context else Position()

    def since(self, municipality: str, stage: Stage) -> datetime | None:
        """Since when a municipality stands at a stage."""
        return self._context.journal.since(municipality, stage) if self._context else None

    def change(self, device: str) -> LastChange | None:
        """The last entry of a switch."""
        if self._context is None:
            return None
        with self._context.journal.history() as history:
            number = history.devices.get(device)
        if number is None:
            return None
        last = self._context.journal.numbered([number])[number]
        outcome = last.outcome if last.phase == "after" else f"begun and not ended ({last.outcome})"
        words = str(last.detail.get("message", ""))
        return LastChange(_moment(last.at), last.who, last.reason, last.plan, last.stage.word, outcome, words)

    def waiting(self, device: str) -> tuple[OpenPlan, ...]:
        """Plans that have something to do on a switch yet, the newest first."""
        open_plans: list[OpenPlan] = []
        for plan in self._plans:
            part = next((part for part in plan.devices if part.device == device), None)
            if self._context and part and (part.changes or part.place):
                status = plan_status.status(self._context, plan)
                if status in WAITS:
                    made = _moment(datetime.fromisoformat(plan.made))
                    what = f"{plan.municipality} {plan.kind if plan.kind != 'stage' else Stage(plan.stage).word}"
                    open_plans.append(OpenPlan(plan.id, what, status, made, plan.who, plan.reason))
        return tuple(open_plans)

    def drift(self, device: str) -> DriftReading | None:
        """What the newest plan that read this switch found on it."""
        for plan in self._plans:
            part = next((part for part in plan.devices if part.device == device and part.digest_before), None)
            if part:
                return DriftReading(_moment(datetime.fromisoformat(plan.made)), plan.id, part.drift)
        return None

    @cached_property
    def _plans(self) -> list[Plan]:
        """Every plan that is kept and sound, the newest first; of one that is not, `change.py` tells whoever asks."""
        context, plans = self._context, list[Plan]()
        if context is None:
            return []
        for name in list_names(context):
            try:
                plans.append(load(context, name))
            except PlanError:
                continue
        return sorted(plans, key=lambda plan: plan.made, reverse=True)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
