"""What the role ``database`` is told: the members of a pair, and which databases have which clients.

Of a municipality's own database server those that listen at PostgreSQL's port are meant; another product's are its
supplier's.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, collapse_addresses
from typing import Any

from nornir_tasks.model.flows import Record, list_flows
from nornir_tasks.model.services import PortRange
from nornir_tasks.server_roles.view import HostedApplication, ServerView

SERVICE = "database"  # of common_services
PORT = PortRange("tcp", 5432, 5432)
JOURNAL = "fellesdrift"  # the database, and its role, of the control nodes' journal


def applies_to(server: ServerView) -> bool:
    """The centre's pair, and who keeps the data of an application in PostgreSQL."""
    return SERVICE in server.services or any(True for _ in _list_hosted(server))


def derive_variables(server: ServerView) -> dict[str, Any]:
    """The role's variables; of a pair, the same for both members."""
    members = server.find_hosts(SERVICE) if SERVICE in server.services else (server.server,)
    databases = [{"name": JOURNAL, "clients": _list_control_nodes(server)}] if SERVICE in server.services else []
    databases += [
        {"name": make_database_name(hosted.owner.name, hosted.name), "clients": clients}
        for hosted in _list_hosted(server)
        if (clients := _list_clients(server, hosted))
    ]
    return {
        "database__members": [{"name": member.name, "address": str(member.address.ip)} for member in members],
        "database__databases": databases,
    }


def make_database_name(municipality: str, application: str) -> str:
    """What an application's database and role are called: 63 bytes are what PostgreSQL has room for."""
    return f"{municipality}_{application}".replace("-", "_")[:63]


def _list_hosted(server: ServerView) -> Iterator[HostedApplication]:
    for hosted in server.databases:
        database = hosted.record.database
        if database and any(PortRange.parse(port).overlaps(PORT) for port in database.ports):
            yield hosted


def _list_clients(server: ServerView, hosted: HostedApplication) -> list[str]:
    """Where an application's hosts connect from, as the flows say: the old address, the new, or both.

    The owner's flows begin or end with the owner: one from a host of the centre's to another one is the centre's alone.
    """
    record = Record("application", f"{hosted.owner.name}/{hosted.name}")
    own = [IPv4Network(address) for address in server.addresses]
    networks = [
        network
        for home in dict.fromkeys((hosted.owner.name, server.municipality.name))
        for flow in list_flows(server.region, home, server.stage)
        if flow.record == record and flow.port.overlaps(PORT)
        if any(destination.supernet_of(address) for destination in flow.destination.networks for address in own)
        for network in flow.source.networks
    ]
    return _format(networks)


def _list_control_nodes(server: ServerView) -> list[str]:
    return _format(IPv4Network(address) for address in server.standard.control_nodes)


def _format(networks: Iterable[IPv4Network]) -> list[str]:
    return [str(network) for network in collapse_addresses(networks)]
