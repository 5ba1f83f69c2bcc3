"""A month of a service in one line, and as a record: nothing is rounded up, and gaps are named."""

import json

import pytest

from nornir_tasks.health.service_report_text import (
    describe_service_month,
    format_duration,
    format_percent,
    record_service_month,
)
from tests.unit.health.test_service_report import ARCHIVE, DAY, OFFICE, TIME, level, region, report, take, work


@pytest.mark.parametrize(
    ("promised", "states", "words"),
    [
        (
            *(level(), "y" * 24),
            "kept. promised: 99.0 % of 24 h, at most 1 h at a time; measured: 100.00 %; 0 faults, 0 s without it.",
        ),
        (
            *(level(OFFICE, 98.5, 90), "y" * 9 + "nyn" + "y" * 12),
            "not kept. promised: 98.5 % of 8 h, at most 1 h 30 min at a time; measured: 75.00 %; "
            "2 faults, 2 h without it, the longest 1 h.",
        ),
        (
            *(level(), "y" * 9 + "...n" + "y" * 11),
            "not kept. promised: 99.0 % of 24 h, at most 1 h at a time; measured: 95.23 %; 1 fault, 1 h without it; "
            "not measured: 3 h.",
        ),
        (
            *(level(), ""),
            "not known: too little was measured. promised: 99.0 % of 24 h, at most 1 h at a time; "
            "nothing was measured.",
        ),
        (None, "y" * 24, "nothing was promised. measured: 100.00 %; 0 faults, 0 s without it."),
    ],
)
def test_in_one_line(promised, states, words) -> None:
    """What became of it first."""
    where = region(promised)
    month = report(where, take(DAY[0], states), *DAY)[ARCHIVE]
    assert describe_service_month(where, month) == f"Loppa, Case archive: {words}"


def test_maintenance_in_one_line() -> None:
    """What was taken out, and what was not because it was announced too late."""
    late = work("2026-12-01T10:00", "2026-12-01T11:00", "2026-12-01T09:00")
    where = region(level(), [late, work("2026-12-01T20:00", "2026-12-01T21:30")])
    words = describe_service_month(where, report(where, take(DAY[0], "y" * 24, subject=TIME), *DAY)[TIME])
    assert words.startswith("Loppa, Time: kept.")
    assert words.endswith(
        "maintenance taken out: 1 h 30 min; 1 announcement of maintenance came too late, and is not taken out."
    )


def test_the_record() -> None:
    """For a program: times with their zone, and figures that add up."""
    where = region(level())
    month = report(where, take(DAY[0], "y" * 8 + "nn" + "y" * 6 + "...." + "y" * 4), *DAY)[ARCHIVE]
    record = json.loads(json.dumps(record_service_month(where, month)))
    assert record["service"] == {"municipality": "loppa", "kind": "application", "name": "case_archive"}
    assert (record["start"], record["end"]) == ("2026-12-01T00:00:00+01:00", "2026-12-02T00:00:00+01:00")
    assert record["faults"] == [
        {
            "start": "2026-12-01T08:00:00+01:00",
            "end": "2026-12-01T10:00:00+01:00",
            "seconds": 7200,
            "over": True,
        }
    ]
    assert [gap["start"] for gap in record["gaps"]] == ["2026-12-01T16:00:00+01:00"]
    assert (record["kept"], record["gap_seconds"], record["counted_seconds"]) == ("no", 4 * 3600, 24 * 3600)
    assert record["percent_at_least"] == pytest.approx(75)
    assert record["percent_at_most"] == pytest.approx(100 * 22 / 24)


@pytest.mark.parametrize(
    ("percent", "text"), [(100.0, "100.00"), (99.999999, "99.99"), (57.29, "57.29"), (99.8, "99.80"), (0.0, "0.00")]
)
def test_percent_is_never_rounded_up(percent: float, text: str) -> None:
    """What is not whole is not told as whole."""
    assert format_percent(percent) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (3660, "1 h 1 min"), (90000, "25 h")],
)
def test_durations(seconds: int, text: str) -> None:
    """In what people count in."""
    assert format_duration(seconds) == text
