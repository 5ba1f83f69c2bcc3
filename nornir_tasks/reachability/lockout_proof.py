"""The lock-out proof: whether a configuration leaves the way in open, before a line of it is written. Pure.

    reasons = lockouts(device, intended, then, region)   # empty: the way in stays open

What must hold comes from the model (``requirements``); what the configuration says of it comes from the platform
(``management_access``). What cannot be read is no proof: it is a reason.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from nornir_tasks.core.ranges import format_ranges
from nornir_tasks.core.verdict import Rule, Verdict
from nornir_tasks.model import Device, Port, Position, Region
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.management_access import ALL_VLANS, Filter, Interface, Packet, WayIn
from nornir_tasks.reachability.requirements import Home, Link, Needs, Trunk, is_moved, needs, reached_at

SSH = 22
WAY_IN = Rule("lockout", "the device, and what is reached through it, can still be reached", "lockout")
OSPF_DISTANCE = 110


def lockouts(device: Device, intended: str, then: Position, region: Region) -> tuple[Verdict, ...]:
    """Why a device, or one that is reached through it, could no longer be reached; empty: nothing stands against it.

    Args:
        intended: the whole configuration that the device is to have, masked.
        then: where everything stands once it has it.
    """
    try:
        found = platform(device.platform).way_in(intended)
    except (ValueError, IndexError) as error:
        return (WAY_IN.failed(device.name, f"a configuration of {device.name} that can be read", str(error)),)
    look = _Look(device, found, needs(device, then, region), then, region)
    return tuple(dict.fromkeys(look.reasons()))


@dataclass(frozen=True)
class _Look:
    """A configuration beside what it must hold."""

    device: Device
    found: WayIn
    needs: Needs
    then: Position
    region: Region

    def reasons(self) -> Iterator[Verdict]:
        """Everything that stands against it."""
        yield from self._doors()
        yield from self._account()
        yield from self._vlans()
        for home in self.needs.homes:
            yield from self._home(home)
        for trunk in self.needs.trunks:
            yield from self._trunk(trunk)
        for link in self.needs.links:
            yield from self._link(link)
        yield from self._nodes()
        yield from self._ways_back()

    # --- services and accounts

    def _doors(self) -> Iterator[Verdict]:
        for door in self.found.doors:
            if door.port in self._ports():
                packets = [packet for packet in self._requests((self.device,)) if packet.port == door.port]
                yield from self._stopped(door.filters, packets, f"by {door.name} of {self.device.name}")
            elif door.shut and door.needed:
                yield self._fail(f"{door.name} open on {self.device.name}", door.shut)

    def _account(self) -> Iterator[Verdict]:
        name, found = self.needs.account, self.found
        if name not in found.accounts:
            known = ", ".join(found.accounts) or "none"
            yield self._fail(f"the local account {name!r} on {self.device.name}", f"accounts {known}")
        elif lacks := found.accounts[name]:
            yield self._fail(f"the local account {name!r} of {self.device.name} with full rights", lacks)
        if found.no_local_login:
            yield self._fail(
                f"{self.device.name} to ask its own accounts when no central server answers", found.no_local_login
            )

    # --- VLANs and addresses

    def _vlans(self) -> Iterator[Verdict]:
        wanted = {home.vlan: home.what for home in self.needs.homes if home.vlan is not None}
        wanted = {**{one.vlan: one.what for trunk in self.needs.trunks for one in trunk.vlans}, **wanted}
        for vlan, what in sorted(wanted.items()):
            if self.found.vlans is None:
                if self.needs.moved:
                    yield self._fail(f"VLAN {vlan} on {self.device.name}, for {what}", "it does not keep its own VLANs")
            elif vlan not in self.found.vlans:
                yield self._fail(f"VLAN {vlan} on {self.device.name}, for {what}", "no such VLAN")
            elif stop := self.found.vlans[vlan]:
                yield self._fail(f"VLAN {vlan} alive on {self.device.name}, for {what}", stop)
        own = next((home.vlan for home in self.needs.homes), None)
        if own is not None and self.found.only_vlan not in (None, own):
            yield self._fail(f"{self.device.name} managed from VLAN {own}", f"from VLAN {self.found.only_vlan} alone")

    def _home(self, home: Home) -> Iterator[Verdict]:
        place = f"in VLAN {home.vlan}" if home.vlan is not None else "on the management port"
        wants = f"{home.address} {place} of {self.device.name} ({home.what})"
        holder = self._holder(home)
        if holder is None or holder.address is None:
            yield self._fail(wants, self._elsewhere(home.address.ip))
            return
        if holder.address.ip != home.address.ip or (not home.legacy and holder.address != home.address):
            yield self._fail(wants, f"{holder.address} on {holder.name}")
        if holder.off:
            yield self._fail(wants, holder.off)
        if holder.vrf:
            yield self._fail(wants, f"{holder.name} in VRF {holder.vrf}")
        if self.needs.links and home.vlan is not None and not home.legacy and holder.ospf is None:
            yield self._fail(f"{home.address.network} announced by {self.device.name}", f"{holder.name} not in OSPF")
        yield from self._lists_at_home(home, holder)

    def _holder(self, home: Home) -> Interface | None:
        if home.vlan is not None:
            return self.found.svi(home.vlan)
        ours = [one for one in self.found.interfaces.values() if one.address and one.address.ip == home.address.ip]
        return next((one for one in ours if one.vlan is None), None)

    def _elsewhere(self, address: IPv4Address) -> str:
        held = [one.name for one in self.found.interfaces.values() if one.address and one.address.ip == address]
        return f"it is on {', '.join(held)}" if held else "it is nowhere"

    def _lists_at_home(self, home: Home, holder: Interface) -> Iterator[Verdict]:
        """Sessions come in here, except on what routes: there it is the answers of those behind that do."""
        if home.vlan is None or not (self.needs.links or self.device.role == "core"):
            yield from self._lists(holder, into=self._requests((self.device,)))
        elif self.device.role == "core":
            theirs = [one for one in self.needs.behind if is_moved(one, self.then, self.region) is not home.legacy]
            mine = () if self.needs.moved else (self.device,)
            into = (*self._requests(mine), *self._answers(theirs))
            yield from self._lists(holder, into=into, out=() if home.legacy else self._requests(theirs))
        else:
            moved = self._moved(self.region.devices.values())
            yield from self._lists(holder, into=self._requests(moved), out=self._answers(moved))

    # --- ports

    def _trunk(self, trunk: Trunk) -> Iterator[Verdict]:
        there = trunk.port.neighbour
        name = self._name(trunk.port, there.device if there else "nobody")
        port = self.found.port(trunk.port.name)
        if port.off:
            yield self._fail(f"{name} switched on", port.off)
        for line in (*port.bars, *(port.bars_core if trunk.inwards else ())):
            yield self._fail(f"{name} open to a switch", f"{line!r}")
        for one in trunk.vlans:
            if one.vlan in port.tagged or (one.vlan == port.untagged and not one.tagged):
                continue
            how = "tagged " if one.tagged else ""
            yield self._fail(f"VLAN {one.vlan} {how}on {name}, for {one.what}", _carries(port))
        if trunk.inwards:
            yield from self._lists(port, into=self._requests(trunk.through))
        else:
            yield from self._lists(port, into=self._answers(trunk.through))

    def _link(self, link: Link) -> Iterator[Verdict]:
        there = link.port.neighbour
        port = self.found.port(link.port.name)
        name = self._name(link.port, there.device if there else "nobody")
        wanted = there.address if there else None
        if port.off:
            yield self._fail(f"{name} switched on", port.off)
        if wanted is not None and port.address != wanted:
            yield self._fail(f"{wanted} on {name}", str(port.address or "no address"))
        elif port.vrf:
            yield self._fail(f"{name} outside of any VRF", port.vrf)
        else:
            yield from self._ospf(name, port)
        if not self.found.routing:
            yield self._fail(f"{self.device.name} to route", "IP routing is off")
        moved = self._moved(link.through)
        if link.inwards:
            yield from self._lists(port, into=self._requests(moved), out=self._answers(moved))
        if link.outwards:
            yield from self._lists(port, into=self._answers(moved), out=self._requests(moved))

    def _ospf(self, name: str, port: Interface) -> Iterator[Verdict]:
        if port.ospf is None:
            yield self._fail(f"OSPF on {name}", "it takes no part")
            return
        if port.ospf.passive:
            yield self._fail(f"a neighbour by OSPF on {name}", "it is passive")
        if port.ospf.area:
            yield self._fail(f"{name} in area 0", f"area {port.ospf.area}")
        if not port.ospf.point_to_point:
            yield self._fail(f"{name} point-to-point, as its other end is", "another OSPF network type")
        if port.ospf.unlike:
            yield self._fail(f"OSPF on {name} as at its other end", f"{port.ospf.unlike!r}")

    def _nodes(self) -> Iterator[Verdict]:
        for model, vlan, server in self.needs.nodes:
            port = self.found.port(model.name)
            name = self._name(model, f"{server}, a control node")
            if port.off:
                yield self._fail(f"{name} switched on", port.off)
            if port.untagged != vlan:
                yield self._fail(f"VLAN {vlan} untagged on {name}", _carries(port))
            yield from self._lists(port, into=self._requests(self._moved(self.region.devices.values())))

    def _name(self, port: Port, far: str) -> str:
        number = f"port {port.name}" if port.name.isdigit() else port.name
        return f"{number} of {self.device.name} (to {far})"

    # --- the way back

    def _ways_back(self) -> Iterator[Verdict]:
        for node in self.device.standard.control_nodes:
            yield from self._way_back(node)

    def _way_back(self, node: IPv4Address) -> Iterator[Verdict]:
        """The longest route wins, then the nearest; with links OSPF knows the way unless a static one is as long."""
        wants = f"a way back from {self.device.name} to the control node {node}"
        length = self._network(node).prefixlen if self.needs.links else 0
        nets = [(one, one.address.network) for one in self._attached() if one.address]
        attached = [one for one, network in nets if node in network and network.prefixlen >= length]
        homes = {home.address for home in self.needs.homes}
        if attached and self.needs.moved and not all(one.address in homes for one in attached):
            yield self._fail(f"{wants} through the centre", f"its network is on {attached[0].name}")
        if attached:
            return
        fitting = [route for route in self.found.routes if node in route.network]
        if self.needs.links:
            fitting = [one for one in fitting if one.network.prefixlen >= length and one.distance < OSPF_DISTANCE]
        best = max(((one.network.prefixlen, -one.distance) for one in fitting), default=None)
        hops = {one.hop for one in fitting if (one.network.prefixlen, -one.distance) == best}
        words = ", ".join(sorted(f"by {hop}" if hop else "into nothing" for hop in hops)) or "no route"
        if self.needs.links:
            ends = {link.port.neighbour.peer_address for link in self.needs.links if link.port.neighbour}
            if not hops <= {end.ip for end in ends if end is not None}:
                yield self._fail(f"{wants} by its uplinks", f"a static route {words}")
        elif self.needs.moved and hops != {self.device.gateway}:
            yield self._fail(f"{wants} by {self.device.gateway}", words)
        elif not hops or not all(hop and self._next_door(hop) for hop in hops):
            yield self._fail(wants, f"{words}, which is in no network of its own" if hops else words)

    def _network(self, node: IPv4Address) -> IPv4Network:
        """The network of a control node, as the centre announces it."""
        known = [one.network for device in self.region.devices.values() for one in device.gateways.values()]
        return next((network for network in known if node in network), IPv4Network(node))

    def _attached(self) -> list[Interface]:
        """What has an address and is on."""
        return [one for one in self.found.interfaces.values() if one.address and not one.off and not one.vrf]

    def _next_door(self, hop: IPv4Address) -> bool:
        return any(one.address and hop in one.address.network for one in self._attached())

    # --- lists

    def _moved(self, devices: Iterable[Device]) -> list[Device]:
        """Those that are reached through the centre."""
        return [one for one in devices if is_moved(one, self.then, self.region)]

    def _ports(self) -> list[int]:
        """The services that are open; before the move only the one that the way in depends on counts."""
        return [door.port for door in self.found.doors if door.shut is None and (door.needed or self.needs.moved)]

    def _requests(self, devices: Iterable[Device]) -> Iterator[Packet]:
        """What the control nodes send to these devices."""
        for device in devices:
            ports = self._ports() if device.name == self.device.name else [SSH]
            for node in self.device.standard.control_nodes:
                for port in ports:
                    yield Packet(node, reached_at(device, self.then, self.region), port)

    def _answers(self, devices: Iterable[Device]) -> Iterator[Packet]:
        """What these devices send back."""
        for packet in self._requests(devices):
            yield Packet(packet.destination, packet.source, packet.port, answer=True)

    def _lists(self, port: Interface, into: Iterable[Packet] = (), out: Iterable[Packet] = ()) -> Iterator[Verdict]:
        place = f"by {port.name} of {self.device.name}"
        yield from self._stopped((port.inbound,), into, place)
        yield from self._stopped((port.outbound,), out, place)

    def _stopped(self, filters: Iterable[Filter | None], packets: Iterable[Packet], place: str) -> Iterator[Verdict]:
        """The first packet that a list does not surely let through is enough to say."""
        for one in filters:
            if one is not None:
                words = next(((packet, why) for packet in packets if (why := one.stops(packet))), None)
                if words:
                    yield self._fail(f"{words[0]} let through {place}", words[1])

    def _fail(self, expected: str, actual: str) -> Verdict:
        return WAY_IN.failed(self.device.name, expected, actual)


def _carries(port: Interface) -> str:
    """The VLANs of a port in few words."""
    if port.tagged >= ALL_VLANS - {port.untagged}:
        return f"untagged {port.untagged}, tagged all others"
    tagged = format_ranges(port.tagged) or "none"
    return f"untagged {port.untagged or 'none'}, tagged {tagged}"
