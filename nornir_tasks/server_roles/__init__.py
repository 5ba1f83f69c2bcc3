"""Which roles a server gets, and what they are told: from the inventory and how far everything has come. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nornir_tasks.model import Position, Region
from nornir_tasks.server_roles import (
    application_host,
    backup,
    baseline,
    database,
    log_server,
    monitoring,
    resolver,
    server_network,
    time_server,
)
from nornir_tasks.server_roles.view import ServerView, find_reason_not_ours

__all__ = ["ROLES", "ServerRoles", "ServerView", "derive", "find_reason_not_ours"]


class RoleModule(Protocol):
    """A module of this package, named as its role."""

    def applies_to(self, server: ServerView) -> bool:
        """Whether a server gets the role."""

    def derive_variables(self, server: ServerView) -> dict[str, Any]:
        """The role's variables that follow from the inventory. Shape: ``<role>__…`` to plain JSON."""


# In the order in which they run: each of them may stand on those before it.
ROLES: Mapping[str, RoleModule] = {
    "baseline": baseline,
    "server_network": server_network,
    "time_server": time_server,
    "resolver": resolver,
    "log_server": log_server,
    "monitoring": monitoring,
    "database": database,
    "application_host": application_host,
    "backup": backup,
}


@dataclass(frozen=True)
class ServerRoles:
    """The roles of a server in their order, and the variables of all of them that follow from the inventory."""

    roles: tuple[str, ...]
    variables: Mapping[str, Any]


def derive(region: Region, position: Position, name: str) -> ServerRoles:
    """What a server gets.

    Args:
        region: with all records.
        position: how far everything has come.
        name: of a server of the inventory, of which ``find_reason_not_ours`` says nothing.
    """
    view = ServerView(region, region.servers[name], position)
    roles = tuple(role for role, module in ROLES.items() if module.applies_to(view))
    variables = {key: value for role in roles for key, value in ROLES[role].derive_variables(view).items()}
    return ServerRoles(roles, variables)
