"""What others' programs say of a host's hardening, before our roles and after: lynis inside, ssh-audit from elsewhere.

``pytest -s -m nightly`` prints what is left, for whoever decides whether it may stay.
"""

import json
import re
import shutil
from dataclasses import dataclass

import pytest

from tests.support.server_lab import ServerLab, choose_hosts

PLACE = "centre-control-01"  # who may log in to every server


@dataclass
class Audit:
    """What lynis says of a host: 0 to 100, and the names of its tests that warn or suggest something."""

    index: int
    warnings: set[str]
    suggestions: set[str]


def audit_host(hosts: ServerLab, name: str) -> Audit:
    """What lynis says of a host as it is now."""
    hosts.inside(name, "lynis audit system --quick --quiet --no-colors", 300)
    report = hosts.on(name, "cat /var/log/lynis-report.dat")
    index = re.search(r"^hardening_index=(\d+)$", report, re.MULTILINE)
    assert index, report[-2000:]
    warnings, suggestions = (
        {row.split("|")[0] for row in re.findall(rf"^{kind}\[\]=(.*)$", report, re.MULTILINE)}
        for kind in ("warning", "suggestion")
    )
    return Audit(int(index[1]), warnings, suggestions)


def audit_ssh(hosts: ServerLab, name: str) -> dict[str, set[str]]:
    """What ssh-audit finds of a host's SSH, from the operations centre: names by how bad they are."""
    (row,) = [row for row in hosts.lab.client.status()["servers"] if row["name"] == name]
    address = row["addresses"][0].partition("/")[0]
    done = hosts.ask_from(PLACE, f"ssh-audit --json {address}", 60)
    graded: dict[str, set[str]] = {}
    for kind in ("kex", "key", "enc", "mac"):
        for algorithm in json.loads(done.stdout)[kind]:
            for grade in {"fail", "warn"} & set(algorithm.get("notes", {})):
                graded.setdefault(grade, set()).add(algorithm["algorithm"])
    return graded


@pytest.mark.nightly  # all roles on fresh hosts: minutes
def test_our_roles_leave_a_host_harder_than_debian_does(hosts: ServerLab) -> None:
    """On one host of each kind: a better index, no warning that was not there, and nothing weak in SSH."""
    names = choose_hosts({row["name"] for row in hosts.lab.client.status()["servers"]})
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
    assert {name: after[name].warnings for name in names} == {name: set() for name in names}


@pytest.mark.nightly
@pytest.mark.skipif(shutil.which("ssh-audit") is None, reason="needs ssh-audit (Debian: ssh-audit)")
def test_ssh_offers_nothing_weak(hosts: ServerLab) -> None:
    """Neither what ssh-audit calls a failure nor what it warns of."""
    names = choose_hosts({row["name"] for row in hosts.lab.client.status()["servers"]})
    hosts.run_role("baseline", names).require_good()
    assert {name: audit_ssh(hosts, name) for name in names} == {name: {} for name in names}
