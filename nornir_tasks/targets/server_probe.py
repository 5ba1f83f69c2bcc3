"""What must still work after a change of a server, asked from itself and from the servers that use it."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import Any

from nornir_tasks.core import interrupt
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.text import escape_invisible
from nornir_tasks.core.verdict import Mismatch, Rule, Severity, Status, Verdict
from nornir_tasks.devices.server_login import login_server
from nornir_tasks.model import Position, Region, Server
from nornir_tasks.model.flows import Flow, list_flows, list_server_networks
from nornir_tasks.model.names import find_server_stage
from nornir_tasks.platforms.debian.session import ServerSession
from nornir_tasks.server_roles import find_reason_not_ours

PATIENCE_SECONDS = 20.0  # a service that was restarted needs a moment
PAUSE_SECONDS = 1.0
MOST_ASKERS = 3  # servers that are asked from: each is a login
MOST_QUESTIONS = 40  # of one of them: three seconds each at the worst, all at once
ASK_SECONDS = 60.0

UNITS = Rule("units", "no unit fails that did not before", "probe")
REACH = Rule("reach", "the server reaches what it reached before", "probe")
# Opens each connection that it is told of, all at once, and says which of them stand.
ASK = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def ask(place):
    try:
        socket.create_connection(tuple(place), 3).close()
        return True
    except OSError:
        return False
places = json.load(sys.stdin)
with ThreadPoolExecutor(max(1, len(places))) as pool:
    json.dump(list(pool.map(ask, places)), sys.stdout)
"""


@dataclass(frozen=True)
class Question:
    """A connection over TCP that a record lets somebody open. ``asker``: the server that opens it."""

    asker: str
    host: str
    address: str
    port: int
    record: str

    @property
    def key(self) -> str:
        """By which the journal keeps it."""
        return f"{self.asker} > {self.host} {self.address}:{self.port}"


def list_questions(region: Region, server: Server, position: Position) -> tuple[Question, ...]:
    """What is asked of a server, and what it asks itself: by the flows of the records, from servers that are ours.

    Args:
        region: with all records.
        server: that is changed.
        position: where everything stands; each server answers at the addresses of its stage.
    """
    stage = find_server_stage(region, server, position)
    own = {network.network_address for network in list_server_networks(server, stage)}
    questions: dict[Question, None] = {}
    for flow in list_flows(region, server.municipality, stage):
        port = flow.port.first if flow.port.protocol == "tcp" else None
        if port is None:
            continue
        users = [
            other for other in _list_ours(region) if other is not server and _has(flow.source.networks, other, region)
        ]
        for address in own:
            if _covers_any(flow.destination.networks, [address]):
                questions |= {
                    Question(user.name, server.name, str(address), port, str(flow.record)): None for user in users
                }
        if _covers_any(flow.source.networks, own):
            questions |= dict.fromkeys(_list_places(region, server, flow, port))
    return tuple(_limit(questions, server.name))


def _list_places(region: Region, server: Server, flow: Flow, port: int) -> Iterator[Question]:
    """The servers that a flow of this one leads to."""
    for network in flow.destination.networks:
        host = region.find_host(network.network_address) if network.prefixlen == 32 else None
        if host in region.servers and host != server.name:
            yield Question(server.name, host, str(network.network_address), port, str(flow.record))


def _limit(questions: Iterable[Question], own: str) -> Iterator[Question]:
    """Those of a few servers, some of each."""
    counts: dict[str, int] = {own: 0}
    for question in questions:
        if question.asker not in counts and len(counts) > MOST_ASKERS:
            continue
        counts[question.asker] = counts.get(question.asker, 0) + 1
        if counts[question.asker] <= MOST_QUESTIONS:
            yield question


def _list_ours(region: Region) -> Iterator[Server]:
    return (server for server in region.servers.values() if server.is_managed and not find_reason_not_ours(server))


def _has(networks: Iterable[Any], server: Server, region: Region) -> bool:
    addresses = [server.address.ip, *([server.legacy_address] if server.legacy_address else [])]
    return _covers_any(networks, addresses)


def _covers_any(networks: Iterable[Any], addresses: Iterable[IPv4Address]) -> bool:
    wanted = list(addresses)
    return any(address in network for network in networks for address in wanted)


def observe(region: Region, server: Server, session: ServerSession, position: Position) -> Mapping[str, Any]:
    """What holds before the change. Shape: ``failed``: units; ``answered``: the keys of questions.

    Args:
        region: with all records.
        server: that is to be changed.
        session: with it.
        position: where everything stands.
    """
    questions = list_questions(region, server, position)
    answers = _ask_all(region, server, session, questions)
    return {"failed": list_failed(session), "answered": [key for key, stands in answers.items() if stands]}


def probe(
    region: Region, server: Server, session: ServerSession, baseline: Mapping[str, Any], position: Position
) -> list[Verdict]:
    """Look after the change; what does not pass is tried again for a bounded time.

    Args:
        region: with all records.
        server: that was changed.
        session: a fresh login to it.
        baseline: what ``observe`` gave, also as it comes back from the journal.
        position: where everything stands with the change.
    """
    answered = set(baseline.get("answered", ()))
    questions = [question for question in list_questions(region, server, position) if question.key in answered]
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        verdicts = list(_judge(region, server, session, baseline, questions))
        if all(verdict.passed for verdict in verdicts) or time.monotonic() > end or interrupt.is_stop_requested():
            return [replace(verdict, seen=datetime.now(UTC)) for verdict in verdicts]
        time.sleep(PAUSE_SECONDS)


def _judge(
    region: Region,
    server: Server,
    session: ServerSession,
    baseline: Mapping[str, Any],
    questions: Sequence[Question],
) -> Iterator[Verdict]:
    failed = [unit for unit in list_failed(session) if unit not in baseline.get("failed", ())]
    yield UNITS.judge(server.name, Mismatch("no unit that fails", f"failed {', '.join(failed)}") if failed else None)
    answers = _ask_all(region, server, session, questions)
    for asker in dict.fromkeys(question.asker for question in questions):
        rule = REACH if asker == server.name else Rule(f"from {asker}", f"{asker} reaches the server", "probe")
        asked = [question for question in questions if question.asker == asker]
        if any(question.key not in answers for question in asked):
            words = f"nobody asked from {asker}, which does not let us in"
            yield Verdict(server.name, rule, Status.ERROR, actual=words, severity=Severity.WARNING)
            continue
        silent = [question for question in asked if not answers[question.key]]
        words = ", ".join(
            f"{question.host} {question.address}:{question.port} ({question.record})" for question in silent
        )
        wanted = f"{asker} to reach what it reached before"
        yield rule.judge(server.name, Mismatch(wanted, f"no answer from {words}") if silent else None)


def list_failed(session: ServerSession) -> list[str]:
    """The units that have failed."""
    _, output, _ = session.run(["systemctl", "list-units", "--state=failed", "--plain", "--no-legend", "--full"])
    return [escape_invisible(line.split()[0]) for line in output.splitlines() if line.split()]


def _ask_all(region: Region, server: Server, session: ServerSession, questions: Iterable[Question]) -> dict[str, bool]:
    """Which connections stand, by the questions' keys; those of a server that lets nobody in are missing."""
    by_asker: dict[str, list[Question]] = {}
    for question in questions:
        by_asker.setdefault(question.asker, []).append(question)
    answers: dict[str, bool] = {}
    for asker, asked in by_asker.items():
        try:
            own = session if asker == server.name else login_server(region, region.servers[asker])
            places = json.dumps([[question.address, question.port] for question in asked])
            _, output, _ = own.run(["python3", "-c", ASK], places, ASK_SECONDS)
            stands = json.loads(output)
            answers |= {question.key: bool(answer) for question, answer in zip(asked, stands, strict=True)}
        except (FellesdriftError, ValueError, TypeError):
            continue  # another server that is down is told, and no reason to take this one back
    return answers
