"""From what Ansible resolved to the typed model: pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

from nornir_tasks.model.addresses import (
    first,
    operations_network,
    services_network,
    site_of,
    uplink_index,
    uplink_pair,
    zone_network,
)
from nornir_tasks.model.check import check
from nornir_tasks.model.check.cabling import split
from nornir_tasks.model.device import Device, Endpoint, Neighbour, Port, Region, Role, Server
from nornir_tasks.model.entries import CENTRE, Entries, HostEntry, SwitchEntry, members, numbers, read
from nornir_tasks.model.finding import ModelError
from nornir_tasks.model.municipality import Link, Municipality
from nornir_tasks.model.standard import Standard, SwitchModel

__all__ = ["build", "members", "numbers"]
ROLE: Mapping[str | None, Role] = {"core": "core", "access": "access", "leaf": "leaf", "spine": "spine"}


def build(resolved: Mapping[str, Any]) -> Region:
    """Build the region. Shape of ``resolved``: that of ``ansible-inventory --list``.

    Raises:
        ModelError: something does not fit; it holds every finding.
    """
    entries = read(resolved)
    findings = [*entries.findings, *check(entries)]
    if findings:
        raise ModelError(findings)
    cables, zones = _cables(entries), _Zones()
    for host, place in entries.places.items():
        if place.role == "core":
            zones.walk(entries, cables, host, None)
    devices = {host: _device(entries, cables, zones, host) for host in entries.switches}
    servers = {host: _server(entries, host) for host in entries.servers}
    return Region(municipalities=entries.municipalities, devices=devices, servers=servers)


@dataclass(frozen=True)
class _Cable:
    """A cable, seen from one of its ends."""

    far: str
    far_port: int
    link: Link
    address: IPv4Interface | None = None  # of this end, on a routed link
    peer: IPv4Interface | None = None


_Cables = Mapping[str, Mapping[int, _Cable]]  # switch and port


def _cables(entries: Entries) -> _Cables:
    found: dict[str, dict[int, _Cable]] = {host: {} for host in entries.switches}
    halves = list(entries.municipalities[CENTRE].sites) if CENTRE in entries.municipalities else []
    for home in entries.municipalities.values():
        for link in home.links:
            (a, a_port), (b, b_port) = split(link.a), split(link.b)
            low = high = None
            if link.kind == "routed":
                low, high = _addresses(entries, home, link, halves)
            # The centre's end has the first address of the /31; between two of the centre's, `a` has.
            a_first = entries.places[a].municipality == CENTRE
            near, far = (low, high) if a_first else (high, low)
            found[a][a_port] = _Cable(b, b_port, link, near, far)
            found[b][b_port] = _Cable(a, a_port, link, far, near)
    return found


def _addresses(
    entries: Entries, home: Municipality, link: Link, halves: list[str]
) -> tuple[IPv4Interface | None, IPv4Interface | None]:
    ends = [split(end)[0] for end in (link.a, link.b)]
    centre = next((one for one in ends if entries.places[one].municipality == CENTRE), None)
    index = uplink_index(link, home, entries.switches[centre].site if centre else None, halves)
    return (None, None) if index is None else uplink_pair(entries.standards[ends[0]].uplink_network, index)


@dataclass
class _Zones:
    """Which zones each switch carries, and which are needed behind each of its trunks."""

    carried: dict[str, set[str]] = field(default_factory=dict)
    behind: dict[str, dict[int, set[str]]] = field(default_factory=dict)

    def walk(self, entries: Entries, cables: _Cables, host: str, parent: str | None) -> set[str]:
        """Down the tree of trunks; gives the zones of a switch and of everything behind it."""
        zones = own_zones(entries, host)
        trunks = {port: cable for port, cable in sorted(cables[host].items()) if cable.link.kind == "trunk"}
        behind = self.behind.setdefault(host, {})
        for port, cable in trunks.items():
            if cable.far != parent:
                behind[port] = self.walk(entries, cables, cable.far, host)
                zones |= behind[port]
        behind.update({port: zones for port, cable in trunks.items() if cable.far == parent})
        self.carried[host] = zones
        return zones


def own_zones(entries: Entries, host: str) -> set[str]:
    """The zones that the purpose of a switch's site needs."""
    home = entries.municipalities[entries.places[host].municipality]
    return set(entries.standards[host].site_purposes[home.sites[entries.switches[host].site].purpose])


def _device(entries: Entries, cables: _Cables, zones: _Zones, host: str) -> Device:
    switch, place, standard = entries.switches[host], entries.places[host], entries.standards[host]
    home = entries.municipalities[place.municipality]
    model, role = standard.switch_models[switch.model], ROLE[place.role]
    carried = _in_order(zones.carried.get(host) or own_zones(entries, host), standard)
    address = _interface(switch.address, home, standard)
    return Device(
        name=host,
        municipality=home.name,
        role=role,
        platform=model.platform,
        model=switch.model,
        switch_model=model,
        site=switch.site,
        address=address,
        legacy_address=_legacy_address(switch, home),
        legacy_name=entries.legacy_name(host),
        gateway=first(operations_network(home, standard)).ip if role == "access" else None,
        loopback=_loopback(home, role, address),
        ports=_ports(entries, model, switch, cables[host]),
        zones=carried,
        trunk_zones={port: _in_order(names, standard) for port, names in zones.behind.get(host, {}).items()},
        gateways=_gateways(switch, home, standard, role, carried),
        endpoint=_endpoint(switch, switch.legacy_address),
        standard=standard,
    )


def _server(entries: Entries, host: str) -> Server:
    server, place = entries.servers[host], entries.places[host]
    home = entries.municipalities[place.municipality]
    standard = entries.standard(home.name)
    if standard is None:  # the checks ask for a core switch wherever somebody is
        raise ValueError(f"{host}: {home.name} has no switch")
    site = server.site or site_of(home, standard, server.address, home.name == CENTRE)
    return Server(
        name=host,
        municipality=home.name,
        site=site or next(iter(home.sites)),
        address=_interface(server.address, home, standard),
        groups=place.groups,
        attached=server.attached,
        runs_on=server.runs_on,
        endpoint=_endpoint(server),
    )


def _in_order(zones: Iterable[str], standard: Standard) -> tuple[str, ...]:
    """In the standard's own order."""
    order = {zone: number for number, zone in enumerate(standard.zones)}
    return tuple(sorted(zones, key=order.__getitem__))


def _ports(entries: Entries, model: SwitchModel, switch: SwitchEntry, cables: Mapping[int, _Cable]) -> tuple[Port, ...]:
    profiles = {number: profile for span, profile in switch.ports.items() for number in numbers(span)}
    return tuple(
        _port(
            number,
            _port_name(model, number),
            model.gbps,
            profiles.get(number),
            _neighbour(entries, cables[number]) if number in cables else None,
        )
        for number in range(1, model.ports + 1)
    )


def _port(number: int, name: str, gbps: int, profile: str | None, neighbour: Neighbour | None) -> Port:
    if neighbour is None:
        return _uncabled(number, name, gbps, profile)
    return Port(number=number, name=name, gbps=gbps, profile=profile, neighbour=neighbour)


@lru_cache(maxsize=1 << 14)
def _uncabled(number: int, name: str, gbps: int, profile: str | None) -> Port:
    """A port without a cable: most switches of a model have the same ones, and share them."""
    return Port(number=number, name=name, gbps=gbps, profile=profile)


def _neighbour(entries: Entries, cable: _Cable) -> Neighbour:
    model = entries.standards[cable.far].switch_models[entries.switches[cable.far].model]
    return Neighbour(
        device=cable.far,
        port=cable.far_port,
        port_name=_port_name(model, cable.far_port),
        municipality=entries.places[cable.far].municipality,
        kind=cable.link.kind,
        address=cable.address,
        peer_address=cable.peer,
    )


def _port_name(model: SwitchModel, number: int) -> str:
    uplink = model.uplinks and model.uplinks_from and number >= model.uplinks_from
    return str(model.uplinks if uplink else model.name).replace("{}", str(number))


def _endpoint(entry: HostEntry, legacy: IPv4Address | None = None) -> Endpoint:
    """Where a host is: where Ansible says, else at its own address (a switch before its move at its former one)."""
    host = entry.ansible_host or str(entry.address)
    former = None if entry.ansible_host or legacy is None else str(legacy)
    return Endpoint(host=host, legacy_host=former, ssh_port=entry.ansible_port, eapi_port=entry.eapi_port)


def _interface(address: IPv4Address, home: Municipality, standard: Standard) -> IPv4Interface:
    """With the length of the network it is in: the operations zone, or a /24 in the centre."""
    length = 24 if home.name == CENTRE else operations_network(home, standard).prefixlen
    return IPv4Interface((int(address), length))


def _legacy_address(switch: SwitchEntry, home: Municipality) -> IPv4Interface | None:
    if home.legacy is None or switch.legacy_address is None:
        return None
    subnet = home.legacy.vlans[home.legacy.management_vlan].subnet
    return IPv4Interface((int(switch.legacy_address), subnet.prefixlen if subnet else 24))


def _loopback(home: Municipality, role: Role, address: IPv4Interface) -> IPv4Address | None:
    """Of what routes: in the last /24 of the prefix; a core is the first, the centre's follow their addresses."""
    if role == "access":
        return None
    return home.prefix.network_address + (255 << 8) + (1 if role == "core" else int(address.ip) & 255)


def _gateways(
    switch: SwitchEntry, home: Municipality, standard: Standard, role: Role, carried: tuple[str, ...]
) -> dict[str, IPv4Interface]:
    """A core is the gateway of all its zones; a leaf with ports for services is that of its half's services."""
    if role == "core":
        return {zone: first(zone_network(home.prefix, standard.zones[zone].block)) for zone in carried}
    if role != "access" and "service" in switch.ports.values():
        return {"services": first(services_network(home.sites[switch.site], standard))}
    return {}
