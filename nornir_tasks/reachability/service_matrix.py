"""Every user group × every application, and what must not be reached, by what the switches will run. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from nornir_tasks.model import Position, Region
from nornir_tasks.reachability.forwarding import Forwarding
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
        return (*self.question.key, self.device)


class ServiceProof:
    """Answers questions about a municipality's services at one position."""

    def __init__(self, region: Region, position: Position, forwarding: Forwarding, municipality: str) -> None:
        self._forwarding = forwarding
        self._municipality = municipality
        self._places = Places(region, position, forwarding)
        self._vlans = {name: zone.vlan for name, zone in region.of(municipality)[0].standard.zones.items()}
        self._clients: dict[tuple[str, str], tuple[Station, ...]] = {}
        self._targets: dict[str, tuple[Station, ...]] = {}
        self._reaches: dict[tuple[Station, Station, str], Reach] = {}
        self._stopped: dict[tuple[object, ...], Reach] = {}  # by a list at the gateway, for all behind it

    def answer(
        self, questions: Iterable[ServiceQuestion], devices: Collection[str] | None = None
    ) -> Iterator[ServiceAnswer]:
        """An answer for each question and each switch with those who ask; none for a zone without a port at its site.

        Args:
            questions: of the municipality.
            devices: those who hang on these switches alone; None: everybody.
        """
        for question in questions:
            by_device: dict[str, list[Station]] = {}
            for station in self._find_clients(question.zone, question.site):
                if station.device is not None and (devices is None or station.device in devices):
                    by_device.setdefault(station.device, []).append(station)
            for device, stations in by_device.items():
                yield self._answer(question, device, stations)

    def _answer(self, question: ServiceQuestion, device: str, stations: Sequence[Station]) -> ServiceAnswer:
        targets = self._find_targets(question.target)
        best = [min((self._ask(s, t, question) for t in targets), key=_rank) for s in stations]
        worst = max(best, key=_rank) if question.wanted else min(best, key=_rank)
        is_moved = all(station.vlan == self._vlans[question.zone] for station in stations)
        deciding = worst.deciding
        if not worst.reason and not question.wanted and worst.there.rows:
            deciding = str(worst.there.rows[-1])  # what lets a request through is what is too wide, not its answer
        return ServiceAnswer(question, device, worst.outcome, deciding, is_moved)

    def _ask(self, station: Station, target: Station, question: ServiceQuestion) -> Reach:
        """The proof's answer; what a list has stopped for one is stopped for all who come by the same gateway."""
        alike = (station.subnet, station.gateway, target, question.port)
        key = (station, target, question.port)
        if not question.wanted and station.gateway is not None and alike in self._stopped:
            return self._stopped[alike]
        if key not in self._reaches:
            reach = self._reaches[key] = self._forwarding.ask(station, target, question.service)
            if reach.outcome == Outcome.STOPPED and reach.there.rows:
                self._stopped[alike] = reach
        return self._reaches[key]

    def _find_clients(self, zone: str, site: str) -> tuple[Station, ...]:
        key = (zone, site)
        if key not in self._clients:
            self._clients[key] = tuple(self._places.find_clients(self._municipality, zone, site))
        return self._clients[key]

    def _find_targets(self, word: str) -> tuple[Station, ...]:
        if word not in self._targets:
            self._targets[word] = self._places.find(word)
        return self._targets[word]


def _rank(reach: Reach) -> int:
    return ORDER.index(reach.outcome)
