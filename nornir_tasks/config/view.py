"""What a template sees of a device at a stage: typed, sorted, nothing left to decide but layout."""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal

from nornir_tasks.model import Device, Municipality, Port, Position, Region, Stage, Standard
from nornir_tasks.model.stage import FEATURES

MANAGEMENT = "operations"  # the zone of the equipment itself: there from CONNECT, and without DHCP
LIMITED_BROADCAST = IPv4Network("255.255.255.255/32")
PRIVATE = tuple(IPv4Network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))  # RFC 1918


@dataclass(frozen=True)
class VlanView:
    """A VLAN of the standard."""

    id: int
    name: str


@dataclass(frozen=True)
class PortView:
    """A port as the standard wants it. ``membership``: its VLANs belong to this stage's configuration.

    A trunk to a switch has ``access_vlan`` None: nothing of the standard is untagged on it. A trunk to an access
    point (``edge``) has a native VLAN. An unused port is parked and shut down, once ``membership`` says so;
    at the centre (``access_vlan`` None) an unused port is shut down and no more.
    """

    number: int
    name: str
    kind: Literal["access", "trunk", "routed", "unused"]
    description: str
    membership: bool
    access_vlan: int | None = None  # untagged; on a trunk to an access point the native VLAN
    voice_vlan: int | None = None
    tagged_vlans: tuple[int, ...] = ()  # on trunks: all VLANs of the standard that it carries
    address: IPv4Interface | None = None  # routed ports
    enabled: bool = True
    edge: bool = False  # a host, not a switch, is attached: portfast and BPDU guard


@dataclass(frozen=True)
class RuleView:
    """A row of a zone's policy; None as destination is anywhere."""

    action: Literal["permit", "deny"]
    destination: IPv4Network | None


@dataclass(frozen=True)
class GatewayView:
    """A zone's gateway, and what may leave the zone (the access list ``ZONE-<name>-IN``); no rules: no list."""

    vlan: int
    name: str
    address: IPv4Interface
    rules: tuple[RuleView, ...]
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
    gateways = [_build_gateway(device, municipality, zone, full) for zone in zones if zone in device.gateways]
    return View(
        device=device,
        standard=device.standard,
        stage=stage,
        full=full,
        vlans=tuple(VlanView(vlan, vlans[vlan]) for vlan in sorted(vlans)),
        ports=tuple(_build_port(device, port, position, zones, stage, is_moved, is_centre) for port in device.ports),
        gateways=tuple(sorted(gateways, key=lambda gateway: gateway.vlan)),
        summary=municipality.prefix if device.role == "core" else None,
    )


def _select_zones(device: Device, stage: Stage) -> tuple[str, ...]:
    """The zones whose VLANs this device carries at this stage; a leaf carries those it is the gateway of."""
    if device.is_fabric:
        return tuple(device.gateways)
    if stage >= FEATURES["vlans"]:
        return device.zones
    return tuple(zone for zone in device.zones if zone == MANAGEMENT)


def _build_gateway(device: Device, municipality: Municipality, zone_name: str, full: bool) -> GatewayView:
    """The gateway of a zone, and on a core its policy (at the centre there is none)."""
    standard = device.standard
    zone_record = standard.zones[zone_name]
    view = GatewayView(vlan=zone_record.vlan, name=zone_record.name, address=device.gateways[zone_name], rules=())
    if device.role != "core":
        return view
    destinations: list[IPv4Network] = [LIMITED_BROADCAST]  # a client that has no address yet asks for one this way
    destinations += [device.gateways[reached].network for reached in zone_record.reaches if reached in device.gateways]
    if "centre" in zone_record.reaches:
        destinations += standard.centre_networks
    else:
        destinations += [IPv4Network(server) for server in (*standard.name_servers, *standard.dhcp_servers)]
    if not full and municipality.legacy is not None:
        # A client keeps reaching the hosts that shared its legacy VLAN; after retire there are none.
        destinations += [
            legacy_vlan.subnet
            for legacy_vlan in municipality.legacy.vlans.values()
            if legacy_vlan.subnet and zone_name in legacy_vlan.zones
        ]
    rules = [RuleView("permit", net) for net in destinations]
    if "internet" in zone_record.reaches:
        rules += [RuleView("deny", private) for private in PRIVATE]
        rules.append(RuleView("permit", None))
    return replace(view, rules=tuple(rules), relay=() if zone_name == MANAGEMENT else standard.dhcp_servers)


def _build_port(
    device: Device,
    port: Port,
    position: Position,
    zones: tuple[str, ...],
    stage: Stage,
    is_moved: bool,
    is_centre: bool,
) -> PortView:
    """The view of a port; ``is_moved``: this device's ports have moved into the standard's VLANs."""
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
    profile = device.profile(port)
    if port.profile is None or not profile.enabled:
        parked = None if is_centre else device.standard.parking_vlan
        is_member = is_moved and not is_centre
        return PortView(port.number, port.name, "unused", "unused", is_member, access_vlan=parked, enabled=False)
    return PortView(
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


def _is_connected(municipality: str, device: Device, position: Position) -> bool:
    """Whether the cable to this municipality is in use; those within the centre always are."""
    if municipality == device.municipality:
        return True
    return position.of(municipality, f"{device.name}/{municipality}") >= Stage.CONNECT
