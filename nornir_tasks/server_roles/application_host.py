"""What the role ``application_host`` is told: which applications run here, under which names, and where they move."""

import hashlib
from collections.abc import Iterable
from typing import Any

from nornir_tasks.model.device import Region
from nornir_tasks.model.flows import list_server_networks
from nornir_tasks.model.names import find_server_stage, make_label
from nornir_tasks.model.services import PortRange
from nornir_tasks.model.stage import Stage
from nornir_tasks.server_roles.database import make_database_name
from nornir_tasks.server_roles.view import HostedApplication, ServerView

LONGEST_ACCOUNT = 32  # useradd(8)


def applies_to(server: ServerView) -> bool:
    """Whether an application runs here, or moves here or away."""
    return bool(server.applications)


def derive_variables(server: ServerView) -> dict[str, Any]:
    """The role's variables. Shape: ``application_host__applications``, a record an application that users open."""
    records = (_describe(server, hosted) for hosted in server.applications)
    return {"application_host__applications": [record for record in records if record is not None]}


def make_name(owner: str, key: str) -> str:
    """What an application is called on its hosts: ``loppa-school-administration``."""
    return f"{make_label(owner)}-{make_label(key)}"


def make_account(name: str) -> str:
    """The account of an application; a long name is cut, and ends in what tells it from another one."""
    account = f"app-{name}"
    if len(account) <= LONGEST_ACCOUNT:
        return account
    return f"{account[: LONGEST_ACCOUNT - 7]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _describe(server: ServerView, hosted: HostedApplication) -> dict[str, Any] | None:
    """An application as this host has it; None: it answers at no port over TCP."""
    ports = [PortRange.parse(port) for port in hosted.record.ports]
    port = next((port.first for port in ports if port.protocol == "tcp"), None)
    if port is None:
        return None
    name = make_name(hosted.owner.name, hosted.name)
    before, after = hosted.record.hosts, hosted.record.move.to
    # With retire the old place goes, and the new one has no other any more.
    is_retired = hosted.has_moved and server.position.of(hosted.owner.name) >= Stage.RETIRE
    there = () if not (hosted.comes or hosted.leaves) else after if hosted.leaves else () if is_retired else before
    return {
        "name": name,
        "record": f"{hosted.owner.name}/{hosted.name}",
        "label": hosted.record.label,
        "account": make_account(name),
        "server_name": f"{make_label(hosted.name)}.{make_label(hosted.owner.name)}.{server.standard.domain}",
        "address": str(server.server.address.ip),
        "port": port,
        "mode": "serve" if hosted.is_here else "gone" if is_retired else "forward",
        "wave": str(hosted.record.move.wave),
        "there": {"hosts": list(there), "addresses": _list_addresses(server.region, there)},
        "database": _describe_database(server, hosted, bool(there)),
    }


def _describe_database(server: ServerView, hosted: HostedApplication, has_other_place: bool) -> dict[str, str]:
    """Where its data is and, where that moves, at the other place; as PostgreSQL's clients take it, no password."""
    record = hosted.record
    user = make_database_name(hosted.owner.name, hosted.name)
    places = {"here": "", "there": ""}
    if record.database:
        port = PortRange.parse(record.database.ports[0]).first
        before, after = record.database.hosts, record.move.database
        old, new = (
            _write_connection(_list_present_addresses(server, hosts), port, user) if hosts else ""
            for hosts in (before, after)
        )
        moves = (hosted.comes or hosted.leaves) and bool(after)
        places = {"here": new if moves and hosted.comes else old, "there": ""}
        if moves and has_other_place:
            places["there"] = old if hosted.comes else new
    return {**places, "name": user, "user": user}


def _write_connection(addresses: Iterable[str], port: int, user: str) -> str:
    """The primary among these, at one port."""
    hosts = ",".join(addresses)
    return f"host={hosts} port={port} dbname={user} user={user} target_session_attrs=primary connect_timeout=5"


def _list_addresses(region: Region, hosts: Iterable[str]) -> list[str]:
    """The addresses of the standard: old ones are not led to from elsewhere."""
    return [str(region.servers[host].address.ip) for host in hosts]


def _list_present_addresses(server: ServerView, hosts: Iterable[str]) -> list[str]:
    """The addresses that are there at the stage: of the standard, or the old ones as long as there are no others."""
    servers = [server.region.servers[host] for host in hosts]
    stages = [find_server_stage(server.region, each, server.position) for each in servers]
    networks = (list_server_networks(each, stage)[0] for each, stage in zip(servers, stages, strict=True))
    return [str(network.network_address) for network in networks]
