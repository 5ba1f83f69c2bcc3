"""Who hangs behind whom: walks over the cables of the region. Pure."""

from collections import deque
from collections.abc import Collection, Mapping

from nornir_tasks.model.device import Device, Port, Region, Server


def find_trunk_ports(device: Device) -> tuple[Port, ...]:
    """The ports by which a switch hangs on others of its own municipality."""
    return tuple(port for port in device.ports if port.neighbour and port.neighbour.kind == "trunk")


def find_leaves(region: Region, municipality: str) -> tuple[Device, ...]:
    """The centre's leaves that a municipality's core hangs on."""
    leaves: dict[str, Device] = {}
    for device in region.of(municipality):
        for port in device.ports:
            if device.role == "core" and port.neighbour and port.neighbour.kind == "routed":
                leaves[port.neighbour.device] = region.devices[port.neighbour.device]
    return tuple(leaves.values())


def measure_distances(region: Region, municipality: str) -> dict[str, int]:
    """How many cables lie between each switch and its core; a switch without a way has the longest."""
    devices = {device.name: device for device in region.of(municipality)}
    distances = {name: 0 for name, device in devices.items() if device.role == "core"}
    queue = deque(distances)
    while queue:
        switch = devices[queue.popleft()]
        for port in find_trunk_ports(switch):
            far_name = port.neighbour.device if port.neighbour else switch.name
            if far_name in devices and far_name not in distances:
                distances[far_name] = distances[switch.name] + 1
                queue.append(far_name)
    return {name: distances.get(name, len(devices)) for name in devices}


def find_upstream(region: Region, device: Device) -> set[str]:
    """The neighbours that are nearer to the operations centre: without one of these the switch is cut off."""
    if device.is_fabric:
        return set()
    if device.role == "core":
        return {leaf.name for leaf in find_leaves(region, device.municipality)}
    distances = measure_distances(region, device.municipality)
    neighbours = (port.neighbour.device for port in device.ports if port.neighbour)
    return {name for name in neighbours if distances[name] < distances[device.name]}


def find_downstream(region: Region, device: Device, port: Port, distances: Mapping[str, int]) -> tuple[Device, ...]:
    """The switches beyond a port, if it leads away from the core.

    Args:
        region: all switches.
        device: where to begin.
        port: of that device.
        distances: of each switch of the municipality from its core, in cables (``measure_distances``).
    """
    downstream: dict[str, Device] = {}
    queue = [(device, port)]
    while queue:
        switch, via_port = queue.pop()
        far_name = via_port.neighbour.device if via_port.neighbour else switch.name
        if far_name == device.name or far_name in downstream or distances.get(far_name, 0) <= distances[switch.name]:
            continue
        downstream[far_name] = region.devices[far_name]
        queue += [(downstream[far_name], next_port) for next_port in find_trunk_ports(downstream[far_name])]
    return tuple(downstream.values())


def list_hypervisors(region: Region, server: Server) -> list[str]:
    """The servers that a server runs on, the nearest first."""
    hypervisors: list[str] = []
    while server.runs_on in region.servers:
        server = region.servers[server.runs_on]
        hypervisors.append(server.name)
    return hypervisors


def find_attachment(region: Region, server: Server) -> str:
    """The port that a server hangs on, its own or its hypervisor's: ``loppa-core-01:5``; empty: none is known."""
    while server.attached is None and server.runs_on in region.servers:
        server = region.servers[server.runs_on]
    return server.attached or ""


def find_connected(region: Region, stopped: Collection[str]) -> set[str]:
    """Every switch from which cables lead to a leaf of the centre, past those that stopped."""
    connected = {device.name for device in region.devices.values() if device.role == "leaf"}.difference(stopped)
    waiting = list(connected)
    while waiting:
        for port in region.devices[waiting.pop()].ports:
            far_name = port.neighbour.device if port.neighbour else None
            if far_name is not None and far_name not in stopped and far_name not in connected:
                connected.add(far_name)
                waiting.append(far_name)
    return connected


def spread(count: int, weights: Mapping[str, int]) -> dict[str, int]:
    """``count`` in proportion to weights, in whole numbers that add up; evenly where all weigh nothing.

    What division leaves over goes to the largest remainders, and among equal ones by name.
    """
    weights = weights if any(weights.values()) else dict.fromkeys(weights, 1)
    total = sum(weights.values())
    if not total:
        return {}
    shares = {name: count * weight // total for name, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda name: (-(count * weights[name] % total), name))
    for name in by_remainder[: count - sum(shares.values())]:
        shares[name] += 1
    return shares
