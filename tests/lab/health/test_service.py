"""The service against the programs that it is made for: Debian's Alertmanager and Prometheus, and people's browsers."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from lab import ROOT
from lab.testing.running import Labs, RunningLab
from tests.support.debian_programs import find_program

SILENT = "loppa-acc-06"
SECONDS = 300  # a round in which somebody is silent proves whom it hits: seconds, and more where others compute
EVERY = 5  # seconds between two rounds: the least that it takes
ALERTMANAGER = """\
route: {receiver: hook, group_by: [alertname, host], group_wait: 1s, group_interval: 1s, repeat_interval: 4h}
receivers:
  - name: hook
    webhook_configs: [{url: "%s", send_resolved: true}]
"""
PROMETHEUS = """\
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: health
    static_configs: [{targets: ["%s"]}]
"""


def find_free_port() -> int:
    """A port that was free a moment ago: the programs here cannot tell which one they took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(holds: Callable[[], Any], seconds: float, what: str) -> Any:
    """What holds, as soon as it does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := holds():
            return answer
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


def fetch(url: str, **settings: Any) -> tuple[int, dict[str, str], str]:
    """Status, headers and text; 0 where nobody answers."""
    try:
        with urlopen(Request(url, **settings), timeout=10) as response:
            return response.status, dict(response.headers), response.read().decode()
    except HTTPError as refusal:
        return refusal.code, dict(refusal.headers), refusal.read().decode()
    except (URLError, OSError):
        return 0, {}, ""


@contextmanager
def started(*command: str, log: Path, **settings: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that runs meanwhile, and is gone afterwards."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **settings)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)


@dataclass
class Hook:
    """Whoever is called: what Alertmanager sends there."""

    url: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)

    def list_alerts(self, status: str) -> list[dict[str, Any]]:
        """The alerts that were told so far, as often as they were."""
        return [alert for call in self.calls for alert in call["alerts"] if alert["status"] == status]


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A telephone."""
    heard = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.calls.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_port}/"
    Thread(target=server.serve_forever, daemon=True).start()
    yield heard
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def lab(lab_of: Labs) -> Iterator[RunningLab]:
    """Loppa and the centre, as they are meant to be now."""
    running = lab_of("loppa")
    running.client.reset()
    yield running
    running.client.reset()


@contextmanager
def serve(folder: Path, *words: str) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """The service for Loppa, and where it answers."""
    port, log = find_free_port(), folder / "serve.log"
    command = [sys.executable, "scripts/health_check.py", "serve", "loppa", "--every", str(EVERY)]
    with started(*command, "--listen", f"127.0.0.1:{port}", *words, log=log, cwd=ROOT) as process:
        base = f"http://127.0.0.1:{port}"
        wait_for(lambda: fetch(f"{base}/-/healthy")[0] == 200, SECONDS, f"a first round: {log.read_text()}")
        yield process, base


def count_rounds(base: str) -> int:
    """How many rounds it has made."""
    words = "fellesdrift_health_service_rounds "
    rows = [row for row in fetch(f"{base}/metrics")[2].splitlines() if row.startswith(words)]
    return int(rows[0].split()[1]) if rows else 0


def wait_for_rounds(base: str, count: int) -> None:
    """Some rounds later."""
    goal = count_rounds(base) + count
    wait_for(lambda: count_rounds(base) >= goal, SECONDS, "the next rounds")


def test_an_alert_is_told_once_with_the_verdict_and_its_end_once(lab: RunningLab, hook: Hook, tmp_path: Path) -> None:
    """Through Debian's Alertmanager, over several rounds in which it is found again."""
    port = find_free_port()
    (tmp_path / "am.yml").write_text(ALERTMANAGER % hook.url)
    program = str(find_program("prometheus-alertmanager"))
    settings = [f"--config.file={tmp_path}/am.yml", f"--storage.path={tmp_path}/am", "--cluster.listen-address="]
    with (
        started(program, *settings, f"--web.listen-address=127.0.0.1:{port}", log=tmp_path / "am.log"),
        serve(tmp_path, "--lang", "en", "--alertmanager", f"http://127.0.0.1:{port}") as (process, base),
    ):
        assert hook.calls == []
        lab.client.fault(SILENT, "unreachable")
        try:
            wait_for(lambda: hook.list_alerts("firing"), SECONDS, "a call")
            wait_for_rounds(base, 1)
        finally:
            lab.client.fault(SILENT, "clear")
        wait_for(lambda: hook.list_alerts("resolved"), SECONDS, "the end of it")
        wait_for_rounds(base, 1)
        (alert,), (ended,) = hook.list_alerts("firing"), hook.list_alerts("resolved")
        assert alert["labels"]["host"] == ended["labels"]["host"] == SILENT
        assert alert["labels"]["municipality"] == "loppa"
        assert f"{SILENT} (Bergsfjord skole) does not answer. First: " in alert["annotations"]["summary"]
        assert alert["annotations"]["runbook_url"] == "docs/runbooks/reachable.md"
        assert alert["startsAt"] == ended["startsAt"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_prometheus_reads_its_metrics_and_people_a_page(lab: RunningLab, tmp_path: Path) -> None:
    """Debian's Prometheus keeps the series; the page loads nothing, and nothing can be written."""
    port = find_free_port()
    program = str(find_program("prometheus"))
    with serve(tmp_path) as (_, base):
        (tmp_path / "prometheus.yml").write_text(PROMETHEUS % base.removeprefix("http://"))
        settings = [f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/series"]
        with started(program, *settings, f"--web.listen-address=127.0.0.1:{port}", log=tmp_path / "prometheus.log"):
            query = f"http://127.0.0.1:{port}/api/v1/query?query="

            def ask(series: str) -> list[Any]:
                answer = fetch(query + series)[2]
                return json.loads(answer)["data"]["result"] if answer else []

            wait_for(lambda: ask("fellesdrift_health_healthy==1"), 60, "a series")
            checks = ask("fellesdrift_health_check_passed")
            assert {row["metric"]["subject"] for row in checks} >= {SILENT, "loppa-core-01"}
            assert {row["value"][1] for row in checks} == {"1"}
        status, headers, page = fetch(f"{base}/")
        assert status == 200
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Refresh"]
        assert "loppa" in page
        assert "http" not in page.replace("http://www.w3.org/", "")
        assert json.loads(fetch(f"{base}/health.json")[2])["healthy"] is True
        for method in ("POST", "PUT", "DELETE"):
            assert fetch(f"{base}/", method=method, data=b"x")[0] == 405
        assert fetch(f"{base}/../../etc/passwd")[0] == 404


def test_a_round_that_cannot_be_made_is_told(lab: RunningLab, tmp_path: Path) -> None:
    """A bad inventory between two rounds: the old picture stays, called old, and the reason stands above it."""
    inventory = tmp_path / "inventory"
    subprocess.run(["cp", "-r", str(ROOT / "inventory"), str(inventory)], check=True)
    words = f"{inventory},{ROOT / 'lab' / 'inventory'}"
    os.environ["ANSIBLE_INVENTORY"] = words
    try:
        with serve(tmp_path) as (process, base):
            zones = inventory / "group_vars" / "all" / "zones.yml"
            before = zones.read_text()
            zones.write_text(before.replace("vlan: 120", "vlan: 110", 1))
            wait_for(lambda: "zones.yml" in fetch(f"{base}/-/healthy")[2], SECONDS, "that it is told")
            assert fetch(f"{base}/-/healthy")[0] == 503
            assert "this is not the present" in fetch(f"{base}/")[2]
            assert "fellesdrift_health_service_round_failed 1" in fetch(f"{base}/metrics")[2]
            zones.write_text(before)
            wait_for(lambda: fetch(f"{base}/-/healthy")[0] == 200, SECONDS, "the next round")
            assert process.poll() is None
    finally:
        del os.environ["ANSIBLE_INVENTORY"]


def test_an_address_that_is_taken_is_told(tmp_path: Path) -> None:
    """Exit code 2, and the option that names it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "scripts/health_check.py", "serve", "--listen", f"127.0.0.1:{taken.getsockname()[1]}"],
            cwd=ROOT, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert done.returncode == 2
    assert "--listen: expected an address and a free port" in done.stderr
    assert "Traceback" not in done.stderr
