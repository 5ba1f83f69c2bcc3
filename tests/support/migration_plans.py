"""Plans of what a municipality really runs: its legacy from the lab, without a wire, and the product's own renders."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from nornir_tasks.change.plan import DevicePlan, Plan
from nornir_tasks.config.compare import compare
from nornir_tasks.config.render import render
from nornir_tasks.config.risk import assess_risk
from nornir_tasks.core.verdict import Rule, Verdict
from nornir_tasks.inventory.load import load_region
from nornir_tasks.migration.waves import order_waves
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.platforms import platform
from tests.support import prepared_region

GATES = (
    Rule("reachable", "every device answers, or is waived by name and date", "gate").passed("loppa"),
    Rule("approvals", "two different people approved", "gate").failed(
        "loppa", "approvals by two different people", "none"
    ),
)


@cache
def region() -> Region:
    """The real one."""
    return load_region()


@cache
def legacy(municipality: str) -> dict[str, str]:
    """What each switch of a municipality, and of the centre, starts with: cleaned and masked."""
    devices = [device for device in region().devices.values() if device.municipality in (municipality, CENTRE)]
    return {device.name: _masked(device.name, prepared_region.legacy()[device.name]) for device in devices}


@cache
def diff(device: str, municipality: str, before: Stage, after: Stage) -> str:
    """What a device is told when its municipality moves from one stage to another, either way."""
    made, text = region().devices[device], legacy(municipality)[device]
    now, then = (render(made, Position({municipality: stage}), region(), text) for stage in (before, after))
    return compare(platform(made.platform), now, then, text).diff


def moves(municipality: str) -> Iterator[tuple[str, str]]:
    """Platform and diff of every device at every stage, there and back."""
    for stage in list(Stage)[1:]:
        for device in legacy(municipality):
            for ends in ((stage.before, stage), (stage, stage.before)):
                found = diff(device, municipality, *ends)
                if found:
                    yield region().devices[device].platform, found


def plan(municipality: str, stage: Stage, gates: tuple[Verdict, ...] = GATES) -> Plan:
    """A stage of a municipality, as the engine would plan it."""
    parts = [
        part(device, wave.name, diff(device, municipality, stage.before, stage))
        for wave in order_waves(region(), municipality, stage)
        for device in wave.devices
    ]
    return of(municipality, stage, parts, gates)


@cache
def whole(municipality: str, stage: Stage) -> Plan:
    """The same, with what each switch runs and will run."""
    made = plan(municipality, stage)
    parts = []
    for each in made.devices:
        ends = (
            render(
                region().devices[each.device], Position({municipality: at}), region(), legacy(municipality)[each.device]
            )
            for at in (stage.before, stage)
        )
        running, intended = ends
        parts.append(replace(each, running=running, intended=intended, before=int(stage.before), after=int(stage)))
    return of(municipality, stage, parts)


def part(device: str, wave: str, text: str) -> DevicePlan:
    """One device's part of a plan, assessed."""
    made = region().devices[device]
    risk = assess_risk(made.platform, text, made.standard.risks)
    return DevicePlan(device, wave, device, 0, 0, "", text, "", (), (), risk=risk.score, risks=risk.reasons)


def of(municipality: str, stage: Stage, parts: list[DevicePlan], gates: tuple[Verdict, ...] = GATES) -> Plan:
    """A plan of these parts."""
    made = Plan(
        id="",
        kind="stage",
        municipality=municipality,
        before=int(stage.before),
        stage=int(stage),
        made="2026-11-24T12:06:32+00:00",
        who="nina",
        reason="The sites of the second wave",
        digests={},
        devices=tuple(parts),
        ticket="CHG-1207",
        expires="2026-12-01T12:06:32+00:00",
        gates=gates,
    )
    return replace(made, id=made.digest[:12])


def _masked(name: str, text: str) -> str:
    kind = platform(region().devices[name].platform)
    return kind.mask(kind.clean(text))[0]
