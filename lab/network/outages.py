"""The outage record: how long each PC and phone was without its gateway, and each station without each application."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.network.stations import Station


@dataclass
class Outage:
    """One station's record, in seconds. ``since``: it is without its gateway now."""

    total: float = 0.0
    longest: float = 0.0
    count: int = 0
    since: float | None = None

    def until(self, now: float) -> tuple[float, float]:
        """Total and longest, with the outage that is still going on."""
        if self.since is None:
            return self.total, self.longest
        lasting = now - self.since
        return self.total + lasting, max(self.longest, lasting)

    def begin(self, now: float) -> None:
        """It is without from now on."""
        self.since = now
        self.count += 1

    def end(self, now: float) -> None:
        """It has it again."""
        self.total, self.longest = self.until(now)
        self.since = None

    def row(self, now: float) -> dict[str, Any]:
        """What is told of it."""
        total, longest = self.until(now)
        times = {"longest": round(longest, 3), "total": round(total, 3)}
        return {**times, "count": self.count, "now": self.since is not None}


def describe(station: Station) -> dict[str, Any]:
    """Whose outage it is."""
    return {"station": station.name, "kind": station.kind, "switch": station.switch, "port": station.port}


def add_up(row: dict[str, Any], entry: dict[str, Any]) -> None:
    """Count an outage in a row that sums them up."""
    row["affected"] += 1
    row["without_now"] += entry["now"]
    row["longest"] = max(row["longest"], entry["longest"])
    row["total"] = round(row["total"] + entry["total"], 3)
    row["worst"].append(entry)


def _worst_first(entry: dict[str, Any]) -> tuple[float, str]:
    return -entry["longest"], entry["station"]


class Record:
    """The outages of all stations that need a gateway."""

    def __init__(self, owners: dict[str, str], clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._owners = owners  # switch to municipality
        self._outages: dict[Station, Outage] = {}
        self._started = clock()

    def note(self, stations: Iterable[Station], served: bool) -> None:
        """Stations have, or have lost, their gateway as of now. Saying it again changes nothing."""
        now = self._clock()
        for station in stations:
            outage = self._outages.setdefault(station, Outage())
            if served and outage.since is not None:
                outage.end(now)
            elif not served and outage.since is None:
                outage.begin(now)

    def reset(self) -> None:
        """Begin anew: the past is forgotten; who is without a gateway now is so from now on."""
        now = self._started = self._clock()
        for station, outage in self._outages.items():
            down = outage.since is not None
            self._outages[station] = Outage(since=now if down else None, count=int(down))

    def report(self, municipalities: Iterable[str] | None = None) -> dict[str, Any]:
        """Shape: seconds recorded, and by municipality the totals and the stations that had an outage, worst first."""
        now = self._clock()
        wanted = set(municipalities) if municipalities else None
        rows: dict[str, dict[str, Any]] = {}
        for station, outage in self._outages.items():
            owner = self._owners[station.switch]
            if wanted is not None and owner not in wanted:
                continue
            row = rows.setdefault(
                owner, {"stations": 0, "affected": 0, "longest": 0.0, "total": 0.0, "without_now": 0, "worst": []}
            )
            row["stations"] += 1
            if not outage.count:
                continue
            add_up(row, {**describe(station), **outage.row(now)})
        for row in rows.values():
            row["worst"].sort(key=_worst_first)
        return {"seconds": round(now - self._started, 3), "municipalities": dict(sorted(rows.items()))}


_EMPTY: dict[str, Any] = {"users": 0, "never": 0, "affected": 0, "longest": 0.0, "total": 0.0, "without_now": 0}


class ServiceRecord:
    """The outages of all stations, by application, once a station has had it. Seconds are the lab's own.

    Args:
        owners: switch to municipality.
        clock: seconds of the lab's clock.
    """

    def __init__(self, owners: dict[str, str], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._owners = owners
        self._started = clock()
        self._groups: dict[Station, tuple[str, tuple[str, ...]]] = {}
        self._missed: dict[Station, dict[str, str]] = {}
        self._had: dict[Station, set[str]] = {}
        self._outages: dict[Station, dict[str, Outage]] = {}
        self._texts: dict[Station, dict[str, str]] = {}

    def begin(self, users: Mapping[Station, tuple[str, tuple[str, ...]]]) -> None:
        """Begin with these stations. Shape: station to its group, and to the names of what it uses."""
        self._groups = dict(users)
        self._missed.clear()
        self._had = {station: set() for station in users}
        self.reset()

    def note(self, missed: Mapping[Station, dict[str, str]]) -> None:
        """What stations miss as of now: all that they miss, with the reasons. Saying it again changes nothing."""
        now = self._clock()
        for station, missing in missed.items():
            before, had, names = self._missed.get(station), self._had[station], self._groups[station][1]
            if before == missing:
                continue
            had.update(name for name in names if name not in missing)
            before = before or {}
            outages = self._outages.setdefault(station, {})
            for name in (before.keys() - missing.keys()) & outages.keys():
                outages[name].end(now)
            for name in (missing.keys() - before.keys()) & had:
                outages.setdefault(name, Outage()).begin(now)
            self._texts.setdefault(station, {}).update(missing)
            self._missed[station] = missing

    def reset(self) -> None:
        """Begin anew: who misses something now has missed it from now on."""
        now = self._started = self._clock()
        self._outages = {
            station: {name: Outage(since=now, count=1) for name in missing if name in self._had[station]}
            for station, missing in self._missed.items()
            if missing
        }
        self._texts = {station: dict(missing) for station, missing in self._missed.items() if missing}

    def report(self, typed: Collection[Station], municipalities: Iterable[str] | None = None) -> dict[str, Any]:
        """What was missed.

        Args:
            typed: the stations whose address somebody typed in.
            municipalities: whose stations; None: all.

        Returns:
            By municipality and application: how many stations use it, how many of them never reached it since the lab
            was started (both also by group), how many were without it, for how long, and who, worst first, each with
            the place and the line where its last attempt ended.
        """
        now = self._clock()
        wanted = set(municipalities) if municipalities else None
        rows: dict[str, dict[str, dict[str, Any]]] = {}
        for station, (group, names) in self._groups.items():
            owner = self._owners[station.switch]
            if wanted is not None and owner not in wanted:
                continue
            for name in names:
                row = rows.setdefault(owner, {}).setdefault(name, _EMPTY | {"groups": {}, "worst": []})
                like = row["groups"].setdefault(group, {"users": 0, "never": 0})
                for count in (row, like):
                    count["users"] += 1
                    count["never"] += name not in self._had[station]
                outage = self._outages.get(station, {}).get(name)
                if outage is None:
                    continue
                who = {**describe(station), "group": group, "typed": station in typed}
                add_up(row, {**who, **outage.row(now), "ended": self._texts[station][name]})
        for applications in rows.values():
            for row in applications.values():
                row["worst"].sort(key=_worst_first)
        return {owner: dict(sorted(applications.items())) for owner, applications in sorted(rows.items())}
