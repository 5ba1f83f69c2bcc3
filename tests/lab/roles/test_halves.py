"""Either half of the centre loses its power, all of its servers at once: after how many seconds people are answered.

Every question comes from a municipality's side, or, where only operations ask, from the other half.
"""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab.roles.test_application_host import APPLICATION, DATABASES, NEW, OLD, curl, list_keys, move
from tests.lab.roles.test_application_host import NAME as APPLICATION_NAME
from tests.lab.roles.test_application_host import write as write_record
from tests.lab.roles.test_database import PAIR, wait_in_step
from tests.lab.roles.test_monitoring import ADDRESSES
from tests.lab.roles.test_names import NAMES, SCHOOL, SOON, TIME, ask, wait
from tests.support.server_lab import ServerLab

pytestmark = pytest.mark.nightly  # all roles on the whole centre: minutes

KINDS = ("time", "names", "logs", "control", "db", "backup")
CENTRE = tuple(f"centre-{kind}-0{half}" for half in (1, 2) for kind in KINDS)
TARGET = "case-archive.loppa.vestfinnmark.example"
STORE = 2  # the half that keeps Loppa's backups: with it dark a night's backup waits, and is told
READY = {"prometheus": 9090, "alertmanager": 9093}


@pytest.fixture(scope="module")
def region_lab(hosts: ServerLab) -> Iterator[ServerLab]:
    """The whole centre with its roles, an application of Loppa's at its new place, and its old place beside it."""
    everybody = (*CENTRE, NEW, OLD, DATABASES[OLD])
    hosts.reset(*everybody)
    playbook = "../tests/lab/roles/application_database"
    hosts.play("-e", f"databases={DATABASES[OLD]}", playbook=playbook).require_good()
    hosts.play("--limit", ",".join(name for name in everybody if name != DATABASES[OLD])).require_good()
    wait_in_step(hosts, PAIR[0])
    move(hosts, OLD, NEW)
    yield hosts
    for name in everybody:
        hosts.lab.client.fault(name, "clear")


@pytest.fixture(scope="module")
def authority(region_lab: ServerLab) -> Path:
    """The certificate that users trust."""
    return region_lab.where / "state" / "application_authority" / "certificate.pem"


@contextmanager
def switch_off(lab: ServerLab, half: int) -> Iterator[None]:
    """Take the power from all servers of one half; they have it again afterwards."""
    names = [name for name in (*CENTRE, NEW) if name.endswith(f"-0{half}")]
    for name in names:
        lab.lab.client.fault(name, "halt")
    try:
        yield
    finally:
        for name in names:
            lab.lab.client.fault(name, "clear")


def count_lines(lab: ServerLab, half: int, word: str) -> int:
    """How many of the client's lines one half's log server has."""
    command = f"cat /var/log/remote/{OLD}/*.log 2>/dev/null | grep -ao '{word}-[0-9]*' | sort -u | wc -l"
    return int(lab.inside(f"centre-logs-0{half}", command).stdout or 0)


def is_ready(lab: ServerLab, half: int, port: int) -> bool:
    """Whether a half's monitoring answers its own operators."""
    url = f"http://{ADDRESSES[half - 1]}:{port}/-/ready"
    return lab.inside(f"centre-control-0{half}", f"curl -sf --max-time 3 {url}").returncode == 0


def back_up(lab: ServerLab) -> bool:
    """Whether Loppa's server gets its backup into the one store that keeps it."""
    return lab.inside(OLD, "/usr/local/sbin/fellesdrift-backup run").returncode == 0


def lead_over(lab: ServerLab, lost: str) -> None:
    """What whoever is on call types, who has seen that the other half is dark."""
    lab.play("-e", f"lost={lost}", "-e", "is_down=true", playbook="database/failover").require_good()


def ask_everybody(lab: ServerLab, other: int, word: str) -> dict[str, float]:
    """Seconds until each service answers, when only one half is left, asked one after another."""
    lab.on(OLD, f"for i in $(seq 100); do echo {word}-$i; done | logger --tag try")
    looked_up = f"getent ahostsv4 {TARGET}"
    waits = {
        "names, as a server asks": wait(lambda: lab.inside(OLD, looked_up).stdout.startswith("192.168.23.30")),
        "names, as people ask": wait(lambda: bool(ask(lab, SCHOOL, "names", NAMES[other - 1], TARGET).get(TARGET))),
        "time": wait(lambda: ask(lab, SCHOOL, "time", TIME[other - 1]).get("stratum") in (10, 11)),
        "logs": wait(lambda: count_lines(lab, other, word) == 100),
    }
    if other == STORE:
        waits["backup, by whom this half keeps it"] = wait(lambda: back_up(lab))
    return waits | {name: wait(lambda port=port: is_ready(lab, other, port)) for name, port in READY.items()}


def wait_until_in_step(lab: ServerLab, half: int, primary: str, word: str) -> None:
    """After the power is back: logs that came meanwhile, names, time, the pair of databases, and a backup."""
    wait(lambda: count_lines(lab, half, word) == 100, 90)
    wait(lambda: bool(ask(lab, SCHOOL, "names", NAMES[half - 1], TARGET).get(TARGET)), 60)
    wait(lambda: ask(lab, SCHOOL, "time", TIME[half - 1]).get("stratum") in (10, 11), 90)
    wait_in_step(lab, primary, 90)
    wait(lambda: back_up(lab), 60)


def test_without_hammerfests_half(region_lab: ServerLab, authority: Path) -> None:
    """The standby is there: people go on writing into their application."""
    lab = region_lab
    assert write_record(lab, authority, NEW, "before") == 201
    with switch_off(lab, 2):
        waits = {"application, a record": wait(lambda: write_record(lab, authority, NEW, "without-2") in (200, 201))}
        waits |= ask_everybody(lab, 1, "without-2")
        print("\n".join(f"without Hammerfest's half  {name:26} {seconds:5.1f} s" for name, seconds in waits.items()))
        assert max(waits.values()) < SOON
    wait_until_in_step(lab, 2, PAIR[0], "without-2")


def test_without_altas_half(region_lab: ServerLab, authority: Path) -> None:
    """The primary is there, and the application's only place: it is gone with it, and its records are not."""
    lab = region_lab
    assert write_record(lab, authority, NEW, "last") == 201
    with switch_off(lab, 1):
        waits = ask_everybody(lab, 2, "without-1")
        lead_over(lab, PAIR[0])
        table = shlex.quote("CREATE TABLE without_1 (n int); INSERT INTO without_1 VALUES (1)")
        command = f"runuser -u postgres -- psql -qXc {table} fellesdrift"
        waits["database, after failover"] = wait(lambda: lab.inside(PAIR[1], command).returncode == 0)
        print("\n".join(f"without Alta's half  {name:26} {seconds:5.1f} s" for name, seconds in waits.items()))
        assert max(waits.values()) < SOON
    wait_until_in_step(lab, 1, PAIR[1], "without-1")
    wait(lambda: curl(lab, authority, NEW, f"https://{APPLICATION_NAME}/health")[0] == 200, 60)
    assert write_record(lab, authority, NEW, "after") == 201
    query = "SELECT key FROM records ORDER BY id"
    database = APPLICATION.replace("-", "_")
    command = f"runuser -u postgres -- psql -X -A -t -d {database} -c '{query}'"
    assert lab.on(PAIR[1], command).split() == ["before", "without-2", "last", "after"]
    assert list_keys(lab, OLD) == []
