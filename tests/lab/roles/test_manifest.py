"""Roles that are left out on a real host where all is as it was, and run where anything is not."""

import json

import pytest

from nornir_tasks.platforms.debian.manifest import FOLDER, read_manifest
from tests.support.server_lab import Recap, ServerLab

HOST = "centre-time-01"
ROLES = ("baseline", "server_network", "time_server")
CONFLICTING = "[Match]\\nName=eth0\\n[Network]\\nDHCP=yes\\n"

pytestmark = pytest.mark.nightly  # a run of roles for each kind of change: minutes


def run(hosts: ServerLab, *words: str) -> Recap:
    return hosts.play("--limit", HOST, *words).require_good()


def list_run(recap: Recap) -> list[str]:
    """The roles of which a task ran."""
    return [role for role in ROLES if f"TASK [{role} :" in recap.text]


@pytest.fixture(scope="module")
def host(hosts: ServerLab) -> str:
    """A host on which every role has succeeded once, and has left its manifest."""
    hosts.reset(HOST)
    recap = run(hosts)
    assert list_run(recap) == list(ROLES)
    assert f"noted as they are now: {', '.join(ROLES)}" in recap.text
    return HOST


def test_where_all_is_as_it_was_no_role_runs_and_a_line_says_so(hosts: ServerLab, host: str) -> None:
    for words in ((), ("--check", "--diff"), ("--tags", "baseline")):
        recap = run(hosts, *words)
        assert list_run(recap) == []
        assert "nothing to do, all as noted since 2" in recap.text
        assert recap.find_changed(host) == []


def test_a_manifest_is_root_s_own_and_can_be_read(hosts: ServerLab, host: str) -> None:
    assert hosts.on(host, f"stat -c '%a %U' {FOLDER} {FOLDER}/*.json").split("\n") == ["700 root"] + ["600 root"] * 3
    manifest = read_manifest(hosts.on(host, f"cat {FOLDER}/time_server.json"))
    assert manifest.state.paths["/etc/chrony/chrony.keys"].digest.startswith("keyed:")
    assert manifest.state.units["chrony.service"].active == "active"


def test_manifest_false_runs_every_role(hosts: ServerLab, host: str) -> None:
    recap = run(hosts, "-e", "manifest=false")
    assert list_run(recap) == list(ROLES)
    assert list_run(run(hosts)) == []


# What somebody does, the role that has to run, and what tells that it is as it was.
EDITS = {
    "a file": ("echo more >> /etc/issue.net", "baseline", "! grep -q more /etc/issue.net"),
    "a mode": ("chmod 600 /etc/apt/apt.conf.d/52fellesdrift", "baseline", "test $(stat -c %a {}) = 644"),
    "an owner": ("chown nobody /etc/chrony/chrony.conf", "time_server", "test $(stat -c %U {}) = root"),
    "a file that is gone": ("rm /etc/rsyslog.d/10-fellesdrift.conf", "baseline", "test -s {}"),
    "a unit that stands still": (  # not rsyslog: journald's next line starts it again, by its socket
        "systemctl stop prometheus-node-exporter.service",
        "baseline",
        "systemctl is-active -q {}",
    ),
    "a unit that is switched off": ("systemctl disable -q chrony.service", "time_server", "systemctl is-enabled -q {}"),
    "a rule": (
        "nft add rule inet fellesdrift input accept",
        "server_network",
        "! nft list chain inet fellesdrift input | tail -3 | grep -qx '\\s*accept'",
    ),
    "a way": (
        "ip rule del $(ip rule | grep -o 'from 10.*' | head -1)",
        "server_network",
        "ip rule | grep -q 'from 10'",
    ),
    "a file in a folder": (
        f"printf '{CONFLICTING}' > /etc/systemd/network/01-other.network",
        "server_network",
        "! test -e {}",
    ),
    "a setting of the kernel": (
        "echo 1 > /proc/sys/net/ipv4/conf/all/send_redirects",
        "baseline",
        "grep -qx 0 {}",
    ),
    "an account": (
        "useradd -G administrators intruder",
        "baseline",
        "! id intruder",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_somebody_changes_is_found_and_put_right(hosts: ServerLab, host: str, edit: str) -> None:
    command, role, check = EDITS[edit]
    assert list_run(run(hosts, "--check")) == []
    hosts.on(host, command)
    recap = run(hosts)
    assert role in list_run(recap), recap.text
    assert recap.find_changed(host), recap.text
    assert hosts.inside(host, check.format(command.split()[-1])).returncode == 0, recap.text


def test_a_package_that_is_held_back_is_told_until_it_is_not(hosts: ServerLab, host: str) -> None:
    run(hosts)
    hosts.on(host, "apt-mark hold chrony")
    for _ in range(2):
        recap = run(hosts)
        assert list_run(recap) == ["baseline", "time_server"]
        assert "time_server: not noted, runs again: package chrony is held back" in recap.text
    hosts.on(host, "apt-mark unhold chrony")
    run(hosts)
    assert list_run(run(hosts)) == []


def test_another_variable_runs_its_role(hosts: ServerLab, host: str) -> None:
    told = json.dumps({"time_server__orphan_stratum": 9})
    recap = run(hosts, "-e", told)
    assert list_run(recap) == ["time_server"]
    assert "time_server: runs: variable time_server__orphan_stratum changed" in recap.text
    assert "time_server" not in list_run(run(hosts, "-e", told))  # baseline looks after chrony's file, too
    assert list_run(run(hosts, "-e", told)) == []
    assert list_run(run(hosts)) == ["time_server"]


def test_a_role_that_fails_leaves_no_manifest(hosts: ServerLab, host: str) -> None:
    run(hosts)
    hosts.on(host, "chattr +i /etc/issue.net")
    try:
        recap = hosts.play("--limit", host, "-e", json.dumps({"baseline__banner": "another"}))
        assert recap.code != 0
        assert not {"baseline.json"} & set(hosts.on(host, f"ls {FOLDER}").split())
    finally:
        hosts.on(host, "chattr -i /etc/issue.net")
    recap = run(hosts)
    assert list_run(recap) == ["baseline"]
    assert "baseline: runs: nothing was noted" in recap.text
    assert list_run(run(hosts)) == []
