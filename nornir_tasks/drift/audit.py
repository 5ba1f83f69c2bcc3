"""The drift audit: what differs from what is intended now, and how much of the legacy is left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nornir_tasks.config.compare import compare, find_first_difference, find_legacy_lines
from nornir_tasks.config.render import render
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.verdict import Rule, Status, Verdict
from nornir_tasks.devices.collect import Collected, collect
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.devices.nornir_runner import WORKERS
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.platforms import platform

RULE = Rule("drift", "the device runs what is intended for it now", "drift")
WORDS = {Status.PASSED: "clean", Status.FAILURE: "drift", Status.SKIPPED: "not surveyed", Status.ERROR: "error"}


@dataclass(frozen=True)
class DeviceAudit:
    """What an audit says of a device: its verdict, and what it follows from.

    ``lines`` are neither the legacy's nor the standard's: edits by hand, and secrets that were changed. ``diff`` is
    what harmonise would write (+) and take away (-). ``legacy_left`` counts the lines of the legacy that the standard
    does not have, ``from_standard`` all lines that differ from the standard, whatever the stage. ``identical``: running
    equals the intended text line for line; where it does not, ``actual`` of the verdict names the first line that
    differs, be it drift or not.
    """

    municipality: str
    stage: Stage
    verdict: Verdict
    lines: tuple[str, ...] = ()
    diff: str = ""
    legacy_left: int = 0
    from_standard: int = 0
    identical: bool = False

    @property
    def device(self) -> str:
        """The device's name."""
        return self.verdict.subject

    @property
    def status(self) -> str:
        """In the audit's words: clean, drift, not surveyed (there is nothing to compare with yet) or error."""
        return WORDS[self.verdict.status]

    def as_json(self) -> dict[str, Any]:
        """The audit of the device for a program."""
        return {
            "device": self.device,
            "municipality": self.municipality,
            "stage": self.stage.word,
            "status": self.status,
            "lines": self.lines,
            "diff": self.diff,
            "legacy_left": self.legacy_left,
            "from_standard": self.from_standard,
            "identical": self.identical,
            "words": self.verdict.actual,
        }


def audit_devices(
    region: Region, devices: Iterable[Device], *, context: Context | None = None, workers: int = WORKERS
) -> list[DeviceAudit]:
    """The audit of each of these devices, in their order.

    Args:
        region: the inventory's.
        devices: of this region; none: no connection is opened.
        context: whose journal says where they stand, and which accounts log in; default: a new errand's.
        workers: how many devices are read at once.
    """
    errand = context or open_context(region, reason="drift audit")
    position, chosen = errand.journal.position(), list(devices)
    collected = collect(errand, chosen, position, workers=workers) if chosen else {}
    return [audit_device(errand, device, collected[device.name], position) for device in chosen]


def audit_device(context: Context, device: Device, collected: Collected, position: Position) -> DeviceAudit:
    """The audit of one device: what it runs beside what is intended for it now.

    Args:
        context: for the region, and the survey's snapshot of the device.
        device: one of the region's.
        collected: what was read of it; where it was not reached, the audit is an error with the reason.
        position: how far every municipality and device has come.

    Returns:
        The audit. An error of ours (a template, a snapshot) is in its verdict, too: it stops no other device's audit.
    """
    stage = position.of(device.municipality, device.name)
    if not context.region.municipalities[device.municipality].has_legacy:
        stage = Stage.RETIRE
    if not collected.reached:
        return DeviceAudit(device.municipality, stage, Verdict(device.name, RULE, Status.ERROR, actual=collected.error))
    kind = platform(device.platform)
    try:
        running, secrets = kind.mask(collected.running)
        snapshot = context.load_snapshot(device.name)
        legacy = snapshot.masked if snapshot else None
        if legacy is None and stage < Stage.RETIRE:
            reason = "no snapshot yet: run 10_survey"
            return DeviceAudit(device.municipality, stage, Verdict(device.name, RULE, Status.SKIPPED, actual=reason))
        intended = render(device, position, context.region, legacy)
        full = render(device, position.moved(device.municipality, Stage.RETIRE, device.name), context.region, legacy)
        difference = compare(kind, running, intended, legacy)
        standard_difference = compare(kind, running, full)
    except FellesdriftError as error:
        return DeviceAudit(device.municipality, stage, Verdict(device.name, RULE, Status.ERROR, actual=str(error)))
    changed = _find_changed_secrets(secrets, snapshot.secrets if snapshot else {}, intended, full)
    first_mismatch = find_first_difference(running, intended) or next(iter(changed), "")
    status = Status.PASSED if difference.equal and not changed else Status.FAILURE
    return DeviceAudit(
        municipality=device.municipality,
        stage=stage,
        verdict=Verdict(device.name, RULE, status, actual=first_mismatch),
        lines=(*difference.drift, *(f"~ {words}" for words in changed)),
        diff=difference.diff,
        legacy_left=len(find_legacy_lines(kind, running, legacy, full)) if legacy else 0,
        from_standard=len(standard_difference.missing) + len(standard_difference.extra),
        identical=not first_mismatch,
    )


def _find_changed_secrets(
    secrets: Mapping[str, str], surveyed: Mapping[str, str], intended: str, full: str
) -> tuple[str, ...]:
    """The legacy's secrets that are others than the survey read, by what they belong to.

    Masked, two communities that were swapped look the same. The standard's own secrets are not among them: that of an
    account is made anew for each device, and another than ours does not let the audit log in.
    """
    return tuple(
        f"{key}: another secret than the survey read"
        for key, secret in secrets.items()
        if surveyed.get(key, secret) != secret and (name := f"<secret:{key}>") in intended and name not in full
    )
