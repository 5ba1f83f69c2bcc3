"""No text is told in English to whoever asked for another language: each message is put into letters of another script.

What is left in Latin letters was not translated: it has to be a name, a number, a unit or somebody else's word.
"""

import html
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from gettext import NullTranslations
from io import StringIO
from string import Formatter, ascii_lowercase, ascii_uppercase
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from nornir_tasks.core import language
from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.health import server_facts
from nornir_tasks.health.calls import describe_calls
from nornir_tasks.health.causes import Cause
from nornir_tasks.health.check import REGISTRY
from nornir_tasks.health.configuration_cuts import ConfigurationCut
from nornir_tasks.health.diagnosis import describe_folded, describe_incident
from nornir_tasks.health.episodes import Acknowledgement, describe_acknowledgement, describe_flapping
from nornir_tasks.health.facts import Reading
from nornir_tasks.health.incident import Incident
from nornir_tasks.health.last_changes import OUTCOMES, SubjectChange, describe_change
from nornir_tasks.health.ongoing_changes import ChangeState, OngoingChange, describe_ongoing
from nornir_tasks.health.run_record import RunRecord, Scope, make_record
from nornir_tasks.health.service_report_text import describe_service_month
from nornir_tasks.health.what_if import (
    Weakened,
    describe_weakened,
    find_weakened,
    group_losses,
    parse_outage,
    summarise,
)
from nornir_tasks.model import Position, Stage
from nornir_tasks.platforms.common.login_fault import LoginFault
from nornir_tasks.reachability.intended import Intended, describe_unknown
from nornir_tasks.reachability.outage import CutOff
from nornir_tasks.reports.health_formats import HealthFormat, make_text
from nornir_tasks.reports.health_report import HealthReport
from nornir_tasks.reports.health_table import show_record
from tests.support import seen_switch
from tests.unit.health import (
    test_applications,
    test_check_advice,
    test_checks,
    test_diagnosis,
    test_servers,
    test_service_report,
)

SCRIPT = str.maketrans(
    ascii_lowercase + ascii_uppercase, "".join(map(chr, (*range(0x430, 0x44A), *range(0x410, 0x42A))))
)
WORD = re.compile(r"[A-Za-z]{2,}")
FOR_PROGRAMS = (HealthFormat.JSON, HealthFormat.PROMETHEUS)
# What the rows of the other tests put into the mouth of a switch, a server, a cause.
DEVICE_WORDS = (
    *("no connection", "tp-link", "Reload command", "power-on", "SCHOOL", "vlan 120: shutdown", "bus error"),
    *("The system rebooted due to a Power Loss", "bpduguard", "udld", "loop-protect", "link-flap", "inline-power"),
    *("psecure-violation", "gbic-invalid", "VLAN0100", "VLAN0120"),
)
SERVER_WORDS = (
    *("closed", "nginx.service", "chrony.service", "app.service", "exit-code", "oom-kill", "GB", "MB", "CN=a"),
    *("linux-image-6.12.48-amd64", "libssl.so.3", "/etc/fellesdrift/certificates/a.pem"),
)
CAUSE_WORDS = ("no light", "closed by hand", "+ interface Vlan110 / shutdown", "tcp/993 of loppa-app-03")


def put(message: str) -> str:
    """A message in other letters; what is filled in stays."""
    text = ""
    for words, name, form, shape in Formatter().parse(message):
        text += words.translate(SCRIPT)
        text += "" if name is None else "{" + name + (f"!{shape}" if shape else "") + (f":{form}" if form else "") + "}"
    return text


class Pseudo(NullTranslations):
    """A catalogue that has every message."""

    def gettext(self, message: str) -> str:
        """In other letters."""
        return put(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The same."""
        return put(msgid1 if n == 1 else msgid2)


@pytest.fixture(autouse=True)
def speak(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every text is told in it."""
    catalogue = Pseudo()
    monkeypatch.setattr(language, "_load", lambda name: catalogue)


@cache
def list_names() -> list[str]:
    """What the inventory calls things."""
    names: set[str] = set()
    for region in (seen_switch.REGION, test_servers.REGION, test_diagnosis.REGION):
        names |= {*region.devices, *region.servers, *region.standard.zones, *region.standard.common_services}
        names |= {device.name.removeprefix(f"{device.municipality}-") for device in region.devices.values()}
        names |= {service.label for service in region.standard.common_services.values()}
        for home in region.municipalities.values():
            names |= {home.name, home.label, *home.sites, *home.applications, *home.user_groups}
            names |= {site.name for site in home.sites.values()}
            names |= {application.label for application in home.applications.values()}
            names |= {group.label for group in home.user_groups.values()}
            names |= {word for link in home.links if link.line for word in (link.line.supplier, link.line.contract)}
    return sorted(names)


def find_english(text: str, *others: str) -> list[str]:
    """Words in Latin letters that are no names, ports, addresses or files.

    Args:
        text: what was told.
        others: words that the test put in.
    """
    for name in sorted((*others, *list_names()), key=len, reverse=True):
        text = re.sub(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", "", text)
    text = re.sub(r"\b(Gigabit|TenGigabit)?Ethernet[\d/]+|\b(tcp|udp)/\d+|\bdocs/runbooks/[\w/.-]+", "", text)
    return WORD.findall(text)


def tell(verdicts: Iterable[Verdict]) -> str:
    """All that they say."""
    return "\n".join(verdict.text_with_advice for verdict in verdicts)


def test_what_is_not_translated_is_found() -> None:
    """Beside what is; a name is none."""
    assert find_english(language.translate("{what} is down", what="the cable")) == ["the", "cable"]
    assert find_english(language.translate("{what} is down", what="loppa-core-01 GigabitEthernet1/0/2")) == []
    assert find_english(language.translate_count("{count} day", "{count} days", 2)) == []


def look(check: str, device: str, stage: Stage, values: Any) -> list[Verdict]:
    """What a check says of a switch."""
    return next(each for each in seen_switch.CHECKS if each.name == check).run(seen_switch.seen(device, stage, values))


@pytest.mark.parametrize("row", [*test_checks.CASES, *test_check_advice.WAYS_TO_FAIL], ids=lambda row: row[0])
def test_what_checks_say_of_switches(row: tuple[Any, ...]) -> None:
    """In each way in which each check fails, or has nothing to say."""
    assert find_english(tell(look(*row[:4])), *DEVICE_WORDS) == []


@pytest.mark.parametrize("row", test_servers.CASES, ids=lambda row: row[0])
def test_what_checks_say_of_servers(row: tuple[Any, ...]) -> None:
    """The same."""
    check, server, stage, values, more, *_ = row
    observation = test_servers.observe(server, stage, values, more)
    verdicts = next(each for each in test_servers.CHECKS if each.name == check).run(observation)
    assert find_english(tell(verdicts), *SERVER_WORDS) == []


@pytest.mark.parametrize("fault", [*LoginFault, None])
def test_what_is_said_of_a_device_that_lets_nobody_in(fault: LoginFault | None) -> None:
    """By the check of the way in, and by all the others."""
    seen = seen_switch.seen(seen_switch.ACCESS, Stage.RETIRE, {seen_switch.LOGIN: "x"})
    seen = replace(seen, login_fault=fault)
    server = test_servers.observe(test_servers.APP, Stage.RETIRE, {}, {"login_error": "x", "login_fault": fault})
    verdicts = [verdict for check in seen_switch.CHECKS for verdict in check.run(seen)]
    verdicts += [verdict for check in test_servers.CHECKS for verdict in check.run(server)]
    assert find_english(tell(verdicts)) == []


def test_what_is_said_of_facts_that_could_not_be_read_or_are_not_told() -> None:
    """An error is one of each check that needs it."""
    seen = seen_switch.seen(seen_switch.CORE, Stage.RETIRE, {})
    broken = replace(seen, readings=dict.fromkeys(seen.readings, Reading(error="x")))
    server = test_servers.observe(test_servers.APP, Stage.RETIRE, {}, {})
    parts = dict.fromkeys(server_facts.PARTS, Reading(error="x"))
    verdicts = [verdict for shown in (seen, broken) for check in seen_switch.CHECKS for verdict in check.run(shown)]
    verdicts += [verdict for check in test_servers.CHECKS for verdict in check.run(replace(server, readings=parts))]
    assert len({verdict.rule.name for verdict in verdicts if not verdict.passed}) > 20
    assert find_english(tell(verdicts)) == []


def test_what_a_server_tells_that_is_not_what_was_asked_for() -> None:
    """Each of its parts."""
    answer = {"now": 1, **{part.key: ["1"] for part in server_facts.PARTS}}
    readings = server_facts.parse_answer(json.dumps(answer)).readings.values()
    assert sum(bool(reading.error) for reading in readings) > 5
    nothing = server_facts.parse_answer('{"now": 1}').readings.values()
    words = "\n".join(reading.error for reading in (*readings, *nothing) if reading.error)
    assert find_english(re.sub(r"\b\w+Error: .*", "", words)) == []


@pytest.mark.parametrize("check", ["application", "application-hosts"])
@pytest.mark.parametrize("state", ["open", "refused", "silent", ""])
def test_what_is_said_of_applications(check: str, state: str) -> None:
    """Whose hosts answer, refuse, are silent, or may not be asked."""
    answers = (test_applications.answer("one", state), test_applications.answer("two", "open"))
    region = test_diagnosis.REGION
    verdicts = test_applications.judge(region, check, answers=answers if state else ())
    verdicts += test_applications.judge(region, check, answers=answers[:1] if state else ())
    assert find_english(tell(verdicts), "one", "two") == []


def test_what_is_said_of_people_who_are_cut_off() -> None:
    """By an edit; and of ways that nothing is known of."""
    region, home = test_diagnosis.REGION, test_diagnosis.REGION.municipalities["loppa"]
    group = next(iter(home.user_groups))
    cut = CutOff("loppa", group, next(iter(home.user_groups[group].sites)), 9, "mail", "denied")
    cuts = (ConfigurationCut(cut, ("loppa-core-01",), ("+ 1",)),)
    verdicts = test_applications.judge(region, "application-way", cuts=cuts)
    verdicts += test_applications.judge(region, "application-way", unread=("loppa-acc-01",))
    verdicts += test_applications.judge(region, "application-way")
    assert {verdict.passed for verdict in verdicts} == {True, False}
    assert find_english(tell(verdicts)) == []


# --- incidents, and whole rounds


@pytest.mark.parametrize("cause", [cause for cause, _ in test_diagnosis.LINES], ids=lambda cause: cause.kind)
def test_what_is_said_of_a_cause(cause: Cause) -> None:
    """With whom it hits, what it weakens and what is folded."""
    weakened = Weakened("Loppa", "loppa-core-01", 2)
    incident = Incident((replace(cause, folded=("loppa-acc-01",)),), (test_diagnosis.LOST,), (weakened,))
    told = f"{describe_incident(test_diagnosis.REGION, incident)}\n{describe_folded(incident)}"
    assert find_english(told, *CAUSE_WORDS) == []


def make_round() -> RunRecord:
    """A round with everything that a round can have."""
    region = test_diagnosis.REGION
    core, near = "loppa-core-01", "loppa-acc-01"
    verdicts = [
        *look("uplinks", core, Stage.RETIRE, {}),
        REGISTRY["saved"]().rule.failed(core, "1", "2"),
        REGISTRY["saved"]().rule.failed(near, "1", "3"),
        *(REGISTRY["vlans"]().rule.failed(f"loppa-acc-0{number}", "1", f"{number}") for number in range(1, 6)),
        REGISTRY["time"]().rule.passed(core),
        REGISTRY["trunks"]().skip(core, "4"),
        replace(REGISTRY["fans"]().skip(core, "5"), is_unseen=True),
        REGISTRY["cabling"]().fail_to_tell(core, "6", "7"),
    ]
    incidents = [Incident((cause,), (test_diagnosis.LOST,)) for cause, _ in test_diagnosis.LINES[1:6]]
    began = datetime(2026, 12, 1, 3, tzinfo=UTC)
    scope = Scope("loppa", (core, near), ("saved",))
    record = make_record(region, scope, verdicts, incidents, began, began + timedelta(seconds=3))
    known = replace(record.findings[-1], is_known=True, notes=("8",))
    return replace(record, findings=(*record.findings[:-1], known), changes=("9",))


def strip_markup(form: HealthFormat, text: str) -> str:
    """What a person reads of it, and what stands in the attributes that are shown."""
    if form is HealthFormat.HTML:
        text = re.sub(r"(?s)<style>.*?</style>", "", text)
        shown = re.findall(r"(?:title|alt|aria-label)=\"([^\"]*)\"", text)
        return html.unescape(" ".join([re.sub(r"<[^>]*>", " ", text), *shown]))
    if form is HealthFormat.JUNIT:
        root = ElementTree.fromstring(text)
        return " ".join(each.get(name, "") for each in root.iter() for name in ("message", "value"))
    if form is HealthFormat.NAGIOS:
        return text.partition(" - ")[2].partition(" | ")[0]
    if form is HealthFormat.MARKDOWN:
        return text.replace("<br>", " ").replace("\\", "")
    return text


@pytest.mark.parametrize("form", [each for each in HealthFormat if each not in FOR_PROGRAMS])
@pytest.mark.parametrize("is_well", [False, True], ids=["sick", "well"])
def test_what_a_round_says(form: HealthFormat, is_well: bool) -> None:
    """In each format that people read."""
    record = make_round()
    if is_well:
        record = replace(record, findings=(), unseen=(), incidents=(), changes=())
    report = HealthReport(test_diagnosis.REGION, Position({}), record, "7", "nb")
    text = " ".join(strip_markup(form, make_text(form, report)).split())
    assert find_english(text, *CAUSE_WORDS, *(f"{check}:" for check in REGISTRY)) == []


def test_what_is_listed_of_a_round() -> None:
    """Every check of every subject."""
    screen = Console(file=StringIO(), width=1000)
    show_record(screen, make_round(), verbose=True, repeat=True)
    assert isinstance(screen.file, StringIO)
    assert find_english(" ".join(screen.file.getvalue().split()), *CAUSE_WORDS, *REGISTRY) == []


# --- what is known beside a round


def test_what_is_known_of_a_finding() -> None:
    """Since when, who knows of it, what changed there last, whom to call."""
    moment = datetime(2026, 12, 1, 3, tzinfo=UTC)
    acknowledgement = Acknowledgement("4", moment, moment, "5")
    told = [describe_acknowledgement(acknowledgement), describe_flapping(4)]
    told += [describe_change(SubjectChange(moment, "1", "2", "3", outcome, "4")) for outcome in OUTCOMES]
    told.append(describe_change(SubjectChange(moment, "1", "")))
    assert find_english("\n".join(told)) == []


def test_whom_to_call() -> None:
    """At night and in the day, with a fault desk that answers and one that does not."""
    region = test_diagnosis.REGION
    names = [*region.standard.suppliers, *(supplier.customer for supplier in region.standard.suppliers.values())]
    for home in region.municipalities.values():
        if home.on_call:
            names += [contact.label for contact in home.on_call.contacts.values()]
            names += [swap.reason for swap in home.on_call.swaps]
    for moment in (datetime(2026, 12, 1, 3, tzinfo=UTC), datetime(2026, 12, 1, 10, tzinfo=UTC)):
        for name in region.municipalities:
            for supplier in ("", *region.standard.suppliers):
                calls = describe_calls(region, name, moment, supplier)
                assert find_english(calls, *names) == []


@pytest.mark.parametrize("state", ChangeState)
def test_what_is_said_of_a_change_that_has_not_ended(state: ChangeState) -> None:
    """However it goes."""
    began, none = datetime(2026, 12, 1, 3, tzinfo=UTC), frozenset[str]()
    change = OngoingChange("3", "loppa", "stage", state, "1", "2", began, ("loppa-core-01",), none, none)
    assert find_english(describe_ongoing(test_diagnosis.REGION, change), "stage") == []


def test_who_would_lose_what() -> None:
    """With what has no second any more, and what is not known; and a word that names nothing."""
    region, home = test_diagnosis.REGION, test_diagnosis.REGION.municipalities["loppa"]
    group = next(iter(home.user_groups))
    cuts = [CutOff("loppa", group, site, 9, "mail", "1") for site in home.user_groups[group].sites]
    outage = parse_outage(region, ["loppa-core-01:23"])
    told = [summarise(region, group_losses(region, cuts)), summarise(region, [])]
    told += [describe_weakened(each) for each in find_weakened(region, Position({}), outage)]
    told.append(describe_unknown(region, Intended({}, Position({}), ("loppa-core-01",))))
    with pytest.raises(UsageError) as refused:
        parse_outage(region, ["9"])
    assert len(told) == 4
    assert find_english("\n".join(told)) == []
    assert find_english(str(refused.value)) == []


def test_what_was_promised_and_kept() -> None:
    """A month in one line: with faults, gaps, and nothing at all."""
    level = test_service_report.level()
    told = []
    for promised, states in ((level, "y" * 9 + "...n" + "y" * 6 + "nn" + "y" * 3), (level, ""), (None, "y" * 24)):
        where = test_service_report.region(promised)
        looks = test_service_report.take(test_service_report.DAY[0], states)
        months = test_service_report.report(where, looks, *test_service_report.DAY)
        told.append(describe_service_month(where, months[test_service_report.ARCHIVE]))
    assert find_english("\n".join(told), "min") == []
