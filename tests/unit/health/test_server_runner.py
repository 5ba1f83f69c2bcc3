"""Many servers are looked at once each, and nothing but the constant program is ever sent to them."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.address_guard import GuardError
from nornir_tasks.health import server_program, server_runner
from nornir_tasks.health.check import load_checks
from nornir_tasks.health.server_check import SERVERS, EarlierDisks
from nornir_tasks.health.server_facts import COMMAND
from nornir_tasks.health.server_questions import list_port_questions
from nornir_tasks.health.server_runner import MOST_OF_ONE, ServerExamination, examine_servers, part_by_reach
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.device import MANAGED
from nornir_tasks.platforms.common.login_fault import LoginError, LoginFault
from nornir_tasks.server_roles import find_reason_not_ours
from tests.support.server_answers import answer

RETIRED = Position({"loppa": Stage.RETIRE})
PROGRAM = Path(server_program.__file__).read_text()
OURS, WINDOWS = "loppa-app-02", "loppa-dc-01"
ASKERS = ("centre-logs-01", "centre-logs-02", "centre-control-01", "centre-control-02")


@pytest.fixture(scope="module")
def region() -> Region:
    """The inventory's, with every server that can be ours in the group of those that roles act on."""
    loaded = load_region()
    servers = {
        name: server if find_reason_not_ours(server) else server.model_copy(update={"groups": (MANAGED,)})
        for name, server in loaded.servers.items()
    }
    return loaded.model_copy(update={"servers": servers})


@dataclass
class Servers:
    """Stands in for every server: tells what was sent to it, and how many are asked at a time."""

    faults: dict[str, Exception] = field(default_factory=dict)
    ports: dict[tuple[str, int], str] = field(default_factory=dict)
    sent: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)
    now: dict[str, int] = field(default_factory=dict)
    most: int = 0
    _lock: Any = field(default_factory=threading.Lock)

    def open(self, region: Region, server: Any, seconds: int) -> Any:
        """In the place of ``make_session``."""
        if isinstance(fault := self.faults.get(server.name), GuardError):
            raise fault
        return SimpleNamespace(name=server.name, run=lambda *given: self.run(server, *given))

    def run(self, server: Any, words: Sequence[str], text: str, seconds: float) -> tuple[int, str, str]:
        """A login, and what the program printed."""
        with self._lock:
            self.sent.append((server.name, tuple(words), text))
            self.now[server.municipality] = self.now.get(server.municipality, 0) + 1
            self.most = max(self.most, *self.now.values())
        time.sleep(0.005)
        with self._lock:
            self.now[server.municipality] -= 1
        if fault := self.faults.get(server.name):
            raise fault
        places = json.loads(text.rsplit("main()\n", maxsplit=1)[-1])
        states = [self.ports.get((address, port), "open") for address, port in places]
        return 0, answer(now=time.time(), answers=states), ""


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Servers:
    """Those that answer."""
    stand_in = Servers()
    monkeypatch.setattr(server_runner, "make_session", stand_in.open)
    return stand_in


def examine(region: Region, *names: str, position: Position = RETIRED, **more: Any) -> ServerExamination:
    """Some servers' examination; of all, if none is named."""
    context = cast(Any, SimpleNamespace(region=region, journal=SimpleNamespace(position=lambda: position)))
    return examine_servers(context, [region.servers[name] for name in names or region.servers], **more)


def by_rule(examination: ServerExamination, server: str) -> dict[str, Verdict]:
    """The first verdict of each check on a server."""
    found: dict[str, Verdict] = {}
    for verdict in examination.verdicts:
        if verdict.subject == server:
            found.setdefault(verdict.rule.name, verdict)
    return found


def test_nothing_but_the_constant_program_is_sent(region: Region, servers: Servers) -> None:
    """To any server of the region, once each; what follows it are addresses and ports alone."""
    examine(region)
    assert len(servers.sent) == len({name for name, *_ in servers.sent}) > 30
    for name, words, text in servers.sent:
        assert words == COMMAND
        head, rest = text.split("\n", 1)
        assert int(head) == len(PROGRAM.encode())
        assert rest.startswith(PROGRAM)
        places = json.loads(rest.removeprefix(PROGRAM))
        assert all(isinstance(address, str) and isinstance(port, int) for address, port in places)
        assert find_reason_not_ours(region.servers[name]) is None
    assert 1 < servers.most <= MOST_OF_ONE


def test_every_check_has_a_verdict_on_every_server(region: Region, servers: Servers) -> None:
    """In the order of the servers, and told as they come."""
    told: list[list[Verdict]] = []
    examination = examine(region, WINDOWS, OURS, tell=told.append)
    assert list(dict.fromkeys(verdict.subject for verdict in examination.verdicts)) == [WINDOWS, OURS]
    names = {check.name for check in load_checks(SERVERS)}
    assert set(by_rule(examination, OURS)) == set(by_rule(examination, WINDOWS)) == names
    assert [verdicts[0].subject for verdicts in told] == [OURS, WINDOWS]
    assert all(verdict.seen for verdict in examination.verdicts)
    assert examination.faults == {WINDOWS: None, OURS: None}


def test_who_asks_is_logged_in_to_beside_those_that_are_looked_at(region: Region, servers: Servers) -> None:
    """Both halves of the monitoring, and of the control nodes for WinRM; and nothing is judged of them."""
    examination = examine(region, WINDOWS)
    assert {name for name, *_ in servers.sent} == set(ASKERS)
    assert {verdict.subject for verdict in examination.verdicts} == {WINDOWS}
    assert {answer.asker for answer in examination.answers} == set(ASKERS)


def test_what_keeps_us_out_is_told_to_causes(region: Region, servers: Servers) -> None:
    """One that is silent, one that refuses, one outside of the management networks; a bug is no silence."""
    servers.faults = {
        "loppa-app-02": LoginError("loppa-app-02: no way", LoginFault.NO_ANSWER),
        "loppa-app-03": LoginError("loppa-app-03: no key", LoginFault.WRONG_PASSWORD),
        "loppa-app-04": GuardError("loppa-app-04: refused to connect"),
        "loppa-mon-01": KeyError("a bug"),
        "loppa-db-01": PlatformError("loppa-db-01: expected an answer of the health program"),
    }
    examination = examine(region, *servers.faults, "loppa-file-01")
    assert examination.faults == {
        "loppa-app-02": LoginFault.NO_ANSWER,
        "loppa-app-03": LoginFault.WRONG_PASSWORD,
        "loppa-app-04": LoginFault.OTHER,
        "loppa-mon-01": LoginFault.OTHER,
        "loppa-db-01": LoginFault.OTHER,
        "loppa-file-01": None,
    }
    assert "loppa-app-02: no way" in by_rule(examination, "loppa-app-02")["host"].text
    assert "the tool itself failed" in by_rule(examination, "loppa-mon-01")["host"].text
    assert by_rule(examination, "loppa-file-01")["host"].passed


def test_a_windows_server_is_silent_if_both_halves_say_so(region: Region, servers: Servers) -> None:
    address = str(region.servers[WINDOWS].address.ip)
    servers.ports = {(address, port): "silent" for port in range(10_000)}
    silent = examine(region, WINDOWS)
    assert silent.faults == {WINDOWS: LoginFault.NO_ANSWER}
    assert "windows2022" in by_rule(silent, WINDOWS)["host"].text
    servers.ports[address, 445] = "refused"  # the machine is there
    assert examine(region, WINDOWS).faults == {WINDOWS: None}


def test_a_windows_server_that_nobody_could_ask_is_not_well_and_not_silent(region: Region, servers: Servers) -> None:
    servers.faults = dict.fromkeys(ASKERS, LoginError("gone", LoginFault.NO_ANSWER))
    examination = examine(region, WINDOWS)
    assert examination.faults == {}
    assert by_rule(examination, WINDOWS)["host"].status == "skipped"


def test_the_next_look_foresees_by_this_one(region: Region, servers: Servers) -> None:
    """The disks are given back, and taken again."""
    first = examine(region, OURS)
    kept = first.disks[OURS]
    assert by_rule(first, OURS)["disk-trend"].status == "skipped"
    fuller = {"/var/lib/postgresql": kept.disks["/var/lib/postgresql"]}
    earlier = {OURS: EarlierDisks(kept.at - 3600, {place: _with_more(disk) for place, disk in fuller.items()})}
    second = examine(region, OURS, earlier=earlier)
    assert "full in" in by_rule(second, OURS)["disk-trend"].text


def _with_more(disk: Any) -> Any:
    """The disk as it was with more room."""
    return type(disk)(**{**vars(disk), "free_bytes": disk.free_bytes + 100})


def test_a_server_that_answers_too_few_questions_is_not_believed(region: Region, servers: Servers) -> None:
    """Whose answer is whose would not be known."""
    original = servers.run

    def run(server: Any, words: Sequence[str], text: str, seconds: float) -> tuple[int, str, str]:
        original(server, words, text, seconds)
        return 0, answer(now=time.time(), answers=[]), ""

    servers.run = run  # type: ignore[method-assign]
    examination = examine(region, WINDOWS)
    assert examination.answers == ()


def test_only_whom_the_records_let_asks(region: Region) -> None:
    """At retire the centre's, one in each half; before a way leads there, neighbours in the old network."""
    retired = list_port_questions(region, RETIRED, [WINDOWS, "loppa-hv-01"])
    assert {(q.asker, q.host, q.address) for q in retired} == {(asker, WINDOWS, "10.17.92.20") for asker in ASKERS} | {
        (asker, "loppa-hv-01", "10.17.1.10") for asker in ("centre-control-01", "centre-control-02")
    }
    legacy = list_port_questions(region, Position(), [WINDOWS])
    assert {q.address for q in legacy} == {"192.168.23.20"}
    assert all(q.asker.startswith("loppa-") and not find_reason_not_ours(region.servers[q.asker]) for q in legacy)
    assert all(q.asker != q.host for q in list_port_questions(region, RETIRED, region.servers))


def test_without_a_server_of_ours_nothing_is_in_reach(region: Region) -> None:
    """A fresh checkout talks to nobody; with them all are in reach but those that no record gives a way to."""
    loaded = load_region()
    near, far = part_by_reach(loaded, RETIRED, loaded.servers.values())
    assert (near, len(far)) == ([], len(loaded.servers))
    near, far = part_by_reach(region, RETIRED, region.servers.values())
    assert {server.municipality for server in near} >= {"loppa", "operations_centre"}
    assert not {server.name for server in near} & {server.name for server in far}
    assert all(find_reason_not_ours(server) for server in far)
