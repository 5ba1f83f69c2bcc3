"""Somebody at work in one place: asks for a name and the time, reads and writes, and notes for how long that failed.

    python -m lab.demo.asking SETTINGS                      until the file `stop` of the settings is there
    python -m lab.demo.asking SETTINGS list                 the keys of all records by the application's name, as JSON
    python -m lab.demo.asking SETTINGS open ADDRESS PORT    whether anybody listens there, as JSON

The log gets a line of JSON for each gap (from the first question without an answer to the end of the first one with
one), for each record that was accepted, and at the end how often each thing was asked: without that line nobody knows.
"""

import http.client
import json
import random
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PAUSE = 2.0  # seconds between two questions
RETRY = 0.2  # while there is no answer
TIME_PAUSE = 4.0  # a time server gives one client an answer every two seconds
TIME_RETRY = 2.0
DATAGRAM = 2.0  # seconds until the next server is asked
CONNECT = 3.0  # seconds until the next address is tried
ANSWER = 10.0
ANNOUNCED = 60  # seconds: who is told to come back after so long was told of a stop; a fault says 5
PAGE = 500  # records at once


class NoAnswer(Exception):
    """There was none that is of use; the text says why. ``announced``: it was the page of an announced stop."""

    def __init__(self, why: str, announced: bool = False) -> None:
        super().__init__(why)
        self.announced = announced


def resolve(resolvers: list[str], name: str) -> list[str]:
    """The addresses of a name, of the first resolver that knows any; asked as a stub resolver does.

    Raises:
        NoAnswer: none of them does.
    """
    number = random.randrange(1 << 16)
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    question = struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)
    words = []
    for server in resolvers:
        try:
            answer = _exchange(server, 53, question)
            if addresses := _read_addresses(answer, number, len(question)):
                return addresses
            words.append(f"{server} knows no address of {name}")
        except (OSError, struct.error, IndexError) as error:
            words.append(f"{server}: {error}")
    raise NoAnswer("; ".join(words))


def _exchange(server: str, port: int, question: bytes) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.settimeout(DATAGRAM)
        channel.connect((server, port))
        channel.send(question)
        return channel.recv(4096)


def _read_addresses(answer: bytes, number: int, start: int) -> list[str]:
    """The A records of an answer whose question is as long as ours, up to ``start``."""
    found, flags, _, count, _, _ = struct.unpack(">6H", answer[:12])
    addresses: list[str] = []
    if found != number or flags & 0xF:
        return addresses
    at = start
    for _ in range(count):
        while answer[at] and answer[at] < 0xC0:
            at += answer[at] + 1
        at += 2 if answer[at] else 1
        kind, _, _, length = struct.unpack(">2HIH", answer[at : at + 10])
        if kind == 1 and length == 4:
            addresses.append(socket.inet_ntoa(answer[at + 10 : at + 14]))
        at += 10 + length
    return addresses


def ask_time(servers: list[str]) -> None:
    """Have the time of one of the servers.

    Raises:
        NoAnswer: none has it.
    """
    words = []
    for server in servers:
        try:
            answer = _exchange(server, 123, b"\x23" + bytes(47))
            if len(answer) >= 48 and answer[0] & 7 == 4 and 0 < answer[1] < 16:
                return
            words.append(f"{server} does not know it itself")
        except OSError as error:
            words.append(f"{server}: {error}")
    raise NoAnswer("; ".join(words))


class Application:
    """An application by its name, over TLS, with the certificate checked."""

    def __init__(self, resolvers: list[str], name: str, port: int, ca: str) -> None:
        self.resolvers, self.name, self.port = resolvers, name, port
        self._context = ssl.create_default_context(cafile=ca)

    def ask(self, method: str, path: str, body: str | None = None, key: str = "") -> tuple[int, bytes]:
        """The status and the body of an answer that is of use, from the first address of the name that answers.

        Raises:
            NoAnswer: there is none, or it is a refusal.
        """
        connection = http.client.HTTPSConnection(self.name, self.port, timeout=ANSWER)
        try:
            connection.sock = self._context.wrap_socket(self._connect(), server_hostname=self.name)
            connection.request(method, path, body, {"Idempotency-Key": key} if key else {})
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"{method}: {error or type(error).__name__}") from None
        finally:
            connection.close()
        if answer.status in (200, 201):
            return answer.status, text
        until = answer.headers.get("Retry-After", "")
        announced = answer.status == 503 and until.isdigit() and int(until) >= ANNOUNCED
        raise NoAnswer(f"{method}: status {answer.status}", announced)

    def _connect(self) -> socket.socket:
        addresses = resolve(self.resolvers, self.name)
        for address in addresses[:-1]:
            try:
                return self._open(address)
            except OSError:
                continue
        return self._open(addresses[-1])

    def _open(self, address: str) -> socket.socket:
        channel = socket.create_connection((address, self.port), CONNECT)
        channel.settimeout(ANSWER)
        return channel

    def list_keys(self) -> list[str]:
        """The key of each record, as often as there is one, in the order in which they were written."""
        keys: list[str] = []
        after = 0
        while True:
            _, text = self.ask("GET", f"/records?after={after}&limit={PAGE}")
            records = json.loads(text)["records"]
            if not records:
                return keys
            keys += [record["key"] for record in records]
            after = records[-1]["id"]


class Log:
    """The file of one place."""

    def __init__(self, path: Path) -> None:
        self._out = path.open("a", buffering=1)
        self._lock = threading.Lock()

    def write(self, **facts: Any) -> None:
        """Note something, whole."""
        with self._lock:
            self._out.write(json.dumps(facts) + "\n")


class Question:
    """One thing that is asked again and again. ``ask`` raises NoAnswer."""

    def __init__(self, what: str, ask: Callable[[], object], log: Log, pause: float = PAUSE, retry: float = RETRY):
        self.what, self.asked = what, 0
        self._ask, self._log, self._pause, self._retry = ask, log, pause, retry
        self._began: float | None = None  # of the gap that lasts
        self._announced = False
        self._why = ""

    def run(self, stop: threading.Event) -> None:
        """Ask until the end; a gap that lasts then is noted as one that does."""
        stop.wait(random.random() * self._pause)
        while not stop.is_set():
            stop.wait(self.step())
        if self._began is not None:
            self._note(self._began, time.monotonic(), lasts=True)

    def step(self) -> float:
        """Ask once. Returns for how long to wait."""
        began = time.monotonic()
        self.asked += 1
        try:
            self._ask()
        except NoAnswer as refused:
            if self._began is None:
                self._began, self._announced, self._why = began, False, str(refused)
            self._announced = self._announced or refused.announced
            return self._retry
        except Exception as error:  # a thread that ends in silence would ask nobody any more
            self._log.write(broken=f"{self.what}: {type(error).__name__}: {error}")
            raise
        if self._began is not None:
            self._note(self._began, time.monotonic(), lasts=False)
            self._began = None
        return self._pause

    def _note(self, began: float, ended: float, lasts: bool) -> None:
        self._log.write(
            what=self.what, began=began, seconds=ended - began, announced=self._announced, lasts=lasts, why=self._why
        )


class Writer:
    """Writes one record after the other, each until it is accepted: the same key again writes nothing."""

    def __init__(self, place: str, application: Application, log: Log) -> None:
        self._place, self._application, self._log = place.replace("/", "."), application, log
        self._number = 1

    def ask(self) -> None:
        """Write the record in hand."""
        key = f"{self._place}-{self._number}"
        body = json.dumps({"case": f"2026/{self._number % 7}", "text": f"{key}: " + "x" * (self._number % 50)})
        status, _ = self._application.ask("POST", "/records", body, key)
        self._log.write(key=key, status=status)
        self._number += 1


def list_questions(settings: Mapping[str, Any], log: Log) -> list[Question]:
    """What is asked in a place."""
    resolvers, servers = settings["resolvers"], settings["time_servers"]
    questions = []
    if resolvers:
        questions.append(Question("names", lambda: resolve(resolvers, settings["name"]), log))
    if servers:
        questions.append(Question("time", lambda: ask_time(servers), log, TIME_PAUSE, TIME_RETRY))
    if settings.get("application"):
        application = Application(resolvers, **settings["application"])
        writer = Writer(settings["place"], application, log)
        questions.append(Question("read", lambda: application.ask("GET", "/records?limit=1"), log))
        questions.append(Question("write", writer.ask, log))
    return questions


def main() -> int:
    """Do what the command line says."""
    settings = json.loads(Path(sys.argv[1]).read_text())
    match sys.argv[2:]:
        case ["list"]:
            print(json.dumps(Application(settings["resolvers"], **settings["application"]).list_keys()))
        case ["open", address, port]:
            try:
                socket.create_connection((address, int(port)), CONNECT).close()
                print("true")
            except OSError:
                print("false")
        case _:
            _ask_all(settings)
    return 0


def _ask_all(settings: Mapping[str, Any]) -> None:
    log, stop = Log(Path(settings["log"])), threading.Event()
    questions = list_questions(settings, log)
    threads = [threading.Thread(target=question.run, args=(stop,)) for question in questions]
    for thread in threads:
        thread.start()
    while not Path(settings["stop"]).exists():
        time.sleep(RETRY)
    stop.set()
    for thread in threads:
        thread.join()
    log.write(asked={question.what: question.asked for question in questions})


if __name__ == "__main__":
    sys.exit(main())
