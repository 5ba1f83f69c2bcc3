"""Gates: each open and each shut, with its words."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.change.plan import DevicePlan, Kind
from nornir_tasks.core.verdict import Rule
from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.journal.entry import Entry
from nornir_tasks.migration.gates import GATES, GateError, Situation, ask, is_inside, require
from nornir_tasks.model import Freeze, Position, Stage, Waiver
from nornir_tasks.model.municipality import Link
from nornir_tasks.model.services import Condition, Line, Move, RiskAssessment, RiskFinding
from tests.support import model_parts as parts
from tests.support import small_region as small

NIGHT = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # a Tuesday
NAMES = ("loppa-core-01", "loppa-acc-01", "loppa-acc-02")
DRIFTED = DevicePlan("loppa-acc-01", "all", None, 20, 30, "", "", "", (), ("+ snmp-server location loft",))


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """An empty state directory, and the small region."""
    return open_context(small.region(), reason="test", who="tester", where=tmp_path)


def verdict(gate: str, here: Situation) -> str:
    """What one gate says: nothing if it is open."""
    answer = next(answer for answer in ask(here) if answer.rule.name == gate)
    return "" if answer.passed else answer.text_with_advice


def at(context: Context, stage: Stage, now: Stage | None = None, **more: Any) -> Situation:
    """Loppa about to enter a stage, on a Tuesday night."""
    position = Position({"loppa": stage.before if now is None else now})
    return Situation(context, context.region.municipalities["loppa"], stage, position, **{"clock": NIGHT, **more})


def with_standard(context: Context, **changes: Any) -> Context:
    """The same region under other policies."""
    devices = {
        name: device.model_copy(update={"standard": device.standard.model_copy(update=changes)})
        for name, device in context.region.devices.items()
    }
    return replace(context, region=context.region.model_copy(update={"devices": devices}))


def test_every_stage_has_the_gates_of_its_table() -> None:
    """The design's table, as far as it needs only the network and the journal."""
    table = {stage: {gate.name for gate in GATES if stage in gate.stages} for stage in Stage}
    covered = {"agreements", "risk_assessments"}
    clients = {"leases", "fixed_addresses"}
    every = {"reachable", "nothing_open", "stage_before", "no_drift", "freeze"}
    assert table[Stage.SURVEY] == {"reachable", "nothing_open"}
    assert table[Stage.CONNECT] == every | {"backups", "link_capacity"} | covered
    assert table[Stage.HARMONISE] == every | {"settled"}
    assert table[Stage.PILOT] == every | {"approval", "conditions", "support"} | covered | clients
    assert table[Stage.CUTOVER] == every | {"settled", "approvals", "window", "conditions"} | covered | clients
    assert table[Stage.SETTLE] == every | {"waves_done"}
    assert table[Stage.RETIRE] == every | {"settled", "legacy_clients"}


def test_reachable(context: Context) -> None:
    """A waiver helps in the survey, until its date, and never where something is to be changed."""
    silent = {"loppa-acc-01": Collected("loppa-acc-01", error="no connection")}
    waiver = Waiver(device="loppa-acc-01", by="kari", until=date(2026, 11, 30), reason="flooded")
    waived = replace(at(context, Stage.SURVEY, collected=silent), municipality=small.loppa(waivers=(waiver,)))
    assert "no answer from loppa-acc-01 (no connection)" in verdict(
        "reachable", at(context, Stage.SURVEY, collected=silent)
    )
    alike = {
        name: Collected(name, error=f"{host}:22: no key: trust {name}")
        for name, host in (("loppa-acc-01", "10.17.0.11"), ("loppa-acc-02", "10.17.0.12"))
    } | {"loppa-acc-03": Collected("loppa-acc-03", error="no connection")}
    assert verdict("reachable", at(context, Stage.SURVEY, collected=alike)).endswith(
        "loppa-acc-01 (10.17.0.11:22: no key: trust loppa-acc-01), loppa-acc-02; loppa-acc-03 (no connection)"
    )
    assert verdict("reachable", waived) == ""
    assert verdict("reachable", replace(waived, clock=NIGHT + timedelta(days=7))) != ""
    assert verdict("reachable", replace(waived, stage=Stage.CONNECT)) != ""


def test_nothing_open(context: Context) -> None:
    """Neither on a device nor in the journal; what is over without anybody's word is over."""
    digest = context.backups.digest("hostname x\n")
    quiet = {"loppa-acc-01": Collected("loppa-acc-01", running="hostname x\n")}
    here = at(context, Stage.CONNECT, collected=quiet)
    assert verdict("nothing_open", here) == ""
    waits = {"loppa-acc-01": replace(quiet["loppa-acc-01"], pending=True)}
    assert "loppa-acc-01 (waits on the device itself)" in verdict("nothing_open", replace(here, collected=waits))
    entry = Entry("device", "before", "writing", "loppa", Stage.CONNECT, "t", "t", device="loppa-acc-01", plan="abc123")
    context.journal.write(replace(entry, digest_before=digest))
    assert verdict("nothing_open", here) == ""
    silent = {"loppa-acc-01": Collected("loppa-acc-01", error="no connection")}
    for collected in (waits, silent, {}):
        shut = verdict("nothing_open", replace(here, collected=collected))
        assert "loppa-acc-01 (scripts/change.py resume abc123)" in shut
    # Another configuration than before: whose plan is kept is gone on with, where it is not there is no other way.
    other = {"loppa-acc-01": Collected("loppa-acc-01", running="hostname y\n")}
    assert verdict("nothing_open", replace(here, collected=other)) == ""
    (context.where / "plans").mkdir()
    (context.where / "plans" / "abc123.json").write_text("{}")
    assert "resume abc123" in verdict("nothing_open", replace(here, collected=other))


@pytest.mark.parametrize(
    ("stage", "now", "shut"),
    [
        (Stage.CONNECT, Stage.SURVEY, ""),
        (Stage.CONNECT, Stage.LEGACY, "Expected loppa at survey, actual: legacy"),
        (Stage.RETIRE, Stage.CUTOVER, "Expected loppa at settle, actual: cutover"),
    ],
)
def test_stage_before(context: Context, stage: Stage, now: Stage, shut: str) -> None:
    """One after the other."""
    assert verdict("stage_before", at(context, stage, now)) == shut


def test_backups(context: Context) -> None:
    """Of every device, and not older than the policy says."""
    clock = datetime.now(UTC)
    here = at(context, Stage.CONNECT, clock=clock)
    assert "none of loppa-core-01, loppa-acc-01, loppa-acc-02" in verdict("backups", here)
    for name in NAMES:
        entry = Entry("snapshot", "after", "kept", "loppa", Stage.LEGACY, "t", "t", device=name, backup="x")
        context.journal.write(entry)
    assert verdict("backups", here) == ""
    assert "under 24 h old" in verdict("backups", replace(here, clock=clock + timedelta(hours=25)))
    # One of a day to come would stay fresh until then: a clock has gone back.
    assert "under 24 h old" in verdict("backups", replace(here, clock=clock - timedelta(hours=1)))


def test_link_capacity(context: Context) -> None:
    """75 clients need 37.5 Mbit/s; at 20 Mbit/s each they need more than a gigabit. The sum is told."""
    assert verdict("link_capacity", at(context, Stage.CONNECT)) == ""
    uplink = Link(a="loppa-core-01:5", b="alta-leaf-01:1", kind="routed")
    wide = with_standard(context, mbps_per_client=20.0)
    words = verdict("link_capacity", replace(at(wide, Stage.CONNECT), municipality=small.loppa(links=(uplink,))))
    assert "loppa-core-01:5 to alta-leaf-01:1: 1000 Mbit/s, 75 clients × 20 = 1500 Mbit/s" in words


@pytest.mark.parametrize(("down", "up", "shut"), [(50, 50, False), (25, 50, True), (50, 25, True)])
def test_the_line_counts_and_not_the_port(context: Context, down: int, up: int, shut: bool) -> None:
    """A school's line of 25 Mbit/s, whichever way, does not carry its 35 clients at 1 Mbit/s; the port would."""
    line = Line(supplier="Kystfiber", down_mbps=down, up_mbps=up, path="fv882", contract="K-1", ends=date(2028, 1, 1))
    link = Link(a="loppa-acc-01:6", b="loppa-core-01:1", line=line)
    here = at(with_standard(context, mbps_per_client=1.0), Stage.CONNECT)
    words = verdict("link_capacity", replace(here, municipality=small.loppa(links=(link,))))
    assert ("25 Mbit/s, Kystfiber K-1, 35 clients × 1 = 35 Mbit/s" in words) is shut


AGREED, MADE = parts.AGREEMENT, RiskAssessment(made=date(2026, 9, 2), covers=("all",))
FINDING = RiskFinding(text="one person knows it", owner="Kari", due=date(2026, 11, 1))


@pytest.mark.parametrize(
    ("gate", "changes", "shut"),
    [
        ("agreements", {}, ""),
        ("agreements", {"agreements": {}}, "no data-processor agreement"),
        ("agreements", {"agreements": {"a": AGREED.model_copy(update={"signed": date(2027, 1, 1)})}}, "is signed on"),
        ("agreements", {"agreements": {"a": AGREED.model_copy(update={"until": date(2026, 11, 23)})}}, "a ended on"),
        ("agreements", {"agreements": {"a": AGREED.model_copy(update={"covers": ("maps",)})}}, "for case_archive"),
        ("risk_assessments", {}, ""),
        ("risk_assessments", {"risk_assessments": {}}, "no risk assessment"),
        ("risk_assessments", {"risk_assessments": {"r": MADE.model_copy(update={"covers": ()})}}, "for case_archive"),
        (
            "risk_assessments",
            {"risk_assessments": {"r": MADE.model_copy(update={"findings": (FINDING,)})}},
            "r: 'one person knows it' is open since 2026-11-01 (Kari)",
        ),
        (
            "risk_assessments",
            {
                "risk_assessments": {
                    "r": MADE.model_copy(
                        update={"findings": (FINDING.model_copy(update={"closed": date(2026, 11, 2)}),)}
                    )
                }
            },
            "",
        ),
    ],
)
def test_what_moves_is_covered(context: Context, gate: str, changes: dict[str, Any], shut: str) -> None:
    """By an agreement in force, and by an assessment whose findings are seen to."""
    words = verdict(gate, replace(at(context, Stage.CONNECT), municipality=small.loppa(**changes)))
    assert shut in words
    assert bool(words) is bool(shut)


@pytest.mark.parametrize(
    ("wave", "met", "stage", "shut"),
    [
        ("pilot", None, Stage.PILOT, True),
        ("pilot", None, Stage.CUTOVER, False),
        (1, None, Stage.CUTOVER, True),
        (1, None, Stage.PILOT, False),
        (1, date(2026, 11, 24), Stage.CUTOVER, False),
        (1, date(2026, 11, 25), Stage.CUTOVER, True),
    ],
)
def test_conditions_of_what_moves(context: Context, wave: Any, met: date | None, stage: Stage, shut: bool) -> None:
    """Of the applications that move in this stage, and met by today."""
    condition = Condition(text="payroll is paid", owner="Kari", met=met)
    moving = small.application(move=Move(wave=wave, conditions=(condition,)))
    here = replace(at(context, stage), municipality=small.loppa(applications={"economy": moving}))
    words = verdict("conditions", here)
    assert ("economy: 'payroll is paid' (Kari)" in words) is shut
    assert bool(words) is shut


def test_support(context: Context) -> None:
    """Somebody is named before the pilot."""
    assert verdict("support", at(context, Stage.PILOT)) == ""
    alone = replace(at(context, Stage.PILOT), municipality=small.loppa(support=None))
    assert "monitoring, help desk and on-call" in verdict("support", alone)


def test_no_drift(context: Context) -> None:
    """Device and line are named."""
    assert verdict("no_drift", at(context, Stage.HARMONISE)) == ""
    shut = verdict("no_drift", at(context, Stage.HARMONISE, parts=[DRIFTED]))
    assert "actual: loppa-acc-01: + snmp-server location loft" in shut


def test_settled(context: Context) -> None:
    """The soak counts from the completion of the stage before."""
    clock = datetime.now(UTC)
    here = at(context, Stage.HARMONISE, clock=clock)
    assert verdict("settled", here) == "Expected connect completed, actual: not yet"
    context.journal.write(Entry("stage", "after", "done", "loppa", Stage.CONNECT, "t", "t"))
    assert "Expected connect to have stood for 1:00:00" in verdict("settled", here)
    assert verdict("settled", replace(here, clock=clock + timedelta(minutes=61))) == ""


@pytest.mark.parametrize(
    ("gate", "stage", "approvals", "is_open"),
    [
        ("approval", Stage.PILOT, {}, False),
        ("approval", Stage.PILOT, {"kari": "ok"}, True),
        ("approvals", Stage.CUTOVER, {"kari": "ok"}, False),
        ("approvals", Stage.CUTOVER, {"kari": "ok", "Kari ": "ok"}, False),
        ("approvals", Stage.CUTOVER, {"kari": "ok", "ola": "ok"}, True),
    ],
)
def test_approvals(context: Context, gate: str, stage: Stage, approvals: dict[str, str], is_open: bool) -> None:
    """One for the pilot; two people for cutover, and one twice is one."""
    assert (verdict(gate, at(context, stage, approvals=approvals)) == "") is is_open


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        ("2026-11-24", "20:59", False),
        ("2026-11-24", "21:00", True),
        ("2026-11-27", "04:59", True),  # Friday morning: Thursday's night
        ("2026-11-27", "05:00", False),
        ("2026-11-27", "23:00", False),  # Friday evening
        ("2026-11-23", "01:00", False),  # Monday morning: Sunday's night
    ],
)
def test_a_window_past_midnight_belongs_to_the_day_it_began(day: str, clock: str, expected: bool) -> None:
    """Monday to Thursday, 21:00 to 05:00."""
    days = ("mon", "tue", "wed", "thu")
    assert is_inside(datetime.fromisoformat(f"{day}T{clock}"), days, "21:00", "05:00") is expected


@pytest.mark.parametrize(("clock", "expected"), [("00:00", True), ("23:59", True)])
def test_a_window_of_the_whole_day(clock: str, expected: bool) -> None:
    """24:00 is the end of the day."""
    assert is_inside(datetime.fromisoformat(f"2026-11-24T{clock}"), ("tue",), "00:00", "24:00") is expected


def test_window_and_freeze(context: Context) -> None:
    """Night is inside; noon and Christmas are not."""
    here = at(context, Stage.CUTOVER)
    assert (verdict("window", here), verdict("freeze", here)) == ("", "")
    noon = replace(here, clock=NIGHT.replace(hour=12))
    assert verdict("window", noon) == "Expected mon tue wed thu between 21:00 and 05:00, actual: Tue 12:30"
    frozen = Freeze(start=date(2026, 11, 24), end=date(2026, 11, 25), reason="Elections")
    words = verdict("freeze", at(with_standard(context, freeze_days=(frozen,)), Stage.CUTOVER))
    assert words == "Expected no freeze, actual: Elections, 2026-11-24 to 2026-11-25"


def test_waves_done(context: Context) -> None:
    """A device whose wave has not come is named."""
    assert verdict("waves_done", at(context, Stage.SETTLE)) == ""
    behind = replace(at(context, Stage.SETTLE), now=Position({"loppa": Stage.PILOT}, {"loppa-acc-01": Stage.CUTOVER}))
    assert (
        verdict("waves_done", behind) == "Expected every device at cutover, actual: not yet loppa-core-01, loppa-acc-02"
    )


@pytest.mark.parametrize(
    ("mac", "shut"),
    [
        (("02:00:00:00:00:01", 20, "GigabitEthernet1/0/1"), True),
        (("02:00:00:00:00:01", 120, "GigabitEthernet1/0/1"), False),  # the standard's VLAN
        (
            ("02:00:00:00:00:01", 20, "GigabitEthernet1/0/6"),
            False,
        ),  # heard through the uplink: seen where it is attached
    ],
)
def test_no_client_on_a_legacy_vlan(context: Context, mac: tuple[str, int, str], shut: bool) -> None:
    """Address, VLAN and port are named."""
    words = verdict(
        "legacy_clients", at(context, Stage.RETIRE, collected={"loppa-acc-01": Collected("loppa-acc-01", macs=(mac,))})
    )
    assert (f"{mac[0]} in VLAN 20 at loppa-acc-01" in words) is shut
    assert bool(words) is shut


def test_a_client_seen_during_the_soak_is_remembered(context: Context) -> None:
    """Nobody is there now, but somebody was half an hour ago."""
    context.journal.write(Entry("observation", "after", "seen", "loppa", Stage.SETTLE, "t", "t"))
    now = datetime.now(UTC)
    assert "Expected none seen since" in verdict("legacy_clients", at(context, Stage.RETIRE, clock=now))
    later = at(context, Stage.RETIRE, clock=now + timedelta(hours=2))
    assert verdict("legacy_clients", later) == ""


def test_all_shut_gates_are_named_at_once() -> None:
    """And that nothing was changed."""
    verdicts = [
        Rule("a").failed("loppa", "x", "z"),
        Rule("b").passed("loppa"),
        Rule("c").failed("loppa", "y", "z", "Do so"),
    ]
    with pytest.raises(GateError, match=r"loppa cutover: 2 of 3 gates are shut; nothing was changed") as refused:
        require(verdicts, "loppa cutover")
    assert str(refused.value).splitlines()[1:] == [
        "  a: Expected x, actual: z",
        "  c: Expected y, actual: z. Do so",
    ]


@pytest.mark.parametrize(("kind", "repeat"), [("harmonise", False), ("stage", True)])
def test_what_moves_nobody_is_signed_from_a_risk_on(context: Context, kind: Kind, repeat: bool) -> None:
    """As the policies say; what is not written counts for nothing, and 101 is never reached."""

    def answer(risk: int, limit: int, text: str = "+ x\n", **more: Any) -> str:
        part = replace(DRIFTED, diff=text, risk=risk)
        here = at(with_standard(context, signature_risk=limit), Stage.CUTOVER, parts=(DRIFTED, part), **more)
        (verdict,) = (one for one in ask(here, kind, repeat=repeat) if one.rule.name == "risk_approval")
        return "" if verdict.passed else verdict.text_with_advice

    assert answer(49, 50) == ""
    assert "from risk 50 on (signature_risk in policies.yml)" in answer(50, 50)
    assert "risk 50, approved by nobody" in answer(50, 50)
    assert answer(50, 50, approvals={"ola": "read it"}) == ""
    assert answer(100, 50, text="") == ""
    assert answer(100, 101) == ""


def test_a_stage_that_moves_somebody_is_not_asked_for_its_risk(context: Context) -> None:
    """It has approvals of its own, or needs none."""
    grave = replace(DRIFTED, diff="+ x\n", risk=100)
    for stage in Stage:
        if stage.value:
            asked = ask(at(context, stage, stage, parts=(grave,)))
            assert "risk_approval" not in {verdict.rule.name for verdict in asked}
