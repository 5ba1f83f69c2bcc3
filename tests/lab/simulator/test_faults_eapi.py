"""Faults that come at a command of an eAPI request, met by pyeapi and NAPALM as they are."""

import base64
import http.client
import json
import ssl
import time

import pytest
from pyeapi.eapilib import CommandError, ConnectionError

from lab.testing.running import RunningLab
from tests.support.lab_logins import LINE, eapi, how, name_of, napalm, written

pytestmark = pytest.mark.usefixtures("afresh")


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


def test_what_is_asked_of_a_switch_that_hangs_is_never_done(lab: RunningLab) -> None:
    """Not even on a connection from before, nor when the switch is itself again."""
    name = name_of(lab, "eos")
    row = lab.switch(name)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(row["host"], row["eapi_port"], timeout=5, context=context)
    parameters = {"version": 1, "cmds": ["enable", "configure", LINE], "format": "json"}
    asked = {"jsonrpc": "2.0", "method": "runCmds", "id": 1, "params": parameters}
    account = base64.b64encode(f"kommune:{lab.password('loppa', 'kommune')}".encode()).decode()
    connection.connect()
    lab.client.fault(name, "hang")
    connection.request("POST", "/command-api", json.dumps(asked), {"Authorization": f"Basic {account}"})
    time.sleep(0.2)
    lab.client.fault(name, "clear")
    with pytest.raises(OSError, match=r"(?i)closed|reset"):
        connection.getresponse()
    assert not written(lab, name)
    connection.request("POST", "/command-api", json.dumps(asked), {"Authorization": f"Basic {account}"})
    assert connection.getresponse().status == 200  # the same, of a switch that is well
    assert written(lab, name)
