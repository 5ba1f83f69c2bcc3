"""The history of health: every run, what was found from when to when, and who has acknowledged it.

A small database beside the journal: SQLite in the state directory, or tables of their own where ``FELLESDRIFT_JOURNAL``
names PostgreSQL. It is no evidence, as the journal is: it is thinned by age (``thinning``), and health goes on without
it (``history_recorder``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path

from sqlalchemy import Connection, func, insert, select, update

from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.exit_codes import WRONG
from nornir_tasks.core.language import translate
from nornir_tasks.health.episodes import (
    ANY,
    LONGEST_ACKNOWLEDGEMENT,
    Acknowledgement,
    Episode,
    Look,
    Recurrence,
    RunComparison,
    find_transitions,
)
from nornir_tasks.health.history_database import HistoryDatabase, find_url
from nornir_tasks.health.history_rows import (
    add_run,
    close_episodes,
    confirm_episodes,
    count_openings,
    find_last_looks,
    load_contested,
    load_open,
    open_episodes,
)
from nornir_tasks.health.history_tables import (
    ACKNOWLEDGEMENTS,
    EPISODES,
    RUNS,
    clean_text,
    read_episode,
    read_moment,
    write_moment,
)
from nornir_tasks.health.incident import Incident
from nornir_tasks.health.reach_history import ReachObservation, ReachSpan, add_observations, list_spans
from nornir_tasks.health.thinning import thin


class NothingOpen(UsageError):
    """Nothing is open at a subject: that need be no slip, for it may have ended meanwhile."""

    exit_code = WRONG


@dataclass(frozen=True)
class RunStart:
    """When a run began, and the newest run that was recorded by then; None: that could not be asked."""

    moment: datetime
    newest: int | None


@dataclass(frozen=True)
class LastLook:
    """When a subject was last judged, and what is open of it."""

    moment: datetime
    recurrences: tuple[Recurrence, ...]


class HealthHistory:
    """The history in a database. It holds no open connection, so the same object serves threads and forks."""

    def __init__(self, database: HistoryDatabase) -> None:
        self._database = database

    @classmethod
    def at(cls, where: Path, journal: str | None = None) -> "HealthHistory":
        """The history beside a journal, made if there is none.

        Args:
            where: the state directory.
            journal: the journal's URL, as ``FELLESDRIFT_JOURNAL`` has it; empty: its file in the state directory.

        Raises:
            HistoryDamaged: the file is no database.
            HistoryError: it cannot be made.
        """
        database = HistoryDatabase(find_url(where, journal))
        database.prepare()
        return cls(database)

    @classmethod
    def find(cls, where: Path, journal: str | None = None) -> "HealthHistory | None":
        """The history beside a journal, for who only reads; None where no run was ever recorded. None is made.

        Args:
            where: the state directory.
            journal: as for ``at``.

        Raises:
            HistoryError: it cannot be read.
        """
        database = HistoryDatabase(find_url(where, journal))
        return cls(database) if database.is_there else None

    # --- runs

    def begin_run(self) -> RunStart:
        """The beginning of a run: to be asked before anything is looked at."""
        with self._database.transaction(reading=True) as connection:
            return RunStart(datetime.now(UTC), connection.execute(select(func.max(RUNS.c.id))).scalar() or 0)

    def record_run(
        self,
        start: RunStart,
        look: Look,
        incidents: Sequence[Incident] = (),
        observations: Iterable[ReachObservation] = (),
        ended: datetime | None = None,
    ) -> RunComparison:
        """Keep a run, all of it or nothing, and say what is new in it.

        Args:
            start: as ``begin_run`` gave it.
            look: what was seen, as ``episodes.make_look`` makes it.
            incidents: what is behind it: kept in brief.
            observations: of applications.
            ended: when the run has ended; default: now.

        Raises:
            HistoryDamaged: the file is damaged; nothing was kept.
            HistoryError: it cannot be written; nothing was kept.
        """
        now = ended or datetime.now(UTC)
        with self._database.transaction() as connection:
            previous = connection.execute(select(RUNS).order_by(RUNS.c.id.desc()).limit(1)).mappings().first()
            transitions = find_transitions(load_open(connection), look, load_contested(connection, start.newest))
            run = add_run(connection, start.moment, now, look, incidents)
            open_episodes(connection, transitions.opened, run)
            confirm_episodes(connection, transitions.confirmed)
            close_episodes(connection, transitions.ended, run, now)
            add_observations(connection, observations)
            opened = {finding.key for finding in transitions.opened}
            times = count_openings(connection, now)
            recurrences = {
                episode.key: Recurrence(episode, episode.key in opened, times[episode.key])
                for episode in load_open(connection)
                if episode.key in look.findings
            }
        previous_ended = datetime.fromisoformat(previous["ended"]) if previous else None
        # The clock tells nothing of a run that was under way at the same time.
        is_later = previous is not None and start.newest is not None and previous["id"] <= start.newest
        return RunComparison(
            number=run,
            recurrences=recurrences,
            ended=tuple(replace(episode, closed=now) for episode in transitions.ended),
            previous=previous_ended,
            has_clock_gone_back=is_later and previous_ended is not None and start.moment < previous_ended,
        )

    def forget_old(self) -> int:
        """Thin by age, a bounded number of runs; the answer is how many were forgotten.

        Raises:
            HistoryError: it cannot be written; nothing was forgotten.
        """
        with self._database.transaction() as connection:
            newest = select(RUNS.c.ended).order_by(RUNS.c.id.desc()).limit(2)
            moments = [datetime.fromisoformat(text) for text in connection.execute(newest).scalars()]
            # A clock that was set ahead for one run makes nothing forgotten.
            return thin(connection, min(moments[0], moments[-1] + timedelta(days=1))) if moments else 0

    def find_newest_run(self) -> datetime | None:
        """When the newest run had ended; None: there was none."""
        with self._database.transaction(reading=True) as connection:
            text = connection.execute(select(RUNS.c.ended).order_by(RUNS.c.id.desc()).limit(1)).scalar()
        return read_moment(text)

    def find_last_look(self, subject: str) -> LastLook | None:
        """When a switch, server or application was last judged, and what is open of it; None: it never was."""
        with self._database.transaction(reading=True) as connection:
            looks = find_last_looks(connection, {(subject, ANY)})
            if not looks:
                return None
            run, _ = looks[subject, ANY]
            began = connection.execute(select(RUNS.c.began).where(RUNS.c.id == run)).scalar_one()
            times = count_openings(connection, datetime.now(UTC))
            open_ones = load_open(connection, EPISODES.c.subject == subject)
        recurrences = tuple(Recurrence(episode, False, times[episode.key]) for episode in open_ones)
        return LastLook(datetime.fromisoformat(began), recurrences)

    def list_open(self) -> list[Recurrence]:
        """Everything that is open, in the order in which it began."""
        with self._database.transaction(reading=True) as connection:
            times = count_openings(connection, datetime.now(UTC))
            return [Recurrence(episode, False, times[episode.key]) for episode in load_open(connection)]

    def list_ended(self, since: datetime) -> list[Episode]:
        """What has ended since a moment, the newest first."""
        query = select(EPISODES).where(EPISODES.c.closed >= write_moment(since)).order_by(EPISODES.c.closed.desc())
        with self._database.transaction(reading=True) as connection:
            return [read_episode(row) for row in connection.execute(query).mappings()]

    def list_reach(self, begin: datetime, end: datetime) -> list[ReachSpan]:
        """Whether applications were reached, in a time, by municipality, application and beginning.

        Args:
            begin: the first moment of it.
            end: the moment after it.
        """
        with self._database.transaction(reading=True) as connection:
            return list_spans(connection, begin, end)

    # --- acknowledgements

    def acknowledge(self, subject: str, rule: str, acknowledgement: Acknowledgement) -> list[Episode]:
        """Note that somebody knows of what is open; it holds until its moment, or until the finding ends.

        Args:
            subject: of the findings.
            rule: of one of them; empty: all that are open of the subject.
            acknowledgement: takes the place of an earlier one.

        Returns:
            The episodes that are acknowledged now.

        Raises:
            UsageError: nothing of that is open, or the acknowledgement has no reason, or no fit end.
            HistoryError: it cannot be written.
        """
        _require_fit(acknowledgement)
        with self._database.transaction() as connection:
            episodes = _choose_open(connection, subject, rule)
            for episode in episodes:
                values = {
                    "episode": episode.id,
                    "who": clean_text(acknowledgement.who),
                    "at": write_moment(acknowledgement.at),
                    "until": write_moment(acknowledgement.until),
                    "reason": clean_text(acknowledgement.reason),
                }
                connection.execute(insert(ACKNOWLEDGEMENTS).values(values))
        return [replace(episode, acknowledgement=acknowledgement) for episode in episodes]

    def withdraw(self, subject: str, rule: str, who: str) -> list[Episode]:
        """Take acknowledgements back; the answer is the episodes that are not acknowledged any more.

        Args:
            subject: of the findings.
            rule: of one of them; empty: all that are open of the subject.
            who: takes them back.

        Raises:
            UsageError: nothing of that is open and acknowledged.
            HistoryError: it cannot be written.
        """
        with self._database.transaction() as connection:
            episodes = [each for each in _choose_open(connection, subject, rule) if each.acknowledgement]
            if not episodes:
                raise UsageError(translate("{subject}: nothing that is open is acknowledged", subject=subject))
            ours = ACKNOWLEDGEMENTS.c.episode.in_([episode.id for episode in episodes])
            values = {"withdrawn": write_moment(datetime.now(UTC)), "withdrawn_by": clean_text(who)}
            still = ACKNOWLEDGEMENTS.c.withdrawn.is_(None)
            connection.execute(update(ACKNOWLEDGEMENTS).where(ours, still).values(values))
        return [replace(episode, acknowledgement=None) for episode in episodes]


def _choose_open(connection: Connection, subject: str, rule: str) -> list[Episode]:
    """The open episodes of a subject, or the one of its rule.

    Raises:
        UsageError: there is none; the message names what is open and near.
    """
    everything = load_open(connection)
    of_it = [episode for episode in everything if episode.key.subject == subject]
    chosen = [episode for episode in of_it if rule in ("", episode.key.rule)]
    if chosen:
        return chosen
    if of_it:
        rules = ", ".join(dict.fromkeys(episode.key.rule for episode in of_it))
        raise UsageError(
            translate(
                "{subject}: found {rule!r}, expected what is open there: {rules}",
                subject=subject,
                rule=rule,
                rules=rules,
            )
        )
    subjects = list(dict.fromkeys(episode.key.subject for episode in everything))
    near = get_close_matches(subject, subjects, n=3)
    if near:
        raise NothingOpen(
            translate("{subject}: nothing is open there; it is at {near}", subject=subject, near=", ".join(near))
        )
    raise NothingOpen(translate("{subject}: nothing is open there", subject=subject))


def _require_fit(acknowledgement: Acknowledgement) -> None:
    """Refuse an acknowledgement without a reason, or with no end that anybody would notice."""
    if not acknowledgement.reason.strip():
        raise UsageError(translate("--reason: expected why it may stay, found nothing"))
    latest = acknowledgement.at + LONGEST_ACKNOWLEDGEMENT
    if not acknowledgement.at < acknowledgement.until <= latest:
        raise UsageError(
            translate(
                "--until: found {until} UTC, expected a moment to come, at most {days} days ahead",
                until=f"{acknowledgement.until:%Y-%m-%d %H:%M}",
                days=LONGEST_ACKNOWLEDGEMENT.days,
            )
        )
