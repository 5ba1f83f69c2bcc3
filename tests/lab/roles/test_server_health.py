"""Health checks look at real servers: what is wrong on purpose is found, each by its own check, and nothing changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.devices.server_login import make_session
from nornir_tasks.health.server_facts import ask_server
from nornir_tasks.health.server_runner import ServerExamination, examine_servers
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Stage
from nornir_tasks.platforms.common.login_fault import LoginFault
from tests.support.server_lab import ServerLab

pytestmark = pytest.mark.nightly  # a run of roles, and hosts that are switched off

HOST = "loppa-mon-01"  # it has the baseline alone: the quickest of all
POSITION = Position({"loppa": Stage.CONNECT})
OLD_SLEEP = "cp /usr/bin/sleep /usr/local/bin/old-sleep && systemd-run -q --unit=old-sleep /usr/local/bin/old-sleep 900"
SOON = (
    "mkdir -p /etc/fellesdrift/certificates && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    " -days 5 -subj /CN=sample -keyout /dev/null -out /etc/fellesdrift/certificates/sample.pem 2>/dev/null"
)
# Everything that is not a log or a process's own: what a look must leave as it is.
NEWER = "find /etc /home /root /srv /usr /var/lib -xdev -newer /run/before-the-look -not -path '/var/lib/systemd/*'"


@pytest.fixture(scope="module")
def configured(hosts: ServerLab) -> ServerLab:
    """The host as its roles want it."""
    hosts.reset(HOST)
    hosts.play("--limit", HOST).require_good()
    return hosts


@pytest.fixture
def context(configured: ServerLab, tmp_path: Path) -> Context:
    """An errand of this process on the lab's servers."""
    where = tmp_path / "state"
    where.mkdir()
    return open_context(load_region(), reason="test", who="tester", where=where)


@pytest.fixture
def host(configured: ServerLab) -> Iterator[ServerLab]:
    """The lab, whose host is well again after the test."""
    yield configured
    configured.lab.client.fault(HOST, "clear")


def examine(context: Context) -> ServerExamination:
    """The host's examination."""
    return examine_servers(context, [context.region.servers[HOST]], position=POSITION)


def find(examination: ServerExamination, check: str) -> Verdict:
    """The first verdict of a check."""
    return next(verdict for verdict in examination.verdicts if verdict.rule.name == check)


def test_a_server_that_is_well_is_found_so_and_nothing_is_changed(host: ServerLab, context: Context) -> None:
    """Every part is read of a real Debian; the agent listens, and no unit has failed."""
    session = make_session(context.region, context.region.servers[HOST])
    answer = ask_server(session, [("127.0.0.1", 22), ("127.0.0.1", 1)])
    assert {part.key: reading.error for part, reading in answer.readings.items() if reading.error} == {}
    assert next(r.value for part, r in answer.readings.items() if part.key == "answers") == ("open", "refused")
    host.on(HOST, "touch /run/before-the-look")
    examination = examine(context)
    assert host.on(HOST, NEWER) == ""
    assert examination.faults == {HOST: None}
    for check in ("disk", "unit", "listening"):
        assert find(examination, check).passed, find(examination, check).text
    assert {verdict.status for verdict in examination.verdicts} <= {"passed", "skipped", "failure"}


def test_what_is_wrong_is_found_by_its_own_check(host: ServerLab, context: Context) -> None:
    """A unit that failed, one that somebody stopped, a program that was replaced, a certificate that ends."""
    host.inside(HOST, "systemd-run -q --unit=broken --wait false")
    host.on(HOST, OLD_SLEEP)
    host.on(HOST, "rm /usr/local/bin/old-sleep")
    host.on(HOST, SOON)
    host.on(HOST, "touch /run/reboot-required; echo linux-image-amd64 > /run/reboot-required.pkgs")
    host.lab.client.fault(HOST, "service", "prometheus-node-exporter")
    try:
        examination = examine(context)
    finally:
        host.on(HOST, "systemctl stop old-sleep; systemctl reset-failed broken; rm -r /etc/fellesdrift/certificates")
        host.on(HOST, "rm /run/reboot-required*")
    texts = {
        check: "; ".join(verdict.text for verdict in examination.verdicts if verdict.rule.name == check)
        for check in ("unit", "pending-restart", "certificate", "listening")
    }
    assert "broken.service well, actual: failed since" in texts["unit"]
    assert "prometheus-node-exporter.service well, actual: stopped since" in texts["unit"]
    assert "old-sleep.service to run what is installed, actual: it runs the old old-sleep" in texts["pending-restart"]
    assert "it waits for a restart (linux-image-amd64)" in texts["pending-restart"]
    assert "sample.pem (CN=sample) good for 21 days, actual: it ends in 4 days" in texts["certificate"]
    assert "at tcp/9100, actual: nothing listens there" in texts["listening"]


def test_a_clock_that_is_wrong(host: ServerLab, context: Context) -> None:
    """By an hour: whatever chrony holds to be the time, ours is another."""
    host.lab.client.fault(HOST, "clock", "3600")
    assert "the time of this machine, actual: +3" in "; ".join(
        verdict.text for verdict in examine(context).verdicts if verdict.rule.name == "clock"
    )


def test_a_disk_that_is_full(host: ServerLab, context: Context) -> None:
    host.lab.client.fault(HOST, "disk-full")
    examination = examine(context)
    assert find(examination, "disk").status == "failure"


@pytest.mark.parametrize("fault", [("halt",), ("cut",), ("service", "ssh")])
def test_a_server_that_does_not_let_us_in(host: ServerLab, context: Context, fault: tuple[str, ...]) -> None:
    """Nothing else is judged, and causes are told that it is silent."""
    host.lab.client.fault(HOST, *fault)
    examination = examine(context)
    reason = examination.faults[HOST]
    assert isinstance(reason, LoginFault)
    assert reason.is_silent
    assert find(examination, "host").status == "failure"
    others = {verdict.status for verdict in examination.verdicts if verdict.rule.name not in ("host", "backup")}
    assert others == {"skipped"}


def test_a_port_is_asked_from_the_centre(configured: ServerLab, context: Context) -> None:
    """A Windows server that is not in the lab: both of the centre's monitoring hosts are logged in to, and ask."""
    region = context.region
    retired = Position({"loppa": Stage.RETIRE})
    examination = examine_servers(context, [region.servers["loppa-dc-01"]], position=retired)
    assert {answer.asker for answer in examination.answers} >= {"centre-logs-01", "centre-logs-02"}
