"""What a switch is to be asked for of people's services: from its zones' gateways, to the hosts that they use. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from nornir_tasks.config.view import build_view
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.model.addresses import find_gateway_address
from nornir_tasks.model.flows import MANAGEMENT, SERVERS, SERVICES, Flow, list_flows
from nornir_tasks.model.stage import FEATURES

RECORDS = ("application", "common service")


@dataclass(frozen=True)
class Gateway:
    """A gateway of a switch, and the zones behind it: several where they share a network before the move."""

    vlan: int
    network: IPv4Network
    address: IPv4Address
    zones: tuple[str, ...]
    old: bool = False  # of the network before the move


@dataclass(frozen=True)
class ServiceProbe:
    """A question from a gateway to one address of a host.

    Args:
        zones: that are behind the gateway.
        vlan: of the gateway.
        source: its address.
        host: of the inventory.
        address: one of the host's.
        port: of TCP.
        records: what runs there for these zones, as messages name it.
    """

    zones: tuple[str, ...]
    vlan: int
    source: str
    host: str
    address: str
    port: int
    records: tuple[str, ...]

    @property
    def key(self) -> str:
        """What makes it the same question before a change and after it."""
        return f"{self.source} {self.address} {self.port}"

    def __str__(self) -> str:
        return f"{', '.join(self.records)} at {self.host} ({self.address} tcp/{self.port})"

    @property
    def origin(self) -> str:
        """Where it is asked from, for people: ``administration (Vlan110, 10.17.8.1)``."""
        return f"{', '.join(self.zones)} (Vlan{self.vlan}, {self.source})"


@dataclass(frozen=True)
class ServiceProbes:
    """What is asked, and ``unasked``: the records of services that no port of TCP leads to."""

    asked: tuple[ServiceProbe, ...] = ()
    unasked: tuple[str, ...] = ()


def list_service_probes(region: Region, device: Device, position: Position) -> ServiceProbes:
    """The questions of a switch at a position: one a gateway, host's address, and port of TCP that the zone uses there.

    Of each application or service that a zone uses at a host, the first of its ports is asked for. From the old network
    that is at the old addresses of its own municipality's hosts, from the new one at those of the standard. A leaf asks
    for the services that are plugged in behind it, whoever uses them. Switches without gateways ask nothing: what their
    clients use leads over the core, which is asked itself when it changes.

    Args:
        region: with the records that flows follow from.
        device: that is changed.
        position: where everything stands: old places and new ones hold as long as the stage says.
    """
    gateways = list_gateways(region, device, position)
    if not gateways:
        return ServiceProbes()
    flows = [
        flow
        for flow in list_flows(region, device.municipality, position.of(device.municipality, device.name))
        if flow.record.kind in RECORDS and flow.destination.municipality in _list_homes(region, device, position)
    ]
    places = [place for gateway in gateways for place in _list_places(gateway, flows, device)]
    hosts = _list_addresses(region)
    probes: dict[tuple[Gateway, IPv4Network, int], list[_Place]] = {}
    for place in places:
        if place.port and (place.network, place.gateway.old) in hosts:
            probes.setdefault((place.gateway, place.network, place.port), []).append(place)
    asked = {place.record for place in places if place.port}
    return ServiceProbes(
        tuple(
            ServiceProbe(
                zones=tuple(dict.fromkeys(zone for place in sharing for zone in place.zones)),
                vlan=gateway.vlan,
                source=str(gateway.address),
                host=hosts[network, gateway.old],
                address=str(network.network_address),
                port=port,
                records=tuple(place.record for place in sharing),
            )
            for (gateway, network, port), sharing in probes.items()
        ),
        tuple(dict.fromkeys(place.record for place in places if place.record not in asked)),
    )


def list_gateways(region: Region, device: Device, position: Position) -> list[Gateway]:
    """The gateways of clients that a core has at a position, those of the standard first; of a leaf, its services'.

    Args:
        region: with the legacy of its municipality.
        device: a core or a leaf; other switches have none.
        position: where everything stands.
    """
    if device.role not in ("core", "leaf"):
        return []
    apart = {MANAGEMENT, SERVERS, SERVICES} - ({SERVICES} if device.role == "leaf" else set())
    zones = {record.vlan: name for name, record in device.standard.zones.items()}
    gateways = [
        Gateway(gateway.vlan, gateway.address.network, gateway.address.ip, (zones[gateway.vlan],))
        for gateway in build_view(device, position, region).gateways
    ]
    legacy = region.municipalities[device.municipality].legacy
    if legacy and position.of(device.municipality, device.name) < Stage.RETIRE:
        gateways += [
            Gateway(number, vlan.subnet, find_gateway_address(vlan.subnet).ip, vlan.zones, old=True)
            for number, vlan in legacy.vlans.items()
            if vlan.subnet
        ]
    return [
        replace(gateway, zones=clients)
        for gateway in gateways
        if (clients := tuple(zone for zone in gateway.zones if zone not in apart))
    ]


def _list_homes(region: Region, device: Device, position: Position) -> set[str]:
    """The municipalities whose hosts are at the addresses that flows give them, and have a way from a core."""
    if position.of(device.municipality, device.name) < FEATURES["uplinks"]:
        return {device.municipality}
    return {device.municipality} | {
        name
        for name, home in region.municipalities.items()
        if not home.has_legacy or position.of(name) >= FEATURES["gateways"]
    }


@dataclass
class _Place:
    """A record's host as a gateway's zones use it. ``port``: the first of TCP; None: it has none."""

    gateway: Gateway
    network: IPv4Network
    record: str
    zones: dict[str, None]
    port: int | None = None


def _list_places(gateway: Gateway, flows: Iterable[Flow], device: Device) -> Iterable[_Place]:
    """What the zones behind a gateway use, by record and host; of a leaf, what is used there."""
    places: dict[tuple[str, IPv4Network], _Place] = {}
    for flow in flows:
        source, target = flow.source, flow.destination
        if device.role == "leaf":
            zones, networks = gateway.zones, [net for net in target.networks if net.subnet_of(gateway.network)]
        else:
            zones, networks = (source.zone,), list(target.networks)
            if source.municipality != device.municipality or source.zone not in gateway.zones:
                continue
            if gateway.old and target.municipality != device.municipality:  # there is no way back to the old network
                continue
        for network in networks:
            record = str(flow.record)
            place = places.setdefault((record, network), _Place(gateway, network, record, {}))
            place.zones |= dict.fromkeys(zones)
            if flow.port.protocol == "tcp":
                place.port = place.port or flow.port.first
    return places.values()


def _list_addresses(region: Region) -> dict[tuple[IPv4Network, bool], str]:
    """The hosts by their addresses of the standard (False) and of the old network (True)."""
    hosts = {(IPv4Network(server.address.ip), False): name for name, server in region.servers.items()}
    for name, server in region.servers.items():
        if server.legacy_address:
            hosts[IPv4Network(server.legacy_address), True] = name
    return hosts
