"""Every user group × every application, and what must not be reached, by what the switches will run. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from nornir_tasks.model import Position, Region
from nornir_tasks.reachability.attachment import Attachment
from nornir_tasks.reachability.forwarding import Forwarding
from nornir_tasks.reachability.journey import Delivery
from nornir_tasks.reachability.places import Places
from nornir_tasks.reachability.service_questions import ServiceQuestion
from nornir_tasks.reachability.way import Outcome, Reach, Station

ORDER = (Outcome.REACHED, Outcome.UNSURE, Outcome.STOPPED)  # the best first


@dataclass(frozen=True)
class ServiceAnswer:
    """What the proof says to a question of those who hang on one switch.

    ``outcome`` is the worst of them (of what must not be reached: the best); of the addresses of a server the best
    counts, since its name leads there.
    """

    question: ServiceQuestion
    device: str
    outcome: Outcome
    deciding: str  # the line that stops it, or lets it through
    is_moved: bool  # whether all of them are in the standard's network

    @property
    def is_right(self) -> bool:
        """Whether it is as it should be: what is wanted is reached, what must not be is not."""
        return (self.outcome == Outcome.REACHED) if self.question.wanted else (self.outcome == Outcome.STOPPED)

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it the same answer in another state."""
        return (self.question.key, self.device)


@dataclass(frozen=True, eq=False)
class _Group:
    """Those of a zone at a site who hang on one switch: one station for all ports that do the same."""

    device: str
    stations: tuple[Station, ...]
    is_moved: bool


@dataclass(frozen=True)
class _Result:
    """What becomes of a question.

    Args:
        outcome: of all stations, to the best address of the target.
        deciding: the line that decides.
        targets: the target's addresses.
        reaches: the answers that it rests on.
        deliveries: where what comes back must be handed on plainly to whoever shares the result. None: nobody does.
    """

    outcome: Outcome
    deciding: str
    targets: tuple[Station, ...]
    reaches: tuple[Reach, ...]
    deliveries: frozenset[Delivery] | None


_ResultKey = tuple[int | None, str, str, bool]  # the kind of the group, target, port, wanted


class ServiceProof:
    """Answers questions about a municipality's services at one position."""

    def __init__(self, region: Region, position: Position, forwarding: Forwarding, municipality: str) -> None:
        self._region, self._forwarding, self._municipality = region, forwarding, municipality
        self._places = Places(region, position, forwarding)
        self._vlans = {name: zone.vlan for name, zone in region.of(municipality)[0].standard.zones.items()}
        self._groups: dict[tuple[str, str], tuple[_Group, ...]] = {}
        self._targets: dict[str, tuple[Station, ...]] = {}
        self._kinds: dict[_Group, int | None] = {}
        self._numbers: dict[tuple[Attachment | None, ...], int] = {}
        self._results: dict[_ResultKey, _Result] = {}
        self._former: dict[_ResultKey, _Result] = {}  # of the moment before
        self._former_targets: dict[str, tuple[Station, ...]] = {}
        self._plain: dict[tuple[_Group, frozenset[Delivery]], bool] = {}

    def advance(self, position: Position, forwarding: Forwarding) -> "ServiceProof":
        """The same at another moment; who hangs on a switch that is as it was is not worked out again.

        Args:
            position: how far everything has come by then.
            forwarding: of the same switches and cables.
        """
        after = ServiceProof(self._region, position, forwarding, self._municipality)
        after._places = self._places.advance(position, forwarding)
        after._numbers = dict(self._numbers)
        after._former = {**self._former, **self._results}
        after._former_targets = {**self._former_targets, **self._targets}
        return after

    def answer(
        self, questions: Iterable[ServiceQuestion], devices: Collection[str] | None = None
    ) -> Iterator[ServiceAnswer]:
        """An answer for each question and each switch with those who ask; none for a zone without a port at its site.

        Args:
            questions: of the municipality.
            devices: those who hang on these switches alone; None: everybody.
        """
        sites = None if devices is None else {self._region.devices[device].site for device in devices}
        for question in questions:
            for group in self._find_groups(question) if sites is None or question.site in sites else ():
                if devices is None or group.device in devices:
                    result = self._find_result(question, group)
                    yield ServiceAnswer(question, group.device, result.outcome, result.deciding, group.is_moved)

    def _find_result(self, question: ServiceQuestion, group: _Group) -> _Result:
        """The result of the question; groups of a kind share it, if no way back tells them apart."""
        kind = self._find_kind(group)
        key = (kind, question.target, question.port, question.wanted)
        result = self._results.get(key) or self._find_former(key)
        if result is None or not self._is_plain(group, result.deliveries):
            result = self._work_out(question, group)
        if kind is not None and result.deliveries is not None:
            self._results[key] = result
        return result

    def _find_former(self, key: _ResultKey) -> _Result | None:
        """The result of the moment before, if the target is where it was and all answers hold."""
        result = self._former.get(key)
        if result is None or result.targets is not self._find_targets(key[1]):
            return None
        return result if all(map(self._forwarding.has_answered, result.reaches)) else None

    def _is_plain(self, group: _Group, deliveries: frozenset[Delivery] | None) -> bool:
        if not deliveries:
            return True
        key = (group, deliveries)
        if key not in self._plain:
            self._plain[key] = self._forwarding.is_plain(deliveries, group.stations)
        return self._plain[key]

    def _work_out(self, question: ServiceQuestion, group: _Group) -> _Result:
        targets, service = self._find_targets(question.target), question.service
        answers = [[self._forwarding.ask_for_alike(s, t, service) for t in targets] for s in group.stations]
        best = [min((answer.reach for answer in by_target), key=_rank) for by_target in answers]
        worst = max(best, key=_rank) if question.wanted else min(best, key=_rank)
        deciding = worst.deciding
        if not worst.reason and not question.wanted and worst.there.rows:
            deciding = str(worst.there.rows[-1])  # what lets a request through is what is too wide, not its answer
        deliveries: frozenset[Delivery] | None = frozenset()
        for answer in (answer for by_target in answers for answer in by_target):
            shared = answer.deliveries
            deliveries = None if deliveries is None or shared is None else deliveries | shared
        reaches = tuple(answer.reach for by_target in answers for answer in by_target)
        return _Result(worst.outcome, deciding, targets, reaches, deliveries)

    def _find_groups(self, question: ServiceQuestion) -> tuple[_Group, ...]:
        key = (question.zone, question.site)
        if key not in self._groups:
            by_device: dict[str, list[Station]] = {}
            for station in self._places.find_clients(self._municipality, question.zone, question.site):
                if station.device is not None:
                    by_device.setdefault(station.device, []).append(station)
            vlan = self._vlans[question.zone]
            self._groups[key] = tuple(
                _Group(device, tuple(stations), all(station.vlan == vlan for station in stations))
                for device, stations in by_device.items()
            )
        return self._groups[key]

    def _find_kind(self, group: _Group) -> int | None:
        """The number of what a group's stations have in common with those of others; None: one is its own case."""
        if group not in self._kinds:
            attachments = tuple(dict.fromkeys(map(self._forwarding.find_attachment, group.stations)))
            number = None if None in attachments else self._numbers.setdefault(attachments, len(self._numbers))
            self._kinds[group] = number
        return self._kinds[group]

    def _find_targets(self, word: str) -> tuple[Station, ...]:
        if word not in self._targets:
            targets, former = self._places.find(word), self._former_targets.get(word)
            self._targets[word] = former if former == targets else targets
        return self._targets[word]


def _rank(reach: Reach) -> int:
    return ORDER.index(reach.outcome)
