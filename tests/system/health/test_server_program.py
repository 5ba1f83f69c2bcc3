"""The program that runs on servers, for real on this machine: it only reads."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from nornir_tasks.health import server_program as program
from nornir_tasks.health.server_facts import COMMAND, parse_answer

SOURCE = Path(program.__file__).read_text()


def run(places: list[tuple[str, int]], **more: str) -> str:
    """What it prints, started as it is on a server: loaded from its input."""
    text = f"{len(SOURCE.encode())}\n{SOURCE}{json.dumps(places)}"
    words = [sys.executable, *COMMAND[1:]]
    done = subprocess.run(words, input=text, capture_output=True, text=True, timeout=60, env={**os.environ, **more})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_it_runs_here_and_its_answer_is_read() -> None:
    """This machine's disks and sockets; who listens, who refuses and who is not there."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # nobody else's port, and nobody listens at it
        port = server.getsockname()[1]
        places = [("127.0.0.1", port), ("127.0.0.1", bound.getsockname()[1])]
        answer = parse_answer(run(places))
    values = {part.key: reading for part, reading in answer.readings.items()}
    assert values["answers"].value == ("open", "refused")
    for key in ("load", "disks", "restarts", "certificates", "answers"):
        assert not values[key].error, key
    sockets = values["sockets"]
    assert sockets.error or any(listener.port == port for listener in sockets.value)  # type: ignore[attr-defined]


def test_a_command_that_does_not_end_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "COMMAND_SECONDS", 0.2)
    with pytest.raises(OSError, match="no end within"):
        program.run(["sleep", "30"])
    with pytest.raises(OSError, match="ended with 1"):
        program.run(["false"])
