"""Pages for a phone, a screen and paper: what is wide scrolls by itself, pictures scale, long lists are folded."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from nornir_tasks.change.summary import summarise
from nornir_tasks.core.templating import render_page
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.health.device import Saved
from nornir_tasks.health.run_record import Scope, make_record
from nornir_tasks.model import Stage
from nornir_tasks.reachability.service_matrix import ServiceAnswer
from nornir_tasks.reachability.service_questions import ServiceQuestion, list_questions
from nornir_tasks.reachability.way import Outcome
from nornir_tasks.reports import health_page, migration_report, plan_page
from nornir_tasks.reports.health_report import HealthReport
from nornir_tasks.reports.services_matrix import make_matrix
from tests.support import migration_plans as plans

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """Nothing has happened yet."""
    return open_context(plans.region(), reason="x", who="kari", where=tmp_path)


class Layout(HTMLParser):
    """Where tables and pictures of a page stand, and what is in its folds."""

    VOID = ("meta", "br", "hr", "img", "input", "link")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.loose: list[str] = []  # tables and pictures that nothing scrolls
        self.sized: list[str] = []  # pictures of a fixed size
        self.tables, self.pictures, self.folds = 0, 0, 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what stands where."""
        given = dict(attrs)
        inside = [name for _, classes in self.open for name in classes.split()]
        is_key = "key" in inside
        if tag == "table" or (tag == "svg" and not is_key):
            self.tables += tag == "table"
            self.pictures += tag == "svg"
            if "wide" not in inside:
                self.loose.append(f"{tag} in {self.open[-1]}")
        if tag == "svg" and ("viewbox" not in given or "width" in given or "height" in given):
            self.sized.append(str(given))
        self.folds += tag == "details"
        if tag not in self.VOID:
            self.open.append((tag, given.get("class") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """It holds nothing."""

    def handle_endtag(self, tag: str) -> None:
        """It closes what was opened last."""
        assert self.open.pop()[0] == tag


def report(context: Context, municipality: str) -> str:
    """The page of a municipality whose people were asked what they noticed."""
    groups = plans.region().municipalities[municipality].user_groups
    measured: migration_report.Evidence = {"services": {"groups": [{"group": name} for name in groups]}}
    return migration_report.make_page(migration_report.gather_report(context, municipality, measured))


def services(municipality: str, lost: int) -> str:
    """The page of a matrix in which so many do not reach what they use."""
    region = plans.region()
    answers = [
        ServiceAnswer(question, "loppa-acc-01", is_moved=True, outcome=Outcome.REACHED, deciding="")
        for question in _ask(municipality)
    ]
    answers[:lost] = [replace(answer, outcome=Outcome.STOPPED, deciding="row 10") for answer in answers[:lost]]
    matrix = make_matrix(answers, region.municipalities[municipality])
    return render_page("services.html.j2", "x", title="X", matrix=matrix, unknown="")


def health(context: Context, municipality: str) -> str:
    """The page of a round in which nothing is wrong."""
    verdicts = [Saved().rule.passed(device.name) for device in context.region.of(municipality)]
    scope = Scope(municipality, tuple(verdict.subject for verdict in verdicts), (Saved.name,))
    record = make_record(context.region, scope, verdicts, [], NOON, NOON)
    return health_page.make_page(HealthReport(context.region, context.journal.position(), record, "", "en"))


def _ask(municipality: str) -> list[ServiceQuestion]:
    return [question for question in list_questions(plans.region(), municipality) if question.wanted]


@pytest.mark.parametrize("municipality", ["alta", "loppa"])
def test_what_is_wide_scrolls_by_itself_and_pictures_scale(context: Context, municipality: str) -> None:
    """So that a page is never wider than a phone."""
    summary = summarise(plans.whole("loppa", Stage.CUTOVER), plans.region())
    pages = {
        "report": Layout(report(context, municipality)),
        "services": Layout(services(municipality, 3)),
        "plan": Layout(plan_page.make_page(summary)),
        "health": Layout(health(context, municipality)),
    }
    for name, layout in pages.items():
        assert (layout.open, layout.loose, layout.sized) == ([], [], []), name
        assert layout.tables, name
    assert (pages["report"].pictures, pages["health"].pictures) == (3, 1)


def test_paper_scrolls_nothing() -> None:
    """What a screen scrolls stands whole on paper, and no picture is higher than a sheet."""
    style = report_style()
    printed = style.partition("@media print")[2]
    assert re.search(r"\.wide \{ overflow: visible; \}", printed)
    assert re.search(r"figure svg \{ max-height: 2\d\dmm; \}", printed)
    assert not re.search(r"section[^{]*\{ break-inside: avoid", printed), (
        "a long section leaves an empty sheet before it"
    )


def report_style() -> str:
    """The style of a report."""
    return re.sub(r"\s+", " ", services("loppa", 0).partition("<style>")[2].partition("</style>")[0])


def test_a_long_list_of_losses_is_folded_and_none_is_left_out() -> None:
    """Twelve of them, and how many more there are."""
    page = services("loppa", 40)
    shown, folded = page.partition("<details>")[::2]
    assert shown.count("row 10") == 12
    assert folded.count("row 10") == 28
    assert "<summary>28 more</summary>" in page
    assert "<details>" not in services("loppa", 12)


def test_rows_are_in_the_order_of_what_is_read() -> None:
    """By label, which is not the key that they are called by."""
    rows = re.findall(r'<th scope="row">([^<]+)</th>', services("alta", 0).partition("Common services")[0])
    assert rows == sorted(rows, key=str.lower)
    assert "Staff and rosters" in rows


def test_names_are_not_broken_at_their_hyphens() -> None:
    """A switch that is looked for stands on one line."""
    page = plan_page.make_page(summarise(plans.whole("loppa", Stage.CUTOVER), plans.region()))
    assert '<span class="whole">loppa-acc-07,</span> <span class="whole">loppa-acc-08</span>' in page
    assert '<span class="whole">canary (1 of 1),</span>' in page
