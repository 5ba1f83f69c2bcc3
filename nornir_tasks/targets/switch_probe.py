"""Probes from both ends: what must still work before a change is confirmed."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self

from nornir_tasks.config.view import View, build_view
from nornir_tasks.core import interrupt
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.verdict import Mismatch, Rule, Status, Verdict
from nornir_tasks.devices.context import Context
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.platforms.common.base import Session
from nornir_tasks.reachability.service_probes import list_service_probes
from nornir_tasks.targets import service_probe

PATIENCE_SECONDS = 20.0  # routing and links converge in a few; the device's own timer is far longer
PAUSE_SECONDS = 0.5


REACH = Rule("reach", "the device reaches what it needs", "probe")
LINKS = Rule("links", "the links that were up are up", "probe")
NEIGHBOURS = Rule("neighbours", "the neighbours are as before", "probe")


@dataclass(frozen=True)
class Baseline:
    """What a device saw before the change."""

    neighbours: dict[str, tuple[str, str]]
    ports: dict[str, bool]
    reached: tuple[str, ...]
    services: Mapping[str, str] = field(default_factory=dict)  # what zones reached: see ``service_probe.ask``

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """A baseline as the journal gives it back, with lists for tuples; older ones know nothing of services."""
        neighbours = {port: (str(far), str(far_port)) for port, (far, far_port) in row["neighbours"].items()}
        return cls(neighbours, dict(row["ports"]), tuple(row["reached"]), dict(row.get("services", {})))


def observe(context: Context, device: Device, session: Session) -> Baseline:
    """Look before the change: links, neighbours, and which services answer: the centre, or a core's zones.

    Args:
        context: whose journal says where everything stands.
        device: that is to be changed.
        session: with it.
    """
    services = _services(device) if device.is_fabric else ()
    probes = list_service_probes(context.region, device, context.journal.position())
    return Baseline(
        neighbours=session.neighbours(),
        ports=session.ports(),
        reached=tuple(address for address in services if session.ping(address)),
        services=service_probe.ask(session, probes.asked),
    )


def probe(
    context: Context, device: Device, session: Session, before: Baseline, now: Position, then: Position
) -> list[Verdict]:
    """Probe a device that was just changed, through a fresh login, and from the centre.

    What does not pass is tried again for a bounded time, because routing needs a moment to converge.

    Args:
        context: whose logins lead to the leaves.
        device: that was changed.
        session: a fresh login to it.
        before: what it saw before the change.
        now: where everything stood before the change.
        then: where it stands with it.
    """
    verdicts = list(_settle(lambda: _from_device(context, device, session, before, now, then)))
    for leaf in watchers(context.region, device, then):
        verdicts += _from_centre(context, leaf, device, then)
    if all(verdict.passed for verdict in verdicts):  # else it goes back in any case, and each silence takes seconds
        probes = list_service_probes(context.region, device, then)
        look = service_probe.ServiceLook(device, session, probes, before.services)
        verdicts += _settle(look.judge)
    return verdicts


def watchers(region: Region, device: Device, position: Position) -> tuple[Device, ...]:
    """The leaves that look at a device: behind every uplink of a core, behind the first of them for an access switch.

    None before its municipality's core is connected: there is no way from the centre yet.

    Args:
        region: whose cables lead from the cores.
        device: that was changed.
        position: where everything stands with the change.
    """
    if device.is_fabric:
        return ()
    leaves: list[Device] = []
    for core in region.of(device.municipality):
        if core.role != "core" or position.of(core.municipality, core.name) < Stage.CONNECT:
            continue
        peers = [port.neighbour.device for port in core.ports if port.neighbour and port.neighbour.kind == "routed"]
        leaves += [region.devices[peer] for peer in peers]
    return tuple(leaves) if device.role == "core" else tuple(leaves[:1])


def addresses(region: Region, device: Device, position: Position) -> tuple[str, ...]:
    """What the centre must reach of a device at a position: its own addresses, and the gateways of its clients.

    The gateways of an access switch's clients are on its municipality's core, behind the uplink that it hangs on.

    Args:
        region: where its municipality's cores are.
        device: that was changed.
        position: where everything stands with the change.
    """
    if position.of(device.municipality, device.name) < Stage.CONNECT:
        return ()
    carried = {vlan.id for vlan in build_view(device, position, region).vlans}
    gateways = [
        gateway.address.ip
        for core in region.of(device.municipality)
        if core.role == "core" and position.of(core.municipality, core.name) >= Stage.CONNECT
        for gateway in build_view(core, position, region).gateways
        if gateway.vlan in carried
    ]
    own = [device.address.ip, device.loopback, *gateways]
    return tuple(dict.fromkeys(str(address) for address in own if address is not None))


def _services(device: Device) -> tuple[str, ...]:
    standard = device.standard
    return tuple(str(address) for address in (*standard.time_servers, *standard.name_servers, *standard.log_servers))


def _far_ends(device: Device) -> tuple[str, ...]:
    """The other ends of routed uplinks: the services alone would answer as well over the one that is left."""
    ends = (port.neighbour.peer_address for port in device.ports if port.neighbour)
    return tuple(str(end.ip) for end in ends if end is not None)


def _settle(look_again: Callable[[], Iterable[Verdict]]) -> Iterable[Verdict]:
    """Repeat until everything passes, or patience or the command ends; the last answers count."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        verdicts = list(look_again())
        over = time.monotonic() > end or interrupt.is_stop_requested()
        if over or all(verdict.passed for verdict in verdicts):
            return [replace(verdict, seen=datetime.now(UTC)) for verdict in verdicts]
        time.sleep(PAUSE_SECONDS)


def _from_device(
    context: Context, device: Device, session: Session, before: Baseline, now: Position, then: Position
) -> Iterator[Verdict]:
    """What the device itself sees."""
    was, will = build_view(device, now, context.region), build_view(device, then, context.region)
    yield LINKS.judge(device.name, _ports(session.ports(), before.ports, was, will))
    if will.stage >= was.stage:
        # On the way back LLDP itself may go: where the legacy had it switched off there is nobody to see.
        yield NEIGHBOURS.judge(device.name, _neighbours(session.neighbours(), before.neighbours, was, will))
    if device.is_fabric:
        targets = before.reached
    else:
        targets = _services(device) if will.has("services") else ()
        targets += tuple(str(gateway.address.ip) for gateway in will.gateways) if will.has("management") else ()
        targets += _far_ends(device) if will.has("uplinks") else ()
    silent = [address for address in targets if not session.ping(address)]
    expected = f"{device.name} to reach {', '.join(targets)}"
    yield REACH.judge(device.name, Mismatch(expected, f"no answer from {', '.join(silent)}") if silent else None)


def _ports(after: dict[str, bool], before: dict[str, bool], was: View, will: View) -> Mismatch | None:
    """Every link that was up is up, unless the standard shuts it or it is routed (its far end comes and goes)."""
    free = {port.name for view in (was, will) for port in view.ports if port.kind in ("unused", "routed")}
    down = [name for name, up in before.items() if up and name not in free and not after.get(name, False)]
    down = [name for name in down if name in {port.name for port in will.ports}]
    return Mismatch("the links that were up before", f"down {', '.join(down)}") if down else None


def _neighbours(
    after: dict[str, tuple[str, str]], before: dict[str, tuple[str, str]], was: View, will: View
) -> Mismatch | None:
    """Every neighbour that was seen is seen at the same port; its name may have changed with its own stage."""
    gone = {port.name for port in will.ports if port.kind == "unused"}
    lost = [f"{port}: {who}" for port, (who, _) in before.items() if port not in after and port not in gone]
    return Mismatch("the neighbours as before", f"missing {', '.join(lost)}") if lost else None


def _from_centre(context: Context, leaf: Device, device: Device, then: Position) -> Iterable[Verdict]:
    """What a leaf of the centre reaches of the device."""
    targets = addresses(context.region, device, then)
    if not targets:
        return []
    try:
        with context.login(leaf, then) as session:
            return list(_settle(lambda: _reached(session, leaf, device, targets)))
    except PlatformError as error:
        rule, expected = _rule_of(leaf), f"{leaf.name} to look at {device.name}"
        return [Verdict(device.name, rule, Status.ERROR, expected, str(error), seen=datetime.now(UTC))]


def _reached(session: Session, leaf: Device, device: Device, targets: tuple[str, ...]) -> Iterator[Verdict]:
    silent = [address for address in targets if not session.ping(address)]
    expected = f"{leaf.name} to reach {device.name} at {', '.join(targets)}"
    yield _rule_of(leaf).judge(device.name, Mismatch(expected, f"silent {', '.join(silent)}") if silent else None)


def _rule_of(leaf: Device) -> Rule:
    """What is asked from one leaf of the centre."""
    return Rule(f"from {leaf.name}", f"{leaf.name} reaches the device", "probe")
