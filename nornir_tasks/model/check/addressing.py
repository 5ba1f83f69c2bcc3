"""Addresses: every prefix, block and address has one place, and is in it."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.addresses import find_gateway_address, find_zone_network
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Variable, judge_unknown, judge_variable
from nornir_tasks.model.municipality import Legacy, Municipality, Site
from nornir_tasks.model.standard import Standard


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A finding for each prefix, block and address that is taken, or outside what it must be in."""
    yield from _check_municipalities(entries)
    for name, municipality in entries.municipalities.items():
        standard = entries.find_standard(name)
        if standard:
            yield from _check_sites(municipality, standard, entries.find_unread_names("site_purposes"))
            yield from _check_zones(municipality, standard)
            yield from _check_uplinks(municipality, standard)
    yield from _check_switches(entries)
    yield from _check_servers(entries)
    yield from _check_reserved(entries)
    yield from _check_duplicates(entries)


def _check_municipalities(entries: Entries) -> Iterator[Verdict[Variable]]:
    for municipality in entries.municipalities.values():
        if municipality.prefix.prefixlen != 16:
            yield judge_variable(
                municipality.name, ("prefix",), f"'{municipality.prefix}'", "a /16, as the zones' blocks count from it"
            )
    for earlier, later in combinations(entries.municipalities.values(), 2):
        if earlier.prefix.overlaps(later.prefix):
            expected = f"a prefix of its own; {earlier.name} has {earlier.prefix}"
            yield judge_variable(later.name, ("prefix",), f"'{later.prefix}'", expected)
        if earlier.number == later.number:
            yield judge_variable(
                later.name, ("number",), str(later.number), f"a number of its own; {earlier.name} has it"
            )


def _check_sites(
    municipality: Municipality, standard: Standard, unread_purposes: set[str]
) -> Iterator[Verdict[Variable]]:
    network, network_name = municipality.prefix, "the municipality's prefix"
    if municipality.name != CENTRE:
        operations = _find_network(municipality.prefix, standard, "operations")
        network, network_name = operations or network, "the operations zone" if operations else network_name
    for name, site in municipality.sites.items():
        if not site.block.subnet_of(network):
            yield judge_variable(
                municipality.name, ("sites", name, "block"), f"'{site.block}'", f"a block of {network}, {network_name}"
            )
        purposes = {*standard.site_purposes, *unread_purposes}
        if site.purpose not in purposes:
            yield judge_unknown(municipality.name, ("sites", name, "purpose"), site.purpose, "a purpose", purposes)
    for (earlier, earlier_site), (later, later_site) in combinations(municipality.sites.items(), 2):
        if earlier_site.block.overlaps(later_site.block):
            expected = f"a block of its own; {earlier} has {earlier_site.block}"
            yield judge_variable(municipality.name, ("sites", later, "block"), f"'{later_site.block}'", expected)


def _check_zones(municipality: Municipality, standard: Standard) -> Iterator[Verdict[Variable]]:
    """The zones that live in one municipality must not overlap there (others may: services and operations do)."""
    used_zones = {zone for site in municipality.sites.values() for zone in standard.site_purposes.get(site.purpose, ())}
    networks = [
        (zone, network)
        for zone in standard.zones
        if zone in used_zones and (network := _find_network(municipality.prefix, standard, zone))
    ]
    for (earlier, earlier_network), (later, later_network) in combinations(networks, 2):
        if earlier_network.overlaps(later_network):
            expected = f"a block of its own; zones.{earlier} has {standard.zones[earlier].block}"
            yield judge_variable(
                municipality.name, ("zones", later, "block"), repr(standard.zones[later].block), expected
            )


def _check_uplinks(municipality: Municipality, standard: Standard) -> Iterator[Verdict[Variable]]:
    if municipality.name != CENTRE and standard.uplink_network.overlaps(municipality.prefix):
        expected = f"a network outside the municipalities' prefixes; {municipality.name} has {municipality.prefix}"
        yield judge_variable(municipality.name, ("uplink_network",), f"'{standard.uplink_network}'", expected)

    elif municipality.name == CENTRE:
        networks = {
            f"sites.{name}": network
            for name, site in municipality.sites.items()
            for network in _list_site_networks(site, standard, True)
        }
        networks["the loopbacks"] = IPv4Network((int(municipality.prefix.broadcast_address) & ~255, 24))
        for network_name, network in networks.items():
            if standard.uplink_network.overlaps(network):
                expected = f"a network of its own; {network_name} has {network}"
                yield judge_variable(municipality.name, ("uplink_network",), f"'{standard.uplink_network}'", expected)


def _check_switches(entries: Entries) -> Iterator[Verdict[Variable]]:
    for host, switch in entries.switches.items():
        municipality, standard = entries.find_municipality(host), entries.standards.get(host)
        yield from _check_site_known(entries, host, switch.site)
        if municipality and switch.site in municipality.sites:
            yield from _check_inside(
                host, switch.address, switch.site, municipality, municipality.sites[switch.site].block
            )
        if municipality and standard and _find_cores(entries, municipality.name) == [host]:
            yield from _check_core_address(host, switch.address, municipality, standard)
        if municipality and municipality.legacy:
            is_core = _find_cores(entries, municipality.name) == [host]
            yield from _check_legacy_address(host, switch.legacy_address, municipality, is_core)


def _check_site_known(entries: Entries, host: str, site: str | None) -> Iterator[Verdict[Variable]]:
    municipality = entries.places[host].municipality
    site_names = entries.sites.get(municipality)
    if site_names and site is not None and site not in site_names:
        yield judge_unknown(host, ("site",), site, f"a site of {municipality}", site_names)


def _find_cores(entries: Entries, municipality: str) -> list[str]:
    """The core switches; the operations centre is to have none."""
    return [
        host
        for host in entries.find_switches(municipality)
        if entries.places[host].role == "core" and municipality != CENTRE
    ]


def _check_inside(
    host: str, address: IPv4Address, site: str, municipality: Municipality, *networks: IPv4Network
) -> Iterator[Verdict[Variable]]:
    if not any(address in network for network in networks):
        other_name = next(
            (name for name, other_site in municipality.sites.items() if address in other_site.block), None
        )
        expected = f"an address in {' or '.join(str(network) for network in networks)} ({site})"
        yield judge_variable(
            host, ("address",), f"'{address}'", expected, f"that one is {other_name}'s" if other_name else ""
        )


def _check_core_address(
    host: str, address: IPv4Address, municipality: Municipality, standard: Standard
) -> Iterator[Verdict[Variable]]:
    operations = _find_network(municipality.prefix, standard, "operations")
    if operations:
        gateway = find_gateway_address(operations).ip
        if address != gateway and any(address in site.block for site in municipality.sites.values()):
            expected = f"{gateway}, the first of the operations zone: the core switch is its gateway"
            yield judge_variable(host, ("address",), f"'{address}'", expected)


def _check_legacy_address(
    host: str, address: IPv4Address | None, municipality: Municipality, is_core: bool
) -> Iterator[Verdict[Variable]]:
    vlan = municipality.legacy.vlans.get(municipality.legacy.management_vlan) if municipality.legacy else None
    subnet = vlan.subnet if vlan else None
    if subnet and (address is None or address not in subnet):
        actual = f"'{address}'" if address else "nothing"
        expected = f"an address in {subnet}, the legacy management VLAN of {municipality.name}"
        yield judge_variable(host, ("legacy_address",), actual, expected)
    elif subnet and is_core and address != find_gateway_address(subnet).ip:
        expected = (
            f"{find_gateway_address(subnet).ip}, the first of {subnet}: the core switch is the gateway there, too"
        )
        yield judge_variable(host, ("legacy_address",), f"'{address}'", expected)


def _check_servers(entries: Entries) -> Iterator[Verdict[Variable]]:
    for host, server in entries.servers.items():
        name = entries.places[host].municipality
        municipality, standard = entries.find_municipality(host), entries.find_standard(name)
        yield from _check_site_known(entries, host, server.site)
        if municipality and municipality.legacy:
            yield from _check_server_legacy(host, server.legacy_address, municipality, municipality.legacy)
        if not municipality or not standard or entries.sites[name] != set(municipality.sites):
            continue  # an unread site may be the one that the server is in
        if name == CENTRE and "services" not in standard.zones:
            continue
        sites = (
            {server.site: municipality.sites[server.site]}
            if server.site in municipality.sites
            else dict(municipality.sites)
        )
        networks = {
            site: _list_site_networks(record, standard, name == CENTRE) for site, record in sites.items() if site
        }
        if name != CENTRE and (servers := _find_network(municipality.prefix, standard, "servers")):
            networks = {site: [*site_networks, servers] for site, site_networks in networks.items()}
        if any(server.address in network for site_networks in networks.values() for network in site_networks):
            continue
        if len(networks) == 1:
            site, site_networks = next(iter(networks.items()))
            yield from _check_inside(host, server.address, site, municipality, *site_networks)
        else:
            zone_text = "" if name == CENTRE else ", or in its zone for servers"
            expected = f"an address in the block of one of {name}'s sites{zone_text}"
            yield judge_variable(host, ("address",), f"'{server.address}'", expected)


def _check_server_legacy(
    host: str, address: IPv4Address | None, municipality: Municipality, legacy: Legacy
) -> Iterator[Verdict[Variable]]:
    """A server's former address is in a network that was there, and is not the gateway's."""
    subnets = [vlan.subnet for vlan in legacy.vlans.values() if vlan.subnet]
    subnet = next((subnet for subnet in subnets if address in subnet), None) if address else None
    if address and subnets and subnet is None:
        expected = f"an address in a legacy VLAN of {municipality.name}: {', '.join(map(str, subnets))}"
        yield judge_variable(host, ("legacy_address",), f"'{address}'", expected)
    elif subnet and address == find_gateway_address(subnet).ip:
        expected = f"another address: that one is the gateway of {subnet}"
        yield judge_variable(host, ("legacy_address",), f"'{address}'", expected)


def _list_site_networks(site: Site, standard: Standard, centre: bool) -> list[IPv4Network]:
    services = _find_network(site.block, standard, "services") if centre else None
    return [services, site.block] if services else [site.block]


def _check_reserved(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Addresses that no host can have: the ends of its network, and in the centre the gateway of the services."""
    for host, address in _list_addresses(entries, ""):
        municipality, standard = (
            entries.find_municipality(host),
            entries.find_standard(entries.places[host].municipality),
        )
        if not municipality or not standard:
            continue
        in_centre = municipality.name == CENTRE
        network = (
            IPv4Network((int(address) & ~255, 24))
            if in_centre
            else _find_network(municipality.prefix, standard, "operations")
        )
        yield from _check_network_ends(host, "address", address, network)
        servers = None if in_centre else _find_network(municipality.prefix, standard, "servers")
        yield from _check_network_ends(host, "address", address, servers)
        if servers and address == find_gateway_address(servers).ip:
            expected = "another address: that one is the gateway of the zone for servers"
            yield judge_variable(host, ("address",), f"'{address}'", expected)
        if in_centre and "services" in standard.zones:
            for name, site in municipality.sites.items():
                services = _find_network(site.block, standard, "services")
                if services and address == find_gateway_address(services).ip:
                    expected = f"another address: that one is the gateway of the services in {name}"
                    yield judge_variable(host, ("address",), f"'{address}'", expected)
    for municipality in entries.municipalities.values():
        subnets = [vlan.subnet for vlan in municipality.legacy.vlans.values()] if municipality.legacy else []
        for host, address in _list_addresses(entries, municipality.name):
            for subnet in subnets:
                yield from _check_network_ends(host, "legacy_address", address, subnet)


def _check_network_ends(
    host: str, key: str, address: IPv4Address, network: IPv4Network | None
) -> Iterator[Verdict[Variable]]:
    if network and network.prefixlen < 31 and address in (network.network_address, network.broadcast_address):
        which_end = "first" if address == network.network_address else "last"
        yield judge_variable(
            host, (key,), f"'{address}'", f"an address for a host: that one is the {which_end} of {network}"
        )


def _check_duplicates(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Hosts that share an address; legacy addresses need differ within a municipality only."""
    taken: dict[tuple[str, IPv4Address], str] = {}
    for host, address in _list_addresses(entries, ""):
        yield from _check_taken(taken, host, "address", ("", address))
    for name in entries.municipalities:
        for host, address in _list_addresses(entries, name):
            yield from _check_taken(taken, host, "legacy_address", (name, address))


def _list_addresses(entries: Entries, legacy_of: str) -> Iterator[tuple[str, IPv4Address]]:
    if not legacy_of:
        yield from ((host, entry.address) for host, entry in [*entries.switches.items(), *entries.servers.items()])
        return
    for host in entries.find_places(legacy_of):
        entry = entries.switches.get(host) or entries.servers.get(host)
        if entry and entry.legacy_address:
            yield host, entry.legacy_address


def _check_taken(
    taken: dict[tuple[str, IPv4Address], str], host: str, key: str, place: tuple[str, IPv4Address]
) -> Iterator[Verdict[Variable]]:
    if taken.setdefault(place, host) != host:
        yield judge_variable(host, (key,), f"'{place[1]}'", f"an address of its own; {taken[place]} has it")


def _find_network(start: IPv4Network, standard: Standard, zone: str) -> IPv4Network | None:
    try:
        return find_zone_network(start, standard.zones[zone].block)
    except (KeyError, ValueError):
        return None
