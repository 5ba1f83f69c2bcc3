"""Loppa's servers and the centre's as real hosts: reached by Ansible and by people, made to fail, gone without a trace.

Root alone, on a kernel that can; the image is built at first use (some minutes, from where apt gets its packages).
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import ROOT
from lab.control import process
from lab.servers import image, names, needs
from lab.servers.build import enter_command
from lab.testing.running import RunningLab

MISSING = needs.find_missing("hosts") + (needs.find_missing("image") if needs.is_root() else [])
PORT = str(int(os.environ["FELLESDRIFT_LAB_PORT"]) + 8)  # of the worker's own range
HOST = "loppa-app-01"

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {'; '.join(MISSING)}")


@pytest.fixture(scope="module")
def where() -> Iterator[Path]:
    """A directory of this lab's own, on a file system that has room for disks; nothing of it is left running."""
    folder = Path(tempfile.mkdtemp(prefix="fellesdrift-servers-", dir="/var/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FELLESDRIFT_LAB_DIR", str(folder))
        patch.setenv("FELLESDRIFT_LAB_PORT", PORT)
        try:
            yield folder
        finally:
            process.stop(folder)
            shutil.rmtree(folder)


def describe_machine(where: Path) -> dict[str, object]:
    """What a lab could leave on the machine: its network, its limits, and what bears the lab's name."""
    tag = names.Own(where).tag
    commands = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            commands[folder.name] = (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            continue
    return {
        "addresses": run("ip", "-o", "address"),
        "routes": run("ip", "route", "show", "table", "all"),
        "rules": run("nft", "list", "ruleset"),
        "inotify": names.INSTANCES.read_text(),
        "forwarding": Path("/proc/sys/net/ipv4/ip_forward").read_text(),
        "mounts": [line for line in Path("/proc/mounts").read_text().splitlines() if str(where) in line],
        "disks": [line for line in run("losetup", "--list", "--noheadings").splitlines() if str(where) in line],
        "groups": [str(root / tag) for root in needs.cgroup_roots() if (root / tag).exists()],
        "notes": [str(path) for path in (names.RUN / tag,) if path.exists()],
        "processes": [text for text in commands.values() if tag in text or f"{where}/servers" in text],
    }


def run(*command: str) -> str:
    """What a command of this machine printed."""
    path = f"{os.environ['PATH']}:{needs.PATH}"
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True, env={**os.environ, "PATH": path}
    ).stdout


@pytest.fixture(scope="module")
def before(where: Path) -> dict[str, object]:
    """The machine before there was a lab."""
    return describe_machine(where)


@pytest.fixture(scope="module")
def lab(where: Path, before: dict[str, object]) -> RunningLab:
    """Loppa and the centre, switches and servers."""
    image.build(print)
    began = time.monotonic()
    running = RunningLab(where).up("loppa", servers=("loppa",))
    assert time.monotonic() - began < 120  # 12 s alone on two cores, 35 s beside another worker
    return running


def ansible(*words: str, seconds: float = 90) -> subprocess.CompletedProcess[str]:
    """What somebody types in the checkout."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("ansible")), *words],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False,
        env={**os.environ, "ANSIBLE_SSH_RETRIES": "0", "ANSIBLE_SSH_ARGS": "-o ControlMaster=no"},
    )  # fmt: skip


def log_in(command: str) -> subprocess.CompletedProcess[str]:
    """A line on the application's host, by a new login of SSH as the overlay declares it; Ansible takes longer."""
    folder = Path(os.environ["FELLESDRIFT_LAB_DIR"])
    declared = json.loads(f"{{{(folder / 'servers' / 'declared').read_text()}}}")["_meta"]["hostvars"][HOST]
    options = [*shlex.split(declared["ansible_ssh_common_args"]), "-i", declared["ansible_ssh_private_key_file"]]
    return subprocess.run(
        ["ssh", *options, "-o", "ConnectTimeout=15", f"{declared['ansible_user']}@127.17.92.30", command],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def on_host(command: str) -> str:
    """What a line printed on the application's host."""
    done = log_in(command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def try_port(where: Path, place: str, address: str, port: int, *more: str) -> str:
    """Empty if a port opens from a place, else what is told."""
    command = ["nc", "-z", "-v", "-w", "3", *more, address, str(port)]
    words = enter_command(names.Own(where), place, command)
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    return "" if done.returncode == 0 else done.stderr


def test_all_are_up_and_what_is_not_started_is_named(lab: RunningLab) -> None:
    status = lab.client.status()
    assert {row["state"] for row in status["servers"]} == {"up"}
    assert len([row for row in status["servers"] if row["municipality"] == "loppa"]) == 10
    assert len([row for row in status["servers"] if row["municipality"] == "operations_centre"]) == 15
    assert sorted(status["not_started"]) == ["loppa-dc-01", "loppa-dc-02"]
    assert "Not started: loppa-dc-01 (windows2022: not configured by us)" in process.summary(status)


def test_the_machine_s_own_network_is_as_it_was(lab: RunningLab, where: Path, before: dict[str, object]) -> None:
    """While all of it runs: no address, no route, no rule, no mount of the machine's own."""
    now = describe_machine(where)
    for name in ("addresses", "routes", "rules", "forwarding", "mounts"):
        assert now[name] == before[name], name
    assert now["groups"]


def test_ansible_logs_in_by_the_control_nodes(lab: RunningLab) -> None:
    """To a server, a hypervisor and the other half; each with the host key that the lab made known."""
    done = ansible("loppa-app-01,loppa-hv-01,centre-time-02,centre-control-01", "-m", "ansible.builtin.ping")
    assert (done.returncode, done.stdout.count('"ping": "pong"')) == (0, 4), done.stdout + done.stderr
    known = (lab.where / "known_hosts").read_text()
    assert re.search(r"^127\.17\.92\.30 ssh-ed25519 ", known, re.MULTILINE)


def test_a_host_with_another_key_is_not_logged_in_to(lab: RunningLab) -> None:
    file = lab.where / "known_hosts"
    known = file.read_text()
    other = re.search(r"^127\.17\.92\.31 (.*)$", known, re.MULTILINE)
    assert other is not None
    file.write_text(re.sub(r"(?m)^127\.17\.92\.30 .*$", f"127.17.92.30 {other[1]}", known))
    try:
        done = ansible(HOST, "-m", "ansible.builtin.ping")
    finally:
        file.write_text(known)
    assert done.returncode != 0
    assert "HOST KEY" in done.stdout.upper() or "HOST IDENTIFICATION" in done.stdout.upper(), done.stdout


def test_people_reach_what_a_record_says_and_nothing_else(lab: RunningLab, where: Path) -> None:
    """Packets decide: somebody listens at each of these ports."""
    for port in (443, 8443, 5432):
        on_host(f"systemd-run --collect nc -lk {port}")
    office, classroom = "loppa-radhus/administration", "hogtun-skole/school"
    assert try_port(where, office, "10.17.92.30", 443) == ""  # the case archive
    assert try_port(where, classroom, "10.17.92.30", 443) == ""  # teachers use it
    assert try_port(where, office, "10.17.92.30", 8443) == ""  # maps
    assert "No route to host" in try_port(where, classroom, "10.17.92.30", 8443)
    assert "No route to host" in try_port(where, office, "10.17.92.30", 5432)
    assert "No route to host" in try_port(where, office, "10.17.92.30", 22)
    assert "No route to host" in try_port(where, HOST, "10.10.1.20", 22)
    assert try_port(where, HOST, "10.17.92.31", 22) == ""  # within one network nothing filters
    assert "refused" in try_port(where, office, "10.17.92.33", 443)  # allowed, and nobody listens


def test_the_old_address_answers_in_the_old_network(lab: RunningLab, where: Path) -> None:
    """By the way that the question came: the old network filters nothing within itself."""
    assert (
        run_in(where, "loppa-radhus/administration", "ip", "-o", "-4", "address", "show", "eth1").count("192.168.") > 0
    )
    address = re.search(
        r"inet ([0-9.]+)/", run_in(where, "loppa-radhus/administration", "ip", "-o", "-4", "address", "show", "eth1")
    )
    assert address is not None
    assert try_port(where, "loppa-radhus/administration", "192.168.23.30", 22, "-s", address[1]) == ""


def run_in(where: Path, place: str, *command: str) -> str:
    """What a command printed on the network of a place."""
    words = enter_command(names.Own(where), place, command)
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=True).stdout


def test_with_a_link_cut_the_other_half_is_the_way(lab: RunningLab, where: Path) -> None:
    """The routers notice a link that is down, and take the second best, there and back; mended, the first."""
    straight = run_in(where, "router-alta-half", "ip", "route", "show", "10.17.0.0/16")
    assert lab.client.fault("loppa/alta-half", "cut") == ["cut"]
    assert lab.client.ask("faults") == {"loppa/alta-half": ["cut"]}
    assert try_port(where, "centre-control-01", "10.17.92.30", 22) == ""
    assert try_port(where, "oksfjord-helsesenter/health", "198.51.100.10", 5671) == ""
    assert lab.client.fault("loppa/alta-half", "clear") == []
    assert run_in(where, "router-alta-half", "ip", "route", "show", "10.17.0.0/16") == straight
    assert try_port(where, "centre-control-01", "10.17.92.30", 22) == ""
    with pytest.raises(RuntimeError, match="expected of a routed link cut"):
        lab.client.fault("loppa/alta-half", "halt")
    with pytest.raises(RuntimeError, match="expected one of loppa/alta-half, "):
        lab.client.fault("loppa/nowhere", "cut")


def test_destinations_outside_answer_those_who_may_open_them(lab: RunningLab, where: Path) -> None:
    """Over TCP and UDP, from the address that was asked; what is no destination's port is refused out there."""
    assert try_port(where, "oksfjord-helsesenter/health", "198.51.100.10", 5671) == ""
    assert try_port(where, "loppa-radhus/administration", "192.0.2.80", 443) == ""
    assert "No route to host" in try_port(where, "loppa-radhus/administration", "198.51.100.10", 5671)
    assert "No route to host" in try_port(where, "loppa-radhus/administration", "192.0.2.80", 22)
    command = ["sh", "-c", "echo asked | nc -u -w 1 192.0.2.53 53"]  # heeds answers from there alone
    assert run_in(where, "centre-names-02", *command) == "asked\n"


def test_the_routers_are_at_the_stage_that_the_lab_is_told(lab: RunningLab, where: Path) -> None:
    """And SSH finds its way at each of them; a reset forgets it."""
    node, old, new = "centre-control-01", "192.168.23.30", "10.17.92.30"

    def look() -> tuple[bool, bool]:
        return try_port(where, node, old, 22) == "", try_port(where, node, new, 22) == ""

    try:
        for stage, expected in (("connect", (True, False)), ("harmonise", (True, True)), ("retire", (False, True))):
            lab.client.stage("loppa", stage)
            assert look() == expected, stage
            assert on_host("echo here") == "here"
            sits_in_new = "10.17." in run_in(where, "hogtun-skole/school", "ip", "route", "get", "10.10.1.11")
            assert sits_in_new is (stage == "retire")
        assert lab.client.status()["stages"] == {"loppa": "retire"}
    finally:
        lab.client.stage("loppa", "any")
    assert look() == (True, True)
    with pytest.raises(RuntimeError, match="expected some municipality whose servers run: loppa"):
        lab.client.stage("masoy", "connect")


@pytest.fixture
def healthy(lab: RunningLab) -> Iterator[RunningLab]:
    """No fault before the test, and after it each is taken back and the host answers as ever."""
    yield lab
    assert lab.client.fault(HOST, "clear") == []
    assert on_host("echo back") == "back"
    assert lab.client.ask("faults") == {}


def test_a_host_without_power_is_off_until_it_is_taken_back(healthy: RunningLab, where: Path) -> None:
    assert healthy.client.fault(HOST, "halt") == ["halt"]
    assert next(row for row in healthy.client.status()["servers"] if row["name"] == HOST)["state"] == "off"
    assert log_in("true").returncode == 255
    assert "timed out" in try_port(where, "centre-control-01", "10.17.92.30", 22)  # nor does a kernel refuse for it
    assert healthy.client.fault(HOST, "clear") == []
    assert next(row for row in healthy.client.status()["servers"] if row["name"] == HOST)["state"] == "up"


def test_a_full_disk_takes_nothing_more(healthy: RunningLab) -> None:
    on_host("mkdir -p /var/tmp/probe")
    healthy.client.fault(HOST, "disk-full")
    done = log_in("head -c 100000 /dev/zero > /var/tmp/probe/x; df /")
    assert "No space left on device" in done.stderr
    assert "100%" in done.stdout
    healthy.client.fault(HOST, "clear")
    assert on_host("head -c 100000 /dev/zero > /var/tmp/probe/x && echo written") == "written"


def test_a_clock_is_wrong_for_what_starts_from_now_on(healthy: RunningLab) -> None:
    healthy.client.fault(HOST, "clock", "7200")
    assert 7100 < int(on_host("date +%s")) - time.time() < 7300
    assert on_host("systemctl restart systemd-journald && systemctl is-active systemd-journald") == "active"
    healthy.client.fault(HOST, "clear")
    assert abs(int(on_host("date +%s")) - time.time()) < 60


def test_a_service_has_ended_and_does_not_start(healthy: RunningLab, where: Path) -> None:
    """Before a restart of the host as after it; taken back, it runs again."""
    healthy.client.fault(HOST, "service", "ssh")
    assert "refused" in try_port(where, "centre-control-01", "10.17.92.30", 22)
    assert healthy.client.ask("faults") == {HOST: ["service ssh.service"]}
    healthy.client.fault(HOST, "clear")
    assert try_port(where, "centre-control-01", "10.17.92.30", 22) == ""
    with pytest.raises(RuntimeError, match=r"No files found for nothing\.service"):
        healthy.client.fault(HOST, "service", "nothing")


def test_a_cut_cable_reaches_nobody(healthy: RunningLab, where: Path) -> None:
    healthy.client.fault(HOST, "cut")
    assert try_port(where, "centre-control-01", "10.17.92.30", 22) != ""
    assert try_port(where, "loppa-app-02", "192.168.23.30", 22) != ""
    healthy.client.fault(HOST, "clear")
    assert try_port(where, "centre-control-01", "10.17.92.30", 22) == ""


def test_a_host_that_restarts_comes_back_with_what_it_had(healthy: RunningLab, where: Path) -> None:
    """And with its faults: they stay until they are taken back."""
    on_host("echo remembered > /var/tmp/note")
    on_host("touch /run/started-before; ip route add 10.99.0.0/16 dev eth0; nft add table inet typed")
    assert on_host("systemctl is-active apt-daily.timer") == "active"
    healthy.client.fault(HOST, "service", "apt-daily.timer")
    log_in("systemctl reboot")
    healthy.wait(lambda: log_in("test ! -e /run/started-before").returncode == 0, 30, "a restart")
    assert on_host("ip route show 10.99.0.0/16; nft list ruleset") == ""
    assert on_host("cat /var/tmp/note; systemctl is-active apt-daily.timer || true") == "remembered\ninactive"
    healthy.client.fault(HOST, "clear")
    assert on_host("systemctl is-active apt-daily.timer") == "active"


def test_a_reset_gives_servers_their_first_day_back(lab: RunningLab) -> None:
    on_host("touch /etc/edited")
    lab.client.reset("loppa")
    assert on_host("ls /etc/edited 2>/dev/null || echo fresh") == "fresh"


def test_down_leaves_nothing_and_the_disks_stay(lab: RunningLab, where: Path, before: dict[str, object]) -> None:
    """Up again, a host has what was on its disk."""
    on_host("echo lasting > /var/tmp/note")
    lab.down()
    assert describe_machine(where) == before
    assert "ansible_user" not in run(str(Path(sys.executable).with_name("ansible-inventory")), "--host", HOST)
    lab.up("loppa", servers=("loppa",))
    assert on_host("cat /var/tmp/note") == "lasting"
    lab.down()
    assert describe_machine(where) == before


@pytest.mark.parametrize(("groups", "way"), [(1, "down"), (25, "down"), (60, "down"), (110, "down"), (250, "up")])
def test_killed_in_the_middle_of_up(where: Path, before: dict[str, object], groups: int, way: str) -> None:
    """At so many control groups, from the first namespace to hosts half booted; ``down`` or the next ``up`` cleans."""
    image.build(print)
    group = names.Own(where).groups[0]
    with (where / "killed").open("w") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "lab", "up", "--foreground", "--only", "loppa", "--servers", "loppa"],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while sum(1 for _ in os.walk(group)) <= groups:
            assert child.poll() is None, (where / "killed").read_text()
            assert time.monotonic() < end
            time.sleep(0.005)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert describe_machine(where)["groups"]
    if way == "up":  # without servers: it cleans all the same
        process.start(where, ["loppa"], 0, print)
    assert process.stop(where)
    assert describe_machine(where) == before


def test_an_image_that_was_killed_is_not_taken_for_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next build begins anew, and leaves nothing of the other."""
    monkeypatch.setenv("FELLESDRIFT_LAB_IMAGES", str(tmp_path))
    script = "from lab.servers import image; image.FIRST = 'touch \"$1/half\"; sleep 60'; image.build(print)"
    child = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.DEVNULL)
    end = time.monotonic() + 30
    while not list(tmp_path.glob("building-*/image/debian/half")):
        assert child.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)
    child.kill()
    child.wait()
    assert image.find_layers(image.read_recipe()) is None
    for name in ("FIRST", "FURTHER"):
        monkeypatch.setattr(image, name, 'touch "$1/whole"')
    layers = image.build(lambda line: None)
    assert [(layer / "whole").exists() for layer in layers] == [True, True, True]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["lock", "build.log", layers[0].parent.name])
    processes = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(str(tmp_path).encode() in words for words in processes)


def test_a_lab_whose_directory_is_gone_is_swept_by_another(tmp_path: Path) -> None:
    """Its own ``down`` cannot be called any more; the limit that it raised is put back with the last lab."""
    limit = names.INSTANCES.read_text()
    gone, other = (names.Own(tmp_path / name) for name in ("gone", "other"))
    gone.where.mkdir()
    names.enter(gone)
    group = gone.make_group("commands")[0]
    child = subprocess.Popen(["sleep", "60"])
    (group / "cgroup.procs").write_text(str(child.pid))
    assert not names.sweep(other)  # while the directory is there it is somebody's
    assert child.poll() is None
    gone.where.rmdir()
    assert names.sweep(other)
    assert child.wait(timeout=10) == -signal.SIGKILL
    assert not names.has_traces(gone)
    assert names.INSTANCES.read_text() == limit
