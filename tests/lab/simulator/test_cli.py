"""The lab's command line, and what survives its end: a lab of its own for each test that ends one."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import ROOT
from lab.control.client import Client
from lab.control.process import holder, stop
from lab.testing.running import Labs

PORT = str(int(os.environ["FELLESDRIFT_LAB_PORT"]) + 10)
SWITCH = "loppa-core-01"


class Shell:
    """``python -m lab`` on a directory and port of the test's own."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.environment = {**os.environ, "FELLESDRIFT_LAB_DIR": str(where), "FELLESDRIFT_LAB_PORT": PORT}

    def __call__(self, *words: str, status: int = 0) -> str:
        """Run a command; returns what it printed. It has to end with this status."""
        done = subprocess.run(
            [sys.executable, "-m", "lab", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A lab with Loppa that is up; a test that ends it starts it again."""
    made = Shell(tmp_path_factory.mktemp("lab") / "d")
    assert "The lab is up: 17 switches" in made("up", "--only", "loppa")
    yield made
    stop(made.where)


def test_a_second_up_says_that_it_runs(shell: Shell) -> None:
    before = holder(shell.where)
    assert "already running" in shell("up")
    assert holder(shell.where) == before is not None


def test_status(shell: Shell) -> None:
    table = shell("status")
    assert table.splitlines()[0].split() == ["SWITCH", "PLATFORM", "ADDRESS", "STATE", "SESSIONS", "PENDING", "FAULTS"]
    row = next(line for line in table.splitlines() if line.startswith(SWITCH))
    assert row.split() == [SWITCH, "ios", f"127.17.0.1:{PORT}", "up"]
    status = json.loads(shell("status", "--format", "json"))
    assert len(status["switches"]) == 17
    assert all(switch["listening"] for switch in status["switches"])


def test_faults_are_set_listed_and_cleared(shell: Shell) -> None:
    assert shell("fault", SWITCH, "refuse", "^ntp", "server") == f"{SWITCH}: refuse ^ntp server\n"
    shell("fault", SWITCH, "slow", "0.1")
    assert shell("fault", "list") == f"{SWITCH}: slow 0.1, refuse ^ntp server\n"
    assert "slow 0.1" in shell("status")
    assert shell("fault", SWITCH, "clear") == f"{SWITCH}: no fault\n"
    assert shell("fault", "list") == ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("fault", SWITCH, "tired"), "found 'tired', expected unreachable | away SECONDS"),
        (("fault", SWITCH, "refuse", "("), "no regular expression"),
        (("fault", "nobody", "hang"), "no switch 'nobody' in this lab"),
        (("running", "nobody"), "no switch 'nobody' in this lab"),
        (("reset", "oslo"), "no municipality oslo"),
        (("reach", "nobody"), "no station and no address 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(shell: Shell, words: tuple[str, ...], expected: str) -> None:
    printed = shell(*words, status=1)
    assert expected in printed
    assert len(printed.splitlines()) == 1


def test_a_mistake_in_usage_is_2(shell: Shell) -> None:
    assert "usage: lab" in shell("upp", status=2)


def test_faults_are_taught(shell: Shell) -> None:
    taught = shell("fault", "--help")
    for word in ("unreachable", "truncate BYTES", "before REGEX ACTION", "edit LINE"):
        assert f"\n  {word}" in taught
    assert max(len(line) for line in taught.splitlines()) < 120


def test_a_kind_clock_is_refused(shell: Shell) -> None:
    assert "expected 1 or more" in shell("up", "--clock", "0.5", status=2)


def test_reach_and_record(shell: Shell) -> None:
    printed = shell("reach", "hogtun-skole-pc-001", "10.99.99.99")
    assert "gateway True" in printed.splitlines()[0]
    assert printed.splitlines()[1] == "address 10.99.99.99, reached_from []"
    shell("record", "--reset")
    report = json.loads(shell("record", "loppa", "--format", "json"))
    assert report["municipalities"]["loppa"]["affected"] == 0
    assert report["municipalities"]["loppa"]["stations"] > 100
    assert shell("record").splitlines()[0].startswith("MUNICIPALITY")


def test_reach_tells_where_it_ends(shell: Shell) -> None:
    """A port of an address by a station's own packets; the way there and the line where it stops."""
    assert shell("reach", "hogtun-skole-pc-001", "192.168.16.1", "tcp/22").strip().endswith("reaches 192.168.16.1")
    printed = shell("reach", "hogtun-skole-pc-001", "10.99.99.99", "tcp/443")
    assert "does not reach 10.99.99.99: tcp/443 to 10.99.99.99: loppa-core-01 Vlan1: no next hop" in printed
    assert "found 'tcp/x'" in shell("reach", "hogtun-skole-pc-001", "10.99.99.99", "tcp/x", status=1)
    assert "no station 'nobody'" in shell("reach", "nobody", "10.99.99.99", "tcp/443", status=1)


def test_leases_are_shortened_and_time_passes_and_somebody_goes_there(shell: Shell) -> None:
    """An old lease is renewed for ten minutes once half of it has gone; a typed-in address is there until a visit."""
    assert "lease for" in shell("reach", "hogtun-skole-pc-001")
    shell("lease", "loppa", "600")
    shell("skip", "28800")
    left = int(shell("reach", "hogtun-skole-pc-001").split("lease for ")[1].split()[0])
    assert left <= 600
    assert "expected a municipality" in shell("lease", "nowhere", "600", status=1)
    assert "none had a typed-in address" in shell("visit", "hogtun-skole-pc-001")
    assert "Typed in: hogtun-skole-pc-001" in shell("keep", "hogtun-skole-pc-001")
    assert "none had a leased address" in shell("keep", "hogtun-skole-pc-001")
    assert "no station 'nobody'" in shell("keep", "nobody", status=1)
    assert "Re-addressed: hogtun-skole-pc-001" in shell("visit", "hogtun-skole-pc-001")


def test_trust_writes_known_hosts(shell: Shell, tmp_path: Path) -> None:
    shell("trust", str(tmp_path / "known"))
    lines = (tmp_path / "known").read_text().splitlines()
    assert len(lines) == 17
    assert lines[-1].startswith(f"[127.17.0.1]:{PORT} ssh-ed25519 AAAA")


def test_up_has_written_whom_to_know(shell: Shell, tmp_path: Path) -> None:
    """The same as ``trust`` writes elsewhere; each switch of EOS has a certificate of its own."""
    shell("trust", str(tmp_path / "known_hosts"))
    assert (shell.where / "known_hosts").read_text() == (tmp_path / "known_hosts").read_text()
    certificates = {path.name: path.read_text() for path in (tmp_path / "certificates").iterdir()}
    assert f"127.10.128.24_{int(PORT) + 1}.pem" in certificates
    assert len(set(certificates.values())) == len(certificates)
    assert not any("PRIVATE" in text for text in certificates.values())
    (shell.where / "known_hosts").unlink()
    shell("trust")
    assert (shell.where / "known_hosts").read_text() == (tmp_path / "known_hosts").read_text()


def test_up_has_made_people_who_may_approve(shell: Shell, tmp_path: Path) -> None:
    """Their keys sign without a passphrase, and ssh-keygen lets each approve what is theirs."""
    people = shell.where / "approvers"
    text = tmp_path / "text"
    text.write_text("plan\n")
    for name, namespace, good in (
        ("kari", "cutover.loppa.fellesdrift", True),
        ("ola", "undo.hasvik.fellesdrift", True),
        ("siv", "pilot.loppa.fellesdrift", True),
        ("siv", "cutover.loppa.fellesdrift", False),
    ):
        text.with_name("text.sig").unlink(missing_ok=True)
        subprocess.run(["ssh-keygen", "-Y", "sign", "-f", people / name, "-n", namespace, text], check=True)
        verify = ["ssh-keygen", "-Y", "verify", "-f", people / "allowed_signers", "-I", name, "-n", namespace]
        done = subprocess.run([*verify, "-s", f"{text}.sig"], input="plan\n", text=True)
        assert (done.returncode == 0) == good, (name, namespace)


def test_edit_types_as_an_administrator_and_digests_tell(shell: Shell) -> None:
    before = json.loads(shell("digests"))
    printed = shell("edit", SWITCH, "ntp server 8.8.4.4")
    assert "(config)#ntp server 8.8.4.4" in printed
    after = json.loads(shell("digests"))
    assert {name for name in before if before[name] != after[name]} == {SWITCH}
    assert "8.8.4.4" in shell("running", SWITCH)
    assert "8.8.4.4" not in shell("startup", SWITCH)
    assert "switches are back" in shell("reset", "loppa")
    assert json.loads(shell("digests")) == before


@pytest.mark.parametrize("how", ["down", "killed"])
def test_state_survives(shell: Shell, how: str, tmp_path: Path) -> None:
    shell("edit", SWITCH, "ntp server 8.8.4.4")
    shell("fault", SWITCH, "drop-after", "9")
    shell("fault", SWITCH, "on", "^write memory", "away", "30")
    running, startup, digests = shell("running", SWITCH), shell("startup", SWITCH), shell("digests")
    shell("trust", str(tmp_path / "before"))
    if how == "down":
        assert "The lab is down" in shell("down")
    else:
        time.sleep(0.6)  # it writes a little later than it changes
        process = holder(shell.where)
        assert process is not None
        os.kill(process, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while holder(shell.where) is not None and time.monotonic() < deadline:
            time.sleep(0.02)
    assert holder(shell.where) is None
    assert "No lab is running" in shell("status", status=1)
    assert "clocks run 5 times as fast" in shell("up", "--only", "loppa", "--clock", "5")
    assert "clocks run 5 times as fast" in shell("status")
    assert (shell("running", SWITCH), shell("startup", SWITCH), shell("digests")) == (running, startup, digests)
    assert shell("fault", "list") == f"{SWITCH}: drop-after 9, on ^write memory away 30\n"
    shell("trust", str(tmp_path / "after"))
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text()
    shell("reset")


def test_down_twice_is_no_mistake(tmp_path: Path) -> None:
    assert Shell(tmp_path)("down") == "No lab is running.\n"


def test_no_password_is_written_and_files_are_private(shell: Shell) -> None:
    passwords = {
        subprocess.run(
            [str(ROOT / "lab" / "password"), *words], env=shell.environment, cwd="/", capture_output=True, text=True
        ).stdout.strip()
        for words in (("loppa", "kommune"), ("loppa", "drift"), ("operations_centre", "drift"))
    }
    assert len(passwords) == 2  # drift is the centre's, and the same everywhere
    shell("edit", SWITCH, "ntp server 8.8.4.4", "no ntp server 8.8.4.4")
    time.sleep(0.6)
    files = [path for path in shell.where.rglob("*") if path.is_file()]
    assert any(path.name == f"{SWITCH}.json" for path in files)
    for path in files:
        content = path.read_bytes()
        assert not any(password.encode() in content for password in passwords), path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE((shell.where / "control").stat().st_mode) == 0o600


def test_a_given_password_is_every_accounts(tmp_path: Path) -> None:
    environment = {**os.environ, "FELLESDRIFT_LAB_DIR": str(tmp_path), "FELLESDRIFT_LAB_PASSWORD": "given"}
    done = subprocess.run(
        [str(ROOT / "lab" / "password"), "alta", "drift"], env=environment, capture_output=True, text=True
    )
    assert done.stdout == "given\n"
    assert done.returncode == 0


def test_a_client_says_when_no_lab_runs(tmp_path: Path, lab_of: Labs) -> None:
    assert not Client(tmp_path).running_now
    assert lab_of("loppa").client.running_now


def test_a_reader_that_has_read_enough(lab_of: Labs) -> None:
    """``| head`` ends it without a story."""
    lab_of("loppa")
    command = f"{sys.executable} -m lab status --format json | head -1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("{\n", "")
