"""The centre's pair of databases on real hosts: led over and back, a half lost, and not one row with it."""

import base64
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import ROOT
from tests.support.server_lab import Recap, ServerLab

FIRST, SECOND = PAIR = ("centre-db-01", "centre-db-02")
CLIENT = "centre-control-01"  # whose journal is kept here
PROGRAM = "/usr/local/sbin/fellesdrift-switchover"
# Writes numbered rows until it is stopped; tells which the database confirmed.
WRITER = """
import json, pathlib, sys, time, psycopg2
words, out = sys.argv[1], pathlib.Path(sys.argv[2])
number, confirmed, connection = 0, [], None
longest, last = 0.0, time.monotonic()
while not out.with_suffix(".stop").exists():
    number += 1
    try:
        if connection is None:
            connection = psycopg2.connect(words)
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute("CREATE TABLE IF NOT EXISTS written (number int)")
        cursor.execute("INSERT INTO written VALUES (%s)", (number,))
        confirmed.append(number)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    except psycopg2.Error:
        connection = None
        time.sleep(0.1)
    time.sleep(0.02)
out.write_text(json.dumps({"confirmed": confirmed, "longest": longest}))
"""


@dataclass(frozen=True)
class Written:
    """What the writer was told that it had written, and what is there."""

    confirmed: list[int]
    rows: list[int]
    longest: float  # seconds without a confirmed row


def read_secret() -> str:
    """The lab's, by ansible-vault as a person would."""
    command = [str(Path(sys.executable).with_name("ansible-vault")), "view", "lab/vault.yml"]
    shown = subprocess.run(
        [*command, "--vault-password-file", "lab/vault_password"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    secret: str = yaml.safe_load(shown.stdout)["database"]
    return secret


def make_words(password: str, **more: str) -> str:
    """How a client connects: to whichever member takes rows."""
    words = {
        "host": "10.10.1.31,10.10.129.31",
        "dbname": "fellesdrift",
        "user": "fellesdrift",
        "password": password,
        "sslmode": "verify-full",
        "sslrootcert": "/root/authorities.pem",
        "target_session_attrs": "read-write",
        "connect_timeout": "2",
    }
    return " ".join(f"{key}={value}" for key, value in (words | more).items())


@pytest.fixture(scope="module")
def password() -> str:
    """The journal's role's."""
    return sha256(f"fellesdrift:{read_secret()}".encode()).hexdigest()


@pytest.fixture(scope="module")
def run(hosts: ServerLab) -> Recap:
    """The role on fresh hosts. Check mode, and that a second run changes nothing: test_platform.py."""
    hosts.reset(*PAIR)
    first = hosts.run_role("database", PAIR).require_good()
    certificates = hosts.on(FIRST, "base64 -w0 /etc/fellesdrift/database/authorities.pem")
    hosts.on(CLIENT, f"echo {certificates} | base64 -d > /root/authorities.pem")
    return first


def ask(hosts: ServerLab, member: str) -> dict[str, Any]:
    """What a member is."""
    status: dict[str, Any] = json.loads(hosts.on(member, f"{PROGRAM} status"))
    return status


def wait_in_step(hosts: ServerLab, primary: str, seconds: float = 60) -> None:
    """Until the other one follows, and commits wait for it."""
    end = time.monotonic() + seconds
    while not ((status := ask(hosts, primary)).get("is_synchronous") and (status["standby"] or {}).get("state")):
        assert time.monotonic() < end, status
        time.sleep(0.5)


@contextmanager
def write(hosts: ServerLab, password: str) -> Iterator[list[Written]]:
    """Rows are written while the block runs; afterwards the list has what became of them."""
    script = base64.b64encode(WRITER.encode()).decode()
    words = make_words(password)
    hosts.on(CLIENT, f"echo {script} | base64 -d > /root/writer.py; rm -f /root/rows.*")
    hosts.on(CLIENT, f"psql '{words}' -qc 'DROP TABLE IF EXISTS written'")
    hosts.on(CLIENT, f"systemd-run -q --collect --unit=rows python3 /root/writer.py '{words}' /root/rows.json")
    outcome: list[Written] = []
    try:
        time.sleep(1)
        yield outcome
        time.sleep(1)
    finally:
        hosts.on(
            CLIENT, "touch /root/rows.stop; for i in $(seq 100); do [ -e /root/rows.json ] && break; sleep 0.2; done"
        )
    told = json.loads(hosts.on(CLIENT, "cat /root/rows.json"))
    rows = hosts.on(CLIENT, f"psql '{words}' -Atc 'SELECT number FROM written'").split()
    outcome.append(Written(told["confirmed"], [int(row) for row in rows], told["longest"]))


def require_every_row_once(outcome: list[Written]) -> Written:
    """Each row that was confirmed is there, and none twice; there were some."""
    (written,) = outcome
    assert len(written.confirmed) > 20
    assert set(written.confirmed) <= set(written.rows)
    assert len(written.rows) == len(set(written.rows))
    return written


def test_a_fresh_pair(hosts: ServerLab, run: Recap) -> None:
    """The first is the primary, and commits wait for the second."""
    assert [ask(hosts, member)["role"] for member in PAIR] == ["primary", "standby"]
    wait_in_step(hosts, FIRST)


def test_who_may_connect(hosts: ServerLab, run: Recap, password: str) -> None:
    """A control node with the role's password, over TLS: not without it, not without TLS, and nobody else."""

    def connect(host: str, words: str) -> str:
        done = hosts.inside(host, f"psql '{words}' -Atc 'SELECT 1'")
        return done.stdout.strip() or done.stderr

    words = {"target_session_attrs": "any", "host": "10.10.1.31", "sslrootcert": "/root/authorities.pem"}
    assert connect(CLIENT, make_words(password, **words)) == "1"
    assert "password authentication failed" in connect(CLIENT, make_words("guessed", **words))
    assert "no encryption" in connect(CLIENT, make_words(password, **words, sslmode="disable"))
    assert "no pg_hba.conf entry" in connect("centre-logs-01", make_words(password, **words, sslmode="require"))
    assert "no pg_hba.conf entry" in connect(CLIENT, make_words(password, **words, dbname="postgres"))


def test_our_journal_is_kept_here(hosts: ServerLab, run: Recap, password: str, tmp_path: Path) -> None:
    """By the URL of the guide, from a control node: whichever member is the primary, its password from a file."""
    (tmp_path / "ca.pem").write_text(hosts.on(FIRST, "cat /etc/fellesdrift/database/authorities.pem") + "\n")
    (tmp_path / "pgpass").write_text(f"*:*:fellesdrift:fellesdrift:{password}\n")
    (tmp_path / "pgpass").chmod(0o600)
    url = (
        "postgresql://fellesdrift@/fellesdrift?host=10.10.1.31:5432&host=10.10.129.31:5432"
        f"&target_session_attrs=read-write&sslmode=verify-full&sslrootcert={tmp_path}/ca.pem"
    )
    script = (
        "import sys; from sqlalchemy import text; from nornir_tasks.journal.database import Database\n"
        "with Database(sys.argv[1]).transaction() as connection:\n"
        "    print(connection.execute(text('SELECT pg_is_in_recovery(), current_user')).one())\n"
    )
    command = shlex.join(["env", f"PGPASSFILE={tmp_path}/pgpass", sys.executable, "-c", script, url])
    asked = hosts.ask_from(CLIENT, f"cd {shlex.quote(str(ROOT))} && {command}")
    assert asked.stdout.strip() == "(False, 'fellesdrift')", asked.stderr


def test_there_and_back_with_every_row(hosts: ServerLab, run: Recap, password: str) -> None:
    """While a client writes; a second time is nothing to do."""
    wait_in_step(hosts, FIRST)
    with write(hosts, password) as outcome:
        hosts.play("-e", f"to={SECOND}", playbook="database/switchover").require_good()
        assert [ask(hosts, member)["role"] for member in PAIR] == ["standby", "primary"]
        wait_in_step(hosts, SECOND)
        hosts.play("-e", f"to={FIRST}", playbook="database/switchover").require_good()
    require_every_row_once(outcome)
    wait_in_step(hosts, FIRST)
    again = hosts.play("-e", f"to={FIRST}", playbook="database/switchover").require_good()
    assert all(not again.find_changed(member) for member in PAIR)


def test_a_standby_that_is_behind_is_no_place_to_go(hosts: ServerLab, run: Recap) -> None:
    """Refused, and the primary goes on."""
    hosts.on(SECOND, "systemctl stop postgresql@17-main")
    refused = hosts.play("-e", f"to={SECOND}", playbook="database/switchover")
    assert refused.code != 0
    assert f"{SECOND} does not follow" in " ".join(refused.text.split())
    assert ask(hosts, FIRST)["role"] == "primary"
    hosts.on(SECOND, "systemctl start postgresql@17-main")
    wait_in_step(hosts, FIRST)


def test_a_half_is_lost_and_nothing_with_it(hosts: ServerLab, run: Recap, password: str) -> None:
    """The primary's power goes while a client writes: taken over by hand; it comes back as the standby by itself."""
    wait_in_step(hosts, FIRST)
    answers = hosts.inside(SECOND, f"{PROGRAM} failover --lost {FIRST} --is-down")
    assert (answers.returncode, "answers" in answers.stderr) == (1, True)
    with write(hosts, password) as outcome:
        hosts.lab.client.fault(FIRST, "halt")
        unseen = hosts.inside(SECOND, f"{PROGRAM} failover --lost {FIRST}")
        assert unseen.returncode == 1
        assert "a cut line looks like" in unseen.stderr
        assert "nothing of before is missing" in unseen.stderr
        hosts.on(SECOND, f"{PROGRAM} failover --lost {FIRST} --is-down")
        time.sleep(1)
    written = require_every_row_once(outcome)
    assert written.longest < 30
    hosts.lab.client.fault(FIRST, "clear")
    wait_in_step(hosts, SECOND)
    assert ask(hosts, FIRST)["role"] == "standby"


@pytest.mark.nightly
def test_what_a_lost_primary_took_alone_is_not_thrown_away(hosts: ServerLab, run: Recap) -> None:
    """Its cable is cut, it goes on alone, the other is promoted: it stops, counts, and is kept before it follows."""
    hosts.play("-e", f"to={SECOND}", playbook="database/switchover").require_good()
    wait_in_step(hosts, SECOND)
    hosts.lab.client.fault(SECOND, "cut")
    end = time.monotonic() + 30
    while hosts.inside(FIRST, f"{PROGRAM} failover --lost {SECOND} --is-down").returncode:
        assert time.monotonic() < end, "the standby has not noticed that its primary is gone"
        time.sleep(1)
    hosts.inside(SECOND, "sudo -u postgres psql -qc 'CREATE TABLE alone (n int)' fellesdrift", seconds=60)  # waits
    hosts.lab.client.fault(SECOND, "clear")
    end = time.monotonic() + 30
    while not (status := ask(hosts, SECOND))["fenced"]:
        assert time.monotonic() < end, status
        time.sleep(0.5)
    assert status["role"] == "stopped"
    refused = hosts.inside(SECOND, f"{PROGRAM} follow")
    assert (refused.returncode, "commits that the primary does not have" in refused.stderr) == (1, True)
    hosts.on(SECOND, f"{PROGRAM} follow --set-aside")
    assert hosts.on(SECOND, "ls /var/lib/fellesdrift/database").count("set-aside-") == 1
    wait_in_step(hosts, FIRST)
    assert "alone" not in hosts.on(SECOND, "sudo -u postgres psql -Atc '\\dt' fellesdrift")
