"""Whether what was said of the region fits together: pure, one module for each kind of question."""

from nornir_tasks.model.check import addressing, cabling, ports, programme, risks, standards
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.finding import Finding


def check(entries: Entries) -> list[Finding]:
    """Everything that does not fit."""
    parts = (standards, risks, addressing, cabling, ports, programme)
    return [finding for part in parts for finding in part.check(entries)]
