"""What a configuration means, whatever the command line it was typed in: the seam between personality and datapath.

A personality turns its running configuration into a ``Meaning``; the datapath reads nothing else of a switch.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from lab.device.access_list import AccessList

LISTENS = 30.0  # seconds in which spanning tree listens and learns at a port that is no edge port


@dataclass
class PortMeaning:
    """A port. On a routed port ``address`` counts and the VLANs do not."""

    up: bool = True  # administratively
    access: int | None = 1  # untagged (native) VLAN; None: untagged frames are dropped
    tagged: frozenset[int] | None = frozenset()  # None: every VLAN that exists on the switch
    voice: int | None = None
    routed: bool = False
    address: IPv4Interface | None = None
    description: str = ""
    filter_in: str | None = None  # the name of an access list
    filter_out: str | None = None
    listens: float = 0.0  # seconds from link up until spanning tree lets it forward
    feeds: bool = True  # gives power to what asks for it


@dataclass
class SviMeaning:
    """A VLAN's layer 3 interface. ``helpers``: where it relays what asks for an address."""

    up: bool = True
    address: IPv4Interface | None = None
    secondaries: tuple[IPv4Interface, ...] = ()
    filter_in: str | None = None
    filter_out: str | None = None
    helpers: tuple[IPv4Address, ...] = ()


@dataclass
class Meaning:
    """Shape: ports by number (1…), SVIs and VLAN names by VLAN id."""

    hostname: str = ""
    vlans: dict[int, str] = field(default_factory=dict)  # those that exist
    ports: dict[int, PortMeaning] = field(default_factory=dict)
    svis: dict[int, SviMeaning] = field(default_factory=dict)
    loopbacks: list[IPv4Interface] = field(default_factory=list)
    access_lists: dict[str, AccessList] = field(default_factory=dict)
    vlan_filters: dict[int, str] = field(default_factory=dict)  # of what comes in from a VLAN's ports, routed or not
    routing: bool = False
    static_routes: list[tuple[IPv4Network, IPv4Address]] = field(default_factory=list)
    floating_routes: list[tuple[IPv4Network, IPv4Address]] = field(default_factory=list)  # where OSPF has learned none
    discarded: list[IPv4Network] = field(default_factory=list)  # static routes to nowhere (Null0)
    floating_discarded: list[IPv4Network] = field(default_factory=list)  # the same, where OSPF has learned none
    direct_routes: list[tuple[IPv4Network, IPv4Interface]] = field(default_factory=list)  # out of an interface alone
    default_gateway: IPv4Address | None = None
    ospf_networks: list[IPv4Network] = field(default_factory=list)  # interfaces inside these take part
    ospf_external: dict[str, bool] = field(default_factory=dict)  # what else it tells: "static", "connected", "default"
    ospf_active_ports: frozenset[int] = frozenset()  # not passive: they form adjacencies
    ssh: bool = True  # the SSH server runs
    eapi: bool = False  # the HTTPS API runs
    lldp: bool = True  # it tells its neighbours who it is, and listens
    users: dict[str, tuple[int, str]] = field(default_factory=dict)  # name: (privilege, stored secret as configured)
