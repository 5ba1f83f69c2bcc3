"""Run the health checks on many devices at once."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from nornir_tasks.config.view import look
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.devices.nornir_runner import WORKERS, Result, Task, connection, context_of, device_of, nornir_for
from nornir_tasks.health.check import REPORT, Check, Seen, registered_checks, required_facts
from nornir_tasks.health.facts import Target, read_facts
from nornir_tasks.model import Device, Position, Region


def health(
    region: Region,
    devices: Iterable[Device],
    *,
    context: Context | None = None,
    workers: int = WORKERS,
    checks: Sequence[Check] | None = None,
) -> list[Verdict]:
    """The verdicts of every check on every device, in the order of the devices and of the checks.

    Args:
        region: the inventory's.
        devices: those to look at.
        context: whose journal says where they stand, and which accounts log in; default: a new errand's.
        workers: how many devices are looked at at once.
        checks: default: all that are registered.
    """
    errand = context or open_context(region, reason="health check")
    position, chosen = errand.journal.position(), list(devices)
    asked = tuple(registered_checks() if checks is None else checks)
    results = nornir_for(errand, chosen, workers, position=position).run(check_device, position=position, checks=asked)
    verdicts: list[Verdict] = []
    for device in chosen:
        result = results[device.name][0]
        answers = getattr(result, "verdicts", None)
        if answers is None:
            reason = f"the tool itself failed: {result.exception!r}"
            answers = [check.fail_to_tell(device.name, reason, REPORT) for check in asked]
        verdicts += answers
    return verdicts


def check_device(task: Task, position: Position, checks: tuple[Check, ...]) -> Result:
    """The verdicts on one device: what all checks need is read in one login, and every check is asked."""
    device, context = device_of(task), context_of(task)
    target = Target(context.region, device, position, look(device, position, context.region))
    seen = Seen(target.region, target.device, target.position, target.view)
    try:
        with connection(task) as session:
            seen = replace(seen, readings=read_facts(session, target, required_facts(checks)))
    except FellesdriftError as error:
        seen = replace(seen, login_error=str(error))
    now = datetime.now(UTC)
    verdicts = [replace(verdict, seen=now) for check in checks for verdict in check.run(seen)]
    bad = list(dict.fromkeys(verdict.rule.name for verdict in verdicts if verdict.is_bad))
    return Result(task.host, result=", ".join(bad) or "well", failed=bool(bad), verdicts=verdicts)
