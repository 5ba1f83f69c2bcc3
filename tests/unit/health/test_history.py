"""The history of health on SQLite: what is new, since when, who knows, what is forgotten."""

import random
import stat
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from nornir_tasks.core import secrets
from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.verdict import Status
from nornir_tasks.health import thinning
from nornir_tasks.health.episodes import (
    EXACT_WITHIN,
    FLAPPING_TIMES,
    LONGEST_ACKNOWLEDGEMENT,
    Acknowledgement,
    EpisodeKey,
)
from nornir_tasks.health.history import HealthHistory, RunStart
from nornir_tasks.health.history_rows import add_run
from nornir_tasks.health.history_tables import RUNS, read_pairs, write_pairs
from nornir_tasks.health.reach_history import LONGEST_GAP, ReachObservation, ReachSpan, ReachState
from tests.support.health_runs import MINUTE, NOON, Pair, look_at, run_at

UPLINKS, SAVED, CORE = ("loppa-acc-01", "uplinks"), ("loppa-acc-01", "saved"), ("loppa-core-01", "saved")
ALL = [UPLINKS, SAVED, CORE]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KNOWN = Acknowledgement("kari", NOON, NOON + DAY, "the part comes tomorrow")


@pytest.fixture
def history(tmp_path: Path) -> HealthHistory:
    """An empty one."""
    return HealthHistory.at(tmp_path)


def key(pair: Pair, status: Status = Status.FAILURE) -> EpisodeKey:
    """A finding's name."""
    return EpisodeKey(*pair, status)


def test_what_is_new_and_what_has_ended(history: HealthHistory) -> None:
    """Told once; in between it is neither."""
    run_at(history, NOON, look_at(ALL))
    first, second, third = (
        run_at(history, NOON + n * MINUTE, look_at(ALL, bad, at=NOON + n * MINUTE))
        for n, bad in ((1, [UPLINKS]), (2, [UPLINKS, CORE]), (3, [CORE]))
    )
    assert {each.episode.key: each.is_new for each in first.recurrences.values()} == {key(UPLINKS): True}
    assert {each.episode.key: each.is_new for each in second.recurrences.values()} == {
        key(UPLINKS): False,
        key(CORE): True,
    }
    assert [(each.key, each.opened, each.closed) for each in third.ended] == [
        (key(UPLINKS), NOON + MINUTE, NOON + 3 * MINUTE)
    ]
    assert (first.previous, third.previous) == (NOON, NOON + 2 * MINUTE)
    assert [each.key for each in history.list_ended(NOON)] == [key(UPLINKS)]
    assert history.list_ended(NOON + 4 * MINUTE) == []


@pytest.mark.parametrize("seed", range(12))
def test_as_a_plain_reading_of_all_runs_says(history: HealthHistory, seed: int) -> None:
    """Whatever is looked at, in whatever order things break and mend, and wherever the clock stands."""
    draw, at = random.Random(seed), NOON
    runs: list[tuple[datetime, set[Pair], set[Pair]]] = []
    for _ in range(25):
        at += draw.choice((MINUTE, MINUTE, 10 * MINUTE, HOUR, -HOUR, 7 * DAY))
        judged = {pair for pair in ALL if draw.random() < 0.6}
        bad = {pair for pair in judged if draw.random() < 0.5}
        record = run_at(history, at, look_at(judged, bad, at=at))
        history.forget_old()
        began_back = bool(runs) and at < runs[-1][0]
        runs.append((at, judged, bad))
        assert record.has_clock_gone_back is began_back
        assert set(record.recurrences) == {key(pair) for pair in bad}
        assert {each.key for each in record.ended} == {
            key(pair) for pair in judged - bad if read_plainly(runs[:-1], pair)[0] is not None
        }
        for pair in ALL:
            opened, well_at, exact = read_plainly(runs, pair)
            open_ones = [each.episode for each in history.list_open() if each.episode.key == key(pair)]
            expected = [] if opened is None else [(opened, well_at, exact)]
            assert [(each.opened, each.well_at, each.is_exact) for each in open_ones] == expected


def read_plainly(
    runs: list[tuple[datetime, set[Pair], set[Pair]]], pair: Pair
) -> tuple[datetime | None, datetime | None, bool]:
    """Since when a pair is bad (None: it is not), when it was last well before, and whether shortly before."""
    opened: datetime | None = None
    well_at: datetime | None = None
    exact = False
    for number, (at, judged, bad) in enumerate(runs):
        if pair in bad and opened is None:
            before = [moment for moment, earlier, _ in runs[:number] if pair in earlier]
            opened, well_at = at, before[-1] if before else None
            exact = bool(before) and abs(at - before[-1]) <= EXACT_WITHIN
        elif pair in judged - bad:
            opened = None
    return opened, well_at, exact


def test_flapping_is_counted_within_a_day(history: HealthHistory) -> None:
    """What began earlier does not count."""
    times = []
    for n in range(6):
        at = NOON + n * 6 * HOUR
        times.append(run_at(history, at, look_at(ALL, [UPLINKS], at=at)).recurrences[key(UPLINKS)])
        run_at(history, at + MINUTE, look_at(ALL, at=at + MINUTE))
    assert [each.times for each in times] == [1, 2, 3, 4, 5, 5]
    assert [each.is_flapping for each in times] == [n >= FLAPPING_TIMES for n in (1, 2, 3, 4, 5, 5)]


def test_an_acknowledgement_ends_with_its_finding(history: HealthHistory) -> None:
    """When it comes again, nobody knows of it yet."""
    run_at(history, NOON, look_at(ALL, [UPLINKS, SAVED]))
    (acknowledged,) = history.acknowledge(*UPLINKS, KNOWN)
    assert (acknowledged.key, acknowledged.acknowledgement) == (key(UPLINKS), KNOWN)
    recurrences = run_at(history, NOON + MINUTE, look_at(ALL, [UPLINKS, SAVED])).recurrences
    assert recurrences[key(UPLINKS)].episode.acknowledgement == KNOWN
    assert recurrences[key(SAVED)].episode.acknowledgement is None
    run_at(history, NOON + 2 * MINUTE, look_at(ALL, [SAVED]))
    again = run_at(history, NOON + 3 * MINUTE, look_at(ALL, [UPLINKS, SAVED])).recurrences
    assert again[key(UPLINKS)].episode.acknowledgement is None


def test_a_newer_acknowledgement_takes_the_place_of_an_older_and_either_may_be_withdrawn(
    history: HealthHistory,
) -> None:
    """Withdrawn, the older one does not come back."""
    run_at(history, NOON, look_at(ALL, ALL))
    newer = replace(KNOWN, who="ola", until=NOON + 2 * DAY)
    history.acknowledge("loppa-acc-01", "", KNOWN)
    history.acknowledge(*UPLINKS, newer)
    known = {each.episode.key: each.episode.acknowledgement for each in history.list_open()}
    assert known == {key(UPLINKS): newer, key(SAVED): KNOWN, key(CORE): None}
    assert [each.key for each in history.withdraw(*UPLINKS, "kari")] == [key(UPLINKS)]
    known = {each.episode.key: each.episode.acknowledgement for each in history.list_open()}
    assert known == {key(UPLINKS): None, key(SAVED): KNOWN, key(CORE): None}
    with pytest.raises(UsageError, match="loppa-acc-01: nothing that is open is acknowledged"):
        history.withdraw(*UPLINKS, "kari")


@pytest.mark.parametrize(
    ("subject", "rule", "known", "words"),
    [
        ("loppa-acc-01", "memory", KNOWN, "loppa-acc-01: found 'memory', expected what is open there: uplinks"),
        ("loppa-acc-02", "", KNOWN, "loppa-acc-02: nothing is open there; it is at loppa-acc-01"),
        ("x", "", KNOWN, "x: nothing is open there$"),
        (*UPLINKS, replace(KNOWN, reason=" "), "--reason: expected why it may stay, found nothing"),
        (*UPLINKS, replace(KNOWN, until=NOON), "--until: found 2026-12-01 12:00 UTC, expected a moment to come"),
        (*UPLINKS, replace(KNOWN, until=NOON + LONGEST_ACKNOWLEDGEMENT + MINUTE), "at most 90 days ahead"),
    ],
)
def test_an_acknowledgement_that_does_not_fit_is_refused(
    history: HealthHistory, subject: str, rule: str, known: Acknowledgement, words: str
) -> None:
    """With what would; and nothing is noted."""
    run_at(history, NOON, look_at(ALL, [UPLINKS]))
    with pytest.raises(UsageError, match=words):
        history.acknowledge(subject, rule, known)
    assert [each.episode.acknowledgement for each in history.list_open()] == [None]


def test_overlapping_runs(history: HealthHistory) -> None:
    """The one that looked earlier is recorded later: it neither ends nor opens what the other has judged since."""
    run_at(history, NOON, look_at(ALL))
    slow = RunStart(NOON + MINUTE, history.begin_run().newest)
    run_at(history, NOON + 3 * MINUTE, look_at(ALL, [UPLINKS], at=NOON + 3 * MINUTE))
    record = history.record_run(slow, look_at(ALL, [CORE], at=NOON + 2 * MINUTE), ended=NOON + 4 * MINUTE)
    assert (record.ended, record.has_clock_gone_back) == ((), False)
    assert [each.episode.key for each in history.list_open()] == [key(UPLINKS)]
    assert dict(record.recurrences) == {}


def test_when_a_host_was_last_looked_at(history: HealthHistory) -> None:
    """A run elsewhere is no look; what was open then is told."""
    run_at(history, NOON, look_at(ALL, [UPLINKS]))
    run_at(history, NOON + MINUTE, look_at([CORE]))
    look = history.find_last_look("loppa-acc-01")
    assert look is not None
    assert (look.moment, [each.episode.key for each in look.recurrences]) == (NOON, [key(UPLINKS)])
    assert history.find_last_look("loppa-acc-02") is None
    assert history.find_newest_run() == NOON + MINUTE


def test_runs_are_thinned_by_age(tmp_path: Path) -> None:
    """All of the last days, then the last of each hour, then of each day; episodes stay."""
    history = HealthHistory.at(tmp_path)
    draw, now = random.Random(4), NOON + 4 * 365 * DAY
    moments = sorted(
        now - timedelta(seconds=draw.randrange(int(span.total_seconds())))
        for span in (2 * DAY, 20 * DAY, 100 * DAY, 1200 * DAY)
        for _ in range(60)
    )
    moments += [now - 50 * DAY + n * MINUTE for n in range(30)] + [now - MINUTE, now]
    moments.sort()
    run_at(history, moments[0], look_at(ALL, [UPLINKS], at=moments[0]))
    with history._database.transaction() as connection:
        for at in moments[1:-1]:
            add_run(connection, at, at, look_at(ALL, [UPLINKS], at=at), [])
    run_at(history, now, look_at(ALL, [UPLINKS], at=now))
    while history.forget_old():
        pass
    assert list_runs(history) == [at.isoformat(timespec="microseconds") for at in keep(moments, now)]
    (recurrence,) = history.list_open()
    assert recurrence.episode.opened == moments[0]


def list_runs(history: HealthHistory) -> list[str]:
    """When the runs began that are kept."""
    with history._database.transaction(reading=True) as connection:
        return list(connection.execute(select(RUNS.c.began).order_by(RUNS.c.id)).scalars())


def keep(moments: list[datetime], now: datetime) -> list[datetime]:
    """Which of these runs stay."""
    newest: dict[tuple[int, str], datetime] = {}
    for at in moments:
        age = now - at
        if age <= thinning.EVERY_RUN:
            newest[0, at.isoformat()] = at
        elif age <= thinning.ONE_AN_HOUR:
            newest[1, f"{at:%Y-%m-%d %H}"] = at
        elif age <= thinning.ONE_A_DAY:
            newest[2, f"{at:%Y-%m-%d}"] = at
    return sorted(newest.values())


def test_thinning_is_bounded(history: HealthHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more at a time than is not felt."""
    monkeypatch.setattr(thinning, "MOST", 10)
    for n in range(30):
        run_at(history, NOON + n * MINUTE, look_at([]))
    run_at(history, NOON + 20 * DAY, look_at([]))
    run_at(history, NOON + 20 * DAY + MINUTE, look_at([]))
    assert [history.forget_old() for _ in range(4)] == [10, 10, 9, 0]


def test_a_clock_that_was_ahead_for_one_run_makes_nothing_forgotten(history: HealthHistory) -> None:
    """The year 2036, from a battery that is empty."""
    for n in range(30):
        run_at(history, NOON + n * MINUTE, look_at([]))
        history.forget_old()
    run_at(history, NOON + 3650 * DAY, look_at([]))
    assert history.forget_old() == 0
    record = run_at(history, NOON + HOUR, look_at([]))
    assert record.has_clock_gone_back
    assert (history.forget_old(), len(list_runs(history))) == (0, 32)


def test_texts_hold_no_secret_and_no_end(history: HealthHistory, tmp_path: Path) -> None:
    """What a device said may hold both, and what is no text."""
    secrets.remember_secret("Torsk-Og-Sei-7")
    look = look_at([UPLINKS], [UPLINKS])
    finding = look.findings[key(UPLINKS)]
    look.findings[key(UPLINKS)] = replace(finding, text="Torsk-Og-Sei-7 \0 \udcff " + "x" * 9999)  # type: ignore[index]
    run_at(history, NOON, look)
    history.acknowledge(*UPLINKS, replace(KNOWN, reason="it is Torsk-Og-Sei-7"))
    (recurrence,) = history.list_open()
    assert recurrence.episode.text.startswith(r"<secret> \x00 \udcff xxx")
    assert len(recurrence.episode.text) == 500
    assert not any(b"Torsk-Og-Sei-7" in path.read_bytes() for path in tmp_path.iterdir())


def test_only_its_owner_reads_it(history: HealthHistory, tmp_path: Path) -> None:
    """And the files that SQLite puts beside it."""
    with history._database.transaction() as connection:
        connection.execute(RUNS.delete())
        modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("health.sqlite*")}
    assert modes == {0o600}


def test_who_only_reads_makes_nothing(tmp_path: Path) -> None:
    """Neither a file nor a table."""
    assert HealthHistory.find(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "health.sqlite").touch()
    assert HealthHistory.find(tmp_path) is None


def test_a_journal_in_another_file_has_its_history_beside_it(tmp_path: Path) -> None:
    """Never in it: a damaged history is moved aside."""
    (tmp_path / "elsewhere").mkdir()
    url = f"sqlite:///{tmp_path}/elsewhere/journal.sqlite"
    HealthHistory.at(tmp_path, url)
    assert HealthHistory.find(tmp_path, url) is not None
    assert [path.name for path in tmp_path.rglob("*.sqlite")] == ["health.sqlite"]


@pytest.mark.parametrize("seed", range(20))
def test_what_was_judged_is_written_and_read_again(seed: int) -> None:
    """Shorter than a list of pairs, and with those that stand for any."""
    draw = random.Random(seed)
    hosts, rules = [f"host-{n}" for n in range(40)], [f"rule-{n}" for n in range(9)]
    pairs = {(host, rule) for host in hosts for rule in rules if draw.random() < draw.choice((0.2, 0.9, 1))}
    anything = {(host, "") for host, _ in pairs} | ({("", "")} if pairs else set())
    assert read_pairs(write_pairs(pairs | anything)) == pairs | anything


def test_all_switches_by_all_rules_stay_small() -> None:
    """One that is silent makes it little larger."""
    pairs = {(f"loppa-acc-{n:03}", f"rule-{rule}") for n in range(150) for rule in range(20)}
    pairs -= {("loppa-acc-007", f"rule-{rule}") for rule in range(19)}
    assert len(write_pairs(pairs)) < 6000


# --- applications


def observe(at: datetime, reached: ReachState, application: str = "patient_record") -> ReachObservation:
    """Of Loppa's people."""
    return ReachObservation(at, "loppa", application, reached)


def test_observations_that_say_the_same_are_one_span(history: HealthHistory) -> None:
    """A change, or a gap in which nobody looked, begins another."""
    five = 5 * MINUTE
    looks = [ReachState.YES, ReachState.YES, ReachState.NO, ReachState.NO, ReachState.UNKNOWN, ReachState.YES]
    for n, reached in enumerate(looks):
        start = RunStart(NOON + n * five, n)
        observations = [observe(NOON + n * five, reached), observe(NOON + n * five, ReachState.YES, "mail")]
        history.record_run(start, look_at([]), observations=observations, ended=NOON + n * five)
    gap = NOON + 5 * five + LONGEST_GAP + MINUTE
    history.record_run(RunStart(gap, 6), look_at([]), observations=[observe(gap, ReachState.YES)], ended=gap)
    spans = history.list_reach(NOON, gap + MINUTE)
    assert spans[0] == ReachSpan("loppa", "mail", ReachState.YES, NOON, NOON + 5 * five, 6)
    assert [(each.reached, each.began, each.ended, each.count) for each in spans[1:]] == [
        (ReachState.YES, NOON, NOON + five, 2),
        (ReachState.NO, NOON + 2 * five, NOON + 3 * five, 2),
        (ReachState.UNKNOWN, NOON + 4 * five, NOON + 4 * five, 1),
        (ReachState.YES, NOON + 5 * five, NOON + 5 * five, 1),
        (ReachState.YES, gap, gap, 1),
    ]
    within = history.list_reach(NOON + 2 * five, NOON + 4 * five)
    assert [each.reached for each in within if each.application != "mail"] == [ReachState.NO]


def test_a_clock_set_back_begins_another_span(history: HealthHistory) -> None:
    """And goes on in that one: none reaches over what was not looked at."""
    moments = [NOON, NOON + MINUTE, NOON - HOUR, NOON - HOUR + MINUTE]
    for n, at in enumerate(moments):
        history.record_run(RunStart(at, n), look_at([]), observations=[observe(at, ReachState.YES)], ended=at)
    spans = history.list_reach(NOON - DAY, NOON + DAY)
    assert [(each.began, each.ended, each.count) for each in spans] == [
        (NOON - HOUR, NOON - HOUR + MINUTE, 2),
        (NOON, NOON + MINUTE, 2),
    ]
