"""Whom to call about a fault in a municipality, and whom then: its own people first, then the centre's. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nornir_tasks.core.language import mark
from nornir_tasks.model.device import Region
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.on_call import Contact, find_turn
from nornir_tasks.model.service_levels import Supplier


class CallReason(StrEnum):
    """Why somebody is called."""

    ON_DUTY = mark("on duty")
    SWAPPED = mark("on duty in another's place")
    NO_ANSWER = mark("if nobody before answers")


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
        rota, calendar = home.on_call, region.calendar
        if not calendar.is_within(rota.hours, moment):
            continue
        closes = calendar.find_change(rota.hours, moment)
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


@dataclass(frozen=True)
class FaultDesk:
    """Where a supplier is told of a fault.

    Args:
        name: the supplier's.
        supplier: its record, with the telephone.
        is_open: whether it answers at that moment.
        changes: when it closes, or opens again, UTC; None: not within two weeks.
    """

    name: str
    supplier: Supplier
    is_open: bool
    changes: datetime | None


def find_fault_desk(region: Region, name: str, moment: datetime) -> FaultDesk | None:
    """The fault desk of a supplier, and whether it answers; None: the inventory has none of that name.

    Args:
        region: with the suppliers.
        name: as a line's ``supplier`` or a server's ``run_by`` gives it.
        moment: local time of the region where it names no zone.
    """
    supplier = region.standard.suppliers.get(name)
    if supplier is None:
        return None
    is_open = region.calendar.is_within(supplier.hours, moment)
    return FaultDesk(name, supplier, is_open, region.calendar.find_change(supplier.hours, moment))


def list_suppliers(region: Region, municipality: str) -> list[str]:
    """Who supplies the lines of a municipality, and then who runs servers of it, each once."""
    lines = [link.line.supplier for link in region.municipalities[municipality].links if link.line]
    servers = [server for server in region.servers.values() if server.municipality == municipality]
    return list(dict.fromkeys([*lines, *(server.run_by for server in servers if server.run_by)]))
