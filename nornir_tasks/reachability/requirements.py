"""What the way into a device, and through it to others, rests on: from the model and the position alone. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from nornir_tasks.config.view import MANAGEMENT
from nornir_tasks.model import Device, Port, Position, Region, Stage
from nornir_tasks.model.graph import find_downstream, find_trunk_ports, measure_distances


@dataclass(frozen=True)
class Home:
    """An address that must be on a device. ``vlan`` None: out of band. ``legacy``: of the network before the move."""

    address: IPv4Interface
    vlan: int | None
    what: str  # "its management address", "the gateway of …"
    legacy: bool = False


@dataclass(frozen=True)
class Carried:
    """A VLAN that a trunk must carry. ``tagged``: it must be tagged; in the old network it may be either."""

    vlan: int
    tagged: bool
    what: str


@dataclass(frozen=True)
class Trunk:
    """A trunk that sessions come through. ``through``: the devices that are reached through it (or, inwards, by it)."""

    port: Port
    inwards: bool  # towards the core
    vlans: tuple[Carried, ...]
    through: tuple[Device, ...]


@dataclass(frozen=True)
class Link:
    """A routed link. ``inwards``: towards the centre; both ways within it. ``through``: who is reached by it."""

    port: Port
    inwards: bool
    outwards: bool
    through: tuple[Device, ...]


@dataclass(frozen=True)
class Needs:
    """Everything that must hold.

    Args:
        moved: whether the device is at its address of the standard.
        account: who logs in.
        homes: its own address first, if it is known.
        behind: the devices that are reached through this one.
        nodes: ports that control nodes are attached to, and the VLAN of each.
    """

    moved: bool
    account: str
    homes: tuple[Home, ...]
    trunks: tuple[Trunk, ...]
    links: tuple[Link, ...]
    behind: tuple[Device, ...]
    nodes: tuple[tuple[Port, int, str], ...]


def needs(device: Device, then: Position, region: Region) -> Needs:
    """What must hold of a device at a position, with everything else where the position says it is."""
    here = region.municipalities[device.municipality]
    moved = is_moved(device, then, region)
    trunks = tuple(_trunks(device, then, region))
    behind = tuple({one.name: one for trunk in trunks if not trunk.inwards for one in trunk.through}.values())
    return Needs(
        moved=moved,
        account=device.standard.accounts[0].name if moved or here.legacy is None else here.legacy.account,
        homes=tuple(_homes(device, then, region, behind)),
        trunks=trunks,
        links=tuple(_links(device, then, region, behind)),
        behind=behind,
        nodes=tuple(_nodes(device, region)),
    )


def is_moved(device: Device, then: Position, region: Region) -> bool:
    """Whether a device is managed as the standard says; the centre's always are."""
    born = not region.municipalities[device.municipality].has_legacy
    return born or then.of(device.municipality, device.name) >= Stage.CONNECT


def reached_at(device: Device, then: Position, region: Region) -> IPv4Address:
    """The address that a device is managed at."""
    if is_moved(device, then, region) or device.legacy_address is None:
        return device.address.ip
    return device.legacy_address.ip


def _homes(device: Device, then: Position, region: Region, behind: tuple[Device, ...]) -> Iterator[Home]:
    zones, legacy = device.standard.zones, region.municipalities[device.municipality].legacy
    if legacy is None:
        yield Home(device.address, None, "its management address")
        for zone, address in device.gateways.items():
            if any(node in address.network for node in device.standard.control_nodes):
                yield Home(address, zones[zone].vlan, "the gateway of a control node")
        return
    moved = [is_moved(one, then, region) for one in (device, *behind)]
    new = device.gateways.get(MANAGEMENT)
    if moved[0]:
        yield Home(device.address, zones[MANAGEMENT].vlan, "its management address")
    elif device.legacy_address is not None:
        yield Home(device.legacy_address, legacy.management_vlan, "its address before the move", legacy=True)
    if new is not None and any(moved) and not (moved[0] and new == device.address):
        yield Home(new, zones[MANAGEMENT].vlan, "the gateway of the switches behind it")
    if device.role == "core" and moved[0] and not all(moved) and device.legacy_address is not None:
        what = "the gateway of the switches behind it that have not moved"
        yield Home(device.legacy_address, legacy.management_vlan, what, legacy=True)


def _trunks(device: Device, then: Position, region: Region) -> Iterator[Trunk]:
    legacy = region.municipalities[device.municipality].legacy
    ports = find_trunk_ports(device)
    far = measure_distances(region, device.municipality) if ports else {}
    behind = {port.number: find_downstream(region, device, port, far) for port in ports}
    served = {device.name: device, **{one.name: one for some in behind.values() for one in some}}
    vlan = device.standard.zones[MANAGEMENT].vlan
    for port in ports:
        inwards = not behind[port.number]
        through = tuple(served.values()) if inwards else behind[port.number]
        carried = []
        moved = [one for one in through if is_moved(one, then, region)]
        if moved or is_moved(device, then, region):
            carried.append(Carried(vlan, True, f"the management of {_names(moved or through)}"))
        left = [one for one in through if not is_moved(one, then, region)]
        if left and legacy is not None:
            carried.append(Carried(legacy.management_vlan, False, f"the old management of {_names(left)}"))
        yield Trunk(port, inwards, tuple(carried), through)


def _names(devices: Iterable[Device]) -> str:
    """A few names, and how many more."""
    names = [device.name for device in devices]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _links(device: Device, then: Position, region: Region, behind: tuple[Device, ...]) -> Iterator[Link]:
    """The routed links that are in use; at the centre also those whose far end still uses them."""
    for port in device.ports:
        there = port.neighbour
        if there is None or there.kind != "routed":
            continue
        if there.municipality == device.municipality:
            yield Link(port, True, True, tuple(region.devices.values()))
        elif region.municipalities[device.municipality].legacy is not None:
            if is_moved(device, then, region):
                yield Link(port, True, False, (device, *behind))
        elif _connected(device, there.device, then, region):
            yield Link(port, False, True, region.of(there.municipality))


def _connected(leaf: Device, core: str, then: Position, region: Region) -> bool:
    home = region.devices[core].municipality
    return then.of(home, f"{leaf.name}/{home}") >= Stage.CONNECT or is_moved(region.devices[core], then, region)


def _nodes(device: Device, region: Region) -> Iterator[tuple[Port, int, str]]:
    """The ports by which control nodes hang on a device, themselves or what they run on."""
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
