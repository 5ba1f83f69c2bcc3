"""What was promised and what was kept: a table of cases, and every figure against a count minute by minute."""

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from nornir_tasks.health.service_report import Kept, Measurements, ServiceMonth, make_service_report
from nornir_tasks.health.service_timeline import Reached, ServiceSample
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Region
from nornir_tasks.model.agreed import Subject, find_maintenance, find_service_level
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.service_levels import Maintenance, ServiceLevel, is_agreed_hour, is_early_enough
from tests.support import small_region as small

ARCHIVE = Subject("loppa", "application", "case_archive")
TIME = Subject(CENTRE, "service", "time")
MINUTE = timedelta(minutes=1)
HOUR = 3600
WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]
OFFICE = {"days": WORKDAYS, "start": "08:00", "end": "16:00"}
NIGHT = {"days": [*WORKDAYS, "sat", "sun"], "start": "21:15", "end": "05:45"}
LETTERS = {"y": Reached.YES, "n": Reached.NO, "u": Reached.UNKNOWN}


def level(hours: dict[str, Any] | None = None, percent: float = 99, longest: int = 60) -> ServiceLevel:
    """A level of these hours and targets."""
    targets = {"availability_percent": percent, "longest_outage_minutes": longest}
    return ServiceLevel.model_validate({"label": "x", "hours": hours, **targets})


def work(start: str, end: str, announced: str = "2026-01-01", covers: Sequence[str] = ("all",)) -> Maintenance:
    """Maintenance, announced long before."""
    times = {"start": start, "end": end, "announced": announced}
    return Maintenance.model_validate({"covers": covers, "reason": "a joint", "by": "supplier", **times})


def region(
    promised: ServiceLevel | None = None, loppa: Iterable[Maintenance] = (), centre: Iterable[Maintenance] = ()
) -> Region:
    """The small one, where everything has one level; 25 December is a holiday."""
    whole = small.region()
    levels = {"service_levels": {"only": promised}, "default_service_level": "only"} if promised else {}
    standard = small.STANDARD.model_copy(update={"holidays": {"christmas": (date(2026, 12, 25),)}, **levels})
    devices = {name: device.model_copy(update={"standard": standard}) for name, device in whole.devices.items()}
    works = {"loppa": tuple(loppa), CENTRE: tuple(centre)}
    homes = {name: home.model_copy(update={"maintenance": works[name]}) for name, home in whole.municipalities.items()}
    return whole.model_copy(update={"devices": devices, "municipalities": homes})


def local(text: str) -> datetime:
    """A moment in UTC, from what the region's clocks show."""
    return small.STANDARD.calendar.read_moment(datetime.fromisoformat(text))


def take(
    start: str, states: str, interval: int = 60, subject: Subject = ARCHIVE, home: str = "loppa"
) -> list[ServiceSample]:
    """A sample each ``interval`` minutes, of letters; a dot is one that is missing."""
    moments = [local(start) + number * interval * MINUTE for number in range(len(states))]
    pairs = zip(moments, states, strict=True)
    return [ServiceSample(moment, subject, home, LETTERS[letter]) for moment, letter in pairs if letter != "."]


def report(
    where: Region, samples: Sequence[ServiceSample], start: str, end: str, interval: int = 60
) -> dict[Subject, ServiceMonth]:
    """The month of ``start`` in Loppa, from then until ``end``."""
    measurements = Measurements(samples, interval * MINUTE, {"loppa": local(start)}, local(end))
    return {month.subject: month for month in make_service_report(where, date.fromisoformat(start[:10]), measurements)}


DAY = ("2026-12-01T00:00", "2026-12-02T00:00")  # a Tuesday


@pytest.mark.parametrize(
    ("promised", "states", "percent", "without", "gap", "faults", "kept"),
    [
        (level(), "y" * 24, 100, 0, 0, [], Kept.YES),
        (level(percent=96), "y" * 10 + "n" + "y" * 13, 2300 / 24, 1, 0, [1], Kept.NO),  # 95.8
        (level(percent=95), "y" * 10 + "n" + "y" * 13, 2300 / 24, 1, 0, [1], Kept.YES),
        (level(percent=75, longest=360), "y" * 10 + "nnnnnn" + "y" * 8, 75, 6, 0, [6], Kept.YES),  # exactly both
        (level(percent=75, longest=359), "y" * 10 + "nnnnnn" + "y" * 8, 75, 6, 0, [6], Kept.NO),
        (level(percent=75.01, longest=360), "y" * 10 + "nnnnnn" + "y" * 8, 75, 6, 0, [6], Kept.NO),
        (level(percent=50), "ynyn" * 6, 50, 12, 0, [1] * 12, Kept.YES),
        (level(), "", None, 0, 24, [], Kept.UNKNOWN),
        (level(), "u" * 24, None, 0, 24, [], Kept.UNKNOWN),
        (level(percent=90), "y" * 10 + "..." + "y" * 11, 100, 0, 3, [], Kept.UNKNOWN),  # too little for 90
        (level(percent=80, longest=180), "y" * 10 + "..." + "y" * 11, 100, 0, 3, [], Kept.YES),
        (level(percent=80, longest=179), "y" * 10 + "..." + "y" * 11, 100, 0, 3, [], Kept.UNKNOWN),
        (level(percent=80, longest=180), "y" * 10 + "." + "y" * 13, 100, 0, 0, [], Kept.YES),  # twice the interval
        (level(percent=80), "y" * 10 + "n..n" + "y" * 10, 2000 / 22, 2, 2, [2], Kept.NO),  # one fault, of 120 min
        (level(percent=80, longest=120), "y" * 10 + "n..n" + "y" * 10, 2000 / 22, 2, 2, [2], Kept.UNKNOWN),
        (level(percent=80, longest=240), "y" * 10 + "n..n" + "y" * 10, 2000 / 22, 2, 2, [2], Kept.YES),
        (level(percent=80, longest=120), "y" * 10 + "nuny" + "y" * 10, 2100 / 23, 2, 1, [2], Kept.UNKNOWN),
        (level(percent=50, longest=1440), "y" * 22 + "nn", 2200 / 24, 2, 0, [2], Kept.YES),  # it lasts
        (level(percent=50, longest=1440), "nn" + "y" * 22, 2200 / 24, 2, 0, [2], Kept.YES),
        (level(OFFICE, percent=90), "y" * 7 + "n" + "y" * 16, 100, 0, 0, [], Kept.YES),  # before eight
        (level(OFFICE, percent=90), "y" * 7 + "nn" + "y" * 15, 700 / 8, 1, 0, [1], Kept.NO),
        (level(OFFICE, percent=80), "y" * 7 + "nn" + "y" * 15, 700 / 8, 1, 0, [1], Kept.YES),
        (level(OFFICE, percent=100), "." * 8 + "y" * 8, 100, 0, 0, [], Kept.YES),  # nothing counts of the gaps
        (level(percent=1), "n" * 24, 0, 24, 0, [24], Kept.NO),
        (None, "y" * 12 + "n" * 12, 50, 12, 0, [12], Kept.NOTHING),
    ],
)
def test_a_day(
    promised: ServiceLevel | None,
    states: str,
    percent: float | None,
    without: int,
    gap: int,
    faults: list[int],
    kept: Kept,
) -> None:
    """A sample an hour, from midnight on; hours are told in hours."""
    month = report(region(promised), take(DAY[0], states), *DAY)[ARCHIVE]
    assert month.percent == (None if percent is None else pytest.approx(percent))
    assert (month.seconds_without, month.gap_seconds) == (without * HOUR, gap * HOUR)
    assert [fault.seconds for fault in month.faults] == [hours * HOUR for hours in faults]
    assert month.kept is kept


@pytest.mark.parametrize(
    ("start", "end", "promised", "agreed"),
    [
        ("2026-12-01T00:00", "2027-06-01T00:00", level(), 31 * 24),  # the month ends before `until`
        ("2026-03-01T00:00", "2027-06-01T00:00", level(), 31 * 24 - 1),
        ("2026-10-01T00:00", "2027-06-01T00:00", level(), 31 * 24 + 1),
        ("2026-02-01T00:00", "2027-06-01T00:00", level(), 28 * 24),
        ("2026-12-01T00:00", "2027-06-01T00:00", level(OFFICE), 22 * 8),  # 23 working days, of which Christmas Day
        ("2026-12-14T12:00", "2027-06-01T00:00", level(OFFICE), 4 + 12 * 8),  # from the survey on
        ("2026-12-01T00:00", "2026-12-01T09:30", level(OFFICE), 1.5),  # until now
        ("2026-03-28T00:00", "2026-03-30T00:00", level(NIGHT), 5.75 + 7.5 + 2.75),
        ("2026-10-24T00:00", "2026-10-26T00:00", level(NIGHT), 5.75 + 9.5 + 2.75),
    ],
)
def test_hours_that_count(start: str, end: str, promised: ServiceLevel, agreed: float) -> None:
    """Real hours, from midnight to midnight of the region; and with no data all of them are a gap."""
    month = report(region(promised), [], start, end)[ARCHIVE]
    assert (month.agreed_seconds, month.counted_seconds) == (agreed * HOUR, agreed * HOUR)
    assert (month.gap_seconds, month.percent, month.kept) == (agreed * HOUR, None, Kept.UNKNOWN)
    assert (month.percent_at_least, month.percent_at_most) == (0, 100)


@pytest.mark.parametrize(("start", "end"), [("2026-12-01", "2026-11-30T23:59"), ("2026-11-15", "2026-11-15")])
def test_a_month_of_which_nothing_is_measured_yet(start: str, end: str) -> None:
    """It is not reported: nothing was looked at."""
    assert report(region(level()), [], f"{start}T00:00", end) == {}


def test_a_month_before_the_survey() -> None:
    """Nor is that."""
    measurements = Measurements([], MINUTE, {"loppa": local("2026-12-01T00:00")}, local("2027-01-01"))
    assert make_service_report(region(level()), date(2026, 11, 30), measurements) == []


@pytest.mark.parametrize(
    ("loppa", "centre", "counted", "without", "faults", "kept"),
    [
        ([work("2026-12-01T10:00", "2026-12-01T12:00")], [], 22, 0, [], Kept.YES),
        ([work("2026-12-01T10:00", "2026-12-01T12:00", covers=["application/case_archive"])], [], 22, 0, [], Kept.YES),
        ([work("2026-12-01T10:00", "2026-12-01T12:00", covers=["host/app-01"])], [], 24, 2, [2], Kept.NO),
        ([work("2026-12-01T10:00", "2026-12-01T12:00", "2026-11-28T10:00")], [], 22, 0, [], Kept.YES),  # 72 h
        ([work("2026-12-01T10:00", "2026-12-01T12:00", "2026-11-28T10:01")], [], 24, 2, [2], Kept.NO),
        ([work("2026-12-01T11:00", "2026-12-01T12:00")], [], 23, 1, [1], Kept.NO),
        ([work("2026-12-01T10:30", "2026-12-01T11:30")], [], 23, 1, [1], Kept.NO),  # one fault around it
        ([work("2026-12-01T12:00", "2026-12-01T14:00")], [], 22, 2, [2], Kept.NO),  # it had begun before
        ([], [work("2026-12-01T10:00", "2026-12-01T12:00")], 24, 2, [2], Kept.NO),  # the centre's is another
        ([work("2026-11-30T10:00", "2026-12-03T12:00")], [], 0, 0, [], Kept.NOTHING),
        (
            [work("2026-12-01T09:00", "2026-12-01T11:00"), work("2026-12-01T10:00", "2026-12-01T12:00")],
            *([], 21, 0, [], Kept.YES),
        ),
    ],
)
def test_maintenance_is_taken_out(loppa, centre, counted, without, faults, kept) -> None:
    """A fault from ten to twelve; announced late, or of something else, it counts all the same."""
    samples = take(DAY[0], "y" * 10 + "nn" + "y" * 12)
    month = report(region(level(percent=99.9), loppa, centre), samples, *DAY)[ARCHIVE]
    assert (month.agreed_seconds, month.counted_seconds) == (24 * HOUR, counted * HOUR)
    assert month.seconds_without == without * HOUR
    assert [fault.seconds for fault in month.faults] == [hours * HOUR for hours in faults]
    assert month.kept is kept


def test_maintenance_that_was_announced_too_late_is_named() -> None:
    """And that of another day is not."""
    late = work("2026-12-01T10:00", "2026-12-01T12:00", "2026-12-01T09:00")
    early = work("2026-12-01T20:00", "2026-12-01T21:00")
    other = work("2026-12-20T20:00", "2026-12-20T21:00")
    month = report(region(level(), [late, early, other]), [], *DAY)[ARCHIVE]
    assert (month.maintenance, month.late_maintenance) == ((early,), (late,))


@pytest.mark.parametrize(
    ("loppa", "centre", "counted"),
    [
        ([], [work("2026-12-01T10:00", "2026-12-01T12:00", covers=["service/time"])], 22),
        ([], [work("2026-12-01T10:00", "2026-12-01T12:00")], 22),
        ([work("2026-12-01T10:00", "2026-12-01T12:00")], [], 22),  # its users have nothing at all meanwhile
        ([], [work("2026-12-01T10:00", "2026-12-01T12:00", covers=["service/control_nodes"])], 24),
    ],
)
def test_maintenance_of_a_common_service(loppa, centre, counted) -> None:
    """The centre's, and what takes everything from those who use it."""
    month = report(region(level(), loppa, centre), take(DAY[0], "y" * 24, subject=TIME), *DAY)[TIME]
    assert (month.counted_seconds, month.kept) == (counted * HOUR, Kept.YES)


def test_what_is_reported() -> None:
    """What Loppa uses, and what was measured for it; not what the centre has for itself, nor others' samples."""
    gone = Subject("loppa", "application", "given_up")
    elsewhere = Subject("nowhere", "application", "portal")
    samples = [
        *take(DAY[0], "y" * 24, subject=gone),
        *take(DAY[0], "y" * 24, subject=elsewhere),
        *take(DAY[0], "n" * 24, home=CENTRE),
    ]
    months = report(region(level()), samples, *DAY)
    assert list(months) == [ARCHIVE, gone, elsewhere, TIME]
    assert months[ARCHIVE].kept is Kept.UNKNOWN
    assert months[gone].kept is Kept.YES
    assert months[elsewhere].kept is Kept.NOTHING
    measurements = Measurements([], MINUTE, {CENTRE: local(DAY[0])}, local(DAY[1]))
    told = make_service_report(region(level()), date(2026, 12, 1), measurements)
    assert [month.subject.name for month in told] == ["control_nodes", "time"]


def test_where_a_fault_and_a_gap_are() -> None:
    """From when until when, in UTC; one that lasts is not over."""
    month = report(region(level()), take(DAY[0], "y" * 8 + "nn" + "y" * 6 + "....." + "nnn"), *DAY)[ARCHIVE]
    first, last = month.faults
    assert (first.start, first.end, first.is_over) == (local("2026-12-01T08:00"), local("2026-12-01T10:00"), True)
    assert (last.start, last.end, last.is_over) == (local("2026-12-01T21:00"), local(DAY[1]), False)
    (gap,) = month.gaps
    assert (gap.start, gap.end, gap.seconds) == (local("2026-12-01T16:00"), local("2026-12-01T21:00"), 5 * HOUR)
    assert month.longest_possible_seconds == 8 * HOUR


def test_a_fault_with_a_gap_in_it_is_one() -> None:
    """From when it was first seen until it was last seen: nothing shows that it was over between."""
    (fault,) = report(region(level()), take(DAY[0], "yyyyn..nu" + "y" * 15), *DAY)[ARCHIVE].faults
    assert (fault.start, fault.end) == (local("2026-12-01T04:00"), local("2026-12-01T08:00"))


def test_the_order_of_the_samples_does_not_matter() -> None:
    """The same report of the same samples, however they come."""
    samples = take(DAY[0], "yynuyynn..yyuuynyyyyyynn") + take(DAY[0], "yyynyuyyy...yyyyyyyyyyyy")
    first = report(region(level(OFFICE)), samples, *DAY)
    shuffled = list(samples)
    random.Random(1).shuffle(shuffled)
    assert report(region(level(OFFICE)), shuffled, *DAY) == first


def test_everything_of_the_inventory_is_reported() -> None:
    """For every municipality, with a level for each service, and all of it a gap."""
    whole = load_region()
    since = dict.fromkeys(whole.municipalities, local("2026-12-01T00:00"))
    months = make_service_report(
        whole, date(2026, 12, 1), Measurements([], 5 * MINUTE, since, local("2027-01-01T00:00"))
    )
    assert {month.municipality for month in months} == set(whole.municipalities)
    assert {month.kept for month in months} == {Kept.UNKNOWN}
    assert all(month.gap_seconds == month.counted_seconds > 0 for month in months)
    hours = {month.subject.name: month.agreed_seconds // HOUR for month in months if month.municipality == "loppa"}
    assert (hours["patient_record"], hours["council"]) == (31 * 24, 22 * 8)


@pytest.mark.parametrize("seed", range(24))
def test_every_figure_is_that_of_a_count_minute_by_minute(seed: int) -> None:
    """Random samples, levels and maintenance, over nights when clocks are changed and over Christmas."""
    draw = random.Random(seed)
    day = draw.choice(["2026-03-28T00:00", "2026-10-24T00:00", "2026-12-24T00:00"])
    start = local(day) + MINUTE * draw.randrange(180)
    end = start + MINUTE * draw.randrange(2, 48 * 60)
    interval = draw.choice([1, 5, 15, 60])
    promised = level(
        draw.choice([None, OFFICE, NIGHT, {"days": ["sun"], "start": "02:15", "end": "03:45"}]),
        draw.choice([50, 90, 99, 99.9]),
        draw.choice([5, 60, 600]),
    )
    where = region(promised, _draw_works(draw, start, end), _draw_works(draw, start, end))
    subject = draw.choice([ARCHIVE, TIME])
    samples = _draw_samples(draw, subject, start, end, interval)
    measurements = Measurements(samples, interval * MINUTE, {"loppa": start}, end)
    month = next(each for each in make_service_report(where, start.date(), measurements) if each.subject == subject)
    assert (month.level, month.period) == (find_service_level(where, subject), (start, end))
    counts = _count(where, promised, subject, samples, start, end, interval * MINUTE)
    assert counts == {
        "agreed": month.agreed_seconds // 60,
        "counted": month.counted_seconds // 60,
        "gap": month.gap_seconds // 60,
        "faults": [fault.seconds // 60 for fault in month.faults],
        "longest": month.longest_possible_seconds // 60,
    }


def _draw_works(draw: random.Random, start: datetime, end: datetime) -> list[Maintenance]:
    """Up to three, of which some were announced too late, and some cover something else."""
    works = []
    for _ in range(draw.randrange(4)):
        begins = start + draw.random() * (end - start)
        ends = begins + MINUTE * draw.randrange(1, 400)
        announced = begins - timedelta(hours=draw.choice([72, 71, 200]))
        covers = [draw.choice(["all", "application/case_archive", "service/time", "site/school"])]
        moments = [f"{each.replace(second=0, microsecond=0).isoformat()}" for each in (begins, ends, announced)]
        works.append(work(moments[0], moments[1], moments[2], covers))
    return works


def _draw_samples(
    draw: random.Random, subject: Subject, start: datetime, end: datetime, interval: int
) -> list[ServiceSample]:
    """From before the period until after it, at about the interval, with some that are missing and some twice."""
    samples = []
    moment = start - 3 * interval * MINUTE
    state = Reached.YES
    while moment < end + 3 * interval * MINUTE:
        state = draw.choice([*Reached]) if draw.random() < 0.2 else state
        samples.append(ServiceSample(moment, subject, "loppa", state))
        if draw.random() < 0.1:
            samples.append(ServiceSample(moment, subject, "loppa", draw.choice([*Reached])))
        steps = draw.choice([1, 1, 1, 1, 1, 2, 3])
        moment += MINUTE * max(1, steps * interval + draw.choice([-1, 0, 0, 1]))
    draw.shuffle(samples)
    return samples[draw.randrange(3) :]


@pytest.mark.parametrize("seed", range(20))
def test_samples_that_are_kept_as_one_count_as_each_of_them(seed: int) -> None:
    """As a history keeps them that joins those that say the same, one at a moment, while none is missing."""
    draw = random.Random(seed)
    start, end = local("2026-12-01T00:00"), local("2026-12-03T00:00")
    interval = draw.choice([5, 15])
    by_moment = {sample.moment: sample for sample in _draw_samples(draw, ARCHIVE, start, end, interval)}
    samples = [by_moment[moment] for moment in sorted(by_moment)]
    joined: list[ServiceSample] = []
    for sample in samples:
        latest = joined[-1] if joined else None
        is_next = latest and sample.moment - (latest.last or latest.moment) <= 2 * interval * MINUTE
        if latest and is_next and latest.reached is sample.reached:
            joined[-1] = replace(latest, last=sample.moment)
        else:
            joined.append(sample)
    where = region(level(OFFICE))
    months = [
        make_service_report(where, date(2026, 12, 1), Measurements(each, interval * MINUTE, {"loppa": start}, end))
        for each in (samples, joined)
    ]
    assert len(joined) < len(samples)
    assert months[0] == months[1]


def _count(
    where: Region,
    promised: ServiceLevel,
    subject: Subject,
    samples: Sequence[ServiceSample],
    start: datetime,
    end: datetime,
    interval: timedelta,
) -> dict[str, Any]:
    """The same figures in minutes, each minute looked at by itself."""
    calendar = where.calendar
    agreed = counted = gap = missed = lost = longest = 0
    faults = []
    moments = sorted({sample.moment for sample in samples})
    worst = dict.fromkeys(moments, Reached.YES)
    for reached in (Reached.UNKNOWN, Reached.NO):
        worst |= {sample.moment: reached for sample in samples if sample.reached is reached}
    minute = start
    while minute < end:
        place = bisect_right(moments, minute)
        before, after = moments[place - 1] if place else None, moments[place] if place < len(moments) else end
        state = worst[before] if before else Reached.UNKNOWN
        if before and after - before > 2 * interval and minute >= before + interval:
            state = Reached.UNKNOWN
        counts = is_agreed_hour(promised, minute, calendar)
        agreed += counts
        works = [
            *find_maintenance(where, subject, minute),
            *find_maintenance(where, Subject("loppa", "municipality"), minute),
        ]
        counts = counts and not any(is_early_enough(each, 72, calendar) for each in works)
        counted += counts
        gap += counts and state is Reached.UNKNOWN
        if state is Reached.YES:
            faults += [missed] if missed else []
            missed = lost = 0
        missed += counts and state is Reached.NO
        lost += counts and state is not Reached.YES
        longest = max(longest, lost)
        minute += MINUTE
    faults += [missed] if missed else []
    return {"agreed": agreed, "counted": counted, "gap": gap, "faults": faults, "longest": longest}


def test_the_moments_of_the_cases_are_in_utc() -> None:
    """Midnight in Loppa is an hour before that in Greenwich, in summer two."""
    assert local("2026-12-01T00:00") == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert local("2026-07-01T00:00") == datetime(2026, 6, 30, 22, tzinfo=UTC)
