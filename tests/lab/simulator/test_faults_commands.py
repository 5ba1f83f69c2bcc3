"""Faults that come at a command, on each platform, met over SSH by netmiko as it is."""

import hashlib
import re
import ssl
import time

import paramiko
import pytest
from netmiko import BaseConnection
from netmiko.exceptions import NetmikoAuthenticationException

from lab.testing.running import RunningLab
from tests.support.lab_logins import DRIVERS, LINE, ended, how, login, name_of, silent, written

pytestmark = pytest.mark.usefixtures("afresh")

PLATFORMS = sorted(DRIVERS)


def type_it(session: BaseConnection, line: str = LINE) -> None:
    """Type a line in configuration mode, and do not wait for what comes of it."""
    session.enable()
    session.config_mode()
    session.write_channel(f"{line}\n")


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
