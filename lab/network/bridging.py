"""Layer 2: which VLANs each cable carries, how far they go, and which stations a switch hears."""

from ipaddress import IPv4Address
from typing import NamedTuple

from lab.device.meaning import Meaning, PortMeaning
from lab.device.switch import Switch
from lab.device.tables import Mac, Neighbour
from lab.network.stations import Station, populate
from lab.region.facts import Cable, RegionFacts

Vlans = frozenset[int]


class Step(NamedTuple):
    """How a VLAN comes to a switch: from which switch, out of which port of that one, into which port."""

    before: str
    out: int
    into: int


Paths = dict[str, Step | None]
NONE: Vlans = frozenset()
DEFAULT = PortMeaning()


def existing(meaning: Meaning) -> Vlans:
    """The VLANs of a switch; 1 is built in."""
    return frozenset(meaning.vlans) | {1}


def _is_guarding(meaning: Meaning) -> bool:
    ports = (port for port in meaning.ports.values() if not port.routed)
    return bool(meaning.vlan_filters) or any(port.filter_in or port.filter_out for port in ports)


class Bridging:
    """Layer 2 of the region. Switches are known from the moment that ``plug_in`` is called.

    ``version`` counts what may change a path: a configuration, or a switch that comes or goes.
    """

    def __init__(self, region: RegionFacts, switches: dict[str, Switch]) -> None:
        self.switches = switches
        self.version = 0
        self.stations: list[Station] = []
        self._region = region
        self._offers: dict[str, dict[int, tuple[int | None, Vlans]]] = {}
        self._enabled: dict[str, set[int]] = {}  # the ports of each switch that would have a link
        self._plugged: dict[str, list[Station]] = {}
        self._lit: dict[str, set[int]] = {}
        self._members: dict[str, list[Switch]] = {}
        self._paths: dict[str, dict[tuple[str, int], Paths]] = {}
        self._joined: dict[str, dict[int, dict[str, str]]] = {}
        self._guarded: dict[str, set[str]] = {}  # by municipality: switches with lists at switched ports or VLANs
        self._fresh: set[str] = set()

    def plug_in(self) -> None:
        """Plug every station in."""
        self.stations = populate(self._region, {name: switch.facts for name, switch in self.switches.items()})
        self._members.clear()
        for name, switch in self.switches.items():
            self._plugged[name], self._lit[name] = [], set()
            self._members.setdefault(switch.facts.municipality, []).append(switch)
        for station in self.stations:
            self._plugged[station.switch].append(station)
            self._lit[station.switch].add(station.port)

    def members(self, municipality: str) -> list[Switch]:
        """The switches of a municipality."""
        return self._members.get(municipality, [])

    def plugged(self, switch: Switch) -> list[Station]:
        """The stations at a switch's own ports."""
        return self._plugged.get(switch.name, [])

    # --- what passes

    def update(self, switch: Switch) -> None:
        """Work out again what each cabled port would pass on: the untagged VLAN and the tagged ones."""
        self._fresh.add(switch.name)
        owner = switch.facts.municipality
        self._paths.pop(owner, None)
        self._joined.pop(owner, None)
        guarded = self._guarded.setdefault(owner, set())
        (guarded.add if _is_guarding(switch.meaning) else guarded.discard)(switch.name)
        offers: dict[int, tuple[int | None, Vlans]] = {}
        exists = existing(switch.meaning)
        for number in switch.facts.cables if switch.up else ():
            port = switch.meaning.ports.get(number, DEFAULT)
            if port.up and not port.routed:
                tagged = exists if port.tagged is None else port.tagged & exists
                if port.voice in exists:
                    tagged |= {port.voice}
                untagged = port.access if port.access in exists else None
                offers[number] = (untagged, tagged - {untagged})
        self._note_link_changes(switch)
        former = self._offers.get(switch.name)
        self._offers[switch.name] = offers
        if former is not None and former.keys() != offers.keys():
            for member in self.members(owner):
                member.note_topology_change()

    def _note_link_changes(self, switch: Switch) -> None:
        """Tell a switch and its far ends of the links that it has brought up or taken down since the last time."""
        enabled = {number for number, port in switch.meaning.ports.items() if port.up} if switch.up else set()
        former = self._enabled.get(switch.name, enabled)
        self._enabled[switch.name] = enabled
        for number in enabled ^ former:
            switch.note_link_change(number)
            cable = switch.facts.cables.get(number)
            far = self.switches.get(cable.switch) if cable else None
            if cable and far and far.up and far.meaning.ports.get(cable.port, DEFAULT).up:
                far.note_link_change(cable.port)

    def carried(self, switch: Switch, number: int, cable: Cable) -> Vlans:
        """The VLANs that pass a cable: those that both ends treat alike, tagged or untagged.

        Args:
            switch: one end.
            number: its port, from 1.
            cable: what is plugged in there, from ``switch.facts.cables``.
        """
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

    def take_fresh(self) -> set[str]:
        """The switches that were updated since this was last asked, and those at the other end of their cables."""
        fresh, self._fresh = self._fresh, set()
        around = (cable.switch for name in fresh for cable in self.switches[name].facts.cables.values())
        return fresh | {name for name in around if name in self.switches}

    def paths(self, source: Switch, vlan: int) -> Paths:
        """Where a VLAN of a switch goes, and how. Shape: switch to its last step; the source itself has none."""
        worked_out = self._paths.setdefault(source.facts.municipality, {})
        if (source.name, vlan) not in worked_out:
            worked_out[source.name, vlan] = self._find_paths(source, vlan)
        return worked_out[source.name, vlan]

    def joins(self, switch: Switch, other: Switch, vlan: int) -> bool:
        """Whether a VLAN leads from a switch to another."""
        segment = self.segment(switch, vlan)
        return segment is not None and segment == self.segment(other, vlan)

    def segment(self, switch: Switch, vlan: int) -> str | None:
        """The name of the part of a VLAN that a switch is in: one of the switches in it. None: it has no such VLAN."""
        municipality = switch.facts.municipality
        joined = self._joined.setdefault(municipality, {})
        if vlan not in joined:
            joined[vlan] = self._join(municipality, vlan)
        return joined[vlan].get(switch.name)

    def _join(self, municipality: str, vlan: int) -> dict[str, str]:
        """Switch to one of those that a VLAN leads to from there: the same for all of them."""
        first: dict[str, str] = {}
        for switch in self.members(municipality):
            if switch.name not in first:
                first.update(dict.fromkeys(self._find_paths(switch, vlan), switch.name))
        return first

    def is_guarded(self, switch: Switch) -> bool:
        """Whether a switch of the same municipality has access lists at switched ports or VLANs."""
        return bool(self._guarded.get(switch.facts.municipality))

    def _find_paths(self, source: Switch, vlan: int) -> Paths:
        if not source.up or vlan not in existing(source.meaning):
            return {}
        paths: Paths = {source.name: None}
        queue = [source]
        for here in queue:
            for number, cable in sorted(here.facts.cables.items()):
                if cable.switch in paths or cable.switch not in self.switches:
                    continue
                if vlan in self.carried(here, number, cable):
                    paths[cable.switch] = Step(here.name, number, cable.port)
                    queue.append(self.switches[cable.switch])
        return paths

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

    # --- what a switch sees

    def oper(self, switch: Switch, port: int) -> bool:
        """A link is up if both ends are; a port with something plugged in, if it is switched on."""
        if not switch.up or not switch.meaning.ports.get(port, DEFAULT).up:
            return False
        cable = switch.facts.cables.get(port)
        if cable is None:
            return port in self._lit.get(switch.name, ())
        far = self.switches.get(cable.switch)
        return far is not None and far.up and far.meaning.ports.get(cable.port, DEFAULT).up

    def is_used(self, switch: Switch, vlan: int) -> bool:
        """Whether a VLAN is there and a port that is up carries it: only then is its layer 3 interface up."""
        if vlan not in existing(switch.meaning):
            return False
        for number in range(1, len(switch.port_names) + 1):
            port = switch.meaning.ports.get(number, DEFAULT)
            carries = vlan in (port.access, port.voice) or port.tagged is None or vlan in port.tagged
            if carries and not port.routed and self.oper(switch, number):
                return True
        return any(
            self._vlan_of_address(switch, station.address) == vlan
            for station in self.plugged(switch)
            if not station.port
        )

    def root(self, switch: Switch, vlan: int) -> tuple[str, int]:
        """The root of a VLAN's spanning tree, and the port that leads there: the municipality's core where the VLAN
        reaches it. Shape: its address and the port; 0 where the switch is the root itself.
        """
        seen = {switch.name}
        queue = [(switch, 0)]
        while queue:
            here, port = queue.pop(0)
            if here.facts.role == "core":
                return here.mac, port
            for number, cable in sorted(here.facts.cables.items()):
                if cable.switch not in seen and vlan in self.carried(here, number, cable):
                    seen.add(cable.switch)
                    queue.append((self.switches[cable.switch], port or number))
        return switch.mac, 0

    def neighbours(self, switch: Switch) -> list[Neighbour]:
        """Where the link is up and both ends speak LLDP."""
        neighbours: list[Neighbour] = []
        if not switch.meaning.lldp:
            return neighbours
        for number, cable in sorted(switch.facts.cables.items()):
            far = self.switches.get(cable.switch)
            if far is not None and far.meaning.lldp and self.oper(switch, number):
                kind = f"{far.facts.platform} {far.model}"
                neighbours.append(Neighbour(number, far.meaning.hostname, far.port_names[cable.port - 1], kind))
        return neighbours

    def heard(self, switch: Switch) -> list[tuple[Station, int, int]]:
        """The stations a switch hears. Shape: station, VLAN, port."""
        heard = []
        seen = {switch.name}
        queue: list[tuple[Switch, int, Vlans]] = [(switch, 0, existing(switch.meaning))] if switch.up else []
        while queue:
            here, port, vlans = queue.pop()
            for station in self.plugged(here):
                vlan = self.vlan_of(station)
                if vlan is not None and vlan in vlans:
                    heard.append((station, vlan, port or station.port))
            for number, cable in here.facts.cables.items():
                passing = vlans & self.carried(here, number, cable)
                if passing and cable.switch not in seen:
                    seen.add(cable.switch)
                    queue.append((self.switches[cable.switch], port or number, passing))
        return heard

    def macs(self, switch: Switch) -> list[Mac]:
        """Each station is heard on every switch that its VLAN leads to."""
        heard = (Mac(station.mac, vlan, port) for station, vlan, port in self.heard(switch) if port)
        return sorted(heard, key=lambda mac: (mac.vlan, mac.mac))
