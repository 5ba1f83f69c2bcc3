"""Access lists as they act: a packet, what a row is about, and what becomes of the packet at a list. Pure.

A packet stands for many: of any address of a network, from any port of a client's. So a row may be about all of them,
about some, or about none; and a list surely admits, surely stops, or does either.
"""

from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network

ICMP, TCP, UDP, OSPF = 1, 6, 17, 89
ECHO, ECHO_REPLY = 8, 0
CLIENTS = range(1024, 65536)  # the ports that sessions are opened from
OSPF_ROUTERS = IPv4Address("224.0.0.5")
Ports = tuple[range, ...] | None  # None: any


class Cover(IntEnum):
    """How many of the packets that a packet stands for something is about."""

    NONE = 0
    SOME = 1  # or it cannot be told which
    ALL = 2


@dataclass(frozen=True)
class Match:
    """Addresses that a row is about: those that agree with ``value`` in the bits that are set in ``bits``."""

    value: int = 0
    bits: int = 0

    @classmethod
    def of(cls, addresses: IPv4Address | IPv4Network) -> "Match":
        """An address, or all of a network."""
        if isinstance(addresses, IPv4Address):
            return cls(int(addresses), 0xFFFFFFFF)
        return cls(int(addresses.network_address), int(addresses.netmask))

    def has(self, address: IPv4Address) -> bool:
        """Whether an address agrees in these bits."""
        return (int(address) ^ self.value) & self.bits == 0

    def cover(self, others: "Match") -> Cover:
        """How many of other addresses are among these."""
        if (self.value ^ others.value) & self.bits & others.bits:
            return Cover.NONE
        return Cover.SOME if self.bits & ~others.bits else Cover.ALL


@dataclass(frozen=True)
class Packet:
    """A packet that a client sends to a service, or (``answer``) what comes back.

    Args:
        source: of all that may send it.
        destination: of all that it may be for.
        port: of the service; 0 where the protocol has no ports.
        answer: it belongs to a connection that is open already, or answers a request.
        protocol: its number in IP.
        last_port: of a service that has several; they begin with ``port``.
        client_ports: from which of its ports a client may send.
    """

    source: IPv4Address | IPv4Network
    destination: IPv4Address | IPv4Network
    port: int
    answer: bool = False
    protocol: int = TCP
    last_port: int | None = None
    client_ports: range = CLIENTS

    def __hash__(self) -> int:
        return self._hash  # worked out once: a matrix of questions looks each packet up at every list

    @cached_property
    def _hash(self) -> int:
        return hash((self.source, self.destination, self.port, self.answer, self.protocol))

    def __str__(self) -> str:
        if self.answer:
            return f"the answer of {self.source} port {self.port} to the control node {self.destination}"
        return f"the control node {self.source} to {self.destination} port {self.port}"

    @cached_property
    def sources(self) -> Match:
        """Of all that may send it."""
        return Match.of(self.source)

    @cached_property
    def destinations(self) -> Match:
        """Of all that it may be for."""
        return Match.of(self.destination)

    @cached_property
    def ports(self) -> tuple[range, range]:
        """The ports that it may come from, and those that it may go to."""
        service_ports = range(self.port, (self.last_port or self.port) + 1)
        return (service_ports, self.client_ports) if self.answer else (self.client_ports, service_ports)

    @property
    def icmp_type(self) -> int:
        """Of a ping, or of its answer."""
        return ECHO_REPLY if self.answer else ECHO


@dataclass(frozen=True)
class AclRow:
    """A row of an access list. Not ``readable``: it says more than we understand.

    Args:
        text: as the configuration has it.
        permits: whether what it matches passes.
        protocol: its number in IP; None: any.
        source: the addresses that packets come from.
        destination: the addresses that they go to.
        source_ports: None: any.
        destination_ports: None: any.
        icmp_types: None: any.
        established: it is about answers alone.
        readable: whether it is about all that the rest says, and nothing else.
        remark: the last one above it: in our own lists the record that it follows from.
    """

    text: str
    permits: bool
    protocol: int | None = None
    source: Match = Match()
    destination: Match = Match()
    source_ports: Ports = None
    destination_ports: Ports = None
    icmp_types: frozenset[int] | None = None
    established: bool = False
    readable: bool = True
    remark: str = field(default="", compare=False)

    def cover(self, packet: Packet) -> Cover:
        """How many of the packets that one stands for the row is about; of a row that cannot be read at most some."""
        if (self.protocol is not None and self.protocol != packet.protocol) or (self.established and not packet.answer):
            return Cover.NONE
        cover = self.source.cover(packet.sources)
        if not cover or not (to := self.destination.cover(packet.destinations)):
            return Cover.NONE
        cover = min(cover, to)
        for spans, ports in zip((self.source_ports, self.destination_ports), packet.ports, strict=True):
            if spans is not None:
                cover = min(cover, _cover_ports(spans, ports))
        if self.icmp_types is not None and packet.icmp_type not in self.icmp_types:
            return Cover.NONE
        # ``established`` is a flag of TCP; what a row with ``tracked`` does to others only some hardware knows.
        is_sure = self.readable and (not self.established or packet.protocol == TCP)
        return cover if is_sure else min(cover, Cover.SOME)


def _cover_ports(spans: tuple[range, ...], ports: range) -> Cover:
    if any(ports.start >= span.start and ports.stop <= span.stop for span in spans):
        return Cover.ALL
    return Cover.SOME if any(ports.start < span.stop and span.start < ports.stop for span in spans) else Cover.NONE


@dataclass(frozen=True)
class Judgement:
    """What becomes of a packet at a list.

    Args:
        admitted: None: it may be let through or dropped.
        row: that decides; None: no row is surely about it.
        doubtful: an earlier row that is about some of what the packet stands for, or about it in a way that cannot be
            read, and says the contrary.
    """

    admitted: bool | None
    row: AclRow | None = None
    doubtful: AclRow | None = None


@dataclass(frozen=True)
class Filter:
    """An access list where it is in force.

    Args:
        where: the line that puts it in force, with its place: ``line vty 0 4: access-class MANAGEMENT in``.
        rows: none: there is no such list, or nothing in it.
        missing_admits: whether the platform then admits every packet; False: the vendor does not document it.
        sees_destination: False where only some releases look at the destination, so that it must not matter.
        name: of the list.
    """

    where: str
    rows: tuple[AclRow, ...]
    missing_admits: bool = True
    sees_destination: bool = True
    name: str = ""
    _judged: dict[Packet, Judgement] = field(default_factory=dict, init=False, compare=False, repr=False)

    def judge(self, packet: Packet) -> Judgement:
        """What becomes of a packet: the first row that is about it decides, and behind the last it is dropped."""
        judgement = self._judged.get(packet)
        if judgement is None:
            judgement = self._judge(packet)
            if not self.sees_destination:
                unseen = self._judge(replace(packet, destination=IPv4Address(0)))
                if unseen.admitted != judgement.admitted:
                    judgement = Judgement(None, judgement.row, unseen.row)
            self._judged[packet] = judgement
        return judgement

    def _judge(self, packet: Packet) -> Judgement:
        if not self.rows:
            return Judgement(True if self.missing_admits else None)
        doubtful: dict[bool, AclRow] = {}  # the first of those that permit, and of those that deny
        for row in self.rows:
            cover = row.cover(packet)
            if cover == Cover.SOME:
                doubtful.setdefault(row.permits, row)
            elif cover == Cover.ALL:
                contrary = doubtful.get(not row.permits)
                return Judgement(None if contrary else row.permits, row, contrary)
        contrary = doubtful.get(True)
        return Judgement(None if contrary else False, None, contrary)

    def explain_refusal(self, packet: Packet) -> str | None:
        """Why a packet is not sure to get through; None: it is."""
        variants = [packet]
        if not self.sees_destination:
            variants.append(replace(packet, destination=IPv4Address(0)))
        return next((reason for variant in variants if (reason := self._explain_judgement(variant))), None)

    def explain_ospf_refusal(self, neighbour: IPv4Address) -> str | None:
        """Why the packets of an OSPF neighbour are not sure to get through; None: they are."""
        return self.explain_refusal(Packet(neighbour, OSPF_ROUTERS, 0, protocol=OSPF))

    def _explain_judgement(self, packet: Packet) -> str | None:
        judgement = self._judge(packet)
        if judgement.admitted:
            return None
        if not self.rows:
            return f"{self.where} names a list that is not there"
        row = judgement.row if judgement.row and not judgement.row.permits else judgement.doubtful
        if row is None or row.permits:
            return f"{self.where} has no row that permits it"
        return f"{self.where} {'denies' if row.readable else 'may deny'} it by {row.text!r}"
