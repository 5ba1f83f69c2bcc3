"""What the role ``time_server`` is told: the other half, and who may ask."""

from typing import Any

from nornir_tasks.server_roles.clients import list_client_networks
from nornir_tasks.server_roles.view import ServerView

SERVICE = "time"


def applies_to(server: ServerView) -> bool:
    """Whoever gives the time gets it."""
    return SERVICE in server.services


def derive_variables(server: ServerView) -> dict[str, Any]:
    """The role's variables."""
    partners = server.find_partners(SERVICE)
    clients = list_client_networks(server, SERVICE)
    return {
        "time_server__address": str(server.server.address.ip),
        "time_server__peers": [str(partner.address.ip) for partner in partners],
        "time_server__clients": [str(network) for networks in clients.values() for network in networks],
        "time_server__verify_from": [partner.name for partner in partners],
    }
