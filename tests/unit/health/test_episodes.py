"""What a run means beside those before it, without a database: who judges what, what is told last, the exit code."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nornir_tasks.core.exit_codes import CLEAN, WRONG
from nornir_tasks.core.verdict import Status
from nornir_tasks.health.causes import Cause, CauseKind, DarkCable
from nornir_tasks.health.episodes import (
    ANY,
    FLAPPING_TIMES,
    STALE,
    Acknowledgement,
    Episode,
    EpisodeKey,
    Recurrence,
    RunComparison,
    describe_acknowledgement,
    describe_flapping,
    describe_since,
    find_exit_code,
    find_transitions,
    make_look,
    name_cause,
    sort_acknowledged_last,
)
from nornir_tasks.health.incident import Incident
from nornir_tasks.reachability.bridging import PortEnd
from tests.support.health_runs import MINUTE, NOON, REGION, look_at, make_verdict

KNOWN = Acknowledgement("kari", NOON, NOON + timedelta(hours=1), "the part comes tomorrow")
UPLINKS, SAVED = ("loppa-acc-01", "uplinks"), ("loppa-acc-01", "saved")
CORE = ("loppa-core-01", "reachable")
NEAR, FAR = PortEnd("loppa-core-01", "GigabitEthernet1/0/5"), PortEnd("alta-leaf-01", "GigabitEthernet1/0/1")
LINE = Cause(CauseKind.CABLE, "alta-leaf-01", (DarkCable(NEAR, FAR),))
POWER = Cause(CauseKind.POWER, "loppa-acc-02", folded=("app-01",))


def episode(pair: tuple[str, str], status: Status = Status.FAILURE, **more: Any) -> Episode:
    """One that began at noon."""
    began = Episode(1, EpisodeKey(*pair, status), "text", (pair,), NOON, NOON - MINUTE, True, NOON)
    return replace(began, **more)


def cause_key(cause: Cause) -> EpisodeKey:
    """As the history names a cause."""
    return EpisodeKey(cause.subject, name_cause(cause), Status.FAILURE)


def test_only_its_own_rule_ends_a_finding() -> None:
    """Another rule of the same subject, or the same rule elsewhere, says nothing; nor does one that cannot tell."""
    begun = episode(UPLINKS)
    silent = (
        look_at([SAVED]),
        look_at([("loppa-core-01", "uplinks")]),
        look_at([SAVED], unread=[UPLINKS]),
        look_at([]),
    )
    assert [find_transitions([begun], look).ended for look in silent] == [(), (), (), ()]
    assert find_transitions([begun], look_at([UPLINKS])).ended == (begun,)


def test_what_could_not_be_judged_is_another_finding_and_ends_with_any_judgement() -> None:
    """Whether the rule holds by now or not."""
    unread = episode(UPLINKS, Status.ERROR)
    assert find_transitions([unread], look_at([UPLINKS])).ended == (unread,)
    bad = find_transitions([unread], look_at([UPLINKS], [UPLINKS]))
    assert (bad.ended, [finding.key.status for finding in bad.opened]) == ((unread,), [Status.FAILURE])
    still = find_transitions([unread], look_at([], unread=[UPLINKS]))
    assert (still.opened, still.ended) == ((), ())


def test_several_verdicts_of_a_rule_are_one_finding() -> None:
    """Both lines down: one finding with both texts."""
    verdicts = [replace(make_verdict(*UPLINKS, Status.FAILURE), actual=f"port {port} is down") for port in (23, 24)]
    (finding,) = make_look(REGION, verdicts, [], NOON).findings.values()
    assert finding.text == "port 23 is down; port 24 is down"


@pytest.mark.parametrize(
    ("judged", "ends"),
    [
        ([("alta-leaf-01", "uplinks")], True),
        ([("loppa-core-01", "uplinks")], True),
        ([("loppa-core-01", "reachable"), ("alta-leaf-01", "saved")], False),
        ([("loppa-acc-01", "uplinks")], False),
    ],
)
def test_a_dark_cable_is_over_when_one_of_its_ends_was_read(judged: list[tuple[str, str]], ends: bool) -> None:
    """Who only logs in has not seen its ports."""
    look = make_look(REGION, [], [Incident((LINE,))], NOON)
    begun = episode((LINE.subject, name_cause(LINE)), judged_by=look.findings[cause_key(LINE)].judged_by)
    assert bool(find_transitions([begun], look_at(judged)).ended) is ends


def test_another_cause_is_over_when_its_subject_was_judged() -> None:
    """By whatever rule; and where nothing answered, once anything does."""
    ourselves = Cause(CauseKind.OURSELVES, "", folded=("loppa-acc-01",))
    look = make_look(REGION, [], [Incident((POWER,)), Incident((ourselves,))], NOON)
    begun = [
        replace(episode(("x", "y")), key=key, judged_by=finding.judged_by) for key, finding in look.findings.items()
    ]
    assert find_transitions(begun, look_at([])).ended == ()
    assert find_transitions(begun, look_at([UPLINKS])).ended == (begun[1],)
    assert find_transitions(begun, look_at([("loppa-acc-02", "saved")])).ended == tuple(begun)


def test_a_cable_has_one_name_from_either_end_and_each_its_own() -> None:
    """Two dark cables to the same switch are two causes."""
    turned = Cause(CauseKind.CABLE, LINE.subject, (DarkCable(FAR, NEAR, "closed by hand", True),))
    second = PortEnd("alta-leaf-01", "GigabitEthernet1/0/2")
    other = Cause(CauseKind.CABLE, LINE.subject, (DarkCable(second, PortEnd("loppa-core-01", "X")),))
    assert name_cause(LINE) == name_cause(turned) != name_cause(other)
    assert name_cause(POWER) == "cause:power"


def test_a_run_that_looked_earlier_does_not_undo_what_another_has_found() -> None:
    """They were under way at the same time, and the later look was recorded first."""
    contested = {UPLINKS: NOON}
    earlier, later = look_at([UPLINKS], at=NOON - MINUTE), look_at([UPLINKS], at=NOON + MINUTE)
    begun = episode(UPLINKS)
    assert find_transitions([begun], earlier, contested).ended == ()
    assert find_transitions([begun], look_at([UPLINKS], at=NOON), contested).ended == ()
    assert find_transitions([begun], later, contested).ended == (begun,)
    bad_earlier = look_at([UPLINKS], [UPLINKS], at=NOON - MINUTE)
    assert find_transitions([], bad_earlier, contested).opened == ()
    assert len(find_transitions([], bad_earlier, {SAVED: NOON}).opened) == 1


def record(*recurrences: tuple[EpisodeKey, Acknowledgement | None]) -> RunComparison:
    """What the history says of these."""
    return RunComparison(
        1,
        {
            key: Recurrence(replace(episode(key[:2]), key=key, acknowledgement=known), False, 1)
            for key, known in recurrences
        },
    )


def test_an_acknowledged_finding_is_told_last_and_is_no_reason_to_fail() -> None:
    """Until its moment; and only that one."""
    first, second = (make_verdict(*pair, Status.FAILURE) for pair in (UPLINKS, SAVED))
    known = record((EpisodeKey(*UPLINKS, Status.FAILURE), KNOWN), (EpisodeKey(*SAVED, Status.FAILURE), None))
    assert sort_acknowledged_last([first, second], lambda each: known.is_acknowledged(each, NOON)) == [second, first]
    assert find_exit_code(known, [first], [], NOON) == CLEAN
    assert find_exit_code(known, [first], [], KNOWN.until) == WRONG
    assert find_exit_code(known, [first, second], [], NOON) == WRONG
    assert find_exit_code(known, [make_verdict(*CORE, Status.ERROR)], [], NOON) == WRONG
    assert find_exit_code(known, [make_verdict(*CORE, Status.SKIPPED)], [], NOON) == CLEAN
    assert find_exit_code(RunComparison(), [first], [], NOON) == WRONG, "without a history nobody knows"


def test_an_incident_is_acknowledged_when_all_of_its_causes_are() -> None:
    """Two together cut people off: one of them known is not enough."""
    both = Incident((LINE, POWER))
    half = record((cause_key(LINE), KNOWN), (cause_key(POWER), None))
    whole = record((cause_key(LINE), KNOWN), (cause_key(POWER), KNOWN))
    assert [find_exit_code(each, [], [both], NOON) for each in (half, whole)] == [WRONG, CLEAN]
    assert half.find_cause(POWER) is not None
    assert RunComparison().find_cause(POWER) is None


def test_since_when_is_told_no_more_exactly_than_it_is_known() -> None:
    """The run before looked; an earlier one did; none ever did."""
    begun = episode(UPLINKS)
    assert describe_since(begun) == "since 2026-12-01 12:00 UTC"
    assert describe_since(replace(begun, is_exact=False)) == (
        "at the latest since 2026-12-01 12:00 UTC; well on 2026-12-01 11:59 UTC"
    )
    assert describe_since(replace(begun, is_exact=False, well_at=None)) == (
        "at the latest since 2026-12-01 12:00 UTC; not looked at before"
    )


def test_the_words_of_an_acknowledgement_and_of_flapping() -> None:
    """Who, until when, why; how often."""
    assert describe_acknowledgement(KNOWN) == (
        "acknowledged by kari until 2026-12-01 13:00 UTC: the part comes tomorrow"
    )
    assert describe_flapping(4) == "comes and goes: 4 times in 24 hours"
    begun = episode(UPLINKS)
    assert not Recurrence(begun, False, FLAPPING_TIMES - 1).is_flapping
    assert Recurrence(begun, False, FLAPPING_TIMES).is_flapping


def test_what_nobody_has_looked_at_for_long_is_stale() -> None:
    """Not what has ended."""
    begun = episode(UPLINKS)
    assert not begun.is_stale(NOON + STALE)
    assert begun.is_stale(NOON + STALE + MINUTE)
    assert not replace(begun, closed=NOON).is_stale(NOON + 2 * STALE)


def test_any_rule_of_a_subject_is_noted_with_the_newest_moment() -> None:
    """By which a cause is judged."""
    verdicts = [
        make_verdict(*UPLINKS, Status.PASSED, NOON + MINUTE),
        make_verdict(*SAVED, Status.FAILURE, NOON),
        make_verdict("loppa-acc-02", "saved", Status.SKIPPED, NOON),
    ]
    judged = make_look(REGION, verdicts, [], NOON).judged
    assert judged[UPLINKS[0], ANY] == judged[ANY, ANY] == NOON + MINUTE
    assert ("loppa-acc-02", "saved") not in judged
