"""The networks that stations live in, and what is given to whoever asks for an address there."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from lab import CENTRE

OLD_LEASE = 8 * 3600  # seconds; what DHCP servers of small municipalities are left at
LEASE = 3600


@dataclass(frozen=True)
class Scope:
    """A network of a municipality's old network (``old``) or of the standard, as its DHCP server has it.

    ``vlan``: in which it lives; ``seconds``: for how long an address is lent.
    """

    municipality: str
    vlan: int
    network: IPv4Network
    gateway: IPv4Address
    old: bool
    seconds: float
    name_servers: tuple[IPv4Address, ...] = ()
    pool: tuple[IPv4Address, IPv4Address] | None = None  # the first and the last that is lent; None: of all the network


def read_scopes(common: Mapping[str, Any], municipalities: Mapping[str, Mapping[str, Any]]) -> tuple[Scope, ...]:
    """Read the networks of all zones, and of the old VLANs.

    Args:
        common: the variables that everybody has.
        municipalities: those of each municipality, and of the operations centre, by its name.
    """
    scopes: list[Scope] = []
    zones = common.get("zones") or {}
    purposes = common.get("site_purposes") or {}
    lease = float(common.get("dhcp_lease_seconds") or LEASE)
    names = tuple(IPv4Address(server) for server in common.get("name_servers") or ())
    for owner, variables in municipalities.items():
        for start, wanted in _starts(owner, variables, purposes):
            for zone in wanted:
                if zone in zones:
                    network = _network(start, str(zones[zone]["block"]))
                    gateway = network.network_address + 1
                    scopes.append(Scope(owner, int(zones[zone]["vlan"]), network, gateway, False, lease, names))
        legacy = variables.get("legacy") or {}
        servers = tuple(IPv4Address(server) for server in legacy.get("name_servers") or ())
        seconds = float((legacy.get("dhcp") or {}).get("lease_seconds") or OLD_LEASE)
        for vlan, raw in (legacy.get("vlans") or {}).items():
            if raw.get("subnet"):
                network = IPv4Network(raw["subnet"])
                gateway = network.network_address + 1
                pool = _pool(str(raw["pool"])) if raw.get("pool") else None
                scopes.append(Scope(owner, int(vlan), network, gateway, True, seconds, servers, pool))
    return tuple(scopes)


def _starts(
    owner: str, variables: Mapping[str, Any], purposes: Mapping[str, Any]
) -> list[tuple[IPv4Network, list[str]]]:
    """From where the blocks of zones count. Shape: the network that they count from, and the zones that are there."""
    sites = (variables.get("sites") or {}).values()
    if owner == CENTRE:
        return [(IPv4Network(site["block"]), list(purposes.get(site.get("purpose"), ()))) for site in sites]
    wanted = dict.fromkeys(zone for site in sites for zone in purposes.get(site.get("purpose"), ()))
    return [(IPv4Network(variables["prefix"]), list(wanted))]


def _pool(text: str) -> tuple[IPv4Address, IPv4Address]:
    first, _, last = text.partition("-")
    return IPv4Address(first.strip()), IPv4Address(last.strip())


def _network(start: IPv4Network, block: str) -> IPv4Network:
    octets, _, length = block.partition("/")
    third, fourth = (int(octet) for octet in octets.split("."))
    return IPv4Network((int(start.network_address) + (third << 8) + fourth, int(length)))
