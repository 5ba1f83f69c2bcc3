"""The program that stands on a server: it locks nobody out for longer than its window, and does what it says.

On real hosts, for root alone (see lab/servers). A choice of the lock-outs; tests/nightly has all of them.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lab.control import process
from lab.servers import image, needs
from lab.testing.running import RunningLab
from tests.support.guarded_hosts import PATHS, GuardedHost, Outcome, try_all
from tests.support.server_lockouts import LOCKOUTS

MISSING = needs.find_missing("hosts") + (needs.find_missing("image") if needs.is_root() else [])
PORT = str(int(os.environ["FELLESDRIFT_LAB_PORT"]) + 8)  # of the worker's own range
# One of each kind, and one a host.
CHOSEN = (
    "restart: no unit files, not the guard's either",
    "power cut: gateway, key and sshd",
    "disk: full in the window",
    "nftables: a ruleset in the file, loaded and switched on",
    "link: renamed",
    "sshd: another process on its port",
    "account: removed",
    "immutable: a broken sshd_config",
    "systemd: transient units are gone",
)
FIRST = "loppa-file-01"
CONF = "/etc/chrony/chrony.conf"

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {'; '.join(MISSING)}")


@pytest.fixture(scope="module")
def lab() -> Iterator[RunningLab]:
    """Loppa's servers; on a file system that has room for disks."""
    image.build(print)
    where = Path(tempfile.mkdtemp(prefix="fellesdrift-guard-", dir="/var/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FELLESDRIFT_LAB_DIR", str(where))
        patch.setenv("FELLESDRIFT_LAB_PORT", PORT)
        try:
            yield RunningLab(where).up("loppa", servers=("loppa",))
        finally:
            process.stop(where)
            shutil.rmtree(where)


@pytest.fixture(scope="module")
def hosts(lab: RunningLab) -> list[GuardedHost]:
    """Loppa's servers, prepared; the first is not locked out."""
    names = [row["name"] for row in lab.client.status()["servers"] if row["municipality"] == "loppa"]
    lab.client.timeout = 200
    found = [GuardedHost(lab.client, name) for name in names]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(GuardedHost.prepare, found))
    return sorted(found, key=lambda host: host.name != FIRST)


@pytest.fixture(scope="module")
def outcomes(hosts: list[GuardedHost]) -> Iterator[Future[list[Outcome]]]:
    """How the chosen lock-outs go, all at a time, beside the tests of the first host."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(try_all, hosts[1:], [row for row in LOCKOUTS if row.name in CHOSEN])


@pytest.fixture
def host(hosts: list[GuardedHost], outcomes: Future[list[Outcome]]) -> Iterator[GuardedHost]:
    """A host on which nothing is armed, before as after the test."""
    yield hosts[0]
    status = hosts[0].guard("status")
    if status["armed"]:
        hosts[0].guard("revert", id=status["armed"]["id"])


def arm(host: GuardedHost, name: str, seconds: int = 60, **more: Any) -> dict[str, Any]:
    """Arm under a name of its own."""
    identifier = f"{name}-{time.monotonic_ns()}"
    return host.guard("arm", **{"id": identifier, "seconds": seconds, "paths": PATHS, "units": [], **more})


def test_two_that_arm_at_once(host: GuardedHost) -> None:
    """One is armed, the other is told."""
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda name: arm(host, name), ("one", "two")))
    assert sorted(answer["exit"] for answer in answers) == [0, 3]
    armed, refused = sorted(answers, key=lambda answer: answer["exit"])
    assert (refused["code"], refused["armed"]["id"]) == ("armed", armed["id"])
    assert host.guard("status")["armed"]["id"] == armed["id"]
    assert arm(host, "three")["code"] == "armed"


def test_a_deadline_moves_forward_and_a_confirmed_change_stays(host: GuardedHost) -> None:
    """Beyond its first deadline, and beyond a restart of the host; asked twice, it says so."""
    armed = arm(host, "stays", 6)
    later = host.guard("extend", id=armed["id"], seconds=60)
    assert later["seconds"] > 55
    assert host.guard("extend", id=armed["id"], seconds=20)["code"] == "earlier"
    assert host.guard("extend", id="another", seconds=90)["code"] == "not-armed"
    host.run(f"echo '# stays' >> {CONF}")
    time.sleep(max(0.0, armed["seconds"] + 1))
    assert host.run(f"tail -1 {CONF}") == "# stays\n"
    assert "waits for its confirmation" in host.run("cat /run/issue.d/*guard*")
    confirmed = host.guard("confirm", id=armed["id"])
    assert (confirmed["exit"], confirmed["already"]) == (0, False)
    assert host.guard("confirm", id=armed["id"])["already"] is True
    assert host.guard("status")["timers"] == []
    assert host.run("ls /run/issue.d /run/motd.d") == "/run/issue.d:\n\n/run/motd.d:\n"


def test_who_confirms_too_late_is_told(host: GuardedHost) -> None:
    armed = arm(host, "late", 5)
    host.run(f"echo '# late' >> {CONF}")
    deadline = time.monotonic() + 40
    while host.guard("status")["armed"] and time.monotonic() < deadline:
        time.sleep(1)
    answer = host.guard("confirm", id=armed["id"])
    assert (answer["exit"], answer["code"]) == (3, "too-late")
    assert CONF in answer["changed"]
    assert "# late" not in host.run(f"cat {CONF}")


def test_a_change_is_undone_later_to_the_byte(host: GuardedHost) -> None:
    """Added, edited and deleted paths with access lists and links; refused while somebody's edit is in the way."""
    host.run(
        "rm -rf /srv/sample; mkdir -p /srv/sample/old; echo old > /srv/sample/old/file; ln -s file /srv/sample/old/x"
    )
    before = host.describe()
    armed = arm(host, "undone", units=["cron.service"])
    host.run(
        f"cp {CONF} /root/x; echo '# new' | cat - /root/x > {CONF}; rm /root/x; setfacl -b {CONF}; "
        "rm -r /srv/sample/old; mkdir /srv/sample/new; echo new > /srv/sample/new/file; "
        "echo new > /etc/sample-1.conf; chmod 600 /etc/motd"
    )
    assert host.guard("confirm", id=armed["id"])["exit"] == 0
    host.run(f"echo '# by hand' >> {CONF}; echo new > /etc/sample-2.conf")
    refused = host.guard("restore", id=armed["id"])
    assert (refused["exit"], refused["code"]) == (3, "changed")
    assert [row["path"] for row in refused["differences"]] == [CONF, "/etc/sample-2.conf"]
    host.run(f"sed -i '/by hand/d' {CONF}; rm /etc/sample-2.conf")
    restored = host.guard("restore", id=armed["id"])
    assert (restored["exit"], "restart cron.service" in restored["done"]) == (0, True)
    assert host.describe() == before
    assert host.guard("restore", id=armed["id"])["changed"] == restored["changed"]  # again: nothing is to be done
    assert host.guard("forget", id=armed["id"])["forgotten"] == [armed["id"]]
    assert host.guard("restore", id=armed["id"])["code"] == "unknown-id"


def test_a_full_disk_is_told_before_anything_is_armed(host: GuardedHost, lab: RunningLab) -> None:
    lab.client.fault(host.name, "disk-full")
    try:
        answer = arm(host, "full")
    finally:
        lab.client.fault(host.name, "clear")
    assert answer["exit"] in (1, 3)
    assert answer["code"] == "no-space" or "No space left" in answer["error"]
    status = host.guard("status")
    assert (status["armed"], status["timers"]) == (None, [])
    assert arm(host, "room")["exit"] == 0


def test_without_its_boot_unit_nothing_is_armed(host: GuardedHost) -> None:
    """Masked by somebody, where a mask goes before /etc: a restart in the window would not go back."""
    mask = "/etc/systemd/system.control/fellesdrift-guard-boot.service"
    host.run(f"mkdir -p /etc/systemd/system.control; ln -s /dev/null {mask}; systemctl daemon-reload")
    try:
        answer = arm(host, "masked")
        assert host.guard("status")["boot_unit"].startswith("missing")
    finally:
        host.run(f"rm {mask}; systemctl daemon-reload")
    assert (answer["exit"], "fellesdrift-guard-boot.service" in answer["error"]) == (1, True), answer
    status = host.guard("status")
    assert (status["armed"], status["timers"]) == (None, [])


def test_a_way_back_that_fails_is_tried_again_and_told(host: GuardedHost) -> None:
    """Half of the snapshot is damaged in the window: the other half is back, and the rest as soon as it can be."""
    armed = arm(host, "damaged", 5)
    place = "/var/lib/fellesdrift/guard/armed"
    host.run(f"echo '# edited' >> {CONF}; echo x >> /etc/motd; cp {place}/files.tar /root/")
    host.run(f"python3 -c 'p=\"{place}/files.tar\"; d=open(p,\"rb\").read(); "
             "open(p,\"wb\").write(d.replace(b\"debian.pool.ntp.org\", b\"debian.pool.ntp.com\"))'")  # fmt: skip
    deadline = time.monotonic() + 40
    while not (status := host.guard("status"))["problems"] and time.monotonic() < deadline:
        time.sleep(1)
    assert any(CONF in problem and "damaged" in problem for problem in status["problems"]), status
    assert status["armed"]["phase"] == "reverting"
    assert host.run("cat /etc/motd").endswith("x\n") is False
    assert "tries again" in host.run("cat /run/motd.d/*guard*")
    assert host.guard("confirm", id=armed["id"])["code"] == "too-late"
    host.run(f"mv /root/files.tar {place}/files.tar")
    while host.guard("status")["armed"] and time.monotonic() < deadline + 40:
        time.sleep(1)
    assert "# edited" not in host.run(f"cat {CONF}")
    assert next(row for row in host.guard("status")["kept"] if row["id"] == armed["id"])["outcome"] == "reverted"


def test_packages_of_the_window_are_listed_and_removed(host: GuardedHost) -> None:
    host.run(
        "mkdir -p /root/p/DEBIAN /root/p/etc; echo x > /root/p/etc/sample-p.conf; echo /etc/sample-p.conf > "
        "/root/p/DEBIAN/conffiles; printf 'Package: sample-p\\nVersion: 1\\nArchitecture: all\\nMaintainer: x\\n"
        "Description: x\\n' > /root/p/DEBIAN/control; dpkg-deb --build /root/p /root/p.deb"
    )
    for remove, there in ((False, "1"), (True, None)):
        armed = arm(host, "packages", remove_packages=remove)
        host.run("dpkg -i /root/p.deb")
        answer = host.guard("revert", id=armed["id"])
        assert answer["packages"] == ({"sample-p": [None, "1"]} if there else {})
        state = host.guard("read", paths=["/etc/sample-p.conf"], packages=["sample-p"])
        assert (state["packages"], state["missing"]) == ({"sample-p": there}, ["/etc/sample-p.conf"])
        host.run("dpkg --purge sample-p")
    host.run("rm -r /root/p /root/p.deb")


def test_read_says_what_it_left_out(host: GuardedHost) -> None:
    host.run(
        "mkdir -p /srv/read; head -c 3000 /dev/zero > /srv/read/big; echo small > /srv/read/small; "
        "ln -sf big /srv/read/x"
    )
    asked = {"paths": ["/srv/read", "/etc/nothing"], "units": ["ssh.service", "no.service"], "packages": ["nothing"]}
    state = host.guard("read", **asked, limits={"file": 1000, "total": 10000, "count": 4})
    rows = {row["path"]: row for row in state["files"]}
    assert set(rows) == {"/srv/read", "/srv/read/big", "/srv/read/small", "/srv/read/x"}
    assert rows["/srv/read/x"]["target"] == "big"
    assert "content" not in rows["/srv/read/big"]
    assert state["left_out"] == [{"path": "/srv/read/big", "reason": "more than 1000 bytes (file)", "size": 3000}]
    assert state["missing"] == ["/etc/nothing"]
    assert state["packages"] == {"nothing": None}
    assert state["units"]["ssh.service"] == {"enabled": "enabled", "active": "active"}
    assert state["units"]["no.service"]["enabled"] == "not-found"
    few = host.guard("read", paths=["/srv/read"], limits={"file": 1000, "total": 10000, "count": 2})
    assert [row["reason"] for row in few["left_out"]].count("more than 2 paths") == 2


@pytest.mark.parametrize(
    ("command", "asked", "told"),
    [
        ("arm", {"id": "../x", "seconds": 9, "paths": [], "units": []}, "id: expected a name"),
        ("arm", {"id": "x", "seconds": True, "paths": []}, "seconds: expected a number from 5 to 86400, found true"),
        ("arm", {"id": "x", "seconds": 9, "paths": ["/"]}, "paths: expected absolute paths, not the whole system"),
        ("arm", {"id": "x", "seconds": 9, "paths": ["etc"]}, "paths: expected absolute paths"),
        ("read", {"path": []}, "path: expected one of limits, packages, paths, units"),
    ],
)  # fmt: skip
def test_bad_input_is_told(host: GuardedHost, command: str, asked: dict[str, Any], told: str) -> None:
    answer = host.guard(command, **asked)
    assert (answer["exit"], answer["code"]) == (2, "input")
    assert answer["error"].startswith(told)
    done = host.log_in("fellesdrift-guard read", text="[1")
    assert (done.returncode, json.loads(done.stdout)["code"]) == (2, "input")


@pytest.mark.parametrize("name", CHOSEN)
def test_a_server_comes_back_on_its_own(outcomes: Future[list[Outcome]], name: str) -> None:
    """Everybody is locked out, then everybody gets in, and nothing is otherwise than before."""
    outcome = next(outcome for outcome in outcomes.result(300) if outcome.name == name)
    assert outcome.is_good, f"{outcome.row()}\n{outcome.problem}"
