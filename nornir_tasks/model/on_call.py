"""The on-call rota of a municipality or of the operations centre, and whose turn it is at a moment. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import Field

from nornir_tasks.model.fields import FIGURES, WEEKDAYS, Clock, Day, Frozen, Phone, Text, Weekday, Word
from nornir_tasks.model.hours import ONE_DAY, Calendar, Hours

ONE_WEEK = timedelta(weeks=1)


class Contact(Frozen):
    """Somebody to call."""

    label: Text  # a person, or a function: whoever has the telephone
    phone: Phone


class Rotation(Frozen):
    """A week for each of some people, one after another and again from the first, until the next rotation starts."""

    start: Day  # the first day, on which the first of them takes over
    order: Annotated[tuple[Word, ...], Field(min_length=1)]  # of `contacts`


class DutySwap(Frozen):
    """Days on which somebody else is on duty, both included: each lasts until the hand-over on the day after."""

    start: Day
    end: Day
    who: Word  # of `contacts`
    reason: Text


class OnCall(Frozen):
    """Whom a fault calls, and whom if nobody answers."""

    contacts: Annotated[dict[Word, Contact], Field(min_length=1)]  # by name
    rotations: Annotated[tuple[Rotation, ...], Field(min_length=1)]  # the earlier one first
    handover_day: Weekday = "mon"
    handover_time: Clock = "08:00"  # local time, on each day
    swaps: tuple[DutySwap, ...] = ()
    then: tuple[Word, ...] = ()  # of `contacts`: whom to call if the one on duty does not answer, in this order
    escalate_minutes: Annotated[int, Field(ge=1, le=240), FIGURES] = 15  # without an answer, until the next is called
    hours: Hours | None = None  # in which these are called, before the centre; None: around the clock


@dataclass(frozen=True)
class Turn:
    """Somebody's time on duty, or what is left of it. ``swap``: the one by which it is theirs."""

    who: str
    until: datetime  # UTC
    swap: DutySwap | None = None


def find_turn(on_call: OnCall, calendar: Calendar, moment: datetime) -> Turn | None:
    """Who is on duty at a moment; None: the first rotation has not started.

    Args:
        on_call: the rota.
        calendar: the region's clock.
        moment: local time of the region where it names no zone.
    """
    moment = calendar.read_moment(moment)
    later_swaps: list[datetime] = []
    for swap in on_call.swaps:
        begins = calendar.find_moment(swap.start, on_call.handover_time)
        ends = calendar.find_moment(swap.end + ONE_DAY, on_call.handover_time)
        if begins <= moment < ends:
            return Turn(swap.who, ends, swap)
        if begins > moment:
            later_swaps.append(begins)
    handover = _find_last_handover(on_call, calendar, moment)
    rotation = next((each for each in reversed(on_call.rotations) if each.start <= handover), None)
    if rotation is None:
        return None
    weeks = (handover - rotation.start) // ONE_WEEK
    next_handover = calendar.find_moment(handover + ONE_WEEK, on_call.handover_time)
    return Turn(rotation.order[weeks % len(rotation.order)], min([next_handover, *later_swaps]))


def _find_last_handover(on_call: OnCall, calendar: Calendar, moment: datetime) -> date:
    """The day of the last hand-over before a moment, or at it."""
    day = calendar.find_day(moment)
    day -= (day.weekday() - WEEKDAYS.index(on_call.handover_day)) % 7 * ONE_DAY
    return day if calendar.find_moment(day, on_call.handover_time) <= moment else day - ONE_WEEK
