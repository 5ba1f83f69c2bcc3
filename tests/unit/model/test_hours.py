"""Hours of the week on the region's clock: nights when it is changed, holidays, midnight, and the turn of the year."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from nornir_tasks.model.hours import Calendar, Hours
from nornir_tasks.model.service_levels import ServiceLevel, is_agreed_hour, measure_agreed_seconds

HOLIDAYS = frozenset({date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)})
CALENDAR = Calendar(ZoneInfo("Europe/Oslo"), HOLIDAYS)
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = Hours(days=WORKDAYS, start="08:00", end="16:00")
NIGHT = Hours(days=WORKDAYS, start="21:00", end="05:00")
ALWAYS = Hours(days=(*WORKDAYS, "sat", "sun"), start="00:00", end="24:00", on_holidays=True)
HOUR = 3600


def level(hours: Hours | None) -> ServiceLevel:
    """A level of these hours."""
    return ServiceLevel(label="x", hours=hours, availability_percent=99, longest_outage_minutes=60)


def local(text: str) -> datetime:
    """A moment as the region's clocks show it."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        (date(2026, 12, 1), "08:00", "2026-12-01T07:00"),
        (date(2026, 7, 1), "08:00", "2026-07-01T06:00"),
        (date(2026, 12, 31), "24:00", "2026-12-31T23:00"),
        (date(2026, 3, 29), "01:59", "2026-03-29T00:59"),
        (date(2026, 3, 29), "02:30", "2026-03-29T01:30"),  # no clock shows it: it is 03:30
        (date(2026, 3, 29), "03:00", "2026-03-29T01:00"),
        (date(2026, 10, 25), "02:30", "2026-10-25T00:30"),  # shown twice: the first
        (date(2026, 10, 25), "03:00", "2026-10-25T02:00"),
    ],
)
def test_a_time_on_a_day(day, clock, moment) -> None:
    """In UTC, also in the nights when clocks are changed."""
    assert CALENDAR.find_moment(day, clock) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


def test_the_day_of_a_moment_is_the_regions() -> None:
    """Half an hour before midnight in Greenwich it is the next one here."""
    assert CALENDAR.find_day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == date(2027, 1, 1)
    assert CALENDAR.find_day(datetime(2026, 12, 31, 22, 30, tzinfo=UTC)) == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("moment", "is_agreed"),
    [
        ("2026-12-01T07:59:59", False),
        ("2026-12-01T08:00", True),
        ("2026-12-01T15:59:59", True),
        ("2026-12-01T16:00", False),
        ("2026-12-05T10:00", False),  # a Saturday
        ("2026-12-24T10:00", True),
        ("2026-12-25T10:00", False),  # Christmas
        ("2026-12-31T10:00", True),
        ("2027-01-01T10:00", False),
        ("2026-07-01T05:59:59+00:00", False),
        ("2026-07-01T06:00+00:00", True),
    ],
)
def test_office_hours(moment, is_agreed) -> None:
    """From the first second to the last, and not on holidays."""
    assert is_agreed_hour(level(OFFICE), local(moment), CALENDAR) is is_agreed
    assert is_agreed_hour(level(None), local(moment), CALENDAR)
    assert is_agreed_hour(level(ALWAYS), local(moment), CALENDAR)


@pytest.mark.parametrize(
    ("moment", "is_agreed"),
    [
        ("2026-12-24T20:59", False),
        ("2026-12-24T21:00", True),
        ("2026-12-25T04:59", True),  # it has begun on Christmas Eve
        ("2026-12-25T05:00", False),
        ("2026-12-25T22:00", False),
        ("2026-12-27T22:00", False),  # a Sunday
        ("2026-12-28T04:00", False),
        ("2026-12-28T22:00", True),
    ],
)
def test_hours_past_midnight_belong_to_the_day_on_which_they_begin(moment, is_agreed) -> None:
    """A holiday takes the night away that begins on it."""
    assert is_agreed_hour(level(NIGHT), local(moment), CALENDAR) is is_agreed


@pytest.mark.parametrize(
    ("hours", "start", "end", "seconds"),
    [
        (None, "2026-12-01T00:00", "2026-12-02T00:00", 24 * HOUR),
        (None, "2026-03-29T00:00", "2026-03-30T00:00", 23 * HOUR),
        (None, "2026-10-25T00:00", "2026-10-26T00:00", 25 * HOUR),
        (ALWAYS, "2026-03-29T00:00", "2026-03-30T00:00", 23 * HOUR),
        (ALWAYS, "2026-10-25T00:00", "2026-10-26T00:00", 25 * HOUR),
        (OFFICE, "2026-12-01T00:00", "2026-12-02T00:00", 8 * HOUR),
        (OFFICE, "2026-12-01T15:00", "2026-12-01T17:00", HOUR),
        (OFFICE, "2026-12-01T15:00", "2026-12-02T09:00", 2 * HOUR),
        (OFFICE, "2026-12-01T17:00", "2026-12-01T18:00", 0),
        (OFFICE, "2026-12-02T00:00", "2026-12-01T00:00", 0),
        (OFFICE, "2026-12-21T00:00", "2026-12-28T00:00", 4 * 8 * HOUR),  # the week of Christmas
        (OFFICE, "2026-12-28T00:00", "2027-01-04T00:00", 4 * 8 * HOUR),  # week 53, and New Year's Day in it
        (OFFICE, "2026-03-27T00:00", "2026-03-31T00:00", 2 * 8 * HOUR),
        (NIGHT.model_copy(update={"days": ("sat",)}), "2026-03-28T12:00", "2026-03-29T12:00", 7 * HOUR),
        (NIGHT.model_copy(update={"days": ("sat",)}), "2026-10-24T12:00", "2026-10-25T12:00", 9 * HOUR),
        (NIGHT, "2026-12-02T00:00", "2026-12-02T01:00", HOUR),  # of the night that began the day before
    ],
)
def test_agreed_seconds(hours, start, end, seconds) -> None:
    """Real ones: a night when clocks are changed has one hour less, or one more."""
    assert measure_agreed_seconds(level(hours), local(start), local(end), CALENDAR) == seconds


def test_every_second_is_agreed_or_not() -> None:
    """Over the two nights when clocks are changed, minute by minute, the one function counts what the other says."""
    for hours in (OFFICE, NIGHT, ALWAYS, Hours(days=("sun",), start="02:15", end="03:45")):
        for day in ("2026-03-29", "2026-10-25"):
            start = CALENDAR.find_moment(date.fromisoformat(day), "00:00")
            minutes = [start.timestamp() + 60 * minute for minute in range(26 * 60)]
            moments = [datetime.fromtimestamp(minute, UTC) for minute in minutes]
            agreed = sum(is_agreed_hour(level(hours), moment, CALENDAR) for moment in moments[:-1])
            assert measure_agreed_seconds(level(hours), start, moments[-1], CALENDAR) == 60 * agreed


@pytest.mark.parametrize(
    ("hours", "moment", "change"),
    [
        (OFFICE, "2026-12-01T10:00", "2026-12-01T16:00"),
        (OFFICE, "2026-12-01T08:00", "2026-12-01T16:00"),
        (OFFICE, "2026-12-01T16:00", "2026-12-02T08:00"),
        (OFFICE, "2026-12-24T17:00", "2026-12-28T08:00"),  # over Christmas and a weekend
        (NIGHT, "2026-12-25T01:00", "2026-12-25T05:00"),
        (OFFICE.model_copy(update={"days": ("fri",)}), "2026-12-18T17:00", None),  # the next two are holidays
        (None, "2026-12-01T10:00", None),
        (ALWAYS, "2026-12-01T10:00", None),
    ],
)
def test_when_hours_end_or_begin(hours, moment, change) -> None:
    """The next moment at which that changes; none where it does not within two weeks."""
    found = CALENDAR.find_change(hours, local(moment))
    assert found == (CALENDAR.read_moment(local(change)) if change else None)


def test_days_that_meet_are_one_span() -> None:
    """From Monday's first minute to Friday's last."""
    whole_days = Hours(days=WORKDAYS, start="00:00", end="24:00")
    start, end = local("2026-11-29T12:00"), local("2026-12-06T12:00")
    monday, saturday = local("2026-11-30T00:00+01:00"), local("2026-12-05T00:00+01:00")
    assert list(CALENDAR.list_spans(whole_days, start, end)) == [(monday, saturday)]
