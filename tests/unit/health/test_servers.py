"""Every check of a server: a table of what it is shown, and what it says."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nornir_tasks.core.verdict import format_failures
from nornir_tasks.health import server_facts as facts
from nornir_tasks.health.check import REGISTRY, RUNBOOKS, load_checks
from nornir_tasks.health.facts import Reading
from nornir_tasks.health.server_check import SERVERS, Clocks, EarlierDisks, PortAnswer, ServerObservation
from nornir_tasks.health.server_facts import (
    BackupNotes,
    Certificate,
    Disk,
    Listener,
    Load,
    Part,
    Restarts,
    SickUnit,
    Tracking,
    UnitTrouble,
)
from nornir_tasks.health.server_upkeep import list_expected
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.services import CommonService
from nornir_tasks.platforms.common.login_fault import LoginFault
from nornir_tasks.server_roles import ServerView
from tests.support import small_region as small

NOW = 1796099319.0
CHECKS = load_checks(SERVERS)
APP, DB, TIME, CONTROL = "app-01", "db-01", "time-01", "control-01"
STORE = CommonService(label="Backup", hosts=("control-01", "time-01"), ports=("tcp/22",), zones=("servers",))


def make_region() -> Region:
    """The small region, with stores for backups."""
    region = small.region()
    services = {**small.SERVICES, "backup": STORE}
    devices = {
        name: device.model_copy(update={"standard": device.standard.model_copy(update={"common_services": services})})
        for name, device in region.devices.items()
    }
    return region.model_copy(update={"devices": devices})


REGION = make_region()
ROOT = Disk("/", "/dev/vda1", 100 * 2**30, 50 * 2**30, 1000, 500, False)
WELL = Load(86400.0, 2, (0.5, 0.4, 0.3), 4_000_000, 3_000_000)
SOURCE = str(next(iter(REGION.devices.values())).standard.time_servers[0])
FOLLOWS = Tracking(SOURCE, 3, NOW - 40, 0.00001, 64.2, True, False)
CALM = Restarts(False, (), {})
BACKED_UP = BackupNotes(NOW - 3600, False, NOW - 86400, False)
WEB = (Listener("tcp", None, 443), Listener("udp", "10.17.92.30", 505), Listener("tcp", None, 9100))
ANY = Clocks(NOW - 0.5, NOW, NOW + 0.5)
STAMP = datetime.fromtimestamp(NOW, UTC)


def certificate(days: float, begins: float = -100) -> Certificate:
    """One that ends in so many days."""
    begin, end = STAMP + timedelta(days=begins), STAMP + timedelta(days=days)
    return Certificate("/etc/fellesdrift/certificates/a.pem", "CN=a", begin, end)


Shown = Mapping[Part[Any], Any]
CASES: list[tuple[str, str, Stage, Shown, dict[str, Any], str, str]] = [
    # check, server, stage, what was read, what else is known, verdict, words
    ("host", APP, Stage.RETIRE, {}, {}, "passed", ""),
    ("host", APP, Stage.RETIRE, {}, {"login_error": "closed", "login_fault": LoginFault.CLOSED}, "failure", "closed"),
    ("host", APP, Stage.RETIRE, {}, {"clocks": Clocks(NOW - 12, NOW, NOW)}, "failure", "within 10 s, actual: 12 s"),
    ("disk", APP, Stage.LEGACY, {facts.DISKS: (ROOT,)}, {}, "passed", ""),
    (
        "disk", APP, Stage.RETIRE, {facts.DISKS: (replace(ROOT, free_bytes=2**30),)}, {},
        "failure", "Expected 5 % of / free, actual: 1 GB (1.0 %)",
    ),
    (
        "disk", APP, Stage.RETIRE, {facts.DISKS: (replace(ROOT, free_inodes=3),)}, {},
        "failure", "5 % of the inodes of / free, actual: 0.3 %",
    ),
    # of btrfs and vfat nobody counts inodes
    ("disk", APP, Stage.RETIRE, {facts.DISKS: (replace(ROOT, inodes=0, free_inodes=0),)}, {}, "passed", ""),
    (
        "disk", APP, Stage.RETIRE, {facts.DISKS: (replace(ROOT, is_read_only=True),)}, {},
        "failure", "/ to be written to, actual: read only",
    ),
    # a tenth of what is left in a day: 9 days more
    (
        "disk-trend", APP, Stage.RETIRE, {facts.DISKS: (replace(ROOT, free_bytes=45 * 2**30),)},
        {"earlier": EarlierDisks(NOW - 86400, {"/": ROOT})}, "failure", "actual: full in 9 days, if it goes on so",
    ),
    (
        "disk-trend", APP, Stage.RETIRE, {facts.DISKS: (replace(ROOT, free_bytes=49 * 2**30),)},
        {"earlier": EarlierDisks(NOW - 86400, {"/": ROOT})}, "passed", "",
    ),
    # full is the other check's
    (
        "disk-trend", APP, Stage.RETIRE, {facts.DISKS: (replace(ROOT, free_bytes=2**30),)},
        {"earlier": EarlierDisks(NOW - 86400, {"/": ROOT})}, "passed", "",
    ),
    ("disk-trend", APP, Stage.RETIRE, {facts.DISKS: (ROOT,)}, {}, "skipped", "not looked at before"),
    ("disk", APP, Stage.RETIRE, {facts.DISKS: ()}, {}, "skipped", "no disk"),
    ("load", APP, Stage.RETIRE, {facts.LOAD: WELL}, {}, "passed", ""),
    # a burst of five minutes is none of a quarter of an hour
    ("load", APP, Stage.RETIRE, {facts.LOAD: replace(WELL, averages=(30.0, 12.0, 3.0))}, {}, "passed", ""),
    (
        "load", APP, Stage.RETIRE, {facts.LOAD: replace(WELL, averages=(1.0, 9.0, 8.0))}, {},
        "failure", "a load of at most 4 for 2 processors, actual: 8.0",
    ),
    (
        "load", APP, Stage.RETIRE, {facts.LOAD: replace(WELL, available_kb=100_000)}, {},
        "failure", "5 % of the memory free, actual: 98 MB (2.5 %)",
    ),
    ("unit", APP, Stage.RETIRE, {facts.UNITS: ()}, {}, "passed", ""),
    (
        "unit", APP, Stage.RETIRE, {facts.UNITS: (SickUnit("nginx.service", UnitTrouble.FAILED, "exit-code", STAMP),)},
        {}, "failure", "nginx.service well, actual: failed since",
    ),
    (
        "unit", APP, Stage.RETIRE, {facts.UNITS: (SickUnit("app.service", UnitTrouble.RESTARTING, "oom-kill", STAMP),)},
        {}, "failure", "started again and again (oom-kill)",
    ),
    (
        "unit", APP, Stage.RETIRE, {facts.UNITS: (SickUnit("chrony.service", UnitTrouble.STOPPED, "success", STAMP),)},
        {}, "failure", "chrony.service well, actual: stopped since",
    ),
    ("clock", APP, Stage.RETIRE, {facts.TRACKING: FOLLOWS}, {}, "passed", ""),
    ("clock", APP, Stage.SURVEY, {facts.TRACKING: FOLLOWS}, {}, "skipped", "our roles have not run"),
    (
        "clock", APP, Stage.RETIRE, {facts.TRACKING: replace(FOLLOWS, is_synchronised=False)}, {},
        "failure", "a time server that it follows, actual: none",
    ),
    (
        "clock", APP, Stage.RETIRE, {facts.TRACKING: replace(FOLLOWS, source="192.0.2.1")}, {},
        "failure", "a time server of the centre that it follows, actual: 192.0.2.1",
    ),
    (
        "clock", APP, Stage.RETIRE, {facts.TRACKING: replace(FOLLOWS, source="", is_own_clock=True)}, {},
        "failure", "actual: itself",
    ),
    # nothing outside answers a time server: the lower of the two leads, as its role has it
    ("clock", TIME, Stage.RETIRE, {facts.TRACKING: replace(FOLLOWS, source="", is_own_clock=True)}, {}, "passed", ""),
    (
        "clock", APP, Stage.RETIRE, {facts.TRACKING: replace(FOLLOWS, reference_time=NOW - 7200)}, {},
        "failure", "to tell it the time, actual: nothing for 2 hours",
    ),
    (
        "clock", APP, Stage.RETIRE, {facts.TRACKING: replace(FOLLOWS, offset_seconds=-17.25)}, {},
        "failure", "less than 1 s off, actual: -17.2 s",
    ),
    (
        "clock", APP, Stage.RETIRE, {facts.TRACKING: replace(FOLLOWS, reference_time=NOW + 580)},
        {"clocks": Clocks(NOW - 1, NOW + 600, NOW)}, "failure", "the time of this machine, actual: +600 s from it",
    ),
    ("pending-restart", APP, Stage.RETIRE, {facts.RESTARTS: CALM}, {}, "passed", ""),
    (
        "pending-restart", APP, Stage.RETIRE, {facts.RESTARTS: Restarts(True, ("linux-image-6.12.48-amd64",), {})}, {},
        "failure", "it waits for a restart (linux-image-6.12.48-amd64)",
    ),
    (
        "pending-restart", APP, Stage.RETIRE,
        {facts.RESTARTS: Restarts(False, (), {"nginx.service": ("/usr/lib/x86_64-linux-gnu/libssl.so.3",)})}, {},
        "failure", "nginx.service to run what is installed, actual: it runs the old libssl.so.3",
    ),
    ("certificate", APP, Stage.RETIRE, {facts.CERTIFICATES: (certificate(200),)}, {}, "passed", ""),
    ("certificate", APP, Stage.RETIRE, {facts.CERTIFICATES: ()}, {}, "skipped", "no certificate"),
    (
        "certificate", APP, Stage.RETIRE, {facts.CERTIFICATES: (certificate(200), certificate(12.5))}, {},
        "failure", "good for 21 days, actual: it ends in 12 days",
    ),
    ("certificate", APP, Stage.RETIRE, {facts.CERTIFICATES: (certificate(-1),)}, {}, "failure", "it ended 20"),
    ("certificate", APP, Stage.RETIRE, {facts.CERTIFICATES: (certificate(200, 1),)}, {}, "failure", "it begins 20"),
    ("backup", APP, Stage.RETIRE, {facts.BACKUP: BACKED_UP}, {}, "passed", ""),
    ("backup", DB, Stage.RETIRE, {facts.BACKUP: None}, {}, "failure", "of the last 26 hours, actual: none yet"),
    ("backup", TIME, Stage.RETIRE, {facts.BACKUP: None}, {}, "skipped", "no data"),
    ("backup", APP, Stage.LEGACY, {facts.BACKUP: None}, {}, "skipped", "our roles have not run"),
    (
        "backup", APP, Stage.RETIRE, {facts.BACKUP: replace(BACKED_UP, last_success=NOW - 3 * 86400)}, {},
        "failure", "the last is 3 days old",
    ),
    ("backup", APP, Stage.RETIRE, {facts.BACKUP: replace(BACKED_UP, has_failed=True)}, {}, "failure", "it failed"),
    (
        "backup", APP, Stage.RETIRE, {facts.BACKUP: replace(BACKED_UP, last_restore=NOW - 40 * 86400)}, {},
        "failure", "within 35 days, actual: the last time 40 days ago",
    ),
    (
        "backup", APP, Stage.RETIRE, {facts.BACKUP: replace(BACKED_UP, has_restore_failed=True)}, {},
        "failure", "the trial failed",
    ),
    ("listening", APP, Stage.RETIRE, {facts.SOCKETS: WEB}, {}, "passed", ""),
    ("listening", APP, Stage.RETIRE, {facts.SOCKETS: WEB[1:]}, {}, "failure", "Case archive at tcp/443, actual: "),
    (
        "listening", APP, Stage.RETIRE, {facts.SOCKETS: (Listener("tcp", "127.0.0.1", 443), *WEB[1:])}, {},
        "failure", "it listens at 127.0.0.1 alone",
    ),
    # at the old address alone, which goes with retire
    (
        "listening", APP, Stage.RETIRE, {facts.SOCKETS: (Listener("tcp", "192.168.17.30", 443), *WEB[1:])}, {},
        "failure", "it listens at 192.168.17.30 alone",
    ),
    (
        "listening", APP, Stage.LEGACY,
        {facts.SOCKETS: (Listener("tcp", "192.168.17.30", 443), Listener("udp", None, 505))}, {}, "passed", "",
    ),
    ("listening", TIME, Stage.RETIRE, {facts.SOCKETS: ()}, {}, "failure", "Time at udp/123, actual: nothing"),
    ("listening", DB, Stage.RETIRE, {facts.SOCKETS: WEB}, {}, "failure", "the database of Case archive at tcp/5432"),
]  # fmt: skip


def observe(server: str, stage: Stage, values: Shown, more: Mapping[str, Any]) -> ServerObservation:
    """What a check is shown."""
    view = ServerView(REGION, REGION.servers[server], Position({"loppa": stage}))
    readings = {part: Reading(values.get(part)) for part in facts.PARTS}
    return replace(ServerObservation(view, readings, clocks=ANY), **more)


@pytest.mark.parametrize(("check", "server", "stage", "values", "more", "status", "words"), CASES)
def test_check(
    check: str, server: str, stage: Stage, values: Shown, more: dict[str, Any], status: str, words: str
) -> None:
    """The verdict and its words; advice where there is something to do."""
    verdicts = next(each for each in CHECKS if each.name == check).run(observe(server, stage, values, more))
    assert {(verdict.status, verdict.subject, verdict.rule.name) for verdict in verdicts} == {(status, server, check)}
    text = "; ".join(verdict.text for verdict in verdicts)
    assert words in text
    assert all(bool(verdict.advice) is (status == "failure") for verdict in verdicts)


def test_every_check_has_its_rows_and_its_runbook() -> None:
    """A pass and a failure each, at the least; a runbook of ours in both languages."""
    shown = {(check, status) for check, *_, status, _ in CASES}
    assert {(check.name, status) for check in CHECKS for status in ("passed", "failure")} <= shown
    assert [check.name for check in CHECKS] == [
        "pending-restart", "certificate", "backup", "listening", "host", "disk", "disk-trend", "load", "unit", "clock",
    ]  # fmt: skip
    for name in ("load", "pending-restart", "listening", "application-way"):
        for language, headings in (("", ("At the site", "From the centre")), ("nb", ("På stedet", "Fra sentralen"))):
            text = (RUNBOOKS / language / f"{name}.md").read_text()
            assert re.findall(r"^## (.*)$", text, re.M) == list(headings), name
            assert text.startswith(f"# {name}: ")


def test_checks_of_switches_know_nothing_of_servers() -> None:
    """They are asked of switches alone, and stand in one registry."""
    assert not {check.name for check in load_checks()} & {check.name for check in CHECKS}
    assert {check.name for check in CHECKS} < set(REGISTRY)


@pytest.mark.parametrize(
    ("fault", "advice", "others"),
    [
        (LoginFault.NO_ANSWER, "others of its hypervisor", "the server does not answer"),
        (LoginFault.CLOSED, "start ssh.service", "the server does not answer"),
        (LoginFault.HANGS, "its disk is full or dead", "the server does not answer"),
        (LoginFault.BROKEN, "try once more", "the server does not answer"),
        (LoginFault.WRONG_PASSWORD, "Our key is refused", "the server does not let us in"),
        (LoginFault.OTHER_KEY, "installed anew", "the server does not let us in"),
        (LoginFault.UNKNOWN_KEY, "scripts/trust.py", "the server does not let us in"),
        (LoginFault.OTHER, "Read the message", "the server does not answer"),
        (None, "Read the message", "the server does not answer"),
    ],
)
def test_the_advice_fits_what_keeps_us_out(fault: LoginFault | None, advice: str, others: str) -> None:
    observation = observe(APP, Stage.RETIRE, {}, {"login_error": "no login", "login_fault": fault})
    by_name = {check.name: check.run(observation) for check in CHECKS}
    (verdict,) = by_name["host"]
    assert advice in verdict.advice
    assert [verdict.text for verdict in by_name["disk"]] == [others]


@pytest.mark.parametrize(
    ("states", "status", "words"),
    [
        ((), "skipped", "nobody who answers is let to ask it (windows2022)"),
        (("silent", "silent"), "failure", "an answer at one of tcp/445, actual: none, asked from x (windows2022)"),
        (("silent", "refused"), "passed", "looked at by its ports alone: windows2022"),
        (("open",), "passed", "looked at by its ports alone: windows2022"),
    ],
)
def test_a_server_that_is_not_ours_is_looked_at_by_its_ports(states: tuple[str, ...], status: str, words: str) -> None:
    answers = tuple(PortAnswer("x", APP, "10.17.92.30", 445, state) for state in states)
    more = {"not_ours": "windows2022", "login_error": "nobody logs in", "answers": answers}
    by_name = {check.name: check.run(observe(APP, Stage.RETIRE, {}, more)) for check in CHECKS}
    (verdict,) = by_name["host"]
    assert verdict.status == status
    assert words in verdict.text
    assert all(
        verdict.status == "skipped" for name in by_name if name not in ("host", "backup") for verdict in by_name[name]
    )


def test_a_part_that_could_not_be_read_is_an_error_and_not_well() -> None:
    observation = observe(APP, Stage.RETIRE, {}, {})
    readings = {part: Reading(error="FileNotFoundError: ss") for part in facts.PARTS}
    verdicts = [verdict for check in CHECKS for verdict in check.run(replace(observation, readings=readings))]
    assert {verdict.status for verdict in verdicts if verdict.rule.name != "host"} == {"error"}
    assert "where it listens could not be read: FileNotFoundError: ss" in format_failures(verdicts)


def test_what_ought_to_listen_follows_from_the_records() -> None:
    """Services, what runs here at the stage, databases, and the agent once our roles have run; never ICMP."""
    listed = {
        name: [
            ",".join(map(str, each.ports))
            for each in list_expected(ServerView(REGION, REGION.servers[name], Position()))
        ]
        for name in (APP, DB, TIME, CONTROL)
    }
    assert listed == {
        APP: ["tcp/443", "udp/500-510"],
        DB: ["tcp/5432"],
        TIME: ["udp/123", "tcp/22", "tcp/9100"],
        CONTROL: ["tcp/22", "tcp/9100"],
    }


def test_by_how_much_a_clock_is_surely_off() -> None:
    """What lies between question and answer may be the way's."""
    assert Clocks(10.0, 10.5, 11.0).difference == 0.0
    assert Clocks(10.0, 70.0, 11.0).difference == 59.0
    assert Clocks(10.0, 5.0, 11.0).difference == -5.0


def test_hosts_of_one_application_may_share_its_ports() -> None:
    """Each of them listens at one; a single host at all of them."""
    record = small.application(hosts=(APP, DB), ports=("tcp/445", "tcp/631"), database=None)
    home = REGION.municipalities["loppa"].model_copy(update={"applications": {"file_print": record}})
    region = REGION.model_copy(update={"municipalities": {**REGION.municipalities, "loppa": home}})
    view = ServerView(region, region.servers[APP], Position())
    assert [tuple(map(str, each.ports)) for each in list_expected(view)] == [("tcp/445", "tcp/631")]
    check = next(each for each in CHECKS if each.name == "listening")
    observation = ServerObservation(view, {facts.SOCKETS: Reading((Listener("tcp", None, 631),))}, clocks=ANY)
    assert [verdict.status for verdict in check.run(observation)] == ["passed"]
    observation = replace(observation, readings={facts.SOCKETS: Reading(())})
    assert "Case archive at tcp/445, tcp/631, actual: nothing" in format_failures(check.run(observation))
