"""The baseline on real hosts: who gets in, who has left, edits by hand, logs that wait, and a restart."""

import json
import shlex
import time

import pytest

from tests.support.server_lab import ServerLab

HOST = "loppa-app-03"
LOG_SERVER = "centre-logs-01"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG9vtGIfohwRbz9Eh76kyYKjuI4WxEBC5RfR+87xVPCl"


@pytest.fixture(scope="module")
def host(hosts: ServerLab) -> str:
    """A host that has had its baseline, and has two administrators."""
    hosts.reset(HOST)
    hosts.run_role("baseline", [HOST], "-e", people("kari")).require_good()
    return HOST


def people(name: str, until: str = "2099-12-31") -> str:
    """The words that give a run one administrator."""
    return json.dumps({"baseline__administrators": [{"name": name, "label": name, "keys": [KEY], "until": until}]})


def try_login(hosts: ServerLab, user: str) -> str:
    """What SSH says of a login from a control node without a password; nothing if it let the user in."""
    key = shlex.quote(str(hosts.where / "servers" / "key"))
    options = "-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=10"
    done = hosts.ask_from("centre-control-01", f"ssh -q {options} -i {key} {user}@192.168.23.32 true && echo in")
    return done.stdout.strip()


def test_the_automation_account_gets_in_and_root_does_not(hosts: ServerLab, host: str) -> None:
    assert try_login(hosts, "drift") == "in"
    assert try_login(hosts, "root") == ""
    assert hosts.on(host, "sudo -u drift sudo -n id -u") == "0"


def test_leavers_are_taken_off_with_their_keys_and_edits_are_put_right(hosts: ServerLab, host: str) -> None:
    assert "administrators" in hosts.on(host, "id -Gn kari")
    hosts.on(host, "echo 'PermitRootLogin yes' > /etc/ssh/sshd_config.d/00-fellesdrift.conf")
    hosts.on(host, "echo 'ssh-ed25519 AAAAintruder' >> ~drift/.ssh/authorized_keys; systemctl stop chrony rsyslog")
    hosts.on(host, "systemctl disable -q prometheus-node-exporter; systemctl stop prometheus-node-exporter")
    changed = hosts.run_role("baseline", [host], "-e", people("ola")).require_good().find_changed(host)
    assert {"baseline : SSH", "baseline : Their keys, and no others", "baseline : Services that run"} <= set(changed)
    assert hosts.on(host, "systemctl is-active chrony rsyslog prometheus-node-exporter").split() == ["active"] * 3
    assert "intruder" not in hosts.on(host, "cat ~drift/.ssh/authorized_keys")
    assert try_login(hosts, "root") == ""
    assert hosts.on(host, "id kari 2>/dev/null || echo gone") == "gone"
    assert hosts.on(host, "cat ~ola/.ssh/authorized_keys").startswith("ssh-ed25519")
    assert hosts.on(host, "chage -l ola | sed -n 's/^Account expires.*: //p'") == "Jan 01, 2100"


def test_what_a_run_that_was_cut_short_left_is_restarted_by_the_next(hosts: ServerLab, host: str) -> None:
    hosts.on(host, "sleep 1.1; touch /etc/chrony/chrony.conf /etc/ssh/sshd_config.d/00-fellesdrift.conf")
    started = hosts.on(host, "systemctl show -P MainPID chrony")
    recap = hosts.run_role("baseline", [host], "-e", people("ola")).require_good()
    assert recap.find_changed(host) == ["baseline : Restart them"]
    assert hosts.on(host, "systemctl show -P MainPID chrony") != started


def test_logs_wait_on_disk_while_a_log_server_is_away(hosts: ServerLab, host: str) -> None:
    hosts.run_role("log_server", [LOG_SERVER]).require_good()
    hosts.lab.client.fault(LOG_SERVER, "halt")
    try:
        hosts.on(host, "logger by-this-line-it-is-noticed; sleep 2")  # what is on its way then has no receipt
        hosts.on(host, "for i in $(seq 2000); do echo waited-$i; done | logger --tag fellesdrift")
        hosts.on(host, "systemctl restart rsyslog && ls /var/spool/rsyslog")
    finally:
        hosts.lab.client.fault(LOG_SERVER, "clear")
    end = time.monotonic() + 60
    look = f"cat /var/log/remote/{host}/*.log 2>/dev/null | grep -o 'waited-[0-9]*' | sort -u | wc -l"
    while (count := int(hosts.on(LOG_SERVER, look))) < 2000 and time.monotonic() < end:
        time.sleep(1)
    assert count == 2000


def test_it_survives_a_restart(hosts: ServerLab, host: str) -> None:
    hosts.inside(host, "systemctl reboot")
    end = time.monotonic() + 60
    while try_login(hosts, "drift") != "in" and time.monotonic() < end:
        time.sleep(1)
    units = "chrony rsyslog prometheus-node-exporter apt-daily-upgrade.timer etckeeper.timer"
    assert set(hosts.on(host, f"systemctl is-active {units}").split()) == {"active"}
    assert hosts.on(host, "systemctl --failed --no-legend --plain") == ""


def test_it_is_looked_at_from_other_hosts(hosts: ServerLab, host: str) -> None:
    alone = '{"roles_to_verify": ["baseline"]}'  # this lab's hosts have no other
    words = ("--limit", host, "--tags", "verify", "-e", alone)
    recap = hosts.play(*words).require_good()
    baseline = [task for task in recap.tasks[host] if task.startswith("baseline : Ask")]
    assert len(baseline) == 3
    assert {recap.tasks[host][task] for task in baseline} == {"ok"}, recap.text
    hosts.on(host, "systemctl stop prometheus-node-exporter")
    broken = hosts.play(*words)
    hosts.on(host, "systemctl start prometheus-node-exporter")
    assert broken.code != 0
    assert "baseline: Ask the monitoring agent" in broken.text
