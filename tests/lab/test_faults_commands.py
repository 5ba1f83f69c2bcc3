"""Faults that come at a command, on each platform, met by drivers as they are."""

import hashlib
import http.client
import re
import ssl
import time
from collections.abc import Iterator
from typing import Any

import paramiko
import pytest
from live import DRIVERS, eapi, login, name_of, napalm, silent
from netmiko import BaseConnection
from netmiko.exceptions import NetmikoAuthenticationException
from pyeapi.eapilib import CommandError, ConnectionError

from lab.testing import Labs, RunningLab

PLATFORMS = sorted(DRIVERS)
LINE = "vlan 77"


@pytest.fixture(scope="module")
def lab(lab_of: Labs) -> RunningLab:
    """Loppa and the centre."""
    return lab_of("loppa")


@pytest.fixture(autouse=True)
def _clear(lab: RunningLab) -> Iterator[None]:
    lab.client.reset("loppa")
    yield
    for name in lab.client.ask("faults"):
        lab.client.fault(name, "clear")
    lab.client.clock(1)
    lab.wait(lambda: all(row["listening"] for row in lab.client.status()["switches"]), what="recovery")


def written(lab: RunningLab, name: str) -> bool:
    """Whether the line is in the running configuration."""
    return LINE in lab.client.running(name)


def ended(session: BaseConnection) -> bool:
    """Whether the other end has hung up."""
    return bool(session.remote_conn.closed or not session.remote_conn.get_transport().is_active())


def type_it(session: BaseConnection, line: str = LINE) -> None:
    """Type a line in configuration mode, and do not wait for what comes of it."""
    session.enable()
    session.config_mode()
    session.write_channel(f"{line}\n")


def how(lab: RunningLab, name: str) -> list[str]:
    """What the switch's running configuration went through."""
    return [row["how"] for row in lab.client.history(name)]


# --- over SSH


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("when", ["on", "before"])
def test_the_session_is_dropped_once(lab: RunningLab, platform: str, when: str) -> None:
    name = name_of(lab, platform)
    lab.client.fault(name, when, f"^{LINE}", "drop")
    with login(lab, name) as session:
        type_it(session)
        lab.wait(lambda: ended(session), what="the end of the session")
        assert written(lab, name) == (when == "on")
        assert "(vlan-77)" not in session.read_channel()  # its answer is lost
    assert lab.switch(name)["faults"] == []
    with login(lab, name) as session:
        session.enable()
        session.send_config_set([LINE])
    assert written(lab, name)
    assert (lab.switch(name)["writes"], lab.switch(name)["reverts"]) == (1, 0)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_way_is_cut_for_a_while(lab: RunningLab, platform: str) -> None:
    name = name_of(lab, platform)
    lab.client.fault(name, "on", f"^{LINE}", "away", "0.7")
    with login(lab, name) as session:
        type_it(session)
        lab.wait(lambda: ended(session), what="the cut")
    row = lab.switch(name)
    assert (row["up"], row["reachable"], row["faults"][0][:5]) == (True, False, "away ")
    with pytest.raises(Exception, match=r"(?i)connect"), login(lab, name):
        pass
    lab.wait(lambda: lab.switch(name)["listening"], 2, "the way back")
    with login(lab, name) as session:
        assert session.find_prompt()
    assert written(lab, name)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_restarts_at_a_command(lab: RunningLab, platform: str) -> None:
    name = name_of(lab, platform)
    before = lab.client.running(name)
    lab.client.clock(10)
    lab.client.fault(name, "on", f"^{LINE}", "reload")
    with login(lab, name) as session:
        type_it(session)
        lab.wait(lambda: ended(session), what="the restart")
    lab.wait(lambda: lab.switch(name)["listening"], what="the boot")
    assert lab.client.running(name) == before
    assert how(lab, name) == ["start", "write", "boot"]
    assert (lab.switch(name)["writes"], lab.switch(name)["reverts"]) == (1, 1)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("when", ["on", "before"])
def test_it_hangs_with_the_connection_open(lab: RunningLab, platform: str, when: str) -> None:
    name = name_of(lab, platform)
    lab.client.fault(name, when, f"^{LINE}", "hang")
    with login(lab, name) as session:
        session.enable()
        session.config_mode()
        session.clear_buffer()
        session.write_channel(f"{LINE}\n")
        lab.wait(lambda: "hang" in lab.switch(name)["faults"], what="the hang")
        time.sleep(0.2)
        session.read_channel()  # the echo of that line
        session.write_channel("exit\n")
        time.sleep(0.3)
        assert session.read_channel() == ""  # not even an echo
        assert not ended(session)
        row = lab.switch(name)
        assert silent(row["host"], row["ssh_port"])
        assert written(lab, name) == (when == "on")
        lab.client.fault(name, "clear")
        lab.wait(lambda: ended(session), what="the end of the session")
    with login(lab, name) as session:
        assert session.find_prompt()


@pytest.mark.parametrize(
    ("platform", "words"),
    [("ios", "Not enough space"), ("eos", "No space left on device"), ("procurve", "no space left")],
)
def test_flash_is_full_from_a_command_on(lab: RunningLab, platform: str, words: str) -> None:
    name = name_of(lab, platform)
    startup = lab.client.startup(name)
    lab.client.fault(name, "on", f"^{LINE}", "full")
    with login(lab, name) as session:
        session.enable()
        session.save_config()
        session.send_config_set([LINE])
        assert words in session.save_config()
    assert lab.client.startup(name) == startup != lab.client.running(name)
    assert lab.switch(name)["faults"] == ["no-space"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_somebody_else_is_at_it_too(lab: RunningLab, platform: str) -> None:
    name = name_of(lab, platform)
    lab.client.fault(name, "before", f"^{LINE}", "edit", "vlan 78;", "name OTHER")
    with login(lab, name) as session:
        session.enable()
        session.send_config_set([LINE])
    assert "OTHER" in lab.client.running(name)
    assert written(lab, name)
    assert how(lab, name) == ["start", "edit", "edit", "write"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_password_is_right(lab: RunningLab, platform: str) -> None:
    name = name_of(lab, platform)
    lab.client.fault(name, "login")
    with pytest.raises(NetmikoAuthenticationException), login(lab, name):
        pass
    lab.client.fault(name, "clear")
    with login(lab, name) as session:
        assert session.find_prompt()


def keys(lab: RunningLab, name: str) -> tuple[str, str | None]:
    """The fingerprints of what answers: SSH, and the API if it listens."""
    row = lab.switch(name)
    with paramiko.Transport((row["host"], row["ssh_port"])) as transport:
        transport.start_client(timeout=5)
        key = transport.get_remote_server_key().fingerprint
    if row["platform"] != "eos":
        return key, None
    certificate = ssl.get_server_certificate((row["host"], row["eapi_port"]), timeout=5)
    return key, hashlib.sha256(certificate.encode()).hexdigest()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_another_switch_stands_there(lab: RunningLab, platform: str) -> None:
    name = name_of(lab, platform)
    before = keys(lab, name)
    with login(lab, name) as session:
        lab.client.fault(name, "new-key")
        lab.wait(lambda: ended(session), what="the swap")
    swapped = keys(lab, name)
    assert all(one != two or one is None for one, two in zip(before, swapped, strict=True))
    assert keys(lab, name) == swapped
    lab.client.fault(name, "clear")
    assert keys(lab, name) == before


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_output_ends_with_the_line(lab: RunningLab, platform: str) -> None:
    name = name_of(lab, platform)
    with login(lab, name) as session:
        session.enable()
        lab.client.fault(name, "truncate", "600")
        session.clear_buffer()
        session.write_channel("show running-config\n")
        lab.wait(lambda: ended(session), what="the end of the line")
        shown = session.read_channel().replace("\r", "").partition("show running-config\n")[2]
    assert len(shown.encode()) == 600
    assert not re.search(r"[>#]\s*\Z", shown)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_output_is_short_and_looks_whole(lab: RunningLab, platform: str) -> None:
    name = name_of(lab, platform)
    with login(lab, name) as session:
        session.enable()
        whole = session.send_command("show running-config").strip("\n").splitlines()
        lab.client.fault(name, "cut", "20")
        short = session.send_command("show running-config").strip("\n").splitlines()
        assert len(short) <= 20 < len(whole)
        assert short == whole[: len(short)] or platform == "ios"  # its header counts the bytes anew
        assert session.find_prompt().endswith("#")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_command_takes_its_time(lab: RunningLab, platform: str) -> None:
    name = name_of(lab, platform)
    with login(lab, name) as session:
        session.enable()
        lab.client.fault(name, "slow", "0.2")
        began = time.monotonic()
        session.send_config_set([LINE, "exit"])  # and the ways in and out
        assert time.monotonic() - began > 0.8


# --- over eAPI


def test_a_request_is_answered_by_nobody_but_carried_out(lab: RunningLab) -> None:
    name = name_of(lab, "eos")
    lab.client.fault(name, "on", "^configure session", "drop")
    commands = ["enable", "configure session mine", LINE, "commit"]
    with pytest.raises(ConnectionError, match="closed connection without response"):
        eapi(lab, name).run_commands(commands)
    assert written(lab, name)  # it had read the whole request
    assert how(lab, name) == ["start", "write"]


def test_a_request_is_not_carried_out_from_there_on(lab: RunningLab) -> None:
    name = name_of(lab, "eos")
    lab.client.fault(name, "before", "^commit", "drop")
    commands = ["enable", "configure session mine", LINE, "commit"]
    with pytest.raises(ConnectionError, match="closed connection without response"):
        eapi(lab, name).run_commands(commands)
    assert not written(lab, name)
    assert "mine" in eapi(lab, name).run_commands(["show configuration sessions"])[0]["sessions"]
    eapi(lab, name).run_commands(["enable", "configure session mine commit"])
    assert written(lab, name)


@pytest.mark.parametrize("action", ["reload", "away 0.5"])
def test_a_request_that_the_switch_does_not_outlive(lab: RunningLab, action: str) -> None:
    name = name_of(lab, "eos")
    lab.client.clock(30)
    lab.client.fault(name, "on", "^commit timer", *action.split())
    node = eapi(lab, name)
    with pytest.raises(ConnectionError):
        node.run_commands(["enable", "configure session mine", LINE, "commit timer 00:01:00", "show clock"])
    with pytest.raises(ConnectionError, match="refused"):
        node.run_commands(["show clock"])
    lab.wait(lambda: lab.switch(name)["listening"], what="the switch")
    assert how(lab, name) == ["start", "write"] + (["boot"] if action == "reload" else [])
    lab.wait(lambda: not written(lab, name), 8, "the way back")
    assert lab.switch(name)["reverts"] == 1


def test_a_request_is_never_answered(lab: RunningLab) -> None:
    name = name_of(lab, "eos")
    lab.client.fault(name, "on", f"^{LINE}", "hang")
    node = eapi(lab, name, timeout=0.7)
    for _ in range(2):  # the second connects anew
        with pytest.raises(ConnectionError, match="timed out"):
            node.run_commands(["enable", "configure", LINE, "no vlan 77"])
    assert written(lab, name)  # it stopped at that line
    lab.client.fault(name, "clear")
    assert eapi(lab, name).run_commands(["show clock"])


def test_an_answer_is_torn_or_short(lab: RunningLab) -> None:
    name = name_of(lab, "eos")
    node = eapi(lab, name)
    lab.client.fault(name, "truncate", "500")
    assert node.run_commands(["show clock"])
    with pytest.raises(http.client.IncompleteRead):  # pyeapi hands it on as it is
        node.run_commands(["enable", "show running-config"], encoding="text")
    lab.client.fault(name, "clear")
    whole = node.run_commands(["enable", "show running-config"], encoding="text")[1]["output"]
    lab.client.fault(name, "cut", "20")
    short = node.run_commands(["enable", "show running-config"], encoding="text")[1]["output"]
    assert short == "".join(whole.splitlines(keepends=True)[:20])


def test_the_api_refuses_passwords_counts_and_waits(lab: RunningLab) -> None:
    name = name_of(lab, "eos")
    node = eapi(lab, name)
    lab.client.fault(name, "login")
    with pytest.raises(ConnectionError, match="Unauthorized"):
        node.run_commands(["show clock"])
    lab.client.fault(name, "clear")
    lab.client.fault(name, "slow", "0.2")
    began = time.monotonic()
    node.run_commands(["enable", "show clock", "configure session mine", LINE, "name X", "abort"])
    assert 0.6 < time.monotonic() - began < 1.5  # each command, but not each line of a session
    lab.client.fault(name, "clear")
    lab.client.fault(name, "hang-after", "2")
    node.run_commands(["show clock"])
    with pytest.raises(ConnectionError, match="timed out"):
        eapi(lab, name, timeout=0.7).run_commands(["show clock"])


def test_no_space_for_what_would_be_gone_back_to(lab: RunningLab) -> None:
    name = name_of(lab, "eos")
    lab.client.fault(name, "no-space")
    with napalm(lab, name) as driver:
        driver.load_merge_candidate(config=f"{LINE}\n")
        with pytest.raises(CommandError, match=r"flash:rollback-0 .*No space left on device"):
            driver.commit_config(revert_in=60)
        driver.discard_config()
    assert how(lab, name) == ["start"]


# --- the way back, with a clock that runs fast


@pytest.fixture
def ios(lab: RunningLab) -> tuple[str, str]:
    """An IOS switch that serves SCP and keeps an archive, and its configuration with the line."""
    name = name_of(lab, "ios")
    lab.client.edit(name, "ip scp server enable", "file prompt quiet", "archive", "path flash:archive", save=True)
    return name, lab.client.running(name).replace("hostname ", f"{LINE}\nhostname ", 1)


def load(driver: Any, text: str) -> None:
    """Put a candidate into flash."""
    driver.load_replace_candidate(config=text)
    driver.device.read_timeout_override = 1


def test_ios_goes_back_by_its_timer(lab: RunningLab, ios: tuple[str, str]) -> None:
    name, wanted = ios
    before, steps = lab.client.running(name), len(how(lab, name))
    lab.client.clock(60)
    with napalm(lab, name, auto_file_prompt=False) as driver:
        load(driver, wanted)
        driver.commit_config(revert_in=60)
        assert written(lab, name)
        assert 0 < lab.switch(name)["timers"][0]["seconds"] <= 1
        assert "Timer value: 1 min" in driver.device.send_command("show archive config rollback timer")
    lab.wait(lambda: lab.client.running(name) == before, 3, "the way back")
    assert how(lab, name)[steps:] == ["write", "revert"]


@pytest.mark.parametrize(
    ("fault", "then"),
    [
        ("on ^configure replace drop", ["write", "revert"]),
        ("before ^configure replace drop", []),
        ("on ^vlan 77 drop", ["write", "revert"]),  # in the middle: the change goes on without its session
        ("on ^vlan 77 away 0.3", ["write", "revert"]),
        ("on ^vlan 77 reload", ["write", "boot"]),
        ("refuse ^vlan 77", []),
    ],
)
def test_a_replacement_on_ios_is_whole_or_nothing(
    lab: RunningLab, ios: tuple[str, str], fault: str, then: list[str]
) -> None:
    name, wanted = ios
    before, steps = lab.client.running(name), len(how(lab, name))
    lab.client.clock(60)
    with napalm(lab, name, auto_file_prompt=False) as driver:
        load(driver, wanted)
        lab.client.fault(name, *fault.split())
        with pytest.raises(Exception, match=r"(?s)Pattern not detected|Invalid input"):
            driver.commit_config(revert_in=60)
    lab.wait(lambda: lab.switch(name)["listening"] and not lab.switch(name)["timers"], 5, "the end of the timer")
    lab.wait(lambda: lab.client.running(name) == before, 1, "the way back")
    assert how(lab, name)[steps:] == then


@pytest.mark.parametrize(("when", "there"), [("on", True), ("before", False)])
def test_a_transfer_is_dropped(lab: RunningLab, ios: tuple[str, str], when: str, there: bool) -> None:
    name, wanted = ios
    lab.client.fault(name, when, "^scp -t", "drop")
    with napalm(lab, name, auto_file_prompt=False) as driver:
        with pytest.raises(Exception, match=r"(?i)channel|clos|EOF|scp|connection|response"):
            driver.load_replace_candidate(config=wanted)
        assert ("candidate_config.txt" in driver.device.send_command("dir flash:")) == there
    assert lab.switch(name)["faults"] == []


def test_procurve_goes_back_by_its_reload(lab: RunningLab) -> None:
    name = name_of(lab, "procurve")
    before = lab.client.running(name)
    lab.client.clock(60)
    with login(lab, name) as session:
        session.send_command("reload after 2", expect_string=r"\[y/n\]")
        session.send_command("y", expect_string="#", cmd_verify=False)
        assert "1 minutes" in session.send_command("show reload after")
        session.send_config_set(["vlan 77", 'name "A"', "vlan 78", "exit"])
        assert lab.switch(name)["writes"] == 3
        lab.wait(lambda: ended(session), 4, "the restart")
    lab.wait(lambda: lab.switch(name)["listening"], what="the boot")
    assert lab.client.running(name) == before
    assert how(lab, name) == ["start", "write", "write", "write", "boot"]
