"""What others' programs say of a host's hardening, before our roles and after: lynis inside, ssh-audit from elsewhere.

``pytest -s -m nightly`` prints what is left, for whoever decides whether it may stay.
"""

import re
import shutil
from dataclasses import dataclass

import pytest

from tests.support.server_lab import ServerLab, choose_hosts

# PKGS-7388: the lab has no archive of security updates. DBS-1828: Debian's own postgresql.conf may be read by everybody
# on the host; no password is in it.
LEFT = {"PKGS-7388", "DBS-1828"}
# What OpenSSH has learnt since Debian 12's ssh-audit was written: the key exchanges that outlast a quantum computer.
YOUNGER = ("unknown algorithm", "using experimental algorithm")
LYNIS_SECONDS = 900  # a minute alone on the machine
PLACE = "centre-control-01"  # who may log in to every server


@dataclass
class Audit:
    """What lynis says of a host: 0 to 100, and the names of its tests that warn or suggest something."""

    index: int
    warnings: set[str]
    suggestions: set[str]


def audit_host(hosts: ServerLab, name: str) -> Audit:
    """What lynis says of a host as it is now."""
    hosts.inside(name, "lynis audit system --quick --quiet --no-colors", LYNIS_SECONDS)
    report = hosts.on(name, "cat /var/log/lynis-report.dat")
    index = re.search(r"^hardening_index=(\d+)$", report, re.MULTILINE)
    assert index, report[-2000:]
    warnings, suggestions = (
        {row.split("|")[0] for row in re.findall(rf"^{kind}\[\]=(.*)$", report, re.MULTILINE)}
        for kind in ("warning", "suggestion")
    )
    return Audit(int(index[1]), warnings, suggestions)


def audit_ssh(hosts: ServerLab, name: str) -> list[str]:
    """What ssh-audit warns of in a host's SSH, or calls a failure, as the operations centre sees it."""
    (row,) = [row for row in hosts.lab.client.status()["servers"] if row["name"] == name]
    address = row["addresses"][0].partition("/")[0]
    done = hosts.ask_from(PLACE, f"ssh-audit --no-colors {address}", 60)
    assert "(kex)" in done.stdout, done.stdout + done.stderr
    rows = re.findall(r"^\((?:kex|key|enc|mac)\) .*\[(?:fail|warn)\].*$", done.stdout, re.MULTILINE)
    return [row for row in rows if not row.endswith(YOUNGER)]


@pytest.mark.nightly  # all roles on fresh hosts: minutes
def test_our_roles_leave_a_host_harder_than_debian_does(hosts: ServerLab) -> None:
    """Where people work, and where the data is: a better index, and nothing left that it warns of."""
    names = ["centre-app-01", "centre-db-01"]
    hosts.reset(*names)
    before = {name: audit_host(hosts, name) for name in names}
    hosts.play("--limit", ",".join(names)).require_good()
    after = {name: audit_host(hosts, name) for name in names}
    for name in names:
        print(f"{name}: {before[name].index} to {after[name].index}, warnings {sorted(after[name].warnings)}")
        print(
            "  left:",
            sorted(after[name].suggestions),
            "new:",
            sorted(after[name].suggestions - before[name].suggestions),
        )
    assert [name for name in names if after[name].index <= before[name].index] == []
    assert {name: after[name].warnings - LEFT for name in names} == {name: set() for name in names}


@pytest.mark.nightly
@pytest.mark.skipif(shutil.which("ssh-audit") is None, reason="needs ssh-audit (Debian: ssh-audit)")
def test_ssh_offers_nothing_weak(hosts: ServerLab) -> None:
    """On a host of each kind: neither what ssh-audit calls a failure nor what it warns of."""
    names = choose_hosts({row["name"] for row in hosts.lab.client.status()["servers"]})
    hosts.reset(*names)
    print("before:", *audit_ssh(hosts, names[0]), sep="\n  ")
    hosts.run_role("baseline", names).require_good()
    assert {name: audit_ssh(hosts, name) for name in names} == {name: [] for name in names}
