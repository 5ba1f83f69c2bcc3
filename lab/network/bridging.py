"""Layer 2: which VLANs each cable carries, how far they go, and which stations a switch hears."""

from ipaddress import IPv4Address

from lab.device.meaning import Meaning, PortMeaning
from lab.device.switch import Mac, Neighbour, Switch
from lab.network.stations import Station, populate
from lab.region.facts import Cable, RegionFacts

Vlans = frozenset[int]
NONE: Vlans = frozenset()
DEFAULT = PortMeaning()


def existing(meaning: Meaning) -> Vlans:
    """The VLANs of a switch; 1 is built in."""
    return frozenset(meaning.vlans) | {1}


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
        self._plugged: dict[str, list[Station]] = {}
        self._lit: dict[str, set[int]] = {}

    def plug_in(self) -> None:
        """Plug every station in."""
        self.stations = populate(self._region, {name: switch.facts for name, switch in self.switches.items()})
        for name in self.switches:
            self._plugged[name], self._lit[name] = [], set()
        for station in self.stations:
            self._plugged[station.switch].append(station)
            self._lit[station.switch].add(station.port)

    def plugged(self, switch: Switch) -> list[Station]:
        """The stations at a switch's own ports."""
        return self._plugged.get(switch.name, [])

    # --- what passes

    def update(self, switch: Switch) -> None:
        """Work out again what each cabled port would pass on: the untagged VLAN and the tagged ones."""
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
        self._offers[switch.name] = offers

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
