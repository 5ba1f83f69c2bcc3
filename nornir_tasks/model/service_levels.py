"""What is agreed of services: their levels, maintenance that is announced, and the suppliers that repair. Pure."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from nornir_tasks.model.fields import FIGURES, Frozen, Moment, Phone, Text, Word
from nornir_tasks.model.hours import Calendar, Hours

LONGEST_MONTH_MINUTES = 31 * 24 * 60
COVERED_PATTERN = r"^(all|(site|host|application|service|line)/\S.*)$"


class ServiceLevel(Frozen):
    """Hours in which a service is to be there, and how surely."""

    label: Text
    hours: Hours | None = None  # in which it counts; None: around the clock
    availability_percent: Annotated[float, Field(gt=0, le=100), FIGURES]  # of the agreed hours of each month
    # The longest single outage within the agreed hours.
    longest_outage_minutes: Annotated[int, Field(ge=1, le=LONGEST_MONTH_MINUTES), FIGURES]
    applications: tuple[Word, ...] = ()  # that have it, in each municipality that does not say another
    common_services: tuple[Word, ...] = ()  # that have it


class Supplier(Frozen):
    """Whom to report a fault to: of a line that it supplies, or of a server that it runs."""

    phone: Phone  # of its fault desk
    hours: Hours | None = None  # in which that answers; None: around the clock
    customer: Text  # our number there; a line's contract has its own
    repair_hours: Annotated[int, Field(ge=1, le=8760), FIGURES]  # from the report to the repair, as agreed


class Maintenance(Frozen):
    """Work that is announced: of what it covers, nothing is promised while it lasts."""

    start: Moment
    end: Moment
    # all: the municipality; or site/…, host/…, application/…, line/CONTRACT, of the centre also service/…
    covers: Annotated[tuple[Annotated[str, Field(pattern=COVERED_PATTERN)], ...], Field(min_length=1)]
    reason: Text
    by: Text  # who announced it
    announced: Moment  # to those who use what it covers


def is_agreed_hour(level: ServiceLevel, moment: datetime, calendar: Calendar) -> bool:
    """Whether a service of this level is to be there at a moment.

    Args:
        level: with its hours.
        moment: local time of the region where it names no zone.
        calendar: the region's clock and holidays.
    """
    return calendar.is_within(level.hours, moment)


def measure_agreed_seconds(level: ServiceLevel, start: datetime, end: datetime, calendar: Calendar) -> int:
    """How many seconds of a stretch of time a service of this level is to be there.

    Args:
        level: with its hours.
        start: of the stretch; local time of the region where it names no zone.
        end: of the stretch, not in it.
        calendar: the region's clock and holidays.
    """
    spans = calendar.list_spans(level.hours, start, end)
    return round(sum((closes - opens).total_seconds() for opens, closes in spans))


def is_early_enough(maintenance: Maintenance, notice_hours: int, calendar: Calendar) -> bool:
    """Whether maintenance was announced so early that it counts as announced; else it is an outage like another.

    Args:
        maintenance: as it was announced.
        notice_hours: how long before its start that must be.
        calendar: the region's clock.
    """
    notice = calendar.read_moment(maintenance.start) - calendar.read_moment(maintenance.announced)
    return notice >= timedelta(hours=notice_hours)
