"""The drift audit: what differs from what is intended now, and how much of the legacy is left."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from nornir_tasks.config.compare import compare, first_difference, legacy_left
from nornir_tasks.config.render import render
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.devices.collect import Collected, collect
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.devices.nornir_runner import WORKERS
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.platforms import platform


@dataclass(frozen=True)
class DriftResult:
    """What an audit found at a device.

    ``status``: clean, drift, not surveyed (there is nothing to compare with yet) or error (no answer). ``lines`` are
    somebody's edits; ``diff`` is what harmonise would write (+) and take away (-). ``legacy_left`` counts the lines of
    the legacy that the standard does not have, ``from_standard`` all lines that differ from the standard, whatever the
    stage. ``identical``: running equals the intended text line for line.
    """

    device: str
    municipality: str
    stage: Stage
    status: Literal["clean", "drift", "not surveyed", "error"]
    lines: tuple[str, ...] = ()
    diff: str = ""
    legacy_left: int = 0
    from_standard: int = 0
    identical: bool = False
    words: str = ""


def audit(
    region: Region, devices: Iterable[Device], *, context: Context | None = None, workers: int = WORKERS
) -> list[DriftResult]:
    """Audit these devices, in their order."""
    errand = context or open_context(region, reason="drift audit")
    position, chosen = errand.journal.position(), list(devices)
    found = collect(errand, chosen, position, workers=workers) if chosen else {}
    return [examine(errand, device, found[device.name], position) for device in chosen]


def examine(context: Context, device: Device, found: Collected, position: Position) -> DriftResult:
    """Compare one device with what is intended for it now."""
    stage = position.of(device.municipality, device.name)
    if not context.region.municipalities[device.municipality].has_legacy:
        stage = Stage.RETIRE
    if not found.reached:
        return DriftResult(device.name, device.municipality, stage, "error", words=found.error)
    kind = platform(device.platform)
    running, _ = kind.mask(found.running)
    try:
        legacy = context.legacy(device)
        if legacy is None and stage < Stage.RETIRE:
            words = "no snapshot yet: run 10_survey"
            return DriftResult(device.name, device.municipality, stage, "not surveyed", words=words)
        intended = render(device, position, context.region, legacy)
        full = render(device, position.moved(device.municipality, Stage.RETIRE, device.name), context.region, legacy)
    except FellesdriftError as error:
        return DriftResult(device.name, device.municipality, stage, "error", words=str(error))
    difference = compare(kind, running, intended, legacy)
    apart = compare(kind, running, full)
    odd = first_difference(running, intended)
    return DriftResult(
        device=device.name,
        municipality=device.municipality,
        stage=stage,
        status="clean" if difference.equal else "drift",
        lines=difference.drift,
        diff=difference.diff,
        legacy_left=len(legacy_left(kind, running, legacy, full)) if legacy else 0,
        from_standard=len(apart.missing) + len(apart.extra),
        identical=not odd,
        words=odd,
    )
