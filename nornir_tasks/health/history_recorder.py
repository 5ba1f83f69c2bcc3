"""What a run of health asks of its history, and does without: trouble with the history is told, and never raised."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from nornir_tasks.core import state
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.language import translate
from nornir_tasks.health.episodes import Look, RunComparison
from nornir_tasks.health.history import HealthHistory, RunStart
from nornir_tasks.health.history_database import HistoryDamaged, move_damaged_aside
from nornir_tasks.health.incident import Incident
from nornir_tasks.health.reach_history import ReachObservation


def _read_journal_url() -> str:
    return os.environ.get("FELLESDRIFT_JOURNAL", "")


@dataclass(frozen=True)
class HistoryRecorder:
    """One run that is under way.

    Args:
        where: the state directory.
        start: when it began.
        journal: the journal's URL; empty: its file in the state directory.
    """

    where: Path
    start: RunStart
    journal: str = field(default="", repr=False)

    @classmethod
    def begin(cls, where: Path, journal: str | None = None) -> "HistoryRecorder":
        """The recorder of a run that begins now.

        Args:
            where: the state directory.
            journal: the journal's URL; default ``FELLESDRIFT_JOURNAL``.
        """
        url = _read_journal_url() if journal is None else journal
        try:
            history = HealthHistory.find(where, url)
            start = history.begin_run() if history else RunStart(datetime.now(UTC), 0)
        except FellesdriftError:  # told at the end, if it is so then
            start = RunStart(datetime.now(UTC), None)
        return cls(where, start, url)

    def record(
        self, look: Look, incidents: Sequence[Incident] = (), observations: Iterable[ReachObservation] = ()
    ) -> RunComparison:
        """Keep the run, which has ended now, and say what is new in it.

        Args:
            look: what was seen, as ``episodes.make_look`` makes it.
            incidents: what is behind it.
            observations: of applications.

        Returns:
            What the history makes of it; its ``trouble`` is to be told.
        """
        observed = list(observations)
        try:
            return self._record(look, incidents, observed)
        except HistoryDamaged as damage:
            return self._begin_anew(look, incidents, observed, damage)
        except FellesdriftError as error:
            return RunComparison(trouble=_explain(error))

    def _record(self, look: Look, incidents: Sequence[Incident], observations: list[ReachObservation]) -> RunComparison:
        history = HealthHistory.at(self.where, self.journal)
        record = history.record_run(self.start, look, incidents, observations)
        try:
            history.forget_old()
        except FellesdriftError as error:
            trouble = translate("The history of health is kept, but does not get thinner: {error}", error=error)
            return replace(record, trouble=trouble)
        return record

    def _begin_anew(
        self, look: Look, incidents: Sequence[Incident], observations: list[ReachObservation], damage: HistoryDamaged
    ) -> RunComparison:
        """Keep the run in a new file, and say what became of the damaged one."""
        try:
            aside = move_damaged_aside(self.where, self.journal)
            record = self._record(look, incidents, observations)
        except FellesdriftError as error:
            return RunComparison(trouble=_explain(error))
        if not aside:
            return record
        trouble = translate(
            "The history of health was damaged ({error}). It is kept as {aside}; a new one begins here: since when, "
            "and what was acknowledged, is not known any more.",
            error=damage,
            aside=aside,
        )
        return replace(record, trouble=trouble)


def _explain(error: FellesdriftError) -> str:
    return translate(
        "Since when, what is new and what was acknowledged is not known, and this run is not kept: {error}", error=error
    )


def find_history() -> HealthHistory | None:
    """The history of health, for who only reads; None where there is none, and none is made.

    Raises:
        HistoryError: it cannot be read.
    """
    where = Path(os.environ.get("FELLESDRIFT_STATE") or state.ROOT / ".state")
    return HealthHistory.find(where, _read_journal_url())


def open_history(where: Path) -> HealthHistory:
    """The history of health beside a journal, to be written to.

    Raises:
        HistoryError: it cannot be made.
    """
    return HealthHistory.at(where, _read_journal_url())
