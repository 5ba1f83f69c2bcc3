"""Common services and destinations outside: each names hosts, zones, exits and ports that there are."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.check.cabling import split_socket
from nornir_tasks.model.check.service_names import (
    RESERVED,
    ServiceNames,
    check_labels,
    check_names,
    check_ports,
    check_zone_ports,
    check_zones,
)
from nornir_tasks.model.check.standards import SERVICES
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Path, Variable, judge_unknown, judge_variable
from nornir_tasks.model.flows import MANAGEMENT
from nornir_tasks.model.flows import SERVICES as SERVICES_ZONE
from nornir_tasks.model.services import Exit
from nornir_tasks.model.standard import Standard

LOGIN = "tcp/22"  # by which a control node logs in to a switch


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A finding for each name and number in the standard's records of services that leads nowhere."""
    standard = entries.find_standard(CENTRE) or next(iter(entries.standards.values()), None)
    if standard is None:
        return
    names = ServiceNames.collect(entries, standard)
    for zone, record in standard.zones.items():
        yield from check_ports("all", ("zones", zone, "peers"), record.peers)
        if record.peers and zone in RESERVED:
            expected = f"none: {zone} is {RESERVED[zone]}, and has no clients"
            yield judge_variable("all", ("zones", zone, "peers"), "a list", expected)
    yield from _check_common_services(standard, names)
    yield from _check_standing_services(entries, standard)
    yield from _check_destinations(entries, standard, names)
    yield from _check_exits(entries, standard)


def _check_common_services(standard: Standard, names: ServiceNames) -> Iterator[Verdict[Variable]]:
    yield from check_labels("all", ("common_services",), standard.common_services)
    for key, service in standard.common_services.items():
        path: Path = ("common_services", key)
        yield from check_names("all", (*path, "hosts"), service.hosts, "a server of the centre", names.centre_servers)
        yield from check_ports("all", (*path, "ports"), service.ports)
        yield from check_zones("all", (*path, "zones"), service.zones, names.municipal_zones | {SERVICES_ZONE})
        yield from check_zone_ports("all", (*path, "opens"), service.opens, names.municipal_zones | {SERVICES_ZONE})
        if bool(service.ports) != bool(service.zones):
            missing = "zones" if service.ports else "ports"
            expected = "the zones that may open its ports" if service.ports else "the ports that its zones open"
            yield judge_variable("all", (*path, missing), "nothing", expected)
        if not service.ports and not service.zones and not service.opens:
            yield judge_variable("all", path, "neither ports nor opens", "what is opened there, or from there")


def _check_standing_services(entries: Entries, standard: Standard) -> Iterator[Verdict[Variable]]:
    """Addresses that switches are told, and that no access list would let them reach, or be reached from."""
    hosts = {host for service in standard.common_services.values() for host in service.hosts}
    addresses = {entries.servers[host].address for host in hosts if host in entries.servers}
    is_unread = any(finding.subject.path[:1] == ("common_services",) for finding in entries.findings)
    if is_unread or not hosts <= entries.servers.keys():
        return
    servers = {server.address: host for host, server in entries.servers.items()}
    for key in SERVICES:
        for index, address in enumerate(getattr(standard, key)):
            if address in servers and address not in addresses:
                expected = "a host of one of common_services: no access list lets anybody reach it otherwise"
                yield judge_variable("all", (key, index), f"'{address}' ({servers[address]})", expected)
    logging_in = {
        entries.servers[host].address
        for service in standard.common_services.values()
        for host in service.hosts
        if LOGIN in service.opens.get(MANAGEMENT, ())
    }
    for index, address in enumerate(standard.control_nodes):
        if address in servers and address not in logging_in:
            expected = f"a host of one of common_services that opens {MANAGEMENT}: [{LOGIN}]"
            advice = "no access list lets it log in to a switch otherwise"
            yield judge_variable("all", ("control_nodes", index), f"'{address}' ({servers[address]})", expected, advice)


def _check_destinations(entries: Entries, standard: Standard, names: ServiceNames) -> Iterator[Verdict[Variable]]:
    zones = {*names.client_zones, SERVICES_ZONE}
    for key, destination in standard.destinations.items():
        path: Path = ("destinations", key)
        yield from check_ports("all", (*path, "ports"), destination.ports)
        yield from check_zones("all", (*path, "zones"), destination.zones, zones)
        yield from check_names("all", (*path, "exits"), destination.exits, "an exit", names.exits)
        for index, network in enumerate(destination.networks):
            owner = next((m for m in entries.municipalities.values() if m.prefix.overlaps(network)), None)
            if owner and network.prefixlen:
                expected = f"a network outside of the region; {owner.name} has {owner.prefix}"
                yield judge_variable("all", (*path, "networks", index), f"'{network}'", expected)
            elif network in destination.networks[:index]:
                yield judge_variable("all", (*path, "networks", index), f"'{network}'", "each network once")


def _check_exits(entries: Entries, standard: Standard) -> Iterator[Verdict[Variable]]:
    taken: dict[str, str] = {}
    networks = {f"{name}'s prefix": entry.prefix for name, entry in entries.municipalities.items()}
    networks["uplink_network"] = standard.uplink_network
    for key, record in standard.exits.items():
        path: Path = ("exits", key)
        yield from _check_exit_port(entries, standard, path, record)
        if taken.setdefault(record.port, key) != key:
            expected = f"a port of its own; exits.{taken[record.port]} has it"
            yield judge_variable("all", (*path, "port"), repr(record.port), expected)
        yield from _check_exit_addresses(path, record)
        overlapping = next((name for name, net in networks.items() if net.overlaps(record.address.network)), None)
        if overlapping:
            expected = f"a network of its own; {overlapping} is {networks[overlapping]}"
            yield judge_variable("all", (*path, "address"), f"'{record.address}'", expected)
        networks.setdefault(f"the network of exits.{key}", record.address.network)


def _check_exit_port(entries: Entries, standard: Standard, path: Path, record: Exit) -> Iterator[Verdict[Variable]]:
    """Whether the port is one of a leaf; what else is on it, ``ports`` knows."""
    switch, port = split_socket(record.port)
    place = entries.places.get(switch)
    leaves = [host for host, place in entries.places.items() if place.role == "leaf"]
    if switch not in leaves and switch not in entries.misplaced:
        noun = "a port of a leaf of the centre"
        if place:
            kind = f"of the role {place.role}" if place.role else "a server"
            yield judge_variable("all", (*path, "port"), repr(record.port), noun, f"{switch} is {kind}")
        else:
            yield judge_unknown("all", (*path, "port"), record.port, noun, leaves)
    model = standard.switch_models.get(entries.switches[switch].model) if switch in entries.switches else None
    if model and not 1 <= port <= model.ports:
        expected = f"a port from 1 to {model.ports} ({entries.switches[switch].model})"
        yield judge_variable("all", (*path, "port"), repr(record.port), expected)


def _check_exit_addresses(path: Path, record: Exit) -> Iterator[Verdict[Variable]]:
    network = record.address.network
    if network.prefixlen == network.max_prefixlen:
        expected = f"an address with the length of its network, such as {record.address.ip}/30"
        yield judge_variable("all", (*path, "address"), f"'{record.address.ip}'", expected)
        return
    for key, address in (("address", record.address.ip), ("peer", record.peer)):
        actual = f"'{record.address if key == 'address' else address}'"
        if key == "peer" and (address not in network or address == record.address.ip):
            expected = f"another address in {network}, the network of its port"
            yield judge_variable("all", (*path, key), actual, expected)
        elif _is_network_end(network, int(address)):
            which = "first" if address == network.network_address else "last"
            yield judge_variable(
                "all", (*path, key), actual, f"an address for a host: that one is the {which} of {network}"
            )


def _is_network_end(network: IPv4Network, address: int) -> bool:
    ends = (int(network.network_address), int(network.broadcast_address))
    return network.prefixlen < 31 and address in ends
