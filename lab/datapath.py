"""Who reaches whom: cables, VLANs and gateways, worked out from what every switch's configuration means.

It reads ``Meaning`` and nothing else of a switch; a real datapath can be put in its place.
"""

import asyncio
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address

from lab import CENTRE
from lab.facts import Cable, RegionFacts
from lab.meaning import Meaning, PortMeaning
from lab.record import Record
from lab.routing import Routing
from lab.stations import Station, populate
from lab.switch import Adjacency, Arp, Mac, Neighbour, Switch

Vlans = frozenset[int]
NONE: Vlans = frozenset()
DEFAULT = PortMeaning()


class Fabric:
    """The region's datapath. ``heed`` is called with the switches whose reachability or services may have changed."""

    def __init__(self, region: RegionFacts, switches: dict[str, Switch]) -> None:
        self.region = region
        self.switches = switches  # filled by the lab, before ``start``
        self.heed: Callable[[Iterable[Switch]], None] = lambda switches: None
        self.version = 0  # counts changes of anything
        self.stations: list[Station] = []
        self.record = Record({})
        self._started = False
        self._dirty: set[Switch] = set()
        self._soon: asyncio.Handle | None = None
        self._seen: dict[str, tuple[bool, Meaning]] = {}
        self._offers: dict[str, dict[int, tuple[int | None, Vlans]]] = {}
        self._served: dict[str, Vlans] = {}  # by switch: VLANs in which a gateway is reached
        self._managed: dict[str, bool] = {}
        self._plugged: dict[str, list[Station]] = {}
        self._lit: dict[str, set[int]] = {}
        self._routing = Routing(self)

    def start(self) -> None:
        """Plug everything in, and work everything out once."""
        self.stations = populate(self.region, {name: switch.facts for name, switch in self.switches.items()})
        self.record = Record({name: switch.facts.municipality for name, switch in self.switches.items()})
        for name in self.switches:
            self._plugged[name], self._lit[name] = [], set()
        for station in self.stations:
            self._plugged[station.switch].append(station)
            self._lit[station.switch].add(station.port)
        self._dirty.update(self.switches.values())
        self._started = True
        self.settle()
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
                self._offers[switch.name] = self._offer(switch)
                touched.setdefault(switch.facts.municipality, []).append(switch)
        if not touched:
            return
        self.version += 1
        heeded: list[Switch] = []
        for municipality, changed in touched.items():
            heeded.extend(self._recompute(municipality, changed))
        self.heed(heeded)

    def _recompute(self, municipality: str, changed: list[Switch]) -> list[Switch]:
        """Work out one municipality again. Returns the switches that somebody should look at."""
        mine = [switch for switch in self.switches.values() if switch.facts.municipality == municipality]
        heeded = list(changed)
        served: dict[str, Vlans] = dict.fromkeys((switch.name for switch in mine), NONE)
        managed: dict[str, Vlans] = {}
        for switch in mine:
            meaning = switch.meaning
            if switch.facts.role == "core" and switch.up:
                managed = self.flood(switch, self._exists(meaning))
            if switch.up and meaning.routing:
                gateways = self._exists(meaning) & frozenset(
                    vlan for vlan, svi in meaning.svis.items() if svi.up and svi.address is not None
                )
                for name, vlans in self.flood(switch, gateways).items():
                    served[name] = served.get(name, NONE) | vlans
        for switch in mine:
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
        for station in self._plugged[switch.name]:
            if station.kind in ("pc", "phone"):
                (with_gateway if self.vlan_of(station) in served else without).append(station)
        self.record.note(with_gateway, True)
        self.record.note(without, False)

    # --- layer 2

    @staticmethod
    def _exists(meaning: Meaning) -> Vlans:
        """The VLANs of a switch; 1 is built in."""
        return frozenset(meaning.vlans) | {1}

    def _offer(self, switch: Switch) -> dict[int, tuple[int | None, Vlans]]:
        """What each cabled port would pass on: the untagged VLAN and the tagged ones."""
        if not switch.up:
            return {}
        exists = self._exists(switch.meaning)
        offers: dict[int, tuple[int | None, Vlans]] = {}
        for number in switch.facts.cables:
            port = switch.meaning.ports.get(number, DEFAULT)
            if port.up and not port.routed:
                tagged = exists if port.tagged is None else port.tagged & exists
                if port.voice in exists:
                    tagged |= {port.voice}
                untagged = port.access if port.access in exists else None
                offers[number] = (untagged, tagged - {untagged})
        return offers

    def carried(self, switch: Switch, number: int, cable: Cable) -> Vlans:
        """The VLANs that pass a cable: those that both ends treat alike, tagged or untagged."""
        here = self._offers.get(switch.name, {}).get(number)
        there = self._offers.get(cable.switch, {}).get(cable.port)
        if here is None or there is None:
            return NONE
        both = here[1] & there[1]
        return both | {here[0]} if here[0] is not None and here[0] == there[0] else both

    def flood(self, source: Switch, vlans: Vlans) -> dict[str, Vlans]:
        """How far these VLANs of a switch go. Shape: switch to those of them that arrive there."""
        arrived: dict[str, Vlans] = {source.name: vlans}
        queue = [(source, vlans)]
        while queue:
            switch, fresh = queue.pop()
            for number, cable in switch.facts.cables.items():
                if cable.switch not in self.switches:
                    continue
                passing = fresh & self.carried(switch, number, cable)
                new = passing - arrived.get(cable.switch, NONE)
                if new:
                    arrived[cable.switch] = arrived.get(cable.switch, NONE) | new
                    queue.append((self.switches[cable.switch], new))
        return arrived

    def vlan_of(self, station: Station) -> int | None:
        """The VLAN a station is in; None if its port is off or its VLAN is not there."""
        switch = self.switches[station.switch]
        if not switch.up:
            return None
        if station.kind == "old_server":
            return self._vlan_of_address(switch, station.address)
        port = switch.meaning.ports.get(station.port, DEFAULT)
        if not port.up or port.routed:
            return None
        vlan = port.voice if station.phone and port.voice is not None else port.access
        return vlan if vlan == 1 or vlan in switch.meaning.vlans else None

    @staticmethod
    def _vlan_of_address(switch: Switch, address: IPv4Address | None) -> int | None:
        for vlan, svi in switch.meaning.svis.items():
            if svi.address is not None and address in svi.address.network:
                return vlan
        return None

    def _manageable(self, switch: Switch, from_core: Vlans) -> bool:
        meaning = switch.meaning
        if not switch.up:
            return False
        if switch.facts.municipality == CENTRE:
            return True  # out of band
        exists = self._exists(meaning)
        mine = frozenset(vlan for vlan, svi in meaning.svis.items() if svi.up and svi.address and vlan in exists)
        if switch.facts.role != "core":
            return bool(mine & from_core)
        return bool(mine) or any(p.up and p.routed and p.address is not None for p in meaning.ports.values())

    # --- what a switch sees

    def manageable(self, switch: Switch) -> bool:
        """The centre is managed out of band; a core by any address; an access switch over the VLAN of its address."""
        self.settle()
        return self._managed.get(switch.name, True)

    def oper(self, switch: Switch, port: int) -> bool:
        """A link is up if both ends are; a port with something plugged in, if it is switched on."""
        if not switch.up or not switch.meaning.ports.get(port, DEFAULT).up:
            return False
        cable = switch.facts.cables.get(port)
        if cable is None:
            return port in self._lit.get(switch.name, ())
        far = self.switches.get(cable.switch)
        return far is not None and far.up and far.meaning.ports.get(cable.port, DEFAULT).up

    def neighbours(self, switch: Switch) -> list[Neighbour]:
        """Where the link is up and both ends speak LLDP."""
        found: list[Neighbour] = []
        if not switch.meaning.lldp:
            return found
        for number, cable in sorted(switch.facts.cables.items()):
            far = self.switches.get(cable.switch)
            if far is not None and far.meaning.lldp and self.oper(switch, number):
                kind = f"{far.facts.platform} {far.model}"
                found.append(Neighbour(number, far.meaning.hostname, far.port_names[cable.port - 1], kind))
        return found

    def heard(self, switch: Switch) -> list[tuple[Station, int, int]]:
        """The stations a switch hears. Shape: station, VLAN, port."""
        self.settle()
        found = []
        seen = {switch.name}
        queue: list[tuple[Switch, int, Vlans]] = [(switch, 0, self._exists(switch.meaning))] if switch.up else []
        while queue:
            here, port, vlans = queue.pop()
            for station in self._plugged.get(here.name, ()):
                vlan = self.vlan_of(station)
                if vlan is not None and vlan in vlans:
                    found.append((station, vlan, port or station.port))
            for number, cable in here.facts.cables.items():
                passing = vlans & self.carried(here, number, cable)
                if passing and cable.switch not in seen:
                    seen.add(cable.switch)
                    queue.append((self.switches[cable.switch], port or number, passing))
        return found

    def macs(self, switch: Switch) -> list[Mac]:
        """Each station is heard on every switch that its VLAN leads to."""
        heard = (Mac(station.mac, vlan, port) for station, vlan, port in self.heard(switch) if port)
        return sorted(heard, key=lambda mac: (mac.vlan, mac.mac))

    def arp(self, switch: Switch) -> list[Arp]:
        """See ``lab.routing``."""
        return self._routing.arp(switch)

    def adjacencies(self, switch: Switch) -> list[Adjacency]:
        """See ``lab.routing``."""
        return self._routing.adjacencies(switch)

    def ping(self, switch: Switch, address: IPv4Address) -> bool:
        """See ``lab.routing``."""
        return self._routing.ping(switch, address)

    # --- questions from people and tests

    def reach(self, name: str) -> dict[str, object]:
        """Where a station is, and whether it reaches its gateway.

        Raises:
            KeyError: there is no such station.
        """
        self.settle()
        station = next((one for one in self.stations if name in (one.name, one.mac)), None)
        if station is None:
            raise KeyError(name)
        vlan = self.vlan_of(station)
        switch = self.switches[station.switch]
        return {
            "station": station.name,
            "kind": station.kind,
            "mac": station.mac,
            "switch": station.switch,
            "port": switch.port_names[station.port - 1] if station.port else "",
            "vlan": vlan,
            "gateway": vlan is not None and vlan in self._served.get(station.switch, NONE),
        }
