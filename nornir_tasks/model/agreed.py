"""What is agreed of something in the region at a moment: its service level, and maintenance of it. Pure.

subject = Subject("loppa", "application", "case_archive")
find_service_level(region, subject), find_maintenance(region, subject, moment)
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from nornir_tasks.model.device import Region
from nornir_tasks.model.municipality import Municipality
from nornir_tasks.model.service_levels import Maintenance, ServiceLevel
from nornir_tasks.model.services import ALL
from nornir_tasks.model.standard import Standard


@dataclass(frozen=True)
class Subject:
    """What an agreement or an announcement is about."""

    municipality: str  # whose it is; of a common service, the operations centre
    kind: Literal["municipality", "site", "host", "application", "service", "line"]
    name: str = ""  # of a line, its contract's; of the municipality itself, none

    def __str__(self) -> str:
        """As ``maintenance.covers`` writes it: ``site/hogtun-skole``."""
        return ALL if self.kind == "municipality" else f"{self.kind}/{self.name}"


def find_service_level(region: Region, subject: Subject) -> ServiceLevel | None:
    """The service level of an application or a common service; None: none is agreed."""
    home = region.municipalities[subject.municipality]
    return choose_service_level(region.of(home.name)[0].standard, home, subject)


def choose_service_level(standard: Standard, home: Municipality, subject: Subject) -> ServiceLevel | None:
    """What its municipality says of a service comes first, then the level that names it, then the default.

    Args:
        standard: with the levels.
        home: whose service it is.
        subject: an application or a common service.
    """
    key = home.application_levels.get(subject.name) if subject.kind == "application" else None
    if key is None:
        field = "applications" if subject.kind == "application" else "common_services"
        naming = (name for name, level in standard.service_levels.items() if subject.name in getattr(level, field))
        key = next(naming, standard.default_service_level)
    return standard.service_levels.get(key) if key is not None else None


def find_maintenance(region: Region, subject: Subject, moment: datetime) -> tuple[Maintenance, ...]:
    """Maintenance that covers something at a moment. Whether it was told in time, ``is_early_enough`` says.

    Args:
        region: with all records.
        subject: what is looked at.
        moment: local time of the region where it names no zone.
    """
    calendar = region.calendar
    now = calendar.read_moment(moment)
    return tuple(
        maintenance
        for maintenance in list_maintenance(region, subject)
        if calendar.read_moment(maintenance.start) <= now < calendar.read_moment(maintenance.end)
    )


def list_maintenance(region: Region, subject: Subject) -> tuple[Maintenance, ...]:
    """All maintenance that covers something at some time: it, the site of a host, or its whole municipality.

    An application is covered where it is named, and not with a host that it runs on: its users were told of nothing.
    """
    covering = {ALL, str(subject)}
    if subject.kind == "host":
        host = region.devices.get(subject.name) or region.servers[subject.name]
        covering.add(str(Subject(subject.municipality, "site", host.site)))
    maintenance = region.municipalities[subject.municipality].maintenance
    return tuple(each for each in maintenance if covering.intersection(each.covers))
