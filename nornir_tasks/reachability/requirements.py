"""What must hold so that a device, and the devices behind it, can be reached: from model and position alone. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from nornir_tasks.config.view import MANAGEMENT
from nornir_tasks.model import Device, Port, Position, Region, Stage
from nornir_tasks.model.graph import find_downstream, find_trunk_ports, measure_distances


@dataclass(frozen=True)
class RequiredAddress:
    """An address that must be on a device. ``vlan`` None: out of band. ``legacy``: of the network before the move."""

    address: IPv4Interface
    vlan: int | None
    purpose: str  # "its management address", "the gateway of …"
    legacy: bool = False


@dataclass(frozen=True)
class CarriedVlan:
    """A VLAN that a trunk must carry. ``tagged``: it must be tagged; the old network's may be tagged or untagged."""

    vlan: int
    tagged: bool
    purpose: str


@dataclass(frozen=True)
class RequiredTrunk:
    """A trunk that sessions come through. ``through``: the devices that are reached through it (or, inwards, by it)."""

    port: Port
    inwards: bool  # towards the core
    vlans: tuple[CarriedVlan, ...]
    through: tuple[Device, ...]


@dataclass(frozen=True)
class RoutedLink:
    """A routed link. ``inwards``: towards the centre; both ways within it. ``through``: the devices reached by it."""

    port: Port
    inwards: bool
    outwards: bool
    through: tuple[Device, ...]


@dataclass(frozen=True)
class Requirements:
    """Everything that must hold of one device.

    Args:
        moved: whether the device is at its address of the standard.
        account: the local account that the tools log in with.
        addresses: its own address first, if it is known.
        behind: the devices that are reached through this one.
        nodes: ports that control nodes are attached to, and the VLAN of each.
    """

    moved: bool
    account: str
    addresses: tuple[RequiredAddress, ...]
    trunks: tuple[RequiredTrunk, ...]
    links: tuple[RoutedLink, ...]
    behind: tuple[Device, ...]
    nodes: tuple[tuple[Port, int, str], ...]


def find_requirements(device: Device, then: Position, region: Region) -> Requirements:
    """What must hold of a device at a position.

    Args:
        device: the switch whose configuration is to be proved.
        then: where every municipality and device stands once the change is done: the addresses follow from it.
        region: for the devices behind it, its neighbours and the control nodes.
    """
    municipality = region.municipalities[device.municipality]
    moved = is_moved(device, then, region)
    trunks = tuple(_find_trunks(device, then, region))
    behind = tuple({switch.name: switch for trunk in trunks if not trunk.inwards for switch in trunk.through}.values())
    return Requirements(
        moved=moved,
        account=device.standard.accounts[0].name
        if moved or municipality.legacy is None
        else municipality.legacy.account,
        addresses=tuple(_find_addresses(device, then, region, behind)),
        trunks=trunks,
        links=tuple(_find_links(device, then, region, behind)),
        behind=behind,
        nodes=tuple(_find_control_node_ports(device, region)),
    )


def is_moved(device: Device, then: Position, region: Region) -> bool:
    """Whether a device is managed at its address of the standard, through the centre.

    Args:
        device: any device; one of a municipality without a legacy (the operations centre) always is.
        then: counts from the stage ``connect`` on.
        region: says which municipalities have a legacy.
    """
    is_born_standard = not region.municipalities[device.municipality].has_legacy
    return is_born_standard or then.of(device.municipality, device.name) >= Stage.CONNECT


def find_management_address(device: Device, then: Position, region: Region) -> IPv4Address:
    """The address that a device is managed at.

    Args:
        device: any device.
        then: how far it has come.
        region: says which municipalities have a legacy.

    Returns:
        Its address of the standard once it has moved, or where it never had another; until then the legacy's.
    """
    if is_moved(device, then, region) or device.legacy_address is None:
        return device.address.ip
    return device.legacy_address.ip


def _find_addresses(
    device: Device, then: Position, region: Region, behind: tuple[Device, ...]
) -> Iterator[RequiredAddress]:
    zones, legacy = device.standard.zones, region.municipalities[device.municipality].legacy
    if legacy is None:
        yield RequiredAddress(device.address, None, "its management address")
        for zone, address in device.gateways.items():
            if any(node in address.network for node in device.standard.control_nodes):
                yield RequiredAddress(address, zones[zone].vlan, "the gateway of a control node")
        return
    moved = [is_moved(switch, then, region) for switch in (device, *behind)]
    gateway = device.gateways.get(MANAGEMENT)
    if moved[0]:
        yield RequiredAddress(device.address, zones[MANAGEMENT].vlan, "its management address")
    elif device.legacy_address is not None:
        yield RequiredAddress(device.legacy_address, legacy.management_vlan, "its address before the move", legacy=True)
    if gateway is not None and any(moved) and not (moved[0] and gateway == device.address):
        yield RequiredAddress(gateway, zones[MANAGEMENT].vlan, "the gateway of the switches behind it")
    if device.role == "core" and moved[0] and not all(moved) and device.legacy_address is not None:
        purpose = "the gateway of the switches behind it that have not moved"
        yield RequiredAddress(device.legacy_address, legacy.management_vlan, purpose, legacy=True)


def _find_trunks(device: Device, then: Position, region: Region) -> Iterator[RequiredTrunk]:
    legacy = region.municipalities[device.municipality].legacy
    ports = find_trunk_ports(device)
    far = measure_distances(region, device.municipality) if ports else {}
    behind = {port.number: find_downstream(region, device, port, far) for port in ports}
    served = {device.name: device, **{switch.name: switch for switches in behind.values() for switch in switches}}
    vlan = device.standard.zones[MANAGEMENT].vlan
    for port in ports:
        inwards = not behind[port.number]
        through = tuple(served.values()) if inwards else behind[port.number]
        carried = []
        moved = [switch for switch in through if is_moved(switch, then, region)]
        if moved or is_moved(device, then, region):
            carried.append(CarriedVlan(vlan, True, f"the management of {_describe_names(moved or through)}"))
        not_moved = [switch for switch in through if not is_moved(switch, then, region)]
        if not_moved and legacy is not None:
            carried.append(
                CarriedVlan(legacy.management_vlan, False, f"the old management of {_describe_names(not_moved)}")
            )
        yield RequiredTrunk(port, inwards, tuple(carried), through)


def _describe_names(devices: Iterable[Device]) -> str:
    """A few names, and how many more."""
    names = [device.name for device in devices]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _find_links(device: Device, then: Position, region: Region, behind: tuple[Device, ...]) -> Iterator[RoutedLink]:
    """The routed links that are in use; at the centre also those whose far end uses them still."""
    for port in device.ports:
        neighbour = port.neighbour
        if neighbour is None or neighbour.kind != "routed":
            continue
        if neighbour.municipality == device.municipality:
            yield RoutedLink(port, True, True, tuple(region.devices.values()))
        elif region.municipalities[device.municipality].has_legacy:
            if is_moved(device, then, region):
                yield RoutedLink(port, True, False, (device, *behind))
        elif _is_connected(device, neighbour.device, then, region):
            yield RoutedLink(port, False, True, region.of(neighbour.municipality))


def _is_connected(leaf: Device, core: str, then: Position, region: Region) -> bool:
    home = region.devices[core].municipality
    return then.of(home, f"{leaf.name}/{home}") >= Stage.CONNECT or is_moved(region.devices[core], then, region)


def _find_control_node_ports(device: Device, region: Region) -> Iterator[tuple[Port, int, str]]:
    """The ports of a device to which a control node, or its hypervisor, is attached: port, VLAN, the node's name."""
    for server in region.servers.values():
        if server.address.ip not in device.standard.control_nodes:
            continue
        host = region.servers.get(server.runs_on, server) if server.runs_on else server
        name, _, number = (host.attached or "").partition(":")
        if name == device.name:
            port = device.port(int(number))
            zone = device.profile(port).access
            if zone is not None:
                yield port, device.standard.zones[zone].vlan, server.name
