"""Who can log in to a device, read from its configuration, for every vendor alike: services, accounts, ports, lists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

CLIENTS = range(1024, 65536)  # the ports that sessions are opened from
OSPF_ROUTERS = IPv4Address("224.0.0.5")


@dataclass(frozen=True)
class Packet:
    """A packet of a session: what a control node sends to a service's port, or (``answer``) what comes back."""

    source: IPv4Address
    destination: IPv4Address
    port: int
    answer: bool = False

    def __str__(self) -> str:
        if self.answer:
            return f"the answer of {self.source} port {self.port} to the control node {self.destination}"
        return f"the control node {self.source} to {self.destination} port {self.port}"


@dataclass(frozen=True)
class Match:
    """Addresses that a row is about: those that agree with ``value`` in the bits that are set in ``bits``."""

    value: int = 0
    bits: int = 0

    def has(self, address: IPv4Address) -> bool:
        """Whether an address agrees in these bits."""
        return (int(address) ^ self.value) & self.bits == 0


@dataclass(frozen=True)
class AclRow:
    """A row of an access list. Ports: ranges, None is any. Not ``readable``: it says more than we understand."""

    text: str
    permits: bool
    tcp: bool = True  # False: of another protocol, which no session uses
    source: Match = Match()
    destination: Match = Match()
    source_ports: tuple[range, ...] | None = None
    destination_ports: tuple[range, ...] | None = None
    established: bool = False
    readable: bool = True
    ospf: bool = False  # of a protocol that OSPF's packets are of, too: ``ip``, ``ospf``

    def admits(self, packet: Packet) -> bool:
        """Whether it surely lets a packet through, whatever the client's port is."""
        client_ports = self._client_ports(packet)
        covered = client_ports is None or any(CLIENTS.start in ports and CLIENTS[-1] in ports for ports in client_ports)
        return self.permits and self.readable and covered and self._matches(packet)

    def denies(self, packet: Packet) -> bool:
        """Whether it may drop a packet: for some port of the client's, or by what cannot be read of it."""
        client_ports = self._client_ports(packet)
        matched = client_ports is None or any(
            ports.start <= CLIENTS[-1] and CLIENTS.start < ports.stop for ports in client_ports
        )
        return not self.permits and matched and self._matches(packet)

    def _client_ports(self, packet: Packet) -> tuple[range, ...] | None:
        return self.destination_ports if packet.answer else self.source_ports

    def _matches(self, packet: Packet) -> bool:
        ports = self.source_ports if packet.answer else self.destination_ports
        return (
            self.tcp
            and self.source.has(packet.source)
            and self.destination.has(packet.destination)
            and (ports is None or any(packet.port in span for span in ports))
            and (packet.answer or not self.established)
        )


@dataclass(frozen=True)
class Filter:
    """An access list where it is in force.

    Args:
        where: the line that puts it in force, with its place: ``line vty 0 4: access-class MANAGEMENT in``.
        rows: none: there is no such list, or nothing in it.
        missing_admits: whether the platform then admits every packet; False: the vendor does not document it.
        sees_destination: False where only some releases look at the destination, so that it must not matter.
    """

    where: str
    rows: tuple[AclRow, ...]
    missing_admits: bool = True
    sees_destination: bool = True

    def explain_refusal(self, packet: Packet) -> str | None:
        """Why a packet is not sure to get through; None: it is."""
        if not self.rows:
            return None if self.missing_admits else f"{self.where} names a list that is not there"
        variants = [packet]
        if not self.sees_destination:
            variants.append(Packet(packet.source, IPv4Address(0), packet.port, packet.answer))
        return next((reason for variant in variants if (reason := self._find_refusing_row(variant))), None)

    def explain_ospf_refusal(self, neighbour: IPv4Address) -> str | None:
        """Why the packets of an OSPF neighbour are not sure to get through; None: they are."""
        if not self.rows and self.missing_admits:
            return None
        for row in self.rows:
            if row.ospf and row.source.has(neighbour) and row.destination.has(OSPF_ROUTERS):
                if row.permits and row.readable and not row.established:
                    return None
                if not row.permits:
                    return f"{self.where} denies it by {row.text!r}"
        return f"{self.where} has no row that permits it"

    def _find_refusing_row(self, packet: Packet) -> str | None:
        for row in self.rows:
            if row.admits(packet):
                return None
            if row.denies(packet):
                word = "denies" if row.readable else "may deny"
                return f"{self.where} {word} it by {row.text!r}"
        return f"{self.where} has no row that permits it"


@dataclass(frozen=True)
class Ospf:
    """How an interface takes part in OSPF. ``unshared_line``: the other end lacks it, so no neighbour comes up."""

    area: int
    passive: bool = False
    point_to_point: bool = False
    unshared_line: str | None = None


@dataclass(frozen=True)
class Interface:
    """A port, or what holds an address.

    Args:
        shutdown_line: the line that switches it off.
        vlan: of which VLAN it holds the address.
        untagged: the VLAN that a port carries untagged; a port that routes carries none.
        blocking_lines: lines that stop a neighbouring switch: BPDU guard.
        root_guard_lines: lines that stop a neighbour that is nearer to the root of the spanning tree: root guard.
        dropping_lines: lines that may drop what anybody sends, however it is addressed: 802.1X, port security, a list
            of MAC addresses that holds back ARP, a policy that drops, a port that only mirrors.
        bundle: the bundle that it is a member of.
        trusts_arp: whether ARP that comes by it is taken without a look.
    """

    name: str
    shutdown_line: str | None = None
    vlan: int | None = None
    address: IPv4Interface | None = None
    vrf: str | None = None
    untagged: int | None = None
    tagged: frozenset[int] = frozenset()
    inbound: Filter | None = None
    outbound: Filter | None = None
    blocking_lines: tuple[str, ...] = ()
    root_guard_lines: tuple[str, ...] = ()
    dropping_lines: tuple[str, ...] = ()
    bundle: str | None = None
    trusts_arp: bool = False
    ospf: Ospf | None = None


@dataclass(frozen=True)
class Route:
    """A static route, or the default gateway of what does not route. ``hop`` None: not an address."""

    network: IPv4Network
    hop: IPv4Address | None
    distance: int = 1


@dataclass(frozen=True)
class LoginService:
    """A service that the centre logs in by. ``closed_by``: why it is closed; ``is_needed``: login depends on it."""

    name: str
    port: int
    closed_by: str | None = None
    filters: tuple[Filter, ...] = ()
    is_needed: bool = True


@dataclass(frozen=True)
class ManagementAccess:
    """Everything that a configuration says about logging in to its device.

    Args:
        accounts: local accounts, and what each lacks to full rights (None: nothing).
        no_local_login: why a local account does not get in once the central servers are gone.
        vlans: VLANs, and the line that stops each (None: nothing). None: the switch keeps them elsewhere.
        management_vlan: the only VLAN that the switch takes management from.
        vlan_filters: lists on all that passes within a VLAN, bridged or routed, whichever way.
        inspected_vlans: VLANs in which ARP is dropped on ports that are not trusted, and the line that says so.
        control_plane: lists in front of the processor, which OSPF has to pass as well.
        router_id: of the process that takes part in OSPF.
    """

    services: tuple[LoginService, ...]
    accounts: Mapping[str, str | None]
    no_local_login: str | None
    interfaces: Mapping[str, Interface]
    vlans: Mapping[int, str | None] | None
    routes: tuple[Route, ...] = ()
    routing: bool = False
    management_vlan: int | None = None
    vlan_filters: Mapping[int, tuple[Filter, ...]] = field(default_factory=dict)
    inspected_vlans: Mapping[int, str] = field(default_factory=dict)
    control_plane: tuple[Filter, ...] = ()
    router_id: IPv4Address | None = None
    default_vlan: int | None = 1  # of a port that the configuration does not mention

    def port(self, name: str) -> Interface:
        """A port; one that the configuration does not mention has the factory's settings."""
        return self.interfaces.get(name) or Interface(name, untagged=self.default_vlan)

    def svi(self, vlan: int) -> Interface | None:
        """The interface that holds the address in a VLAN."""
        return next((interface for interface in self.interfaces.values() if interface.vlan == vlan), None)


def find_value(lines: Iterable[str], start: str) -> str | None:
    """What follows ``start`` in the last line that begins with it; None if no line does."""
    value = None
    for line in lines:
        if line.startswith(start):
            value = line[len(start) :]
    return value
