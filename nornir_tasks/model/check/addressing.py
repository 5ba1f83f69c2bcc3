"""Addresses: every prefix, block and address has one place, and is in it."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.addresses import first, zone_network
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Variable, judge_variable, unknown
from nornir_tasks.model.municipality import Municipality, Site
from nornir_tasks.model.standard import Standard


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Municipalities beside each other, sites within them, hosts within sites."""
    yield from _municipalities(entries)
    for name, home in entries.municipalities.items():
        standard = entries.standard(name)
        if standard:
            yield from _sites(home, standard, entries.lost("site_purposes"))
            yield from _zones(home, standard)
            yield from _uplinks(home, standard)
    yield from _switches(entries)
    yield from _servers(entries)
    yield from _reserved(entries)
    yield from _twice(entries)


def _municipalities(entries: Entries) -> Iterator[Verdict[Variable]]:
    for home in entries.municipalities.values():
        if home.prefix.prefixlen != 16:
            yield judge_variable(
                home.name, ("prefix",), f"'{home.prefix}'", "a /16, as the zones' blocks count from it"
            )
    for one, other in combinations(entries.municipalities.values(), 2):
        if one.prefix.overlaps(other.prefix):
            expected = f"a prefix of its own; {one.name} has {one.prefix}"
            yield judge_variable(other.name, ("prefix",), f"'{other.prefix}'", expected)
        if one.number == other.number:
            yield judge_variable(other.name, ("number",), str(other.number), f"a number of its own; {one.name} has it")


def _sites(home: Municipality, standard: Standard, lost: set[str]) -> Iterator[Verdict[Variable]]:
    room, where = home.prefix, "the municipality's prefix"
    if home.name != CENTRE:
        operations = _network(home.prefix, standard, "operations")
        room, where = operations or room, "the operations zone" if operations else where
    for name, site in home.sites.items():
        if not site.block.subnet_of(room):
            yield judge_variable(home.name, ("sites", name, "block"), f"'{site.block}'", f"a block of {room}, {where}")
        purposes = {*standard.site_purposes, *lost}
        if site.purpose not in purposes:
            yield unknown(home.name, ("sites", name, "purpose"), site.purpose, "a purpose", purposes)
    for (one, a), (other, b) in combinations(home.sites.items(), 2):
        if a.block.overlaps(b.block):
            expected = f"a block of its own; {one} has {a.block}"
            yield judge_variable(home.name, ("sites", other, "block"), f"'{b.block}'", expected)


def _zones(home: Municipality, standard: Standard) -> Iterator[Verdict[Variable]]:
    """The zones that live in one municipality must not overlap there (others may: services and operations do)."""
    used = {zone for site in home.sites.values() for zone in standard.site_purposes.get(site.purpose, ())}
    networks = [
        (zone, net) for zone in standard.zones if zone in used and (net := _network(home.prefix, standard, zone))
    ]
    for (one, a), (other, b) in combinations(networks, 2):
        if a.overlaps(b):
            expected = f"a block of its own; zones.{one} has {standard.zones[one].block}"
            yield judge_variable(home.name, ("zones", other, "block"), repr(standard.zones[other].block), expected)


def _uplinks(home: Municipality, standard: Standard) -> Iterator[Verdict[Variable]]:
    if home.name != CENTRE and standard.uplink_network.overlaps(home.prefix):
        expected = f"a network outside the municipalities' prefixes; {home.name} has {home.prefix}"
        yield judge_variable(home.name, ("uplink_network",), f"'{standard.uplink_network}'", expected)

    elif home.name == CENTRE:
        rooms = {f"sites.{name}": room for name, site in home.sites.items() for room in _rooms(site, standard, True)}
        rooms["the loopbacks"] = IPv4Network((int(home.prefix.broadcast_address) & ~255, 24))
        for words, room in rooms.items():
            if standard.uplink_network.overlaps(room):
                expected = f"a network of its own; {words} has {room}"
                yield judge_variable(home.name, ("uplink_network",), f"'{standard.uplink_network}'", expected)


def _switches(entries: Entries) -> Iterator[Verdict[Variable]]:
    for host, switch in entries.switches.items():
        home, standard = entries.at(host), entries.standards.get(host)
        yield from _known_site(entries, host, switch.site)
        if home and switch.site in home.sites:
            yield from _inside(host, switch.address, switch.site, home, home.sites[switch.site].block)
        if home and standard and _cores(entries, home.name) == [host]:
            yield from _core_address(host, switch.address, home, standard)
        if home and home.legacy:
            core = _cores(entries, home.name) == [host]
            yield from _legacy_address(host, switch.legacy_address, home, core)


def _known_site(entries: Entries, host: str, site: str | None) -> Iterator[Verdict[Variable]]:
    name = entries.places[host].municipality
    known = entries.sites.get(name)
    if known and site is not None and site not in known:
        yield unknown(host, ("site",), site, f"a site of {name}", known)


def _cores(entries: Entries, municipality: str) -> list[str]:
    """The core switches; the operations centre is to have none."""
    return [host for host in entries.of(municipality) if entries.places[host].role == "core" and municipality != CENTRE]


def _inside(
    host: str, address: IPv4Address, site: str, home: Municipality, *rooms: IPv4Network
) -> Iterator[Verdict[Variable]]:
    if not any(address in room for room in rooms):
        other = next((name for name, one in home.sites.items() if address in one.block), None)
        expected = f"an address in {' or '.join(str(room) for room in rooms)} ({site})"
        yield judge_variable(host, ("address",), f"'{address}'", expected, f"that one is {other}'s" if other else "")


def _core_address(
    host: str, address: IPv4Address, home: Municipality, standard: Standard
) -> Iterator[Verdict[Variable]]:
    operations = _network(home.prefix, standard, "operations")
    if operations:
        gateway = first(operations).ip
        if address != gateway and any(address in site.block for site in home.sites.values()):
            expected = f"{gateway}, the first of the operations zone: the core switch is its gateway"
            yield judge_variable(host, ("address",), f"'{address}'", expected)


def _legacy_address(
    host: str, address: IPv4Address | None, home: Municipality, core: bool
) -> Iterator[Verdict[Variable]]:
    vlan = home.legacy.vlans.get(home.legacy.management_vlan) if home.legacy else None
    subnet = vlan.subnet if vlan else None
    if subnet and (address is None or address not in subnet):
        found = f"'{address}'" if address else "nothing"
        expected = f"an address in {subnet}, the legacy management VLAN of {home.name}"
        yield judge_variable(host, ("legacy_address",), found, expected)
    elif subnet and core and address != first(subnet).ip:
        expected = f"{first(subnet).ip}, the first of {subnet}: the core switch is the gateway there, too"
        yield judge_variable(host, ("legacy_address",), f"'{address}'", expected)


def _servers(entries: Entries) -> Iterator[Verdict[Variable]]:
    for host, server in entries.servers.items():
        name = entries.places[host].municipality
        home, standard = entries.at(host), entries.standard(name)
        yield from _known_site(entries, host, server.site)
        if not home or not standard or entries.sites[name] != set(home.sites):
            continue  # where a site could not be read, nobody knows who is outside all of them
        if name == CENTRE and "services" not in standard.zones:
            continue
        named = {server.site: home.sites[server.site]} if server.site in home.sites else dict(home.sites)
        rooms = {site: _rooms(one, standard, name == CENTRE) for site, one in named.items() if site}
        if any(server.address in room for some in rooms.values() for room in some):
            continue
        if len(rooms) == 1:
            site, nets = next(iter(rooms.items()))
            yield from _inside(host, server.address, site, home, *nets)
        else:
            yield judge_variable(
                host, ("address",), f"'{server.address}'", f"an address in the block of one of {name}'s sites"
            )


def _rooms(site: Site, standard: Standard, centre: bool) -> list[IPv4Network]:
    services = _network(site.block, standard, "services") if centre else None
    return [services, site.block] if services else [site.block]


def _reserved(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Addresses that no host can have: the ends of its network, and in the centre the gateway of the services."""
    for host, address in _addresses(entries, ""):
        home, standard = entries.at(host), entries.standard(entries.places[host].municipality)
        if not home or not standard:
            continue
        centre = home.name == CENTRE
        network = IPv4Network((int(address) & ~255, 24)) if centre else _network(home.prefix, standard, "operations")
        yield from _end(host, "address", address, network)
        if centre and "services" in standard.zones:
            for name, site in home.sites.items():
                services = _network(site.block, standard, "services")
                if services and address == first(services).ip:
                    expected = f"another address: that one is the gateway of the services in {name}"
                    yield judge_variable(host, ("address",), f"'{address}'", expected)
    for home in entries.municipalities.values():
        vlan = home.legacy.vlans.get(home.legacy.management_vlan) if home.legacy else None
        for host, address in _addresses(entries, home.name) if vlan else ():
            yield from _end(host, "legacy_address", address, vlan.subnet if vlan else None)


def _end(host: str, key: str, address: IPv4Address, network: IPv4Network | None) -> Iterator[Verdict[Variable]]:
    if network and network.prefixlen < 31 and address in (network.network_address, network.broadcast_address):
        end = "first" if address == network.network_address else "last"
        yield judge_variable(host, (key,), f"'{address}'", f"an address for a host: that one is the {end} of {network}")


def _twice(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Two hosts with one address; the legacy networks of two municipalities may well use the same ones."""
    taken: dict[tuple[str, IPv4Address], str] = {}
    for host, address in _addresses(entries, ""):
        yield from _taken(taken, host, "address", ("", address))
    for name in entries.municipalities:
        for host, address in _addresses(entries, name):
            yield from _taken(taken, host, "legacy_address", (name, address))


def _addresses(entries: Entries, legacy_of: str) -> Iterator[tuple[str, IPv4Address]]:
    if not legacy_of:
        yield from ((host, one.address) for host, one in [*entries.switches.items(), *entries.servers.items()])
        return
    for host, switch in entries.of(legacy_of).items():
        if switch.legacy_address:
            yield host, switch.legacy_address


def _taken(
    taken: dict[tuple[str, IPv4Address], str], host: str, key: str, place: tuple[str, IPv4Address]
) -> Iterator[Verdict[Variable]]:
    if taken.setdefault(place, host) != host:
        yield judge_variable(host, (key,), f"'{place[1]}'", f"an address of its own; {taken[place]} has it")


def _network(start: IPv4Network, standard: Standard, zone: str) -> IPv4Network | None:
    try:
        return zone_network(start, standard.zones[zone].block)
    except (KeyError, ValueError):
        return None
