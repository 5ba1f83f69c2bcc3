"""Whom to call about a fault in a municipality, and whom then: its own people first, then the centre's. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nornir_tasks.model.device import Region
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.on_call import Contact, find_turn


class CallReason(StrEnum):
    """Why somebody is called."""

    ON_DUTY = "on duty"
    SWAPPED = "on duty in another's place"
    NO_ANSWER = "if nobody before answers"


@dataclass(frozen=True)
class Call:
    """Somebody to call."""

    contact: Contact
    rota: str  # whose it is: the municipality's own, or the operations centre's
    reason: CallReason
    after_minutes: int  # from the first call on, while nobody has answered
    until: datetime | None = None  # until when it is so, UTC; None: at any hour
    note: str = ""  # of a swap: what it is for


def find_on_call(region: Region, municipality: str, moment: datetime) -> tuple[Call, ...]:
    """Whom to call, the first one first; empty: nobody is on call.

    Args:
        region: with the rotas.
        municipality: in which something is wrong.
        moment: local time of the region where it names no zone.
    """
    calls: list[Call] = []
    minutes = 0
    for name in dict.fromkeys((municipality, CENTRE)):
        home = region.municipalities.get(name)
        if home is None or home.on_call is None:
            continue
        rota, calendar = home.on_call, region.of(name)[0].standard.calendar
        span = calendar.find_span(rota.hours, moment)
        if span is None:
            continue
        closes = span[1] if rota.hours else None
        turn = find_turn(rota, calendar, moment)
        if turn:
            reason = CallReason.SWAPPED if turn.swap else CallReason.ON_DUTY
            until = min(turn.until, closes) if closes else turn.until
            note = turn.swap.reason if turn.swap else ""
            calls.append(Call(rota.contacts[turn.who], name, reason, minutes, until, note))
            minutes += rota.escalate_minutes
        for key in rota.then:
            if turn is None or key != turn.who:
                calls.append(Call(rota.contacts[key], name, CallReason.NO_ANSWER, minutes, closes))
                minutes += rota.escalate_minutes
    return tuple(calls)
