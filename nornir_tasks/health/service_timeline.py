"""From single answers to time: when a service was reached, when it was not, and when that is not known. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from nornir_tasks.model.agreed import Subject
from nornir_tasks.model.hours import Span


class Reached(StrEnum):
    """Whether people reached a service."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # it could not be asked


WORST_FIRST = (Reached.NO, Reached.UNKNOWN, Reached.YES)


@dataclass(frozen=True)
class ServiceSample:
    """What was seen of a service at one moment, or at several that all said the same.

    Args:
        moment: with its zone; fractions of a second do not count.
        subject: the application, of the municipality whose it is, or the centre's common service.
        municipality: whose people were asked for.
        reached: of several answers at one moment the worst counts: some of them cannot work.
        last: moment of the last of them, of which none was missed between; None: there is one.
    """

    moment: datetime
    subject: Subject
    municipality: str
    reached: Reached
    last: datetime | None = None


@dataclass(frozen=True, order=True)
class _Run:
    """Samples that all said the same; none is missing between the first and the last."""

    first: datetime
    last: datetime
    reached: Reached


@dataclass(frozen=True)
class Stretch:
    """Time in which nothing changed; ``end`` is not in it. UTC."""

    start: datetime
    end: datetime
    reached: Reached


def list_stretches(samples: Iterable[ServiceSample], period: Span, interval: timedelta) -> list[Stretch]:
    """A period without a hole, in stretches of which no two neighbours are alike.

    A sample holds until the next one. Where none follows within twice the interval it holds for one interval, and what
    comes after that is unknown; so is what was before the first.

    Args:
        samples: of one service and one municipality, in any order; from outside the period, too: the last before it
            says how it begins, and the first after it that nothing was missed.
        period: UTC.
        interval: between two samples, as it is meant to be.
    """
    start, end = period
    runs = _list_runs(samples, interval)
    changes: list[tuple[datetime, Reached]] = []
    for run, following in zip(runs, [*(run.first for run in runs[1:]), end], strict=False):
        changes.append((run.first, run.reached))
        if following - run.last > 2 * interval:
            changes.append((run.last + interval, Reached.UNKNOWN))
    return _cut(changes, start, end)


def _list_runs(samples: Iterable[ServiceSample], interval: timedelta) -> list[_Run]:
    """Runs one behind the other. Where some overlap, as those of two observers do, each moment of theirs is a run."""
    runs = sorted(
        _Run(
            sample.moment.replace(microsecond=0), (sample.last or sample.moment).replace(microsecond=0), sample.reached
        )
        for sample in samples
    )
    if all(run.last < following.first for run, following in pairwise(runs)):
        return runs
    states: dict[datetime, Reached] = {}
    for run in runs:
        steps = (run.first + number * interval for number in range((run.last - run.first) // interval + 1))
        for moment in (*steps, run.last):
            states[moment] = min(states.get(moment, Reached.YES), run.reached, key=WORST_FIRST.index)
    return [_Run(moment, moment, states[moment]) for moment in sorted(states)]


def _cut(changes: Sequence[tuple[datetime, Reached]], start: datetime, end: datetime) -> list[Stretch]:
    """What lies between start and end; unknown until the first change."""
    stretches: list[Stretch] = []
    states = [Reached.UNKNOWN, *(reached for _, reached in changes)]
    edges = [start, *(min(max(moment, start), end) for moment, _ in changes), end]
    for reached, opens, closes in zip(states, edges, edges[1:], strict=False):
        if stretches and stretches[-1].reached is reached:
            opens = stretches.pop().start
        if opens < closes:
            stretches.append(Stretch(opens, closes, reached))
    return stretches


def subtract_spans(spans: Iterable[Span], cuts: Iterable[Span]) -> list[Span]:
    """What is left of spans without others, in the order of the spans."""
    left = list(spans)
    for opens, closes in cuts:
        parts = [part for start, end in left for part in ((start, min(end, opens)), (max(start, closes), end))]
        left = [(start, end) for start, end in parts if start < end]
    return left


def measure_overlap(spans: Sequence[Span], start: datetime, end: datetime) -> int:
    """How many seconds of a stretch of time lie in spans.

    Args:
        spans: in their order, none of them in another.
        start: of the stretch.
        end: of the stretch, not in it.
    """
    seconds = 0.0
    for opens, closes in spans[bisect_right(spans, start, key=lambda span: span[1]) :]:
        if opens >= end:
            break
        seconds += (min(closes, end) - max(opens, start)).total_seconds()
    return round(seconds)
