"""A device that never stops talking: the session ends, the error says at which command, and memory stays bounded."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from nornir_tasks.core.bounds import ANSWER_BYTES, MB
from tests.support import eos_bench, ios_bench, procurve_bench
from tests.support.reduced_inventory import ROOT
from tests.support.switch_bench import Bench

PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 15
MEMORY = 96 * MB  # above what the login took; the answer is held as pieces, as a whole and, by NAPALM, as a copy
PROGRAM = """
import json, resource, sys, time
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import LoginAccount

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

name, host, port, password, reading = sys.argv[1:]
driver = platform(name)
before = peak()
try:
    with driver.connect(Endpoint(host=host, ssh_port=int(port), eapi_port=int(port) + 1),
                        LoginAccount("kommune", password), 10) as session:
        before = peak()
        getattr(session, reading)()
    error = ""
except PlatformError as failed:
    error = str(failed)
print(json.dumps([error, peak() - before]))
"""


def served(platform: str, where: Path) -> tuple[AbstractContextManager[Bench], str]:
    """A switch of a platform on the bench, and its password."""
    if platform == "ios":
        return ios_bench.served(where, PORT), ios_bench.PASSWORD
    if platform == "procurve":
        return procurve_bench.served(where, PORT, procurve_bench.LEGACY), procurve_bench.PASSWORD
    return eos_bench.served(where, PORT, eos_bench.legacy()), eos_bench.PASSWORD


def ask(*arguments: str) -> tuple[str, int]:
    """What a process that reads says of it, and by how much its memory grew (bytes)."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    error, growth = json.loads(done.stdout)
    return error, growth


@pytest.mark.parametrize(
    ("platform", "way", "reading", "command"),
    [
        ("ios", "ssh", "running", "show running-config"),
        ("ios", "ssh", "facts", "show version"),
        ("procurve", "ssh", "running", "show running-config"),
        ("eos", "ssh", "running", "show running-config"),
        ("eos", "eapi", "running", "show running-config"),
        ("eos", "eapi", "ports", "show interfaces"),
    ],
)
def test_an_answer_without_end(platform: str, way: str, reading: str, command: str, tmp_path: Path) -> None:
    """Over each way in: the bound, the command that was asked, and no more memory than some copies of the bound."""
    serving, password = served(platform, tmp_path)
    with serving as bench:
        if platform == "eos" and way == "ssh":
            for pem in (tmp_path / "certificates").glob("*.pem"):
                pem.unlink()
        bench.fault("before", f"^{command}", "endless")
        error, growth = ask(platform, bench.endpoint.host, str(bench.port), password, reading)
        assert f"more than {ANSWER_BYTES // MB} MB in answer to '{command}" in error
        assert len(error) < 300
        assert growth < MEMORY


@pytest.fixture
def flood() -> Iterator[int]:
    """A port that sends letters without a line's end to whoever connects, for as long as they are taken."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        while True:
                            connection.sendall(b"x" * 65536)
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("platform", ["ios", "procurve", "eos"])
def test_a_banner_without_end(platform: str, flood: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the login stands no driver of ours reads: the connection is cut all the same."""
    known = tmp_path / "known_hosts"
    known.write_text(
        f"[127.0.0.1]:{flood} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKq1P9rEkqYx0cYhH8vY0bJ1d3l9m2pW0X7m8mC6m1wQ\n"
    )
    monkeypatch.setenv("FELLESDRIFT_KNOWN_HOSTS", str(known))
    error, growth = ask(platform, "127.0.0.1", str(flood), "none", "running")
    assert "before the login was through" in error
    assert growth < MEMORY
