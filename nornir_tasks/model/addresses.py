"""Which addresses follow from which: zones from a prefix, /31s from a number, a server's site from its address."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from nornir_tasks.model.municipality import Link, Municipality, Site
from nornir_tasks.model.standard import Standard

UPLINKS = 200  # the municipalities' routed links; those inside the centre come after


@lru_cache(maxsize=1 << 12)  # asked for each of 10,000 hosts, of a few zones and municipalities
def find_zone_network(start: IPv4Network, block: str) -> IPv4Network:
    """A zone's network: ``block`` (``8.0/21``) counted from the first address of ``start``.

    Raises:
        ValueError: the block is not a network, or begins in the middle of one.
    """
    octets, length = block.split("/")
    third, fourth = (int(octet) for octet in octets.split("."))
    if max(third, fourth) > 255:
        raise ValueError(f"block: found {block!r}, expected octets up to 255")
    return IPv4Network((int(start.network_address) + (third << 8) + fourth, int(length)))


def find_gateway_address(network: IPv4Network) -> IPv4Interface:
    """The first address of a network, which is its gateway's."""
    return IPv4Interface((int(network.network_address) + 1, network.prefixlen))


def find_operations_network(municipality: Municipality, standard: Standard) -> IPv4Network:
    """The municipality's operations zone, from which its equipment has its addresses."""
    return find_zone_network(municipality.prefix, standard.zones["operations"].block)


def find_servers_network(municipality: Municipality, standard: Standard) -> IPv4Network | None:
    """The zone of a municipality's own servers; None: the standard has none."""
    zone = standard.zones.get("servers")
    return find_zone_network(municipality.prefix, zone.block) if zone else None


def find_server_zone(address: IPv4Address, municipality: Municipality, standard: Standard, centre: bool) -> str | None:
    """The zone that a server is in by its address.

    Args:
        address: of the standard.
        municipality: whose server it is.
        standard: gives the blocks of the zones.
        centre: whether ``municipality`` is the operations centre.

    Returns:
        ``servers`` or ``operations``, in the centre ``services`` or (of a half's own equipment) ``operations``;
        None: it is in none of these.

    Raises:
        KeyError, ValueError: a zone is not there, or its block is not a network.
    """
    if centre:
        networks = {"services": [find_services_network(site, standard) for site in municipality.sites.values()]}
        networks["operations"] = [site.block for site in municipality.sites.values()]
    else:
        networks = {"operations": [find_operations_network(municipality, standard)]}
        if "servers" in standard.zones:
            networks["servers"] = [find_zone_network(municipality.prefix, standard.zones["servers"].block)]
    return next((zone for zone, nets in networks.items() if any(address in net for net in nets)), None)


def find_services_network(site: Site, standard: Standard) -> IPv4Network:
    """The services of one half of the operations centre, counted from the half's own block."""
    return find_zone_network(site.block, standard.zones["services"].block)


def find_site(municipality: Municipality, standard: Standard, address: IPv4Address, centre: bool) -> str | None:
    """The site in whose block (in the centre: or services) an address is; None: outside all of them.

    Args:
        municipality: whose sites are tried, in their order.
        standard: gives the block of the services, which is counted from each site's own block.
        address: of a server that names no site.
        centre: whether ``municipality`` is the operations centre.

    Raises:
        KeyError: in the centre, and the standard has no zone ``services``.
    """
    for name, site in municipality.sites.items():
        if address in site.block or (centre and address in find_services_network(site, standard)):
            return name
    return None


def find_uplink_index(link: Link, municipality: Municipality, half: str | None, halves: Sequence[str]) -> int | None:
    """Which /31 a routed link has: its own number, or the municipality's number times two, plus the half.

    Args:
        link: a routed one; inside the centre it has an ``index`` of its own, ``UPLINKS`` or more.
        municipality: whose link it is.
        half: the centre's site that the link leads to; None: it leads to none.
        halves: both sites of the centre, in the inventory's order.

    Returns:
        The number of the /31 within ``uplink_network``, from 0; None: nothing says which.
    """
    if link.index is not None or half is None:
        return link.index
    return municipality.number * 2 + halves.index(half) if half in halves else None


def find_uplink_pair(network: IPv4Network, index: int) -> tuple[IPv4Interface, IPv4Interface]:
    """The two addresses of a /31; the first is the centre's."""
    base = int(network.network_address) + 2 * index
    return IPv4Interface((base, 31)), IPv4Interface((base + 1, 31))
