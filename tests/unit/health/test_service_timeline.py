"""Samples become time: each until the next, and no longer than that can be known."""

from datetime import UTC, datetime, timedelta

import pytest

from nornir_tasks.health.service_timeline import (
    Reached,
    ServiceSample,
    list_stretches,
    measure_overlap,
    subtract_spans,
)
from nornir_tasks.model.agreed import Subject

SUBJECT = Subject("loppa", "application", "case_archive")
MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)
LETTERS = {"y": Reached.YES, "n": Reached.NO, "u": Reached.UNKNOWN}


def at(minutes: float) -> datetime:
    """So many minutes after midnight."""
    return MIDNIGHT + timedelta(minutes=minutes)


def tell(samples: str, end: float = 60) -> str:
    """Stretches from 0 on, of ``y0 n5:20`` at an interval of five minutes: each letter, and the minute of its end."""
    taken = []
    for sample in samples.split():
        first, _, last = sample[1:].partition(":")
        moments = at(float(first)), at(float(last)) if last else None
        taken.append(ServiceSample(moments[0], SUBJECT, "loppa", LETTERS[sample[0]], moments[1]))
    stretches = list_stretches(taken, (MIDNIGHT, at(end)), timedelta(minutes=5))
    assert [stretch.start for stretch in stretches] == [MIDNIGHT, *(stretch.end for stretch in stretches[:-1])]
    return " ".join(f"{each.reached[0]}{(each.end - MIDNIGHT) / timedelta(minutes=1):g}" for each in stretches)


@pytest.mark.parametrize(
    ("samples", "end", "stretches"),
    [
        ("", 60, "u60"),
        ("y0 y5 y10", 15, "y15"),
        ("y0 n5 y10", 15, "y5 n10 y15"),
        ("y10 n5 y0", 15, "y5 n10 y15"),  # in any order
        ("y2 y7", 10, "u2 y10"),  # nothing is known before the first
        ("y-3 y2 y7", 10, "y10"),  # what was before says how it begins
        ("y-11 y0", 5, "y5"),
        ("n-12 y5", 10, "u5 y10"),  # too long ago
        ("n-4 y7", 10, "n1 u7 y10"),  # it held for one interval
        ("n-3 y7", 10, "n7 y10"),  # exactly twice the interval
        ("y0 y10", 15, "y15"),
        ("y0 y10.1", 15, "y5 u10.1 y15"),
        ("y0 n12 y17", 20, "y5 u12 n17 y20"),
        ("y0", 10, "y10"),  # until the end, which is no later than the next should be
        ("y0", 10.1, "y5 u10.1"),
        ("y5", 5, "u5"),  # at the end: not in it
        ("y0 y11", 10, "y5 u10"),  # the first after it says that some were missed
        ("y0 y10", 8, "y8"),
        ("y20 n25", 10, "u10"),
        ("y0 u5 y10", 15, "y5 u10 y15"),
        ("u0 u5 y15", 20, "u15 y20"),
        ("y0 n0 y5", 10, "n5 y10"),  # one of its sites has it, another one not
        ("y0 u0 y5", 10, "u5 y10"),
        ("u0 n0 u0 y5", 10, "n5 y10"),
        ("y0 n5.005 n5.001 y10", 15, "y5 n10 y15"),  # in one second
        ("y0:30 n35:50 y55:60", 60, "y35 n55 y60"),  # several that said the same
        ("y0:30 y41", 45, "y35 u41 y45"),
        ("y-20:-11 n5", 10, "u5 n10"),
        ("y-20:-4 n5", 10, "y5 n10"),
        ("y-60:90", 60, "y60"),
        ("n7:22", 30, "u7 n30"),
        ("n7:22 y70", 60, "u7 n27 u60"),
        ("y0:20 n5:15", 25, "y5 n20 y25"),  # of two observers: the worst at one moment, until the next
        ("y0:20 n12", 25, "y12 n15 y25"),
        ("y0:12 n10:10", 15, "y10 n12 y15"),
    ],
)
def test_stretches(samples: str, end: float, stretches: str) -> None:
    """Without a hole, and no two neighbours alike."""
    assert tell(samples, end) == stretches


@pytest.mark.parametrize(
    ("spans", "cuts", "left"),
    [
        ([(0, 10)], [], [(0, 10)]),
        ([(0, 10)], [(3, 5)], [(0, 3), (5, 10)]),
        ([(0, 10)], [(-5, 3), (8, 20)], [(3, 8)]),
        ([(0, 10), (20, 30)], [(5, 25)], [(0, 5), (25, 30)]),
        ([(0, 10)], [(0, 10)], []),
        ([(0, 10)], [(10, 20), (-5, 0)], [(0, 10)]),
        ([(0, 10)], [(2, 6), (4, 8)], [(0, 2), (8, 10)]),  # two at once
    ],
)
def test_spans_without_others(spans, cuts, left) -> None:
    """In their order; what only touches takes nothing."""
    parts = subtract_spans([(at(a), at(b)) for a, b in spans], [(at(a), at(b)) for a, b in cuts])
    assert parts == [(at(a), at(b)) for a, b in left]


@pytest.mark.parametrize(
    ("start", "end", "minutes"), [(0, 60, 20), (5, 25, 10), (10, 20, 0), (0, 10, 10), (30, 60, 0), (3, 4, 1)]
)
def test_overlap(start: int, end: int, minutes: int) -> None:
    """With two spans of ten minutes each."""
    spans = [(at(0), at(10)), (at(20), at(30))]
    assert measure_overlap(spans, at(start), at(end)) == 60 * minutes
