"""What was promised of services in a month, and what was kept, with the gaps of the measurement named as gaps. Pure.

    make_service_report(region, date(2026, 12, 1), Measurements(samples, interval, since, until))

What was not measured is never counted as fine: a promise is kept if it would be even with all gaps taken for faults,
and broken if it would be even with none of them; between the two nobody can tell.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from nornir_tasks.core.language import mark
from nornir_tasks.health.service_timeline import (
    Reached,
    ServiceSample,
    Stretch,
    list_stretches,
    measure_overlap,
    subtract_spans,
)
from nornir_tasks.model import Region
from nornir_tasks.model.agreed import Subject, find_service_level, list_maintenance
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.flows import SERVICES
from nornir_tasks.model.hours import Calendar, Span
from nornir_tasks.model.service_levels import Maintenance, ServiceLevel, is_early_enough

LONGER_THAN_A_MONTH = timedelta(days=32)


class Kept(StrEnum):
    """What became of a promise."""

    YES = mark("kept")
    NO = mark("not kept")
    UNKNOWN = mark("not known: too little was measured")
    NOTHING = mark("nothing was promised")


@dataclass(frozen=True)
class Measurements:
    """What a report is made from.

    Args:
        samples: in any order; the last before the month and the first after it, too, where there are any.
        interval: between two samples of a service, as it is meant to be.
        since: the municipalities that are reported, and from when on each is measured: its survey.
        until: up to when there may be samples: now.
    """

    samples: Sequence[ServiceSample]
    interval: timedelta
    since: Mapping[str, datetime]
    until: datetime


@dataclass(frozen=True)
class ServiceFault:
    """A time without a service, until it was seen to be there again; what was not measured meanwhile is in it.

    Args:
        start: when it was first seen, or the start of what is reported.
        end: until when it was last seen.
        seconds: without the service, of those that count.
        is_over: whether the service was seen again.
    """

    start: datetime
    end: datetime
    seconds: int
    is_over: bool


@dataclass(frozen=True)
class MeasurementGap:
    """Time of which nothing is known; ``seconds``: of those that count."""

    start: datetime
    end: datetime
    seconds: int


@dataclass(frozen=True)
class ServiceMonth:
    """A service in a month, for the people of a municipality.

    Args:
        subject: the application or common service.
        municipality: whose people use it.
        level: what is agreed; None: nothing.
        period: what is reported of the month, UTC: from the survey on, and until now.
        agreed_seconds: of the agreed hours in it; without a level, of all hours.
        counted_seconds: of these, without maintenance.
        faults: in what counts.
        gaps: in what counts.
        longest_possible_seconds: of a time without the service that may have been: with the gaps in it and beside it.
        maintenance: that was announced in time, and is taken out.
        late_maintenance: that was not, and is an outage like another.
    """

    subject: Subject
    municipality: str
    level: ServiceLevel | None
    period: Span
    agreed_seconds: int
    counted_seconds: int
    faults: tuple[ServiceFault, ...]
    gaps: tuple[MeasurementGap, ...]
    longest_possible_seconds: int
    maintenance: tuple[Maintenance, ...]
    late_maintenance: tuple[Maintenance, ...]

    @property
    def seconds_without(self) -> int:
        """How long the service was missing, of what counts."""
        return sum(fault.seconds for fault in self.faults)

    @property
    def gap_seconds(self) -> int:
        """How much of what counts was not measured."""
        return sum(gap.seconds for gap in self.gaps)

    @property
    def percent(self) -> float | None:
        """How much of what was measured the service was there; None: nothing was."""
        measured = self.counted_seconds - self.gap_seconds
        return 100 * (measured - self.seconds_without) / measured if measured else None

    @property
    def percent_at_least(self) -> float | None:
        """The same of all that counts, if the service was missing in every gap; None: nothing counts."""
        return 100 - self._lose(self.seconds_without + self.gap_seconds) if self.counted_seconds else None

    @property
    def percent_at_most(self) -> float | None:
        """The same, if it was there in every gap."""
        return 100 - self._lose(self.seconds_without) if self.counted_seconds else None

    def _lose(self, seconds: int) -> float:
        return 100 * seconds / self.counted_seconds

    @property
    def kept(self) -> Kept:
        """What became of the promise; while the month lasts, so far."""
        if self.level is None or not self.counted_seconds:
            return Kept.NOTHING
        longest = max((fault.seconds for fault in self.faults), default=0)
        if not self._is_enough(self.level, self.seconds_without, longest):
            return Kept.NO
        most = self.seconds_without + self.gap_seconds
        return Kept.YES if self._is_enough(self.level, most, self.longest_possible_seconds) else Kept.UNKNOWN

    def _is_enough(self, level: ServiceLevel, seconds_without: int, longest: int) -> bool:
        """Whether both targets are met; in decimals, since a target is met exactly as well as by more."""
        share = Decimal(str(level.availability_percent)) / 100
        is_there = self.counted_seconds - seconds_without >= share * self.counted_seconds
        return is_there and longest <= 60 * level.longest_outage_minutes


def make_service_report(region: Region, month: date, measurements: Measurements) -> list[ServiceMonth]:
    """Each service that a municipality uses, and whatever else was measured there; by municipality, kind and name.

    Args:
        region: with what is agreed and announced.
        month: any day of it.
        measurements: what was seen.

    Returns:
        Nothing of a municipality that was not measured in that month yet.
    """
    by_service: dict[tuple[str, Subject], list[ServiceSample]] = defaultdict(list)
    for sample in measurements.samples:
        by_service[sample.municipality, sample.subject].append(sample)
    report = []
    for home in (name for name in region.municipalities if name in measurements.since):
        period = find_period(region.calendar, month, measurements.since[home], measurements.until)
        if period is None:
            continue
        sampled = {subject for municipality, subject in by_service if municipality == home}
        for subject in sorted({*_list_used(region, home), *sampled}, key=_order):
            stretches = list_stretches(by_service.get((home, subject), ()), period, measurements.interval)
            report.append(_judge(region, subject, home, period, stretches))
    return report


def find_period(calendar: Calendar, month: date, since: datetime, until: datetime) -> Span | None:
    """What is reported of a month; None: nothing, it ended before the first sample or has not begun.

    Args:
        calendar: the region's: its midnights begin and end the month.
        month: any day of it.
        since: when the measurement began.
        until: up to when it goes.
    """
    first = month.replace(day=1)
    following = (first + LONGER_THAN_A_MONTH).replace(day=1)
    start = max(calendar.find_moment(first, "00:00"), calendar.read_moment(since).replace(microsecond=0))
    end = min(calendar.find_moment(following, "00:00"), calendar.read_moment(until).replace(microsecond=0))
    return (start, end) if start < end else None


def _list_used(region: Region, home: str) -> Iterator[Subject]:
    """The applications of a municipality and those that its people share, and the common services that they use."""
    for owner, name, application in region.applications_of(home):
        if owner.name == home or any(user.startswith(f"{home}/") for user in application.users):
            yield Subject(owner.name, "application", name)
    for name, service in region.standard.common_services.items():
        if home == CENTRE or set(service.zones) - {SERVICES}:
            yield Subject(CENTRE, "service", name)


def _order(subject: Subject) -> tuple[str, str, str]:
    return (subject.kind, subject.name, subject.municipality)


def _judge(region: Region, subject: Subject, home: str, period: Span, stretches: Sequence[Stretch]) -> ServiceMonth:
    level = find_service_level(region, subject) if subject.municipality in region.municipalities else None
    agreed = list(region.calendar.list_spans(level.hours if level else None, *period))
    early, late = _list_maintenance(region, subject, home, agreed)
    counted = subtract_spans(agreed, (_read_span(region.calendar, each) for each in early))
    seconds = [measure_overlap(counted, stretch.start, stretch.end) for stretch in stretches]
    parts = list(zip(stretches, seconds, strict=True))
    return ServiceMonth(
        subject,
        home,
        level,
        period,
        agreed_seconds=measure_overlap(agreed, *period),
        counted_seconds=measure_overlap(counted, *period),
        faults=tuple(_list_faults(parts)),
        gaps=tuple(
            MeasurementGap(stretch.start, stretch.end, count)
            for stretch, count in parts
            if stretch.reached is Reached.UNKNOWN and count
        ),
        longest_possible_seconds=_measure_longest_possible(parts),
        maintenance=early,
        late_maintenance=late,
    )


def _list_maintenance(
    region: Region, subject: Subject, home: str, agreed: Sequence[Span]
) -> tuple[tuple[Maintenance, ...], tuple[Maintenance, ...]]:
    """Maintenance of the service and of all that is in its users' municipality, in the agreed hours: in time, or late.

    Args:
        region: with what is announced.
        subject: the service.
        home: the municipality of its users.
        agreed: the hours that are looked at.
    """
    covering = list_maintenance(region, subject) if subject.municipality in region.municipalities else ()
    everything = list_maintenance(region, Subject(home, "municipality"))
    spans = [(each, _read_span(region.calendar, each)) for each in dict.fromkeys((*covering, *everything))]
    known = [each for each, span in spans if measure_overlap(agreed, *span)]
    notice = region.standard.maintenance_notice_hours
    early = tuple(each for each in known if is_early_enough(each, notice, region.calendar))
    return early, tuple(each for each in known if each not in early)


def _read_span(calendar: Calendar, maintenance: Maintenance) -> Span:
    return calendar.read_moment(maintenance.start), calendar.read_moment(maintenance.end)


def _list_faults(parts: Iterable[tuple[Stretch, int]]) -> Iterator[ServiceFault]:
    """From a NO to the next YES. Those of which no second counts are left out: in maintenance, or outside the hours."""
    first: Stretch | None = None
    last: Stretch | None = None
    seconds = 0
    for stretch, count in parts:
        if stretch.reached is Reached.NO:
            first, last, seconds = first or stretch, stretch, seconds + count
        elif stretch.reached is Reached.YES:
            if first and last and seconds:
                yield ServiceFault(first.start, last.end, seconds, is_over=True)
            first, last, seconds = None, None, 0
    if first and last and seconds:
        yield ServiceFault(first.start, last.end, seconds, is_over=False)


def _measure_longest_possible(parts: Iterable[tuple[Stretch, int]]) -> int:
    """The most counted seconds between two times at which the service was there."""
    longest = seconds = 0
    for stretch, count in parts:
        seconds = 0 if stretch.reached is Reached.YES else seconds + count
        longest = max(longest, seconds)
    return longest
