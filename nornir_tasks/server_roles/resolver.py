"""What the role ``resolver`` is told: what machines, applications and services are called now, and who asks."""

from collections.abc import Iterable
from ipaddress import IPv4Address
from typing import Any

from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.flows import list_server_networks
from nornir_tasks.model.names import find_server_stage, list_names
from nornir_tasks.model.stage import FEATURES
from nornir_tasks.server_roles.clients import list_client_networks
from nornir_tasks.server_roles.machines import list_machine_addresses
from nornir_tasks.server_roles.view import ServerView

SERVICE = "names"
Names = list[dict[str, Any]]  # shape: {name, addresses, moves}


def applies_to(server: ServerView) -> bool:
    """Whoever answers for names gets it."""
    return SERVICE in server.services


def derive_variables(server: ServerView) -> dict[str, Any]:
    """The role's variables.

    A municipality's people are told its own applications at old and new addresses, as long as there are both; all
    others the new ones alone. That is a view, and the municipality has one only while it makes a difference.
    """
    region, position = server.region, server.position
    common: Names = []
    views: dict[str, Names] = {}
    for owner in region.municipalities:
        moves = _moves(region, position, owner)
        for name in list_names(region, owner, position):
            own = name.record.kind == "application" and name.record.name.startswith(f"{owner}/")
            if not own and not (owner == CENTRE and name.record.kind == "common service"):
                continue
            everywhere = [each.address for each in name.addresses if not each.is_old]
            here = [each.address for each in name.addresses]
            if everywhere:
                common.append(_write_name(name.name, everywhere, moves))
            if here != everywhere:
                views.setdefault(owner, []).append(_write_name(name.name, here, moves))
    clients = list_client_networks(server, SERVICE)
    partners = server.find_partners(SERVICE)
    domain = server.standard.domain
    return {
        "resolver__address": str(server.server.address.ip),
        "resolver__domain": domain,
        "resolver__servers": sorted(f"{host.name}.{domain}" for host in server.find_hosts(SERVICE)),
        "resolver__clients": [
            {"municipality": name, "networks": list(map(str, networks))} for name, networks in clients.items()
        ],
        "resolver__names": common + _list_machine_names(region, position, domain),
        "resolver__views": [{"municipality": name, "names": names} for name, names in views.items() if name in clients],
        "resolver__reverse_names": [
            {
                "address": str(address),
                "name": f"{name}.{domain}",
                "moves": _moves(region, position, _home(region, name)),
            }
            for address, name in sorted(list_machine_addresses(region, position).items())
        ],
        "resolver__verify_from": [partner.name for partner in partners],
    }


def _list_machine_names(region: Region, position: Position, domain: str) -> Names:
    """The names of switches and servers, each at the address where it is managed now: the standard's once it has it."""
    names = []
    for device in region.devices.values():
        stage = position.of(device.municipality, device.name)
        is_new = device.legacy_address is None or stage >= FEATURES["management"]
        address = device.address.ip if is_new or device.legacy_address is None else device.legacy_address.ip
        moves = _moves(region, position, device.municipality)
        names.append(_write_name(f"{device.name}.{domain}", [address], moves))
    for server in region.servers.values():
        network = list_server_networks(server, find_server_stage(region, server, position))[0]
        moves = _moves(region, position, server.municipality)
        names.append(_write_name(f"{server.name}.{domain}", [network.network_address], moves))
    return names


def _write_name(name: str, addresses: Iterable[IPv4Address], moves: bool) -> dict[str, Any]:
    return {"name": name, "addresses": list(map(str, addresses)), "moves": moves}


def _moves(region: Region, position: Position, owner: str) -> bool:
    """Whether addresses of a municipality may be others tomorrow: until the last stage is done."""
    return region.municipalities[owner].has_legacy and position.of(owner) < Stage.RETIRE


def _home(region: Region, machine: str) -> str:
    return (region.devices.get(machine) or region.servers[machine]).municipality
