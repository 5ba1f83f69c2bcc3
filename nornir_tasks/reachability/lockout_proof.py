"""The lock-out proof: whether a configuration leaves the way in open, before a line of it is written. Pure.

    reasons = find_lockouts(device, intended, then, region, running)   # empty: the way in stays open

What must hold comes from the model (``requirements``); what the configuration says of it comes from the platform
(``management_access``). What cannot be read is no proof: it is a reason. So is a changed line that touches the way in
and that nothing here knows (``unknown_lines``): only a plan may let it through, by its name.
"""

from collections.abc import Collection

from nornir_tasks.config.render import render_additions
from nornir_tasks.config.view import build_view
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model import Device, Position, Region
from nornir_tasks.platforms import platform
from nornir_tasks.reachability.proof_base import WAY_IN, Proof
from nornir_tasks.reachability.proof_links import LinkProof
from nornir_tasks.reachability.proof_login import LoginProof
from nornir_tasks.reachability.proof_routes import RouteProof
from nornir_tasks.reachability.requirements import find_requirements
from nornir_tasks.reachability.unknown_lines import find_unknown_lines

__all__ = ["WAY_IN", "find_lockouts"]
PARTS: tuple[type[Proof], ...] = (LoginProof, LinkProof, RouteProof)


def find_lockouts(
    device: Device,
    intended: str,
    then: Position,
    region: Region,
    running: str | None = None,
    accepted: Collection[str] = (),
) -> tuple[Verdict, ...]:
    """A failed verdict for each reason why a device, or one behind it, could no longer be reached.

    Args:
        device: the switch that is to be written to; its platform reads the text.
        intended: the whole configuration that the device is to have, masked.
        then: where every municipality and device stands once it has it.
        region: for the devices that are reached through this one, and the addresses they are reached at.
        running: what lets us in as it is, masked: only lines that differ from it can be unknown. None: the standard,
            where that is all there is to be; beside a legacy no line is then called unknown.
        accepted: unknown lines that the plan lets through, as the verdicts of ``UNKNOWN`` write them.

    Returns:
        The verdicts, each once; none: the way in stays open. A text that the platform cannot read is a reason, too.
        Those of the rule ``UNKNOWN`` are lines that nobody can judge.
    """
    required = find_requirements(device, then, region)
    if running is None and (view := build_view(device, then, region)).full:
        running = render_additions(view)
    try:
        actual = platform(device.platform).read_management_access(intended)
        unknown = find_unknown_lines(device, running, intended, actual, required) if running is not None else ()
    except (ValueError, IndexError, PlatformError) as error:
        return (WAY_IN.failed(device.name, f"a configuration of {device.name} that can be read", str(error)),)
    reasons = [reason for part in PARTS for reason in part(device, actual, required, then, region).find_reasons()]
    # A line that is a reason by itself is known only too well.
    judged = [line for line in unknown if any(line.line[-1] in reason.actual for reason in reasons)]
    reasons += [line.verdict for line in unknown if line not in judged and line.words not in accepted]
    return tuple(dict.fromkeys(reasons))
