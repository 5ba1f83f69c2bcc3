"""Who may use a common service that a server gives, by the flows. Pure."""

from ipaddress import IPv4Network, collapse_addresses

from nornir_tasks.model import Stage
from nornir_tasks.model.flows import Record, list_flows
from nornir_tasks.server_roles.view import ServerView


def list_client_networks(server: ServerView, service: str) -> dict[str, tuple[IPv4Network, ...]]:
    """The networks from which a common service may be asked, by municipality, the centre among them.

    A municipality's are those of its stage and those of the standard: while a wave moves, some of its switches are
    ahead of it. Those without any are left out.

    Args:
        server: it gives the service, or stands for those that do.
        service: its name.
    """
    clients = {}
    record = Record("common service", service)
    for name in server.region.municipalities:
        networks = {
            network
            for stage in {server.position.of(name), Stage.RETIRE}
            for flow in list_flows(server.region, name, stage)
            if flow.record == record and flow.source.municipality == name
            for network in flow.source.networks
        }
        if networks:
            clients[name] = tuple(collapse_addresses(networks))
    return clients
