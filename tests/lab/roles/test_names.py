"""Time, names and logs from both halves of the centre, asked from where people and servers of a municipality are.

Either half is switched off at once; the other answers, and afterwards both are in step.
"""

import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address

import pytest

from lab import ROOT
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region
from nornir_tasks.model.names import list_names
from nornir_tasks.server_roles import derive
from tests.support import ask_services
from tests.support.server_lab import Recap, ServerLab

CLIENT = "loppa-app-02"
SCHOOL = "hogtun-skole/school"
ROLES = "time_server,resolver,log_server"
KINDS = ("time", "names", "logs")
SERVERS = tuple(f"centre-{kind}-0{half}" for kind in KINDS for half in (1, 2))
TIME = ("10.10.1.10", "10.10.129.10")
NAMES = ("10.10.1.11", "10.10.129.11")
FILES = f"/var/log/remote/{CLIENT}"
VERIFY = """
- hosts: managed_servers
  gather_facts: false
  tasks:
    - fellesdrift_server: {ask: variables}
    - fellesdrift_server: {ask: way_in}
    - include_role: {name: "{{ item }}", tasks_from: verify}
      loop: "{{ ['time_server', 'resolver', 'log_server'] | select('in', roles_here) }}"
      vars: {roles_here: "{{ group_names | map('regex_replace', '^role_', '') }}"}
"""
SOON = 30.0  # seconds within which a service answers when half of the centre is gone


@pytest.fixture(scope="module")
def region() -> Region:
    """The inventory's."""
    return load_region()


@pytest.fixture(scope="module")
def lab(hosts: ServerLab) -> Iterator[ServerLab]:
    """The servers of both halves with their roles, and one client of them; faults are gone afterwards."""
    hosts.reset(*SERVERS, CLIENT)
    hosts.play("--limit", ",".join(SERVERS), "--tags", ROLES).require_good()
    hosts.run_role("baseline", [CLIENT]).require_good()
    yield hosts
    for name in SERVERS:
        hosts.lab.client.fault(name, "clear")


def ask(lab: ServerLab, place: str, *words: str) -> dict[str, object]:
    """The answer to a question from a place; empty: none came."""
    command = shlex.join([sys.executable, ask_services.__file__, *words])
    done = lab.ask_from(place, command)
    return dict(json.loads(done.stdout)) if done.returncode == 0 else {}


def wait(holds: Callable[[], object], seconds: float = SOON) -> float:
    """How many seconds it took until something held."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s"
        time.sleep(0.5)
    return time.monotonic() - began


def write(lab: ServerLab, word: str, count: int = 100) -> None:
    """Let the client write lines to its log, each once."""
    lab.on(CLIENT, f"for i in $(seq {count}); do echo {word}-$i; done | logger --tag try")


def count(lab: ServerLab, half: int, word: str) -> int:
    """How many of these lines a log server has in the client's file; of one that came twice, one."""
    command = f"grep -aoh 'try.* {word}-[0-9]*$' {FILES}/*.log | grep -o '{word}-.*' | sort -u | wc -l"
    return int(lab.inside(f"centre-logs-0{half}", command).stdout or 0)


def look_up(lab: ServerLab, name: str) -> str:
    """The first address that the client's own system gives for a name, with both name servers in its settings."""
    return lab.inside(CLIENT, f"getent ahostsv4 {name}").stdout.partition(" ")[0]


def list_selectable(lab: ServerLab) -> set[str]:
    """The time servers that the client's chrony may follow, or would if it had to choose."""
    lines = lab.on(CLIENT, "chronyc -n -c selectdata").splitlines()
    return {line.split(",")[1] for line in lines if line.split(",")[0] in "*+=-DOoRPs"}


@pytest.mark.parametrize("server", NAMES)
def test_each_half_tells_people_every_name(lab: ServerLab, region: Region, server: str) -> None:
    """As the model says, in its order, and back from every address."""
    expected = {
        name.name: [str(each.address) for each in name.addresses] for name in list_names(region, "loppa", Position())
    }
    assert ask(lab, SCHOOL, "names", server, *expected) == expected
    told = derive(region, Position(), "centre-names-01").variables["resolver__reverse_names"]
    reverse = {ip_address(entry["address"]).reverse_pointer: [entry["name"]] for entry in told}
    assert ask(lab, SCHOOL, "names", server, *reverse) == reverse


def test_others_are_told_no_old_address(lab: ServerLab) -> None:
    name = "case-archive.loppa.vestfinnmark.example"
    assert ask(lab, SCHOOL, "names", NAMES[0], name) == {name: ["192.168.23.30"]}
    assert ask(lab, "centre-control-01", "names", NAMES[0], name) == {name: []}


@pytest.mark.parametrize("server", TIME)
def test_each_half_tells_the_time(lab: ServerLab, server: str) -> None:
    wait(lambda: ask(lab, SCHOOL, "time", server).get("stratum") in (10, 11))
    answer = ask(lab, SCHOOL, "time", server)
    assert abs(float(str(answer["offset"]))) < 0.1


def test_a_client_may_follow_both_halves(lab: ServerLab) -> None:
    wait(lambda: list_selectable(lab) == set(TIME))


def test_a_line_is_in_both_halves_in_its_own_hosts_file_alone(lab: ServerLab, region: Region) -> None:
    """Whatever the name in it, and with a line break within."""
    write(lab, "everyday")
    wait(lambda: [count(lab, half, "everyday") for half in (1, 2)] == [100, 100])
    evil = r"printf '<13>Nov 30 12:00:00 ../../../etc/evil try: first\nsecond' | nc -u -w 1 10.10.1.12 514"
    lab.on(CLIENT, evil)
    wait(lambda: lab.inside("centre-logs-01", f"grep -q 'first#012second' {FILES}/*.log").returncode == 0)
    assert set(lab.on("centre-logs-01", "ls /var/log/remote").split()) <= set(region.servers)
    assert lab.inside("centre-logs-01", "find / -xdev -name 'evil*' | grep .").returncode == 1


def test_the_roles_verify_it_from_other_hosts(lab: ServerLab) -> None:
    assert verify(lab).code == 0
    lab.lab.client.fault("centre-names-01", "service", "unbound")
    try:
        broken = verify(lab)
        assert broken.code != 0
        assert broken.counts["centre-names-01"]["failed"] == 1
        assert sum(row["failed"] for row in broken.counts.values()) == 1
    finally:
        lab.lab.client.fault("centre-names-01", "clear")


def verify(lab: ServerLab) -> Recap:
    """What the verification of these roles says, each from the other half: `--tags verify` looks at all roles."""
    playbook = lab.where / "verify.yml"
    playbook.write_text(VERIFY)
    return lab.play(
        "--limit", ",".join(SERVERS), playbook=os.path.relpath(playbook.with_suffix(""), ROOT / "playbooks")
    )


@pytest.mark.parametrize("half", [1, 2])
def test_with_either_half_gone_all_goes_on_and_nothing_is_lost(lab: ServerLab, half: int) -> None:
    """Switched off at once; what was written meanwhile is in both halves afterwards, each line."""
    other, word, name = 3 - half, f"half-{half}", "case-archive.loppa.vestfinnmark.example"
    lost = [f"centre-{kind}-0{half}" for kind in KINDS]
    for host in lost:
        lab.lab.client.fault(host, "halt")
    waits = {"names": wait(lambda: look_up(lab, name) == "192.168.23.30")}
    waits["time"] = wait(lambda: ask(lab, SCHOOL, "time", TIME[other - 1]).get("stratum") in (10, 11))
    write(lab, word, 300)
    waits["logs"] = wait(lambda: count(lab, other, word) == 300)
    assert list_selectable(lab) & {TIME[other - 1]}
    print(f"half {half} gone: " + ", ".join(f"{kind} after {seconds:.1f} s" for kind, seconds in waits.items()))
    for host in lost:
        lab.lab.client.fault(host, "clear")
    wait(lambda: count(lab, half, word) == 300, 60)
    wait(lambda: ask(lab, SCHOOL, "names", NAMES[half - 1], name) == {name: ["192.168.23.30"]})
    wait(lambda: {ask(lab, SCHOOL, "time", server).get("stratum") for server in TIME} == {10, 11}, 90)


def test_a_full_disk_lets_nobody_in_and_loses_nothing(lab: ServerLab) -> None:
    lab.lab.client.fault("centre-logs-01", "disk-full")
    try:
        wait(lambda: lab.inside("centre-logs-01", "systemctl is-active rsyslog").stdout.strip() == "inactive")
        write(lab, "full")
        wait(lambda: count(lab, 2, "full") == 100)
        assert count(lab, 1, "full") == 0
    finally:
        lab.lab.client.fault("centre-logs-01", "clear")
    wait(lambda: count(lab, 1, "full") == 100, 60)


@pytest.mark.nightly  # three runs of three roles
def test_what_was_edited_by_hand_is_foretold_and_put_right(lab: ServerLab) -> None:
    edits = {
        "centre-time-02": "echo 'allow all' >> /etc/chrony/chrony.conf; systemctl stop chrony",
        "centre-names-02": "cd /etc/unbound/unbound.conf.d; echo >> resolver-names.conf; chmod 600 resolver.conf",
        "centre-logs-02": "rm /etc/rsyslog.d/log-server-hosts.json; systemctl stop log-server-tidy.timer",
    }
    for host, command in edits.items():
        lab.on(host, command)
    words = ("--limit", ",".join(edits), "--tags", ROLES)
    predicted, done = lab.play(*words, "--check", "--diff"), lab.play(*words)
    for host in edits:
        assert len(done.require_good().find_changed(host)) >= 2
        assert predicted.require_good().find_changed(host) == done.find_changed(host)
    assert verify(lab).code == 0
