"""The survey: reads only. Backups, facts and links of every device, kept in the journal as what the legacy is."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.collect import Collected, collect
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.entry import Entry
from nornir_tasks.migration import gates
from nornir_tasks.migration.execution import NONE, Overrides, abandon, locked
from nornir_tasks.migration.fixed_addresses import FixedAddresses, find_fixed_addresses
from nornir_tasks.migration.stages import STAGES
from nornir_tasks.model import Stage
from nornir_tasks.targets import find_target


@dataclass(frozen=True)
class Survey:
    """What a survey found. ``unsaved``: devices whose startup is not what they run; ``silent``: waived ones."""

    municipality: str
    devices: dict[str, Collected]
    verdicts: tuple[Verdict, ...]
    unsaved: tuple[str, ...]
    silent: tuple[str, ...]
    fixed: FixedAddresses

    def __str__(self) -> str:
        heard = sum(reading.reached for reading in self.devices.values())
        clients = len({mac for reading in self.devices.values() for mac, _, _ in reading.macs})
        words = (
            f"{self.municipality} survey: {heard} of {len(self.devices)} devices backed up, {clients} addresses heard"
        )
        words += f", {self.fixed}"
        if self.silent:
            words += f"; waived: {', '.join(self.silent)}"
        return words + (f"; not saved: {', '.join(self.unsaved)}" if self.unsaved else "")


def survey(
    context: Context, municipality: str, *, check: bool = False, overrides: Overrides = NONE, workers: int = 10
) -> Survey:
    """Read every device of a municipality and back it up.

    Before CONNECT each backup is the legacy that everything later is compared with, and goes back to. After it
    the survey still backs up, and the legacy stays what it was.

    Args:
        context: whose journal, backups and logins are used.
        municipality: its name.
        check: keep nothing, and take no lock.
        overrides: what is allowed for this one run.
        workers: devices at a time.

    Raises:
        GateError: a device did not answer and is not waived.
    """
    now = context.journal.position()
    home = context.region.municipalities[municipality]
    devices = context.region.of(municipality)
    with nullcontext() if check else locked(context, municipality, overrides):
        collected = collect(context, devices, now, "pending", *STAGES[Stage.SURVEY].reads, workers=workers)
        here = gates.Situation(context, home, Stage.SURVEY, now, collected)
        verdicts = gates.ask(here)
        gates.require(verdicts, f"{municipality} survey")
        done = Survey(
            municipality=municipality,
            devices=collected,
            verdicts=tuple(verdicts),
            unsaved=tuple(
                reading.device
                for reading in collected.values()
                if reading.reached and reading.startup != reading.running
            ),
            silent=tuple(reading.device for reading in collected.values() if not reading.reached),
            fixed=find_fixed_addresses(context.region, home, collected),
        )
        if not check:
            for name, reading in collected.items():
                if reading.reached:
                    _back_up(context, name, reading, now.of(municipality, name))
            _record(context, municipality, "survey", now.of(municipality), {"fixed": done.fixed.to_detail()})
            if now.of(municipality) < Stage.SURVEY:
                detail = {"kind": "survey", "silent": done.silent, "unsaved": done.unsaved}
                _record(context, municipality, "stage", Stage.SURVEY, detail)
    if not check:
        abandon(context, municipality)
    return done


def _back_up(context: Context, name: str, reading: Collected, stage: Stage) -> None:
    """Back a device up, and journal it."""
    target = find_target(context.region, name)
    reference = context.backups.save(name, target, reading.running)
    what = "snapshot" if stage < Stage.CONNECT else "backup"
    context.journal.write(
        Entry(
            what=what,
            phase="after",
            outcome="kept",
            municipality=target.municipality,
            stage=stage,
            who=context.who,
            reason=context.reason,
            device=name,
            digest_before=context.backups.digest(reading.running),
            backup=reference,
            detail={
                "facts": reading.facts,
                "saved": reading.startup == reading.running,
                "neighbours": len(reading.neighbours),
            },
        )
    )


def _record(context: Context, municipality: str, what: str, stage: Stage, detail: Mapping[str, object]) -> None:
    """What came of the survey; ``survey``: what was found, in the place of what the one before found."""
    context.journal.write(
        Entry(
            what=what,
            phase="after",
            outcome="done",
            municipality=municipality,
            stage=stage,
            who=context.who,
            reason=context.reason,
            detail=detail,
        )
    )
