"""Runs of health as the history keeps them, without any device: what was judged, and what was found."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from nornir_tasks.core.verdict import Rule, Status, Verdict
from nornir_tasks.health.episodes import Look, RunComparison, make_look
from nornir_tasks.health.history import HealthHistory, RunStart
from tests.support import small_region

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REGION = small_region.region()
Pair = tuple[str, str]


def make_verdict(subject: str, rule: str, status: Status, seen: datetime | None = None) -> Verdict:
    """What a check says."""
    return Verdict(subject, Rule(rule, f"{rule} holds"), status, actual=f"{rule} of {subject}", seen=seen)


def look_at(
    judged: Collection[Pair], bad: Collection[Pair] = (), unread: Collection[Pair] = (), *, at: datetime = NOON
) -> Look:
    """A look at these; some of them bad, and some that could not be judged at all."""
    words = {pair: Status.FAILURE if pair in bad else Status.PASSED for pair in judged}
    words |= dict.fromkeys(unread, Status.ERROR)
    return make_look(REGION, [make_verdict(*pair, status, at) for pair, status in words.items()], [], at)


def run_at(history: HealthHistory, at: datetime, look: Look) -> RunComparison:
    """A run that began and ended at a moment, and nothing else was under way."""
    return history.record_run(RunStart(at, history.begin_run().newest), look, ended=at)
