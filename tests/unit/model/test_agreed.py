"""Which level a service has, and which maintenance covers what: the nearest record counts."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from nornir_tasks.model import Region
from nornir_tasks.model.agreed import Subject, find_maintenance, find_service_level
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.hours import Calendar
from nornir_tasks.model.service_levels import Maintenance, ServiceLevel, is_early_enough
from tests.support import small_region as small


def level(label: str, **own: object) -> ServiceLevel:
    """A level around the clock."""
    targets = {"availability_percent": 99, "longest_outage_minutes": 60}
    return ServiceLevel.model_validate({"label": label, **targets, **own})


LEVELS = {
    "critical": level("critical", applications=("case_archive",), common_services=("time",)),
    "usual": level("usual"),
    "office": level("office"),
}


def maintenance(*covers: str, **own: object) -> Maintenance:
    """A night's work, announced four days before."""
    times = {"start": "2026-12-08T22:00", "end": "2026-12-09T02:00", "announced": "2026-12-04T10:00"}
    return Maintenance.model_validate({"covers": covers, "reason": "a joint", "by": "supplier", **times, **own})


def region(loppa: dict[str, object], centre: dict[str, object] | None = None) -> Region:
    """The small one, with levels, and of each municipality what differs."""
    whole = small.region()
    standard = small.STANDARD.model_copy(update={"service_levels": LEVELS, "default_service_level": "usual"})
    devices = {name: device.model_copy(update={"standard": standard}) for name, device in whole.devices.items()}
    own = {"loppa": loppa, CENTRE: centre or {}}
    homes = {name: home.model_copy(update=own[name]) for name, home in whole.municipalities.items()}
    return whole.model_copy(update={"devices": devices, "municipalities": homes})


@pytest.mark.parametrize(
    ("own", "subject", "label"),
    [
        ({}, Subject("loppa", "application", "case_archive"), "critical"),
        ({}, Subject("loppa", "application", "maps"), "usual"),
        ({"case_archive": "office"}, Subject("loppa", "application", "case_archive"), "office"),
        ({"case_archive": "office"}, Subject("loppa", "application", "maps"), "usual"),
        ({}, Subject(CENTRE, "service", "time"), "critical"),
        ({}, Subject(CENTRE, "service", "names"), "usual"),
        ({}, Subject(CENTRE, "service", "case_archive"), "usual"),  # a name of another kind
    ],
)
def test_the_level_of_a_service(own, subject, label) -> None:
    """The municipality's own choice, the level that names it, the default."""
    found = find_service_level(region({"application_levels": own}), subject)
    assert found
    assert found.label == label


def test_without_levels_none() -> None:
    """Nothing is promised."""
    assert find_service_level(small.region(), Subject("loppa", "application", "case_archive")) is None


@pytest.mark.parametrize(
    ("moment", "is_covered"),
    [
        ("2026-12-08T21:59:59", False),
        ("2026-12-08T22:00", True),
        ("2026-12-09T01:59:59", True),
        ("2026-12-09T02:00", False),
        ("2026-12-08T21:00+00:00", True),
        ("2026-12-09T01:00+00:00", False),
    ],
)
def test_maintenance_lasts_from_its_start_to_its_end(moment, is_covered) -> None:
    """In local time, or whatever zone the asker has."""
    work = maintenance("line/KF-1")
    found = find_maintenance(
        region({"maintenance": (work,)}), Subject("loppa", "line", "KF-1"), datetime.fromisoformat(moment)
    )
    assert found == ((work,) if is_covered else ())


@pytest.mark.parametrize(
    ("covers", "subject", "is_covered"),
    [
        ("all", Subject("loppa", "municipality"), True),
        ("all", Subject("loppa", "site", "school"), True),
        ("all", Subject("loppa", "host", "app-01"), True),
        ("all", Subject("loppa", "application", "case_archive"), True),
        ("all", Subject("loppa", "line", "KF-1"), True),
        ("all", Subject(CENTRE, "host", "time-01"), False),  # another's
        ("site/school", Subject("loppa", "site", "school"), True),
        ("site/school", Subject("loppa", "host", "loppa-acc-01"), True),
        ("site/school", Subject("loppa", "host", "loppa-acc-02"), False),  # at the nursery
        ("site/town-hall", Subject("loppa", "host", "app-01"), True),
        ("site/school", Subject("loppa", "municipality"), False),
        ("host/app-01", Subject("loppa", "host", "app-01"), True),
        ("host/app-01", Subject("loppa", "application", "case_archive"), False),  # its users were told of nothing
        ("application/case_archive", Subject("loppa", "application", "case_archive"), True),
        ("application/case_archive", Subject("loppa", "host", "app-01"), False),
        ("line/KF-1", Subject("loppa", "line", "KF-2"), False),
    ],
)
def test_what_maintenance_covers(covers, subject, is_covered) -> None:
    """What it names, and what is within that."""
    found = find_maintenance(region({"maintenance": (maintenance(covers),)}), subject, datetime(2026, 12, 8, 23))
    assert bool(found) is is_covered


def test_maintenance_of_a_common_service_is_the_centres() -> None:
    """By its own name."""
    work = maintenance("service/time")
    where = region({}, {"maintenance": (work,)})
    moment = datetime(2026, 12, 8, 22, tzinfo=UTC)
    assert find_maintenance(where, Subject(CENTRE, "service", "time"), moment) == (work,)
    assert find_maintenance(where, Subject(CENTRE, "service", "names"), moment) == ()


@pytest.mark.parametrize(
    ("start", "announced", "is_early"),
    [
        ("2026-12-08T22:00", "2026-12-05T22:00", True),
        ("2026-12-08T22:00", "2026-12-05T22:01", False),
        ("2026-12-08T22:00", "2026-12-08T23:00", False),
        ("2027-03-28T22:00", "2027-03-25T22:00", False),  # clocks are put forward between: 71 hours
        ("2027-03-28T22:00", "2027-03-25T21:00", True),
        ("2027-10-31T22:00", "2027-10-28T23:00", True),  # and back: 72
    ],
)
def test_announced_in_time(start, announced, is_early) -> None:
    """In hours that pass, not in those that clocks show."""
    work = maintenance("all", start=start, end="2027-12-31", announced=announced)
    assert is_early_enough(work, 72, Calendar(ZoneInfo("Europe/Oslo"))) is is_early
