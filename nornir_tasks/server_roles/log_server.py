"""What the role ``log_server`` is told: whose address is whose, and the other half."""

from typing import Any

from nornir_tasks.server_roles.machines import list_machine_addresses
from nornir_tasks.server_roles.view import ServerView

SERVICE = "logs"


def applies_to(server: ServerView) -> bool:
    """Whoever keeps the logs gets it."""
    return SERVICE in server.services


def derive_variables(server: ServerView) -> dict[str, Any]:
    """The role's variables. Logs are told apart by the address that they come from: a name in a message may lie."""
    partners = server.find_partners(SERVICE)
    machines = list_machine_addresses(server.region, server.position)
    return {
        "log_server__address": str(server.server.address.ip),
        "log_server__partners": [str(partner.address.ip) for partner in partners],
        "log_server__hosts": {str(address): name for address, name in sorted(machines.items())},
        "log_server__verify_from": [partner.name for partner in partners],
    }
