"""The typed model, built from what Ansible resolved. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

from nornir_tasks.model.addresses import (
    find_gateway_address,
    find_operations_network,
    find_servers_network,
    find_services_network,
    find_site,
    find_uplink_index,
    find_uplink_pair,
    find_zone_network,
)
from nornir_tasks.model.check import check
from nornir_tasks.model.check.cabling import split_socket
from nornir_tasks.model.device import Device, Endpoint, Neighbour, Port, Region, Role, Server, ServerLogin
from nornir_tasks.model.entries import CENTRE, Entries, HostEntry, SwitchEntry, expand_port_range, read_entries
from nornir_tasks.model.finding import ModelError
from nornir_tasks.model.municipality import Link, Municipality
from nornir_tasks.model.standard import Standard, SwitchModel

ROLES: Mapping[str | None, Role] = {"core": "core", "access": "access", "leaf": "leaf", "spine": "spine"}


def build_region(resolved: Mapping[str, Any]) -> Region:
    """The region, typed and checked. Shape of ``resolved``: that of ``ansible-inventory --list``.

    Raises:
        ModelError: a variable does not fit the model or another variable; it holds every finding.
    """
    entries = read_entries(resolved)
    findings = [*entries.findings, *check(entries)]
    if findings:
        raise ModelError(findings)
    cables, zones = _map_cable_ends(entries), _ZoneSpread()
    for host, place in entries.places.items():
        if place.role == "core":
            zones.collect(entries, cables, host, None)
    devices = {host: _build_device(entries, cables, zones, host) for host in entries.switches}
    servers = {host: _build_server(entries, host) for host in entries.servers}
    return Region(municipalities=entries.municipalities, devices=devices, servers=servers)


@dataclass(frozen=True)
class _CableEnd:
    """A cable, seen from one of its ends."""

    far_switch: str
    far_port: int
    link: Link
    address: IPv4Interface | None = None  # of this end, on a routed link
    peer: IPv4Interface | None = None


_CableEnds = Mapping[str, Mapping[int, _CableEnd]]  # switch and port


def _map_cable_ends(entries: Entries) -> _CableEnds:
    ends: dict[str, dict[int, _CableEnd]] = {host: {} for host in entries.switches}
    halves = list(entries.municipalities[CENTRE].sites) if CENTRE in entries.municipalities else []
    for municipality in entries.municipalities.values():
        for link in municipality.links:
            (a, a_port), (b, b_port) = split_socket(link.a), split_socket(link.b)
            first_address = second_address = None
            if link.kind == "routed":
                first_address, second_address = _find_link_addresses(entries, municipality, link, halves)
            # The centre's end has the first address of the /31; between two of the centre's, `a` has.
            a_first = entries.places[a].municipality == CENTRE
            a_address, b_address = (first_address, second_address) if a_first else (second_address, first_address)
            ends[a][a_port] = _CableEnd(b, b_port, link, a_address, b_address)
            ends[b][b_port] = _CableEnd(a, a_port, link, b_address, a_address)
    return ends


def _find_link_addresses(
    entries: Entries, municipality: Municipality, link: Link, halves: list[str]
) -> tuple[IPv4Interface | None, IPv4Interface | None]:
    switches = [split_socket(end)[0] for end in (link.a, link.b)]
    centre_switch = next((switch for switch in switches if entries.places[switch].municipality == CENTRE), None)
    index = find_uplink_index(
        link, municipality, entries.switches[centre_switch].site if centre_switch else None, halves
    )
    return (None, None) if index is None else find_uplink_pair(entries.standards[switches[0]].uplink_network, index)


@dataclass
class _ZoneSpread:
    """Which zones each switch carries, and which are needed behind each of its trunks."""

    carried: dict[str, set[str]] = field(default_factory=dict)
    behind: dict[str, dict[int, set[str]]] = field(default_factory=dict)

    def collect(self, entries: Entries, cables: _CableEnds, host: str, parent: str | None) -> set[str]:
        """The zones of a switch and of everything behind it; fills ``carried`` and ``behind`` on the way down.

        Args:
            entries: without findings.
            cables: each switch's cables by port, as ``_map_cable_ends`` gives them; without loops of trunks.
            host: the switch to begin at; each municipality is begun at its core.
            parent: the switch on the core's side, whose trunk is not followed; None at the core.
        """
        zones = _find_own_zones(entries, host)
        trunks = {port: cable for port, cable in sorted(cables[host].items()) if cable.link.kind == "trunk"}
        behind_ports = self.behind.setdefault(host, {})
        for port, cable in trunks.items():
            if cable.far_switch != parent:
                behind_ports[port] = self.collect(entries, cables, cable.far_switch, host)
                zones |= behind_ports[port]
        behind_ports.update({port: zones for port, cable in trunks.items() if cable.far_switch == parent})
        self.carried[host] = zones
        return zones


def _find_own_zones(entries: Entries, host: str) -> set[str]:
    """The zones that the purpose of a switch's site needs."""
    municipality = entries.municipalities[entries.places[host].municipality]
    return set(entries.standards[host].site_purposes[municipality.sites[entries.switches[host].site].purpose])


def _build_device(entries: Entries, cables: _CableEnds, zones: _ZoneSpread, host: str) -> Device:
    switch, place, standard = entries.switches[host], entries.places[host], entries.standards[host]
    municipality = entries.municipalities[place.municipality]
    model, role = standard.switch_models[switch.model], ROLES[place.role]
    carried = _sort_zones(zones.carried.get(host) or _find_own_zones(entries, host), standard)
    address = _build_interface(switch.address, municipality, standard)
    return Device(
        name=host,
        municipality=municipality.name,
        role=role,
        platform=model.platform,
        model=switch.model,
        switch_model=model,
        site=switch.site,
        address=address,
        legacy_address=_build_legacy_address(switch, municipality),
        legacy_name=entries.make_legacy_name(host),
        gateway=find_gateway_address(find_operations_network(municipality, standard)).ip if role == "access" else None,
        loopback=_find_loopback(municipality, role, address),
        ports=_build_ports(entries, model, switch, cables[host]),
        zones=carried,
        trunk_zones={port: _sort_zones(names, standard) for port, names in zones.behind.get(host, {}).items()},
        gateways=_find_gateways(switch, municipality, standard, role, carried),
        exits={
            int(record.port.rpartition(":")[2]): name
            for name, record in standard.exits.items()
            if record.port.rpartition(":")[0] == host
        },
        endpoint=_build_endpoint(switch, switch.legacy_address),
        standard=standard,
    )


def _build_server(entries: Entries, host: str) -> Server:
    server, place = entries.servers[host], entries.places[host]
    municipality = entries.municipalities[place.municipality]
    standard = entries.find_standard(municipality.name)
    if standard is None:  # the checks require a core switch in each municipality that has hosts
        raise ValueError(f"{host}: {municipality.name} has no switch")
    servers_network = None if municipality.name == CENTRE else find_servers_network(municipality, standard)
    in_servers = servers_network is not None and server.address in servers_network
    zone = "servers" if in_servers else "services" if municipality.name == CENTRE else "operations"
    switch = entries.find_attached_switch(host)
    site = server.site or find_site(municipality, standard, server.address, municipality.name == CENTRE)
    if site is None and switch in entries.switches:
        site = entries.switches[switch].site
    address = _build_interface(server.address, municipality, standard)
    if servers_network is not None and in_servers:
        address = IPv4Interface((int(server.address), servers_network.prefixlen))
    return Server(
        name=host,
        municipality=municipality.name,
        site=site or next(iter(municipality.sites)),
        address=address,
        zone=zone,
        legacy_address=server.legacy_address if municipality.has_legacy else None,
        groups=place.groups,
        attached=server.attached,
        runs_on=server.runs_on,
        os=server.os,
        runs=server.runs,
        run_by=server.run_by,
        endpoint=_build_endpoint(server),
        login=ServerLogin(
            user=server.ansible_user,
            key=server.ansible_ssh_private_key_file,
            arguments=server.ansible_ssh_common_args or "",
        ),
    )


def _sort_zones(zones: Iterable[str], standard: Standard) -> tuple[str, ...]:
    """Zones in the standard's own order."""
    ranks = {zone: rank for rank, zone in enumerate(standard.zones)}
    return tuple(sorted(zones, key=ranks.__getitem__))


def _build_ports(
    entries: Entries, model: SwitchModel, switch: SwitchEntry, cables: Mapping[int, _CableEnd]
) -> tuple[Port, ...]:
    profiles = {
        number: profile for port_range, profile in switch.ports.items() for number in expand_port_range(port_range)
    }
    return tuple(
        _build_port(
            number,
            _format_port_name(model, number),
            model.gbps,
            profiles.get(number),
            _build_neighbour(entries, cables[number]) if number in cables else None,
        )
        for number in range(1, model.ports + 1)
    )


def _build_port(number: int, name: str, gbps: int, profile: str | None, neighbour: Neighbour | None) -> Port:
    if neighbour is None:
        return _build_uncabled_port(number, name, gbps, profile)
    return Port(number=number, name=name, gbps=gbps, profile=profile, neighbour=neighbour)


@lru_cache(maxsize=1 << 14)
def _build_uncabled_port(number: int, name: str, gbps: int, profile: str | None) -> Port:
    """A port without a cable: most switches of a model have the same ones, and share them."""
    return Port(number=number, name=name, gbps=gbps, profile=profile)


def _build_neighbour(entries: Entries, cable: _CableEnd) -> Neighbour:
    model = entries.standards[cable.far_switch].switch_models[entries.switches[cable.far_switch].model]
    return Neighbour(
        device=cable.far_switch,
        port=cable.far_port,
        port_name=_format_port_name(model, cable.far_port),
        municipality=entries.places[cable.far_switch].municipality,
        kind=cable.link.kind,
        address=cable.address,
        peer_address=cable.peer,
    )


def _format_port_name(model: SwitchModel, number: int) -> str:
    is_uplink = model.uplinks and model.uplinks_from and number >= model.uplinks_from
    return str(model.uplinks if is_uplink else model.name).replace("{}", str(number))


def _build_endpoint(entry: HostEntry, legacy: IPv4Address | None = None) -> Endpoint:
    """Where a host is: where Ansible says, else at its own address (a switch before its move at its former one)."""
    host = entry.ansible_host or str(entry.address)
    legacy_host = None if entry.ansible_host or legacy is None else str(legacy)
    return Endpoint(host=host, legacy_host=legacy_host, ssh_port=entry.ansible_port, eapi_port=entry.eapi_port)


def _build_interface(address: IPv4Address, municipality: Municipality, standard: Standard) -> IPv4Interface:
    """With the length of the network it is in: the operations zone, or a /24 in the centre."""
    length = 24 if municipality.name == CENTRE else find_operations_network(municipality, standard).prefixlen
    return IPv4Interface((int(address), length))


def _build_legacy_address(switch: SwitchEntry, municipality: Municipality) -> IPv4Interface | None:
    if municipality.legacy is None or switch.legacy_address is None:
        return None
    subnet = municipality.legacy.vlans[municipality.legacy.management_vlan].subnet
    return IPv4Interface((int(switch.legacy_address), subnet.prefixlen if subnet else 24))


def _find_loopback(municipality: Municipality, role: Role, address: IPv4Interface) -> IPv4Address | None:
    """Of what routes: in the last /24 of the prefix; a core is the first, the centre's follow their addresses."""
    if role == "access":
        return None
    return municipality.prefix.network_address + (255 << 8) + (1 if role == "core" else int(address.ip) & 255)


def _find_gateways(
    switch: SwitchEntry, municipality: Municipality, standard: Standard, role: Role, carried: tuple[str, ...]
) -> dict[str, IPv4Interface]:
    """A core is the gateway of all its zones; a leaf with ports for services is that of its half's services."""
    if role == "core":
        return {
            zone: find_gateway_address(find_zone_network(municipality.prefix, standard.zones[zone].block))
            for zone in carried
        }
    if role != "access" and "service" in switch.ports.values():
        return {"services": find_gateway_address(find_services_network(municipality.sites[switch.site], standard))}
    return {}
