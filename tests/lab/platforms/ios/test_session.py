"""A session with IOS, against the lab's switch: reading, a change and its way back, and what can go wrong."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nornir_tasks.config.render import render
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.secrets import remember_secret
from nornir_tasks.model import Endpoint, Stage
from nornir_tasks.platforms.common.base import (
    NOTHING_WAITS,
    ConfigurationMoved,
    LoginAccount,
    PreparedChange,
    RefusedLine,
    Session,
)
from nornir_tasks.platforms.ios.session import ABORTED, FAILED
from tests.support.ios_bench import HABITS, HOST, IOS, NEW_PASSWORD, PASSWORD, device, drift, region, served
from tests.support.links import check_links
from tests.support.model_parts import position
from tests.support.permits import allow, check_permit
from tests.support.session_logs import check_log
from tests.support.switch_bench import Bench

PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 11


@pytest.fixture(params=[HABITS, ("telnet",)], ids=["archive off", "archive on"])
def switch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A legacy switch behind SSH; with the archive off a reload is its way back, else the timer."""
    with served(tmp_path, PORT, "access", *request.param) as bench:
        yield bench


@pytest.fixture
def session(switch: Bench) -> Iterator[Session]:
    """A login to it."""
    with login() as session:
        yield session


def login(name: str = "kommune", password: str = PASSWORD) -> Session:
    """Log in."""
    return allow(IOS.connect(Endpoint(host=HOST, ssh_port=PORT), LoginAccount(name, password), 10))


def change(session: Session, stage: Stage) -> PreparedChange:
    """From what runs to a stage."""
    here = session.running()
    masked, secrets = IOS.mask(here)
    text = render(device("access"), position(stage), region(), masked)
    there = IOS.unmask(text, {**secrets, "username drift": drift()})
    return PreparedChange(here, there, IOS.remediation(here, there))


def test_reading(switch: Bench, session: Session) -> None:
    """Configurations come clean; facts, ports and pings say what the switch says."""
    assert session.running() == IOS.clean(switch.running) == session.startup()
    facts = session.facts()
    assert (facts["hostname"], facts["model"], facts["serial"]) == ("SW-RADHUS-01", "BENCH", switch.switch.serial)
    assert session.ports() == {f"GigabitEthernet1/0/{n}": n != 9 for n in range(1, 13)}
    assert session.ping("192.168.17.11")
    assert not session.ping("10.10.1.10")
    assert session.neighbours() == {}
    assert session.mac_table() == []
    assert session.arp_table() == []


def test_a_change_is_confirmed_and_saved(switch: Bench, session: Session) -> None:
    """Armed before the first line, disarmed and saved by the confirmation; the centre's account works."""
    old, wanted = switch.running, change(session, Stage.CONNECT)
    session.push(wanted, 120)
    assert session.pending()
    assert switch.switch.startup == old
    assert session.running() == wanted.intended
    session.confirm()
    assert not session.pending()
    assert switch.switch.timers == []
    assert session.startup() == wanted.intended
    with login("drift", NEW_PASSWORD) as fresh:
        assert fresh.running() == wanted.intended


def test_a_confirmation_that_comes_too_late_is_none(
    switch: Bench, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way back ran out between our look and our word: the switch's answer counts, and nothing is saved."""
    saved = switch.switch.startup
    way_back = "_is_timer_running" if "archive\n" in session.running() else "_is_reload_due"
    monkeypatch.setattr(session, way_back, lambda: True)
    with pytest.raises(
        PlatformError, match=f"{NOTHING_WAITS}.*%No (Rollback Confirmed Change pending|reload is scheduled)"
    ):
        session.confirm()
    assert switch.switch.startup == saved


def test_the_end_of_the_road(switch: Bench, session: Session) -> None:
    """From legacy to the standard: the switch prints the render, and nothing is left to do or of the old account."""
    session.push(change(session, Stage.CONNECT), 120)
    session.confirm()
    with login("drift", NEW_PASSWORD) as fresh:
        fresh.push(change(fresh, Stage.RETIRE), 120)
        fresh.confirm()
        assert IOS.mask(fresh.running())[0] == render(device("access"), position(Stage.RETIRE), region())
    assert switch.running == switch.switch.startup
    with pytest.raises(PlatformError, match="login as 'kommune' was refused"):
        login()


def test_revert_goes_back_to_the_byte(switch: Bench, session: Session) -> None:
    """Without a restart, and with nothing left armed."""
    old = switch.running
    session.push(change(session, Stage.CUTOVER), 120)
    session.revert(IOS.clean(old))
    assert switch.running == old == switch.switch.startup
    assert not session.pending()
    assert switch.call(lambda: switch.switch.up)


def test_another_session_can_revert(switch: Bench, session: Session) -> None:
    """The one that pushed may be gone: what to go back to is on the switch."""
    old = switch.running
    session.push(change(session, Stage.CUTOVER), 120)
    with login("drift", NEW_PASSWORD) as other:
        assert other.pending()
        other.revert(IOS.clean(old))
        assert not other.pending()
    assert switch.running == old


def test_a_refused_line_is_taken_back(switch: Bench, session: Session) -> None:
    """The switch is as it was, nothing is armed, and the error has our line and its words."""
    old, wanted = switch.running, change(session, Stage.CUTOVER)
    switch.switch.faults.set(["refuse", "switchport access vlan 110"])
    with pytest.raises(RefusedLine) as caught:
        session.push(wanted, 120)
    assert caught.value.line == "switchport access vlan 110"
    assert caught.value.reply == "% Invalid input detected at '^' marker."
    assert switch.running == old
    assert not session.pending()
    switch.call(lambda: switch.switch.faults.set(["clear"]))
    session.push(wanted, 120)
    session.confirm()
    assert IOS.clean(switch.running) == wanted.intended


def test_a_lost_connection_leaves_the_way_back_armed(switch: Bench, session: Session) -> None:
    """The switch goes back without us; here its own timer is made to run out at once."""
    old = switch.running
    wanted = change(session, Stage.CUTOVER)
    session.push(wanted, 120)
    session.close()
    timers = switch.call(lambda: list(switch.switch.timers))
    assert [timer.what for timer in timers] == ["reload" if "archive\n" not in old else "configure revert"]
    switch.call(lambda: switch.loop.call_soon(timers[0].handle._callback, *timers[0].handle._args))
    deadline = time.monotonic() + 10
    while (not switch.switch.up or switch.running != old) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert switch.running == old


def test_unsaved_work_is_not_gambled_with(switch: Bench, session: Session) -> None:
    """Where a reload is the way back it would lose it, so nothing is written; the timer's way back keeps it."""
    switch.call(lambda: setattr(switch.switch, "startup", "hostname other\nend\n"))
    old, wanted = switch.running, change(session, Stage.CONNECT)
    if "archive\n" in old:
        session.push(wanted, 120)
        session.revert(IOS.clean(old))
    else:
        with pytest.raises(PlatformError, match="startup differs from running"):
            session.push(wanted, 120)
    assert switch.running == old
    assert not session.pending()


def test_a_full_flash_is_an_error_before_anything_is_written(switch: Bench, session: Session) -> None:
    """Nothing is armed, nothing has changed."""
    old, wanted = switch.running, change(session, Stage.CONNECT)
    switch.switch.faults.set(["no-space"])
    with pytest.raises(PlatformError, match="did not arrive in flash"):
        session.push(wanted, 120)
    assert switch.running == old
    assert not session.pending()


def test_saving_to_a_full_flash_is_an_error(switch: Bench, session: Session) -> None:
    """Silence would leave a switch that forgets at its next restart."""
    switch.switch.faults.set(["no-space"])
    with pytest.raises(PlatformError, match="was not saved"):
        session.save()


def test_a_wrong_password_is_told_apart(switch: Bench) -> None:
    """Refused is not unreachable, and the password is not repeated."""
    with pytest.raises(PlatformError, match="login as 'kommune' was refused") as caught:
        login("kommune", "wrong-canary")
    assert "wrong-canary" not in str(caught.value)


def test_the_refused_line_is_found_in_either_of_the_ways_ios_names_it() -> None:
    """Some releases name the command where it fails, others list what is left at the end."""
    listed = "Rollback aborted after 5 passes\nThe following commands are failed to apply to the IOS image.\n"
    found = ABORTED.search(listed + "********\ninterface Gi1/0/1\n foo bar\n********\n")
    assert found is not None
    assert found["line"].splitlines()[-1].strip() == "foo bar"
    named = FAILED.search("x\nFailed to apply command foo bar\n ^\n% Invalid input detected at '^' marker.\n\nTotal")
    assert named is not None
    assert (named["line"], "Total" in named["words"]) == ("foo bar", False)


def test_what_somebody_configures_meanwhile_is_not_taken_away(switch: Bench, session: Session) -> None:
    """The transfer takes its time, and a replace would take their lines away."""
    wanted = change(session, Stage.CONNECT)
    edited = PreparedChange(wanted.before.replace("vlan 40", "vlan 41"), wanted.intended, wanted.lines)
    old = switch.running
    with pytest.raises(ConfigurationMoved, match="somebody configures it just now"):
        session.push(edited, 120)
    assert switch.running == old
    assert not session.pending()


def test_a_session_is_logged_and_its_secrets_are_not(switch: Bench, log: Path) -> None:
    """What was sent and what came back, a change and the echo of its lines too: no password, and no hash of one."""
    remember_secret(PASSWORD)
    with login() as session:
        wanted = change(session, Stage.CONNECT)
        session.push(wanted, 120)
        session.revert(wanted.before)
    check_log(log, IOS, (wanted.before, wanted.intended), (PASSWORD, NEW_PASSWORD))


def test_nothing_is_written_without_the_permit(switch: Bench, session: Session) -> None:
    """Asked right before each command that changes the switch: one that was withdrawn meanwhile lets none through."""
    check_permit(session, change(session, Stage.CONNECT), lambda: switch.running)


def test_links_go_down_and_come_up(switch: Bench, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a change, and nothing of it stays."""
    check_links(switch, session, change(session, Stage.CUTOVER), (2, 3), monkeypatch)
