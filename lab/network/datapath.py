"""Who reaches whom: cables, VLANs and gateways, worked out from what every switch's configuration means.

It reads ``Meaning`` and nothing else of a switch; a real datapath can be put in its place.
"""

import asyncio
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address
from typing import Any

from lab import CENTRE
from lab.device.meaning import Meaning
from lab.device.switch import Switch
from lab.device.tables import Adjacency, Arp, Dialled, Learned, Mac, Neighbour, Source
from lab.network.arp import read_arp
from lab.network.bridging import NONE, Bridging, Vlans, existing
from lab.network.life import Life
from lab.network.outages import Record
from lab.network.routing import Routing
from lab.network.stations import Station
from lab.region.facts import RegionFacts


class Fabric:
    """The region's datapath. ``heed`` is called with the switches whose reachability or services may have changed."""

    def __init__(self, region: RegionFacts, switches: dict[str, Switch]) -> None:
        self.region = region
        self.switches = switches  # filled by the lab, before ``start``
        self.heed: Callable[[Iterable[Switch]], None] = lambda switches: None
        self.bridging = Bridging(region, switches)
        self.record = Record({})
        self._started = False
        self._dirty: set[Switch] = set()
        self._soon: asyncio.Handle | None = None
        self._seen: dict[str, tuple[bool, Meaning]] = {}
        self._served: dict[str, Vlans] = {}  # by switch: VLANs in which a gateway is reached
        self._managed: dict[str, bool] = {}
        self.routing = Routing(self.bridging)
        self.life = Life(region, self.bridging, self.routing)

    @property
    def stations(self) -> list[Station]:
        """Everything that is plugged in."""
        return self.bridging.stations

    def start(self) -> None:
        """Plug everything in, and work everything out once."""
        self.bridging.plug_in()
        self.record = Record({name: switch.facts.municipality for name, switch in self.switches.items()})
        self._dirty.update(self.switches.values())
        self._started = True
        self.settle()
        self.life.begin()
        self.record.reset()

    def begin_anew(self, municipalities: Iterable[str]) -> None:
        """Let stations of these municipalities be as after a long time, and everybody's record begin anew."""
        self.settle()
        self.life.begin_anew(municipalities)
        self.record.reset()

    # --- changes

    def changed(self, switch: Switch) -> None:
        """Take note of a change. Changes made in one go (a configuration that is replaced) are worked out together."""
        self._dirty.add(switch)
        if self._soon is None and self._started:
            self._soon = asyncio.get_running_loop().call_soon(self.settle)

    def settle(self) -> None:
        """Work out now what has changed, municipality by municipality."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if not self._dirty or not self._started:
            return
        dirty, self._dirty = self._dirty, set()
        touched: dict[str, list[Switch]] = {}
        for switch in dirty:
            state = (switch.up, switch.meaning)
            if self._seen.get(switch.name) != state:
                self._seen[switch.name] = state
                self.bridging.update(switch)
                touched.setdefault(switch.facts.municipality, []).append(switch)
        if not touched:
            return
        self.bridging.version += 1
        heeded: list[Switch] = []
        for municipality, changed in touched.items():
            heeded.extend(self._recompute(municipality, changed))
        if self.life.hosts.links:
            self.life.follow(switch for changed in touched.values() for switch in changed)
        self.heed(heeded)

    def _recompute(self, municipality: str, changed: list[Switch]) -> list[Switch]:
        """Work out one municipality again. Returns the switches that somebody should look at."""
        here = [switch for switch in self.switches.values() if switch.facts.municipality == municipality]
        heeded = list(changed)
        served: dict[str, Vlans] = dict.fromkeys((switch.name for switch in here), NONE)
        managed: dict[str, Vlans] = {}
        for switch in here:
            meaning = switch.meaning
            if switch.facts.role == "core" and switch.up:
                managed = self.bridging.flood(switch, existing(meaning))
            if switch.up and meaning.routing:
                gateways = existing(meaning) & frozenset(
                    vlan for vlan, svi in meaning.svis.items() if svi.up and svi.address is not None
                )
                for name, vlans in self.bridging.flood(switch, gateways).items():
                    served[name] = served.get(name, NONE) | vlans
        for switch in here:
            able = self._manageable(switch, managed.get(switch.name, NONE))
            if able != self._managed.get(switch.name):
                self._managed[switch.name] = able
                heeded.append(switch)
            if switch in changed or served[switch.name] != self._served.get(switch.name):
                self._served[switch.name] = served[switch.name]
                self._note(switch)
        return heeded

    def _note(self, switch: Switch) -> None:
        """Tell the record which of a switch's stations have a gateway."""
        with_gateway: list[Station] = []
        without: list[Station] = []
        served = self._served[switch.name] if switch.up else NONE
        for station in self.bridging.plugged(switch):
            if station.kind in ("pc", "phone"):
                (with_gateway if self.bridging.vlan_of(station) in served else without).append(station)
        self.record.note(with_gateway, True)
        self.record.note(without, False)

    def _manageable(self, switch: Switch, from_core: Vlans) -> bool:
        meaning = switch.meaning
        if not switch.up:
            return False
        if switch.facts.municipality == CENTRE:
            return True  # out of band
        exists = existing(meaning)
        addressed = frozenset(vlan for vlan, svi in meaning.svis.items() if svi.up and svi.address and vlan in exists)
        if switch.facts.role != "core":
            return bool(addressed & from_core)
        return bool(addressed) or any(p.up and p.routed and p.address is not None for p in meaning.ports.values())

    # --- what a switch sees

    def manageable(self, switch: Switch) -> bool:
        """The centre is managed out of band; a core by any address; an access switch over the VLAN of its address."""
        self.settle()
        return self._managed.get(switch.name, True)

    def oper(self, switch: Switch, port: int) -> bool:
        """See ``lab.network.bridging``."""
        return self.bridging.oper(switch, port)

    def carries(self, switch: Switch, vlan: int) -> bool:
        """See ``lab.network.bridging``."""
        self.settle()
        return self.bridging.is_used(switch, vlan)

    def root(self, switch: Switch, vlan: int) -> tuple[str, int]:
        """See ``lab.network.bridging``."""
        self.settle()
        return self.bridging.root(switch, vlan)

    def neighbours(self, switch: Switch) -> list[Neighbour]:
        """See ``lab.network.bridging``."""
        return self.bridging.neighbours(switch)

    def macs(self, switch: Switch) -> list[Mac]:
        """See ``lab.network.bridging``."""
        self.settle()
        return self.bridging.macs(switch)

    def arp(self, switch: Switch) -> list[Arp]:
        """Who is on the attached networks: stations, where this switch is their gateway, and far ends of links."""
        self.settle()
        return read_arp(switch, self.bridging, self.routing, self.life.hosts)

    def adjacencies(self, switch: Switch) -> list[Adjacency]:
        """See ``lab.network.routing``."""
        self.settle()
        return self.routing.adjacencies(switch)

    def learned(self, switch: Switch) -> list[Learned]:
        """See ``lab.network.routing``."""
        self.settle()
        return self.routing.learned(switch)

    def trace(self, switch: Switch, address: IPv4Address) -> list[IPv4Address]:
        """See ``lab.network.forwarding``."""
        self.settle()
        return self.life.forwarding.trace(switch, address)

    def ping(self, switch: Switch, address: IPv4Address, source: IPv4Address | None = None) -> bool:
        """See ``lab.network.forwarding``."""
        self.settle()
        return self.life.forwarding.ping(switch, address, source)

    def dial(self, switch: Switch, address: IPv4Address, port: int, source: IPv4Address) -> Dialled:
        """See ``lab.network.life``."""
        self.settle()
        return self.life.dial(switch, address, port, source)

    def sources(self, switch: Switch) -> list[Source]:
        """The addresses of the interfaces that are up."""
        self.settle()
        self.routing.update()
        forwarding = self.life.forwarding
        return [Source(forwarding.name(switch, face), face.address.ip) for face in self.routing.interfaces(switch)]

    # --- questions from people and tests

    def reach(self, name: str) -> dict[str, object]:
        """Where a station is, and whether it reaches its gateway.

        Raises:
            KeyError: there is no such station.
        """
        self.settle()
        station = self.find(name)
        vlan = self.bridging.vlan_of(station)
        switch = self.switches[station.switch]
        return {
            "station": station.name,
            "kind": station.kind,
            "mac": station.mac,
            "switch": station.switch,
            "port": switch.port_names[station.port - 1] if station.port else "",
            "vlan": vlan,
            "gateway": vlan is not None and vlan in self._served.get(station.switch, NONE),
            **self.life.describe(station),
        }

    def find(self, name: str) -> Station:
        """The station of this name or MAC address.

        Raises:
            KeyError: there is none.
        """
        station = next((station for station in self.stations if name in (station.name, station.mac)), None)
        if station is None:
            raise KeyError(name)
        return station

    def report(self, municipalities: Iterable[str] | None = None) -> dict[str, Any]:
        """The record of gateways, and of each application beside it."""
        self.settle()
        report = self.record.report(municipalities)
        for owner, applications in self.life.report(municipalities).items():
            report["municipalities"].setdefault(owner, {})["applications"] = applications
        return report

    def reset_record(self) -> None:
        """Begin both records anew."""
        self.settle()
        self.life.look()
        self.record.reset()
        self.life.record.reset()
