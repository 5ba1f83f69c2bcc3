"""Run the health checks on many devices at once."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from nornir_tasks.config.view import build_view
from nornir_tasks.core.errors import FellesdriftError, describe_error
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.devices.nornir_runner import (
    WORKERS,
    Result,
    Task,
    get_context,
    get_device,
    make_nornir,
    open_connection,
)
from nornir_tasks.health.check import REPORT, Check, Observation, list_required_facts, load_checks
from nornir_tasks.health.facts import CheckedDevice, read_facts
from nornir_tasks.model import Device, Position, Region
from nornir_tasks.platforms.common.login_fault import find_login_fault


def check_health(
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
        devices: of this region.
        context: whose journal says where they stand, and which accounts log in; default: a new errand's.
        workers: how many devices are read at once.
        checks: default: all that are registered.

    Returns:
        At least one verdict for each device and check, with the time in ``seen``. A device that does not answer, or a
        bug in a task, gives verdicts, too: nothing is raised for one device.
    """
    errand = context or open_context(region, reason="health check")
    position, chosen = errand.journal.position(), list(devices)
    chosen_checks = tuple(load_checks() if checks is None else checks)
    results = make_nornir(errand, chosen, workers, position=position).run(
        check_device, position=position, checks=chosen_checks
    )
    verdicts: list[Verdict] = []
    for device in chosen:
        result = results[device.name][0]
        device_verdicts = getattr(result, "verdicts", None)
        if device_verdicts is None:
            reason = f"the tool itself failed: {describe_error(result.exception)}"
            device_verdicts = [check.fail_to_tell(device.name, reason, REPORT) for check in chosen_checks]
        verdicts += device_verdicts
    return verdicts


def check_device(task: Task, position: Position, checks: tuple[Check, ...]) -> Result:
    """The verdicts on one device, in the result's ``verdicts``: the facts of all checks are read in one login.

    Args:
        task: Nornir's, for the device.
        position: how far every municipality and device has come.
        checks: to run, in this order.
    """
    device, context = get_device(task), get_context(task)
    target = CheckedDevice(context.region, device, position, build_view(device, position, context.region))
    observation = Observation(target.region, target.device, target.position, target.view)
    try:
        with open_connection(task) as session:
            observation = replace(observation, readings=read_facts(session, target, list_required_facts(checks)))
    except FellesdriftError as error:
        observation = replace(observation, login_error=str(error), login_fault=find_login_fault(error))
    now = datetime.now(UTC)
    verdicts = [replace(verdict, seen=now) for check in checks for verdict in check.run(observation)]
    bad = list(dict.fromkeys(verdict.rule.name for verdict in verdicts if verdict.is_bad))
    return Result(task.host, result=", ".join(bad) or "well", failed=bool(bad), verdicts=verdicts)
