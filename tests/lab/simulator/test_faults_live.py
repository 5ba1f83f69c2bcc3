"""A running lab under faults, restarts and bad passwords: through real clients."""

import base64
import http.client
import io
import json
import ssl
import time
from collections.abc import Iterator

import paramiko
import pytest
from scp import SCPClient, SCPException

from lab.testing.running import Labs, RunningLab
from tests.support.lab_logins import DRIVERS, login, name_of, silent


@pytest.fixture(scope="module")
def lab(lab_of: Labs) -> RunningLab:
    """Loppa and the centre, in their legacy."""
    running = lab_of("loppa")
    running.client.reset()
    return running


@pytest.fixture(autouse=True)
def _clear(lab: RunningLab) -> Iterator[None]:
    yield
    for name in lab.client.ask("faults"):
        lab.client.fault(name, "clear")
    lab.wait(lambda: all(row["listening"] for row in lab.client.status()["switches"]), what="recovery")


@pytest.mark.parametrize("platform", sorted(DRIVERS))
def test_a_session_shows_what_is_configured(lab: RunningLab, platform: str) -> None:
    name = name_of(lab, platform)
    with login(lab, name) as session:
        shown = session.send_command("show running-config", read_timeout=20)
    for line in ("Skriver" if "Skriver" in lab.client.running(name) else "kommune", "SW-"):
        assert line in shown


def test_a_wrong_password_and_an_unknown_user_are_refused(lab: RunningLab) -> None:
    with pytest.raises(Exception, match=r"(?i)authentication"), login(lab, name_of(lab, "ios"), "wrong"):
        pass


@pytest.mark.parametrize("platform", sorted(DRIVERS))
def test_unreachable_cuts_sessions_and_refuses_new_ones(lab: RunningLab, platform: str) -> None:
    name = name_of(lab, platform)
    with login(lab, name) as session:
        lab.client.fault(name, "unreachable")
        lab.wait(lambda: not session.remote_conn.get_transport().is_active(), what="the cut")
    assert not lab.switch(name)["reachable"]
    with pytest.raises(Exception, match=r"(?i)connect"), login(lab, name):
        pass
    lab.client.fault(name, "clear")
    with login(lab, name) as session:
        assert session.find_prompt()


def test_a_hung_switch_accepts_and_says_nothing(lab: RunningLab) -> None:
    name = name_of(lab, "ios")
    lab.client.fault(name, "hang")
    row = lab.switch(name)
    lab.wait(lambda: silent(row["host"], row["ssh_port"]), what="silence")
    assert lab.client.ask("faults") == {name: ["hang"]}


@pytest.mark.parametrize("platform", ["ios", "eos"])
def test_a_refused_line_gets_the_platforms_own_words(lab: RunningLab, platform: str) -> None:
    name = name_of(lab, platform)
    before = lab.client.running(name)
    lab.client.fault(name, "refuse", "^ntp server 9")
    assert "% Invalid input" in lab.client.edit(name, "ntp server 9.9.9.9")
    assert lab.client.running(name) == before
    assert "% Invalid" not in lab.client.edit(name, "ntp server 8.8.8.8")
    assert "8.8.8.8" in lab.client.running(name)
    lab.client.edit(name, "no ntp server 8.8.8.8")
    assert lab.client.running(name) == before


def test_a_session_is_dropped_after_so_many_commands(lab: RunningLab) -> None:
    name = name_of(lab, "ios")
    lab.client.fault(name, "drop-after", "5")
    with pytest.raises(Exception, match=r"(?i)closed|connect|pattern"):
        _many_commands(lab, name)
    lab.client.fault(name, "clear")
    with login(lab, name) as session:
        assert session.find_prompt()


def _many_commands(lab: RunningLab, name: str) -> None:
    with login(lab, name) as session:
        for _ in range(6):
            session.send_command("show clock", read_timeout=2)


def test_what_was_not_saved_is_lost_by_a_reload(lab: RunningLab) -> None:
    name = name_of(lab, "ios")
    before = lab.client.running(name)
    lab.client.edit(name, "ntp server 8.8.8.8")
    assert lab.client.running(name) != before
    assert lab.client.startup(name) == before
    lab.client.record(reset=True)
    begun = time.monotonic()
    lab.client.fault(name, "reload")
    assert not lab.switch(name)["up"]
    with pytest.raises(Exception, match=r"(?i)connect"), login(lab, name):
        pass
    lab.wait(lambda: lab.switch(name)["up"], what="the boot")
    assert time.monotonic() - begun > 0.5
    assert lab.client.running(name) == before
    loppa = lab.client.record("loppa")["municipalities"]["loppa"]
    assert loppa["longest"] > 0.5  # the PCs on it were cut off
    assert {worst["switch"] for worst in loppa["worst"]} >= {name}


def test_cutting_the_way_to_a_switch_ends_its_sessions(lab: RunningLab) -> None:
    name = name_of(lab, "eos")
    with login(lab, name) as session:
        assert session.find_prompt()
        port = _port_towards(lab, name)
        lab.client.edit("loppa-core-01", f"interface GigabitEthernet1/0/{port}", "shutdown")
        lab.wait(lambda: not session.remote_conn.get_transport().is_active(), what="the cut")
    assert not lab.switch(name)["reachable"]
    lab.client.edit("loppa-core-01", f"interface GigabitEthernet1/0/{port}", "no shutdown")
    lab.wait(lambda: lab.switch(name)["reachable"])
    with login(lab, name) as session:
        assert session.find_prompt()


def _port_towards(lab: RunningLab, name: str) -> int:
    """The core's port whose description names the switch."""
    hostname = lab.client.running(name).split("hostname ")[1].split("\n")[0].strip('"')
    before = lab.client.running("loppa-core-01").split(f" description Til {hostname}\n")[0]
    return int(before.rsplit("GigabitEthernet1/0/", 1)[1])


def test_the_api_wants_the_right_password(lab: RunningLab) -> None:
    answers = {}
    for password in (lab.password("operations_centre", "drift"), "wrong"):
        answers[password] = _api(lab, "alta-leaf-01", "drift", password, ["show version"])
    statuses = [status for status, _ in answers.values()]
    assert statuses == [200, 401]
    assert json.loads(answers[lab.password("operations_centre", "drift")][1])["result"]


def _api(lab: RunningLab, name: str, user: str, password: str, commands: list[str]) -> tuple[int, str]:
    row = lab.switch(name)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(row["host"], row["eapi_port"], timeout=5, context=context)
    body = {
        "jsonrpc": "2.0",
        "method": "runCmds",
        "id": 1,
        "params": {"version": 1, "cmds": commands, "format": "json"},
    }
    login = base64.b64encode(f"{user}:{password}".encode()).decode()
    connection.request("POST", "/command-api", json.dumps(body), {"Authorization": f"Basic {login}"})
    answer = connection.getresponse()
    try:
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_the_api_listens_only_while_it_is_configured(lab: RunningLab) -> None:
    name = name_of(lab, "eos")
    password = lab.password("loppa", "kommune")
    lab.client.edit(name, "management api http-commands", "shutdown")
    with pytest.raises(OSError, match=r"."):
        _api(lab, name, "kommune", password, ["show version"])
    lab.client.edit(name, "management api http-commands", "no shutdown")
    lab.wait(lambda: _listens(lab, name, password), what="the API")
    assert _api(lab, name, "kommune", password, ["show version"])[0] == 200


def _listens(lab: RunningLab, name: str, password: str) -> bool:
    try:
        return _api(lab, name, "kommune", password, ["show version"])[0] == 200
    except OSError:
        return False


def test_reset_brings_the_legacy_back(lab: RunningLab) -> None:
    lab.client.reset("loppa")
    before = lab.client.digests()
    lab.client.edit("loppa-core-01", "ntp server 8.8.8.8", save=True)
    moved = lab.client.digests()
    assert {name for name in before if before[name] != moved[name]} == {"loppa-core-01"}
    assert lab.client.startup("loppa-core-01") == lab.client.running("loppa-core-01")
    assert lab.client.reset("loppa") == sum(name.startswith("loppa") for name in before)
    assert lab.client.digests() == before


def test_a_single_command_and_a_file_over_ssh(lab: RunningLab) -> None:
    name = name_of(lab, "ios")
    row = lab.switch(name)
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        known = lab.where / "known"
        lab.client.trust(known)
        client.load_host_keys(str(known))
        known.unlink()
        client.connect(
            row["host"],
            row["ssh_port"],
            "kommune",
            lab.password("loppa", "kommune"),
            look_for_keys=False,
            allow_agent=False,
        )
        _, out, _ = client.exec_command("show running-config", timeout=5)
        assert "hostname SW-" in out.read().decode()
        assert out.channel.recv_exit_status() == 0
        _, out, _ = client.exec_command("scp -f startup-config", timeout=5)
        assert b"disabled" in out.read()
        assert out.channel.recv_exit_status() == 1
        lab.client.edit(name, "ip scp server enable")
        with SCPClient(client.get_transport()) as scp:
            scp.putfo(io.BytesIO(b"hello\n"), "flash:/a.txt")
            scp.get("flash:/a.txt", str(known))
        assert known.read_text() == "hello\n"
        known.unlink()
        lab.client.fault(name, "no-space")
        with SCPClient(client.get_transport()) as scp, pytest.raises(SCPException, match="No space"):
            scp.putfo(io.BytesIO(b"more\n"), "flash:/b.txt")
    lab.client.edit(name, "no ip scp server enable")
