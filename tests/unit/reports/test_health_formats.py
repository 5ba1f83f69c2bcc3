"""A round of health checks in each format: what must stand there, and that no text of a device is more than a text."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from io import StringIO
from xml.etree import ElementTree

import pytest

from nornir_tasks.core.terminal import make_console
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.health.causes import Cause, CauseKind, DarkCable
from nornir_tasks.health.check import NO_ANSWER, REGISTRY, load_checks
from nornir_tasks.health.incident import Incident, Urgency
from nornir_tasks.health.run_record import RunRecord, Scope, make_record
from nornir_tasks.health.what_if import GroupLoss
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position
from nornir_tasks.platforms.common.login_fault import LoginFault
from nornir_tasks.reachability.bridging import PortEnd
from nornir_tasks.reports.health_formats import HealthFormat, make_text
from nornir_tasks.reports.health_nagios import PluginState, judge_state, make_error_line
from nornir_tasks.reports.health_report import HealthReport
from nornir_tasks.reports.health_table import show_record

REGION = load_region()
BEGAN = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
CORE, SCHOOL, BEHIND, TOWN_HALL = "loppa-core-01", "loppa-acc-03", "loppa-acc-04", "loppa-acc-01"
HOSTILE = "a|b\nc `x` *y* <b>z</b> &amp; \"q\" 'r' back\\slash \x1b[2J\u202e ]]> @all #1 https://evil.example"
PORT = "GigabitEthernet1/0/2"
CABLE = DarkCable(PortEnd(CORE, PORT), PortEnd(SCHOOL, "Ethernet25"), "no light")
LOST = GroupLoss("Loppa", "Pupils", "Høgtun skole", 98, ("Examinations",), ("Library",), "why")
NO_LINE = Incident((Cause(CauseKind.CABLE_OR_POWER, SCHOOL, (CABLE,), folded=(BEHIND,)),), (LOST,))
SHUT = Incident((Cause(CauseKind.ENTRY, TOWN_HALL, fault=LoginFault.WRONG_PASSWORD),))
OURSELVES = Incident((Cause(CauseKind.OURSELVES, "", folded=(CORE, SCHOOL)),))

load_checks()


def passed(check: str, subject: str) -> Verdict:
    """It is well."""
    return REGISTRY[check]().rule.passed(subject)


def failed(check: str, subject: str, actual: str = "something else", expected: str = "something") -> Verdict:
    """It is wrong."""
    return REGISTRY[check]().rule.failed(subject, expected, actual, "Do something.")


def unseen(check: str, subject: str) -> Verdict:
    """It does not answer."""
    return replace(REGISTRY[check]().skip(subject, NO_ANSWER), is_unseen=True)


def record(verdicts: Sequence[Verdict], *incidents: Incident) -> RunRecord:
    """A round of Loppa."""
    scope = Scope("loppa", tuple(dict.fromkeys(verdict.subject for verdict in verdicts)), ("saved",))
    return make_record(REGION, scope, verdicts, incidents, BEGAN, BEGAN + timedelta(seconds=3.25))


def tell(form: HealthFormat, told: RunRecord) -> str:
    """Its text."""
    return make_text(form, HealthReport(REGION, Position({}), told, "7 abc", "nb"))


WELL = record([passed("saved", CORE), passed("saved", SCHOOL)])
SICK = record(
    [
        failed("uplinks", CORE, "down", "GigabitEthernet1/0/2 to loppa-acc-03 up"),
        failed("saved", CORE, HOSTILE),
        failed("reachable", SCHOOL),
        failed("reachable", BEHIND),
        unseen("saved", SCHOOL),
        unseen("saved", BEHIND),
        REGISTRY["cabling"]().fail_to_tell(CORE, HOSTILE, HOSTILE),
        passed("cabling", TOWN_HALL),
        REGISTRY["gateways"]().skip(TOWN_HALL, "nobody's gateway"),
    ],
    NO_LINE,
)


@pytest.mark.parametrize("form", HealthFormat)
@pytest.mark.parametrize("told", [WELL, SICK], ids=["well", "sick"])
def test_every_format_tells_the_verdict_and_moves_no_cursor(form: HealthFormat, told: RunRecord) -> None:
    """Numbers alone go to Prometheus."""
    text = tell(form, told)
    assert text.endswith("\n") or form is HealthFormat.HTML
    assert "\x1b" not in text
    assert "\u202e" not in text
    if form is not HealthFormat.PROMETHEUS:
        first = "healthy: 2 switches, 2 checks passed" if told is WELL else "no power, or its line is down"
        assert first in " ".join(text.split())


# --- table


def test_the_table_has_80_columns_and_the_first_row_does_not_repeat_the_verdict() -> None:
    lines = tell(HealthFormat.TABLE, SICK).split("\n")
    assert [line for line in lines if len(line) > 80] == []
    text = "\n".join(lines)
    assert lines[0].startswith("loppa-acc-03 (Høgtun skole): no power, or its line is down")
    assert text.count("98 people") == 1
    assert text.count("Ask somebody there") == 1
    assert "1 device silent because of it: loppa-acc-04" in text
    rows = [line.split()[:2] for line in lines if line.startswith(("cut off", "later"))]
    assert rows == [["cut", "off"], ["later", CORE]]
    assert "Not known to be well (3 checks could not tell):" in text
    assert "loppa-acc-03, 04: 2 checks: the switch does not answer." in text


def test_one_check_that_fails_in_many_places_is_one_row_with_a_number() -> None:
    """What differs is told of three; -v tells all of them."""
    same = record([failed("saved", f"loppa-acc-0{number}") for number in range(1, 9)])
    text = tell(HealthFormat.TABLE, same)
    assert re.search(r"^later +8 devices +saved: Expected something", text, re.MULTILINE)
    assert "loppa-acc-01-08" in text
    differing = record([failed("saved", f"loppa-acc-0{number}", f"{number} lines") for number in range(1, 9)])
    assert "and 5 more" in tell(HealthFormat.TABLE, differing)
    screen = StringIO()
    show_record(make_console(screen), differing, verbose=True)
    assert "more" not in screen.getvalue().partition("URGENCY")[2]
    assert screen.getvalue().count("loppa-acc-08") == 2  # among the findings, and among all checks


def test_ten_faults_of_their_own_are_ten_rows() -> None:
    names = [f"loppa-acc-0{number}" for number in range(1, 9)]
    alone = [Incident((Cause(CauseKind.MANAGEMENT, name, fault=LoginFault.NO_ANSWER),)) for name in names]
    text = tell(HealthFormat.TABLE, record([failed("reachable", name) for name in names], *alone))
    assert len(re.findall(r"^not seen", text, re.MULTILINE)) == 8


def test_where_everything_is_silent_it_is_one_row_with_a_number() -> None:
    """It is the way from here; no switch is blamed."""
    names = [CORE, *(f"loppa-acc-0{number}" for number in range(1, 9))]
    ourselves = Incident((Cause(CauseKind.OURSELVES, "", folded=tuple(names)),))
    told = record([failed("reachable", name) for name in names], ourselves)
    text = tell(HealthFormat.TABLE, told)
    assert text.startswith("Nothing answers, the centre's own neither: it is the way from this machine.")
    assert len(told.findings) == 1
    assert re.search(r"^not seen +everything +Nothing answers", text, re.MULTILINE)
    assert "9 devices silent because of it" in " ".join(text.split())


def test_the_verdict_stands_last_as_well_where_that_is_what_is_seen() -> None:
    screen = StringIO()
    show_record(make_console(screen), SICK, repeat=True)
    paragraphs = screen.getvalue().strip().split("\n\n")
    assert paragraphs[0] == paragraphs[-1]
    screen = StringIO()
    show_record(make_console(screen), WELL, repeat=True)
    assert screen.getvalue() == "healthy: 2 switches, 2 checks passed\n"


# --- for programs


def test_json_keeps_what_programs_read() -> None:
    told = json.loads(tell(HealthFormat.JSON, SICK))
    assert (told["version"], told["healthy"], told["checkpoint"]) == (1, False, "7 abc")
    assert told["verdict"] == SICK.verdict
    assert set(told["checks"][0]) == {"device", "municipality", "check", "category", "verdict", "words", "advice"}
    incident = told["incidents"][0]
    assert set(incident) == {"words", "urgency", "causes", "people", "losses", "weakened", "folded"}
    assert (incident["urgency"], incident["people"], incident["folded"]) == ("cut_off", 98, [BEHIND])
    assert [finding["urgency"] for finding in told["findings"]] == ["cut_off", "later"]
    assert told["counts"] == {"passed": 1, "failed": 4, "errors": 1, "unseen": 2, "skipped": 1}
    assert [each["is_error"] for each in told["unseen"]] == [False, False, True]


STATES = {
    "all is well": (WELL, PluginState.OK),
    "people are cut off": (SICK, PluginState.CRITICAL),
    "something is not saved": (record([failed("saved", CORE)]), PluginState.WARNING),
    "a password, and nothing else": (record([failed("reachable", TOWN_HALL)], SHUT), PluginState.UNKNOWN),
    "a password, and something untidy": (
        record([failed("reachable", TOWN_HALL), failed("cabling", CORE)], SHUT),
        PluginState.WARNING,
    ),
    "everything is silent because of ourselves": (record([failed("reachable", CORE)], OURSELVES), PluginState.UNKNOWN),
    "it broke": (record([REGISTRY["saved"]().fail_to_tell(CORE, "timed out")]), PluginState.UNKNOWN),
    "only not told": (record([passed("saved", CORE), unseen("uplinks", CORE)]), PluginState.OK),
}


@pytest.mark.parametrize("name", STATES)
def test_the_four_states_of_a_plugin(name: str) -> None:
    told, state = STATES[name]
    assert judge_state(told) is state
    assert tell(HealthFormat.NAGIOS, told).startswith(f"HEALTH {state.name} - ")


def test_a_plugin_says_one_line_whatever_devices_say() -> None:
    """With numbers behind the only bar, each ``label=value[unit];warn;crit;min;max``."""
    hostile = record([failed("saved", CORE, HOSTILE)])
    line = tell(HealthFormat.NAGIOS, hostile)
    assert line.count("\n") == 1
    text, numbers = line.rstrip("\n").split(" | ")
    assert "a¦b c" in text
    assert "|" not in text + numbers
    assert "\n" not in make_error_line(HOSTILE) + text
    assert "|" not in make_error_line(HOSTILE)
    assert make_error_line("no").startswith("HEALTH UNKNOWN - no")
    number = re.compile(r"(\w+)=(-?[\d.]+)(s?)(;[\d.]*){0,4}")
    assert all(number.fullmatch(each) for each in numbers.split())
    assert "time=3.250s;;;0" in numbers
    assert "people=98;;0;0" in tell(HealthFormat.NAGIOS, SICK)


def read_metrics(text: str) -> dict[str, float]:
    """Each series once, and a help and a type above its first."""
    series: dict[str, float] = {}
    declared: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            declared.add(line.split()[2])
            continue
        if line.startswith("# HELP "):
            continue
        match = re.fullmatch(r'([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[\d.e+]+)', line)
        assert match, line
        assert match[1] in declared
        name = match[1] + (match[2] or "")
        assert name not in series, name
        series[name] = float(match[3])
    return series


def test_metrics_say_what_is_wrong_and_what_is_not_known() -> None:
    series = read_metrics(tell(HealthFormat.PROMETHEUS, SICK))
    prefix = "fellesdrift_health_"
    assert series[f"{prefix}healthy"] == 0
    assert read_metrics(tell(HealthFormat.PROMETHEUS, WELL))[f"{prefix}healthy"] == 1
    assert series[f"{prefix}run_end_timestamp_seconds"] == (BEGAN + timedelta(seconds=3.25)).timestamp()
    assert series[f"{prefix}run_duration_seconds"] == 3.25
    assert series[f"{prefix}people_cut_off"] == 98
    assert series[f'{prefix}findings{{urgency="{Urgency.CUT_OFF.name.lower()}"}}'] == 1
    where = f'subject="{CORE}",municipality="loppa",check='
    assert series[f'{prefix}check_passed{{{where}"saved",category="device"}}'] == 0
    assert series[f'{prefix}check_unseen{{{where}"cabling",category="links"}}'] == 1
    assert f'{prefix}check_passed{{{where}"cabling",category="links"}}' not in series
    assert not [name for name in series if "gateways" in name]  # it does not apply there


def test_two_causes_at_a_switch_are_one_series_and_a_name_is_escaped() -> None:
    """A file with a series twice, or with a stray quotation mark, is read by nobody."""
    twice = record([passed("saved", CORE)], NO_LINE, NO_LINE)
    causes = [name for name in read_metrics(tell(HealthFormat.PROMETHEUS, twice)) if "incident_people" in name]
    assert len(causes) == 1
    named = record([failed("saved", 'a"b\\c\nd')])
    assert 'subject="a\\"b\\\\c\\nd"' in tell(HealthFormat.PROMETHEUS, named)
    assert read_metrics(tell(HealthFormat.PROMETHEUS, named))


def test_junit_counts_what_stands_in_it() -> None:
    """What Ant's schema asks of a suite and a case; what was not seen is an error, since a skip is taken for well."""
    root = ElementTree.fromstring(tell(HealthFormat.JUNIT, SICK))
    assert root.attrib == {}
    suites = {suite.attrib["name"]: suite for suite in root}
    assert list(suites) == ["causes", "loppa"]
    for number, suite in enumerate(suites.values()):
        assert [child.tag for child in suite][:1] == ["properties"]
        assert [child.tag for child in suite][-2:] == ["system-out", "system-err"]
        assert suite.attrib["id"] == str(number)
        assert suite.attrib["timestamp"] == "2026-12-01T03:00:00"
        assert {"package", "hostname", "time"} <= set(suite.attrib)
        cases = suite.findall("testcase")
        assert suite.attrib["tests"] == str(len(cases))
        for counted, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.attrib[counted] == str(len(suite.findall(f"testcase/{tag}")))
        assert all({"name", "classname", "time"} == set(case.attrib) for case in cases)
        assert all("type" in element.attrib for tag in ("failure", "error") for element in suite.iter(tag))
    assert (suites["loppa"].attrib["errors"], suites["loppa"].attrib["skipped"]) == ("3", "1")
    messages = [element.attrib["message"] for element in suites["loppa"].iter("failure")]
    assert any("<b>z</b> &amp; \"q\" 'r' back\\slash \\x1b[2J" in message for message in messages)


# --- for people


class Page(HTMLParser):
    """What a page loads, its elements, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "xlink:href")]

    def handle_data(self, data: str) -> None:
        """Note it."""
        self.words += data


def test_the_page_loads_nothing_and_shows_a_text_as_a_text() -> None:
    text = tell(HealthFormat.HTML, SICK)
    page = Page(text)
    assert page.loaded == []
    assert "script" not in page.tags
    assert "url(" not in text
    assert '<html lang="nb">' in text
    assert "<b>z</b>" not in text
    assert "<b>z</b> &amp; \"q\" 'r' back\\slash \\x1b[2J" in page.words


def test_the_page_tells_a_state_by_a_shape_and_a_word() -> None:
    """The switch that is silent, the one behind it, the one with a finding, and those that nobody asked."""
    text = tell(HealthFormat.HTML, SICK)
    by_name = {name: state for state, name in re.findall(r'<g class="node (\w+)">\s*<title>([\w-]+): ', text)}
    assert by_name[SCHOOL] == by_name[BEHIND] == "failed"
    assert by_name[CORE] == "moving"
    assert by_name[TOWN_HALL] == "standard"
    assert by_name["alta-leaf-01"] == "legacy"
    titles = dict(re.findall(r"<title>([\w-]+): ([^<]+)</title>", text))
    assert (titles[SCHOOL], titles[CORE], titles[TOWN_HALL]) == ("silent", "not well", "well")
    assert '<span class="urgency">✗ cut off</span>' in text
    assert re.search(rf'class="line dark"[^>]*><title>[^<]*{CORE} {PORT}[^<]*: no link', text)
    assert text.count('class="line dark"') == 2  # the cable, and the key
    lost = re.findall(r'<tr class="bad"><th scope="row">([^<]+)</th><td><b>✗</b> lost by up to 98 people', text)
    assert lost == ["Examinations"]


def test_a_shut_door_is_no_silence_on_the_page() -> None:
    text = tell(HealthFormat.HTML, record([failed("reachable", TOWN_HALL), unseen("saved", TOWN_HALL)], SHUT))
    assert f"<title>{TOWN_HALL}: not looked at</title>" in text


def test_markdown_has_no_markup_but_its_own() -> None:
    """Each row with its four cells, whatever a device says; no mention, no reference, no link."""
    text = tell(HealthFormat.MARKDOWN, SICK)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 4
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)
    (row,) = [row for row in rows if row.startswith("| later")]
    assert "a\\|b c \\`x\\` \\*y\\* &lt;b>z&lt;/b> &amp;amp;" in row
    assert "\\@all \\#1 https\\://evil.example" in row
    assert "back\\\\slash" in row
    assert text.startswith("**✗ ")
    assert tell(HealthFormat.MARKDOWN, WELL).startswith("**✓ healthy")
    assert "- loppa-acc-03, 04: 2 checks: the switch does not answer." in text
