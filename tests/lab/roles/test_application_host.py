"""The role application_host on real hosts: by name from a user's network, and moved there and back under a writer.

PostgreSQL at both places is made by a playbook of the tests' own, as much of the role ``database`` as a move needs.
"""

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab import ROOT
from tests.support.server_lab import ServerLab

OLD, NEW = "loppa-app-03", "centre-app-01"
DATABASES = {OLD: "loppa-db-01", NEW: "centre-db-01"}
ADDRESSES = {OLD: "10.17.92.32", NEW: "10.10.1.30"}
APPLICATION = "loppa-school-administration"
NAME = "school-administration.loppa.vestfinnmark.example"
OFFICE = "loppa-radhus/administration"
STEPS = (("copy", 1), ("stop", 0), ("take", 1), ("give", 0))  # and at which of source and destination
# Kills the program where it says for the n-th time what it is about to do.
KILLER = """
import importlib.machinery, importlib.util, os, sys
loader = importlib.machinery.SourceFileLoader("move", "/usr/local/sbin/fellesdrift-move")
move = importlib.util.module_from_spec(importlib.util.spec_from_loader("move", loader))
loader.exec_module(move)
left = [int(sys.argv[1])]
def note(text):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), 9)
move.note = note
sys.exit(move.main(sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def places(hosts: ServerLab) -> ServerLab:
    """Both places on their first day, with a database each, and the application installed."""
    hosts.reset(*DATABASES, *DATABASES.values())
    databases = ",".join(DATABASES.values())
    playbook = "../tests/lab/roles/application_database"
    hosts.play("-e", f"databases={databases}", playbook=playbook).require_good()
    hosts.run_role("application_host", [OLD, NEW]).require_good()
    return hosts


@pytest.fixture(scope="module")
def authority(places: ServerLab) -> Path:
    """The certificate that users trust."""
    return places.where / "state" / "application_authority" / "certificate.pem"


def curl(hosts: ServerLab, authority: Path, host: str, *words: str) -> tuple[int, str]:
    """The status and the body that a user in the town hall gets at a place, by name."""
    command = ["curl", "-s", "--max-time", "20", "-w", "\n%{http_code}", "--cacert", str(authority)]
    command += ["--resolve", f"{NAME}:443:{ADDRESSES[host]}", *words]
    done = hosts.ask_from(OFFICE, shlex.join(command))
    body, _, status = done.stdout.rpartition("\n")
    return int(status or 0), body


def write(hosts: ServerLab, authority: Path, host: str, key: str) -> int:
    """The status that a user gets for a record."""
    body = json.dumps({"case": "2026/1", "text": key, "attachment": key})
    words = ("-X", "POST", "-H", f"Idempotency-Key: {key}", "-d", body, f"https://{NAME}/records")
    return curl(hosts, authority, host, *words)[0]


def do_step(hosts: ServerLab, host: str, step: str) -> dict[str, Any]:
    """What a step says, done or refused."""
    done = hosts.inside(host, f"/usr/local/sbin/fellesdrift-move {step} {APPLICATION}")
    assert done.stdout, done.stderr
    record: dict[str, Any] = json.loads(done.stdout)
    return record


def move(hosts: ServerLab, source: str, destination: str) -> None:
    """All steps of a move, as the playbook does them."""
    for step, end in STEPS:
        record = do_step(hosts, (source, destination)[end], step)
        assert "refused" not in record, (step, record)


def list_keys(hosts: ServerLab, host: str) -> list[str]:
    """The keys of all records in the database of a place, as often as they are there."""
    query = "SELECT key FROM records ORDER BY id"
    command = f"runuser -u postgres -- psql -X -A -t -d loppa_school_administration -c '{query}'"
    return hosts.on(DATABASES[host], command).split()


def find_open(hosts: ServerLab) -> list[str]:
    """The places whose database accepts writes."""
    status = do_step(hosts, OLD, "status")
    return [host for host, side in ((OLD, "here"), (NEW, "there")) if status[side]["is_open"]]


def test_people_ask_by_name_and_check_whom_they_ask(places: ServerLab, authority: Path, tmp_path: Path) -> None:
    """At either place: the one that does not serve leads on. Nobody but the other place asks for files."""
    for host in (OLD, NEW):
        assert curl(places, authority, host, f"https://{NAME}/health") == (
            200,
            '{"database": "answers", "writable": true}',
        )
        assert curl(places, authority, host, f"https://{NAME}/.fellesdrift-move/files")[0] == 403
    other = tmp_path / "other.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run(
        [*words, "-keyout", str(tmp_path / "key"), "-out", str(other), "-subj", "/CN=other"],
        check=True, capture_output=True,
    )  # fmt: skip
    assert curl(places, other, OLD, f"https://{NAME}/health")[0] == 0


def test_a_key_is_written_once(places: ServerLab, authority: Path) -> None:
    assert [write(places, authority, OLD, "twice") for _ in range(2)] == [201, 200]
    assert list_keys(places, OLD).count("twice") == 1
    assert write(places, authority, OLD, "no key!") == 400


@contextmanager
def writing(hosts: ServerLab, authority: Path, folder: Path) -> Iterator[Path]:
    """Somebody who writes all the time, where the file that is given leads; ends with the last record accepted."""
    name, log, stop = folder / "name", folder / "log", folder / "stop"
    name.write_text(ADDRESSES[OLD])
    script = ROOT / "tests" / "support" / "application_writer.py"
    words = [sys.executable, str(script), NAME, *map(str, (authority, name, log, stop))]
    child = hosts.start_from(OFFICE, words)
    try:
        yield name
    finally:
        stop.touch()
        try:
            child.wait(60)
        finally:
            child.kill()


@pytest.mark.nightly  # minutes
def test_there_and_back_with_no_record_lost_or_written_twice(
    places: ServerLab, authority: Path, tmp_path: Path, record_property: Any
) -> None:
    """By the playbook, under a writer that never stops; what is written at the new place comes back with it."""
    before = list_keys(places, OLD)
    words = ("-e", "municipality=loppa", "-e", "wave=pilot")
    with writing(places, authority, tmp_path) as name:
        time.sleep(2)
        places.play(*words, playbook="migrate/applications").require_good()
        assert find_open(places) == [NEW]
        time.sleep(1)
        name.write_text(ADDRESSES[NEW])  # the name is led over
        time.sleep(2)
        places.play(*words, "-e", "back=true", playbook="migrate/applications").require_good()
        assert find_open(places) == [OLD]
        time.sleep(1)
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert len(lines) > 20
    assert sorted(list_keys(places, OLD)) == sorted([*before, *(line["key"] for line in lines)])
    assert do_step(places, OLD, "compare")["files"] >= len(lines)
    longest = sorted((line["waited"] for line in lines), reverse=True)[:2]
    unread = sum(line["unread"] for line in lines)
    figures = (
        f"{len(lines)} records; no writing for {longest[0]:.1f} and {longest[1]:.1f} s, no reading for {unread:.1f} s"
    )
    record_property("figures", figures)
    print(figures)
    assert longest[0] < 60
    assert unread < 2


@pytest.mark.nightly  # four minutes
def test_a_kill_at_any_step_leaves_before_or_after_and_one_command_ends_it(places: ServerLab, authority: Path) -> None:
    """Finished, or taken back; both places never take records at once, and none is lost."""
    places.on(OLD, f"cat > /run/killer.py <<'END'\n{KILLER}\nEND")
    places.on(NEW, f"cat > /run/killer.py <<'END'\n{KILLER}\nEND")
    do_step(places, NEW, "copy")  # a database that was only made accepts writes, of nobody
    source, destination, keys, killed = OLD, NEW, list_keys(places, OLD), []
    for number, (step, _) in enumerate(STEPS):
        for point in range(1, 12):
            for earlier, end in STEPS[:number]:
                assert "refused" not in do_step(places, (source, destination)[end], earlier)
            host = (source, destination)[STEPS[number][1]]
            done = places.inside(host, f"python3 /run/killer.py {point} {step} {APPLICATION}")
            assert len(find_open(places)) <= 1, (step, point)
            key = f"{step}-{point}-{source}"
            for place in (OLD, NEW):
                write(places, authority, place, key)
            if point % 2:
                move(places, source, destination)
                source, destination = destination, source
            else:
                move(places, destination, source)
            assert find_open(places) == [source], (step, point)
            assert write(places, authority, destination, key) in (200, 201)
            keys.append(key)
            assert sorted(list_keys(places, source)) == sorted(keys), (step, point)
            if done.returncode == 0:
                break
            killed.append((step, point))
    assert {step for step, _ in killed} == {step for step, _ in STEPS}
    assert len(killed) >= 12
    if source == NEW:
        move(places, NEW, OLD)


def test_a_restart_of_the_host_leaves_it_where_it_is(places: ServerLab, authority: Path) -> None:
    """Which place serves is on disk: the application runs there alone, and is asked by either."""
    move(places, OLD, NEW)
    for host in (OLD, NEW):
        places.lab.client.fault(host, "halt")
        places.lab.client.fault(host, "clear")
    places.lab.wait(lambda: curl(places, authority, OLD, f"https://{NAME}/health")[0] == 200, 30, "an answer")
    unit = f"fellesdrift-app-{APPLICATION}.service"
    assert places.inside(OLD, f"systemctl is-active {unit}").stdout.strip() == "inactive"
    assert places.on(NEW, f"systemctl is-active {unit}") == "active"
    move(places, NEW, OLD)
