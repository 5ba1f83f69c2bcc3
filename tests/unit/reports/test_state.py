"""What became of a plan, on 80 columns and as a page: with the longest names, and with words that are hostile."""

import html
import io
import re
from pathlib import Path

import pytest

from nornir_tasks.change.attempts import read_state
from nornir_tasks.change.plan import DevicePlan, Plan, assemble, save
from nornir_tasks.change.plan_status import record_plan
from nornir_tasks.core.secrets import remember_secret
from nornir_tasks.core.terminal import make_console
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal.checkpoint import find_notes
from nornir_tasks.journal.entry import Entry
from nornir_tasks.migration.next_step import NextStep
from nornir_tasks.migration.waves import order_waves
from nornir_tasks.model import Region, Stage
from nornir_tasks.reports import state_page, state_text
from tests.support.migration_plans import GATES

CHECKPOINT = f"fellesdrift.example/journal\n2\n{'A' * 43}=\n\n— fellesdrift.example/journal {'B' * 40}\n"
SECRET = "c4n4ry<&>state"
WORDS = f"refused the line 'secret {SECRET}' \x1b[2J<script>: % Invalid"
STEPS = [NextStep("scripts/change.py resume 0123456789ab " + "x" * 90, "what is done is not written again")]


@pytest.fixture(scope="module")
def region() -> Region:
    """The real one: Hammerfest has the longest names and the most waves."""
    return load_region()


@pytest.fixture
def context(region: Region, tmp_path: Path) -> Context:
    """An empty journal."""
    return open_context(region, reason="night 4", who="kari.nordmann", where=tmp_path)


@pytest.fixture
def plan(context: Context) -> Plan:
    """The connection of Hammerfest, which stopped at its fourth switch."""
    parts = [
        DevicePlan(name, wave.name, name, 10, 20, "abc", "+ x\n", "", ("x",), ())
        for wave in order_waves(context.region, "hammerfest", Stage.CONNECT)
        for name in wave.devices
    ]
    made = assemble(context, "stage", "hammerfest", Stage.SURVEY, Stage.CONNECT, parts, gates=GATES)
    save(context, made)
    record_plan(context, made, "before", "started", {})
    for part, outcome in zip(parts, ("changed", "changed", "changed", "reverted"), strict=False):
        detail = {"message": WORDS if outcome == "reverted" else "probed", "seconds": 141.2}
        context.journal.write(
            Entry("device", "after", outcome, "hammerfest", Stage.CONNECT, context.who, "night 4", part.device,
                  part.place, made.id, detail=detail)
        )  # fmt: skip
    record_plan(context, made, "after", "stopped", {"messages": [WORDS]})
    remember_secret(SECRET)
    return made


def printed(context: Context, plan: Plan) -> str:
    """What ``status`` prints where the output is no terminal."""
    stream = io.StringIO()
    state = read_state(context, plan)
    state_text.show_state(make_console(stream), context.region, state, {"ola": "read and found right"}, STEPS)
    return stream.getvalue()


def drawn(context: Context, plan: Plan) -> str:
    """The page to hand over."""
    state, given = read_state(context, plan), {"ola": "found right"}
    return state_page.make_page(context, state, given, STEPS, plan.gates, CHECKPOINT)


def test_it_fits_80_columns_but_for_what_is_copied(context: Context, plan: Plan) -> None:
    """Every switch is there once; the command is one line, however long."""
    lines = printed(context, plan).splitlines()
    wide = [line for line in lines if len(line) > 80]
    assert [line.strip() for line in wide] == [STEPS[0].command]
    for part in plan.devices:
        assert len([line for line in lines if re.search(rf"{part.device} .*(done|gone back|not begun)", line)]) == 1
    assert f"switches      3 done, 1 gone back, {len(plan.devices) - 4} not begun" in printed(context, plan)


def test_words_of_a_device_are_told_masked_and_in_figures(context: Context, plan: Plan) -> None:
    """On the terminal, and on the page escaped as well."""
    page = drawn(context, plan)
    for text in (printed(context, plan), page):
        assert SECRET not in text
        assert "c4n4ry" not in text
        assert "\x1b" not in text
        assert r"\x1b[2J" in "".join(text.split("\n"))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_page_holds_what_is_handed_over_and_loads_nothing(context: Context, plan: Plan) -> None:
    """Each switch, attempts, approvals, gates, what remains, and the command."""
    page = drawn(context, plan)
    assert re.findall(r"(?:src|href)=|url\(|@import|https?://", page) == []
    for part in plan.devices:
        assert f'<th scope="row">{part.device}</th>' in page
    for words in (
        STEPS[0].command,
        "stopped after",
        "found right",
        "two different people approved",
        "Not where the plan",
    ):
        assert words in page
    assert find_notes(html.unescape(page)) == [CHECKPOINT]


def test_json_says_the_same(context: Context, plan: Plan) -> None:
    """Times with their zone, and every switch with its state."""
    told = state_text.state_as_dict(context.region, read_state(context, plan), {}, STEPS)
    assert [row["state"] for row in told["devices"][:5]] == ["done", "done", "done", "gone back", "not begun"]
    assert told["attempts"][0]["began"].endswith("+00:00")
    assert told["next"] == [{"command": STEPS[0].command, "why": STEPS[0].why, "optional": False}]
    assert told["status"] == "stopped"


@pytest.mark.parametrize(("seconds", "words"), [(4.2, "4 s"), (724, "12 min 4 s"), (11100, "3 h 5 min")])
def test_how_long(seconds: float, words: str) -> None:
    """As people say it."""
    assert state_text.format_seconds(seconds) == words
