"""The proof that reads what will run: who reaches whom by the intended configurations, and on which line. Pure.

    forwarding = Forwarding(switches)                    # each parsed back by its platform
    forwarding.ask(client, server, Service.parse("tcp/443")).outcome
    forwarding = forwarding.advance(moved)               # some of them otherwise: the next switch of a wave

It knows nothing of what was meant: VLANs, trunks, gateways, routes and lists are those of the configurations, in the
platform's own order. Ways are worked out once for all that begin and end alike; a question then costs the lists alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from nornir_tasks.platforms.common.packet_filter import TCP, Filter, Packet
from nornir_tasks.reachability.bridging import Bridging, ConfiguredSwitch
from nornir_tasks.reachability.routing import Routing
from nornir_tasks.reachability.way import Crossing, Leg, Outcome, Reach, Service, Station, Way, judge_way, list_usable
from nornir_tasks.reachability.way_finder import WayFinder

Question = tuple[Station, Station, Service]


@dataclass(frozen=True)
class CachedReach:
    """An answer, and the switches and VLANs that it rests on, on all ways that were looked at."""

    reach: Reach
    devices: frozenset[str]
    vlans: frozenset[int]


@dataclass(frozen=True)
class FormerAnswers:
    """The answers from before some switches were configured otherwise, and what these affect."""

    answers: Mapping[Question, CachedReach]
    devices: frozenset[str]
    vlans: frozenset[int]

    def find(self, question: Question) -> CachedReach | None:
        """The answer to a question, if it still holds."""
        answer = self.answers.get(question)
        if answer is None or not self.devices.isdisjoint(answer.devices) or not self.vlans.isdisjoint(answer.vlans):
            return None
        return answer


class Forwarding:
    """Everything that these switches do with packets; made once, it answers any number of questions."""

    def __init__(self, switches: Iterable[ConfiguredSwitch]) -> None:
        self.switches: Mapping[str, ConfiguredSwitch] = {switch.name: switch for switch in switches}
        self.bridging = Bridging(self.switches)
        self.routing = Routing(self.bridging)
        self._finder = WayFinder(self.bridging, self.routing)
        self._samples: dict[object, tuple[IPv4Address, ...]] = {}
        self._answers: dict[Question, CachedReach] = {}
        self._before: FormerAnswers | None = None

    def advance(self, switches: Iterable[ConfiguredSwitch]) -> "Forwarding":
        """The same with some switches configured otherwise; an answer that these cannot have changed is kept.

        Args:
            switches: the others stay as they are, cables and all.
        """
        changed = {switch.name: switch for switch in switches}
        after = Forwarding({**self.switches, **changed}.values())
        affected = after.bridging.find_affected_vlans(self.bridging, changed)
        if affected is not None and after.routing.adopt_tables(self.routing, changed):
            after.bridging.adopt_trees(self.bridging, affected)
            after._before = FormerAnswers(self._answers, frozenset(changed), affected)
        return after

    def ask(self, source: Station, destination: Station, service: Service) -> Reach:
        """Whether all of a source open a connection to all of a destination, and what lets them through or stops them.

        Args:
            source: who asks.
            destination: whom they ask.
            service: by which protocol and port.
        """
        key = (source, destination, service)
        answer = self._answers.get(key)
        if answer is None and self._before is not None:
            answer = self._before.find(key)
        if answer is None:
            answer = self._work_out(source, destination, service)
        self._answers[key] = answer
        return answer.reach

    def _work_out(self, source: Station, destination: Station, service: Service) -> "CachedReach":
        devices = {end.device for end in (source, destination) if end.device}
        vlans = {end.vlan for end in (source, destination) if end.vlan}
        reach = self._ask(source, destination, service, devices, vlans)
        return CachedReach(reach, frozenset(devices), frozenset(vlans))

    def _ask(
        self, source: Station, destination: Station, service: Service, devices: set[str], vlans: set[int]
    ) -> Reach:
        """The answer; the switches and VLANs that it rests on are added to what is known of them."""

        def find(near: Station, far: Station) -> list[Way]:
            addresses = self._choose_samples(far)
            ways = [way for address in addresses for way in self._finder.find_ways(near, far, address)]
            for way in ways:
                devices.update(way.devices)
                vlans.update(way.vlans)
            return ways

        request = service.make_packet(source.addresses, destination.addresses)
        there = self._judge(find(source, destination), destination, request, service)
        left_unseen = destination.outside and there.outcome == Outcome.UNSURE  # by a way that nothing is known of
        if there.outcome == Outcome.STOPPED or left_unseen or not service.is_answered:
            return Reach(source, destination, service, there.outcome, there)
        answer = service.make_packet(destination.addresses, source.addresses, answer=True)
        back = self._judge(find(_enter_again(destination, there), source), source, answer, None)
        outcomes = (there.outcome, back.outcome)
        outcome = next((word for word in (Outcome.STOPPED, Outcome.UNSURE) if word in outcomes), Outcome.REACHED)
        return Reach(source, destination, service, outcome, there, back)

    def find_source_address(self, device: str, destination: IPv4Address) -> IPv4Address | None:
        """The address that a switch itself sends from: that of the interface by which a packet leaves."""
        entry = self.routing.look_up(device, destination)
        if entry is None or not entry.hops:
            return None
        address = self.routing.interfaces[device][entry.hops[0].interface].address
        return address.ip if address else None

    # --- all ways, with the lists

    def _judge(self, ways: Iterable[Way], target: Station, packet: Packet, service: Service | None) -> Leg:
        """The worst of what becomes of a packet; if some ways or addresses are better, it arrives in part."""
        legs = [judge_way(way, packet) for way in ways]
        if service is not None and target.is_switch:
            legs = [self._judge_at_switch(leg, target, packet, service) for leg in legs]
        worst = next((leg for leg in legs if leg.outcome == Outcome.STOPPED), None)
        worst = worst or next((leg for leg in legs if leg.outcome == Outcome.UNSURE), legs[0])
        if worst.outcome == Outcome.STOPPED and any(leg.outcome != Outcome.STOPPED for leg in legs):
            return replace(worst, outcome=Outcome.UNSURE, reason=f"in part: {worst.reason}")
        return worst

    def _judge_at_switch(self, leg: Leg, target: Station, packet: Packet, service: Service) -> Leg:
        """What a switch itself does with what is for it: its service is open, and the lists in front of it."""
        if leg.outcome == Outcome.STOPPED or target.device is None:
            return leg
        access = self.switches[target.device].access
        filters: tuple[Filter, ...] = access.control_plane
        is_login = service.protocol == TCP
        for login in access.services if is_login else ():
            if login.port == service.port:
                if login.closed_by:
                    reason = f"{target.device}: {login.name} is closed by {login.closed_by}"
                    return replace(leg, outcome=Outcome.STOPPED, end=reason, reason=reason)
                filters = (*filters, *(each for each in login.filters if each not in filters))
        if is_login and access.management_vlan is not None and access.management_vlan != target.vlan:
            reason = f"{target.device}: management-vlan {access.management_vlan} takes no session from another VLAN"
            return replace(leg, outcome=Outcome.STOPPED, end=reason, reason=reason)
        itself = Crossing(target.device, "itself", None, "", filters)
        last = judge_way(Way((itself,), Outcome.REACHED, leg.end), packet)
        if last.outcome == Outcome.REACHED:
            return replace(leg, rows=(*leg.rows, *last.rows))
        return replace(last, crossings=(*leg.crossings, itself), rows=(*leg.rows, *last.rows))

    def _choose_samples(self, station: Station) -> tuple[IPv4Address, ...]:
        """Addresses that stand for all of a station's, with those that some switch may route in another way."""
        network = station.addresses
        if network not in self._samples:
            inner = self.routing.find_inner_addresses(network) if not station.outside else []
            addresses = dict.fromkeys([*list_usable(network), *inner])
            owned = [address for address in addresses if address not in self.routing.owners]
            self._samples[network] = tuple(owned or addresses)
        return self._samples[network]


def _enter_again(station: Station, there: Leg) -> Station:
    """The station; one outside of the region answers by the port that it was reached by."""
    if not station.outside or not there.crossings:
        return station
    return replace(station, device=there.crossings[-1].device, port=there.crossings[-1].interface)
