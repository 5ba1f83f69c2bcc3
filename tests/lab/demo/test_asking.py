"""Somebody at work: how long a gap is, what counts as announced, and which answers of resolvers are of use."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.demo import asking
from lab.demo.asking import Log, NoAnswer, Question, ask_time, resolve

NAME = "journal.loppa.example"


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a log."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_gap_lasts_from_the_first_question_to_the_next_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it was asked meanwhile; it was announced if the page was seen in it."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    answers: list[Exception | None] = [None, NoAnswer("reset"), NoAnswer("status 503", announced=True), None, None]

    def ask() -> None:
        now[0] += 1
        if (answer := answers.pop(0)) is not None:
            raise answer

    question = Question("write", ask, Log(tmp_path / "log"))
    waits = [question.step() for _ in range(5)]
    assert waits == [asking.PAUSE, asking.RETRY, asking.RETRY, asking.PAUSE, asking.PAUSE]
    row = {"what": "write", "began": 101.0, "seconds": 3.0, "announced": True, "lasts": False, "why": "reset"}
    assert read(tmp_path / "log") == [row]
    assert question.asked == 5


def test_a_gap_that_lasts_is_noted_at_the_end(tmp_path: Path) -> None:
    def ask() -> None:
        stop.set()
        raise NoAnswer("gone")

    stop = threading.Event()
    Question("read", ask, Log(tmp_path / "log"), pause=0.0).run(stop)
    assert [(row["what"], row["lasts"], row["announced"]) for row in read(tmp_path / "log")] == [("read", True, False)]


def test_a_mistake_of_its_own_is_noted(tmp_path: Path) -> None:
    def ask() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        Question("read", ask, Log(tmp_path / "log")).step()
    assert read(tmp_path / "log") == [{"broken": "read: KeyError: 'x'"}]


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[bytes], bytes | None]) -> Iterator[str]:
    """A server at a free port, in the place of 53 and 123."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        door.settimeout(5)

        def serve() -> None:
            question, sender = door.recvfrom(4096)
            if (text := answer(question)) is not None:
                door.sendto(text, sender)

        port = door.getsockname()[1]
        exchange = asking._exchange
        monkeypatch.setattr(asking, "DATAGRAM", 0.3)
        monkeypatch.setattr(asking, "_exchange", lambda server, _, question: exchange(server, port, question))
        thread = threading.Thread(target=serve)
        thread.start()
        yield "127.0.0.1"
        thread.join()


def make_answer(question: bytes, code: int = 0, *addresses: str) -> bytes:
    """An answer with an alias before the addresses, names compressed."""
    alias = b"\xc0\x0c" + struct.pack(">2HIH", 5, 1, 60, 2) + b"\xc0\x0c"
    rows = [alias, *(b"\xc0\x0c" + struct.pack(">2HIH", 1, 1, 60, 4) + socket.inet_aton(each) for each in addresses)]
    return question[:2] + struct.pack(">5H", 0x8180 | code, 1, len(rows), 0, 0) + question[12:] + b"".join(rows)


def test_a_name_leads_to_its_addresses_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch, lambda question: make_answer(question, 0, "10.1.1.2", "10.1.1.1")) as server:
        assert resolve([server], NAME) == ["10.1.1.2", "10.1.1.1"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda question: make_answer(question, 3), f"knows no address of {NAME}"),
        (make_answer, f"knows no address of {NAME}"),
        (
            lambda question: bytes([question[0] ^ 1]) + make_answer(question, 0, "10.1.1.1")[1:],
            f"knows no address of {NAME}",
        ),
        (lambda question: question[:14], "127.0.0.1"),
        (lambda question: None, "timed out"),
    ],
)
def test_what_is_of_no_use_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[bytes], bytes | None], words: str
) -> None:
    with answering(monkeypatch, answer) as server, pytest.raises(NoAnswer, match=words):
        resolve([server], NAME)


@pytest.mark.parametrize(("stratum", "is_good"), [(0, False), (3, True), (16, False)])
def test_a_time_server_that_does_not_know_the_time(
    monkeypatch: pytest.MonkeyPatch, stratum: int, is_good: bool
) -> None:
    with answering(monkeypatch, lambda question: bytes([0x24, stratum]) + bytes(46)) as server:
        if is_good:
            ask_time([server])
        else:
            with pytest.raises(NoAnswer, match="does not know it"):
                ask_time([server])
