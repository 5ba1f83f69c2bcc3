"""What the history of health forgets with age: every run for a while, then one an hour, then one a day.

Episodes and acknowledgements stay: what was wrong, from when to when, is what people ask for years later.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, delete, func, select

from nornir_tasks.health.history_tables import REACH, RUNS, SCOPES, write_moment

EVERY_RUN = timedelta(days=14)
ONE_AN_HOUR = timedelta(days=90)
ONE_A_DAY = timedelta(days=3 * 365)
MOST = 500  # rows of each kind that one run forgets: it is not to be felt
HOUR, DAY = 13, 10  # letters of a moment that name its hour or day: 2026-12-01T04


def thin(connection: Connection, now: datetime) -> int:
    """Forget, within a transaction of the caller's; the answer is how many runs were forgotten.

    Args:
        connection: a transaction that writes.
        now: the end of the newest run, by a clock that is believed.
    """
    edges = [write_moment(now - age) for age in (EVERY_RUN, ONE_AN_HOUR, ONE_A_DAY)]
    number = RUNS.c.id
    beyond = select(number).where(RUNS.c.began < edges[2])
    forgotten = _forget(connection, beyond)
    for newest, oldest, letters in ((edges[0], edges[1], HOUR), (edges[1], edges[2], DAY)):
        within = (RUNS.c.began < newest) & (RUNS.c.began >= oldest)
        last_ones = select(func.max(number)).where(within).group_by(func.substr(RUNS.c.began, 1, letters))
        forgotten += _forget(connection, select(number).where(within, number.not_in(last_ones)))
    used = select(RUNS.c.scope)
    unused = select(SCOPES.c.id).where(SCOPES.c.id.not_in(used)).limit(MOST)
    connection.execute(delete(SCOPES).where(SCOPES.c.id.in_(unused)))
    old = select(REACH.c.id).where(REACH.c.ended < edges[2]).limit(MOST)
    connection.execute(delete(REACH).where(REACH.c.id.in_(old)))
    return forgotten


def _forget(connection: Connection, runs: Select[tuple[int]]) -> int:
    return connection.execute(delete(RUNS).where(RUNS.c.id.in_(runs.order_by(RUNS.c.id).limit(MOST)))).rowcount
