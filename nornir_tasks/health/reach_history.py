"""Whether people reached their applications, as it was measured: what a month's report of service levels is made from.

Observations that say the same are kept as one span, so that a year of them stays small; where nobody looked for longer
than ``LONGEST_GAP`` there is a gap between two spans, and nothing is known of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from nornir_tasks.health.history_tables import REACH, write_moment

LONGEST_GAP = timedelta(minutes=10)  # twice five minutes: of a service that looks so often, one look is missed


class ReachState(StrEnum):
    """Whether an application was reached."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ReachObservation:
    """One look. ``municipality``: whose people; ``application``: as the run names it."""

    moment: datetime
    municipality: str
    application: str
    reached: ReachState


@dataclass(frozen=True)
class ReachSpan:
    """Looks one after another that all said the same; ``began`` and ``ended`` are the first and the last of them."""

    municipality: str
    application: str
    reached: ReachState
    began: datetime
    ended: datetime
    count: int


def add_observations(connection: Connection, observations: Iterable[ReachObservation]) -> None:
    """Keep what was observed, within a transaction of the caller's."""
    for observation in sorted(observations, key=lambda each: each.moment):
        earliest = write_moment(observation.moment - LONGEST_GAP)
        of_it = (REACH.c.municipality == observation.municipality) & (REACH.c.application == observation.application)
        recent = select(REACH).where(of_it, REACH.c.ended >= earliest).order_by(REACH.c.id.desc()).limit(1)
        row, moment = connection.execute(recent).mappings().first(), write_moment(observation.moment)
        if row and row["reached"] == observation.reached and row["began"] <= moment:
            values = {"ended": max(moment, row["ended"]), "count": row["count"] + 1}
            connection.execute(update(REACH).where(REACH.c.id == row["id"]).values(values))
            continue
        values = {
            "municipality": observation.municipality,
            "application": observation.application,
            "reached": observation.reached.value,
            "began": moment,
            "ended": moment,
            "count": 1,
        }
        connection.execute(insert(REACH).values(values))


def list_spans(connection: Connection, begin: datetime, end: datetime) -> list[ReachSpan]:
    """The spans with a look in a time, by municipality, application and beginning.

    Args:
        connection: a transaction.
        begin: the first moment of it.
        end: the moment after it.
    """
    within = (REACH.c.ended >= write_moment(begin)) & (REACH.c.began < write_moment(end))
    query = select(REACH).where(within).order_by(REACH.c.municipality, REACH.c.application, REACH.c.began, REACH.c.id)
    return [
        ReachSpan(
            municipality=row["municipality"],
            application=row["application"],
            reached=ReachState(row["reached"]),
            began=datetime.fromisoformat(row["began"]),
            ended=datetime.fromisoformat(row["ended"]),
            count=row["count"],
        )
        for row in connection.execute(query).mappings()
    ]
