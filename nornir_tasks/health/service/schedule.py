"""When each check is due, and what stands since it was run last. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from nornir_tasks.core.language import translate
from nornir_tasks.core.verdict import Status, Verdict
from nornir_tasks.health.check import Check
from nornir_tasks.health.run_record import Annotation, RunRecord, annotate, make_record
from nornir_tasks.model import Region

STALE_ROUNDS = 3  # a picture that is older than so many intervals is not the present


@dataclass
class Schedule:
    """Which checks are due.

    Args:
        shortest: between two rounds: what runs oftener would never end; a check that asks for less is run as often.
        ran: when each check was begun last, by its name.
    """

    shortest: timedelta
    ran: dict[str, datetime] = field(default_factory=dict)

    def find_interval(self, check: Check) -> timedelta:
        """How long after its beginning a check is run again."""
        return max(self.shortest, timedelta(seconds=check.interval_seconds))

    def pick_due(self, checks: Iterable[Check], now: datetime) -> list[Check]:
        """The checks that are to be run now.

        Args:
            checks: all of them.
            now: in UTC. A clock that was set back makes all due that ran after it.
        """
        return [check for check in checks if not self._is_fresh(check, now)]

    def note(self, checks: Iterable[Check], began: datetime) -> None:
        """Keep when a round of checks began."""
        self.ran |= {check.name: began for check in checks}

    def _is_fresh(self, check: Check, now: datetime) -> bool:
        ran = self.ran.get(check.name)
        return ran is not None and ran <= now < ran + self.find_interval(check)


@dataclass
class Standing:
    """What is known of everything: the newest verdicts of every check on every subject.

    Args:
        record: of all of it; None before the first round.
    """

    record: RunRecord | None = None
    _answers: dict[tuple[str, str], tuple[Verdict, ...]] = field(default_factory=dict)

    def add_round(self, region: Region, record: RunRecord) -> RunRecord:
        """The record of all that is known after a round.

        Args:
            region: with the names for people.
            record: of the round: of the checks that were due.
        """
        fresh = {(answer[0].subject, answer[0].rule.name): answer for answer in record.answers}
        reached = {subject: answer[0].passed for (subject, rule), answer in fresh.items() if rule == "reachable"}
        before = {
            key: answer if reached.get(key[0], True) else (_forget(answer[0]),)
            for key, answer in self._answers.items()
            if key not in fresh and key[0] in record.scope.subjects
        }
        self._answers = {**before, **fresh}
        checks = dict.fromkeys((*record.scope.checks, *(rule for _, rule in self._answers)))
        scope = replace(record.scope, checks=tuple(checks))
        verdicts = [verdict for answer in self._answers.values() for verdict in answer]
        whole = make_record(region, scope, verdicts, record.incidents, record.began, record.ended)
        # What is known beside a finding stands as long as it: of one that was not looked at now, as it was told last.
        told = (*(self.record.findings if self.record else ()), *record.findings)
        known = {(each.subject, each.kind): Annotation(each.notes, each.is_known) for each in told}
        self.record = annotate(whole, lambda each: known.get((each.subject, each.kind), Annotation()), record.changes)
        return self.record


def is_stale(record: RunRecord, shortest: timedelta, now: datetime) -> bool:
    """Whether a record is too old to be called the present.

    Args:
        record: the newest.
        shortest: between two rounds.
        now: in UTC.
    """
    return now - record.ended > STALE_ROUNDS * shortest + timedelta(seconds=record.seconds)


def _forget(verdict: Verdict) -> Verdict:
    """What was known of a subject before it fell silent is not known any more."""
    reason = translate("it does not answer; seen last: {moment}", moment=_tell_moment(verdict))
    return replace(verdict, status=Status.SKIPPED, expected="", actual=reason, advice="", is_unseen=True)


def _tell_moment(verdict: Verdict) -> str:
    return f"{verdict.seen:%Y-%m-%d %H:%M} UTC" if verdict.seen else translate("never")
