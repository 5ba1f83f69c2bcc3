"""From what people name (a zone at a site, a server, a switch, an address) to the stations that send and answer. Pure.

Where something hangs, and which addresses it may have, is the inventory's; which VLAN it is in, the configurations'.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv4Network

from nornir_tasks.core.errors import UsageError
from nornir_tasks.model import Device, Municipality, Port, Position, Region, Server
from nornir_tasks.model.addresses import find_gateway_address, find_services_network, find_zone_network
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.flows import list_server_networks
from nornir_tasks.model.graph import find_attachment
from nornir_tasks.model.names import find_server_stage
from nornir_tasks.platforms.common.management_access import Interface, ManagementAccess
from nornir_tasks.reachability.bridging import PortEnd
from nornir_tasks.reachability.forwarding import Forwarding
from nornir_tasks.reachability.requirements import find_management_address
from nornir_tasks.reachability.way import Station

NEAR = 3  # names that a refusal suggests
EXPECTED = "a zone at a site (administration@loppa-radhus), a server, a switch or an address"


@dataclass(frozen=True)
class Subnet:
    """A network that a station may be in: the standard's, or one of before the move."""

    vlan: int
    network: IPv4Network
    gateway: IPv4Address


def find_municipality(region: Region, word: str) -> str | None:
    """The municipality that a word is about; None: an address that is none's.

    Args:
        region: the inventory's.
        word: as ``Places.find`` takes it.

    Raises:
        UsageError: the word names nothing; the message says what is near.
    """
    zone, at, site = word.partition("@")
    if at:
        home = next((name for name, home in region.municipalities.items() if site in home.sites), None)
        if home is None:
            sites = [site for home in region.municipalities.values() for site in home.sites]
            raise UsageError(
                f"site: found {site!r} in {word!r}, expected a site of the inventory{suggest_nearest(site, sites)}"
            )
        zones = list(_get_zones(region, home))
        if zone not in zones:
            raise UsageError(
                f"zone: found {zone!r} in {word!r}, expected one of {', '.join(zones)}{suggest_nearest(zone, zones)}"
            )
        return home
    if word in region.devices:
        return region.devices[word].municipality
    if word in region.servers:
        return region.servers[word].municipality
    address = _parse_address(word)
    if address is None:
        sites = [site for home in region.municipalities.values() for site in home.sites]
        near = suggest_nearest(word, [*region.devices, *region.servers, *sites])
        raise UsageError(f"place: found {word!r}, expected {EXPECTED}{near}")
    name = region.find_host(address)
    if name is not None:
        return find_municipality(region, name)
    return next(
        (
            name
            for name, home in region.municipalities.items()
            if address in home.prefix or any(address in subnet for subnet in _list_legacy_networks(home))
        ),
        None,
    )


def suggest_nearest(word: str, names: Iterable[str]) -> str:
    """``; did you mean …?`` for a word that is no name; empty where none is near."""
    near = get_close_matches(word, names, n=NEAR, cutoff=0.6)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _parse_address(word: str) -> IPv4Address | None:
    try:
        return IPv4Address(word)
    except ValueError:
        return None


def _list_legacy_networks(home: Municipality) -> Iterator[IPv4Network]:
    for vlan in home.legacy.vlans.values() if home.legacy else ():
        if vlan.subnet is not None:
            yield vlan.subnet


def _get_zones(region: Region, home: str) -> Iterator[str]:
    yield from next((device.standard.zones for device in region.of(home)), {})


class Places:
    """The stations of a region at a position."""

    def __init__(self, region: Region, position: Position, forwarding: Forwarding) -> None:
        self._region, self._position, self._forwarding = region, position, forwarding
        # By switch: what it is configured as, and the ports of it that stand for all others; and who is there by zone.
        self._classes: dict[str, tuple[ManagementAccess, tuple[Port, ...]]] = {}
        self._clients: dict[tuple[str, str], tuple[Station, ...]] = {}
        self._homes: dict[str, str | None] = {}  # of words: the inventory alone says it

    def advance(self, position: Position, forwarding: Forwarding) -> "Places":
        """The same at another moment; who hangs on a switch that is as it was is not worked out again.

        Args:
            position: how far everything has come by then.
            forwarding: of the same switches and cables.
        """
        after = Places(self._region, position, forwarding)
        same = {name: entry for name, entry in self._classes.items() if forwarding.switches[name].access is entry[0]}
        after._classes, after._homes = same, dict(self._homes)
        after._clients = {key: stations for key, stations in self._clients.items() if key[0] in same}
        return after

    def find(self, word: str) -> tuple[Station, ...]:
        """The stations that a word names: of a zone at a site one for all ports of a switch that are alike.

        Args:
            word: ``zone@site``, a server, a switch, or an address.

        Raises:
            UsageError: it names nothing, or no port there is for that zone.
        """
        if word not in self._homes:
            self._homes[word] = find_municipality(self._region, word)
        home = self._homes[word]
        zone, at, site = word.partition("@")
        if at and home:
            stations = tuple(self.find_clients(home, zone, site))
            if not stations:
                raise UsageError(f"zone: found {zone!r} in {word!r}, expected one that a port at {site} is for")
            return stations
        if word in self._region.devices:
            return (self.find_switch(self._region.devices[word]),)
        if word in self._region.servers:
            return self.find_server(self._region.servers[word])
        return self._find_address(IPv4Address(word), home)

    # --- clients

    def find_clients(self, home: str, zone: str, site: str) -> Iterator[Station]:
        """The clients of a zone at a site: all of its addresses, at each switch with ports for it.

        Args:
            home: the municipality.
            zone: of the standard.
            site: of the municipality.
        """
        for device in self._region.of(home):
            if device.site != site or device.name not in self._forwarding.switches:
                continue
            key = (device.name, zone)
            if key not in self._clients:
                ports = (port for port in self._list_classes(device) if zone in _list_zones(device, port))
                self._clients[key] = tuple(self._place_client(device, port, zone) for port in ports)
            yield from self._clients[key]

    def _list_classes(self, device: Device) -> tuple[Port, ...]:
        """Ports of a switch that hosts hang on: one of all that are for the same, and do the same to packets."""
        access = self._forwarding.switches[device.name].access
        if device.name not in self._classes:
            alike: dict[object, Port] = {}
            for port in device.ports:
                if port.neighbour is None:
                    alike.setdefault((port.profile, *_describe_port(access.port(port.name))), port)
            self._classes[device.name] = (access, tuple(alike.values()))
        return self._classes[device.name][1]

    def _place_client(self, device: Device, port: Port, zone: str, address: IPv4Address | None = None) -> Station:
        """A client of a zone at a port: in its VLAN of the standard, else in one of the legacy where the zone lives."""
        actual = self._forwarding.bridging.get_port(PortEnd(device.name, port.name))
        subnets = list(self._list_subnets(device.municipality, zone, device.site))
        is_untagged = device.profile(port).access == zone
        subnet, tagged = _choose_subnet(actual, subnets, is_untagged)
        return Station(
            name=f"{zone}@{device.site}",
            addresses=IPv4Network(address) if address else subnet.network,
            device=device.name,
            port=port.name,
            vlan=subnet.vlan,
            tagged=tagged,
            subnet=subnet.network,
            gateway=subnet.gateway,
        )

    def _list_subnets(self, home: str, zone: str, site: str) -> Iterator[Subnet]:
        """Where a zone may be: its network of the standard, then those that it shares before the move."""
        municipality = self._region.municipalities[home]
        standard = next(iter(self._region.of(home))).standard
        record = standard.zones[zone]
        if home == CENTRE and zone == "services":
            network = find_services_network(municipality.sites[site], standard)
        else:
            network = find_zone_network(municipality.prefix, record.block)
        yield Subnet(record.vlan, network, find_gateway_address(network).ip)
        for vlan, former in municipality.legacy.vlans.items() if municipality.legacy else ():
            if zone in former.zones and former.subnet is not None:
                yield Subnet(vlan, former.subnet, find_gateway_address(former.subnet).ip)

    # --- servers, switches, addresses

    def find_server(self, server: Server) -> tuple[Station, ...]:
        """A server, at each address that it answers at."""
        name, _, number = find_attachment(self._region, server).partition(":")
        stage = find_server_stage(self._region, server, self._position)
        port = self._region.devices[name].port(int(number)) if name in self._forwarding.switches else None
        return tuple(self._place_server(server, network, name, port) for network in list_server_networks(server, stage))

    def _place_server(self, server: Server, network: IPv4Network, device: str, port: Port | None) -> Station:
        """A server at one of its addresses, in the network that this is of, untagged or tagged as its port has it."""
        site = self._region.devices[device].site if port else server.site
        subnets = self._list_subnets(server.municipality, server.zone, site)
        subnet = next((subnet for subnet in subnets if network.subnet_of(subnet.network)), None)
        if port is None or subnet is None:
            return Station(server.name, network)
        actual = self._forwarding.bridging.get_port(PortEnd(device, port.name))
        tagged = subnet.vlan in actual.tagged and subnet.vlan != actual.untagged
        return Station(server.name, network, device, port.name, subnet.vlan, tagged, subnet.network, subnet.gateway)

    def find_switch(self, device: Device) -> Station:
        """A switch itself, at the address that it is managed at."""
        address = find_management_address(device, self._position, self._region)
        switch = self._forwarding.switches.get(device.name)
        interfaces = switch.access.interfaces.values() if switch else ()
        vlan = next((port.vlan for port in interfaces if port.address and port.address.ip == address), None)
        return Station(device.name, IPv4Network(address), device.name if switch else None, None, vlan)

    def _find_address(self, address: IPv4Address, home: str | None) -> tuple[Station, ...]:
        """Whatever has an address: a host, a client wherever it may hang, or somebody outside of the region."""
        name = self._region.find_host(address)
        if name is not None and name in self._region.servers:
            stations = self.find_server(self._region.servers[name])
            at_address = tuple(station for station in stations if station.addresses == IPv4Network(address))
            return at_address or (Station(name, IPv4Network(address)),)
        owner = next((owner.device for owner in self._forwarding.routing.owners.get(address, ())), name)
        if owner is not None:
            vlans = [each.interface.vlan for each in self._forwarding.routing.owners.get(address, ())]
            return (Station(owner, IPv4Network(address), owner, None, vlans[0] if vlans else None),)
        if home is None:
            return (Station(str(address), IPv4Network(address), outside=True),)
        clients = (
            station
            for zone in _get_zones(self._region, home)
            for site in self._region.municipalities[home].sites
            for station in self.find_clients(home, zone, site)
            if station.subnet is not None and address in station.subnet
        )
        network = IPv4Network(address)
        anywhere = dict.fromkeys(replace(station, name=str(address), addresses=network) for station in clients)
        return tuple(anywhere) or (Station(str(address), network),)


def _describe_port(port: Interface) -> Iterator[object]:
    """What a port does to packets, apart from its name."""
    yield from (port.untagged, port.tagged)
    for access_list in (port.inbound, port.outbound):
        yield access_list.rows if access_list else None
    for line in (port.shutdown_line or "", *port.dropping_lines):
        yield line.replace(port.name, "")


def _list_zones(device: Device, port: Port) -> tuple[str | None, ...]:
    """The zones that a port is for."""
    profile = device.profile(port)
    return (profile.access, profile.voice, *profile.tagged) if profile.enabled else ()


def _choose_subnet(port: Interface, subnets: list[Subnet], is_untagged: bool) -> tuple[Subnet, bool]:
    """The network of a station at a port, and whether it tags its frames: the first that the port carries as it should.

    Args:
        port: as it is configured.
        subnets: that it may be in.
        is_untagged: whether it does not tag.
    """
    if not is_untagged:
        for subnet in subnets:
            if subnet.vlan in port.tagged:
                return subnet, True
    for subnet in subnets:
        if subnet.vlan == port.untagged:
            return subnet, False
    return subnets[0], not is_untagged
