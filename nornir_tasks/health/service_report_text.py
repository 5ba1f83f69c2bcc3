"""A month of a service in words, and as a record for a program."""

from collections.abc import Iterator
from datetime import datetime
from math import floor
from typing import Any

from nornir_tasks.core.language import translate, translate_count
from nornir_tasks.health.service_report import ServiceMonth
from nornir_tasks.model import Region


def describe_service_month(region: Region, month: ServiceMonth) -> str:
    """In one line what became of the promise, what it was and what was measured.

    ``Loppa, Case archive: kept. Promised: 99.0 % of 744 h; measured: 99.91 %, 1 fault, 38 min without it, …``
    """
    return f"{_name(region, month)}: {translate(month.kept)}. {'; '.join(_list_parts(month))}."


def _name(region: Region, month: ServiceMonth) -> str:
    """Whose and which, with the labels of people where the inventory has them."""
    home, subject = region.municipalities[month.municipality], month.subject
    owner = region.municipalities.get(subject.municipality)
    records = region.standard.common_services if subject.kind == "service" else owner.applications if owner else {}
    record = records.get(subject.name)
    label = record.label if record else subject.name
    shared = subject.kind == "application" and subject.municipality != month.municipality
    return f"{home.label}, {label}" + (f" ({owner.label if owner else subject.municipality})" if shared else "")


def _list_parts(month: ServiceMonth) -> Iterator[str]:
    if month.level:
        yield translate(
            "promised: {percent} % of {hours}, at most {longest} at a time",
            percent=month.level.availability_percent,
            hours=format_duration(month.agreed_seconds),
            longest=format_duration(60 * month.level.longest_outage_minutes),
        )
    if month.percent is None:
        yield translate("nothing was measured")
    else:
        yield translate("measured: {percent} %", percent=format_percent(month.percent))
        faults = translate_count("{count} fault", "{count} faults", len(month.faults))
        longest = max((fault.seconds for fault in month.faults), default=0)
        parts = [faults, translate("{time} without it", time=format_duration(month.seconds_without))]
        if len(month.faults) > 1:
            parts.append(translate("the longest {time}", time=format_duration(longest)))
        yield ", ".join(parts)
    if month.gaps and month.percent is not None:
        yield translate("not measured: {time}", time=format_duration(month.gap_seconds))
    if month.agreed_seconds > month.counted_seconds:
        time = format_duration(month.agreed_seconds - month.counted_seconds)
        yield translate("maintenance taken out: {time}", time=time)
    if month.late_maintenance:
        yield translate_count(
            "{count} announcement of maintenance came too late, and is not taken out",
            "{count} announcements of maintenance came too late, and are not taken out",
            len(month.late_maintenance),
        )


def format_percent(percent: float) -> str:
    """With two decimals, and never rounded up: 99.999 is not 100."""
    return f"{floor(round(100 * percent, 6)) / 100:.2f}"  # 100 * 57.29 is 5728.999…


def format_duration(seconds: int) -> str:
    """``38 min``, ``4 h 5 min`` or ``20 s``: to the minute from one minute on, never rounded down to nothing."""
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{minutes} min"] if minutes or not hours else [])])


def record_service_month(region: Region, month: ServiceMonth) -> dict[str, Any]:
    """The record for a program: times as the region's clocks show them, with their zone."""

    def write(moment: datetime) -> str:
        return region.calendar.read_moment(moment).astimezone(region.calendar.zone).isoformat()

    level = month.level
    return {
        "municipality": month.municipality,
        "service": {"municipality": month.subject.municipality, "kind": month.subject.kind, "name": month.subject.name},
        "start": write(month.period[0]),
        "end": write(month.period[1]),
        "level": level.label if level else None,
        "promised_percent": level.availability_percent if level else None,
        "promised_longest_seconds": 60 * level.longest_outage_minutes if level else None,
        "kept": month.kept.name.lower(),
        "agreed_seconds": month.agreed_seconds,
        "maintenance_seconds": month.agreed_seconds - month.counted_seconds,
        "counted_seconds": month.counted_seconds,
        "seconds_without": month.seconds_without,
        "gap_seconds": month.gap_seconds,
        "percent": month.percent,
        "percent_at_least": month.percent_at_least,
        "percent_at_most": month.percent_at_most,
        "faults": [
            {"start": write(each.start), "end": write(each.end), "seconds": each.seconds, "over": each.is_over}
            for each in month.faults
        ],
        "gaps": [{"start": write(each.start), "end": write(each.end), "seconds": each.seconds} for each in month.gaps],
        "late_maintenance": [
            {"start": write(each.start), "end": write(each.end), "reason": each.reason, "by": each.by}
            for each in month.late_maintenance
        ],
    }
