"""How a switch goes back by itself under faults, with a clock that runs fast: NAPALM and netmiko as they are."""

from typing import Any

import pytest

from lab.testing.running import RunningLab
from tests.support.lab_logins import LINE, ended, how, login, name_of, napalm, written

pytestmark = pytest.mark.usefixtures("afresh")


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
