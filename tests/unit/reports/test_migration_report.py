"""The report of a move tells what did not go through at once, not only how it ended."""

from dataclasses import replace
from pathlib import Path

import pytest

from nornir_tasks.change.plan import DevicePlan, Plan, assemble, save
from nornir_tasks.change.plan_status import record_plan
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal import lock
from nornir_tasks.journal.entry import Entry
from nornir_tasks.model import Region, Stage
from nornir_tasks.reports.migration_report import Evidence, ReportError, gather_report, make_page, read_evidence

WORDS = "loppa-acc-06: refused the line 'x' <b>: % Invalid input. It is as it was before."


@pytest.fixture(scope="module")
def region() -> Region:
    """The real one: a report wants a core switch and sites."""
    return load_region()


@pytest.fixture
def context(region: Region, tmp_path: Path) -> Context:
    """An empty journal."""
    return open_context(region, reason="night 4", who="kari", where=tmp_path)


@pytest.fixture
def plan(context: Context) -> Plan:
    """Two switches, from survey to connect."""
    parts = [
        DevicePlan(name, "ring-1", name, 10, 20, "abc", "+ a line\n", "", ("a line",), ())
        for name in ("loppa-acc-05", "loppa-acc-06")
    ]
    made = assemble(context, "stage", "loppa", Stage.SURVEY, Stage.CONNECT, parts)
    save(context, made)
    return made


def wrote(context: Context, plan: Plan, device: str, outcome: str) -> None:
    """What became of a device, or a step before it."""
    phase = "before" if outcome == "writing" else "after"
    context.journal.write(
        Entry("device", phase, outcome, "loppa", Stage.CONNECT, "kari", "night 4", device, device, plan.id)
    )


def test_a_night_without_trouble_has_nothing_to_tell(context: Context, plan: Plan) -> None:
    """And no heading for it."""
    record_plan(context, plan, "before", "started", {})
    record_plan(context, plan, "after", "done", {})
    report = gather_report(context, "loppa")
    assert report.attempts == ()
    assert "What did not go through" not in make_page(report)


def test_attempts_that_stopped_or_died_are_told_with_when_who_and_why(
    context: Context, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also once the stage is complete; hostile words are escaped."""
    record_plan(context, plan, "before", "started", {})
    wrote(context, plan, "loppa-acc-05", "changed")
    wrote(context, plan, "loppa-acc-06", "reverted")
    record_plan(context, plan, "after", "stopped", {"messages": [WORDS]})
    record_plan(context, plan, "before", "started", {})
    wrote(context, plan, "loppa-acc-06", "writing")
    monkeypatch.setattr(lock, "_ticks", lambda pid: None)
    stopped, died = gather_report(context, "loppa").attempts
    assert (stopped.what, stopped.who, stopped.counts, stopped.why) == (
        "20 connect",
        "kari",
        "1 done, 1 gone back",
        (WORDS,),
    )
    assert stopped.how.startswith("stopped after ")
    assert (died.how, died.why) == ("unknown", ("nobody wrote down how it ended; unknown since: loppa-acc-06",))
    record_plan(context, plan, "before", "started", {})
    record_plan(context, plan, "after", "done", {})
    report = gather_report(context, "loppa")
    assert len(report.attempts) == 2
    page = make_page(report)
    assert "refused the line &#39;x&#39; &lt;b&gt;" in page


def test_who_was_left_out_is_told_with_the_reason(context: Context, plan: Plan) -> None:
    """Although the plan itself went through."""
    left = replace(plan, devices=plan.devices[:1], left_out=("loppa-acc-06",))
    record_plan(context, left, "before", "started", {})
    wrote(context, left, "loppa-acc-05", "changed")
    record_plan(context, left, "after", "done", {})
    (attempt,) = gather_report(context, "loppa").attempts
    assert attempt.why == ("left out: loppa-acc-06: night 4",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("7", "should be an object"),
        ("[" * 200_000, "Invalid JSON: recursion limit"),
        ('{"stages": 7}', "stages: .*array"),
        ('{"stages": [{"seconds": 3}]}', "stages.0.word: Field required"),
        ('{"stages": [{"word": "survey", "seconds": NaN}]}', "stages.0.seconds: .*finite"),
        ('{"facts": [{"label": 7}]}', "facts.0.label: .*string"),
        ('{"drift": {"loppa-acc-01": "<b>"}}', "drift.loppa-acc-01: .*integer"),
        ('{"services": {"groups": [{"zone": "school"}]}}', "services.groups.0.group: Field required"),
        ('{"services": {"forbidden": "all"}}', "services.forbidden: .*list|services.forbidden: .*array"),
        (b"\xff", "found: 'utf-8' codec"),
    ],
)
def test_what_is_no_evidence(tmp_path: Path, content: str | bytes, words: str) -> None:
    """Named with its place; what else stands there is passed over."""
    file = tmp_path / "evidence.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ReportError, match=f"evidence {file}: expected .*{words}"):
        read_evidence(file)
    file.write_text('{"facts": [{"label": "a", "value": "b", "ok": true}], "stages": [{"word": "survey", "more": 1}]}')
    assert [fact.label for fact in read_evidence(file)["facts"]] == ["a"]


def test_people_are_drawn_with_what_they_use_and_what_they_noticed(context: Context) -> None:
    """A loss is marked, what was measured in part is told as far as it goes, and hostile words are escaped."""
    evidence: Evidence = {
        "services": {
            "groups": [
                {
                    "group": "office <i>",
                    "zone": "administration",
                    "stations": 44,
                    "applications": {
                        "case_archive": {"before": True, "longest": 5.24, "now_without": 3, "after": False},
                        "council": {"before": True, "longest": 0.0, "now_without": 0, "after": True},
                        "maps": {},
                    },
                },
                {"group": "pupils"},
            ],
            "forbidden": ["guest reaches loppa-db-01 at tcp/1433"],
        }
    }
    page = make_page(gather_report(context, "loppa", evidence))
    assert 'aria-label="Who uses what in Loppa, and where it runs"' in page
    assert "office &lt;i&gt;" in page
    assert "5.2 s" in page
    assert "✗ not reached</b> by 3" in page
    assert "Open without a record: guest reaches loppa-db-01 at tcp/1433" in page
    assert "What they noticed" not in make_page(gather_report(context, "loppa"))
