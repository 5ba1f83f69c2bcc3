"""Whom to call, in words: the rota's order with telephones, and the fault desk of a line's or a server's supplier."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nornir_tasks.core.language import translate
from nornir_tasks.model import Region
from nornir_tasks.model.call_order import Call, FaultDesk, find_fault_desk, find_on_call


@dataclass(frozen=True)
class CallLine:
    """A call in the reader's language: when to make it, the telephone, whose that is and why."""

    when: str
    phone: str
    who: str


def describe_calls(region: Region, municipality: str, moment: datetime, supplier: str = "") -> str:
    """Whom to call, in one line; empty: nobody is on call, and no supplier's desk is known.

    Args:
        region: with the rotas and suppliers.
        municipality: in which something is wrong.
        moment: local time of the region where it names no zone.
        supplier: of the line that is down, or who runs the server; empty: none.
    """
    lines = list_call_lines(region, municipality, moment, supplier)
    return "; ".join(f"{line.when}: {line.phone}, {line.who}" for line in lines)


def list_call_lines(region: Region, municipality: str, moment: datetime, supplier: str = "") -> list[CallLine]:
    """The calls in their order: a supplier's desk first while it answers, and behind the others when it does not.

    Args:
        region: with the rotas and suppliers.
        municipality: in which something is wrong.
        moment: local time of the region where it names no zone.
        supplier: of the line that is down, or who runs the server; empty: none.
    """
    lines = [_describe_call(region, municipality, call, moment) for call in find_on_call(region, municipality, moment)]
    desk = find_fault_desk(region, supplier, moment) if supplier else None
    if desk:
        lines.insert(0 if desk.is_open else len(lines), describe_desk(region, desk, moment))
    return lines


def describe_desk(region: Region, desk: FaultDesk, moment: datetime) -> CallLine:
    """A supplier's fault desk: from when on it answers, and what it asks for.

    Args:
        region: with its clock.
        desk: as ``find_fault_desk`` gives it.
        moment: for which that is.
    """
    when = translate("at once")
    if not desk.is_open:
        opens = _format_moment(region, desk.changes, moment) if desk.changes else ""
        when = translate("from {time}", time=opens) if opens else translate("closed")
    who = translate(
        "{supplier}, our number {customer}, repair within {hours} h",
        supplier=desk.name,
        customer=desk.supplier.customer,
        hours=desk.supplier.repair_hours,
    )
    return CallLine(when, desk.supplier.phone, who)


def _describe_call(region: Region, municipality: str, call: Call, moment: datetime) -> CallLine:
    when = translate("after {minutes} min", minutes=call.after_minutes) if call.after_minutes else translate("at once")
    home = f", {region.municipalities[call.rota].label}" if call.rota != municipality else ""
    until = _format_moment(region, call.until, moment) if call.until else ""
    why = translate(call.reason)
    why += " " + translate("until {time}", time=until) if until else ""
    why += f" ({call.note})" if call.note else ""
    return CallLine(when, call.contact.phone, f"{call.contact.label}{home}: {why}")


def _format_moment(region: Region, moment: datetime, now: datetime) -> str:
    """A moment as the region's clocks show it; without its day where that is today."""
    calendar = region.calendar
    local = moment.astimezone(calendar.zone)
    return f"{local:%H:%M}" if calendar.find_day(now) == local.date() else f"{local:%Y-%m-%d %H:%M}"


def record_call(region: Region, call: Call) -> dict[str, Any]:
    """A call, for a program."""
    return {
        "after_minutes": call.after_minutes,
        "label": call.contact.label,
        "phone": call.contact.phone,
        "rota": call.rota,
        "reason": call.reason.name.lower(),
        "until": _record_moment(region, call.until),
        "note": call.note,
    }


def record_desk(region: Region, desk: FaultDesk) -> dict[str, Any]:
    """A supplier's fault desk, for a program."""
    supplier = desk.supplier
    return {
        "supplier": desk.name,
        "phone": supplier.phone,
        "customer": supplier.customer,
        "repair_hours": supplier.repair_hours,
        "open": desk.is_open,
        "changes": _record_moment(region, desk.changes),
    }


def _record_moment(region: Region, moment: datetime | None) -> str | None:
    return moment.astimezone(region.calendar.zone).isoformat() if moment else None
