"""The outage record: how long each PC and phone was without its gateway, by a clock that only goes forward."""

import time
from collections.abc import Callable, Iterable
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
                outage.total, outage.longest = outage.until(now)
                outage.since = None
            elif not served and outage.since is None:
                outage.since = now
                outage.count += 1

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
            total, longest = outage.until(now)
            row["affected"] += 1
            row["without_now"] += outage.since is not None
            row["longest"] = round(max(row["longest"], longest), 3)
            row["total"] = round(row["total"] + total, 3)
            row["worst"].append(
                {
                    "station": station.name,
                    "kind": station.kind,
                    "switch": station.switch,
                    "port": station.port,
                    "longest": round(longest, 3),
                    "total": round(total, 3),
                    "count": outage.count,
                    "now": outage.since is not None,
                }
            )
        for row in rows.values():
            row["worst"].sort(key=lambda entry: (-entry["longest"], entry["station"]))
        return {"seconds": round(now - self._started, 3), "municipalities": dict(sorted(rows.items()))}
