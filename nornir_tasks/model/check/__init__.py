"""Whether what was said of the region fits together: pure, one module for each kind of question."""

from datetime import date

from nornir_tasks.model.check import (
    addressing,
    cabling,
    capacity,
    overdue,
    ports,
    programme,
    redundancy,
    risks,
    standards,
)
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.finding import Finding


def check(entries: Entries) -> list[Finding]:
    """Everything that does not fit: with any of it there is no region."""
    parts = (standards, risks, addressing, cabling, ports, programme)
    return [finding for part in parts for finding in part.check(entries)]


def review(entries: Entries, today: date) -> list[Finding]:
    """What is wrong, or worth knowing, with a region that fits together: nobody is kept from repairing it."""
    return [*capacity.check(entries), *redundancy.check(entries), *overdue.check(entries, today)]
