"""The ways of a packet by bridges and routes, whatever the lists say of it; they stand where it passes them. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from itertools import islice

from nornir_tasks.platforms.common.management_access import Interface
from nornir_tasks.reachability.attachment import explain_detached
from nornir_tasks.reachability.bridging import Bridging, PortEnd
from nornir_tasks.reachability.causes import Causes
from nornir_tasks.reachability.forwarding_difference import ForwardingDifference
from nornir_tasks.reachability.journey import Delivery, FoundWays, Journey, Span, cross
from nornir_tasks.reachability.routing import NextHop, Owner, Routing
from nornir_tasks.reachability.way import Crossing, Outcome, Station, Way

MOST_HOPS = 16  # further than anything in the region
MOST_WAYS = 32  # of equal cost


class WayFinder:
    """Finds ways between stations, each once."""

    def __init__(self, bridging: Bridging, routing: Routing) -> None:
        self.bridging, self.routing, self.switches = bridging, routing, bridging.switches
        self._causes = Causes(bridging, routing)
        self._ways: dict[tuple[Station, Station, IPv4Address], FoundWays] = {}
        self._continued: dict[tuple[str, Station, IPv4Address], FoundWays] = {}

    def find_ways(self, source: Station, target: Station, address: IPv4Address) -> FoundWays:
        """The ways of equal cost.

        Args:
            source: where the packet begins.
            target: where it should end.
            address: of the target.
        """
        key = (source, target, address)
        if key not in self._ways:
            journey = Journey(target, address)
            self._rest_on(journey, source)
            self._rest_on(journey, target)
            ways = self._leave_switch(source, journey) if source.is_switch else self._leave_station(source, journey)
            self._ways[key] = FoundWays(tuple(islice(ways, MOST_WAYS)), journey.trace)
        return self._ways[key]

    def keep(self, before: "WayFinder", difference: ForwardingDifference) -> None:
        """Take over the ways of before that are the same, from routers on: of the others the answers are kept."""
        self._continued = {key: ways for key, ways in before._continued.items() if not difference.touches(ways.trace)}

    def _rest_on(self, journey: Journey, station: Station) -> None:
        journey.trace.addresses.add(journey.address)
        journey.trace.add_station(station, self.switches[station.device].cables if station.device else {})

    # --- where it begins

    def _leave_station(self, source: Station, journey: Journey) -> Iterator[Way]:
        if source.device is None or source.port is None or source.vlan is None:
            yield from self._enter_from_outside(source, journey)
            return
        end = PortEnd(source.device, source.port)
        reason = explain_detached(self.bridging, end, source)
        if reason:
            yield journey.stop(reason)
            return
        port = self.bridging.get_port(end)
        journey = journey.passing(
            [
                cross(end.device, port, source.vlan, "in"),
                *self._pass_vlan(end.device, source.vlan),
            ]
        )
        if source.subnet is not None and journey.address in source.subnet:
            yield self._deliver_in_vlan(source.device, source.vlan, journey)
        elif source.gateway is None:
            yield journey.stop(f"{source.name} has no gateway")
        else:
            yield from self._reach_router(source.device, source.vlan, source.gateway, journey, "gateway")

    def _leave_switch(self, source: Station, journey: Journey) -> Iterator[Way]:
        """What a switch sends itself passes no list on its way out."""
        device, address = source.device or "", source.addresses.network_address
        journey.trace.addresses.add(address)
        owners = [owner for owner in self.routing.owners.get(address, ()) if owner.device == device]
        if not owners:
            yield journey.stop(self._causes.explain_lost_address(device, address))
        else:
            yield from self._route(device, journey, own=True)

    def _enter_from_outside(self, source: Station, journey: Journey) -> Iterator[Way]:
        """From the port that it is known to come by, or from each behind which no switch of ours is."""
        journey.trace.devices.update(self.switches if source.outside and source.port is None else ())
        exits = [
            (name, interface)
            for name, interfaces in self.routing.interfaces.items()
            for interface in interfaces.values()
            if self._leads_outside(name, interface)
            and (source.port is None or (name, interface.name) == (source.device, source.port))
        ]
        if not source.outside or not exits:
            yield journey.stop(f"it is not known where {source.name} hangs")
        for device, interface in exits if source.outside else ():
            way_in = cross(device, interface, None, "in")
            yield from self._route(device, journey.passing([way_in]))

    def _leads_outside(self, device: str, interface: Interface) -> bool:
        """Whether a routed port has no cable to a switch of the region."""
        is_port = interface.vlan is None and not interface.name.startswith(("Loopback", "Tunnel", "Management"))
        return is_port and interface.name not in self.switches[device].cables

    # --- layer 2

    def _pass_vlan(self, device: str, vlan: int) -> Iterator[Crossing]:
        """The lists on all that passes within a VLAN of a switch."""
        if filters := self.switches[device].access.vlan_filters.get(vlan):
            yield Crossing(device, f"VLAN {vlan}", vlan, "", filters)

    def _bridge(self, start: str, vlan: int, end: str, journey: Journey) -> Journey | str:
        """The journey at another switch of the VLAN; or what stops it on its way there."""
        journey.trace.spans.add(Span(start, vlan, end))
        cables = self.bridging.find_way(start, vlan, end)
        if cables is None:
            return self.bridging.explain_no_way(start, vlan, end)
        crossings: list[Crossing] = []
        for cable in cables:
            out, into = self.bridging.get_port(cable.out), self.bridging.get_port(cable.into)
            far = cable.into.device
            journey.trace.devices.add(far)
            line = self.switches[far].access.inspected_vlans.get(vlan)
            inspection = (line,) if line and not into.trusts_arp else ()
            crossings.append(cross(cable.out.device, out, vlan, "out"))
            crossings.append(cross(far, into, vlan, "in", inspection))
            crossings.extend(self._pass_vlan(far, vlan))
        return journey.passing(crossings)

    def _deliver_in_vlan(self, device: str, vlan: int, journey: Journey) -> Way:
        """From a switch to whatever has the address in a VLAN of it."""
        target, address = journey.target, journey.address
        owners = self._find_owners(device, vlan, address, journey)
        if len(owners) > 1:
            return journey.stop(_describe_twice(address, owners), Outcome.UNSURE)
        for owner in owners:
            moved = self._bridge(device, vlan, owner.device, journey)
            if isinstance(moved, str):
                return journey.stop(moved)
            if target.has_place and owner.device != target.device:
                return moved.stop(f"{address} is {owner.device}'s, too")
            return self._arrive_at_switch(owner.device, owner.interface, moved)
        if target.is_switch:
            return journey.stop(self._causes.explain_lost_address(target.device or "", address, vlan))
        if target.device is None or target.port is None:
            return journey.arrive(f"{address} is in VLAN {vlan} of {device}; it is not known where it hangs")
        journey.trace.deliveries.add(Delivery(device, vlan))
        if target.vlan != vlan:
            return journey.stop(
                f"{device} looks for {address} in VLAN {vlan}, and {target.name} is in VLAN {target.vlan}"
            )
        end = PortEnd(target.device, target.port)
        moved = self._bridge(device, vlan, end.device, journey)
        if isinstance(moved, str):
            return journey.stop(moved)
        if reason := explain_detached(self.bridging, end, target):
            return moved.stop(reason)
        port = self.bridging.get_port(end)
        out = cross(end.device, port, vlan, "out")
        return moved.passing([out]).arrive(f"{end}, where {target.name} hangs")

    def _find_owners(self, device: str, vlan: int, address: IPv4Address, journey: Journey) -> list[Owner]:
        """The switches that answer for an address in a VLAN of a switch: of two either may."""
        journey.trace.addresses.add(address)
        owners = [owner for owner in self.routing.owners.get(address, ()) if owner.interface.vlan == vlan]
        journey.trace.spans.update(Span(device, vlan, owner.device) for owner in owners)
        return [owner for owner in owners if self.bridging.find_way(device, vlan, owner.device) is not None]

    def _arrive_at_switch(self, device: str, interface: Interface, journey: Journey) -> Way:
        into = cross(device, interface, interface.vlan, "in")
        return journey.passing([into]).arrive(f"{device}, which has {journey.address}")

    # --- layer 3

    def _reach_router(self, device: str, vlan: int, address: IPv4Address, journey: Journey, what: str) -> Iterator[Way]:
        """Through a VLAN to the switch that routes on from an address."""
        owners = self._find_owners(device, vlan, address, journey)
        if len(owners) > 1:
            yield journey.stop(_describe_twice(address, owners), Outcome.UNSURE)
            return
        owner = next(iter(owners), None)
        if owner is None:
            reason = self._causes.explain_no_gateway(device, vlan, address)
            is_foreign = not self._causes.find_holders(address)
            outcome = Outcome.UNSURE if journey.target.outside and is_foreign and what != "gateway" else Outcome.STOPPED
            yield journey.stop(reason, outcome)
            return
        moved = self._bridge(device, vlan, owner.device, journey)
        if isinstance(moved, str):
            yield journey.stop(moved)
            return
        interface = owner.interface
        into = cross(owner.device, interface, vlan, "in")
        if moved.routers:
            yield from self._route(owner.device, moved.passing([into]))
            return
        continued = self._continue(owner.device, journey)
        journey.trace.include(continued.trace)
        for way in continued.ways:
            yield Way((*moved.crossings, into, *way.crossings), way.outcome, way.end)

    def _continue(self, device: str, journey: Journey) -> FoundWays:
        """The ways on from the first router, which all who have it for their gateway share."""
        key = (device, journey.target, journey.address)
        if key not in self._continued:
            onward = Journey(journey.target, journey.address)
            self._rest_on(onward, journey.target)
            ways = tuple(islice(self._route(device, onward), MOST_WAYS))
            self._continued[key] = FoundWays(ways, onward.trace)
        return self._continued[key]

    def _route(self, device: str, journey: Journey, own: bool = False) -> Iterator[Way]:
        """On from a switch, by each of its equal ways. ``own``: it sends the packet itself."""
        address, target = journey.address, journey.target
        journey.trace.devices.add(device)
        access = self.switches[device].access
        if any(owner.device == device for owner in self.routing.owners.get(address, ())):
            if target.has_place and target.device != device:
                yield journey.stop(f"{address} is {device}'s, too")
            else:
                yield journey.arrive(f"{device}, which has {address}")
            return
        if self._causes.find_interface(device, address):
            yield journey.stop(self._causes.explain_lost_address(device, address))
            return
        if not own and not access.routing:
            yield journey.stop(f"{device}: IP routing is off")
            return
        if device in journey.routers or len(journey.routers) >= MOST_HOPS:
            yield journey.stop(f"a loop of routes for {address}: {', '.join([*journey.routers, device])}")
            return
        entry = self.routing.look_up(device, address)
        if entry is None:
            yield journey.stop(self._causes.explain_no_route(device, address))
            return
        if not entry.hops:
            yield journey.stop(f"{device} drops what is for {entry.network}, by a static route to nowhere")
            return
        journey = replace(journey, routers=(*journey.routers, device))
        for hop in entry.hops:
            interface = self.routing.interfaces[device][hop.interface]
            out = cross(device, interface, interface.vlan, "out")
            out = replace(out, filters=()) if own else out
            vlan_lists = self._pass_vlan(device, interface.vlan) if interface.vlan is not None else ()
            moved = journey.passing([out, *vlan_lists])
            yield from self._forward(device, interface, hop, moved)

    def _forward(self, device: str, interface: Interface, hop: NextHop, journey: Journey) -> Iterator[Way]:
        """Out of an interface: to the destination itself, or to the next switch."""
        if interface.vlan is not None:
            if hop.address is None:
                yield self._deliver_in_vlan(device, interface.vlan, journey)
            else:
                yield from self._reach_router(device, interface.vlan, hop.address, journey, "next hop")
            return
        next_address = hop.address or journey.address
        if self._leads_outside(device, interface):
            place = f"{device} {interface.name} to {next_address}"
            if journey.target.outside:
                yield journey.arrive(f"it leaves the region by {place}")
            else:
                yield journey.stop(f"it leaves the region by {place}")
            return
        end = self.switches[device].cables.get(interface.name)
        if end is None or end.device not in self.switches:
            yield journey.stop(f"{device} {interface.name} leads nowhere")
            return
        journey.trace.devices.add(end.device)
        far = self.routing.interfaces[end.device].get(end.port)
        if far is None or far.address is None or far.address.ip != next_address:
            actual = f"it has {far.address}" if far and far.address else self._causes.explain_lost_port(end)
            yield journey.stop(
                f"{device} {interface.name} sends to {next_address}, which {end} does not have: {actual}"
            )
            return
        into = cross(end.device, far, None, "in")
        yield from self._route(end.device, journey.passing([into]))


def _describe_twice(address: IPv4Address, owners: Iterable[Owner]) -> str:
    places = " and ".join(f"{owner.device} {owner.interface.name}" for owner in owners)
    return f"{address} is had by {places}: it is not known which of them answers"
