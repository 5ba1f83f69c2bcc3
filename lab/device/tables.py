"""Rows of what a switch shows of the world around it."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple


class Neighbour(NamedTuple):
    """What LLDP heard on a port: the far end's host name, its port's name, and what kind of device it is."""

    port: int
    hostname: str
    port_name: str
    description: str


class Mac(NamedTuple):
    """An address that was heard."""

    mac: str  # "02:1c:…", lower case with colons
    vlan: int
    port: int


class Arp(NamedTuple):
    """An address on an attached network. Exactly one of ``vlan`` and ``port`` is set."""

    address: IPv4Address
    mac: str
    vlan: int | None
    port: int | None


class Adjacency(NamedTuple):
    """An OSPF neighbour that is up."""

    port: int
    router: str  # its host name
    router_id: str
    address: IPv4Address


class Learned(NamedTuple):
    """A route that OSPF has learned, and the routed port that it leads out of."""

    network: IPv4Network
    via: IPv4Address
    port: int
    hops: int  # routers on the way, from 1
    metric: int | None = None  # of a route that came into OSPF from outside; None: one of its own


class Source(NamedTuple):
    """An address that a switch may ask from: an interface of its own that is up."""

    interface: str  # Vlan110, the port's name, or loopback
    address: IPv4Address


class Dialled(StrEnum):
    """What becomes of a connection over TCP that a switch opens."""

    OPEN = "open"
    REFUSED = "refused"  # the address answers, and nobody listens at the port
    SILENT = "silent"  # nothing comes back
    UNREACHABLE = "unreachable"  # the switch knows no way there
