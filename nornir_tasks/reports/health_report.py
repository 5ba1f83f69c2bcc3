"""What the pages, files and texts of a round of health checks are made from."""

from dataclasses import dataclass

from nornir_tasks.health.run_record import RunRecord
from nornir_tasks.model import Position, Region


@dataclass(frozen=True)
class HealthReport:
    """A round, and what it is told with.

    Args:
        region: with the names for people.
        position: where everything stood.
        record: of the round.
        checkpoint: the journal's last one; whoever keeps the report is its witness.
        language: that the texts are in.
    """

    region: Region
    position: Position
    record: RunRecord
    checkpoint: str
    language: str
