"""Who has which address, where its frames come in, and whether its link carries them."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

from lab.network.bridging import DEFAULT, Bridging, existing
from lab.network.stations import Station


class Endpoint(NamedTuple):
    """An address of a station.

    ``vlan``: what it tags its frames with; None: the untagged VLAN of its port. ``home``: the VLAN of its network, of a
    server's address; None: it is at home where it is.
    """

    station: Station
    address: IPv4Address
    network: IPv4Network
    gateway: IPv4Address
    vlan: int | None = None
    home: int | None = None


class Exit(NamedTuple):
    """A port of the operations centre that leads to others, and their router at its far end."""

    name: str
    peer: IPv4Address


@dataclass
class Link:
    """A station's cable. ``forwards``: spanning tree lets its frames through, and it has started."""

    up: bool = True
    forwards: bool = True
    powered: bool = True
    voice: int | None = None  # the VLAN that a phone was told of when it started
    turn: int = 0  # counts what came between: a start that was overtaken by another is none


class Hosts:
    """The addresses of all stations."""

    def __init__(self, bridging: Bridging) -> None:
        self.links: dict[Station, Link] = {}
        self.exits: dict[tuple[str, int], Exit] = {}
        self.version = 0  # counts what changes of the addresses and links of servers
        self.touched: set[str] = set()  # municipalities of which somebody should look at everybody's applications
        self._bridging = bridging
        self._at: dict[IPv4Address, list[Endpoint]] = {}
        self._of: dict[Station, list[Endpoint]] = {}

    def at(self, address: IPv4Address) -> list[Endpoint]:
        """Who has an address: one, if nobody has made a mistake."""
        return self._at.get(address, [])

    def of(self, station: Station) -> list[Endpoint]:
        """The addresses of a station."""
        return self._of.get(station, [])

    def put(self, endpoint: Endpoint) -> None:
        """A station takes an address."""
        self._at.setdefault(endpoint.address, []).append(endpoint)
        self._of.setdefault(endpoint.station, []).append(endpoint)
        self.note(endpoint.station)

    def drop(self, station: Station) -> None:
        """A station gives its addresses up."""
        for endpoint in self._of.pop(station, []):
            self._at[endpoint.address].remove(endpoint)
            self.note(station)

    def note(self, station: Station) -> None:
        """Something of a station's addresses or link is another."""
        self.version += station.serves
        self.touched.add(self._bridging.switches[station.switch].facts.municipality)

    def clear(self) -> None:
        """Nobody has an address, and nothing is known of any link."""
        self._at.clear()
        self._of.clear()
        self.links.clear()
        self.version += 1

    # --- where frames come in

    def vlan_of(self, endpoint: Endpoint) -> int | None:
        """The VLAN in which the frames of an address come in; None: none of them does."""
        return self.vlan_at(endpoint.station, endpoint.vlan)

    def is_carried(self, endpoint: Endpoint) -> bool:
        """Whether the frames of an address come in, and in the VLAN of its network."""
        vlan = self.vlan_of(endpoint)
        return vlan is not None and endpoint.home in (None, vlan)

    def vlan_at(self, station: Station, tag: int | None = None) -> int | None:
        """The VLAN in which a station's frames come in.

        Args:
            station: who sends them.
            tag: the VLAN that it tags them with, if its port does not decide that alone.
        """
        link = self.links.get(station)
        switch = self._bridging.switches[station.switch]
        if link is None or not (link.up and link.forwards) or not switch.up:
            return None
        if station.kind == "old_server":
            return self._bridging.vlan_of(station)
        port = switch.meaning.ports.get(station.port, DEFAULT)
        exists = existing(switch.meaning)
        if port.routed:
            return None
        tag = link.voice if station.phone else tag
        if tag is None:
            return port.access if port.access in exists else None
        tagged = port.tagged is None or tag in port.tagged
        return tag if tag in exists and (tagged or tag in (port.access, port.voice)) else None

    def silence(self, endpoint: Endpoint) -> str:
        """Why nothing comes in from an address."""
        station = endpoint.station
        link = self.links.get(station)
        switch = self._bridging.switches[station.switch]
        where = f"{switch.name} {switch.port_names[station.port - 1] if station.port else ''}".strip()
        if link is None or not link.up or not switch.up:
            return f"{where}: the link to {station.name} is down"
        if not link.forwards:
            return f"{where}: does not yet forward what comes from {station.name}"
        tag = link.voice if station.phone else endpoint.vlan
        if tag is not None:
            return f"{where}: does not carry VLAN {tag}, which {station.name} uses"
        return f"{where}: its VLAN is not there"
