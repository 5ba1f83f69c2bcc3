"""Run the health checks on many devices at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from nornir_tasks.config.view import build_view
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.devices.reading import DeviceReader, Inquiry, Readout
from nornir_tasks.health.causes import PortSeen, SwitchSeen, find_causes
from nornir_tasks.health.check import Check, Observation, list_required_facts, load_checks
from nornir_tasks.health.facts import PORT_HEALTH, PORTS, CheckedDevice, Fact
from nornir_tasks.health.incident import Incident, judge_causes
from nornir_tasks.health.links import find_lit_ports
from nornir_tasks.health.port_faults import describe_condition
from nornir_tasks.health.run_record import RunRecord, Scope, make_record
from nornir_tasks.model import Device, Position, Region
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.graph import find_upstream
from nornir_tasks.platforms.common.base import Session
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


Tell = Callable[[Step], None]  # called in the thread that asks


class SwitchReader(Protocol):
    """Whoever reads switches: ``DeviceReader``."""

    def read(self, inquiries: Sequence[Inquiry]) -> Iterator[Readout]:
        """What each answered, as soon as it has."""


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
    checks: Sequence[Check] | None = None,
    tell: Tell | None = None,
    reader: SwitchReader | None = None,
) -> Examination:
    """The verdicts of every check on every device, and what the switches on the way to them say of their ports.

    Args:
        region: the inventory's.
        devices: of this region.
        context: whose journal says where they stand, and which accounts log in; default: a new errand's.
        checks: default: all that are registered.
        tell: hears of each device as it has been looked at.
        reader: default: one that logs in.

    Returns:
        At least one verdict for each device and check, with the time in ``seen``. A device that does not answer, or a
        bug in a check, gives verdicts, too: nothing is raised for one device.
    """
    errand = context or open_context(region, reason="health check")
    position, chosen = errand.journal.position(), list(devices)
    chosen_checks = tuple(load_checks() if checks is None else checks)
    switches = reader or DeviceReader(errand, position)
    verdicts: dict[str, tuple[Verdict, ...]] = {}
    seen: dict[str, SwitchSeen] = {}
    for observation in _observe(region, position, switches, chosen, list_required_facts(chosen_checks)):
        name, now = observation.name, datetime.now(UTC)
        verdicts[name] = tuple(
            replace(verdict, seen=now) for check in chosen_checks for verdict in check.run(observation)
        )
        seen[name] = _see_switch(observation)
        if tell:
            tell(Step(name, verdicts[name], len(verdicts), len(chosen)))
    seen = {device.name: seen[device.name] for device in chosen}  # they end in any order, and causes are told in this
    # Once somebody is silent or a cable dark: why, asked of those that see it, up to the first that answers.
    asked: set[str] = set()
    while witnesses := [device for device in _list_witnesses(region, seen) if device.name not in asked]:
        asked |= {device.name for device in witnesses}
        told = {each.name: each for each in _observe(region, position, switches, witnesses, (PORTS, PORT_HEALTH))}
        seen |= {device.name: _see_switch(told[device.name]) for device in witnesses}
    return Examination([verdict for device in chosen for verdict in verdicts[device.name]], seen)


def _observe(
    region: Region, position: Position, reader: SwitchReader, devices: Sequence[Device], facts: Sequence[Fact]
) -> Iterator[Observation]:
    """What each device told of these facts, or why it told nothing, as they end; all are read in one login."""
    targets = {
        device.name: CheckedDevice(region, device, position, build_view(device, position, region)) for device in devices
    }
    inquiries = [
        Inquiry(target.device, tuple(partial(_read_fact, fact, target) for fact in facts))
        for target in targets.values()
    ]
    for readout in reader.read(inquiries):
        target = targets[readout.device.name]
        observation = Observation(target.region, target.device, target.position, target.view)
        if readout.error:
            fault = find_login_fault(readout.error)
            yield replace(observation, login_error=str(readout.error), login_fault=fault)
        else:
            yield replace(observation, readings=dict(zip(facts, readout.readings, strict=True)))


def _read_fact(fact: Fact, target: CheckedDevice, session: Session) -> object:
    return fact.read(session, target)


def _list_witnesses(region: Region, seen: Mapping[str, SwitchSeen]) -> list[Device]:
    """The switches that see dark cables, and those that the way to silent ones leads over and that were not asked."""
    silent = (region.devices[name] for name, switch in seen.items() if switch.is_silent)
    upstream = dict.fromkeys(name for device in silent for name in sorted(find_upstream(region, device)))
    dark = (name for name, switch in seen.items() if any(not port.is_up for port in switch.ports.values()))
    return [region.devices[name] for name in dict.fromkeys((*dark, *(name for name in upstream if name not in seen)))]


def _see_switch(observation: Observation) -> SwitchSeen:
    return SwitchSeen(observation.login_fault, _see_ports(observation))


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
    is_closed = health.condition in (PortCondition.DISABLED, PortCondition.CLOSED)
    return PortSeen(is_up, describe_condition(health), is_closed)


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
