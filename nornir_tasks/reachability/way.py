"""What the proof answers: the way of a packet, hop by hop, the rows that let it through, and what stops it. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from nornir_tasks.core.errors import UsageError
from nornir_tasks.platforms.common.packet_filter import CLIENTS, ICMP, TCP, UDP, Filter, Packet
from nornir_tasks.reachability.bridging import PortEnd

PROTOCOLS = {"tcp": TCP, "udp": UDP}
DHCP_SERVER, DHCP_CLIENT = 67, 68
UNANSWERED = {(UDP, 162), (UDP, 514)}  # traps and logs: they are sent, and nothing comes back


class Outcome(StrEnum):
    """Whether packets arrive, and answers come back."""

    REACHED = "reached"
    STOPPED = "not reached"
    UNSURE = "in part, or not certain"  # some do, or a row or a place that cannot be judged is on the way


@dataclass(frozen=True)
class Service:
    """What is asked for: ``tcp/443``, ``udp/53``, ``tcp/5000-5010`` or ``icmp``."""

    protocol: int
    port: int = 0
    last_port: int | None = None

    @classmethod
    @lru_cache(maxsize=1024)
    def parse(cls, text: str) -> "Service":
        """The service that a text names.

        Raises:
            UsageError: it names none.
        """
        if text == "icmp":
            return cls(ICMP)
        match = re.fullmatch(r"(tcp|udp)/(\d{1,5})(?:-(\d{1,5}))?", text)
        first, last = (int(match[2]), int(match[3] or match[2])) if match else (0, 0)
        if match is None or not 0 < first <= last <= 65535:
            raise UsageError(f"port: found {text!r}, expected such as tcp/443, udp/53, tcp/5000-5010 or icmp")
        return cls(PROTOCOLS[match[1]], first, last if last > first else None)

    def __str__(self) -> str:
        if self.protocol == ICMP:
            return "icmp"
        name = next(name for name, number in PROTOCOLS.items() if number == self.protocol)
        return f"{name}/{self.port}{f'-{self.last_port}' if self.last_port else ''}"

    @property
    def is_answered(self) -> bool:
        """Whether what comes back counts."""
        return (self.protocol, self.port) not in UNANSWERED

    @lru_cache(maxsize=1 << 16)  # noqa: B019 - services are few and small; that a packet is made once is what counts
    def make_packet(self, source: IPv4Network, destination: IPv4Network, answer: bool = False) -> Packet:
        """The packet of a client, or what comes back.

        Args:
            source: all addresses that may send it.
            destination: all that it may be for.
            answer: whether it is what comes back; then the service is at the source.
        """
        is_dhcp = (self.protocol, self.port) == (UDP, DHCP_SERVER)
        ports = range(DHCP_CLIENT, DHCP_CLIENT + 1) if is_dhcp else CLIENTS
        return Packet(source, destination, self.port, answer, self.protocol, self.last_port, ports)


@dataclass(frozen=True)
class Station:
    """Where packets begin or end.

    Args:
        name: for people.
        addresses: all that it may have; of a single one a /32.
        device: the switch that it hangs on, or is; None: it is not known where it hangs.
        port: of that switch; None: it is the switch itself.
        vlan: that it is in.
        tagged: whether it tags what it sends, as a hypervisor's guests do.
        subnet: what it takes for its own network.
        gateway: where it sends all else; None: it cannot.
        outside: it is none of the region's.
    """

    name: str
    addresses: IPv4Network
    device: str | None = None
    port: str | None = None
    vlan: int | None = None
    tagged: bool = False
    subnet: IPv4Network | None = None
    gateway: IPv4Address | None = None
    outside: bool = False

    def __hash__(self) -> int:
        return self._hash  # worked out once: ways are looked up by their ends

    @cached_property
    def _hash(self) -> int:
        return hash((self.name, self.addresses, self.device, self.port, self.vlan))

    @property
    def place(self) -> str:
        """``administration@loppa-radhus at loppa-acc-01 GigabitEthernet1/0/1``."""
        if self.device is None or self.port is None:
            return self.name
        return f"{self.name} at {PortEnd(self.device, self.port)}"

    @property
    def is_switch(self) -> bool:
        """Whether it is a switch itself."""
        return self.device is not None and self.port is None

    @property
    def has_place(self) -> bool:
        """Whether it is known where it hangs, or which switch it is."""
        return self.device is not None and not self.outside


@dataclass(frozen=True)
class Crossing:
    """An interface that a packet passes.

    Args:
        device: the switch.
        interface: of it; ``itself``: the packet is for the switch.
        vlan: that it is in there.
        direction: ``in`` or ``out``.
        filters: the lists that it has to pass there.
        doubts: lines that may drop it, whatever it is.
    """

    device: str
    interface: str
    vlan: int | None
    direction: str
    filters: tuple[Filter, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """``loppa-core-01 Vlan110 in``."""
        return f"{PortEnd(self.device, self.interface)} {self.direction}".rstrip()


@dataclass(frozen=True)
class Way:
    """What bridges and routes do with a packet, whatever the lists say. ``end``: where it arrives, or what stops it."""

    crossings: tuple[Crossing, ...]
    outcome: Outcome
    end: str

    @cached_property
    def checks(self) -> tuple[tuple[int, Crossing], ...]:
        """The crossings that may stop a packet, with their places among all."""
        return tuple((at, each) for at, each in enumerate(self.crossings) if each.filters or each.doubts)


@dataclass(frozen=True)
class ListedRow:
    """What a list did with a packet: at which crossing, which list, and its row."""

    crossing: Crossing
    text: str

    def __str__(self) -> str:
        return f"{self.crossing.place}: {self.text}"


@dataclass(frozen=True)
class Leg:
    """One direction of a connection. ``reason``: what stops it, or may; empty: nothing does."""

    outcome: Outcome
    crossings: tuple[Crossing, ...]
    rows: tuple[ListedRow, ...]
    end: str
    reason: str = ""


@dataclass(frozen=True)
class Reach:
    """The answer to one question. ``back`` None: nothing has to come back, or it did not come to that."""

    source: Station
    destination: Station
    service: Service
    outcome: Outcome
    there: Leg
    back: Leg | None = None

    @property
    def reason(self) -> str:
        """The place and the line that stop it, or may; empty: nothing does."""
        if self.there.outcome == Outcome.STOPPED or self.back is None or not self.back.reason:
            return self.there.reason
        if self.there.reason and self.back.outcome != Outcome.STOPPED:
            return self.there.reason
        return f"on the way back: {self.back.reason}"

    @property
    def deciding(self) -> str:
        """The line that decides: what stops it, else the last row that lets it through, else where it arrives."""
        rows = self.there.rows or (self.back.rows if self.back else ())
        return self.reason or (str(rows[-1]) if rows else self.there.end)

    def as_dict(self) -> dict[str, Any]:
        """The record for a program."""
        return {
            "from": _describe_station(self.source),
            "to": _describe_station(self.destination),
            "port": str(self.service),
            "outcome": self.outcome.value,
            "reason": self.reason,
            "there": _describe_leg(self.there),
            "back": _describe_leg(self.back) if self.back else None,
        }


def _describe_station(station: Station) -> dict[str, Any]:
    addresses = station.addresses
    return {
        "name": station.name,
        "addresses": str(addresses if addresses.prefixlen < 32 else addresses.network_address),
        "device": station.device,
        "port": station.port,
        "vlan": station.vlan,
    }


def _describe_leg(leg: Leg) -> dict[str, Any]:
    return {
        "outcome": leg.outcome.value,
        "hops": [
            {
                "device": crossing.device,
                "interface": crossing.interface,
                "vlan": crossing.vlan,
                "direction": crossing.direction,
                "rows": [row.text for row in leg.rows if row.crossing is crossing],
            }
            for crossing in leg.crossings
        ],
        "end": leg.end,
        "reason": leg.reason,
    }


def judge_way(way: Way, packet: Packet) -> Leg:
    """What becomes of a packet on a way: the first list that surely stops it decides, else whatever stops the way.

    Args:
        way: as bridges and routes go.
        packet: as it is where it begins.
    """
    rows: list[ListedRow] = []
    doubt = ""
    for number, crossing in way.checks:
        for access_list in crossing.filters:
            judgement = access_list.judge(packet)
            row, name = judgement.row, access_list.name or access_list.where
            if judgement.admitted:
                if row is not None:
                    record = f" ({row.remark})" if row.remark else ""
                    rows.append(ListedRow(crossing, f"{name}: {row.text}{record}"))
                continue
            if judgement.admitted is False:
                listed = ListedRow(crossing, f"{name}: {row.text if row else 'no row permits it'}")
                passed = way.crossings[: number + 1]
                return Leg(Outcome.STOPPED, passed, (*rows, listed), str(listed), str(listed))
            text = judgement.doubtful.text if judgement.doubtful else "there is no such list"
            rows.append(ListedRow(crossing, f"{name}: {text}, which is about some or cannot be read"))
            doubt = doubt or str(rows[-1])
        doubt = doubt or next(
            (f"{crossing.place}: {line}, which is not read and may drop it" for line in crossing.doubts), ""
        )
    if way.outcome != Outcome.REACHED:
        return Leg(way.outcome, way.crossings, tuple(rows), way.end, way.end)
    return Leg(Outcome.UNSURE if doubt else Outcome.REACHED, way.crossings, tuple(rows), way.end, doubt)


def list_usable(network: IPv4Network) -> Iterator[IPv4Address]:
    """An address near to the beginning of a network and one near to its end; of a single address that one."""
    size = network.num_addresses
    yield network.network_address + min(10, size // 2 if size > 2 else 0)
    if size > 4:
        yield network.broadcast_address - 1
