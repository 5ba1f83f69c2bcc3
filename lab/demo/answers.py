"""What people at work on real hosts noticed, by the files that they keep (lab/demo/asking.py): pure but for reading."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.demo.usage import NOTICED, Outage

STOP = 120.0  # seconds that an announced stop may last
LABELS = {"names": "names", "time": "time", "read": "reading", "write": "writing"}
Fact = tuple[bool, str, str]


@dataclass
class Place:
    """What somebody in one place noted. ``asked``: how often, by what; none: they never came to their end."""

    name: str
    gaps: list[dict[str, Any]] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)  # keys of records
    asked: dict[str, int] = field(default_factory=dict)
    broken: str = ""

    @classmethod
    def read(cls, name: str, path: Path) -> "Place":
        """Read a file; a place that kept none has asked nothing."""
        place = cls(name)
        for line in path.read_text().splitlines() if path.exists() else ():
            row = json.loads(line)
            if "key" in row:
                place.accepted.append(row["key"])
            elif "asked" in row:
                place.asked = row["asked"]
            elif "broken" in row:
                place.broken = row["broken"]
            else:
                place.gaps.append(row)
        return place

    def find_worst(self, what: str, *, announced: bool) -> dict[str, Any] | None:
        """The longest gap of a kind, of those that were announced, or of the others; only writing is ever announced."""
        gaps = [gap for gap in self.gaps if gap["what"] == what and (gap["announced"] and what == "write") is announced]
        return max(gaps, key=lambda gap: float(gap["seconds"]), default=None)


@dataclass(frozen=True)
class Answers:
    """What they all noted. ``expected``: what is asked in each place; ``stages``: each with when it ended."""

    places: tuple[Place, ...]
    expected: Mapping[str, Sequence[str]]
    stages: Sequence[tuple[str, float]] = ()

    def list_facts(self, keys: Sequence[str] | None) -> Iterator[Fact]:
        """The lines of the account; each fails if it was not asked in each place that it was to be asked in.

        Args:
            keys: of all records in the end, as often as there is one; None: they could not be read.
        """
        for what, label in LABELS.items():
            places = [place for place in self.places if what in self.expected[place.name]]
            if not places:
                continue
            silent = [place.name for place in places if not place.asked.get(what) or place.broken]
            worst = self._find_worst(what, places)
            words = f"{worst.seconds:.1f} s without ({worst.words})"
            good = worst.seconds <= NOTICED
            if what == "write":
                stop = self._find_worst(what, places, announced=True)
                words = f"announced stop {stop.seconds:.1f} s; else {words}"
                good = good and stop.seconds <= STOP
            asked = sum(place.asked.get(what, 0) for place in places)
            words += f"; {asked} questions from {len(places)} places"
            if silent:
                words = f"not known of {', '.join(silent[:3])}: {words}"
            yield good and not silent, f"{label} (servers)", words
        if any("write" in self.expected[place.name] for place in self.places):
            yield self._judge_records(keys)

    def _judge_records(self, keys: Sequence[str] | None) -> Fact:
        accepted = [key for place in self.places for key in place.accepted]
        if keys is None:
            return False, "records", f"{len(accepted)} accepted; what became of them could not be read"
        count = Counter(keys)
        lost = [key for key in accepted if not count[key]]
        twice = [key for key, times in count.items() if times > 1]
        words = f"{len(accepted)} accepted, {len(lost)} lost, {len(twice)} written twice"
        bad = ", ".join([*lost[:2], *twice[:2]])
        return bool(accepted) and not lost and not twice, "records", f"{words}: {bad}" if bad else words

    def _find_worst(self, what: str, places: Iterable[Place], *, announced: bool = False) -> Outage:
        worst = Outage()
        for place in places:
            gap = place.find_worst(what, announced=announced)
            if gap is not None:
                lasts = ", and now" if gap["lasts"] else ""
                worst.add(gap["seconds"], f"{place.name} in {self._find_stage(gap['began'])}{lasts}: {gap['why']}")
        return worst

    def _find_stage(self, moment: float) -> str:
        return next((stage for stage, ended in self.stages if moment <= ended), "the end")

    def describe(self, names: Iterable[str]) -> str:
        """In words, how those in these places fared: the longest gap of each kind."""
        wanted = set(names)
        places = [place for place in self.places if place.name in wanted]
        parts = []
        for what, label in LABELS.items():
            asking = [place for place in places if what in self.expected[place.name]]
            if not asking:
                continue
            text = f"{label} {self._find_worst(what, asking).seconds:.1f} s"
            stop = self._find_worst(what, asking, announced=True)
            parts.append(f"{text}, announced stop {stop.seconds:.1f} s" if stop.seconds else text)
        return f"on real hosts, {len(places)} places, without: {'; '.join(parts)}"
