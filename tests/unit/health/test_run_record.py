"""The record of a round: what comes first, what is folded, and that nothing unseen is taken for well."""

from datetime import UTC, datetime, timedelta

import pytest

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.health.causes import Cause, CauseKind, DarkCable
from nornir_tasks.health.check import REGISTRY, NotTold, Observation, Skipped, load_checks
from nornir_tasks.health.incident import Incident, Urgency
from nornir_tasks.health.links import Uplinks
from nornir_tasks.health.run_record import Annotation, Counts, Finding, RunRecord, Scope, annotate, make_record
from nornir_tasks.health.what_if import GroupLoss
from nornir_tasks.inventory.load import load_region
from nornir_tasks.platforms.common.login_fault import LoginFault
from nornir_tasks.reachability.bridging import PortEnd

REGION = load_region()
BEGAN = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
CORE, SCHOOL, BEHIND, TOWN_HALL = "loppa-core-01", "loppa-acc-03", "loppa-acc-04", "loppa-acc-01"
CABLE = DarkCable(PortEnd(CORE, "GigabitEthernet1/0/2"), PortEnd(SCHOOL, "Ethernet25"), "no light")
LOST = GroupLoss("Loppa", "Pupils", "Høgtun skole", 98, ("Examinations",), (), "why")
NO_LINE = Incident((Cause(CauseKind.CABLE_OR_POWER, SCHOOL, (CABLE,), folded=(BEHIND,)),), (LOST,))
SHUT = Incident((Cause(CauseKind.ENTRY, TOWN_HALL, fault=LoginFault.WRONG_PASSWORD),))

load_checks()


def passed(check: str, subject: str) -> Verdict:
    """It is well."""
    return REGISTRY[check]().rule.passed(subject)


def failed(check: str, subject: str, actual: str = "something else", expected: str = "something") -> Verdict:
    """It is wrong."""
    return REGISTRY[check]().rule.failed(subject, expected, actual, "Do something.")


def error(check: str, subject: str) -> Verdict:
    """It broke while it was asked."""
    return REGISTRY[check]().fail_to_tell(subject, "timed out", "Ask again.")


def record(*verdicts: Verdict, incidents: tuple[Incident, ...] = ()) -> RunRecord:
    """A round of three seconds."""
    subjects = tuple(dict.fromkeys(verdict.subject for verdict in verdicts))
    scope = Scope("loppa", subjects, tuple(dict.fromkeys(verdict.rule.name for verdict in verdicts)))
    return make_record(REGION, scope, verdicts, incidents, BEGAN, BEGAN + timedelta(seconds=3))


def unseen(check: str, subject: str) -> Verdict:
    """As a check says it of a switch that does not answer."""
    device = REGION.devices[subject]
    nothing: Observation = Observation(REGION, device, None, None, login_error="no answer")  # type: ignore[arg-type]
    (verdict,) = REGISTRY[check]().run(nothing)
    return verdict


def test_where_all_is_well_the_verdict_says_of_how_much() -> None:
    well = record(passed("saved", CORE), passed("uplinks", CORE))
    assert (well.verdict, well.is_healthy, well.seconds) == ("healthy: 1 switch, 2 checks passed", True, 3.0)


def test_what_could_not_be_looked_at_is_never_taken_for_well() -> None:
    """It has its own number in the verdict; what does not apply has none."""
    silent = record(passed("saved", CORE), unseen("saved", SCHOOL), unseen("uplinks", SCHOOL))
    assert silent.counts == Counts(passed=1, unseen=2)
    assert silent.verdict == "healthy: 2 switches, 1 check passed; 2 checks could not tell"
    assert [(each.check, each.is_error) for each in silent.unseen] == [("saved", False), ("uplinks", False)]
    inapplicable = record(passed("saved", CORE), REGISTRY["gateways"]().skip(SCHOOL, "nobody's gateway"))
    assert inapplicable.unseen == ()
    assert inapplicable.verdict == "healthy: 2 switches, 1 check passed"


def test_an_error_is_told_first_where_nothing_else_is_wrong() -> None:
    broken = record(passed("saved", CORE), error("uplinks", CORE))
    assert not broken.is_healthy
    assert broken.verdict == (
        "nothing wrong found, and not everything seen: loppa-core-01: uplinks: timed out; 1 check could not tell"
    )
    worse = record(failed("saved", CORE), error("uplinks", CORE))
    assert worse.verdict == (
        "loppa-core-01: saved: Expected something, actual: something else. First: Do something. "
        "(docs/runbooks/saved.md); 1 check could not tell"
    )


def test_a_device_that_does_not_tell_is_unseen_and_one_that_need_not_is_skipped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The check says which of the two it is."""
    seen = Observation(REGION, REGION.devices[CORE], None, None)  # type: ignore[arg-type]
    for needs in ("facts", "hints"):
        monkeypatch.setattr(Uplinks, needs, (), raising=False)
    for reason, is_unseen in ((NotTold("this platform does not tell it"), True), (Skipped("no cable"), False)):

        def find_mismatches(self: Uplinks, observation: Observation, reason: Exception = reason) -> None:
            raise reason

        monkeypatch.setattr(Uplinks, "find_mismatches", find_mismatches)
        (verdict,) = Uplinks().run(seen)
        assert verdict.status == "skipped"
        assert len(record(verdict).unseen) == is_unseen


def test_the_order_is_that_of_people_and_never_of_names() -> None:
    """Cut off, no second, not seen, later, untidy; within one the most clients on the switch."""
    verdicts = [
        failed("cabling", "alta-acc-01"),
        failed("saved", "alta-acc-02"),
        failed("reachable", TOWN_HALL),
        failed("uplinks", "hasvik-acc-01"),
        failed("gateways", CORE),
    ]
    for given in (verdicts, verdicts[::-1]):
        ranked = record(*given, incidents=(NO_LINE, SHUT))
        assert [(finding.kind, finding.urgency) for finding in ranked.findings] == [
            ("cable or power", Urgency.CUT_OFF),
            ("gateways", Urgency.CUT_OFF),
            ("uplinks", Urgency.UNPROTECTED),
            ("entry", Urgency.UNSEEN),
            ("saved", Urgency.LATER),
            ("cabling", Urgency.UNTIDY),
        ]
    assert ranked.people == 98
    assert ranked.verdict.startswith("loppa-acc-03 (Høgtun skole): no power, or its line is down: ")
    assert "98 people at 1 site of Loppa lose Examinations. First: Ask somebody there" in ranked.verdict
    assert ranked.verdict.endswith("(docs/runbooks/uplinks.md); 5 more findings")


def test_of_equals_the_switch_with_the_most_clients_is_first() -> None:
    """The core has none; whoever is asked last is not last for that."""
    names = [CORE, TOWN_HALL]
    for given in (names, names[::-1]):
        assert [each.subject for each in record(*(failed("saved", name) for name in given)).findings] == names[::-1]


def test_what_follows_from_an_incident_is_folded_under_it() -> None:
    """Silent switches, and the ends of its cable; what else is wrong with them is not."""
    verdicts = [
        failed("uplinks", CORE, "down", f"GigabitEthernet1/0/2 to {SCHOOL} up"),
        failed("saved", CORE),
        failed("reachable", SCHOOL),
        failed("reachable", BEHIND),
        unseen("saved", SCHOOL),
    ]
    first, second = record(*verdicts, incidents=(NO_LINE,)).findings
    assert (first.subject, first.hidden, first.folded) == (SCHOOL, 3, (BEHIND,))
    assert first.folded_text == "1 device silent because of it: loppa-acc-04"
    assert (second.subject, second.kind) == (CORE, "saved")


def test_what_is_said_of_another_port_of_the_same_switch_is_not_folded() -> None:
    """Two cables are two faults, also where one check tells both; a port's name is no part of another's."""
    dark, other = f"GigabitEthernet1/0/2 to {SCHOOL} up", f"GigabitEthernet1/0/23 to {TOWN_HALL} up"
    both = [failed("uplinks", CORE, "down", expected) for expected in (dark, other)]
    for verdicts, kinds in (([both[0]], []), (both, ["uplinks"]), ([both[1]], ["uplinks"])):
        _first, *rest = record(*verdicts, incidents=(NO_LINE,)).findings
        assert [finding.kind for finding in rest] == kinds


def test_only_our_own_view_is_gone_where_a_password_is_refused() -> None:
    (shut,) = record(failed("reachable", TOWN_HALL), incidents=(SHUT,)).findings
    (dark,) = record(failed("reachable", SCHOOL), incidents=(NO_LINE,)).findings
    assert (shut.is_ours, dark.is_ours) == (True, False)


def test_what_somebody_knows_of_comes_last_and_raises_no_alarm() -> None:
    """The history of health says so, and the changes that run are told before all else."""
    verdicts = failed("saved", CORE), failed("cabling", TOWN_HALL), failed("reachable", SCHOOL)
    found = record(*verdicts, incidents=(NO_LINE,))

    def know(finding: Finding) -> Annotation:
        is_known = finding.incident is NO_LINE or [each.rule.name for each in finding.answer] == ["saved"]
        return Annotation((f"since {finding.kind}",), is_known)

    told = annotate(found, know, ["Change 3f9a is running"])
    assert [(finding.kind, finding.is_known) for finding in told.findings] == [
        ("cabling", False),
        ("cable or power", True),
        ("saved", True),
    ]
    assert all(finding.notes == (f"since {finding.kind}",) for finding in told.findings)
    assert told.verdict.startswith("Change 3f9a is running; loppa-acc-01: cabling: ")
    assert told.verdict.endswith("(docs/runbooks/cabling.md); 2 that are known")
    assert not told.is_healthy
    calm = annotate(found, lambda finding: Annotation(is_known=True))
    assert (calm.is_healthy, calm.verdict) == (True, "nothing new: 3 switches, 0 checks passed; 3 that are known")
    assert calm.count_findings(Urgency.CUT_OFF) == 0
