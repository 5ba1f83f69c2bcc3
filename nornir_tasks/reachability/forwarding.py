"""The proof that reads what will run: who reaches whom by the intended configurations, and on which line. Pure.

    forwarding = Forwarding(switches)                    # each parsed back by its platform
    forwarding.ask(client, server, Service.parse("tcp/443")).outcome
    forwarding = forwarding.advance(moved)               # some of them otherwise: the next switch of a wave

It knows nothing of what was meant: VLANs, trunks, gateways, routes and lists are those of the configurations, in the
platform's own order. Ways are worked out once for all that begin and end alike; a question then costs the lists alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from nornir_tasks.platforms.common.packet_filter import TCP, Filter, Packet
from nornir_tasks.reachability.attachment import Attachment, Attachments
from nornir_tasks.reachability.bridging import Bridging, ConfiguredSwitch
from nornir_tasks.reachability.forwarding_difference import ForwardingDifference
from nornir_tasks.reachability.journey import Delivery, Trace
from nornir_tasks.reachability.routing import Routing
from nornir_tasks.reachability.way import Crossing, Leg, Outcome, Reach, Service, Station, Way, judge_way, list_usable
from nornir_tasks.reachability.way_finder import WayFinder

Question = tuple[Station, Station, Service]


@dataclass(frozen=True)
class CachedReach:
    """An answer, what its ways rest on, and where what comes back is handed to the VLAN of whoever asked."""

    reach: Reach
    traces: tuple[Trace, ...]
    deliveries: frozenset[Delivery]


@dataclass(frozen=True)
class CommonReach:
    """An answer, and where what comes back is handed on; all who are treated alike behind it share it. None: nobody."""

    reach: Reach
    deliveries: frozenset[Delivery] | None


class Forwarding:
    """Everything that these switches do with packets; made once, it answers any number of questions."""

    def __init__(
        self,
        switches: Iterable[ConfiguredSwitch],
        bridging: Bridging | None = None,
        routing: Routing | None = None,
    ) -> None:
        self.switches: Mapping[str, ConfiguredSwitch] = {switch.name: switch for switch in switches}
        self.bridging = bridging or Bridging(self.switches)
        self.routing = routing or Routing(self.bridging)
        self._finder = WayFinder(self.bridging, self.routing)
        self._attachments = Attachments(self.bridging, self.routing)
        self._samples: dict[tuple[IPv4Network, bool], tuple[IPv4Address, ...]] = {}
        self._answers: dict[Question, CachedReach] = {}
        self._examples: dict[tuple[Attachment, Station, Service], Station] = {}

    def advance(self, switches: Iterable[ConfiguredSwitch]) -> "Forwarding":
        """The same with some switches configured otherwise; an answer that these cannot have changed is kept.

        Args:
            switches: the others stay as they are, cables and all.
        """
        changed = {switch.name: switch for switch in switches}
        all_switches = {**self.switches, **changed}
        bridging = self.bridging.advance(all_switches, changed)
        after = Forwarding(all_switches.values(), bridging, self.routing.advance(bridging, changed))
        difference = ForwardingDifference(
            (self.bridging, self.routing), (after.bridging, after.routing), frozenset(changed)
        )
        after._finder.keep(self._finder, difference)
        other = {key for key, samples in self._samples.items() if after._choose_samples(*key) != samples}
        after._answers = {
            question: answer
            for question, answer in self._answers.items()
            if not any(map(difference.touches, answer.traces))
            and (not other or other.isdisjoint((end.addresses, end.outside) for end in question[:2]))
        }
        after._examples = dict(self._examples)
        return after

    def ask(self, source: Station, destination: Station, service: Service) -> Reach:
        """Whether all of a source open a connection to all of a destination, and what lets them through or stops them.

        Args:
            source: who asks.
            destination: whom they ask.
            service: by which protocol and port.
        """
        return self._find_answer(source, destination, service).reach

    def find_attachment(self, client: Station) -> Attachment | None:
        """What a client has in common with those who are treated alike; None: it is a case of its own."""
        return self._attachments.find(client)

    def is_plain(self, deliveries: Iterable[Delivery], clients: Iterable[Station]) -> bool:
        """Whether what has come to the VLAN of some clients comes to all of them, past no list and no doubt."""
        return all(self._attachments.is_plain(delivery, client) for client in clients for delivery in deliveries)

    def ask_for_alike(self, source: Station, destination: Station, service: Service) -> CommonReach:
        """The answer to a client, or to another one that is treated alike: outcome and deciding line are the same.

        Args:
            source: who asks.
            destination: whom they ask.
            service: by which protocol and port.
        """
        attachment = self._attachments.find(source)
        if attachment is None:
            return CommonReach(self.ask(source, destination, service), None)
        key = (attachment, destination, service)
        example = self._examples.get(key)
        if example is not None and self._attachments.find(example) == attachment:
            answer = self._find_answer(example, destination, service)
            if self.is_plain(answer.deliveries, (example, source)):
                return CommonReach(answer.reach, answer.deliveries)
        answer = self._find_answer(source, destination, service)
        if destination.addresses.overlaps(attachment.subnet) or not self.is_plain(answer.deliveries, [source]):
            return CommonReach(answer.reach, None)  # in its own network the way is another from each switch
        self._examples[key] = source
        return CommonReach(answer.reach, answer.deliveries)

    def has_answered(self, reach: Reach) -> bool:
        """Whether an answer of the moment before is the answer still."""
        answer = self._answers.get((reach.source, reach.destination, reach.service))
        return answer is not None and answer.reach is reach

    def _find_answer(self, source: Station, destination: Station, service: Service) -> CachedReach:
        key = (source, destination, service)
        if key not in self._answers:
            self._answers[key] = self._work_out(source, destination, service)
        return self._answers[key]

    def _work_out(self, source: Station, destination: Station, service: Service) -> CachedReach:
        traces: list[Trace] = []

        def find(near: Station, far: Station) -> list[Way]:
            addresses = self._choose_samples(far.addresses, far.outside)
            by_address = [self._finder.find_ways(near, far, address) for address in addresses]
            traces.extend(each.trace for each in by_address)
            return [way for each in by_address for way in each.ways]

        request = service.make_packet(source.addresses, destination.addresses)
        there = self._judge(find(source, destination), destination, request, service)
        left_unseen = destination.outside and there.outcome == Outcome.UNSURE  # by a way that nothing is known of
        if there.outcome == Outcome.STOPPED or left_unseen or not service.is_answered:
            reach = Reach(source, destination, service, there.outcome, there)
            return CachedReach(reach, tuple(traces), frozenset())
        onward = len(traces)
        answer = service.make_packet(destination.addresses, source.addresses, answer=True)
        back = self._judge(find(_enter_again(destination, there), source), source, answer, None)
        outcomes = (there.outcome, back.outcome)
        outcome = next((word for word in (Outcome.STOPPED, Outcome.UNSURE) if word in outcomes), Outcome.REACHED)
        reach = Reach(source, destination, service, outcome, there, back)
        deliveries = frozenset().union(*(trace.deliveries for trace in traces[onward:]))
        return CachedReach(reach, tuple(traces), deliveries)

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

    def _choose_samples(self, network: IPv4Network, outside: bool) -> tuple[IPv4Address, ...]:
        """Addresses that stand for all of a station's, with those that some switch may route in another way."""
        key = (network, outside)
        if key not in self._samples:
            inner = self.routing.find_inner_addresses(network) if not outside else []
            addresses = dict.fromkeys([*list_usable(network), *inner])
            owned = [address for address in addresses if address not in self.routing.owners]
            self._samples[key] = tuple(owned or addresses)
        return self._samples[key]


def _enter_again(station: Station, there: Leg) -> Station:
    """The station; one outside of the region answers by the port that it was reached by."""
    if not station.outside or not there.crossings:
        return station
    return replace(station, device=there.crossings[-1].device, port=there.crossings[-1].interface)
