"""What the role ``backup`` is told: who has data, what of it is backed up, and to which store in the other half."""

from typing import Any

from nornir_tasks.model import Server
from nornir_tasks.server_roles import database
from nornir_tasks.server_roles.view import ServerView, find_reason_not_ours

SERVICE = "backup"  # of common_services: the stores
SETTINGS = "/etc"
LOGS = "/var/log/remote"  # where the role log_server keeps what others send
APPLICATIONS = ("/srv", "/var/lib/fellesdrift-app-*", "/var/lib/fellesdrift-move")
CONTROL = ("/home", "/srv", "/var/lib/fellesdrift")  # the control nodes' checkout, and what it writes
POSTGRESQL = 17


def applies_to(server: ServerView) -> bool:
    """The stores, and who has data."""
    return SERVICE in server.services or (bool(_list_paths(server)) and _find_store(server) is not None)


def derive_variables(server: ServerView) -> dict[str, Any]:
    """The role's variables."""
    paths, store = _list_paths(server), _find_store(server)
    has_database = database.applies_to(server)
    return {
        "backup__clients": _list_clients(server) if SERVICE in server.services else [],
        "backup__store": {"name": store.name, "address": str(store.address.ip)} if paths and store else {},
        "backup__paths": paths,
        "backup__postgresql": {"version": POSTGRESQL, "port": database.PORT.first} if has_database else {},
    }


def _list_paths(server: ServerView) -> list[str]:
    """What is read; none of a server that has no data. Of databases their dumps are read, which the role makes."""
    paths: list[str] = []
    paths += [LOGS] if "logs" in server.services else []
    paths += CONTROL if "control_nodes" in server.services else ()
    paths += APPLICATIONS if server.applications else ()
    if paths or database.applies_to(server):
        return sorted({SETTINGS, *paths})
    return []


def _find_store(server: ServerView) -> Server | None:
    """The store in the other half; of the municipalities' servers the half is that of their number, odd or even."""
    stores = server.find_hosts(SERVICE)
    if server.is_centre:
        return next((store for store in stores if store.site != server.server.site), None)
    return stores[server.municipality.number % len(stores)] if stores else None


def _list_clients(server: ServerView) -> list[str]:
    """The servers of ours whose store this is."""
    views = (
        ServerView(server.region, other, server.position)
        for other in server.region.servers.values()
        if find_reason_not_ours(other) is None
    )
    return sorted(
        view.name for view in views if _list_paths(view) and (store := _find_store(view)) and store.name == server.name
    )
