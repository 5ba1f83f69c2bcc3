"""How alerts reach people: nobody's refusal is lost, and a mail is sent once."""

import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Thread

import pytest

from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.run_record import Finding
from nornir_tasks.health.service.alerts import Alert, AlertBook
from nornir_tasks.health.service.delivery import Alertmanagers, DeliveryError, Mail, deliver_all

NOW = datetime(2026, 12, 1, 3, tzinfo=UTC)
LASTS = timedelta(minutes=5)


def make_finding(text: str = "no power") -> Finding:
    runbook = "docs/runbooks/reachable.md"
    return Finding(Urgency.CUT_OFF, "loppa-core-01", "loppa", "power", text, "130 users", "Call", runbook)


def test_nobody_who_takes_it_is_an_error_that_names_them_all() -> None:
    """And the other ways are tried."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        told: list[str] = []

        class Other:
            def deliver(self, alerts: Sequence[Alert]) -> None:
                told.extend(alert.summary for alert in alerts)

        (failure,) = deliver_all([Alertmanagers([url]), Other()], AlertBook(LASTS).update([make_finding()], NOW))
    assert "127.0.0.1" in failure
    assert len(told) == 1


def serve_mail(listener: socket.socket, mails: list[str], count: int) -> None:
    """Take so many sessions as RFC 5321's least server does."""
    for _ in range(count):
        connection, _address = listener.accept()
        with connection, connection.makefile("rw", newline="") as stream:
            answer = partial(print, end="\r\n", file=stream, flush=True)
            answer("220 here")
            while line := stream.readline():
                verb = line.strip().upper()[:4]
                if verb == "DATA":
                    answer("354 go on")
                    text = ""
                    while (row := stream.readline().rstrip()) != ".":
                        text += f"{row}\n"
                    mails.append(text)
                answer("221 bye" if verb == "QUIT" else "250 ok")
                if verb == "QUIT":
                    break


def test_a_mail_for_the_beginning_and_one_for_the_end() -> None:
    """However often it is told in between; a line break in a device's words makes no header."""
    mails: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=serve_mail, args=(listener, mails, 2), daemon=True).start()
        server = f"127.0.0.1:{listener.getsockname()[1]}"
        way, book = Mail(server, "drift@drift.example", ["vakt@drift.example"]), AlertBook(LASTS)
        finding = make_finding(text="no power\r\nBcc: everybody@drift.example")
        for minute in range(3):
            way.deliver(book.update([finding], NOW + timedelta(minutes=minute)))
        ended = book.update([], NOW + timedelta(minutes=4))
        way.deliver(ended)
        book.confirm(ended)
        way.deliver(book.update([], NOW + timedelta(minutes=5)))
    assert len(mails) == 2
    assert [mail.count("Subject: over: ") for mail in mails] == [0, 1]
    headers = mails[0].partition("\n\n")[0]
    assert not [row for row in headers.splitlines() if row.startswith("Bcc:")]
    assert "docs/runbooks/reachable.md" in mails[0]


def test_a_mail_server_that_is_not_there_is_tried_again() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        way = Mail(f"127.0.0.1:{closed.getsockname()[1]}", "drift@drift.example", ["vakt@drift.example"])
        alerts = AlertBook(LASTS).update([make_finding()], NOW)
        for _ in range(2):
            with pytest.raises(DeliveryError, match="did not take the mail"):
                way.deliver(alerts)
