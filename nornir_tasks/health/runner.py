"""Run the health checks on many devices at once."""

from collections.abc import Iterable

from nornir_tasks.config.view import look
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.devices.nornir_runner import WORKERS, Result, Task, connection, context_of, device_of, nornir_for
from nornir_tasks.health.check import Check, CheckResult, Seen, Verdict
from nornir_tasks.health.device import Reachable, Saved
from nornir_tasks.health.links import Cabling, Uplinks
from nornir_tasks.health.routing import Gateways, Services, gateways, services
from nornir_tasks.model import Device, Position, Region

CHECKS: tuple[Check, ...] = (Reachable(), Saved(), Uplinks(), Cabling(), Gateways(), Services())


def health(
    region: Region, devices: Iterable[Device], *, context: Context | None = None, workers: int = WORKERS
) -> list[CheckResult]:
    """Check these devices: every check on every device, in the order of the devices."""
    errand = context or open_context(region, reason="health check")
    position, chosen = errand.journal.position(), list(devices)
    results = nornir_for(errand, chosen, workers, position=position).run(check_device, position=position)
    found: list[CheckResult] = []
    for device in chosen:
        result = results[device.name][0]
        kept = getattr(result, "checks", None)
        if kept is None:
            kept = [_broken(device, check, f"the tool itself failed: {result.exception!r}") for check in CHECKS]
        found += kept
    return found


def check_device(task: Task, position: Position) -> Result:
    """Look at one device with one login, and ask every check about it."""
    device, context = device_of(task), context_of(task)
    view = look(device, position, context.region)
    reach: dict[str, bool] = {}
    try:
        with connection(task) as session:
            found = Collected(
                device=device.name,
                running=session.running(),
                startup=session.startup(),
                neighbours=session.neighbours(),
                ports=session.ports(),
            )
            seen = Seen(context.region, device, position, view, found, reach)
            reach.update({address: session.ping(address) for address in (*gateways(seen), *services(seen))})
        checks = [check.run(seen) for check in CHECKS]
    except FellesdriftError as error:
        seen = Seen(context.region, device, position, view, Collected(device.name, error=str(error)), reach)
        checks = [CHECKS[0].run(seen)]
        checks += [_broken(device, check, "the switch does not answer", skipped=True) for check in CHECKS[1:]]
    bad = [check.check for check in checks if check.verdict in ("failure", "error")]
    return Result(task.host, result=", ".join(bad) or "well", failed=bool(bad), checks=checks)


def _broken(device: Device, check: Check, words: str, *, skipped: bool = False) -> CheckResult:
    """A check that could not look."""
    verdict: Verdict = "skipped" if skipped else "error"
    advice = "" if skipped else "Tell the developers, with this message."
    return CheckResult(device.name, device.municipality, check.name, check.category, verdict, words, advice)
