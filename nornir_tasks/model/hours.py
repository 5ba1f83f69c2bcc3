"""Hours of the week, holidays and the region's clock: when something holds, and from when to when. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from nornir_tasks.model.fields import WEEKDAYS, Clock, Frozen, Weekday

ONE_DAY = timedelta(days=1)
AHEAD = timedelta(weeks=2)  # longer than the holidays after which an office opens again
Span = tuple[datetime, datetime]  # from when, and until when, which is not in it; UTC


class Hours(Frozen):
    """The same hours on some days of the week (local time); ``start`` > ``end`` goes past midnight."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)]  # on which they begin
    start: Clock
    end: Clock
    on_holidays: bool = False  # whether they begin on holidays, too


@dataclass(frozen=True)
class Calendar:
    """The region's clock and its holidays. Moments that it is given may be of any zone; those that it gives are UTC."""

    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    def read_moment(self, written: datetime) -> datetime:
        """A moment as people write it: local time where it names no zone; of an hour that comes twice, the first."""
        return (written if written.tzinfo else written.replace(tzinfo=self.zone)).astimezone(UTC)

    def find_moment(self, day: date, clock: str) -> datetime:
        """When the region's clocks show a time on a day; one that they skip counts as if they had not been put forward.

        02:30 is 03:30 in the night that has no 02:30, and 24:00 the end of the day.
        """
        minutes = timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))
        return self.read_moment(datetime.combine(day, time()) + minutes)

    def find_day(self, moment: datetime) -> date:
        """The day on which a moment falls in the region."""
        return self.read_moment(moment).astimezone(self.zone).date()

    def list_spans(self, hours: Hours | None, start: datetime, end: datetime) -> Iterator[Span]:
        """The parts of a stretch of time in which hours hold, in their order; those that meet are one.

        Args:
            hours: None: around the clock.
            start: of the stretch.
            end: of the stretch; not in it.
        """
        start, end = self.read_moment(start), self.read_moment(end)
        previous: Span | None = None
        for opens, closes in self._list_openings(hours, start, end):
            clipped = max(opens, start), min(closes, end)
            if clipped[0] >= clipped[1]:
                continue
            if previous and previous[1] == clipped[0]:
                clipped = previous[0], clipped[1]
            elif previous:
                yield previous
            previous = clipped
        if previous:
            yield previous

    def is_within(self, hours: Hours | None, moment: datetime) -> bool:
        """Whether hours hold at a moment."""
        moment = self.read_moment(moment)
        return any(self.list_spans(hours, moment, moment + timedelta(seconds=1)))

    def find_change(self, hours: Hours | None, moment: datetime) -> datetime | None:
        """When hours that hold at a moment end, or else begin; None: not within two weeks."""
        moment = self.read_moment(moment)
        end = moment + AHEAD
        opens, closes = next(self.list_spans(hours, moment, end), (end, end))
        change = closes if opens == moment else opens
        return change if change < end else None

    def _list_openings(self, hours: Hours | None, start: datetime, end: datetime) -> Iterator[Span]:
        """The whole span of each day, from the day before the stretch on: its hours may go past midnight."""
        if hours is None:
            yield start, end
            return
        first, last = self.find_day(start) - ONE_DAY, self.find_day(end)
        for number in range((last - first).days + 1):
            day = first + number * ONE_DAY
            if WEEKDAYS[day.weekday()] in hours.days and (hours.on_holidays or day not in self.holidays):
                last_day = day + ONE_DAY if hours.end < hours.start else day
                yield self.find_moment(day, hours.start), self.find_moment(last_day, hours.end)
