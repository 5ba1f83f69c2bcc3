"""What a template sees of a device at a stage: typed, sorted, nothing left to decide but layout."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal

from nornir_tasks.config.zone_lists import PRIVATE, RuleView, build_exit_list, build_services_list, build_zone_list
from nornir_tasks.model import Device, Municipality, Port, Position, Region, Stage, Standard
from nornir_tasks.model.flows import ANYWHERE, MANAGEMENT, SERVERS, SERVICES, list_flows
from nornir_tasks.model.municipality import Legacy
from nornir_tasks.model.stage import FEATURES
from nornir_tasks.model.standard import PortProfile

DHCP = "udp/67"  # what a client opens to ask for its address


@dataclass(frozen=True)
class VlanView:
    """A VLAN of the standard."""

    id: int
    name: str


@dataclass(frozen=True)
class ExitView:
    """A way out of the region: what lies behind it, and what may come in by it (the list ``EXIT-<name>-IN``)."""

    name: str
    peer: IPv4Address
    networks: tuple[IPv4Network, ...]
    rules: tuple[RuleView, ...]


@dataclass(frozen=True)
class PortView:
    """A port as the standard wants it. ``membership``: its VLANs belong to this stage's configuration.

    A trunk to a switch has ``access_vlan`` None: nothing of the standard is untagged on it. A trunk to an access
    point (``edge``) has a native VLAN. An unused port is parked and shut down, once ``membership`` says so;
    at the centre (``access_vlan`` None) an unused port is shut down and no more.
    """

    number: int
    name: str
    kind: Literal["access", "trunk", "routed", "exit", "unused"]
    description: str
    membership: bool
    access_vlan: int | None = None  # untagged; on a trunk to an access point the native VLAN
    voice_vlan: int | None = None
    tagged_vlans: tuple[int, ...] = ()  # on trunks: all VLANs of the standard that it carries
    address: IPv4Interface | None = None  # routed ports, and exits
    exit: "ExitView | None" = None  # a port that leads to somebody else's network
    enabled: bool = True
    edge: bool = False  # a host, not a switch, is attached: portfast and BPDU guard


@dataclass(frozen=True)
class GatewayView:
    """A zone's gateway, and what may leave the zone: the access list ``ZONE-<name>-IN``."""

    vlan: int
    name: str
    address: IPv4Interface
    rules: tuple[RuleView, ...]  # what none of them permits is denied
    relay: tuple[IPv4Address, ...] = ()


@dataclass(frozen=True)
class View:
    """The template's whole world, under the name ``v``."""

    device: Device
    standard: Standard
    stage: Stage
    full: bool  # the standard is all there is: after retire, and always at the operations centre
    vlans: tuple[VlanView, ...]
    ports: tuple[PortView, ...]
    gateways: tuple[GatewayView, ...]
    summary: IPv4Network | None  # what a core announces: the municipality's prefix

    def has(self, feature: str) -> bool:
        """Whether a feature of the standard is part of the intended configuration at this stage."""
        return self.full or self.stage >= FEATURES[feature]

    @property
    def layer3(self) -> bool:
        """Whether this device routes."""
        return self.device.loopback is not None

    @property
    def exit_routes(self) -> tuple[tuple[IPv4Network, IPv4Address | None], ...]:
        """The static routes by the exits of this device, in the order of their networks; None: to nowhere.

        Beside a way to anywhere, private networks lead nowhere: what has no place in the region must not leave it.
        """
        routes: dict[IPv4Network, IPv4Address | None] = {}
        for way_out in (port.exit for port in self.ports if port.exit):
            routes |= dict.fromkeys(way_out.networks, way_out.peer)
        if ANYWHERE in routes:
            routes = {**dict.fromkeys(PRIVATE, None), **routes}
        return tuple(sorted(routes.items(), key=lambda route: route[0]))

    @property
    def access_lists(self) -> Mapping[str, tuple[RuleView, ...]]:
        """The rows of each access list, by its name on the device."""
        lists = {f"ZONE-{gateway.name}-IN": gateway.rules for gateway in self.gateways}
        return lists | {f"EXIT-{port.exit.name}-IN": port.exit.rules for port in self.ports if port.exit}

    def members(self, vlan: int, how: Literal["untagged", "tagged"]) -> tuple[int, ...]:
        """Port numbers in a VLAN, for platforms that keep membership with the VLAN."""
        return tuple(port.number for port in self.ports if port.membership and vlan in _list_port_vlans(port, how))


def _list_port_vlans(port: PortView, how: str) -> tuple[int | None, ...]:
    """The VLANs of a port, untagged or tagged; a phone's VLAN is tagged."""
    if how == "untagged":
        return (port.access_vlan,)
    return (*port.tagged_vlans, port.voice_vlan)


def build_view(device: Device, position: Position, region: Region) -> View:
    """The view of a device at a position: pure.

    Everything in the view is already what belongs to the stage, so a template loops and never filters:
    from CONNECT ``vlans``, ``gateways`` and the trunks hold the operations zone alone, from HARMONISE all
    zones; ``membership`` of a port says whether its VLANs are part of the configuration.

    Args:
        position: of all devices: the links of a centre's device depend on the stage of their far ends.
        region: for the device's municipality: its legacy VLANs, pilot sites and prefix.
    """
    municipality = region.municipalities[device.municipality]
    has_no_legacy = not municipality.has_legacy
    stage = Stage.RETIRE if has_no_legacy else position.of(device.municipality, device.name)
    full = stage >= Stage.RETIRE
    zones = _select_zones(device, stage)
    is_moved = stage >= Stage.CUTOVER or (
        stage >= Stage.PILOT
        and municipality.migration is not None
        and device.site in municipality.migration.pilot_sites
    )
    is_centre = device.is_fabric
    vlans = {device.standard.zones[zone].vlan: device.standard.zones[zone].name for zone in zones}
    if not is_centre and stage >= FEATURES["vlans"]:
        vlans[device.standard.parking_vlan] = "PARKING"
    own_gateways = [zone for zone in zones if zone in device.gateways]
    return View(
        device=device,
        standard=device.standard,
        stage=stage,
        full=full,
        vlans=tuple(VlanView(vlan, vlans[vlan]) for vlan in sorted(vlans)),
        ports=tuple(
            _build_port(device, port, position, zones, stage, is_moved, municipality.legacy) for port in device.ports
        ),
        gateways=tuple(_build_gateways(device, municipality, own_gateways, stage, region)),
        summary=municipality.prefix if device.role == "core" else None,
    )


def _select_zones(device: Device, stage: Stage) -> tuple[str, ...]:
    """The zones whose VLANs this device carries at this stage; a leaf carries those it is the gateway of."""
    if device.is_fabric:
        return tuple(device.gateways)
    if stage >= FEATURES["vlans"]:
        return device.zones
    return tuple(zone for zone in device.zones if zone == MANAGEMENT)


def _build_gateways(
    device: Device, municipality: Municipality, zones: Collection[str], stage: Stage, region: Region
) -> list[GatewayView]:
    """The gateways of these zones, each with the list of what may leave it.

    Args:
        device: a core, or a leaf that is the gateway of its half's services.
        municipality: whose device it is.
        zones: that are there at this stage.
        stage: of the device.
        region: with the records that flows follow from.
    """
    if not zones:
        return []
    flows = list_flows(region, municipality.name, stage)
    # All of them, connected or not: what one of them does changes nothing at the centre but its own links.
    served = [record for name, record in region.municipalities.items() if name != municipality.name]
    prefixes = {record.name: (record.number, record.prefix) for record in served}
    views = []
    for zone in zones:
        address = device.gateways[zone]
        has_clients = zone not in (SERVERS, SERVICES) and (zone != MANAGEMENT or _lends_management(device.standard))
        if device.is_fabric:
            rules = build_services_list(address.network, flows, prefixes)
        else:
            rules = build_zone_list(municipality.name, zone, address.network, flows, has_clients=has_clients)
        record = device.standard.zones[zone]
        relay = device.standard.dhcp_servers if has_clients else ()
        views.append(GatewayView(record.vlan, record.name, address, rules, relay))
    return sorted(views, key=lambda gateway: gateway.vlan)


def _lends_management(standard: Standard) -> bool:
    """Whether something in management asks for its address: access points do, switches have one of their own."""
    services = standard.common_services.values()
    return any(DHCP in service.ports and MANAGEMENT in service.zones for service in services)


def _build_port(
    device: Device,
    port: Port,
    position: Position,
    zones: tuple[str, ...],
    stage: Stage,
    is_moved: bool,
    legacy: Legacy | None,
) -> PortView:
    """The view of a port; ``is_moved``: this device's ports have moved into the standard's VLANs."""
    is_centre = device.is_fabric
    vlan = {name: zone.vlan for name, zone in device.standard.zones.items()}
    neighbour = port.neighbour
    if neighbour is not None:
        description = f"{neighbour.device} {neighbour.port_name}"
        if neighbour.kind == "trunk":
            carried_vlans = sorted(vlan[zone] for zone in device.trunk_zones.get(port.number, ()) if zone in zones)
            return PortView(
                port.number, port.name, "trunk", description, bool(carried_vlans), tagged_vlans=tuple(carried_vlans)
            )
        if not is_centre or _is_connected(neighbour.municipality, device, position):
            return PortView(port.number, port.name, "routed", description, False, address=neighbour.address)
        return PortView(port.number, port.name, "unused", "unused", False, enabled=False)
    exit_name = device.exits.get(port.number)
    if exit_name is not None:
        record = device.standard.exits[exit_name]
        way_out = _build_exit(exit_name, device.standard)
        return PortView(port.number, port.name, "exit", exit_name, False, address=record.address, exit=way_out)
    profile = device.profile(port)
    if port.profile is None or not profile.enabled:
        parked = None if is_centre else device.standard.parking_vlan
        is_member = is_moved and not is_centre
        return PortView(port.number, port.name, "unused", "unused", is_member, access_vlan=parked, enabled=False)
    view = PortView(
        number=port.number,
        name=port.name,
        kind="trunk" if profile.tagged else "access",
        description=port.profile,
        membership=is_moved or is_centre,
        access_vlan=vlan[profile.access] if profile.access else None,
        voice_vlan=vlan[profile.voice] if profile.voice else None,
        tagged_vlans=tuple(sorted(vlan[zone] for zone in profile.tagged)),
        edge=True,
    )
    if profile.servers and legacy and FEATURES["vlans"] <= stage < Stage.RETIRE:
        return _keep_both_networks(view, profile, legacy, vlan)
    return view


def _build_exit(name: str, standard: Standard) -> ExitView:
    destinations = [(key, record) for key, record in standard.destinations.items() if name in record.exits]
    networks = {network for _, record in destinations for network in record.networks}
    return ExitView(
        name=name.upper(),
        peer=standard.exits[name].peer,
        networks=tuple(sorted(networks)),
        rules=build_exit_list(destinations),
    )


def _keep_both_networks(view: PortView, profile: PortProfile, legacy: Legacy, vlan: Mapping[str, int]) -> PortView:
    """A port of servers between harmonise and retire: it carries the old network and the new one, and a server both.

    What is untagged changes with the port's own wave: before it the old network is, and the new one comes tagged.

    Args:
        view: the port as the standard wants it.
        profile: of the port.
        legacy: of its municipality.
        vlan: numbers of the standard's VLANs by zone.
    """
    zones = [zone for zone in (profile.access, *profile.tagged) if zone]
    old = next((number for number, record in legacy.vlans.items() if zones[0] in record.zones), None)
    if old is None:
        return view
    if view.membership:
        return replace(view, kind="trunk", tagged_vlans=tuple(sorted({*view.tagged_vlans, old})))
    new = {vlan[zone] for zone in zones if zone != MANAGEMENT}
    return replace(view, kind="trunk", membership=True, access_vlan=old, tagged_vlans=tuple(sorted(new)))


def _is_connected(municipality: str, device: Device, position: Position) -> bool:
    """Whether the cable to this municipality is in use; those within the centre always are."""
    if municipality == device.municipality:
        return True
    return position.of(municipality, f"{device.name}/{municipality}") >= Stage.CONNECT
