"""The addresses that machines have, and may speak from: for reverse names, and to tell whose a log is. Pure."""

from collections.abc import Iterator
from ipaddress import IPv4Address

from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.model.names import find_server_stage


def list_machine_addresses(region: Region, position: Position) -> dict[IPv4Address, str]:
    """Each address of a switch or server, of the standard and (until it has gone) of before, and whose it is.

    Of a switch these are its gateways and routed links, too: it speaks from the one that is on the way. Where two
    municipalities' old networks have the same address, it is the first one's.

    Args:
        region: with all machines.
        position: how far everything has come.
    """
    machines: dict[IPv4Address, str] = {}
    for device in region.devices.values():
        has_old = position.of(device.municipality, device.name) < Stage.RETIRE
        for address in _list_device_addresses(device, has_old):
            machines.setdefault(address, device.name)
    for server in region.servers.values():
        machines.setdefault(server.address.ip, server.name)
        if server.legacy_address and find_server_stage(region, server, position) < Stage.RETIRE:
            machines.setdefault(server.legacy_address, server.name)
    return machines


def _list_device_addresses(device: Device, has_old: bool) -> Iterator[IPv4Address]:
    yield device.address.ip
    if device.loopback:
        yield device.loopback
    yield from (gateway.ip for gateway in device.gateways.values())
    for port in device.ports:
        if port.neighbour and port.neighbour.address:
            yield port.neighbour.address.ip
    if device.legacy_address and has_old:
        yield device.legacy_address.ip
