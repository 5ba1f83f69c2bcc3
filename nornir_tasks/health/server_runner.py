"""Look at many servers at once: one login and one round trip each, bounded, in which they ask one another, too."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import BoundedSemaphore

from nornir_tasks.core import interrupt
from nornir_tasks.core.errors import FellesdriftError, describe_error
from nornir_tasks.core.language import translate
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.context import Context
from nornir_tasks.devices.server_login import make_session
from nornir_tasks.health.check import Check, load_checks
from nornir_tasks.health.facts import Reading
from nornir_tasks.health.server_check import SERVERS, Clocks, EarlierDisks, PortAnswer, ServerObservation
from nornir_tasks.health.server_facts import ANSWERS, DISKS, Part, ask_server
from nornir_tasks.health.server_questions import PortQuestion, group_by_asker, list_port_questions
from nornir_tasks.model import Position, Region, Server
from nornir_tasks.platforms.common.login_fault import LoginFault, find_login_fault
from nornir_tasks.server_roles import ServerView
from nornir_tasks.targets.server import find_reason_left

WORKERS = 20  # logins at once: a server that does not answer holds one of them for CONNECT_SECONDS
MOST_OF_ONE = 4  # of a municipality's servers: their answers share its line
CONNECT_SECONDS = 8
Tell = Callable[[list[Verdict]], None]


@dataclass(frozen=True)
class ServerExamination:
    """What was found.

    Args:
        verdicts: of every check on every server, in the order of the servers and of the checks.
        faults: why each did not let us in (None: it did, or it answers at a port): what ``find_causes`` takes. One
            that nobody could ask is not among them.
        answers: of every port that was asked for, for the applications.
        disks: as they are now, by server: the next examination foresees by them when they are full.
    """

    verdicts: list[Verdict] = field(default_factory=list)
    faults: Mapping[str, LoginFault | None] = field(default_factory=dict)
    answers: tuple[PortAnswer, ...] = ()
    disks: Mapping[str, EarlierDisks] = field(default_factory=dict)


@dataclass(frozen=True)
class _Told:
    """What came of asking a server: its readings, or why there are none."""

    readings: Mapping[Part, Reading] = field(default_factory=dict)
    clocks: Clocks | None = None
    error: str = ""
    fault: LoginFault | None = None


def examine_servers(
    context: Context,
    servers: Iterable[Server],
    *,
    position: Position | None = None,
    earlier: Mapping[str, EarlierDisks] | None = None,
    workers: int = WORKERS,
    checks: Sequence[Check] | None = None,
    tell: Tell = lambda verdicts: None,
) -> ServerExamination:
    """The verdicts on servers, and what causes and applications need of them.

    Args:
        context: whose journal says where they stand.
        servers: of its region. Who has to ask their ports is logged in to beside them.
        position: where everything stands; default: as the journal says.
        earlier: the disks as an earlier examination found them, by server.
        workers: how many are asked at once.
        checks: default: all of servers that are registered.
        tell: is given the verdicts on each server as soon as they are there, in this thread.

    Returns:
        At least one verdict for each server and check, with the time in ``seen``; nothing is raised for one server.
    """
    region, chosen = context.region, list(servers)
    position = position or context.journal.position()
    looked_at = tuple(load_checks(SERVERS) if checks is None else checks)
    reasons = {server.name: find_reason_left(server) or "" for server in chosen}
    questions = list_port_questions(region, position, [server.name for server in chosen])
    by_asker = group_by_asker(questions)
    ours = [server for server in chosen if not reasons[server.name]]
    names = dict.fromkeys((*(server.name for server in ours), *by_asker))
    told: dict[str, _Told] = {}
    verdicts: dict[str, list[Verdict]] = {}

    def judge(server: Server, answers: tuple[PortAnswer, ...] = ()) -> None:
        observation = _observe(region, position, server, told.get(server.name, _Told()))
        before = (earlier or {}).get(server.name)
        observation = replace(observation, not_ours=reasons[server.name], answers=answers, earlier=before)
        now = datetime.now(UTC)
        verdicts[server.name] = [
            replace(verdict, seen=now) for check in looked_at for verdict in check.run(observation)
        ]
        tell(verdicts[server.name])

    rooms: dict[str, BoundedSemaphore] = defaultdict(lambda: BoundedSemaphore(MOST_OF_ONE))
    for name in names:
        rooms[region.servers[name].municipality]  # made here, before several threads want it
    with ThreadPoolExecutor(workers) as pool:
        waiting = {
            pool.submit(
                _ask, region, region.servers[name], by_asker.get(name, ()), rooms[region.servers[name].municipality]
            ): name
            for name in _take_turns(region, names)
        }
        for done in as_completed(waiting):
            name = waiting[done]
            told[name] = done.result()
            if name in reasons:
                judge(region.servers[name])
    answers = tuple(answer for asker, asked in by_asker.items() for answer in _pair(asked, told[asker]))
    for server in (server for server in chosen if reasons[server.name]):
        judge(server, tuple(answer for answer in answers if answer.host == server.name))
    faults = {server.name: told[server.name].fault for server in ours}
    faults |= {name: fault for name, fault in _judge_silence(answers).items() if reasons.get(name)}
    return ServerExamination(
        [verdict for server in chosen for verdict in verdicts[server.name]],
        {server.name: faults[server.name] for server in chosen if server.name in faults},
        answers,
        {name: disks for name, each in told.items() if (disks := _keep_disks(each))},
    )


def part_by_reach(region: Region, position: Position, servers: Iterable[Server]) -> tuple[list[Server], list[Server]]:
    """The servers that can be looked at, and those that nobody logs in to and nobody is let to ask.

    Args:
        region: with all records.
        position: where everything stands.
        servers: of the region.
    """
    chosen = list(servers)
    asked = {question.host for question in list_port_questions(region, position, [server.name for server in chosen])}
    near = [server for server in chosen if find_reason_left(server) is None or server.name in asked]
    names = {server.name for server in near}
    return near, [server for server in chosen if server.name not in names]


def _take_turns(region: Region, names: Iterable[str]) -> list[str]:
    """The names so that municipalities take turns: those of one do not hold all workers, waiting for its line."""
    turns: dict[str, int] = defaultdict(int)
    ranked = []
    for number, name in enumerate(names):
        home = region.servers[name].municipality
        ranked.append((turns[home], number, name))
        turns[home] += 1
    return [name for _, _, name in sorted(ranked)]


def _ask(
    region: Region, server: Server, questions: Sequence[PortQuestion], room: AbstractContextManager[object]
) -> _Told:
    """What a server told; whatever happens, it is told."""
    with room:
        if interrupt.is_stop_requested():
            return _Told(error=interrupt.WORDS, fault=LoginFault.OTHER)
        places = [(question.address, question.port) for question in questions]
        asked = time.time()
        try:
            answer = ask_server(make_session(region, server, CONNECT_SECONDS), places)
        except FellesdriftError as error:
            return _Told(error=str(error), fault=find_login_fault(error))
        except Exception as error:  # noqa: BLE001 - a bug is reported for this server, the others are looked at
            words = translate("the tool itself failed: {error}", error=describe_error(error))
            return _Told(error=words, fault=LoginFault.OTHER)
        return _Told(answer.readings, Clocks(asked, answer.now, time.time()))


def _observe(region: Region, position: Position, server: Server, told: _Told) -> ServerObservation:
    view = ServerView(region, server, position)
    error = told.error or ("" if told.readings else translate("nobody logs in to it"))
    return ServerObservation(view, told.readings, error, told.fault, clocks=told.clocks)


def _pair(questions: Sequence[PortQuestion], told: _Told) -> list[PortAnswer]:
    """The answers of one that asked; none where it did not let us in."""
    reading = told.readings.get(ANSWERS)
    states = reading.value if reading and isinstance(reading.value, tuple) else ()
    if len(states) != len(questions):
        return []
    return [
        PortAnswer(question.asker, question.host, question.address, question.port, state)
        for question, state in zip(questions, states, strict=True)
    ]


def _judge_silence(answers: Iterable[PortAnswer]) -> dict[str, LoginFault | None]:
    """Of those that were asked by their ports: whether nothing at all came back."""
    states: dict[str, list[PortAnswer]] = defaultdict(list)
    for answer in answers:
        states[answer.host].append(answer)
    return {
        name: None if any(answer.is_there for answer in given) else LoginFault.NO_ANSWER
        for name, given in states.items()
    }


def _keep_disks(told: _Told) -> EarlierDisks | None:
    reading = told.readings.get(DISKS)
    if told.clocks is None or reading is None or not isinstance(reading.value, tuple):
        return None
    return EarlierDisks(told.clocks.told, {disk.place: disk for disk in reading.value})
