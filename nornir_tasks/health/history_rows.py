"""What the history of health asks and keeps, within a transaction of the caller's."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, bindparam, func, insert, select, update

from nornir_tasks.health.episodes import EXACT_WITHIN, FLAPPING_WINDOW, Episode, EpisodeKey, Look, Pair, Sighting
from nornir_tasks.health.history_tables import (
    ACKNOWLEDGEMENTS,
    EPISODES,
    RUNS,
    SCOPES,
    clean_text,
    digest_text,
    read_acknowledgement,
    read_episode,
    read_pairs,
    write_moment,
    write_pairs,
)
from nornir_tasks.health.incident import Incident

LOOK_BACK = 200  # different scopes, the newest, in which the last look at a subject is looked for


def load_open(connection: Connection, *conditions: ColumnElement[bool]) -> list[Episode]:
    """The open episodes in the order in which they began, each with its newest acknowledgement."""
    is_open = (EPISODES.c.closed.is_(None), *conditions)
    numbers = select(EPISODES.c.id).where(*is_open)
    still = ACKNOWLEDGEMENTS.c.withdrawn.is_(None)
    of_them = select(ACKNOWLEDGEMENTS).where(still, ACKNOWLEDGEMENTS.c.episode.in_(numbers))
    rows = connection.execute(of_them.order_by(ACKNOWLEDGEMENTS.c.id)).mappings()
    newest = {row["episode"]: read_acknowledgement(row) for row in rows}
    episodes = connection.execute(select(EPISODES).where(*is_open).order_by(EPISODES.c.id)).mappings()
    return [read_episode(row, newest.get(row["id"])) for row in episodes]


def load_contested(connection: Connection, newest: int | None) -> dict[Pair, datetime]:
    """What runs judged that were recorded after that one, and when they had ended; None: nobody asks."""
    if newest is None:
        return {}
    query = select(SCOPES.c.pairs, RUNS.c.ended).join(RUNS, RUNS.c.scope == SCOPES.c.id).where(RUNS.c.id > newest)
    contested: dict[Pair, datetime] = {}
    for row in connection.execute(query.order_by(RUNS.c.id)):
        ended = datetime.fromisoformat(row.ended)
        contested |= {pair: max(ended, contested.get(pair, ended)) for pair in read_pairs(row.pairs)}
    return contested


def add_run(connection: Connection, began: datetime, ended: datetime, look: Look, incidents: Iterable[Incident]) -> int:
    """Keep a run without its findings; the answer is its number.

    Args:
        connection: a transaction that writes.
        began: when it began.
        ended: when it had ended.
        look: what was judged.
        incidents: what is behind what was found.
    """
    pairs = write_pairs(look.judged)
    digest = digest_text(pairs)
    scope = connection.execute(select(SCOPES.c.id).where(SCOPES.c.digest == digest)).scalar()
    if scope is None:
        scope = _insert(connection, SCOPES, {"digest": digest, "pairs": pairs})
    brief = [
        {"causes": [[cause.kind.value, cause.subject] for cause in incident.causes], "people": incident.people}
        for incident in incidents
    ]
    values = {
        "began": write_moment(began),
        "ended": write_moment(ended),
        "scope": scope,
        "findings": len(look.findings),
        "incidents": json.dumps(brief, ensure_ascii=False),
    }
    return _insert(connection, RUNS, values)


def open_episodes(connection: Connection, findings: Collection[Sighting], run: int) -> None:
    """Begin an episode of each finding, with when it was last found well."""
    wanted = {pair for finding in findings for pair in finding.judged_by}
    looks = find_last_looks(connection, wanted, before=run) if wanted else {}
    for finding in findings:
        last = max((looks[pair] for pair in finding.judged_by if pair in looks), default=None)
        well_at = datetime.fromisoformat(last[1]) if last else None
        values = {
            "subject": finding.key.subject,
            "rule": finding.key.rule,
            "status": finding.key.status.value,
            "text": clean_text(finding.text),
            "judged_by": json.dumps(finding.judged_by, ensure_ascii=False),
            "opened": write_moment(finding.seen),
            "opened_run": run,
            "well_at": write_moment(well_at) if well_at else None,
            "is_exact": well_at is not None and abs(finding.seen - well_at) <= EXACT_WITHIN,
            "seen": write_moment(finding.seen),
        }
        connection.execute(insert(EPISODES).values(values))


def find_last_looks(
    connection: Connection, wanted: Iterable[Pair], before: int | None = None
) -> dict[Pair, tuple[int, str]]:
    """The newest run that judged each of these, and when it had ended: as far as ``LOOK_BACK`` scopes tell."""
    newest = func.max(RUNS.c.id)
    query = select(RUNS.c.scope, newest).group_by(RUNS.c.scope).order_by(newest.desc()).limit(LOOK_BACK)
    if before is not None:
        query = query.where(RUNS.c.id < before)
    left, looks = set(wanted), dict[Pair, tuple[int, str]]()
    for scope, run in connection.execute(query).all():
        if not left:
            break
        pairs = read_pairs(connection.execute(select(SCOPES.c.pairs).where(SCOPES.c.id == scope)).scalar_one())
        if judged := left & pairs:
            ended = connection.execute(select(RUNS.c.ended).where(RUNS.c.id == run)).scalar_one()
            looks |= dict.fromkeys(judged, (run, ended))
            left -= judged
    return looks


def count_openings(connection: Connection, now: datetime) -> Counter[EpisodeKey]:
    """How often each finding has begun within the window of flapping."""
    key = (EPISODES.c.subject, EPISODES.c.rule, EPISODES.c.status)
    recent = EPISODES.c.opened >= write_moment(now - FLAPPING_WINDOW)
    rows = connection.execute(select(*key, func.count()).where(recent).group_by(*key))
    return Counter({EpisodeKey(subject, rule, status): count for subject, rule, status, count in rows})


def confirm_episodes(connection: Connection, confirmed: Iterable[tuple[Episode, Sighting]]) -> None:
    """Note that these are there still, and how they are told now."""
    rows = [
        {"number": episode.id, "seen": write_moment(max(finding.seen, episode.seen)), "text": clean_text(finding.text)}
        for episode, finding in confirmed
    ]
    if rows:
        connection.execute(update(EPISODES).where(EPISODES.c.id == bindparam("number")), rows)


def close_episodes(connection: Connection, ended: Iterable[Episode], run: int, now: datetime) -> None:
    """Note that these were found well by a run; with them end their acknowledgements."""
    rows = [{"number": episode.id, "closed": write_moment(now), "closed_run": run} for episode in ended]
    if rows:
        connection.execute(update(EPISODES).where(EPISODES.c.id == bindparam("number")), rows)


def _insert(connection: Connection, table: Table, values: Mapping[str, object]) -> int:
    key = connection.execute(insert(table).values(values)).inserted_primary_key
    return int(key[0]) if key else 0
