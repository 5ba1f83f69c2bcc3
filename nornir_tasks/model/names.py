"""What applications and common services are called, and to which addresses a name leads at a position. Pure.

    list_names(region, "loppa", position)   # for those who ask in Loppa

Between harmonise and retire a municipality's servers answer at two addresses. The name leads to both: to the old one
first until the wave of the application has come, then to the new one. Another municipality's people are told the new
one alone, since nothing leads from one municipality to another's old network.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from nornir_tasks.model.device import Region, Server
from nornir_tasks.model.flows import Record, list_server_networks
from nornir_tasks.model.graph import find_attachment
from nornir_tasks.model.municipality import Municipality
from nornir_tasks.model.services import Application
from nornir_tasks.model.stage import Position, Stage

HOST_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")  # RFC 1123, 2.1; RFC 1035, 2.3.4


@dataclass(frozen=True)
class NamedAddress:
    """An address that a name leads to. ``is_old``: it goes with retire."""

    address: IPv4Address
    host: str
    site: str
    is_old: bool


@dataclass(frozen=True)
class ServiceName:
    """A name, and the addresses that it leads to, the first to be tried first; none: it is reached from nowhere yet."""

    name: str
    record: Record
    label: str
    addresses: tuple[NamedAddress, ...]


def make_label(word: str) -> str:
    """A word of the inventory as a part of a name: ``case_archive`` is called ``case-archive``."""
    return word.replace("_", "-")


def list_names(region: Region, municipality: str, position: Position) -> list[ServiceName]:
    """The names that people of a municipality use: of its applications, of others' that they share, of the services.

    Args:
        region: with all records.
        municipality: whose people ask.
        position: how far everything has come.
    """
    return list(_generate_names(region, region.municipalities[municipality], position))


def has_moved(region: Region, home: Municipality, application: Application, position: Position) -> bool:
    """Whether the wave in which an application moves has come: each switch of its sites has.

    Args:
        region: with the switches.
        home: whose application it is.
        application: of it.
        position: how far everything has come.
    """
    if not home.has_legacy:
        return True
    wave = application.move.wave
    stage = Stage.PILOT if wave == "pilot" else Stage.CUTOVER
    sites: tuple[str, ...] = ()
    if home.migration is not None:
        sites = home.migration.pilot_sites if wave == "pilot" else home.migration.waves[wave - 1]
    stages = [position.of(home.name, device.name) for device in region.of(home.name) if device.site in sites]
    return min(stages, default=position.of(home.name)) >= stage


def find_serving_hosts(
    region: Region, home: Municipality, application: Application, position: Position
) -> tuple[str, ...]:
    """The servers at which an application is used: where it runs, or, once its wave has come, where it moves to.

    Args:
        region: with the switches.
        home: whose application it is.
        application: of it.
        position: how far everything has come.
    """
    moved = application.move.to and has_moved(region, home, application, position)
    return tuple(dict.fromkeys(application.move.to if moved else application.hosts))


def find_database_hosts(
    region: Region, home: Municipality, application: Application, position: Position
) -> tuple[str, ...]:
    """The servers that hold an application's data; none: it has no database of its own. Arguments as above."""
    if application.move.database and has_moved(region, home, application, position):
        return application.move.database
    return application.database.hosts if application.database else ()


def _generate_names(region: Region, asking: Municipality, position: Position) -> Iterator[ServiceName]:
    standard = region.of(asking.name)[0].standard
    for owner in region.municipalities.values():
        for key, application in owner.applications.items():
            if owner is not asking and not any(user.startswith(f"{asking.name}/") for user in application.users):
                continue
            moved = has_moved(region, owner, application, position)
            addresses = list(
                _list_addresses(region, find_serving_hosts(region, owner, application, position), position)
            )
            if owner is not asking:
                addresses = [each for each in addresses if not each.is_old]
            # Stable: within the old and within the new ones the order of the hosts stays.
            addresses.sort(key=lambda each: each.is_old is moved)
            yield ServiceName(
                f"{make_label(key)}.{make_label(owner.name)}.{standard.domain}",
                Record("application", f"{owner.name}/{key}"),
                application.label,
                tuple(addresses),
            )
    for key, service in standard.common_services.items():
        record = Record("common service", key)
        addresses = list(_list_addresses(region, service.hosts, position))
        yield ServiceName(f"{make_label(key)}.{standard.domain}", record, service.label, tuple(addresses))


def _list_addresses(region: Region, hosts: Iterable[str], position: Position) -> Iterator[NamedAddress]:
    for host in dict.fromkeys(hosts):
        server = region.servers[host]
        for network in list_server_networks(server, find_server_stage(region, server, position)):
            address = network.network_address
            yield NamedAddress(address, host, server.site, address == server.legacy_address)


def find_server_stage(region: Region, server: Server, position: Position) -> Stage:
    """How far the switch has come that a server hangs on, itself or with its hypervisor."""
    if not region.municipalities[server.municipality].has_legacy:
        return Stage.RETIRE
    return position.of(server.municipality, find_attachment(region, server).partition(":")[0])
