"""What a change does beside writing: the links it takes down and lets come up, and the services it asks for. Pure.

It follows from the plan and the inventory, before any switch is asked: of these links only those that are up go down.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from nornir_tasks.change.plan import DevicePlan
from nornir_tasks.core.ranges import fold_names
from nornir_tasks.core.text import count_noun
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.reachability.service_probes import ServiceProbe
from nornir_tasks.targets import find_target

APPLICATION = "application "  # begins what a probe says of one
Power = Literal["kept", "interrupted", "none"]  # of what is plugged in: none where the model feeds nothing


@dataclass(frozen=True)
class BouncedPorts:
    """Ports of clients whose links go down and come up after their VLAN has changed, alike on each of these devices."""

    devices: tuple[str, ...]
    ports: tuple[str, ...]
    folded: str  # GigabitEthernet1/0/1-16, 18
    power: Power

    @property
    def count(self) -> int:
        """How many they are on all of the devices."""
        return len(self.devices) * len(self.ports)


@dataclass(frozen=True)
class AskingGateway:
    """What is asked with a gateway's own address.

    Attributes:
        origin: ``administration (Vlan110, 10.17.8.1)``.
        services: ``maps tcp/8443``, ``alta/economy tcp/443``, ``the centre's names tcp/53``, each once, in this order.
        asked: ``application loppa/maps at loppa-app-01 (10.17.92.30 tcp/8443)``, in the order in which it is asked.
        new: how many of these have no place before the change.
    """

    origin: str
    services: tuple[str, ...]
    asked: tuple[str, ...]
    new: int


@dataclass(frozen=True)
class AskedServices:
    """What a device asks for before its change and after it. ``by_port``: over TCP; False: its platform only pings."""

    device: str
    by_port: bool
    gateways: tuple[AskingGateway, ...]
    unasked: tuple[str, ...]  # records that no port of TCP leads to

    @property
    def count(self) -> int:
        """How many questions there are."""
        return sum(len(gateway.asked) for gateway in self.gateways)

    @property
    def new(self) -> int:
        """How many of them have no place before the change."""
        return sum(gateway.new for gateway in self.gateways)


def list_bounced_ports(region: Region, parts: Iterable[DevicePlan]) -> tuple[BouncedPorts, ...]:
    """The ports of clients that change their VLAN, those that are the same on several devices once."""
    alike: dict[tuple[tuple[str, ...], Power], list[str]] = {}
    for part in parts:
        target = find_target(region, part.device)
        if ports := tuple(target.foresee_bounced(part.running, part.intended)):
            power: Power = "none" if not target.feeds_power else "kept" if target.keeps_power else "interrupted"
            alike.setdefault((ports, power), []).append(part.device)
    return tuple(
        BouncedPorts(tuple(devices), ports, fold_names(ports), power) for (ports, power), devices in alike.items()
    )


def list_asked_services(
    region: Region, parts: Iterable[DevicePlan], position: Position | None = None
) -> tuple[AskedServices, ...]:
    """What each device of a plan asks for that asks for anything.

    Args:
        region: with the records that it follows from.
        parts: of the plan.
        position: where the municipalities stand that do not move; default: in the old network.
    """
    elsewhere = position or Position()
    asked = (_list_asked(region, part, elsewhere) for part in parts)
    return tuple(services for services in asked if services.gateways or services.unasked)


def _list_asked(region: Region, part: DevicePlan, elsewhere: Position) -> AskedServices:
    target = find_target(region, part.device)
    now, then = (elsewhere.moved(target.municipality, Stage(stage), part.device) for stage in (part.before, part.after))
    before = {probe.key for probe in target.foresee_services(now).asked}
    probes = target.foresee_services(then)
    by_gateway: dict[tuple[int, str], list[ServiceProbe]] = {}
    for probe in probes.asked:
        by_gateway.setdefault((probe.vlan, probe.source), []).append(probe)
    gateways = tuple(_describe_gateway(target.municipality, questions, before) for questions in by_gateway.values())
    return AskedServices(part.device, target.asks_ports, gateways, probes.unasked)


def _describe_gateway(home: str, questions: Sequence[ServiceProbe], before: Collection[str]) -> AskingGateway:
    zones = dict.fromkeys(zone for question in questions for zone in question.zones)
    services = dict.fromkeys((record, question.port) for question in questions for record in question.records)
    ordered = sorted(services, key=lambda service: not service[0].startswith(APPLICATION))
    return AskingGateway(
        replace(questions[0], zones=tuple(zones)).origin,
        tuple(f"{_shorten_record(home, record)} tcp/{port}" for record, port in ordered),
        tuple(map(str, questions)),
        new=sum(question.key not in before for question in questions),
    )


def _shorten_record(home: str, record: str) -> str:
    """``maps``, ``alta/economy``, ``the centre's names``: an application may be called as a common service is."""
    if record.startswith(APPLICATION):
        return record.removeprefix(APPLICATION).removeprefix(f"{home}/")
    return f"the centre's {record.rpartition(' ')[2]}"


def describe_power(power: Power) -> str:
    """What becomes of the power of ports; empty where they feed nothing."""
    return {"kept": "PoE stays on", "interrupted": "PoE IS CUT meanwhile", "none": ""}[power]


def describe_unasked(services: AskedServices) -> str:
    """What is not asked for: no platform asks for a port of UDP, and nobody outside is asked."""
    udp = f"what is UDP ({', '.join(services.unasked)}), and " if services.unasked else ""
    return f"{udp}destinations outside"


def describe_asked(services: AskedServices) -> str:
    """How a device asks, and how many ways: ``over TCP for 87 ways to services, from 12 gateways (59 new)``."""
    how = "over TCP" if services.by_port else "by ping, as it can ask for no port,"
    new = f" ({services.new} new)" if services.new else ""
    gateways = count_noun(len(services.gateways), "gateway")
    return f"{how} for {count_noun(services.count, 'way')} to services, from {gateways}{new}"
