"""Run the health checks on many devices at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult

from nornir_tasks.config.view import build_view
from nornir_tasks.core.errors import FellesdriftError, describe_error
from nornir_tasks.core.language import translate
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
from nornir_tasks.devices.progress import Progress
from nornir_tasks.health.causes import PortSeen, SwitchSeen, find_causes
from nornir_tasks.health.check import REPORT, Check, Observation, list_required_facts, load_checks
from nornir_tasks.health.facts import PORT_HEALTH, PORTS, CheckedDevice, Fact, read_facts
from nornir_tasks.health.incident import Incident, judge_causes
from nornir_tasks.health.links import find_lit_ports
from nornir_tasks.health.run_record import RunRecord, Scope, make_record
from nornir_tasks.model import Device, Position, Region
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.graph import find_upstream
from nornir_tasks.platforms.common.health_state import PortCondition, PortHealth
from nornir_tasks.platforms.common.login_fault import LoginFault, find_login_fault
from nornir_tasks.reachability.intended import render_intended
from nornir_tasks.reachability.outage import OutageProof
from nornir_tasks.reachability.service_questions import list_homes


@dataclass(frozen=True)
class Examination:
    """What was found.

    Args:
        verdicts: of every check on every device, in the order of the devices and of the checks.
        seen: of each device, and of those by which the way leads to them, whether it lets us in, and its ports.
    """

    verdicts: list[Verdict]
    seen: Mapping[str, SwitchSeen]


@dataclass(frozen=True)
class Step:
    """How far a round has come: a device has been looked at, while others still are asked.

    Args:
        device: its name.
        verdicts: of every check on it.
        done: how many have been looked at, this one included.
        total: of how many.
    """

    device: str
    verdicts: tuple[Verdict, ...]
    done: int
    total: int


Tell = Callable[[Step], None]  # called in a worker's thread, one at a time


class StepTeller(Progress):
    """A Nornir processor that tells each device as it ends, for programs."""

    def __init__(self, tell: Tell) -> None:
        super().__init__(lambda line: None)
        self._tell_step = tell

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Tell the device that has ended.

        Args:
            task: as Nornir calls it; unused.
            host: the device.
            result: of the device.
        """
        with self._lock:
            self._done += 1
            verdicts = tuple(getattr(result[0], "verdicts", ()))
            self._tell_step(Step(host.name, verdicts, self._done, self._total))


def run_round(
    context: Context,
    devices: Sequence[Device],
    *,
    pattern: str = "all",
    checks: Sequence[Check] | None = None,
    tell: Tell | None = None,
) -> RunRecord:
    """The record of a round of checks: every device is asked, and what was found is put behind its causes.

    Args:
        context: with the region and its journal.
        devices: of this region.
        pattern: that chose them, for the record.
        checks: default: all that are registered.
        tell: hears of each device as it has been looked at.
    """
    began, chosen_checks = datetime.now(UTC), tuple(load_checks() if checks is None else checks)
    examination = check_health(context.region, devices, context=context, checks=chosen_checks, tell=tell)
    incidents = find_incidents(context, examination.seen)
    scope = Scope(
        pattern,
        tuple(device.name for device in devices),
        tuple(check.name for check in chosen_checks),
        tuple(device.name for device in devices if examination.seen[device.name].fault is LoginFault.CLOSED),
    )
    return make_record(context.region, scope, examination.verdicts, incidents, began, datetime.now(UTC))


def check_health(
    region: Region,
    devices: Iterable[Device],
    *,
    context: Context | None = None,
    workers: int = WORKERS,
    checks: Sequence[Check] | None = None,
    tell: Tell | None = None,
) -> Examination:
    """The verdicts of every check on every device, and what the switches on the way to them say of their ports.

    Args:
        region: the inventory's.
        devices: of this region.
        context: whose journal says where they stand, and which accounts log in; default: a new errand's.
        workers: how many devices are read at once.
        checks: default: all that are registered.
        tell: hears of each device as it has been looked at.

    Returns:
        At least one verdict for each device and check, with the time in ``seen``. A device that does not answer, or a
        bug in a task, gives verdicts, too: nothing is raised for one device.
    """
    errand = context or open_context(region, reason="health check")
    position, chosen = errand.journal.position(), list(devices)
    chosen_checks = tuple(load_checks() if checks is None else checks)
    progress = StepTeller(tell) if tell else None
    results = make_nornir(errand, chosen, workers, position=position, progress=progress).run(
        check_device, position=position, checks=chosen_checks
    )
    verdicts: list[Verdict] = []
    for device in chosen:
        result = results[device.name][0]
        device_verdicts = getattr(result, "verdicts", None)
        if device_verdicts is None:
            reason = translate("the tool itself failed: {error}", error=describe_error(result.exception))
            device_verdicts = [check.fail_to_tell(device.name, reason, REPORT) for check in chosen_checks]
        verdicts += device_verdicts
    seen = _pick_seen(results)
    # Once somebody is silent or a cable dark: why, asked of those that see it, up to the first that answers.
    asked: set[str] = set()
    while witnesses := [device for device in _list_witnesses(region, seen) if device.name not in asked]:
        asked |= {device.name for device in witnesses}
        answers = make_nornir(errand, witnesses, workers, position=position).run(
            check_device, position=position, checks=(), facts=(PORTS, PORT_HEALTH)
        )
        seen |= {device.name: SwitchSeen(LoginFault.OTHER) for device in witnesses} | _pick_seen(answers)
    return Examination(verdicts, seen)


def _pick_seen(results: AggregatedResult) -> dict[str, SwitchSeen]:
    return {name: switch for name, result in results.items() if (switch := getattr(result[0], "switch", None))}


def _list_witnesses(region: Region, seen: Mapping[str, SwitchSeen]) -> list[Device]:
    """The switches that see dark cables, and those that the way to silent ones leads over and that were not asked."""
    silent = (region.devices[name] for name, switch in seen.items() if switch.is_silent)
    upstream = dict.fromkeys(name for device in silent for name in sorted(find_upstream(region, device)))
    dark = (name for name, switch in seen.items() if any(not port.is_up for port in switch.ports.values()))
    return [region.devices[name] for name in dict.fromkeys((*dark, *(name for name in upstream if name not in seen)))]


def check_device(task: Task, position: Position, checks: tuple[Check, ...], facts: tuple[Fact, ...] = ()) -> Result:
    """The verdicts on one device, in the result's ``verdicts``: the facts of all checks are read in one login.

    Args:
        task: Nornir's, for the device.
        position: how far every municipality and device has come.
        checks: to run, in this order.
        facts: to read beside theirs.

    Returns:
        The result; ``switch`` has what was seen of it.
    """
    device, context = get_device(task), get_context(task)
    target = CheckedDevice(context.region, device, position, build_view(device, position, context.region))
    observation = Observation(target.region, target.device, target.position, target.view)
    wanted = (*list_required_facts(checks), *facts)
    try:
        with open_connection(task) as session:
            observation = replace(observation, readings=read_facts(session, target, wanted))
    except FellesdriftError as error:
        observation = replace(observation, login_error=str(error), login_fault=find_login_fault(error))
    now = datetime.now(UTC)
    verdicts = [replace(verdict, seen=now) for check in checks for verdict in check.run(observation)]
    bad = list(dict.fromkeys(verdict.rule.name for verdict in verdicts if verdict.is_bad))
    switch = SwitchSeen(observation.login_fault, _see_ports(observation))
    return Result(task.host, result=", ".join(bad) or "well", failed=bool(bad), verdicts=verdicts, switch=switch)


def _see_ports(observation: Observation) -> dict[str, PortSeen]:
    """The ports with a cable that ought to be up, and why one is not, where the switch was asked and tells it."""
    reading, told = observation.readings.get(PORTS), observation.readings.get(PORT_HEALTH)
    links = reading.value if reading and isinstance(reading.value, Mapping) else {}
    health = told.value if told and isinstance(told.value, Mapping) else {}
    return {
        port.name: _see_port(links[port.name], health.get(port.name))
        for port in find_lit_ports(observation)
        if port.name in links
    }


def _see_port(is_up: bool, health: PortHealth | None) -> PortSeen:
    if is_up or health is None:
        return PortSeen(is_up)
    why = translate(health.condition)
    if health.condition is PortCondition.DISABLED:
        return PortSeen(is_up, f"{why} ({health.reason})" if health.reason else why, True)
    if health.condition is PortCondition.CLOSED:
        return PortSeen(is_up, why, True)
    return PortSeen(is_up, translate("no light") if health.optics and health.optics.is_dark else "")


def find_incidents(
    context: Context, seen: Mapping[str, SwitchSeen], servers: Mapping[str, LoginFault | None] | None = None
) -> list[Incident]:
    """What is behind all that is silent or dark, the most people first.

    Args:
        context: whose journal says where everything stands.
        seen: as ``Examination`` has it. Whom it hits follows from the configurations that are to run.
        servers: those that were asked: why they did not let us in; None: they did.
    """
    region, position = context.region, context.journal.position()
    faults = servers or {}
    causes = find_causes(region, seen, faults)
    if not causes:
        return []
    asked = {region.devices[name].municipality for name in seen} - {CENTRE}
    asked |= {region.servers[name].municipality for name in faults} - {CENTRE}
    # With those of others where what they use runs: what is not known would count as never reached.
    homes = sorted({CENTRE, *(home for name in asked for home in list_homes(region, name))})
    intended = render_intended(region, position, homes, context.snapshot)
    return judge_causes(region, intended.position, OutageProof(region, intended.position, intended.texts), causes)
